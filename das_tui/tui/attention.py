"""Calls the operator back to the terminal: its bell and the title of its window.

What stands on the screen of a terminal that has the focus needs no call. Everything else that waits
for a human is in the title, and rings the bell once.
"""

from collections.abc import Iterable, Mapping, Sequence

from das_tui.config.settings import Bell
from das_tui.domain.session import Session
from das_tui.tui import clipboard
from das_tui.view.clean import one_line

NAME = "das-tui"

_TITLE_CHARACTERS = 40


class Attention:
    """What was said to the operator so far, so that nothing rings twice.

    With `mode` `bell` the bell rings and the title tells, with `title` the title alone, with `off`
    neither. `known` are asks, each a session's key and time, that need no bell: those that waited
    when the program began, since who starts it looks.
    """

    def __init__(
        self, mode: Bell, environment: Mapping[str, str], known: Iterable[tuple[str, float]]
    ) -> None:
        self._mode = mode
        self._titled = mode != "off" and bool(clipboard.way(environment))
        self._known = set(known)
        self.title = ""
        """The title that the window should have; empty for the one it had before."""

    def call(self, waiting: Sequence[Session], seen_key: str) -> bool:
        """Take note of the sessions that wait, the longest waiting first; `seen_key` is the one
        that the operator has before them, empty for none. Whether the bell is to ring now."""
        asks = {(session.key, session.since) for session in waiting}
        fresh = asks - self._known
        self._known = asks
        unseen = [session for session in waiting if session.key != seen_key]
        self.title = _title(unseen) if self._titled else ""
        return self._mode == "bell" and any(key != seen_key for key, _ in fresh)


def _title(unseen: Sequence[Session]) -> str:
    if not unseen:
        return ""
    first = one_line(unseen[0].title)
    if len(first) > _TITLE_CHARACTERS:
        first = first[: _TITLE_CHARACTERS - 3] + "..."
    if len(unseen) == 1:
        return f"? {first or 'a session'} needs you - {NAME}"
    return f"? {len(unseen)} need you, first {first or 'a session'} - {NAME}"

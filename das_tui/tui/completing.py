"""What may stand behind the words of the command line, as far as that can be listed."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, get_args, get_type_hints

from das_tui.config.settings import Settings
from das_tui.tui.futures import when_done
from das_tui.tui.theme import PALETTES
from das_tui.view.clean import one_line
from das_tui.view.kinds import GROUPS

if TYPE_CHECKING:
    from das_tui.tui.screens.program import ProgramScreen

_SESSIONS = 2_000
"""Sessions whose titles are offered, the latest ones."""


class Choices:
    """Called with the id of an action. Names of profiles are read from the file meanwhile, and are
    missing until then."""

    def __init__(self, screen: "ProgramScreen") -> None:
        self._screen = screen
        self._profiles: list[str] = []
        accounts = screen.app.accounts  # type: ignore[attr-defined]
        if accounts.available:
            when_done(
                screen.app,
                accounts.read(),
                lambda book: self._profiles.extend(book.found.profiles),
                lambda _: None,
            )

    def __call__(self, action_id: str) -> Sequence[str]:
        match action_id:
            case "theme":
                return ["auto", *PALETTES]
            case "level":
                reader = self._screen.reader
                return ["0", *map(str, reader.transcript.levels if reader is not None else ())]
            case "kinds":
                return ["all", *(name for name, _ in GROUPS)]
            case "session":
                sessions = sorted(self._screen.desk.sessions.values(), key=lambda s: -s.last_at)
                titles = (one_line(session.title) for session in sessions[:_SESSIONS])
                return list(dict.fromkeys(filter(None, titles)))
            case "profile":
                return self._profiles
            case "slow":
                return ["on", "off", "auto"]
            case "order" | "group":
                return [str(one) for one in get_args(get_type_hints(Settings).get(action_id))]
        return ()

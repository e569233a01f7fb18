"""The hand-over of changes from the engine thread to the thread that draws."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from das_tui.domain.blocks import Block
from das_tui.domain.session import Overview, Session


@dataclass(slots=True)
class Change:
    """What changed in one session since the last `drain`.

    `blocks` holds new and replaced blocks by index. With `reset` forget all blocks that were
    known before: `blocks` then has every one. `session` and `overview` are None where they did
    not change; `gone` means that the session was deleted.
    """

    session: Session | None = None
    blocks: dict[int, Block] = field(default_factory=dict)
    overview: Overview | None = None
    reset: bool = False
    gone: bool = False

    def merge(self, later: "Change") -> None:
        """Take over a later change of the same session."""
        if later.reset or later.gone:
            self.blocks = {}
        self.reset = self.reset or later.reset
        self.gone = later.gone
        self.blocks.update(later.blocks)
        self.session = later.session or self.session
        self.overview = later.overview or self.overview


class Feed:
    """Changes by session key, coalesced until they are fetched.

    `wake` is called once for each period in which the feed is not empty, on the putting thread,
    outside the lock; it must only pass a signal on. It is not called again before `drain`.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._lock = threading.Lock()
        self._changes: dict[str, Change] = {}

    def put(self, key: str, change: Change) -> None:
        """Add a change; called by the engine thread."""
        with self._lock:
            was_empty = not self._changes
            known = self._changes.get(key)
            if known is None:
                self._changes[key] = change
            else:
                known.merge(change)
        if was_empty:
            self._wake()

    def drain(self) -> dict[str, Change]:
        """Everything since the last call, by session key; called by the drawing thread."""
        with self._lock:
            changes, self._changes = self._changes, {}
        return changes

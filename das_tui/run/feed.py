"""The hand-over of changes from the engine thread to the thread that draws."""

import threading
from collections.abc import Callable
from dataclasses import field

from das_tui.domain.blocks import Block
from das_tui.domain.session import Overview, Session
from das_tui.domain.shelf import ChunkHead
from das_tui.domain.usage import Bill
from das_tui.domain.waiting import Waiting
from das_tui.light import dataclass


@dataclass(slots=True)
class Change:
    """What changed in one session since the last `drain`.

    `blocks` holds new and replaced blocks by index. With `reset` forget all blocks that were
    known before: `blocks` then has every one, but for those in the chunks of `shelf`, which come
    first. `shelved` is the number of blocks that are on the shelf and need no body here any more,
    None where that did not change. `session`, `overview` and, for what is paid by the
    character, `bill` are None where they did not change; `waiting` are the questions of this
    session that wait in the queue, None where that did not change. `gone` means that the session
    was deleted.
    """

    session: Session | None = None
    blocks: dict[int, Block] = field(default_factory=dict)
    overview: Overview | None = None
    bill: Bill | None = None
    waiting: tuple[Waiting, ...] | None = None
    shelf: tuple[ChunkHead, ...] = ()
    shelved: int | None = None
    reset: bool = False
    gone: bool = False

    def merge(self, later: "Change") -> None:
        """Take over a later change of the same session."""
        if later.reset or later.gone:
            self.blocks = {}
            self.shelf, self.shelved = later.shelf, None
        self.shelved = self.shelved if later.shelved is None else later.shelved
        self.reset = self.reset or later.reset
        self.gone = later.gone
        self.blocks.update(later.blocks)
        self.session = later.session or self.session
        self.overview = later.overview or self.overview
        self.bill = later.bill or self.bill
        self.waiting = self.waiting if later.waiting is None else later.waiting

    def drop(self) -> None:
        """Let go of the blocks; a `reset` has to bring them again."""
        self.blocks = {}
        self.shelf, self.shelved, self.reset = (), None, False


MOST = 8_192
"""So many blocks of a session wait for a drawing thread that does not come. More are let go: the
engine has them, in memory or in the store, and hands all over again when they are asked for."""


class Feed:
    """Changes by session key, coalesced until they are fetched.

    `wake` is called once for each period in which the feed is not empty, on the putting thread,
    outside the lock; it must only pass a signal on. It is not called again before `drain`, but
    for a `reset`: somebody waits for that.

    What waits is bounded. Beyond `most` blocks of one session, not counting those of a `reset`,
    its blocks are dropped, and so are all that follow until it is `reset`. `behind` is called for
    that by `drain`, on the draining thread: it must see to it that a `reset` is put.
    """

    def __init__(
        self,
        wake: Callable[[], None],
        behind: Callable[[str], None] = lambda _: None,
        most: int = MOST,
    ) -> None:
        self._wake = wake
        self._behind = behind
        self._most = most
        self._lock = threading.Lock()
        self._changes: dict[str, Change] = {}
        self._room: dict[str, int] = {}
        self._dropped: set[str] = set()
        self._asked: set[str] = set()

    def put(self, key: str, change: Change) -> None:
        """Add a change; called by the engine thread. It belongs to the feed from then on."""
        with self._lock:
            was_empty = not self._changes
            if change.reset or change.gone:
                self._dropped.discard(key)
                self._asked.discard(key)
                self._room[key] = self._most + len(change.blocks)
            known = self._changes.get(key)
            if known is None:
                self._changes[key] = known = change
            else:
                known.merge(change)
            if key in self._dropped or len(known.blocks) > self._room.get(key, self._most):
                self._dropped.add(key)
                known.drop()
        if was_empty or change.reset:
            self._wake()

    def drain(self) -> dict[str, Change]:
        """Everything since the last call, by session key; called by the drawing thread."""
        with self._lock:
            changes, self._changes = self._changes, {}
            self._room.clear()
            behind = self._dropped - self._asked
            self._asked |= behind
        for key in behind:
            self._behind(key)
        return changes

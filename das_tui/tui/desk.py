"""What the engine has handed over so far: sessions, overviews, and the transcripts in use."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from das_tui import later
from das_tui.domain.session import Overview, Session
from das_tui.view.listing import Choice, Listing
from das_tui.view.spec import ViewSpec

if TYPE_CHECKING:
    from das_tui.domain import shelf
    from das_tui.domain.blocks import Block
    from das_tui.domain.shelf import Read
    from das_tui.domain.usage import Bill
    from das_tui.domain.waiting import Waiting
    from das_tui.run.feed import Change
    from das_tui.view import transcript as transcripts
    from das_tui.view.transcript import Transcript
else:
    shelf = later.module("das_tui.domain.shelf")
    transcripts = later.module("das_tui.view.transcript")

KEPT_TRANSCRIPTS = 8
"""Transcripts that stay in memory for quick switching; others are loaded again."""

RATE_WINDOW = 5.0
"""Seconds over which the rate of events is counted."""


def _no_shelf(key: str) -> Read:
    def read(number: int) -> Sequence[Block]:
        raise shelf.ShelfBroken("nothing is packed here")

    return read


class Desk:
    """The drawing thread's picture of all sessions. Changed only by `take`."""

    def __init__(
        self, spec: ViewSpec, clock: Callable[[], float], choice: Choice | None = None
    ) -> None:
        self.sessions: dict[str, Session] = {}
        self.listing = Listing(choice)
        """What the sidebar lists of them."""
        self._calling: set[str] = set()
        self._running: set[str] = set()
        self.overviews: dict[str, Overview] = {}
        self.transcripts: OrderedDict[str, Transcript] = OrderedDict()
        self.bills: dict[str, Bill] = {}
        self.bill: Bill | None = None
        """The latest bill of the account, for its day and month."""
        self.queues: dict[str, tuple[Waiting, ...]] = {}
        self.spec = spec
        self._clock = clock
        self.reader: Callable[[str], Read] = _no_shelf
        """Gives for a session how its packed blocks are read."""
        self._arrivals: dict[str, deque[tuple[float, int]]] = {}

    def take(self, changes: dict[str, Change]) -> set[str]:
        """Take over what the feed had; the keys whose transcript changed."""
        changed: set[str] = set()
        for key, change in changes.items():
            if change.gone:
                self.forget(key)
                self.overviews.pop(key, None)
                self.transcripts.pop(key, None)
                self.bills.pop(key, None)
                self.queues.pop(key, None)
                continue
            if change.session is not None:
                self._count(key, change.session)
                self.put(change.session)
            if change.overview is not None:
                self.overviews[key] = change.overview
            if change.bill is not None:
                self.bills[key] = change.bill
                if change.bill.tariff.price is not None:
                    self.bill = change.bill
                changed.add(key)
            if change.waiting is not None:
                self.queues[key] = change.waiting
                changed.add(key)
            if change.reset:
                transcript = self.transcript(key, create=True)
                assert transcript is not None
                if change.shelf:
                    transcript.put_shelf(change.shelf, self.reader(key))
                else:
                    transcript.clear()
                transcript.put_many([block for _, block in sorted(change.blocks.items())])
                changed.add(key)
            elif change.blocks and key in self.transcripts:
                self.transcripts[key].put_many(
                    [block for _, block in sorted(change.blocks.items())]
                )
                changed.add(key)
            elif change.overview is not None or change.session is not None:
                changed.add(key)
            if change.shelved is not None and key in self.transcripts:
                transcript = self.transcripts[key]
                transcript.shelve(change.shelved, self.reader(key))
                # What changed after it was packed is not on the shelf as it stands now.
                late = (at for at in sorted(change.blocks) if at < change.shelved)
                transcript.put_many([change.blocks[at] for at in late])
        return changed

    def put_sessions(self, sessions: Iterable[Session]) -> None:
        """The stored sessions at the start; what is known of one already is newer."""
        for session in sessions:
            if session.key not in self.sessions:
                self.put(session)
        self.listing.settle()

    def put(self, session: Session) -> None:
        """A session as it is now."""
        key = session.key
        self.sessions[key] = session
        (self._calling.add if session.calls else self._calling.discard)(key)
        (self._running.add if session.running else self._running.discard)(key)
        self.listing.put(session)

    def forget(self, key: str) -> None:
        """A session is gone."""
        self.sessions.pop(key, None)
        self._calling.discard(key)
        self._running.discard(key)
        self.listing.drop(key)

    def transcript(self, key: str, *, create: bool = False) -> Transcript | None:
        """The transcript of a session if it is in memory; the most recently used are kept."""
        found = self.transcripts.get(key)
        if found is None and create:
            found = self.transcripts[key] = transcripts.Transcript(self.spec)
        if found is not None:
            self.transcripts.move_to_end(key)
        while len(self.transcripts) > KEPT_TRANSCRIPTS:
            self.transcripts.popitem(last=False)
        return found

    def queue(self) -> list[Waiting]:
        """All questions that wait for their turn, in order."""
        line = (waiting for queue in self.queues.values() for waiting in queue)
        return sorted(line, key=lambda waiting: waiting.place)

    def waiting(self) -> list[Session]:
        """Sessions that wait for a human, the longest waiting first."""
        return sorted(
            (self.sessions[key] for key in self._calling),
            key=lambda s: s.since,
        )

    def any_running(self) -> bool:
        """Whether any run is under way."""
        return bool(self._running)

    @property
    def running(self) -> int:
        """How many runs are under way."""
        return len(self._running)

    def _count(self, key: str, session: Session) -> None:
        before = self.sessions.get(key)
        if before is None or not session.running:
            self._arrivals.pop(key, None)
            return
        came = session.frames - before.frames
        if came > 0:
            arrivals = self._arrivals.setdefault(key, deque(maxlen=256))
            arrivals.append((self._clock(), came))

    def rate(self, key: str) -> float:
        """Events a second of a running session over the last seconds."""
        arrivals = self._arrivals.get(key)
        if not arrivals:
            return 0.0
        now = self._clock()
        while arrivals and now - arrivals[0][0] > RATE_WINDOW:
            arrivals.popleft()
        return sum(count for _, count in arrivals) / RATE_WINDOW

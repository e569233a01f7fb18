"""What the engine has handed over so far: sessions, overviews, and the transcripts in use."""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Sequence

from das_tui.domain.blocks import Block
from das_tui.domain.session import Overview, Session, State
from das_tui.domain.shelf import Read, ShelfBroken
from das_tui.domain.usage import Bill
from das_tui.domain.waiting import Waiting
from das_tui.run.feed import Change
from das_tui.view.spec import ViewSpec
from das_tui.view.transcript import Transcript

KEPT_TRANSCRIPTS = 8
"""Transcripts that stay in memory for quick switching; others are loaded again."""

RATE_WINDOW = 5.0
"""Seconds over which the rate of events is counted."""


def _no_shelf(key: str) -> Read:
    def read(number: int) -> Sequence[Block]:
        raise ShelfBroken("nothing is packed here")

    return read


class Desk:
    """The drawing thread's picture of all sessions. Changed only by `take`."""

    def __init__(self, spec: ViewSpec, clock: Callable[[], float]) -> None:
        self.sessions: dict[str, Session] = {}
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
                self.sessions.pop(key, None)
                self.overviews.pop(key, None)
                self.transcripts.pop(key, None)
                self.bills.pop(key, None)
                self.queues.pop(key, None)
                continue
            if change.session is not None:
                self._count(key, change.session)
                self.sessions[key] = change.session
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
                self.transcripts[key].shelve(change.shelved, self.reader(key))
        return changed

    def put_sessions(self, sessions: Iterable[Session]) -> None:
        """The stored sessions at the start."""
        for session in sessions:
            self.sessions.setdefault(session.key, session)

    def transcript(self, key: str, *, create: bool = False) -> Transcript | None:
        """The transcript of a session if it is in memory; the most recently used are kept."""
        found = self.transcripts.get(key)
        if found is None and create:
            found = self.transcripts[key] = Transcript(self.spec)
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
            (s for s in self.sessions.values() if s.state is State.NEEDS_INPUT),
            key=lambda s: s.since,
        )

    def any_running(self) -> bool:
        """Whether any run is under way."""
        return any(session.running for session in self.sessions.values())

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

"""How a session stands, since when and why; and the characters that it costs."""

from das_tui.domain.session import State
from das_tui.domain.usage import MOST_CHARS, PaidAnswer

_SILENT = frozenset({State.IDLE, State.STARTING, State.QUEUED, State.LINE_LOST, State.CUT})
"""States that the first thing of substance on the line ends."""


class Standing:
    """State and verdict.

    `since` is when `state` began, `started` when the present run did, `detail` a few words to the
    state. `heard` tells whether the run has said something of substance.
    """

    def __init__(self) -> None:
        self.state = State.IDLE
        self.since = 0.0
        self.detail = ""
        self.heard = False
        self.started: float | None = None

    def set(self, state: State, now: float, detail: str = "") -> None:
        """The session stands so from now on."""
        if state is not self.state:
            self.since = now
            self.state = state
        self.detail = detail

    def alive(self, now: float) -> None:
        """Something of substance came over the line: the run is alive."""
        self.heard = True
        if self.state in _SILENT:
            self.set(State.LIVE, now)
        if self.started is None:
            self.started = now


class Usage:
    """Billed characters of a session: reported ones where the service reports them (DAS
    `summary`), else those that came, as an estimate. `position` is the record of the present
    question. `reported` and `counted` are those of the answers before."""

    def __init__(self, reported: int = 0, counted: int = 0) -> None:
        self._reported = reported
        self._reported_before = reported
        self._counted = counted
        self._counted_before = counted
        self._pieces: list[str] = []
        self._earlier: list[PaidAnswer] = []
        self._began: float | None = None
        self.position = 0

    @property
    def chars(self) -> int:
        """All characters of the session."""
        return self._reported + self._counted

    @property
    def estimated(self) -> bool:
        """Whether some were counted here and never reported."""
        return self._counted > 0

    @property
    def reported(self) -> int:
        """Characters that the service reported."""
        return self._reported

    @property
    def counted(self) -> int:
        """Characters that were counted here and not reported."""
        return self._counted

    @property
    def unreported(self) -> int:
        """Characters that came since the present question, without a report yet."""
        return self._counted - self._counted_before

    @property
    def answer(self) -> str:
        """The answer to the present question as it was streamed."""
        return "".join(self._pieces)

    @property
    def answers(self) -> list[PaidAnswer]:
        """All answers of which anything came, in order; the last one may still grow."""
        if self._began is None:
            return self._earlier
        chars = self._reported - self._reported_before + self.unreported
        present = PaidAnswer(
            self.position, self._began, min(chars, MOST_CHARS), self.unreported > 0
        )
        return [*self._earlier, present]

    def begin(self, position: int) -> None:
        """A new question, in the record at `position`; what an earlier one left unreported stays
        an estimate."""
        self._earlier = self.answers
        self._began = None
        self.position = position
        self._reported_before = self._reported
        self._counted_before = self._counted
        self._pieces = []

    def came(self, text: str, now: float) -> None:
        """A piece of the answer came at `now`."""
        if self._began is None:
            self._began = now
        self._counted += len(text)
        self._pieces.append(text)

    def report(self, chars: int, now: float) -> None:
        """The service says at `now` what the present question costs."""
        if self._began is None:
            self._began = now
        self._reported += chars
        self._counted = self._counted_before

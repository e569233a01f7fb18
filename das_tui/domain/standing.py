"""How a session stands, since when and why; and the characters that it costs."""

from das_tui.domain.session import State

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
    `summary`), else those that came, as an estimate."""

    def __init__(self) -> None:
        self._reported = 0
        self._counted = 0
        self._counted_before = 0
        self._pieces: list[str] = []

    @property
    def chars(self) -> int:
        """All characters of the session."""
        return self._reported + self._counted

    @property
    def estimated(self) -> bool:
        """Whether some were counted here and never reported."""
        return self._counted > 0

    @property
    def unreported(self) -> int:
        """Characters that came since the present question, without a report yet."""
        return self._counted - self._counted_before

    @property
    def answer(self) -> str:
        """The answer to the present question as it was streamed."""
        return "".join(self._pieces)

    def begin(self) -> None:
        """A new question; what an earlier one left unreported stays an estimate."""
        self._counted_before = self._counted
        self._pieces = []

    def came(self, text: str) -> None:
        """A piece of the answer came."""
        self._counted += len(text)
        self._pieces.append(text)

    def report(self, chars: int) -> None:
        """The service says what the present question costs."""
        self._reported += chars
        self._counted = self._counted_before

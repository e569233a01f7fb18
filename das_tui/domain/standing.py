"""How a session stands, since when and why; and the characters that it costs."""

import zlib
from typing import Any, TypeAlias

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

    def mark(self) -> list[Any]:
        """What `resume` goes on from."""
        return [self.state, self.since, self.detail, self.heard, self.started]

    def resume(self, mark: Any) -> None:
        """Go on where the standing of `mark` was."""
        self.state, self.since, self.detail, self.heard, self.started = mark

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


_Words: TypeAlias = tuple[int, int]
"""The characters of a text without blanks around it, and a checksum."""

_NOTHING: tuple[_Words, str] = ((0, 0), "")


def _more(known: tuple[_Words, str], piece: str) -> tuple[_Words, str]:
    """The words of a text that goes on with `piece`, and the blanks behind them so far."""
    (length, check), blanks = known
    text = blanks + piece if length else piece.lstrip()
    words = text.rstrip()
    check = zlib.crc32(words.encode("utf-8", "surrogatepass"), check)
    return (length + len(words), check), text[len(words) :]


class Usage:
    """Billed characters of a session: reported ones where the service reports them (DAS
    `summary`), else those that came, as an estimate. `position` is the record of the present
    question."""

    def __init__(self) -> None:
        self._reported = 0
        self._reported_before = 0
        self._counted = 0
        self._counted_before = 0
        self._words, self._blanks = _NOTHING
        self._earlier: list[PaidAnswer] = []
        self._began: float | None = None
        self.position = 0

    def mark(self) -> list[Any]:
        """What `resume` goes on from: the sums, and the present answer."""
        before = [self._reported_before, self._counted_before]
        present = [self._began, self.position, *self._words, self._blanks]
        return [self._reported, self._counted, *before, *present]

    def resume(self, mark: Any) -> None:
        """Go on where the usage of `mark` stood; of `answers` the present one only is known."""
        self._reported, self._counted, *rest = mark
        self._reported_before, self._counted_before, self._began, self.position, *rest = rest
        length, check, self._blanks = rest
        self._words = (length, check)

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

    def said(self, words: str) -> bool:
        """Whether these words, without blanks around them, are the answer to the present question
        as it was streamed."""
        return self._words == _more(_NOTHING, words)[0]

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
        self._words, self._blanks = _NOTHING

    def came(self, text: str, now: float) -> None:
        """A piece of the answer came at `now`."""
        if self._began is None:
            self._began = now
        self._counted += len(text)
        self._words, self._blanks = _more((self._words, self._blanks), text)

    def report(self, chars: int, now: float) -> None:
        """The service says at `now` what the present question costs."""
        if self._began is None:
            self._began = now
        self._reported += chars
        self._counted = self._counted_before

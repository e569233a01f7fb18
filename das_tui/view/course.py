"""The course of a session: turns, steps, tool calls, waits and silences with their times.

What a timeline draws and a comparison aligns. It is made from the blocks of a transcript. Of a turn
that is too long to be read at once only steps, asks and the latest calls are read, and what was
left out is counted from the kinds of blocks alone.
"""

from enum import StrEnum

from das_tui.domain import blocks as b
from das_tui.domain import shelf
from das_tui.domain.blocks import Block
from das_tui.domain.session import RUNNING, Overview, State
from das_tui.light import dataclass
from das_tui.view.clean import one_line
from das_tui.view.transcript import Transcript

CHUNKS = 24
"""So many chunks of the shelf are read at once: for the steps and the latest calls of a longer
turn, for the turns of a session."""

_TAIL = 16
"""So many last blocks of a turn are looked at for the time at which it ended."""


def kinds_of(*bodies: type) -> bytes:
    """A table of kinds, as `Transcript.step` takes it, for some bodies."""
    numbers = {number for number, kind in enumerate(shelf.KINDS) if kind in bodies}
    return bytes(kind & shelf.KIND in numbers for kind in range(256))


TOOLS = kinds_of(b.Tool)
FAILURES = kinds_of(b.Failure)
_ASK = shelf.KINDS.index(b.Ask)


class Kind(StrEnum):
    """What a stretch of time was spent on."""

    TURN = "turn"
    LEAD = "lead"
    STEP = "step"
    TOOL = "tool"
    WAIT = "waited for you"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time, in UNIX seconds; one that is `running` ends now, one that `asks` waits
    for a human.

    `block` is its place in the transcript, -1 for none. `number` counts steps and turns from 1.
    `tool` is the name of a tool whose `name` is a title; `rows` are those of its result, None
    without one. `calls` are the tool calls in a step or turn, listed or not, and `inside` what is
    listed of it. A lead is what came before the first step.
    """

    kind: Kind
    name: str
    began: float
    ended: float
    block: int = -1
    number: int = 0
    running: bool = False
    failed: bool = False
    skipped: bool = False
    asks: bool = False
    reason: str = ""
    tool: str = ""
    rows: int | None = None
    calls: int = 0
    inside: tuple["Stretch", ...] = ()

    @property
    def seconds(self) -> float:
        return max(0.0, self.ended - self.began)


@dataclass(frozen=True, slots=True)
class Course:
    """One turn, or a session of several.

    `parts` are its steps, or its turns, in order. `shares` tell where the time went, with words
    and seconds that add up to the whole. `left_out` are the calls, or turns, that are not listed.
    `state` is how it ended, or stands.
    """

    title: str = ""
    began: float = 0.0
    ended: float = 0.0
    state: State = State.IDLE
    parts: tuple[Stretch, ...] = ()
    shares: tuple[tuple[str, float], ...] = ()
    left_out: int = 0
    number: int = 0
    turns: int = 0
    first: int = 0
    calls: int = 0

    @property
    def seconds(self) -> float:
        return max(0.0, self.ended - self.began)

    @property
    def longest(self) -> Stretch | None:
        """The tool call that took longest; the longest part where there is none."""
        tools = [s for part in self.parts for s in part.inside if s.kind is Kind.TOOL]
        return max(tools or self.parts, key=lambda s: s.seconds, default=None)


# --- turns ---------------------------------------------------------------------------------------


def beginnings(transcript: Transcript) -> list[int]:
    """The blocks with which turns begin, ascending. Words that answer an ask begin none."""
    count = len(transcript)
    found = [at for at in transcript.asked if not _answers(transcript, at)]
    if count and (not found or found[0] > 0):
        # What stands before the first question, as in a session that was taken up half-way.
        found.insert(0, 0)
    return found


def _answers(transcript: Transcript, at: int) -> bool:
    """Whether the question at `at` only answers the ask above it."""
    return at > 0 and transcript.kinds(at - 1, at)[0] & shelf.KIND == _ASK


def turn_of(transcript: Transcript, block: int) -> int:
    """The number of the turn, from 0, that a block belongs to."""
    found = beginnings(transcript)
    return max(0, sum(at <= block for at in found) - 1)


def stand(overview: Overview | None, now: float) -> tuple[State, float | None]:
    """How a turn stands, and the time until which it goes on; None where its blocks say it. Only
    the last one has an overview."""
    if overview is None:
        return State.FINISHED, None
    state = overview.state
    if state in RUNNING or state is State.NEEDS_INPUT:
        return state, now or overview.last_at
    return state, overview.since or None


def end(transcript: Transcript, first: int, stop: int) -> float | None:
    """The latest time in the last blocks of a turn."""
    blocks = (transcript.block(at) for at in range(max(first, stop - _TAIL), stop))
    return max((span[1] for block in blocks if (span := times(block, None))), default=None)


def times(block: Block, until: float | None) -> tuple[float, float] | None:
    """When a block began and ended, None for one without a time. `until` is now, for those that
    go on."""
    if block.at is None:
        return None
    took = block.seconds or 0.0
    if isinstance(block.body, b.Ask):
        if block.body.answered:
            return block.at - took, block.at
        return block.at, max(block.at, until or 0.0)
    if block.live and until is not None:
        return block.at, max(block.at, until)
    return block.at, block.at + took


def session(
    transcript: Transcript,
    overview: Overview,
    now: float,
    known: dict[int, Stretch] | None = None,
) -> Course:
    """The turns of a session from the latest back, as far as `CHUNKS` of the shelf reach.

    `known` keeps what was read of finished turns, by their first blocks: with the same dictionary
    another call reads on from there.
    """
    known = {} if known is None else known
    found = beginnings(transcript)
    stops = [*found[1:], len(transcript)]
    chunks: set[int] = set()
    parts: list[Stretch] = []
    left_out = 0
    for place in reversed(range(len(found))):
        first, stop = found[place], stops[place]
        part = known.get(first)
        if part is None:
            looked = {at // shelf.CHUNK for at in (first, max(first, stop - _TAIL), stop - 1)}
            chunks |= {number for number in looked if number * shelf.CHUNK < transcript.shelved}
            if len(chunks) > CHUNKS:
                left_out = place + 1
                break
            last = place == len(found) - 1
            part = _turn(transcript, first, stop, overview if last else None, now, place + 1)
            if not last:
                known[first] = part
        parts.append(part)
    parts.reverse()
    return Course(
        began=parts[0].began if parts else 0.0,
        ended=parts[-1].ended if parts else 0.0,
        state=overview.state,
        parts=tuple(parts),
        left_out=left_out,
        turns=len(found),
        calls=max(overview.tool_count, sum(part.calls for part in parts)),
    )


def _turn(
    transcript: Transcript,
    first: int,
    stop: int,
    overview: Overview | None,
    now: float,
    number: int,
) -> Stretch:
    """A turn as one stretch; with the overview it is the last one."""
    state, until = stand(overview, now)
    block = transcript.block(first)
    ended = until if until is not None else end(transcript, first, stop)
    began = block.at if block.at is not None else ended or 0.0
    kinds = transcript.kinds(first, stop)
    failed = state is State.FAILED if overview is not None else 1 in kinds.translate(FAILURES)
    return Stretch(
        kind=Kind.TURN,
        name=asked(block),
        began=began,
        ended=max(began, ended or began),
        block=first,
        number=number,
        running=state in RUNNING,
        asks=state is State.NEEDS_INPUT,
        failed=failed,
        calls=kinds.translate(TOOLS).count(1),
    )


def asked(block: Block) -> str:
    """The words with which a turn begins."""
    return one_line(block.body.text) if isinstance(block.body, b.Question) else "before"

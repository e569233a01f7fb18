"""The parts of one turn: its steps, and the calls, waits and silences in them."""

from collections.abc import Iterable

from das_tui.domain import blocks as b
from das_tui.domain import shelf
from das_tui.domain.blocks import Block, ToolStatus
from das_tui.domain.plan import Plan, StepStatus
from das_tui.domain.session import RUNNING, Overview, State
from das_tui.view.clean import one_line
from das_tui.view.course import (
    CHUNKS,
    FAILURES,
    TOOLS,
    Course,
    Kind,
    Stretch,
    asked,
    beginnings,
    end,
    kinds_of,
    stand,
    times,
)
from das_tui.view.transcript import Transcript

WHOLE = 4_096
"""Turns of up to so many blocks are read as a whole."""

LISTED = 1_000
"""So many of its latest calls are listed then."""

_QUIET = 5.0
"""A silence is at least so many seconds long, and at least this part of its turn."""
_QUIET_PART = 0.04

_FRAME = kinds_of(b.StepRule, b.Ask)


def turn(transcript: Transcript, number: int, overview: Overview, now: float) -> Course:
    """The turn `number`, from 0; the last one if there is none of that number."""
    found = beginnings(transcript)
    if not found:
        return Course(state=overview.state)
    number = max(0, min(number, len(found) - 1))
    first, stop = found[number], [*found[1:], len(transcript)][number]
    last = number == len(found) - 1
    state, until = stand(overview if last else None, now)
    kinds = transcript.kinds(first, stop)
    calls = kinds.translate(TOOLS).count(1)
    blocks = _read(transcript, first, stop, kinds)
    whole = len(blocks) == stop - first
    head = transcript.block(first)
    if not last and 1 in kinds.translate(FAILURES):
        state = State.FAILED
    ended = until if until is not None else end(transcript, first, stop)
    began = head.at if head.at is not None else ended or 0.0
    ended = max(began, ended or began)
    running = last and state in RUNNING
    make = _Making(
        began, ended, running, overview.plan if last else None, transcript, first, stop, whole
    )
    make.asks = state is State.NEEDS_INPUT
    for block in blocks:
        make.take(block)
    parts = make.done()
    listed = sum(s.kind is Kind.TOOL for part in parts for s in part.inside)
    return Course(
        title=asked(head),
        began=began,
        ended=ended,
        state=state,
        parts=parts,
        shares=make.shares(whole),
        left_out=calls - listed,
        number=number + 1,
        turns=len(found),
        first=first,
        calls=calls,
    )


def _read(transcript: Transcript, first: int, stop: int, kinds: bytes) -> list[Block]:
    """The blocks of a turn that are looked at, in order."""
    if stop - first <= WHOLE:
        return [transcript.block(at) for at in range(first, stop)]
    frame = [first + at for at in _latest(kinds.translate(_FRAME))]
    tools = [first + at for at in _latest(kinds.translate(TOOLS))]
    chosen: list[int] = []
    chunks: set[int] = set()
    for at in [first, *frame, *tools]:
        number = at // shelf.CHUNK
        if at < transcript.shelved and number not in chunks:
            if len(chunks) == CHUNKS:
                continue
            chunks.add(number)
        chosen.append(at)
    return [transcript.block(at) for at in sorted(set(chosen))]


def _latest(marks: bytes) -> list[int]:
    """The last `LISTED` places that are marked, the latest first."""
    found: list[int] = []
    at = len(marks)
    while len(found) < LISTED and (at := marks.rfind(1, 0, at)) >= 0:
        found.append(at)
    return found


class _Making:
    """Collects the parts of a turn from its blocks in order."""

    def __init__(
        self,
        began: float,
        ended: float,
        running: bool,
        plan: Plan | None,
        transcript: Transcript,
        first: int,
        stop: int,
        whole: bool,
    ) -> None:
        self._began = began
        self._ended = ended
        self._running = running
        self._steps = {step.name: step.status for step in plan.steps} if plan is not None else {}
        self._transcript = transcript
        self._stop = stop
        self._whole = whole
        self._signs: list[tuple[float, float]] = []
        self._rules: list[Block | None] = [None]
        self._inside: list[list[Stretch]] = [[]]
        self._planned = False
        self._first = first
        self._waits: list[tuple[float, float]] = []
        self.asks = False
        """Whether a human is waited for; what was never answered is over otherwise."""
        self._tools: list[tuple[float, float]] = []
        self._quiet: list[tuple[float, float]] = []

    def take(self, block: Block) -> None:
        span = times(block, self._ended if self._running else None)
        body = block.body
        if isinstance(body, b.StepRule):
            self._rules.append(block)
            self._inside.append([])
            if span is not None:
                self._signs.append((span[0], span[0]))
            return
        if isinstance(body, b.PlanShown) or (isinstance(body, b.Ask) and body.plan is not None):
            self._planned = True
        if span is None:
            return
        if isinstance(body, b.Ask):
            if not body.answered or block.seconds is not None:
                if not body.answered:
                    span = (span[0], max(span[0], self._ended))
                self._waits.append(span)
                name, waits = Kind.WAIT.value, self.asks and not body.answered
                self._add(Stretch(Kind.WAIT, name, *span, block.index, running=waits))
            self._signs.append(span)
            return
        self._signs.append(span)
        if isinstance(body, b.Tool):
            self._tools.append(span)
            failed = body.status is ToolStatus.FAILED
            self._add(
                Stretch(
                    Kind.TOOL,
                    one_line(body.title or body.name) or "tool",
                    *span,
                    block.index,
                    running=body.status is ToolStatus.RUNNING and self._running,
                    failed=failed,
                    reason=one_line(body.reason) if failed else "",
                    tool=one_line(body.name),
                    rows=body.total_rows,
                )
            )

    def _add(self, stretch: Stretch) -> None:
        self._inside[-1].append(stretch)

    def done(self) -> tuple[Stretch, ...]:
        """The parts, with the silences between."""
        starts = [rule.at if rule is not None else self._began for rule in self._rules]
        if self._whole:
            self._silences()
        parts = []
        for place, rule in enumerate(self._rules):
            inside = sorted(self._inside[place], key=lambda stretch: (stretch.began, stretch.block))
            began = starts[place]
            if rule is None:
                part = self._lead(inside, starts[1] if len(starts) > 1 else None)
                if part is not None:
                    parts.append(part)
            elif began is not None:
                parts.append(self._step(rule, began, inside, place))
        return tuple(parts)

    def _lead(self, inside: list[Stretch], step: float | None) -> Stretch | None:
        """What was before the first step; all of a turn without steps, which needs no name."""
        after = self._rules[1] if len(self._rules) > 1 else None
        waits = [stretch.began for stretch in inside if stretch.kind is Kind.WAIT]
        name, ended = "Plan", min([step if step is not None else self._ended, *waits])
        if not self._planned:
            if after is not None and not inside:
                return None
            name = "Before the first step" if after is not None else "" if inside else "At work"
            ended = step if step is not None else self._ended
        return Stretch(
            Kind.LEAD,
            name,
            self._began,
            max(self._began, ended),
            self._first,
            running=self._running and after is None and ended == self._ended,
            calls=self._calls(self._first, after.index if after is not None else self._stop),
            inside=tuple(inside),
        )

    def _step(self, rule: Block, began: float, inside: list[Stretch], place: int) -> Stretch:
        body = rule.body
        assert isinstance(body, b.StepRule)
        after = self._rules[place + 1] if place + 1 < len(self._rules) else None
        status = None if self._again(place) else self._steps.get(body.name)
        live = rule.live and self._running
        asks = after is None and any(s.kind is Kind.WAIT and s.running for s in inside)
        ended = began + rule.seconds if rule.seconds is not None else self._ended
        return Stretch(
            Kind.STEP,
            one_line(body.name),
            began,
            max(began, ended),
            rule.index,
            number=body.number,
            running=live,
            failed=status is StepStatus.FAILED,
            skipped=status is StepStatus.SKIPPED,
            asks=asks,
            calls=self._calls(rule.index, after.index if after is not None else self._stop),
            inside=tuple(inside),
        )

    def _again(self, place: int) -> bool:
        """Whether the step at `place` was gone into again later: the plan speaks of that."""
        body = self._rules[place].body  # type: ignore[union-attr]
        later = (rule.body for rule in self._rules[place + 1 :] if rule is not None)
        return any(other == body for other in later)

    def _calls(self, first: int, stop: int) -> int:
        return self._transcript.kinds(first, stop).translate(TOOLS).count(1)

    def _silences(self) -> None:
        """Where nothing came and nobody was waited for."""
        least = max(_QUIET, _QUIET_PART * (self._ended - self._began))
        starts = [rule.at or 0.0 for rule in self._rules if rule is not None]
        reached = self._began
        for began, ended in [*sorted(self._signs), (self._ended, self._ended)]:
            if began - reached >= least:
                self._quiet.append((reached, began))
                place = sum(start <= reached for start in starts)
                self._inside[place].append(Stretch(Kind.QUIET, "quiet", reached, began))
            reached = max(reached, ended)

    def shares(self, whole: bool) -> tuple[tuple[str, float], ...]:
        """Where the time went: waits, then tools, then silence; the rest is the agent's."""
        total = max(0.0, self._ended - self._began)
        waited = _length(self._waits, self._began, self._ended)
        if not whole:
            found = [(Kind.WAIT.value, waited), ("at work", total - waited)]
        else:
            both = _length([*self._waits, *self._tools], self._began, self._ended)
            quiet = _length(self._quiet, self._began, self._ended)
            found = [
                (Kind.WAIT.value, waited),
                ("tools", both - waited),
                (Kind.QUIET.value, quiet),
                ("agent", total - both - quiet),
            ]
        return tuple((name, seconds) for name, seconds in found if seconds >= 0.05)


def _length(spans: Iterable[tuple[float, float]], began: float, ended: float) -> float:
    """Seconds that are covered by at least one of the spans, within bounds."""
    total, reached = 0.0, began
    for start, stop in sorted(spans):
        more = min(stop, ended) - max(start, reached)
        if more > 0:
            total += more
            reached = min(stop, ended)
    return total

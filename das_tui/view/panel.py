"""The plan and tools pane: where the run is, what it called, what it wrote, what it costs."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from das_tui.domain.blocks import ToolStatus
from das_tui.domain.plan import Change, Plan, PlanStep, StepChange, StepStatus
from das_tui.domain.session import Overview, State, ToolLine
from das_tui.domain.waiting import Waiting
from das_tui.light import dataclass
from das_tui.view.ages import clock, duration, elapsed, size, thousands
from das_tui.view.clean import one_line
from das_tui.view.glyphs import UTF8, Glyphs
from das_tui.view.rows import ACCENT, ATTN, BLANK, FAIL, FAINT, MUTED, STRONG, TEXT, Ink, Row, Span
from das_tui.view.status import current_step, spread
from das_tui.view.wrap import cells, cut, fit, wrap

_RULE = Ink("rule")
_DETAIL_FROM = 8
"""Rows from which on there is one to spare for the line under the cursor."""
_QUIET_FROM = 5.0
"""Seconds of silence below which nothing is said of it."""


class PanelRow(NamedTuple):
    """One row; `block` is the block of the transcript that it leads to, -1 for none. `bar` tells
    that the cursor bar stands in its column 0."""

    row: Row
    block: int = -1
    bar: bool = False


@dataclass(frozen=True, slots=True)
class Cost:
    """What is known of the price, as text for the screen (`0.23 USD`); empty where unknown.

    `chars` are the characters of the present question. `over` tells that the month has passed the
    budget.
    """

    run: str = ""
    session: str = ""
    today: str = ""
    month: str = ""
    chars: str = ""
    budget: str = ""
    over: bool = False


class _Entry(NamedTuple):
    """A row to be: how to write it, and where it leads to."""

    make: Callable[[], tuple[Span, ...]]
    block: int = -1
    tool: bool = False


def targets(overview: Overview) -> list[int]:
    """The blocks that rows lead to, in display order: the places of the cursor."""
    steps = overview.plan.steps if overview.plan is not None else ()
    places = [step.block for step in steps] + [tool.block for tool in overview.tools]
    return [block for block in places if block >= 0]


def rows(
    overview: Overview,
    width: int,
    height: int,
    *,
    glyphs: Glyphs = UTF8,
    now: float = 0.0,
    cursor: int = -1,
    focused: bool = False,
    paid: bool = False,
    cost: Cost | None = None,
    queue: Sequence[Waiting] = (),
    quiet: float = 0.0,
    usual: tuple[float, float] | None = None,
    utc: bool = False,
) -> list[PanelRow]:
    """The pane in exactly `height` rows.

    `cursor` is a place in `targets`; it is drawn, and scrolled to, only with the focus. Without
    it the plan and the latest tools are in view. `paid` adds what the run costs, `queue` the
    questions that wait. `quiet` are the seconds of silence now, `usual` those that are usual at
    this place: as a rule, and at most. With the focus the last row tells of the step or call under
    the cursor when it began.
    """
    draw = _Draw(width, glyphs, now)
    entries = draw.plan(overview, quiet, usual)
    entries += draw.tools(overview, first=not entries)
    entries += draw.files(overview)
    if paid:
        entries += draw.cost(overview, cost or Cost())
    entries += draw.queue(queue)
    chosen = -1
    detail: list[PanelRow] = []
    if focused:
        words = _detail(overview, cursor, utc) if height >= _DETAIL_FROM else ""
        if words:
            height -= 2
            said = fit(words, width - 4, glyphs.ellipsis)
            detail = [PanelRow(BLANK), PanelRow(Row((("  ", TEXT), (said, MUTED))))]
        places = [at for at, entry in enumerate(entries) if entry.block >= 0]
        chosen = places[cursor] if 0 <= cursor < len(places) else -1
        top = max(0, min(chosen - height // 2, len(entries) - height))
        entries = entries[top:]
        chosen -= top
    else:
        entries = draw.without_early_tools(entries, height)
    out: list[PanelRow] = []
    for at, entry in enumerate(entries[:height]):
        bar = at == chosen
        line = tuple(cut(entry.make(), 0, width))
        out.append(PanelRow(Row(line, "sel" if bar else None), entry.block, bar))
    return out + [PanelRow(BLANK)] * (height - len(out)) + detail


def _detail(overview: Overview, cursor: int, utc: bool) -> str:
    """When the step or call under the cursor began, and how long it took."""
    steps = overview.plan.steps if overview.plan is not None else ()
    times = [(step.started_at, step.seconds) for step in steps if step.block >= 0]
    times += [(tool.started_at, tool.seconds) for tool in overview.tools if tool.block >= 0]
    began, seconds = times[cursor] if 0 <= cursor < len(times) else (None, None)
    if began is None:
        return ""
    if seconds is None:
        return f"began {clock(began, utc, seconds=True)}"
    return f"began {clock(began, utc, seconds=True)}   {duration(seconds)}"


class _Draw:
    """Writes the rows of one pane."""

    def __init__(self, width: int, glyphs: Glyphs, now: float) -> None:
        self.width = width
        self.glyphs = glyphs
        self.now = now

    # --- sections ----------------------------------------------------------------------------

    def plan(
        self, overview: Overview, quiet: float, usual: tuple[float, float] | None
    ) -> list[_Entry]:
        plan = overview.plan
        if plan is None or not plan.steps:
            return []
        done = f" {current_step(plan)} of {thousands(plan.count)}"
        time = self.run_time(overview)
        changes = overview.changes
        entries = [
            _Entry(lambda: self.head("Plan", done, time)),
            _Entry(lambda: self.progress(plan)),
            _Entry(lambda: self.changed(changes)),
        ]
        long = usual is not None and quiet > max(_QUIET_FROM, usual[0])
        for step, change in _marked(plan, changes):
            if change is not None and change.change is Change.DROPPED:
                entries.append(_Entry(partial(self.dropped, step)))
                continue
            entries.append(_Entry(partial(self.step, step, change), step.block))
            running = step.status is StepStatus.RUNNING and overview.state is State.LIVE
            if running and long and usual is not None:
                entries.append(_Entry(partial(self.quiet, quiet, usual)))
        return entries

    def tools(self, overview: Overview, first: bool) -> list[_Entry]:
        tools = overview.tools
        many = max(overview.tool_count, len(tools))
        count = f" {thousands(many)}"
        if first:
            time = self.run_time(overview)
            line: tuple[Span, ...] = (
                ("  ", TEXT),
                (self.glyphs.rule * max(0, self.width - 4), _RULE),
            )
            entries = [
                _Entry(lambda: self.head("Tools", count, time)),
                _Entry(lambda: line),
                _BLANK,
            ]
        elif tools:
            total = sum(map(self.seconds, tools))
            if many > len(tools):
                total = overview.tool_seconds
            entries = [_BLANK, _Entry(lambda: self.head("Tools", count, duration(total)))]
        else:
            return []
        return entries + [_Entry(partial(self.tool, tool), tool.block, True) for tool in tools]

    def files(self, overview: Overview) -> list[_Entry]:
        files = overview.files
        if not files:
            return []
        return [
            _BLANK,
            _Entry(lambda: self.head("Files", f" {len(files)}", "")),
            *(
                _Entry(partial(self.fact, name, size(count) if count else ""))
                for name, count in files
            ),
        ]

    def cost(self, overview: Overview, cost: Cost) -> list[_Entry]:
        about = "~" if overview.estimated else ""
        facts = [
            ("characters", cost.chars or f"{about}{thousands(overview.chars)}", FAINT),
            ("this session", cost.session, FAINT),
            ("today", cost.today, FAINT),
            ("month", cost.month, ATTN if cost.over else FAINT),
            ("budget", cost.budget, FAINT),
        ]
        return [
            _BLANK,
            _Entry(lambda: self.head("Cost", "", cost.run, TEXT)),
            *(_Entry(partial(self.fact, *fact)) for fact in facts if fact[1]),
        ]

    def queue(self, waiting: Sequence[Waiting]) -> list[_Entry]:
        """The questions that wait, in order, and what the first of them waits for."""
        if not waiting:
            return []
        return [
            _BLANK,
            _Entry(lambda: self.head("Queue", f" {len(waiting)}", "")),
            *(_Entry(partial(self.waits, one)) for one in waiting),
            *(
                _Entry(partial(self.words, line))
                for line in wrap(one_line(waiting[0].behind), max(4, self.width - 6))
            ),
        ]

    def without_early_tools(self, entries: list[_Entry], height: int) -> list[_Entry]:
        """Leave out the first tools where the rows are too few, and say how many."""
        over = len(entries) - height
        first = next((at for at, entry in enumerate(entries) if entry.tool), -1)
        count = sum(entry.tool for entry in entries)
        if over <= 0 or count < 2:
            return entries
        drop = min(over + 1, count - 1)
        earlier = _Entry(
            lambda: (("  ", TEXT), (f"{self.glyphs.gap} {thousands(drop)} earlier", FAINT))
        )
        return [*entries[:first], earlier, *entries[first + drop :]]

    # --- rows --------------------------------------------------------------------------------

    def head(self, word: str, count: str, right: str, ink: Ink = FAINT) -> tuple[Span, ...]:
        left: list[Span] = [("  ", TEXT), (word, STRONG), (count, MUTED)]
        return spread(left, [(right, ink)] if right else [], self.width - 2)

    def progress(self, plan: Plan) -> tuple[Span, ...]:
        """Done, now and the rest of the plan as one line."""
        room = max(0, self.width - 4)
        count = len(plan.steps)
        ended = (StepStatus.DONE, StepStatus.FAILED, StepStatus.SKIPPED)
        now = next(
            (s for s in plan.steps if s.status in (StepStatus.RUNNING, StepStatus.WAITING)), None
        )
        done = sum(step.status in ended for step in plan.steps)
        first = done * room // count
        second = (done + (now is not None)) * room // count
        ink = ATTN if now is not None and now.status is StepStatus.WAITING else ACCENT
        glyph = self.glyphs.progress
        spans: list[Span] = [
            ("  ", TEXT),
            (glyph * first, MUTED),
            (glyph * (second - first), ink),
            (self.glyphs.rule * (room - second), _RULE),
        ]
        return tuple(span for span in spans if span[0])

    def changed(self, changes: Sequence[StepChange]) -> tuple[Span, ...]:
        """What the latest plan changed, in counts; nothing for the first one."""
        kinds = (Change.NEW, Change.MOVED, Change.DROPPED)
        counts = [(kind, sum(change.change is kind for change in changes)) for kind in kinds]
        text = ", ".join(f"{count} {kind.value}" for kind, count in counts if count)
        if not text:
            return ()
        return (("  ", TEXT), (fit(text, self.width - 4, self.glyphs.ellipsis), MUTED))

    def dropped(self, step: PlanStep) -> tuple[Span, ...]:
        """A step that the latest plan left out."""
        struck, word = Ink("faint", strike=True), Change.DROPPED.value
        return self.line(("-", MUTED), step.name, struck, (word, FAINT))

    def step(self, step: PlanStep, change: StepChange | None = None) -> tuple[Span, ...]:
        glyphs = self.glyphs
        running = (
            elapsed(self.now - step.started_at)
            if self.now and step.started_at is not None and step.seconds is None
            else ""
        )
        took = duration(step.seconds, tenths=False) if step.seconds is not None else ""
        match step.status:
            case StepStatus.RUNNING:
                return self.line((glyphs.live, ACCENT), step.name, STRONG, (running, TEXT))
            case StepStatus.WAITING:
                glyph = (glyphs.needs, Ink("attn", bold=True))
                return self.line(glyph, step.name, STRONG, (running, ATTN))
            case StepStatus.DONE:
                return self.line((glyphs.finished, MUTED), step.name, MUTED, (took, FAINT))
            case StepStatus.FAILED:
                glyph = (glyphs.failed, Ink("fail", bold=True))
                return self.line(glyph, step.name, TEXT, (took, FAINT))
            case StepStatus.SKIPPED:
                return self.line((glyphs.idle, FAINT), step.name, FAINT, ("skipped", FAINT))
            case StepStatus.PENDING:
                note, mark = "", glyphs.idle
                if change is not None and change.change is Change.NEW:
                    note, mark = Change.NEW.value, "+"
                elif change is not None and change.change is Change.MOVED:
                    mark = glyphs.moved_from(change.was, step.order)
                    note = f"was {change.was}"
                ink = MUTED if note else FAINT
                return self.line((mark[:1], ink), step.name, ink, (note, FAINT))

    def quiet(self, quiet: float, usual: tuple[float, float]) -> tuple[Span, ...]:
        text = f"quiet {elapsed(quiet)}, usual {elapsed(round(usual[0]))}"
        ink = ATTN if quiet > usual[1] else FAINT
        return (("    ", TEXT), (fit(text, self.width - 6, self.glyphs.ellipsis), ink))

    def tool(self, tool: ToolLine) -> tuple[Span, ...]:
        glyphs = self.glyphs
        name = tool.title or tool.name
        took = duration(tool.seconds) if tool.seconds is not None else ""
        match tool.status:
            case ToolStatus.RUNNING:
                timer = elapsed(self.seconds(tool)) if self.now and tool.started_at else ""
                return self.line((glyphs.live, ACCENT), name, TEXT, (timer, TEXT))
            case ToolStatus.FAILED:
                glyph = (glyphs.failed, Ink("fail", bold=True))
                reason = fit(one_line(tool.reason), self.width // 2, glyphs.ellipsis)
                return self.line(glyph, name, TEXT, (reason, FAIL) if reason else (took, FAINT))
            case ToolStatus.DONE:
                return self.line((glyphs.finished, MUTED), name, MUTED, (took, FAINT))

    def line(self, glyph: Span, name: str, ink: Ink, fact: Span) -> tuple[Span, ...]:
        room = self.width - 6 - (cells(fact[0]) + 1 if fact[0] else 0)
        text = fit(one_line(name), room, self.glyphs.ellipsis)
        left: list[Span] = [("  ", TEXT), glyph, (" ", TEXT), (text, ink)]
        return spread(left, [fact] if fact[0] else [], self.width - 2)

    def words(self, line: str) -> tuple[Span, ...]:
        return (("    ", TEXT), (line, FAINT))

    def waits(self, one: Waiting) -> tuple[Span, ...]:
        """A question in the queue: its place, its words, how long it has waited."""
        since = elapsed(self.now - one.since) if self.now else ""
        return self.line((str(one.place), MUTED), one.text, TEXT, (since, FAINT))

    def fact(self, name: str, value: str, ink: Ink = FAINT) -> tuple[Span, ...]:
        room = self.width - 6 - (cells(value) + 1 if value else 0)
        left: list[Span] = [
            ("    ", TEXT),
            (fit(one_line(name), room, self.glyphs.ellipsis), MUTED),
        ]
        return spread(left, [(value, ink)] if value else [], self.width - 2)

    # --- times -------------------------------------------------------------------------------

    def seconds(self, tool: ToolLine) -> float:
        """What a tool took, or takes so far."""
        if tool.seconds is not None:
            return tool.seconds
        if tool.status is ToolStatus.RUNNING and tool.started_at is not None and self.now:
            return max(0.0, self.now - tool.started_at)
        return 0.0

    def run_time(self, overview: Overview) -> str:
        """How long the run has worked: until now, until it began to wait, or until it ended."""
        if overview.started_at is None:
            return ""
        match overview.state:
            case State.LIVE | State.STARTING | State.LINE_LOST:
                end = self.now
            case State.NEEDS_INPUT | State.FINISHED | State.FAILED | State.CANCELLED:
                end = overview.since
            case _:
                end = overview.last_at or 0.0
        return elapsed(end - overview.started_at) if end else ""


_BLANK = _Entry(lambda: ())


def _marked(plan: Plan, changes: Sequence[StepChange]) -> list[tuple[PlanStep, StepChange | None]]:
    """The steps with what the latest plan changed of them, dropped ones at their old places. Steps
    that it does not know, as after still another plan, stand as they are."""
    by_name = {change.step.name: change for change in changes}
    kept = [(step, by_name.get(step.name)) for step in plan.steps]
    names = {step.name for step in plan.steps}
    for at, change in enumerate(changes):
        if change.change is not Change.DROPPED or change.step.name in names:
            continue
        before = {other.step.name for other in changes[:at]}
        place = max((n + 1 for n, (step, _) in enumerate(kept) if step.name in before), default=0)
        kept.insert(place, (change.step, change))
    return kept

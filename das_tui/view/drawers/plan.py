"""Draws plans and the rules before their steps."""

from collections.abc import Sequence

from das_tui.domain.blocks import PlanShown, StepRule
from das_tui.domain.plan import Change, Plan, StepChange, StepStatus
from das_tui.view.ages import counted
from das_tui.view.drawers.page import (
    INSIDE,
    SPACE,
    Drawers,
    Fact,
    Page,
    fitted,
    inked,
    phrase,
)
from das_tui.view.rows import ACCENT, ATTN, FAIL, FAINT, MUTED, TEXT, Ink, Span
from das_tui.view.wrap import Spans, cells, fit, span_cells


def step(page: Page, body: StepRule, opened: bool) -> None:
    facts = page.time(always=True)
    spans: Spans = [(f"Step {body.number}  ", MUTED)] if body.number else []
    room = page.room - page.taken(facts) - span_cells(spans) - 4
    if page.spec.uncut:
        room = max(room, cells(phrase(body.name)))
    spans.append(
        (fit(phrase(body.name), max(0, room), page.glyphs.ellipsis), Ink("muted", bold=True))
    )
    dashes = page.room - span_cells(spans) - 1
    if facts:
        dashes -= cells(facts[0].text) + 1
    if dashes > 0:
        spans += [SPACE, (page.glyphs.rule * dashes, Ink("rule"))]
    page.put(SPACE, spans, facts)


def plan(page: Page, body: PlanShown, opened: bool) -> None:
    steps = body.plan.steps
    facts = [Fact(counted(body.plan.count, "step")), *page.time()]
    words = phrase(body.plan.title)
    changed = _changed(body.changes)
    if changed:
        words = f"{words}  {changed}" if words else changed
    if not words:
        words = ", ".join(phrase(step.name, 80) for step in steps[:8])
    ink = Ink("text", bold=True) if opened else MUTED
    name_ink = MUTED if opened else FAINT
    page.named(page.fold_glyph(opened), "plan", inked(words, ink), facts, name_ink=name_ink)
    if opened:
        page.lines(plan_lines(page, body.plan, body.changes), INSIDE)


def _changed(changes: Sequence[StepChange]) -> str:
    """`1 new, 2 moved` for a changed plan."""
    kinds = (Change.NEW, Change.MOVED, Change.DROPPED)
    counts = [(kind, sum(change.change is kind for change in changes)) for kind in kinds]
    return ", ".join(f"{count} {kind.value}" for kind, count in counts if count)


def plan_lines(page: Page, plan: Plan, changes: Sequence[StepChange]) -> list[Spans]:
    """One line a step: its mark, number, name, and what changed."""
    glyphs = page.glyphs
    shown = changes or [StepChange(Change.SAME, step) for step in plan.steps]
    looks: dict[StepStatus, tuple[Span, Ink]] = {
        StepStatus.DONE: ((glyphs.finished, MUTED), MUTED),
        StepStatus.RUNNING: ((glyphs.live, ACCENT), Ink("text", bold=True)),
        StepStatus.WAITING: ((glyphs.needs, ATTN), Ink("text", bold=True)),
        StepStatus.FAILED: ((glyphs.failed, FAIL), MUTED),
    }
    pending: tuple[Span, Ink] = ((glyphs.idle, FAINT), MUTED)
    marks: dict[Change, tuple[Span, Ink, str]] = {
        Change.NEW: (("+", ATTN), Ink("text", bold=True), "new"),
        Change.MOVED: ((glyphs.moved, ATTN), TEXT, "was"),
        Change.DROPPED: (("-", ATTN), Ink("faint", strike=True), "dropped"),
    }
    digits = max((len(str(change.step.order)) for change in shown), default=1)
    names = [phrase(change.step.name, 200) for change in shown]
    room = max(4, page.edge - INSIDE - digits - 4 - (12 if changes else 0))
    if page.spec.uncut:
        room = max(room, *map(cells, names), 0)
    column = min(room, max(map(cells, names), default=0))
    lines: list[Spans] = []
    for change, name in zip(shown, names, strict=True):
        note = ""
        mark, ink = looks.get(change.step.status, pending)
        if change.change in marks:
            mark, ink, note = marks[change.change]
        elif changes:
            mark, ink = (" ", FAINT), MUTED
        if change.change is Change.MOVED:
            mark = (glyphs.moved_from(change.was, change.step.order), ATTN)
            note = f"was {change.was}"
        number = "" if change.change is Change.DROPPED else str(change.step.order)
        text = fit(name, column, glyphs.ellipsis)
        line: Spans = [mark, (f" {number.rjust(digits)}  ", FAINT), (text, ink)]
        if note:
            line.append((" " * (column - cells(text) + 3) + note, ATTN))
        uncut = page.spec.uncut
        lines.append(line if uncut else fitted(line, page.edge - INSIDE, glyphs.ellipsis))
    if plan.more:
        lines.append([(f"{counted(plan.more, 'more step')}; das-tui show --json has all", ATTN)])
    return lines


DRAWERS: Drawers = {StepRule: step, PlanShown: plan}

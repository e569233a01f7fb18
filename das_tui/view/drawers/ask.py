"""Draws what an agent asks of the operator, answered or not."""

from das_tui.domain.blocks import Ask
from das_tui.domain.events import AskKind
from das_tui.view import code
from das_tui.view.ages import counted
from das_tui.view.clean import clean
from das_tui.view.drawers.page import INSIDE, Drawers, Fact, Page, fitted, phrase
from das_tui.view.drawers.plan import plan_lines
from das_tui.view.rows import ATTN, FAINT, MUTED, STRONG, TEXT, Ink, Span
from das_tui.view.wrap import Spans, span_cells


def ask(page: Page, body: Ask, opened: bool) -> None:
    what = (
        {
            AskKind.PLAN: "run this plan",
            AskKind.SQL: "run this statement",
            AskKind.REPORT: "draw the web report",
        }.get(body.kind, "")
        or phrase(body.text)
        or "answer"
    )
    if body.plan:
        what += f", {counted(body.plan.count, 'step')}"
    facts: list[Fact] = []
    if body.answered:
        glyph: Span = (page.glyphs.finished, MUTED)
        spans: Spans = [(phrase(body.answered), MUTED)]
        asked = body.sql or ("" if body.plan else body.text)
        if asked:
            spans.append((f"   {phrase(asked)}", FAINT))
    else:
        glyph = (page.glyphs.needs, ATTN)
        spans = [("waits for you: ", Ink("attn", bold=True)), (what, STRONG)]
    facts += page.time(always=True)
    room = span_cells(spans) if page.spec.uncut else page.room - page.taken(facts)
    page.put(glyph, fitted(spans, room, page.glyphs.ellipsis), facts)
    if not opened:
        return
    if body.text:
        page.text(body.text, TEXT, INSIDE)
    if body.sql:
        text = clean(body.sql).strip("\n")
        width = max(4, page.edge - INSIDE + 1)
        page.lines(code.render(text, "sql", width, page.spec), INSIDE - 1)
    if body.explain:
        page.text(body.explain, MUTED, INSIDE, prose=False)
    if body.plan:
        page.lines(plan_lines(page, body.plan, body.changes), INSIDE)


DRAWERS: Drawers = {Ask: ask}

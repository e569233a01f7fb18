"""The one row of an ask that came while the operator reads something else."""

from das_tui.domain.blocks import Ask
from das_tui.domain.events import AskKind
from das_tui.domain.risk import classify
from das_tui.view import ages
from das_tui.view.dock import BAND, BOLD, WARN, DockView
from das_tui.view.glyphs import UTF8, Glyphs
from das_tui.view.rows import ATTN, MUTED, STRONG, TEXT, Ink, Row, Span
from das_tui.view.status import BADGE, spread
from das_tui.view.wrap import cut, fit, span_cells

_TITLES = {
    AskKind.SQL: "Run this statement?",
    AskKind.PLAN: "Run this plan?",
    AskKind.REPORT: "Render the report?",
    AskKind.HUMAN: "The agent asks",
}
_BRIEF = {**_TITLES, AskKind.SQL: "Run it?"}
_NARROW = 48


def aside(
    ask: Ask,
    width: int,
    *,
    since: float | None = None,
    now: float = 0.0,
    ticks: bool = True,
    utc: bool = False,
    key: str = "a",
    glyphs: Glyphs = UTF8,
) -> DockView:
    """The row of an ask that waits since `since`, told as `ask_rows` does,
    in the place of the line one writes in. No key
    answers from here; `key` opens the dock. Where the row is narrow the waiting time goes first;
    the class of a statement stays."""
    answers: list[Span] = [(key, WARN), (" answers", TEXT)]
    title: Span = (_TITLES[ask.kind] if width >= _NARROW else _BRIEF[ask.kind], STRONG)
    mark: list[Span] = [(f" {glyphs.needs} ", Ink("attn", bold=True))]
    facts: list[Span] = []
    if ask.kind is AskKind.SQL:
        risk = classify(ask.sql)
        kind: Span = (risk.kind.value, MUTED) if risk.harmless else (f" {risk.kind.value} ", BADGE)
        facts = [("  ", TEXT), kind]
        if risk.verb and width >= 80:
            facts += [("  ", TEXT), (risk.verb, BOLD)]
    waits: list[Span] = []
    if since is not None and now:
        timer = f"waiting {ages.elapsed(now - since)}"
        words = timer if ticks else f"waits {ages.since(since, now, utc)}"
        waits = [("  ", TEXT), (words, ATTN)]
    room = width - 2 - span_cells(mark) - span_cells(answers) - 2
    for parts in ([*facts, *waits], facts, []):
        if span_cells([title]) + span_cells(parts) <= room:
            break
    left = [*mark, (fit(title[0], room - span_cells(parts), glyphs.ellipsis), STRONG), *parts]
    return DockView(
        (Row(tuple(cut(spread(left, answers, width - 2), 0, width)), BAND),), seen_end=False
    )

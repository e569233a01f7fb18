"""Draws charts: as bars where the values are numbers, else as a table."""

from das_tui.domain.blocks import Chart, Table
from das_tui.view import markdown, table
from das_tui.view.ages import counted
from das_tui.view.drawers.page import LEFT, SPACE, Drawers, Page, phrase
from das_tui.view.rows import BLANK, FAINT, MUTED, STRONG, TEXT
from das_tui.view.shape import SHORT_CHART
from das_tui.view.wrap import Spans, cells, fit, pad

_BAR = 28
"""Cells of the longest bar."""


def chart(page: Page, body: Chart, opened: bool) -> None:
    facts = page.time()
    title = phrase(body.title) or f"{phrase(body.chart_type)} chart".strip()
    page.titled(SPACE, title, STRONG, facts)
    if body.summary.strip():
        page.rows += markdown.render(body.summary, page.room, page.spec, left=LEFT)
    if body.table is None or not body.table.columns:
        return
    if body.summary.strip():
        page.rows.append(BLANK)
    limit = 0 if opened else SHORT_CHART
    lines = _bars(page, body, body.table, limit)
    if not lines:
        lines = table.render(body.table, page.room, page.spec, limit=limit)
    page.lines(lines, LEFT)


def _bars(page: Page, body: Chart, values: Table, limit: int) -> list[Spans]:
    """Label, value and bar a row; nothing where the values cannot be drawn so."""
    columns = values.columns
    if body.label not in columns or body.value not in columns or not values.rows:
        return []
    at, of = columns.index(body.label), columns.index(body.value)
    if at == of or any(len(row) <= max(at, of) for row in values.rows):
        return []
    shown = values.rows[:limit] if limit else values.rows
    if not table.numeric([row[of] for row in shown]):
        return []
    labels = [phrase(row[at] or "", 200) or "null" for row in shown]
    numbers = ["null" if (value := row[of]) is None else phrase(value, 60) for row in shown]
    amounts = max(map(cells, numbers))
    column = min(max(map(cells, labels)), max(4, page.room - amounts - 2 * table.GAP - 4))
    room = min(_BAR, page.room - column - amounts - 2 * table.GAP)
    if room < 4:
        return []
    bars = table.value_bars([row[of] for row in shown], page.spec, room, MUTED)
    if not bars:
        return []
    gap = " " * table.GAP
    lines: list[Spans] = []
    for label, number, bar in zip(labels, numbers, bars, strict=True):
        name = pad(fit(label, column, page.glyphs.ellipsis), column)
        line: Spans = [(name + gap, TEXT), (pad(number, amounts, right=True), TEXT)]
        lines.append([*line, (gap, FAINT), *bar] if bar else line)
    more = max(values.total, len(values.rows)) - len(shown)
    if more > 0:
        lines.append([(f"{counted(more, 'more row')}", FAINT)])
    return lines


DRAWERS: Drawers = {Chart: chart}

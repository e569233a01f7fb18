"""Tables: heads underlined, numbers to the right, values exactly as they came."""

from collections.abc import Sequence

from das_tui import later
from das_tui.domain.blocks import Table
from das_tui.view.ages import thousands
from das_tui.view.clean import clean
from das_tui.view.rows import FAINT, Ink
from das_tui.view.spec import ViewSpec
from das_tui.view.wrap import Spans, cells, sideways, span_cells

GAP = 3
"""Blanks between columns."""

BAR = 14
"""Cells of the longest value bar."""

CELL = 1000
"""Characters of one value that are shown."""

_NUMBER = later.pattern(r"[+-]?(?:\d[\d,]*(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?(?: ?[%‰])?")
_LINE_FEED = "\N{SYMBOL FOR LINE FEED}"


def is_number(text: str) -> bool:
    """Whether a value reads as one number, with thousands separators or a percent sign."""
    return _NUMBER.fullmatch(text.strip()) is not None


def number(text: str) -> float:
    """The number that `text` reads as."""
    return float(text.strip().rstrip("%‰").rstrip().replace(",", ""))


def numeric(values: Sequence[str | None]) -> bool:
    """Whether a column holds numbers, at least one, and else only NULL."""
    found = False
    for value in values:
        if value is not None:
            if not is_number(value):
                return False
            found = True
    return found


def layout(
    head: Sequence[Spans],
    rows: Sequence[Sequence[Spans]],
    right: Sequence[bool],
    width: int,
    spec: ViewSpec,
    beside: Sequence[Spans] = (),
) -> list[Spans]:
    """Lines of a table of styled cells; `beside` holds what stands right of each row.

    The head line is underlined over the whole width of the table. A table that is wider than
    `width` is cut at the edge and moved by `spec.shift`, but for `spec.uncut`.
    """
    columns = len(head)
    sizes = [span_cells(cell) for cell in head]
    measured: list[list[int]] = []
    for row in rows:
        found = [span_cells(cell) for cell in row]
        measured.append(found)
        sizes = list(map(max, sizes, found))
    lines: list[Spans] = []
    title = "".join(
        _placed("".join(text for text, _ in cell), sizes[index], right[index])
        + (" " * GAP if index < columns - 1 else "")
        for index, cell in enumerate(head)
    )
    lines.append([(title, Ink("muted", underline=True))])
    for number_, row in enumerate(rows):
        line: Spans = []
        owed = 0
        for index, cell in enumerate(row):
            blank = sizes[index] - measured[number_][index]
            before = owed + (blank if right[index] else 0)
            if cell:
                if before:
                    line.append((" " * before, FAINT))
                line.extend(cell)
                owed = GAP + (0 if right[index] else blank)
            else:
                owed += sizes[index] + GAP
        if beside and beside[number_]:
            line.append((" " * owed, FAINT))
            line.extend(beside[number_])
        lines.append(line)
    total = sum(sizes) + GAP * (columns - 1)
    shift = max(0, min(spec.shift, total - width)) if spec.shift else 0
    if total <= width or spec.uncut:
        return lines
    return [sideways(line, width, shift, spec.glyphs.sideways, FAINT) for line in lines]


def render(
    table: Table,
    width: int,
    spec: ViewSpec,
    *,
    fg: str = "text",
    limit: int = 10,
    bars: bool = False,
) -> list[Spans]:
    """A result table: `limit` rows (0 for all), then how many more there are.

    NULL is a faint `null`. With `bars` the values of the one numeric column stand beside it as
    bars, if the table has 2 to 12 rows, none of them negative.
    """
    columns = len(table.columns)
    shown = table.rows[:limit] if limit else table.rows
    grid = [(*row[:columns], *(None,) * (columns - len(row))) for row in shown]
    kinds = [numeric([row[index] for row in grid]) for index in range(columns)]
    ink = Ink(fg)
    head = [[(_cell(name), ink)] for name in table.columns]
    body = [[_value(value, ink) for value in row] for row in grid]
    beside: list[Spans] = []
    if bars and 2 <= len(table.rows) <= 12 and kinds.count(True) == 1:
        column = kinds.index(True)
        beside = value_bars([row[column] for row in grid], spec, BAR)
        used = sum(
            max(span_cells(line[index]) for line in (head, *body)) + GAP for index in range(columns)
        )
        if used + BAR > width:
            beside = []
    lines = layout(head, body, kinds, width, spec, beside) if columns else []
    more = max(table.total, len(table.rows)) - len(shown)
    if more > 0:
        lines.append([(f"{thousands(more)} more {'row' if more == 1 else 'rows'}", FAINT)])
    return lines


def value_bars(
    values: Sequence[str | None], spec: ViewSpec, width: int, ink: Ink = FAINT
) -> list[Spans]:
    """A bar for each value, the largest `width` cells; none at all if one is negative."""
    found = [number(value) if value is not None else 0.0 for value in values]
    largest = max(found, default=0.0)
    if min(found, default=0.0) < 0 or not 0 < largest < float("inf"):
        return []
    bars: list[Spans] = []
    for value in found:
        length = round(value / largest * width)
        if value > 0:
            length = max(1, length)
        bars.append([(spec.glyphs.progress * length, ink)] if length else [])
    return bars


def _placed(text: str, size: int, right: bool) -> str:
    blanks = " " * (size - cells(text))
    return blanks + text if right else text + blanks


def _value(value: str | None, ink: Ink) -> Spans:
    if value is None:
        return [("null", FAINT)]
    text = _cell(value)
    return [(text, ink)] if text else []


def _cell(value: str) -> str:
    text = clean(value[:CELL])
    return text.replace("\n", _LINE_FEED) if "\n" in text else text

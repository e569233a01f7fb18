"""What the database says it would do for a statement, as lines of the approval dock."""

import re
from collections.abc import Sequence

from das_tui import later
from das_tui.view.ages import thousands
from das_tui.view.clean import clean
from das_tui.view.dock import LONGEST_TEXT, WARN
from das_tui.view.glyphs import Glyphs
from das_tui.view.rows import FAINT, MUTED, TEXT, Span
from das_tui.view.spec import PROSE_WIDTH, ViewSpec
from das_tui.view.table import is_number, layout, numeric
from das_tui.view.wrap import Spans, cells, span_cells, wrap_spans

MANY_ROWS = 100_000
"""From more rows on a line of an explain asks for attention."""

_PAIR = later.pattern(
    r"([A-Za-z_]\w*)\s*=\s*(\"[^\"]*\"|'[^']*'|[^,;]*?)(?=\s*[,;]\s*|\s+\w+\s*=|\s*$)"
)
_SCAN = later.pattern(r"\bALL\b|\bSeq Scan\b|\bfull (?:table )?scan\b|\brows[=: ]+[\d,]+", re.I)


def explain_table(text: str) -> tuple[list[str], list[list[str]]] | None:
    """Names and rows of an explain that is a table with bars or lines of `name=value`; None for
    other text."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if lines and all(line[0] in "|+" for line in lines):
        grid = [
            [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip("|"))]
            for line in lines
            if line[0] == "|" and not re.fullmatch(r"[|:\-\s]+", line)
        ]
        if len(grid) < 2:
            return None
        size = len(grid[0])
        return grid[0], [(row + [""] * size)[:size] for row in grid[1:]]
    return _pairs(lines)


def _pairs(lines: Sequence[str]) -> tuple[list[str], list[list[str]]] | None:
    records: list[dict[str, str]] = []
    for line in lines:
        found = {match[1]: match[2].strip("\"'") for match in _PAIR.finditer(line)}
        if not found or _PAIR.sub("", line).strip(" ,;\t"):
            return None
        if records and records[-1].keys().isdisjoint(found):
            records[-1] |= found
        else:
            records.append(found)
    names = list(dict.fromkeys(name for record in records for name in record))
    if not names:
        return None
    return names, [[record.get(name, "") for name in names] for record in records]


def lines(text: str, room: int, glyphs: Glyphs) -> list[Spans]:
    """An explain in lines of `room` cells, full scans and many rows in attention."""
    text = clean(text[:LONGEST_TEXT]).strip()
    if not text:
        return []
    found = explain_table(text)
    if found is not None:
        return _table(*found, room, glyphs)
    return [
        spans
        for line in text.split("\n")
        for spans in wrap_spans(_warned(line), min(PROSE_WIDTH, max(2, room)))
    ]


def _table(names: list[str], rows: list[list[str]], room: int, glyphs: Glyphs) -> list[Spans]:
    right = [numeric([row[at] or None for row in rows]) for at in range(len(names))]
    body = [
        [[_explained(name, cell)] if cell else [] for name, cell in zip(names, row, strict=True)]
        for row in rows
    ]
    head: list[Spans] = [[(name, MUTED)] for name in names]
    widths = [
        max([cells(name), *(span_cells(row[at]) for row in body)]) for at, name in enumerate(names)
    ]
    if sum(widths) + 3 * (len(widths) - 1) <= room:
        return layout(head, body, right, room, ViewSpec(width=room, glyphs=glyphs))
    # Too wide for columns: one paragraph a row, so that nothing is cut, and no name stands on
    # another line than its value.
    out: list[Spans] = []
    for row in body:
        line: Spans = []
        for name, cell in zip(names, row, strict=True):
            pair: Spans = [(f"{name} ", FAINT), *cell]
            if not cell:
                continue
            if line and span_cells(line) + 3 + span_cells(pair) <= room:
                line += [("   ", TEXT), *pair]
                continue
            out += [line] if line else []
            *whole, line = wrap_spans(pair, max(2, room))
            out += whole
        out += [line] if line else []
    return out


def _explained(name: str, value: str) -> Span:
    """A value of an explain. Row counts get their thousands marked."""
    if name.lower() == "type" and value.upper() == "ALL":
        return value, WARN
    if name.lower() in ("rows", "rows_examined", "est_rows") and is_number(value):
        digits = value.replace(",", "")
        if digits.isdecimal() and len(digits) < 30:
            count = int(digits)
            return thousands(count), WARN if count > MANY_ROWS else TEXT
    return value, TEXT


def _warned(line: str) -> Spans:
    """A line of an explain that is text, with what costs in attention."""
    spans: Spans = []
    place = 0
    for match in _SCAN.finditer(line):
        digits = re.sub(r"\D", "", match[0])
        if digits and (len(digits) < 30 and int(digits) <= MANY_ROWS):
            continue
        if match.start() > place:
            spans.append((line[place : match.start()], TEXT))
        spans.append((match[0], WARN))
        place = match.end()
    if place < len(line):
        spans.append((line[place:], TEXT))
    return spans

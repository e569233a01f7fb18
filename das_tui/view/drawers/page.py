"""The page on which a block is drawn: where its glyph, title and facts stand in a row."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from das_tui.domain.blocks import Block
from das_tui.view.ages import clock, duration, elapsed
from das_tui.view.clean import clean, one_line
from das_tui.view.rows import ACCENT, BLANK, FAINT, MUTED, Ink, Row, Span
from das_tui.view.spec import NAMELESS_WIDTH, PROSE_WIDTH, ViewSpec
from das_tui.view.wrap import Spans, cells, cut, fit, pad, span_cells, wrap

ROWS = 65_535
"""A block has at most so many rows; the last one then says how many are left out."""

LEFT = 3
INSIDE = 5
MARGIN = 2
FACT_CELLS = 24
"""Words at the right edge are cut at so many cells."""
SPACE: Span = (" ", FAINT)

_DURATION = 5


class Fact(NamedTuple):
    """Something at the right edge; `cells` is the width that it is padded to."""

    text: str
    ink: Ink = FAINT
    cells: int = 0


def clipped(row: Row, width: int) -> Row:
    return Row(tuple(cut(row.spans, 0, max(0, width))), row.fill)


def indented(spans: Sequence[Span], indent: int = LEFT) -> Row:
    return Row(((" " * indent, FAINT), *spans)) if spans else BLANK


def phrase(text: str, limit: int = 600) -> str:
    return one_line(text, limit)


def fitted(spans: Spans, width: int, ellipsis: str) -> Spans:
    """`spans` cut to `width` cells, with `ellipsis` if they are wider."""
    if span_cells(spans) <= width:
        return spans
    if width < cells(ellipsis):
        return []
    kept = cut(spans, 0, width - cells(ellipsis))
    ink = kept[-1][1] if kept else FAINT
    return [*kept, (ellipsis, ink)]


def inked(text: str, ink: Ink) -> Spans:
    return [(text, ink)] if text else []


class Page:
    """The rows of one block while they are made.

    `edge` is the column behind the last one of the facts, `room` the cells from column 3 to it.
    `left_out` counts lines that were not drawn at all.
    """

    def __init__(self, block: Block, spec: ViewSpec) -> None:
        self.block = block
        self.spec = spec
        self.glyphs = spec.glyphs
        self.rows: list[Row] = []
        self.left_out = 0
        self.level = ""
        reserved = 0
        if spec.show_levels:
            if block.level is not None:
                self.level = str(block.level).rjust(2)
            reserved = max(4, len(self.level) + 2)
        self.edge = max(LEFT + 2, spec.width - MARGIN - reserved)
        self.room = self.edge - LEFT
        self.prose = min(PROSE_WIDTH, self.room)
        self.names = spec.name_width > 0 and spec.width >= NAMELESS_WIDTH

    def time(self, always: bool = False) -> list[Fact]:
        """The time of the block, for rows that always show it or while times are shown."""
        if always or self.spec.show_times:
            shown = clock(self.block.at, self.spec.utc, self.spec.seconds)
            if shown:
                return [Fact(shown)]
        return []

    def took(self, tenths: bool = True) -> list[Fact]:
        """How long the block took, or runs already."""
        width = _DURATION if self.names else 0
        if self.block.seconds is not None:
            return [Fact(duration(self.block.seconds, tenths), FAINT, width)]
        if self.block.live and self.spec.now and self.block.at is not None:
            return [Fact(elapsed(self.spec.now - self.block.at), ACCENT, width)]
        return []

    def taken(self, facts: Sequence[Fact]) -> int:
        """Cells that facts take from the room of a title, the gap before them included."""
        if not facts:
            return 0
        first = facts[0]
        used = sum(max(cells(fact.text), fact.cells) for fact in facts) + 2 * (len(facts) - 1)
        return used + (1 if cells(first.text) < first.cells else 2)

    def put(
        self,
        glyph: Span,
        spans: Spans,
        facts: Sequence[Fact] = (),
        *,
        fill: str | None = None,
        level: bool = True,
    ) -> None:
        """A row with a glyph and facts; `spans` must leave room for them."""
        out: list[Span] = [SPACE, glyph, SPACE, *spans]
        used = span_cells(spans)
        if facts:
            parts: Spans = []
            width = 2 * (len(facts) - 1)
            for fact in facts:
                if parts:
                    parts.append(("  ", FAINT))
                text = pad(fact.text, fact.cells, right=True)
                width += cells(text)
                parts.append((text, fact.ink))
            gap = self.room - used - width
            if self.spec.uncut:
                gap = max(2, gap)
            if gap > 0:
                out.append((" " * gap, FAINT))
            out += parts
            used += max(0, gap) + width
        if level and self.level:
            out.append((" " * (max(0, self.room - used) + 2) + self.level, FAINT))
        row = Row(tuple(out), fill)
        over = used > self.room and not self.spec.uncut
        self.rows.append(clipped(row, self.spec.width - MARGIN) if over else row)

    def named(
        self,
        glyph: Span,
        name: str,
        title: Spans,
        facts: Sequence[Fact],
        *,
        name_ink: Ink = FAINT,
        by_word: bool = False,
    ) -> None:
        """A fold row: glyph, name in its column, title, facts."""
        room = self.room - self.taken(facts)
        label: Spans = []
        if name and (self.names or not title):
            column = max(self.spec.name_width, cells(name) + 2) if title else cells(name)
            shown = fit(name, max(1, room), self.glyphs.ellipsis)
            label = [(pad(shown, min(column, max(1, room))), name_ink)]
            room -= span_cells(label)
        if self.spec.uncut and not by_word:
            room = max(room, span_cells(title))
        if by_word and len(title) == 1:
            text, ink = title[0]
            title = [(fit(text, max(0, room), self.glyphs.ellipsis, word=True), ink)]
        else:
            title = fitted(title, max(0, room), self.glyphs.ellipsis)
        self.put(glyph, [*label, *title], facts)

    def banded(self, glyph: Span, text: str, ink: Ink, facts: Sequence[Fact], fill: str) -> None:
        """Rows of a band: the whole text, facts on its first row."""
        taken = self.taken(facts)
        width = min(self.prose, self.room - taken - (1 if taken else 0))
        for number, line in enumerate(wrap(text, max(2, width))):
            if number == 0:
                self.put(glyph, [(line, ink)], facts, fill=fill)
            else:
                self.put(SPACE, [(line, ink)], fill=fill, level=False)

    def titled(self, glyph: Span, text: str, ink: Ink, facts: Sequence[Fact]) -> None:
        """Rows of a whole text, glyph and facts on the first."""
        width = max(2, min(self.prose, self.room - self.taken(facts)))
        first, *rest = wrap(text, width)
        self.put(glyph, [(first, ink)], facts)
        self.lines([[(line, ink)] for line in rest], LEFT)

    def text(self, text: str, ink: Ink, indent: int = LEFT, *, prose: bool = True) -> None:
        """Plain lines below the first row; `text` is foreign."""
        width = max(2, self.edge - indent)
        if prose:
            width = min(PROSE_WIDTH, width)
        margin = (" " * indent, FAINT)
        lines = clean(text).rstrip("\n").split("\n")
        for number, line in enumerate(lines):
            for piece in wrap(line, width):
                self.rows.append(Row((margin, (piece, ink))) if piece else BLANK)
            if len(self.rows) > ROWS:
                self.left_out += len(lines) - number - 1
                break

    def lines(self, lines: Sequence[Spans], indent: int) -> None:
        self.rows += [indented(line, indent) for line in lines]

    def fold_glyph(self, opened: bool) -> Span:
        return (self.glyphs.open, MUTED) if opened else (self.glyphs.folded, FAINT)


Drawers = dict[type, Callable[[Page, Any, bool], None]]
"""What draws a block, by the class of its body: on a page, the block open or folded."""

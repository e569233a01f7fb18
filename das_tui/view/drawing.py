"""The rows of a transcript, made when they are in view: of blocks, gaps, and the unread rule."""

from collections import OrderedDict
from typing import Literal, NamedTuple

from das_tui.domain.blocks import Block, Tool
from das_tui.view.ages import clock, thousands
from das_tui.view.block import render
from das_tui.view.bodies import Bodies
from das_tui.view.flags import EXACT
from das_tui.view.index import Index
from das_tui.view.rows import BLANK, FAINT, MUTED, Ink, Row, Span
from das_tui.view.searching import OPEN, Searching
from das_tui.view.shape import estimate, foldable
from das_tui.view.spec import ViewSpec

REMEMBERED = 400
"""So many blocks keep their rows."""

REMEMBERED_ROWS = 20_000
"""Fewer do where they have more rows than that together, but for the last ones."""

_MANY = REMEMBERED_ROWS // REMEMBERED
_AT_LEAST = 2


class Line(NamedTuple):
    """A row with where it comes from; `block` and `line` are its `Place`."""

    row: Row
    block: int
    line: int
    kind: Literal["block", "gap", "blank", "rule"]


class Drawing(Searching):
    """The part of a transcript that draws."""

    def __init__(self, spec: ViewSpec) -> None:
        super().__init__(Index(spec.threshold), Bodies())
        self._spec = spec
        self._cache: OrderedDict[int, tuple[Row, ...]] = OrderedDict()
        self._live: set[int] = set()
        """Blocks that still grow, and whose rows tell the time."""
        self._open: set[int] = set()
        self._folded: set[int] = set()
        self._tools_open = False
        self._unread_since: float | None = None
        self._told = 0
        """So many blocks there were when it was last told whether what came was watched."""
        self._watched: list[tuple[int, int]] = []
        """What came below the unread rule while somebody watched, first and stop."""

    def _is_open(self, block: Block) -> bool:
        if block.index in self._open:
            return foldable(block)
        return self._tools_open and isinstance(block.body, Tool) and block.index not in self._folded

    def _estimate(self, block: Block) -> int:
        return max(1, estimate(block, self._spec, self._is_open(block)))

    def _rendered(self, at: int) -> tuple[Row, ...]:
        """The rows of a block, from the cache if they are there."""
        rows = self._cache.get(at)
        if rows is not None:
            self._cache.move_to_end(at)
            return rows
        block = self._blocks[at]
        rows = render(block, self._spec, self._is_open(block))
        cache = self._cache
        cache[at] = rows
        if len(cache) > REMEMBERED:
            cache.popitem(last=False)
        if len(rows) > _MANY:
            left = REMEMBERED_ROWS
            for place, key in enumerate(reversed(list(cache))):
                left -= len(cache[key])
                if left < 0 and place >= _AT_LEAST:
                    del cache[key]
        return rows

    def _measure(self, at: int) -> bool:
        """Make the height of a block true; whether it was the same before."""
        index = self._index
        if not index.visible(at) or (index.flags(at) & EXACT and at not in self._live):
            return True
        height = len(self._rendered(at))
        same = height == index.height_of(at)
        index.set_height(at, height, exact=True)
        return same

    def _lines(self, at: int) -> list[Line]:
        """The rows of a block or gap with those above it."""
        blank, rule, gap = self._index.above(at)
        line = -(blank + rule + gap)
        lines = []
        if blank:
            lines.append(Line(BLANK, at, line, "blank"))
        if rule:
            lines.append(Line(self._unread_row(), at, line + blank, "rule"))
        if gap:
            lines.append(Line(BLANK, at, -1, "blank"))
        if self._index.visible(at):
            lines += [Line(row, at, i, "block") for i, row in enumerate(self._rendered(at))]
        else:
            lines.append(Line(self._gap_row(at), at, 0, "gap"))
        return lines

    def _gap_row(self, at: int) -> Row:
        gap = self._index.gap(at)
        count = gap[1] - gap[0] if gap else 0
        glyph: Span = (f" {self._spec.glyphs.gap} ", FAINT)
        number = thousands(count)
        if self._sieve != OPEN:
            words = self._without(at, at + count, self._spec.glyphs.ellipsis)
            way = (("   esc", Ink("strong", bold=True)), (" shows all", MUTED))
            return Row((glyph, (words, FAINT), *(way if count == len(self._blocks) else ())))
        if self._index.only:
            return Row((glyph, (f"{number} folded", FAINT)))
        if count == len(self._blocks):
            return Row(
                (
                    glyph,
                    (f"All {number} rows are below {self._spec.threshold}. ", MUTED),
                    ("0", Ink("strong", bold=True)),
                    (" shows them.", MUTED),
                )
            )
        return Row((glyph, (f"{number} below {self._spec.threshold}", FAINT)))

    def _unread_row(self) -> Row:
        first, stop = self._index.unread, len(self._blocks)
        shown = self._index.shown
        seen = [(max(first, a), b) for a, b in self._watched if b > first]
        count = shown(first, stop).count(1) - sum(shown(a, b).count(1) for a, b in seen)
        hidden = stop - first - sum(b - a for a, b in seen)
        new = f"{thousands(count)} new" if count else f"{thousands(hidden)} new, hidden"
        since = clock(self._unread_since, self._spec.utc, self._spec.seconds)
        since = f" since {since}" if since else ""
        rule = self._spec.glyphs.rule * (self._spec.width - 6 - len(new) - len(since))
        return Row(
            (
                ("   ", FAINT),
                (new, Ink("accent", bold=True)),
                (" ", FAINT),
                (rule, Ink("rule")),
                (since, FAINT),
            )
        )

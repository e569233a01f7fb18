"""Rows of cells, and the bytes that turn one row of a terminal into another."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from rich.cells import get_character_cell_size

from das_tui.tui.pens import PLAIN, Pens

BRIDGE = 4
"""So many unchanged cells are written again rather than stepped over."""

SHORT = 3
"""Bytes of the shortest erase: so many blanks are simply written."""

GAP = 14
"""Blanks inside a row that are worth erasing and stepping over."""

RUN = 7
"""Blanks in a row that are worth repeating one of them."""


class Row:
    """What one row of the screen shows. Never changed once made, so rows can be shared.

    `chars` has one text for each cell, a wide character followed by an empty one; `pens` has the
    pen of each. `cuts` are the columns where the row may be entered by an absolute move although
    it is `unsure`: it has clusters about whose width terminals disagree.
    """

    __slots__ = ("_read", "chars", "cuts", "pens", "unsure")

    def __init__(
        self, chars: list[str], pens: list[int], cuts: tuple[int, ...] = (0,), unsure: bool = False
    ) -> None:
        self.chars = chars
        self.pens = pens
        self.cuts = cuts
        self.unsure = unsure
        self._read: tuple[int, int, str] = (0, 0, "")

    def shows(self, other: "Row") -> bool:
        """Whether both look the same."""
        return self.chars == other.chars and self.pens == other.pens

    def text(self, x: int, end: int) -> str:
        """The text from column `x` to `end`; kept, since a row is asked for the same again."""
        read = self._read
        if read[0] != x or read[1] != end:
            read = self._read = (x, end, "".join(self.chars[x:end]))
        return read[2]

    def looks_like(self, other: "Row", x: int, end: int) -> bool:
        """Whether both look the same from column `x` to `end`."""
        if self.text(x, end) != other.text(x, end):
            return False
        if end - x == len(self.pens):
            return self.pens == other.pens
        return self.pens[x:end] == other.pens[x:end]

    def tail(self) -> int:
        """The column from which on there is nothing but blanks in one pen."""
        chars, pens = self.chars, self.pens
        last, place = pens[-1], len(chars)
        while place and chars[place - 1] == " " and pens[place - 1] == last:
            place -= 1
        return place


@lru_cache(maxsize=8192)
def cells_of(char: str) -> int:
    """The cells of a character, 0 for one that joins the character before, -1 for one that does
    not belong on a screen."""
    if not char.isprintable() and char not in "\u3000\u00a0":
        return -1
    return get_character_cell_size(char)


@lru_cache(maxsize=8192)
def is_unsure(char: str) -> bool:
    """Whether terminals disagree about the width of a character: what joins, and flags."""
    return cells_of(char) == 0 or 0x1F1E6 <= ord(char) <= 0x1F1FF


def differing(old: Row, new: Row) -> Iterator[tuple[int, int]]:
    """Columns from and to of what differs, bridged where a few equal cells cost less than a
    move; never half of a wide character."""
    before, after, inks, pens = old.chars, new.chars, old.pens, new.pens
    width = len(after)
    start = end = -1
    for place in range(width):
        if after[place] == before[place] and pens[place] == inks[place]:
            continue
        if start >= 0:
            pen = pens[end - 1]
            if place == end or (
                place - end <= BRIDGE and all(p == pen for p in pens[end : place + 1])
            ):
                end = place + 1
                continue
            yield _whole(after, start, end)
        start, end = place, place + 1
    if start >= 0:
        yield _whole(after, start, end)


def _whole(chars: list[str], start: int, end: int) -> tuple[int, int]:
    while start and not chars[start]:
        start -= 1
    while end < len(chars) and not chars[end]:
        end += 1
    return start, end


class Strokes:
    """Collects what is written to the terminal, and knows where that leaves cursor and pen.

    `erases` says that erased cells take the current background, so that coloured blanks may be
    erased too. Without it only blanks on the terminal's own background are. `repeats` says that
    the terminal writes a character again so many times (REP). `shifted` is for whoever moved parts
    of rows out of their place meanwhile.
    """

    def __init__(self, pens: Pens, pen: int, *, erases: bool, repeats: bool = False) -> None:
        self.parts: list[str] = []
        self.shifted = False
        self._pens = pens
        self._pen = pen
        self._erases = erases
        self._repeats = repeats
        self._y = self._x = -1

    def text(self) -> str:
        """All that was collected."""
        return "".join(self.parts)

    def cost(self) -> int:
        """How many characters were collected."""
        return sum(map(len, self.parts))

    def go(self, y: int, x: int) -> None:
        """Move the cursor."""
        if y == self._y and 0 <= self._x <= x:
            steps = x - self._x
            if steps:
                self.parts.append("\x1b[C" if steps == 1 else f"\x1b[{steps}C")
        elif not x and self._y >= 0 and y == self._y + 1:
            self.parts.append("\r\n")
        else:
            self.parts.append(f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H")
        self._y, self._x = y, x

    def lost(self) -> None:
        """The next move is an absolute one."""
        self._y = self._x = -1

    def plain(self) -> None:
        """Back to the terminal's own style."""
        self._use(PLAIN)

    def raw(self, text: str) -> None:
        """A text that leaves the cursor anywhere and the pen plain."""
        self.plain()
        self.parts.append(text)
        self.lost()

    def _use(self, pen: int) -> None:
        way = self._pens.way(self._pen, pen)
        if way:
            self.parts.append(way)
        self._pen = pen

    def _use_for_blanks(self, pen: int) -> None:
        way, self._pen = self._pens.way_to_blank(self._pen, pen)
        if way:
            self.parts.append(way)

    def _erasable(self, pen: int) -> bool:
        return self._pens.is_blank(pen) and (self._erases or not self._pens.has_ground(pen))

    def row(self, y: int, old: Row | None, new: Row) -> None:
        """Turn what row `y` shows from `old`, None if unknown, into `new`."""
        if old is not None and (old is new or old.shows(new)):
            return
        if new.unsure or (old is not None and old.unsure):
            self._rewrite(y, new)
            return
        width = len(new.chars)
        tail = new.tail()
        if tail < width and not self._erasable(new.pens[-1]):
            tail = width
        for start, end in ((0, width),) if old is None else differing(old, new):
            edge = max(start, tail)
            if end - edge > SHORT:
                self._cells(y, new, start, edge)
                self.go(y, edge)
                self._use_for_blanks(new.pens[-1])
                self.parts.append("\x1b[K")
                return
            self._cells(y, new, start, end)

    def _rewrite(self, y: int, row: Row) -> None:
        """Write a whole row in the order of its columns, by absolute moves at its cuts only."""
        edges = [*row.cuts, len(row.chars)]
        for start, end in pairwise(edges):
            self.lost()
            self._cells(y, row, start, end, gaps=False)
        self.lost()

    def _cells(self, y: int, row: Row, start: int, end: int, *, gaps: bool = True) -> None:
        if start >= end:
            return
        chars, pens = row.chars, row.pens
        self.go(y, start)
        place = start
        while place < end:
            pen = pens[place]
            stop = place + 1
            while stop < end and pens[stop] == pen:
                stop += 1
            text = "".join(chars[place:stop])
            if text.strip(" ") or not self._pens.is_blank(pen):
                self._use(pen)
                self.parts.append(text)
            else:
                self._use_for_blanks(pen)
                if self._repeats and stop - place >= RUN:
                    text = f" \x1b[{stop - place - 1}b"
                elif gaps and stop - place >= GAP and self._erases:
                    self.parts.append(f"\x1b[{stop - place}X")
                    self._x = place
                    if stop < end:
                        self.go(y, stop)
                    place = stop
                    continue
                self.parts.append(text)
            place = stop
            self._x = place

    def scroll(self, top: int, bottom: int, shift: int, pen: int) -> None:
        """Move the rows from `top` to `bottom` up by `shift`, down if it is negative; the rows
        that come in are blank in `pen` where erased cells take the background."""
        self._use_for_blanks(pen)
        edge = bottom if shift > 0 else top
        step = "\x1bD" if shift > 0 else "\x1bM"
        self.parts.append(f"\x1b[{top + 1};{bottom + 1}r\x1b[{edge + 1}H{step * abs(shift)}\x1b[r")
        self.lost()

"""Places in a transcript: which row a place is, what stands so many rows below it, what is next.

A row is kept as block and line (`Place`), never as a number: rows above may turn out to be more or
fewer, and nothing jumps.
"""

from das_tui.domain.shelf import CHUNK
from das_tui.view.drawing import Drawing, Line
from das_tui.view.place import Place
from das_tui.view.spec import ViewSpec


class Walking(Drawing):
    """The part of a transcript that windows and cursors move on.

    Row numbers (`place`, `row_of`, the arguments of `rows`) hold until the next call that changes
    or renders something.
    """

    @property
    def height(self) -> int:
        """Rows in all, estimates among them."""
        return self._index.height

    def rows(self, top: int, count: int) -> list[Line]:
        """The rows from `top` on, at most `count`, rendered, with true heights from there on."""
        index = self._index
        top = max(0, top)
        while True:
            if top >= index.height:
                return []
            at = index.find(top)
            if self._measure(at):
                break
        skip = top - index.start(at)
        lines: list[Line] = []
        following: int | None = at
        while following is not None and len(lines) < count:
            self._measure(following)
            lines += self._lines(following)[skip:]
            skip = 0
            following = self._next(following)
        return lines[:count]

    # --- places ------------------------------------------------------------------------------

    def place(self, y: int) -> Place:
        """The place of row `y`, of the nearest row if there is no such row."""
        height = self._index.height
        if not height:
            return Place(0)
        y = max(0, min(y, height - 1))
        at = self._index.find(y)
        return Place(at, y - self._index.start(at) - sum(self._index.above(at)))

    def row_of(self, place: Place) -> int:
        """The row of a place. A block that is hidden by now gives the row of its gap, a line that
        the block no longer has its nearest."""
        if not self._kinds:
            return 0
        if place.line > 0:
            # An estimate of its height may be too low for the line.
            self._measure(self.item(place.block))
        at, offset = self._offset(place)
        return self._index.start(at) + offset

    def found_again(self, place: Place, was: ViewSpec) -> Place:
        """The place of the words that `place` was while rows were laid out as in `was`."""
        at = place.block
        if place.line <= 0 or at >= len(self._blocks) or not self._index.visible(at):
            return place
        from das_tui.view.rewrap import found_again

        block = self._blocks[at]
        opened = self._is_open(block)
        return Place(
            at, found_again(block, place.line, was, self._spec, opened, self._rendered(at))
        )

    def move(self, place: Place, delta: int) -> Place:
        """The place `delta` rows below (above if negative), or the first or last one. Renders
        what it passes, so that it moves by true rows."""
        if not self._kinds:
            return Place(0)
        at = self.item(place.block)
        self._measure(at)
        at, offset = self._offset(place)
        offset += delta
        while offset < 0:
            before = self._previous(at)
            if before is None:
                offset = 0
                break
            at = before
            self._measure(at)
            offset += self._index.extent(at)
        while offset >= (extent := self._index.extent(at)):
            after = self._next(at)
            if after is None:
                offset = extent - 1
                break
            offset -= extent
            at = after
            self._measure(at)
        return Place(at, offset - sum(self._index.above(at)))

    def bottom(self, count: int) -> Place:
        """The place of the top row of a window of `count` rows that shows the end."""
        if not self._kinds:
            return Place(0)
        last = self.item(len(self._blocks) - 1)
        self._measure(last)
        end = Place(last, self._index.height_of(last) - 1 if self._index.visible(last) else 0)
        return self.move(end, 1 - max(1, count))

    def _offset(self, place: Place) -> tuple[int, int]:
        """The item of a place and the row in it, counted with the rows above it."""
        index = self._index
        at = self.item(place.block)
        above = sum(index.above(at))
        if index.visible(at):
            low, line, last = -above, place.line, index.height_of(at) - 1
        else:
            low, line, last = -above, place.line if at == place.block else 0, 0
        return at, above + max(low, min(line, last))

    # --- the cursor --------------------------------------------------------------------------

    def item(self, block: int) -> int:
        """The block that a cursor on `block` stands on: itself, or the first of its gap."""
        if not self._kinds:
            return 0
        block = max(0, min(block, len(self._blocks) - 1))
        gap = self._index.gap(block)
        return block if gap is None else gap[0]

    def step(self, block: int, direction: int, wanted: bytes | None = None) -> int | None:
        """The block or gap below (`direction` 1) or above (-1) the one at `block`; with `wanted`,
        a table of kinds such as `ERRORS`, the nearest visible block there that is of one. None if
        there is none."""
        if not self._kinds:
            return None
        if wanted is None:
            at = self.item(block)
            return self._next(at) if direction > 0 else self._previous(at)
        found = block
        while (found := self._seek(found, direction, wanted)) >= 0:
            if self._index.visible(found):
                return found
        return None

    def _next(self, at: int) -> int | None:
        gap = self._index.gap(at)
        following = at + 1 if gap is None else gap[1]
        return following if following < len(self._blocks) else None

    def _previous(self, at: int) -> int | None:
        return self.item(at - 1) if at else None

    def _seek(self, at: int, direction: int, wanted: bytes) -> int:
        """The next block of a wanted kind, visible or not; -1 if there is none."""
        while 0 <= (at := at + direction) < len(self._kinds):
            first = at if direction > 0 else max(0, at - CHUNK + 1)
            stop = first + CHUNK if direction > 0 else at + 1
            marks = self._kinds[first:stop].translate(wanted)
            place = marks.find(1) if direction > 0 else marks.rfind(1)
            if place >= 0:
                return first + place
            at = stop - 1 if direction > 0 else first
        return -1

"""Reading one transcript: where the window stands, where the cursor is, whether the tail is
followed. Pure; the screen paints what `window` gives."""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from das_tui.view.drawing import Line
from das_tui.view.flags import ERRORS
from das_tui.view.place import Place
from das_tui.view.spec import ViewSpec
from das_tui.view.transcript import Transcript

_LAST_LINE = 1 << 30
"""No block has so many lines: the place of its last row."""


class Spot(NamedTuple):
    """Where a reader stood, and how rows were laid out when `top` was their place."""

    following: bool
    top: Place
    cursor: int
    left_at: int
    layout: ViewSpec


def _laid_out(spec: ViewSpec) -> ViewSpec:
    """What of a spec decides which words stand in which row of a block."""
    return replace(spec, threshold=0, now=0.0, shift=0)


class Reader:
    """The place of the reader in one transcript.

    While `following` the window shows the end and the cursor stays on the last item. Otherwise
    `top` is the first row of the window, kept as (block, line) so that nothing jumps when rows
    above change; with the layout that the line is counted in, so that the words stay at the top
    when rows are wrapped anew, through any number of widths.
    """

    def __init__(self, transcript: Transcript) -> None:
        self.transcript = transcript
        self.following = True
        self.height = 1
        self._spec = self._layout = _laid_out(transcript.spec)
        self._set_top = Place(0, 0)
        self._set_in = self._layout
        self._found: tuple[Place, ViewSpec, ViewSpec, Place] | None = None
        """Of a top set in another layout: it, that layout, the present one, and its place here."""
        self._cursor = -1
        self._left_at = 0
        self._left_errors = 0
        self._resized = False

    # --- what is in view -----------------------------------------------------------------------

    @property
    def _top(self) -> Place:
        """The first row of the window in the present layout."""
        top, was, now = self._set_top, self._set_in, self._laid_out()
        if was is now or was == now:
            return top
        found = self._found
        if found is None or found[0] != top or found[1] is not was or found[2] is not now:
            found = self._found = (top, was, now, self.transcript.found_again(top, was))
        return found[3]

    @_top.setter
    def _top(self, place: Place) -> None:
        self._set_top, self._set_in = place, self._laid_out()

    def _laid_out(self) -> ViewSpec:
        """The present layout, the same object as long as it is the same."""
        if self._spec is not self.transcript.spec:
            self._spec = self.transcript.spec
            layout = _laid_out(self._spec)
            if layout != self._layout:
                self._layout = layout
        return self._layout

    @property
    def cursor(self) -> int:
        """The block of the cursor, -1 in an empty transcript."""
        count = len(self.transcript)
        if not count:
            return -1
        if self.following or self._cursor < 0:
            return self._last()
        return self.transcript.item(min(self._cursor, count - 1))

    def _last(self) -> int:
        """The last item."""
        return self.transcript.item(len(self.transcript) - 1)

    def window(self, height: int) -> list[Line]:
        """The lines of a window of `height` rows."""
        self.height = max(1, height)
        if not len(self.transcript):
            return []
        return self.transcript.rows(self._top_row(), self.height)

    def _top_row(self) -> int:
        if self.following:
            self._top = self.transcript.bottom(self.height)
        row = max(0, self.transcript.row_of(self._top))
        if row and len(self.transcript.rows(row, self.height)) < self.height:
            # What was below is hidden: the place stays, but no empty rows are shown for it. To find
            # the end measures blocks, after which rows count otherwise.
            end = self.transcript.row_of(self.transcript.bottom(self.height))
            row = max(0, min(end, self.transcript.row_of(self._top)))
        return self._with_cursor(row) if self._resized and not self.following else row

    def _with_cursor(self, row: int) -> int:
        """The row nearest to `row` from which the block of the cursor is in view."""
        self.transcript.rows(row, self.height)
        start = self.transcript.row_of(Place(self.cursor))
        end = self.transcript.row_of(Place(self.cursor, _LAST_LINE))
        if end < row:
            return start
        if start >= row + self.height:
            return min(start, end + 1 - self.height)
        return row

    @property
    def top_row(self) -> int:
        """The row number at the top of the window."""
        return self._top_row() if len(self.transcript) else 0

    @property
    def percent(self) -> int | None:
        """How far down the window stands; None while following or when all fits."""
        if self.following or not len(self.transcript):
            return None
        rest = self.transcript.height - self.height
        return None if rest <= 0 else min(100, round(100 * self._top_row() / rest))

    @property
    def new_below(self) -> tuple[int, int]:
        """Blocks and failures that came since the tail was let go, are shown, and are not yet in
        view."""
        transcript, row = self.transcript, self.top_row + self.height
        if self.following or row >= transcript.height:
            return (0, 0)
        first, count = max(self._left_at, transcript.place(row).block), len(transcript)
        return transcript.count_shown(first, count), transcript.count_shown(first, count, ERRORS)

    # --- moving --------------------------------------------------------------------------------

    def resized(self) -> None:
        """The window gets another size. What was at its top stays there if that leaves the cursor
        in view; with the old size the old rows come back."""
        self._resized = True

    def let_go(self) -> None:
        """Stop following the tail; the window stays where it is."""
        if self.following:
            self._cursor = self.cursor
            self._top_row()
            self.following = False
            self._left_at = len(self.transcript)

    def end(self) -> None:
        """Go to the end and follow."""
        self.following = True

    def top(self) -> None:
        """Go to the beginning."""
        self.let_go()
        self._top = self.transcript.place(0) if len(self.transcript) else Place(0, 0)
        self._cursor = self.transcript.item(0) if len(self.transcript) else -1

    def line(self, direction: int) -> None:
        """One line: to the next item if it is in view as a whole, else scroll by a row."""
        if not len(self.transcript):
            return
        if self.following and direction > 0:
            return
        self.let_go()
        lines = self.window(self.height)
        following_item = self.transcript.step(self.cursor, direction)
        if following_item is not None and self._in_view(lines, following_item):
            self._cursor = following_item
            return
        if not self._scroll(direction) and following_item is not None:
            self._cursor = following_item
        self._keep_cursor_in_view(direction)
        if direction > 0 and self._at_end() and self.cursor == self._last():
            self.following = True

    def page(self, rows: int) -> None:
        """Scroll by `rows`; the cursor comes along."""
        if not len(self.transcript) or (self.following and rows > 0):
            return
        self.let_go()
        if not self._scroll(rows) and rows < 0:
            self._cursor = self.transcript.item(0)
        self._keep_cursor_in_view(1 if rows > 0 else -1)
        if rows > 0 and self._at_end():
            self.following = True

    def step(self, direction: int, wanted: bytes | None = None) -> bool:
        """To the next item, or the next visible block of a wanted kind; whether there was one."""
        if not len(self.transcript):
            return False
        found = self.transcript.step(self.cursor, direction, wanted)
        if found is None:
            return False
        self.let_go()
        self.go_to(found)
        return True

    def go_to(self, block: int) -> None:
        """Put the cursor on `block` and bring it into view with a little of what is above."""
        self.let_go()
        self._cursor = self.transcript.item(block)
        lines = self.window(self.height)
        if not self._in_view(lines, self._cursor):
            self._top = self.transcript.move(Place(self._cursor, 0), -min(3, self.height // 4))
            self._clamp()

    def show(self, place: Place) -> None:
        """Put the cursor on the block of `place` and bring that row into view."""
        self.go_to(place.block)
        lines = self.window(self.height)
        if not any((line.block, line.line) == place for line in lines):
            self._top = self.transcript.move(place, -(self.height // 3))
            self._clamp()

    @property
    def spot(self) -> Spot:
        """Where the reader stands, for `go_back`."""
        return Spot(self.following, self._set_top, self._cursor, self._left_at, self._set_in)

    def go_back(self, spot: Spot) -> None:
        """Stand again where the reader stood; what follows the tail follows it."""
        self.following, self._set_top, self._cursor, self._left_at, self._set_in = spot

    def hold(self, change: Callable[[], object]) -> None:
        """Change what is shown; the row of the cursor stays where it is on the screen."""
        lines = [] if self.following else self.window(self.height)
        cursor = self.cursor
        rows = ((y, line) for y, line in enumerate(lines) if line.kind in {"block", "gap"})
        held = next(((y, line) for y, line in rows if line.block == cursor), None)
        change()
        if held is not None:
            y, line = held
            self._top = self.transcript.move(Place(self.cursor, line.line), -y)
            self._clamp()

    def point(self, block: int) -> None:
        """Put the cursor on a block that is in view."""
        self.let_go()
        self._cursor = self.transcript.item(block)

    def _scroll(self, rows: int) -> bool:
        before = self._top_row()
        if self.transcript.row_of(self._top) != before:
            self._top = self.transcript.place(before)
        self._resized = False
        self._top = self.transcript.move(self._top, rows)
        self._clamp()
        return self._top_row() != before

    def _clamp(self) -> None:
        bottom = self.transcript.bottom(self.height)
        if self.transcript.row_of(self._top) > self.transcript.row_of(bottom):
            self._top = bottom

    def _at_end(self) -> bool:
        bottom = self.transcript.bottom(self.height)
        return self.transcript.row_of(self._top) >= self.transcript.row_of(bottom)

    def _in_view(self, lines: list[Line], block: int) -> bool:
        """Whether the first and the last row of an item are among `lines`."""
        shown = [line for line in lines if line.block == block and line.kind != "blank"]
        if not shown:
            return False
        whole_above = shown[0].line <= 0
        last = lines[-1]
        return whole_above and (last.block != block or self._ends_here(last))

    def _ends_here(self, last: Line) -> bool:
        below = self.transcript.move(Place(last.block, last.line), 1)
        return below.block != last.block or below == Place(last.block, last.line)

    def _keep_cursor_in_view(self, direction: int) -> None:
        lines = self.window(self.height)
        items = [line.block for line in lines if line.kind in {"block", "gap"}]
        if not items or self.cursor in items:
            return
        self._cursor = items[0] if direction > 0 else items[-1]

    # --- folds ---------------------------------------------------------------------------------

    def toggle(self) -> bool:
        """Open or fold what the cursor is on; a gap is opened in place. The first row of the
        block stays where it is."""
        block = self.cursor
        if block < 0:
            return False
        if self.transcript.gap(block) is not None:
            self.let_go()
            self.transcript.open_gap(block)
            self._cursor = block
            return True
        was_following = self.following
        if not was_following:
            return self.transcript.toggle(block)
        self.let_go()
        if not self.transcript.toggle(block):
            self.following = True
            return False
        self.go_to(block)
        return True

"""A pane painted row by row on Textual's line API."""

from collections.abc import Sequence
from typing import ClassVar, TypeAlias

from textual.color import Color
from textual.filter import LineFilter
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from das_tui.tui.paint import blank, paint
from das_tui.tui.theme import Palette
from das_tui.view.rows import Ink, Row

Bar: TypeAlias = tuple[str, Ink] | None
"""What stands in column 0 instead of the row's own first cell."""


class Pane(Widget):
    """Rows in, strips out. `show` takes the whole content; only rows that changed are painted.

    `fill` is the background token of the pane.
    """

    fill: ClassVar[str] = "bg"
    DEFAULT_CSS = "Pane { position: absolute; width: 0; height: 0; }"

    def __init__(self, palette: Palette, *, id: str) -> None:
        super().__init__(id=id)
        self._palette = palette
        self._strips: list[Strip] = []
        self._painted = Size(0, 0)
        self._shown: dict[tuple[Row, Bar], Strip] = {}
        self._shown_as: tuple[int, bool] = (0, True)
        self._filters: Sequence[LineFilter] = ()
        self._ground: Color | None = None

    def use(self, palette: Palette) -> None:
        """Change the palette; the next `show` paints everything."""
        self._palette = palette
        self._painted = Size(0, 0)
        self._shown = {}
        self._ground = None

    def place(self, region: Region | None) -> None:
        """Stand at `region` of the screen, or nowhere."""
        if region is None:
            if self.display:
                self.display = False
            return
        styles = self.styles
        if not self.display:
            self.display = True
        if (styles.offset.x.value, styles.offset.y.value) != (region.x, region.y):
            styles.offset = (region.x, region.y)
        if styles.width is None or styles.width.value != region.width:
            styles.width = region.width
        if styles.height is None or styles.height.value != region.height:
            styles.height = region.height

    def show(
        self,
        rows: Sequence[tuple[Row, Bar]],
        size: Size,
        *,
        focused: bool = True,
    ) -> None:
        """Content for a pane of `size`, one (row, bar) for each line; missing lines are blank."""
        strips = self._painted_rows(rows[: size.height], size.width, focused)
        if len(strips) < size.height:
            empty = blank(size.width, self._palette, self.fill)
            strips.extend([empty] * (size.height - len(strips)))
        before, self._strips = self._strips, strips
        if self._painted != size:
            self._painted = size
            self.refresh()
            return
        changed = [
            Region(0, y, size.width, 1)
            for y, (old, new) in enumerate(zip(before, strips, strict=False))
            if old is not new and old != new
        ]
        if changed:
            self.refresh(*changed)

    def _painted_rows(
        self, rows: Sequence[tuple[Row, Bar]], width: int, focused: bool
    ) -> list[Strip]:
        """The strips of rows; those of rows that were shown the last time are taken from there."""
        if self._ground is None:
            self._filters = self.app.get_line_filters()
            self._ground = self.background_colors[1]
        before = self._shown if self._shown_as == (width, focused) else {}
        shown: dict[tuple[Row, Bar], Strip] = {}
        strips: list[Strip] = []
        for content in rows:
            strip = shown.get(content)
            if strip is None:
                strip = before.get(content)
                if strip is None:
                    row, bar = content
                    strip = paint(
                        row,
                        width,
                        self._palette,
                        self.fill,
                        filters=self._filters,
                        background=self._ground,
                        bar=bar,
                        focused=focused,
                    )
                shown[content] = strip
            strips.append(strip)
        self._shown, self._shown_as = shown, (width, focused)
        return strips

    def render_lines(self, crop: Region) -> list[Strip]:
        """The strips of `crop`; blank where the content is not there yet."""
        missing = blank(crop.width, self._palette, self.fill)
        lines: list[Strip] = []
        for y in range(crop.y, crop.bottom):
            if y >= len(self._strips):
                lines.append(missing)
                continue
            strip = self._strips[y]
            if crop.x or crop.width != strip.cell_length:
                strip = strip.crop(crop.x, crop.right).adjust_cell_length(crop.width)
            lines.append(strip)
        return lines


class SidePane(Pane):
    """A pane on the tone of the sides."""

    fill = "side"


class RaisedPane(Pane):
    """A pane on the tone of the composer and the menus."""

    fill = "raised"


class AttentionPane(Pane):
    """A pane on the tone of what waits for a human."""

    fill = "attn-band"

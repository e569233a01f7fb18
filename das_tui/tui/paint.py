"""Rows to strips: the only place where view rows meet the terminal's styles."""

from collections.abc import Sequence
from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.filter import LineFilter
from textual.strip import Strip

from das_tui.tui.theme import Palette, style
from das_tui.view.rows import Ink, Row


class Barrier(LineFilter):
    """The second line of defence: drops control characters and links that the view let through.

    `leaked` counts them; anything but zero is a bug that the first line should have caught.
    """

    def __init__(self) -> None:
        super().__init__()
        self.leaked = 0

    def apply(self, segments: list[Segment], background: object) -> list[Segment]:
        """Segments without control characters and links."""
        if all(_harmless(segment.text) and _unlinked(segment.style) for segment in segments):
            return segments
        kept: list[Segment] = []
        for segment in segments:
            text, ink, control = segment
            if control:
                kept.append(segment)
                continue
            if not _harmless(text):
                clean = "".join(c for c in text if _harmless(c))
                self.leaked += len(text) - len(clean)
                text = clean
            if not _unlinked(ink) and ink is not None:
                self.leaked += 1
                ink = ink.update_link(None)
            kept.append(Segment(text, ink))
        return kept


@lru_cache(maxsize=8192)
def _harmless(text: str) -> bool:
    return text.isprintable() or all(c.isprintable() or c in "\u3000\u00a0" for c in text)


def _unlinked(ink: Style | None) -> bool:
    return ink is None or ink.link is None


def paint(
    row: Row,
    width: int,
    palette: Palette,
    fill: str,
    *,
    filters: Sequence[LineFilter] = (),
    background: object = None,
    bar: tuple[str, Ink] | None = None,
    focused: bool = True,
) -> Strip:
    """A strip of exactly `width` cells. `fill` is the pane's background token where the row has
    none; `bar` replaces column 0."""
    base = row.fill or fill
    segments: list[Segment] = []
    used = 0
    spans: Sequence[tuple[str, Ink]] = row.spans
    if bar is not None:
        segments.append(Segment(bar[0], style(palette, bar[1], base, focused=focused)))
        used = cell_len(bar[0])
        spans = _without_first_cell(spans)
    for text, ink in spans:
        if not text:
            continue
        segments.append(Segment(text, style(palette, ink, base, focused=focused)))
        used += cell_len(text)
    if used < width:
        segments.append(Segment(" " * (width - used), style(palette, Ink(), base, focused=focused)))
    for line_filter in filters:
        segments = line_filter.apply(segments, background)  # type: ignore[arg-type]
    strip = Strip(segments, max(used, width))
    return strip if used <= width else strip.crop(0, width)


def _without_first_cell(spans: Sequence[tuple[str, Ink]]) -> Sequence[tuple[str, Ink]]:
    if not spans:
        return spans
    (text, ink), *rest = spans
    return ((text[1:], ink), *rest)


def blank(width: int, palette: Palette, fill: str) -> Strip:
    """An empty line of the pane."""
    return Strip([Segment(" " * width, style(palette, Ink(), fill))], width)

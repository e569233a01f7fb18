"""Rows to strips: the only place where view rows meet the terminal's styles."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.cache import FIFOCache
from textual.filter import LineFilter
from textual.strip import Strip

from das_tui.tui.theme import Palette, style
from das_tui.view.rows import Ink, Row

_STRIP_CACHES = {
    "_divide_cache": 4,
    "_crop_cache": 16,
    "_style_cache": 16,
    "_filter_cache": 4,
    "_line_length_cache": 4,
    "_crop_extend_cache": 4,
    "_offsets_cache": 4,
}
"""The caches of a strip and how much they hold."""


class LeanStrip(Strip):
    """A strip that leaves little for the garbage collector.

    Textual gives each strip seven caches, and `divide` keeps a strip that is not divided in a
    cache of its own: a cycle, so that every painted row stays until a pass over all objects. Here
    a cache is made when it is needed first, and the whole row is given out without being kept.
    """

    __slots__ = ()

    def __init__(self, segments: Iterable[Segment], cell_length: int | None = None) -> None:
        self._segments = list(segments)
        self._cell_length = cell_length
        self._render_cache = None
        self._link_ids = None
        self._cell_count = None

    def __getattr__(self, name: str) -> Any:
        size = _STRIP_CACHES.get(name)
        if size is None:
            raise AttributeError(name)
        cache: FIFOCache[Any, Any] = FIFOCache(size)
        setattr(self, name, cache)
        return cache

    def divide(self, cuts: Iterable[int]) -> Sequence[Strip]:
        """The parts between cuts."""
        length = self.cell_length
        wanted = [cut for cut in cuts if cut <= length]
        return [self] if wanted == [length] else super().divide(wanted)


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
    strip = LeanStrip(segments, max(used, width))
    return strip if used <= width else strip.crop(0, width)


def _without_first_cell(spans: Sequence[tuple[str, Ink]]) -> Sequence[tuple[str, Ink]]:
    if not spans:
        return spans
    (text, ink), *rest = spans
    return ((text[1:], ink), *rest)


def blank(width: int, palette: Palette, fill: str) -> Strip:
    """An empty line of the pane."""
    return LeanStrip([Segment(" " * width, style(palette, Ink(), fill))], width)

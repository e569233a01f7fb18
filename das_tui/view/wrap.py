"""Breaking, cutting and padding of clean text by cells.

All functions here expect text that went through `clean`: no control characters, no joiners or
selectors, so the width of a text is the sum of the widths of its characters.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate

from rich.cells import get_character_cell_size

from das_tui import later
from das_tui.view.rows import Ink, Span

Spans = list[Span]

_NO_START = frozenset(
    "，。、；：？！）】》」』”’〕〉〗〙〛…—～·ー々％‰℃"
    "ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ,.;:?!)]}%»›"
)
"""Characters that never begin a line after a break between wide characters."""

_NO_END = frozenset("（【《「『“‘〔〈〖〘〚([{«‹￥＄¥$")
"""Characters that never end a line at such a break."""

_UNIT = later.pattern(
    r"(?:%|‰|‱|°C?|℃|[nuµm]?s|min|h|d|[kKMGTP](?:i?B)?|B|[kMG]?Hz|[kMG]?bps|QPS|TPS|"
    r"USD|EUR|CNY|RMB)(?!\w)|[万亿千百个次秒行条分时天年月日％℃]"
)
_COUNTERS = frozenset("万亿千百个次秒行条分时天年月日％℃")

_MEMORY = 50_000


class _Widths(dict[str, int]):
    """Cells of a character, remembered."""

    def __missing__(self, char: str) -> int:
        if len(self) > _MEMORY:
            self.clear()
        cells = get_character_cell_size(char)
        self[char] = cells
        return cells


_widths = _Widths()
_width = _widths.__getitem__


def cells(text: str) -> int:
    """The width of `text`."""
    return len(text) if text.isascii() else sum(map(_width, text))


def span_cells(spans: Iterable[Span]) -> int:
    """The width of styled text."""
    return sum(cells(text) for text, _ in spans)


def fit(text: str, width: int, ellipsis: str, *, word: bool = False) -> str:
    """`text` cut to `width` cells with `ellipsis` at its end if it is longer.

    With `word` it is cut before a word where that loses less than half of it.
    """
    if len(text) * 2 <= width or cells(text) <= width:
        return text
    room = width - cells(ellipsis)
    if room < 0:
        return ""
    kept = text[: _reach(text, 0, room)]
    if word and not kept.endswith(" "):
        gap = kept.rfind(" ", len(kept) // 2)
        if gap > 0 and room > 1:
            kept = kept[: gap + 1]
    elif not word:
        kept = kept.rstrip()
    return kept + ellipsis


def pad(text: str, width: int, right: bool = False) -> str:
    """`text` filled with blanks to `width` cells; `right` puts the blanks before it."""
    blanks = " " * (width - cells(text))
    return blanks + text if right else text + blanks


def _reach(text: str, start: int, width: int) -> int:
    """The end of the longest piece of `text` from `start` that fits into `width` cells."""
    if text.isascii():
        return min(len(text), start + width)
    used = 0
    for index in range(start, len(text)):
        used += _widths[text[index]]
        if used > width:
            return index
    return len(text)


def breaks(text: str, width: int) -> list[tuple[int, int]]:
    """The lines of one paragraph as (start, end) in `text`, none wider than `width` (at least 2).

    Lines break at blanks, which then belong to neither line, except between a number and its
    unit; between any two characters of which one is wide, but not before closing or after
    opening punctuation; words that are longer than a line are cut. `text` has no line feeds.
    """
    if text.isascii():
        if len(text) <= width:
            return [(0, len(text))]
        return _breaks_ascii(text, width)
    if len(text) * 2 <= width:
        return [(0, len(text))]
    return _breaks_wide(text, width)


def _breaks_ascii(text: str, width: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    start, size = 0, len(text)
    while size - start > width:
        cut = text.rfind(" ", start + 1, start + width + 1)
        if cut > 0 and text[cut - 1].isdigit() and _UNIT.match(text, cut + 1):
            before = text.rfind(" ", start + 1, cut)
            cut = before if before > 0 and text[start:before].strip() else cut
        if cut < 0 or not text[start:cut].strip():
            found.append((start, start + width))
            start += width
            continue
        end = cut
        while text[end - 1] == " ":
            end -= 1
        found.append((start, end))
        start = cut + 1
        while start < size and text[start] == " ":
            start += 1
    if start < size or not found:
        found.append((start, size))
    return found


def _breaks_wide(text: str, width: int) -> list[tuple[int, int]]:
    ends = list(accumulate(map(_width, text)))
    size = len(text)
    if ends[-1] <= width:
        return [(0, size)]
    found: list[tuple[int, int]] = []
    start, base = 0, 0
    while ends[-1] - base > width:
        limit = bisect_right(ends, base + width, start)
        if limit <= start:
            limit = start + 1
        cut = _cut(text, start, limit)
        end = cut
        while end > start and text[end - 1] == " ":
            end -= 1
        if end == start:
            cut = end = limit
        found.append((start, end))
        start = cut
        while start < size and text[start] == " ":
            start += 1
        if start >= size:
            return found
        base = ends[start - 1]
    found.append((start, size))
    return found


def _cut(text: str, start: int, limit: int) -> int:
    """Where to break a line that may hold the characters from `start` up to `limit`."""
    for at in range(limit, start, -1):
        left, right = text[at - 1], text[at]
        if right == " " or left == " ":
            blank = at if right == " " else at - 1
            if blank > start and text[blank - 1].isdigit() and _UNIT.match(text, blank + 1):
                continue
            return at
        wide = _widths[right]
        if wide == 0 or (wide == 1 and _widths[left] < 2):
            continue
        if right in _NO_START or left in _NO_END:
            continue
        if right in _COUNTERS and left.isdigit():
            continue
        return at
    at = limit
    while at > start + 1 and _widths[text[at]] == 0:
        at -= 1
    return at


def wrap(text: str, width: int) -> list[str]:
    """The lines of a text that may hold line feeds."""
    return [
        line[start:end]
        for line in text.split("\n")
        for start, end in (((0, len(line)),) if len(line) * 2 <= width else breaks(line, width))
    ]


def wrap_spans(spans: Sequence[Span], width: int) -> list[Spans]:
    """The lines of one styled paragraph; a line feed in a span breaks the line."""
    text = "".join([piece for piece, _ in spans])
    lines: list[Spans] = []
    offset = 0
    index, left = 0, 0
    for part in text.split("\n"):
        for first, last in breaks(part, width):
            line: Spans = []
            start, end = first + offset, last + offset
            while index < len(spans):
                piece, ink = spans[index]
                right = left + len(piece)
                if right <= start:
                    index += 1
                    left = right
                    continue
                if left >= end:
                    break
                line.append((piece[max(0, start - left) : end - left], ink))
                if right > end:
                    break
                index += 1
                left = right
            lines.append(line)
        offset += len(part) + 1
    return lines


def cut(spans: Iterable[Span], start: int, width: int) -> Spans:
    """The cells `start` to `start + width` of a styled line; half a wide character is a blank."""
    line: Spans = []
    if width < 1:
        return line
    at = 0
    stop = start + width
    for text, ink in spans:
        size = cells(text)
        if at + size > start and at < stop:
            if at >= start and at + size <= stop:
                line.append((text, ink))
            else:
                line.append((_cut_text(text, start - at, stop - at), ink))
        at += size
        if at >= stop:
            break
    return line


def _cut_text(text: str, start: int, stop: int) -> str:
    if text.isascii():
        return text[max(0, start) : stop]
    out: list[str] = []
    at = 0
    for char in text:
        wide = _widths[char]
        if at >= start and at + wide <= stop and (wide or out):
            out.append(char)
        elif wide == 2 and at + wide > start and at < stop:
            out.append(" ")
        at += wide
    return "".join(out)


def sideways(line: Spans, width: int, shift: int, glyph: str, ink: Ink) -> Spans:
    """`line` moved left by `shift` cells and cut to `width`, with `glyph` where it goes on."""
    size = span_cells(line)
    if size - shift <= width:
        return cut(line, shift, width) if shift else line
    kept = cut(line, shift, width - cells(glyph))
    kept.append((glyph, ink))
    return kept

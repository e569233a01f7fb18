"""The row in which a pattern or a note is written, in the place of the composer."""

from collections.abc import Sequence

from das_tui.view.ages import thousands
from das_tui.view.glyphs import UTF8, Glyphs
from das_tui.view.line import Line
from das_tui.view.rows import ATTN, FAINT, MUTED, TEXT, Ink, Row, Span
from das_tui.view.searching import Hits
from das_tui.view.status import spread
from das_tui.view.wrap import cells, cut, span_cells

_COUNT = Ink("text", bold=True)
_SIGN = Ink("accent", bold=True)
_LEAST = 16
"""Cells that are left to what is written before facts are shortened."""

Facts = list[Span]


def row(
    sign: str,
    line: Line,
    width: int,
    facts: Sequence[Facts],
    *,
    ghost: str = "",
    glyphs: Glyphs = UTF8,
) -> Row:
    """The prompt: its sign, what is written, and the first of `facts` that leaves room for that."""
    left: list[Span] = [(f" {sign} ", _SIGN)]
    room = width - span_cells(left) - 2
    least = min(room, max(_LEAST, cells(line.text) + 3))
    chosen: Facts = []
    for variant in facts:
        if span_cells(variant) + 2 + least <= room or variant is facts[-1]:
            chosen = variant
            break
    if span_cells(chosen) + 2 + min(least, _LEAST) > room:
        chosen = []
    written, _ = line.spans(
        room - (span_cells(chosen) + 2 if chosen else 0), ghost=ghost, glyphs=glyphs
    )
    return Row(tuple(cut(spread([*left, *written], chosen, width - 2), 0, width)))


def search_facts(hits: Hits) -> list[Facts]:
    """How much was found, the longest words first: `2 of 7   3 in hidden rows`."""
    partly = hits.percent < 100
    if not hits.shown:
        count = "looking" if partly else "no hit"
    elif hits.place:
        count = f"{thousands(hits.place)} of {thousands(hits.shown)}"
    else:
        count = thousands(hits.shown) + (" hit" if hits.shown == 1 else " hits")
    first: Span = (count, _COUNT if hits.shown else MUTED)
    so_far: Facts = [(f"  {hits.percent} %", FAINT)] if partly else []
    hidden: Facts = []
    brief: Facts = []
    if hits.hidden:
        hidden = [(f"   {thousands(hits.hidden)} in hidden rows", FAINT)]
        brief = [(f"  {thousands(hits.hidden)} hidden", FAINT)]
    return [[first, *so_far, *hidden], [first, *so_far, *brief], [first]]


def search_words(hits: Hits) -> str:
    """How much was found, as a sentence: `2 of 7, 3 in hidden rows`."""
    return ", ".join(text.strip() for text, _ in search_facts(hits)[0])


def sift_facts(hits: Hits, total: int, *, hides: bool) -> list[Facts]:
    """What would be shown and hidden: `41 shown   971 hidden`."""
    found = hits.shown + hits.hidden
    shown, hidden = (total - found, found) if hides else (found, total - found)
    so_far: Facts = [(f"  {hits.percent} %", FAINT)] if hits.percent < 100 else []
    first: Span = (f"{thousands(shown)} shown", _COUNT)
    second: Span = (f"{thousands(hidden)} hidden", FAINT)
    return [[first, *so_far, ("   ", TEXT), second], [first, ("  ", TEXT), second], [first]]


SLOW = "takes too long on a line here"
"""What is wrong with a pattern that was broken off."""


def slow_facts() -> list[Facts]:
    """A pattern was broken off."""
    return [[(f"{SLOW}; ^r for plain text", ATTN)], [(SLOW, ATTN)], [("takes too long", ATTN)]]


def error_facts(why: str) -> list[Facts]:
    """Why a text is no pattern yet."""
    return [[(f"not a pattern yet: {why}", ATTN)], [("not a pattern yet", ATTN)]]

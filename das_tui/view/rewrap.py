"""Rows found again after a block was laid out anew: the row that holds the same words.

Layouts differ in blanks, in bars and rules, and in what they cut. So a row is known by how many
other characters of the block stand before it, all of them counted as if nothing were cut.
"""

from bisect import bisect_right
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate

from das_tui.domain.blocks import Answer, Block
from das_tui.view.block import render
from das_tui.view.rows import FAINT, Row
from das_tui.view.spec import ViewSpec

_WORDS = (200, 50, 12)
"""Where layouts differ in their words, a row is sought by so many characters."""


_latest: deque[tuple[Block, ViewSpec, bool, list[str]]] = deque(maxlen=1)
"""The characters of the latest block that was looked for, as it was laid out: while a window is
pulled to another size, the same one is looked for at every size on the way."""


def found_again(
    block: Block, line: int, was: ViewSpec, now: ViewSpec, opened: bool, drawn: Sequence[Row]
) -> int:
    """The row of `block` as in `now` that holds the first character of row `line` as in `was`.

    `drawn` are its rows as in `now`. A blank row gives the blank row before the same words. Both
    are counted from 0; a row that the block does not have gives the nearest.
    """
    known = _latest[0] if _latest else None
    if known is None or known[0] is not block or known[1:3] != (was, opened):
        known = (block, was, opened, _solid(_whole(block, was, opened), was))
        _latest.append(known)
    old = known[3]
    cut = not isinstance(block.body, Answer) or now.shift or _cut(drawn, now)
    new = _solid(_whole(block, now, opened) if cut else drawn, now)
    line = max(0, min(line, len(old) - 1))
    blanks = 0
    while line + blanks < len(old) - 1 and not old[line + blanks]:
        blanks += 1
    at = _place("".join(old), "".join(new), sum(map(len, old[: line + blanks])))
    starts = list(accumulate(map(len, new), initial=0))[:-1]
    row = bisect_right(starts, at) - 1
    while blanks and row and not new[row - 1]:
        row -= 1
        blanks -= 1
    return row


def _whole(block: Block, spec: ViewSpec, opened: bool) -> Sequence[Row]:
    """The rows of a block with nothing cut off."""
    return render(replace(block, live=False), replace(spec, now=0.0, uncut=True), opened)


def _cut(rows: Sequence[Row], spec: ViewSpec) -> bool:
    """Whether one of the rows goes on at the side."""
    return any(row.spans and row.spans[-1][0] == spec.glyphs.sideways for row in rows)


def _solid(rows: Sequence[Row], spec: ViewSpec) -> list[str]:
    """The characters of each row but for blanks, bars and rules."""
    bar = spec.glyphs.progress
    return [
        "".join(
            "".join(
                text
                for text, ink in row.spans
                if ink.fg != "rule" and not (ink == FAINT and text.strip(bar) == "")
            ).split()
        )
        for row in rows
    ]


def _place(old: str, new: str, at: int) -> int:
    """Where in `new` the words are that stand at `at` in `old`."""
    if new.startswith(old[:at]):
        return at
    rest = old[at:]
    if new.endswith(rest):
        return len(new) - len(rest)
    near = round(at / len(old) * len(new))
    for size in _WORDS:
        places = list(_both_sides(new, rest[:size], near))
        if places:
            return min(places, key=lambda place: abs(place - near))
    return near


def _both_sides(text: str, words: str, near: int) -> Iterator[int]:
    """The last place of `words` before `near` and the first one after it."""
    for place in (text.rfind(words, 0, near + len(words)), text.find(words, near)):
        if place >= 0:
            yield place

"""The row below the sidebar's list that tells of sessions which only the service knows yet."""

from collections.abc import Sequence

from das_tui.view.rows import BLANK, FAINT, TEXT, Ink, Row
from das_tui.view.sidebar import SideRow
from das_tui.view.wrap import fit

_KEY = Ink("text", bold=True)


def with_more(rows: Sequence[SideRow], words: str, key: str, width: int) -> list[SideRow]:
    """The sidebar with `key` and `words` below its last session, one blank between; as it was
    where the list leaves no room."""
    found = list(rows)
    last = max((at for at, row in enumerate(found) if row.key is not None), default=-1)
    at = last + 2
    if not words or last < 0 or any(row.row != BLANK for row in found[last + 1 : at + 2]):
        return found
    if at >= len(found):
        return found
    room = width - 6 - len(key)
    row = Row((("  ", TEXT), (key, _KEY), (f" {fit(words, room, '')}", FAINT)))
    found[at] = SideRow(row)
    return found

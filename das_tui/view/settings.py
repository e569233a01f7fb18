"""The list of settings: one row each, with its value, and below it what the chosen one means."""

from collections.abc import Sequence
from typing import NamedTuple

from das_tui.view.clean import one_line
from das_tui.view.dock import MENU, DockView
from das_tui.view.glyphs import UTF8, Glyphs
from das_tui.view.rows import ACCENT, ATTN, FAINT, MUTED, STRONG, TEXT, Ink, Row, Span
from das_tui.view.status import spread
from das_tui.view.wrap import cells, cut, fit, pad, wrap

_NAME, _NARROW_NAME = 15, 14
_KEPT_LEAST = 12
"""Cells below which the place of the file is left out of the title."""


class Setting(NamedTuple):
    """A row: `name` is the operator's word for it, `value` what it is set to, `note` what that
    means; `more` is faint beside the value. `moves` says that left and right change it."""

    name: str
    value: str
    note: str = ""
    more: str = ""
    moves: bool = True


def menu(
    settings: Sequence[Setting],
    width: int,
    height: int,
    *,
    cursor: int,
    place: str,
    trouble: str = "",
    glyphs: Glyphs = UTF8,
) -> DockView:
    """The settings in at most `height` rows, the one under `cursor` always among them.

    `place` names the file that keeps them, `trouble` why it does not.
    """
    cursor = max(0, min(cursor, len(settings) - 1))
    note = settings[cursor].note if settings else ""
    words, ink = (trouble, ATTN) if trouble else (note, MUTED)
    most = 2 if height >= 8 else 1
    below = wrap(one_line(words, 400), max(8, width - 5))
    if len(below) > most:
        below = [*below[: most - 1], fit(below[most - 1], width - 6, "") + glyphs.ellipsis]
    blanks = 3 if height >= len(settings) + len(below) + 4 else 0
    blanks = 1 if not blanks and height >= len(settings) + len(below) + 2 else blanks
    window = max(1, min(len(settings), height - 1 - blanks - len(below)))
    top = max(0, min(cursor - window // 2, len(settings) - window))
    blank = Row((), MENU)
    rows = [blank] if blanks == 3 else []
    count = f"{cursor + 1} of {len(settings)}" if window < len(settings) else ""
    rows.append(_title(width, "not kept in " if trouble else "kept in ", place, count, glyphs))
    rows += [blank] if blanks == 3 else []
    for number in range(top, top + window):
        rows.append(_row(settings[number], width, here=number == cursor, glyphs=glyphs))
    rows += [blank] if blanks else []
    rows += [Row((("   ", TEXT), (line, ink)), MENU) for line in below]
    return DockView(tuple(rows[:height]), len(settings), window, top, True)


def _title(width: int, kept: str, place: str, count: str, glyphs: Glyphs) -> Row:
    """`count` says which of how many has the cursor, where not all are in sight."""
    left: list[Span] = [("   ", TEXT), ("Settings", STRONG), ("  " if count else "", TEXT)]
    left.append((count, FAINT))
    room = width - 2 - sum(cells(text) for text, _ in left) - 3 - cells(kept)
    right: list[Span] = []
    if place and room >= _KEPT_LEAST:
        # The end of a path says more than its beginning.
        name = one_line(place, 400)
        while cells(name) > room:
            name = glyphs.ellipsis + name.lstrip(glyphs.ellipsis)[1:]
        right = [(kept, FAINT), (name, MUTED)]
    return Row(tuple(cut(spread(left, right, width - 2), 0, width)), MENU)


def _row(setting: Setting, width: int, *, here: bool, glyphs: Glyphs) -> Row:
    mark: Span = (f" {glyphs.prompt} " if here else "   ", ACCENT)
    name = pad(setting.name, _NAME) if width >= 50 else pad(setting.name, _NARROW_NAME)
    moves = here and setting.moves
    value = one_line(setting.value, 80)
    spans: list[Span] = [mark, (name, STRONG if here else TEXT)]
    spans.append((f"{glyphs.left} " if moves else "  ", FAINT))
    spans.append((value, Ink("strong", bold=True) if here else TEXT))
    spans.append((f" {glyphs.right}" if moves else "", FAINT))
    room = width - 4 - sum(cells(text) for text, _ in spans)
    more = fit(one_line(setting.more, 200), max(0, room), glyphs.ellipsis)
    right: list[Span] = [(more, FAINT)] if room >= 6 and more else []
    return Row(tuple(cut(spread(spans, right, width - 2), 0, width)), "sel" if here else MENU)

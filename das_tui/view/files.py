"""The files of a session as rows: a list with marks, progress and where each file was put."""

from collections.abc import Sequence
from enum import StrEnum

from das_tui.light import dataclass
from das_tui.view.ages import age, size
from das_tui.view.clean import clean, one_line
from das_tui.view.glyphs import UTF8, Glyphs
from das_tui.view.rows import ACCENT, FAIL, FAINT, MUTED, STRONG, TEXT, Ink, Row, Span, cursor_bar
from das_tui.view.wrap import Spans, cells, cut, fit, pad, span_cells, wrap

_BAR = 12
"""Cells of the bar of an arriving file."""


class Stage(StrEnum):
    """How far a file is on its way here."""

    THERE = "at the service"
    WAITING = "waits"
    ARRIVING = "arriving"
    SAVED = "saved"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class FileLine:
    """One file of the list.

    `size` and `received` are bytes, `size` None where unknown; `created_at` is a UNIX time. `path`
    is where a saved file is.
    """

    name: str
    size: int | None = None
    category: str = ""
    kind: str = ""
    created_at: float | None = None
    chosen: bool = False
    stage: Stage = Stage.THERE
    received: int = 0
    path: str = ""


def rows(
    files: Sequence[FileLine],
    width: int,
    *,
    cursor: int,
    now: float = 0.0,
    glyphs: Glyphs = UTF8,
) -> tuple[list[Row], int, int]:
    """The list, and the first and last row of the file under the cursor."""
    facts = _columns(files, width)
    found = [_head(facts, width)]
    first = last = 0
    for number, file in enumerate(files):
        here = number == cursor
        if here:
            first = len(found)
        found.append(_file(file, facts, width, here=here, now=now, glyphs=glyphs))
        if file.stage is Stage.SAVED and file.path:
            # A path is never cut: it is there to be copied.
            found += [
                Row((("     ", TEXT), (part, MUTED)))
                for part in wrap(clean(file.path), max(8, width - 7))
            ]
        if here:
            last = len(found) - 1
    return found, first, last


def _columns(files: Sequence[FileLine], width: int) -> tuple[int, int, int]:
    """Widths of the columns category, size and age; 0 for one there is no room for."""
    category = max((cells(one_line(file.category)) for file in files), default=0)
    return (min(category, 16) if width >= 64 else 0, 8, 5 if width >= 48 else 0)


def _head(facts: tuple[int, int, int], width: int) -> Row:
    ink = Ink("muted", underline=True)
    right = _cells_of(("category", "size", "age"), facts)
    room = max(0, width - 5 - cells(right))
    return Row((("   ", TEXT), (pad("name", room) + right, ink)))


def _cells_of(words: tuple[str, str, str], facts: tuple[int, int, int]) -> str:
    category, amount, old = facts
    text = f"   {pad(fit(words[0], category, ''), category)}" if category else ""
    text += "   " + pad(words[1], amount - 3, right=True)
    return text + (f"  {pad(words[2], old - 2, right=True)}" if old else "")


def _file(
    file: FileLine,
    facts: tuple[int, int, int],
    width: int,
    *,
    here: bool,
    now: float,
    glyphs: Glyphs,
) -> Row:
    words = (
        one_line(file.category),
        "" if file.size is None else size(file.size),
        "" if file.created_at is None or not now else age(now - file.created_at),
    )
    right: Spans = [(_cells_of(words, facts), FAINT)]
    if file.stage is Stage.ARRIVING:
        right = _progress(file, width, glyphs)
    elif file.stage in {Stage.WAITING, Stage.FAILED}:
        right = [(f"   {file.stage}", FAIL if file.stage is Stage.FAILED else MUTED)]
    room = width - 5 - span_cells(right)
    name = fit(one_line(file.name), room, glyphs.ellipsis)
    ink = STRONG if here or file.chosen else TEXT
    bar = cursor_bar(glyphs.bar, here)
    left: Spans = [bar, _mark(file, glyphs), (" ", TEXT), (pad(name, room), ink)]
    return Row(tuple(cut([*left, *right], 0, width)), "sel" if here else None)


def _mark(file: FileLine, glyphs: Glyphs) -> Span:
    match file.stage:
        case Stage.ARRIVING:
            return glyphs.live, ACCENT
        case Stage.SAVED:
            return glyphs.finished, MUTED
        case Stage.FAILED:
            return glyphs.failed, FAIL
    return (glyphs.mark, STRONG) if file.chosen else (" ", TEXT)


def _progress(file: FileLine, width: int, glyphs: Glyphs) -> Spans:
    """A bar and the bytes; without a size the bytes alone."""
    if not file.size:
        return [(f"   {size(file.received)}", TEXT)]
    amount = f"{size(file.received)} of {size(file.size)}"
    if width < 64:
        return [(f"   {amount}", TEXT)]
    done = min(_BAR, file.received * _BAR // file.size)
    return [
        ("   ", TEXT),
        (glyphs.progress * done, ACCENT),
        (glyphs.progress * (_BAR - done), Ink("rule")),
        (f"  {pad(amount, 19, right=True)}", TEXT),
    ]


def summary(files: Sequence[FileLine]) -> str:
    """How many files there are, how many are chosen, and their size."""
    count = f"{len(files)} files" if len(files) != 1 else "1 file"
    chosen = [file for file in files if file.chosen]
    if not chosen:
        return count
    known = sum(file.size or 0 for file in chosen)
    about = "at least " if any(file.size is None for file in chosen) else ""
    return f"{count}   {len(chosen)} chosen   {about}{size(known)}"

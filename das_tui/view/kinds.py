"""Kinds of blocks as a reader names them, and the menu that chooses among them."""

from collections.abc import Sequence

from das_tui.domain import blocks as b
from das_tui.domain import shelf
from das_tui.view.ages import thousands
from das_tui.view.dock import MENU, DockView
from das_tui.view.glyphs import UTF8, Glyphs
from das_tui.view.rows import ACCENT, FAINT, MUTED, STRONG, TEXT, Ink, Row, Span
from das_tui.view.status import spread
from das_tui.view.wrap import cut, pad

GROUPS: tuple[tuple[str, frozenset[type]], ...] = (
    ("questions", frozenset({b.Question})),
    ("answers", frozenset({b.Answer})),
    ("charts", frozenset({b.Chart})),
    ("tools", frozenset({b.Tool})),
    ("thoughts", frozenset({b.Thought})),
    ("steps and plans", frozenset({b.StepRule, b.PlanShown})),
    ("asks and approvals", frozenset({b.Ask})),
    ("failures", frozenset({b.Failure})),
    ("notices", frozenset({b.Notice})),
    ("files and reports", frozenset({b.FileNote, b.Report})),
    ("notes", frozenset({b.Note, b.Suggestions, b.Raw})),
)
"""Names with the kinds that they mean, in the order of the menu."""

_KEY = Ink("text", bold=True)
_COLUMN = 26


def _table(kinds: frozenset[type], yes: int) -> bytes:
    numbers = {number for number, kind in enumerate(shelf.KINDS) if kind in kinds}
    return bytes(yes if kind & shelf.KIND in numbers else 0 for kind in range(256))


TABLES: tuple[bytes, ...] = tuple(_table(kinds, 1) for _, kinds in GROUPS)
"""For each group the table of kinds for `Transcript.count`."""


def table(chosen: frozenset[int]) -> bytes:
    """The table for `Sieve.kinds` that lets these groups through; empty for all of them."""
    if len(chosen) == len(GROUPS):
        return b""
    return _table(frozenset().union(*(GROUPS[place][1] for place in chosen)), 255)


def chosen(kinds: bytes) -> frozenset[int]:
    """The groups that a table lets through."""
    if not kinds:
        return frozenset(range(len(GROUPS)))
    numbers = {kind: number for number, kind in enumerate(shelf.KINDS)}
    return frozenset(
        place for place, (_, group) in enumerate(GROUPS) if all(kinds[numbers[k]] for k in group)
    )


def menu(
    counts: Sequence[tuple[int, int]],
    width: int,
    height: int,
    *,
    on: frozenset[int],
    cursor: int,
    hidden: int,
    total: int,
    glyphs: Glyphs = UTF8,
) -> DockView:
    """The menu of kinds. `counts` are the groups that occur with their numbers of blocks, `on` the
    ones that are shown, `cursor` the one to change; `hidden` of `total` blocks are held back."""
    blanks = 4 if height >= len(counts) + 6 else 0
    edge = [Row((), MENU)] if blanks else []
    window = max(1, height - 2 - blanks)
    places = [group for group, _ in counts]
    here = places.index(cursor) if cursor in places else 0
    top = max(0, min(here - window // 2, len(counts) - window))
    title = spread(
        [("Show kinds", STRONG)],
        [(f"{thousands(hidden)} held back of {thousands(total)}", MUTED)],
        width - 5,
    )
    most = max((count for _, count in counts), default=1)
    bars = width - _COLUMN - 12
    out: list[Row] = []
    for group, count in counts[top : top + window]:
        ink = TEXT if group in on else FAINT
        at = group == cursor
        mark: Span = (f" {glyphs.prompt} " if at else "   ", ACCENT)
        check: Span = (f"{glyphs.finished if group in on else ' '} ", MUTED)
        name: Span = (pad(GROUPS[group][0], _COLUMN - 5), STRONG if at else ink)
        left: list[Span] = [mark, check, name]
        if bars >= 4:
            length = max(1, round(count / most * min(24, bars)))
            left.append((glyphs.progress * length, ink))
        line = spread(left, [(thousands(count), ink)], width - 2)
        out.append(Row(tuple(cut(line, 0, width)), "sel" if at else MENU))
    named = [("space", "on, off"), ("o", "only this"), ("0", "all"), ("enter", "set")]
    named.append(("esc", "back"))
    keys: list[Span] = []
    for key, label in named if width >= 60 else named[:3]:
        keys += [("   ", TEXT), (key, _KEY), (f" {label}", MUTED)]
    rows = [
        *edge,
        Row(tuple(cut([("   ", TEXT), *title], 0, width)), MENU),
        *edge,
        *out,
        *edge,
        Row(tuple(cut(keys, 0, width)), MENU),
        *edge,
    ]
    return DockView(tuple(rows[:height]), len(counts), len(out), top, True)

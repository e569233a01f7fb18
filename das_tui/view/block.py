"""Blocks to rows, by the row grammar of the look.

A row has the width of the pane: column 0 is left for the cursor bar, column 1 holds the glyph,
text begins at column 3, the contents of an open tool at column 5, and the last two columns stay
blank. Facts (rows, duration, time, level) end at one right edge; a title gives way to them.

What a block looks like stands in `drawers`, by families of kinds.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from das_tui.domain import blocks as b
from das_tui.domain.blocks import Block
from das_tui.view.ages import thousands
from das_tui.view.clean import one_line
from das_tui.view.drawers.page import ROWS, Drawers, Page, clipped, indented
from das_tui.view.rows import ACCENT, ATTN, BLANK, FAINT, STRONG, Row
from das_tui.view.shape import foldable
from das_tui.view.spec import ViewSpec
from das_tui.view.wrap import cells, fit

NARROW = 40
"""Below this width rows may not fit by construction and are clipped."""

_FAMILIES: dict[type, str] = {
    b.Question: "talk",
    b.Answer: "talk",
    b.Thought: "talk",
    b.Suggestions: "talk",
    b.Tool: "tool",
    b.StepRule: "plan",
    b.PlanShown: "plan",
    b.Ask: "ask",
    b.Chart: "chart",
    b.Notice: "notice",
    b.Failure: "notice",
    b.FileNote: "note",
    b.Report: "note",
    b.Note: "note",
    b.Raw: "note",
}
"""The module of `drawers` that draws a block, by the class of its body. It is loaded with the first
block of its family: many sessions have no chart and no ask."""

_drawers: Drawers = {}
"""Those that were needed so far."""


def _drawer(kind: type) -> Callable[[Page, Any, bool], None]:
    family = import_module(f"das_tui.view.drawers.{_FAMILIES[kind]}")
    _drawers.update(family.DRAWERS)
    return _drawers[kind]


def render(block: Block, spec: ViewSpec, opened: bool) -> tuple[Row, ...]:
    """The rows of a block, at least one, none wider than `spec.width`, with no control character.

    `opened` counts only for blocks that fold. No blank rows stand before or after.
    """
    page = Page(block, spec)
    draw = _drawers.get(type(block.body)) or _drawer(type(block.body))
    draw(page, block.body, opened)
    rows = page.rows or [BLANK]
    left_out = page.left_out + max(0, len(rows) - ROWS)
    if left_out:
        rows = rows[: ROWS - 1]
        rows.append(indented([(f"{thousands(left_out + 1)} more", FAINT)]))
    if block.beyond and (opened or not foldable(block)):
        rows.append(_beyond(page, block.beyond))
    if spec.width < NARROW:
        rows = [row if row.width <= spec.width else clipped(row, spec.width) for row in rows]
    return tuple(rows)


def _beyond(page: Page, count: int) -> Row:
    """The row that says how much of a block the transcript leaves out."""
    words = f"{thousands(count)} more character{'' if count == 1 else 's'}"
    ways = (f"{words}; das-tui show --json has all", words, f"{thousands(count, short=True)} more")
    fits = (said for said in ways if cells(said) <= page.room)
    return indented([(next(fits, ways[-1]), ATTN)])


def headline(block: Block, spec: ViewSpec) -> Row:
    """A question in one row, cut visibly: where it stands for the whole of it."""
    assert isinstance(block.body, b.Question)
    page = Page(block, spec)
    facts = page.time(always=True)
    taken = page.taken(facts)
    width = min(page.prose, page.room - taken - (1 if taken else 0))
    # Far more than one row takes: the question may be of any length.
    text = one_line(block.body.text.strip()[:2000], 1000)
    text = fit(text, max(2, width), spec.glyphs.ellipsis)
    page.put((spec.glyphs.prompt, ACCENT), [(text, STRONG)], facts, fill="raised")
    return page.rows[0] if page.rows[0].width <= spec.width else clipped(page.rows[0], spec.width)

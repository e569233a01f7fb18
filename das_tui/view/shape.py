"""What is known of a block before it is drawn: whether it folds, where blank rows stand, and about
how many rows it will have."""

from das_tui.domain import shelf
from das_tui.domain.blocks import (
    Answer,
    Ask,
    Block,
    Chart,
    Failure,
    Note,
    Notice,
    PlanShown,
    Question,
    Raw,
    Suggestions,
    Table,
    Text,
    Thought,
    Tool,
)
from das_tui.view.clean import clean
from das_tui.view.drawers.page import LEFT, MARGIN, ROWS
from das_tui.view.flags import loose_kind
from das_tui.view.spec import PROSE_WIDTH, ViewSpec
from das_tui.view.wrap import cells

SHORT_CHART = 12
"""A chart shows so many of its values until it is opened."""

_SHORT_NOTE = 36
"""A note of so many cells is whole in its row."""


def foldable(block: Block) -> bool:
    """Whether the block has a folded and an open form."""
    body = block.body
    if isinstance(body, Note):
        return "\n" in body.text or cells(clean(body.text[: _SHORT_NOTE + 1])) > _SHORT_NOTE
    if isinstance(body, Chart):
        return body.table is not None and len(body.table.rows) > SHORT_CHART
    if isinstance(body, Ask):
        return bool(body.sql or body.plan or body.text or body.explain)
    return isinstance(body, Thought | Tool | PlanShown | Raw)


def loose(block: Block) -> bool:
    """Whether a blank row stands before and after the block; all else stands tight."""
    return loose_kind(shelf.kind(block))


def estimate(block: Block, spec: ViewSpec, opened: bool) -> int:
    """About how many rows `render` gives, from sizes alone."""
    body = block.body
    width = max(8, spec.width - LEFT - MARGIN)
    if isinstance(body, Question):
        return _guess(body.text, width - 8)
    if isinstance(body, Answer):
        return _guess(body.text, min(width, PROSE_WIDTH))
    if isinstance(body, Chart):
        count = len(body.table.rows) if body.table else 0
        return 2 + (count if opened else min(count, SHORT_CHART))
    if isinstance(body, Failure):
        way = 2 + _guess(body.way_out, width) if body.way_out else 0
        return 1 + _guess(body.text, width) + way + (2 if body.request_id else 0)
    if isinstance(body, Suggestions):
        return 1 + len(body.questions)
    if isinstance(body, Notice):
        return 1 + (_guess(body.detail, width) if body.detail else 0)
    if not opened or not foldable(block):
        return 1
    if isinstance(body, Tool):
        rows = 1 + len(body.params) + (body.code.count("\n") + 1 if body.code else 0)
        for output in body.outputs:
            if isinstance(output, Table):
                rows += min(len(output.rows), spec.table_rows or len(output.rows)) + 2
            else:
                rows += _guess(output.text, width) if isinstance(output, Text) else 1
        return min(rows, ROWS)
    if isinstance(body, PlanShown):
        return 1 + len(body.changes or body.plan.steps)
    if isinstance(body, Ask):
        steps = len(body.plan.steps) if body.plan else 0
        return 1 + _guess(body.text, width) + body.sql.count("\n") + steps
    return 1 + _guess(getattr(body, "text", ""), width)


def _guess(text: str, width: int) -> int:
    if not text:
        return 0
    length = len(text) if text.isascii() else len(text) * 2
    return min(ROWS, text.count("\n") + 1 + length // max(8, width))

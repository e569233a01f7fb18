"""The dock of recommended questions: a digit asks one, or puts it into the composer first."""

from collections.abc import Sequence

from das_tui.view.clean import one_line
from das_tui.view.dock import MENU, DockView
from das_tui.view.glyphs import UTF8, Glyphs
from das_tui.view.rows import FAINT, MUTED, STRONG, TEXT, Ink, Row
from das_tui.view.status import spread
from das_tui.view.wrap import Spans, cut, fit, wrap

MOST = 9
"""There are so many digits."""

_KEY = Ink("text", bold=True)


def rows(
    questions: Sequence[str],
    width: int,
    height: int,
    *,
    writing: bool = False,
    glyphs: Glyphs = UTF8,
) -> DockView:
    """The dock in at most `height` rows. With `writing` a digit puts a question into the composer
    and does not send it. Long questions wrap where there is room for all of them."""
    questions = [one_line(question, 2000) for question in questions[:MOST]]
    room = max(8, width - 8)
    spare = height - 6
    whole = [wrap(question, room) for question in questions]
    if sum(map(len, whole)) > spare:
        whole = [[fit(question, room, glyphs.ellipsis)] for question in questions]
    edge = [Row((), MENU)] if len(questions) + 6 <= height else []
    left: Spans = [("Write which one below" if writing else "Ask next", STRONG)]
    count = len(questions)
    title = spread(left, [(f"{count} suggested" if width >= 48 else "", FAINT)], width - 5)
    out = [*edge, _row([("   ", TEXT), *title], width), *edge]
    for number, lines in enumerate(whole, 1):
        for place, line in enumerate(lines):
            lead = f"   {number}  " if not place else "      "
            out.append(_row([(lead, _KEY), (line, TEXT)], width))
    out += [*edge, _row(_keys(count, writing, width), width), *edge]
    return DockView(tuple(out[:height]), count, len(whole), 0, True)


def _keys(count: int, writing: bool, width: int) -> Spans:
    digits = f"1-{count}" if count > 1 else "1"
    named = [(digits, "writes it below")] if writing else [(digits, "asks it now")]
    if not writing and width >= 56:
        named.append((f"e {digits}", "writes it below first"))
    named.append(("esc", "back"))
    spans: Spans = []
    for key, label in named:
        spans += [("   ", TEXT), (key, _KEY), (f" {label}", MUTED)]
    return spans


def _row(spans: Spans, width: int) -> Row:
    return Row(tuple(cut(spans, 0, width)), MENU)

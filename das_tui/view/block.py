"""Blocks to rows, by the row grammar of the look.

A row has the width of the pane: column 0 is left for the cursor bar, column 1 holds the glyph,
text begins at column 3, the contents of an open tool at column 5, and the last two columns stay
blank. Facts (rows, duration, time, level) end at one right edge; a title gives way to them.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from das_tui import later
from das_tui.domain import shelf
from das_tui.domain.blocks import (
    Answer,
    Ask,
    Block,
    Chart,
    Failure,
    FileNote,
    Image,
    Note,
    Notice,
    PlanShown,
    Question,
    Raw,
    Report,
    StepRule,
    Suggestions,
    Table,
    Text,
    Thought,
    Tone,
    Tool,
    ToolStatus,
)
from das_tui.domain.events import AskKind
from das_tui.domain.plan import Change, Plan, StepChange, StepStatus
from das_tui.view import code, markdown, shell, table
from das_tui.view.ages import clock, duration, elapsed, size, thousands
from das_tui.view.clean import clean, one_line
from das_tui.view.rows import ACCENT, ATTN, BLANK, FAIL, FAINT, MUTED, STRONG, TEXT, Ink, Row, Span
from das_tui.view.spec import NAMELESS_WIDTH, PROSE_WIDTH, ViewSpec
from das_tui.view.wrap import Spans, cells, cut, fit, pad, span_cells, wrap

ROWS = 65_535
"""A block has at most so many rows; the last one then says how many are left out."""

LEFT = 3
INSIDE = 5
MARGIN = 2
NARROW = 40
"""Below this width rows may not fit by construction and are clipped."""

SHORT_CHART = 12
"""A chart shows so many of its values until it is opened."""

_DURATION = 5
_REASON = 24
_SHORT_NOTE = 36
_CHART_BAR = 28
_BLANK: Span = (" ", FAINT)
_INSTANCE = later.pattern(r"-*(?:db)?_?instance_?(?:id)?", re.IGNORECASE)


class _Fact(NamedTuple):
    """Something at the right edge; `cells` is the width that it is padded to."""

    text: str
    ink: Ink = FAINT
    cells: int = 0


# --- what others ask about a block -----------------------------------------------------------


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


def loose_kind(kind: int) -> bool:
    """`loose` for a kind as the heads of a shelf have it."""
    number = kind & shelf.KIND
    body = shelf.KINDS[number] if number < len(shelf.KINDS) else None
    if body is Ask or body is Notice:
        return bool(kind & shelf.STANDS_OUT)
    return body in {Question, Answer, Chart, Failure, Suggestions}


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


# --- rendering --------------------------------------------------------------------------------


def render(block: Block, spec: ViewSpec, opened: bool) -> tuple[Row, ...]:
    """The rows of a block, at least one, none wider than `spec.width`, with no control character.

    `opened` counts only for blocks that fold. No blank rows stand before or after.
    """
    page = _Page(block, spec)
    _DRAWERS[type(block.body)](page, block.body, opened)
    rows = page.rows or [BLANK]
    left_out = page.left_out + max(0, len(rows) - ROWS)
    if left_out:
        rows = rows[: ROWS - 1]
        rows.append(_line([(f"{thousands(left_out + 1)} more", FAINT)]))
    if spec.width < NARROW:
        rows = [row if row.width <= spec.width else _clipped(row, spec.width) for row in rows]
    return tuple(rows)


def _clipped(row: Row, width: int) -> Row:
    return Row(tuple(cut(row.spans, 0, max(0, width))), row.fill)


def _line(spans: Sequence[Span], indent: int = LEFT) -> Row:
    return Row(((" " * indent, FAINT), *spans)) if spans else BLANK


def _words(text: str, limit: int = 600) -> str:
    return one_line(text, limit)


def _fitted(spans: Spans, width: int, ellipsis: str) -> Spans:
    """`spans` cut to `width` cells, with `ellipsis` if they are wider."""
    if span_cells(spans) <= width:
        return spans
    if width < cells(ellipsis):
        return []
    kept = cut(spans, 0, width - cells(ellipsis))
    ink = kept[-1][1] if kept else FAINT
    return [*kept, (ellipsis, ink)]


class _Page:
    """The rows of one block while they are made.

    `edge` is the column behind the last one of the facts, `room` the cells from column 3 to it.
    `left_out` counts lines that were not drawn at all.
    """

    def __init__(self, block: Block, spec: ViewSpec) -> None:
        self.block = block
        self.spec = spec
        self.glyphs = spec.glyphs
        self.rows: list[Row] = []
        self.left_out = 0
        self.level = ""
        reserved = 0
        if spec.show_levels:
            if block.level is not None:
                self.level = str(block.level).rjust(2)
            reserved = max(4, len(self.level) + 2)
        self.edge = max(LEFT + 2, spec.width - MARGIN - reserved)
        self.room = self.edge - LEFT
        self.prose = min(PROSE_WIDTH, self.room)
        self.names = spec.name_width > 0 and spec.width >= NAMELESS_WIDTH

    def time(self, always: bool = False) -> list[_Fact]:
        """The time of the block, for rows that always show it or while times are shown."""
        if always or self.spec.show_times:
            shown = clock(self.block.at, self.spec.utc, self.spec.seconds)
            if shown:
                return [_Fact(shown)]
        return []

    def took(self, tenths: bool = True) -> list[_Fact]:
        """How long the block took, or runs already."""
        width = _DURATION if self.names else 0
        if self.block.seconds is not None:
            return [_Fact(duration(self.block.seconds, tenths), FAINT, width)]
        if self.block.live and self.spec.now and self.block.at is not None:
            return [_Fact(elapsed(self.spec.now - self.block.at), ACCENT, width)]
        return []

    def taken(self, facts: Sequence[_Fact]) -> int:
        """Cells that facts take from the room of a title, the gap before them included."""
        if not facts:
            return 0
        first = facts[0]
        used = sum(max(cells(fact.text), fact.cells) for fact in facts) + 2 * (len(facts) - 1)
        return used + (1 if cells(first.text) < first.cells else 2)

    def put(
        self,
        glyph: Span,
        spans: Spans,
        facts: Sequence[_Fact] = (),
        *,
        fill: str | None = None,
        level: bool = True,
    ) -> None:
        """A row with a glyph and facts; `spans` must leave room for them."""
        out: list[Span] = [_BLANK, glyph, _BLANK, *spans]
        used = span_cells(spans)
        if facts:
            parts: Spans = []
            width = 2 * (len(facts) - 1)
            for fact in facts:
                if parts:
                    parts.append(("  ", FAINT))
                text = pad(fact.text, fact.cells, right=True)
                width += cells(text)
                parts.append((text, fact.ink))
            gap = self.room - used - width
            if self.spec.uncut:
                gap = max(2, gap)
            if gap > 0:
                out.append((" " * gap, FAINT))
            out += parts
            used += max(0, gap) + width
        if level and self.level:
            out.append((" " * (max(0, self.room - used) + 2) + self.level, FAINT))
        row = Row(tuple(out), fill)
        over = used > self.room and not self.spec.uncut
        self.rows.append(_clipped(row, self.spec.width - MARGIN) if over else row)

    def named(
        self,
        glyph: Span,
        name: str,
        title: Spans,
        facts: Sequence[_Fact],
        *,
        name_ink: Ink = FAINT,
        by_word: bool = False,
    ) -> None:
        """A fold row: glyph, name in its column, title, facts."""
        room = self.room - self.taken(facts)
        label: Spans = []
        if name and (self.names or not title):
            column = max(self.spec.name_width, cells(name) + 2) if title else cells(name)
            shown = fit(name, max(1, room), self.glyphs.ellipsis)
            label = [(pad(shown, min(column, max(1, room))), name_ink)]
            room -= span_cells(label)
        if self.spec.uncut and not by_word:
            room = max(room, span_cells(title))
        if by_word and len(title) == 1:
            text, ink = title[0]
            title = [(fit(text, max(0, room), self.glyphs.ellipsis, word=True), ink)]
        else:
            title = _fitted(title, max(0, room), self.glyphs.ellipsis)
        self.put(glyph, [*label, *title], facts)

    def banded(self, glyph: Span, text: str, ink: Ink, facts: Sequence[_Fact], fill: str) -> None:
        """Rows of a band: the whole text, facts on its first row."""
        taken = self.taken(facts)
        width = min(self.prose, self.room - taken - (1 if taken else 0))
        for number, line in enumerate(wrap(text, max(2, width))):
            if number == 0:
                self.put(glyph, [(line, ink)], facts, fill=fill)
            else:
                self.put(_BLANK, [(line, ink)], fill=fill, level=False)

    def text(self, text: str, ink: Ink, indent: int = LEFT, *, prose: bool = True) -> None:
        """Plain lines below the first row; `text` is foreign."""
        width = max(2, self.edge - indent)
        if prose:
            width = min(PROSE_WIDTH, width)
        margin = (" " * indent, FAINT)
        lines = clean(text).rstrip("\n").split("\n")
        for number, line in enumerate(lines):
            for piece in wrap(line, width):
                self.rows.append(Row((margin, (piece, ink))) if piece else BLANK)
            if len(self.rows) > ROWS:
                self.left_out += len(lines) - number - 1
                break

    def lines(self, lines: Sequence[Spans], indent: int) -> None:
        self.rows += [_line(line, indent) for line in lines]

    def fold_glyph(self, opened: bool) -> Span:
        return (self.glyphs.open, MUTED) if opened else (self.glyphs.folded, FAINT)


def _question(page: _Page, body: Question, opened: bool) -> None:
    text = clean(body.text).strip("\n")
    page.banded((page.glyphs.prompt, ACCENT), text, STRONG, page.time(always=True), "raised")


def headline(block: Block, spec: ViewSpec) -> Row:
    """A question in one row, cut visibly: where it stands for the whole of it."""
    assert isinstance(block.body, Question)
    page = _Page(block, spec)
    facts = page.time(always=True)
    taken = page.taken(facts)
    width = min(page.prose, page.room - taken - (1 if taken else 0))
    # Far more than one row takes: the question may be of any length.
    text = one_line(block.body.text.strip()[:2000], 1000)
    text = fit(text, max(2, width), spec.glyphs.ellipsis)
    page.put((spec.glyphs.prompt, ACCENT), [(text, STRONG)], facts, fill="raised")
    return page.rows[0] if page.rows[0].width <= spec.width else _clipped(page.rows[0], spec.width)


def _answer(page: _Page, body: Answer, opened: bool) -> None:
    facts = page.time()
    width = max(4, page.room - page.taken(facts))
    rows = markdown.streamed(body.text, width, page.spec, left=LEFT, live=page.block.live)
    page.rows = list(rows)
    if facts or page.level:
        spans = list(rows[0].spans[1:]) if rows and rows[0].spans else []
        page.rows = []
        page.put(_BLANK, spans, facts)
        page.rows += rows[1:]


def _thought(page: _Page, body: Thought, opened: bool) -> None:
    facts = [*page.took(tenths=False), *page.time()]
    ink = Ink("faint", italic=True)
    if not opened:
        words = _words(body.text.lstrip())
        page.named(page.fold_glyph(False), "thought", _some(words, ink), facts, by_word=True)
        return
    page.named(page.fold_glyph(True), "thought", [], facts, name_ink=MUTED)
    page.text(body.text, ink, INSIDE)


def _some(text: str, ink: Ink) -> Spans:
    return [(text, ink)] if text else []


def _tool(page: _Page, body: Tool, opened: bool) -> None:
    failed = body.status is ToolStatus.FAILED
    running = body.status is ToolStatus.RUNNING
    facts: list[_Fact] = []
    if failed:
        words = fit(_words(body.reason or "failed", 80), _REASON, page.glyphs.ellipsis)
        facts.append(_Fact(words, Ink("fail", bold=True)))
    if body.total_rows is not None:
        facts.append(_Fact(_count(body.total_rows, "row")))
    if page.names or not failed:
        facts += page.took()
    facts += page.time()
    if failed:
        glyph: Span = (page.glyphs.failed, FAIL)
    elif running:
        glyph = (page.glyphs.live, ACCENT)
    else:
        glyph = page.fold_glyph(opened)
    title = _title(body, page.spec, Ink("text", bold=True) if opened else MUTED)
    name = _words(body.name, 200) or "tool"
    page.named(glyph, name, title, facts, name_ink=MUTED if opened else FAINT)
    if opened:
        _tool_inside(page, body)


def _count(number: int, unit: str) -> str:
    return f"{thousands(number)} {unit}{'' if number == 1 else 's'}"


def _is_instance(name: str) -> bool:
    return _INSTANCE.fullmatch(name) is not None


def _title(body: Tool, spec: ViewSpec, ink: Ink) -> Spans:
    """The title, or the arguments without the session's own instance; another one stands out."""
    title = _words(body.title)
    spans = _some(title, ink)
    most, longest = (len(body.params), 100_000) if spec.uncut else (40, 300)
    for number, (name, value) in enumerate(body.params[:most]):
        instance = _is_instance(name)
        if instance and value == spec.target:
            continue
        other = instance and bool(spec.target)
        if title and not other and not spec.calls:
            continue
        words = _argument(name, value, longest)
        if spans:
            spans.append(("  " if title and (number == 0 or not spec.calls) else " ", ink))
        spans.append((words, ATTN if other else ink))
    if not spans and body.code:
        spans = _some(_words(body.code.lstrip()), ink)
    return spans


def _argument(name: str, value: str, longest: int) -> str:
    """One argument on a command line."""
    shown = shell.word(_words(value, longest))
    return f"{_words(name, 100)} {shown}" if name else shown


def _entry(name: str, value: str) -> tuple[str, str]:
    """One argument in two columns. Values stand as they are, but an empty one must be seen."""
    if name:
        return _words(name, 100), clean(value) or shell.word("")
    return (_words(value, 100), "") if value.startswith("--") else ("", clean(value))


def _tool_inside(page: _Page, body: Tool) -> None:
    spec = page.spec
    toned = INSIDE - 1
    width = max(4, page.edge - toned)
    if body.params:
        items = [
            (
                *_entry(name, value),
                bool(spec.target) and _is_instance(name) and value != spec.target,
            )
            for name, value in body.params
        ]
        page.lines(code.pairs(items, width, spec), toned)
    if body.code:
        text = clean(body.code).strip("\n")
        page.lines(code.render(text, body.language, width, spec, fg="muted"), toned)
    for output in body.outputs:
        if isinstance(output, Table):
            width = max(4, page.edge - INSIDE)
            limit = spec.table_rows
            found = table.render(output, width, spec, fg="muted", limit=limit, bars=True)
            page.lines(found, INSIDE)
        elif isinstance(output, Text):
            page.text(output.text, TEXT if output.error else MUTED, INSIDE, prose=False)
        else:
            room = page.edge - INSIDE
            page.lines(
                [_fitted([(_image_name(output), MUTED)], room, page.glyphs.ellipsis)], INSIDE
            )


def _image_name(image: Image) -> str:
    known = f"{image.width}x{image.height}" if image.width and image.height else ""
    return f"[{' '.join(filter(None, ('image', known, _words(image.kind, 40))))}]"


def _step(page: _Page, body: StepRule, opened: bool) -> None:
    facts = page.time(always=True)
    spans: Spans = [(f"Step {body.number}  ", MUTED)] if body.number else []
    room = page.room - page.taken(facts) - span_cells(spans) - 4
    if page.spec.uncut:
        room = max(room, cells(_words(body.name)))
    spans.append(
        (fit(_words(body.name), max(0, room), page.glyphs.ellipsis), Ink("muted", bold=True))
    )
    dashes = page.room - span_cells(spans) - 1
    if facts:
        dashes -= cells(facts[0].text) + 1
    if dashes > 0:
        spans += [_BLANK, (page.glyphs.rule * dashes, Ink("rule"))]
    page.put(_BLANK, spans, facts)


def _plan(page: _Page, body: PlanShown, opened: bool) -> None:
    steps = body.plan.steps
    facts = [_Fact(_count(len(steps), "step")), *page.time()]
    words = _words(body.plan.title)
    changed = _changed(body.changes)
    if changed:
        words = f"{words}  {changed}" if words else changed
    if not words:
        words = ", ".join(_words(step.name, 80) for step in steps[:8])
    ink = Ink("text", bold=True) if opened else MUTED
    name_ink = MUTED if opened else FAINT
    page.named(page.fold_glyph(opened), "plan", _some(words, ink), facts, name_ink=name_ink)
    if opened:
        page.lines(_plan_lines(page, body.plan, body.changes), INSIDE)


def _changed(changes: Sequence[StepChange]) -> str:
    """`1 new, 2 moved` for a changed plan."""
    kinds = (Change.NEW, Change.MOVED, Change.DROPPED)
    counts = [(kind, sum(change.change is kind for change in changes)) for kind in kinds]
    return ", ".join(f"{count} {kind.value}" for kind, count in counts if count)


def _plan_lines(page: _Page, plan: Plan, changes: Sequence[StepChange]) -> list[Spans]:
    """One line a step: its mark, number, name, and what changed."""
    glyphs = page.glyphs
    shown = changes or [StepChange(Change.SAME, step) for step in plan.steps]
    looks: dict[StepStatus, tuple[Span, Ink]] = {
        StepStatus.DONE: ((glyphs.finished, MUTED), MUTED),
        StepStatus.RUNNING: ((glyphs.live, ACCENT), Ink("text", bold=True)),
        StepStatus.WAITING: ((glyphs.needs, ATTN), Ink("text", bold=True)),
        StepStatus.FAILED: ((glyphs.failed, FAIL), MUTED),
    }
    pending: tuple[Span, Ink] = ((glyphs.idle, FAINT), MUTED)
    marks: dict[Change, tuple[Span, Ink, str]] = {
        Change.NEW: (("+", ATTN), Ink("text", bold=True), "new"),
        Change.MOVED: ((glyphs.moved, ATTN), TEXT, "was"),
        Change.DROPPED: (("-", ATTN), Ink("faint", strike=True), "dropped"),
    }
    digits = max((len(str(change.step.order)) for change in shown), default=1)
    names = [_words(change.step.name, 200) for change in shown]
    room = max(4, page.edge - INSIDE - digits - 4 - (12 if changes else 0))
    if page.spec.uncut:
        room = max(room, *map(cells, names), 0)
    column = min(room, max(map(cells, names), default=0))
    lines: list[Spans] = []
    for change, name in zip(shown, names, strict=True):
        note = ""
        mark, ink = looks.get(change.step.status, pending)
        if change.change in marks:
            mark, ink, note = marks[change.change]
        elif changes:
            mark, ink = (" ", FAINT), MUTED
        if change.change is Change.MOVED:
            mark = (glyphs.moved_from(change.was, change.step.order), ATTN)
            note = f"was {change.was}"
        number = "" if change.change is Change.DROPPED else str(change.step.order)
        text = fit(name, column, glyphs.ellipsis)
        line: Spans = [mark, (f" {number.rjust(digits)}  ", FAINT), (text, ink)]
        if note:
            line.append((" " * (column - cells(text) + 3) + note, ATTN))
        uncut = page.spec.uncut
        lines.append(line if uncut else _fitted(line, page.edge - INSIDE, glyphs.ellipsis))
    return lines


def _ask(page: _Page, body: Ask, opened: bool) -> None:
    what = (
        {
            AskKind.PLAN: "run this plan",
            AskKind.SQL: "run this statement",
            AskKind.REPORT: "draw the web report",
        }.get(body.kind, "")
        or _words(body.text)
        or "answer"
    )
    if body.plan:
        what += f", {_count(len(body.plan.steps), 'step')}"
    facts: list[_Fact] = []
    if body.answered:
        glyph: Span = (page.glyphs.finished, MUTED)
        spans: Spans = [(_words(body.answered), MUTED)]
        asked = body.sql or ("" if body.plan else body.text)
        if asked:
            spans.append((f"   {_words(asked)}", FAINT))
    else:
        glyph = (page.glyphs.needs, ATTN)
        spans = [("waits for you: ", Ink("attn", bold=True)), (what, STRONG)]
    facts += page.time(always=True)
    room = span_cells(spans) if page.spec.uncut else page.room - page.taken(facts)
    page.put(glyph, _fitted(spans, room, page.glyphs.ellipsis), facts)
    if not opened:
        return
    if body.text:
        page.text(body.text, TEXT, INSIDE)
    if body.sql:
        text = clean(body.sql).strip("\n")
        width = max(4, page.edge - INSIDE + 1)
        page.lines(code.render(text, "sql", width, page.spec), INSIDE - 1)
    if body.explain:
        page.text(body.explain, MUTED, INSIDE, prose=False)
    if body.plan:
        page.lines(_plan_lines(page, body.plan, body.changes), INSIDE)


def _chart(page: _Page, body: Chart, opened: bool) -> None:
    facts = page.time()
    title = _words(body.title) or f"{_words(body.chart_type)} chart".strip()
    width = max(2, min(page.prose, page.room - page.taken(facts)))
    for number, line in enumerate(wrap(title, width)):
        if number == 0:
            page.put(_BLANK, [(line, STRONG)], facts)
        else:
            page.lines([[(line, STRONG)]], LEFT)
    if body.summary.strip():
        page.rows += markdown.render(body.summary, page.room, page.spec, left=LEFT)
    if body.table is None or not body.table.columns:
        return
    if body.summary.strip():
        page.rows.append(BLANK)
    limit = 0 if opened else SHORT_CHART
    lines = _bars(page, body, body.table, limit)
    if not lines:
        lines = table.render(body.table, page.room, page.spec, limit=limit)
    page.lines(lines, LEFT)


def _bars(page: _Page, body: Chart, values: Table, limit: int) -> list[Spans]:
    """Label, value and bar a row; nothing where the values cannot be drawn so."""
    columns = values.columns
    if body.label not in columns or body.value not in columns or not values.rows:
        return []
    at, of = columns.index(body.label), columns.index(body.value)
    if at == of or any(len(row) <= max(at, of) for row in values.rows):
        return []
    shown = values.rows[:limit] if limit else values.rows
    if not table.numeric([row[of] for row in shown]):
        return []
    labels = [_words(row[at] or "", 200) or "null" for row in shown]
    numbers = ["null" if (value := row[of]) is None else _words(value, 60) for row in shown]
    amounts = max(map(cells, numbers))
    column = min(max(map(cells, labels)), max(4, page.room - amounts - 2 * table.GAP - 4))
    room = min(_CHART_BAR, page.room - column - amounts - 2 * table.GAP)
    if room < 4:
        return []
    bars = table.value_bars([row[of] for row in shown], page.spec, room, MUTED)
    if not bars:
        return []
    gap = " " * table.GAP
    lines: list[Spans] = []
    for label, number, bar in zip(labels, numbers, bars, strict=True):
        name = pad(fit(label, column, page.glyphs.ellipsis), column)
        line: Spans = [(name + gap, TEXT), (pad(number, amounts, right=True), TEXT)]
        lines.append([*line, (gap, FAINT), *bar] if bar else line)
    more = max(values.total, len(values.rows)) - len(shown)
    if more > 0:
        lines.append([(f"{_count(more, 'more row')}", FAINT)])
    return lines


def _suggestions(page: _Page, body: Suggestions, opened: bool) -> None:
    digits = len(str(len(body.questions)))
    width = max(2, page.prose - digits - 2)
    listed = [wrap(_words(question, 2000), width) for question in body.questions]
    widest = max((cells(line) for lines in listed for line in lines), default=0)
    facts = page.time()
    head = fit("Next questions", page.room, page.glyphs.ellipsis)
    full = min(max(cells(head), widest + digits + 2), page.room - page.taken(facts))
    page.put(_BLANK, [(pad(head, full), Ink("muted", underline=True))], facts)
    for number, lines in enumerate(listed, 1):
        for index, line in enumerate(lines):
            mark = str(number).rjust(digits) if index == 0 else " " * digits
            page.lines([[(mark + "  ", FAINT), (line, TEXT)]], LEFT)


def _file(page: _Page, body: FileNote, opened: bool) -> None:
    facts = [_Fact(size(body.size))] if body.size > 0 else []
    page.named(_BLANK, "file", _some(_words(body.name), MUTED), [*facts, *page.time()])


def _report(page: _Page, body: Report, opened: bool) -> None:
    kind = fit(_words(body.kind, 80), _REASON, page.glyphs.ellipsis)
    facts = [_Fact(kind)] if kind else []
    page.named(_BLANK, "report", _some(_words(body.title), MUTED), [*facts, *page.time()])


def _notice(page: _Page, body: Notice, opened: bool) -> None:
    text = _one_paragraph(body.text)
    facts = page.time(always=True)
    if body.tone is Tone.ATTENTION:
        _attention(page, text, facts)
    else:
        good = body.tone is Tone.GOOD
        glyph = (page.glyphs.finished, MUTED) if good else (page.glyphs.idle, FAINT)
        width = max(2, min(page.prose, page.room - page.taken(facts)))
        for number, line in enumerate(wrap(text, width)):
            if number == 0:
                page.put(glyph, [(line, MUTED)], facts)
            else:
                page.lines([[(line, MUTED)]], LEFT)
    if body.detail.strip():
        page.text(body.detail.strip("\n"), MUTED)


def _one_paragraph(text: str) -> str:
    """Clean text on one line; runs of blanks stay, they part the facts of a notice."""
    return clean(text[:2000]).strip().replace("\n", " ")


def _attention(page: _Page, text: str, facts: list[_Fact]) -> None:
    """The band of a notice: what happened, what happens now, further facts at the right."""
    what, *rest = re.split(" {3,}", text)
    now, further = (rest[0], rest[1:]) if rest else ("", [])
    glyph: Span = (page.glyphs.cut, ATTN)
    ink = Ink("attn", bold=True)
    spans: Spans = [(what, ink)]
    if now:
        spans.append(("   " + now, TEXT))
    used = span_cells(spans)
    extra = [*(_Fact(part, MUTED) for part in further), *facts]
    below: list[str] = []
    if used + page.taken(extra) <= page.room:
        page.put(glyph, spans, extra, fill="attn-band")
    elif used + page.taken(facts) <= page.room:
        page.put(glyph, spans, facts, fill="attn-band")
        below = further
    else:
        page.banded(glyph, what, ink, facts, "attn-band")
        below = rest
    if below:
        page.text("   ".join(below), MUTED)


def _failure(page: _Page, body: Failure, opened: bool) -> None:
    title = _words(body.title, 2000) or "Failed"
    fact = _words(body.fact, 300)
    apart = bool(fact) and cells(fact) > page.room // 2 + 4
    facts = [] if apart or not fact else [_Fact(fact, FAIL)]
    facts += page.time()
    glyph = (page.glyphs.failed, FAIL)
    page.banded(glyph, title, Ink("fail", bold=True), facts, "fail-band")
    if apart:
        page.text(fact, MUTED)
    if body.text.strip():
        page.text(body.text.strip("\n"), TEXT)
    if body.way_out.strip():
        page.rows += [BLANK, _line([("Way out", STRONG)])]
        page.rows += markdown.render(body.way_out, page.room, page.spec, left=LEFT)
    if body.request_id:
        page.rows.append(BLANK)
        for number, line in enumerate(wrap(_words(body.request_id), max(2, page.room - 10))):
            label = "request   " if number == 0 else " " * 10
            page.lines([[(label, FAINT), (line, MUTED)]], LEFT)


def _note(page: _Page, body: Note, opened: bool) -> None:
    folds = foldable(page.block)
    glyph = page.fold_glyph(opened) if folds else _BLANK
    name = _words(body.name, 100)
    if folds and opened:
        page.named(glyph, name or "note", [], page.time(), name_ink=MUTED)
        page.text(body.text, MUTED, INSIDE)
        return
    page.named(glyph, name, _some(_words(body.text), FAINT), page.time())


def _raw(page: _Page, body: Raw, opened: bool) -> None:
    name = _words(body.name, 200)
    reason = _words(body.reason, 300)
    label = "malformed" if body.malformed else "unknown"
    spans: Spans = _some(name, MUTED)
    first = (reason, ATTN) if body.malformed and reason else (_words(body.text), FAINT)
    if first[0] and not opened:
        spans = [*spans, ("  ", FAINT), first] if spans else [first]
    name_ink = MUTED if opened else FAINT
    page.named(page.fold_glyph(opened), label, spans, page.time(), name_ink=name_ink)
    if opened:
        if reason:
            page.text(reason, ATTN if body.malformed else MUTED, INSIDE)
        width = max(4, page.edge - INSIDE + 1)
        text = clean(body.text).strip("\n")
        spec = replace(page.spec, wrap_code=True)
        page.lines(code.render(text, "", width, spec, fg="muted"), INSIDE - 1)


_DRAWERS: dict[type, Callable[[_Page, Any, bool], None]] = {
    Question: _question,
    Answer: _answer,
    Thought: _thought,
    Tool: _tool,
    StepRule: _step,
    PlanShown: _plan,
    Ask: _ask,
    Chart: _chart,
    Suggestions: _suggestions,
    FileNote: _file,
    Report: _report,
    Notice: _notice,
    Failure: _failure,
    Note: _note,
    Raw: _raw,
}

"""Draws tool calls: name, title and facts in a row, the arguments, code and output inside."""

import re

from das_tui import later
from das_tui.domain.blocks import Image, Table, Text, Tool, ToolStatus
from das_tui.view import code, shell, table
from das_tui.view.ages import counted
from das_tui.view.clean import clean
from das_tui.view.drawers.page import (
    FACT_CELLS,
    INSIDE,
    Drawers,
    Fact,
    Page,
    fitted,
    inked,
    phrase,
)
from das_tui.view.rows import ACCENT, ATTN, FAIL, FAINT, MUTED, TEXT, Ink, Span
from das_tui.view.spec import ViewSpec
from das_tui.view.wrap import Spans, fit

_INSTANCE = later.pattern(r"-*(?:db)?_?instance_?(?:id)?", re.IGNORECASE)


def tool(page: Page, body: Tool, opened: bool) -> None:
    failed = body.status is ToolStatus.FAILED
    running = body.status is ToolStatus.RUNNING
    facts: list[Fact] = []
    if failed:
        words = fit(phrase(body.reason or "failed", 80), FACT_CELLS, page.glyphs.ellipsis)
        facts.append(Fact(words, Ink("fail", bold=True)))
    if body.total_rows is not None:
        facts.append(Fact(counted(body.total_rows, "row")))
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
    name = phrase(body.name, 200) or "tool"
    page.named(glyph, name, title, facts, name_ink=MUTED if opened else FAINT)
    if opened:
        _tool_inside(page, body)


def _is_instance(name: str) -> bool:
    return _INSTANCE.fullmatch(name) is not None


def _title(body: Tool, spec: ViewSpec, ink: Ink) -> Spans:
    """The title, or the arguments without the session's own instance; another one stands out."""
    title = phrase(body.title)
    spans = inked(title, ink)
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
        spans = inked(phrase(body.code.lstrip()), ink)
    return spans


def _argument(name: str, value: str, longest: int) -> str:
    """One argument on a command line."""
    shown = shell.word(phrase(value, longest))
    return f"{phrase(name, 100)} {shown}" if name else shown


def _entry(name: str, value: str) -> tuple[str, str]:
    """One argument in two columns. Values stand as they are, but an empty one must be seen."""
    if name:
        return phrase(name, 100), clean(value) or shell.word("")
    return (phrase(value, 100), "") if value.startswith("--") else ("", clean(value))


def _tool_inside(page: Page, body: Tool) -> None:
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
            page.lines([fitted([(_image_name(output), MUTED)], room, page.glyphs.ellipsis)], INSIDE)


def _image_name(image: Image) -> str:
    known = f"{image.width}x{image.height}" if image.width and image.height else ""
    return f"[{' '.join(filter(None, ('image', known, phrase(image.kind, 40))))}]"


DRAWERS: Drawers = {Tool: tool}

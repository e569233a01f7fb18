"""Draws what is said in passing: files, reports, notes, and events that nobody knows."""

from dataclasses import replace

from das_tui.domain.blocks import FileNote, Note, Raw, Report
from das_tui.view import code
from das_tui.view.ages import size
from das_tui.view.clean import clean
from das_tui.view.drawers.page import FACT_CELLS, INSIDE, SPACE, Drawers, Fact, Page, inked, phrase
from das_tui.view.rows import ATTN, FAINT, MUTED
from das_tui.view.shape import foldable
from das_tui.view.wrap import Spans, fit


def file(page: Page, body: FileNote, opened: bool) -> None:
    facts = [Fact(size(body.size))] if body.size > 0 else []
    page.named(SPACE, "file", inked(phrase(body.name), MUTED), [*facts, *page.time()])


def report(page: Page, body: Report, opened: bool) -> None:
    kind = fit(phrase(body.kind, 80), FACT_CELLS, page.glyphs.ellipsis)
    facts = [Fact(kind)] if kind else []
    page.named(SPACE, "report", inked(phrase(body.title), MUTED), [*facts, *page.time()])


def note(page: Page, body: Note, opened: bool) -> None:
    more = foldable(page.block)
    glyph = page.fold_glyph(opened) if more else SPACE
    name = phrase(body.name, 100)
    if more and opened:
        page.named(glyph, name or "note", [], page.time(), name_ink=MUTED)
        page.text(body.text, MUTED, INSIDE)
        return
    page.named(glyph, name, inked(phrase(body.text), FAINT), page.time())


def raw(page: Page, body: Raw, opened: bool) -> None:
    name = phrase(body.name, 200)
    reason = phrase(body.reason, 300)
    label = "malformed" if body.malformed else "unknown"
    spans: Spans = inked(name, MUTED)
    first = (reason, ATTN) if body.malformed and reason else (phrase(body.text), FAINT)
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


DRAWERS: Drawers = {FileNote: file, Report: report, Note: note, Raw: raw}

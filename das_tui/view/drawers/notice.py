"""Draws what befell a run: notices and failures."""

import re

from das_tui.domain.blocks import Failure, Notice, Tone
from das_tui.view import markdown
from das_tui.view.clean import clean
from das_tui.view.drawers.page import LEFT, Drawers, Fact, Page, indented, phrase
from das_tui.view.rows import ATTN, BLANK, FAIL, FAINT, MUTED, STRONG, TEXT, Ink, Span
from das_tui.view.wrap import Spans, cells, span_cells, wrap


def notice(page: Page, body: Notice, opened: bool) -> None:
    text = _one_paragraph(body.text)
    facts = page.time(always=True)
    if body.tone is Tone.ATTENTION:
        _attention(page, text, facts)
    else:
        good = body.tone is Tone.GOOD
        glyph = (page.glyphs.finished, MUTED) if good else (page.glyphs.idle, FAINT)
        page.titled(glyph, text, MUTED, facts)
    if body.detail.strip():
        page.text(body.detail.strip("\n"), MUTED)


def _one_paragraph(text: str) -> str:
    """Clean text on one line; runs of blanks stay, they part the facts of a notice."""
    return clean(text[:2000]).strip().replace("\n", " ")


def _attention(page: Page, text: str, facts: list[Fact]) -> None:
    """The band of a notice: what happened, what happens now, further facts at the right."""
    what, *rest = re.split(" {3,}", text)
    now, further = (rest[0], rest[1:]) if rest else ("", [])
    glyph: Span = (page.glyphs.cut, ATTN)
    ink = Ink("attn", bold=True)
    spans: Spans = [(what, ink)]
    if now:
        spans.append(("   " + now, TEXT))
    used = span_cells(spans)
    extra = [*(Fact(part, MUTED) for part in further), *facts]
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


def failure(page: Page, body: Failure, opened: bool) -> None:
    title = phrase(body.title, 2000) or "Failed"
    fact = phrase(body.fact, 300)
    apart = bool(fact) and cells(fact) > page.room // 2 + 4
    facts = [] if apart or not fact else [Fact(fact, FAIL)]
    facts += page.time()
    glyph = (page.glyphs.failed, FAIL)
    page.banded(glyph, title, Ink("fail", bold=True), facts, "fail-band")
    if apart:
        page.text(fact, MUTED)
    if body.text.strip():
        page.text(body.text.strip("\n"), TEXT)
    if body.way_out.strip():
        page.rows += [BLANK, indented([("Way out", STRONG)])]
        page.rows += markdown.render(body.way_out, page.room, page.spec, left=LEFT)
    if body.request_id:
        page.rows.append(BLANK)
        for number, line in enumerate(wrap(phrase(body.request_id), max(2, page.room - 10))):
            label = "request   " if number == 0 else " " * 10
            page.lines([[(label, FAINT), (line, MUTED)]], LEFT)


DRAWERS: Drawers = {Notice: notice, Failure: failure}

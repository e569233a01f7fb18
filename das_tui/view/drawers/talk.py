"""Draws what is said: questions, answers, thoughts, and suggestions of what to ask next."""

from das_tui.domain.blocks import Answer, Question, Suggestions, Thought
from das_tui.view import markdown
from das_tui.view.clean import clean
from das_tui.view.drawers.page import INSIDE, LEFT, SPACE, Drawers, Page, inked, phrase
from das_tui.view.rows import ACCENT, FAINT, MUTED, STRONG, TEXT, Ink
from das_tui.view.wrap import cells, fit, pad, wrap


def question(page: Page, body: Question, opened: bool) -> None:
    text = clean(body.text).strip("\n")
    page.banded((page.glyphs.prompt, ACCENT), text, STRONG, page.time(always=True), "raised")


def answer(page: Page, body: Answer, opened: bool) -> None:
    facts = page.time()
    width = max(4, page.room - page.taken(facts))
    rows = markdown.streamed(body.text, width, page.spec, left=LEFT, live=page.block.live)
    page.rows = list(rows)
    if facts or page.level:
        spans = list(rows[0].spans[1:]) if rows and rows[0].spans else []
        page.rows = []
        page.put(SPACE, spans, facts)
        page.rows += rows[1:]


def thought(page: Page, body: Thought, opened: bool) -> None:
    facts = [*page.took(tenths=False), *page.time()]
    ink = Ink("faint", italic=True)
    if not opened:
        words = phrase(body.text.lstrip())
        page.named(page.fold_glyph(False), "thought", inked(words, ink), facts, by_word=True)
        return
    page.named(page.fold_glyph(True), "thought", [], facts, name_ink=MUTED)
    page.text(body.text, ink, INSIDE)


def suggestions(page: Page, body: Suggestions, opened: bool) -> None:
    digits = len(str(len(body.questions)))
    width = max(2, page.prose - digits - 2)
    listed = [wrap(phrase(question, 2000), width) for question in body.questions]
    widest = max((cells(line) for lines in listed for line in lines), default=0)
    facts = page.time()
    head = fit("Next questions", page.room, page.glyphs.ellipsis)
    full = min(max(cells(head), widest + digits + 2), page.room - page.taken(facts))
    page.put(SPACE, [(pad(head, full), Ink("muted", underline=True))], facts)
    for number, lines in enumerate(listed, 1):
        for index, line in enumerate(lines):
            mark = str(number).rjust(digits) if index == 0 else " " * digits
            page.lines([[(mark + "  ", FAINT), (line, TEXT)]], LEFT)


DRAWERS: Drawers = {Question: question, Answer: answer, Thought: thought, Suggestions: suggestions}

"""What the sidebar says above its list, and what is asked before a session is deleted."""

from das_tui.domain.session import Session
from das_tui.view import prompt as prompt_view
from das_tui.view.ages import thousands
from das_tui.view.clean import one_line
from das_tui.view.dock import DockView, question_rows
from das_tui.view.glyphs import UTF8, Glyphs
from das_tui.view.line import Line
from das_tui.view.rows import ACCENT, BLANK, FAINT, TEXT, Ink, Row, Span
from das_tui.view.status import spread
from das_tui.view.wrap import cells, fit, span_cells

_COUNT = Ink("text", bold=True)
_NEW = Ink("accent", bold=True)
_WORDS = Ink("accent", bold=True)
_LEAST = 11
"""Cells that are left to what is written before the count of matches is shortened."""


def filter_row(
    line: Line, width: int, found: int, total: int, *, late: int = 0, glyphs: Glyphs = UTF8
) -> Row:
    """The filter while it is written: what stands there, and how many sessions have it; `late`
    have it too and came meanwhile."""
    more: list[Span] = [(f"  {late} new", _NEW)] if late else []
    count: list[Span] = [(thousands(found), _COUNT)]
    whole: list[Span] = [*count, (f" of {thousands(total)}", FAINT)]
    room = width - 5
    least = min(cells(line.text) + 2, _LEAST)
    variants = ([*whole, *more], [*count, *more], count)
    facts = next((one for one in variants if span_cells(one) + 1 + least <= room), [])
    space = room - (span_cells(facts) + 1 if facts else 0)
    written, _ = line.spans(space, ghost="title, state", glyphs=glyphs)
    return Row(spread([(" / ", _WORDS), *written], facts, width - 2))


def filtered_row(
    words: str, width: int, found: int, total: int, *, late: int = 0, glyphs: Glyphs = UTF8
) -> Row:
    """The filter in force."""
    right: list[Span] = [(thousands(found), _COUNT), (f" of {thousands(total)}", FAINT)]
    if late:
        right = [(f"{late} new", _NEW), ("  ", TEXT), *right[:1]]
    room = width - 4 - span_cells(right)
    if room < 6:
        right, room = right[:1], width - 4 - span_cells(right[:1])
    left: list[Span] = [(" ", TEXT), (fit(f"/ {one_line(words)}", room, glyphs.ellipsis), _WORDS)]
    return Row(spread(left, right, width - 2))


def title_row(line: Line, width: int, *, glyphs: Glyphs = UTF8) -> Row:
    """A title while it is written."""
    return prompt_view.row(glyphs.prompt, line, width, [[]], ghost="a title", glyphs=glyphs)


def late_row(above: int, below: int) -> Row:
    """How many sessions came that are not in the list yet: `2 new above`."""
    if not above and not below:
        return BLANK
    spans: list[Span] = [("  ", TEXT), (f"{above or below} new", _NEW)]
    spans.append((" above" if above else " below", FAINT))
    if above and below:
        spans += [(", ", FAINT), (str(below), _NEW), (" below", FAINT)]
    return Row(tuple(spans))


def away_row(count: int, width: int) -> Row:
    """The head of the list of sessions that were put away."""
    left: list[Span] = [("  ", TEXT), ("put away", ACCENT), (f" {thousands(count)}", FAINT)]
    right: list[Span] = [("esc", _COUNT), (" back", FAINT)]
    return Row(spread(left, right if width >= 26 else [], width - 2))


def delete_rows(
    session: Session, marks: int, width: int, height: int, *, glyphs: Glyphs = UTF8
) -> DockView:
    """Before a session is deleted that somebody may still need: what is lost, what goes on."""
    sentences = []
    if session.calls:
        sentences.append(
            "It waits for an answer of yours. Nothing is answered by deleting it: it goes on "
            "waiting at the service."
        )
    elif session.running:
        sentences.append("A run is under way at the service, and goes on there.")
    if marks:
        own = "1 mark of yours is" if marks == 1 else f"{thousands(marks)} marks of yours are"
        sentences.append(f"{own} deleted with it.")
    sentences.append("It can be brought back for a week, with :archived.")
    title = one_line(session.title) or "New question"
    keys = [("y", "delete it", True), ("esc", "keep it", True)]
    return question_rows(
        "Delete this session?", title, " ".join(sentences), keys, width, height, glyphs=glyphs
    )


def put_away(session: Session) -> str:
    """What putting away did."""
    if session.calls:
        return "put away; a still leads there, u undoes it"
    if session.running:
        return "put away; its run goes on, u undoes it"
    return "put away; :archived lists it, u undoes it"

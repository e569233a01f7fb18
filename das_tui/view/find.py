"""What a search looks for: a pattern, the words of a block, and where it stands in rows.

A pattern is plain text or a regular expression. It ignores case until it has a capital letter.
It is looked for in the clean text of a block as it came, folded or not; where it is lit up it is
looked for again in the rows as they are drawn.
"""

import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias, TypeVar

from das_tui import later
from das_tui.domain import blocks as b
from das_tui.domain.blocks import Body
from das_tui.domain.plan import Plan, StepChange
from das_tui.view.clean import clean
from das_tui.view.rows import Ink, Row, Span
from das_tui.view.wrap import cells

LONGEST = 500
"""Characters of a pattern that count."""

MARGIN = 3
"""The first columns of a row hold no text."""

CURRENT = Ink("on", "accent", bold=True)

T = TypeVar("T")

_GAP = "   "
_BREAK = r"[^\S\n]*\n[^\S\n]*"
_RUN = later.pattern(r"[A-Za-z0-9_]+|[\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff]+")
_HEX = frozenset("0123456789abcdefu")

# Cleaning drops some characters and shows others by their number, and the matching of case knows
# a few letters beyond ASCII that stand for ASCII ones. A chunk of packed blocks with any of them
# in it is looked into, whatever a test of its bytes says.
_CLOSING = later.pattern(rb"\\u(?:212a|017f|013[01]|fe0[ef]|d83c\\udff)")
_NUMBERED = later.pattern(rb"\\u(?!4[ef]|[5-8]|9|300|ff0|201|00[b-f])")


_PIECE = 2048
_OVERLAP = 256
"""A regular expression is looked for in pieces of so many characters, which begin so many before
the end of the one before: its work may grow with the square of the length, or worse."""


class PatternError(ValueError):
    """A text that is no regular expression, or not yet; the message says why."""


class TooSlow(Exception):
    """A look for a pattern took longer than anybody waits."""


Limited: TypeAlias = Callable[[Callable[[], T]], T]
"""Runs something and gives what it gives, or raises TooSlow when that takes too long."""


def unlimited(look: Callable[[], T]) -> T:
    """As long as it takes."""
    return look()


class Pattern:
    """What is looked for. Patterns of the same text and sort are equal.

    There are regular expressions that take years for a line. One that `limited` breaks off is
    `slow` from then on, and is found nowhere.
    """

    def __init__(self, text: str, regex: bool = False, limited: Limited[Any] = unlimited) -> None:
        """Raises PatternError."""
        self.text = text[:LONGEST]
        self.regex = regex
        self.slow = False
        self._limited = limited
        bare = re.sub(r"\\.", "", self.text) if regex else self.text
        flags = re.MULTILINE if bare != bare.lower() else re.MULTILINE | re.IGNORECASE
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = re.compile(self.text if regex else re.escape(self.text), flags)
                drawn = found if regex else re.compile(_as_drawn(self.text), flags)
        except (re.error, OverflowError, RecursionError) as error:
            why = error.msg if isinstance(error, re.error) else "too large"
            raise PatternError(why) from None
        self._search = found.search
        self._found, self._drawn = found, drawn
        self._runs = tuple(
            (_packed(run), _HEX.issuperset(run)) for run in _needed(self.text, regex)
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pattern) and (self.text, self.regex) == (other.text, other.regex)

    def __hash__(self) -> int:
        return hash((self.text, self.regex))

    def within(self, body: Body) -> bool:
        """Whether the pattern stands in the words of a block."""
        return self.finds(words(body))

    def finds(self, text: str) -> bool:
        """Whether the pattern stands in a clean text; nothing but emptiness is no find."""
        if not self.regex:
            return self._search(text) is not None
        return bool(self._patient(lambda: next(_matches(self._found, text), None)))

    def _patient(self, look: Callable[[], T]) -> T | None:
        """What `look` gives; None once that took too long."""
        if self.slow:
            return None
        try:
            return self._limited(look)  # type: ignore[no-any-return]
        except TooSlow:
            self.slow = True
            return None

    def perhaps(self, plain: bytes) -> bool:
        """Whether the pattern may stand in one of the blocks of a chunk, given as ASCII JSON.
        False is certain."""
        lower = plain.lower()
        for run, number in self._runs:
            if run not in lower:
                other = _CLOSING.search(plain) or (number and _NUMBERED.search(plain))
                if not other:
                    return False
        return True

    def places(self, rows: Sequence[Row]) -> list[list[tuple[int, int]]]:
        """Where the pattern stands in rows of one block that follow each other: for each row the
        first character and the one after the last."""
        texts = [row.text for row in rows]
        starts, at = [], 0
        for text in texts:
            starts.append(at)
            at += len(text) + 1
        found: list[list[tuple[int, int]]] = [[] for _ in rows]
        number = 0
        whole = "\n".join(texts)
        for first, stop in self._patient(lambda: [*_matches(self._drawn, whole)]) or ():
            while number + 1 < len(starts) and starts[number + 1] <= first:
                number += 1
            for place in range(number, len(rows)):
                start = starts[place]
                if start >= stop:
                    break
                text = texts[place]
                low, high = max(first - start, 0), min(stop - start, len(text))
                if place > number:
                    low = max(low, len(text) - len(text.lstrip()))
                if MARGIN <= low < high:
                    found[place].append((low, _with_marks(text, high)))
        return found


def _matches(regex: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    """Where it stands: the first character and the one after the last. Nothing but emptiness is no
    find."""
    at = first = 0
    while first < len(text):
        stop = min(len(text), first + _PIECE)
        # A line is not cut where it can be helped: its end has a meaning.
        line = text.rfind("\n", first + _PIECE // 2, stop) if stop < len(text) else stop
        stop = line if line >= 0 else stop
        for match in regex.finditer(text, max(at, first - _OVERLAP), stop):
            cut = line < 0 and match.end() == stop
            if match.end() > match.start() and not cut:
                yield match.span()
                at = match.end()
        first = stop


def _as_drawn(text: str) -> str:
    """A regular expression for a text in rows: they break at blanks and round wide characters."""
    out: list[str] = []
    for place, char in enumerate(text):
        if char == " ":
            out.append(rf"(?: |{_BREAK})")
            continue
        before = text[place - 1] if place else " "
        if before != " " and (cells(before) > 1 or cells(char) > 1):
            out.append(rf"(?:{_BREAK})?")
        out.append(re.escape(char))
    return "".join(out)


def _needed(text: str, regex: bool) -> set[str]:
    """Letters or digits in lower case that stand together wherever the pattern does, as far as
    that can be told."""
    if regex:
        if re.search(r"[|(\[]|\\[xuUN0-9]", text):
            return set()
        text = re.sub(r"\\.?", " ", text)
        text = re.sub(r".(?:[*?]|\{[^}]*\}?)", " ", text)
    return {run.lower() for run in _RUN.findall(text)}


def _packed(run: str) -> bytes:
    """Letters or digits as they stand in ASCII JSON."""
    if run.isascii():
        return run.encode()
    return "".join(f"\\u{ord(char):04x}" for char in run).encode()


def _with_marks(text: str, stop: int) -> int:
    """`stop` moved behind the marks that belong to the character before it."""
    while stop < len(text) and cells(text[stop]) == 0:
        stop += 1
    return stop


# --- rows ----------------------------------------------------------------------------------------


def lit(row: Row, places: Sequence[tuple[int, int]], current: bool) -> Row:
    """A row with the characters at `places` lit up; its width stays."""
    if not places:
        return row
    out: list[Span] = []
    at = 0
    for text, ink in row.spans:
        left = 0
        for first, stop in places:
            low, high = max(first - at, left), min(stop - at, len(text))
            if low < high:
                out += [(text[left:low], ink), (text[low:high], _lit(ink, current))]
                left = high
        out.append((text[left:], ink))
        at += len(text)
    return Row(tuple(span for span in out if span[0]), row.fill)


def _lit(ink: Ink, current: bool) -> Ink:
    return CURRENT if current else ink._replace(fg="strong", bg="hit")


# --- the words of blocks -------------------------------------------------------------------------


def words(body: Body) -> str:
    """What can be found in a block: its clean text as it came, all of it, a line for each part."""
    return clean("\n".join(filter(None, _PARTS[type(body)](body))))


def _table(table: b.Table | None) -> Iterator[str]:
    if table is not None:
        yield _GAP.join(table.columns)
        for row in table.rows:
            yield _GAP.join([value or "" for value in row])


def _tool(body: b.Tool) -> Iterator[str]:
    yield from (body.name, body.title)
    for pair in body.params:
        yield " ".join(pair)
    yield body.code
    for output in body.outputs:
        if isinstance(output, b.Table):
            yield from _table(output)
        else:
            yield output.text if isinstance(output, b.Text) else output.kind
    yield body.reason


def _plan(plan: Plan | None, changes: Sequence[StepChange]) -> Iterator[str]:
    if plan is not None:
        yield plan.title
        yield from (step.name for step in plan.steps)
    yield from (change.step.name for change in changes)


def _ask(body: b.Ask) -> Iterator[str]:
    yield from (body.text, body.sql, body.explain, body.answered)
    yield from _plan(body.plan, body.changes)


def _chart(body: b.Chart) -> Iterator[str]:
    yield from (body.title, body.summary)
    yield from _table(body.table)


_PARTS: dict[type, Callable[[Any], Iterator[str] | Sequence[str]]] = {
    b.Question: lambda body: (body.text,),
    b.Answer: lambda body: (body.text,),
    b.Thought: lambda body: (body.text,),
    b.Tool: _tool,
    b.StepRule: lambda body: (body.name,),
    b.PlanShown: lambda body: _plan(body.plan, body.changes),
    b.Ask: _ask,
    b.Chart: _chart,
    b.Suggestions: lambda body: body.questions,
    b.FileNote: lambda body: (body.name,),
    b.Report: lambda body: (body.title, body.kind),
    b.Notice: lambda body: (body.text, body.detail),
    b.Failure: lambda body: (body.title, body.fact, body.text, body.way_out, body.request_id),
    b.Note: lambda body: (body.name, body.text),
    b.Raw: lambda body: (body.name, body.reason, body.text),
}

"""The timeline as rows: where the time of a turn, or of a session, went.

`lines` says what the cursor can stand on, `rows` draws it, `axis` and `foot` what stands above and
below. Every stretch has a row of its own; kinds differ by glyph and by words, colour comes on top.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from das_tui.domain.session import State
from das_tui.light import dataclass
from das_tui.view.ages import clock, counted, duration, elapsed, thousands
from das_tui.view.clean import one_line
from das_tui.view.course import Course, Kind, Stretch
from das_tui.view.glyphs import UTF8, Glyphs
from das_tui.view.rows import (
    ACCENT,
    ATTN,
    BLANK,
    FAIL,
    FAINT,
    MUTED,
    STRONG,
    TEXT,
    Ink,
    Row,
    Span,
    cursor_bar,
)
from das_tui.view.status import spread, state_glyph
from das_tui.view.wrap import cells, cut, fit, pad, span_cells

MANY = 60
"""With more rows than this the steps are folded at first sight."""

_RULE = Ink("rule")
_BOLD_FAIL = Ink("fail", bold=True)
_FACT = 7
"""Cells of the column of durations."""
_TICKS = (
    *(1, 2, 5, 10, 15, 30),
    *(60 * n for n in (1, 2, 5, 10, 15, 30)),
    *(3600 * n for n in (1, 2, 3, 6, 12, 24)),
)


class Line(NamedTuple):
    """One line: a stretch, how deep it stands, and whether it can be opened, or is open. A line
    without a stretch says in `words` what is not listed."""

    stretch: Stretch | None
    depth: int = 0
    folds: bool = False
    open: bool = False
    words: str = ""


@dataclass(frozen=True, slots=True)
class Axis:
    """How times become columns: `began` stands at `left`, `ended` behind `width` cells. With
    `gapless` parts the time between them is left out; `starts` are where they begin in seconds."""

    began: float
    ended: float
    left: int
    width: int
    starts: tuple[tuple[float, float, float], ...] = ()

    def cells(self, began: float, ended: float) -> tuple[int, int] | None:
        """First column and number of cells of a stretch, at least one; None for one outside."""
        whole = max(1e-9, self.ended - self.began)
        start = (self._at(began) - self.began) / whole * self.width
        stop = (self._at(ended, end=True) - self.began) / whole * self.width
        if stop < 0 or start > self.width:
            return None
        first = max(0, min(int(start + 1e-6), self.width - 1))
        count = max(1, min(round(stop), self.width) - first)
        return self.left + first, count

    def _at(self, time: float, *, end: bool = False) -> float:
        """A time on the axis; between two parts it is where they meet."""
        if not self.starts:
            return time
        found = 0.0
        for began, ended, offset in self.starts:
            if time < began:
                break
            found = offset + min(time, ended) - began
            if end and time <= ended:
                break
        return found


def lines(course: Course, folded: Collection[int], opened: Collection[int]) -> list[Line]:
    """All lines. `folded` and `opened` are blocks of parts that somebody folded or opened; what
    they do not name is open unless there are too many."""
    many = len(course.parts) + sum(len(part.inside) for part in course.parts) > MANY
    found: list[Line] = []
    if course.left_out:
        found.append(Line(None, words=_left_out(course)))
    alone = len(course.parts) == 1 and not course.parts[0].name
    for part in course.parts:
        if alone:
            found += [Line(inner) for inner in part.inside]
            continue
        open_ = part.block in opened or (part.block not in folded and (not many or part.running))
        found.append(Line(part, 0, bool(part.inside), open_))
        if open_:
            found += [Line(inner, 1) for inner in part.inside]
    return found


def _left_out(course: Course) -> str:
    count = thousands(course.left_out)
    if course.parts and course.parts[0].kind is Kind.TURN:
        return f"{count} earlier questions, k reads on"
    return f"{count} of {thousands(course.calls)} calls are not listed, only counted"


# --- the axis ------------------------------------------------------------------------------------


def axis_of(course: Course, width: int, zoom: Stretch | None = None) -> Axis:
    """The axis of a course on a page of `width` cells; of a part of it with `zoom`."""
    labels = max(12, min(34, width * 3 // 10))
    left = 3 + labels
    room = max(1, width - left - _FACT - 3)
    if zoom is not None:
        return Axis(zoom.began, max(zoom.ended, zoom.began + 1e-3), left, room)
    if course.parts and course.parts[0].kind is Kind.TURN:
        starts, offset = [], 0.0
        for part in course.parts:
            starts.append((part.began, part.ended, offset))
            offset += part.seconds
        return Axis(0.0, offset, left, room, tuple(starts))
    return Axis(course.began, course.ended, left, room)


def axis(course: Course, found: Axis, width: int, *, utc: bool = False, exact: bool = False) -> Row:
    """The times above the bars, `exact` ones with their seconds, and the whole at the right."""
    whole = took(found.ended - found.began)
    seconds = found.ended - found.began
    apart = 16 if exact else 13
    step = next(
        (tick for tick in _TICKS if seconds / tick * apart <= max(apart, found.width)), _TICKS[-1]
    )
    clocks = not found.starts and 60 <= step <= seconds / 2 and seconds < 86_400
    spans: list[Span] = [(" " * found.left, TEXT)]
    used = found.left
    time = found.began
    if clocks:
        # Whole minutes of the clock.
        time = found.began - found.began % step
        time += step if found.began - time > step / 2 else 0.0
    while seconds > 0 and time <= found.ended and step * 200 > seconds:
        at = found.left + round((time - found.began) / seconds * found.width)
        label = clock(time, utc, exact) if clocks else elapsed(time - found.began)
        end = found.left + found.width
        if at >= used and at >= found.left and at + len(label) <= end:
            spans += [(" " * (at - used), TEXT), (label, FAINT)]
            used = at + len(label) + 2
            spans.append(("  ", TEXT))
        time += step
    return Row(tuple(cut(spread(cut(spans, 0, width - 9), [(whole, MUTED)], width - 2), 0, width)))


def took(seconds: float) -> str:
    """A duration in the fewest cells: `3.1s`, `0:18`, `1:02:00`."""
    return duration(seconds) if seconds < 9.95 else elapsed(round(seconds))


# --- the lines -----------------------------------------------------------------------------------


def rows(
    shown: Sequence[Line],
    width: int,
    found: Axis,
    *,
    cursor: int = 0,
    glyphs: Glyphs = UTF8,
) -> list[Row]:
    """The lines that are in view; `cursor` is the number of one of them."""
    return [_row(line, width, found, glyphs, here=at == cursor) for at, line in enumerate(shown)]


def _row(line: Line, width: int, found: Axis, glyphs: Glyphs, *, here: bool) -> Row:
    bar = cursor_bar(glyphs.bar, here)
    fill = "sel" if here else None
    stretch = line.stretch
    if stretch is None:
        text = fit(line.words, width - 5, glyphs.ellipsis)
        return Row((bar, ("  ", TEXT), (text, MUTED)), fill)
    left = [bar, *_label(line, stretch, found.left - 1, glyphs)]
    spans: list[Span] = [*left, (" " * max(0, found.left - span_cells(left)), TEXT)]
    place = found.cells(stretch.began, stretch.ended)
    glyph, ink = _bar(stretch, glyphs)
    if place is not None:
        at, count = place
        spans += [(" " * (at - span_cells(spans)), TEXT), (glyph * count, ink)]
        room = found.left + found.width - at - count - 2
        if stretch.reason and room >= 6:
            spans.append((f" {fit(stretch.reason, room, glyphs.ellipsis)}", FAIL))
    fact = (took(stretch.seconds), _fact_ink(stretch))
    return Row(tuple(cut(spread(spans, [fact], width - 2), 0, width)), fill)


def _label(line: Line, stretch: Stretch, room: int, glyphs: Glyphs) -> list[Span]:
    """Glyph, number and name in `room` cells."""
    glyph = _glyph(stretch, glyphs)
    name, ink = stretch.name, _name_ink(stretch)
    if stretch.kind in (Kind.STEP, Kind.LEAD, Kind.TURN):
        number = str(stretch.number) if stretch.number else ""
        spans: list[Span] = [(" ", TEXT), glyph, (" ", TEXT)]
        if number:
            spans.append((number.ljust(2 if room < 20 else 3), ink))
        calls = thousands(stretch.calls, short=True) if _hides(line, stretch) else ""
        rest = room - span_cells(spans) - 1 - (cells(calls) + 3 if calls else 0)
        spans.append((fit(name, max(1, rest), glyphs.ellipsis), ink))
        if calls:
            spans.append((f" {glyphs.folded} {calls}", FAINT))
        return spans
    indent = (2 if room < 20 else 4) if line.depth else 1
    spans = [(" " * indent, TEXT), glyph, (" ", TEXT)]
    name = _short(name) if room < 20 else name
    spans.append((fit(name, max(1, room - span_cells(spans) - 1), glyphs.ellipsis), ink))
    return spans


def _hides(line: Line, stretch: Stretch) -> bool:
    """Whether there are calls of this part that are not among the lines."""
    listed = sum(inner.kind is Kind.TOOL for inner in stretch.inside)
    return stretch.calls > 0 and (not line.open or listed < stretch.calls)


def _glyph(stretch: Stretch, glyphs: Glyphs) -> Span:
    if stretch.kind is Kind.WAIT:
        return (glyphs.needs if stretch.running else " ", Ink("attn", bold=True))
    if stretch.kind is Kind.QUIET:
        return (" ", FAINT)
    if stretch.failed:
        return (glyphs.failed, _BOLD_FAIL)
    if stretch.asks:
        return (glyphs.needs, Ink("attn", bold=True))
    if stretch.running:
        return (glyphs.live, ACCENT)
    if stretch.skipped:
        return (glyphs.idle, FAINT)
    if stretch.kind is Kind.TOOL:
        return (" ", FAINT)
    return (glyphs.finished, MUTED)


def _name_ink(stretch: Stretch) -> Ink:
    match stretch.kind:
        case Kind.WAIT:
            return ATTN
        case Kind.QUIET:
            return FAINT
        case Kind.TOOL:
            return TEXT if stretch.failed or stretch.running else MUTED
    return STRONG if stretch.running else Ink("text", bold=True)


def _bar(stretch: Stretch, glyphs: Glyphs) -> Span:
    """The glyph of which a bar is made, and its ink."""
    if stretch.kind is Kind.WAIT:
        return glyphs.waiting, ATTN
    if stretch.kind is Kind.QUIET:
        return silence(glyphs), FAINT
    glyph = glyphs.rule if stretch.kind is Kind.TOOL else glyphs.step_bar
    if stretch.failed:
        return glyph, FAIL
    if stretch.running:
        return glyph, ACCENT
    return glyph, FAINT if stretch.skipped else MUTED


def silence(glyphs: Glyphs) -> str:
    """The glyph of a silence: never that of a wait."""
    return glyphs.idle if glyphs.idle != glyphs.waiting else glyphs.gap


def _fact_ink(stretch: Stretch) -> Ink:
    if stretch.kind is Kind.WAIT:
        return ATTN
    if stretch.failed:
        return FAIL
    return TEXT if stretch.kind in (Kind.STEP, Kind.LEAD, Kind.TURN) else FAINT


# --- where the time went -------------------------------------------------------------------------


_SHARES = {"tools": "muted", Kind.QUIET.value: "faint", Kind.WAIT.value: "attn"}


def foot(course: Course, width: int, found: Axis, height: int, glyphs: Glyphs = UTF8) -> list[Row]:
    """Where the time went, as one bar with names and shares; less of it on a low page."""
    shares = course.shares
    if not shares or height < 13:
        return []
    total = sum(seconds for _, seconds in shares)
    if height < 20 or width < 60:
        spans: list[Span] = [("   ", TEXT)]
        for name, seconds in sorted(shares, key=lambda share: -share[1]):
            more: list[Span] = [(took(seconds), TEXT), (f" {_short(name)}   ", MUTED)]
            if span_cells(spans) + span_cells(more) > width + 1:
                break
            spans += more
        return [Row(tuple(cut(spans, 0, width)))]
    rule = Row((("   ", TEXT), (glyphs.rule * max(0, width - 5), _RULE)))
    bar: list[Span] = []
    names: list[Span] = []
    facts: list[Span] = []
    done = 0.0
    used = 0
    for (name, seconds), percent in zip(
        shares, percents([seconds for _, seconds in shares]), strict=True
    ):
        done += seconds
        stop = round(done / total * found.width)
        count = max(1, stop - used)
        ink = Ink(_SHARES.get(name, "text"))
        bar.append((_share_glyph(name, glyphs) * count, ink))
        start = sum(cells(text) for text, _ in bar) - count
        least = max(span_cells(names), span_cells(facts)) + (2 if names else 0)
        part = f"{percent} %"
        for fact in (f"{took(seconds)}  {part}", took(seconds)):
            # A name and its figures stand below each other, or neither does.
            at = min(max(start, least), found.width + _FACT - max(cells(name), cells(fact)))
            if at >= least:
                ink = ATTN if name == Kind.WAIT.value else MUTED
                names += [(" " * (at - span_cells(names)), TEXT), (name, ink)]
                facts += [(" " * (at - span_cells(facts)), TEXT), (fact, FAINT)]
                break
        used = stop
    title: list[Span] = [
        ("   ", TEXT),
        (pad(fit("Where the time went", found.left - 4, ""), found.left - 3), STRONG),
    ]
    blank: Span = (" " * found.left, TEXT)
    whole: list[Span] = [(took(total), TEXT)]
    return [
        *([rule, BLANK] if height >= 30 else [rule]),
        Row(tuple(cut(spread([*title, *bar], whole, width - 2), 0, width))),
        Row(tuple(cut([blank, *names], 0, width))),
        Row(tuple(cut([blank, *facts], 0, width))),
        *([BLANK] if height >= 30 else []),
    ]


def percents(parts: Sequence[float]) -> list[int]:
    """Whole percents of the sum that add up to 100: those that lose most by being rounded down
    get one more. Nothing but zeros stays so."""
    total = sum(parts)
    if total <= 0:
        return [0] * len(parts)
    exact = [100 * part / total for part in parts]
    whole = [int(share) for share in exact]
    by_loss = sorted(range(len(parts)), key=lambda at: whole[at] - exact[at])
    for at in by_loss[: 100 - sum(whole)]:
        whole[at] += 1
    return whole


def _short(name: str) -> str:
    return "waited" if name == Kind.WAIT.value else name


def _share_glyph(name: str, glyphs: Glyphs) -> str:
    if name == Kind.WAIT.value:
        return glyphs.waiting
    if name == Kind.QUIET.value:
        return silence(glyphs)
    return glyphs.rule if name == "tools" else glyphs.step_bar


def status(course: Course, width: int, glyphs: Glyphs = UTF8, *, message: str = "") -> Row:
    """How the turn stands, how long it took in all, and what took longest."""
    glyph, ink = state_glyph(course.state, glyphs)
    state: str = course.state.value
    weight = Ink("text" if ink.fg in ("muted", "faint") else ink.fg, bold=True)
    left: list[Span] = [("  ", TEXT), (glyph, ink), (" ", TEXT), (state, weight)]
    left += [("  ", TEXT), (took(course.seconds), TEXT)]
    if course.number and course.turns > 1 and width >= 60:
        left.append((f"  question {course.number} of {course.turns}", MUTED))
    right: list[Span] = []
    longest = course.longest
    if message:
        room = width - 5 - span_cells(left)
        right = [(fit(message, max(0, room), glyphs.ellipsis, word=True), TEXT)]
    elif longest is not None:
        facts = took(longest.seconds)
        room = width - 2 - span_cells(left) - cells(facts) - 13
        name = fit(one_line(longest.name), max(0, room), glyphs.ellipsis) if room >= 4 else ""
        right = [("longest  ", FAINT), (f"{name} ".lstrip(), TEXT), (facts, STRONG)]
        if span_cells(left) + 2 + span_cells(right) > width - 2:
            right = []
    row = spread(left, right, width - 2)
    return Row(tuple(cut(row, 0, width)))


def words(stretch: Stretch, *, utc: bool = False) -> str:
    """A line in words, for the message below: what it was, when, how it ended."""
    began, ended = (clock(at, utc, seconds=True) for at in (stretch.began, stretch.ended))
    parts = [f"since {began}" if stretch.running else f"{began} to {ended}"]
    if stretch.reason:
        parts.append(stretch.reason)
    if stretch.rows is not None:
        parts.append(counted(stretch.rows, "row"))
    if stretch.calls:
        parts.append(counted(stretch.calls, "call"))
    return "   ".join(parts)


EMPTY = {
    State.IDLE: "Nothing asked yet.",
    State.STARTING: "The first event has not come yet.",
}
"""What stands on the page while there is nothing to draw."""

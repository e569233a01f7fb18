"""Two turns side by side: their steps and calls aligned, and where they differ."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from das_tui.view.ages import counted, thousands
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
from das_tui.view.timeline import took
from das_tui.view.wrap import cells, cut, fit, span_cells

BESIDE = 80
"""From this width on the two stand side by side, below it one is shown."""

LONGER = 1.5
"""So many times as long, and at least a second longer, counts as a difference."""

_MIDDLE = 5
_NAME = 28
_KEY = Ink("text", bold=True)
_SIGN = Ink("strong", bold=True)
_RULE = Ink("rule")
_WITH_ROWS = 40
"""Sides of this width have room for the rows of a result."""


class Pair(NamedTuple):
    """What stands in one line: the same part of both, or a part that only one has."""

    left: Stretch | None
    right: Stretch | None
    depth: int = 0

    @property
    def either(self) -> Stretch:
        found = self.left or self.right
        assert found is not None
        return found

    def side(self, place: int) -> Stretch | None:
        """The left one for 0, the right one for 1."""
        return self.right if place else self.left


class Side(NamedTuple):
    """What is compared: the title of its session, and its course; None while it is read."""

    title: str
    course: Course | None


# --- aligning ------------------------------------------------------------------------------------


def pairs(left: Course, right: Course) -> list[Pair]:
    """The parts of both in order. Steps are the same by name, calls by title, else by the name of
    the tool and its place; a part that has no counterpart stands alone."""
    found: list[Pair] = []
    for one, other in _aligned(left.parts, right.parts):
        named = any(part is not None and part.name for part in (one, other))
        if named:
            found.append(Pair(one, other))
        inner = _aligned(_inside(one), _inside(other))
        found += [Pair(*both, depth=1 if named else 0) for both in inner]
    return found


def _inside(part: Stretch | None) -> list[Stretch]:
    """What of a part is compared: silences are no part of what an agent did."""
    inside = part.inside if part is not None else ()
    return [stretch for stretch in inside if stretch.kind is not Kind.QUIET]


_Both = tuple[Stretch | None, Stretch | None]


def _aligned(left: Sequence[Stretch], right: Sequence[Stretch]) -> list[_Both]:
    found: list[_Both] = []
    for equal, ours, theirs in _runs([*map(_title, left)], [*map(_title, right)]):
        if equal:
            found += zip(left[ours], right[theirs], strict=True)
            continue
        rest, others = left[ours], right[theirs]
        for same, mine, yours in _runs([*map(_tool, rest)], [*map(_tool, others)]):
            if same:
                found += zip(rest[mine], others[yours], strict=True)
            else:
                found += [(stretch, None) for stretch in rest[mine]]
                found += [(None, stretch) for stretch in others[yours]]
    return found


def _runs(left: list[str], right: list[str]) -> list[tuple[bool, slice, slice]]:
    """Stretches of two lists, equal ones and others."""
    codes = SequenceMatcher(None, left, right, autojunk=False).get_opcodes()
    return [(tag == "equal", slice(a, b), slice(c, d)) for tag, a, b, c, d in codes]


def _title(stretch: Stretch) -> str:
    if stretch.kind is Kind.LEAD:
        return f"{stretch.kind} {bool(stretch.name)}"
    return f"{stretch.kind} {stretch.name.casefold()}"


def _tool(stretch: Stretch) -> str:
    """What stands for another of another title: only calls of the same tool do."""
    if stretch.kind is Kind.TOOL and stretch.tool:
        return f"tool {stretch.tool.casefold()}"
    return f"only {stretch.block} {stretch.began} {id(stretch)}"


# --- differences ---------------------------------------------------------------------------------


def sign(pair: Pair) -> str:
    """How the two differ, in one ASCII character; a blank for no difference.

    `-` only the left has it, `+` only the right; `!` they ended differently; `#` other numbers of
    rows; `>` the right took longer, `<` the left did.
    """
    left, right = pair.left, pair.right
    if left is None or right is None:
        return "+" if left is None else "-"
    if _verdict(left) != _verdict(right):
        return "!"
    if left.rows != right.rows:
        return "#"
    if _longer(right.seconds, left.seconds):
        return ">"
    return "<" if _longer(left.seconds, right.seconds) else " "


def _verdict(stretch: Stretch) -> str:
    if stretch.failed:
        return "failed"
    if stretch.asks:
        return "waiting"
    if stretch.running:
        return "running"
    return "skipped" if stretch.skipped else "done"


def _longer(long: float, short: float) -> bool:
    return long >= LONGER * short and long - short >= 1.0


def words(pair: Pair) -> str:
    """The difference of a line in words."""
    left, right = pair.left, pair.right
    if left is None or right is None:
        return "only the right has this" if left is None else "only the left has this"
    found = []
    if _verdict(left) != _verdict(right):
        found.append(f"left {_said(left)}, right {_said(right)}")
    if left.rows != right.rows:
        rows = ["none" if s.rows is None else thousands(s.rows) for s in (left, right)]
        found.append(f"rows {rows[0]}, {rows[1]}")
    if left.calls != right.calls:
        found.append(f"calls {thousands(left.calls)}, {thousands(right.calls)}")
    if _longer(right.seconds, left.seconds) or _longer(left.seconds, right.seconds):
        most, least = sorted((left.seconds, right.seconds), reverse=True)
        side = "right" if right.seconds == most else "left"
        times = (
            f"{most / least:.1f} times as long" if least >= 0.5 else f"{took(most - least)} more"
        )
        found.append(f"{side} took {times}")
    return "   ".join(found) or "no difference"


def _said(stretch: Stretch) -> str:
    return f"{_verdict(stretch)} {stretch.reason}".rstrip()


# --- rows ----------------------------------------------------------------------------------------


def sides(width: int) -> tuple[int, int, int]:
    """First column of the left side, of the right one, and their width."""
    room = (width - 4 - _MIDDLE) // 2
    return 2, 2 + room + _MIDDLE, room


def head(both: Sequence[Side], width: int, active: int, glyphs: Glyphs = UTF8) -> list[Row]:
    """Titles, questions and verdicts of both, or of the active one on a narrow page."""
    if width < BESIDE:
        room = width - 4
        rows = _side_head(both[active], room, True, glyphs)
        where = f"{'left' if not active else 'right'} of two"
        rows[0] = spread(cut(rows[0], 0, room - len(where) - 2), [(where, MUTED)], room)
        return [Row((("  ", TEXT), *row)) for row in rows]
    _, at, room = sides(width)
    heads = [_side_head(side, room, place == active, glyphs) for place, side in enumerate(both)]
    return [Row(_beside(one, other, at)) for one, other in zip(*heads, strict=True)]


def _beside(left: Sequence[Span], right: Sequence[Span], at: int) -> tuple[Span, ...]:
    spans: list[Span] = [("  ", TEXT), *left]
    return (*spans, (" " * max(0, at - span_cells(spans)), TEXT), *right)


def _side_head(side: Side, room: int, active: bool, glyphs: Glyphs) -> list[tuple[Span, ...]]:
    course = side.course
    mark: Span = (f"{glyphs.prompt} " if active else "  ", ACCENT)
    ink = STRONG if active else Ink("text", bold=True)
    title = (fit(one_line(side.title) or "New question", room - 2, glyphs.ellipsis), ink)
    if course is None:
        return [(mark, title), (("  reading it", MUTED),), ()]
    glyph, colour = state_glyph(course.state, glyphs)
    # A session that has no other title has that of its first question.
    told = course.title if course.title != one_line(side.title) else ""
    asked = fit(told, room - 2, glyphs.ellipsis)
    state: str = course.state.value
    facts: list[Span] = [("  ", TEXT), (glyph, colour), (f" {state}", TEXT)]
    if course.turns > 1:
        facts.append((f"  question {course.number} of {course.turns}", FAINT))
    calls = counted(course.calls, "call")
    right: list[Span] = [(f"{calls}   ", FAINT), (took(course.seconds), STRONG)]
    if span_cells(facts) + span_cells(right) >= room:
        facts = facts[:3]
    line = tuple(cut(spread(facts, right, room), 0, room))
    return [(mark, title), (("  ", TEXT), (asked, MUTED)), line]


def rows(
    shown: Sequence[Pair],
    width: int,
    *,
    cursor: int = 0,
    active: int = 0,
    glyphs: Glyphs = UTF8,
) -> list[Row]:
    """The lines that are in view; `cursor` is the number of one of them."""
    return [_row(pair, width, active, glyphs, here=at == cursor) for at, pair in enumerate(shown)]


def _row(pair: Pair, width: int, active: int, glyphs: Glyphs, *, here: bool) -> Row:
    bar = cursor_bar(glyphs.bar, here)
    fill = "sel" if here else None
    mark = sign(pair)
    ink = Ink("attn", bold=True) if mark == "!" else _SIGN
    if width < BESIDE:
        lead: list[Span] = [bar, (mark, ink), (" ", TEXT)]
        stretch = pair.side(active)
        room = width - 5
        inner = _cell(pair, active, room, glyphs) if stretch else _absent(pair, room, glyphs)
        return Row(tuple(cut([*lead, *inner], 0, width)), fill)
    _, at, room = sides(width)
    left = [bar, (" ", TEXT), *(_cell(pair, 0, room, glyphs) if pair.left else ())]
    middle = at - _MIDDLE + _MIDDLE // 2
    left += [(" " * (middle - span_cells(left)), TEXT), (mark, ink)]
    left.append((" " * (at - middle - 1), TEXT))
    return Row((*left, *(_cell(pair, 1, room, glyphs) if pair.right else ())), fill)


def _absent(pair: Pair, room: int, glyphs: Glyphs) -> tuple[Span, ...]:
    other = "right" if pair.left is None else "left"
    name = fit(pair.either.name, max(1, room - 18), glyphs.ellipsis)
    return spread(
        [("  " * (pair.depth + 1), TEXT), (name, FAINT)], [(f"only {other}", MUTED)], room
    )


def _cell(pair: Pair, place: int, room: int, glyphs: Glyphs) -> tuple[Span, ...]:
    """One side of a line in `room` cells: glyph, name, rows, duration."""
    stretch, other = pair.side(place), pair.side(1 - place)
    assert stretch is not None
    spans: list[Span] = [("  " * pair.depth, TEXT), _glyph(stretch, glyphs), (" ", TEXT)]
    if stretch.number and stretch.kind is Kind.STEP:
        spans.append((f"{stretch.number} ", _name_ink(stretch)))
    longer = other is not None and _longer(stretch.seconds, other.seconds)
    facts: list[Span] = []
    if stretch.rows is not None and room >= _WITH_ROWS:
        differs = other is not None and other.rows != stretch.rows
        facts.append((counted(stretch.rows, "row"), _KEY if differs else FAINT))
    time = took(stretch.seconds)
    facts.append((f"{time:>8}", _KEY if longer else FAIL if stretch.failed else FAINT))
    rest = room - span_cells(spans) - span_cells(facts) - 1
    reason = ""
    if stretch.reason and rest > cells(stretch.name) + 8:
        reason = f"  {fit(stretch.reason, rest - cells(stretch.name) - 3, glyphs.ellipsis)}"
    name = fit(stretch.name, max(1, rest - cells(reason)), glyphs.ellipsis)
    spans += [(name, _name_ink(stretch)), (reason, FAIL)]
    return tuple(cut(spread([s for s in spans if s[0]], facts, room), 0, room))


def _glyph(stretch: Stretch, glyphs: Glyphs) -> Span:
    if stretch.failed:
        return (glyphs.failed, Ink("fail", bold=True))
    if stretch.kind is Kind.WAIT:
        return (glyphs.needs if stretch.running else " ", Ink("attn", bold=True))
    if stretch.asks:
        return (glyphs.needs, Ink("attn", bold=True))
    if stretch.running:
        return (glyphs.live, ACCENT)
    if stretch.skipped:
        return (glyphs.idle, FAINT)
    return (" ", TEXT) if stretch.kind is Kind.TOOL else (glyphs.finished, MUTED)


def _name_ink(stretch: Stretch) -> Ink:
    if stretch.kind is Kind.WAIT:
        return ATTN
    if stretch.kind is Kind.TOOL:
        return TEXT if stretch.failed or stretch.running else MUTED
    return _KEY


def foot(both: Sequence[Side], width: int, height: int, glyphs: Glyphs = UTF8) -> list[Row]:
    """Where the time of both went; nothing on a low page."""
    courses = [side.course for side in both]
    if height < 22 or None in courses:
        return []
    shares = [dict(course.shares) for course in courses if course is not None]
    names = [*shares[0], *(name for name in shares[1] if name not in shares[0])]
    out = [Row((("  ", TEXT), (glyphs.rule * max(0, width - 4), _RULE)))]
    for name in names:
        values = [took(found[name]) if name in found else "" for found in shares]
        if width < BESIDE:
            line = spread([("   ", TEXT), (name, MUTED)], [("   ".join(values), TEXT)], width - 2)
            out.append(Row(tuple(cut(line, 0, width))))
            continue
        _, at, room = sides(width)
        cell = [
            spread([("  ", TEXT), (name if value else "", MUTED)], [(value, TEXT)], room)
            if value
            else ()
            for value in values
        ]
        out.append(Row(_beside(cell[0], cell[1], at)))
    return [*out, BLANK] if height >= 30 else out


def status(shown: Sequence[Pair], width: int, cursor: int, message: str, glyphs: Glyphs) -> Row:
    """The difference under the cursor in words, after the name of its line, and how many lines
    differ."""
    count = sum(sign(pair) != " " for pair in shown)
    right = f"{thousands(count)} of {thousands(len(shown))} differ" if shown else ""
    text, name = message, ""
    if not message and cursor < len(shown):
        text, name = words(shown[cursor]), f"{one_line(shown[cursor].either.name)}: "
    room = width - 5 - (cells(right) + 3 if right else 0)
    if room < 20:
        right, room = "", width - 5
    # The name gives way to the words; which line it is shows the cursor too.
    name = fit(name, max(0, min(_NAME, room - cells(text))), f"{glyphs.ellipsis} ") if name else ""
    said = fit(text, room - cells(name), glyphs.ellipsis, word=True)
    left: list[Span] = [("   ", TEXT), (name, MUTED), (said, TEXT)]
    return Row(tuple(cut(spread(left, [(right, MUTED)] if right else [], width - 2), 0, width)))

"""The sidebar: sessions grouped by what they are about."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from das_tui.domain.session import Session, State
from das_tui.view.ages import age, clock, elapsed, thousands
from das_tui.view.clean import one_line
from das_tui.view.glyphs import UTF8, Glyphs
from das_tui.view.listing import Group, Listing
from das_tui.view.rows import ATTN, BLANK, FAINT, MUTED, STRONG, TEXT, Ink, Row, Span
from das_tui.view.status import BADGE, spread, state_glyph
from das_tui.view.wrap import cells, cut, fit, pad, span_cells

NO_TARGET = "no target"
_COMPACT_BELOW = 28
_DAY = 86400.0
_TIMER_UNTIL = 600
"""Seconds up to which a running session shows a timer and not an age."""

_KINDS = {"pinned": "pinned", "archived": "archived", "deleted": "deleted, for a week"}
_NONE = {"target": NO_TARGET, "profile": "no profile"}
_FAILED = Ink("fail", bold=True)


class SideRow(NamedTuple):
    """One row; `key` is the session on it, None elsewhere. `bar` tells that the cursor bar stands
    in its column 0: in the accent if the sidebar has the focus, else faint."""

    row: Row
    key: str | None = None
    bar: bool = False


def rows(
    listing: Listing,
    sessions: Mapping[str, Session],
    width: int,
    height: int,
    *,
    waiting: Sequence[Session] = (),
    glyphs: Glyphs = UTF8,
    now: float = 0.0,
    open_key: str = "",
    cursor_key: str = "",
    focused: bool = False,
    profile: str = "",
    region: str = "",
    top: int = 0,
    today: str = "",
    compact: bool | None = None,
    threshold: int = 0,
    line: Row = BLANK,
    badge: bool | None = None,
    key: str = "a",
    ticks: bool = True,
    utc: bool = False,
) -> list[SideRow]:
    """The pane in exactly `height` rows.

    `listing` says which of `sessions` stand where, `waiting` are those that wait for a human, `top`
    is the first row of the list to show, `today` the amount spent (`1.77 USD`), empty if no price
    is known. `compact`, by default below 28 cells, leaves one fact a row. Unread are the blocks
    from `threshold` on. `line` is the row above the list: of a filter, of what is new. `badge`
    keeps a row for how many wait, by default where somebody does; without it they take the first.
    `key` leads to the next of them. Without `ticks` no age is kept up to date; then those that wait
    show the time of day since when.
    """
    badge = bool(waiting) if badge is None else badge
    compact = width < _COMPACT_BELOW if compact is None else compact
    out = [SideRow(_profile_row(profile, region, width, glyphs))]
    if waiting:
        out[badge:] = [SideRow(_badge_row(waiting, width, now, compact, key, ticks, utc))]
    elif badge:
        out.append(SideRow(BLANK))
    out.append(SideRow(line))
    shown, top = _shown(listing, window(height, badge, today), top)
    number = listing.sessions_before(top)
    for entry in listing.rows(top, shown):
        if entry is None:
            out.append(SideRow(BLANK))
        elif isinstance(entry, Group):
            out.append(SideRow(_group_row(entry, listing.choice.group, width, glyphs)))
        else:
            number += 1
            session = sessions[entry]
            bar = entry == (cursor_key if focused else open_key)
            unread = 0 if entry == open_key else session.unread_at(threshold)
            told = number if focused and not bar else 0
            opened = entry == open_key
            time = _time(session, now, ticks, utc)
            row = _session_row(session, width, glyphs, time, opened, told, unread, compact)
            out.append(SideRow(Row(row, "sel" if bar else None), entry, bar))
    if 0 < shown < listing.height:
        below = len(listing) - listing.sessions_before(top + shown)
        out.append(SideRow(_more_row(listing.sessions_before(top), below)))
    if not len(listing) and height > len(out):
        out.append(SideRow(Row((("  ", TEXT), (_nothing(listing), FAINT)))))
    foot = _foot(height, today)
    out += [SideRow(BLANK)] * (height - len(out) - foot)
    if foot:
        total = Row(spread([("  ", TEXT), ("today", FAINT)], [(today, MUTED)], width - 2))
        out += [SideRow(BLANK), SideRow(total), SideRow(BLANK)] if foot == 3 else [SideRow(total)]
    return [
        side if side.row.width <= width else side._replace(row=_clipped(side.row, width))
        for side in out[:height]
    ]


def reveal(listing: Listing, room: int, *, key: str, top: int) -> int:
    """The `top` nearest to the given one at which the row of `key` is in view, with the name of
    its group if that is the row above; `room` is the `window` of the list."""
    shown, top = _shown(listing, room, top)
    if key not in listing or shown == listing.height:
        return top
    shown = max(1, shown)
    row = listing.row(key)
    first = row - 1 if listing.heading(key) and shown > 1 else row
    return max(min(top, first), row - shown + 1)


def window(height: int, badge: bool, today: str) -> int:
    """The rows that are left to the list in a sidebar of `height`."""
    return max(0, height - 2 - badge - _foot(height, today))


def _shown(listing: Listing, room: int, top: int) -> tuple[int, int]:
    """How many rows of the list are shown, and which is the first: one row of the window tells
    of the rest."""
    if listing.height <= room:
        return listing.height, 0
    shown = max(0, room - 1)
    return shown, max(0, min(top, listing.height - shown))


def _nothing(listing: Listing) -> str:
    if listing.choice.words:
        return "no session has this"
    return "nothing is put away" if listing.choice.away else "no sessions yet"


def _clipped(row: Row, width: int) -> Row:
    return Row(tuple(cut(row.spans, 0, width)), row.fill)


def _foot(height: int, today: str) -> int:
    """Rows for the amount of today: with a blank above and below, or alone, or none."""
    if not today or height < 10:
        return 0
    return 3 if height >= 18 else 1


def _profile_row(profile: str, region: str, width: int, glyphs: Glyphs) -> Row:
    name = fit(one_line(profile) or "no profile", width - 4, glyphs.ellipsis)
    region = one_line(region)
    spans: list[Span] = [("  ", TEXT), (name, Ink("text", bold=True))]
    if region and cells(name) + 1 + cells(region) <= width - 4:
        spans.append((f" {region}", MUTED))
    return Row(tuple(spans))


def _badge_row(
    waiting: Sequence[Session],
    width: int,
    now: float,
    compact: bool,
    key: str,
    ticks: bool,
    utc: bool,
) -> Row:
    count = len(waiting)
    text = f" {count} need you " if count > 1 else " 1 needs you "
    first = min(session.since or now for session in waiting)
    longest = age(now - first) if ticks else _moment(first, now, utc)
    if not compact and longest != "now":
        longest = f"since {longest}"
    left: list[Span] = [(" ", TEXT), (text, BADGE), (" ", TEXT), (longest, ATTN)]
    if span_cells(left) + 2 > width - 2:
        left = left[:2]
    if span_cells(left) + 2 + cells(key) > width:
        return Row(tuple(left))
    return Row(spread(left, [(key, FAINT)], width - 2))


def _group_row(group: Group, grouped_by: str, width: int, glyphs: Glyphs) -> Row:
    if group.kind or group == Group(""):
        name = _KINDS.get(group.kind, "others" if grouped_by == "none" else _NONE[grouped_by])
        pin = f"{glyphs.pin} " if group.kind == "pinned" else ""
        return Row((("  ", TEXT), (fit(f"{pin}{name}", width - 4, glyphs.ellipsis), FAINT)))
    name = one_line(group.name) or _NONE[grouped_by]
    ink = MUTED if group.name else FAINT
    service = one_line(group.service)
    if cells(name) + 1 + cells(service) > width - 4:
        # The name of an instance is worth more than that of the service.
        return Row((("  ", TEXT), (fit(name, width - 4, glyphs.ellipsis), ink)))
    return Row(spread([("  ", TEXT), (name, ink)], [(service, FAINT)], width - 2))


def _session_row(
    session: Session,
    width: int,
    glyphs: Glyphs,
    time: Span,
    opened: bool,
    number: int,
    count: int,
    compact: bool,
) -> tuple[Span, ...]:
    unread, heavy = thousands(count, short=True) if count else "", STRONG
    if count and session.unread_errors:
        unread, heavy = f"{glyphs.failed}{unread}", _FAILED
    room = width - 6
    title = one_line(session.title) or "New question"
    facts: list[Span] = []
    if compact:
        if session.state is State.NEEDS_INPUT:
            facts = [time]
        elif unread:
            facts = [(unread, heavy)]
        elif cells(title) + 1 + cells(time[0]) <= room:
            facts = [time]
    else:
        facts = [(unread, heavy), (" ", TEXT)] if unread else []
        facts.append((pad(time[0], 4, right=True) if unread else time[0], time[1]))
    facts = [fact for fact in facts if fact[0]]
    if facts:
        room -= span_cells(facts) + 1
    lead: Span = (f"{number} " if 0 < number < 10 else "  ", FAINT)
    left: list[Span] = [
        lead,
        state_glyph(session.state, glyphs),
        (" ", TEXT),
        (fit(title, room, glyphs.ellipsis), _title_ink(session, opened, count)),
    ]
    return spread(left, facts, width - 2)


def _title_ink(session: Session, opened: bool, unread: int) -> Ink:
    if opened or session.state is State.NEEDS_INPUT:
        return STRONG
    if unread or session.running or session.state is State.CUT:
        return TEXT
    return FAINT if session.state is State.IDLE else MUTED


def _moment(at: float, now: float, utc: bool) -> str:
    """A time of today, or how many days ago it was: of days the coarsest unit stays true."""
    return clock(at, utc) if now - at < _DAY else age(now - at)


def _time(session: Session, now: float, ticks: bool, utc: bool) -> Span:
    """Waiting time, timer of a run, or age of the last event or of the deletion."""
    if session.deleted_at:
        return age(now - session.deleted_at), FAINT
    if session.state is State.NEEDS_INPUT:
        waited = age(now - session.since) if ticks else _moment(session.since, now, utc)
        return waited, ATTN
    if session.running:
        seconds = now - (session.asked_at or session.since)
        return (elapsed(seconds) if seconds < _TIMER_UNTIL else age(seconds)), FAINT
    if session.state is State.IDLE and not session.blocks:
        return "", FAINT
    return age(now - session.last_at), FAINT


def _more_row(above: int, below: int) -> Row:
    """How many sessions are outside the window."""
    words = [f"{thousands(above)} above"] * bool(above) + [f"{thousands(below)} below"] * bool(
        below
    )
    return Row((("    ", TEXT), (", ".join(words), FAINT)))

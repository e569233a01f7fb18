"""The sidebar: sessions grouped by what they are about."""

from collections.abc import Sequence
from typing import NamedTuple

from das_tui.domain.session import Session, State
from das_tui.view.ages import age, elapsed, thousands
from das_tui.view.clean import one_line
from das_tui.view.glyphs import UTF8, Glyphs
from das_tui.view.rows import ATTN, BLANK, FAINT, MUTED, STRONG, TEXT, Ink, Row, Span
from das_tui.view.status import BADGE, spread, state_glyph
from das_tui.view.wrap import cells, cut, fit, pad, span_cells

NO_TARGET = "no target"
_COMPACT_BELOW = 28
_TIMER_UNTIL = 600
"""Seconds up to which a running session shows a timer and not an age."""


class SideRow(NamedTuple):
    """One row; `key` is the session on it, None elsewhere. `bar` tells that the cursor bar stands
    in its column 0: in the accent if the sidebar has the focus, else faint."""

    row: Row
    key: str | None = None
    bar: bool = False


class _Group(NamedTuple):
    target: str
    service: str


def order(sessions: Sequence[Session], previous: Sequence[str] = ()) -> list[str]:
    """Keys in display order: groups of one target and service by their last event, in a group the
    newest session first. Groups with a session in `previous` keep the order they have there, and
    new ones come before them, so that no row moves because something happened in it."""
    groups: dict[_Group, list[Session]] = {}
    for session in sessions:
        groups.setdefault(_Group(session.target, session.service), []).append(session)
    place = {key: at for at, key in enumerate(previous)}
    unknown = len(place)

    def rank(group: _Group) -> tuple[int, float, _Group]:
        known = min((place.get(session.key, unknown) for session in groups[group]), default=unknown)
        last = max(session.last_at for session in groups[group])
        return (known if known < unknown else -1), -last, group

    return [
        session.key
        for group in sorted(groups, key=rank)
        for session in sorted(groups[group], key=lambda s: (-s.created_at, s.key))
    ]


def rows(
    sessions: Sequence[Session],
    width: int,
    height: int,
    *,
    glyphs: Glyphs = UTF8,
    now: float = 0.0,
    keys: Sequence[str] = (),
    open_key: str = "",
    cursor_key: str = "",
    focused: bool = False,
    profile: str = "",
    region: str = "",
    top: int = 0,
    today: str = "",
    compact: bool | None = None,
) -> list[SideRow]:
    """The pane in exactly `height` rows.

    `keys` is what `order` gave (computed if empty), `top` the first row of the list to show,
    `today` the amount spent (`1.77 USD`), empty if no price is known. `compact`, by default below
    28 cells, leaves one fact a row.
    """
    compact = width < _COMPACT_BELOW if compact is None else compact
    out = [SideRow(_profile_row(profile, region, width, glyphs))]
    waiting = _waiting(sessions)
    if waiting:
        out.append(SideRow(_badge_row(waiting, width, now, compact)))
    out.append(SideRow(BLANK))
    entries = _entries(sessions, keys)
    window = _window(height, bool(waiting), today)
    numbers = {
        key: at for at, key in enumerate((e.key for e in entries if isinstance(e, Session)), 1)
    }
    shown = window if len(entries) <= window else window - 1
    top = max(0, min(top, len(entries) - shown))
    for entry in entries[top : top + shown]:
        if entry is None:
            out.append(SideRow(BLANK))
        elif isinstance(entry, _Group):
            out.append(SideRow(_group_row(entry, width, glyphs)))
        else:
            bar = entry.key == (cursor_key if focused else open_key)
            number = numbers[entry.key] if focused and not bar else 0
            row = _session_row(entry, width, glyphs, now, entry.key == open_key, number, compact)
            out.append(SideRow(Row(row, "sel" if bar else None), entry.key, bar))
    if shown < len(entries) and shown > 0:
        out.append(SideRow(_more_row(top, len(entries) - top - shown, entries, shown)))
    if not entries and window > 0:
        out.append(SideRow(Row((("  ", TEXT), ("no sessions yet", FAINT)))))
    foot = _foot(height, today)
    out += [SideRow(BLANK)] * (height - len(out) - foot)
    if foot:
        total = Row(spread([("  ", TEXT), ("today", FAINT)], [(today, MUTED)], width - 2))
        out += [SideRow(BLANK), SideRow(total), SideRow(BLANK)] if foot == 3 else [SideRow(total)]
    return [
        side if side.row.width <= width else side._replace(row=_clipped(side.row, width))
        for side in out[:height]
    ]


def reveal(
    sessions: Sequence[Session],
    height: int,
    *,
    key: str,
    top: int,
    keys: Sequence[str] = (),
    today: str = "",
) -> int:
    """The `top` nearest to the given one at which the row of `key` is in view, with the name of
    its group if that is the row above."""
    entries = _entries(sessions, keys)
    window = _window(height, bool(_waiting(sessions)), today)
    if len(entries) <= window:
        return 0
    window = max(1, window - 1)
    top = max(0, min(top, len(entries) - window))
    for at, entry in enumerate(entries):
        if isinstance(entry, Session) and entry.key == key:
            first = at - 1 if at and isinstance(entries[at - 1], _Group) and window > 1 else at
            return max(min(top, first), at - window + 1)
    return top


def _clipped(row: Row, width: int) -> Row:
    return Row(tuple(cut(row.spans, 0, width)), row.fill)


def _waiting(sessions: Sequence[Session]) -> list[Session]:
    return [session for session in sessions if session.state is State.NEEDS_INPUT]


def _foot(height: int, today: str) -> int:
    """Rows for the amount of today: with a blank above and below, or alone, or none."""
    if not today or height < 10:
        return 0
    return 3 if height >= 18 else 1


def _window(height: int, badge: bool, today: str) -> int:
    return max(0, height - 2 - badge - _foot(height, today))


def _entries(sessions: Sequence[Session], keys: Sequence[str]) -> list[Session | _Group | None]:
    """The rows of the list: group names, sessions, and None for a blank."""
    by_key = {session.key: session for session in sessions}
    entries: list[Session | _Group | None] = []
    last: _Group | None = None
    for key in keys or order(sessions):
        session = by_key.get(key)
        if session is None:
            continue
        group = _Group(session.target, session.service)
        if group != last:
            entries += [None, group] if entries else [group]
            last = group
        entries.append(session)
    return entries


def _profile_row(profile: str, region: str, width: int, glyphs: Glyphs) -> Row:
    name = fit(one_line(profile) or "no profile", width - 4, glyphs.ellipsis)
    region = one_line(region)
    spans: list[Span] = [("  ", TEXT), (name, Ink("text", bold=True))]
    if region and cells(name) + 1 + cells(region) <= width - 4:
        spans.append((f" {region}", MUTED))
    return Row(tuple(spans))


def _badge_row(waiting: Sequence[Session], width: int, now: float, compact: bool) -> Row:
    count = len(waiting)
    text = f" {count} need you " if count > 1 else " 1 needs you "
    longest = age(max(now - (session.since or now) for session in waiting))
    if not compact and longest != "now":
        longest = f"since {longest}"
    left: list[Span] = [(" ", TEXT), (text, BADGE), (" ", TEXT), (longest, ATTN)]
    if span_cells(left) + 2 > width - 2:
        left = left[:2]
    return Row(spread(left, [("a", FAINT)], width - 2))


def _group_row(group: _Group, width: int, glyphs: Glyphs) -> Row:
    name = one_line(group.target) or NO_TARGET
    ink = MUTED if group.target else FAINT
    service = one_line(group.service)
    if cells(name) + 1 + cells(service) > width - 4:
        # The name of an instance is worth more than that of the service.
        return Row((("  ", TEXT), (fit(name, width - 4, glyphs.ellipsis), ink)))
    return Row(spread([("  ", TEXT), (name, ink)], [(service, FAINT)], width - 2))


def _session_row(
    session: Session,
    width: int,
    glyphs: Glyphs,
    now: float,
    opened: bool,
    number: int,
    compact: bool,
) -> tuple[Span, ...]:
    unread = thousands(session.unread, short=True) if session.unread and not opened else ""
    time = _time(session, now)
    room = width - 6
    title = one_line(session.title) or "New question"
    facts: list[Span] = []
    if compact:
        if session.state is State.NEEDS_INPUT:
            facts = [time]
        elif unread:
            facts = [(unread, STRONG)]
        elif cells(title) + 1 + cells(time[0]) <= room:
            facts = [time]
    else:
        facts = [(unread, STRONG), (" ", TEXT)] if unread else []
        facts.append((pad(time[0], 4, right=True) if unread else time[0], time[1]))
    facts = [fact for fact in facts if fact[0]]
    if facts:
        room -= span_cells(facts) + 1
    lead: Span = (f"{number} " if 0 < number < 10 else "  ", FAINT)
    left: list[Span] = [
        lead,
        state_glyph(session.state, glyphs),
        (" ", TEXT),
        (fit(title, room, glyphs.ellipsis), _title_ink(session, opened)),
    ]
    return spread(left, facts, width - 2)


def _title_ink(session: Session, opened: bool) -> Ink:
    if opened or session.state is State.NEEDS_INPUT:
        return STRONG
    if session.unread or session.running or session.state is State.CUT:
        return TEXT
    return FAINT if session.state is State.IDLE else MUTED


def _time(session: Session, now: float) -> Span:
    """Waiting time, timer of a run, or age of the last event."""
    if session.state is State.NEEDS_INPUT:
        return age(now - session.since), ATTN
    if session.running:
        seconds = now - (session.asked_at or session.since)
        return (elapsed(seconds) if seconds < _TIMER_UNTIL else age(seconds)), FAINT
    if session.state is State.IDLE and not session.blocks:
        return "", FAINT
    return age(now - session.last_at), FAINT


def _more_row(above: int, below: int, entries: Sequence[object], shown: int) -> Row:
    """How many sessions are outside the window."""
    before = sum(isinstance(entry, Session) for entry in entries[:above])
    after = sum(isinstance(entry, Session) for entry in entries[above + shown :])
    words = [f"{before} above"] * bool(before) + [f"{after} below"] * bool(after)
    return Row((("    ", TEXT), (", ".join(words), FAINT)))

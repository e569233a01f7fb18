"""Which sessions the sidebar lists, in which groups and order; kept up to date one by one.

A change of one session costs no look at the others: each group keeps its members sorted, and a
session that stays where it is touches nothing.
"""

import math
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable
from itertools import accumulate
from typing import Any, NamedTuple

from das_tui.domain.session import Session, State
from das_tui.light import dataclass

ORDERS = ("created", "recent", "title", "state")
"""How sessions stand inside a group: the newest first, the latest turn of events first, by title,
or what needs a human first."""

GROUPS = ("target", "profile", "none")
"""What sessions are grouped by."""

_STATES = (
    State.NEEDS_INPUT,
    State.LINE_LOST,
    State.CUT,
    State.FAILED,
    State.NOT_DISPATCHED,
    State.LIVE,
    State.STARTING,
    State.QUEUED,
    State.CANCELLED,
    State.FINISHED,
    State.IDLE,
)
_KINDS = ("pinned", "", "archived", "deleted")
_STATE_RANK = {state: at for at, state in enumerate(_STATES)}

Rank = tuple[Any, ...]
"""What a group is sorted by; the last part is the key of the session."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What the operator chose: a word of `ORDERS`, one of `GROUPS`, the text of the filter, and
    whether what was put away is listed instead of the rest."""

    order: str = "created"
    group: str = "target"
    words: str = ""
    away: bool = False

    @property
    def plain(self) -> bool:
        """Whether all sessions are listed that were not put away."""
        return not self.words and not self.away


class Group(NamedTuple):
    """Sessions under one heading. `kind` is `pinned`, `archived`, `deleted`, or empty for those of
    a target or profile `name`; `service` is of targets only."""

    kind: str
    name: str = ""
    service: str = ""


class Listing:
    """The list of the sidebar. `keys` are the sessions in it, in order.

    While it is `frozen` no session moves and none is added; `late` tells of those that came, until
    `settle` puts everything in its place. What was deleted or put away goes at once.
    """

    def __init__(self, choice: Choice | None = None) -> None:
        self.choice = choice or Choice()
        self.frozen = False
        self.version = 0
        """Grows whenever a row may have moved."""
        self._matcher = matcher(self.choice.words)
        self._sessions: dict[str, Session] = {}
        self._place: dict[str, tuple[Group, Rank]] = {}
        self._groups: dict[Group, list[Rank]] = {}
        self._at: dict[Group, float] = {}
        """When something last happened in each group, as it was when they were last put in order;
        what the filter hides counts too, so that groups stay where they are while one types."""
        self._latest: dict[Group, float] = {}
        self._late: dict[str, None] = {}
        self._stale: dict[str, None] = {}
        self._shape: _Shape | None = None
        self._texts: dict[str, Text] = {}
        """By session, while there is a filter."""

    # --- changes -------------------------------------------------------------------------------

    def put(self, session: Session) -> None:
        """A session is new or has changed."""
        key = session.key
        self._texts.pop(key, None)
        if not self._belongs(session):
            self.drop(key)
            return
        self._sessions[key] = session
        place = self._place.get(key)
        if self.frozen:
            if place is not None:
                self._stale[key] = None
            elif self._matches(session):
                self._late[key] = None
            return
        self._put_in_place(session, place)

    def drop(self, key: str) -> None:
        """A session is not to be listed any more; nothing happens to one that was not."""
        self._sessions.pop(key, None)
        self._texts.pop(key, None)
        self._late.pop(key, None)
        self._stale.pop(key, None)
        place = self._place.get(key)
        if place is not None:
            self._take_out(key, *place)

    def place(self, key: str) -> None:
        """Put one session where it belongs, also while the rest is frozen."""
        session = self._sessions.get(key)
        if session is not None:
            self._stale.pop(key, None)
            self._late.pop(key, None)
            self._put_in_place(session, self._place.get(key))

    def settle(self) -> None:
        """Put everything where it belongs by now, groups in order of their last event too."""
        moved = [*self._stale, *self._late]
        self._stale.clear()
        self._late.clear()
        for key in moved:
            self._put_in_place(self._sessions[key], self._place.get(key))
        if self._at != self._latest:
            self._at = dict(self._latest)
            self._moved()

    def choose(self, choice: Choice, sessions: Iterable[Session] = ()) -> None:
        """List by another choice. `sessions` are all there are, needed where `away` changed."""
        before, self.choice = self.choice, choice
        self._matcher = matcher(choice.words)
        if self._matcher is None:
            self._texts.clear()
        if before.away != choice.away:
            self._sessions = {one.key: one for one in sessions if self._belongs(one)}
        known = self._place
        if _replaced(before, choice.words) != choice:
            known = {}
            self._at, self._latest = {}, {}
            for session in self._sessions.values():
                self._note(self._group(session), session)
            self._at = dict(self._latest)
        for key in self._stale:
            known.pop(key, None)
        self._empty()
        groups, place = self._groups, self._place
        for key, session in self._sessions.items():
            if self._matches(session):
                place[key] = found = known.get(key) or (self._group(session), self._rank(session))
                groups.setdefault(found[0], []).append(found[1])
        for ranks in groups.values():
            ranks.sort()

    def _empty(self) -> None:
        self._place = {}
        self._groups = {}
        self._late.clear()
        self._stale.clear()
        self._moved()

    def _note(self, group: Group, session: Session) -> None:
        """Something happened in a group."""
        at = _number(session.last_at)
        self._latest[group] = max(at, self._latest.get(group, at))
        self._at.setdefault(group, at)

    def _moved(self) -> None:
        self._shape = None
        self.version += 1

    def _put_in_place(self, session: Session, place: tuple[Group, Rank] | None) -> None:
        key, group = session.key, self._group(session)
        self._note(group, session)
        wanted = (group, self._rank(session)) if self._matches(session) else None
        if place == wanted:
            return
        if place is not None:
            self._take_out(key, *place)
        if wanted is not None:
            insort(self._groups.setdefault(group, []), wanted[1])
            self._place[key] = wanted
            self._moved()

    def _take_out(self, key: str, group: Group, rank: Rank) -> None:
        ranks = self._groups[group]
        del ranks[bisect_left(ranks, rank)]
        if not ranks:
            del self._groups[group]
        del self._place[key]
        self._moved()

    # --- where a session belongs -----------------------------------------------------------------

    def _belongs(self, session: Session) -> bool:
        return self.choice.away is bool(session.archived or session.deleted_at)

    def _matches(self, session: Session) -> bool:
        if self._matcher is None:
            return True
        text = self._texts.get(session.key)
        if text is None:
            text = self._texts[session.key] = text_of(session)
        return self._matcher(text)

    def _group(self, session: Session) -> Group:
        if session.deleted_at:
            return Group("deleted")
        if session.archived:
            return Group("archived")
        if session.pinned:
            return Group("pinned")
        if self.choice.group == "target":
            return Group("", session.target, session.service)
        return Group("", session.profile) if self.choice.group == "profile" else Group("")

    def _rank(self, session: Session) -> Rank:
        key, created = session.key, -_number(session.created_at)
        match self.choice.order:
            case "title":
                return session.title.casefold(), created, key
            case "recent":
                return -_recent(session), created, key
            case "state":
                return _STATE_RANK[session.state], -_recent(session), key
        return created, key

    def _group_rank(self, group: Group) -> Rank:
        first = _KINDS.index(group.kind)
        at = -self._at.get(group, 0.0)
        match self.choice.order:
            case "title":
                return first, group.name.casefold(), group
            case "state":
                return first, self._groups[group][0][0], at, group
        return first, at, group

    # --- the list ------------------------------------------------------------------------------

    @property
    def keys(self) -> list[str]:
        """The sessions that are listed, in order."""
        return self._now().keys

    def __len__(self) -> int:
        return len(self._place)

    def __contains__(self, key: str) -> bool:
        return key in self._place

    @property
    def total(self) -> int:
        """How many there are without the filter."""
        return len(self._sessions)

    @property
    def any_late(self) -> bool:
        """Whether sessions came that are not in the list yet."""
        return bool(self._late)

    def neighbour(self, key: str) -> str:
        """The session below, else above the given one; empty if there is none."""
        keys = self.keys
        if key not in self or len(keys) < 2:
            return ""
        at = self.index(key)
        return keys[at + 1 if at + 1 < len(keys) else at - 1]

    def index(self, key: str) -> int:
        """The number of a session in `keys`. Raises KeyError for one that is not there."""
        group, rank = self._place[key]
        shape = self._now()
        return shape.first[shape.number[group]] + bisect_left(self._groups[group], rank)

    def late(self, key: str) -> tuple[int, int]:
        """How many sessions that came while it was frozen belong above and below `key`."""
        if not self._late:
            return 0, 0
        here = self._whole_rank(*self._place[key]) if key in self._place else None
        above = 0
        for new in self._late:
            session = self._sessions[new]
            there = self._whole_rank(self._group(session), self._rank(session))
            above += here is None or there < here
        return above, len(self._late) - above

    def _whole_rank(self, group: Group, rank: Rank) -> tuple[Rank, Rank]:
        if group not in self._groups:
            # A group that is not there yet comes before those that are.
            return (_KINDS.index(group.kind),), rank
        return self._group_rank(group), rank

    # --- its rows ------------------------------------------------------------------------------

    @property
    def height(self) -> int:
        """The rows of the list with its headings and the blanks between groups."""
        return self._now().height

    def row(self, key: str) -> int:
        """The row of a session in the list. Raises KeyError."""
        shape = self._now()
        at = shape.number[self._place[key][0]]
        return shape.tops[at] + shape.lead(at) + self.index(key) - shape.first[at]

    def heading(self, key: str) -> bool:
        """Whether the row above a session is the heading of its group."""
        group, rank = self._place[key]
        return bool(self._now().headed) and self._groups[group][0] == rank

    def rows(self, top: int, count: int) -> list[str | Group | None]:
        """The rows from `top` on: the key of a session, a group for its heading, None for a
        blank."""
        shape = self._now()
        out: list[str | Group | None] = []
        at = max(0, bisect_right(shape.tops, top) - 1)
        while at < len(shape.groups) and len(out) < count:
            skip = max(0, top - shape.tops[at])
            lead: list[str | Group | None] = [None] if at else []
            lead += [shape.groups[at]] if shape.headed else []
            out += lead[skip : skip + count - len(out)]
            skip = max(0, skip - len(lead))
            first = shape.first[at] + skip
            last = min(shape.first[at + 1], first + count - len(out))
            out += shape.keys[first:last]
            at += 1
        return out

    def sessions_before(self, row: int) -> int:
        """How many sessions stand above a row."""
        shape = self._now()
        at = bisect_right(shape.tops, row) - 1
        if at < 0:
            return 0
        inside = max(0, row - shape.tops[at] - shape.lead(at))
        return min(shape.first[at] + inside, shape.first[at + 1])

    def _now(self) -> "_Shape":
        if self._shape is None:
            ranked = sorted(self._groups, key=self._group_rank)
            self._shape = _Shape(ranked, [self._groups[group] for group in ranked])
        return self._shape


class _Shape:
    """The groups in order and where their rows begin, until the next session moves."""

    def __init__(self, groups: list[Group], members: list[list[Rank]]) -> None:
        self.groups = groups
        self.number = {group: at for at, group in enumerate(groups)}
        self.keys: list[str] = [rank[-1] for ranks in members for rank in ranks]
        self.first = [0, *accumulate(map(len, members))]
        self.headed = any(group != Group("") for group in groups)
        sizes = (self.lead(at) + len(ranks) for at, ranks in enumerate(members))
        self.tops = [0, *accumulate(sizes)]
        self.height = self.tops.pop()

    def lead(self, at: int) -> int:
        """Rows above the first session of a group: a blank, its heading."""
        return bool(at) + self.headed


def _replaced(choice: Choice, words: str) -> Choice:
    return Choice(choice.order, choice.group, words, choice.away)


def _number(value: float) -> float:
    """A time that can be sorted by: not every service gives a number."""
    return 0.0 if math.isnan(value) else value


def _recent(session: Session) -> float:
    """When something last happened that a human would call an event: not each piece of a text."""
    return max(_number(session.since), _number(session.asked_at), _number(session.created_at))


# --- the filter ------------------------------------------------------------------------------

_ID_FROM = 4
"""Characters from which on a word is looked for in ids: fewer begin too many of them."""


class Text(NamedTuple):
    """What a session is found by: anywhere in `names` or, in lower case, `low`; by the beginning
    of one of `words`, each behind a blank, or of one of `ids`."""

    names: str
    low: str
    words: str
    ids: tuple[str, str]


def text_of(session: Session) -> Text:
    """What a session is found by."""
    words = f" {session.state} {session.service}"
    if session.running and session.state is not State.LIVE:
        words += " live"
    if session.unread:
        words += " unread"
    if session.pinned:
        words += " pinned"
    names = f"{session.title}\n{session.target}\n{session.profile}"
    return Text(names, names.lower(), words, (session.session_id, session.key))


def matcher(text: str) -> Callable[[Text], bool] | None:
    """Tells whether a session has all words of `text`: anywhere in its title, target or profile,
    or as the beginning of a word of its state, of its service, of an id. A word with a capital
    letter is looked for as written, others in any case. None for a text without words."""
    parts = [(part, f" {part}", part == part.lower()) for part in text.split()]

    def matches(found: Text) -> bool:
        names, low, words, ids = found
        for part, begin, plain in parts:
            if part in (low if plain else names) or begin in words:
                continue
            if len(part) < _ID_FROM or not any(one.startswith(part) for one in ids):
                return False
        return True

    return matches if parts else None

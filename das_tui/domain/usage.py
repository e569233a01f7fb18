"""What answers cost: characters paid for, the quota that is free, and the budget.

Pure arithmetic on answers that were kept. Days and months are those of the local clock. Money is
in USD, rounded only where it is shown.
"""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import TypeAlias

from das_tui.light import dataclass

MOST_CHARS = 10**12
"""More characters than this are no number of an answer; a larger report counts as this."""

USUAL_OF = 20
"""The length to expect of an answer is the mean of so many latest ones."""

USUAL_CHARS = 1_000
"""The length to expect while no answer is known."""

_Month: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class PaidAnswer:
    """One answer of a session: `position` is the record of its question, `at` when it began
    (UNIX seconds), `chars` its characters, `estimated` while some of them are counted here and
    not reported by the service."""

    position: int
    at: float
    chars: int
    estimated: bool


@dataclass(frozen=True, slots=True)
class UsageRow:
    """The same as it is kept, with the session's key and the profile that pays. One row for each
    answer; `key` and `position` name it."""

    key: str
    position: int
    at: float
    profile: str
    chars: int
    estimated: bool


@dataclass(frozen=True, slots=True)
class Tariff:
    """What a profile knows of its prices.

    `price` is USD for each character, None if unknown; `included` the characters of a month that
    cost nothing; `budget` USD a month, None without one.
    """

    price: float | None = None
    included: int = 0
    budget: float | None = None

    def cost(self, chars: int) -> float | None:
        """What a month with so many characters costs."""
        return self.added(0, chars)

    def added(self, before: int, chars: int) -> float | None:
        """What `chars` more cost in a month that had `before`."""
        if self.price is None:
            return None
        paid = max(0, before + chars - self.included) - max(0, before - self.included)
        return paid * self.price


@dataclass(frozen=True, slots=True)
class Amount:
    """Characters and what they cost beyond the included ones; `cost` is None without a price."""

    chars: int = 0
    estimated: bool = False
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class Bill:
    """What the present question of a session, the session, the day and the month of its profile
    come to; a running answer is in all of them."""

    turn: Amount = Amount()
    session: Amount = Amount()
    day: Amount = Amount()
    month: Amount = Amount()
    tariff: Tariff = Tariff()


@dataclass(frozen=True, slots=True)
class Forecast:
    """Where one more question would lead.

    `spent` is what the month costs so far, `pending` what answers that are arriving or wait in the
    queue may add, `expected` what one more may, all in USD; `usual` is the number of characters
    that an answer is expected to have.
    """

    spent: float
    pending: float
    expected: float
    budget: float
    usual: int

    @property
    def end(self) -> float:
        """What the month would come to."""
        return self.spent + self.pending + self.expected

    @property
    def over(self) -> bool:
        """Whether that is more than the budget."""
        return self.end > self.budget


def forecast(
    tariff: Tariff, month: int, usual: int, *, arriving: Iterable[int] = (), waiting: int = 0
) -> Forecast | None:
    """The forecast for one more question in a month that has `month` characters.

    `arriving` are the characters so far of answers under way, which are part of `month`; `waiting`
    is the number of questions in the queue. None where no budget can be applied: there is none,
    or no price.
    """
    spent = tariff.cost(month)
    if tariff.budget is None or spent is None:
        return None
    rest = sum(max(0, usual - chars) for chars in arriving) + waiting * usual
    pending = tariff.added(month, rest)
    expected = tariff.added(month + rest, usual)
    assert pending is not None
    assert expected is not None
    return Forecast(spent, pending, expected, tariff.budget, usual)


class Book:
    """The paid answers of one profile, and what they add up to."""

    def __init__(self) -> None:
        self._months: dict[_Month, dict[tuple[str, int], UsageRow]] = {}
        self._places: dict[tuple[str, int], _Month] = {}
        self._sessions: dict[str, set[int]] = {}
        self._costs: dict[_Month, dict[tuple[str, int], float | None]] = {}
        self._costs_for = Tariff()

    def put(self, rows: Iterable[UsageRow]) -> None:
        """Take answers; one that is known is replaced."""
        for row in rows:
            name = (row.key, row.position)
            month = _month(row.at)
            before = self._places.get(name)
            if before is not None and before != month:
                del self._months[before][name]
                self._costs.pop(before, None)
            self._places[name] = month
            self._sessions.setdefault(row.key, set()).add(row.position)
            self._months.setdefault(month, {})[name] = row
            self._costs.pop(month, None)

    def month(self, now: float) -> int:
        """The characters of the month that `now` is in."""
        return sum(row.chars for row in self._months.get(_month(now), {}).values())

    def usual(self) -> int:
        """How many characters one more answer may have: the mean of the latest that had any."""
        known = sorted(
            (row for rows in self._months.values() for row in rows.values() if row.chars),
            key=_order,
            reverse=True,
        )
        lengths = [row.chars for row in islice(known, USUAL_OF)]
        return round(sum(lengths) / len(lengths)) if lengths else USUAL_CHARS

    def bill(self, tariff: Tariff, now: float, key: str = "", position: int | None = None) -> Bill:
        """What the session `key` and its question at `position` come to; the latest paid one where
        `position` is None. Without a key only day and month."""
        month = list(self._months.get(_month(now), {}).values())
        day = _day(now)
        mine = [(key, place) for place in sorted(self._sessions.get(key, ()))]
        if position is None and mine:
            position = mine[-1][1]
        return Bill(
            turn=self._amount(tariff, [name for name in mine if name[1] == position]),
            session=self._amount(tariff, mine),
            day=self._amount(tariff, [_name(row) for row in month if _day(row.at) == day]),
            month=self._amount(tariff, [_name(row) for row in month]),
            tariff=tariff,
        )

    def _amount(self, tariff: Tariff, names: list[tuple[str, int]]) -> Amount:
        rows = [self._months[self._places[name]][name] for name in names]
        cost = None
        if tariff.price is not None:
            cost = sum(self._cost(tariff, name) for name in names)
        return Amount(sum(row.chars for row in rows), any(row.estimated for row in rows), cost)

    def _cost(self, tariff: Tariff, name: tuple[str, int]) -> float:
        """What one answer cost: what it added to its month, in order of time."""
        if tariff != self._costs_for:
            self._costs, self._costs_for = {}, tariff
        month = self._places[name]
        costs = self._costs.get(month)
        if costs is None:
            costs, before = {}, 0
            for row in sorted(self._months[month].values(), key=_order):
                costs[_name(row)] = tariff.added(before, row.chars)
                before += row.chars
            self._costs[month] = costs
        return costs[name] or 0.0


def _name(row: UsageRow) -> tuple[str, int]:
    return row.key, row.position


def _order(row: UsageRow) -> tuple[float, str, int]:
    return row.at, row.key, row.position


def _local(at: float) -> datetime:
    try:
        return datetime.fromtimestamp(at)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0)


def _month(at: float) -> _Month:
    moment = _local(at)
    return moment.year, moment.month


def _day(at: float) -> tuple[int, int, int]:
    moment = _local(at)
    return moment.year, moment.month, moment.day

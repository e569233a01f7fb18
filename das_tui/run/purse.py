"""The money: what answers have cost by profile, and whether the budget allows one more."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable

from das_tui.domain.session import Session
from das_tui.domain.usage import Bill, Book, Forecast, Tariff, forecast
from das_tui.run.account import Account
from das_tui.run.errors import OverBudget
from das_tui.run.kept import Kept
from das_tui.store.errors import StoreError
from das_tui.store.store import Store


class Purse:
    """What the store knows of costs, kept in memory by profile.

    Prices are those of `account`; answers of other profiles have characters and no price.
    """

    def __init__(self, store: Store, account: Account | None, clock: Callable[[], float]) -> None:
        self._store = store
        self._profile = account.profile if account is not None else ""
        self._tariff = account.tariff if account is not None else Tariff()
        self._clock = clock
        self._books: dict[str, Book] = {}

    def note(self, kept: Kept) -> None:
        """Add up what was stored of the costs of a session."""
        for row in kept.paid:
            self._book(row.profile).put([row])
        kept.paid.clear()

    def forget(self) -> None:
        """Another instance has written: read again when somebody asks."""
        self._books.clear()

    def bill(self, row: Session | None = None, kept: Kept | None = None) -> Bill:
        """What a session, its day and month come to; without one day and month of the account."""
        profile = (row.profile if row is not None else "") or self._profile
        tariff = self._tariff if profile == self._profile else Tariff()
        return self._book(profile).bill(
            tariff,
            self._clock(),
            key="" if row is None else row.key,
            position=kept.turn.asked_position if kept is not None else None,
        )

    def forecast(self, arriving: Iterable[int] = (), waiting: int = 0) -> Forecast | None:
        """Where one more question leads, with answers that have so many characters so far still
        arriving and `waiting` questions in the queue; None where no budget applies."""
        book = self._book(self._profile)
        month = book.month(self._clock())
        return forecast(self._tariff, month, book.usual(), arriving=arriving, waiting=waiting)

    def check(self, arriving: Iterable[int] = (), waiting: int = 0) -> None:
        """Raise OverBudget where one more question may pass the budget."""
        found = self.forecast(arriving, waiting)
        if found is not None and found.over:
            raise OverBudget(found)

    def _book(self, profile: str) -> Book:
        book = self._books.get(profile)
        if book is None:
            book = self._books[profile] = Book()
            with contextlib.suppress(StoreError):
                # What cannot be read now is read at the next change; runs go on.
                book.put(self._store.usage(profile))
        return book

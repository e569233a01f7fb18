"""What is paid by the character: what it costs, whether the budget allows it, and who waits."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from das_tui import later
from das_tui.domain.record import Service
from das_tui.domain.session import Session
from das_tui.domain.setup import SessionSetup
from das_tui.domain.usage import Bill, Forecast
from das_tui.domain.waiting import Waiting
from das_tui.light import dataclass
from das_tui.run.account import Account
from das_tui.run.errors import NotPossible
from das_tui.run.followups import FollowUps
from das_tui.run.kept import Kept
from das_tui.run.purse import Purse
from das_tui.run.queue import Queue, Ticket
from das_tui.run.writer import Writer
from das_tui.store.errors import StoreError
from das_tui.store.store import Store

if TYPE_CHECKING:
    from das_tui.run import das_run
else:
    das_run = later.module("das_tui.run.das_run")

Ask = Callable[[Ticket, SessionSetup | None], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Till:
    """What the cashier needs of the supervisor: `kept` are the sessions in memory, `row` gives the
    row of any, `fresh` a session in memory and up to date, `ask` sends a question whose turn has
    come; `queued` is told the sessions of which questions in the queue came, went or moved."""

    kept: Mapping[str, Kept]
    row: Callable[[str], Session]
    fresh: Callable[[str], Awaitable[Kept]]
    ask: Ask
    queued: Callable[[frozenset[str]], None]


class Cashier:
    """DAS questions of one account. Belongs to the supervisor's loop."""

    def __init__(
        self,
        store: Store,
        account: Account | None,
        writer: Writer,
        clock: Callable[[], float],
        till: Till,
    ) -> None:
        self._till = till
        self.purse = Purse(store, account, clock)
        self.queue = Queue(account.concurrency if account is not None else 1, till.queued)
        self.follow_ups = FollowUps(
            store,
            writer,
            self.queue,
            clock,
            load=till.fresh,
            ask=till.ask,
            running=self._running,
        )

    def _running(self, key: str) -> bool:
        kept = self._till.kept.get(key)
        return kept is not None and kept.run is not None

    # --- money ---------------------------------------------------------------------------------

    def check(self, service: str) -> None:
        """Raise OverBudget where one more answer of `service` may pass the budget."""
        if service != Service.DMS:
            self.purse.check(self._arriving(), len(self.queue.tickets()))

    def forecast(self) -> Forecast | None:
        """Where one more question leads; None where no budget applies."""
        return self.purse.forecast(self._arriving(), len(self.queue.tickets()))

    def _arriving(self) -> list[int]:
        """The characters so far of the answers under way."""
        found = []
        for kept in self._till.kept.values():
            if kept.run is None:
                continue
            if isinstance(kept.run, das_run.DasRun) and kept.run.ticket.holds:
                last, place = kept.turn.answers[-1:], kept.turn.asked_position
                found.append(sum(paid.chars for paid in last if paid.position == place))
        return found

    def bill(self, key: str = "") -> Bill:
        """What a session costs, with the day and month of its profile; without a key only day and
        month of the account. Raises UnknownSession."""
        return self.purse.bill(self._till.row(key) if key else None, self._till.kept.get(key))

    # --- the queue -----------------------------------------------------------------------------

    def answering(self, key: str) -> Kept | None:
        """The session, where an answer of DAS is still arriving or a question waits before."""
        kept = self._till.kept.get(key)
        if kept is None or kept.row.service == Service.DMS:
            return None
        under_way = kept.run is not None and not kept.run.verdict
        return kept if under_way or self.follow_ups.holds(key) else None

    def waiting(self, key: str = "") -> tuple[Waiting, ...]:
        """The questions that wait for their turn, in order; with `key` those of one session."""
        titles: dict[str, str] = {}
        for ticket in self.queue.tickets():
            with contextlib.suppress(StoreError):
                titles[ticket.key] = self._till.row(ticket.key).title
        line = self.queue.waiting(titles)
        return tuple(one for one in line if one.key == key) if key else line

    async def withdraw(self, number: int) -> str:
        """Take the question with this `Waiting.id` out of the queue; its text. Raises NotPossible
        where it does not wait any more."""
        text = self.follow_ups.withdraw(number)
        if text is not None:
            return text
        ticket = self.queue.find(number)
        kept = self._till.kept.get(ticket.key) if ticket is not None else None
        run = kept.run if kept is not None else None
        if not isinstance(run, das_run.DasRun) or run.ticket is not ticket or run.sent:
            raise NotPossible("This question does not wait any more.")
        run.end("withdraw")
        await run.done.wait()
        return run.ticket.text

    def ended(self, kept: Kept) -> None:
        """The run of a session is over: who is next is called."""
        self.follow_ups.ended(kept)
        self.queue.look()

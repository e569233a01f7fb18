"""Questions typed into a session whose answer is still arriving: they wait, in view, and are sent
only when that answer is complete."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence

from das_tui.domain.events import NotDispatched, QuestionAsked
from das_tui.domain.session import State
from das_tui.domain.setup import SessionSetup
from das_tui.run.errors import RunError
from das_tui.run.kept import Kept
from das_tui.run.queue import Queue, Ticket
from das_tui.run.writer import Writer
from das_tui.store.errors import NotStored, StoreError, UnknownSession
from das_tui.store.store import Store
from das_tui.wire.errors import WireError

log = logging.getLogger("das_tui.run")

ENDED = "It was not sent: the program ended before its turn came."
NO_ANSWER = "It was not sent: the answer before it is not complete."


class FollowUps:
    """The follow-up questions in the queue, kept in the store until they leave it.

    `load` gives a session in memory; `ask` sends a question whose turn has come, under the ticket
    given to it. A session with a follow-up stays claimed by this instance.
    """

    def __init__(
        self,
        store: Store,
        writer: Writer,
        queue: Queue,
        clock: Callable[[], float],
        *,
        load: Callable[[str], Awaitable[Kept]],
        ask: Callable[[Ticket, SessionSetup | None], Awaitable[None]],
        running: Callable[[str], bool],
    ) -> None:
        self._store = store
        self._writer = writer
        self._queue = queue
        self._clock = clock
        self._load = load
        self._ask = ask
        self._running = running
        self._tickets: dict[int, Ticket] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def holds(self, key: str) -> bool:
        """Whether a question waits for its turn in this session."""
        return any(ticket.key == key for ticket in self._tickets.values())

    def add(self, kept: Kept, text: str, setup: SessionSetup | None, *, agreed: bool) -> None:
        """A question for when the present answer is complete."""
        key, now = kept.row.key, self._clock()
        stored = 0
        with contextlib.suppress(NotStored):
            # Where the disk refuses it waits in memory; the transcript says that nothing is stored.
            stored = self._store.wait(key, kept.row.profile or kept.payer, now, text).id
        ticket = self._queue.ticket(
            key,
            text,
            now,
            call=lambda: self._called(ticket, setup),
            free=lambda: not self._running(key),
            stored=stored,
            agreed=agreed,
        )
        self._tickets[ticket.id] = ticket
        self._queue.join(ticket)

    def withdraw(self, number: int) -> str | None:
        """Take a question back; its text, None where no follow-up has this id."""
        ticket = self._tickets.get(number)
        if ticket is None or ticket.holds:
            return None
        self._drop(ticket)
        if ticket.stored:
            with contextlib.suppress(NotStored):
                self._store.withdraw(ticket.stored)
        return ticket.text

    def ended(self, kept: Kept) -> None:
        """The run of a session is over: unless its answer is complete, nothing follows it."""
        if kept.turn.state is not State.FINISHED:
            self._not_sent(kept, self._of(kept.row.key), NO_ANSWER)

    def _called(self, ticket: Ticket, setup: SessionSetup | None) -> None:
        task = asyncio.create_task(self._carry(ticket, setup))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, ticket: Ticket, setup: SessionSetup | None) -> None:
        try:
            await self._ask(ticket, setup)
        except (RunError, StoreError, WireError) as error:
            why = error.text if isinstance(error, RunError | WireError) else str(error)
            await self._settle(ticket, f"It was not sent: {why}")
        except Exception as error:
            log.error("a question in the queue failed: %s", type(error).__name__)
            await self._settle(ticket, "It was not sent: this program made a mistake.")
        finally:
            self._tickets.pop(ticket.id, None)
            self._queue.look()

    # --- questions that are not sent -----------------------------------------------------------

    def _of(self, key: str) -> list[Ticket]:
        return [t for t in self._tickets.values() if t.key == key and not t.holds]

    def _drop(self, ticket: Ticket) -> None:
        self._tickets.pop(ticket.id, None)
        self._queue.leave(ticket)
        if not self.holds(ticket.key) and not self._running(ticket.key):
            self._store.release(ticket.key)

    def _not_sent(self, kept: Kept, tickets: Sequence[Ticket], why: str) -> None:
        for ticket in tickets:
            if ticket.stored:
                kept.left.append(ticket.stored)
            self._writer.fact(kept, QuestionAsked(text=ticket.text), NotDispatched(text=why))
            self._drop(ticket)

    async def _settle(self, ticket: Ticket, why: str) -> None:
        try:
            self._not_sent(await self._load(ticket.key), [ticket], why)
        except (RunError, StoreError) as error:
            log.error("a question in the queue is lost: %s", type(error).__name__)
            self._drop(ticket)

    async def close(self) -> None:
        """The program ends: what waits is not sent."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for ticket in list(self._tickets.values()):
            await self._settle(ticket, ENDED)

    async def pick_up(self) -> None:
        """Questions that a program left behind when it ended: they are shown as not sent, and not
        sent. Those of an instance that still runs are left to it."""
        if self._store.read_only:
            return
        mine = {ticket.stored for ticket in self._tickets.values()}
        for question in self._store.waiting():
            if question.id in mine or self._running(question.key):
                continue
            try:
                if self._store.get(question.key).running or not self._store.claim(question.key):
                    continue
            except UnknownSession:
                self._store.withdraw(question.id)
                continue
            try:
                kept = await self._load(question.key)
                kept.left.append(question.id)
                self._writer.fact(
                    kept, QuestionAsked(text=question.text), NotDispatched(text=ENDED)
                )
            finally:
                if not self.holds(question.key) and not self._running(question.key):
                    self._store.release(question.key)

"""All runs of one account: asks, answers, follows and stops; used on one asyncio loop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from das_tui import later
from das_tui.domain.blocks import Ask
from das_tui.domain.events import AnyEvent, NoticeNoted
from das_tui.domain.record import Record, Service
from das_tui.domain.session import Overview, Session
from das_tui.domain.setup import SessionSetup
from das_tui.domain.turn import Turn
from das_tui.run.account import Account
from das_tui.run.backoff import Backoff
from das_tui.run.cashier import Cashier, Till
from das_tui.run.errors import NotPossible
from das_tui.run.gate import Gate
from das_tui.run.kept import Kept
from das_tui.run.lines import Lines
from das_tui.run.marks import Marks
from das_tui.run.memory import Memory
from das_tui.run.queue import Ticket
from das_tui.run.reach import Reach, check_owner, check_read
from das_tui.run.runner import House, Run
from das_tui.run.sessions import Sessions
from das_tui.run.shelving import Shelves
from das_tui.run.starting import Starter
from das_tui.run.unit import Unit
from das_tui.run.writer import Readings, Writer, disk_notice
from das_tui.store.store import Store
from das_tui.wire.errors import WireError

if TYPE_CHECKING:
    from das_tui.run import dms_run
    from das_tui.run.feedback import Feedback
    from das_tui.run.files import Files
    from das_tui.run.joining import Joining
    from das_tui.run.remote import Remote
    from das_tui.run.replying import Replying
else:
    dms_run = later.module("das_tui.run.dms_run")

log = logging.getLogger("das_tui.run")

_LAST_WORDS = 3.0


class Observer(Protocol):
    """Is told what happened, on the supervisor's loop, after the commit and never before. What it
    raises is logged and ends nothing."""

    def committed(
        self, session: Session, readings: Sequence[tuple[Record, tuple[AnyEvent, ...]]]
    ) -> None:
        """Records of a session were stored; `session` is its row after them."""

    def changed(self, session: Session) -> None:
        """The row of a session changed without a record."""


class Supervisor:
    """The runs of one account on one store.

    Every method belongs to the loop that made the object. Commands raise `RunError` before
    anything is sent, `StoreError` where the session is unknown; what happens later to a run is
    told in its records. With `account` None everything can be read and nothing sent.
    """

    def __init__(
        self,
        store: Store,
        account: Account | None,
        observer: Observer,
        *,
        clock: Callable[[], float] = time.time,
        backoff: Backoff | None = None,
        queued: Callable[[frozenset[str]], None] = lambda _: None,
    ) -> None:
        """`queued` is told the sessions of which questions in the queue came, went or moved."""
        self._store = store
        self._account = account
        self._observer = observer
        self._clock = clock
        self.shelves = Shelves(store)
        self.memory = Memory(store, self.shelves)
        self.marks = Marks(store, clock)
        self._sessions = Sessions(store, self.memory, account, clock, self._tell_changed)
        self._writer = Writer(store, clock, self._published, self._troubled)
        till = Till(self.memory.kept, self.session, self.memory.fresh, self._ask_next, queued)
        self.cashier = Cashier(store, account, self._writer, clock, till)
        self._starter = Starter(store, self.cashier)
        self._gate = Gate(store, self._housed(account, backoff or Backoff()))
        self._reach = Reach(
            store=store,
            clock=clock,
            reading=self._gate.reading,
            sending=self._gate.sending,
            row=self.session,
            load=self.memory.load,
            claimed=self._sessions.to_run,
            release=store.release,
            live=self.live,
            begin=self._starter.begin,
            adopt=self._sessions.adopt,
        )

    def _housed(self, account: Account | None, backoff: Backoff) -> House | None:
        if account is None:
            return None
        lines = Lines(account, backoff)
        return House(
            account=account,
            writer=self._writer,
            lines=lines,
            unit=Unit(account, lines),
            change=self.change,
            backoff=backoff,
            clock=self._clock,
            queue=self.cashier.queue,
            purse=self.cashier.purse,
        )

    @cached_property
    def remote(self) -> Remote:
        """What the account has at the service."""
        from das_tui.run.remote import Remote

        return Remote(self._reach)

    @cached_property
    def files(self) -> Files:
        """Files of sessions, at the service."""
        from das_tui.run.files import Files

        return Files(self._reach)

    @cached_property
    def feedback(self) -> Feedback:
        """What the operator tells the service of an answer."""
        from das_tui.run.feedback import Feedback

        return Feedback(self._reach)

    @cached_property
    def _replying(self) -> Replying:
        from das_tui.run.replying import Replying

        return Replying(self._reach)

    @cached_property
    def _joining(self) -> Joining:
        from das_tui.run.joining import Joining

        return Joining(self._reach, self._sessions, self.memory, self._writer, self._gate.house)

    # --- what can be seen ----------------------------------------------------------------------

    def unread(self, key: str) -> WireError | None:
        """Why the stream of a session could not be read when it was last followed, if so."""
        house = self._gate.house
        return house.unread.get(key) if house is not None else None

    @property
    def trouble(self) -> str:
        """Empty, or why nothing is stored at the moment."""
        return self._writer.trouble

    @property
    def unstored(self) -> frozenset[str]:
        """The sessions of which something is in memory only, since the disk refuses it."""
        return self._writer.unstored

    @property
    def paid(self) -> bool:
        """Whether a paid answer is arriving that cannot be had again. May be asked from another
        thread: the list is made in one step."""
        return any(run.paid for run in self.memory.runs())

    def live(self) -> list[str]:
        """The keys of the sessions with a run under way here."""
        return [key for key, kept in self.memory.kept.items() if kept.run is not None]

    def session(self, key: str) -> Session:
        """The row of a session as it stands. Raises UnknownSession."""
        return self._sessions.row(key)

    def turn(self, key: str) -> Turn | None:
        """The reducer of a session that is in memory."""
        kept = self.memory.kept.get(key)
        return kept.turn if kept is not None else None

    def overview(self, key: str) -> Overview | None:
        """The overview of a session that is in memory, with queue and waits laid over it."""
        kept = self.memory.kept.get(key)
        return kept.overview() if kept is not None else None

    # --- commands ------------------------------------------------------------------------------

    async def ask(
        self,
        text: str,
        *,
        service: str,
        key: str = "",
        title: str = "",
        target: str = "",
        agent_id: str = "",
        setup: SessionSetup | None = None,
        over_budget: bool = False,
    ) -> str:
        """Ask a question, in a new session or as the next turn of `key`; the session's key.

        Returns as soon as the question is stored; sending and reading go on in a task. A profile
        with `das_api` `Chat` asks `das` questions that way. `agent_id` is the agent to ask; for
        DMS one that begins with `ca-` is a custom agent. `setup` is for a new session; of `Chat` it
        may also come with a later question.

        A DAS question beyond what the account takes at a time waits in the queue; so does one in a
        session whose answer is still arriving. Raises OverBudget, unless `over_budget`, where its
        answer may cost more than the budget has left.
        """
        house = self._gate.sending()
        if not text.strip():
            raise NotPossible("There is no question to ask.")
        if not over_budget:
            self.cashier.check(self.session(key).service if key else service)
        if key:
            if setup and self.session(key).service != Service.CHAT:
                raise NotPossible("Settings are for a new session; this one has begun.")
            check_owner(self.session(key), house.account)
            check_read(self.session(key))
            before = self.cashier.answering(key)
            if before is not None:
                self.cashier.follow_ups.add(before, text, setup, agreed=over_budget)
                return key
            kept = await self._sessions.to_run(key)
        else:
            kept = self._sessions.new(text, service, title, target, agent_id, setup)
        self._starter.put(house, kept, text, setup, agreed=over_budget)
        return kept.row.key

    async def _ask_next(self, ticket: Ticket, setup: SessionSetup | None) -> None:
        """The turn of a question that waited for the answer before it."""
        house = self._gate.sending()
        kept = await self._sessions.to_run(ticket.key)
        self._starter.put(house, kept, ticket.text, setup, ticket)

    async def reply(self, key: str, choice: str, text: str = "", shown: Ask | None = None) -> None:
        """Answer the ask that the session waits with, by `choice` of `replying.CHOICES`.

        `shown` is the ask that the operator saw: another one is not answered in its place.

        Sends the words of `text`, or where it is empty the official ones, as a plain message or,
        with `reply = "additional"`, as the documented kind that names the question. A refusal is
        a sentence, never a cancel. Returns when the answer is stored.
        """
        await self._replying.reply(key, choice, text, shown)

    async def report(self, key: str, prompt: str = "", theme: str = "") -> None:
        """Ask for a web report of a DMS session, with `prompt` in the operator's words and
        `theme` of the service's. Returns when that is stored."""
        await self._replying.report(key, prompt, theme)

    async def stop(self, key: str) -> None:
        """Stop the run of a session.

        What was not sent yet is not sent. DMS: the service is asked to cancel, and the run ends
        when it says so (`chat_canceled`). DAS: cannot be told to stop; we stop listening, billing
        may go on.
        """
        await self._joining.stop(key)

    async def follow(self, key: str) -> None:
        """Read on from the last closed checkpoint: after a cut, or for a run left at the service.

        Sends nothing. Returns when the run has begun; does nothing where one is under way.
        """
        await self._joining.follow(key)

    async def attach(self, session_id: str, agent_id: str, checkpoint: int | None) -> str:
        """Follow a session of the service by its ids, from `checkpoint` (0: from the beginning).

        None goes on behind what is stored of it, else from now on. Returns its key.
        """
        return await self._joining.attach(session_id, agent_id, checkpoint)

    async def wait(self, key: str) -> Session:
        """The row of a session when its run has ended or waits for a human; at once where none
        is under way."""
        while (kept := self.memory.kept.get(key)) is not None and kept.run is not None:
            await kept.run.done.wait()
        return self.session(key)

    async def pick_up(self, *, idle: float = 0.0) -> None:
        """Go on with what was running when the program last ended, or with what another instance
        left: rows that say they run, in which nothing happened for `idle` seconds.

        DMS runs of this profile are followed. A DAS answer that was arriving is cut; what had
        certainly not been sent is marked so. Runs of another instance are left to it.
        """
        for row in self._store.sessions(archived=True):
            kept = self.memory.kept.get(row.key)
            here = kept is not None and kept.run is not None
            if not row.running or row.deleted_at or here:
                continue
            if row.origin == "service" and not row.frames:
                # Known from the service's list only: it is read when somebody opens it.
                continue
            if idle and self._clock() - row.last_at < idle:
                continue
            try:
                await self._joining.pick_up(row)
            except Exception as error:
                log.error("session not picked up: %s", type(error).__name__)
        await self.cashier.follow_ups.pick_up()

    async def change(self, key: str, **columns: Any) -> Session:
        """Change what the operator owns of a row: title, target, seen, pinned, archived …"""
        return self._sessions.change(key, **columns)

    async def delete(self, key: str) -> None:
        """Remove a session for good. Raises Busy while a run is under way."""
        self._sessions.delete(key, waits=self.cashier.follow_ups.holds(key))

    async def open(self, key: str) -> Kept:
        """The session in memory, with everything that is stored of it."""
        return await self.memory.load(key)

    def trim(self, keep: int) -> list[str]:
        """Forget sessions without a run, the longest unused first, until `keep` of them stay."""
        unstored, waits = self.unstored, self.cashier.follow_ups.holds
        return self.memory.trim(keep, lambda key: key in unstored or waits(key))

    async def close(self, *, wait_for_paid: bool = False) -> None:
        """End orderly: stop reading, store what came, close the connections.

        DMS runs stay as running in the store and are picked up at the next start. A paid answer
        that is arriving is received to its end with `wait_for_paid`, else it is cut.
        """
        self._gate.closing = self.cashier.queue.closed = True
        runs = self.memory.runs()
        for run in runs:
            if not run.sent:
                run.end("close")
        if wait_for_paid:
            await _all_done([run for run in runs if run.paid])
        # A message on its way is given a moment, so that it is known whether it was taken.
        under_way = [run.settled.wait() for run in runs if isinstance(run, dms_run.DmsRun)]
        if under_way:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.gather(*under_way), _LAST_WORDS)
        for run in runs:
            run.end("close")
        await _all_done(runs)
        await self.cashier.follow_ups.close()
        self.memory.close()
        self._writer.close()
        if self._gate.house is not None:
            await self._gate.house.lines.aclose()

    # --- inside: telling -----------------------------------------------------------------------

    def _published(self, kept: Kept, readings: Readings) -> None:
        self.cashier.purse.note(kept)
        try:
            if readings:
                self._observer.committed(kept.row, readings)
            else:
                self._observer.changed(kept.row)
        except Exception as error:
            log.error("an observer failed: %s", type(error).__name__)

    def _tell_changed(self, row: Session) -> None:
        try:
            self._observer.changed(row)
        except Exception as error:
            log.error("an observer failed: %s", type(error).__name__)

    def _troubled(self, why: str) -> None:
        """The disk began to refuse, or takes writes again: every live transcript says so."""
        loop = asyncio.get_running_loop()
        for kept in self.memory.kept.values():
            if kept.run is None:
                continue
            fact = disk_notice(why, kept.row.records) if why else NoticeNoted(text="stored again")
            loop.call_soon(self._writer.fact, kept, fact)


async def _all_done(runs: Sequence[Run]) -> None:
    for run in runs:
        await run.done.wait()

"""All runs of one account: asks, answers, follows and stops; used on one asyncio loop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from das_tui import later
from das_tui.domain import words
from das_tui.domain.blocks import Ask
from das_tui.domain.events import (
    AnyEvent,
    NotDispatched,
    NoticeNoted,
    QuestionAsked,
    ReplyGiven,
    RunCut,
    StopAsked,
)
from das_tui.domain.record import Record, Service
from das_tui.domain.session import RUNNING, Overview, Session, State
from das_tui.domain.setup import SessionSetup
from das_tui.domain.turn import Turn
from das_tui.run.account import Account
from das_tui.run.backoff import Backoff
from das_tui.run.cashier import Cashier, Till
from das_tui.run.errors import (
    Busy,
    NothingToAnswer,
    NotPossible,
    Offline,
    ReadOnly,
    StoreReadOnly,
)
from das_tui.run.kept import Kept, derived_target, derived_title
from das_tui.run.lines import Lines
from das_tui.run.marks import Marks
from das_tui.run.memory import Memory
from das_tui.run.messages import answer, cancel, question, report, report_words
from das_tui.run.queue import Ticket
from das_tui.run.reach import Reach, check_owner, check_read
from das_tui.run.runner import House, Run
from das_tui.run.setup import chat_props, settled
from das_tui.run.setup import target as setup_target
from das_tui.run.shelving import Shelves
from das_tui.run.unit import Unit
from das_tui.run.writer import Readings, Writer, disk_notice
from das_tui.store.errors import NotStored, UnknownSession
from das_tui.store.store import Store
from das_tui.wire import errors
from das_tui.wire.errors import WireError
from das_tui.wire.request import Request

if TYPE_CHECKING:
    from das_tui.run import das_run, dms_run
    from das_tui.run.feedback import Feedback
    from das_tui.run.files import Files
    from das_tui.run.remote import Remote
    from das_tui.wire import chat, das
else:
    das_run = later.module("das_tui.run.das_run")
    dms_run = later.module("das_tui.run.dms_run")
    chat = later.module("das_tui.wire.chat")
    das = later.module("das_tui.wire.das")

log = logging.getLogger("das_tui.run")

CHOICES = frozenset({"approve", "approve_all", "refuse", "edit", "reply"})
"""How an ask can be answered."""

_STOPPABLE = RUNNING | {State.NEEDS_INPUT, State.CUT}
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
        self._backoff = backoff or Backoff()
        self._closing = False
        self.shelves = Shelves(store)
        self.memory = Memory(store, self.shelves)
        self.marks = Marks(store, clock)
        self._writer = Writer(store, clock, self._published, self._troubled)
        till = Till(self.memory.kept, self.session, self.memory.fresh, self._ask_next, queued)
        self.cashier = Cashier(store, account, self._writer, clock, till)
        self._house: House | None = None
        self._reach = Reach(
            store=store,
            clock=clock,
            reading=self._may_read,
            sending=self._may_send,
            row=self.session,
            load=self.memory.load,
            claimed=self._to_run,
            release=store.release,
            live=self.live,
            begin=self._begin,
            adopt=self._adopt,
        )
        if account is not None:
            lines = Lines(account, self._backoff)
            self._house = House(
                account=account,
                writer=self._writer,
                lines=lines,
                unit=Unit(account, lines),
                change=self.change,
                backoff=self._backoff,
                clock=clock,
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

    # --- what can be seen ----------------------------------------------------------------------

    def unread(self, key: str) -> WireError | None:
        """Why the stream of a session could not be read when it was last followed, if so."""
        return self._house.unread.get(key) if self._house is not None else None

    @property
    def trouble(self) -> str:
        """Empty, or why nothing is stored at the moment."""
        return self._writer.trouble

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
        kept = self.memory.kept.get(key)
        return kept.row if kept is not None else self._store.get(key)

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
        house = self._may_send()
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
            kept = await self._to_run(key, ahead=True)
        else:
            kept = self._new(text, service, title, target, agent_id, setup)
        self._put(house, kept, text, setup, agreed=over_budget)
        return kept.row.key

    async def _ask_next(self, ticket: Ticket, setup: SessionSetup | None) -> None:
        """The turn of a question that waited for the answer before it."""
        house = self._may_send()
        kept = await self._to_run(ticket.key, ahead=True)
        self._put(house, kept, ticket.text, setup, ticket)

    def _put(
        self,
        house: House,
        kept: Kept,
        text: str,
        setup: SessionSetup | None,
        ticket: Ticket | None = None,
        *,
        agreed: bool = False,
    ) -> None:
        """Store a question and begin its run; `ticket` is its place in the queue, if it has one."""
        try:
            kept.row = replace(
                kept.row,
                asked_at=self._clock(),
                title=kept.row.title or derived_title(text),
                target=kept.row.target or derived_target(text),
            )
            kept.payer = house.account.profile
            run = self._asking(house, kept, text, setup, ticket, agreed=agreed)
            if ticket is not None and ticket.stored:
                kept.left.append(ticket.stored)
            self._writer.fact(kept, QuestionAsked(text=text))
            kept.ahead = False
        except BaseException:
            self._store.release(kept.row.key)
            self.memory.let_go(kept)
            raise
        self._begin(kept, run)

    async def reply(self, key: str, choice: str, text: str = "", shown: Ask | None = None) -> None:
        """Answer the ask that the session waits with, by `choice` of `CHOICES`.

        `shown` is the ask that the operator saw: another one is not answered in its place.

        Sends the words of `text`, or where it is empty the official ones, as a plain message or,
        with `reply = "additional"`, as the documented kind that names the question. A refusal is
        a sentence, never a cancel. Returns when the answer is stored.
        """
        house = self._may_send()
        if choice not in CHOICES:
            raise NotPossible(f"{choice!r} is no way to answer.")
        kept = await self._to_run(key)
        try:
            ask = kept.turn.overview.ask
            if kept.row.service != Service.DMS or ask is None:
                raise NothingToAnswer("This session does not wait for an answer.")
            if shown is not None and ask != shown:
                raise NothingToAnswer("Something else is asked by now; nothing was sent.")
            message = words.message(ask.kind, choice, text)
            if not message.strip():
                raise NotPossible("There are no words to answer with.")
            run = self._sending(house, kept, answer(house, kept, ask, message))
            kept.row = replace(kept.row, asked_at=self._clock())
            self._writer.fact(
                kept,
                ReplyGiven(
                    choice=choice,
                    text=message,
                    kind=ask.kind.value,
                    ask_checkpoint=ask.checkpoint,
                ),
            )
        except BaseException:
            self._store.release(key)
            raise
        self._begin(kept, run)

    async def report(self, key: str, prompt: str = "", theme: str = "") -> None:
        """Ask for a web report of a DMS session, with `prompt` in the operator's words and
        `theme` of the service's. Returns when that is stored."""
        house = self._may_send()
        check_owner(self.session(key), house.account)
        check_read(self.session(key))
        kept = await self._to_run(key)
        try:
            if kept.row.service != Service.DMS or not kept.row.session_id:
                raise NotPossible("There is no session of the Data Agent to report on.")
            text = report_words(kept.row, prompt)
            run = self._sending(house, kept, report(house, kept, text, prompt.strip(), theme))
            kept.row = replace(kept.row, asked_at=self._clock())
            self._writer.fact(kept, QuestionAsked(text=text))
        except BaseException:
            self._store.release(key)
            raise
        self._begin(kept, run)

    async def stop(self, key: str) -> None:
        """Stop the run of a session.

        What was not sent yet is not sent. DMS: the service is asked to cancel, and the run ends
        when it says so (`chat_canceled`). DAS: cannot be told to stop; we stop listening, billing
        may go on.
        """
        house = self._may_send()
        kept = await self.memory.load(key)
        check_owner(kept.row, house.account)
        run = kept.run
        if run is not None and (not run.sent or kept.row.service != Service.DMS):
            run.end("stop")
            await run.done.wait()
            return
        under_way = run is not None or kept.state in _STOPPABLE
        if kept.row.service != Service.DMS or not kept.row.session_id or not under_way:
            raise NotPossible("Nothing is under way here that could be stopped.")
        if isinstance(run, dms_run.DmsRun):
            await run.settled.wait()
        elif not self._store.claim(key):
            raise Busy("Another instance of this program runs this session; stop it there.")
        self._writer.fact(kept, StopAsked())
        try:
            await self._cancel(house, kept)
        finally:
            if kept.run is None:
                self._store.release(key)

    async def follow(self, key: str) -> None:
        """Read on from the last closed checkpoint: after a cut, or for a run left at the service.

        Sends nothing. Returns when the run has begun; does nothing where one is under way.
        """
        house = self._may_read()
        kept = await self.memory.load(key)
        check_owner(kept.row, house.account)
        if kept.run is not None:
            return
        if kept.row.service != Service.DMS:
            raise NotPossible(
                "An answer of DAS cannot be continued; asking again is a new paid question."
            )
        if not kept.row.session_id:
            raise NotPossible("The service has no session for this; nothing can be followed.")
        kept = await self._to_run(key)
        at = kept.ledger.resume_at() if kept.row.frames else 0
        self._begin(kept, dms_run.DmsRun(house, kept, at=at))

    async def attach(self, session_id: str, agent_id: str, checkpoint: int | None) -> str:
        """Follow a session of the service by its ids, from `checkpoint` (0: from the beginning).

        None goes on behind what is stored of it, else from now on. Returns its key.
        """
        house = self._may_read()
        before = ""
        known = self._store.by_service_id(Service.DMS, session_id)
        if known is None:
            kept = self._new(session_id, Service.DMS, session_id, "", agent_id)
            kept.row = replace(kept.row, session_id=session_id, state=State.STARTING)
            self._writer.touch(kept)
        else:
            if known.deleted_at or known.archived:
                await self.change(known.key, deleted_at=0.0, archived=False)
            kept = await self.memory.load(known.key)
            if kept.run is not None:
                return known.key
            kept = await self._to_run(known.key, whole=checkpoint is not None)
            before = kept.row.agent_id
            if agent_id:
                kept.row = replace(kept.row, agent_id=agent_id)
        at = checkpoint
        if at is None and kept.row.frames:
            at = kept.ledger.resume_at()
        if at is None:
            self._writer.fact(
                kept, NoticeNoted(text="followed from now on; what was before is not shown")
            )
        self._begin(kept, dms_run.DmsRun(house, kept, at=at, agent_before=before))
        return kept.row.key

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
                await self._pick_up(row)
            except Exception as error:
                log.error("session not picked up: %s", type(error).__name__)
        await self.cashier.follow_ups.pick_up()

    async def change(self, key: str, **columns: Any) -> Session:
        """Change what the operator owns of a row: title, target, seen, pinned, archived …"""
        kept = self.memory.kept.get(key)
        try:
            row = self._store.change(key, **columns)
        except (NotStored, UnknownSession):
            # While the disk refuses, a live session is changed in memory.
            if kept is None:
                raise
            row = kept.row
        if kept is not None:
            kept.row = replace(kept.row, **columns)
            row = kept.row
        self._tell_changed(row)
        return row

    async def delete(self, key: str) -> None:
        """Remove a session for good. Raises Busy while a run is under way."""
        kept = self.memory.kept.get(key)
        if self.cashier.follow_ups.holds(key):
            raise Busy("A question waits in this session; withdraw it first.")
        if (kept is not None and kept.run is not None) or not self._store.claim(key):
            raise Busy("A run of this session is under way; stop it first.")
        try:
            self._store.delete(key)
            self.memory.kept.pop(key, None)
        finally:
            self._store.release(key)

    async def open(self, key: str) -> Kept:
        """The session in memory, with everything that is stored of it."""
        return await self.memory.load(key)

    def trim(self, keep: int) -> list[str]:
        """Forget sessions without a run, the longest unused first, until `keep` of them stay."""
        return self.memory.trim(keep, self.cashier.follow_ups.holds)

    async def close(self, *, wait_for_paid: bool = False) -> None:
        """End orderly: stop reading, store what came, close the connections.

        DMS runs stay as running in the store and are picked up at the next start. A paid answer
        that is arriving is received to its end with `wait_for_paid`, else it is cut.
        """
        self._closing = self.cashier.queue.closed = True
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
        if self._house is not None:
            await self._house.lines.aclose()

    # --- inside: sessions ----------------------------------------------------------------------

    def _new(
        self,
        text: str,
        service: str,
        title: str,
        target: str,
        agent_id: str,
        setup: SessionSetup | None = None,
    ) -> Kept:
        """A session that is not yet known, claimed and with its row made."""
        account = self._account
        assert account is not None
        if service == Service.DAS and account.das_api == "Chat":
            service = Service.CHAT
        if service not in set(Service):
            raise NotPossible(f"There is no service {service!r}.")
        if service != Service.DMS:
            agent_id = agent_id or account.das_agent_id
        setup = settled(setup or SessionSetup(), service, account)
        now = self._clock()
        row = Session(
            key=os.urandom(8).hex(),
            service=str(service),
            agent_id=agent_id,
            title=title or derived_title(text),
            target=target or setup_target(setup) or derived_target(text),
            profile=account.profile,
            setup=setup.text(),
            created_at=now,
            last_at=now,
            since=now,
        )
        kept = Kept(row)
        self.memory.kept[row.key] = kept
        self._store.claim(row.key)
        with contextlib.suppress(NotStored):
            # Where the disk refuses, the first append tries again and says so.
            self._store.create(row)
        return kept

    async def _to_run(self, key: str, *, whole: bool = False, ahead: bool = False) -> Kept:
        """The session in memory, up to date and claimed for a run; `ahead` for the next question.
        Raises Busy, OtherProfile."""
        kept = await self.memory.load(key, ahead=ahead)
        try:
            return await self._claimed(kept, whole=whole)
        except BaseException:
            self.memory.let_go(kept)
            raise

    async def _claimed(self, kept: Kept, *, whole: bool) -> Kept:
        key = kept.row.key
        if self._account is not None:
            check_owner(kept.row, self._account)
        if kept.run is not None and kept.run.verdict:
            run = kept.run
            run.end("next")
            await run.done.wait()
        if kept.run is not None:
            raise Busy("A run of this session is under way.")
        if not self._store.claim(key):
            raise Busy("Another instance of this program runs this session.")
        try:
            if whole:
                kept = await self.memory.load(key, whole=True)
            else:
                self.memory.catch_up(key)
        except BaseException:
            self._store.release(key)
            raise
        if kept.run is not None:
            raise Busy("A run of this session is under way.")
        return kept

    # --- inside: runs --------------------------------------------------------------------------

    def _may_read(self) -> House:
        if self._closing:
            raise NotPossible("The program is ending.")
        if self._house is None:
            raise Offline("There is no profile; nothing can be sent.", "Make or choose a profile.")
        if self._store.read_only:
            raise StoreReadOnly(self._store.hint or "The store is open for reading only.")
        return self._house

    def _may_send(self) -> House:
        house = self._may_read()
        if house.account.read_only:
            raise ReadOnly(
                f"The profile {house.account.profile or 'in use'} is read-only; nothing was sent.",
                "Use another profile, or set `read_only = false` in it.",
            )
        return house

    def _asking(
        self,
        house: House,
        kept: Kept,
        text: str,
        setup: SessionSetup | None = None,
        ticket: Ticket | None = None,
        *,
        agreed: bool = False,
    ) -> Run:
        row = kept.row
        if row.service == Service.DMS:
            return self._sending(house, kept, question(house, kept, text))
        if row.service == Service.CHAT:
            if not row.session_id:
                # The service gives no id in this dialect, so the client chooses one.
                kept.row = replace(row, session_id=str(uuid.uuid4()))
            props = chat_props(row, setup)
            request = chat.question(text, kept.row.session_id, row.agent_id, **props)
        else:
            request = das.question(text, row.session_id, row.agent_id)
        return das_run.DasRun(house, kept, request, text, ticket=ticket, agreed=agreed)

    def _sending(self, house: House, kept: Kept, message: Callable[[], Request]) -> Run:
        at = kept.ledger.resume_at() if kept.row.frames and kept.row.session_id else 0
        return dms_run.DmsRun(house, kept, message=message, at=at)

    def _begin(self, kept: Kept, run: Run) -> None:
        kept.run = run
        run.start(self._ended)

    def _ended(self, kept: Kept) -> None:
        self.cashier.ended(kept)
        if not self.cashier.follow_ups.holds(kept.row.key):
            self._store.release(kept.row.key)

    async def _cancel(self, house: House, kept: Kept) -> None:
        """Ask the service to cancel, once; reading goes on until it says that it did."""
        await house.unit.resolve()
        request = cancel(house, kept)
        try:
            await house.lines.to(Service.DMS, request.plane).call(request)
        except errors.WireError as error:
            unsure = "may not have reached" if error.reached else "did not reach"
            if isinstance(error, errors.Refused):
                unsure = "was refused by"
            self._writer.fact(
                kept,
                NoticeNoted(text=f"The stop {unsure} the service ({error.title}); the run goes on"),
            )
            return
        if kept.run is None:
            with contextlib.suppress(Busy):
                await self.follow(kept.row.key)

    async def _pick_up(self, row: Session) -> None:
        if row.service == Service.DMS and row.session_id:
            house = self._house
            if house is not None and row.profile == house.account.profile:
                with contextlib.suppress(Busy):
                    await self.follow(row.key)
            return
        if self._store.read_only or not self._store.claim(row.key):
            return
        try:
            kept = await self.memory.load(row.key)
            self.memory.catch_up(row.key)
            if not kept.row.running:
                return
            unsent = (
                {State.QUEUED, State.STARTING} if row.service == Service.DMS else {State.QUEUED}
            )
            if kept.row.state in unsent:
                self._writer.fact(
                    kept, NotDispatched(text="It was not sent: the program ended before.")
                )
            else:
                self._writer.fact(
                    kept,
                    RunCut(
                        kept=kept.row.frames,
                        text="The program ended while the answer was arriving; "
                        "asking again is a new paid question.",
                    ),
                )
        finally:
            self._store.release(row.key)

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

    def _adopt(self, row: Session) -> None:
        """A row was stored by somebody else than its run: take it over and tell."""
        kept = self.memory.kept.get(row.key)
        if kept is not None:
            kept.row = row
        self._tell_changed(row)

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

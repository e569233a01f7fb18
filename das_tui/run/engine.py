"""The second thread: network and store live here, so that a stalled terminal stops neither."""

import asyncio
import contextlib
import logging
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from das_tui.domain.blocks import Ask
from das_tui.domain.events import AnyEvent
from das_tui.domain.record import Record, Service
from das_tui.domain.session import Session
from das_tui.domain.setup import SessionSetup
from das_tui.run import refuge
from das_tui.run.account import Account
from das_tui.run.backoff import Backoff
from das_tui.run.commands import ServiceCommands
from das_tui.run.cost_commands import CostCommands
from das_tui.run.errors import RunError
from das_tui.run.feed import Change, Feed
from das_tui.run.keeping import KeepCommands
from das_tui.run.kept import Kept
from das_tui.run.mark_commands import MarkCommands
from das_tui.run.mending import MendCommands
from das_tui.run.supervisor import Supervisor
from das_tui.run.tending import TendCommands, due
from das_tui.store.errors import NotStored, StoreError, UnsafePlace
from das_tui.store.store import Store

if TYPE_CHECKING:
    from das_tui.run.usual import Silences

log = logging.getLogger("das_tui.run")

KEPT = 6
"""How many sessions without a run stay reduced in memory."""

SWITCH_SECONDS = 0.0005
"""The interpreter's switch interval while an engine runs.

A commit gives the interpreter lock away at each step and must get it back from a drawing thread
that may be busy. With such a thread at 90 % and 1,000 events/s the default of 5 ms made a commit
take 14.6 ms (median; worst 102), this 7.2 ms (worst 44).
"""

_ORPHAN_SECONDS = 10.0
"""How long a row must say that it runs, with nobody at work on it, before it is taken up here."""

_LOOK_SECONDS = 1.0
"""How often it is looked whether another instance has changed the store."""

_TIDY_SECONDS = 1.0
_TIDY_LIVE_SECONDS = 0.25
"""How often it is looked whether a long session can be packed, and that while a run is live."""

T = TypeVar("T")


class Engine(ServiceCommands, CostCommands, MarkCommands, TendCommands, MendCommands, KeepCommands):
    """The thread that owns store, supervisor and reducers. Every method may be called from any
    thread and returns at once; what a future raises is `RunError`, `StoreError` or `WireError`.

    Changes come through `feed`. Rows and overviews are published for every session; blocks only
    for sessions that were opened: `open` publishes all of them with `reset`, and from then on what
    changes. A session that was not looked at for long is forgotten, so `open` it at each visit.
    """

    def __init__(
        self,
        store_path: Path,
        account: Account | None,
        wake: Callable[[], None],
        *,
        clock: Callable[[], float] = time.time,
        backoff: Backoff | None = None,
    ) -> None:
        self.feed = Feed(self._signal, self._left_behind)
        self._wake = wake
        self._path = store_path
        self._account = account
        self._clock = clock
        self._backoff = backoff or Backoff()
        self._ready = threading.Event()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._leave: asyncio.Event | None = None
        self._store: Store | None = None
        self._supervisor: Supervisor | None = None
        self._opened: set[str] = set()
        self._note = ""
        self._rows: dict[str, Session] = {}
        self._wait_for_paid = False
        self._failure: BaseException | None = None

    # --- life ----------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the thread and wait until the store is open. What was running is picked up.

        Where no store can be opened the engine runs from memory and `note` says so. Raises
        UnsafePlace where the data folder belongs to somebody else.
        """
        sys.setswitchinterval(SWITCH_SECONDS)
        self._thread = threading.Thread(target=self._main, name="engine", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._supervisor is None and self._failure is not None:
            self._thread.join()
            raise self._failure

    def close(self, timeout: float | None = 5.0, *, wait_for_paid: bool = False) -> bool:
        """End orderly and wait for it, at most `timeout` seconds (None: as long as it takes).

        True when everything was stored and the thread has ended. With `wait_for_paid` a DAS answer
        that is arriving is received to its end first. May be called again: without
        `wait_for_paid` an answer that an earlier call waits for is then cut.
        """
        thread, loop, leave = self._thread, self._loop, self._leave
        if thread is None:
            return True
        if loop is not None and leave is not None:
            self._wait_for_paid = wait_for_paid
            with contextlib.suppress(RuntimeError):
                if leave.is_set() and not wait_for_paid:
                    loop.call_soon_threadsafe(self._break_off)
                loop.call_soon_threadsafe(leave.set)
        thread.join(timeout)
        return not thread.is_alive()

    def _break_off(self) -> None:
        """Wait for nothing any more."""
        if self._supervisor is not None:
            for run in self._supervisor.memory.runs():
                run.end("close")

    @property
    def note(self) -> str:
        """Empty, or why the history is not written (`not stored: …`, or a newer version), to be
        shown as long as it lasts."""
        supervisor = self._supervisor
        if supervisor is not None and supervisor.trouble:
            return f"not stored: {supervisor.trouble}"
        return self._note

    @property
    def unstored(self) -> str:
        """Empty, or why something that came is in memory only."""
        supervisor, store = self._supervisor, self._store
        if supervisor is None or store is None:
            return ""
        kept = supervisor.unstored or (store.in_memory and self._rows)
        return self.note if kept else ""

    @property
    def failure(self) -> BaseException | None:
        """The mistake in this program that ended the engine; what came before it was stored."""
        return self._failure

    @property
    def paid(self) -> bool:
        """Whether a paid DAS answer is arriving. A glance from another thread: it may be a moment
        old."""
        supervisor = self._supervisor
        return supervisor is not None and supervisor.paid

    def _signal(self) -> None:
        """Wake the drawing thread; that it is gone ends no run."""
        try:
            self._wake()
        except Exception as error:
            log.warning("nobody to wake: %s", type(error).__name__)

    def _main(self) -> None:
        try:
            asyncio.run(self._live())
        except BaseException as error:
            self._failure = self._failure or error
            log.error("the engine ended by %s", type(error).__name__)
        finally:
            self._ready.set()
            if self._failure is not None:
                self._signal()

    def _fail(self, error: BaseException) -> None:
        """Something that must go on has failed: end in order, so that what came is stored."""
        self._failure = self._failure or error
        if self._leave is not None:
            self._leave.set()

    async def _live(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._leave = asyncio.Event()
        self._store = store = self._open_store()
        self._supervisor = supervisor = Supervisor(
            store,
            self._account,
            self,
            clock=self._clock,
            backoff=self._backoff,
            queued=self._queued,
        )
        self._rows = {row.key: row for row in store.sessions(archived=True)}
        refuge.heed(self._loop, self._fail)
        self._ready.set()
        watch = asyncio.create_task(self._watch(supervisor, store))
        tidy = asyncio.create_task(self._tidy(supervisor))
        pick_up = asyncio.create_task(self._pick_up(supervisor, store))
        tasks = (watch, tidy, pick_up, asyncio.create_task(self._regain(supervisor, store)))
        try:
            for task in tasks:
                refuge.heed_task(task, self._fail)
            await self._leave.wait()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await supervisor.close(wait_for_paid=self._wait_for_paid)
            if store.is_lost and store.regain():
                self._note = store.hint
            store.close()

    async def _pick_up(self, supervisor: Supervisor, store: Store) -> None:
        """Go on with what was running; what was deleted long ago goes for good."""
        await supervisor.pick_up()
        for key in due(store, self._clock()):
            try:
                await self._delete(supervisor, key)
            except (RunError, StoreError) as error:
                log.warning("deleted session not removed: %s", error)
            await asyncio.sleep(0)

    def _open_store(self) -> Store:
        try:
            store = Store.at_best(self._path)
        except UnsafePlace as error:
            self._failure = error
            raise
        self._note = store.hint
        return store

    async def _regain(self, supervisor: Supervisor, store: Store) -> None:
        """Store what is kept in memory for want of a place, as soon as there is one."""
        if not store.is_lost:
            return
        await refuge.regained(store)
        self._note = store.hint
        self._take_over(supervisor, store)
        # Nothing of a session may have changed, and it is said all the same.
        self.feed.put("", Change(gone=True))

    async def _watch(self, supervisor: Supervisor, store: Store) -> None:
        """Follow what other instances write: their runs are shown here as they go on there."""
        seen = store.foreign_changes()
        looked = self._clock()
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if self._clock() - looked >= _ORPHAN_SECONDS:
                # A run whose instance has ended is nobody's until somebody takes it up.
                looked = self._clock()
                await supervisor.pick_up(idle=_ORPHAN_SECONDS)
            with contextlib.suppress(StoreError):
                now = store.foreign_changes()
                if now == seen:
                    continue
                seen = now
                self._take_over(supervisor, store)

    def _take_over(self, supervisor: Supervisor, store: Store) -> None:
        supervisor.cashier.purse.forget()
        live = set(supervisor.live())
        rows = {row.key: row for row in store.sessions(archived=True)}
        for key in self._rows.keys() - rows.keys() - live - supervisor.unstored:
            self._rows.pop(key)
            self._opened.discard(key)
            self.feed.put(key, Change(gone=True))
        for key, row in rows.items():
            if key in live or self._rows.get(key) == row:
                continue
            self._rows[key] = row
            supervisor.memory.catch_up(key)
            self._publish(row)
            if key in self._opened and supervisor.turn(key) is None:
                self.open(key)

    # --- what the supervisor tells -------------------------------------------------------------

    def committed(
        self, session: Session, readings: Sequence[tuple[Record, tuple[AnyEvent, ...]]]
    ) -> None:
        """Pass a commit on (called by the supervisor)."""
        self._publish(session)

    def changed(self, session: Session) -> None:
        """Pass a changed row on (called by the supervisor)."""
        self._publish(session)

    def _publish(self, session: Session) -> None:
        supervisor = self._supervisor
        if supervisor is None:
            return
        key = session.key
        self._rows[key] = session
        change = Change(session=session, overview=supervisor.overview(key))
        turn = supervisor.turn(key)
        if key in self._opened and turn is not None:
            change.blocks = turn.changed()
        if session.service != Service.DMS:
            change.bill = supervisor.cashier.bill(key)
        self.feed.put(key, change)

    def _queued(self, keys: frozenset[str]) -> None:
        """Questions in the queue came, went or moved (called by the supervisor)."""
        if self._supervisor is not None:
            for key in keys:
                self.feed.put(key, Change(waiting=self._supervisor.cashier.waiting(key)))

    # --- commands ------------------------------------------------------------------------------

    def _submit(self, make: Callable[[Supervisor], Coroutine[Any, Any, T]]) -> "Future[T]":
        loop, supervisor = self._loop, self._supervisor
        if loop is not None and supervisor is not None and not loop.is_closed():
            work = make(supervisor)
            try:
                return asyncio.run_coroutine_threadsafe(work, loop)
            except RuntimeError:
                # It was closed this moment.
                work.close()
        failed: Future[T] = Future()
        failed.set_exception(self._failure or StoreError("the engine is not running"))
        return failed

    def sessions(self, archived: bool = False) -> Future[list[Session]]:
        """All sessions in order of creation; with `archived` those too that were put away or
        deleted. One that was put away and waits for the operator is always among them."""

        async def run(supervisor: Supervisor) -> list[Session]:
            assert self._store is not None
            rows = [supervisor.session(row.key) for row in self._store.sessions(archived)]
            if not archived:
                rows += [row for row in self._rows.values() if row.archived and row.calls]
            return rows

        return self._submit(run)

    def open(self, key: str) -> Future[Session]:
        """Publish one `reset` change with all blocks of a session, then its live changes.

        Long sessions are read in chunks, so that runs go on meanwhile. The future gives the row
        after the change was put into the feed. A session of the service's list is then read from
        the service, or followed where it runs; nothing is sent to its agent.
        """

        async def run(supervisor: Supervisor) -> Session:
            await self._whole(supervisor, key)
            if supervisor.session(key).origin == "service":
                await supervisor.remote.look(key)
            return supervisor.session(key)

        return self._submit(run)

    async def _whole(self, supervisor: Supervisor, key: str) -> None:
        """Put all blocks of a session into the feed, and from then on what changes."""
        change = self._from_shelf(supervisor, key)
        if change is None:
            kept = await supervisor.open(key)
            supervisor.memory.catch_up(key)
            change = self._from_memory(supervisor, kept)
        change.bill = supervisor.cashier.bill(key)
        change.waiting = supervisor.cashier.waiting(key)
        self._opened.add(key)
        self.feed.put(key, change)
        self._opened.difference_update(supervisor.trim(KEPT))

    def _left_behind(self, key: str) -> None:
        """The drawing thread comes again after so long that the feed could not keep what it
        missed: hand everything over anew (called by the drawing thread)."""

        def told(done: Future[None]) -> None:
            error = None if done.cancelled() else done.exception()
            if error is not None:
                log.error("a session was not handed over again: %s", type(error).__name__)

        self._submit(lambda supervisor: self._whole(supervisor, key)).add_done_callback(told)

    def _from_shelf(self, supervisor: Supervisor, key: str) -> Change | None:
        """A session that is packed and not in memory, without reading its records."""
        if supervisor.turn(key) is not None:
            return None
        row = supervisor.session(key)
        found = supervisor.shelves.opened(row)
        if found is None:
            return None
        blocks = {block.index: block for block in found.rest}
        return Change(row, blocks, found.overview, shelf=found.heads, reset=True)

    def _from_memory(self, supervisor: Supervisor, kept: Kept) -> Change:
        turn = kept.turn
        turn.skip_changes()
        blocks = {block.index: block for block in turn.blocks} | turn.altered
        heads = supervisor.shelves.heads_or_gaps(kept.row.key, turn.first) if turn.first else ()
        return Change(kept.row, blocks, kept.overview(), shelf=heads, reset=True)

    async def _tidy(self, supervisor: Supervisor) -> None:
        """Pack long sessions: those that rest as a whole, live ones as far as they are old."""
        while True:
            live = supervisor.live()
            await asyncio.sleep(_TIDY_LIVE_SECONDS if live else _TIDY_SECONDS)
            for kept in list(supervisor.memory.kept.values()):
                before = kept.shelved
                if kept.run is not None or supervisor.trouble:
                    await supervisor.shelves.relieve(kept, self._shelved)
                elif await supervisor.shelves.pack(kept) != before:
                    self._shelved(kept)

    def _shelved(self, kept: Kept) -> None:
        """More blocks of a session are on the shelf."""
        if kept.row.key in self._opened:
            self.feed.put(kept.row.key, Change(shelved=kept.shelved))

    def ask(
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
    ) -> Future[str]:
        """As `Supervisor.ask`: the key, as soon as the question is stored. Raises OverBudget
        unless `over_budget`."""
        return self._submit(
            lambda supervisor: supervisor.ask(
                text,
                service=service,
                key=key,
                title=title,
                target=target,
                agent_id=agent_id,
                setup=setup,
                over_budget=over_budget,
            )
        )

    def reply(
        self, key: str, choice: str, text: str = "", shown: Ask | None = None
    ) -> Future[None]:
        """As `Supervisor.reply`."""
        return self._submit(lambda supervisor: supervisor.reply(key, choice, text, shown))

    def stop(self, key: str) -> Future[None]:
        """As `Supervisor.stop`."""
        return self._submit(lambda supervisor: supervisor.stop(key))

    def follow(self, key: str) -> Future[None]:
        """As `Supervisor.follow`."""
        return self._submit(lambda supervisor: supervisor.follow(key))

    def attach(self, session_id: str, agent_id: str, checkpoint: int | None) -> Future[str]:
        """As `Supervisor.attach`."""
        return self._submit(lambda supervisor: supervisor.attach(session_id, agent_id, checkpoint))

    def wait(self, key: str) -> Future[Session]:
        """As `Supervisor.wait`."""
        return self._submit(lambda supervisor: supervisor.wait(key))

    def delete(self, key: str) -> Future[None]:
        """Remove a session for good; the feed says `gone`."""
        return self._submit(lambda supervisor: self._delete(supervisor, key))

    async def _delete(self, supervisor: Supervisor, key: str) -> None:
        await supervisor.delete(key)
        self._rows.pop(key, None)
        self._opened.discard(key)
        self.feed.put(key, Change(gone=True))

    def records(self, key: str, first: int, last: int) -> Future[list[Record]]:
        """The stored records of a session from position `first` to `last`."""

        async def run(supervisor: Supervisor) -> list[Record]:
            assert self._store is not None
            return list(self._store.load(key, after=first - 1, limit=last - first + 1))

        return self._submit(run)

    def silences(self, service: str) -> "Future[Silences]":
        """How long stored runs of a service were quiet, by what they were at."""

        async def run(supervisor: Supervisor) -> "Silences":
            from das_tui.run.usual import learned

            assert self._store is not None
            return await learned(self._store, service)

        return self._submit(run)

    def draft(self, key: str) -> Future[str]:
        """The unsent text kept for a session (or any other name)."""

        async def run(supervisor: Supervisor) -> str:
            assert self._store is not None
            return self._store.draft(key)

        return self._submit(run)

    def set_draft(self, key: str, text: str) -> Future[None]:
        """Keep an unsent text; an empty one is forgotten."""

        async def run(supervisor: Supervisor) -> None:
            assert self._store is not None
            with contextlib.suppress(NotStored):
                self._store.set_draft(key, text)

        return self._submit(run)

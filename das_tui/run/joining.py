"""Runs that are at the service already: followed, attached to by their ids, stopped, picked up."""

from __future__ import annotations

import contextlib
from dataclasses import replace

from das_tui.domain.events import NotDispatched, NoticeNoted, RunCut, StopAsked
from das_tui.domain.record import Service
from das_tui.domain.session import RUNNING, Session, State
from das_tui.run.dms_run import DmsRun
from das_tui.run.errors import Busy, NotPossible
from das_tui.run.kept import Kept
from das_tui.run.memory import Memory
from das_tui.run.messages import cancel
from das_tui.run.reach import Reach, check_owner
from das_tui.run.runner import House
from das_tui.run.sessions import Sessions
from das_tui.run.writer import Writer
from das_tui.wire.errors import Refused, WireError

_STOPPABLE = RUNNING | {State.NEEDS_INPUT, State.CUT}


class Joining:
    """Nothing here is paid for, and nothing but the request to stop is sent."""

    def __init__(
        self,
        reach: Reach,
        sessions: Sessions,
        memory: Memory,
        writer: Writer,
        house: House | None,
    ) -> None:
        self._reach = reach
        self._sessions = sessions
        self._memory = memory
        self._writer = writer
        self._house = house

    async def follow(self, key: str) -> None:
        """As `Supervisor.follow`."""
        house = self._reach.reading()
        kept = await self._memory.load(key)
        check_owner(kept.row, house.account)
        if kept.run is not None:
            return
        if kept.row.service != Service.DMS:
            raise NotPossible(
                "An answer of DAS cannot be continued; asking again is a new paid question."
            )
        if not kept.row.session_id:
            raise NotPossible("The service has no session for this; nothing can be followed.")
        kept = await self._sessions.to_run(key)
        at = kept.ledger.resume_at() if kept.row.frames else 0
        self._reach.begin(kept, DmsRun(house, kept, at=at))

    async def attach(self, session_id: str, agent_id: str, checkpoint: int | None) -> str:
        """As `Supervisor.attach`."""
        house = self._reach.reading()
        before = ""
        known = self._reach.store.by_service_id(Service.DMS, session_id)
        if known is None:
            kept = self._sessions.new(session_id, Service.DMS, session_id, "", agent_id)
            kept.row = replace(kept.row, session_id=session_id, state=State.STARTING)
            self._writer.touch(kept)
        else:
            if known.deleted_at or known.archived:
                self._sessions.change(known.key, deleted_at=0.0, archived=False)
            kept = await self._memory.load(known.key)
            if kept.run is not None:
                return known.key
            kept = await self._sessions.to_run(known.key, whole=checkpoint is not None)
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
        self._reach.begin(kept, DmsRun(house, kept, at=at, agent_before=before))
        return kept.row.key

    # --- stopping ------------------------------------------------------------------------------

    async def stop(self, key: str) -> None:
        """As `Supervisor.stop`."""
        house = self._reach.sending()
        kept = await self._memory.load(key)
        check_owner(kept.row, house.account)
        run = kept.run
        if run is not None and (not run.sent or kept.row.service != Service.DMS):
            run.end("stop")
            await run.done.wait()
            return
        under_way = run is not None or kept.state in _STOPPABLE
        if kept.row.service != Service.DMS or not kept.row.session_id or not under_way:
            raise NotPossible("Nothing is under way here that could be stopped.")
        if isinstance(run, DmsRun):
            await run.settled.wait()
        elif not self._reach.store.claim(key):
            raise Busy("Another instance of this program runs this session; stop it there.")
        self._writer.fact(kept, StopAsked())
        try:
            await self._cancel(house, kept)
        finally:
            if kept.run is None:
                self._reach.release(key)

    async def _cancel(self, house: House, kept: Kept) -> None:
        """Ask the service to cancel, once; reading goes on until it says that it did."""
        await house.unit.resolve()
        request = cancel(house, kept)
        try:
            await house.lines.to(Service.DMS, request.plane).call(request)
        except WireError as error:
            unsure = "may not have reached" if error.reached else "did not reach"
            if isinstance(error, Refused):
                unsure = "was refused by"
            self._writer.fact(
                kept,
                NoticeNoted(text=f"The stop {unsure} the service ({error.title}); the run goes on"),
            )
            return
        if kept.run is None:
            with contextlib.suppress(Busy):
                await self.follow(kept.row.key)

    # --- what was left behind ------------------------------------------------------------------

    async def pick_up(self, row: Session) -> None:
        """A row says that it runs, and nobody here is at it: follow it, or say what became of it.
        One of another instance is left to it."""
        if row.service == Service.DMS and row.session_id:
            house = self._house
            if house is not None and row.profile == house.account.profile:
                with contextlib.suppress(Busy):
                    await self.follow(row.key)
            return
        store = self._reach.store
        if store.read_only or not store.claim(row.key):
            return
        try:
            kept = await self._memory.load(row.key)
            self._memory.catch_up(row.key)
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
            store.release(row.key)

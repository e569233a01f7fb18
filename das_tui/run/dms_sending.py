"""The first half of a DMS run: a session is made, its agent waited for, a message sent once."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from das_tui.domain.events import Dispatched, NotDispatched, NoticeNoted
from das_tui.domain.record import Service
from das_tui.domain.session import State
from das_tui.run.backoff import LONGEST
from das_tui.run.kept import Kept
from das_tui.run.runner import GaveUp, House, Run, harmless
from das_tui.run.setup import database, setup_of, workspace
from das_tui.wire import dms_calls, errors

if TYPE_CHECKING:
    from das_tui.wire.request import Request
    from das_tui.wire.transport import Answer

GONE = (
    "gone at the service: it was deleted there, has expired, or belongs to another account; what "
    "is stored here stays"
)


class DmsSending(Run):
    """What `DmsRun` does before it reads.

    `message` makes what is sent, None where nothing is. `dispatched` says whether the message was
    taken, or may have been; `settled` is set when that is known. `_fresh` says that this run has
    read anything, `_uncertain` that the message may not have been taken, `_foreign` that the
    session is known from the service's list only.
    """

    def __init__(self, house: House, kept: Kept, message: Callable[[], Request] | None) -> None:
        super().__init__(house, kept)
        self._message = message
        self._fresh = False
        self._uncertain = False
        self._foreign = message is None and kept.row.origin == "service"
        self.dispatched = message is None
        self.settled = asyncio.Event()
        if message is None:
            self.sent = True
            self.settled.set()

    @property
    def paid(self) -> bool:
        return False

    async def _call(self, request: Request) -> Answer:
        """One request with a JSON answer; repeated only while it was certainly not taken."""
        attempt = 0
        while True:
            attempt += 1
            try:
                return await self.house.lines.to(Service.DMS).call(request)
            except errors.WireError as error:
                if not harmless(error):
                    raise
                await self.wait_after(error, attempt)
                self.show(State.STARTING)

    async def _create(self) -> bool:
        """Make the session and wait for its agent; False when that was said to be impossible."""
        kept = self.kept
        wanted, setup = kept.row.agent_id, setup_of(kept.row)
        if wanted.startswith("ca-") and not setup.custom_agent:
            setup = replace(setup, custom_agent=wanted)
        try:
            request = dms_calls.create_session(
                kept.row.title,
                self.house.unit.known,
                setup,
                workspace_id=workspace(kept.row, self.house.account),
            )
        except errors.NotReached as error:
            self.not_sent(error, 1)
            return False
        self.show(State.STARTING, "making a session")
        try:
            made = dms_calls.read_created((await self._call(request)).data)
        except GaveUp as given_up:
            self.not_sent(given_up.error, given_up.tries)
            return False
        except errors.WireError as error:
            if isinstance(error, errors.Refused):
                # The question itself had not left, whatever became of the session.
                self.refused(error, safe=True)
            elif not error.reached:
                self.not_sent(error, 1)
            else:
                self.fact(
                    NotDispatched(
                        text=f"{error.title}: no session could be made. The question was not sent; "
                        "asking again is safe."
                    )
                )
            return False
        kept.row = replace(
            kept.row, session_id=made.session_id, agent_id=made.agent_id or kept.row.agent_id
        )
        self.house.writer.touch(kept)
        return await self._agent_ready(made.agent_status)

    async def _agent_ready(self, status: str) -> bool:
        """Wait until the agent runs; at most `patience` seconds."""
        loop, backoff, kept = asyncio.get_running_loop(), self.house.backoff, self.kept
        until = loop.time() + backoff.patience
        failures = 0
        while True:
            word = status.upper()
            if word == "RUNNING":
                return True
            if word in {"STOPPED", "FAILED"} or loop.time() >= until:
                took = "" if word in {"STOPPED", "FAILED"} else " and did not start in time"
                self.fact(
                    NotDispatched(
                        text=f"The agent is {word or 'not ready'}{took}. The question was not "
                        "sent; asking again is safe."
                    )
                )
                return False
            self.show(State.STARTING, f"the agent is {word.lower() or 'starting'}")
            if word:
                await asyncio.sleep(backoff.poll)
            try:
                found = await self._describe()
            except errors.WireError as error:
                failures += 1
                if failures >= backoff.attempts or (error.retry_after or 0.0) > LONGEST:
                    self.not_sent(error, failures)
                    return False
                await asyncio.sleep(backoff.wait(failures - 1, error.retry_after))
                continue
            failures = 0
            if found.agent_id and not kept.row.agent_id:
                kept.row = replace(kept.row, agent_id=found.agent_id)
                self.house.writer.touch(kept)
            if not found.agent_status and not word and kept.row.agent_id:
                # A service that names no agent state has none that one could wait for.
                return True
            status = found.agent_status or "STARTING"

    async def _describe(self) -> dms_calls.SessionStatus:
        row = self.kept.row
        request = dms_calls.describe_session(
            row.session_id, self.house.unit.known, workspace(row, self.house.account)
        )
        answer = await self.house.lines.to(Service.DMS).call(request)
        return dms_calls.read_session(answer.data)

    async def _learn_agent(self) -> None:
        """Ask whose session it is; without an answer the stream says what is wrong."""
        with contextlib.suppress(errors.WireError):
            found = await self._describe()
            self.kept.row = replace(self.kept.row, agent_id=found.agent_id)

    async def _there(self) -> bool:
        """Look at a session of the service's list before it is read: whether it is still there,
        whether anything was asked in it, and what it is about."""
        kept = self.kept
        self.show(State.STARTING, "asking for the session")
        try:
            found = await self._describe()
        except errors.WireError:
            # Then the stream says what is wrong.
            return True
        if not found.exists:
            self.fact(NoticeNoted(text=GONE))
            return False
        kept.row = replace(kept.row, agent_id=found.agent_id or kept.row.agent_id)
        about = next((name for source in found.sources if (name := database(source))), "")
        if about and not kept.row.target:
            await self.house.change(kept.row.key, target=about)
        if not found.messages and found.session_status == "INIT":
            self.fact(NoticeNoted(text="nothing was asked in this session yet"))
            return False
        return True

    async def _send(self, request: Request) -> bool:
        """Send the message, once. False when it ended the run."""
        self.show(State.STARTING, "sending")
        attempt = 0
        while True:
            attempt += 1
            try:
                transport = self.house.lines.to(Service.DMS)
                self.sent = True
                answer = await transport.call(request)
            except errors.WireError as error:
                if not harmless(error):
                    return self._send_failed(error)
                self.sent = False
                try:
                    await self.wait_after(error, attempt)
                except GaveUp as given_up:
                    self.not_sent(given_up.error, given_up.tries)
                    return False
                self.show(State.STARTING, "sending")
                continue
            sent = dms_calls.read_sent(answer.data)
            if sent.agent_id and not self.kept.row.agent_id:
                self.kept.row = replace(self.kept.row, agent_id=sent.agent_id)
            self.fact(Dispatched(message_id=sent.message_id, request_id=answer.request_id))
            self.show(State.STARTING, "sent, waiting for the service to begin")
            return True

    def _send_failed(self, error: errors.WireError) -> bool:
        """True where the message may have been taken: then reading finds out, sending does not."""
        if isinstance(error, errors.Refused):
            self.refused(error, safe=error.safe)
            return False
        if not error.reached:
            self.sent = False
            self.not_sent(error, 1)
            return False
        self._uncertain = True
        self.fact(
            NoticeNoted(
                text="No answer to the message; looking whether the service took it. "
                "Nothing is sent a second time."
            )
        )
        return True

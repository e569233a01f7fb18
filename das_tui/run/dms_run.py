"""A DMS run: a session is made, a message sent once, and the stream followed over any cut."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import Enum, auto
from typing import TYPE_CHECKING

from das_tui.domain.events import (
    AnyEvent,
    Dispatched,
    HumanAsked,
    LineLost,
    NotDispatched,
    NoticeNoted,
    Refused,
    Resumed,
    RunFailed,
    StreamFinished,
    TurnCancelled,
    TurnFinished,
    TurnStarted,
)
from das_tui.domain.record import Frame, Service
from das_tui.domain.session import RUNNING, State
from das_tui.light import dataclass
from das_tui.run import replay
from das_tui.run.backoff import LONGEST
from das_tui.run.kept import Kept
from das_tui.run.runner import GaveUp, House, Run, harmless
from das_tui.run.setup import database, setup_of, workspace
from das_tui.wire import dms_calls, errors

if TYPE_CHECKING:
    from das_tui.wire.request import Request
    from das_tui.wire.transport import Answer, EventStream

EMPTIES = 3
"""Streams without anything new before DescribeDataAgentSession is asked."""

_QUIET_TRIES = 2
"""Tries to fetch the end of a stream after its verdict is known."""

_BUSY = frozenset({"", "RUNNING", "CREATING", "INIT", "STARTING", "QUEUED"})
"""Session states in which asking for the stream again makes sense; empty is unknown."""

_UNENDED = RUNNING | {State.CUT}
"""States of a session whose last turn has no verdict."""

_ENDED = frozenset({State.FINISHED, State.FAILED, State.CANCELLED, State.NEEDS_INPUT})
"""States of a session whose last turn has one."""

GONE = (
    "gone at the service: it was deleted there, has expired, or belongs to another account; what "
    "is stored here stays"
)

_VERDICTS = (TurnFinished, HumanAsked, TurnCancelled, RunFailed)


class _End(Enum):
    """How one stream ended."""

    OVER = auto()
    """The run is over."""
    EMPTY = auto()
    """Closed on purpose without anything new."""
    CUT = auto()
    """Ended, broke or fell silent without an end."""
    CLOSED = auto()
    """Refused for good."""


@dataclass(slots=True)
class _Stream:
    """What one stream has brought so far."""

    new: int = 0
    finished: bool = False
    finish_taken: bool = False
    left_open: bool = False
    verdict_again: bool = False
    error: errors.WireError | None = None


class DmsRun(Run):
    """One run of a DMS session.

    With `message` it sends (making the session first where there is none), without it only
    follows. A session that is known from the service's list only is looked at before. The stream
    is first asked for from checkpoint `at`: 0 is the beginning, None the live tail.
    """

    def __init__(
        self,
        house: House,
        kept: Kept,
        *,
        message: Callable[[], Request] | None = None,
        at: int | None,
        agent_before: str = "",
    ) -> None:
        super().__init__(house, kept)
        self._agent_before = agent_before
        self._message = message
        self._at = at
        self._hard = False
        self._turned = False
        self._fresh = False
        self._resuming = message is None and kept.row.frames > 0
        self._uncertain = False
        self._foreign = message is None and kept.row.origin == "service"
        self._settle: asyncio.TimerHandle | None = None
        self.dispatched = message is None
        self.settled = asyncio.Event()
        if message is None:
            self.sent = True
            self.settled.set()
            # Where the last turn has ended only a new one, made elsewhere, can bring something.
            self.verdict = kept.turn.state in _ENDED

    @property
    def paid(self) -> bool:
        return False

    async def carry_out(self) -> None:
        try:
            if self._message is not None:
                self.show(State.STARTING)
                await self.house.unit.resolve()
                if not self.kept.row.session_id and not await self._create():
                    return
                if not await self._send(self._message()):
                    return
            self.dispatched = True
            self.settled.set()
            await self.house.unit.resolve()
            if self._foreign and not self.kept.row.frames and not await self._there():
                return
            if not self.kept.row.agent_id:
                await self._learn_agent()
            await self._follow()
        finally:
            self.settled.set()
            if self._settle is not None:
                self._settle.cancel()

    def broken_off(self, why: str) -> None:
        self.settled.set()
        self.house.writer.flush()
        if not self.sent:
            ended = "stopped by you" if why == "stop" else "the program ended"
            self.fact(NotDispatched(text=f"It was not sent: {ended} before."))
        elif not self.dispatched:
            self.cut(
                "The program ended while the message was on its way; follow to see whether the "
                "service took it. Nothing is sent a second time."
            )
        # Else nothing is said: the run goes on at the service and is picked up at the next start.

    # --- sending -------------------------------------------------------------------------------

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
            except (errors.WireError, GaveUp):
                await asyncio.sleep(backoff.poll)
                continue
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

    # --- following -----------------------------------------------------------------------------

    async def _follow(self) -> None:
        kept, backoff = self.kept, self.house.backoff
        at = self._at
        kept.ledger.begin(at, within=self._message is None and kept.turn.state in _UNENDED)
        self.house.unread.pop(kept.row.key, None)
        if self._message is None:
            self.show(None if self.verdict else State.STARTING, "asking for the stream")
        tries = empties = quiet = 0
        while True:
            stream = _Stream()
            end = await self._one(at, stream)
            self.house.writer.flush()
            if stream.new:
                tries = empties = 0
            if end is _End.OVER:
                return
            if end is _End.CLOSED and stream.error is not None:
                if await self._is_gone(stream.error):
                    self._gone(stream.error)
                else:
                    self._closed(stream.error)
                return
            if self.verdict:
                quiet += 1
                if quiet > _QUIET_TRIES:
                    self._end_missing(stream)
                    return
            elif not stream.new and stream.error is None:
                empties += 1
                if empties >= EMPTIES:
                    word = await self._session_word()
                    if word is not None and word not in _BUSY:
                        self._quiet_end(word)
                        return
                    if word:
                        # The service says that it works: waiting is no failed try.
                        tries = 0
            tries += 1
            after = stream.error.retry_after if isinstance(stream.error, errors.Throttled) else None
            most = backoff.attempts
            if stream.error is not None and self._hopeless(stream.error):
                most = min(most, backoff.unreached - 1)
            if tries > most or (after or 0.0) > LONGEST:
                self._gave_up(stream.error)
                return
            await self._pause(end, backoff.wait(tries - 1, after), tries)
            at = kept.ledger.resume_at()
            within = self._fresh and self._turned and not self.verdict
            kept.ledger.begin_replay(at, within=within)

    async def _pause(self, end: _End, wait: float, tries: int) -> None:
        """Wait before asking for the stream again, and say so where a line was lost."""
        backoff = self.house.backoff
        if not self.verdict:
            if end is _End.CUT:
                self.kept.shown = None
                self.kept.detail = ""
                self.fact(
                    LineLost(
                        kept=self.kept.row.frames,
                        retry_in=wait,
                        attempt=tries,
                        attempts=backoff.attempts,
                    )
                )
                self._resuming = True
            else:
                wait = max(wait, backoff.poll)
                self.show(State.STARTING, f"nothing new yet, asking again in {wait:.0f} s")
        await asyncio.sleep(wait)

    async def _one(self, at: int | None, found: _Stream) -> _End:
        """Read one stream to its end."""
        row, unit = self.kept.row, self.house.unit.known
        request = dms_calls.chat_content(row.session_id, row.agent_id, at, unit)
        loop, backoff = asyncio.get_running_loop(), self.house.backoff
        try:
            transport = self.house.lines.to(Service.DMS)
            async with transport.stream(request) as stream:
                if self._resuming:
                    self._settle = loop.call_later(backoff.settle, self._line_is_back)
                await self._read(stream, found)
        except errors.WireError as error:
            found.error = error
            if not self._hard and self._final(error):
                return _End.CLOSED
        finally:
            if self._settle is not None:
                self._settle.cancel()
        return self._judge(found)

    async def _read(self, stream: EventStream, found: _Stream) -> None:
        loop, backoff = asyncio.get_running_loop(), self.house.backoff
        try:
            async with asyncio.timeout(backoff.grace if self.verdict else backoff.silence) as limit:
                async for frames in stream:
                    alive = [self._take(frame, found) for frame in frames]
                    if not (self.verdict or found.finished):
                        limit.reschedule(loop.time() + backoff.silence)
                    elif any(alive):
                        # Signs of life do not keep a stream open that has nothing more to say.
                        limit.reschedule(loop.time() + backoff.grace)
        except TimeoutError:
            found.left_open = self.verdict

    def _take(self, frame: Frame, found: _Stream) -> bool:
        """Take a frame; False for a mere sign of life."""
        events = self.decode(frame)
        checkpoint, heartbeat = replay.place(events)
        if heartbeat:
            self.house.writer.frame(self.kept, frame, events)
            return False
        only_finish = isinstance(events[0], StreamFinished) and all(
            isinstance(event, StreamFinished) for event in events
        )
        found.finished = only_finish
        if only_finish and self._message is not None and not self._fresh:
            # The service has not begun: this end is of a stream before ours.
            return True
        if not self.kept.ledger.admit(checkpoint, heartbeat):
            found.verdict_again = any(isinstance(event, _VERDICTS) for event in events)
            return True
        if self._resuming:
            self._line_is_back()
        self.house.writer.frame(self.kept, frame, events)
        found.new += 1
        found.finish_taken = found.finish_taken or only_finish
        if not only_finish:
            self._fresh = True
            self._note(events)
        return True

    def _note(self, events: Sequence[AnyEvent]) -> None:
        if self.kept.shown is not None:
            # From here on the events say how the session stands; it is committed with them.
            self.kept.shown = None
            self.kept.detail = ""
        for event in events:
            if isinstance(event, TurnStarted):
                self._turned = True
                self.verdict = self._hard = False
            elif isinstance(event, _VERDICTS):
                self._turned = self.verdict = True
                self._hard = self._hard or isinstance(event, TurnCancelled | RunFailed)

    def _line_is_back(self) -> None:
        """Say that the line is back: with the first new frame, or when no more repeats come."""
        if not self._resuming:
            return
        self._resuming = False
        if self._settle is not None:
            self._settle.cancel()
        kept = self.kept
        if self.verdict:
            return
        at = kept.ledger.at
        lost, repeated = kept.ledger.counts()
        kept.shown = None
        kept.detail = ""
        self.fact(Resumed(resumed_at=at, lost=lost, repeated=repeated))

    # --- ends ----------------------------------------------------------------------------------

    def _judge(self, found: _Stream) -> _End:
        """What the end of a stream means. Without an end mark it is a cut, however clean."""
        if self.verdict and (self._hard or found.finished or found.left_open):
            return _End.OVER
        if found.finish_taken and (self._turned or not self._message or not self.kept.turns):
            return _End.OVER
        if found.error is not None:
            return _End.CUT
        if not found.new:
            return _End.EMPTY
        return _End.EMPTY if found.finished else _End.CUT

    @staticmethod
    def _final(error: errors.WireError) -> bool:
        """Whether asking for the stream again cannot help. Reading costs nothing and changes
        nothing, so everything that may pass is tried again."""
        if isinstance(error, errors.Throttled | errors.NotReached | errors.LineBroken):
            return False
        if isinstance(error, errors.BadAnswer):
            return False
        return not (isinstance(error, errors.Refused) and error.status >= 500)

    def _end_missing(self, stream: _Stream) -> None:
        """The turn has a verdict, but the end of its stream could not be read."""
        if stream.error is not None and not self._fresh:
            self._unread(stream.error)
            self.fact(NoticeNoted(text=f"the session could not be followed: {stream.error.title}"))
        elif stream.error is not None or not stream.verdict_again:
            self.fact(NoticeNoted(text="the turn had ended; the end of its stream did not come"))
        # Else the service sends no end mark: asked again, it ends behind its verdict.

    def _closed(self, error: errors.WireError) -> None:
        """Reading was refused. After a message was sent the work may go on all the same."""
        self._unread(error)
        if self._agent_before and self.kept.row.agent_id != self._agent_before:
            # The agent that was tried now is not this session's; the one that was known stays.
            self.kept.row = replace(self.kept.row, agent_id=self._agent_before)
            self.house.writer.touch(self.kept)
        if self.verdict:
            fact = f" ({error.fact})" if error.fact else ""
            self.fact(NoticeNoted(text=f"the session could not be followed: {error.title}{fact}"))
            return
        self.refused(error, safe=error.safe and self._message is None)
        if self._message is not None or self._fresh:
            self.cut("The stream was refused; the run may go on at the service. Follow it.")

    async def _is_gone(self, error: errors.WireError) -> bool:
        """Whether reading was refused because there is no such session any more."""
        known = self._foreign or self._fresh or self.kept.row.frames
        if not known or error.status != 404:
            return False
        try:
            return not (await self._describe()).exists
        except errors.WireError:
            return False

    def _gone(self, error: errors.WireError) -> None:
        self._unread(error)
        if self.verdict or not self.kept.row.frames:
            self.fact(NoticeNoted(text=GONE))
            return
        self.fact(
            Refused(
                status=error.status,
                code=error.code,
                title="Gone at the service",
                text=f"The session is {GONE}.",
                request_id=error.request_id,
                gone=True,
            )
        )

    def _unread(self, error: errors.WireError) -> None:
        self.house.unread[self.kept.row.key] = error

    def _hopeless(self, error: errors.WireError) -> bool:
        """A session of which nothing was ever received, at a place that does not answer."""
        nothing = self._message is None and not self.kept.row.frames
        return nothing and isinstance(error, errors.NotReached)

    async def _session_word(self) -> str | None:
        """What the service says about the session, upper case; None when it does not say."""
        try:
            found = await self._describe()
        except errors.WireError:
            return None
        return (found.session_status or found.agent_status).upper()

    def _quiet_end(self, word: str) -> None:
        """Asking again brings nothing new and the service is not working."""
        if self._message is None and self.kept.turn.state not in _UNENDED:
            self.fact(NoticeNoted(text=f"the session is {word}, nothing new comes"))
            return
        if self._uncertain and not self._fresh:
            self.cut(
                f"Nothing came and the session is {word}: the service seems not to have taken "
                "the message."
            )
            return
        self.cut(f"The service reports the session as {word} and sends nothing new.")

    def _gave_up(self, error: errors.WireError | None) -> None:
        if error is not None:
            self._unread(error)
            if self._hopeless(error) and self._foreign:
                self.cut("Nothing of the session could be read yet; follow it.", error.title)
                return
            if self._hopeless(error):
                self.not_sent(error, self.house.backoff.unreached)
                return
        why = f"{error.title}. " if error is not None else ""
        self.cut(
            f"{why}The run may go on at the service; follow it. Nothing is sent a second time."
        )

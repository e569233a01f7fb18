"""A DMS run: a session is made, a message sent once, and the stream followed over any cut."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from das_tui.domain.events import (
    AnyEvent,
    HumanAsked,
    LineLost,
    NotDispatched,
    Resumed,
    RunFailed,
    StreamFinished,
    TurnCancelled,
    TurnFinished,
    TurnStarted,
)
from das_tui.domain.record import Frame, Service
from das_tui.domain.session import State
from das_tui.run import replay
from das_tui.run.backoff import LONGEST
from das_tui.run.dms_ends import UNENDED, DmsEnds, End, Stream
from das_tui.run.kept import Kept
from das_tui.run.runner import House
from das_tui.wire import dms_calls, errors

if TYPE_CHECKING:
    from das_tui.wire.request import Request
    from das_tui.wire.transport import EventStream

EMPTIES = 3
"""Streams without anything new before DescribeDataAgentSession is asked."""

_QUIET_TRIES = 2
"""Tries to fetch the end of a stream after its verdict is known."""

_BUSY = frozenset({"", "RUNNING", "CREATING", "INIT", "STARTING", "QUEUED"})
"""Session states in which asking for the stream again makes sense; empty is unknown."""

_ENDED = frozenset({State.FINISHED, State.FAILED, State.CANCELLED, State.NEEDS_INPUT})
"""States of a session whose last turn has one."""

_VERDICTS = (TurnFinished, HumanAsked, TurnCancelled, RunFailed)


class DmsRun(DmsEnds):
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
        super().__init__(house, kept, message)
        self._agent_before = agent_before
        self._at = at
        self._resuming = message is None and kept.row.frames > 0
        self._settle: asyncio.TimerHandle | None = None
        if message is None:
            # Where the last turn has ended only a new one, made elsewhere, can bring something.
            self.verdict = kept.turn.state in _ENDED

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

    # --- following -----------------------------------------------------------------------------

    async def _follow(self) -> None:
        kept, backoff = self.kept, self.house.backoff
        at = self._at
        kept.ledger.begin(at, within=self._message is None and kept.turn.state in UNENDED)
        self.house.unread.pop(kept.row.key, None)
        if self._message is None:
            self.show(None if self.verdict else State.STARTING, "asking for the stream")
        tries = empties = quiet = 0
        # A request that finds nothing is a try; one that broke off behind something was none.
        failed = 1
        while True:
            stream = Stream()
            end = await self._one(at, stream)
            self.house.writer.flush()
            if stream.new:
                tries = empties = failed = 0
            if end is End.OVER:
                return
            if end is End.CLOSED and stream.error is not None:
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
                    if word is not None and not self._at_work(word):
                        self._quiet_end(word)
                        return
                    if word:
                        # The service says that it works: waiting is no failed try.
                        tries = 0
            tries += 1
            after = stream.error.retry_after if stream.error is not None else None
            most = backoff.attempts
            if stream.error is not None and self._hopeless(stream.error):
                most = min(most, backoff.unreached)
            if tries + failed > most or (after or 0.0) > LONGEST:
                self._gave_up(stream.error, tries)
                return
            await self._pause(end, backoff.wait(tries - 1, after), tries + failed)
            at = kept.ledger.resume_at()
            within = self._fresh and self._turned and not self.verdict
            kept.ledger.begin_replay(at, within=within)

    def _at_work(self, word: str) -> bool:
        """Whether something may still come of a session that the service calls `word`. One that
        is as it was made never got the message that nobody answered."""
        untouched = word == "INIT" and self._uncertain and not self._fresh
        return word in _BUSY and not untouched

    async def _pause(self, end: End, wait: float, tries: int) -> None:
        """Wait before asking for the stream again, and say so where a line was lost."""
        backoff = self.house.backoff
        if not self.verdict:
            if end is End.CUT:
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

    async def _one(self, at: int | None, found: Stream) -> End:
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
        except errors.LineSilent:
            # No head came: as quiet as a stream that brings nothing behind its head.
            pass
        except errors.WireError as error:
            found.error = error
            if not self._hard and self._final(error):
                return End.CLOSED
        finally:
            if self._settle is not None:
                self._settle.cancel()
        return self._judge(found)

    async def _read(self, stream: EventStream, found: Stream) -> None:
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

    def _take(self, frame: Frame, found: Stream) -> bool:
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

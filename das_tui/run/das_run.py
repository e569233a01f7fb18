"""A DAS conversation: asked once, paid for, received to the end, never asked again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from das_tui.domain.events import (
    AnyEvent,
    Dispatched,
    Done,
    ListeningStopped,
    NotDispatched,
    RunFailed,
    TurnFinished,
    UsageReported,
)
from das_tui.domain.record import Frame, Service
from das_tui.domain.session import State
from das_tui.run.backoff import LONGEST
from das_tui.run.errors import OverBudget
from das_tui.run.kept import Kept
from das_tui.run.queue import Ticket
from das_tui.run.runner import GaveUp, House, Run, harmless
from das_tui.wire import errors

if TYPE_CHECKING:
    from das_tui.wire.request import Request
    from das_tui.wire.transport import EventStream

_VERDICTS = (UsageReported, TurnFinished, RunFailed, Done)
_CROWDED = "Throttling.UserConcurrentLimit"
_ENDS = {"stop": "stopped by you", "withdraw": "withdrawn by you"}


class DasRun(Run):
    """Queued → asked → received → verdict.

    Finished on `summary`, on `RUN_FINISHED` or `[DONE]`, failed on `error`, else cut. Only a
    request that certainly was not taken (not reached, throttled) goes out again.
    """

    def __init__(
        self,
        house: House,
        kept: Kept,
        request: Request,
        text: str,
        *,
        ticket: Ticket | None = None,
        agreed: bool = False,
    ) -> None:
        """`text` is the question as the queue shows it. `ticket` is its place there, where it has
        one already; `agreed` means that it is sent even over budget."""
        super().__init__(house, kept)
        self._request = request
        self._called = asyncio.Event()
        self._waited = ticket is not None
        self.ticket = ticket or house.queue.ticket(
            kept.row.key,
            text,
            house.clock(),
            call=self._called.set,
            tell=self._wait_shown,
            agreed=agreed,
        )
        self._frames = 0
        self._chars_before = kept.overview().chars
        self._heard_at = 0.0
        self._watch: asyncio.TimerHandle | None = None

    @property
    def paid(self) -> bool:
        return self.sent and not self.verdict and not self.done.is_set()

    async def carry_out(self) -> None:
        queue = self.house.queue
        try:
            if not self.ticket.holds:
                queue.join(self.ticket)
                await self._called.wait()
            if self._affordable():
                await self._converse()
        finally:
            self._stop_watch()
            queue.leave(self.ticket)

    def _wait_shown(self, words: str) -> None:
        self._waited = True
        self.show(State.QUEUED, words)

    def _affordable(self) -> bool:
        """Answers that came while this question waited may have been longer than was expected."""
        if not self._waited or self.ticket.agreed:
            return True
        try:
            self.house.purse.check()
        except OverBudget as error:
            self.fact(NotDispatched(text=error.text))
            return False
        return True

    async def _converse(self) -> None:
        attempt = crowds = 0
        while True:
            attempt += 1
            self.show(State.STARTING)
            self._listen()
            try:
                transport = self.house.lines.to(Service.DAS)
                self.sent = True
                async with transport.stream(self._request) as stream:
                    self.fact(Dispatched(request_id=stream.request_id))
                    self.show(None)
                    await self._receive(stream)
            except errors.WireError as error:
                self._stop_watch()
                if self._frames or isinstance(error, errors.LineBroken):
                    self._ended(broken=True)
                    return
                self.sent = False
                if not harmless(error):
                    self._turned_down(error)
                    return
                if isinstance(error, errors.Throttled) and error.code == _CROWDED:
                    attempt, crowds = 0, crowds + 1
                    if await self._wait_for_others(error, crowds):
                        continue
                    self.not_sent(error, crowds)
                    return
                try:
                    await self.wait_after(error, attempt)
                except GaveUp as given_up:
                    self.not_sent(given_up.error, given_up.tries)
                    return
            else:
                self._ended(broken=False)
                return

    async def _wait_for_others(self, error: errors.Throttled, crowds: int) -> bool:
        """The account's conversations are all taken, by other programs too: the question goes on
        waiting in view. False after the last try."""
        backoff = self.house.backoff
        if crowds >= backoff.crowds or (error.retry_after or 0.0) > LONGEST:
            return False
        wait = backoff.crowd_wait(error.retry_after)
        queue = self.house.queue
        behind = f"until the account has a conversation free, next try in {wait:.0f} s"
        queue.crowded(self.ticket, behind)
        try:
            await asyncio.sleep(wait)
        finally:
            queue.crowded(self.ticket, "")
        return True

    def _turned_down(self, error: errors.WireError) -> None:
        """No answer began. Only where the service says so is asking again safe."""
        if isinstance(error, errors.Refused):
            self.refused(error, safe=error.safe)
        elif not error.reached:
            self.not_sent(error, 1)
        else:
            self.cut(
                f"{error.text} The question had left and may be billed; asking again is a new "
                "paid question.",
                error.title,
            )

    # --- receiving -----------------------------------------------------------------------------

    async def _receive(self, stream: EventStream) -> None:
        loop = asyncio.get_running_loop()
        try:
            # Before the verdict nothing is broken off: a silent answer may still come.
            async with asyncio.timeout(None) as limit:
                async for frames in stream:
                    self._heard_at = loop.time()
                    if self.kept.detail:
                        self.show(None)
                    if self._take(frames):
                        return
                    if self.verdict:
                        limit.reschedule(loop.time() + self.house.backoff.grace)
        except TimeoutError:
            return

    def _take(self, frames: Sequence[Frame]) -> bool:
        """Hand frames to the writer; True after the mark that nothing follows."""
        for frame in frames:
            events = self.decode(frame)
            self._frames += 1
            self.house.writer.frame(self.kept, frame, events)
            if self._judge(events):
                return True
        return False

    def _judge(self, events: Sequence[AnyEvent]) -> bool:
        for event in events:
            if isinstance(event, _VERDICTS):
                self.verdict = True
            if isinstance(event, Done):
                return True
        return False

    def _listen(self) -> None:
        self._heard_at = asyncio.get_running_loop().time()
        self._stop_watch()
        self._arm(self.house.backoff.silence)

    def _stop_watch(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    def _arm(self, seconds: float) -> None:
        self._watch = asyncio.get_running_loop().call_later(seconds, self._look)

    def _look(self) -> None:
        """Nothing came for a while: only said, since the question cannot be asked again."""
        quiet = asyncio.get_running_loop().time() - self._heard_at
        limit = self.house.backoff.silence
        if quiet < limit:
            self._arm(limit - quiet + 0.01)
            return
        if not self.verdict:
            self.show(self.kept.state, f"silent for {int(quiet // 60)}:{int(quiet % 60):02}")
        self._arm(limit)

    # --- ends ----------------------------------------------------------------------------------

    def _ended(self, *, broken: bool) -> None:
        """The stream is over; without a verdict that is a cut, whatever the transport says."""
        self.house.writer.flush()
        if self.verdict:
            return
        chars = self._chars()
        again = "asking again is a new paid question."
        if not chars:
            text = f"No answer came; the question may be billed, {again}"
        elif broken:
            kept = f"{chars:,} characters kept"
            text = f"Line lost in the answer, {kept}. It cannot be continued; {again}"
        else:
            text = f"The answer may be complete, no statistics came; {again}"
        self.cut(text)

    def _chars(self) -> int:
        return max(0, self.kept.turn.overview.chars - self._chars_before)

    def broken_off(self, why: str) -> None:
        self.house.queue.leave(self.ticket)
        self.house.writer.flush()
        if self.verdict:
            return
        if not self.sent:
            ended = _ENDS.get(why, "the program ended")
            self.fact(NotDispatched(text=f"It was not sent: {ended} before its turn came."))
        elif why == "stop":
            self.fact(ListeningStopped())
        else:
            self.cut(
                "The program ended while the answer was arriving; "
                "asking again is a new paid question."
            )

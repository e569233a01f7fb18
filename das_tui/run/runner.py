"""One run of one session: what all services have in common.

A run is a task from the stored question to the verdict. It sends, reads, hands every frame to the
writer and waits between tries; it never shows anything itself. What it does while no event says
so (queued, waiting for the next try) it shows through `Kept.shown`.
"""

import asyncio
import logging
import traceback
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import field

from das_tui.domain.events import (
    AnyEvent,
    LocalFact,
    NotDispatched,
    NoticeNoted,
    Refused,
    RunCut,
)
from das_tui.domain.record import Frame
from das_tui.domain.session import Session, State
from das_tui.light import dataclass
from das_tui.run.account import Account
from das_tui.run.backoff import LONGEST, Backoff
from das_tui.run.kept import Kept
from das_tui.run.lines import Lines
from das_tui.run.purse import Purse
from das_tui.run.queue import Queue
from das_tui.run.unit import Unit
from das_tui.run.writer import Writer
from das_tui.wire import dialect, errors

log = logging.getLogger("das_tui.run")


@dataclass(slots=True)
class House:
    """What runs share. `queue` lets as many DAS conversations run as the account allows, `purse`
    knows what they cost. `unread`
    holds, by session key, why a stream could not be read where the session has no verdict for
    that. `change` writes columns of a row that are the operator's."""

    account: Account
    writer: Writer
    lines: Lines
    unit: Unit
    backoff: Backoff
    clock: Callable[[], float]
    queue: Queue
    purse: Purse
    change: Callable[..., Awaitable[Session]]
    unread: dict[str, errors.WireError] = field(default_factory=dict)


class GaveUp(Exception):
    """The tries ran out, or waiting was asked for longer than is sensible. `error` is the last
    one; nothing of the request was taken by the service."""

    def __init__(self, error: errors.WireError, tries: int) -> None:
        super().__init__(error.title)
        self.error = error
        self.tries = tries


class Run(ABC):
    """One run. `sent` says whether something that must not be repeated may have left, `verdict`
    whether the turn has ended and only the end of its stream is awaited."""

    def __init__(self, house: House, kept: Kept) -> None:
        self.house = house
        self.kept = kept
        self.sent = False
        self.verdict = False
        self.done = asyncio.Event()
        self._ending = ""
        self._begun = False
        self._task: asyncio.Task[None] | None = None

    def start(self, ended: Callable[[Kept], None]) -> None:
        """Begin; `ended` is called once, on this loop, when everything is stored."""
        self._task = asyncio.create_task(self._whole(ended), name=f"run {self.kept.row.key}")

    def end(self, why: str) -> None:
        """Break off for `why`: `stop` (the operator), `withdraw` (the operator, from the queue),
        `close` (the program ends) or `next` (a further turn begins while the stream of one with a
        verdict is still open)."""
        if self._ending:
            return
        self._ending = why
        # A task that is cancelled before its first step would never come to say what became of it.
        if self._begun and self._task is not None:
            self._task.cancel()

    @property
    @abstractmethod
    def paid(self) -> bool:
        """Whether an answer is arriving that is paid for and cannot be had again."""

    @abstractmethod
    async def carry_out(self) -> None:
        """From the stored question to the verdict. Errors of the wire that it lets out end in a
        visible cut."""

    @abstractmethod
    def broken_off(self, why: str) -> None:
        """Say what became of the run that `end` broke off."""

    # --- the frame round it --------------------------------------------------------------------

    async def _whole(self, ended: Callable[[Kept], None]) -> None:
        try:
            await self._guarded()
        finally:
            self.kept.run = None
            self.kept.shown = None
            self.kept.detail = ""
            try:
                self.house.writer.touch(self.kept)
            finally:
                ended(self.kept)
                self.done.set()

    async def _guarded(self) -> None:
        self._begun = True
        try:
            if self._ending:
                self.broken_off(self._ending)
                return
            await self.carry_out()
        except asyncio.CancelledError:
            self.broken_off(self._ending or "close")
        except errors.WireError as error:
            self.cut(error.text, error.title)
        except Exception as error:
            self._crashed(error)

    def _crashed(self, error: Exception) -> None:
        """A mistake of this program: said, not hidden; the message may hold foreign text."""
        name = type(error).__name__
        places = [
            f"{frame.filename.rpartition('/')[2]}:{frame.lineno}"
            for frame in traceback.extract_tb(error.__traceback__)
        ]
        log.error("run ended by %s at %s", name, " ".join(places[-6:]))
        self.fact(NoticeNoted(text=f"internal error ({name} at {places[-1] if places else '?'})"))
        self.cut("This program made a mistake and stopped reading; what came is kept.")

    # --- words ---------------------------------------------------------------------------------

    def fact(self, fact: LocalFact) -> None:
        """Store and show a local fact."""
        self.house.writer.fact(self.kept, fact)

    def cut(self, text: str, title: str = "") -> None:
        """The run ends without a verdict; `title` where it was not the line that was lost."""
        self.fact(RunCut(kept=self.kept.row.frames, text=text, title=title))

    def refused(self, error: errors.WireError, *, safe: bool) -> None:
        """The service, or somebody on the way, said no."""
        self.fact(
            Refused(
                status=error.status,
                code=error.code,
                title=error.title,
                text=error.text,
                way_out=error.way_out,
                request_id=error.request_id,
                safe=safe,
            )
        )

    def not_sent(self, error: errors.WireError, tries: int) -> None:
        """The request was not taken, and everybody knows it: asking again is safe."""
        if isinstance(error, errors.Refused):
            self.refused(error, safe=True)
            return
        text = error.text or error.title
        if tries > 1:
            text = f"{text} Tried {tries} times."
        self.fact(NotDispatched(text="\n".join(filter(None, (text, error.way_out)))))

    def show(self, state: State | None, detail: str = "") -> None:
        """Say what no event says; None leaves it to the events again. Committed."""
        kept = self.kept
        if kept.shown is state and kept.detail == detail:
            return
        if kept.shown is not state:
            kept.shown_at = self.house.clock()
        kept.shown = state
        kept.detail = detail
        self.house.writer.touch(kept)

    def decode(self, frame: Frame) -> tuple[AnyEvent, ...]:
        """The events of a frame of this session's service."""
        return dialect.decode(self.kept.row.service, frame)

    async def wait_after(self, error: errors.WireError, attempt: int) -> None:
        """Wait before repeating what nobody has taken; shown. Raises GaveUp after the last try."""
        backoff = self.house.backoff
        after = error.retry_after
        throttled = isinstance(error, errors.Throttled)
        attempts = backoff.attempts if throttled else min(backoff.attempts, backoff.unreached)
        if attempt >= attempts or (after is not None and after > LONGEST):
            raise GaveUp(error, attempt)
        wait = backoff.wait(attempt - 1, after)
        what = "too many requests" if throttled else "not reached"
        self.show(State.STARTING, f"{what}, try {attempt + 1} of {attempts} in {wait:.0f} s")
        await asyncio.sleep(wait)


def harmless(error: errors.WireError) -> bool:
    """Whether the request was certainly not taken and may go out again by itself."""
    return isinstance(error, errors.Throttled) or (
        isinstance(error, errors.NotReached) and not error.reached
    )

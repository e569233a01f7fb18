"""How a stream of DMS ended, and what is said when a run has come to its end."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum, auto

from das_tui.domain.events import NoticeNoted, Refused
from das_tui.domain.session import RUNNING, State
from das_tui.light import dataclass
from das_tui.run.dms_sending import GONE, DmsSending
from das_tui.wire import errors

UNENDED = RUNNING | {State.CUT}
"""States of a session whose last turn has no verdict."""


class End(Enum):
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
class Stream:
    """What one stream has brought so far."""

    new: int = 0
    finished: bool = False
    finish_taken: bool = False
    left_open: bool = False
    verdict_again: bool = False
    error: errors.WireError | None = None


class DmsEnds(DmsSending):
    """The ends of `DmsRun`. `_hard` says that the verdict leaves nothing to read, `_turned` that
    something of a turn came."""

    _hard = False
    _turned = False
    _agent_before = ""

    def _judge(self, found: Stream) -> End:
        """What the end of a stream means. Without an end mark it is a cut, however clean."""
        if self.verdict and (self._hard or found.finished or found.left_open):
            return End.OVER
        if found.finish_taken and (self._turned or not self._message or not self.kept.turns):
            return End.OVER
        if found.error is not None:
            return End.CUT
        if not found.new:
            return End.EMPTY
        return End.EMPTY if found.finished else End.CUT

    @staticmethod
    def _final(error: errors.WireError) -> bool:
        """Whether asking for the stream again cannot help. Reading costs nothing and changes
        nothing, so everything that may pass is tried again."""
        if isinstance(error, errors.Throttled | errors.NotReached | errors.LineBroken):
            return False
        if isinstance(error, errors.BadAnswer):
            return False
        return not (isinstance(error, errors.Refused) and error.status >= 500)

    def _end_missing(self, stream: Stream) -> None:
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
        if self._message is None and self.kept.turn.state not in UNENDED:
            self.fact(NoticeNoted(text=f"the session is {word}, nothing new comes"))
            return
        if self._uncertain and not self._fresh:
            self.cut(
                f"Nothing came and the session is {word}: the service seems not to have taken "
                "the message."
            )
            return
        self.cut(f"The service reports the session as {word} and sends nothing new.")

    def _gave_up(self, error: errors.WireError | None, tries: int) -> None:
        if error is not None:
            self._unread(error)
            nothing = self._message is None and not self.kept.row.frames and not self._foreign
            if isinstance(error, errors.Throttled) and nothing:
                self.not_sent(error, tries)
                return
            if self._hopeless(error) and self._foreign:
                self.cut("Nothing of the session could be read yet; follow it.", error.title)
                return
            if self._hopeless(error):
                self.not_sent(error, self.house.backoff.unreached)
                return
        why = f"{error.title}. " if error is not None else ""
        if isinstance(error, errors.BadAnswer) and error.text:
            # What came instead of the stream is what the operator can do something about.
            why = f"{error.text} "
        self.cut(
            f"{why}The run may go on at the service; follow it. Nothing is sent a second time."
        )

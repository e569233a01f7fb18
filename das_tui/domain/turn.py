"""The reducer: events of one session in, blocks and an overview out.

Live streaming, reload from disk, replay, export and tests all go through `Turn`, so they cannot
disagree. It has no clock and does no I/O: the caller gives the receive time and the position of
the record that an event came from.

`Turn` itself knows what the operator and the line did and which event means what. The blocks are
in `canvas`, tool calls in `toolbox`, plan, steps and asks in `planning`, texts and contents in
`streams`, the state in `standing`, the words about the line in `notices`.
"""

from collections.abc import Callable, Sequence
from typing import Any, Self, TypeAlias

from das_tui.domain import events as ev
from das_tui.domain import notices
from das_tui.domain.blocks import Answer, Block, Failure, Note, Notice, Question, Raw, Tone
from das_tui.domain.canvas import Canvas
from das_tui.domain.events import AnyEvent, Voice
from das_tui.domain.failures import das_failure, dms_failure
from das_tui.domain.plan import StepStatus
from das_tui.domain.planning import Planning
from das_tui.domain.session import Overview, State
from das_tui.domain.standing import Standing, Usage
from das_tui.domain.streams import Streams
from das_tui.domain.toolbox import Toolbox
from das_tui.domain.usage import PaidAnswer
from das_tui.domain.words import APPROVALS, LATER_TOO, REFUSALS

_SAME_MOMENT = 5.0
"""A service stamp this close to the receive time is the same moment; ours has fractions."""


class Turn:
    """Everything that one session has shown so far, turn after turn.

    `apply` takes events in stored order. `changed` gives the blocks that are new or different
    since it was last called; a block never changes its index. `resumed` makes one that goes on
    where another stood. Of a very long block the beginning is kept, unless `whole` is set; the
    blocks are the same otherwise.
    """

    def __init__(
        self, first: int = 0, blocks: Sequence[Block] = (), *, whole: bool = False
    ) -> None:
        self._canvas = Canvas(first, blocks, whole=whole)
        self._toolbox = Toolbox(self._canvas)
        self._planning = Planning(self._canvas)
        self._streams = Streams(self._canvas, self._toolbox, self._planning)
        self._standing = Standing()
        self._usage = Usage()
        self._question = ""
        self._sent: list[str] = []
        self._line_notice = -1
        self._replying = False
        self._request_id = ""
        self._session_id = ""
        self._last: float | None = None
        self._checkpoint: int | None = None
        self._failures = 0
        self._has_levels = False
        self._kept = 0
        self._position = 0

    # --- stored and taken up again -------------------------------------------------------------

    def mark(self) -> list[Any]:
        """All that the reducer knows besides its blocks, as parts and plain lists."""
        return [
            *[self._canvas.mark(), self._toolbox.mark(), self._planning.mark()],
            *[self._streams.mark(), self._standing.mark(), self._usage.mark()],
            [self._question, self._sent, self._line_notice, self._replying],
            [self._request_id, self._session_id, self._last, self._checkpoint],
            [self._failures, self._has_levels, self._kept, self._position],
        ]

    @classmethod
    def resumed(cls, mark: Any, first: int, blocks: Sequence[Block]) -> Self:
        """A reducer that goes on where the one of `mark` stood. `blocks` are its last ones, from
        the index `first` on. Raises ValueError, TypeError or AttributeError for anything else."""
        turn = cls(first, blocks)
        canvas, toolbox, planning, streams, standing, usage, asked, ids, sums = mark
        turn._canvas.resume(canvas)
        turn._toolbox.resume(toolbox)
        turn._planning.resume(planning)
        turn._streams.resume(streams)
        turn._standing.resume(standing)
        turn._usage.resume(usage)
        turn._question, sent, turn._line_notice, turn._replying = asked
        turn._sent = list(sent)
        turn._request_id, turn._session_id, turn._last, turn._checkpoint = ids
        turn._failures, turn._has_levels, turn._kept, turn._position = sums
        return turn

    # --- reading -------------------------------------------------------------------------------

    @property
    def state(self) -> State:
        """How the session stands after the last event."""
        return self._standing.state

    @property
    def count(self) -> int:
        """The number of all blocks, released ones too."""
        return self._canvas.count

    @property
    def first(self) -> int:
        """The index of the first of `blocks`; 0 unless earlier ones were released."""
        return self._canvas.first

    @property
    def blocks(self) -> list[Block]:
        """The blocks from `first` on as they stand now."""
        return self._canvas.blocks

    @property
    def altered(self) -> dict[int, Block]:
        """Blocks that changed after they were released."""
        return self._canvas.altered

    def release(self, upto: int, fetch: Callable[[int], Block]) -> None:
        """Drop the blocks before the index `upto`, which `fetch` gives back if need be."""
        self._canvas.release(upto, fetch)

    def changed(self) -> dict[int, Block]:
        """Blocks that are new or changed since the last call, by index."""
        return self._canvas.changed()

    def skip_changes(self) -> None:
        """Take what changed so far for told: who has all blocks needs no changes."""
        self._canvas.skip_changes()

    def level(self, index: int) -> int | None:
        """The level of a block so far, None for one that no threshold hides."""
        return self._canvas.level(index)

    @property
    def answers(self) -> list[PaidAnswer]:
        """What is paid by the character, answer by answer; the last one may still grow."""
        return self._usage.answers

    @property
    def asked_position(self) -> int:
        """The record of the present question, 0 before the first."""
        return self._usage.position

    @property
    def overview(self) -> Overview:
        """What panes, dock and status line show. Its cost does not grow with the transcript."""
        standing, planning = self._standing, self._planning
        toolbox, streams = self._toolbox, self._streams
        waiting = planning.ask >= 0 and standing.state is State.NEEDS_INPUT
        return Overview(
            state=standing.state,
            since=standing.since,
            detail=standing.detail,
            plan=planning.waiting() if waiting else planning.plan,
            tools=toolbox.lines,
            tool_count=toolbox.count,
            tool_seconds=toolbox.seconds,
            files=streams.files,
            suggestions=streams.suggestions,
            ask=planning.open_ask if waiting else None,
            ask_block=planning.ask if waiting else -1,
            chars=self._usage.chars,
            estimated=self._usage.estimated,
            request_id=self._request_id,
            session_id=self._session_id,
            started_at=standing.started,
            last_at=self._last,
            kept=self._kept,
            checkpoint=self._checkpoint,
            step=planning.step_name,
            errors=self._failures + toolbox.failed,
            has_levels=self._has_levels,
            question=self._question,
            changes=planning.changes,
        )

    # --- applying ------------------------------------------------------------------------------

    def apply(self, event: AnyEvent, at: float, position: int) -> None:
        """Take one event, received at `at` (UNIX seconds), from the record at `position`."""
        stamped = event.at
        now = at if stamped is None or abs(at - stamped) <= _SAME_MOMENT else stamped
        if position != self._position:
            self._kept += 1
            self._position = position
        self._last = now
        if event.level is not None:
            self._has_levels = True
        if event.checkpoint is not None:
            self._checkpoint = max(self._checkpoint or 0, event.checkpoint)
        self._canvas.moment(now, position, event.level)
        handler = _ALIVE.get(type(event))
        if handler is not None:
            self._standing.alive(now)
        else:
            handler = _OTHERS[type(event)]
        handler(self, event)

    def _set(self, state: State, detail: str = "") -> None:
        self._standing.set(state, self._canvas.now, detail)

    def _ids(self, event: ev.TextAppended | ev.UsageReported | ev.RunFailed) -> None:
        self._session_id = event.session_id or self._session_id
        self._request_id = event.request_id or self._request_id

    def _close(self, *, cut: bool = False) -> None:
        """Nothing stays open over the end of a turn; `cut` where the line or the run broke."""
        for said in self._streams.close(cut=cut):
            self._echoed(said)
        self._toolbox.close(cut=cut)

    def _end(self, state: State, detail: str = "", *, steps: StepStatus) -> None:
        """The run has a verdict; a step that was running ends with `steps`."""
        self._planning.end(steps)
        self._end_notice()
        self._set(state, detail)

    def _fail(self, failure: Failure) -> None:
        self._failures += 1
        self._canvas.add(failure)

    # --- operator ------------------------------------------------------------------------------

    def _question_asked(self, event: ev.QuestionAsked) -> None:
        self._close()
        self._planning.settle("reply")
        self._sent.append(event.text)
        self._begin(event.text)
        self._set(State.STARTING)

    def _begin(self, question: str) -> None:
        """A new question begins: what belongs to the one before is not carried over."""
        self._planning.begin()
        self._toolbox.begin()
        self._streams.begin()
        self._end_notice()
        self._question = question
        self._canvas.add(Question(question))
        self._usage.begin(self._position)
        self._standing.started = self._canvas.now
        self._standing.heard = False

    def _reply_given(self, event: ev.ReplyGiven) -> None:
        self._sent.append(event.text)
        self._answered(event.choice, event.text)
        self._replying = True
        self._set(State.STARTING)

    def _answered(self, choice: str, text: str) -> None:
        """The ask was answered, here or elsewhere; words that say more than the choice show."""
        if not self._planning.settle(choice):
            self._canvas.add(Question(text))
        self._standing.heard = False

    def _echoed(self, text: str) -> None:
        """The service repeated words of the operator; those that this program sent show already."""
        if text in self._sent:
            self._sent.remove(text)
        elif text:
            self._canvas.add(Question(text))

    def _dispatched(self, event: ev.Dispatched) -> None:
        self._request_id = event.request_id or self._request_id
        self._replying = False
        if self._standing.state in {State.IDLE, State.QUEUED, State.NOT_DISPATCHED}:
            self._set(State.STARTING)

    def _refused(self, event: ev.Refused) -> None:
        self._close(cut=True)
        self._end_notice()
        failure, safe = notices.refused(
            event, asked=bool(self._question), heard=self._standing.heard
        )
        self._fail(failure)
        self._request_id = event.request_id or self._request_id
        self._undelivered(State.FAILED, safe)

    def _not_dispatched(self, event: ev.NotDispatched) -> None:
        self._end_notice()
        self._fail(Failure(title="Not sent", text=event.text))
        self._undelivered(State.NOT_DISPATCHED, "nothing was sent, safe to ask again")

    def _undelivered(self, state: State, detail: str) -> None:
        """A message was not taken. An answer that was not leaves the agent waiting."""
        if self._replying and self._planning.reopen():
            self._set(State.NEEDS_INPUT, "your answer was not taken")
        else:
            self._set(state, detail)
        self._replying = False

    def _stop_asked(self, event: ev.StopAsked) -> None:
        self._canvas.add(notices.STOP_ASKED)
        self._standing.detail = "stop asked"

    def _listening_stopped(self, event: ev.ListeningStopped) -> None:
        self._close()
        self._end_notice()
        self._canvas.add(notices.LISTENING_STOPPED)
        self._set(State.CANCELLED, "by you")

    # --- line ----------------------------------------------------------------------------------

    def _line_lost(self, event: ev.LineLost) -> None:
        notice, retry = notices.line_lost(event)
        if self._line_notice >= 0:
            self._canvas.update(self._line_notice, notice)
        else:
            self._line_notice = self._canvas.add(notice, live=True)
        self._set(State.LINE_LOST, retry)

    def _resumed(self, event: ev.Resumed) -> None:
        self._end_notice(notices.resumed(event), pin=event.lost != 0)
        if self._standing.state in {State.LINE_LOST, State.STARTING, State.CUT, State.IDLE}:
            self._set(State.LIVE)

    def _run_cut(self, event: ev.RunCut) -> None:
        self._close(cut=True)
        self._end_notice(notices.run_cut(event))
        paid = not self._has_levels
        self._set(State.CUT, "asking again is a new paid question" if paid else "")

    def _end_notice(self, body: Notice | None = None, *, pin: bool | None = None) -> None:
        """The notice of the lost line is final; `body` takes its place, or a new block."""
        if self._line_notice >= 0:
            self._canvas.update(self._line_notice, body, live=False, pin=pin, own=body is not None)
            self._line_notice = -1
        elif body is not None:
            self._canvas.add(body)

    def _heartbeat(self, event: ev.Heartbeat) -> None:
        if self._standing.state is State.LINE_LOST:
            self._set(State.LIVE)

    # --- turns ---------------------------------------------------------------------------------

    def _turn_started(self, event: ev.TurnStarted) -> None:
        self._close()
        self._replying = False
        if event.text and event.text in self._sent:
            self._sent.remove(event.text)
        elif event.text:
            self._someone_said(event.text)
        elif self._planning.waits:
            self._planning.settle("reply")
        if not self._standing.heard:
            self._standing.started = self._canvas.now
        if self._standing.state is not State.LIVE:
            self._set(State.LIVE)
        self._standing.alive(self._canvas.now)

    def _someone_said(self, text: str) -> None:
        """A message that this program did not send, from the web or an earlier life."""
        if not self._planning.waits:
            self._planning.drop_ask()
            self._begin(text)
        elif text in APPROVALS:
            self._answered("approve", text)
        elif text in LATER_TOO:
            self._answered("approve_all", text)
        else:
            self._answered("refuse" if text in REFUSALS else "reply", text)

    def _human_asked(self, event: ev.HumanAsked) -> None:
        self._close()
        self._planning.put_ask(
            event.kind, event.content_type, event.text, event.checkpoint, waits=True
        )
        self._end_notice()
        self._set(State.NEEDS_INPUT)

    def _turn_finished(self, event: ev.TurnFinished) -> None:
        self._close()
        self._streams.closing(event.text)
        self._end(State.FINISHED, steps=StepStatus.DONE)

    def _turn_cancelled(self, event: ev.TurnCancelled) -> None:
        self._close()
        self._canvas.add(Notice("the run was cancelled", Tone.QUIET, event.text))
        self._end(State.CANCELLED, steps=StepStatus.SKIPPED)

    def _run_failed(self, event: ev.RunFailed) -> None:
        self._close(cut=True)
        self._ids(event)
        if event.category is None and not self._has_levels:
            self._fail(das_failure(event, self._usage.unreported, self._request_id))
        else:
            self._fail(dms_failure(event))
        self._end(State.FAILED, event.code, steps=StepStatus.FAILED)

    def _stream_finished(self, event: ev.StreamFinished) -> None:
        if self._standing.state is State.LIVE and self._standing.heard:
            self._close()
            self._end(State.FINISHED, steps=StepStatus.DONE)

    def _done(self, event: ev.Done) -> None:
        self._close()
        if self._standing.state in {State.LIVE, State.STARTING, State.LINE_LOST}:
            self._end(State.FINISHED, steps=StepStatus.DONE)

    def _usage_reported(self, event: ev.UsageReported) -> None:
        self._ids(event)
        self._close()
        text = event.text.strip()
        if text and not self._usage.said(text):
            self._canvas.add(Answer(event.text))
        if event.chars is not None:
            self._usage.report(event.chars, self._canvas.now)
        self._end(State.FINISHED, steps=StepStatus.DONE)

    def _malformed(self, event: ev.MalformedArrived) -> None:
        self._canvas.add(Raw("malformed", event.text, malformed=True, reason=event.reason))

    # --- texts, tools, steps -------------------------------------------------------------------

    def _text_appended(self, event: ev.TextAppended) -> None:
        self._ids(event)
        if event.text and self._streams.append_text(event) is Voice.ANSWER:
            self._usage.came(event.text, self._canvas.now)

    def _text_finished(self, event: ev.TextFinished) -> None:
        self._echoed(self._streams.end_text(event.lane))

    def _tool_called(self, event: ev.ToolCalled) -> None:
        self._request_id = event.request_id or self._request_id
        if not event.call_id:
            self._streams.end_answers()
        self._toolbox.called(event)

    def _step_finished(self, event: ev.StepFinished) -> None:
        self._planning.end_step()
        if event.status not in {"", "completed", "finished", "success"}:
            self._canvas.add(Note(f"{event.name} {event.status}", name="step"))

    def _status_changed(self, event: ev.StatusChanged) -> None:
        number = self._planning.number_of(event.task)
        if number:
            self._planning.enter(number, event.task)
            return
        task = event.task if event.task != event.current else ""
        words = " ".join(filter(None, (event.previous, "to", event.current, task)))
        self._canvas.add(Note(words, name="status"))


_Handlers: TypeAlias = dict[type, Callable[[Turn, Any], object]]

_ALIVE: _Handlers = {
    ev.TextStarted: lambda turn, event: turn._streams.start_text(event.lane, event.voice),
    ev.TextAppended: Turn._text_appended,
    ev.ContentStarted: lambda turn, event: turn._streams.start(event),
    ev.ContentAppended: lambda turn, event: turn._streams.append(event),
    ev.ContentFinished: lambda turn, event: turn._streams.finish(event),
    ev.ContentArrived: lambda turn, event: turn._streams.arrived(event),
    ev.ToolCalled: Turn._tool_called,
    ev.ToolArgsAppended: lambda turn, event: turn._toolbox.args(event.call_id, event.text),
    ev.ToolCallEnded: lambda turn, event: turn._toolbox.ended(event),
    ev.ToolAnswered: lambda turn, event: turn._toolbox.answered(event),
    ev.StepStarted: lambda turn, event: turn._planning.enter(0, event.label or event.name),
    ev.StatusChanged: Turn._status_changed,
    ev.HumanAsked: Turn._human_asked,
    ev.TurnFinished: Turn._turn_finished,
    ev.UsageReported: Turn._usage_reported,
    ev.UnknownArrived: lambda turn, event: turn._canvas.add(Raw(event.name, event.text)),
}
"""What only a run that is alive says: it makes a silent one live."""

_OTHERS: _Handlers = {
    ev.QuestionAsked: Turn._question_asked,
    ev.ReplyGiven: Turn._reply_given,
    ev.Dispatched: Turn._dispatched,
    ev.Refused: Turn._refused,
    ev.NotDispatched: Turn._not_dispatched,
    ev.StopAsked: Turn._stop_asked,
    ev.ListeningStopped: Turn._listening_stopped,
    ev.NoticeNoted: lambda turn, event: turn._canvas.add(Notice(event.text)),
    ev.LineLost: Turn._line_lost,
    ev.Resumed: Turn._resumed,
    ev.RunCut: Turn._run_cut,
    ev.Heartbeat: Turn._heartbeat,
    ev.TurnStarted: Turn._turn_started,
    ev.TurnCancelled: Turn._turn_cancelled,
    ev.RunFailed: Turn._run_failed,
    ev.StreamFinished: Turn._stream_finished,
    ev.Done: Turn._done,
    ev.TextFinished: Turn._text_finished,
    ev.StepFinished: Turn._step_finished,
    ev.MalformedArrived: Turn._malformed,
}

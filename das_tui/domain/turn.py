"""The reducer: events of one session in, blocks and an overview out.

Live streaming, reload from disk, replay, export and tests all go through `Turn`, so they cannot
disagree. It has no clock and does no I/O: the caller gives the receive time and the position of
the record that an event came from.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from das_tui.domain import content
from das_tui.domain.blocks import (
    Answer,
    Ask,
    Block,
    Body,
    Chart,
    Failure,
    FileNote,
    Note,
    Notice,
    PlanShown,
    Question,
    Raw,
    Report,
    StepRule,
    Suggestions,
    Text,
    Thought,
    Tone,
    Tool,
    ToolStatus,
)
from das_tui.domain.events import (
    AnyEvent,
    AskKind,
    ContentAppended,
    ContentArrived,
    ContentFinished,
    ContentStarted,
    Dispatched,
    Done,
    Heartbeat,
    HumanAsked,
    LineLost,
    ListeningStopped,
    MalformedArrived,
    NotDispatched,
    NoticeNoted,
    QuestionAsked,
    Refused,
    ReplyGiven,
    Resumed,
    RunCut,
    RunFailed,
    StatusChanged,
    StepFinished,
    StepStarted,
    StopAsked,
    StreamFinished,
    TextAppended,
    TextFinished,
    TextStarted,
    ToolAnswered,
    ToolArgsAppended,
    ToolCalled,
    ToolCallEnded,
    TurnCancelled,
    TurnFinished,
    TurnStarted,
    UnknownArrived,
    UsageReported,
    Voice,
)
from das_tui.domain.failures import das_failure, dms_failure
from das_tui.domain.params import from_json, from_words
from das_tui.domain.plan import Change, Plan, StepStatus, diff
from das_tui.domain.session import Overview, State, ToolLine
from das_tui.domain.words import APPROVALS, LATER_TOO, REFUSALS

TOOL_LINES = 200
"""How many of the latest tool calls the overview lists; the counts are of all."""

_SAME_MOMENT = 5.0
"""A service stamp this close to the receive time is the same moment; ours has fractions."""


@dataclass(slots=True)
class _Open:
    """A block that is still being received. `pieces` are joined only when somebody looks."""

    index: int
    started: float
    category: str = ""
    content_type: str = "str"
    pieces: list[str] = field(default_factory=list)
    voice: Voice = Voice.ANSWER
    implicit: bool = False
    dirty: bool = False
    text: str = ""

    def joined(self) -> str:
        if len(self.pieces) > 1:
            self.pieces = ["".join(self.pieces)]
        return self.pieces[0] if self.pieces else ""


class Turn:
    """Everything that one session has shown so far, turn after turn.

    `apply` takes events in stored order. `changed` gives the blocks that are new or different
    since it was last called; a block never changes its index.
    """

    def __init__(self) -> None:
        self._blocks: list[Block] = []
        self._changed: set[int] = set()
        self._state = State.IDLE
        self._since = 0.0
        self._detail = ""
        self._lanes: dict[str, _Open] = {}
        self._contents: dict[str, _Open] = {}
        self._tools: dict[int, ToolLine] = {}
        self._calls: dict[str, int] = {}
        self._args: dict[str, list[str]] = {}
        self._das_tool = -1
        self._choices: list[content.Choice] = []
        self._plan: Plan | None = None
        self._plan_before: Plan | None = None
        self._step = -1
        self._ask = -1
        self._conclusions: dict[tuple[str, str], int] = {}
        self._sent: list[str] = []
        self._files: dict[str, int] = {}
        self._suggestions: tuple[str, ...] = ()
        self._answered = 0
        self._turn_answers: list[str] = []
        self._counted = 0
        self._reported = 0
        self._line_notice = -1
        self._heard = False
        self._request_id = ""
        self._session_id = ""
        self._started: float | None = None
        self._last: float | None = None
        self._checkpoint: int | None = None
        self._errors = 0
        self._has_levels = False
        self._tools_seconds = 0.0
        self._kept = 0
        self._now = 0.0
        self._position = 0
        self._event: AnyEvent = Heartbeat()

    # --- reading -------------------------------------------------------------------------------

    @property
    def state(self) -> State:
        """How the session stands after the last event."""
        return self._state

    @property
    def blocks(self) -> list[Block]:
        """All blocks as they stand now."""
        self._materialise()
        return self._blocks

    def changed(self) -> dict[int, Block]:
        """Blocks that are new or changed since the last call, by index."""
        self._materialise()
        found = {index: self._blocks[index] for index in sorted(self._changed)}
        self._changed.clear()
        return found

    @property
    def overview(self) -> Overview:
        """What panes, dock and status line show."""
        waiting = self._ask >= 0 and self._state is State.NEEDS_INPUT
        body = self._blocks[self._ask].body if waiting else None
        step = self._blocks[self._step].body if self._step >= 0 else None
        return Overview(
            state=self._state,
            since=self._since,
            detail=self._detail,
            plan=_waiting(self._plan) if waiting else self._plan,
            tools=tuple(list(self._tools.values())[-TOOL_LINES:]),
            tool_count=len(self._tools),
            tool_seconds=self._tools_seconds,
            files=tuple(self._files.items()),
            suggestions=self._suggestions,
            ask=body if isinstance(body, Ask) else None,
            ask_block=self._ask if waiting else -1,
            chars=self._reported + self._counted,
            estimated=self._counted > 0,
            request_id=self._request_id,
            session_id=self._session_id,
            started_at=self._started,
            last_at=self._last,
            kept=self._kept,
            checkpoint=self._checkpoint,
            step=step.name if isinstance(step, StepRule) else "",
            errors=self._errors,
            has_levels=self._has_levels,
        )

    # --- applying ------------------------------------------------------------------------------

    def apply(self, event: AnyEvent, at: float, position: int) -> None:
        """Take one event, received at `at` (UNIX seconds), from the record at `position`."""
        stamped = event.at
        far = stamped is not None and abs(at - stamped) > _SAME_MOMENT
        self._now = stamped if stamped is not None and far else at
        if position != self._position:
            self._kept += 1
            self._position = position
        self._event = event
        self._last = self._now
        if event.level is not None:
            self._has_levels = True
        if event.checkpoint is not None:
            self._checkpoint = max(self._checkpoint or 0, event.checkpoint)
        handler = _HANDLERS[type(event)]
        handler(self, event)

    def _set(self, state: State, detail: str = "") -> None:
        if state is not self._state:
            self._since = self._now
            self._state = state
        self._detail = detail

    def _wire(self) -> None:
        """Something of substance came over the line: the run is alive."""
        self._heard = True
        if self._state in {State.IDLE, State.STARTING, State.QUEUED, State.LINE_LOST, State.CUT}:
            self._set(State.LIVE)
        if self._started is None:
            self._started = self._now

    # --- blocks --------------------------------------------------------------------------------

    def _add(
        self,
        body: Body,
        *,
        live: bool = False,
        pinned: bool = False,
        level: int | None = None,
        seconds: float | None = None,
    ) -> int:
        index = len(self._blocks)
        block = Block(
            index=index,
            body=body,
            level=self._event.level if level is None else level,
            pinned=pinned or _pinned(body),
            at=self._now,
            seconds=seconds,
            live=live,
            first=self._position,
            last=self._position,
        )
        self._blocks.append(block)
        self._changed.add(index)
        return index

    def _update(self, index: int, **changes: Any) -> None:
        block = self._blocks[index]
        level, event_level = block.level, self._event.level
        if event_level is not None:
            level = event_level if level is None else max(level, event_level)
        changes.setdefault("level", level)
        changes.setdefault("last", max(block.last, self._position))
        if "body" in changes and _pinned(changes["body"]):
            changes["pinned"] = True
        self._blocks[index] = replace(block, **changes)
        self._changed.add(index)

    def _touch(self, open_: _Open, piece: str) -> None:
        """A piece arrived for an open block; its text is joined when somebody looks."""
        open_.pieces.append(piece)
        open_.dirty = True
        level = self._event.level
        block = self._blocks[open_.index]
        if level is not None and (block.level is None or level > block.level):
            self._update(open_.index)

    def _materialise(self) -> None:
        for open_ in (*self._lanes.values(), *self._contents.values()):
            if open_.dirty:
                open_.dirty = False
                body = self._live_body(open_)
                if body is not None:
                    block = self._blocks[open_.index]
                    self._blocks[open_.index] = replace(block, body=body, last=self._position)
                    self._changed.add(open_.index)

    def _live_body(self, open_: _Open) -> Body | None:
        text = open_.joined()
        body = self._blocks[open_.index].body
        if isinstance(body, Thought):
            return Thought(text)
        if isinstance(body, Question):
            return Question(text)
        if isinstance(body, Answer):
            if not body.conclusion:
                return Answer(text)
            if text.lstrip()[:1] == "{":
                return Answer(content.partial_result(text), conclusion=True)
            return Answer(content.strip_traces(text), conclusion=True)
        if isinstance(body, Note):
            return Note(text, name=body.name)
        return None

    # --- operator ------------------------------------------------------------------------------

    def _question_asked(self, event: QuestionAsked) -> None:
        self._close_all()
        self._sent.append(event.text)
        self._add(Question(event.text))
        self._begin_turn()
        self._set(State.STARTING)

    def _begin_turn(self) -> None:
        self._heard = False
        self._turn_answers = []
        self._suggestions = ()
        self._started = self._now
        self._line_notice = -1

    def _reply_given(self, event: ReplyGiven) -> None:
        self._sent.append(event.text)
        if not self._settle_ask(event.choice):
            self._add(Question(event.text))
        self._heard = False
        self._set(State.STARTING)

    def _settle_ask(self, choice: str) -> bool:
        """Mark the waiting ask as answered; False where the words themselves must be shown."""
        ask = self._blocks[self._ask].body if self._ask >= 0 else None
        if not isinstance(ask, Ask):
            return False
        said = _said(ask, choice)
        self._update(
            self._ask, body=replace(ask, answered=said or "you answered in words"), live=False
        )
        self._ask = -1
        return bool(said)

    def _dispatched(self, event: Dispatched) -> None:
        self._request_id = event.request_id or self._request_id
        if self._state in {State.IDLE, State.QUEUED, State.NOT_DISPATCHED}:
            self._set(State.STARTING)

    def _refused(self, event: Refused) -> None:
        self._close_all()
        fact = " ".join(filter(None, (str(event.status) if event.status else "", event.code)))
        self._fail(
            Failure(
                title=event.title or "Refused",
                fact=fact,
                text=event.text,
                way_out=event.way_out,
                request_id=event.request_id,
            )
        )
        self._request_id = event.request_id or self._request_id
        safe = "before an answer, safe to ask again" if event.safe else "do not repeat"
        self._set(State.FAILED, safe)

    def _not_dispatched(self, event: NotDispatched) -> None:
        self._fail(Failure(title="Not sent", text=event.text))
        self._set(State.NOT_DISPATCHED, "nothing was sent, safe to ask again")

    def _fail(self, failure: Failure) -> None:
        self._errors += 1
        self._add(failure)

    def _line_lost(self, event: LineLost) -> None:
        retry = f"reconnecting in {event.retry_in:.0f} s" if event.retry_in else "reconnecting"
        tries = f"try {event.attempt} of {event.attempts}" if event.attempts else ""
        body = Notice(
            "   ".join(filter(None, (f"Line lost, {event.kept:,} kept", retry, tries))),
            Tone.ATTENTION,
            event.text
            or "The run goes on at the service and is followed from here. "
            "Nothing is sent a second time.",
        )
        if self._line_notice >= 0:
            self._update(self._line_notice, body=body)
        else:
            self._line_notice = self._add(body, live=True)
        self._set(State.LINE_LOST, retry)

    def _resumed(self, event: Resumed) -> None:
        place = "the beginning" if event.resumed_at is None else f"{event.resumed_at:,}"
        lost = "loss unknown" if event.lost < 0 else f"{event.lost:,} lost"
        body = Notice(f"resumed at {place}   {lost}   {event.repeated:,} repeated", Tone.GOOD)
        if self._line_notice >= 0:
            self._update(self._line_notice, body=body, live=False, pinned=event.lost != 0)
            self._line_notice = -1
        else:
            self._add(body)
        if self._state in {State.LINE_LOST, State.STARTING, State.CUT, State.IDLE}:
            self._set(State.LIVE)

    def _run_cut(self, event: RunCut) -> None:
        self._close_all()
        title = f"Line lost, {event.kept:,} kept"
        body = Notice(title, Tone.ATTENTION, event.text)
        if self._line_notice >= 0:
            self._update(self._line_notice, body=body, live=False)
            self._line_notice = -1
        else:
            self._add(body)
        paid = not self._has_levels
        self._set(State.CUT, "asking again is a new paid question" if paid else "")

    def _stop_asked(self, event: StopAsked) -> None:
        self._add(Notice("you asked the service to stop this run"))
        self._detail = "stop asked"

    def _listening_stopped(self, event: ListeningStopped) -> None:
        self._close_all()
        self._add(
            Notice(
                "you stopped listening",
                Tone.ATTENTION,
                "The service cannot be told to stop; the answer may go on and be billed.",
            )
        )
        self._set(State.CANCELLED, "by you")

    def _notice_noted(self, event: NoticeNoted) -> None:
        self._add(Notice(event.text))

    # --- turns ---------------------------------------------------------------------------------

    def _turn_started(self, event: TurnStarted) -> None:
        self._close_all()
        if event.text and event.text in self._sent:
            self._sent.remove(event.text)
        elif event.text:
            self._someone_said(event.text)
        if self._state is not State.LIVE:
            self._set(State.LIVE)
        if not self._heard:
            self._started = self._now
        self._wire()

    def _someone_said(self, text: str) -> None:
        """A message that this program did not send, from the web or an earlier life."""
        choice = ""
        if text in APPROVALS:
            choice = "approve"
        elif text in LATER_TOO:
            choice = "approve_all"
        elif text in REFUSALS:
            choice = "refuse"
        if self._settle_ask(choice or "reply"):
            return
        self._add(Question(text))
        self._begin_turn()

    def _turn_finished(self, event: TurnFinished) -> None:
        self._wire()
        self._close_all()
        if event.text.strip():
            read = content.read("llm", "str", event.text)
            self._show(read)
        self._end_plan(StepStatus.DONE)
        self._set(State.FINISHED)

    def _end_plan(self, status: StepStatus) -> None:
        """The run is over: a step that was running ended with it."""
        self._end_step()
        if self._plan is None:
            return
        self._note_plan(
            replace(
                self._plan,
                steps=tuple(
                    replace(step, status=status) if step.status is StepStatus.RUNNING else step
                    for step in self._plan.steps
                ),
            )
        )

    def _turn_cancelled(self, event: TurnCancelled) -> None:
        self._close_all()
        self._end_plan(StepStatus.SKIPPED)
        self._add(Notice("the run was cancelled", Tone.QUIET, event.text))
        self._set(State.CANCELLED)

    def _run_failed(self, event: RunFailed) -> None:
        self._close_all(failed=True)
        self._session_id = event.session_id or self._session_id
        self._request_id = event.request_id or self._request_id
        if event.category is None and not self._has_levels:
            self._fail(das_failure(event, self._counted))
        else:
            self._fail(dms_failure(event))
        self._end_plan(StepStatus.FAILED)
        self._set(State.FAILED, event.code)

    def _stream_finished(self, event: StreamFinished) -> None:
        if self._state is State.LIVE and self._heard:
            self._close_all()
            self._end_plan(StepStatus.DONE)
            self._set(State.FINISHED)

    def _done(self, event: Done) -> None:
        self._close_all()
        if self._state in {State.LIVE, State.STARTING, State.LINE_LOST}:
            self._set(State.FINISHED)

    def _heartbeat(self, event: Heartbeat) -> None:
        if self._state is State.LINE_LOST:
            self._set(State.LIVE)

    # --- streamed text -------------------------------------------------------------------------

    def _text_started(self, event: TextStarted) -> None:
        self._wire()
        if event.voice is not Voice.USER:
            self._end_das_tool()
        self._open_lane(event.lane, event.voice)

    def _open_lane(self, lane: str, voice: Voice) -> _Open:
        body: Body
        if voice is Voice.THOUGHT:
            body = Thought("")
        elif voice is Voice.USER:
            body = Question("")
        else:
            body = Answer("")
        index = -1 if voice is Voice.USER else self._add(body, live=True)
        open_ = _Open(index=index, started=self._now, voice=voice)
        self._lanes[lane] = open_
        return open_

    def _text_appended(self, event: TextAppended) -> None:
        self._wire()
        self._session_id = event.session_id or self._session_id
        self._request_id = event.request_id or self._request_id
        if not event.text:
            return
        open_ = self._lanes.get(event.lane)
        if open_ is None:
            self._end_das_tool()
            open_ = self._open_lane(event.lane, event.voice)
        if open_.voice is Voice.USER:
            open_.pieces.append(event.text)
            return
        if open_.voice is Voice.ANSWER:
            self._counted += len(event.text)
            self._turn_answers.append(event.text)
        self._touch(open_, event.text)

    def _text_finished(self, event: TextFinished) -> None:
        open_ = self._lanes.get(event.lane)
        if open_ is not None:
            self._close_lane(event.lane, open_)

    def _close_lane(self, lane: str, open_: _Open) -> None:
        del self._lanes[lane]
        text = open_.joined()
        if open_.voice is Voice.USER:
            if text in self._sent:
                self._sent.remove(text)
            elif text:
                self._add(Question(text))
            return
        body = self._blocks[open_.index].body
        final: Body = Thought(text) if isinstance(body, Thought) else Answer(text)
        self._update(open_.index, body=final, live=False, seconds=self._now - open_.started)

    def _usage_reported(self, event: UsageReported) -> None:
        self._wire()
        self._session_id = event.session_id or self._session_id
        self._request_id = event.request_id or self._request_id
        streamed = "".join(self._turn_answers)
        self._close_all()
        if event.text.strip() and event.text.strip() != streamed.strip():
            self._add(Answer(event.text))
        if event.chars is not None:
            self._reported += event.chars
            self._counted = 0
        self._set(State.FINISHED)

    # --- tools of DAS --------------------------------------------------------------------------

    def _tool_called(self, event: ToolCalled) -> None:
        self._wire()
        self._request_id = event.request_id or self._request_id
        if not event.call_id:
            self._end_das_tool()
            for lane, open_ in list(self._lanes.items()):
                if open_.voice is not Voice.USER:
                    self._close_lane(lane, open_)
        tool = Tool(name=event.name, call_id=event.call_id, params=from_words(event.params))
        index = self._add(tool, live=True)
        self._line(index)
        if event.call_id:
            self._calls[event.call_id] = index
            self._args[event.call_id] = []
        else:
            self._das_tool = index

    def _end_das_tool(self) -> None:
        """A DAS tool has no result event: it ends when the next thing arrives."""
        if self._das_tool >= 0:
            index, self._das_tool = self._das_tool, -1
            self._end_tool(index, ToolStatus.DONE)

    def _end_tool(self, index: int, status: ToolStatus, **changes: Any) -> None:
        block = self._blocks[index]
        if not isinstance(block.body, Tool):
            return
        began = block.at if block.at is not None else self._now
        seconds = max(0.0, self._now - began)
        body = replace(block.body, status=status, **changes)
        self._update(index, body=body, live=False, seconds=seconds)
        self._line(index)

    def _line(self, index: int) -> None:
        """Keep the tools list in step with the block."""
        block = self._blocks[index]
        tool = block.body
        if not isinstance(tool, Tool):
            self._tools.pop(index, None)
            return
        before = self._tools.get(index)
        self._tools_seconds += (block.seconds or 0.0) - ((before and before.seconds) or 0.0)
        if tool.status is ToolStatus.FAILED and (
            before is None or before.status is not ToolStatus.FAILED
        ):
            self._errors += 1
        self._tools[index] = ToolLine(
            name=tool.name,
            title=tool.title,
            status=tool.status,
            reason=tool.reason,
            started_at=block.at,
            seconds=block.seconds,
            block=index,
        )

    def _tool_args(self, event: ToolArgsAppended) -> None:
        self._wire()
        index = self._known_call(event.call_id)
        self._args[event.call_id].append(event.text)
        self._update(index)

    def _known_call(self, call_id: str) -> int:
        """The block of a call; one that was never announced gets a block now."""
        index = self._calls.get(call_id)
        if index is None:
            index = self._add(Tool(name="", call_id=call_id), live=True)
            self._calls[call_id] = index
            self._args[call_id] = []
            self._line(index)
        return index

    def _tool_ended(self, event: ToolCallEnded) -> None:
        self._wire()
        index = self._known_call(event.call_id)
        body = self._blocks[index].body
        if not isinstance(body, Tool):
            return
        text = "".join(self._args.get(event.call_id, ()))
        if text:
            title, params = from_json(content.load(text), text)
            body = replace(body, title=title, params=params)
            self._update(index, body=body)
            self._line(index)
        if event.result:
            self._tool_result(index, event.result, partial=False, error="")

    def _tool_answered(self, event: ToolAnswered) -> None:
        self._wire()
        index = self._known_call(event.call_id)
        self._tool_result(index, event.text, partial=event.partial, error=event.error)

    def _tool_result(self, index: int, text: str, *, partial: bool, error: str) -> None:
        body = self._blocks[index].body
        if not isinstance(body, Tool):
            return
        if partial:
            last = body.outputs[-1] if body.outputs else None
            before = last.text if isinstance(last, Text) else ""
            body = replace(body, outputs=(Text(before + text),))
            self._update(index, body=body)
            return
        value = content.load(text)
        inner = value.get("Data", value) if isinstance(value, dict) else value
        found = content.table_of(inner) if inner is not None else None
        output = found if found is not None else Text(error or text, error=bool(error))
        self._end_tool(
            index,
            ToolStatus.FAILED if error else ToolStatus.DONE,
            outputs=(output,),
            reason=content.reason_of("", error) if error else "",
            total_rows=found.total if found else None,
        )

    # --- steps ---------------------------------------------------------------------------------

    def _step_started(self, event: StepStarted) -> None:
        self._wire()
        self._enter_step(0, event.label or event.name)

    def _step_finished(self, event: StepFinished) -> None:
        self._end_step()
        if event.status not in {"", "completed", "finished", "success"}:
            self._add(Note(f"{event.name} {event.status}", name="step"))

    def _status_changed(self, event: StatusChanged) -> None:
        self._wire()
        number = self._step_number(event.task)
        if number:
            self._enter_step(number, event.task)
            return
        words = " ".join(filter(None, (event.previous, "to", event.current)))
        task = event.task if event.task not in {event.current, ""} else ""
        self._add(Note(" ".join(filter(None, (words, task))), name="status"))

    def _step_number(self, name: str) -> int:
        if self._plan is None or not name:
            return 0
        return next((step.order for step in self._plan.steps if step.name == name), 0)

    def _enter_step(self, number: int, name: str) -> None:
        if self._step >= 0:
            body = self._blocks[self._step].body
            if isinstance(body, StepRule) and (body.number, body.name) == (number, name):
                self._update(self._step)
                return
        self._end_step()
        self._step = self._add(StepRule(number, name), live=True)

    def _end_step(self) -> None:
        if self._step >= 0:
            began = self._blocks[self._step].at or self._now
            self._update(self._step, live=False, seconds=max(0.0, self._now - began))
            self._step = -1

    # --- contents of DMS -----------------------------------------------------------------------

    def _content_started(self, event: ContentStarted) -> None:
        self._wire()
        category = event.category or ""
        for name in [n for n, o in self._contents.items() if o.implicit or n == category]:
            self._close_content(name)
        self._open_content(category, event.content_type)

    def _open_content(self, category: str, content_type: str, *, implicit: bool = False) -> _Open:
        body: Body
        if category in content.THOUGHTS:
            body = Thought("")
        elif category in content.ANSWERS:
            body = Answer("")
        elif category == "output_conclusion":
            body = Answer("", conclusion=True)
        elif category == "tool_call_response":
            choice = self._choices.pop(0) if self._choices else None
            body = Tool(
                name=choice.name if choice else "",
                title=choice.title if choice else "",
                call_id=choice.call_id if choice else "",
            )
        else:
            body = Note("", name=category)
        index = self._add(body, live=True)
        if isinstance(body, Tool):
            self._line(index)
        open_ = _Open(
            index=index,
            started=self._now,
            category=category,
            content_type=content_type,
            implicit=implicit,
        )
        self._contents[category] = open_
        return open_

    def _content_appended(self, event: ContentAppended) -> None:
        self._wire()
        category = event.category or next(reversed(self._contents), "llm")
        open_ = self._contents.get(category)
        if open_ is None:
            open_ = self._open_content(category, event.content_type, implicit=True)
        if event.text:
            self._touch(open_, event.text)

    def _content_finished(self, event: ContentFinished) -> None:
        self._wire()
        category = event.category
        if not category or category not in self._contents:
            category = next(reversed(self._contents), None)
        if category is None:
            if event.text:
                self._show(content.read(event.category or "", event.content_type, event.text))
            return
        if event.text and not self._contents[category].pieces:
            self._touch(self._contents[category], event.text)
        self._close_content(category)

    def _close_content(self, category: str) -> None:
        open_ = self._contents.pop(category)
        text = open_.joined()
        seconds = max(0.0, self._now - open_.started)
        block = self._blocks[open_.index]
        if category in content.THOUGHTS:
            self._update(open_.index, body=Thought(text), live=False, seconds=seconds)
            return
        read = content.read(category, open_.content_type, text)
        partial = content.partial_result(text) if category == "output_conclusion" else ""
        if partial and read.key is None:
            read = content.Content(bodies=(Answer(partial, conclusion=True),))
        bodies = list(read.bodies)
        tool = block.body if isinstance(block.body, Tool) else None
        if read.plan is not None:
            shown = self._plan_body(read.plan)
            bodies = [shown] if shown is not None else [Note("plan as before", name="plan")]
        if not bodies:
            what = tool.name if tool and tool.name else category
            bodies = [Note("nothing to show", name=what)]
        first, *more = bodies
        if tool is not None and isinstance(first, Tool):
            first = replace(
                first,
                name=tool.name or first.name,
                title=first.title or tool.title,
                call_id=tool.call_id,
            )
        if isinstance(first, Answer) and read.key is not None:
            self._conclusions[read.key] = open_.index
        self._update(open_.index, body=first, live=False, seconds=seconds)
        if tool is not None:
            self._line(open_.index)
        self._remember(first, read)
        for body in more:
            self._remember(body, read)
            self._add(body)

    def _content_arrived(self, event: ContentArrived) -> None:
        self._wire()
        category = event.category or ""
        if category.startswith("ask_"):
            self._human_asked(
                HumanAsked(
                    kind=_ask_kind(category),
                    content_type=event.content_type,
                    text=event.text,
                    level=event.level,
                    checkpoint=event.checkpoint,
                    category=category,
                ),
                waits=False,
            )
            return
        open_ = self._contents.get(category)
        if open_ is not None and not open_.pieces:
            self._touch(open_, event.text)
            open_.content_type = event.content_type
            return
        if category in content.THOUGHTS:
            self._add(Thought(event.text))
            return
        self._show(content.read(category, event.content_type, event.text))

    def _show(self, read: content.Content) -> None:
        """Blocks for a whole content."""
        if read.plan is not None:
            shown = self._plan_body(read.plan)
            if shown is not None:
                self._add(shown)
            return
        for body in read.bodies:
            if isinstance(body, Answer) and read.key in self._conclusions:
                self._update(self._conclusions[read.key], body=body)
                continue
            if isinstance(body, Answer) and body.conclusion and self._repeats(body.text):
                continue
            if isinstance(body, Suggestions) and body.questions == self._suggestions:
                continue
            index = self._add(body)
            if isinstance(body, Answer) and read.key is not None:
                self._conclusions[read.key] = index
            if isinstance(body, Tool):
                self._line(index)
            self._remember(body, read)
        if read.choices:
            self._choices.extend(read.choices)

    def _repeats(self, text: str) -> bool:
        """Whether this turn already shows a conclusion with the same words."""
        for block in reversed(self._blocks):
            if isinstance(block.body, Question):
                return False
            if isinstance(block.body, Answer) and block.body.text.strip() == text.strip():
                return True
        return False

    def _remember(self, body: Body, read: content.Content) -> None:
        if isinstance(body, Suggestions):
            self._suggestions = body.questions
        elif isinstance(body, FileNote):
            self._files[body.name] = body.size or self._files.get(body.name, 0)

    # --- plans and asks ------------------------------------------------------------------------

    def _plan_body(self, plan: Plan) -> PlanShown | None:
        """What to show for a plan: itself when new, its changes when it differs, else nothing."""
        before = self._plan
        self._note_plan(plan)
        self._follow_plan()
        if self._plan is None:
            return None
        if before is None:
            return PlanShown(self._plan)
        changes = diff(before, self._plan)
        if any(change.change is not Change.SAME for change in changes):
            return PlanShown(self._plan, changes)
        return None

    def _note_plan(self, plan: Plan) -> None:
        """Take over a plan, keeping what is known of its steps' times."""
        old = {step.name: step for step in self._plan.steps} if self._plan else {}
        steps = []
        for step in plan.steps:
            known = old.get(step.name)
            started = known.started_at if known else None
            seconds = known.seconds if known else None
            if step.status is StepStatus.RUNNING and started is None:
                started = self._now
            if step.status in {StepStatus.DONE, StepStatus.FAILED} and started is not None:
                seconds = self._now - started if seconds is None else seconds
            block = known.block if known else -1
            steps.append(replace(step, started_at=started, seconds=seconds, block=block))
        title = plan.title or (self._plan.title if self._plan else "")
        plan_id = plan.plan_id or (self._plan.plan_id if self._plan else "")
        self._plan = replace(plan, title=title, plan_id=plan_id, steps=tuple(steps))

    def _follow_plan(self) -> None:
        """Open the rule of the step that the plan says is running."""
        if self._plan is None:
            return
        running = [s for s in self._plan.steps if s.status is StepStatus.RUNNING]
        if not running:
            return
        step = running[-1]
        self._enter_step(step.order, step.name)
        self._plan = replace(
            self._plan,
            steps=tuple(
                replace(s, block=self._step) if s.name == step.name else s for s in self._plan.steps
            ),
        )

    def _human_asked(self, event: HumanAsked, *, waits: bool = True) -> None:
        self._wire()
        if waits:
            self._close_all()
        asked = content.read_ask(event.kind, event.content_type, event.text)
        before = self._plan
        changes: tuple[Any, ...] = ()
        if asked.plan is not None:
            if before is not None:
                found = diff(before, asked.plan)
                last_asked = self._plan_before
                if last_asked is not None:
                    found = diff(last_asked, asked.plan)
                if any(change.change is not Change.SAME for change in found):
                    changes = found
            self._note_plan(asked.plan)
            if waits:
                self._plan_before = asked.plan
        body = Ask(
            kind=event.kind,
            text=asked.text,
            sql=asked.sql,
            explain=asked.explain,
            plan=self._plan if asked.plan is not None else None,
            changes=changes,
            checkpoint=event.checkpoint,
        )
        current = self._blocks[self._ask].body if self._ask >= 0 else None
        if isinstance(current, Ask) and current.kind is event.kind:
            self._update(self._ask, body=body)
        else:
            self._ask = self._add(body, live=True)
        if waits:
            self._set(State.NEEDS_INPUT)

    # --- the rest ------------------------------------------------------------------------------

    def _unknown(self, event: UnknownArrived) -> None:
        self._wire()
        self._add(Raw(name=event.name, text=event.text))

    def _malformed(self, event: MalformedArrived) -> None:
        self._add(Raw(name="malformed", text=event.text, malformed=True, reason=event.reason))

    def _close_all(self, *, failed: bool = False) -> None:
        """Nothing stays open over the end of a turn. What was cut off is kept as it stands."""
        for lane, open_ in list(self._lanes.items()):
            self._close_lane(lane, open_)
        for category in list(self._contents):
            open_ = self._contents[category]
            if isinstance(self._blocks[open_.index].body, Tool):
                self._contents.pop(category)
                self._break_off(open_, failed=failed)
            else:
                self._close_content(category)
        self._end_das_tool()
        for index in self._calls.values():
            block = self._blocks[index]
            if block.live:
                status = ToolStatus.FAILED if failed else ToolStatus.DONE
                self._end_tool(index, status, reason="cut off" if failed else "")
        self._calls.clear()
        self._args.clear()

    def _break_off(self, open_: _Open, *, failed: bool) -> None:
        """A tool response that never finished: whole JSON is read, the rest shown as text."""
        text = open_.joined()
        read = content.read("tool_call_response", open_.content_type, text)
        block = self._blocks[open_.index]
        tool = block.body if isinstance(block.body, Tool) else Tool(name="")
        body = read.bodies[0] if read.bodies and isinstance(read.bodies[0], Tool) else tool
        whole = content.load(text) is not None
        body = replace(
            body,
            name=tool.name or body.name,
            title=body.title or tool.title,
            call_id=tool.call_id,
            status=body.status if whole and not failed else ToolStatus.FAILED,
            reason=body.reason if whole and not failed else "cut off",
        )
        seconds = max(0.0, self._now - open_.started)
        self._update(open_.index, body=body, live=False, seconds=seconds)
        self._line(open_.index)


def _waiting(plan: Plan | None) -> Plan | None:
    """The plan while a human is asked: its running step waits."""
    if plan is None:
        return None
    return replace(
        plan,
        steps=tuple(
            replace(step, status=StepStatus.WAITING) if step.status is StepStatus.RUNNING else step
            for step in plan.steps
        ),
    )


def _pinned(body: Body) -> bool:
    """Blocks that no threshold hides."""
    if isinstance(body, Tool):
        return body.status is ToolStatus.FAILED
    if isinstance(body, Answer):
        return body.conclusion
    if isinstance(body, Notice):
        return body.tone is Tone.ATTENTION
    return isinstance(body, Question | Ask | Failure | Chart | Report)


def _ask_kind(category: str) -> AskKind:
    return {
        "ask_plan": AskKind.PLAN,
        "ask_sql": AskKind.SQL,
        "ask_report_render": AskKind.REPORT,
    }.get(category, AskKind.HUMAN)


def _said(ask: Ask, choice: str) -> str:
    """The sentence for a settled ask; empty where the words themselves are shown."""
    what = {
        AskKind.PLAN: "the plan",
        AskKind.SQL: "the statement",
        AskKind.REPORT: "the web report",
    }.get(ask.kind, "")
    if not what or choice not in {"approve", "approve_all", "refuse"}:
        return ""
    if choice == "refuse":
        return f"you refused {what}"
    if choice == "approve_all":
        return f"you approved {what} and all later ones"
    if ask.kind is AskKind.PLAN and ask.plan is not None:
        return f"you approved the plan, {len(ask.plan.steps)} steps"
    return f"you approved {what}"


_HANDLERS: dict[type, Callable[[Turn, Any], None]] = {
    QuestionAsked: Turn._question_asked,
    ReplyGiven: Turn._reply_given,
    Dispatched: Turn._dispatched,
    Refused: Turn._refused,
    NotDispatched: Turn._not_dispatched,
    LineLost: Turn._line_lost,
    Resumed: Turn._resumed,
    RunCut: Turn._run_cut,
    StopAsked: Turn._stop_asked,
    ListeningStopped: Turn._listening_stopped,
    NoticeNoted: Turn._notice_noted,
    TurnStarted: Turn._turn_started,
    TurnFinished: Turn._turn_finished,
    TurnCancelled: Turn._turn_cancelled,
    RunFailed: Turn._run_failed,
    StreamFinished: Turn._stream_finished,
    Done: Turn._done,
    Heartbeat: Turn._heartbeat,
    TextStarted: Turn._text_started,
    TextAppended: Turn._text_appended,
    TextFinished: Turn._text_finished,
    UsageReported: Turn._usage_reported,
    ToolCalled: Turn._tool_called,
    ToolArgsAppended: Turn._tool_args,
    ToolCallEnded: Turn._tool_ended,
    ToolAnswered: Turn._tool_answered,
    StepStarted: Turn._step_started,
    StepFinished: Turn._step_finished,
    StatusChanged: Turn._status_changed,
    ContentStarted: Turn._content_started,
    ContentAppended: Turn._content_appended,
    ContentFinished: Turn._content_finished,
    ContentArrived: Turn._content_arrived,
    HumanAsked: Turn._human_asked,
    UnknownArrived: Turn._unknown,
    MalformedArrived: Turn._malformed,
}

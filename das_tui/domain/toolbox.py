"""The tool calls of a session, whichever service made them, and the list of the latest ones.

DAS announces a call and never its result. AG-UI follows a call by its id: arguments in pieces, an
end, a result that may come in pieces too. DMS announces its choices first and the responses later,
in the same order and without an id.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import field, replace
from functools import partial
from typing import Any

from das_tui.domain import content
from das_tui.domain.blocks import Block, Body, Text, Tool, ToolStatus
from das_tui.domain.canvas import Canvas
from das_tui.domain.cells import reason_of, table_of
from das_tui.domain.events import ToolAnswered, ToolCalled, ToolCallEnded
from das_tui.domain.gathered import Gathered
from das_tui.domain.loose import load
from das_tui.domain.params import from_call, from_json
from das_tui.domain.session import ToolLine
from das_tui.light import dataclass

TOOL_LINES = 200
"""How many of the latest tool calls are listed; the counts are of all."""

CUT_OFF = "cut off"
"""The reason of a tool whose run or line ended before it did."""


@dataclass(slots=True)
class _Call:
    """A call that is known by its id: its block, pieces of its arguments and of its result."""

    index: int
    args: Gathered = field(default_factory=Gathered)
    result: Gathered = field(default_factory=Gathered)


class Toolbox:
    """Every block that is a tool call is added and changed here, so the list cannot be wrong.

    `count`, `seconds` and `failed` are of all calls, `lines` of the latest only.
    """

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self.count = 0
        self.seconds = 0.0
        self.failed = 0
        self._lines: dict[int, ToolLine] = {}
        self._shown: tuple[ToolLine, ...] | None = ()
        self._dropped = -1
        self._running: set[int] = set()
        self._calls: dict[str, _Call] = {}
        self._unanswered = -1
        self._choices: deque[content.Choice] = deque()

    def mark(self) -> list[Any]:
        """What `resume` goes on from."""
        calls = [[i, c.index, c.args.mark(), c.result.mark()] for i, c in self._calls.items()]
        choices = [[choice.call_id, choice.name, choice.title] for choice in self._choices]
        sums = [self.count, self.seconds, self.failed, self.lines, self._dropped]
        return [*sums, sorted(self._running), calls, self._unanswered, choices]

    def resume(self, mark: Any) -> None:
        """Go on where the toolbox of `mark` stood."""
        self.count, self.seconds, self.failed, lines, self._dropped, *rest = mark
        running, calls, self._unanswered, choices = rest
        self._lines = {line.block: line for line in lines}
        self._shown = None
        self._running = set(running)
        for call_id, index, args, result in calls:
            self._calls[call_id] = _Call(index, Gathered.resumed(args), Gathered.resumed(result))
        self._choices = deque(content.Choice(*choice) for choice in choices)

    @property
    def lines(self) -> tuple[ToolLine, ...]:
        """The latest calls, oldest first."""
        if self._shown is None:
            self._shown = tuple(self._lines.values())
        return self._shown

    def begin(self) -> None:
        """A new question: ids and choices of the one before have no meaning any more."""
        self._calls.clear()
        self._choices.clear()

    def close(self, *, cut: bool) -> None:
        """Nothing runs on over the end of a turn; `cut` where it did not end by itself."""
        self.end_unanswered()
        status = ToolStatus.FAILED if cut else ToolStatus.DONE
        for index in sorted(self._running):
            self._end(index, status, CUT_OFF if cut else "")

    # --- blocks --------------------------------------------------------------------------------

    def add(self, tool: Tool, *, live: bool = False) -> int:
        """A new block for a call."""
        index = self._canvas.add(tool, live=live)
        self._account(None, self._canvas.block(index))
        return index

    def put(self, index: int, body: Body, *, own: bool = True) -> None:
        """Change a block that is a tool, or was one, or becomes one."""
        before = self._canvas.block(index)
        self._canvas.update(index, body, own=own)
        self._account(before, self._canvas.block(index))

    def end(self, index: int, body: Body, *, own: bool = True) -> None:
        """As `put`, and the block is complete."""
        before = self._canvas.block(index)
        self._canvas.end(index, body, own=own)
        self._account(before, self._canvas.block(index))

    def reopen(self, index: int) -> None:
        """A call that was taken for cut off goes on."""
        before = self._canvas.block(index)
        if isinstance(before.body, Tool):
            body = replace(before.body, outputs=(), status=ToolStatus.RUNNING, reason="")
            self._canvas.update(index, body, live=True)
            self._account(before, self._canvas.block(index))

    def _tool(self, index: int) -> Tool | None:
        body = self._canvas.body(index)
        return body if isinstance(body, Tool) else None

    def _end(self, index: int, status: ToolStatus, reason: str = "") -> None:
        """The call ended with an event that is not its own."""
        tool = self._tool(index)
        if tool is None:
            return
        body = replace(tool, status=status, reason=reason)
        if self._canvas.block(index).live:
            self.end(index, body, own=False)
        else:
            self.put(index, body, own=False)

    def _account(self, before: Block | None, after: Block) -> None:
        if before is not None:
            self._weigh(before, -1)
        self._weigh(after, 1)
        self._shown = None
        index, tool = after.index, after.body
        if not isinstance(tool, Tool):
            self._lines.pop(index, None)
            self._running.discard(index)
            return
        if tool.status is ToolStatus.RUNNING:
            self._running.add(index)
        else:
            self._running.discard(index)
        if index <= self._dropped:
            return
        self._lines[index] = ToolLine(
            name=tool.name,
            title=tool.title,
            status=tool.status,
            reason=tool.reason,
            started_at=after.at,
            seconds=after.seconds,
            block=index,
        )
        if len(self._lines) > TOOL_LINES:
            self._dropped = next(iter(self._lines))
            del self._lines[self._dropped]

    def _weigh(self, block: Block, sign: int) -> None:
        if isinstance(block.body, Tool):
            self.count += sign
            self.seconds += sign * (block.seconds or 0.0)
            self.failed += sign * (block.body.status is ToolStatus.FAILED)

    # --- DAS -----------------------------------------------------------------------------------

    def end_unanswered(self) -> None:
        """A DAS tool has no result event: it ends when the next thing arrives."""
        if self._unanswered >= 0:
            index, self._unanswered = self._unanswered, -1
            self._end(index, ToolStatus.DONE)

    def called(self, event: ToolCalled) -> None:
        """A call by name, with an id (AG-UI) or without (DAS)."""
        title, params = from_call(event.params)
        if not event.call_id:
            self.end_unanswered()
            unnamed = Tool(name=event.name, title=title, params=params)
            self._unanswered = self.add(unnamed, live=True)
            return
        known = self._calls.get(event.call_id)
        tool = self._tool(known.index) if known is not None else None
        if known is not None and tool is not None and known.index in self._running:
            # Announced twice, or after its arguments: still one call.
            body = replace(tool, name=event.name or tool.name, params=params or tool.params)
            self.put(known.index, body)
            return
        tool = Tool(name=event.name, title=title, call_id=event.call_id, params=params)
        self._calls[event.call_id] = self._made(tool)

    # --- AG-UI ---------------------------------------------------------------------------------

    def args(self, call_id: str, text: str) -> None:
        """A piece of the JSON text of a call's arguments."""
        call = self._call(call_id)
        call.args.add(text)
        self._canvas.touch(call.index)

    def ended(self, event: ToolCallEnded) -> None:
        """The arguments are complete; the result may stand here or follow."""
        call = self._call(event.call_id)
        tool = self._tool(call.index)
        text = call.args.text()
        if tool is not None and text:
            title, params = from_json(load(text), text)
            self.put(call.index, replace(tool, title=title, params=params))
        if event.result:
            self._result(call, event.result, "")

    def answered(self, event: ToolAnswered) -> None:
        """The result or a piece of it."""
        call = self._call(event.call_id)
        if event.partial:
            call.result.add(event.text)
            if call.result.left:
                self._canvas.leave(call.index, call.result.left)
            self._canvas.touch(call.index, partial(self._so_far, call))
        else:
            self._result(call, event.text, event.error)

    def _call(self, call_id: str) -> _Call:
        """A call by its id; one that was never announced gets a block now."""
        call = self._calls.get(call_id)
        if call is None:
            call = self._made(Tool(name="", call_id=call_id))
            self._calls[call_id] = call
        return call

    def _made(self, tool: Tool) -> _Call:
        """A new call."""
        index = self.add(tool, live=True)
        if self._canvas.whole:
            return _Call(index, Gathered.unlimited(), Gathered.unlimited())
        return _Call(index)

    def _so_far(self, call: _Call) -> Body:
        tool = self._tool(call.index) or Tool(name="")
        return replace(tool, outputs=(Text(call.result.text()),))

    def _result(self, call: _Call, text: str, error: str) -> None:
        tool = self._tool(call.index)
        if tool is None:
            return
        if not text and not error:
            text = call.result.text()
        call.result.clear()
        value = load(text)
        inner = value.get("Data", value) if isinstance(value, dict) else value
        found = table_of(inner) if inner is not None else None
        output = found if found is not None else Text(error or text, error=bool(error))
        body = replace(
            tool,
            outputs=(output,),
            status=ToolStatus.FAILED if error else ToolStatus.DONE,
            reason=reason_of("", error) if error else "",
            total_rows=found.total if found is not None else None,
        )
        self.end(call.index, body)

    # --- DMS -----------------------------------------------------------------------------------

    def choose(self, choices: Iterable[content.Choice]) -> None:
        """The agent chose these tools; their responses come later, even after an ask."""
        self._choices.extend(choices)

    def next_choice(self) -> Tool:
        """The tool that the next response belongs to, without a name if none was announced."""
        if not self._choices:
            return Tool(name="")
        choice = self._choices.popleft()
        return Tool(name=choice.name, title=choice.title, call_id=choice.call_id)


def named(tool: Tool, chosen: Tool) -> Tool:
    """A response with what the choice said of its tool."""
    return replace(
        tool,
        name=chosen.name or tool.name,
        title=tool.title or chosen.title,
        call_id=chosen.call_id,
    )

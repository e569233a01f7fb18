"""Scripts: what an agent will say and when, and the builders that scenarios write them with.

A script is a sequence of timed beats that depends on nothing but the scenario, the question and
a seed. The service plays it against the clock, so it can be taken up again at any place, by any
number of listeners and after a restart.
"""

import json
import random
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple, TypeAlias

Cell: TypeAlias = str | int | float | None
Row: TypeAlias = Sequence[Cell]


class Beat(NamedTuple):
    """One DMS event. `at` is in seconds from the start of the turn at speed 1; `number` counts
    the events of the turn that carry a checkpoint, -1 for one without."""

    at: float
    event: str
    category: str
    content_type: str
    content: str
    level: int
    number: int


class Piece(NamedTuple):
    """One event of a DAS answer; `data` lacks only what the service knows (ids, stamps)."""

    at: float
    kind: str
    text: str = ""
    name: str = ""
    params: tuple[str, ...] = ()
    code: int = 0
    seconds: float = 0.0


class Outcome(StrEnum):
    """How a script ends."""

    FINISHED = "finished"
    ASKED = "asked"
    FAILED = "failed"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan as a scenario has it: (name, description, type) of each step."""

    plan_id: str
    title: str
    steps: tuple[tuple[str, str, str], ...]

    def wire(self, current: int = 0, status: str = "") -> dict[str, Any]:
        """The `plans` object of the wire. `current` counts from 1, 0 before the first step."""
        steps = [
            {
                "order": order,
                "name": name,
                "description": description,
                "type": kind,
                "status": _step_status(order, current, status),
            }
            for order, (name, description, kind) in enumerate(self.steps, start=1)
        ]
        return {"plans": [{"plan": {"title": self.title, "steps": steps}}]}


def _step_status(order: int, current: int, status: str) -> str:
    if status == "finished" or order < current:
        return "finished"
    return "running" if order == current else "pending"


@dataclass(frozen=True)
class Script:
    """A DMS turn: its beats in order, how it ends, and what it asks (`ask` is the category of the
    last `chat_finish`, empty unless the outcome is ASKED)."""

    beats: Sequence[Beat]
    outcome: Outcome = Outcome.FINISHED
    ask: str = ""

    @property
    def numbers(self) -> int:
        """How many events carry a checkpoint."""
        return next((b.number + 1 for b in reversed(self.beats) if b.number >= 0), 0)

    @property
    def seconds(self) -> float:
        """Duration at speed 1."""
        return self.beats[-1].at if self.beats else 0.0

    def after_time(self, elapsed: float) -> int:
        """Index of the first beat that is later than `elapsed` seconds."""
        return bisect_right(self.beats, elapsed, key=lambda beat: beat.at)

    def after_number(self, number: int) -> int:
        """Index behind the event with that number; 0 for -1."""
        if number < 0:
            return 0
        for index in range(min(number, len(self.beats) - 1), len(self.beats)):
            if self.beats[index].number >= number:
                return index + 1
        return len(self.beats)


def pieces(text: str, rng: random.Random, low: int = 3, high: int = 15) -> Iterator[str]:
    """`text` cut as a model streams it: 3 to 15 characters a piece, wide ones half as many."""
    place = 0
    while place < len(text):
        size = rng.randint(low, high)
        if ord(text[place]) > 0x2E7F:
            size = max(2, size // 2)
        yield text[place : place + size]
        place += size


class Table(NamedTuple):
    """A result: (field, title) of the columns and the rows."""

    columns: Sequence[tuple[str, str]]
    rows: Sequence[Row]


def table(titles: str, *rows: Row) -> Table:
    """A table whose columns are given as `field=Title, field=Title`."""
    columns = [tuple(part.strip().split("=", 1)) for part in titles.split(",")]
    return Table([(c[0], c[-1]) for c in columns], rows)


def markdown(found: Table) -> str:
    """The table in Markdown; columns of numbers are right aligned."""
    rights = [
        all(isinstance(row[i], int | float) or row[i] is None for row in found.rows)
        for i in range(len(found.columns))
    ]
    lines = ["| " + " | ".join(title for _, title in found.columns) + " |"]
    lines.append("|" + "|".join("---:" if right else "---" for right in rights) + "|")
    for row in found.rows:
        lines.append("| " + " | ".join(figure(cell) for cell in row) + " |")
    return "\n".join(lines)


def figure(value: Cell) -> str:
    """A value as prose shows it: thousands separated."""
    if isinstance(value, int):
        return f"{value:,}"
    return "" if value is None else str(value)


class DmsBuilder:
    """Writes a DMS turn, beat by beat. Times pass by `wait` and by the pace of streamed text.

    Levels: 10 status and choices, 20 text and tools, 30 asks, 40 conclusions, 50 failures.
    """

    def __init__(self, seed: int, message: str, previous: str = "none") -> None:
        self.rng = random.Random(seed)
        self.now = 0.0
        self._beats: list[Beat] = []
        self._number = 0
        self._phase = previous
        self._calls = 0
        self._emit("SSE_VERSION", "content", "str", "1.0", 10, counted=False)
        self.wait(0.3)
        self._json("chat_start", "chat", {"message": message}, 20)

    # --- the lowest level ------------------------------------------------------------------

    def wait(self, seconds: float) -> None:
        """Let time pass; a long silence is broken by heartbeats, which carry no checkpoint."""
        end = self.now + seconds
        while end - self.now > 12.0:
            self.now += 10.0
            self._emit("HEARTBEAT", "content", "str", "", 10, counted=False)
        self.now = end

    def _emit(
        self,
        event: str,
        category: str,
        content_type: str,
        content: str,
        level: int,
        *,
        counted: bool = True,
    ) -> None:
        number = -1
        if counted:
            number = self._number
            self._number += 1
        self._beats.append(
            Beat(round(self.now, 4), event, category, content_type, content, level, number)
        )

    def _json(self, event: str, category: str, value: Any, level: int) -> None:
        self.wait(self.rng.uniform(0.04, 0.16))
        self._emit(event, category, "json", dumps(value), level)

    def data(self, category: str, value: Any, level: int = 20) -> None:
        """One complete item; text goes as `str`, everything else as `json`."""
        if isinstance(value, str):
            self.wait(self.rng.uniform(0.04, 0.16))
            self._emit("data", category, "str", value, level)
        else:
            self._json("data", category, value, level)

    def tick(self, category: str, value: Any, level: int, seconds: float) -> None:
        """One complete item exactly `seconds` after the last."""
        self.now += seconds
        self._emit("data", category, "json", dumps(value), level)

    def stream(
        self,
        category: str,
        text: str,
        level: int,
        *,
        content_type: str = "str",
        pace: float = 0.13,
        size: tuple[int, int] = (3, 15),
        end_level: int | None = None,
        hold: float = 0.0,
    ) -> None:
        """A content in pieces, `pace` seconds a piece on average; `hold` seconds pass before the
        last third of it."""
        self.wait(self.rng.uniform(0.1, 0.3))
        self._emit("content_start", category, content_type, "", level)
        cut = list(pieces(text, self.rng, *size))
        held = len(cut) * 2 // 3
        for place, piece in enumerate(cut):
            if place == held:
                self.wait(hold)
            self.wait(self.rng.uniform(0.5, 1.5) * pace)
            self._emit("delta", category, content_type, piece, level)
        self.wait(self.rng.uniform(0.5, 1.5) * min(pace, 0.1))
        self._emit("content_finish", category, content_type, "", end_level or level)

    # --- what an agent does -----------------------------------------------------------------

    def status(self, current: str, task: str = "") -> None:
        """The run moves to phase `current`, or to step `task` of its plan."""
        value = {"previous": self._phase, "current": current, "current_task": task or current}
        self._phase = current
        self._json("status_change", "status", value, 10)

    def think(self, text: str, *, quick: bool = False) -> None:
        """Internal reasoning."""
        self.wait(0.2 if quick else self.rng.uniform(0.8, 1.6))
        self.stream("think", text, 20, pace=0.06 if quick else 0.3)

    def say(self, text: str, pace: float = 0.23) -> None:
        """Text for the reader."""
        self.stream("llm", text, 20, pace=pace)

    def note(self, **fields: str) -> None:
        """A one-line remark: `step=…`, or `status=…` with `message=…`."""
        self.data("status", fields, 10)

    def tables_read(self, **summaries: str) -> None:
        """What the agent found about tables."""
        found = [{"table_name": n, "table_summary": text} for n, text in summaries.items()]
        self.data("table_summary", found)

    def _choose(self, name: str, arguments: Mapping[str, Any]) -> None:
        self._calls += 1
        call = {
            "id": f"call_{self._number:04d}",
            "type": "function",
            "function": {"name": name, "arguments": dumps(arguments)},
        }
        self.wait(self.rng.uniform(0.2, 0.5))
        self.data("tool_call_choices", [call], 10)

    def plan(self, plan: Plan, database: str, tables: Sequence[str], seconds: float = 6.0) -> None:
        """The agent makes a plan with a tool."""
        self._choose("make_plan", {"database": database, "tables": list(tables)})
        inner = {"plan_id": plan.plan_id, **plan.wire()}
        text = dumps({"result_type": "plan", "result": dumps(inner)})
        self._respond(text, seconds, 20)

    def _respond(self, text: str, seconds: float, level: int) -> None:
        """A tool response that takes `seconds` in all, most of them before its last third."""
        size = (24, 60) if len(text) < 4000 else (120, 260)
        pieces_about = max(4, len(text) // (sum(size) // 2))
        pace = min(0.25, seconds * 0.4 / pieces_about)
        hold = max(0.0, seconds - pace * pieces_about)
        self.stream(
            "tool_call_response",
            text,
            20,
            content_type="json",
            pace=pace,
            size=size,
            end_level=level,
            hold=hold,
        )

    def cell(
        self,
        title: str,
        code: str,
        result: Table | str | None = None,
        seconds: float = 0.8,
        *,
        python: bool = False,
        error: tuple[str, str] | None = None,
        announced: bool = False,
    ) -> None:
        """A notebook cell that takes `seconds`: SQL with a table, Python with printed text, or
        either with an `error` (name, words). `announced` says that the choice was already sent."""
        if not announced:
            self.choose_cell(title, code, python=python)
        outputs: list[dict[str, Any]] = [
            {
                "output_type": "display_data",
                "metadata": {"content_type": "dms/executing"},
                "data": {"text/plain": "running…"},
            }
        ]
        if error is not None:
            outputs.append(
                {"output_type": "error", "ename": error[0], "evalue": error[1], "traceback": []}
            )
        elif isinstance(result, Table):
            outputs.append(
                {
                    "output_type": "display_data",
                    "metadata": {},
                    "data": {"application/json": {"data": json_table(result)}},
                }
            )
        elif result is not None:
            outputs.append({"output_type": "stream", "name": "stdout", "text": result})
        inner = {
            "title": title,
            "content_type": "python" if python else "sql",
            "content": code,
            "nb_file_outputs": outputs,
        }
        text = dumps({"result_type": "jupyter_cell", "result": dumps(inner)})
        self._respond(text, seconds, 50 if error else 20)

    def choose_cell(self, title: str, code: str, *, python: bool = False) -> None:
        """The agent chooses to run a cell."""
        name = "run_python" if python else "execute_sql"
        self._choose(name, {"title": title, "code" if python else "sql": code})

    def answer(self, text: str, seconds: float) -> None:
        """A tool response in plain words."""
        self._respond(dumps({"result_type": "text", "result": text}), seconds, 20)

    def empty(self) -> None:
        """A tool response without a result."""
        self._respond(dumps({"result_type": "empty", "result": ""}), 0.2, 10)

    def progress(self, plan: Plan, current: int, status: str = "running") -> None:
        """Step `current` of the plan runs now."""
        value = {"current_step": current, "plan_status": status, **plan.wire(current, status)}
        self._json("data", "plan", value, 20)

    def enter(self, plan: Plan, current: int) -> None:
        """The run enters step `current`: status change and progress."""
        self.wait(self.rng.uniform(0.3, 0.8))
        self.status("STEP_EXECUTION", plan.steps[current - 1][0])
        self.progress(plan, current)

    def conclude(self, order: int, text: str, traced: str = "", pace: float = 0.24) -> None:
        """The conclusion of step `order`, then its second copy in which the words `traced` carry
        `<trace>` marks."""
        value = {"mission_idx": 0, "objective_order": order, "result": text}
        self.wait(self.rng.uniform(0.8, 1.8))
        self.stream(
            "output_conclusion", dumps(value), 40, content_type="json", pace=pace, size=(6, 18)
        )
        marked = text.replace(traced, f'<trace id="0-{order}-1">{traced}</trace>', 1)
        self.wait(self.rng.uniform(0.4, 1.0))
        self._json("data", "output_conclusion", {**value, "result": marked}, 40)

    def summary(self, text: str) -> None:
        """The closing conclusion, plain Markdown."""
        self.wait(0.8)
        self.stream("output_conclusion", text, 40, pace=0.22)

    def charts(self, *charts: Mapping[str, Any]) -> None:
        """The results of the task as charts: see `chart`."""
        self._json("data", "task_finish", list(charts), 40)

    def file(self, name: str) -> None:
        """A file was written."""
        self.wait(self.rng.uniform(0.6, 1.2))
        self.data("file_upload_finish", f"{name} 上传完成")

    def questions(self, *texts: str) -> None:
        """Recommended questions."""
        self.wait(0.3)
        self._emit("content_start", "recommended_question", "json", "", 20)
        self._json("data", "recommended_question", {"questions": list(texts)}, 20)
        self._emit("content_finish", "recommended_question", "json", "", 20)

    # --- how a turn ends ----------------------------------------------------------------------

    def ask_plan(self, plan: Plan, message: str = "") -> Script:
        """Wait for approval of the plan."""
        self.wait(0.4)
        value: dict[str, Any] = {"plan_id": plan.plan_id, "plan_status": "waiting", **plan.wire()}
        if message:
            value["message"] = message
        self._json("chat_finish", "ask_plan", value, 30)
        return Script(self._beats, Outcome.ASKED, "ask_plan")

    def ask_sql(self, sql: str, question: str, explain: Table) -> Script:
        """Wait for approval of a statement."""
        self.wait(0.4)
        value = {"sql": sql, "question": question, "explain_result": _plain_table(explain)}
        self._json("chat_finish", "ask_sql", value, 30)
        return Script(self._beats, Outcome.ASKED, "ask_sql")

    def ask_human(self, question: str) -> Script:
        """Wait for an answer in words."""
        self.wait(0.4)
        self._emit("chat_finish", "ask_human", "str", question, 30)
        return Script(self._beats, Outcome.ASKED, "ask_human")

    def ask_report(self, message: str) -> Script:
        """Ask whether the web report shall be drawn."""
        self.wait(0.4)
        self._json("chat_finish", "ask_report_render", {"message": message}, 30)
        return Script(self._beats, Outcome.ASKED, "ask_report_render")

    def report(self, title: str, mission: str, file: str) -> None:
        """A web report was drawn."""
        self.data("jsx_report", {"type": "WebReport", "title": title}, 40)
        self.data("mission_report", {"title": mission}, 40)
        self.file(file)

    def finish(self) -> Script:
        """The turn ends well."""
        self.wait(0.3)
        self.status("IDLE")
        self._emit("chat_finish", "chat", "str", "", 20)
        return Script(self._beats)

    def fail(self, code: str, message: str, request_id: str) -> Script:
        """The turn ends in `SSE_FAILURE`."""
        value = {"code": code, "message": message, "requestId": request_id}
        self._emit("SSE_FAILURE", "content", "json", dumps(value), 50)
        return Script(self._beats, Outcome.FAILED)

    def quick(self, category: str, text: str, level: int, content_type: str = "str") -> None:
        """A streamed content at a piece a millisecond, for runs of very many events."""
        self.now += 0.001
        self._emit("content_start", category, content_type, "", level)
        for piece in pieces(text, self.rng, 12, 30):
            self.now += 0.001
            self._emit("delta", category, content_type, piece, level)
        self.now += 0.001
        self._emit("content_finish", category, content_type, "", level)

    def quick_cell(self, title: str, code: str, result: Table) -> None:
        """A notebook cell in a few milliseconds."""
        self._calls += 1
        arguments = dumps({"title": title})
        function = {"name": "execute_sql", "arguments": arguments}
        call = {"id": f"call_{self._number:05d}", "type": "function", "function": function}
        self.tick("tool_call_choices", [call], 10, 0.001)
        output = {
            "output_type": "display_data",
            "metadata": {},
            "data": {"application/json": {"data": json_table(result)}},
        }
        inner = {
            "title": title,
            "content_type": "sql",
            "content": code,
            "nb_file_outputs": [output],
        }
        text = dumps({"result_type": "jupyter_cell", "result": dumps(inner)})
        self.now += 0.001
        self._emit("content_start", "tool_call_response", "json", "", 20)
        for start in range(0, len(text), 200):
            self.now += 0.001
            self._emit("delta", "tool_call_response", "json", text[start : start + 200], 20)
        self.now += 0.001
        self._emit("content_finish", "tool_call_response", "json", "", 20)

    def broken_response(self, title: str, code: str) -> None:
        """A tool response that never ends."""
        self.choose_cell(title, code)
        self.wait(0.2)
        inner = dumps({"title": title, "content_type": "sql", "content": code})
        text = dumps({"result_type": "jupyter_cell", "result": inner})
        self._emit("content_start", "tool_call_response", "json", "", 20)
        for piece in list(pieces(text, self.rng, 20, 40))[:-3]:
            self.wait(0.12)
            self._emit("delta", "tool_call_response", "json", piece, 20)

    @property
    def count(self) -> int:
        """Beats so far."""
        return len(self._beats)


def chart(title: str, summary: str, kind: str, found: Table, x: str, y: str) -> dict[str, Any]:
    """One chart of `task_finish`; its data is JSON text, as the wire has it."""
    data = {"columns": [field for field, _ in found.columns], "data": [list(r) for r in found.rows]}
    return {
        "title": title,
        "summary": summary,
        "chart_type": kind,
        "x": x,
        "y": y,
        "data": dumps(data),
    }


def json_table(found: Table) -> dict[str, Any]:
    """The table as notebook outputs carry it."""
    fields = [field for field, _ in found.columns]
    return {
        "columns": [{"field": field, "title": title} for field, title in found.columns],
        "result": [dict(zip(fields, row, strict=True)) for row in found.rows],
    }


def _plain_table(found: Table) -> str:
    """Markdown with numbers exactly as they are, as `explain_result` carries it."""
    lines = ["| " + " | ".join(title for _, title in found.columns) + " |"]
    lines.append("|" + "---|" * len(found.columns))
    lines += ["| " + " | ".join("" if c is None else str(c) for c in r) + " |" for r in found.rows]
    return "\n".join(lines)


def dumps(value: Any) -> str:
    """Compact JSON that keeps its letters."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class DasBuilder:
    """Writes a DAS answer: Markdown in pieces, tool calls between them."""

    def __init__(self, seed: int, pace: float = 0.27) -> None:
        self.rng = random.Random(seed)
        self.now = 0.9
        self._pace = pace
        self._pieces: list[Piece] = []

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds

    def say(self, text: str) -> None:
        """Markdown, about 30 characters a second."""
        for piece in pieces(text, self.rng):
            self.now += self.rng.uniform(0.5, 1.5) * self._pace
            self._pieces.append(Piece(round(self.now, 4), "text", text=piece))

    def call(
        self, name: str, *params: str, seconds: float, result: str = "", nested: bool = False
    ) -> None:
        """A tool call that takes `seconds`; `nested` sends its parameters as one JSON text. Only
        the Chat dialect carries `result`."""
        self.now += self.rng.uniform(0.3, 0.7)
        sent = (dumps(list(params)),) if nested else params
        self._pieces.append(
            Piece(round(self.now, 4), "tool", result, name, tuple(sent), seconds=seconds)
        )
        self.now += seconds

    def fail(self, code: int, text: str) -> list[Piece]:
        """The answer ends with an error."""
        self.now += 0.6
        self._pieces.append(Piece(round(self.now, 4), "error", text, code=code))
        return self._pieces

    def finish(self) -> list[Piece]:
        """The answer is complete: statistics."""
        self.now += 0.4
        chars = sum(len(piece.text) for piece in self._pieces if piece.kind == "text")
        self._pieces.append(Piece(round(self.now, 4), "summary", code=chars))
        return self._pieces

"""What the contents of DMS messages mean: category and joined text in, typed content out.

Shapes follow the wire facts for each `category`. Every reader is total: a text that does not have
the expected shape comes back as text or as `Raw`, never as an error and never as nothing. Numbers
are kept in the spelling in which they came.
"""

import re

from das_tui.domain.blocks import (
    Answer,
    Body,
    Chart,
    FileNote,
    Note,
    Output,
    Raw,
    Report,
    Suggestions,
    Text,
    Tool,
    ToolStatus,
)
from das_tui.domain.cells import cell, table_of
from das_tui.domain.events import AskKind
from das_tui.domain.loose import Json, load, scalar, whole
from das_tui.domain.plan import Plan, PlanStep, StepStatus
from das_tui.light import dataclass

MAX_STEPS = 1_000
"""Steps of one plan that are kept; the others are counted."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A tool that the agent chose to call."""

    call_id: str
    name: str
    title: str


@dataclass(frozen=True, slots=True)
class Content:
    """A read content: blocks to show and what else it says.

    `key` is (mission_idx, objective_order) of a conclusion that may be sent again; `quiet` content
    is kept and counted but has nothing to show.
    """

    bodies: tuple[Body, ...] = ()
    plan: Plan | None = None
    key: tuple[str, str] | None = None
    choices: tuple[Choice, ...] = ()
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class AskContent:
    """What the agent asks: see `blocks.Ask`."""

    kind: AskKind
    text: str = ""
    sql: str = ""
    explain: str = ""
    plan: Plan | None = None


def read(category: str, content_type: str, text: str) -> Content:
    """The meaning of a complete content of `category`; `content_type` is `str` or `json`."""
    reader = _READERS.get(category)
    if reader is not None:
        return reader(content_type, text)
    if category in QUIET:
        return Content(quiet=True)
    value = load(text) if content_type == "json" else None
    note = _note(value)
    if note is not None:
        return Content(bodies=(Note(note),))
    return Content(bodies=(Raw(name=category or "no category", text=text),))


QUIET = frozenset({"metric_agent_config", "request_datasource", "content"})
"""Categories that official tools skip and whose shape no source shows."""

ANSWERS = frozenset({"llm"})
THOUGHTS = frozenset({"think", "llm_reasoning"})


# --- plans ---------------------------------------------------------------------------------------

_STATUSES = {
    "": StepStatus.PENDING,
    "pending": StepStatus.PENDING,
    "waiting": StepStatus.PENDING,
    "todo": StepStatus.PENDING,
    "init": StepStatus.PENDING,
    "running": StepStatus.RUNNING,
    "processing": StepStatus.RUNNING,
    "executing": StepStatus.RUNNING,
    "in_progress": StepStatus.RUNNING,
    "finished": StepStatus.DONE,
    "finish": StepStatus.DONE,
    "completed": StepStatus.DONE,
    "complete": StepStatus.DONE,
    "success": StepStatus.DONE,
    "done": StepStatus.DONE,
    "failed": StepStatus.FAILED,
    "error": StepStatus.FAILED,
    "skipped": StepStatus.SKIPPED,
    "canceled": StepStatus.SKIPPED,
    "cancelled": StepStatus.SKIPPED,
}


def plan_of(value: Json) -> Plan | None:
    """A plan from `{"plan_id", "current_step", "plan_status", "plans": [{"plan": {"steps"}}]}`,
    from its inner `{"steps": […]}`, or None."""
    if not isinstance(value, dict):
        return None
    inner: Json = value
    plans = value.get("plans")
    if isinstance(plans, list) and plans and isinstance(plans[-1], dict):
        inner = plans[-1].get("plan") if isinstance(plans[-1].get("plan"), dict) else plans[-1]
    elif isinstance(value.get("plan"), dict):
        inner = value["plan"]
    raw_steps = inner.get("steps")
    if not isinstance(raw_steps, list):
        return None
    status = scalar(value.get("plan_status")).lower()
    current = whole(value.get("current_step")) or 0
    steps = tuple(
        _step(raw, place, current, status)
        for place, raw in enumerate(raw_steps[:MAX_STEPS], start=1)
    )
    return Plan(
        plan_id=scalar(value.get("plan_id") or inner.get("plan_id")),
        title=scalar(inner.get("title") or inner.get("name")),
        status=status,
        current=current,
        steps=steps,
        more=len(raw_steps) - len(steps),
    )


def _step(raw: Json, place: int, current: int, plan_status: str) -> PlanStep:
    if not isinstance(raw, dict):
        return PlanStep(order=place, name=scalar(raw))
    named = scalar(raw.get("status")).lower()
    status = _STATUSES.get(named)
    if status is None or (not named and current):
        status = _status_by_place(place, current, plan_status)
    return PlanStep(
        order=whole(raw.get("order")) or place,
        name=scalar(raw.get("name") or raw.get("title") or raw.get("description")),
        description=scalar(raw.get("description")),
        type=scalar(raw.get("type")),
        status=status,
    )


def _status_by_place(place: int, current: int, plan_status: str) -> StepStatus:
    if _STATUSES.get(plan_status) is StepStatus.DONE or place < current:
        return StepStatus.DONE
    if place == current:
        return StepStatus.RUNNING
    return StepStatus.PENDING


def _read_plan(content_type: str, text: str) -> Content:
    plan = plan_of(load(text))
    if plan is None:
        return Content(bodies=(Raw(name="plan", text=text),))
    return Content(plan=plan)


# --- tools ---------------------------------------------------------------------------------------


def _read_choices(content_type: str, text: str) -> Content:
    value = load(text)
    items = value if isinstance(value, list) else [value]
    choices: list[Choice] = []
    for item in items:
        if not isinstance(item, dict):
            continue
        function = item.get("function")
        call = function if isinstance(function, dict) else item
        name = scalar(call.get("name") or call.get("tool_name"))
        arguments = call.get("arguments")
        inner = load(arguments) if isinstance(arguments, str) else arguments
        title = ""
        if isinstance(inner, dict):
            title = scalar(inner.get("title") or inner.get("question") or inner.get("database"))
        if name:
            choices.append(Choice(call_id=scalar(item.get("id")), name=name, title=title))
    if not choices:
        return Content(bodies=(Raw(name="tool_call_choices", text=text),))
    words = ", ".join(f"{choice.name} {choice.title}".strip() for choice in choices)
    return Content(bodies=(Note(words, name="chose"),), choices=tuple(choices))


def _read_response(content_type: str, text: str) -> Content:
    """`{"result_type":…, "result":…}`; `result` is an object or JSON text."""
    value = load(text)
    if not isinstance(value, dict):
        if not text.strip():
            return Content(quiet=True)
        return Content(bodies=(Tool(name="", outputs=(Text(text),), status=ToolStatus.DONE),))
    kind = scalar(value.get("result_type")).lower()
    result = value.get("result", value)
    inner = load(result) if isinstance(result, str) else result
    if kind == "empty":
        return Content(quiet=True)
    if kind == "plan" or (not kind and plan_of(inner) is not None):
        plan = plan_of(inner)
        if plan is not None:
            return Content(plan=plan)
    if kind == "jupyter_cell" or _is_cell(inner):
        return Content(bodies=(cell(inner),))
    if isinstance(inner, dict):
        title = scalar(inner.get("title"))
        return Content(bodies=(_tool_of_object(kind, title, inner),))
    shown = scalar(inner if inner is not None else result)
    return Content(bodies=(Tool(name=kind, outputs=(Text(shown),), status=ToolStatus.DONE),))


def _is_cell(value: Json) -> bool:
    return isinstance(value, dict) and ("nb_file_outputs" in value or "cell_type" in value)


def _tool_of_object(kind: str, title: str, value: dict[str, Json]) -> Tool:
    found = table_of(value)
    output: Output = found if found is not None else Text(scalar(value))
    return Tool(
        name=kind,
        title=title,
        outputs=(output,),
        status=ToolStatus.DONE,
        total_rows=found.total if found else None,
    )


# --- conclusions and results -----------------------------------------------------------------

_TRACE = re.compile(r"</?trace\b[^>]*>")


def strip_traces(text: str) -> str:
    """Markdown without the `<trace id="…">` marks of re-sent conclusions."""
    return _TRACE.sub("", text)


def _read_conclusion(content_type: str, text: str) -> Content:
    value = load(text) if text.lstrip()[:1] == "{" else None
    if isinstance(value, dict) and "result" in value:
        mission, order = value.get("mission_idx"), value.get("objective_order")
        key = None if mission is None and order is None else (scalar(mission), scalar(order))
        words = strip_traces(scalar(value["result"]))
        return Content(bodies=(Answer(words, conclusion=True),), key=key)
    return Content(bodies=(Answer(strip_traces(text), conclusion=True),))


def partial_result(text: str) -> str:
    """The part of a conclusion's `result` that a JSON text still being received holds."""
    found = re.search(r'"result"\s*:\s*"', text)
    if found is None:
        return ""
    piece = re.match(r'(?:[^"\\]|\\(?:u[0-9a-fA-F]{4}|[^u]))*', text[found.end() :])
    value = load(f'"{piece.group(0) if piece else ""}"')
    return strip_traces(value) if isinstance(value, str) else ""


def _read_task(content_type: str, text: str) -> Content:
    value = load(text) if content_type == "json" or text.lstrip()[:1] in "[{" else None
    if isinstance(value, dict):
        return Content(bodies=_old_task(value))
    if not isinstance(value, list):
        return Content(bodies=(Answer(text, conclusion=True),))
    bodies = [_chart(item) for item in value if isinstance(item, dict)]
    return Content(bodies=tuple(bodies)) if bodies else Content(bodies=(Raw("task_finish", text),))


def _chart(item: dict[str, Json]) -> Chart:
    table = table_of(item.get("data"))
    return Chart(
        title=scalar(item.get("title")),
        summary=scalar(item.get("summary")),
        chart_type=scalar(item.get("chart_type")),
        table=table,
        label=scalar(item.get("x")),
        value=scalar(item.get("y")),
    )


def _old_task(value: dict[str, Json]) -> tuple[Body, ...]:
    """The older single object: `status`, `conclusion`/`summary`, `sql`/`sqlList`, `result`."""
    bodies: list[Body] = []
    if "chart_type" in value or "data" in value:
        return (_chart(value),)
    words = scalar(value.get("conclusion") or value.get("summary"))
    if words:
        bodies.append(Answer(words, conclusion=True))
    statements = value.get("sqlList") or value.get("sql")
    found = table_of(value.get("result"))
    listed = statements if isinstance(statements, list) else [statements] if statements else []
    for place, statement in enumerate(listed, start=1):
        last = place == len(listed)
        bodies.append(
            Tool(
                name="execute_sql",
                language="sql",
                code=scalar(statement),
                outputs=(found,) if found is not None and last else (),
                status=ToolStatus.DONE,
                total_rows=found.total if found is not None and last else None,
            )
        )
    if found is None and value.get("result"):
        bodies.append(Answer(scalar(value["result"])))
    return tuple(bodies) if bodies else (Raw("task_finish", scalar(value)),)


def _read_questions(content_type: str, text: str) -> Content:
    value = load(text)
    if isinstance(value, dict):
        value = value.get("questions") or value.get("recommendQuestions")
    if not isinstance(value, list):
        return (
            Content(quiet=True) if not text.strip() else Content(bodies=(Raw("questions", text),))
        )
    questions = [scalar(i.get("question")) if isinstance(i, dict) else scalar(i) for i in value]
    return Content(bodies=(Suggestions(tuple(q for q in questions if q)),))


def _read_jsx(content_type: str, text: str) -> Content:
    value = load(text)
    if not isinstance(value, dict):
        return Content(bodies=(Report(title=text, kind="WebReport"),))
    kind = scalar(value.get("type")) or "WebReport"
    return Content(bodies=(Report(title=scalar(value.get("title")), kind=kind),))


def _read_mission(content_type: str, text: str) -> Content:
    value = load(text)
    title = scalar(value.get("title")) if isinstance(value, dict) else text
    return Content(bodies=(Report(title=title, kind="TextReport"),))


def _read_file(content_type: str, text: str) -> Content:
    value = load(text) if content_type == "json" else None
    if isinstance(value, dict):
        name = scalar(value.get("FileName") or value.get("file_name") or value.get("name"))
        size = whole(value.get("FileSize") or value.get("size")) or 0
        if name:
            return Content(bodies=(FileNote(name, size),))
    name = text.strip().removesuffix("上传完成").strip()
    return Content(bodies=(FileNote(name or text),))


def _read_llm(content_type: str, text: str) -> Content:
    return Content(bodies=(Answer(text),)) if text else Content(quiet=True)


def _read_status(content_type: str, text: str) -> Content:
    note = _note(load(text))
    return Content(bodies=(Note(note if note is not None else text, name="status"),))


def _note(value: Json) -> str | None:
    """One line of the loose objects that occur as data: `title`, `step`, `status`/`message`, and
    lists of `table_name`/`table_summary`."""
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        parts = [
            f"{scalar(item.get('table_name'))}: {scalar(item.get('table_summary'))}"
            for item in value
            if "table_name" in item
        ]
        return "   ".join(parts) if len(parts) == len(value) else None
    if not isinstance(value, dict):
        return None
    if "message" in value:
        return " ".join(filter(None, (scalar(value.get("status")), scalar(value["message"]))))
    for key in ("title", "step"):
        if key in value and len(value) <= 2:
            return scalar(value[key])
    return None


_READERS = {
    "plan": _read_plan,
    "tool_call_choices": _read_choices,
    "tool_call_response": _read_response,
    "output_conclusion": _read_conclusion,
    "task_finish": _read_task,
    "recommended_question": _read_questions,
    "jsx_report": _read_jsx,
    "mission_report": _read_mission,
    "file_upload_finish": _read_file,
    "llm": _read_llm,
    "status": _read_status,
}


# --- asks ----------------------------------------------------------------------------------------


def read_ask(kind: AskKind, content_type: str, text: str) -> AskContent:
    """The question of an `ask_*` category, whatever form it came in."""
    value: Json = load(text) if text.lstrip()[:1] in "{[" else None
    if kind is AskKind.PLAN:
        words = scalar(value.get("message")) if isinstance(value, dict) else ""
        plan = plan_of(value)
        return AskContent(kind, text=words if plan else words or text, plan=plan)
    if kind is AskKind.SQL and isinstance(value, dict):
        return AskContent(
            kind,
            text=scalar(value.get("question")),
            sql=scalar(value.get("sql") or value.get("query")),
            explain=scalar(value.get("explain_result")),
        )
    if kind is AskKind.SQL:
        return AskContent(kind, sql=text)
    if isinstance(value, dict):
        said = scalar(value.get("message") or value.get("question") or value.get("content"))
        return AskContent(kind, text=said or text)
    return AskContent(kind, text=text)

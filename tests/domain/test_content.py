"""Contents of DMS, category by category: what of each is shown."""

import base64
import json
from typing import Any

import pytest

from das_tui.domain import content
from das_tui.domain import events as ev
from das_tui.domain.blocks import (
    Answer,
    Body,
    Chart,
    FileNote,
    Image,
    Note,
    Raw,
    Report,
    Suggestions,
    Table,
    Text,
    Thought,
    Tool,
    ToolStatus,
)
from das_tui.domain.events import AskKind
from das_tui.domain.plan import StepStatus
from tests.domain.telling import begin, bodies, data, finish, piece, tell

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (640).to_bytes(4, "big") + (480).to_bytes(4, "big")


def arrived(category: str, text: str, kind: str = "str") -> list[Body]:
    return bodies(tell(ev.ContentArrived(category=category, content_type=kind, text=text)))


def cell(**more: Any) -> Tool:
    inner = {"title": "T", "content_type": "sql", "content": "SELECT 1", **more}
    text = json.dumps({"result_type": "jupyter_cell", "result": inner})
    (tool,) = bodies(tell(data("tool_call_response", text)))
    assert isinstance(tool, Tool)
    return tool


def ask(kind: AskKind, text: str) -> content.AskContent:
    return content.read_ask(kind, "str", text)


@pytest.mark.parametrize(
    ("category", "kind", "text", "shown"),
    [
        ("llm", "str", "CPU is fine.", [Answer("CPU is fine.")]),
        ("think", "str", "hm", [Thought("hm")]),
        ("llm_reasoning", "str", "hm", [Thought("hm")]),
        ("tool_call_choices", "json", '[{"name":"t"}]', [Note("t", name="chose")]),
        ("tool_call_choices", "json", "{}", [Raw("tool_call_choices", "{}")]),
        ("tool_call_response", "json", '{"result_type":"empty"}', []),
        (
            "tool_call_response",
            "json",
            '{"result_type":"look_up","result":"found"}',
            [Tool(name="look_up", outputs=(Text("found"),), status=ToolStatus.DONE)],
        ),
        ("jsx_report", "json", '{"type":"WebReport"}', [Report(title="", kind="WebReport")]),
        ("mission_report", "json", '{"title":"R"}', [Report(title="R", kind="TextReport")]),
        ("file_upload_finish", "str", "a b.csv 上传完成", [FileNote("a b.csv")]),
        ("task_finish", "str", "## Done", [Answer("## Done", conclusion=True)]),
        ("recommended_question", "json", '["a"]', [Suggestions(("a",))]),
        ("status", "json", '{"status":"ok","message":"ready"}', [Note("ok ready", name="status")]),
        ("plan", "json", "{}", [Raw("plan", "{}")]),
        ("metric_agent_config", "json", '{"a":1}', []),
        ("request_datasource", "json", '{"a":1}', []),
        ("content", "str", "x", []),
        ("", "json", '{"title":"Reading"}', [Note("Reading")]),
        ("", "json", '{"step":"two"}', [Note("two")]),
        ("", "json", '{"status":"ok","message":"m"}', [Note("ok m")]),
        ("", "json", '[{"table_name":"t","table_summary":"rides"}]', [Note("t: rides")]),
        ("of_tomorrow", "json", '{"a":1}', [Raw("of_tomorrow", '{"a":1}')]),
        ("", "json", 'so {"a":1} {"b":2}', [Raw("no category", 'so {"a":1} {"b":2}')]),
    ],
)
def test_whole_contents(category: str, kind: str, text: str, shown: list[Body]) -> None:
    assert arrived(category, text, kind) == shown


def test_progress_marks_steps_by_their_place_and_may_run_past_the_end() -> None:
    steps = [{"order": 1, "name": "A"}, {"order": 2, "name": "B"}]
    for current, expected in ((2, ["done", "running"]), (9, ["done", "done"])):
        value = {"current_step": current, "plans": [{"plan": {"steps": steps}}]}
        plan = content.plan_of(content.load(json.dumps(value)))
        assert plan is not None
        assert [step.status.value for step in plan.steps] == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("processing", StepStatus.RUNNING),
        ("SUCCESS", StepStatus.DONE),
        ("error", StepStatus.FAILED),
        ("cancelled", StepStatus.SKIPPED),
        ("of_tomorrow", StepStatus.PENDING),
    ],
)
def test_words_for_the_status_of_a_step(status: str, expected: StepStatus) -> None:
    plan = content.plan_of({"steps": [{"name": "A", "status": status}]})
    assert plan is not None
    assert plan.steps[0].status is expected


def test_a_cell_has_its_statement_table_and_output() -> None:
    table = {"data": {"columns": [{"field": "d", "title": "Day"}], "result": [{"d": "Mon"}]}}
    tool = cell(
        nb_file_outputs=[
            {"output_type": "display_data", "metadata": {"content_type": "dms/executing"}},
            {"output_type": "stream", "text": "1 row"},
            {"output_type": "display_data", "metadata": {}, "data": {"application/json": table}},
        ]
    )
    assert (tool.name, tool.title, tool.code) == ("execute_sql", "T", "SELECT 1")
    assert tool.outputs == (Text("1 row"), Table(("Day",), (("Mon",),), total=1))
    assert (tool.status, tool.total_rows) == (ToolStatus.DONE, 1)


def test_an_image_is_named_with_its_size() -> None:
    encoded = base64.b64encode(PNG).decode()
    tool = cell(nb_file_outputs=[{"data": {"image/png": encoded}}, {"data": {"image/jpeg": "?"}}])
    assert tool.outputs == (Image("png", 640, 480), Image("jpeg"))


def test_an_old_task_result_shows_words_and_statement() -> None:
    text = json.dumps(
        {"status": "ok", "conclusion": "Fine.", "sql": "SELECT 1", "result": [{"n": 1}]}
    )
    answer, tool = arrived("task_finish", text, "json")
    assert answer == Answer("Fine.", conclusion=True)
    assert isinstance(tool, Tool)
    assert (tool.code, tool.total_rows) == ("SELECT 1", 1)


def test_a_task_result_without_axes_is_a_chart_with_its_table() -> None:
    item = {
        "title": "T",
        "summary": "S",
        "chart_type": "pie",
        "data": '{"columns":["a"],"data":[[1]]}',
    }
    (chart,) = arrived("task_finish", json.dumps([item]), "json")
    assert chart == Chart("T", "S", "pie", Table(("a",), (("1",),), total=1))


def test_a_content_in_pieces_is_read_as_a_whole_one() -> None:
    for category, text in (
        ("jsx_report", '{"type":"WebReport"}'),
        ("mission_report", '{"title":"R"}'),
    ):
        whole = arrived(category, text, "json")
        turn = tell(begin(category), piece(category, text[:5]), piece(None, text[5:]), finish(None))
        assert bodies(turn) == whole


@pytest.mark.parametrize(
    ("kind", "text", "words", "sql", "explain"),
    [
        (
            AskKind.SQL,
            '{"sql":"S","question":"may I?","explain_result":"9 rows"}',
            "may I?",
            "S",
            "9 rows",
        ),
        (AskKind.SQL, '{"query":"S"}', "", "S", ""),
        (AskKind.SQL, "DELETE FROM t", "", "DELETE FROM t", ""),
        (AskKind.HUMAN, "Which year?", "Which year?", "", ""),
        (AskKind.HUMAN, '{"question":"Which?"}', "Which?", "", ""),
        (AskKind.REPORT, '{"message":"Draw it?"}', "Draw it?", "", ""),
        (AskKind.REPORT, "Draw it?", "Draw it?", "", ""),
        (AskKind.PLAN, "no plan at all", "no plan at all", "", ""),
    ],
)
def test_asks_in_all_forms(kind: AskKind, text: str, words: str, sql: str, explain: str) -> None:
    found = ask(kind, text)
    assert (found.text, found.sql, found.explain) == (words, sql, explain)


def test_an_ask_for_a_plan_names_it() -> None:
    found = ask(AskKind.PLAN, '{"plan_id":"p","plans":[{"plan":{"steps":[{"name":"A"}]}}]}')
    assert found.plan is not None
    assert (found.plan.plan_id, [step.name for step in found.plan.steps]) == ("p", ["A"])

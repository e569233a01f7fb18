"""Tool calls of three services, and the list of the latest ones."""

import json

from das_tui.domain import events as ev
from das_tui.domain.blocks import Table, Text, Tool, ToolStatus
from das_tui.domain.toolbox import TOOL_LINES
from das_tui.domain.turn import Turn
from tests.domain.telling import begin, bodies, data, finish, piece, tell

RESPONSE = "tool_call_response"
SQL_ASK = ev.HumanAsked(
    kind=ev.AskKind.SQL, content_type="json", text='{"sql":"SELECT 1"}', category="ask_sql"
)


def choices(*names: str) -> ev.ContentArrived:
    items = [{"id": f"id-{name}", "function": {"name": name}} for name in names]
    return data("tool_call_choices", json.dumps(items))


def cell(title: str, **more: object) -> str:
    inner = {"title": title, "content_type": "sql", "content": "SELECT 1", **more}
    return json.dumps({"result_type": "jupyter_cell", "result": inner})


def tools(turn: Turn) -> list[Tool]:
    return [body for body in bodies(turn) if isinstance(body, Tool)]


def test_the_list_is_bounded_and_the_counts_are_of_all() -> None:
    turn = Turn()
    for number in range(1000):
        turn.apply(ev.ToolCalled(call_id=str(number), name=f"t{number}"), 10.0 * number, number)
        answer = ev.ToolAnswered(call_id=str(number), text="ok")
        turn.apply(answer, 10.0 * number + 2, number)
    late = ev.ToolAnswered(call_id="0", text="no", error="timeout")
    turn.apply(late, 10_000.0, 1000)
    overview = turn.overview
    assert (overview.tool_count, overview.errors) == (1000, 1)
    assert overview.tool_seconds == 999 * 2.0 + 10_000.0
    assert [line.name for line in overview.tools] == [f"t{n}" for n in range(800, 1000)]
    assert len(overview.tools) == TOOL_LINES


def test_a_whole_response_takes_its_choice_too() -> None:
    turn = tell(
        choices("first", "second"),
        data(RESPONSE, cell("One")),
        begin(RESPONSE),
        piece(RESPONSE, cell("Two")),
        finish(RESPONSE),
    )
    assert [(t.name, t.title, t.call_id) for t in tools(turn)] == [
        ("first", "One", "id-first"),
        ("second", "Two", "id-second"),
    ]


def test_choices_that_come_in_pieces_are_choices() -> None:
    category = "tool_call_choices"
    turn = tell(
        begin(category),
        piece(category, '[{"id":"7","function":{"name":"chosen"}}]'),
        finish(category),
        begin(RESPONSE),
    )
    assert [t.name for t in tools(turn)] == ["chosen"]


def test_a_choice_is_answered_after_the_ask_that_it_needed() -> None:
    turn = tell(
        choices("run_sql"),
        SQL_ASK,
        ev.ReplyGiven(choice="approve", text="确认执行当前SQL"),
        ev.TurnStarted(text="确认执行当前SQL"),
        begin(RESPONSE),
        piece(RESPONSE, cell("Rows")),
        finish(RESPONSE),
    )
    assert [(t.name, t.status) for t in tools(turn)] == [("run_sql", ToolStatus.DONE)]


def test_a_choice_of_an_earlier_question_names_nothing() -> None:
    turn = tell(choices("never_run"), ev.TurnFinished(), ev.QuestionAsked(text="next"))
    tell(begin(RESPONSE), piece(RESPONSE, cell("Rows")), finish(RESPONSE), turn=turn)
    assert [t.name for t in tools(turn)] == ["execute_sql"]


def test_a_call_announced_twice_or_late_is_one_call() -> None:
    turn = tell(
        ev.ToolArgsAppended(call_id="1", text='{"action":"Get"}'),
        ev.ToolCalled(call_id="1", name="das_api"),
        ev.ToolCalled(call_id="1", name="das_api"),
        ev.ToolCallEnded(call_id="1"),
        ev.ToolAnswered(call_id="1", text="ok"),
    )
    assert [(t.name, t.title, t.status) for t in tools(turn)] == [
        ("das_api", "Get", ToolStatus.DONE)
    ]
    assert not turn.blocks[0].live


def test_a_result_after_the_end_of_its_turn_finds_its_call() -> None:
    turn = tell(ev.ToolCalled(call_id="1", name="slow"), ev.RunCut())
    assert [(t.status, t.reason) for t in tools(turn)] == [(ToolStatus.FAILED, "cut off")]
    assert turn.overview.errors == 1
    tell(ev.ToolAnswered(call_id="1", text="late"), turn=turn)
    assert [(t.status, t.reason, t.outputs) for t in tools(turn)] == [
        (ToolStatus.DONE, "", (Text("late"),))
    ]
    assert turn.overview.errors == 0


def test_pieces_of_a_result_are_kept_when_its_end_is_empty() -> None:
    turn = tell(
        ev.ToolCalled(call_id="1", name="t"),
        *[ev.ToolAnswered(call_id="1", text=part, partial=True) for part in ('[{"a":', "1.50}]")],
    )
    assert tools(turn)[0].outputs == (Text('[{"a":1.50}]'),)
    tell(ev.ToolAnswered(call_id="1"), turn=turn)
    table = tools(turn)[0].outputs[0]
    assert isinstance(table, Table)
    assert table.rows == (("1.50",),)


def test_arguments_that_end_later_do_not_lose_pieces_of_the_result() -> None:
    turn = tell(
        ev.ToolCalled(call_id="1", name="t"),
        ev.ToolAnswered(call_id="1", text="so far", partial=True),
        ev.ToolArgsAppended(call_id="1", text='{"action":"Get"}'),
        ev.ToolCallEnded(call_id="1"),
    )
    assert (tools(turn)[0].title, tools(turn)[0].outputs) == ("Get", (Text("so far"),))


def test_no_tool_runs_after_its_turn() -> None:
    executing = {"metadata": {"content_type": "dms/executing"}, "data": {}}
    turn = tell(
        data(RESPONSE, cell("Executing", nb_file_outputs=[executing])),
        ev.ToolCalled(call_id="1", name="t"),
    )
    assert [t.status for t in tools(turn)] == [ToolStatus.RUNNING] * 2
    tell(ev.TurnFinished(), turn=turn)
    assert [t.status for t in tools(turn)] == [ToolStatus.DONE] * 2
    assert not any(block.live for block in turn.blocks)


def test_a_response_that_never_ended_is_read_when_it_is_whole() -> None:
    plan = '{"result_type":"plan","result":{"steps":[{"name":"A"}]}}'
    turn = tell(begin(RESPONSE), piece(RESPONSE, plan), ev.TurnFinished())
    assert not tools(turn)
    assert turn.overview.plan is not None
    assert turn.overview.tool_count == 0
    cut = tell(begin(RESPONSE), piece(RESPONSE, plan[:-1]), ev.TurnFinished())
    assert [(t.status, t.reason) for t in tools(cut)] == [(ToolStatus.FAILED, "cut off")]


def test_a_second_start_cuts_the_first_response_off() -> None:
    turn = tell(begin(RESPONSE), piece(RESPONSE, '{"result'), begin(RESPONSE))
    assert [t.status for t in tools(turn)] == [ToolStatus.FAILED, ToolStatus.RUNNING]


def test_tools_of_an_old_task_result_are_in_the_list() -> None:
    category = "task_finish"
    text = '{"conclusion":"Fine.","sqlList":["SELECT 1","SELECT 2"]}'
    turn = tell(begin(category), piece(category, text), finish(category))
    assert turn.overview.tool_count == len(turn.overview.tools) == len(tools(turn)) == 2

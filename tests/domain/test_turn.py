"""The reducer: real streams through the real dialects, and the laws it must keep."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from das_tui.domain import events as ev
from das_tui.domain.blocks import (
    Answer,
    Ask,
    Chart,
    Failure,
    Note,
    Notice,
    PlanShown,
    Question,
    Raw,
    StepRule,
    Suggestions,
    Table,
    Text,
    Thought,
    Tool,
    ToolStatus,
)
from das_tui.domain.events import AnyEvent, AskKind, Voice
from das_tui.domain.plan import StepStatus
from das_tui.domain.record import Frame
from das_tui.domain.session import State
from das_tui.domain.turn import Turn
from das_tui.wire.dialect import decode
from das_tui.wire.sse import SseDecoder

DATA = Path(__file__).parent.parent / "data"


def reduce(*events: AnyEvent, turn: Turn | None = None, start: int = 0) -> Turn:
    turn = turn or Turn()
    for position, event in enumerate(events, start=start + 1):
        turn.apply(event, 1000.0 + position, position)
    return turn


def replay(name: str, service: str) -> Turn:
    decoder = SseDecoder()
    frames = decoder.feed((DATA / name).read_bytes()) + decoder.close()
    turn = Turn()
    for position, frame in enumerate(frames, start=1):
        for event in decode(service, frame):
            turn.apply(event, 1_768_465_800.0 + position, position)
    return turn


def bodies(turn: Turn) -> list[object]:
    return [block.body for block in turn.blocks]


def content(category: str, text: str, kind: str = "json", **more: object) -> ev.ContentArrived:
    return ev.ContentArrived(category=category, content_type=kind, text=text, **more)


# --- whole streams -------------------------------------------------------------------------------


def test_deep_analysis_becomes_plan_steps_tools_and_conclusions() -> None:
    turn = replay("dms_analysis_full.sse", "dms")
    overview = turn.overview
    assert turn.state is State.FINISHED
    assert [step.status for step in overview.plan.steps] == [StepStatus.DONE] * 5
    assert [step.seconds is not None for step in overview.plan.steps] == [True] * 5
    assert [line.title for line in overview.tools] == [
        "Row counts",
        "Time range",
        "Rides by hour",
        "Chart of the week",
        "Imbalance",
        "Repairs by age",
    ]
    assert [b.name for b in bodies(turn) if isinstance(b, StepRule)] == [
        step.name for step in overview.plan.steps
    ]
    conclusions = [b.text for b in bodies(turn) if isinstance(b, Answer) and b.conclusion]
    assert len(conclusions) == 5
    assert not any("<trace" in text for text in conclusions)
    assert [name for name, _ in overview.files] == [
        "station_imbalance.xlsx",
        "harbor_bikes_report.md",
        "harbor_bikes_report.html",
    ]
    assert len(overview.suggestions) == 3
    asks = [b for b in bodies(turn) if isinstance(b, Ask)]
    assert [(a.kind, a.answered) for a in asks] == [
        (AskKind.PLAN, "you approved the plan, 5 steps"),
        (AskKind.SQL, "you approved the statement"),
        (AskKind.REPORT, "you approved the web report"),
    ]
    assert sum(isinstance(b, PlanShown) for b in bodies(turn)) == 1
    assert not any(isinstance(b, Raw) for b in bodies(turn))
    assert overview.kept == 396
    assert overview.checkpoint == 386


def test_das_diagnosis_counts_what_the_summary_reports() -> None:
    turn = replay("das_diagnose.sse", "das")
    assert turn.state is State.FINISHED
    assert (turn.overview.chars, turn.overview.estimated) == (1073, False)
    assert turn.overview.request_id == "7E1B0C52-11AA-5C0D-8E21-DA5A0000C0DE"
    assert turn.overview.session_id == "5d0f6a52-7c1e-4e0b-9f4d-0a1b2c3d4e5f"
    tools = [b for b in bodies(turn) if isinstance(b, Tool)]
    lines = (DATA / "das_diagnose.sse").read_bytes().splitlines()
    assert len(tools) == sum(b"ToolName" in line for line in lines)
    assert all(tool.status is ToolStatus.DONE for tool in tools)
    assert tools[0].params == (("--instanceId", "rm-demoharbor01"),)


def test_das_error_keeps_the_text_and_names_the_code() -> None:
    turn = replay("das_error.sse", "das")
    failure = bodies(turn)[-1]
    assert turn.state is State.FAILED
    assert isinstance(failure, Failure)
    assert failure.fact == "-1810006"
    assert failure.text == "32 characters came before it and may be billed."
    assert "Associate an instance" in failure.way_out
    assert failure.request_id == "0AD1F00D-2222-5333-9444-BADC0FFEE000"
    assert turn.blocks[-1].pinned


@pytest.mark.parametrize("code", ["-1810001", "-1810099", ""])
def test_das_error_without_a_known_meaning_is_shown_by_its_number(code: str) -> None:
    turn = reduce(ev.RunFailed(code=code, text="Something broke.", request_id="r-1"))
    (failure,) = bodies(turn)
    assert isinstance(failure, Failure)
    assert failure.title == "The agent stopped with an error"
    assert (failure.fact, failure.request_id) == (code, "r-1")
    assert failure.text == (
        "Something broke. No character of an answer came, so asking again is safe."
    )
    assert failure.way_out == "With the request id support can look it up."


def test_das_error_after_characters_says_one_thing_about_asking_again() -> None:
    piece = ev.TextAppended(lane="answer", text="12345")
    turn = reduce(piece, ev.RunFailed(code="-1810001", text="no full stop"))
    failure = bodies(turn)[-1]
    assert isinstance(failure, Failure)
    assert failure.text == "no full stop. 5 characters came before it and may be billed."
    assert failure.way_out == "Ask again if a second bill is acceptable."


def test_a_failure_without_a_request_id_has_that_of_its_request() -> None:
    turn = reduce(ev.Dispatched(request_id="r-head"), ev.RunFailed(code="-1810001", text="no"))
    failure = bodies(turn)[-1]
    assert isinstance(failure, Failure)
    assert failure.request_id == "r-head"
    assert "request id" in failure.way_out


def test_a_permission_that_is_missing_in_a_stream_says_whom_to_ask() -> None:
    asked = ev.TurnStarted(text="q", checkpoint=1)
    failed = ev.RunFailed(code="CheckDatabasePermissionFailed", text="no query permission")
    (*_, failure) = bodies(reduce(asked, replace(failed, category="content", checkpoint=2)))
    assert isinstance(failure, Failure)
    assert failure.text == "no query permission. What came before is kept."
    assert "query permission on the database in DMS" in failure.way_out


def test_failing_run_marks_the_tool_that_never_finished() -> None:
    turn = replay("dms_failure.sse", "dms")
    tool = next(b for b in bodies(turn) if isinstance(b, Tool))
    assert (tool.status, tool.reason) == (ToolStatus.FAILED, "cut off")
    assert turn.state is State.FAILED
    assert not any(block.live for block in turn.blocks)


def test_sql_ask_waits_with_statement_and_explain() -> None:
    turn = replay("dms_sql_confirm.sse", "dms")
    ask = turn.overview.ask
    assert turn.state is State.NEEDS_INPUT
    assert ask is not None
    assert ask.kind is AskKind.SQL
    assert ask.sql.startswith("SELECT d.name")
    assert "48123990" in ask.explain
    assert ask.checkpoint == 131


def test_chat_keeps_interleaved_calls_apart() -> None:
    turn = replay("das_chat_agui.sse", "chat")
    tools = [b for b in bodies(turn) if isinstance(b, Tool)]
    assert [tool.title for tool in tools] == ["GetTopSqlByCpu", "EnableSqlConcurrencyControl"]
    assert isinstance(tools[0].outputs[0], Table)
    assert tools[0].outputs[0].columns == ("SqlId", "CpuShare", "Sql")
    assert tools[0].outputs[0].rows[0][1] == "61.4"
    assert isinstance(tools[1].outputs[0], Text)
    assert turn.state is State.FINISHED
    assert sum(isinstance(b, Question) for b in bodies(turn)) == 1


# --- rules ---------------------------------------------------------------------------------------


def test_a_summary_that_repeats_the_answer_is_not_shown_twice() -> None:
    said = ev.TextAppended(lane="answer", text="CPU is fine.")
    turn = reduce(said, ev.UsageReported(chars=12, text="CPU is fine."))
    assert [b.text for b in bodies(turn)] == ["CPU is fine."]
    other = reduce(said, ev.UsageReported(chars=30, text="A different ending."))
    assert [b.text for b in bodies(other)] == ["CPU is fine.", "A different ending."]


def test_characters_are_an_estimate_until_they_are_reported() -> None:
    turn = reduce(ev.TextAppended(lane="answer", text="数据库🐢"))
    assert (turn.overview.chars, turn.overview.estimated) == (4, True)
    reduce(ev.UsageReported(chars=9), turn=turn, start=1)
    assert (turn.overview.chars, turn.overview.estimated) == (9, False)


def test_resent_conclusion_replaces_the_first() -> None:
    first = content(
        "output_conclusion", '{"mission_idx":0,"objective_order":1,"result":"One"}', level=40
    )
    again = content(
        "output_conclusion",
        '{"mission_idx":0,"objective_order":1,"result":"One <trace id=\\"1\\">and</trace> two"}',
        level=40,
    )
    turn = reduce(first, again)
    assert bodies(turn) == [Answer("One and two", conclusion=True)]


def test_json_content_is_joined_before_it_is_parsed() -> None:
    text = (
        '{"result_type":"jupyter_cell","result":{"title":"T","content_type":"sql","content":"S"}}'
    )
    pieces = [text[i : i + 3] for i in range(0, len(text), 3)]
    turn = reduce(
        ev.ContentStarted(category="tool_call_response", content_type="json"),
        *[
            ev.ContentAppended(category="tool_call_response", content_type="json", text=piece)
            for piece in pieces
        ],
        ev.ContentFinished(category=None),
    )
    tool = bodies(turn)[0]
    assert isinstance(tool, Tool)
    assert (tool.title, tool.language, tool.code) == ("T", "sql", "S")


def test_conclusion_is_readable_while_its_json_still_comes() -> None:
    turn = reduce(
        ev.ContentStarted(category="output_conclusion", content_type="json"),
        ev.ContentAppended(
            category="output_conclusion", text='{"mission_idx":0,"result":"Two peaks\\n\\nat \\u00'
        ),
    )
    assert bodies(turn) == [Answer("Two peaks\n\nat ", conclusion=True)]
    assert turn.blocks[0].live


def test_levels_are_the_highest_of_a_blocks_events() -> None:
    turn = reduce(
        ev.ContentStarted(category="llm", level=10),
        ev.ContentAppended(category="llm", text="a", level=30),
        ev.ContentFinished(category="llm", level=20),
    )
    assert turn.blocks[0].level == 30


def test_questions_are_not_repeated_by_the_services_echo() -> None:
    turn = reduce(
        ev.QuestionAsked(text="Why?"),
        ev.Dispatched(),
        ev.TurnStarted(text="Why?"),
        ev.TurnFinished(),
    )
    assert bodies(turn) == [Question("Why?")]
    assert turn.state is State.FINISHED


def test_a_message_from_elsewhere_is_shown_as_a_question() -> None:
    turn = reduce(ev.TurnStarted(text="asked on the web"))
    assert bodies(turn) == [Question("asked on the web")]


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ("approve", "you approved the statement"),
        ("approve_all", "you approved the statement and all later ones"),
        ("refuse", "you refused the statement"),
    ],
)
def test_a_reply_settles_the_ask(choice: str, said: str) -> None:
    turn = reduce(
        ev.HumanAsked(kind=AskKind.SQL, text='{"sql":"SELECT 1"}', content_type="json"),
        ev.ReplyGiven(choice=choice, text="words", kind="sql"),
    )
    assert len(turn.blocks) == 1
    assert bodies(turn)[0].answered == said
    assert not turn.blocks[0].live
    assert turn.overview.ask is None
    assert turn.state is State.STARTING


def test_a_reply_in_words_is_shown_as_said() -> None:
    turn = reduce(
        ev.HumanAsked(kind=AskKind.HUMAN, text="Which year?"),
        ev.ReplyGiven(choice="reply", text="2025"),
        ev.TurnStarted(text="2025"),
    )
    assert bodies(turn)[-1] == Question("2025")
    assert turn.state is State.LIVE


PLAN = '{"plan_id":"%s","plans":[{"plan":{"steps":[%s]}}]}'


def steps(*names: str) -> str:
    return ",".join(
        json.dumps({"order": place, "name": name}) for place, name in enumerate(names, start=1)
    )


def test_a_changed_plan_shows_what_changed() -> None:
    turn = reduce(
        ev.HumanAsked(kind=AskKind.PLAN, content_type="json", text=PLAN % ("p", steps("A", "B"))),
        ev.ReplyGiven(choice="reply", text="drop B", kind="plan"),
        ev.HumanAsked(kind=AskKind.PLAN, content_type="json", text=PLAN % ("p", steps("A", "C"))),
    )
    ask = turn.overview.ask
    assert ask is not None
    assert [(c.change.value, c.step.name) for c in ask.changes] == [
        ("same", "A"),
        ("dropped", "B"),
        ("new", "C"),
    ]


def test_the_same_plan_announced_twice_is_one_block() -> None:
    response = '{"result_type":"plan","result":%s}' % (PLAN % ("p", steps("A", "B")))
    turn = reduce(
        content("tool_call_response", response),
        content("tool_call_response", response),
        content("plan", PLAN % ("p", steps("A", "B"))),
    )
    assert sum(isinstance(b, PlanShown) for b in bodies(turn)) == 1


def test_unknown_and_malformed_are_kept_and_shown() -> None:
    turn = reduce(
        ev.UnknownArrived(name="SOMETHING_NEW", text="{}"),
        content("never_heard_of", "some words", "str"),
        ev.MalformedArrived(text="{bad", reason="not JSON"),
    )
    shown = bodies(turn)
    assert [type(b) for b in shown] == [Raw, Raw, Raw]
    assert shown[1].text == "some words"
    assert shown[2].malformed


def test_a_cut_is_never_finished() -> None:
    turn = reduce(
        ev.QuestionAsked(text="q"),
        ev.TextAppended(lane="answer", text="half an"),
        ev.RunCut(kept=1, text="The answer may be complete, no statistics came."),
    )
    assert turn.state is State.CUT
    assert isinstance(bodies(turn)[-1], Notice)
    assert turn.blocks[-1].pinned


def test_line_lost_and_back_is_one_notice() -> None:
    turn = reduce(
        ev.TurnStarted(text="q", checkpoint=1),
        ev.LineLost(kept=219, retry_in=3, attempt=1, attempts=8),
        ev.LineLost(kept=219, retry_in=6, attempt=2, attempts=8),
    )
    assert turn.state is State.LINE_LOST
    assert "try 2 of 8" in bodies(turn)[-1].text
    reduce(ev.Resumed(resumed_at=219, lost=0, repeated=3), turn=turn, start=3)
    assert turn.state is State.LIVE
    assert bodies(turn)[-1].text == "resumed at 219   0 lost   3 repeated"
    assert len(turn.blocks) == 2


def test_stream_end_without_anything_new_is_no_verdict() -> None:
    turn = reduce(ev.QuestionAsked(text="q"), ev.Dispatched(), ev.StreamFinished())
    assert turn.state is State.STARTING


def test_das_tools_end_when_the_next_thing_comes() -> None:
    turn = reduce(
        ev.ToolCalled(name="SqlFilter", params=("--sqlId", "7f21")),
        ev.TextAppended(lane="answer", text="done"),
    )
    tool = turn.blocks[0]
    assert tool.body.status is ToolStatus.DONE
    assert tool.seconds == 1.0
    assert not tool.live


def test_failed_cell_is_pinned_with_its_reason() -> None:
    cell = {
        "title": "Flow per dock",
        "content_type": "sql",
        "content": "SELECT 1",
        "nb_file_outputs": [
            {"output_type": "error", "ename": "QueryTimeout", "evalue": "exceeded 30 s"}
        ],
    }
    turn = reduce(
        content("tool_call_response", json.dumps({"result_type": "jupyter_cell", "result": cell}))
    )
    assert turn.blocks[0].body.reason == "timeout"
    assert turn.blocks[0].pinned
    assert turn.overview.errors == 1


def test_task_results_become_charts_with_values_as_they_came() -> None:
    data = '{"columns":["c","n"],"data":[["X",1.50]]}'
    text = '[{"title":"T","chart_type":"bar","x":"c","y":"n","data":' + data + "}]"
    chart = bodies(reduce(content("task_finish", text)))[0]
    assert isinstance(chart, Chart)
    assert chart.table.rows == (("X", "1.50"),)


def test_recommended_questions_in_all_forms() -> None:
    forms = (
        '{"questions":["a","b"]}',
        '{"recommendQuestions":["a","b"]}',
        '["a",{"question":"b"}]',
    )
    for text in forms:
        assert bodies(reduce(content("recommended_question", text))) == [Suggestions(("a", "b"))]


def test_lanes_of_text_do_not_mix() -> None:
    turn = reduce(
        ev.TextStarted(lane="1"),
        ev.TextStarted(lane="2", voice=Voice.THOUGHT),
        ev.TextAppended(lane="1", text="a"),
        ev.TextAppended(lane="2", text="b"),
        ev.TextAppended(lane="1", text="c"),
        ev.TextFinished(lane="2"),
    )
    assert bodies(turn) == [Answer("ac"), Thought("b")]
    assert [block.live for block in turn.blocks] == [True, False]


def test_changed_gives_each_change_once() -> None:
    turn = reduce(ev.TextAppended(lane="answer", text="a"))
    assert list(turn.changed()) == [0]
    assert turn.changed() == {}
    reduce(ev.TextAppended(lane="answer", text="b"), turn=turn, start=1)
    assert turn.changed()[0].body == Answer("ab")


def test_status_words_that_are_no_step_are_notes() -> None:
    turn = reduce(ev.StatusChanged(previous="none", current="PLANNING", task="PLANNING", level=10))
    assert bodies(turn) == [Note("none to PLANNING", name="status")]


# --- laws ----------------------------------------------------------------------------------------

_categories = st.sampled_from(
    [
        None,
        "llm",
        "think",
        "plan",
        "tool_call_choices",
        "tool_call_response",
        "output_conclusion",
        "task_finish",
        "recommended_question",
        "ask_plan",
        "jsx_report",
        "file_upload_finish",
        "odd",
    ]
)
_texts = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        [
            '{"result_type":"plan","result":{"steps":[{"name":"A"}]}}',
            '{"plans":[{"plan":{"steps":[{"name":"A","status":"running"}]}}]}',
            '{"mission_idx":0,"objective_order":1,"result":"x"}',
            "[1,2",
            "[" * 4000,
            '{"questions":[null,{}]}',
            '{"steps":3}',
            '[[],{"data":[]}]',
        ]
    ),
)
_kinds = st.sampled_from(["str", "json"])
_levels = st.one_of(st.none(), st.integers(0, 50))
_events = st.one_of(
    st.builds(ev.ContentStarted, category=_categories, content_type=_kinds, level=_levels),
    st.builds(ev.ContentAppended, category=_categories, content_type=_kinds, text=_texts),
    st.builds(ev.ContentFinished, category=_categories, content_type=_kinds, text=_texts),
    st.builds(ev.ContentArrived, category=_categories, content_type=_kinds, text=_texts),
    st.builds(ev.HumanAsked, kind=st.sampled_from(AskKind), content_type=_kinds, text=_texts),
    st.builds(ev.TurnStarted, text=_texts),
    st.builds(ev.TurnFinished, text=_texts),
    st.builds(
        ev.TextAppended, lane=st.sampled_from("ab"), voice=st.sampled_from(Voice), text=_texts
    ),
    st.builds(ev.TextFinished, lane=st.sampled_from("ab")),
    st.builds(ev.ToolCalled, call_id=st.sampled_from(["", "1", "2"]), name=_texts),
    st.builds(ev.ToolArgsAppended, call_id=st.sampled_from(["1", "2"]), text=_texts),
    st.builds(ev.ToolCallEnded, call_id=st.sampled_from(["1", "2"]), result=_texts),
    st.builds(
        ev.ToolAnswered, call_id=st.sampled_from(["1", "2"]), text=_texts, partial=st.booleans()
    ),
    st.builds(ev.StatusChanged, current=_texts, task=st.sampled_from(["A", "B", ""])),
    st.builds(ev.ReplyGiven, choice=st.sampled_from(["approve", "refuse", "reply"]), text=_texts),
    st.builds(ev.QuestionAsked, text=_texts),
    st.builds(ev.LineLost, kept=st.integers(0, 9)),
    st.builds(ev.Resumed, repeated=st.integers(0, 9)),
    st.sampled_from(
        [
            ev.RunCut(),
            ev.RunFailed(code="x"),
            ev.TurnCancelled(),
            ev.StreamFinished(),
            ev.Done(),
            ev.StepStarted(name="s"),
            ev.StepFinished(name="s"),
            ev.UsageReported(chars=3, text="x"),
        ]
    ),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_events, max_size=40))
def test_any_order_of_events_keeps_the_laws(events: list[AnyEvent]) -> None:
    """No event is refused; indexes are dense; what `changed` gave in pieces equals the whole."""
    turn, seen = Turn(), {}
    for position, event in enumerate(events, start=1):
        turn.apply(event, 1000.0 + position, position)
        seen.update(turn.changed())
    assert [block.index for block in turn.blocks] == list(range(len(turn.blocks)))
    assert [seen[index] for index in range(len(turn.blocks))] == turn.blocks
    assert turn.overview.kept == len(events)


@settings(max_examples=100, deadline=None)
@given(st.lists(_events, max_size=30), st.integers(1, 7))
def test_looking_does_not_change_the_outcome(events: list[AnyEvent], every: int) -> None:
    """A live view that looks often and a reload that looks once see the same transcript."""
    often, once = Turn(), Turn()
    for position, event in enumerate(events, start=1):
        often.apply(event, 1000.0 + position, position)
        once.apply(event, 1000.0 + position, position)
        if position % every == 0:
            often.changed()
    assert [b.body for b in often.blocks] == [b.body for b in once.blocks]
    assert often.overview.state is once.overview.state


def test_frames_of_unknown_services_are_not_decoded_silently() -> None:
    with pytest.raises((KeyError, ValueError)):
        decode("nobody", Frame("", b"{}"))

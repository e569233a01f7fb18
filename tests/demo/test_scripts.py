"""What the scripted agents say: every scenario, every way through it."""

import json
import re
from collections.abc import Iterator

import pytest

from das_tui.demo import past, scenarios
from das_tui.demo.config import OPTION_WORDS, ServiceConfig
from das_tui.demo.frames import chat_frames, das_frames, dms_frame
from das_tui.demo.replies import Verdict, judge
from das_tui.demo.scenarios import load
from das_tui.demo.scenarios.parts import Part
from das_tui.demo.script import Outcome, Script
from das_tui.domain.blocks import Ask, Question, Raw, StepRule, Tool, ToolStatus
from das_tui.domain.events import LocalFact
from das_tui.domain.record import Frame
from das_tui.domain.session import State
from das_tui.domain.turn import Turn
from das_tui.wire import chat, das, dms

CONFIG = ServiceConfig()
NOW = 1_768_468_000.0
FINISH = Frame("SSE_FINISH", b'{"event_type":"SSE_FINISH","level":10}')
QUESTIONS = {
    "analysis": "Why do riders find empty stations?",
    "rebalance": "Plan the night moves so that no station starts empty.",
    "weekly": "Write the weekly report of week 52.",
    "update": "Shift the March promises of North Quay by one day, it was closed on the 12th.",
    "read_sql": "Which depot had the most late parcels in March?",
    "routes": "What do our routes cost per parcel?",
    "revenue": "Compare revenue of 2024 and 2025.",
    "teas": "Which ten teas sell best?",
    "failure": "Sum the payroll of tea_house_demo",
    "price_test": "Did the price test bring anything?",
    "human": "Compare two stations for me",
    "study": "Analyse where our vans lose time, in depth",
    "verbose": "Read every route of all depots in March: where are parcels late?",
    "quick": "昨天有什么值得注意的？",
}
REPLIES = {
    "ask_plan": ["确认执行", "不执行这个计划", "drop the broken bikes and add the vans"],
    "ask_sql": ["确认执行当前SQL", "同意后续所有SQL执行", "no", "SELECT 1;", "what does it lock?"],
    "ask_human": ["Hilltop Library and Old Mill, 2025"],
    "ask_report_render": ["确认绘制网页报告", "不绘制"],
}


def ways(
    part: Part, message: str, asked: tuple[str, ...] = ()
) -> Iterator[list[tuple[str, Script]]]:
    """Every way through a scenario, each as (message, script) of its turns; a question is not
    answered in the same way twice."""
    script = scenarios.play_dms(part, message, 11, "harbor_bikes", "en" if asked else "")
    if script.outcome is not Outcome.ASKED:
        yield [(message, script)]
        return
    for reply in REPLIES[script.ask]:
        if reply in asked:
            continue
        for rest in ways(scenarios.after(part, reply), reply, (*asked, reply)):
            yield [(message, script), *rest]


def reduce_dms(turns: list[tuple[str, Script]]) -> Turn:
    """The transcript of a way."""
    turn = Turn()
    position = base = 0
    at = 1_768_465_800.0
    for _, script in turns:
        for beat in script.beats:
            position += 1
            number = base + beat.number if beat.number >= 0 else -1
            frame = dms_frame(beat, at + beat.at, number, CONFIG)
            for event in dms.decode(frame):
                turn.apply(event, at + beat.at, position)
        base += script.numbers
        at += script.seconds + 20
    return turn


@pytest.mark.parametrize("name", [name for name in QUESTIONS if name != "verbose"])
def test_every_way_through_a_scenario_is_understood(name: str) -> None:
    question = QUESTIONS[name]
    part = scenarios.choose_dms(question)
    assert part.name == name
    found = list(ways(part, question))
    for turns in found:
        for _, script in turns:
            assert len(script.beats) > 20
            times = [beat.at for beat in script.beats]
            assert times == sorted(times)
            numbers = [beat.number for beat in script.beats if beat.number >= 0]
            assert numbers == list(range(script.numbers))
        turn = reduce_dms(turns)
        blocks = turn.blocks
        assert not [block for block in blocks if isinstance(block.body, Raw)]
        failed = turns[-1][1].outcome is Outcome.FAILED
        assert turn.state is (State.FAILED if failed else State.FINISHED)
        assert not [block for block in blocks if block.live]
        asks = [block.body for block in blocks if isinstance(block.body, Ask)]
        assert len(asks) == len(turns) - 1
        if name in {"update", "read_sql"}:
            assert all(ask.sql and ask.text and ask.explain for ask in asks)


def test_the_deep_analysis_has_all_that_the_wire_knows() -> None:
    part = scenarios.choose_dms(QUESTIONS["analysis"])
    turns = next(iter(ways(part, QUESTIONS["analysis"])))
    beats = [beat for _, script in turns for beat in script.beats]
    assert {beat.category for beat in beats} >= {
        *("llm", "think", "tool_call_choices", "tool_call_response", "plan", "status"),
        *("output_conclusion", "task_finish", "file_upload_finish", "recommended_question"),
        *("ask_plan", "ask_sql", "ask_report_render", "jsx_report", "mission_report", "chat"),
    }
    assert {beat.level for beat in beats} == {10, 20, 30, 40, 50}
    text = "".join(beat.content for beat in beats)
    for mark in ("dms/executing", "<trace id=", "data:image/png;base64,", "QueryTimeout"):
        assert mark in text
    assert sum(script.seconds for _, script in turns) > 180
    turn = reduce_dms(turns)
    tools = [block for block in turn.blocks if isinstance(block.body, Tool)]
    failed = [block for block in tools if block.body.status is ToolStatus.FAILED]  # type: ignore[union-attr]
    assert len(failed) == 1
    assert failed[0].seconds is not None
    assert failed[0].seconds >= 29
    assert failed[0].level == 50
    rules = [block.body for block in turn.blocks if isinstance(block.body, StepRule)]
    assert [rule.number for rule in rules] == [1, 2, 3, 4, 5]
    beating = [beat for beat in beats if beat.event == "HEARTBEAT"]
    assert beating
    assert {beat.number for beat in beating} == {-1}


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("hello", "Why do riders find empty stations?"),
        ("你好", "为什么骑行者会遇到空站？"),
        ("Which tables are there?", "| rides | One row per ride. |"),
        ("有哪些表", "可以分析的表"),
        ("How many rides?", "“How many rides?”"),
    ],
)
def test_any_question_gets_an_answer(question: str, words: str) -> None:
    part = scenarios.choose_dms(question)
    script = scenarios.play_dms(part, question, 3, "harbor_bikes")
    assert script.outcome is Outcome.FINISHED
    assert words in said(script)


def test_a_refused_write_does_not_run() -> None:
    part = scenarios.choose_dms(QUESTIONS["update"])
    refused = scenarios.play_dms(scenarios.after(part, "no, leave it"), "no, leave it", 1, "")
    assert "Nothing was written" in said(refused)
    assert not [beat for beat in refused.beats if beat.category == "tool_call_response"]
    approved = scenarios.play_dms(scenarios.after(part, "confirm"), "confirm", 1, "")
    assert "24618" in "".join(beat.content for beat in approved.beats)


def said(script: Script) -> str:
    return "".join(beat.content for beat in script.beats if beat.category == "llm")


def test_a_plan_is_changed_by_words_and_asked_again() -> None:
    part = scenarios.choose_dms(QUESTIONS["analysis"])
    changed = scenarios.after(part, "drop the broken bikes, add the vans")
    script = scenarios.play_dms(changed, "drop the broken bikes, add the vans", 1, "harbor_bikes")
    steps = json.loads(script.beats[-1].content)["plans"][0]["plan"]["steps"]
    assert [step["name"] for step in steps] == [
        *("Understand tables", "Demand by hour", "Station imbalance", "Refill vans"),
        "Conclude, export",
    ]
    again = scenarios.after(changed, "确认执行")
    run = scenarios.play_dms(again, "确认执行", 1, "harbor_bikes")
    assert run.ask == "ask_sql"


@pytest.mark.parametrize("question", [*QUESTIONS.values(), "Tell me something about bikes"])
def test_a_question_that_fits_nothing_is_answered_and_quoted(question: str) -> None:
    script = scenarios.play_dms(Part("quick"), question, 5, scenarios.database_of(question))
    assert question in said(script)
    assert (scenarios.choose_dms(question, forced="quick").name) == "quick"


def test_follow_ups_stay_in_context() -> None:
    part = scenarios.choose_dms("And how many vans is that?", before="analysis")
    assert part == Part("follow_up", {"before": "analysis"})
    text = said(scenarios.play_dms(part, "And how many vans is that?", 1, "harbor_bikes"))
    assert "And how many vans is that?" in text
    assert "three vans" in text
    assert scenarios.choose_dms(QUESTIONS["teas"], before="analysis").name == "teas"


def test_session_config_avoids_the_stops() -> None:
    config = {"SkipPlan": True, "SkipSqlConfirm": True, "SkipWebReportConfirm": True}
    part = Part("analysis", scenarios.skips(config))
    script = scenarios.play_dms(part, QUESTIONS["analysis"], 1, "harbor_bikes")
    assert script.outcome is Outcome.FINISHED
    only_plan = Part("analysis", scenarios.skips({"PlanMode": "disable"}))
    assert scenarios.play_dms(only_plan, "x", 1, "harbor_bikes").ask == "ask_sql"
    then = scenarios.after(only_plan, "确认执行当前SQL")
    assert scenarios.play_dms(then, "x", 1, "harbor_bikes").ask == "ask_report_render"


def test_the_verbose_run_has_fifty_thousand_events() -> None:
    part = scenarios.choose_dms(QUESTIONS["verbose"])
    script = scenarios.play_dms(part, QUESTIONS["verbose"], 3, "parcel_depot")
    assert len(script.beats) == load.VERBOSE_EVENTS == 50_000
    assert {beat.level for beat in script.beats} == {10, 20, 30, 40}
    body = [beat for beat in script.beats if 10 < beat.at < 40]
    assert 900 < len(body) / 30 < 1100


def test_the_endless_stream_is_the_same_at_every_place() -> None:
    script = scenarios.play_dms(Part("rate", {"rate": 500.0}), "go", 1, "")
    assert script.after_time(2.0) == 1001
    assert script.after_number(40) == 41
    assert script.beats[1_000_000].at == 2000.0
    assert script.beats[45] == script.beats[40:50][5]


def test_scripts_depend_on_nothing_but_their_seed() -> None:
    part = Part("routes")
    one, same, other = (scenarios.play_dms(part, "x", seed, "") for seed in (1, 1, 2))
    assert one.beats == same.beats
    assert one.beats != other.beats


# --- DAS -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("Why is the CPU of rm-demoharbor01 at 97 %?", "diagnosis"),
        ("rm-demoharbor01 很慢", "diagnosis"),
        ("Diagnose rm-demoharbor01 step by step", "thorough"),
        ("请逐步分析 pc-demolagoon02", "thorough"),
        ("What fills the disk?", "space"),
        ("What is a limit on a statement?", "knowledge"),
        ("如何限流？", "knowledge"),
        ("Limit rm-demomissing9", "no_instance"),
        ("Good morning", "general"),
        ("Hello!", "help"),
        ("你好", "help"),
        ("Who holds the connections of pc-demolagoon02?", "connections"),
        ("rm-demoharbor01 的内存够用吗", "memory"),
        ("Is ro-demoharbor11 lagging behind?", "replica"),
        ("Which transactions of rm-demoharbor01 deadlocked?", "locks"),
        ("Can rm-demoharbor01 be restored to yesterday?", "backup"),
        ("rm-demoharbor01 有哪些参数改过", "parameters"),
        ("deadlock?", "knowledge"),
    ],
)
def test_das_scenarios_by_words(question: str, name: str) -> None:
    assert scenarios.choose_das(question) == name
    pieces = scenarios.play_das(name, question, 4)
    text = "".join(piece.text for piece in pieces if piece.kind == "text")
    assert pieces[-1].code == (-1810006 if name == "no_instance" else len(text))
    sizes = [len(piece.text) for piece in pieces if piece.kind == "text"]
    assert max(sizes) <= 15
    assert pieces == scenarios.play_das(name, question, 4)
    chinese = re.search(r"[\u4e00-\u9fff]", question) is not None
    assert (re.search(r"[\u4e00-\u9fff]{4}", text) is not None) is chinese or name == "no_instance"


@pytest.mark.parametrize("question", ["CPU of rm-demoharbor01?", "rm-demoharbor01 的 CPU 高"])
def test_both_dialects_of_das_say_the_same(question: str) -> None:
    pieces = scenarios.play_das("diagnosis", question, 4)
    assert 35 < pieces[-1].at < 65
    answers = []
    for decode, frames in (
        (das.decode, das_frames(pieces, "s-1", "R-1")),
        (chat.decode, chat_frames(pieces, question, "s-1", 4, 1_768_465_800.0, 1.0)),
    ):
        turn = Turn()
        for position, (at, frame) in enumerate(frames, start=1):
            for event in decode(frame):
                turn.apply(event, 1_768_465_800.0 + at, position)
        assert turn.state is State.FINISHED
        assert not [block for block in turn.blocks if isinstance(block.body, Raw)]
        tools = [block.body for block in turn.blocks if isinstance(block.body, Tool)]
        assert len(tools) == 5
        assert {tool.status for tool in tools} == {ToolStatus.DONE}
        words = [b.body.text for b in turn.blocks if type(b.body).__name__ == "Answer"]  # type: ignore[union-attr]
        answers.append("".join(words))
    assert answers[0] == answers[1]


# --- words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("确认执行", Verdict.APPROVE),
        ("confirm", Verdict.APPROVE),
        ("确认执行当前SQL", Verdict.APPROVE),
        ("Yes.", Verdict.APPROVE),
        ("yes, go ahead", Verdict.APPROVE),
        ("同意后续所有SQL执行", Verdict.APPROVE_ALL),
        ("不绘制", Verdict.REFUSE),
        ("不执行当前SQL", Verdict.REFUSE),
        ("Do not run this.", Verdict.REFUSE),
        ("No", Verdict.REFUSE),
        ("I don't want that", Verdict.REFUSE),
        ("UPDATE parcels SET x = 1 WHERE id = 2", Verdict.STATEMENT),
        ("```sql\nselect 1\n```", Verdict.STATEMENT),
        ("how long will it take?", Verdict.WORDS),
        ("use only the north stations", Verdict.WORDS),
    ],
)
def test_what_a_reply_means(text: str, verdict: Verdict) -> None:
    assert judge(text) is verdict


def test_scenario_texts_of_the_command_line() -> None:
    config = ServiceConfig().with_scenario("analysis,inclusive, upper")
    assert (config.scenario, config.inclusive, config.upper_case) == ("analysis", True, True)
    assert ServiceConfig().with_scenario("") == ServiceConfig()
    with pytest.raises(ValueError, match="no scenario 'nonsense'"):
        ServiceConfig().with_scenario("nonsense")
    for name in (*scenarios.NAMES, *OPTION_WORDS):
        ServiceConfig().with_scenario(name)
    with pytest.raises(ValueError, match="both"):
        ServiceConfig(event_line=False, json_event_type=False)
    assert "s3cret" not in repr(ServiceConfig(access_key_secret="s3cret"))


# --- the demo's older sessions -------------------------------------------------------------------


@pytest.fixture(scope="module")
def older() -> list[past.PastSession]:
    """The older sessions as of `NOW`."""
    return past.sessions(NOW)


def reduce_past(session: past.PastSession, now: float) -> Turn:
    turn = Turn()
    decode = {"dms": dms.decode, "das": das.decode}[session.service]
    for position, (seconds, item) in enumerate(session.items, start=1):
        at = now - session.age + seconds
        if isinstance(item, Frame):
            for event in decode(item):
                turn.apply(event, at, position)
        else:
            turn.apply(item, at, position)
    return turn


def test_the_older_sessions_stand_as_in_the_pictures(older: list[past.PastSession]) -> None:
    now, sessions = NOW, older
    assert [s.age for s in sessions] == sorted(s.age for s in sessions)
    states = {}
    for session in sessions:
        turn = reduce_past(session, now)
        states[session.title] = (session.target, turn.state)
        assert not [block for block in turn.blocks if isinstance(block.body, Raw)]
        assert session.unread <= len(turn.blocks)
        times = [seconds for seconds, _ in session.items]
        assert times == sorted(times)
        assert times[-1] < session.age
        assert isinstance(turn.blocks[0].body, Question)
        if session.title == "Rebalance plan":
            ask = turn.overview.ask
            assert ask is not None
            assert {change.change.value for change in ask.changes} >= {"new", "moved", "dropped"}
            assert 360 < now - turn.overview.since < 400
        if session.title == "Late parcels":
            assert turn.overview.kept > 50_000
    assert states == {
        "Weekly report": ("harbor_bikes", State.FINISHED),
        "Rebalance plan": ("harbor_bikes", State.NEEDS_INPUT),
        "Disk at 84 %": ("rm-demoharbor01", State.FINISHED),
        "Deadlock 07:52": ("rm-demoharbor01", State.FAILED),
        "晚点包裹 三月": ("parcel_depot", State.NEEDS_INPUT),
        "Late parcels": ("parcel_depot", State.FINISHED),
        "Revenue 24/25": ("tea_house_demo", State.CUT),
        "Top ten teas": ("tea_house_demo", State.FINISHED),
        "Price test": ("tea_house_demo", State.CANCELLED),
    }


def test_what_is_stored_is_what_the_service_has(older: list[past.PastSession]) -> None:
    now = NOW
    known = {session.session_id: session for session in past.dms_sessions(now)}
    for session in older:
        if session.service != "dms" or session.title == "Late parcels":
            continue
        served = [frame for _, frame in known[session.session_id].history(now, CONFIG)]
        stored = [item for _, item in session.items if isinstance(item, Frame)]
        stored = [frame for frame in stored if not frame.event.startswith("SSE_FINISH")]
        assert stored == served[: len(stored)]
        assert (len(served) > len(stored)) is (session.title == "Revenue 24/25")


def test_the_live_questions_last_long_enough() -> None:
    for question in past.LIVE:
        if question.service == "das":
            name = scenarios.choose_das(question.text)
            assert scenarios.play_das(name, question.text, 1)[-1].at > 120
            continue
        part = scenarios.choose_dms(question.text)
        script = scenarios.play_dms(part, question.text, 1, question.target)
        if part.name == "analysis":
            assert 15 < script.seconds < 35
            assert script.ask == "ask_plan"
        else:
            assert script.seconds > 120


def test_facts_of_the_past_are_local_facts(older: list[past.PastSession]) -> None:
    for session in older:
        for _, item in session.items:
            assert isinstance(item, Frame | LocalFact)

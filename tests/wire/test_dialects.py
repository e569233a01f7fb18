"""The three dialects: every event and category, the samples, and payloads that mean harm."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from das_tui.domain import events as e
from das_tui.domain.events import AskKind, Voice
from das_tui.domain.record import Frame
from das_tui.wire import chat, das, dialect
from das_tui.wire.sse import SseDecoder

DATA = Path(__file__).parents[1] / "data"
SERVICES = ("das", "chat", "dms")


def frame(value, event=""):
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return Frame(event, data)


def one(service, value, event=""):
    (found,) = dialect.decode(service, frame(value, event))
    return found


# --- DAS -----------------------------------------------------------------------------------------


def message(answer="", event="agent_message", **metadata):
    value = {"Id": "s-1", "Answer": answer, "Event": event}
    return value | {"Metadata": {"RequestId": "r-1"} | metadata}


def piece(text):
    return e.TextAppended(
        lane="answer", voice=Voice.ANSWER, text=text, session_id="s-1", request_id="r-1"
    )


def call(name, *params):
    return e.ToolCalled(name=name, params=params, request_id="r-1")


DAS = {
    "text": (message("CPU "), (piece("CPU "),)),
    "empty text": (message(""), (piece(""),)),
    "tool without text": (
        message("", ToolName="SqlFilter", ToolParams=["--a", "1"]),
        (call("SqlFilter", "--a", "1"), piece("")),
    ),
    "tool with text": (
        message("Look", ToolName="SqlFilter"),
        (piece("Look"), call("SqlFilter")),
    ),
    "summary": (
        message("all", "summary", CharCount=412),
        (e.UsageReported(chars=412, text="all", session_id="s-1", request_id="r-1"),),
    ),
    "summary without a count": (
        message("", "summary", CharCount=-1),
        (e.UsageReported(chars=None, session_id="s-1", request_id="r-1"),),
    ),
    "summary with text count": (
        message("", "summary", CharCount="7"),
        (e.UsageReported(chars=7, session_id="s-1", request_id="r-1"),),
    ),
    "error": (
        message("no instance", "error", Code=-1810006),
        (e.RunFailed(code="-1810006", text="no instance", request_id="r-1", session_id="s-1"),),
    ),
    "event in another case": (message("x", "AGENT_MESSAGE"), (piece("x"),)),
    "no event": ({"Answer": "x"}, (e.TextAppended(lane="answer", text="x"),)),
    "no metadata": (
        {"Id": "s", "Answer": "x", "Event": "agent_message", "Metadata": None},
        (e.TextAppended(lane="answer", text="x", session_id="s"),),
    ),
    "unknown event": (
        message("hm", "agent_mood"),
        (e.UnknownArrived(name="agent_mood", text="hm"),),
    ),
    "receipt": ({"RequestId": "r-1"}, (e.Heartbeat(name="receipt"),)),
    "nothing known": ({"a": [1]}, (e.UnknownArrived(name="", text='{"a": [1]}'),)),
    "empty object": ({}, (e.UnknownArrived(name="", text="{}"),)),
    "done": (b" [DONE]\n", (e.Done(),)),
    "answer is an object": (message({"a": 1}), (piece('{"a": 1}'),)),
    "lone surrogate": (
        b'{"Id":"s-1","Answer":"a\\ud83d","Event":"agent_message","Metadata":{"RequestId":"r-1"}}',
        (piece("a�"),),
    ),
}


@pytest.mark.parametrize("name", DAS)
def test_das(name):
    value, expected = DAS[name]
    assert das.decode(frame(value)) == expected


@pytest.mark.parametrize(
    ("params", "words"),
    [
        (None, ()),
        ([], ()),
        (["--id", "rm-1"], ("--id", "rm-1")),
        (['["--id", "rm-1"]'], ("--id", "rm-1")),
        (
            [' ["a", 1, true, null, {"b": [2]}, ["c"]] '],
            ("a", "1", "true", "null", '{"b": [2]}', '["c"]'),
        ),
        (["a", 1, None, {"b": 2}], ("a", "1", "null", '{"b": 2}')),
        (["[not json"], ("[not json",)),
        (['["a"]', "b"], ('["a"]', "b")),
        (['[1],"b":[2]'], ('[1],"b":[2]',)),
        (["[]"], ()),
        (["[" * 3000], ("[" * 3000,)),
        ("one", ("one",)),
        ({"a": 1}, ('{"a": 1}',)),
        (["\ud83d"], ("�",)),
        (['["\\ud83d"]'], ("�",)),
    ],
)
def test_tool_params(params, words):
    assert das.flatten(params) == words


def test_das_question():
    request = das.question("why?", "s-1")
    assert (request.action, request.version) == ("GetDasAgentSSE", "2020-01-16")
    assert request.params == {"Query": "why?", "SessionId": "s-1"}
    assert das.question("q", agent_id="ag-1").params == {"Query": "q", "AgentId": "ag-1"}
    assert not request.repeatable
    assert request.permission == "hdm:GetDasAgentSSE"
    assert "why" not in repr(request)


# --- DMS -----------------------------------------------------------------------------------------

HEAD = {"at": 1768465800.0, "level": 20, "checkpoint": 219}


def item(event_type, body="", category="llm", content_type="str", **more):
    value = {
        "content": body,
        "event_type": event_type,
        "content_type": content_type,
        "checkpoint": 219,
        "level": 20,
        "category": category,
        "timestamp": "1768465800",
    }
    return value | more


DMS = {
    "chat_start": (
        item("chat_start", '{"message":"hi"}', "chat", "json"),
        e.TurnStarted(text="hi", category="chat", **HEAD),
    ),
    "chat_start with text": (
        item("chat_start", "hi", "chat"),
        e.TurnStarted(text="hi", category="chat", **HEAD),
    ),
    "content_start": (item("content_start"), e.ContentStarted(category="llm", **HEAD)),
    "delta": (item("delta", "CPU "), e.ContentAppended(text="CPU ", category="llm", **HEAD)),
    "delta of a tool": (
        item("delta", '{"result', "tool_call_response", "json"),
        e.ContentAppended(
            text='{"result', category="tool_call_response", content_type="json", **HEAD
        ),
    ),
    "content_finish": (item("content_finish"), e.ContentFinished(category="llm", **HEAD)),
    "content_finish without category": (
        item("content_finish", category=None),
        e.ContentFinished(**HEAD),
    ),
    "status_change": (
        item(
            "status_change",
            '{"previous":"PLANNING","current":"STEP_EXECUTION","current_task":"count"}',
            "status",
            "json",
        ),
        e.StatusChanged(
            previous="PLANNING", current="STEP_EXECUTION", task="count", category="status", **HEAD
        ),
    ),
    "status_change with text": (
        item("status_change", "PLANNING", "status"),
        e.StatusChanged(current="PLANNING", category="status", **HEAD),
    ),
    "chat_finish": (item("chat_finish", "", "chat"), e.TurnFinished(category="chat", **HEAD)),
    "chat_finish of a new kind": (
        item("chat_finish", "x", "rest"),
        e.TurnFinished(text="x", category="rest", **HEAD),
    ),
    "chat_finish without category": (
        item("chat_finish", "", None),
        e.TurnFinished(**HEAD),
    ),
    "chat_canceled": (
        item("chat_canceled", "stopped", "chat"),
        e.TurnCancelled(text="stopped", category="chat", **HEAD),
    ),
    "SSE_FINISH": (
        item("SSE_FINISH", "", "content"),
        e.StreamFinished(category="content", **HEAD),
    ),
    "SSE_FAILURE with text": (
        item("SSE_FAILURE", "no route", "content"),
        e.RunFailed(text="no route", category="content", **HEAD),
    ),
    "SSE_FAILURE with JSON": (
        item(
            "SSE_FAILURE",
            '{"code":"X","message":"no query permission","requestId":"r-1"}',
            "content",
            "json",
        ),
        e.RunFailed(
            code="X", text="no query permission", request_id="r-1", category="content", **HEAD
        ),
    ),
    "SSE_FAILURE with error": (
        item("SSE_FAILURE", '{"error":"gone"}', "content", "json"),
        e.RunFailed(text="gone", category="content", **HEAD),
    ),
    "upper case": (
        item("CHAT_FINISH", "{}", "ASK_SQL", "JSON"),
        e.HumanAsked(kind=AskKind.SQL, text="{}", content_type="json", category="ask_sql", **HEAD),
    ),
    "unknown event": (
        item("plan_progress_update", "{}", "plan"),
        e.UnknownArrived(name="plan_progress_update", text="{}", category="plan", **HEAD),
    ),
    "content is an object": (
        item("data", {"a": 1}, "plan"),
        e.ContentArrived(text='{"a": 1}', content_type="json", category="plan", **HEAD),
    ),
    "bad numbers": (
        item("delta", "x", checkpoint=10**40, level=2**31, timestamp="soon"),
        e.ContentAppended(text="x", category="llm"),
    ),
    "numbers as text": (
        item("delta", "x", checkpoint="219", level="-5"),
        e.ContentAppended(text="x", category="llm", at=1768465800.0, level=-5, checkpoint=219),
    ),
    "negative checkpoint": (
        item("delta", "x", checkpoint=-1),
        e.ContentAppended(text="x", category="llm", at=1768465800.0, level=20),
    ),
    "largest checkpoint": (
        item("delta", "x", checkpoint=2**63 - 1),
        e.ContentAppended(
            text="x", category="llm", at=1768465800.0, level=20, checkpoint=2**63 - 1
        ),
    ),
    "only a type": ({"event_type": "delta"}, e.ContentAppended()),
    "receipt": ({"RequestId": "r"}, e.Heartbeat(name="receipt")),
    "nothing known": ({"a": 1}, e.UnknownArrived(text='{"a": 1}')),
    "empty object": ({}, e.UnknownArrived(text="{}")),
    "no type": (
        {"content": "x", "category": "llm"},
        e.UnknownArrived(text="x", category="llm"),
    ),
    "done": (b"[DONE]", e.Done()),
    "lone surrogates": (
        b'{"content":"\\ud83d","event_type":"delta","category":"\\udc22"}',
        e.ContentAppended(text="�", category="�"),
    ),
}


@pytest.mark.parametrize("name", DMS)
def test_dms(name):
    value, expected = DMS[name]
    assert one("dms", value) == expected


@pytest.mark.parametrize("name", ["HEARTBEAT", "SSE_VERSION", "STREAM"])
def test_dms_signs_of_life(name):
    expected = e.Heartbeat(name=name, category="content", **HEAD)
    assert one("dms", item(name, "1.0", "content")) == expected
    assert one("dms", {}, f"{name} at 08:30") == e.Heartbeat(name=name)


ASKS = {
    "ask_plan": AskKind.PLAN,
    "ask_sql": AskKind.SQL,
    "ask_human": AskKind.HUMAN,
    "ask_report_render": AskKind.REPORT,
    "ask_something_new": AskKind.HUMAN,
}


@pytest.mark.parametrize("category", ASKS)
def test_dms_asks(category):
    found = one("dms", item("chat_finish", "which?", category))
    assert found == e.HumanAsked(kind=ASKS[category], text="which?", category=category, **HEAD)
    shown = one("dms", item("data", "which?", category))
    assert shown == e.ContentArrived(text="which?", category=category, **HEAD)


CATEGORIES = (
    "llm think llm_reasoning tool_call_choices tool_call_response plan ask_plan ask_report_render "
    "output_conclusion task_finish recommended_question jsx_report mission_report "
    "file_upload_finish metric_agent_config request_datasource content of_tomorrow"
).split()


@pytest.mark.parametrize("category", CATEGORIES)
def test_dms_categories_are_carried_by_every_content_event(category):
    for name, kind in (
        ("content_start", e.ContentStarted),
        ("delta", e.ContentAppended),
        ("data", e.ContentArrived),
        ("content_finish", e.ContentFinished),
    ):
        found = one("dms", item(name, "", category.upper()))
        assert isinstance(found, kind)
        assert found.category == category


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("delta at 2026-01-15 08:30:00.115", e.ContentAppended),
        ("DELTA at", e.ContentAppended),
        ("delta", e.ContentAppended),
        ("delta 1768465800", e.ContentAppended),
        (" delta at x", e.ContentAppended),
        ("chat_canceled at x", e.TurnCancelled),
        ("SSE_FINISH at x", e.StreamFinished),
        ("later at x", e.UnknownArrived),
        ("", e.UnknownArrived),
    ],
)
def test_dms_event_line_names_the_type_when_the_payload_does_not(line, kind):
    assert isinstance(one("dms", {"content": "x", "category": "llm"}, line), kind)
    assert isinstance(one("dms", {"content": "x", "event_type": ""}, line), kind)
    found = one("dms", {"content": "x", "event_type": "data"}, line)
    assert isinstance(found, e.ContentArrived)


def test_dms_event_line_with_a_foreign_payload():
    assert one("dms", {"a": 1}, "delta at x") == e.UnknownArrived(name="delta", text='{"a": 1}')
    assert one("dms", {}, "SSE_FINISH at x") == e.StreamFinished()
    assert one("dms", {"message": "gone", "code": 5}, "SSE_FAILURE at x") == e.RunFailed(
        code="5", text="gone"
    )


# --- Chat ----------------------------------------------------------------------------------------

AT = {"Timestamp": 1768465800323}
TIME = {"at": 1768465800.323}

CHAT = {
    "RUN_STARTED": ({"RunId": "r", "ThreadId": "t"}, e.TurnStarted(**TIME)),
    "RUN_FINISHED": ({"RunId": "r"}, e.TurnFinished(**TIME)),
    "RUN_ERROR": ({"Message": "gone", "Code": "X"}, e.RunFailed(code="X", text="gone", **TIME)),
    "TEXT_MESSAGE_START": (
        {"MessageId": "m", "Role": "assistant"},
        e.TextStarted(lane="m", voice=Voice.ANSWER, **TIME),
    ),
    "TEXT_MESSAGE_CONTENT": (
        {"MessageId": "m", "Delta": "CPU "},
        e.TextAppended(lane="m", text="CPU ", **TIME),
    ),
    "TEXT_MESSAGE_END": ({"MessageId": "m"}, e.TextFinished(lane="m", **TIME)),
    "TOOL_CALL_START": (
        {"ToolCallId": "t", "ToolCallName": "das_api"},
        e.ToolCalled(call_id="t", name="das_api", **TIME),
    ),
    "TOOL_CALL_ARGS": (
        {"ToolCallId": "t", "Delta": '{"a'},
        e.ToolArgsAppended(call_id="t", text='{"a', **TIME),
    ),
    "TOOL_CALL_END": (
        {"ToolCallId": "t", "Result": "ok"},
        e.ToolCallEnded(call_id="t", result="ok", **TIME),
    ),
    "TOOL_CALL_RESULT": (
        {"ToolCallId": "t", "Content": "3 rows"},
        e.ToolAnswered(call_id="t", text="3 rows", **TIME),
    ),
    "TOOL_CALL_CHUNK": (
        {"ToolCallId": "t", "Chunk": "3 r"},
        e.ToolAnswered(call_id="t", text="3 r", partial=True, **TIME),
    ),
    "ACTIVITY_DELTA": (
        {"ActivityType": "waiting_for_agent_thinking", "Patch": []},
        e.Heartbeat(name="waiting_for_agent_thinking", **TIME),
    ),
    "STEP_STARTED": (
        {"StepName": "diagnose", "Kind": "task", "Label": "Diagnosis"},
        e.StepStarted(name="diagnose", label="Diagnosis", **TIME),
    ),
    "STEP_FINISHED": (
        {"StepName": "diagnose", "StepStatus": "completed"},
        e.StepFinished(name="diagnose", status="completed", **TIME),
    ),
    "CUSTOM": (
        {"Name": "usage", "Value": {"Chars": 3}},
        e.UnknownArrived(name="CUSTOM usage", text='{"Chars": 3}', **TIME),
    ),
    "STATE_DELTA": (
        {},
        e.UnknownArrived(
            name="STATE_DELTA",
            text='{"Type": "STATE_DELTA", "Timestamp": 1768465800323}',
            **TIME,
        ),
    ),
}


@pytest.mark.parametrize("name", CHAT)
def test_chat(name):
    fields, expected = CHAT[name]
    assert one("chat", {"Type": name} | AT | fields) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            {"Type": "TEXT_MESSAGE_START", "MessageId": "m", "Role": "user"},
            e.TextStarted(lane="m", voice=Voice.USER),
        ),
        (
            {"Type": "TEXT_MESSAGE_START", "MessageId": "m", "Role": "tool"},
            e.TextStarted(lane="m", voice=Voice.THOUGHT),
        ),
        (
            {"Type": "TOOL_CALL_START", "ToolCallId": "t", "Name": "das_api"},
            e.ToolCalled(call_id="t", name="das_api"),
        ),
        (
            {
                "Type": "TOOL_CALL_START",
                "ToolCallId": "t",
                "ToolCallName": "das_api",
                "AgentId": "ag",
                "ParentAgentId": "ag-0",
                "ParentMessageId": "m",
                "OriginatingToolCallId": "t-0",
                "TaskTrackerId": "k",
            },
            e.ToolCalled(call_id="t", name="das_api"),
        ),
        (
            {"Type": "TOOL_CALL_RESULT", "ToolCallId": "t", "Result": {"a": 1}},
            e.ToolAnswered(call_id="t", text='{"a": 1}'),
        ),
        (
            {"Type": "TOOL_CALL_RESULT", "ToolCallId": "t", "Delta": "x", "ToolCallError": False},
            e.ToolAnswered(call_id="t", text="x"),
        ),
        (
            {"Type": "TOOL_CALL_RESULT", "ToolCallId": "t", "Content": "x", "ToolCallError": "no"},
            e.ToolAnswered(call_id="t", text="x", error="no"),
        ),
        (
            {"Type": "TOOL_CALL_RESULT", "ToolCallId": "t", "ToolCallError": True},
            e.ToolAnswered(call_id="t", error="failed"),
        ),
        (
            {"Type": "CUSTOM", "Name": "error", "Value": {"Code": -1, "Message": "gone"}},
            e.RunFailed(code="-1", text="gone"),
        ),
        ({"Type": "CUSTOM", "Name": "error", "Value": "gone"}, e.RunFailed(text="gone")),
        (
            {"Type": "CUSTOM", "Name": "error", "Value": {"Message": "gone", "requestId": "r"}},
            e.RunFailed(text="gone", request_id="r"),
        ),
        (
            {"Type": "CUSTOM", "Name": "error", "Value": "gone", "requestId": "r"},
            e.RunFailed(text="gone", request_id="r"),
        ),
        (
            {
                "Type": "CUSTOM",
                "Name": "error",
                "Value": {"Code": 5, "Message": "gone"},
                "Metadata": {"RequestId": "r"},
            },
            e.RunFailed(code="5", text="gone", request_id="r"),
        ),
        (
            {"Type": "CUSTOM", "Name": "error", "Value": '{"Code":5,"Msg":"m","RequestId":"r"}'},
            e.RunFailed(code="5", text="m", request_id="r"),
        ),
        (
            {"Type": "CUSTOM", "Name": "error", "Value": "{broken"},
            e.RunFailed(text="{broken"),
        ),
        (
            {"Id": "s", "Answer": "x", "Event": "agent_message", "Metadata": {}},
            e.TextAppended(lane="answer", text="x", session_id="s"),
        ),
        ({"RequestId": "r"}, e.Heartbeat(name="receipt")),
        ({"a": 1}, e.UnknownArrived(text='{"a": 1}')),
        (b"[DONE]", e.Done()),
    ],
)
def test_chat_forms(value, expected):
    assert one("chat", value) == expected


def test_chat_question():
    request = chat.question("why 数?", agent_id="ag")
    body = json.loads(request.params["Message"])
    assert body["role"] == "user"
    assert body["content"] == [{"type": "text", "text": "why 数?"}]
    assert len(body["id"]) == len(request.params["SessionId"]) == 36
    assert request.params["AgentId"] == "ag"
    assert chat.question("q", "s-1").params["SessionId"] == "s-1"
    assert not request.repeatable


# --- all -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "service", "count", "unknown"),
    [
        ("das_diagnose", "das", 164, []),
        ("das_error", "das", 8, []),
        ("das_chat_agui", "chat", 87, ["CUSTOM usage"]),
        ("dms_analysis_full", "dms", 396, []),
        ("dms_plan_confirm", "dms", 44, []),
        ("dms_sql_confirm", "dms", 13, []),
        ("dms_failure", "dms", 13, []),
    ],
)
def test_samples_hold_nothing_unknown_or_malformed(name, service, count, unknown):
    decoder = SseDecoder()
    frames = decoder.feed((DATA / f"{name}.sse").read_bytes()) + decoder.close()
    assert len(frames) == count
    found = [event for item in frames for event in dialect.decode(service, item)]
    assert [f.name for f in found if isinstance(f, e.UnknownArrived)] == unknown
    assert not any(isinstance(f, e.MalformedArrived) for f in found)


def test_sample_of_das_adds_up():
    decoder = SseDecoder()
    found = [
        event
        for item in decoder.feed((DATA / "das_diagnose.sse").read_bytes())
        for event in das.decode(item)
    ]
    usage = found[-1]
    assert isinstance(usage, e.UsageReported)
    assert usage.chars == sum(len(f.text) for f in found if isinstance(f, e.TextAppended))
    assert sum(isinstance(f, e.ToolCalled) for f in found) == 4
    assert all(
        "[" not in word[:1] for f in found if isinstance(f, e.ToolCalled) for word in f.params
    )


DEEP = b'{"Answer":' + b"[" * 3000 + b"]" * 3000 + b"}"
MALFORMED = [
    b"",
    b" ",
    b"hello",
    b"<html></html>",
    b"[]",
    b"12",
    b"null",
    b'"x"',
    b"{",
    b'{"a":1',
    b'{"a":1}}',
    b'{"a":1} {"b":2}',
    b"{'a':1}",
    b'{"a":01}',
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    DEEP,
    DEEP[:3500],
    b"[DONE",
    b"DONE",
    b"\x00" * 50,
    b'{"a":"\x1b]52;c;x\x07"}',
]


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("data", MALFORMED, ids=range(len(MALFORMED)))
def test_malformed_payloads_are_shown_with_a_reason(service, data):
    found = one(service, data)
    assert isinstance(found, e.MalformedArrived)
    assert found.text == data.decode("utf-8", "replace")
    assert found.reason
    described = dialect.describe(service, frame(data))
    assert described["type"] == "malformed"
    assert described["text"] == found.text


FIELDS = [
    *("Id", "Answer", "Event", "Metadata", "Type", "Delta", "Role", "MessageId", "ToolCallId"),
    *("Name", "Value", "Timestamp", "ToolCallError", "RequestId", "Code", "ToolParams"),
    *("content", "event_type", "content_type", "checkpoint", "level", "category", "timestamp"),
    *("ToolName", "CharCount", "Content", "Result", "Chunk", "x"),
]
WORDS = [*DMS, *CHAT, "agent_message", "summary", "error", "user", "delta", "data", "chat_finish"]
LEAVES = st.sampled_from(WORDS) | st.text(st.characters(codec=None), max_size=6)
VALUES = st.recursive(
    LEAVES | st.none() | st.booleans() | st.integers(-(10**45), 10**45) | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4)
    ),
    max_leaves=6,
)


def texts(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for inner in value:
            yield from texts(inner)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(SERVICES),
    st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=8),
    st.sampled_from(["", "delta at x", "chat_finish", "HEARTBEAT", "\udc22"]),
)
def test_any_object_becomes_events_whose_texts_can_be_encoded(service, value, line):
    item = frame(value, line)
    found = dialect.decode(service, item)
    assert found
    assert found == dialect.decode(service, item)
    for event in found:
        for name in event.__dataclass_fields__:
            for text in texts(getattr(event, name)):
                text.encode()
    described = dialect.describe(service, item)
    assert list(described) == ["type", "level", "checkpoint", "category", "text"]
    json.dumps(described, ensure_ascii=False).encode()
    checkpoint = described["checkpoint"]
    assert checkpoint is None or 0 <= checkpoint < 2**63


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(SERVICES), st.binary(max_size=60))
def test_any_bytes_become_events(service, data):
    assert dialect.decode(service, Frame("", data))


@pytest.mark.parametrize(
    ("service", "value", "expected"),
    [
        ("das", message("CPU "), ("text_appended", None, None, None, "CPU ")),
        ("das", message("", ToolName="T"), ("tool_called", None, None, None, "")),
        ("das", message("all", "summary"), ("usage_reported", None, None, None, "all")),
        ("das", b"[DONE]", ("done", None, None, None, "")),
        ("dms", item("delta", "x"), ("content_appended", 20, 219, "llm", "x")),
        (
            "dms",
            item("status_change", '{"current":"P"}', "status", "json"),
            ("status_changed", 20, 219, "status", '{"current":"P"}'),
        ),
        ("dms", {"a": 1}, ("unknown", None, None, None, "")),
        (
            "chat",
            {"Type": "TEXT_MESSAGE_CONTENT", "Delta": "x"},
            ("text_appended", None, None, None, "x"),
        ),
        (
            "chat",
            {"Type": "TOOL_CALL_RESULT", "Content": "x"},
            ("tool_answered", None, None, None, "x"),
        ),
        (
            "chat",
            {"Type": "TOOL_CALL_CHUNK", "Chunk": "x"},
            ("tool_answered", None, None, None, "x"),
        ),
        ("chat", {"Type": "RUN_FINISHED"}, ("turn_finished", None, None, None, "")),
    ],
)
def test_describe(service, value, expected):
    assert tuple(dialect.describe(service, frame(value)).values()) == expected


def test_level_and_checkpoint():
    events = (e.Heartbeat(level=None), e.Heartbeat(level=30, checkpoint=5), e.Heartbeat(level=10))
    assert dialect.level_and_checkpoint(events) == (30, 5)
    assert dialect.level_and_checkpoint(()) == (None, None)

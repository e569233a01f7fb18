"""The official SDKs drive the service over real HTTP and read exactly what it sent."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from alibabacloud_das20200116 import models as das_models
from alibabacloud_das20200116.client import Client as DasClient
from alibabacloud_dms20250414 import models as dms_models
from alibabacloud_dms20250414.client import Client as DmsClient
from alibabacloud_tea_openapi.utils_models import Config
from darabonba.runtime import RuntimeOptions

from das_tui.demo.serve import Background

from .conftest import Start

RUNTIME = RuntimeOptions(read_timeout=20_000, connect_timeout=5_000)


def settings(service: Background, secret: str = "demo", key: str = "demo") -> Config:
    return Config(
        access_key_id=key,
        access_key_secret=secret,
        endpoint=service.url.removeprefix("http://"),
        protocol="http",
        region_id="cn-hangzhou",
        no_proxy="127.0.0.1",
    )


class Dms:
    """The calls that the tests make, by the SDK."""

    def __init__(self, service: Background, secret: str = "demo", key: str = "demo") -> None:
        self.client = DmsClient(settings(service, secret, key))

    def create(self, title: str = "by the SDK") -> tuple[str, str]:
        request = dms_models.CreateDataAgentSessionRequest(title=title, dmsunit="cn-hangzhou")
        body = self.client.create_data_agent_session_with_options(request, RUNTIME).body
        assert body.success is True
        return body.data.session_id, body.data.agent_id

    def send(self, ids: tuple[str, str], message: str, **more: Any) -> Any:
        request = dms_models.SendChatMessageRequest(
            session_id=ids[0], agent_id=ids[1], message=message, **more
        )
        return self.client.send_chat_message_with_options(request, RUNTIME).body

    def read(self, ids: tuple[str, str], checkpoint: int | None = 0) -> list[dict[str, Any]]:
        request = dms_models.GetChatContentRequest(
            session_id=ids[0],
            agent_id=ids[1],
            checkpoint=None if checkpoint is None else str(checkpoint),
        )
        items = self.client.get_chat_content_with_sse(request, RUNTIME)
        return [item.body.to_map() for item in items]

    def status(self, session_id: str) -> Any:
        request = dms_models.DescribeDataAgentSessionRequest(session_id=session_id)
        return self.client.describe_data_agent_session_with_options(request, RUNTIME).body.data


def sent(service: Background, key: str) -> list[dict[str, Any]]:
    """What the service says that it sent on the streams of `key`."""
    return [json.loads(frame.data) for frame in service.hub.sent.get(key, [])]


def last_checkpoint(events: list[dict[str, Any]]) -> int:
    return max(event["checkpoint"] for event in events if "checkpoint" in event)


@pytest.mark.parametrize(
    "question",
    [
        "Why is the CPU of rm-demoharbor01 so high?",
        "rm-demoharbor01 慢 a+b*c/d ~ 100% & = 数据库 🐢",
        "What is a limit on a statement?",
        "rm-demomissing9 is slow",
    ],
)
def test_das_stream_is_read_whole(fast: Background, question: str) -> None:
    client = DasClient(settings(fast))
    request = das_models.GetDasAgentSSERequest(query=question)
    items = list(client.get_das_agent_ssewith_sse(request, RUNTIME))
    got = [item.body.to_map() for item in items]
    assert got == sent(fast, f"das:{got[0]['Id']}:1")
    assert items[0].headers["x-acs-request-id"] == got[0]["Metadata"]["RequestId"]
    last = got[-1]
    if "missing" in question:
        assert (last["Event"], last["Metadata"]["Code"]) == ("error", -1810006)
    else:
        text = "".join(event["Answer"] for event in got)
        assert (last["Event"], last["Metadata"]["CharCount"]) == ("summary", len(text))


def test_das_follow_up_keeps_the_session(fast: Background) -> None:
    client = DasClient(settings(fast))
    first = das_models.GetDasAgentSSERequest(query="CPU of rm-demoharbor01?")
    session_id = next(iter(client.get_das_agent_ssewith_sse(first, RUNTIME))).body.id
    again = das_models.GetDasAgentSSERequest(query="And the limit?", session_id=session_id)
    got = [item.body.to_map() for item in client.get_das_agent_ssewith_sse(again, RUNTIME)]
    assert {event["Id"] for event in got} == {session_id}
    answer = "".join(event["Answer"] for event in got)
    assert "And the limit?" in answer
    assert "sql-7f21" in answer


async def test_das_stream_by_the_async_client(fast: Background) -> None:
    client = DasClient(settings(fast))
    request = das_models.GetDasAgentSSERequest(query="disk of rm-demoharbor01")
    stream = client.get_das_agent_ssewith_sse_async(request, RUNTIME)
    got = [item.body.to_map() async for item in stream]
    assert got == sent(fast, f"das:{got[0]['Id']}:1")


def test_chat_stream_ends_with_done(fast: Background) -> None:
    client = DasClient(settings(fast))
    text = {"type": "text", "text": "CPU of rm-demoharbor01?"}
    message = json.dumps({"id": "m1", "role": "user", "content": [text]})
    got: list[dict[str, Any]] = []
    # The SDK gives every payload to a JSON parser, [DONE] as well.
    stream = client.chat_with_sse(das_models.ChatRequest(message=message), RUNTIME)
    with pytest.raises(Exception, match=r"Expecting value|JSON"):
        got.extend(item.body.to_map() for item in stream)
    thread = next(event["ThreadId"] for event in got if event["Type"] == "RUN_STARTED")
    frames = fast.hub.sent[f"das:{thread}:1"]
    assert frames[-1].data == b"[DONE]"
    assert [event["Type"] for event in got] == [json.loads(f.data)["Type"] for f in frames[:-1]]
    assert got[-1]["Type"] == "RUN_FINISHED"
    calls = [event["ToolCallId"] for event in got if event["Type"] == "TOOL_CALL_START"]
    results = [event["ToolCallId"] for event in got if event["Type"] == "TOOL_CALL_RESULT"]
    assert len(calls) == 5
    assert results == calls


def test_dms_deep_analysis_turn_by_turn(fast: Background) -> None:
    dms = Dms(fast)
    ids = dms.create("Empty stations")
    assert dms.status(ids[0]).session_status == "INIT"
    answer = dms.send(ids, "Why do riders find empty stations?")
    assert answer.success == "true"
    assert answer.data.session_id == ids[0]
    assert answer.data.message_id
    events = dms.read(ids)
    assert events == sent(fast, ids[0])
    assert len(events) > 20
    endings = [events[-2]["category"]]
    for reply in ("确认执行", "确认执行当前SQL", "确认绘制网页报告"):
        assert dms.status(ids[0]).session_status == "WAIT_INPUT"
        after = last_checkpoint(events)
        fast.hub.sent.clear()
        dms.send(ids, reply)
        events = dms.read(ids, after)
        assert events == sent(fast, ids[0])
        assert len(events) > 20
        assert min(e["checkpoint"] for e in events if "checkpoint" in e) == after + 1
        assert events[-1]["event_type"] == "SSE_FINISH"
        endings.append(events[-2]["category"])
    assert endings == ["ask_plan", "ask_sql", "ask_report_render", "chat"]
    assert dms.status(ids[0]).session_status == "IDLE"
    whole = dms.read(ids)
    numbers = [e["checkpoint"] for e in whole if "checkpoint" in e]
    assert numbers == list(range(numbers[-1] + 1))
    assert [e["event_type"] for e in whole].count("SSE_FINISH") == 1


def test_dms_answer_as_additional_message(fast: Background) -> None:
    dms = Dms(fast)
    ids = dms.create()
    dms.send(ids, "Shift the March promises of North Quay by one day")
    asked = last_checkpoint(dms.read(ids))
    dms.send(ids, "confirm", message_type="additional", question="Execute?", reply_to=str(asked))
    events = dms.read(ids, asked)
    assert any("24618" in event["content"] for event in events)
    assert events[-2]["category"] == "chat"


def test_dms_report_and_list(fast: Background) -> None:
    dms = Dms(fast)
    ids = dms.create("a title of its own")
    dms.send(ids, "Which ten teas sell best?")
    after = last_checkpoint(dms.read(ids))
    report = dms.send(ids, "a report", message_type="REPORT")
    assert "jsx_report" in {event["category"] for event in dms.read(ids, after)}
    assert [a.id for a in dms.status(ids[0]).artifacts] == [report.data.message_id]
    request = dms_models.ListDataAgentSessionRequest(title="of its own", page_size=5)
    body = dms.client.list_data_agent_session_with_options(request, RUNTIME).body
    assert [row.session_id for row in body.data] == [ids[0]]
    assert (body.total, body.page_number, body.page_size) == (1, 1, 5)


def test_dms_sends_objects_as_json(fast: Background) -> None:
    dms = Dms(fast)
    ids = dms.create()
    source = dms_models.SendChatMessageRequestDataSources(
        data_source_type="database", db_name="tea_house_demo"
    )
    dms.send(ids, "How was it lately?", data_sources=[source])
    text = "".join(event["content"] for event in dms.read(ids) if event["category"] == "llm")
    assert "How was it lately?" in text
    assert "tea_house_demo" in text


def test_several_streams_at_once(start: Start) -> None:
    service = start(speed=2000.0)
    questions = ["Which ten teas sell best?", "Compare revenue of 2024 and 2025", "Hello?"]

    def whole(question: str) -> tuple[str, list[dict[str, Any]]]:
        dms = Dms(service)
        ids = dms.create(question)
        dms.send(ids, question)
        return ids[0], dms.read(ids)

    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(whole, questions))
    for session_id, events in found:
        assert events == sent(service, session_id)
        assert events[-1]["event_type"] == "SSE_FINISH"


@pytest.mark.parametrize(
    ("key", "secret", "code"),
    [
        ("demo", "wrong", "SignatureDoesNotMatch"),
        ("nobody", "demo", "InvalidAccessKeyId.NotFound"),
    ],
)
def test_wrong_keys_are_refused(fast: Background, key: str, secret: str, code: str) -> None:
    das = DasClient(settings(fast, secret, key))
    request = das_models.GetDasAgentSSERequest(query="hello")
    with pytest.raises(Exception, match=code) as stream:
        list(das.get_das_agent_ssewith_sse(request, RUNTIME))
    assert code in str(stream.value.__dict__)
    dms = Dms(fast, secret, key)
    with pytest.raises(Exception, match="request id") as plain:
        dms.create()
    assert plain.value.code == code  # type: ignore[attr-defined]

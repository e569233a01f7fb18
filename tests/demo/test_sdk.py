"""The official SDKs drive the service over real HTTP and read exactly what it sent."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import httpx
import pytest
from alibabacloud_das20200116 import models as das_models
from alibabacloud_das20200116.client import Client as DasClient
from alibabacloud_dms20250414 import models as dms_models
from alibabacloud_dms20250414.client import Client as DmsClient
from alibabacloud_tea_openapi.client import Client as CoreClient
from alibabacloud_tea_openapi.utils_models import Config, OpenApiRequest, Params
from darabonba.runtime import RuntimeOptions

from das_tui.demo.auth import Key
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
        for attempt in range(5):
            items = self.client.get_chat_content_with_sse(request, RUNTIME)
            try:
                return [item.body.to_map() for item in items]
            except json.JSONDecodeError:
                # This client drops a piece that the network cut within a character; reading again
                # costs nothing, and the cuts fall elsewhere.
                if attempt == 4:
                    raise
        raise AssertionError("not reached")

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


# --- what sessions are made with -----------------------------------------------------------------


def config(**settings: Any) -> Any:
    """`SessionConfig` of a message."""
    return dms_models.SendChatMessageRequestSessionConfig(**settings)


def test_settings_of_a_session_are_kept_and_told(fast: Background) -> None:
    dms = Dms(fast)
    settings = dms_models.CreateDataAgentSessionRequestSessionConfig(
        mode="ANALYSIS", language="CHINESE", enable_search=True, custom_agent_stage="prod"
    )
    request = dms_models.CreateDataAgentSessionRequest(
        title="设置", session_config=settings, file="f-1", dmsunit="cn-hangzhou"
    )
    made = dms.client.create_data_agent_session_with_options(request, RUNTIME).body.data
    assert (made.title, made.file, made.agent_status) == ("设置", "f-1", "RUNNING")
    told = dms.status(made.session_id)
    kept = told.session_config.to_map()
    assert {name: value for name, value in settings.to_map().items() if value} == kept
    assert isinstance(told.create_time, int)
    assert abs(told.create_time / 1000 - time.time()) < 60
    ids = (made.session_id, made.agent_id)
    dms.send(ids, "How are the bikes?")
    events = dms.read(ids)
    assert events[-2]["category"] == "ask_plan"
    assert "了解数据表" in events[-2]["content"]


@pytest.mark.parametrize(
    ("settings", "question", "ending"),
    [
        ({"mode": "ASK_DATA"}, "Why do riders find empty stations?", "chat"),
        ({"mode": "ANALYSIS"}, "Which ten teas sell best?", "ask_plan"),
        ({"mode": "INSIGHT"}, "Which ten teas sell best?", "chat"),
        ({"mode": "ultra"}, "Which ten teas sell best?", "chat"),
        ({"plan_mode": "force"}, "Which ten teas sell best?", "ask_plan"),
        ({"plan_mode": "disable"}, "Why do riders find empty stations?", "ask_sql"),
        ({"plan_mode": "enable"}, "Why do riders find empty stations?", "ask_plan"),
        ({"skip_plan": True}, "Why do riders find empty stations?", "ask_sql"),
        (
            {"skip_plan": True, "skip_sql_confirm": True},
            "Why do riders find empty stations?",
            "ask_report_render",
        ),
        (
            {"skip_plan": True, "skip_sql_confirm": True, "skip_web_report_confirm": True},
            "Why do riders find empty stations?",
            "chat",
        ),
        ({"skip_plan": True}, "Plan the night moves", "chat"),
        ({}, "Which depot had the most late parcels in March?", "ask_sql"),
        ({"skip_sql_confirm": True}, "Which depot had the most late parcels in March?", "chat"),
        ({}, "Compare two stations for me", "ask_human"),
        ({"skip_ask_human": True}, "Compare two stations for me", "chat"),
    ],
)
def test_settings_of_the_first_message_choose_the_run(
    fast: Background, settings: dict[str, Any], question: str, ending: str
) -> None:
    dms = Dms(fast)
    ids = dms.create()
    dms.send(ids, question, session_config=config(**settings))
    events = dms.read(ids)
    assert (events[-2]["event_type"], events[-2]["category"]) == ("chat_finish", ending)


def test_a_custom_agent_brings_its_switches(fast: Background) -> None:
    dms = Dms(fast)
    listed = dms.client.list_custom_agent_with_options(
        dms_models.ListCustomAgentRequest(status="RELEASED", page_number=1, page_size=2), RUNTIME
    ).body
    assert listed.success is True
    assert (listed.data.total_elements, listed.data.total_pages) == (3, 2)
    assert [agent.status for agent in listed.data.content] == ["RELEASED"] * 2
    found = dms.client.list_custom_agent_with_options(
        dms_models.ListCustomAgentRequest(search_key="no questions back", agent_type="Common"),
        RUNTIME,
    ).body.data.content
    assert [agent.name for agent in found] == ["Quick figures"]
    agent_id = found[0].custom_agent_id
    assert agent_id.startswith("ca-")
    assert found[0].execution_config.skip_plan is True
    request = dms_models.DescribeCustomAgentRequest(custom_agent_id=agent_id)
    told = dms.client.describe_custom_agent_with_options(request, RUNTIME).body.data
    assert told.name == "Quick figures"
    assert told.execution_config.to_map() == found[0].execution_config.to_map()
    ids = dms.create()
    settings = config(custom_agent_id=agent_id)
    dms.send(ids, "Why do riders find empty stations?", session_config=settings)
    assert dms.read(ids)[-2]["category"] == "chat"
    request = dms_models.DescribeCustomAgentRequest(custom_agent_id="ca-nobody")
    body = dms.client.describe_custom_agent_with_options(request, RUNTIME).body
    assert (body.success, body.error_code) == (False, "CustomAgentNotFound")
    answer = dms.send(dms.create(), "hello", session_config=config(custom_agent_id="ca-nobody"))
    assert (answer.success, answer.error_code) == ("false", "CustomAgentNotFound")


def test_data_sources_and_report_settings_are_understood(fast: Background) -> None:
    dms = Dms(fast)
    ids = dms.create("Tea")
    permission = dms_models.SendChatMessageRequestDataSourcesPermission(
        tables=[
            dms_models.SendChatMessageRequestDataSourcesPermissionTables(
                table_name="orders", allowed_columns=["id"], required_row_filter="shop_id = 1"
            )
        ]
    )
    source = dms_models.SendChatMessageRequestDataSources(
        data_source_type="database",
        dms_instance_id="1",
        dms_database_id="2",
        db_name="tea_house_demo",
        tables=["orders"],
        engine="mysql",
        region_id="cn-hangzhou",
        permission=permission,
    )
    dms.send(ids, "How was it lately?", data_sources=[source])
    after = last_checkpoint(dms.read(ids))
    told = dms.status(ids[0])
    assert [item.category for item in told.data_sources] == ["database"]
    assert json.loads(told.data_sources[0].detail) == source.to_map()
    report = dms_models.SendChatMessageRequestTaskConfig(
        report_config=dms_models.SendChatMessageRequestTaskConfigReportConfig(
            report_prompt="Only the shops.", report_theme="journal", report_type="WebReport"
        )
    )
    sent_report = dms.send(ids, "a report", message_type="report", task_config=report)
    text = "".join(event["content"] for event in dms.read(ids, after))
    assert "Only the shops." in text
    assert "journal" in text
    artifacts = dms.status(ids[0]).artifacts
    assert [(a.id, a.type, a.status, a.description) for a in artifacts] == [
        (sent_report.data.message_id, "WebReport", "SUCCESS", "Only the shops.")
    ]


# --- lists ---------------------------------------------------------------------------------------


def test_sessions_are_listed_by_page_time_and_mode(start: Start) -> None:
    service = start()
    dms = Dms(service)
    ids = [dms.create(f"session {number}")[0] for number in range(5)]
    for number, session_id in enumerate(ids):
        service.hub.dms[session_id].created = 1_768_465_800.0 + number
    service.hub.dms[ids[4]].config["Mode"] = "ANALYSIS"
    service.hub.dms[ids[3]].saved = True

    def listed(**options: Any) -> Any:
        request = dms_models.ListDataAgentSessionRequest(**options)
        return dms.client.list_data_agent_session_with_options(request, RUNTIME).body

    whole = listed(page_number=2, page_size=2)
    assert (whole.total, whole.total_pages, whole.page_number) == (5, 3, 2)
    assert [row.session_id for row in whole.data] == [ids[2], ids[1]]
    assert whole.data[0].create_time == 1_768_465_802_000
    span = listed(create_start_time=1_768_465_801_000, create_end_time=1_768_465_802)
    assert {row.session_id for row in span.data} == {ids[1], ids[2]}
    assert [row.session_id for row in listed(mode="Analysis").data] == [ids[4]]
    assert [row.session_id for row in listed(is_saved=True).data] == [ids[3]]
    assert listed(creator_id="somebody else").data == []


def test_a_session_of_a_workspace_is_found_there_alone(fast: Background) -> None:
    dms = Dms(fast)
    request = dms_models.ListDataAgentWorkspaceRequest(
        page_number="1", page_size="10", workspace_type="MY"
    )
    body = dms.client.list_data_agent_workspace_with_options(request, RUNTIME).body
    assert body.success == "true"
    assert body.data.total_elements == 3
    workspace = body.data.content[1].workspace_id
    assert body.data.content[1].workspace_name == "Tea house"
    request = dms_models.CreateDataAgentSessionRequest(title="there", workspace_id=workspace)
    made = dms.client.create_data_agent_session_with_options(request, RUNTIME).body.data
    assert dms.status(made.session_id).agent_id is None
    request = dms_models.DescribeDataAgentSessionRequest(
        session_id=made.session_id, workspace_id=workspace
    )
    told = dms.client.describe_data_agent_session_with_options(request, RUNTIME).body.data
    assert told.agent_id == made.agent_id
    request = dms_models.ListDataAgentSessionRequest(workspace_id=workspace, query_type="all")
    rows = dms.client.list_data_agent_session_with_options(request, RUNTIME).body.data
    assert [row.session_id for row in rows] == [made.session_id]
    with pytest.raises(Exception, match="QueryType"):
        dms.client.list_data_agent_session_with_options(
            dms_models.ListDataAgentSessionRequest(workspace_id=workspace), RUNTIME
        )
    request = dms_models.CreateDataAgentSessionRequest(title="x", workspace_id="ws-nowhere")
    body = dms.client.create_data_agent_session_with_options(request, RUNTIME).body
    assert (body.success, body.error_code) == (False, "WorkspaceNotFound")


def test_a_session_that_is_gone_is_listed_but_not_described(fast: Background) -> None:
    dms = Dms(fast)
    ids = dms.create("a session that goes")
    fast.hub.dms[ids[0]].gone = True
    request = dms_models.ListDataAgentSessionRequest(title="that goes")
    rows = dms.client.list_data_agent_session_with_options(request, RUNTIME).body.data
    assert [row.session_id for row in rows] == [ids[0]]
    told = dms.status(ids[0])
    assert (told.agent_id, told.session_status) == (None, "CREATING")
    assert dms.send(ids, "hello").error_code == "InvalidSession"


# --- files ---------------------------------------------------------------------------------------


class Files:
    """The calls about files, by the SDK; bytes go by plain HTTP as with object storage."""

    def __init__(self, dms: Dms) -> None:
        self.client = dms.client

    def listed(self, **options: Any) -> list[Any]:
        request = dms_models.ListFileUploadRequest(**options)
        body = self.client.list_file_upload_with_options(request, RUNTIME).body
        assert body.success is True
        return list(body.data)

    def signature(self) -> Any:
        request = dms_models.DescribeFileUploadSignatureRequest(dms_unit="cn-hangzhou")
        return self.client.describe_file_upload_signature_with_options(request, RUNTIME).body.data

    def callback(self, name: str, location: str, size: int) -> Any:
        request = dms_models.FileUploadCallbackRequest(
            filename=name, upload_location=location, file_size=size
        )
        return self.client.file_upload_callback_with_options(request, RUNTIME).body


def test_files_of_an_analysis_are_listed_and_opened(fast: Background) -> None:
    dms = Dms(fast)
    ids = dms.create("Review")
    files = Files(dms)
    dms.send(ids, "Why do riders find empty stations?")
    for reply in ("确认执行", "确认执行当前SQL"):
        dms.send(ids, reply)
    names = {file.file_name: file for file in files.listed(session_id=ids[0])}
    assert set(names) == {
        "imbalance.xlsx",
        "rides_per_hour.png",
        "hourly_flow.csv",
        "harbor_bikes_report.md",
    }
    dms.send(ids, "确认绘制网页报告")
    web = files.listed(session_id=ids[0], file_category="WebReport")
    assert [file.file_name for file in web] == ["harbor_bikes_report.html"]
    text = files.listed(session_id=ids[0], file_category="TextReport")
    assert [file.file_type for file in text] == ["md"]
    starts = {"png": b"\x89PNG", "xlsx": b"PK", "csv": b"station,", "html": b"<!doctype"}
    by_size = files.listed(session_id=ids[0], sort_column="FileSize", sort_direction="ASC")
    sizes = [file.file_size for file in by_size]
    assert sizes == sorted(sizes)
    assert sizes[-1] > 1_000_000
    for file in by_size:
        answer = httpx.get(file.download_link, trust_env=False)
        assert answer.status_code == 200
        assert int(answer.headers["content-length"]) == len(answer.content) == file.file_size
        assert answer.content.startswith(starts.get(file.file_type, b""))
    one = files.listed(file_id=by_size[0].file_id)
    assert [file.file_id for file in one] == [by_size[0].file_id]


def test_a_file_is_uploaded_and_used(fast: Background) -> None:
    dms = Dms(fast)
    files = Files(dms)
    place = files.signature()
    form = {
        "key": f"{place.upload_dir}/rides.csv",
        "policy": place.policy,
        "x-oss-signature-version": place.oss_signature_version,
        "x-oss-credential": place.oss_credential,
        "x-oss-date": place.oss_date,
        "x-oss-signature": place.oss_signature,
        "x-oss-security-token": place.oss_security_token,
        "success_action_status": "200",
    }
    data = b"station,rides\r\n\x00\xff--\r\nPier 7,12\r\n"
    upload = {"file": ("rides.csv", data, "text/csv")}
    answer = httpx.post(place.upload_host, data=form, files=upload, trust_env=False)
    assert answer.status_code == 200, answer.text
    assert files.callback("rides.csv", form["key"], 1).error_code == "InvalidFileSize"
    assert files.callback("rides.csv", "elsewhere/x", 1).error_code == "FileNotFound"
    file_id = files.callback("rides.csv", form["key"], len(data)).data.file_id
    found = files.listed(file_id=file_id)
    assert [(f.file_name, f.file_size, f.upload_location) for f in found] == [
        ("rides.csv", len(data), form["key"])
    ]
    assert httpx.get(found[0].download_link, trust_env=False).content == data
    ids = dms.create()
    source = dms_models.SendChatMessageRequestDataSources(
        data_source_type="remote_data_center", file_id=file_id
    )
    dms.send(ids, "What is in it?", data_sources=[source])
    assert "rides.csv" in "".join(event["content"] for event in dms.read(ids))


# --- feedback ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "target", "target_id", "like"),
    [
        ("LIKE", "CHAT", "12", 1),
        ("DISLIKE", "REPORT", "40", -1),
        ("ISSUE_REPORT", "SESSION", "{}_7e1b0c52", None),
        ("CANCEL_CHAT", "PLAN", "3", None),
    ],
)
def test_feedback_is_kept(
    fast: Background, kind: str, target: str, target_id: str, like: int | None
) -> None:
    dms = Dms(fast)
    ids = dms.create()
    request = dms_models.CreateDataAgentFeedbackRequest(
        feedback_type=kind,
        target_type=target,
        target_id=target_id.format(ids[0]),
        like_value=like,
        feedback_content="well done",
        session_id=ids[0],
    )
    body = dms.client.create_data_agent_feedback_with_options(request, RUNTIME).body
    assert (body.success, body.http_status_code) == (True, 200)
    assert body.data.to_map() == fast.hub.feedback[-1]
    assert body.data.feedback_content == "well done"
    asked = fast.hub.asked("CreateDataAgentFeedback")[-1]
    assert asked["SessionId"] == ids[0]
    assert asked.get("LikeValue") == (None if like is None else str(like))


# --- the unit, and actions that the SDK has no call for ------------------------------------------


def by_name(service: Background, action: str, version: str) -> dict[str, Any]:
    """The answer of any action, by the core of the SDK."""
    params = Params(
        action=action,
        version=version,
        protocol="HTTP",
        pathname="/",
        method="POST",
        auth_type="AK",
        style="RPC",
        req_body_type="json",
        body_type="json",
    )
    client = CoreClient(settings(service))
    answer: dict[str, Any] = client.call_api(params, OpenApiRequest(query={}), RUNTIME)["body"]
    return answer


def test_the_unit_of_the_tenant(start: Start) -> None:
    service = start(unit="cn-shanghai")
    answer = by_name(service, "GetActiveRouteUnit", "2018-11-01")
    assert answer["Route"] == {"RegionId": "cn-shanghai"}
    assert "Route" not in by_name(start(unit=""), "GetActiveRouteUnit", "2018-11-01")
    with pytest.raises(Exception, match="version"):
        by_name(service, "GetActiveRouteUnit", "2025-04-14")


def test_the_personal_workspace(fast: Background) -> None:
    answer = by_name(fast, "InitDataAgentPersonalWorkspace", "2025-04-14")
    assert answer["Success"] is True
    assert answer["Data"]["WorkspaceId"].startswith("ws-")


# --- temporary keys ------------------------------------------------------------------------------


def test_a_temporary_key_needs_its_token_and_ends(start: Start) -> None:
    service = start(security_token="FAKE-STS/token+for==tests")

    def listed(token: str) -> Any:
        told = settings(service)
        told.security_token = token
        told.type = "sts"
        client = DmsClient(told)
        request = dms_models.ListDataAgentSessionRequest()
        return client.list_data_agent_session_with_options(request, RUNTIME).body

    assert listed("FAKE-STS/token+for==tests").total == 0
    with pytest.raises(Exception, match="mismatch") as wrong:
        listed("another token")
    assert wrong.value.code == "InvalidSecurityToken.MismatchWithAccessKey"  # type: ignore[attr-defined]
    key = Key("demo", "demo", "second token", time.time() + 600)
    service.accept(key)
    assert listed("second token").total == 0
    service.accept(replace(key, expires_at=time.time() - 1))
    with pytest.raises(Exception, match="expired") as late:
        listed("second token")
    assert late.value.code == "InvalidSecurityToken.Expired"  # type: ignore[attr-defined]
    with pytest.raises(Exception, match="mandatory"):
        Dms(service).create()
    assert "second token" not in repr(key)

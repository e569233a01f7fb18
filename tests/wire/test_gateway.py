"""Requests with an API key over real sockets: two planes, JSON bodies, answers in an envelope."""

import contextlib
import json

import pytest

from das_tui.domain.setup import SessionSetup
from das_tui.wire import das, dms_calls, gateway, unit
from das_tui.wire.credentials import API_KEY, ApiKeyProvider, Kind, Standing
from das_tui.wire.errors import (
    BadAnswer,
    InsecureEndpoint,
    KeyNotTaken,
    NoCredentials,
    Refused,
    Throttled,
    UntrustedHost,
    WireError,
)
from das_tui.wire.request import Request
from das_tui.wire.transport import Endpoint, Transport

KEY = "dms-da-canaryCanaryCanary12"
READ = dms_calls.describe_session("s", "cn-hangzhou")


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv(API_KEY, KEY)


@pytest.fixture
async def opened():
    async with contextlib.AsyncExitStack() as stack:

        def make(control, data=""):
            made = Transport(
                Endpoint(f"{control}/apikey"),
                ApiKeyProvider(),
                data_plane=Endpoint(f"{data}/apikey") if data else None,
                region="cn-hangzhou",
            )
            stack.push_async_callback(made.aclose)
            return made

        yield make


def answer(value, status="200 OK", kind="application/json"):
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nContent-Type: {kind}\r\n\r\n"
    return head.encode() + body


def good(data):
    return answer({"data": data, "success": True, "code": "success", "requestId": "r-1"})


async def failure(asked):
    """The error of a request, after checking that it tells nothing of the key."""
    with pytest.raises(WireError) as caught:
        await asked
    error = caught.value
    for shown in (error.title, error.text, error.way_out, str(error), repr(error)):
        assert "canary" not in shown.lower()
        assert "dms-da" not in shown or "…" in shown
    return error


# --- what is sent --------------------------------------------------------------------------------


async def test_a_call_is_json_with_the_key_in_a_header_and_no_signature(serve, opened):
    server = await serve(good({"sessionId": "s", "agentId": "ag"}))
    setup = SessionSetup(mode="ANALYSIS", language="CHINESE")
    made = dms_calls.create_session("Wo? 数", "cn-hangzhou", setup)
    got = await opened(server.url).call(made)
    assert dms_calls.read_created(got.data).session_id == "s"
    assert got.request_id == "r-1"
    (seen,) = server.seen
    assert (seen.method, seen.target) == ("POST", "/apikey")
    assert seen.headers["x-api-key"] == KEY
    assert seen.headers["content-type"] == "application/json"
    assert seen.headers["accept-encoding"] == "identity"
    assert "authorization" not in seen.headers
    assert not [name for name in seen.headers if name.startswith("x-acs-")]
    body = json.loads(seen.body)
    assert body["Action"] == "CreateDataAgentSession"
    assert body["Version"] == "2025-04-14"
    assert body["RegionId"] == "cn-hangzhou"
    assert body["Title"] == "Wo? 数"
    assert body["SessionConfig"]["Mode"] == "ANALYSIS"


async def test_each_plane_gets_its_own_requests(serve, opened):
    control, data = await serve(good({})), await serve(good({}))
    transport = opened(control.url, data.url)
    for request in (
        READ,
        dms_calls.list_sessions(),
        dms_calls.list_custom_agents(),
        dms_calls.list_workspaces(),
        dms_calls.upload_signature(),
    ):
        await transport.call(request)
    for request in (
        dms_calls.send_message("s", "ag", "go"),
        dms_calls.feedback("s", "LIKE", "CHAT", "7"),
        dms_calls.list_files("s"),
    ):
        await transport.call(request)
    asked = [[json.loads(seen.body)["Action"] for seen in there.seen] for there in (control, data)]
    assert asked == [
        [
            "DescribeDataAgentSession",
            "ListDataAgentSession",
            "ListCustomAgent",
            "ListDataAgentWorkSpace",
            "DescribeFileUploadSignature",
        ],
        ["SendChatMessage", "CreateDataAgentFeedback", "ListFileUpload"],
    ]


async def test_a_stream_comes_from_the_data_plane(serve, opened):
    control = await serve(good({}))
    data = await serve(answer(b'data: {"a":1}\n\n', kind="text/event-stream"))
    async with opened(control.url, data.url).stream(dms_calls.chat_content("s", "ag", 3)) as events:
        frames = [frame async for some in events for frame in some]
    assert [frame.data for frame in frames] == [b'{"a":1}']
    assert control.seen == []
    body = json.loads(data.seen[0].body)
    assert (body["Action"], body["Checkpoint"]) == ("GetChatContent", "3")
    assert data.seen[0].headers["accept"] == "text/event-stream"


async def test_what_only_reads_is_asked_at_the_other_plane_where_one_does_not_know_it(
    serve, opened
):
    unknown = answer({"HttpStatusCode": 404, "Code": "InvalidAction.NotFound", "Message": "no"})
    control, data = await serve(good({"data": []})), await serve(unknown)
    transport = opened(control.url, data.url)
    assert dms_calls.read_files((await transport.call(dms_calls.list_files("s"))).data) == ()
    assert len(control.seen) == len(data.seen) == 1
    error = await failure(transport.call(dms_calls.send_message("s", "ag", "go")))
    assert "does not know" in error.title
    assert (len(control.seen), len(data.seen)) == (1, 2)
    twice = await failure(opened(data.url).call(dms_calls.list_files("s")))
    assert isinstance(twice, Refused)
    assert len(data.seen) == 3


async def test_times_have_other_names_here_and_are_milliseconds(serve, opened):
    server = await serve(good({"content": []}))
    request = dms_calls.list_sessions(created_from=1_768_465_800.0, created_to=1_768_465_801.5)
    await opened(server.url).call(request)
    body = json.loads(server.seen[0].body)
    assert (body["StartTime"], body["EndTime"]) == ("1768465800000", "1768465801500")
    assert not {"CreateStartTime", "CreateEndTime"} & body.keys()


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("1768465800", "1768465800000"),
        ("1768465800000", "1768465800000"),
        ("2026-01-15T08:30:00Z", "1768465800000"),
        ("2026-01-15T16:30:00+08:00", "1768465800000"),
        ("yesterday", "yesterday"),
        ("", ""),
    ],
)
def test_a_time_in_any_spelling(given, sent):
    request = Request("ListDataAgentSession", "2025-04-14", {"CreateStartTime": given})
    assert json.loads(gateway.body(request, "r"))["StartTime"] == sent


def test_only_nested_parameters_become_objects():
    request = Request(
        "SendChatMessage",
        "2025-04-14",
        {"Message": '{"a":1}', "DataSources": '[{"FileId":"f"}]', "TaskConfig": "{broken"},
        frozenset({"DataSources", "TaskConfig"}),
    )
    body = json.loads(gateway.body(request, "r"))
    assert body["Message"] == '{"a":1}'
    assert body["DataSources"] == [{"FileId": "f"}]
    assert body["TaskConfig"] == "{broken"


def test_a_lone_surrogate_is_sent_replaced():
    request = Request("SendChatMessage", "2025-04-14", {"Message": "x\ud83d"})
    assert json.loads(gateway.body(request, "r"))["Message"] == "x�"


# --- what comes back -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "left"),
    [
        ({"data": {"agentId": "ag"}, "code": "success"}, {"agentId": "ag"}),
        ({"data": {"data": {"agentId": "ag"}, "success": True}}, {"agentId": "ag"}),
        ({"data": {"Data": [{"a": 1}]}, "success": True}, [{"a": 1}]),
        ({"data": [1], "code": "success"}, [1]),
        ({"Data": {"data": None}}, {"data": None}),
        ({"success": True}, None),
    ],
)
def test_one_envelope_too_many_is_taken_off(value, left):
    inner = gateway.unwrap(value)
    assert next((inner[name] for name in ("data", "Data") if name in inner), None) == left


async def test_a_list_keeps_its_totals(serve, opened):
    inner = {"data": [{"sessionId": "s1", "title": "T"}], "total": 7, "totalPages": 4}
    server = await serve(good(inner))
    page = dms_calls.read_sessions((await opened(server.url).call(dms_calls.list_sessions())).data)
    assert [row.session_id for row in page.rows] == ["s1"]
    assert (page.total, page.pages) == (7, 4)


ERRORS = [
    ({"success": False, "code": "Odd", "msg": "m", "requestId": "r-9"}, "200 OK", Refused, 200),
    ({"HttpStatusCode": 400, "Code": "Odd", "RequestId": "r-9"}, "200 OK", Refused, 400),
    ({"HttpStatusCode": 400, "Code": "Odd", "RequestId": "r-9"}, "400 Bad", Refused, 400),
    ({"HttpStatusCode": 429, "Code": "Many", "RequestId": "r-9"}, "200 OK", Throttled, 429),
    ({"success": False, "code": "Throttling.User", "requestId": "r-9"}, "200 OK", Throttled, 200),
    (
        {"data": {"Success": False, "ErrorCode": "Odd", "Data": {}}, "requestId": "r-9"},
        "200 OK",
        Refused,
        200,
    ),
]


@pytest.mark.parametrize(("value", "line", "kind", "status"), ERRORS)
async def test_errors_in_the_gateways_forms(serve, opened, value, line, kind, status):
    server = await serve(answer(value, line))
    error = await failure(opened(server.url).call(READ))
    assert type(error) is kind
    assert (error.status, error.request_id, error.safe) == (status, "r-9", True)
    assert len(server.seen) == 1


@pytest.mark.parametrize(("value", "line", "kind", "status"), ERRORS[:-1])
async def test_errors_where_a_stream_was_asked(serve, opened, value, line, kind, status):
    server = await serve(answer(value, line))

    async def read():
        async with opened(server.url).stream(dms_calls.chat_content("s", "ag")):
            pass

    error = await failure(read())
    assert type(error) is kind
    assert (error.status, error.request_id, error.safe) == (status, "r-9", True)
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("status", "code"), [("401 No", "InvalidApiKey"), ("401 No", ""), ("200 OK", "Unauthorized")]
)
async def test_a_wrong_key_is_explained(serve, opened, status, code):
    value = {"success": False, "code": code, "msg": f"bad key {KEY}", "requestId": "r"}
    error = await failure(opened((await serve(answer(value, status))).url).call(READ))
    assert error.title == "Refused: API key not taken"
    assert API_KEY in error.way_out


async def test_a_key_that_may_not_do_it_is_explained(serve, opened):
    value = {"HttpStatusCode": 403, "Code": "NoPermission", "Message": "not here"}
    error = await failure(opened((await serve(answer(value))).url).call(READ))
    assert error.title == "Refused: not with this API key"
    assert "AccessKey" in error.way_out
    assert "RAM" not in error.way_out


async def test_a_portal_page_is_no_answer(serve, opened):
    server = await serve(answer(b"<html>canary", kind="text/html"))
    assert isinstance(await failure(opened(server.url).call(READ)), BadAnswer)


# --- what is not sent ----------------------------------------------------------------------------


@pytest.mark.parametrize("request_", [das.question("why"), unit.active_route_unit()])
async def test_what_no_api_key_opens_is_not_sent(serve, opened, request_):
    server = await serve(good({}))
    error = await failure(opened(server.url).call(request_))
    assert isinstance(error, KeyNotTaken)
    assert (error.reached, error.safe) == (False, True)
    assert server.seen == []


@pytest.mark.parametrize(
    ("url", "error"),
    [("http://dataagent-cn-hangzhou.aliyuncs.com", InsecureEndpoint), ("https://x", UntrustedHost)],
)
async def test_the_key_goes_to_no_other_host(opened, url, error):
    assert type(await failure(opened(url).call(READ))) is error


@pytest.mark.parametrize("value", ["", "  ", "canary key", "canary\nx-evil: 1", "canarykéy"])
async def test_a_key_that_cannot_be_one_is_not_sent(serve, opened, monkeypatch, value):
    monkeypatch.setenv(API_KEY, value)
    server = await serve(good({}))
    error = await failure(opened(server.url).call(READ))
    assert type(error) is NoCredentials
    assert API_KEY in error.text
    assert server.seen == []


async def test_the_key_is_read_at_each_request(serve, opened, monkeypatch):
    server = await serve(good({}))
    transport = opened(server.url)
    await transport.call(READ)
    monkeypatch.setenv(API_KEY, "dms-da-another-key-99\n")
    await transport.call(READ)
    assert [seen.headers["x-api-key"] for seen in server.seen] == [KEY, "dms-da-another-key-99"]


async def test_how_the_key_stands(monkeypatch):
    provider = ApiKeyProvider()
    assert provider.standing() == Standing(API_KEY, "dms-da-…12", kind=Kind.API_KEY)
    held = await provider.get()
    assert repr(held) == "Credentials('dms-da-…12')"
    assert held.secrets() == (KEY,)
    assert provider.forget() is False
    monkeypatch.setenv(API_KEY, "canary")
    assert provider.standing().masked == "…"
    monkeypatch.delenv(API_KEY)
    assert provider.standing().masked == ""


def test_where_it_is():
    assert gateway.control_url("cn-beijing") == "https://dataagent-cn-beijing.aliyuncs.com/apikey"
    assert (
        gateway.data_url("cn-beijing") == "https://dataagent-stream-cn-beijing.aliyuncs.com/apikey"
    )
    assert gateway.with_path("http://127.0.0.1:9") == "http://127.0.0.1:9/apikey"
    assert gateway.with_path("https://x.aliyuncs.com/") == "https://x.aliyuncs.com/apikey"
    assert gateway.with_path("https://x.aliyuncs.com/mine") == "https://x.aliyuncs.com/mine"

"""The API-key gateway: bodies of JSON, answers in their own case and envelope, its errors."""

import json
from typing import Any

import httpx
import pytest

from das_tui.demo.gateway import CONTROL, DATA, camel
from das_tui.demo.serve import Background

from .conftest import DMS, Caller, Start, frames

KEY = "dms-da-test"


def post(service: Background, action: str, key: str = KEY, **params: Any) -> httpx.Response:
    body = {"Action": action, "Version": DMS, "RegionId": "cn-hangzhou", **params}
    content = json.dumps({name: value for name, value in body.items() if value is not None})
    headers = {"x-api-key": key, "content-type": "application/json"}
    url = f"{service.url}/apikey"
    return httpx.post(url, content=content, headers=headers, trust_env=False)


def good(service: Background, action: str, **params: Any) -> Any:
    """The inner value of a good answer."""
    answer = post(service, action, **params)
    body = answer.json()
    assert (answer.status_code, body["success"], body["code"]) == (200, True, "success"), body
    assert body["requestId"] == answer.headers["x-acs-request-id"]
    return body["data"]


@pytest.fixture
def service(start: Start) -> Background:
    return start(api_key=KEY)


def test_a_whole_turn_with_a_key(service: Background) -> None:
    made = good(
        service, "CreateDataAgentSession", Title="by key", SessionConfig={"Mode": "ASK_DATA"}
    )
    assert made["sessionConfig"] == {"mode": "ASK_DATA"}
    ids = {"SessionId": made["sessionId"], "AgentId": made["agentId"]}
    source = [{"DataSourceType": "database", "DbName": "tea_house_demo"}]
    sent = good(service, "SendChatMessage", **ids, Message="Best teas?", DataSources=source)
    assert sent["sessionId"] == made["sessionId"]
    stream = post(service, "GetChatContent", **ids, Checkpoint=0)
    assert stream.headers["content-type"].startswith("text/event-stream")
    assert frames(stream.content)[-1].event.startswith("SSE_FINISH")
    assert service.hub.dms[made["sessionId"]].database == "tea_house_demo"
    told = good(service, "DescribeDataAgentSession", SessionId=made["sessionId"])
    assert told["sessionStatus"] == "IDLE"
    assert told["messages"][0]["content"] == "Best teas?"
    like = {"FeedbackType": "LIKE", "TargetType": "CHAT", "TargetId": "3", "LikeValue": 1}
    assert good(service, "CreateDataAgentFeedback", **like, **ids)["likeValue"] == 1
    assert {asked.way for asked in service.hub.requests} == {"api-key"}


def test_lists_keep_their_own_envelope(service: Background) -> None:
    session = service.hub.create("by hand", {})
    session.created = 1_768_465_800.0
    service.files.add(session.session_id, "a.csv", b"a\n")
    listed = good(service, "ListDataAgentSession", PageNumber=1, PageSize=5)
    assert (listed["total"], listed["totalPages"], listed["pageSize"]) == (1, 1, 5)
    assert listed["data"][0]["title"] == "by hand"
    for start, found in ((1_768_465_799_000, 1), (1_768_465_801_000, 0)):
        assert good(service, "ListDataAgentSession", StartTime=start)["total"] == found
    assert good(service, "ListDataAgentSession", CreateStartTime=1_768_465_801)["total"] == 1
    files = good(service, "ListFileUpload", SessionId=session.session_id)
    assert [file["fileName"] for file in files["data"]] == ["a.csv"]
    assert good(service, "ListCustomAgent")["content"][0]["customAgentId"].startswith("ca-")
    page = {"PageNumber": 1, "PageSize": 10, "WorkspaceType": "MY"}
    spaces = good(service, "ListDataAgentWorkSpace", **page)
    assert spaces["Content"][0]["WorkspaceId"].startswith("ws-")
    assert "uploadHost" in good(service, "DescribeFileUploadSignature")


@pytest.mark.parametrize(
    ("action", "params", "code"),
    [
        ("DescribeDataAgentSession", {}, "MissingParameter"),
        ("CreateDataAgentSession", {"RegionId": None}, "MissingRegionId"),
        ("CreateDataAgentSession", {"SessionConfig": '{"Mode":"x"}'}, "InvalidParameter"),
        ("CreateDataAgentSession", {"WorkspaceId": "ws-nowhere"}, "WorkspaceNotFound"),
        ("CreateDataAgentSession", {"Version": "2020-01-16"}, "InvalidApi.NotFound"),
        ("ListDataAgentWorkspace", {}, "InvalidAction.NotFound"),
        ("InitDataAgentPersonalWorkspace", {}, "InvalidAction.NotFound"),
        ("GetDasAgentSSE", {"Query": "x"}, "InvalidAction.NotFound"),
    ],
)
def test_errors_of_the_control_plane(
    service: Background, action: str, params: dict[str, Any], code: str
) -> None:
    answer = post(service, action, **params)
    body = answer.json()
    assert (answer.status_code, body["success"], body["code"]) == (200, False, code)
    assert set(body) == {"success", "code", "msg", "requestId"}
    assert body["msg"]


@pytest.mark.parametrize(
    ("action", "params", "status", "code"),
    [
        ("SendChatMessage", {}, 400, "MissingParameter"),
        ("SendChatMessage", {"SessionId": "nobody", "Message": "x"}, 400, "InvalidSession"),
        ("GetChatContent", {"SessionId": "x", "AgentId": "y"}, 404, "InvalidSession.NotFound"),
        ("CreateDataAgentFeedback", {"FeedbackType": "MEH"}, 400, "InvalidParameter"),
    ],
)
def test_errors_of_the_data_plane(
    service: Background, action: str, params: dict[str, Any], status: int, code: str
) -> None:
    answer = post(service, action, **params)
    body = answer.json()
    assert (answer.status_code, body["HttpStatusCode"], body["Code"]) == (200, status, code)
    assert body["Message"]


def test_a_wrong_key_and_a_wrong_body(service: Background) -> None:
    wrong = post(service, "ListDataAgentSession", key="guess")
    assert (wrong.status_code, wrong.json()["code"]) == (401, "InvalidApiKey")
    headers = {"x-api-key": KEY}
    for content in (b"no json", b"[]", b"null"):
        answer = httpx.post(f"{service.url}/apikey", content=content, headers=headers)
        assert answer.json()["code"] == "InvalidParameter"
    assert not service.hub.requests


def test_an_api_key_opens_nothing_else(service: Background) -> None:
    answer = httpx.post(f"{service.url}/", json={}, headers={"x-api-key": KEY})
    assert answer.json()["Code"] == "IncompleteSignature"
    assert Caller(service.url).post("ListDataAgentSession").status_code == 200
    assert not CONTROL & DATA


def test_camel_case() -> None:
    value = {"SessionId": 1, "DMSUnit": [{"URL": 2, "X": 3, "already": 4, "GmtCreated": 5}]}
    inner = {"url": 2, "x": 3, "already": 4, "gmtCreated": 5}
    assert camel(value) == {"sessionId": 1, "dmsUnit": [inner]}

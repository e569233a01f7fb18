"""Verification, errors, parameters and options of the service, by a plain signed client."""

import json
import stat
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from das_tui.demo.serve import Background

from .conftest import DAS, Caller, Start, checkpoints, frames, kinds


def stamp(seconds_from_now: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds_from_now))


def spoil(name: str, value: str) -> Any:
    def change(headers: dict[str, str]) -> None:
        headers[name] = value

    return change


@pytest.mark.parametrize(
    ("options", "status", "code"),
    [
        ({"date": stamp(-9000)}, 400, "InvalidTimeStamp.Expired"),
        ({"date": stamp(9000)}, 400, "InvalidTimeStamp.Expired"),
        ({"date": "yesterday"}, 400, "InvalidTimeStamp.Format"),
        ({"drop": "x-acs-date"}, 400, "MissingParameter"),
        ({"drop": "x-acs-signature-nonce"}, 400, "MissingParameter"),
        ({"tamper": spoil("authorization", "Basic abc")}, 400, "IncompleteSignature"),
        ({"tamper": spoil("x-acs-action", "GetChatContent")}, 400, "SignatureDoesNotMatch"),
        ({"tamper": spoil("x-acs-extra", "unsigned")}, 400, "SignatureDoesNotMatch"),
        ({"tamper": spoil("host", "das.cn-shanghai.aliyuncs.com")}, 400, "SignatureDoesNotMatch"),
        ({"version": "2018-11-01"}, 404, "InvalidApi.NotFound"),
    ],
)
def test_what_is_not_signed_right_is_refused(
    caller: Caller, options: dict[str, Any], status: int, code: str
) -> None:
    response = caller.post("ListDataAgentSession", {"PageSize": "1"}, **options)
    body = response.json()
    assert (response.status_code, body["Code"]) == (status, code)
    assert set(body) == {"RequestId", "HostId", "Code", "Message", "Recommend"}
    assert response.headers["x-acs-request-id"] == body["RequestId"]


def test_the_error_echoes_what_the_service_would_have_signed(fast: Background) -> None:
    body = Caller(fast.url, secret="wrong").post("ListDataAgentSession", {"Title": "a b"}).json()
    assert body["Code"] == "SignatureDoesNotMatch"
    assert "ACS3-HMAC-SHA256\n" in body["Message"]
    assert "Title=a%20b" in body["Message"]


def test_a_nonce_works_once(caller: Caller) -> None:
    first = caller.post("ListDataAgentSession", nonce="0f1e2d3c4b5a69788796a5b4c3d2e1f0")
    again = caller.post("ListDataAgentSession", nonce="0f1e2d3c4b5a69788796a5b4c3d2e1f0")
    assert first.status_code == 200
    assert (again.status_code, again.json()["Code"]) == (400, "SignatureNonceUsed")


def test_the_body_must_be_the_one_that_was_hashed(caller: Caller) -> None:
    wrong = spoil("x-acs-content-sha256", "0" * 64)
    assert caller.post("ListDataAgentSession", tamper=wrong).json()["Code"] == (
        "SignatureDoesNotMatch"
    )


@pytest.mark.parametrize(
    ("action", "params", "status", "code"),
    [
        ("GetNothing", {}, 404, "InvalidApi.NotFound"),
        ("getchatcontent", {}, 403, "InvalidAction"),
        ("SendChatMessage", {"SessionId": "x"}, 400, "MissingParameter"),
        ("SendChatMessage", {"Message": "x", "MessageType": "loud"}, 400, "InvalidParameter"),
        ("SendChatMessage", {"Message": "x", "MessageType": "additional"}, 400, "MissingParameter"),
        ("SendChatMessage", {"Message": "x", "SessionConfig": "[]"}, 400, "InvalidParameter"),
        ("GetChatContent", {"SessionId": "x"}, 400, "MissingParameter"),
        ("GetChatContent", {"SessionId": "x", "AgentId": "y"}, 404, "InvalidSession.NotFound"),
        ("DescribeDataAgentSession", {}, 400, "MissingParameter"),
        ("ListDataAgentSession", {"PageNumber": "-1"}, 400, "InvalidParameter"),
    ],
)
def test_bad_calls_are_refused(
    caller: Caller, action: str, params: dict[str, str], status: int, code: str
) -> None:
    response = caller.post(action, params)
    assert (response.status_code, response.json()["Code"]) == (status, code)


def test_das_needs_a_query(caller: Caller) -> None:
    response = caller.post("GetDasAgentSSE", version=DAS)
    assert (response.status_code, response.json()["Code"]) == (400, "MissingParameter")


def test_other_paths_and_methods(fast: Background) -> None:
    assert httpx.post(f"{fast.url}/nowhere").json()["Code"] == "InvalidApi.NotFound"
    got = httpx.get(fast.url)
    assert got.status_code == 405
    assert got.headers["x-acs-request-id"] == got.json()["RequestId"]
    assert httpx.post(f"{fast.url}/apikey", json={}).json()["Code"] == "InvalidApi.NotFound"


def test_an_unknown_session_is_described_without_an_agent(caller: Caller) -> None:
    body = caller.post("DescribeDataAgentSession", {"SessionId": "sess_nobody"}).json()
    assert body["Success"] is True
    assert "AgentId" not in body["Data"]
    sent = caller.say(("sess_nobody", ""), "hello")
    assert (sent["Success"], sent["ErrorCode"]) == ("false", "InvalidSession")


@pytest.mark.parametrize("path", ["/", "/getDasAgentSSE"])
@pytest.mark.parametrize("form", [False, True])
def test_das_by_form_body_and_documented_path(caller: Caller, path: str, form: bool) -> None:
    params = {"Query": "数据库 of pc-demolagoon02? " + "x" * 9000 * form}
    response = caller.post("GetDasAgentSSE", params, version=DAS, path=path, form=form)
    assert response.headers["content-type"].startswith("text/event-stream")
    events = [json.loads(frame.data) for frame in frames(response.content)]
    assert events[-1]["Event"] == "summary"
    assert events[0]["Metadata"]["RequestId"] == response.headers["x-acs-request-id"]
    assert "pc-demolagoon02" in "".join(event["Answer"] for event in events)


def test_dms_stream_at_its_documented_path_without_an_action_header(caller: Caller) -> None:
    ids = caller.ask("Which ten teas sell best?")
    params = {"SessionId": ids[0], "AgentId": ids[1], "Checkpoint": "0"}
    response = caller.post(
        "GetChatContent", params, path="/api/v1/chat/stream", drop="x-acs-action", form=True
    )
    assert frames(response.content)[-1].event.startswith("SSE_FINISH at ")


def test_a_message_without_a_session_makes_one(caller: Caller) -> None:
    data = caller.post("SendChatMessage", {"Message": "Which ten teas sell best?"}).json()["Data"]
    assert kinds(caller.read((data["SessionId"], data["AgentId"])))[-1] == "SSE_FINISH"


@pytest.mark.parametrize(
    ("inclusive", "asked", "first"), [(False, 7, 8), (True, 7, 7), (False, 0, 0), (True, 0, 0)]
)
def test_where_a_replay_begins(start: Start, inclusive: bool, asked: int, first: int) -> None:
    caller = Caller(start(inclusive=inclusive).url)
    ids = caller.ask("Which ten teas sell best?")
    whole = checkpoints(caller.read(ids))
    assert checkpoints(caller.read(ids, asked)) == [n for n in whole if n >= first]
    assert kinds(caller.read(ids, whole[-1] + 100)) == ["SSE_FINISH"]


def test_without_a_checkpoint_only_what_comes_is_sent(caller: Caller) -> None:
    ids = caller.ask("Which ten teas sell best?")
    assert len(caller.read(ids)) > 20
    assert kinds(caller.read(ids, None)) == ["SSE_FINISH"]


@pytest.mark.parametrize("inclusive", [False, True])
def test_a_replay_reaches_over_turns(start: Start, inclusive: bool) -> None:
    caller = Caller(start(inclusive=inclusive).url)
    ids = caller.ask("Why do riders find empty stations?")
    asked = checkpoints(caller.read(ids))[-1]
    caller.say(ids, "确认执行")
    whole = caller.read(ids)
    for checkpoint in (asked - 1, asked, asked + 1):
        expected = [n for n in checkpoints(whole) if n >= checkpoint + (not inclusive)]
        assert checkpoints(caller.read(ids, checkpoint)) == expected


def test_shared_checkpoints(start: Start) -> None:
    caller = Caller(start(checkpoint_group=3).url)
    ids = caller.ask("Which ten teas sell best?")
    numbers = checkpoints(caller.read(ids))
    assert numbers[:7] == [0, 0, 0, 1, 1, 1, 2]
    assert checkpoints(caller.read(ids, 1)) == [n for n in numbers if n > 1]


def test_options_of_the_stream(start: Start) -> None:
    def first_frames(**options: Any) -> list[Any]:
        caller = Caller(start(seed=7, **options).url)
        ids = caller.ask("Which ten teas sell best?")
        params = {"SessionId": ids[0], "AgentId": ids[1], "Checkpoint": "0"}
        return frames(caller.post("GetChatContent", params).content)

    plain = first_frames()
    assert plain[1].event.startswith("chat_start at 20")
    assert json.loads(plain[1].data)["event_type"] == "chat_start"
    bare = first_frames(event_line=False)
    assert {frame.event for frame in bare} == {""}
    assert json.loads(bare[1].data)["event_type"] == "chat_start"
    untyped = first_frames(json_event_type=False)
    assert untyped[1].event.startswith("chat_start at ")
    assert "event_type" not in json.loads(untyped[1].data)
    upper = json.loads(first_frames(upper_case=True)[3].data)
    assert upper["event_type"] == upper["event_type"].upper()
    assert upper["category"] == upper["category"].upper()
    assert len(plain) == len(bare) == len(untyped)


def test_a_stream_that_is_left_open_beats(start: Start) -> None:
    caller = Caller(start(end_stream=False, heartbeat=0.05).url)
    ids = caller.ask("Which ten teas sell best?")
    params = {"SessionId": ids[0], "AgentId": ids[1], "Checkpoint": "0"}
    seen = _until(caller, params, lambda names: names.count("HEARTBEAT") >= 2)
    assert "SSE_FINISH" not in seen
    assert "chat_finish" in seen


def _until(caller: Caller, params: dict[str, str], enough: Any) -> list[str]:
    """The event names of a stream until there are `enough` of them."""
    names: list[str] = []
    with caller.open("GetChatContent", params) as response:
        for line in response.iter_lines():
            if line.startswith("data:"):
                names.append(json.loads(line[5:])["event_type"])
                if enough(names):
                    break
    return names


def test_a_stream_that_is_cut_can_be_taken_up_again(start: Start) -> None:
    service = start(cut_after=25)
    caller = Caller(service.url)
    ids = caller.ask("Which ten teas sell best?")
    params = {"SessionId": ids[0], "AgentId": ids[1], "Checkpoint": "0"}
    with pytest.raises(httpx.RemoteProtocolError):
        caller.post("GetChatContent", params)
    got = [json.loads(frame.data) for frame in service.hub.sent[ids[0]]]
    assert len(got) == 25
    last = checkpoints(got)[-1]
    with pytest.raises(httpx.RemoteProtocolError):
        caller.post("GetChatContent", params | {"Checkpoint": str(last)})
    more = [json.loads(frame.data) for frame in service.hub.sent[ids[0]][25:]]
    assert checkpoints(more)[0] == last + 1


def test_the_stream_waits_for_the_first_message(start: Start) -> None:
    service = start(heartbeat=0.05)
    caller = Caller(service.url)
    created = caller.post("CreateDataAgentSession").json()["Data"]
    ids = (created["SessionId"], created["AgentId"])
    params = {"SessionId": ids[0], "AgentId": ids[1]}
    said = False

    def enough(names: list[str]) -> bool:
        nonlocal said
        if not said:
            said = True
            assert names == ["HEARTBEAT"]
            assert caller.say(ids, "Which ten teas sell best?")["Success"] == "true"
        return names[-1] == "SSE_FINISH"

    names = _until(caller, params, enough)
    assert "chat_start" in names
    assert "chat_finish" in names


def test_a_busy_session_takes_only_a_cancel(start: Start) -> None:
    caller = Caller(start(speed=0.01).url)
    ids = caller.ask("What do routes cost per parcel?")
    assert caller.say(ids, "hurry")["ErrorCode"] == "SessionIsRunning"
    cancelled = caller.post(
        "SendChatMessage",
        {"SessionId": ids[0], "AgentId": ids[1], "MessageType": "cancel"},
    ).json()
    assert cancelled["Success"] == "true"
    events = caller.read(ids)
    assert kinds(events)[-2:] == ["chat_canceled", "SSE_FINISH"]
    assert (
        caller.post("DescribeDataAgentSession", {"SessionId": ids[0]}).json()["Data"][
            "SessionStatus"
        ]
        == "IDLE"
    )


def test_a_failing_run_ends_without_an_end_mark(caller: Caller) -> None:
    ids = caller.ask("Sum up the payroll of all tea shops")
    events = caller.read(ids)
    assert kinds(events)[-1] == "SSE_FAILURE"
    assert json.loads(events[-1]["content"])["code"] == "CheckDatabasePermissionFailed"
    assert kinds(events)[-2] == "delta"


def test_scenarios_that_are_http_errors(start: Start) -> None:
    forbidden = Caller(start(scenario="forbidden").url)
    response = forbidden.post("GetDasAgentSSE", {"Query": "hello"}, version=DAS)
    assert (response.status_code, response.json()["Code"]) == (403, "NoPermission")
    assert "hdm:GetDasAgentSSE" in response.json()["Message"]
    throttled = Caller(start(scenario="throttled").url)
    tries = [throttled.post("GetDasAgentSSE", {"Query": "x"}, version=DAS) for _ in range(3)]
    assert [answer.status_code for answer in tries] == [429, 429, 200]
    assert tries[0].json()["Code"] == "Throttling.User"
    assert tries[0].headers["x-acs-retry-after"] == "300"


def test_conversations_at_a_time(start: Start) -> None:
    service = start(das_limit=1, rate=None, speed=0.001)
    caller = Caller(service.url)
    with caller.open("GetDasAgentSSE", {"Query": "hello"}, DAS) as one:
        assert one.status_code == 200
        deadline = time.monotonic() + 5
        while service.hub.das_running == 0 and time.monotonic() < deadline:
            pass
        other = caller.post("GetDasAgentSSE", {"Query": "hello"}, version=DAS)
        assert (other.status_code, other.json()["Code"]) == (
            429,
            "Throttling.UserConcurrentLimit",
        )


@pytest.mark.parametrize("rate", [200.0, 20_000.0])
def test_a_rate_is_kept(start: Start, rate: float) -> None:
    caller = Caller(start(rate=rate).url)
    ids = caller.ask("anything")
    began = time.monotonic()
    wanted = int(rate * 0.4)
    params = {"SessionId": ids[0], "AgentId": ids[1], "Checkpoint": "0"}
    names = _until(caller, params, lambda names: len(names) >= wanted)
    took = time.monotonic() - began
    assert len(names) == wanted
    assert took >= 0.3
    assert {"delta", "content_start", "content_finish", "data"} <= set(names)


def test_a_listener_that_left_takes_no_time_from_the_others(start: Start) -> None:
    caller = Caller(start(rate=10_000_000.0).url)
    ids = caller.ask("anything")
    params = {"SessionId": ids[0], "AgentId": ids[1], "Checkpoint": "0"}
    assert len(_until(caller, params, lambda names: len(names) >= 1000)) == 1000
    assert caller.post("ListDataAgentSession", timeout=5.0).json()["Total"] == 1


def test_requests_are_logged(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "requests.jsonl"
    service = start(request_log=path)
    caller = Caller(service.url)
    ids = caller.ask("Which ten teas sell best?")
    caller.post("SendChatMessage", {"SessionId": ids[0]}, drop="x-acs-date")
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["action"] for line in lines] == ["CreateDataAgentSession", "SendChatMessage"]
    assert lines[1]["params"]["Message"] == "Which ten teas sell best?"
    assert {line["way"] for line in lines} == {"signed"}
    assert [asked.action for asked in service.hub.requests] == [line["action"] for line in lines]
    assert [dict(params) for params in service.hub.asked("SendChatMessage")] == [lines[1]["params"]]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_agent_that_starts_takes_no_message(start: Start) -> None:
    service = start(speed=1.0, agent_start=60.0)
    caller = Caller(service.url)
    created = caller.post("CreateDataAgentSession", {"Title": "x"}).json()["Data"]
    assert (created["AgentStatus"], created["SessionStatus"]) == ("STARTING", "CREATING")
    ids = (created["SessionId"], created["AgentId"])
    assert caller.say(ids, "hello")["ErrorCode"] == "AgentNotReady"
    service.hub.dms[ids[0]].created -= 61
    told = caller.post("DescribeDataAgentSession", {"SessionId": ids[0]}).json()["Data"]
    assert (told["AgentStatus"], told["SessionStatus"]) == ("RUNNING", "INIT")
    assert caller.say(ids, "hello")["Success"] == "true"


@pytest.mark.parametrize(
    "params",
    [
        {"FeedbackType": "LIKE", "TargetId": "3"},
        {"FeedbackType": "LIKE", "TargetId": "3", "LikeValue": "-1"},
        {"FeedbackType": "CANCEL_CHAT", "TargetId": "3", "LikeValue": "1"},
        {"FeedbackType": "DISLIKE", "TargetId": "chat", "LikeValue": "-1"},
        {"FeedbackType": "ISSUE_REPORT", "TargetId": "3"},
        {"FeedbackType": "PRAISE", "TargetId": "3"},
        {"FeedbackType": "LIKE", "TargetId": "3", "LikeValue": "1", "TargetType": "SQL"},
    ],
)
def test_feedback_of_a_wrong_form_is_refused(caller: Caller, params: dict[str, str]) -> None:
    ids = caller.ask("Which ten teas sell best?")
    whole = {"SessionId": ids[0], "TargetType": "CHAT"} | params
    answer = caller.post("CreateDataAgentFeedback", whole)
    assert (answer.status_code, answer.json()["Code"]) == (400, "InvalidParameter")

"""The requests of DMS, with every parameter of the API, and the readers of their answers."""

import json
import pickle
from uuid import UUID

import pytest
from alibabacloud_dms20250414 import models
from hypothesis import given, settings
from hypothesis import strategies as st

from das_tui.domain.setup import SessionSetup, parse_param, parse_source
from das_tui.wire import chat, das, unit
from das_tui.wire import dms_calls as dms
from das_tui.wire.credentials import Secret
from das_tui.wire.errors import BadAnswer, NotReached
from das_tui.wire.redact import redact
from das_tui.wire.request import Request

AT = 1768465800.0
"""2026-01-15T08:30:00Z"""

WHOLE = SessionSetup(
    mode="ANALYSIS",
    language="ENGLISH",
    search=True,
    custom_agent="ca-rides",
    workspace="ws-own",
    plan_mode="force",
    skip=("plan", "sql", "human", "report"),
    sources=(parse_source("db=rides,instance=42,tables=a|b"), parse_source("file=f-1")),
    params=tuple(
        parse_param(text)
        for text in (
            *("File=f-9", "ClientToken=once", "DatabaseId=7", "Create.Mode=ultra"),
            *("QuotedMessage=so you said", "ParentSessionId=s-0", "Send.UserOssBucket=b"),
            'DataSource={"DbName":"语"}',
            "PermissionConfig.DefaultAction=deny",
            "ReportConfig.ReportTheme=journal",
        )
    ),
)
CONFIG = {
    "Language": "ENGLISH",
    "Mode": "ANALYSIS",
    "EnableSearch": True,
    "CustomAgentId": "ca-rides",
    "PlanMode": "force",
    "PermissionConfig": {"DefaultAction": "deny"},
}
SKIPS = {
    "SkipPlan": True,
    "SkipSqlConfirm": True,
    "SkipAskHuman": True,
    "SkipWebReportConfirm": True,
}


def inner(request: Request, name: str):
    assert name in request.nested
    return json.loads(request.params[name])


# --- a session -----------------------------------------------------------------------------------


def test_the_stream_is_asked_for_from_a_checkpoint():
    got = dms.chat_content("s", "ag", 0, "cn-hangzhou")
    assert (got.action, got.version) == ("GetChatContent", "2025-04-14")
    assert got.params == {
        "SessionId": "s",
        "AgentId": "ag",
        "Checkpoint": "0",
        "DMSUnit": "cn-hangzhou",
    }
    assert got.repeatable
    assert dms.chat_content("s", "ag").params == {"SessionId": "s", "AgentId": "ag"}


def test_a_session_is_made_with_every_parameter():
    made = dms.create_session("T", "u", WHOLE, workspace_id="ws-profile")
    assert made.params == {
        "Title": "T",
        "SessionConfig": made.params["SessionConfig"],
        "DMSUnit": "u",
        "WorkspaceId": "ws-own",
        "File": "f-9",
        "ClientToken": "once",
        "DatabaseId": "7",
        "Mode": "ultra",
    }
    assert inner(made, "SessionConfig") == CONFIG
    assert made.nested == {"SessionConfig"}
    assert not made.repeatable
    plain = dms.create_session("t" * 200, workspace_id="w")
    assert plain.params == {"Title": "t" * 128, "WorkspaceId": "w"}
    assert plain.nested == frozenset()


def test_a_message_is_sent_with_every_parameter():
    sent = dms.send_message(
        "s",
        "ag",
        "yes",
        message_type="additional",
        question="which?",
        reply_to="131",
        unit="u",
        workspace_id="w",
        setup=WHOLE,
    )
    objects = {"SessionConfig", "DataSources", "TaskConfig", "DataSource"}
    assert {name: value for name, value in sent.params.items() if name not in objects} == {
        "SessionId": "s",
        "AgentId": "ag",
        "Message": "yes",
        "MessageType": "additional",
        "Question": "which?",
        "ReplyTo": "131",
        "QuotedMessage": "so you said",
        "ParentSessionId": "s-0",
        "UserOssBucket": "b",
        "DMSUnit": "u",
        "WorkspaceId": "ws-own",
    }
    assert sent.nested == objects
    assert inner(sent, "SessionConfig") == CONFIG | SKIPS
    assert inner(sent, "DataSources") == [
        {
            "DataSourceType": "database",
            "DbName": "rides",
            "DmsInstanceId": "42",
            "Tables": ["a", "b"],
        },
        {"DataSourceType": "remote_data_center", "FileId": "f-1"},
    ]
    assert inner(sent, "TaskConfig") == {"ReportConfig": {"ReportTheme": "journal"}}
    assert inner(sent, "DataSource") == {"DbName": "语"}
    assert not sent.repeatable
    assert sent.permission == "dms:SendChatMessage"


def test_a_plain_message_has_no_empty_parameters():
    sent = dms.send_message("s", "ag", "go")
    assert sent.params == {
        "SessionId": "s",
        "AgentId": "ag",
        "Message": "go",
        "MessageType": "primary",
    }
    assert sent.nested == frozenset()


def test_objects_are_compact_json_in_plain_letters():
    made = dms.create_session("t", setup=SessionSetup(mode="语", search=False))
    assert made.params["SessionConfig"] == '{"Mode":"语","EnableSearch":false}'


def test_stored_params_do_not_overrule_a_run():
    stored = SessionSetup(params=(("Send", "SessionId", "s-other"), ("Send", "Message", "drop")))
    sent = dms.send_message("s", "ag", "go", setup=stored)
    assert (sent.params["SessionId"], sent.params["Message"]) == ("s", "go")


def test_secrets_come_from_the_environment_and_go_nowhere_else(monkeypatch):
    headers = [{"McpServerId": "m", "McpHeader": [{"Key": "k", "Value": "hush-hush"}]}]
    monkeypatch.setenv("RIDES_KEY", "1234567890")
    monkeypatch.setenv("RIDES_HEADERS", json.dumps(headers))
    found = SessionSetup(
        params=(
            parse_param("EncryptKey=env:RIDES_KEY"),
            parse_param("McpHeaders=env:RIDES_HEADERS"),
            parse_param("EncryptType=AES"),
        )
    )
    made = dms.create_session("t", setup=found)
    assert inner(made, "SessionConfig") == {
        "EncryptKey": "1234567890",
        "McpHeaders": headers,
        "EncryptType": "AES",
    }
    assert "1234567890" not in repr(made) + repr(found) + found.text()
    assert "1234567890" not in redact(made.params["SessionConfig"])
    sent = dms.send_message("s", "ag", "go", setup=found)
    assert inner(sent, "SessionConfig") == {"EncryptType": "AES"}
    monkeypatch.delenv("RIDES_KEY")
    with pytest.raises(NotReached, match="RIDES_KEY") as caught:
        dms.create_session("t", setup=found)
    assert not caught.value.reached
    assert "RIDES_KEY" in caught.value.way_out


def test_a_session_is_described():
    asked = dms.describe_session("s", "u", "w")
    assert asked.action == "DescribeDataAgentSession"
    assert asked.params == {"SessionId": "s", "DMSUnit": "u", "WorkspaceId": "w"}
    assert asked.repeatable


@pytest.mark.parametrize(("kind", "value"), [("LIKE", "1"), ("DISLIKE", "-1")])
def test_feedback_on_a_turn_names_its_checkpoint(kind, value):
    said = dms.feedback("s", kind, "CHAT", "131", "well done", "u", "w")
    assert said.action == "CreateDataAgentFeedback"
    assert said.params == {
        "SessionId": "s",
        "FeedbackType": kind,
        "TargetType": "CHAT",
        "TargetId": "131",
        "LikeValue": value,
        "FeedbackContent": "well done",
        "DMSUnit": "u",
        "WorkspaceId": "w",
    }
    assert not said.repeatable


def test_an_issue_gets_an_id_of_its_own_and_no_like_value():
    first, second = (dms.feedback("s", "ISSUE_REPORT", "SESSION", text="slow") for _ in range(2))
    assert first.params | {"TargetId": ""} == {
        "SessionId": "s",
        "FeedbackType": "ISSUE_REPORT",
        "TargetType": "SESSION",
        "TargetId": "",
        "FeedbackContent": "slow",
    }
    assert first.params["TargetId"] != second.params["TargetId"]
    assert UUID(first.params["TargetId"].removeprefix("s_"))


EVERY_KEY = (
    *("Language=ENGLISH", "SessionConfig.Mode=INSIGHT", "EnableSearch=true"),
    *("CustomAgentId=ca-rides", "CustomAgentStage=debug", "KbUuidList=kb-1,kb-2"),
    *("McpServerIds=m", "McpHeaders=env:RIDES_HEADERS", "SessionConfig.UserOssBucket=b"),
    *("ReportWaterMark=harbour", "ReportPageWidth=1200", "EncryptType=AES"),
    *("EncryptKey=env:RIDES_KEY", "PlanMode=force", "SkipPlan=true", "SkipSqlConfirm=true"),
    *("SkipAskHuman=true", "SkipWebReportConfirm=true", "UserSpecifiedSkillList=s"),
    "PermissionConfig.DefaultAction=deny",
    *("ReportConfig.ReportPrompt=p", "ReportConfig.ReportTheme=journal"),
    "ReportConfig.ReportType=WebReport",
)
EVERY_SOURCE = {
    "DataSourceType": "database",
    "DataSourceId": "1",
    "DmsInstanceId": "2",
    "DmsDatabaseId": "3",
    "Database": "d",
    "DbName": "rides",
    "Tables": ["trips"],
    "Engine": "mysql",
    "RegionId": "cn-hangzhou",
    "FileId": "f",
    "Location": "l",
    "Uri": "u",
    "Permission": {
        "Tables": [
            {
                "TableName": "trips",
                "AllowedColumns": ["id"],
                "DisallowedColumns": ["rider"],
                "RequiredRowFilter": "city = 1",
            }
        ]
    },
}


def test_the_official_models_know_every_key_that_can_be_set(monkeypatch):
    headers = [{"McpServerId": "m", "McpHeader": [{"Key": "k", "Value": "hush"}]}]
    monkeypatch.setenv("RIDES_KEY", "1234567890")
    monkeypatch.setenv("RIDES_HEADERS", json.dumps(headers))
    found = SessionSetup(
        sources=(parse_source(json.dumps(EVERY_SOURCE)),),
        params=tuple(parse_param(text) for text in EVERY_KEY),
    )
    made = inner(dms.create_session("t", setup=found), "SessionConfig")
    sent = dms.send_message("s", "ag", "go", setup=found)
    (source,) = inner(sent, "DataSources")
    for model, value in (
        (models.CreateDataAgentSessionRequestSessionConfig(), made),
        (models.SendChatMessageRequestSessionConfig(), inner(sent, "SessionConfig")),
        (models.SendChatMessageRequestDataSources(), source),
        (models.SendChatMessageRequestTaskConfig(), inner(sent, "TaskConfig")),
    ):
        read = model.from_map(value)
        assert [name for name, told in vars(read).items() if told is None] == []
        assert read.to_map().items() <= value.items()
    assert source == EVERY_SOURCE


# --- lists and files -----------------------------------------------------------------------------


def test_sessions_are_listed_with_every_parameter():
    asked = dms.list_sessions(
        3,
        20,
        title="ri",
        mode="Analysis",
        unit="u",
        workspace_id="w",
        created_from=AT,
        created_to=AT + 0.5,
        creator="c",
        custom_agent="ca-1",
        saved=False,
        query_type="all",
    )
    assert asked.action == "ListDataAgentSession"
    assert asked.params == {
        "PageNumber": "3",
        "PageSize": "20",
        "Title": "ri",
        "Mode": "Analysis",
        "DMSUnit": "u",
        "WorkspaceId": "w",
        "CreateStartTime": "1768465800000",
        "CreateEndTime": "1768465800500",
        "CreatorId": "c",
        "CustomAgentId": "ca-1",
        "IsSaved": "false",
        "QueryType": "all",
    }
    assert dms.list_sessions().params == {"PageNumber": "1", "PageSize": "50"}
    assert dms.list_sessions(workspace_id="w").params["QueryType"] == "mySession"


def test_custom_agents_are_listed_and_described():
    asked = dms.list_custom_agents(
        "rid", 2, 10, agent_type="Common", all_released=True, workspace_id="w"
    )
    assert asked.action == "ListCustomAgent"
    assert asked.params == {
        "SearchKey": "rid",
        "PageNumber": "2",
        "PageSize": "10",
        "Status": "RELEASED",
        "AgentType": "Common",
        "QueryAllReleased": "true",
        "WorkspaceId": "w",
    }
    one = dms.describe_custom_agent("ca-1", "w")
    assert one.action == "DescribeCustomAgent"
    assert one.params == {"CustomAgentId": "ca-1", "WorkspaceId": "w"}


def test_workspaces_are_listed_and_made():
    asked = dms.list_workspaces("dev", 2, 10, kind="ALL", unit="u")
    assert asked.action == "ListDataAgentWorkspace"
    assert asked.params == {
        "WorkspaceName": "dev",
        "WorkspaceType": "ALL",
        "PageNumber": "2",
        "PageSize": "10",
        "DMSUnit": "u",
    }
    assert dms.list_workspaces().params["WorkspaceType"] == "MY"
    made = dms.init_personal_workspace("u")
    assert (made.action, made.params) == ("InitDataAgentPersonalWorkspace", {"DMSUnit": "u"})
    assert not made.repeatable


def test_files_are_listed_with_every_parameter():
    asked = dms.list_files(
        "s",
        "u",
        category="WebReport",
        file_id="f",
        file_from="x",
        expire_s=7200,
        sort="GmtCreated",
        direction="DESC",
    )
    assert asked.action == "ListFileUpload"
    assert asked.params == {
        "SessionId": "s",
        "FileCategory": "WebReport",
        "FileId": "f",
        "FileFrom": "x",
        "SortColumn": "GmtCreated",
        "SortDirection": "DESC",
        "DownloadLinkExpire": "7200",
        "DmsUnit": "u",
    }


@pytest.mark.parametrize(("wanted", "asked"), [(0, "3600"), (3600, "3600"), (10**9, "129600")])
def test_a_link_lives_as_long_as_the_service_allows(wanted, asked):
    assert dms.list_files("s", expire_s=wanted).params["DownloadLinkExpire"] == asked


def test_an_upload_is_asked_for_and_made_known():
    leave = dms.upload_signature("u", "w")
    assert leave.action == "DescribeFileUploadSignature"
    assert leave.params == {"DmsUnit": "u", "WorkspaceId": "w"}
    done = dms.upload_callback("a.csv", "dir/a.csv", 0, "u", "w")
    assert done.action == "FileUploadCallback"
    assert done.params == {
        "Filename": "a.csv",
        "UploadLocation": "dir/a.csv",
        "FileSize": "0",
        "DmsUnit": "u",
        "WorkspaceId": "w",
    }
    assert not done.repeatable


# --- every request -------------------------------------------------------------------------------

ALL = {
    "GetChatContent": (dms.chat_content("s", "a"), "data", True),
    "CreateDataAgentSession": (dms.create_session("t"), "control", False),
    "SendChatMessage": (dms.send_message("s", "a", "m"), "data", False),
    "DescribeDataAgentSession": (dms.describe_session("s"), "control", True),
    "CreateDataAgentFeedback": (dms.feedback("s", "LIKE", "CHAT", "1"), "data", False),
    "ListDataAgentSession": (dms.list_sessions(), "control", True),
    "ListCustomAgent": (dms.list_custom_agents(), "control", True),
    "DescribeCustomAgent": (dms.describe_custom_agent("ca-1"), "control", True),
    "ListDataAgentWorkspace": (dms.list_workspaces(), "control", True),
    "InitDataAgentPersonalWorkspace": (dms.init_personal_workspace(), "control", False),
    "ListFileUpload": (dms.list_files("s"), "data", True),
    "DescribeFileUploadSignature": (dms.upload_signature(), "control", True),
    "FileUploadCallback": (dms.upload_callback("f", "d/f", 1), "control", False),
    "GetActiveRouteUnit": (unit.active_route_unit(), "control", True),
    "GetDasAgentSSE": (das.question("q"), "control", False),
    "Chat": (chat.question("q"), "control", False),
    "UpdateDataAgentSession": (Request("UpdateDataAgentSession", "v", {}), "data", False),
    "DescribeDataAgentUsage": (Request("DescribeDataAgentUsage", "v", {}), "data", True),
    "SomethingNew": (Request("SomethingNew", "v", {}), "control", False),
}


@pytest.mark.parametrize("action", ALL)
def test_every_action_knows_its_plane_and_whether_it_may_be_repeated(action):
    request, plane, repeatable = ALL[action]
    assert request.action == action
    assert (request.plane, request.repeatable) == (plane, repeatable)
    assert "SessionId" not in repr(request)


@pytest.mark.parametrize("action", [name for name in ALL if name != "SomethingNew"])
def test_every_action_names_its_ram_action(action):
    code = "hdm" if action in {"GetDasAgentSSE", "Chat"} else "dms"
    assert ALL[action][0].permission == f"{code}:{action}"


def test_the_unit_is_asked_at_the_older_api():
    request = unit.active_route_unit()
    assert (request.version, request.params) == ("2018-11-01", {})
    assert request.permission == "dms:GetActiveRouteUnit"


def test_a_chat_question_takes_feedback_summary_and_properties():
    asked = chat.question("q", "s", "ag", resume="yes", summary="true", forwarded_props='{"a":1}')
    assert {name: value for name, value in asked.params.items() if name != "Message"} == {
        "SessionId": "s",
        "AgentId": "ag",
        "Resume": "yes",
        "Summary": "true",
        "ForwardedProps": '{"a":1}',
    }
    assert asked.nested == frozenset()


# --- answers about one session -------------------------------------------------------------------


def test_answers_of_making_and_sending():
    data = {"SessionId": "s", "AgentId": "ag", "AgentStatus": "running", "SessionStatus": "INIT"}
    created = dms.read_created({"RequestId": "r", "Success": True, "Data": data})
    assert created == dms.CreatedSession("s", "ag", "RUNNING", "INIT")
    sent = dms.read_sent({"Data": {"MessageId": 7, "SessionId": None}})
    assert sent == dms.SentMessage("", "", "7")
    assert dms.read_sent({"Data": "queued"}) == dms.SentMessage("", "", "")
    with pytest.raises(BadAnswer) as caught:
        dms.read_created({"RequestId": "r-9", "Data": {}})
    assert caught.value.request_id == "r-9"


def test_a_session_that_is_there_and_one_that_is_not():
    status = dms.read_session({"data": {"sessionId": "s", "agentId": "ag", "title": "T"}})
    assert status == dms.SessionStatus("s", "ag", "", "", "T")
    assert status.exists
    assert not status.ready
    assert not dms.SessionStatus("s", "", "", "CREATING").exists
    assert dms.SessionStatus("s", "ag", "RUNNING", "CREATING").ready


def test_everything_of_a_described_session():
    data = {
        "SessionId": "s",
        "AgentId": "ag",
        "AgentStatus": "RUNNING",
        "SessionStatus": "wait_input",
        "Title": "T",
        "CreateTime": 1768465800000,
        "File": "f-9",
        "Saved": True,
        "WorkspaceId": "w",
        "SessionConfig": {
            "Mode": "ANALYSIS",
            "Language": "CHINESE",
            "CustomAgentId": "ca-1",
            "EncryptKey": "not-to-be-kept",
        },
        "Messages": [
            {"Id": "m1", "Content": "why?", "SendTime": 1768465800, "Status": "success"},
            "no message",
        ],
        "Artifacts": [
            {
                "Id": "a1",
                "Name": "r.html",
                "Type": "WebReport",
                "Status": "SUCCESS",
                "Description": "d",
                "ReceiveTime": "1768465799",
                "StartTime": "1768465800",
                "FinishTime": "2026-01-15T09:30:00+01:00",
            },
            {"Id": "a2", "Name": "t.md", "Type": "TextReport", "Status": "PENDING"},
        ],
        "DataSources": [
            {"DataSourceType": "database", "DbName": "rides"},
            {"Category": "CHAT", "Detail": '{"DbName":"tea"}'},
            {"Category": "CUSTOM_AGENT", "Detail": {"DbName": "ferry"}},
            {"Category": "CHAT", "Detail": "no JSON"},
        ],
        "Capabilities": [{"Type": "skill", "Id": "k"}],
        "ChatHistoryLocations": [{"Key": "h", "Url": "https://x.aliyuncs.com/h?Signature=hush"}],
        "RecallResults": [{"Content": "c", "Score": 0.5, "Type": "t"}],
    }
    found = dms.read_session({"Success": True, "Data": data})
    assert found == dms.SessionStatus(
        "s",
        "ag",
        "RUNNING",
        "WAIT_INPUT",
        "T",
        created_at=AT,
        mode="ANALYSIS",
        language="CHINESE",
        custom_agent="ca-1",
        workspace_id="w",
        file_id="f-9",
        saved=True,
        messages=(dms.PastMessage("m1", "why?", AT, "SUCCESS"),),
        artifacts=(
            dms.Artifact("a1", "r.html", "WebReport", "SUCCESS", "d", AT, AT),
            dms.Artifact("a2", "t.md", "TextReport", "PENDING"),
        ),
        sources=(
            {"DataSourceType": "database", "DbName": "rides"},
            {"DbName": "tea"},
            {"DbName": "ferry"},
            {"Category": "CHAT", "Detail": "no JSON"},
        ),
        capabilities=(("skill", "k"),),
        recordings=(dms.Recording("h", Secret("https://x.aliyuncs.com/h?Signature=hush")),),
    )
    assert "hush" not in repr(found)
    assert "not-to-be-kept" not in repr(found)


@pytest.mark.parametrize("saved", [{"FavoriteInWorkspace": "true"}, {"saved": "True"}])
def test_a_favourite_is_told_in_several_ways(saved):
    assert dms.read_session({"Data": {"SessionId": "s"} | saved}).saved
    assert not dms.read_session({"Data": {"SessionId": "s", "Saved": "false"}}).saved


# --- answers that list ---------------------------------------------------------------------------

ROW = {
    "SessionId": "s1",
    "AgentId": "ag",
    "Title": "T",
    "AgentStatus": "running",
    "SessionStatus": "idle",
    "CreateTime": 1768465800000,
    "SessionConfig": {"Mode": "ANALYSIS"},
}
LISTED = dms.ListedSession("s1", "ag", "T", "RUNNING", "IDLE", AT, "ANALYSIS")


@pytest.mark.parametrize(
    "answer",
    [
        {"Data": [ROW], "PageNumber": 2, "PageSize": 1, "Total": 7, "TotalPages": 7},
        {"Data": [ROW], "PageNumber": "2", "PageSize": "1", "Total": "7"},
        {"Data": {"Content": [ROW], "TotalElements": 7, "PageSize": 1, "PageNumber": 2}},
        {"data": {"data": [ROW], "total": 7, "pageSize": 1, "pageNumber": 2, "totalPages": 7}},
        {"data": {"data": {"content": [ROW], "total": 7, "pageNumber": 2, "pageSize": 1}}},
        {"content": [ROW], "total": 7, "pageNumber": 2, "pageSize": 1, "success": True},
        {"Data": [ROW, {"Title": "without an id"}, None, 3], "Total": 7, "TotalPages": 7},
    ],
)
def test_lists_of_sessions_in_every_envelope(answer):
    assert dms.read_sessions(answer, 2, 1) == dms.SessionPage((LISTED,), 2, 7, 7)


@pytest.mark.parametrize(
    "written",
    [
        1768465800,
        1768465800.0,
        "1768465800",
        1768465800000,
        "1768465800000",
        "2026-01-15T08:30:00Z",
        "2026-01-15T16:30:00+08:00",
        "2026-01-15 08:30:00",
        "2026-01-15T08:30Z",
    ],
)
def test_times_in_every_spelling(written):
    (row,) = dms.read_sessions({"Data": [ROW | {"CreateTime": written}]}).rows
    assert row.created_at == AT


@pytest.mark.parametrize("written", [None, "", "soon", {}, [], True, -5, 10**400, "0001-01-01"])
def test_what_is_no_time_is_none(written):
    (row,) = dms.read_sessions({"Data": [ROW | {"CreateTime": written}]}).rows
    assert row.created_at is None


def test_pages_are_counted_where_the_service_does_not_count_them():
    rows = [ROW | {"SessionId": str(number)} for number in range(3)]
    full = dms.read_sessions({"Data": rows}, 2, 3)
    assert (full.page, full.pages, full.total) == (2, 3, 6)
    short = dms.read_sessions({"Data": rows}, 2, 4)
    assert (short.page, short.pages, short.total) == (2, 2, 7)
    unknown = dms.read_sessions({"Data": rows})
    assert (unknown.page, unknown.pages, unknown.total) == (1, 1, 3)
    counted = dms.read_sessions({"Data": rows, "Total": 10}, 1, 3)
    assert counted.pages == 4
    assert dms.read_sessions({"Data": []}) == dms.SessionPage((), 1, 0, 0)


def test_custom_agents_and_what_they_skip():
    agent = {
        "CustomAgentId": "ca-1",
        "Name": "Rides",
        "Description": "asks",
        "Status": "released",
        "ExecutionConfig": {"SkipPlan": True, "SkipAskHuman": "true", "SkipSqlConfirm": False},
    }
    found = dms.CustomAgent("ca-1", "Rides", "asks", "RELEASED", ("plan", "human"))
    answer = {"Data": {"Content": [agent, {"Name": "without an id"}], "TotalElements": 9}}
    assert dms.read_custom_agents(answer) == dms.AgentPage((found,), 9)
    assert dms.read_custom_agents({"data": [agent]}) == dms.AgentPage((found,), 1)
    assert dms.read_custom_agent({"Data": agent}) == found
    assert dms.read_custom_agent({"Data": {}}) is None


@pytest.mark.parametrize(
    "answer",
    [
        {"Data": {"Content": [{"WorkspaceId": 12, "WorkspaceName": "dev"}], "TotalElements": 1}},
        {"data": {"data": {"content": [{"workspaceID": "12", "name": "dev"}]}}},
        {"Data": [{"workspaceId": "12", "DisplayName": "dev"}, {"Name": "without an id"}]},
        {"Data": {"WorkspaceId": "12", "WorkspaceName": "dev"}},
        {"workspaceId": "12", "workspaceName": "dev", "success": True},
    ],
)
def test_workspaces_in_every_spelling(answer):
    assert dms.read_workspaces(answer) == (dms.Workspace("12", "dev"),)


def test_a_workspace_without_a_name_is_called_by_its_id():
    assert dms.read_workspaces({"Data": {"WorkspaceId": "12"}}) == (dms.Workspace("12", "12"),)
    assert dms.read_workspaces({"Data": {}}) == ()


def test_files_keep_their_links_to_themselves():
    file = {
        "FileId": "f1",
        "FileName": "../report.html",
        "FileType": ".HTML",
        "FileSize": "2048",
        "FileCategory": "WebReport",
        "GmtCreated": "2026-01-15T08:30:00Z",
        "DownloadLink": "https://b.oss.aliyuncs.com/f?Signature=hush",
        "IntranetDownloadLink": "https://b.oss-internal.aliyuncs.com/f",
    }
    inside = {"FileId": "f2", "FileSize": -1, "IntranetDownloadLink": "https://in/f"}
    found = dms.read_files({"Data": [file, inside, {"FileName": "without an id"}]})
    assert found == (
        dms.ListedFile(
            "f1",
            "../report.html",
            2048,
            "WebReport",
            "html",
            AT,
            Secret("https://b.oss.aliyuncs.com/f?Signature=hush"),
        ),
        dms.ListedFile("f2", "", None, "", "", None, Secret("https://in/f")),
    )
    assert "hush" not in repr(found) + str(found)
    with pytest.raises(TypeError):
        pickle.dumps(found[0])


SIGNED = {
    "UploadHost": "https://b.oss-cn-hangzhou.aliyuncs.com",
    "UploadDir": "up/1/",
    "Policy": "hush-policy",
    "OssSignatureVersion": "OSS4-HMAC-SHA256",
    "OssCredential": "hush-credential",
    "OssDate": "20260115T083000Z",
    "OssSignature": "hush-signature",
    "OssSecurityToken": "hush-token",
}


def test_an_upload_gets_its_form_in_order_and_hides_it():
    place = dms.read_upload({"Data": SIGNED})
    assert place.usable
    assert place.url == "https://b.oss-cn-hangzhou.aliyuncs.com"
    assert place.location("a.csv") == "up/1/a.csv"
    assert list(place.form("a.csv").items()) == [
        ("key", "up/1/a.csv"),
        ("policy", "hush-policy"),
        ("x-oss-signature-version", "OSS4-HMAC-SHA256"),
        ("x-oss-credential", "hush-credential"),
        ("x-oss-date", "20260115T083000Z"),
        ("x-oss-signature", "hush-signature"),
        ("x-oss-security-token", "hush-token"),
        ("success_action_status", "200"),
    ]
    assert "hush" not in repr(place)


def test_an_upload_without_a_scheme_token_or_version():
    less = {
        "uploadHost": "b.oss.aliyuncs.com",
        "uploadDir": "d",
        "policy": "p",
        "ossSignature": "s",
    }
    place = dms.read_upload(less)
    assert place.usable
    assert place.url == "https://b.oss.aliyuncs.com"
    form = place.form("x")
    assert form["x-oss-signature-version"] == "OSS4-HMAC-SHA256"
    assert "x-oss-security-token" not in form
    nothing = dms.read_upload({"Data": {}})
    assert (nothing.usable, nothing.url) == (False, "")


@pytest.mark.parametrize("answer", [{"Data": {"FileId": "f-1"}}, {"fileId": "f-1"}])
def test_the_id_of_an_uploaded_file(answer):
    assert dms.read_uploaded(answer) == "f-1"
    assert dms.read_uploaded({"Data": {}}) == ""


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ({"RequestId": "r", "Route": {"RegionId": "cn-beijing"}}, "cn-beijing"),
        ({"data": {"route": {"regionId": " cn-beijing "}}}, "cn-beijing"),
        ({"Data": {"RegionId": "cn-beijing"}}, "cn-beijing"),
        ({"RequestId": "r", "Success": True}, ""),
        ({"Route": {"RegionId": 7}}, ""),
        ({"Route": "cn-beijing"}, ""),
    ],
)
def test_the_unit_of_a_tenant(answer, found):
    assert unit.read_route_unit(answer) == found


KEYS = st.sampled_from(
    [
        *("Data", "Content", "SessionId", "SessionConfig", "CreateTime", "Messages", "Artifacts"),
        *("DataSources", "Detail", "Capabilities", "ChatHistoryLocations", "Total", "TotalPages"),
        *("PageNumber", "PageSize", "CustomAgentId", "ExecutionConfig", "WorkspaceId", "FileId"),
        *("FileSize", "DownloadLink", "GmtCreated", "UploadHost", "Route", "RegionId", "Saved"),
    ]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.sampled_from(["2026-01-15T08:30:00Z", "\ud800", "9999-12-31T23:59:59-14:00"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=25,
)


@given(st.dictionaries(KEYS, VALUES, max_size=6))
@settings(max_examples=300, deadline=None)
def test_no_answer_whatever_breaks_a_reader(answer):
    page = dms.read_sessions(answer, 1, 50)
    assert page.page >= 1
    assert page.total >= len(page.rows)
    status = dms.read_session(answer)
    assert isinstance(status.exists, bool)
    assert all(agent.agent_id for agent in dms.read_custom_agents(answer).rows)
    assert all(space.name for space in dms.read_workspaces(answer))
    assert all(file.file_id for file in dms.read_files(answer))
    dms.read_custom_agent(answer)
    dms.read_sent(answer)
    assert isinstance(dms.read_upload(answer).form("x"), dict)
    assert isinstance(dms.read_uploaded(answer), str)
    assert isinstance(unit.read_route_unit(answer), str)

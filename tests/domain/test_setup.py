"""How a session is set up: its objects for the wire, its text, and what operators write."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from das_tui.domain.setup import (
    SKIPS,
    SessionSetup,
    SetupError,
    parse_param,
    parse_source,
    source_text,
)

WHOLE = SessionSetup(
    mode="ANALYSIS",
    language="ENGLISH",
    search=False,
    custom_agent="ca-rides",
    workspace="ws-1",
    plan_mode="force",
    skip=("plan", "sql", "human", "report"),
    sources=({"DataSourceType": "database", "DbName": "rides"},),
    params=(("Create", "File", "f-1"), ("SessionConfig", "KbUuidList", ["k"])),
)


def setup(*params: str) -> SessionSetup:
    return SessionSetup(params=tuple(parse_param(text) for text in params))


@pytest.mark.parametrize(
    ("sources", "place"),
    [
        (["db=parcels,instance=rm-1"], ("parcels", "rm-1")),
        (["parcels"], ("parcels", "")),
        (["instance=rm-1"], ("", "rm-1")),
        (["db=a,instance=rm-1", "db=b,instance=rm-1"], ("a or b", "rm-1")),
        (["db=a,instance=rm-1", "db=b,instance=rm-2"], ("a or b", "")),
        (["db=a,instance=rm-1", "b"], ("a or b", "")),
        (["db=a,instance=rm-1", "file=f-1"], ("a", "rm-1")),
        ([], ("", "")),
    ],
)
def test_where_a_statement_runs(sources: list[str], place: tuple[str, str]) -> None:
    assert SessionSetup(sources=tuple(map(parse_source, sources))).where() == place


def test_where_a_statement_runs_by_a_parameter_of_the_message() -> None:
    other = 'Send.DataSource={"DbName":"a","DmsInstanceId":"rm-2"}'
    assert setup(other).where() == ("a", "rm-2")
    both = replace(setup(other), sources=(parse_source("db=a,instance=rm-1"),))
    assert both.where() == ("a", ""), "nobody can tell which"
    assert SessionSetup(sources=({"DbName": 7, "DmsInstanceId": None},)).where() == ("", "")


# --- the objects of the wire ---------------------------------------------------------------------


def test_the_session_config_of_both_actions():
    common = {
        "Language": "ENGLISH",
        "Mode": "ANALYSIS",
        "EnableSearch": False,
        "CustomAgentId": "ca-rides",
        "PlanMode": "force",
        "KbUuidList": ["k"],
    }
    assert WHOLE.config(sending=False) == common
    assert WHOLE.config(sending=True) == common | {
        "SkipPlan": True,
        "SkipSqlConfirm": True,
        "SkipAskHuman": True,
        "SkipWebReportConfirm": True,
    }
    assert WHOLE.plain("Create") == {"File": "f-1"}
    assert WHOLE.plain("Send") == WHOLE.plain("Chat") == WHOLE.task() == {}


def test_nothing_said_is_nothing_sent():
    nothing = SessionSetup()
    assert not nothing
    assert WHOLE
    assert nothing.config(sending=True) == nothing.config(sending=False) == nothing.task() == {}
    assert nothing.text() == ""


def test_dotted_names_make_inner_objects_and_change_nothing_given():
    found = setup(
        'PermissionConfig={"DefaultAction":"allow","Other":1}',
        "PermissionConfig.DefaultAction=deny",
        "ReportConfig.ReportTheme=journal",
        "ReportConfig.ReportType=WebReport",
        "SessionConfig.Later.Inner.Key=3",
    )
    for _ in range(2):
        assert found.config(sending=True) == {
            "PermissionConfig": {"DefaultAction": "deny", "Other": 1},
            "Later": {"Inner": {"Key": 3}},
        }
    assert found.task() == {"ReportConfig": {"ReportTheme": "journal", "ReportType": "WebReport"}}
    assert found.params[0][2] == {"DefaultAction": "allow", "Other": 1}


def test_params_overrule_the_other_settings():
    found = SessionSetup(mode="ANALYSIS", params=(parse_param("SessionConfig.Mode=CLAW"),))
    assert found.config(sending=False) == {"Mode": "CLAW"}


def test_params_of_a_run_are_never_overruled():
    found = SessionSetup(
        params=(
            ("Send", "sessionid", "other"),
            ("Send", "QuotedMessage", "q"),
            ("Send", "A.1", "x"),
        )
    )
    assert found.plain("Send") == {"QuotedMessage": "q", "A.1": "x"}


# --- kept as text --------------------------------------------------------------------------------


def test_a_setup_comes_back_from_its_text():
    assert SessionSetup.read(WHOLE.text()) == WHOLE
    assert WHOLE.text().isascii()
    assert "\n" not in WHOLE.text()
    lone = SessionSetup(mode="\ud800语")
    assert SessionSetup.read(lone.text()) == lone


@pytest.mark.parametrize(
    "text",
    ["", "nonsense", "[]", "null", "3", "[" * 100_000, '{"mode":3,"search":"yes","skip":{"a":1}}'],
)
def test_text_that_is_no_setup_is_none(text):
    assert SessionSetup.read(text) == SessionSetup()


def test_what_a_stored_setup_may_not_hold_is_left_out():
    kept = {
        "mode": "ANALYSIS",
        "later": {"x": 1},
        "skip": [["plan"], "sql", "unknown", None],
        "sources": ["rides", {"DbName": "rides"}],
        "params": [
            "Send.A=1",
            ["Send", "A"],
            ["Send", "SessionId", "s-other"],
            ["Send", 1, "x"],
            [["Send"], "A", "x"],
            ["Nowhere", "A", "x"],
            ["SessionConfig", "EncryptKey", "in-the-clear"],
            ["Send", "QuotedMessage", "q"],
        ],
    }
    assert SessionSetup.read(json.dumps(kept)) == SessionSetup(
        mode="ANALYSIS",
        skip=("sql",),
        sources=({"DbName": "rides"},),
        params=(("Send", "QuotedMessage", "q"),),
    )


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(["mode", "search", "skip", "sources", "params", "workspace"]),
                inner,
                max_size=4,
            )
        ),
        max_leaves=20,
    )
)
@settings(max_examples=200, deadline=None)
def test_any_json_reads_as_some_setup(value):
    found = SessionSetup.read(json.dumps(value))
    assert SessionSetup.read(found.text()) == found
    assert set(found.skip) <= set(SKIPS)


# --- parameters ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("File=f-1", ("Create", "File", "f-1")),
        ("ClientToken=t=1", ("Create", "ClientToken", "t=1")),
        ("DatabaseId=7", ("Create", "DatabaseId", "7")),
        ("Create.Mode=ultra", ("Create", "Mode", "ultra")),
        ("Send.UserOssBucket=b", ("Send", "UserOssBucket", "b")),
        ("ParentSessionId=s", ("Send", "ParentSessionId", "s")),
        ("QuotedMessage=", ("Send", "QuotedMessage", "")),
        ('DataSource={"DbName":"d"}', ("Send", "DataSource", '{"DbName":"d"}')),
        ("Resume=yes", ("Chat", "Resume", "yes")),
        ("Summary=true", ("Chat", "Summary", "true")),
        ("ForwardedProps={}", ("Chat", "ForwardedProps", "{}")),
        ("SessionConfig.EnableSearch=true", ("SessionConfig", "EnableSearch", True)),
        ("SkipPlan = false", ("SessionConfig", "SkipPlan", False)),
        ("ReportPageWidth=1200", ("SessionConfig", "ReportPageWidth", 1200)),
        ("ReportWaterMark=2026", ("SessionConfig", "ReportWaterMark", "2026")),
        ("CustomAgentStage=debug", ("SessionConfig", "CustomAgentStage", "debug")),
        ("EncryptType=AES", ("SessionConfig", "EncryptType", "AES")),
        ("KbUuidList=a, b", ("SessionConfig", "KbUuidList", ["a", "b"])),
        ('McpServerIds=["m"]', ("SessionConfig", "McpServerIds", ["m"])),
        ("UserSpecifiedSkillList=7", ("SessionConfig", "UserSpecifiedSkillList", ["7"])),
        (
            "PermissionConfig.DefaultAction=deny",
            ("SessionConfig", "PermissionConfig.DefaultAction", "deny"),
        ),
        ("ReportConfig.ReportPrompt=1", ("TaskConfig", "ReportConfig.ReportPrompt", "1")),
        ("SessionConfig.Later=null", ("SessionConfig", "Later", None)),
        ("SessionConfig.Later=NaN", ("SessionConfig", "Later", "NaN")),
        ("SessionConfig.Later=1e999", ("SessionConfig", "Later", "1e999")),
        ("SessionConfig.Later={broken", ("SessionConfig", "Later", "{broken")),
        ("EncryptKey=env:RIDES_KEY", ("SessionConfig", "EncryptKey", "env:RIDES_KEY")),
    ],
)
def test_parameters_find_their_place(text, found):
    assert parse_param(text) == found


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("File", "NAME=VALUE"),
        ("=x", "NAME=VALUE"),
        ("Send.=x", "a name is missing"),
        ("SessionConfig=x", "a name is missing"),
        ("SessionConfig.A..B=x", "a name is missing"),
        ("Unheard=1", "Create.Unheard or Send.Unheard"),
        ("Mode=x", "SessionConfig.Mode or Create.Mode"),
        ("UserOssBucket=b", "SessionConfig.UserOssBucket or Send.UserOssBucket"),
        ("Send.SessionId=s", "filled by das-tui itself"),
        ("Send.agentid=s", "filled by das-tui itself"),
        ("Send.MessageType=cancel", "filled by das-tui itself"),
        ("Create.DMSUnit=x", "`dms_unit` of the profile"),
        ("WorkspaceId=x", "the workspace instead"),
        ("Send.DataSources.1=x", "the data sources instead"),
        ("DataSource=rides", "JSON object"),
        ("McpHeaders=[]", "env:NAME"),
        ("SessionConfig.EncryptKey=env:", "env:NAME"),
        ("EncryptKey.A=env:X", "env:NAME"),
    ],
)
def test_parameters_that_cannot_be_taken_say_why(text, says):
    with pytest.raises(SetupError) as caught:
        parse_param(text)
    assert says in str(caught.value)


def test_a_secret_is_neither_taken_nor_repeated():
    with pytest.raises(SetupError) as caught:
        parse_param("EncryptKey=hunter2-hunter2")
    assert "hunter2" not in str(caught.value)
    found = setup("EncryptKey=env:RIDES_KEY", "EncryptType=AES")
    assert found.config(sending=False) == {"EncryptKey": "env:RIDES_KEY", "EncryptType": "AES"}
    assert found.config(sending=True) == {"EncryptType": "AES"}


# --- data sources --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("rides", {"DataSourceType": "database", "DbName": "rides"}),
        (
            " db=rides, instance=42,database=7, engine=mysql,region=cn-hangzhou,tables=a | b ",
            {
                "DataSourceType": "database",
                "DbName": "rides",
                "DmsInstanceId": "42",
                "DmsDatabaseId": "7",
                "Engine": "mysql",
                "RegionId": "cn-hangzhou",
                "Tables": ["a", "b"],
            },
        ),
        ("file=f-1", {"DataSourceType": "remote_data_center", "FileId": "f-1"}),
        ("type=other,file=f-1", {"DataSourceType": "other", "FileId": "f-1"}),
        ("DbName=a=b,uri=x", {"DataSourceType": "database", "DbName": "a=b", "Uri": "x"}),
        ('{"FileId":"f"}', {"DataSourceType": "remote_data_center", "FileId": "f"}),
        (
            '{"DbName":"d","Permission":{"Tables":[{"TableName":"t","DisallowedColumns":["c"]}]}}',
            {
                "DataSourceType": "database",
                "DbName": "d",
                "Permission": {"Tables": [{"TableName": "t", "DisallowedColumns": ["c"]}]},
            },
        ),
    ],
)
def test_data_sources_are_read(text, found):
    assert parse_source(text) == found


@pytest.mark.parametrize(
    "text", ["", "  ", "{", '{"a":NaN}', "colour=red", "db=", "db=x,,", "a,b="]
)
def test_data_sources_that_cannot_be_read_say_so(text):
    with pytest.raises(SetupError, match="data source"):
        parse_source(text)


def test_data_sources_are_written_shortly_where_that_is_enough():
    assert source_text({"DbName": "rides"}) == "rides"
    assert source_text(parse_source("db=rides,tables=a|b")) == "db=rides,tables=a|b"
    assert source_text(parse_source("file=f-1")) == "file=f-1"
    assert source_text({"FileId": "f", "DataSourceType": "database"}) == "type=database,file=f"
    assert source_text({"DbName": "a,b", "Later": [1]}) == '{"DbName": "a,b", "Later": [1]}'


KEYS = ["DataSourceType", "DbName", "DmsInstanceId", "FileId", "Tables", "Uri", "Later"]
WORDS = st.text("abc ,|={}\"'", max_size=4)


@given(st.dictionaries(st.sampled_from(KEYS), WORDS | st.lists(WORDS, max_size=2) | st.none()))
@settings(max_examples=300, deadline=None)
def test_a_written_data_source_reads_as_itself(source):
    kind = "remote_data_center" if source.get("FileId") else "database"
    assert parse_source(source_text(source)) == {"DataSourceType": kind} | source

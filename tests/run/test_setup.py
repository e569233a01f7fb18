"""How a session is set up: what Create and the first message carry, and no later one."""

import json
from collections.abc import Awaitable, Callable

import pytest

from das_tui.domain.session import Session, State
from das_tui.domain.setup import SessionSetup, parse_param, parse_source
from das_tui.run.errors import NotPossible
from das_tui.run.supervisor import Supervisor
from tests.run.conftest import Bench
from tests.run.scripted_service import Service, created, refused
from tests.run.served import serving

Finished = Callable[[Supervisor, str], Awaitable[Session]]

WHOLE = SessionSetup(
    mode="ANALYSIS",
    language="ENGLISH",
    search=False,
    plan_mode="disable",
    skip=("plan", "sql", "human", "report"),
    sources=(parse_source("db=harbor_bikes,instance=7,tables=rides|stations"),),
    params=(
        parse_param("SessionConfig.ReportWaterMark=harbour"),
        parse_param("SessionConfig.PermissionConfig.DefaultAction=allow"),
        parse_param("TaskConfig.ReportConfig.ReportTheme=journal"),
        parse_param("DatabaseId=db-1"),
        parse_param("QuotedMessage=quoted"),
    ),
)


async def test_create_and_the_first_message_carry_the_setup(
    bench: Bench, finished: Finished
) -> None:
    with serving() as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("Analyse the rides", service="dms", setup=WHOLE)
        row = await finished(supervisor, key)
        await supervisor.ask("And on Tuesday?", service="dms", key=key)
        await finished(supervisor, key)
        (create,) = service.hub.asked("CreateDataAgentSession")
        first, second = service.hub.asked("SendChatMessage")
    made = json.loads(create["SessionConfig"])
    assert (made["Mode"], made["Language"], made["EnableSearch"]) == ("ANALYSIS", "ENGLISH", False)
    assert made["PlanMode"] == "disable"
    assert create["DatabaseId"] == "db-1"
    sent = json.loads(first["SessionConfig"])
    assert {"SkipPlan", "SkipSqlConfirm", "SkipAskHuman", "SkipWebReportConfirm"} <= sent.keys()
    assert sent["PermissionConfig"] == {"DefaultAction": "allow"}
    assert sent["ReportWaterMark"] == "harbour"
    assert json.loads(first["TaskConfig"]) == {"ReportConfig": {"ReportTheme": "journal"}}
    assert json.loads(first["DataSources"])[0]["Tables"] == ["rides", "stations"]
    assert first["QuotedMessage"] == "quoted"
    assert not {"SessionConfig", "DataSources", "TaskConfig", "QuotedMessage"} & second.keys()
    assert row.state is State.FINISHED, "no stop was made, as was asked"
    assert (row.target, row.setup) == ("harbor_bikes", WHOLE.text())
    assert bench.store.get(key).setup == WHOLE.text()


async def test_the_setup_survives_a_question_that_was_not_sent(
    bench: Bench, finished: Finished
) -> None:
    setup = SessionSetup(mode="INSIGHT")
    async with Service(CreateDataAgentSession=[refused()]) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("hello", service="dms", setup=setup)
        assert (await finished(supervisor, key)).state is State.FAILED
    with serving() as again:
        supervisor = await bench.again(again.url)
        await supervisor.ask("hello", service="dms", key=key)
        await finished(supervisor, key)
        (create,) = again.hub.asked("CreateDataAgentSession")
        (sent,) = again.hub.asked("SendChatMessage")
    assert json.loads(create["SessionConfig"]) == {"Mode": "INSIGHT"}
    assert json.loads(sent["SessionConfig"]) == {"Mode": "INSIGHT"}


async def test_a_session_is_set_up_once(bench: Bench, finished: Finished) -> None:
    with serving() as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("How many rides?", service="dms")
        await finished(supervisor, key)
        with pytest.raises(NotPossible):
            await supervisor.ask("more", service="dms", key=key, setup=SessionSetup(mode="X"))


async def test_the_workspace_of_the_session_comes_first(bench: Bench, finished: Finished) -> None:
    async with Service(CreateDataAgentSession=[created()] * 2) as service:
        supervisor = bench.start(service.url, workspace_id="w-profile")
        one = await supervisor.ask("a", service="dms", setup=SessionSetup(workspace="w-mine"))
        await finished(supervisor, one)
        two = await supervisor.ask("b", service="dms")
        await finished(supervisor, two)
        supervisor = await bench.again(service.url, workspace_id="w-new")
        await supervisor.ask("c", service="dms", key=two)
        await finished(supervisor, two)
        sent = [call.params["WorkspaceId"] for call in service.asked("SendChatMessage")]
        made = [call.params["WorkspaceId"] for call in service.asked("CreateDataAgentSession")]
    assert made == ["w-mine", "w-profile"]
    assert sent == ["w-mine", "w-profile", "w-profile"]


async def test_chat_carries_its_own_parameters(bench: Bench, finished: Finished) -> None:
    setup = SessionSetup(
        params=(
            parse_param("Summary=true"),
            parse_param("Resume=yes"),
            parse_param('ForwardedProps={"a":1}'),
        )
    )
    with serving() as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("why?", service="chat", setup=setup)
        await finished(supervisor, key)
        await supervisor.ask("and?", service="chat", key=key)
        await finished(supervisor, key)
        more = SessionSetup(params=(parse_param("Resume=no"),))
        await supervisor.ask("so?", service="chat", key=key, setup=more)
        await finished(supervisor, key)
        first, second, third = service.hub.asked("Chat")
    assert (first["Summary"], first["Resume"]) == ("true", "yes")
    assert json.loads(first["ForwardedProps"]) == {"a": 1}
    assert (second["Summary"], "Resume" in second) == ("true", False)
    assert (third["Resume"], "Summary" in third) == ("no", False)

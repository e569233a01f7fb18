"""What the service has: sessions of the web become rows and are read when they are opened."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from das_tui.domain.events import NoticeNoted, QuestionAsked, RunCut
from das_tui.domain.session import Session, State
from das_tui.domain.setup import SessionSetup
from das_tui.run.errors import NotPossible, Offline, OtherProfile
from das_tui.run.remote import PAGE, state_of
from das_tui.run.supervisor import Supervisor
from das_tui.wire.errors import Refused
from tests.run.conftest import AT_ONCE, Bench
from tests.run.scripted_service import (
    FINISH,
    Reply,
    Service,
    data,
    described,
    dms,
    refused,
    throttled,
)
from tests.run.served import from_web, serving

Finished = Callable[[Supervisor, str], Awaitable[Session]]
Until = Callable[[Callable[[], Any]], Awaitable[Any]]


def listed(*rows: dict[str, Any], **more: Any) -> Reply:
    return data({"RequestId": "r-list", "Success": True, "Data": list(rows), **more})


def row(number: int, status: str = "IDLE", **more: Any) -> dict[str, Any]:
    return {
        "SessionId": f"sess_{number}",
        "AgentId": f"ag-{number}",
        "Title": f"title {number}",
        "SessionStatus": status,
        "AgentStatus": "RUNNING",
        "CreateTime": 1_760_000_000_000 + number,
        **more,
    }


def notices(bench: Bench, key: str) -> list[str]:
    return [event.text for event in bench.events(key) if isinstance(event, NoticeNoted)]


# --- browsing ------------------------------------------------------------------------------------


async def test_sessions_of_the_web_become_rows(bench: Bench) -> None:
    with serving() as service:
        ended = from_web(service)
        asks = from_web(service, "Write a report about empty stations", title="", database="")
        supervisor = bench.start(service.url, profile="prod")
        found = await supervisor.remote.browse()
        again = await supervisor.remote.browse()
    assert (found.page, found.pages, found.total, found.added, found.gone) == (1, 1, 2, 2, ())
    assert (again.added, again.keys) == (0, found.keys)
    rows = {row.session_id: row for row in bench.store.sessions()}
    made = rows[ended.session_id]
    assert found.keys == (rows[asks.session_id].key, made.key)
    assert (made.service, made.origin, made.profile) == ("dms", "service", "prod")
    assert (made.title, made.agent_id, made.records) == ("Rides on the web", ended.agent_id, 0)
    assert made.created_at == pytest.approx(ended.created, abs=1)
    assert made.state is State.IDLE
    assert rows[asks.session_id].title == asks.session_id
    assert {told.key for told in bench.watch.rows} == set(found.keys)


async def test_pages_and_titles(bench: Bench) -> None:
    with serving() as service:
        for number in range(PAGE + 3):
            from_web(service, "", title=f"session {number}")
        supervisor = bench.start(service.url)
        first = await supervisor.remote.browse()
        second = await supervisor.remote.browse(2)
        one = await supervisor.remote.browse(title="session 7")
    assert (first.pages, first.total, first.added) == (2, PAGE + 3, PAGE)
    assert (second.page, second.added, second.gone) == (2, 3, ())
    assert (one.total, one.added, len(one.keys)) == (1, 0, 1)


@pytest.mark.parametrize(
    ("word", "state", "detail"),
    [
        ("RUNNING", State.LIVE, ""),
        ("WAIT_INPUT", State.NEEDS_INPUT, ""),
        ("WAITING_INPUT", State.NEEDS_INPUT, ""),
        ("COMPLETED", State.FINISHED, ""),
        ("FINISHED", State.FINISHED, ""),
        ("CANCELED", State.CANCELLED, ""),
        ("CANCELLED", State.CANCELLED, ""),
        ("failed", State.FAILED, ""),
        ("ERROR", State.FAILED, ""),
        ("INIT", State.IDLE, ""),
        ("CREATING", State.IDLE, ""),
        ("IDLE", State.IDLE, ""),
        ("", State.IDLE, ""),
        ("STOPPED", State.IDLE, "stopped"),
        ("UNAVAILABLE", State.IDLE, "unavailable"),
        ("HIBERNATING", State.IDLE, "hibernating"),
    ],
)
def test_every_state_of_the_service_has_one_here(word: str, state: State, detail: str) -> None:
    assert state_of(word) == (state, detail)


async def test_the_state_of_an_unread_session_follows_the_list(bench: Bench) -> None:
    pages = [
        listed(row(1, "RUNNING"), row(2, "IDLE"), Total=2),
        listed(row(1, "WAIT_INPUT"), Total=1),
    ]
    async with Service(ListDataAgentSession=pages) as service:
        supervisor = bench.start(service.url)
        one, two = (await supervisor.remote.browse()).keys
        assert bench.store.get(one).state is State.LIVE
        found = await supervisor.remote.browse()
    assert bench.store.get(one).state is State.NEEDS_INPUT
    assert found.gone == (two,)
    assert bench.store.get(two).detail == "gone at the service"


async def test_gone_is_said_only_after_all_pages_in_order(bench: Bench) -> None:
    full = [row(n) for n in range(PAGE)]
    pages = [
        listed(*full, Total=PAGE + 1, TotalPages=2),
        listed(row(PAGE), Total=PAGE + 1, TotalPages=2),
        listed(row(PAGE), Total=PAGE + 1, TotalPages=2),
        listed(*full[1:], Total=PAGE, TotalPages=2),
        listed(row(PAGE), Total=PAGE, TotalPages=2),
    ]
    async with Service(ListDataAgentSession=pages) as service:
        supervisor = bench.start(service.url)
        first = await supervisor.remote.browse()
        assert (await supervisor.remote.browse(2)).gone == ()
        assert (await supervisor.remote.browse(2)).gone == (), "page 1 was not asked again"
        assert (await supervisor.remote.browse()).gone == ()
        last = await supervisor.remote.browse(2)
    assert last.gone == (first.keys[0],)


async def test_a_list_from_another_profile_is_left_alone(bench: Bench) -> None:
    pages = [listed(row(1), Total=1), listed(row(2), Total=1)]
    async with Service(ListDataAgentSession=pages) as service:
        await bench.start(service.url, profile="one").remote.browse()
        supervisor = await bench.again(service.url, profile="two")
        assert (await supervisor.remote.browse()).gone == ()


async def test_the_list_names_unit_and_workspace(bench: Bench) -> None:
    with serving() as service:
        (workspace, *_) = await bench.start(service.url).remote.workspaces()
        from_web(service, workspace=workspace.workspace_id)
        from_web(service)
        supervisor = await bench.again(
            service.url, workspace_id=workspace.workspace_id, dms_unit="cn-unit"
        )
        found = await supervisor.remote.browse()
        (asked,) = service.hub.asked("ListDataAgentSession")
        assert (asked["DMSUnit"], asked["WorkspaceId"]) == ("cn-unit", workspace.workspace_id)
        assert asked["QueryType"]
        await supervisor.remote.look(found.keys[0])
        await supervisor.wait(found.keys[0])
    (made,) = bench.store.sessions()
    assert SessionSetup.read(made.setup).workspace == workspace.workspace_id
    assert made.frames, "Describe must name the workspace, else the session seems gone"


async def test_nothing_is_asked_without_a_profile(bench: Bench) -> None:
    supervisor = Supervisor(bench.store, None, bench.watch)
    with pytest.raises(Offline):
        await supervisor.remote.browse()


async def test_a_refused_list_is_told_and_a_throttled_one_asked_again(bench: Bench) -> None:
    pages = [refused(), throttled(), listed(row(1), Total=1)]
    async with Service(ListDataAgentSession=pages) as service:
        supervisor = bench.start(service.url)
        with pytest.raises(Refused):
            await supervisor.remote.browse()
        assert (await supervisor.remote.browse()).added == 1


# --- opening -------------------------------------------------------------------------------------


async def test_a_session_of_the_web_is_read_from_its_beginning(
    bench: Bench, finished: Finished
) -> None:
    with serving() as service:
        session = from_web(service)
        supervisor = bench.start(service.url)
        (key,) = (await supervisor.remote.browse()).keys
        await supervisor.remote.look(key)
        row = await finished(supervisor, key)
        assert not service.hub.asked("SendChatMessage")
        assert [asked["Checkpoint"] for asked in service.hub.asked("GetChatContent")] == ["0"]
        asks = len(service.hub.requests)
        await supervisor.remote.look(key)
        assert supervisor.live() == []
        assert len(service.hub.requests) == asks, "what was read is not asked for again"
    assert (row.state, row.target) == (State.FINISHED, "harbor_bikes")
    assert row.frames == len(session.played(0).script.beats) + 1
    assert "turn_started" in bench.names(key)
    assert not any(isinstance(event, QuestionAsked) for event in bench.events(key))
    assert bench.store.get(key).target == "harbor_bikes"


async def test_what_was_read_is_as_old_as_its_events(bench: Bench, finished: Finished) -> None:
    with serving() as service:
        session = from_web(service)
        session.created -= 9000
        session.turns[0].started -= 7200
        supervisor = bench.start(service.url)
        (key,) = (await supervisor.remote.browse()).keys
        await supervisor.remote.look(key)
        row = await finished(supervisor, key)
    ended = session.turns[0].started
    assert row.last_at == pytest.approx(ended, abs=2)
    assert row.since == pytest.approx(ended, abs=2)


async def test_a_running_session_is_followed_live_and_answered(
    bench: Bench, finished: Finished, until: Until
) -> None:
    with serving(speed=60.0) as service:
        session = from_web(service, "Analyse the empty stations", mode="ANALYSIS")
        supervisor = bench.start(service.url)
        (key,) = (await supervisor.remote.browse()).keys
        assert bench.store.get(key).state is State.LIVE
        await supervisor.remote.look(key)
        row = await finished(supervisor, key)
        assert row.state is State.NEEDS_INPUT
        await supervisor.reply(key, "approve")
        await until(lambda: service.hub.asked("SendChatMessage"))
        (sent,) = service.hub.asked("SendChatMessage")
        assert (sent["SessionId"], sent["AgentId"]) == (session.session_id, session.agent_id)
        assert "SessionConfig" not in sent


async def test_a_session_that_went_on_elsewhere_is_followed_when_it_is_opened(
    bench: Bench, finished: Finished
) -> None:
    with serving(speed=30.0) as service:
        session = from_web(service)
        supervisor = bench.start(service.url)
        (key,) = (await supervisor.remote.browse()).keys
        await supervisor.remote.look(key)
        before = await finished(supervisor, key)
        service.hub.send(session, "And on Tuesday?", "primary", "")
        await supervisor.remote.browse()
        assert supervisor.session(key).state is State.LIVE
        await supervisor.remote.look(key)
        after = await finished(supervisor, key)
    assert after.state is State.FINISHED
    assert after.frames > before.frames
    assert bench.names(key).count("turn_started") == 2


async def test_a_session_that_is_gone_says_so(bench: Bench, finished: Finished) -> None:
    with serving() as service:
        from_web(service).gone = True
        supervisor = bench.start(service.url)
        (key,) = (await supervisor.remote.browse()).keys
        await supervisor.remote.look(key)
        row = await finished(supervisor, key)
        assert not service.hub.asked("GetChatContent")
    assert notices(bench, key)[0].startswith("gone at the service")
    assert row.frames == 0


async def test_a_session_that_went_after_it_was_read_says_so(
    bench: Bench, finished: Finished
) -> None:
    gone = data({"Data": {"SessionId": "sess_1", "SessionStatus": "CREATING"}})
    cut = Reply(dms("chat_start", content="{}", checkpoint=1).raw, end="rst")
    streams = [cut, *[refused(404, "InvalidSession.NotFound")] * 2]
    async with Service(GetChatContent=streams, DescribeDataAgentSession=[gone]) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.attach("sess_1", "ag-1", 0)
        row = await finished(supervisor, key)
    assert row.state is State.FAILED
    refusal = next(e for e in bench.events(key) if type(e).__name__ == "Refused")
    assert refusal.title == "Gone at the service"  # type: ignore[union-attr]
    assert bench.frames(key), "what was read stays"


async def test_an_empty_session_is_not_waited_for(bench: Bench, finished: Finished) -> None:
    with serving() as service:
        from_web(service, "")
        supervisor = bench.start(service.url)
        (key,) = (await supervisor.remote.browse()).keys
        await supervisor.remote.look(key)
        await finished(supervisor, key)
        assert not service.hub.asked("GetChatContent")
    assert notices(bench, key) == ["nothing was asked in this session yet"]


async def test_a_session_that_cannot_be_read_now_is_tried_at_the_next_visit(
    bench: Bench, finished: Finished
) -> None:
    async with Service(ListDataAgentSession=[listed(row(1), Total=1)]) as service:
        supervisor = bench.start(service.url)
        (key,) = (await supervisor.remote.browse()).keys
        url = service.url
    await supervisor.remote.look(key)
    ended = await finished(supervisor, key)
    assert (ended.state, ended.frames) == (State.CUT, 0)
    cut = next(event for event in bench.events(key) if isinstance(event, RunCut))
    assert cut.title.startswith("Not sent")
    text = [dms("chat_start", content="{}", checkpoint=1), dms("chat_finish", "chat"), FINISH]
    async with Service(
        GetChatContent=[Reply(b"".join(step.raw for step in text))],
        DescribeDataAgentSession=[described("IDLE")],
    ) as service:
        assert service.url != url
        supervisor = await bench.again(service.url)
        await supervisor.remote.look(key)
        assert (await finished(supervisor, key)).state is State.FINISHED


async def test_a_session_is_read_before_anything_is_asked_in_it(
    bench: Bench, finished: Finished
) -> None:
    with serving() as service:
        from_web(service)
        supervisor = bench.start(service.url)
        (key,) = (await supervisor.remote.browse()).keys
        for command in (
            supervisor.ask("and on Tuesday?", service="dms", key=key),
            supervisor.report(key),
        ):
            with pytest.raises(NotPossible, match="not read yet"):
                await command
        await supervisor.remote.look(key)
        await finished(supervisor, key)
        await supervisor.ask("And on Tuesday?", service="dms", key=key)
        assert (await finished(supervisor, key)).state is State.FINISHED
        (sent,) = service.hub.asked("SendChatMessage")
    assert "SessionConfig" not in sent
    assert bench.names(key).count("turn_started") == 2


async def test_unread_sessions_are_not_picked_up_at_the_start(bench: Bench) -> None:
    async with Service(ListDataAgentSession=[listed(row(1, "RUNNING"), Total=1)]) as service:
        supervisor = bench.start(service.url)
        await supervisor.remote.browse()
        await supervisor.pick_up()
        assert supervisor.live() == []


async def test_a_session_of_another_profile_is_neither_read_nor_answered(bench: Bench) -> None:
    async with Service(ListDataAgentSession=[listed(row(1, "RUNNING"), Total=1)]) as service:
        supervisor = bench.start(service.url, profile="prod")
        (key,) = (await supervisor.remote.browse()).keys
        supervisor = await bench.again(service.url, profile="test")
        await supervisor.remote.look(key)
        assert supervisor.live() == []
        for command in (
            supervisor.ask("and now?", service="dms", key=key),
            supervisor.reply(key, "approve"),
            supervisor.follow(key),
            supervisor.stop(key),
            supervisor.report(key),
            supervisor.attach("sess_1", "ag-1", 0),
        ):
            with pytest.raises(OtherProfile, match="prod"):
                await command
        assert len(service.calls) == 1
    assert bench.facts(key) == []


async def test_a_session_without_a_profile_belongs_to_whoever_goes_on(
    bench: Bench, finished: Finished
) -> None:
    with serving() as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("How many rides?", service="dms")
        await finished(supervisor, key)
        supervisor = await bench.again(service.url, profile="prod")
        await supervisor.ask("And on Tuesday?", service="dms", key=key)
        assert (await finished(supervisor, key)).state is State.FINISHED


# --- agents and workspaces -----------------------------------------------------------------------


async def test_custom_agents(bench: Bench) -> None:
    with serving() as service:
        supervisor = bench.start(service.url)
        agents = await supervisor.remote.custom_agents()
        quick = await supervisor.remote.custom_agents("quick")
        assert service.hub.asked("ListCustomAgent")[0]["Status"] == "RELEASED"
    assert len(agents) > len(quick) == 1
    assert quick[0].agent_id.startswith("ca-")
    assert set(quick[0].skips) == {"plan", "sql", "human", "report"}


async def test_custom_agents_of_many_pages(bench: Bench) -> None:
    def agents(numbers: range) -> Reply:
        rows = [{"CustomAgentId": f"ca-{n}", "Name": f"n{n}"} for n in numbers]
        return data({"Success": True, "Data": {"Content": rows, "TotalElements": PAGE + 2}})

    pages = [agents(range(PAGE)), agents(range(PAGE, PAGE + 2))]
    async with Service(ListCustomAgent=pages) as service:
        found = await bench.start(service.url).remote.custom_agents()
        assert [call.params["PageNumber"] for call in service.asked("ListCustomAgent")] == [
            "1",
            "2",
        ]
    assert len(found) == PAGE + 2


async def test_a_service_without_pages_is_not_asked_for_ever(bench: Bench) -> None:
    rows = [{"WorkspaceId": f"w{n}", "WorkspaceName": f"n{n}"} for n in range(PAGE)]
    same = data({"Success": "true", "Data": {"Content": rows}})
    async with Service(ListDataAgentWorkspace=lambda call: same) as service:
        found = await bench.start(service.url).remote.workspaces()
        assert len(service.calls) == 2
    assert len(found) == PAGE


async def test_the_personal_workspace_is_made_by_the_service(bench: Bench) -> None:
    with serving() as service:
        supervisor = bench.start(service.url, dms_unit="cn-unit")
        own = await supervisor.remote.personal_workspace()
        names = await supervisor.remote.workspaces()
        (asked,) = service.hub.asked("InitDataAgentPersonalWorkspace")
        assert asked["DMSUnit"] == "cn-unit"
    assert own is not None
    assert own.workspace_id in {one.workspace_id for one in names}


async def test_the_list_goes_on_while_a_run_is_live(bench: Bench, until: Until) -> None:
    """Rows with a run here stand as their run says, whatever the list says."""
    hold = asyncio.Event()
    stream = Reply(dms("chat_start", content="{}", checkpoint=1).raw, end="open", hold_body=hold)
    async with Service(
        GetChatContent=[stream], ListDataAgentSession=[listed(row(1, "FAILED"), Total=1)]
    ) as service:
        supervisor = bench.start(service.url, AT_ONCE)
        key = await supervisor.attach("sess_1", "ag-1", 0)
        assert (await supervisor.remote.browse()).keys == (key,)
        hold.set()
        await until(lambda: bench.store.get(key).state is State.LIVE)

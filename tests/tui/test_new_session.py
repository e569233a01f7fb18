"""The dialog for a new session: every field arrives at the service, and is remembered."""

import json
from pathlib import Path
from typing import Any

import pytest
from textual.events import Paste

from das_tui.demo import catalog
from das_tui.demo.serve import Background
from das_tui.tui.screens.new_session import NewSessionPage
from das_tui.view.form import ListField
from tests.driving import Scene
from tests.tui.served import served


def page(scene: Scene) -> NewSessionPage:
    found = scene.app.screen
    assert isinstance(found, NewSessionPage), scene.text()
    return found


async def opened(scene: Scene) -> NewSessionPage:
    await scene.keys("S")
    await scene.until(lambda: isinstance(scene.app.screen, NewSessionPage), "the dialog")
    return page(scene)


async def to(scene: Scene, name: str) -> None:
    """Walk down to a field, from the top."""
    await scene.keys("g")
    for _ in range(40):
        if page(scene).here.name == name:
            return
        await scene.keys("j")
    raise AssertionError(f"no field {name}\n{scene.text()}")


async def write(scene: Scene, name: str, text: str) -> None:
    await to(scene, name)
    await scene.keys("enter")
    await scene.type(text)
    await scene.keys("enter")


async def listed(scene: Scene) -> None:
    picker = page(scene).picker
    assert picker is not None
    await scene.until(lambda: picker.options is not None or picker.trouble, "the list")


async def asked(scene: Scene, text: str = "How many rides?") -> None:
    """From the dialog on: the question, and the end of its run."""
    await scene.keys("i")
    await scene.until(lambda: scene.main.pane == "composer", "the composer")
    await scene.type(text)
    await scene.keys("enter")
    await scene.until(lambda: scene.main.session is not None, "the session")
    await scene.until(lambda: not scene.session.running, "the end of the run")


def params(service: Background, action: str) -> dict[str, Any]:
    """What was asked of an action, once: objects are read."""
    (found,) = service.hub.asked(action)
    return {
        name: json.loads(value) if value[:1] in "{[" else value for name, value in found.items()
    }


# --- what arrives --------------------------------------------------------------------------------


async def test_every_field_arrives_at_the_service(tmp_path: Path) -> None:
    async with served(tmp_path) as (scene, service):
        await opened(scene)
        await to(scene, "mode")
        await scene.keys("right", "right", "right", "left")
        await write(scene, "sources", "db=rides,instance=7,tables=trips|docks")
        await scene.keys("enter")
        await scene.type("file=f-1")
        await scene.keys("enter")
        await to(scene, "language")
        await scene.keys("l", "l")
        await to(scene, "search")
        await scene.keys("space", "space")
        await to(scene, "plan_mode")
        await scene.keys("left")
        for name in ("plan", "sql", "human", "report"):
            await to(scene, f"skip {name}")
            await scene.keys("space")
        await write(scene, "params", "SessionConfig.KbUuidList=kb-1")
        await asked(scene)
        created, sent = (
            params(service, "CreateDataAgentSession"),
            params(service, "SendChatMessage"),
        )
    config = {
        "Mode": "ANALYSIS",
        "Language": "ENGLISH",
        "EnableSearch": False,
        "PlanMode": "force",
        "KbUuidList": ["kb-1"],
    }
    assert created["SessionConfig"] == config
    skips = ("SkipPlan", "SkipSqlConfirm", "SkipAskHuman", "SkipWebReportConfirm")
    assert sent["SessionConfig"] == {**config, **dict.fromkeys(skips, True)}
    assert sent["DataSources"] == [
        {
            "DataSourceType": "database",
            "DbName": "rides",
            "DmsInstanceId": "7",
            "Tables": ["trips", "docks"],
        },
        {"DataSourceType": "remote_data_center", "FileId": "f-1"},
    ]


async def test_any_other_mode_is_passed_on(tmp_path: Path) -> None:
    async with served(tmp_path) as (scene, service):
        await opened(scene)
        await write(scene, "mode", "ultra")
        assert "❯ ultra" in scene.text()
        await asked(scene)
        assert params(service, "CreateDataAgentSession")["SessionConfig"] == {"Mode": "ultra"}


async def test_custom_agents_and_workspaces_are_chosen_from_the_services_list(
    tmp_path: Path,
) -> None:
    agent, place = catalog.AGENTS[0], catalog.WORKSPACES[0]
    async with served(tmp_path) as (scene, service):
        await opened(scene)
        await to(scene, "custom_agent")
        await scene.keys("enter")
        await listed(scene)
        assert agent.name in scene.text()
        await scene.type(agent.name[:5].lower())
        await scene.keys("down", "up", "enter")
        assert page(scene).beginning.setup.custom_agent == agent.agent_id
        assert agent.name in scene.text()
        await to(scene, "workspace")
        await scene.keys("enter")
        await listed(scene)
        await scene.type(place.workspace_id)
        await scene.keys("enter")
        await asked(scene)
        created = params(service, "CreateDataAgentSession")
    assert created["SessionConfig"] == {"CustomAgentId": agent.agent_id}
    assert created["WorkspaceId"] == place.workspace_id


async def test_an_agent_that_asks_nothing_says_so(tmp_path: Path) -> None:
    bold = next(agent for agent in catalog.AGENTS if len(agent.switches) == 4)
    async with served(tmp_path) as (scene, _):
        await opened(scene)
        await to(scene, "custom_agent")
        await scene.keys("enter")
        await listed(scene)
        await scene.type(bold.name)
        await scene.keys("enter")
        assert "goes on by itself at: plan, statements, questions, report" in scene.text()


async def test_an_id_can_be_typed_where_there_is_no_list(tmp_path: Path) -> None:
    async with served(tmp_path, region="cn-hangzhou", profile="prod") as (scene, service):
        await opened(scene)
        await to(scene, "custom_agent")
        service.close()
        await scene.keys("enter")
        await listed(scene)
        picker = page(scene).picker
        assert picker is not None
        assert picker.trouble
        assert picker.trouble.split()[0] in scene.text()
        await scene.type("ca-typed")
        await scene.keys("enter")
        assert page(scene).beginning.setup.custom_agent == "ca-typed"


@pytest.mark.parametrize("service_name", ["das", "chat"])
async def test_the_other_agents_have_fields_of_their_own(tmp_path: Path, service_name: str) -> None:
    async with served(tmp_path, das_agent_id="agent-of-profile") as (scene, service):
        await opened(scene)
        while page(scene).beginning.service != service_name:
            await scene.keys("left")
        names = [field.name for field in page(scene).fields()]
        assert names[:2] == ["service", "agent_id"]
        assert ("params" in names) is (service_name == "chat")
        assert "agent-of-profile" in scene.text()
        await write(scene, "agent_id", "agent-7")
        if service_name == "chat":
            await write(scene, "params", 'ForwardedProps={"a": 1}')
        await asked(scene, "Why is rm-demoharbor01 slow?")
        assert scene.session.service == service_name
        action = "Chat" if service_name == "chat" else "GetDasAgentSSE"
        sent = params(service, action)
    assert sent["AgentId"] == "agent-7"
    if service_name == "chat":
        assert sent["ForwardedProps"] == {"a": 1}


# --- what is remembered and shown ----------------------------------------------------------------


async def test_it_is_remembered_by_profile_and_shown_above_the_composer(tmp_path: Path) -> None:
    async with served(tmp_path) as (scene, _):
        await opened(scene)
        await to(scene, "mode")
        await scene.keys("right", "right")
        await write(scene, "sources", "rides")
        await to(scene, "skip sql")
        await scene.keys("space")
        assert "This profile is production" in scene.text()
        await scene.keys("i")
        head = scene.text("head")
        assert [word in head for word in ("New question", "sql unasked", "ANALYSIS", "rides")] == [
            True
        ] * 4
        await scene.keys("escape", "q")
    async with served(tmp_path) as (scene, _):
        await scene.keys("ctrl+n")
        while scene.main.new_question != "dms":
            await scene.keys("tab")
        await scene.until(lambda: "ANALYSIS" in scene.text("head"), "what was set up")
    async with served(tmp_path, profile="other") as (scene, _):
        dialog = await opened(scene)
        assert not dialog.beginning.setup


async def test_a_question_asked_at_once_goes_with_what_was_set_up(tmp_path: Path) -> None:
    async with served(tmp_path) as (scene, _):
        await opened(scene)
        await to(scene, "mode")
        await scene.keys("right")
        await scene.keys("i", "escape", "q")
    async with served(tmp_path) as (scene, service):
        scene.main.begin_question("dms")
        scene.main._begun.clear()
        await scene.until(lambda: scene.main.editor is not None, "the composer")
        await scene.type("How many?")
        await scene.keys("enter")
        await scene.until(lambda: scene.main.session is not None, "the session")
        await scene.until(lambda: not scene.session.running, "the end")
        assert params(service, "CreateDataAgentSession")["SessionConfig"] == {"Mode": "ASK_DATA"}


async def test_esc_changes_nothing_and_the_draft_stays(tmp_path: Path) -> None:
    async with served(tmp_path) as (scene, service):
        await scene.keys("ctrl+n")
        while scene.main.new_question != "dms":
            await scene.keys("tab")
        await scene.type("half a question")
        await scene.keys("ctrl+t")
        await scene.until(lambda: isinstance(scene.app.screen, NewSessionPage), "the dialog")
        await to(scene, "mode")
        await scene.keys("right", "escape")
        assert scene.main.beginning.setup.mode == ""
        await scene.until(lambda: scene.main.pane == "composer", "the composer")
        assert scene.main.editor is not None
        assert scene.main.editor.text == "half a question"
        assert not service.hub.asked("CreateDataAgentSession")


async def test_a_session_that_has_begun_is_not_set_up_again(tmp_path: Path) -> None:
    async with served(tmp_path) as (scene, _):
        await opened(scene)
        await asked(scene)
        await scene.keys("i", "ctrl+t")
        assert scene.app.screen is scene.main
        assert "has begun" in scene.text("status")


# --- the form ------------------------------------------------------------------------------------


async def test_what_cannot_be_read_is_said_and_kept_for_mending(tmp_path: Path) -> None:
    async with served(tmp_path) as (scene, _):
        await opened(scene)
        await write(scene, "sources", "db=rides,nme=x")
        assert "'nme' is none of" in scene.text()
        assert page(scene).line is not None
        await scene.keys("ctrl+u")
        await scene.type("rides")
        await scene.keys("enter")
        assert "is none of" not in scene.text()
        assert page(scene).beginning.setup.sources == (
            {"DataSourceType": "database", "DbName": "rides"},
        )
        await write(scene, "params", "Frobnicate=1")
        assert "Frobnicate" in scene.text()
        await scene.keys("escape")
        assert page(scene).line is None
        assert not page(scene).errors


async def test_rows_of_a_list_are_pasted_changed_and_removed(tmp_path: Path) -> None:
    async with served(tmp_path) as (scene, _):
        await opened(scene)
        await to(scene, "sources")
        await scene.keys("enter")
        page(scene).post_message(Paste("rides\n订单库\norders"))
        await scene.until(lambda: page(scene).line is not None and "orders" in scene.text(), "it")
        await scene.keys("enter")
        field = page(scene).fields()[2]
        assert isinstance(field, ListField)
        assert field.values == ("rides", "订单库", "orders")
        await to(scene, "sources")
        await scene.keys("j", "x", "enter")
        await scene.keys("end", "2", "enter")
        field = page(scene).fields()[2]
        assert isinstance(field, ListField)
        assert field.values == ("rides", "orders2")


async def test_what_an_input_method_makes_is_taken(tmp_path: Path) -> None:
    """Committed text arrives as characters without a key name; the caret of the terminal stands
    where it goes in."""
    async with served(tmp_path) as (scene, _):
        await opened(scene)
        await to(scene, "sources")
        await scene.keys("enter")
        x, y = scene.app.cursor_position
        await scene.keys("订", "单")
        assert scene.app.cursor_position == (x + 4, y)
        await scene.keys("enter")
        assert page(scene).beginning.setup.sources[0]["DbName"] == "订单"


async def test_letters_are_no_keys_while_one_writes(tmp_path: Path) -> None:
    async with served(tmp_path) as (scene, _):
        await opened(scene)
        await write(scene, "sources", "jkiqx")
        assert page(scene).beginning.setup.sources[0]["DbName"] == "jkiqx"


@pytest.mark.parametrize("size", [(40, 15), (50, 12), (80, 24), (120, 36), (200, 50)], ids=str)
@pytest.mark.parametrize("look", [{}, {"ascii": True, "theme": "das-ansi"}], ids=["full", "ascii"])
async def test_every_field_can_be_reached_and_seen(
    tmp_path: Path, size: tuple[int, int], look: dict[str, Any]
) -> None:
    async with served(tmp_path, size=size, look=look) as (scene, _):
        dialog = await opened(scene)
        for _ in dialog.fields():
            field = page(scene).here
            assert (field.label or "")[:10] in scene.text()
            await scene.keys("tab")
        assert page(scene).here.name == "write"
        await scene.keys("enter")
        assert scene.main.pane == "composer"

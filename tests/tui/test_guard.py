"""The guard in front of a statement, in the app: what is seen before it can be sent."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from das_tui.domain.risk import classify
from das_tui.domain.session import State
from das_tui.domain.setup import SessionSetup, parse_source
from das_tui.tui.options import LiveRun
from das_tui.view.ages import clock
from tests.driving import demo
from tests.tui.served import served

WAITS = "晚点包裹 三月"
ROUTES = LiveRun("dms", "What do our routes cost per parcel?", "Route costs", "parcel_depot")


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (40, 15)])
async def test_all_of_a_write_is_seen_before_it_runs(tmp_path: Path, size: tuple[int, int]) -> None:
    async with demo(tmp_path, size=size) as scene:
        await scene.open(WAITS)
        await scene.answerable()
        ask = scene.overview.ask
        assert ask is not None
        assert not classify(ask.sql).harmless
        seen: list[str] = []
        for _ in range(40):
            shown = scene.text("dock")
            assert " WRITE " in shown
            assert "parcel_depot" in shown
            assert "on rm-demoparcel02" in shown
            assert "demo" in shown
            assert "later" in shown
            seen += scene.text("dock").split()
            state = scene.main.dock
            assert state is not None
            if state.seen:
                break
            assert scene.text("footer").split()[:2] == ["space", "b"], "what leads to the rest"
            await scene.keys("y")
            assert state.stage == "ask", "what was not read is not run"
            before, window = state.scroll, state.window
            await scene.keys("space")
            assert 0 < state.scroll - before <= window, "no line is passed over"
        assert set(ask.sql.split()) <= set(seen)
        await scene.keys("y")
        state = scene.main.dock
        assert state is not None
        assert state.stage == "type"
        assert state.word == "rm-demoparcel02"
        await scene.keys("enter")
        assert "not sent" in scene.main.message
        assert scene.main.dock is not None
        await scene.type("parcel_depot")
        await scene.keys("enter")
        assert "not sent" in scene.main.message, "the database is not the word"
        await scene.keys("ctrl+u")
        await scene.type("rm-demoparcel02")
        await scene.keys("enter")
        await scene.until(lambda: scene.main.dock is None, "the statement to run")


async def test_what_is_begun_with_a_data_source_is_guarded_by_its_instance(tmp_path: Path) -> None:
    async with served(tmp_path) as (scene, _):
        main = scene.main
        assert main.engine is not None
        question = "Shift the March promises of North Quay by one day, closed on the 12th."
        for source in ("db=parcel_depot,instance=rm-demoparcel02", "parcel_depot"):
            setup = SessionSetup(sources=(parse_source(source),))
            main.engine.ask(question, service="dms", title=source, setup=setup)
            await scene.open(source)
            await scene.answerable()
            state = main.dock
            assert state is not None
            shown = scene.text("dock")
            assert "in parcel_depot" in shown
            if "instance" in source:
                assert "on rm-demoparcel02" in shown
                assert state.word == "rm-demoparcel02"
            else:
                assert "instance unknown" in shown
                assert state.word == "write"
            assert f"then type {state.word}" in shown


async def test_what_waits_while_nothing_is_live_says_since_when(tmp_path: Path) -> None:
    async with demo(tmp_path) as scene:
        main = scene.main
        await scene.open(WAITS)
        await scene.answerable()
        assert not main.desk.any_running()
        since = clock(scene.session.since)
        longest = clock(min(session.since for session in main.desk.waiting()))
        assert f"waits since {since}" in scene.text("dock")
        assert f"needs you  since {since}" in scene.text("status")
        assert f"since {longest}" in scene.text("sidebar").split("\n")[1]
        painted = scene.text()
        began = main.now()
        main.now = lambda: began + 1200
        main.repaint()
        await scene.pilot.pause()
        ages = re.compile(r"\d+[mh]\b")
        assert ages.sub("", scene.text()).split() == ages.sub("", painted).split()


async def test_timers_of_what_waits_run_with_a_live_run_and_end_with_it(tmp_path: Path) -> None:
    async with demo(tmp_path, speed=4, runs=[ROUTES]) as scene:
        main = scene.main
        await scene.until(main.desk.any_running, "the run")
        await scene.open(WAITS)
        await scene.answerable()
        assert "waiting " in scene.text("dock")
        assert "stopped here " in scene.text("status")
        await scene.until(lambda: not main.desk.any_running(), "the end of the run")
        await scene.until(lambda: "waits since" in scene.text("dock"), "the time of day")
        assert "stopped here" not in scene.text("status")


async def test_what_waits_can_be_cancelled(tmp_path: Path) -> None:
    async with demo(tmp_path) as scene:
        main = scene.main
        await scene.open(WAITS)
        await scene.answerable()
        await scene.keys("ctrl+c")
        assert main.dock is not None
        assert main.dock.kind == "stop"
        assert "Cancel this run?" in scene.text("dock")
        assert scene.text("footer").split()[:3] == ["y", "cancel", "it"]
        await scene.keys("escape")
        assert main.dock is not None
        assert main.dock.kind == "ask", "the question is back"
        assert scene.session.state is State.NEEDS_INPUT
        await scene.keys("ctrl+c", "y")
        await scene.until(lambda: scene.session.state is State.CANCELLED, "chat_canceled")
        assert main.dock is None
        await scene.keys("ctrl+c")
        assert "q quits" in scene.text("status")


async def test_a_follow_up_is_no_answer_before_one_says_so(tmp_path: Path) -> None:
    async with served(tmp_path) as (scene, _):
        main = scene.main
        assert main.engine is not None
        main.engine.ask("Which ten teas sell best?", service="dms", title="Teas")
        await scene.open("Teas")
        await scene.until(lambda: scene.session.state is State.FINISHED, "the answer")
        await scene.keys("i")
        await scene.type("and by shop")
        key = scene.session.key
        nights = "Plan the night moves so that no station starts empty."
        main.engine.ask(nights, service="dms", key=key)
        await scene.until(lambda: scene.session.state is State.NEEDS_INPUT, "the ask")
        await scene.until(lambda: "the agent asks" in main.message, "a word about it")
        await scene.keys("enter")
        assert scene.session.state is State.NEEDS_INPUT
        assert "enter again answers" in main.message
        assert main.pane == "composer"
        assert main.editor is not None
        assert main.editor.text == "and by shop"
        assert "answer" in scene.text("footer")
        await scene.keys("escape")
        assert main.dock is not None
        assert main.dock.kind == "ask"
        assert main.drafts[key] == "and by shop"


async def test_a_profile_that_only_reads_says_so_before_one_tries(tmp_path: Path) -> None:
    async with served(tmp_path, read_only=True) as (scene, _):
        assert "read-only" in scene.text("status")
        scene.main._close_editor()
        scene.main.repaint()
        await scene.pilot.pause()
        assert "only reads" in scene.text("composer")


async def test_a_profile_that_only_reads_answers_nothing(tmp_path: Path) -> None:
    async with demo(tmp_path) as scene:
        main = scene.main
        assert main.options.account is not None
        account = replace(main.options.account, read_only=True)
        main.options = replace(main.options, account=account)
        await scene.open(WAITS)
        await scene.answerable()
        for key in ("y", "A", "n", "e", "r"):
            await scene.keys(key)
            assert "only reads" in main.message
            assert main.dock is not None
            assert main.pane == "dock"

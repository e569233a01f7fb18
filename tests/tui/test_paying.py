"""What is paid by the character, in the app: costs, a budget that asks first, the queue."""

import time
from pathlib import Path

from das_tui.demo.config import ServiceConfig
from das_tui.demo.serve import Background
from das_tui.domain.session import State
from tests.driving import Scene
from tests.tui.served import KEYS, served

QUESTION = "Why is the CPU of rm-demoharbor01 at 97 %?"


async def ask(scene: Scene, text: str) -> None:
    """A new DAS question by keys."""
    await scene.keys("ctrl+n")
    while scene.main.new_question != "das":
        await scene.keys("tab")
    await scene.type(text)
    await scene.keys("enter")


async def guarded(scene: Scene, kind: str) -> None:
    """Wait until a dock can be answered."""
    await scene.until(lambda: scene.main.dock is not None and scene.main.dock.kind == kind, kind)
    dock = scene.main.dock
    assert dock is not None
    await scene.until(lambda: time.monotonic() - dock.since > 0.35, "the guard to pass")


async def test_an_answer_shows_what_it_cost(tmp_path: Path) -> None:
    async with served(tmp_path, price_per_char=0.001) as (scene, _):
        await ask(scene, QUESTION)
        await scene.until(
            lambda: scene.main.session is not None and scene.session.state is State.FINISHED,
            "the answer",
        )
        cost = scene.session.chars * 0.001
        await scene.until(lambda: f"{cost:.2f} USD" in scene.text("panel"), "the cost")
        assert f"{cost:.2f} USD" in scene.text("status")
        assert f"{scene.session.chars:,}" in scene.text("status")
        panel = scene.text("panel")
        assert "today" in panel
        assert "month" in panel
        assert f"{cost:.2f} USD" in scene.text("sidebar")


async def test_a_question_over_the_budget_asks_first(tmp_path: Path) -> None:
    async with served(tmp_path, price_per_char=0.001, budget=0.5) as (scene, service):
        await ask(scene, QUESTION)
        await guarded(scene, "budget")
        assert service.hub.asked("GetDasAgentSSE") == []
        assert "may pass the budget" in scene.text("dock")
        assert "0.50 USD" in scene.text("dock")
        await scene.keys("escape")
        assert scene.main.editor is not None
        assert scene.main.editor.text == QUESTION
        assert "nothing was sent" in scene.text("status")
        assert scene.main.desk.sessions == {}
        await scene.keys("enter")
        await guarded(scene, "budget")
        await scene.keys("y")
        await scene.until(
            lambda: scene.main.session is not None and scene.session.state is State.FINISHED,
            "the answer",
        )
        assert len(service.hub.asked("GetDasAgentSSE")) == 1


async def test_the_budget_takes_no_key_that_was_meant_for_something_else(tmp_path: Path) -> None:
    async with served(tmp_path, price_per_char=0.001, budget=0.5) as (scene, service):
        await ask(scene, QUESTION)
        await scene.until(
            lambda: scene.main.dock is not None and scene.main.dock.kind == "budget", "the dock"
        )
        dock = scene.main.dock
        assert dock is not None
        dock.since = time.monotonic()
        await scene.keys("y")
        assert scene.main.dock is dock
        assert service.hub.asked("GetDasAgentSSE") == []


async def test_questions_wait_in_a_line_and_can_be_taken_back(tmp_path: Path) -> None:
    slow = Background(ServiceConfig(speed=0.2, **KEYS))
    with slow as service:
        async with served(tmp_path, service, price_per_char=0.001) as (scene, _):
            await ask(scene, QUESTION)
            await scene.until(
                lambda: scene.main.session is not None and scene.session.state is State.LIVE,
                "the first answer",
            )
            first = scene.main.open_key
            await scene.keys("i")
            await scene.type("and what then?")
            await scene.keys("enter")
            await scene.until(lambda: len(scene.main.desk.queue()) == 1, "the follow-up in line")
            assert "1 queued" in scene.text("status")
            await ask(scene, "Is rm-demoharbor01 out of disk?")
            await scene.until(lambda: len(scene.main.desk.queue()) == 2, "two in line")
            await scene.until(lambda: scene.main.open_key not in {"", first}, "the new session")
            assert scene.session.state is State.QUEUED
            assert "queued" in scene.text("status")
            await scene.keys("Q")
            assert "Questions in the queue" in scene.text("menu")
            assert "and what then?" in scene.text("menu")
            await scene.keys("w")
            await scene.until(lambda: len(scene.main.desk.queue()) == 1, "one taken back")
            assert scene.main.open_key == first
            assert scene.main.editor is not None
            assert scene.main.editor.text == "and what then?"
            await scene.keys("escape", "Q", "j", "enter")
            assert scene.session.state is State.QUEUED
            assert len(service.hub.asked("GetDasAgentSSE")) == 1


async def test_with_nothing_in_line_that_is_said(tmp_path: Path) -> None:
    async with served(tmp_path) as (scene, _):
        await scene.keys("Q")
        assert "no question waits" in scene.text("status")


async def test_asking_again_what_was_stopped_says_that_it_is_paid(tmp_path: Path) -> None:
    with Background(ServiceConfig(speed=2.0, **KEYS)) as service:
        await _stop_and_ask_again(tmp_path, service)


async def _stop_and_ask_again(folder: Path, service: Background) -> None:
    async with served(folder, service, price_per_char=0.001) as (scene, _):
        await ask(scene, QUESTION)
        await scene.until(lambda: scene.main.session is not None and scene.session.running, "a run")
        await scene.keys("escape", "ctrl+c")
        await guarded(scene, "stop")
        await scene.keys("y")
        await scene.until(lambda: scene.session.state is State.CANCELLED, "the stop")
        await scene.keys("r")
        assert scene.main.pane == "composer"
        assert "a new paid question" in scene.main.message
        assert scene.main.briefer == ("enter pays for a new question",)

"""What was typed is what is sent, however close together the keys come."""

from pathlib import Path

import pytest
from textual.events import Key

from tests.driving import Scene
from tests.tui.served import served

WORDS = "What fills the disk of rm-bp1demo?"


def burst(scene: Scene, *keys: str) -> None:
    """Keys that stand in the queue of the app before the first of them is looked at."""
    for key in keys:
        name = "space" if key == " " else key
        character = key if len(key) == 1 else {"enter": "\r"}.get(key)
        scene.app.post_message(Key(name, character))


@pytest.mark.parametrize("trial", range(6))
async def test_enter_does_not_overtake_letters(tmp_path: Path, trial: int) -> None:
    async with served(tmp_path) as (scene, service):
        await scene.keys("ctrl+n")
        while scene.main.new_question != "das":
            await scene.keys("tab")
        burst(scene, *WORDS, *("x" * trial), *(["backspace"] * trial), "enter")
        await scene.until(lambda: service.hub.asked("GetDasAgentSSE"), "the question to leave")
        assert [asked["Query"] for asked in service.hub.asked("GetDasAgentSSE")] == [WORDS]


async def test_a_line_break_stands_where_it_was_typed(tmp_path: Path) -> None:
    async with served(tmp_path) as (scene, _):
        await scene.keys("ctrl+n")
        burst(scene, *"one", "ctrl+j", *"two", "up", *"s")
        await scene.until(
            lambda: scene.main.editor is not None and "two" in scene.main.editor.text, "the words"
        )
        await scene.until(
            lambda: scene.main.editor is not None and scene.main.editor.text == "ones\ntwo",
            "the letter in the first line",
        )


async def test_what_is_long_is_told_in_a_dock(tmp_path: Path) -> None:
    async with served(tmp_path, size=(80, 24), read_only=True) as (scene, service):
        await scene.keys("ctrl+n")
        await scene.type("may I?")
        await scene.keys("enter")
        await scene.until(lambda: scene.main.dock is not None, "the dock")
        assert "read_only = false" in scene.text("menu")
        assert service.hub.asked("GetDasAgentSSE") == []
        await scene.keys("escape")
        assert scene.main.dock is None

"""The main screen under a page: it is not painted, nothing counts as seen, and nothing is lost."""

import re
from pathlib import Path

import pytest

from das_tui.domain.session import State
from das_tui.tui.widgets.pane import Pane
from tests.driving import Scene, demo

SIZES = [(120, 36), (80, 24), (40, 15)]


def painted(monkeypatch: pytest.MonkeyPatch, scene: Scene) -> list[str]:
    """The panes of the main screen that are painted from now on, by name."""
    names: list[str] = []
    show = Pane.show

    def noted(self: Pane, *args: object, **more: object) -> None:
        if self.screen is scene.main:
            names.append(self.id or "")
        show(self, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Pane, "show", noted)
    return names


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_a_covered_screen_is_painted_when_it_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    async with demo(tmp_path, size=size, speed=3) as scene:
        await scene.open("Weekly report")
        main = scene.main
        await scene.keys("i")
        await scene.type("Which ten stations are empty most often?")
        await scene.keys("enter")
        await scene.until(lambda: scene.session.running, "the run")
        await scene.keys("question_mark")
        assert scene.app.screen is not main
        names = painted(monkeypatch, scene)
        transcript = main.desk.transcript(main.open_key)
        assert transcript is not None
        looked, count = main.looked_at(main.open_key), len(transcript)
        await scene.until(lambda: scene.session.state is State.NEEDS_INPUT, "an ask")
        assert names == []
        assert len(transcript) > count
        assert main.looked_at(main.open_key) == looked, "nobody looked"
        assert re.search(r"\d need(s)? you" if size[0] >= 80 else r" \d\?", scene.text())
        await scene.keys("escape")
        await scene.until(lambda: scene.app.screen is main, "the page to go")
        assert {"transcript", "status"} <= set(names)
        assert main.looked_at(main.open_key) > looked
        assert "waits" in scene.text() or "waiting" in scene.text()


async def test_a_new_size_under_a_page_holds_when_it_goes(tmp_path: Path) -> None:
    async with demo(tmp_path, size=(120, 36), speed=100) as scene:
        await scene.open("Weekly report")
        await scene.keys("question_mark")
        await scene.pilot.resize_terminal(40, 15)
        await scene.until(lambda: scene.app.screen.size.width == 40, "the new size")
        await scene.keys("escape")
        await scene.until(lambda: scene.app.screen is scene.main, "the page to go")
        await scene.pilot.pause()
        assert scene.main._layout.columns == 1
        lines = scene.text().split("\n")
        assert all(len(line) <= 40 for line in lines)
        assert "Weekly report" in lines[0]

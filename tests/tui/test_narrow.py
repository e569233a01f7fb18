"""One pane at a time: each says that somebody waits, and tab leads to what is seen."""

from pathlib import Path

import pytest

from tests.driving import demo

LOW = [(40, 10), (40, 11), (40, 15)]


@pytest.mark.parametrize("size", LOW, ids=str)
async def test_each_pane_has_the_badge(tmp_path: Path, size: tuple[int, int]) -> None:
    async with demo(tmp_path, size=size) as scene:
        await scene.open("Weekly report")
        count = len(scene.main.desk.waiting())
        assert count == 2
        assert f" {count}? " in scene.text("head")
        await scene.keys("p")
        assert scene.main.pane == "panel"
        top, *rest = scene.text().split("\n")
        assert top.startswith(f" {count}?  Weekly report")
        assert rest[0].split()[:2] == ["Plan", "3"]
        assert all(len(line) <= size[0] for line in rest)
        await scene.keys("tab")
        assert f" {count} need you " in scene.text().split("\n")[1]


@pytest.mark.parametrize("size", LOW, ids=str)
async def test_tab_leads_from_an_ask_to_the_other_panes_and_back(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with demo(tmp_path, size=size) as scene:
        await scene.open("Rebalance plan")
        await scene.answerable()
        asked = scene.text()
        assert "Run this plan?" in asked
        await scene.keys("tab")
        assert scene.main.pane == "panel"
        assert "Run this plan?" not in scene.text()
        assert "Plan" in scene.text().split("\n")[1]
        await scene.keys("tab")
        assert scene.main.pane == "sidebar"
        assert "harbor_bikes" in scene.text()
        await scene.keys("tab")
        assert scene.main.pane == "dock"
        assert "Run this plan?" in scene.text()


@pytest.mark.parametrize("theme", ["das-dark", "das-ansi"])
async def test_a_pane_alone_has_no_rule_at_its_side(tmp_path: Path, theme: str) -> None:
    async with demo(tmp_path, size=(40, 15), theme=theme) as scene:
        await scene.open("Weekly report")
        await scene.keys("p", "J")
        assert scene.main.glyphs.pane_rule not in scene.text()


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (40, 15)], ids=str)
async def test_a_step_that_waits_shows_no_time_that_stands_still(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with demo(tmp_path, size=size) as scene:
        await scene.open("晚点包裹 三月")
        await scene.answerable()
        await scene.keys("escape")
        if size[0] < 120:
            await scene.keys("p")
        assert scene.main._layout.rects["panel"]
        line = next(line for line in scene.text("panel").split("\n") if "Shift promises" in line)
        assert not scene.main.ticks
        assert line.split()[:1] == ["?"], line
        assert ":" not in line


async def test_what_stands_in_the_line_to_write_in_is_cut_visibly(tmp_path: Path) -> None:
    async with demo(tmp_path, size=(40, 15)) as scene:
        await scene.open("Deadlock 07:52")
        words = scene.text("composer").strip()
        assert words.endswith(scene.main.glyphs.ellipsis), words
        assert "a das answer is paid by" in words

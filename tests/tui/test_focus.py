"""An approval that arrives while the operator reads: what may take the keys, and what may not."""

from pathlib import Path

import pytest

from das_tui.tui.options import LiveRun
from tests.driving import Scene, demo
from tests.tui.test_app import ROUTES

SIZES = [(120, 36), (80, 24), (40, 15)]
TITLE = "Rebalance plan"


async def arrives(scene: Scene) -> None:
    """The ask of the open session comes as if it had come at this moment."""
    main = scene.main
    main._follow_ask({})
    main.repaint()
    await scene.pilot.pause()


async def waiting(scene: Scene) -> None:
    """The session that waits is open and loaded, its dock not up yet."""
    main = scene.main
    await scene.open(TITLE)
    await scene.answerable()
    await scene.keys("escape")
    main.put_aside.clear()
    main.say("")
    assert main.dock is None


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize(
    "keys",
    [("g",), ("K",), ("g", "v", "j"), ("v",), ("slash", "b", "enter")],
    ids=" ".join,
)
async def test_who_reads_or_selects_keeps_the_keys_and_the_rows(
    tmp_path: Path, size: tuple[int, int], keys: tuple[str, ...]
) -> None:
    async with demo(tmp_path, size=size) as scene:
        main = scene.main
        await waiting(scene)
        await scene.keys(*keys)
        rows, footer = scene.text("transcript"), scene.text("footer")
        await arrives(scene)
        assert main.dock is not None
        assert (main.pane, main.dock.aside) == ("transcript", True)
        assert scene.text("transcript") == rows, "no row moves, none is covered"
        assert "plan?" in scene.text("dock")
        assert "a answers" in scene.text("dock")
        assert scene.text("footer") == footer
        await scene.keys("y")
        assert scene.overview.ask is not None
        assert main.answering == set(), "y copies"
        assert main.dock.aside


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("key", ["a", "tab", "r"])
async def test_a_key_takes_the_dock_that_stands_aside(
    tmp_path: Path, size: tuple[int, int], key: str
) -> None:
    async with demo(tmp_path, size=size) as scene:
        main = scene.main
        await waiting(scene)
        await scene.keys("g")
        await arrives(scene)
        dock = main.dock
        assert dock is not None
        dock.since = 0.0
        opened = main.open_key
        await scene.keys(key)
        assert (main.open_key, main.pane, main.dock) == (opened, "dock", dock)
        assert not dock.aside
        assert dock.since > 0.0, "its keys wait, it appeared just now"
        assert "Run this plan?" in scene.text("dock")
        assert "a answers" not in scene.text("dock")


async def test_another_pane_keeps_the_keys(tmp_path: Path) -> None:
    async with demo(tmp_path) as scene:
        await waiting(scene)
        await scene.keys("tab")
        pane = scene.main.pane
        assert pane != "transcript"
        await arrives(scene)
        assert scene.main.dock is not None
        assert (scene.main.pane, scene.main.dock.aside) == (pane, True)


async def test_what_is_written_has_the_place_of_the_dock(tmp_path: Path) -> None:
    async with demo(tmp_path) as scene:
        await waiting(scene)
        await scene.keys("g")
        await arrives(scene)
        await scene.keys("i")
        assert "composer" in scene.main._layout.rects
        await scene.keys("escape")
        assert scene.main.dock is not None
        assert (scene.main.pane, scene.main.dock.aside) == ("transcript", True)


async def test_who_follows_the_end_is_asked_at_once(tmp_path: Path) -> None:
    async with demo(tmp_path) as scene:
        await waiting(scene)
        await arrives(scene)
        assert scene.main.dock is not None
        assert (scene.main.pane, scene.main.dock.aside) == ("dock", False)


async def test_a_dock_without_the_focus_says_what_brings_it(tmp_path: Path) -> None:
    async with demo(tmp_path) as scene:
        await scene.open(TITLE)
        await scene.answerable()
        assert "a answers" not in scene.text("dock")
        while scene.main.pane != "transcript":
            await scene.keys("tab")
        assert "a answers" in scene.text("dock")
        opened = scene.main.open_key
        await scene.keys("a")
        assert (scene.main.pane, scene.main.open_key) == ("dock", opened)


@pytest.mark.parametrize("size", [(80, 24), (100, 30)], ids=str)
async def test_the_text_stands_beside_the_plan(tmp_path: Path, size: tuple[int, int]) -> None:
    async with demo(tmp_path, size=size) as scene:
        await scene.open("Weekly report")
        await scene.keys("p")
        rects = scene.main._layout.rects
        text, panel = rects["transcript"], rects["panel"]
        assert text.x + text.width == panel.x
        assert scene.main.reader is not None
        assert scene.main.reader.transcript.spec.width == text.width
        await scene.keys("escape")
        assert "panel" not in scene.main._layout.rects
        assert "sidebar" in scene.main._layout.rects


async def test_the_sidebar_counts_what_the_line_counts(tmp_path: Path) -> None:
    async with demo(tmp_path) as scene:
        main = scene.main
        await scene.until(lambda: main.ready, "the stored sessions")
        key = next(s.key for s in main.desk.sessions.values() if s.title == "Revenue 24/25")
        told: list[int] = []
        for level in (10, 20):
            main._threshold(level)
            await scene.pilot.pause()
            told.append(main.desk.sessions[key].unread_at(level))
            line = next(one for one in scene.text("sidebar").split("\n") if "Revenue" in one)
            assert f" {told[-1]} " in line
        assert told[0] > told[1] > 0
        await scene.open("Revenue 24/25")
        reader = main.reader
        assert reader is not None
        for level, count in zip((20, 10), told[::-1], strict=True):
            main._threshold(level)
            lines = reader.transcript.rows(0, 10_000)
            (rule,) = [line.row.text for line in lines if line.kind == "rule"]
            assert f" {count} new " in rule


async def test_what_was_watched_is_not_new(tmp_path: Path) -> None:
    runs: list[LiveRun] = [ROUTES]
    async with demo(tmp_path, speed=3, runs=runs) as scene:
        main = scene.main
        await scene.open("Route costs")
        await scene.until(lambda: main.reader and len(main.reader.transcript) > 3, "some blocks")
        await scene.keys("left_square_bracket", "right_square_bracket")
        reader = main.reader
        assert reader is not None
        transcript = reader.transcript
        first = len(transcript)
        transcript.set_unread(2, 0.0)

        def told() -> int:
            lines = transcript.rows(0, 10_000)
            return int(next(line.row.text for line in lines if line.kind == "rule").split()[0])

        count = told()
        await scene.until(lambda: len(transcript) >= first + 3, "more blocks")
        main.flush()
        main.repaint()
        assert told() == count
        main.app.app_focus = False
        before = len(transcript)
        await scene.until(lambda: len(transcript) >= before + 3, "blocks nobody saw")
        main.repaint()
        assert told() > count

"""Plan pane, timeline, compare and the usual silence by keys."""

import contextlib
import re
from pathlib import Path

import pytest

from das_tui.domain.blocks import StepRule, Tool
from das_tui.run.usual import Silences
from das_tui.tui.options import LiveRun
from das_tui.tui.screens.compare import ComparePage
from das_tui.tui.screens.main import MainScreen
from das_tui.tui.screens.timeline import TimelinePage
from das_tui.view import compare as compare_view
from das_tui.view.course import Kind
from tests.driving import Scene, demo, options, playing
from tests.run import test_shelving
from tests.tongues import ASCII, SIZES
from tests.tui.reading import Reading, reading
from tests.tui.test_finding import command

BIKES = LiveRun("dms", "Why do riders find empty stations?", "Empty stations", "harbor_bikes")


def stored(
    folder: Path, size: tuple[int, int] = (120, 36), **more: object
) -> "contextlib.AbstractAsyncContextManager[Reading]":
    return reading(folder, "Weekly report", size, ASCII, **{"ascii": False, **more})


def timeline(scene: Scene) -> TimelinePage:
    page = scene.app.screen
    assert isinstance(page, TimelinePage)
    return page


def comparing(scene: Scene) -> ComparePage:
    page = scene.app.screen
    assert isinstance(page, ComparePage)
    return page


async def cursor_on(scene: Scene, kind: Kind) -> None:
    """Put the cursor on the last stretch of a kind."""
    page = timeline(scene)
    for at, line in enumerate(page.shown):
        if line.stretch is not None and line.stretch.kind is kind:
            page.cursor = at


# --- plan pane -----------------------------------------------------------------------------------


async def test_enter_on_a_step_goes_where_it_began_whatever_hides_it(tmp_path: Path) -> None:
    async with stored(tmp_path, level=60) as (scene, reader):
        transcript = reader.transcript
        steps = [
            block.index
            for block in map(transcript.block, range(len(transcript)))
            if isinstance(block.body, StepRule)
        ]
        assert not transcript.visible(steps[1])
        await scene.keys("tab", "j", "enter")
        assert scene.main.pane == "panel"
        assert reader.cursor == steps[1]
        assert transcript.visible(steps[1])
        assert "Availability" in scene.text("transcript")
        last = scene.text("panel").rstrip().splitlines()[-1]
        assert "began " in last, "when it began"
        await scene.keys("p")
        assert "Plan 3 of 3" not in scene.text()
        assert scene.main.pane == "transcript"


# --- timeline ------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("ascii_only", [False, True], ids=["utf-8", "ascii"])
async def test_the_timeline_of_a_turn(
    tmp_path: Path, size: tuple[int, int], ascii_only: bool
) -> None:
    async with stored(tmp_path, size=size, ascii=ascii_only) as (scene, reader):
        await scene.keys("t")
        page = timeline(scene)
        text = scene.text()
        assert "Timeline" in text
        assert "Rides" in text
        assert "0:35" in text, "the whole"
        glyphs = scene.main.glyphs
        assert glyphs.step_bar * 2 in text
        last = text.splitlines()[-2]
        below = "below" in last
        assert "2.1s" in last or (below and size[0] < 60), "the longest call"
        assert glyphs.ellipsis not in last, "nothing is cut for how many are below"
        tool = next(line.stretch for line in page.shown if line.depth and line.stretch)
        await scene.keys("g", "j", "j", "enter")
        assert scene.app.screen is scene.main
        assert reader.cursor == tool.block
        assert isinstance(reader.transcript.block(reader.cursor).body, Tool)


async def test_the_timeline_opens_what_a_threshold_hides(tmp_path: Path) -> None:
    async with stored(tmp_path, level=60) as (scene, reader):
        await scene.keys("t")
        await cursor_on(scene, Kind.TOOL)
        stretch = timeline(scene).shown[timeline(scene).cursor].stretch
        assert stretch is not None
        assert not reader.transcript.visible(stretch.block)
        await scene.keys("enter")
        assert reader.cursor == stretch.block
        assert reader.transcript.visible(stretch.block)


async def test_folding_zooming_and_leaving(tmp_path: Path) -> None:
    async with stored(tmp_path) as (scene, reader):
        spot = reader.spot
        await scene.keys("t")
        page = timeline(scene)
        whole = len(page.shown)
        await scene.keys("x")
        assert len(page.shown) == len(page.course.parts) < whole
        await scene.keys("g", "j", "l")
        assert len(page.shown) == len(page.course.parts) + 1
        await scene.keys("h")
        assert len(page.shown) == len(page.course.parts)
        await scene.keys("x")
        assert len(page.shown) == whole
        before = scene.text()
        await scene.keys("g", "j", "z")
        assert scene.text() != before
        assert page.zoom == page.course.parts[1].block
        await scene.keys("z", "i")
        assert re.search(r"(:\d\d){2} to \d\d(:\d\d){2}   1 call", scene.text().splitlines()[-2])
        await scene.keys("t")
        assert scene.app.screen is scene.main
        assert reader.spot == spot, "looking at it moves nothing"
        await command(scene, "timeline")
        assert isinstance(scene.app.screen, TimelinePage)
        await scene.keys("escape")
        assert scene.app.screen is scene.main


async def test_the_questions_of_a_session(tmp_path: Path) -> None:
    test_shelving.seed(tmp_path / "history.db", turns=4, calls=500)
    async with playing(options(None, tmp_path / "history.db", level=0)) as scene:
        await scene.until(lambda: scene.main.reader is not None, "the session")
        reader = scene.main.reader
        assert reader is not None
        await scene.until(lambda: reader.transcript.shelved > 1500, "it to be packed")
        await scene.keys("t")
        page = timeline(scene)
        assert (page.course.number, page.course.turns) == (4, 4)
        await scene.keys("left_curly_bracket")
        assert page.course.number == 3
        await scene.keys("tab")
        assert page.whole
        assert [line.stretch.number for line in page.shown if line.stretch] == [1, 2, 3, 4]
        assert page.cursor == 2, "the cursor is on the turn one comes from"
        assert "500" in scene.text(), "calls are counted without being read"
        await scene.keys("k", "tab")
        assert page.course.number == 2
        tool = next(line.stretch for line in page.shown if line.stretch)
        await scene.keys("enter")
        assert scene.app.screen is scene.main
        assert reader.transcript.shelved > tool.block, "it is on the shelf"
        assert reader.cursor == tool.block


async def test_a_live_run_grows_on_the_timeline(tmp_path: Path) -> None:
    async with demo(tmp_path, runs=[BIKES], speed=8) as scene:
        await scene.open("Empty stations")
        await scene.until(lambda: scene.overview.plan is not None, "the plan")
        await scene.until(lambda: scene.main.dock is not None, "the ask")
        assert scene.main.dock is not None
        await scene.keys("escape", "t")
        page = timeline(scene)
        await scene.until(
            lambda: any(s.stretch and s.stretch.kind is Kind.WAIT for s in page.shown), "the wait"
        )
        assert "waited for you" in scene.text()
        await scene.keys("escape", "a")
        await scene.answerable()
        await scene.keys("y")
        await scene.until(lambda: scene.overview.step, "the first step")
        scene.main.close_dock()
        await scene.keys("t")
        page = timeline(scene)
        lines, whole = len(page.shown), page.course.seconds
        await scene.until(lambda: len(page.shown) > lines, "more of the run")
        assert page.course.seconds > whole


# --- compare -------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_two_sessions_beside_each_other(tmp_path: Path, size: tuple[int, int]) -> None:
    async with stored(tmp_path, size=size) as (scene, _):
        await scene.keys("c")
        page = comparing(scene)
        assert page.picker is not None
        states = [option.about.find("  finished") for option in page.picker.options or ()]
        assert len({at for at in states if at >= 0}) == 1, "states stand below each other"
        if size[0] >= 80:
            assert f"  {page.picker.matches()[0].about}" in scene.text()
        await scene.type("ten teas")
        assert [option.label for option in page.picker.matches()] == ["Top ten teas"]
        await scene.keys("enter")
        await scene.until(lambda: page.shown, "the other session")
        text = scene.text()
        signs = {compare_view.sign(pair) for pair in page.shown}
        assert {"-", "+"} <= signs
        assert "Weekly" in text
        if size[0] >= compare_view.BESIDE:
            assert "Top ten teas" in text
        await scene.keys("tab")
        assert "Top ten teas" in scene.text()
        assert "differ" in scene.text().splitlines()[-2] or size[0] < 60
        other = page.keys_of[1]
        place = next(n for n, pair in enumerate(page.shown) if pair.left is None)
        page.cursor = place
        right = page.shown[place].right
        assert right is not None
        await scene.keys("enter")
        assert scene.app.screen is scene.main
        assert scene.main.open_key == other
        reader = scene.main.reader
        assert reader is not None
        assert reader.cursor == right.block


async def test_two_questions_of_one_session(tmp_path: Path) -> None:
    test_shelving.seed(tmp_path / "history.db", turns=3, calls=5)
    async with playing(options(None, tmp_path / "history.db", level=0)) as scene:
        await scene.until(lambda: scene.main.reader is not None, "the session")
        await scene.keys("c", "enter")
        page = comparing(scene)
        assert [course.number for course in page.courses if course] == [3, 2]
        assert page.keys_of[0] == page.keys_of[1]
        assert {compare_view.sign(pair) for pair in page.shown} == {" "}
        assert "no difference" in scene.text()
        await scene.keys("tab", "left_curly_bracket")
        assert [course.number for course in page.courses if course] == [3, 1]
        await scene.keys("n")
        assert "no later difference" in scene.text()
        await scene.keys("enter")
        reader = scene.main.reader
        assert reader is not None
        shown = reader.transcript.question_above(reader.cursor)
        assert shown is not None
        assert shown.index == 0


async def test_leaving_the_list_leaves_the_page(tmp_path: Path) -> None:
    async with stored(tmp_path) as (scene, _):
        await command(scene, "compare")
        assert isinstance(scene.app.screen, ComparePage)
        await scene.type("nothing is called this")
        assert "nothing matches" in scene.text()
        await scene.keys("enter", "escape")
        assert isinstance(scene.app.screen, MainScreen)


# --- silence -------------------------------------------------------------------------------------


async def test_a_silence_is_held_against_what_is_usual(tmp_path: Path) -> None:
    async with demo(tmp_path, runs=[BIKES], speed=0.5) as scene:
        await scene.open("Empty stations")
        await scene.until(lambda: scene.overview.last_at is not None, "the first event")
        found = Silences()
        for _ in range(3):
            found.add([], 12.0)
        main = scene.main
        heard = scene.overview.last_at or 0.0
        service = scene.session.service
        main._silences[service] = (heard + 48, found)
        main.now = lambda: heard + 3
        main.paint_status()
        assert "usual" not in scene.text("status")
        main.now = lambda: (scene.overview.last_at or 0.0) + 20
        main.paint_status()
        assert "quiet 0:20, usual 0:12" in scene.text("status")
        main.now = lambda: (scene.overview.last_at or 0.0) + 48
        main.paint_status()
        assert "quiet 0:48, usual 0:12" in scene.text("status")


async def test_stored_runs_are_asked_once_when_a_run_is_quiet(tmp_path: Path) -> None:
    async with demo(tmp_path, runs=[BIKES], speed=0.5) as scene:
        await scene.open("Empty stations")
        await scene.until(lambda: scene.overview.last_at is not None, "the first event")
        main = scene.main
        service = scene.session.service
        start = scene.overview.last_at or 0.0
        main.now = lambda: max(start, scene.overview.last_at or 0.0) + 3
        main.paint_status()
        await scene.until(lambda: main._silences.get(service, (0, None))[1], "what is usual")
        first = main._silences[service][1]
        assert first is not None
        assert first.of(scene.overview) is not None, "the stored sessions say something"
        main.paint_status()
        assert main._silences[service][1] is first

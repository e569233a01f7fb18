"""Any size, in any order: nothing crashes, nothing is cut off, and the place is kept."""

import random
from pathlib import Path

import pytest

from das_tui.domain.blocks import Answer, Block
from das_tui.tui.layout import Rect, arrange
from tests.driving import Scene, demo
from tests.tongues import Tongue
from tests.tui.reading import Stored

WIDTHS = range(30, 201)
HEIGHTS = range(8, 61)
EDGES = [30, 39, 40, 41, 79, 80, 81, 99, 100, 101, 119, 120, 121, 159, 160, 161, 200]


def meet(one: Rect, two: Rect) -> bool:
    return (
        one.x < two.x + two.width
        and two.x < one.x + one.width
        and one.y < two.y + two.height
        and two.y < one.y + one.height
    )


@pytest.mark.fixed(size="all of them", tongue="there is no text")
@pytest.mark.parametrize(
    "more",
    [
        {},
        {"dock": 9},
        {"dock": 99},
        {"dock": 9, "narrow": True},
        {"composer": 6},
        {"alone": True},
        {"panel": False},
        {"pane": "sidebar"},
        {"pane": "panel"},
    ],
)
def test_panes_share_every_size(more: dict[str, object]) -> None:
    for width in WIDTHS:
        for height in HEIGHTS:
            rects = list(arrange(width, height, **more).rects.items())  # type: ignore[arg-type]
            for at, (name, one) in enumerate(rects):
                where = (width, height, name, one)
                assert one.width > 0, where
                assert one.height >= 0, where
                assert one.x >= 0, where
                assert one.y >= 0, where
                assert one.x + one.width <= width, where
                assert one.y + one.height <= height, where
                assert not any(meet(one, two) for _, two in rects[at + 1 :]), where


def sizes(seed: int, count: int) -> list[tuple[int, int]]:
    dice = random.Random(seed)
    return [
        (dice.choice(EDGES) if dice.random() < 0.5 else dice.choice(WIDTHS), dice.choice(HEIGHTS))
        for _ in range(count)
    ]


async def resized(scene: Scene, size: tuple[int, int]) -> None:
    await scene.pilot.resize_terminal(*size)
    await scene.pilot.pause()
    lines = scene.text().split("\n")
    assert len(lines) == size[1]
    compositor = scene.app.screen._compositor
    for strip in compositor.render_strips(scene.app.size):
        assert strip.cell_length == size[0]


async def test_the_place_is_kept(stored: Stored, size: tuple[int, int], tongue: Tongue) -> None:
    seed = size[1] + tongue.ascii
    async with stored() as (scene, reader):
        await scene.keys("X", "X", "x", "g", *["J"] * (3 + 4 * (seed % 3)))
        assert not reader.following
        shown, cursor, spot = scene.text("transcript"), reader.cursor, reader.spot
        for shape in sizes(seed, 8):
            await resized(scene, shape)
            assert reader.cursor == cursor, shape
            assert reader.spot == spot, shape
            if "transcript" in scene.main._layout.rects:
                lines = reader.window(reader.height)
                first = (lines[0].block, lines[0].line)
                # The place itself stands at the top, or the end of the transcript or of what the
                # cursor is on at the bottom.
                at_end = reader.top_row + reader.height >= reader.transcript.height
                ends = lines[-1].block == cursor
                assert first == reader._top or at_end or ends, shape
                assert cursor in {line.block for line in lines}, shape
            else:
                assert "need" in scene.text(), shape
        await resized(scene, size)
        assert scene.text("transcript") == shown


async def test_the_words_of_a_long_answer_stay_at_the_top(
    stored: Stored, size: tuple[int, int], tongue: Tongue
) -> None:
    seed = size[0] + tongue.ascii
    text = "\n\n".join(f"Part {at} {tongue.prose} {tongue.prose}" for at in range(170))
    async with stored() as (scene, reader):
        reader.transcript.put(Block(len(reader.transcript), Answer(text), 50))
        scene.main.repaint()
        await scene.keys("G", *["b"] * 7)
        assert not reader.following
        reader.page(-90)
        while not (top := reader.window(reader.height)[0]).row.text.startswith("   Part "):
            reader.page(-1)
        scene.main.repaint()
        await scene.pilot.pause()
        shown, part = scene.text("transcript"), top.row.text[:12]
        assert top.line > 100, "within the answer"
        for key in "zz":
            await scene.keys(key)
            assert reader.window(reader.height)[0].row.text.startswith(part), key
        for shape in sizes(seed, 8):
            await resized(scene, shape)
            if "transcript" in scene.main._layout.rects:
                assert reader.window(reader.height)[0].row.text.startswith(part), shape
        await resized(scene, size)
        assert scene.text("transcript") == shown


@pytest.mark.fixed(size="all of them in turn", tongue="the built-in service speaks its own")
@pytest.mark.parametrize(
    ("title", "keys"),
    [
        ("晚点包裹 三月", []),
        ("Rebalance plan", []),
        ("Weekly report", ["i", *"why?", "ctrl+j", *"because"]),
        ("Weekly report", ["z"]),
        ("Weekly report", ["tab"]),
        ("Weekly report", ["p", "tab", "tab"]),
        ("Weekly report", ["L"]),
        ("Weekly report", ["slash", "w", "e"]),
        ("Weekly report", ["question_mark"]),
        ("Weekly report", ["ctrl+p"]),
        ("Weekly report", ["S"]),
        ("Weekly report", ["F"]),
        ("Weekly report", ["t"]),
        ("Weekly report", ["K", "d"]),
        ("Deadlock 07:52", ["r"]),
    ],
)
async def test_whatever_is_open_takes_any_size(tmp_path: Path, title: str, keys: list[str]) -> None:
    async with demo(tmp_path, size=(100, 30)) as scene:
        await scene.open(title)
        if title == "晚点包裹 三月":
            await scene.answerable()
        await scene.keys(*keys)
        screen, dock, pane = scene.app.screen, scene.main.dock, scene.main.pane
        for size in sizes(len(title) + len(keys), 14):
            await resized(scene, size)
            assert scene.app.screen is screen
            assert scene.main.dock is dock
            assert scene.main.pane == pane
        await resized(scene, (40, 15))
        assert scene.text().strip()

"""Any size, in any order: nothing crashes, nothing is cut off, and the place is kept."""

import random
from pathlib import Path

import pytest

from das_tui.tui.layout import Rect, arrange
from tests.driving import Scene, demo

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


@pytest.mark.parametrize("seed", range(3))
async def test_the_place_is_kept(tmp_path: Path, seed: int) -> None:
    async with demo(tmp_path, size=(120, 36)) as scene:
        await scene.open("Weekly report")
        await scene.keys("0", "X", "X", "x", "g", *["J"] * (3 + 4 * seed))
        reader = scene.main.reader
        assert reader is not None
        assert not reader.following
        shown, cursor, anchor = scene.text("transcript"), reader.cursor, reader._top
        for size in sizes(seed, 30):
            await resized(scene, size)
            assert reader.cursor == cursor, size
            assert reader._top == anchor, size
            if "transcript" in scene.main._layout.rects:
                lines = reader.window(reader.height)
                first = (lines[0].block, lines[0].line)
                # The place itself stands at the top, or the end of the transcript or of what the
                # cursor is on at the bottom.
                at_end = reader.top_row + reader.height >= reader.transcript.height
                ends = lines[-1].block == cursor
                assert first == anchor or at_end or ends, size
                assert cursor in {line.block for line in lines}, size
            else:
                assert "need" in scene.text(), size
        await resized(scene, (120, 36))
        assert scene.text("transcript") == shown


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

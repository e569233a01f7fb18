"""The arithmetic of the panes."""

import pytest

from das_tui.tui.layout import Layout, Rect, arrange

SIZES = [
    (w, h) for w in (40, 57, 79, 80, 99, 100, 119, 120, 160, 220) for h in (10, 11, 15, 24, 36)
]


def cells(layout: Layout, *, over: tuple[str, ...] = ()) -> list[tuple[int, int]]:
    return [
        (x, y)
        for name, rect in layout.rects.items()
        if name not in over
        for x in range(rect.x, rect.x + rect.width)
        for y in range(rect.y, rect.y + rect.height)
    ]


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("dock", [0, 6, 99])
@pytest.mark.parametrize("composer", [1, 6, 40])
def test_panes_never_overlap_or_leave_the_screen(
    width: int, height: int, dock: int, composer: int
) -> None:
    layout = arrange(width, height, dock=dock, composer=composer)
    found = cells(layout)
    assert len(found) == len(set(found))
    assert all(0 <= x < width and 0 <= y < height for x, y in found)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_transcript_is_always_there(width: int, height: int) -> None:
    rect = arrange(width, height).rects["transcript"]
    assert rect.height >= 3
    assert rect.width >= 40


def test_columns_follow_the_width() -> None:
    assert [arrange(w, 24).columns for w in (60, 80, 100, 120)] == [1, 2, 2, 3]
    wide = arrange(120, 36).rects
    assert (wide["sidebar"].width, wide["panel"].width) == (30, 29)
    assert arrange(80, 24).rects["sidebar"].width == 23
    assert arrange(160, 40).rects["panel"].width == 36


def test_a_dock_takes_the_whole_width_below_a_hundred() -> None:
    narrow = arrange(80, 24, dock=12)
    assert narrow.rects["dock"] == Rect(0, 10, 80, 12)
    assert "sidebar" not in narrow.rects
    assert narrow.rects["transcript"].width == 80
    menu = arrange(80, 24, dock=12, narrow=True)
    assert menu.rects["sidebar"].height == 10
    assert menu.rects["transcript"].width == 57
    wide = arrange(120, 36, dock=12)
    assert (wide.rects["dock"].x, wide.rects["dock"].width) == (30, 90)
    assert "composer" not in wide.rects


def test_too_small_is_one_line() -> None:
    assert set(arrange(39, 24).rects) == {"tiny"}
    assert set(arrange(80, 9).rects) == {"tiny"}


def test_the_plan_is_laid_over_between_eighty_and_a_hundred_and_twenty() -> None:
    assert "panel" not in arrange(100, 30).rects
    over = arrange(100, 30, panel=True)
    assert over.rects["panel"] == Rect(68, 0, 32, 28)
    assert over.rects["transcript"].width == 72


def test_a_narrow_dock_leaves_the_plan_pane_alone() -> None:
    rects = arrange(120, 36, dock=12, narrow=True).rects
    assert rects["dock"].width == rects["transcript"].width
    assert rects["panel"].height == 34

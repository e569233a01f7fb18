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


@pytest.mark.parametrize(("width", "height"), [(80, 24), (100, 30), (119, 24), (120, 36)])
@pytest.mark.parametrize("narrow", [False, True])
def test_no_row_of_the_plan_is_behind_a_dock(width: int, height: int, narrow: bool) -> None:
    rects = arrange(width, height, dock=9, narrow=narrow, panel=True).rects
    panel, dock = rects["panel"], rects["dock"]
    assert panel.y + panel.height <= dock.y or panel.x >= dock.x + dock.width


@pytest.mark.parametrize(("width", "height"), [(40, 10), (40, 11), (40, 15), (79, 36)])
@pytest.mark.parametrize("dock", [0, 8])
def test_one_pane_shows_what_has_the_focus_with_a_badge_row(
    width: int, height: int, dock: int
) -> None:
    plan = arrange(width, height, dock=dock, pane="panel")
    assert plan.rects["head"] == Rect(0, 0, width, 1)
    assert plan.rects["panel"].y == 1
    assert "sidebar" in arrange(width, height, dock=dock, pane="sidebar").rects
    found = cells(plan)
    assert len(found) == len(set(found)) == width * height


def test_too_small_is_one_line() -> None:
    assert set(arrange(39, 24).rects) == {"tiny"}
    assert set(arrange(80, 9).rects) == {"tiny"}


@pytest.mark.parametrize("width", [80, 99, 100, 119])
@pytest.mark.parametrize("dock", [0, 9])
def test_the_plan_takes_the_place_of_the_sidebar(width: int, dock: int) -> None:
    assert "panel" not in arrange(width, 30, dock=dock).rects
    beside = arrange(width, 30, dock=dock, panel=True)
    panel, text = beside.rects["panel"], beside.rects["transcript"]
    assert "sidebar" not in beside.rects
    assert (panel.x, panel.width) == (width - 32, 32)
    assert (text.x, text.width) == (0, width - 32)
    found = cells(beside)
    assert len(found) == len(set(found))


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("panel", [None, True])
def test_a_dock_aside_takes_the_composers_row_and_moves_nothing(
    width: int, height: int, panel: bool | None
) -> None:
    before = arrange(width, height, panel=panel).rects
    after = arrange(width, height, panel=panel, dock=1, aside=True).rects
    assert after.pop("dock") == before.pop("composer")
    assert after == before


def test_a_narrow_dock_leaves_the_plan_pane_alone() -> None:
    rects = arrange(120, 36, dock=12, narrow=True).rects
    assert rects["dock"].width == rects["transcript"].width
    assert rects["panel"].height == 34

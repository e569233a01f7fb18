"""The list of files, and the dock of suggestions."""

from dataclasses import replace

import pytest

from das_tui.view import files, suggestions
from das_tui.view.files import FileLine, Stage
from das_tui.view.glyphs import ASCII

NOW = 1_000_000.0
LIST = [
    FileLine("week.html", 18_432, "WebReport", "html", NOW - 3600),
    FileLine("一周报告.csv", 3_300_000, "DefaultArtifact", "csv", NOW - 120, chosen=True),
    FileLine("x" * 300 + ".txt", None, "", "txt"),
]
SIZES = [40, 60, 80, 120, 200]


def text(
    lines: list[FileLine] = LIST, width: int = 80, cursor: int = 0, **more: object
) -> list[str]:
    found, _, _ = files.rows(lines, width, cursor=cursor, now=NOW, **more)  # type: ignore[arg-type]
    return [row.text.rstrip() for row in found]


def test_a_list() -> None:
    head, first, second, third = text()
    assert head.split() == ["name", "category", "size", "age"]
    assert first.startswith("▎  week.html")
    assert first.split()[-3:] == ["WebReport", "18", "KB"] or first.endswith("18 KB   1h")
    assert second.startswith(" ◆ 一周报告.csv")
    assert second.endswith("3.1 MB   2m")
    assert third.endswith("…")


@pytest.mark.parametrize("width", SIZES)
@pytest.mark.parametrize("stage", list(Stage))
def test_no_row_is_wider_than_the_screen(width: int, stage: Stage) -> None:
    lines = [
        replace(line, stage=stage, received=9_000, path=f"/home/someone/Downloads/{line.name}")
        for line in LIST
    ]
    for cursor in range(len(lines)):
        found, first, last = files.rows(lines, width, cursor=cursor, now=NOW)
        assert all(row.width <= width for row in found)
        assert found[first].fill == "sel"
        assert first <= last < len(found)


def test_a_path_is_never_cut() -> None:
    path = "/home/someone/" + "a-long-folder/" * 12 + "week.html"
    shown = text([replace(LIST[0], stage=Stage.SAVED, path=path)], width=60)
    assert "".join(line.strip() for line in shown[2:]) == path
    assert shown[1].startswith("▎✓ week.html")


def test_progress() -> None:
    arriving = replace(LIST[1], stage=Stage.ARRIVING, received=1_650_000)
    assert "━━━━━━" in text([arriving])[1]
    assert "1.6 MB of 3.1 MB" in text([arriving])[1]
    unknown = replace(LIST[2], stage=Stage.ARRIVING, received=2048)
    assert text([unknown])[1].endswith("2 KB")
    assert text([arriving], glyphs=ASCII)[1].isascii() is False  # the name is the service's
    assert text([replace(LIST[0], stage=Stage.FAILED)], glyphs=ASCII)[1].startswith("#x week")


def test_what_is_chosen_is_summed() -> None:
    assert files.summary([]) == "0 files"
    assert files.summary(LIST) == "3 files   1 chosen   3.1 MB"
    every = [replace(line, chosen=True) for line in LIST]
    assert files.summary(every) == "3 files   3 chosen   at least 3.2 MB"


# --- suggestions ---------------------------------------------------------------------------------

QUESTIONS = [f"Why is station {number} empty in the morning? " + "晚" * 40 for number in range(12)]


@pytest.mark.parametrize("width", SIZES)
@pytest.mark.parametrize("height", [8, 11, 15, 40])
def test_suggestions_fit(width: int, height: int) -> None:
    view = suggestions.rows(QUESTIONS, width, height)
    assert len(view.rows) <= height
    assert all(row.width <= width for row in view.rows)
    shown = [row.text.strip()[:1] for row in view.rows]
    assert "1" in shown
    if height >= 12:
        assert "9" in shown
        assert view.rows[-1 if height < 15 else -2].text.strip().startswith("1-9")


def test_long_suggestions_wrap_where_there_is_room() -> None:
    whole = suggestions.rows(QUESTIONS[:2], 60, 30)
    assert sum("晚" in row.text for row in whole.rows) > 2
    assert "…" not in "".join(row.text for row in whole.rows)
    short = suggestions.rows(QUESTIONS[:2], 60, 8)
    assert sum("晚" in row.text for row in short.rows) == 2


def test_it_says_what_a_digit_does() -> None:
    asks = suggestions.rows(["One?", "Two?"], 80, 20)
    assert any("1-2 asks it now" in row.text for row in asks.rows)
    writes = suggestions.rows(["One?"], 80, 20, writing=True)
    assert any("1 writes it below" in row.text for row in writes.rows)
    assert not any("asks" in row.text for row in writes.rows)

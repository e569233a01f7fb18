"""Result tables."""

import pytest

from das_tui.domain.blocks import Table
from das_tui.view import table
from das_tui.view.rows import FAINT, MUTED, TEXT, Ink
from das_tui.view.spec import ViewSpec
from das_tui.view.wrap import Spans, span_cells

SPEC = ViewSpec(61)
FLOW = Table(
    ("Station", "Net outflow"),
    (
        ("Hilltop Library", "18,422"),
        ("Lighthouse Gate", "15,011"),
        ("Old Mill", "9,120"),
        ("东门码头", "8,777"),
    ),
    4,
)


def texts(lines: list[Spans]) -> list[str]:
    return ["".join(text for text, _ in line) for line in lines]


def test_bars_stand_beside_the_one_numeric_column() -> None:
    assert texts(table.render(FLOW, 54, SPEC, fg="muted", bars=True)) == [
        "Station           Net outflow",
        "Hilltop Library        18,422   ━━━━━━━━━━━━━━",
        "Lighthouse Gate        15,011   ━━━━━━━━━━━",
        "Old Mill                9,120   ━━━━━━━",
        "东门码头                8,777   ━━━━━━━",
    ]


def test_inks() -> None:
    lines = table.render(Table(("a", "b"), ((None, "1"), ("x", "2")), 2), 40, SPEC, fg="muted")
    assert lines[0] == [("a      b", Ink("muted", underline=True))]
    assert lines[1] == [("null", FAINT), ("   ", FAINT), ("1", MUTED)]
    assert table.render(FLOW, 40, SPEC)[1][0] == ("Hilltop Library", TEXT)


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ((("a", "1"),), "one row"),
        (tuple((f"r{i}", str(i)) for i in range(13)), "thirteen rows"),
        ((("a", "1"), ("b", "-2")), "a negative value"),
        ((("1", "1"), ("2", "2")), "two numeric columns"),
        ((("a", "x"), ("b", "y")), "no numeric column"),
        ((("a", "0"), ("b", "0")), "nothing to draw"),
        ((("a", "1"), ("b", "1e999")), "beyond all measure"),
    ],
)
def test_no_bars(rows: tuple[tuple[str | None, ...], ...], why: str) -> None:
    lines = table.render(Table(("k", "v"), rows, len(rows)), 60, SPEC, bars=True)
    assert not any("━" in text for text in texts(lines)), why


def test_no_bars_without_room() -> None:
    assert "━" not in "".join(texts(table.render(FLOW, 45, SPEC, bars=True)))
    assert "━" in "".join(texts(table.render(FLOW, 46, SPEC, bars=True)))


def test_small_and_missing_values_among_bars() -> None:
    data = Table(("k", "v"), (("a", "1000"), ("b", "1"), ("c", "0"), ("d", None)), 4)
    assert texts(table.render(data, 60, SPEC, bars=True)) == [
        "k      v",
        "a   1000   ━━━━━━━━━━━━━━",
        "b      1   ━",
        "c      0",
        "d   null",
    ]


def test_rows_that_are_left_out_are_counted() -> None:
    data = Table(("n",), tuple((str(i),) for i in range(30)), 1500)
    lines = texts(table.render(data, 60, SPEC))
    assert len(lines) == 12
    assert lines[-1] == "1,490 more rows"
    assert len(table.render(data, 60, SPEC, limit=0)) == 32
    one = Table(("n",), tuple((str(i),) for i in range(11)), 11)
    assert texts(table.render(one, 60, SPEC))[-1] == "1 more row"


def test_values_stay_as_they_came_but_cannot_act() -> None:
    data = Table(("a\x1b", "b"), (("x\ny", "007"), ("\u202e", "1.50")), 2)
    assert texts(table.render(data, 60, SPEC)) == [
        "a␛            b",
        "x␊y         007",
        "<U+202E>   1.50",
    ]


def test_ragged_rows() -> None:
    data = Table(("a", "b", "c"), (("1",), ("1", "2", "3", "4")), 2)
    assert texts(table.render(data, 60, SPEC)) == [
        "a      b      c",
        "1   null   null",
        "1      2      3",
    ]
    assert table.render(Table((), ((),), 1), 60, SPEC) == []


def test_wide_table_is_cut() -> None:
    for shift in (0, 5, 99):
        lines = table.render(FLOW, 20, ViewSpec(61, shift=shift), bars=True)
        assert all(span_cells(line) <= 20 for line in lines)
    assert texts(table.render(FLOW, 20, SPEC))[1] == "Hilltop Library    ›"
    assert texts(table.render(FLOW, 20, ViewSpec(61, shift=99)))[1] == "Library        18,422"[1:]


@pytest.mark.parametrize(
    "text", ["1", "-2.0 %", "+13.3 %", "1,403", "0.29", ".5", "1e9", "97%", "007", " 5 "]
)
def test_numbers(text: str) -> None:
    assert table.is_number(text)
    assert isinstance(table.number(text), float)


@pytest.mark.parametrize(
    "text", ["", "-", "08:10", "2026-01-15", "1.2.3", "rm-1", "10 MB", "0x1f", "nan", "1 2"]
)
def test_no_numbers(text: str) -> None:
    assert not table.is_number(text)

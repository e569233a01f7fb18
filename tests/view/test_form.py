"""A form as rows, on screens of all sizes."""

import pytest

from das_tui.view import form
from das_tui.view.form import (
    ActField,
    AnyField,
    ChoiceField,
    ListField,
    Option,
    Stop,
    SwitchField,
    TextField,
)
from das_tui.view.glyphs import ASCII, UTF8
from das_tui.view.line import CARET, Line
from das_tui.view.rows import FAIL

FIELDS: list[AnyField] = [
    ChoiceField(
        name="mode",
        label="mode",
        group="Task",
        value="ANALYSIS",
        options=(Option("", "default"), Option("ASK_DATA"), Option("ANALYSIS"), Option("INSIGHT")),
        note="how deep the agent goes",
    ),
    ListField(
        name="sources", label="data sources", group="Task", values=("rides", "订单库"), hint="none"
    ),
    TextField(name="agent", label="custom agent", group="Task", value="ca-1", words="Fleet  ca-1"),
    SwitchField(name="sql", label="statements", group="Stops", on=True, words=("asks", "goes on")),
    ActField(name="write", label="Write the question"),
]
SIZES = [36, 40, 60, 80, 120, 200]


def text(fields: list[AnyField] = FIELDS, width: int = 80, **more: object) -> list[str]:
    given: dict[str, object] = {"cursor": Stop(0), **more}
    return [row.text.rstrip() for row in form.rows(fields, width, **given).rows]  # type: ignore[arg-type]


def test_a_form() -> None:
    shown = text()
    assert shown[0].strip() == "Task"
    assert shown[1:5] == [
        "▎  mode             default    ASK_DATA  ❯ ANALYSIS    INSIGHT",
        "   data sources     rides",
        "                    订单库",
        "                    one more",
    ]
    assert shown[5] == "   custom agent     Fleet ca-1"
    assert "   statements     ✓ goes on" in shown
    assert shown[-1] == "   Write the question"


def test_every_row_knows_its_stop() -> None:
    stops = form.stops(FIELDS)
    assert stops == [Stop(0), Stop(1, 0), Stop(1, 1), Stop(1, 2), Stop(2), Stop(3), Stop(4)]
    view = form.rows(FIELDS, 80, cursor=Stop(1, 1))
    assert [stop for stop in view.stops if stop is not None] == stops
    assert view.first == view.last == view.stops.index(Stop(1, 1))


@pytest.mark.parametrize("width", SIZES)
@pytest.mark.parametrize("glyphs", [UTF8, ASCII], ids=["utf8", "ascii"])
def test_no_row_is_wider_than_the_screen(width: int, glyphs: form.Glyphs) -> None:
    for stop in form.stops(FIELDS):
        view = form.rows(
            FIELDS, width, cursor=stop, line=Line.of("数" * 90), notes=True, glyphs=glyphs
        )
        assert all(row.width <= width for row in view.rows)
        if not isinstance(FIELDS[stop.field], ActField):
            assert view.caret is not None
            column, row = view.caret
            assert (3 < column < width, row) == (True, view.first)
            assert any(ink == CARET for _, ink in view.rows[row].spans)


def test_ascii_has_no_other_glyphs() -> None:
    fields = [field for field in FIELDS if not isinstance(field, ListField)]
    assert all(line.isascii() for line in text(fields, glyphs=ASCII))


def test_where_options_do_not_fit_the_chosen_one_stands_with_its_place() -> None:
    shown = text(width=40)
    assert "❯ ANALYSIS  3/4" in shown[1]
    assert "INSIGHT" not in shown[1]


def test_another_value_becomes_an_option() -> None:
    field = ChoiceField(name="mode", label="mode", value="ultra", options=(Option("", "default"),))
    assert "❯ ultra" in text([field])[0]


def test_what_is_wrong_stands_below_its_field_and_is_part_of_it() -> None:
    field = TextField(name="a", label="a", value="x", error="data source: 'foo' is none of db")
    view = form.rows([field, FIELDS[-1]], 40, cursor=Stop(0))
    assert "✗ data source:" in view.rows[1].text
    assert view.rows[1].spans[0][1] == FAIL
    assert view.last > view.first
    assert not any("✗" in row.text for row in view.rows[2:] if "data source" not in row.text)


def test_notes_stand_below_the_field_only_where_asked() -> None:
    assert not any("how deep" in line for line in text())
    assert any("how deep" in line for line in text(notes=True))
    assert not any("how deep" in line for line in text(notes=True, cursor=Stop(2)))


def test_hostile_values_are_shown_as_text() -> None:
    field = TextField(name="a", label="a", value="x\x1b[31m\u202ey\nz")
    (row,) = form.rows([field], 80, cursor=Stop(0)).rows
    assert "␛[31m<U+202E>y z" in row.text


def test_a_dense_form_has_no_blank_rows_between_groups() -> None:
    dense, loose = text(dense=True), text()
    assert len(dense) < len(loose)
    assert "" not in dense[:-2]


@pytest.mark.parametrize("width", SIZES)
def test_a_list_to_choose_from(width: int) -> None:
    options = [Option("", "none"), Option("ca-1", "包裹时效分析" * 4, "what it is for " * 9)]
    found = form.picker(options, width, cursor=1)
    assert all(row.width <= width for row in found)
    assert found[1].fill == "sel"
    assert "包裹" in found[1].text
    assert ("what it is for" in found[1].text) is (width >= 60)

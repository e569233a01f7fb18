"""Code and parameters on their tone."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from das_tui.view import code
from das_tui.view.rows import ACCENT, Ink
from das_tui.view.spec import ViewSpec
from das_tui.view.wrap import Spans, span_cells

SPEC = ViewSpec(61)
SQL = """SELECT s.name, SUM(d.dep) - SUM(d.arr) AS net
FROM stations s JOIN hourly_flow d ON d.station_id = s.name
GROUP BY s.name ORDER BY net DESC LIMIT 5"""


def texts(lines: list[Spans]) -> list[str]:
    return ["".join(text for text, _ in line) for line in lines]


def weights(text: str, language: str) -> list[tuple[str, str]]:
    """Each piece of the code as plain, bold or comment."""
    kinds = {(False, False): "plain", (True, False): "bold", (False, True): "comment"}
    return [
        (piece, kinds[ink.bold, ink.italic])
        for line in code.highlight(text, language, "text")
        for piece, ink in line
    ]


def test_lines_are_cut_at_the_edge() -> None:
    assert texts(code.render(SQL, "sql", 55, SPEC)) == [
        " SELECT s.name, SUM(d.dep) - SUM(d.arr) AS net         ",
        " FROM stations s JOIN hourly_flow d ON d.station_id = ›",
        " GROUP BY s.name ORDER BY net DESC LIMIT 5             ",
    ]


def test_shift_moves_all_lines_and_stops_at_the_longest() -> None:
    moved = texts(code.render(SQL, "sql", 55, ViewSpec(61, shift=4)))
    assert moved[0].startswith(" CT s.name,")
    assert moved[1].endswith("= s.na›")
    moved = texts(code.render(SQL, "sql", 55, ViewSpec(61, shift=6)))
    assert moved[1].endswith("= s.name ")
    assert texts(code.render(SQL, "sql", 55, ViewSpec(61, shift=99))) == texts(
        code.render(SQL, "sql", 55, ViewSpec(61, shift=6))
    )
    assert texts(code.render("short", "", 20, ViewSpec(61, shift=9))) == [" short" + " " * 14]


def test_wrapped_code() -> None:
    lines = texts(code.render(SQL, "sql", 40, ViewSpec(61, wrap_code=True)))
    assert [line.rstrip() for line in lines] == [
        " SELECT s.name, SUM(d.dep) - SUM(d.arr)",
        " AS net",
        " FROM stations s JOIN hourly_flow d ON",
        " d.station_id = s.name",
        " GROUP BY s.name ORDER BY net DESC",
        " LIMIT 5",
    ]


@pytest.mark.parametrize(
    ("text", "language", "pieces"),
    [
        ("SELECT a", "sql", [("SELECT ", "bold"), ("a", "plain")]),
        ("select 1 -- c", "MySQL", [("select ", "bold"), ("1 ", "plain"), ("-- c", "comment")]),
        ("/* a\nb */", "sql", [("/* a", "comment"), ("b */", "comment")]),
        (
            "if x and y:",
            "python",
            [("if ", "bold"), ("x ", "plain"), ("and ", "bold"), ("y:", "plain")],
        ),
        ('{"a": true}', "json", [('{"a": ', "plain"), ("true", "bold"), ("}", "plain")]),
        ("ls # c", "bash", [("ls ", "plain"), ("# c", "comment")]),
        ("SELECT a", "cobol", [("SELECT a", "plain")]),
        ("SELECT a", "", [("SELECT a", "plain")]),
        ("'never closed", "sql", [("'never closed", "plain")]),
        ("", "sql", []),
    ],
)
def test_three_weights(text: str, language: str, pieces: list[tuple[str, str]]) -> None:
    assert weights(text, language) == pieces


def test_comments_are_faint_and_the_rest_has_the_given_token() -> None:
    line = code.highlight("SELECT a -- c", "sql", "muted")[0]
    assert [ink for _, ink in line] == [
        Ink("muted", bg="code", bold=True),
        Ink("muted", bg="code"),
        Ink("faint", bg="code", italic=True),
    ]
    assert ACCENT not in {ink for _, ink in line}


@settings(deadline=None)
@given(
    st.text(alphabet="SELECT a;'\"\n-/*#{}中", max_size=80),
    st.sampled_from(["sql", "python", "json", "sh", ""]),
)
def test_nothing_is_lost(text: str, language: str) -> None:
    lines = code.highlight(text, language, "text")
    assert "\n".join("".join(piece for piece, _ in line) for line in lines) == text
    for rendered in code.render(text, language, 20, SPEC):
        assert span_cells(rendered) == 20


def test_long_code_is_read_in_pieces_that_end_with_statements() -> None:
    statement = "SELECT name, dep\nFROM flow\nWHERE dep > 10;\n"
    text = statement * 200
    lines = code.highlight(text, "sql", "text")
    whole = code.highlight(statement, "sql", "text")[:3]
    assert lines == [*(whole * 200), ()]
    assert "\n".join(code._pieces(text)) == text
    assert all(piece.endswith(";") for piece in code._pieces(text)[:-1])


def test_enormous_lines_are_plain() -> None:
    text = "SELECT 1;\nSELECT '" + "x" * 9000
    first, second = code.highlight(text, "sql", "text")
    assert not any(ink.bold for _, ink in (*first, *second))
    assert any(ink.bold for _, ink in code.highlight(text[:500], "sql", "text")[0])


def test_very_long_code_is_plain() -> None:
    text = "SELECT 1;\n" * 7000
    assert all(not ink.bold for line in code.highlight(text, "sql", "text") for _, ink in line)


def test_names_and_values() -> None:
    items = [
        ("--instanceId", "rm-other", True),
        ("--sql", "select a\nfrom b", False),
        ("", "positional", False),
        ("--" + "x" * 30, "long name", False),
    ]
    lines = code.pairs(items, 32, SPEC)
    assert [text.rstrip() for text in texts(lines)] == [
        " --instanceId     rm-other",
        " --sql            select a",
        "                  from b",
        "                  positional",
        " --" + "x" * 28,
        " xx",
        "                  long name",
    ]
    assert all(span_cells(line) == 32 for line in lines)
    assert {ink.fg for text, ink in lines[0] if text.strip()} == {"attn"}
    assert [ink.fg for text, ink in lines[1] if text.strip()] == ["muted", "text"]

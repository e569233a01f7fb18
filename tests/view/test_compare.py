"""Two turns side by side."""

from dataclasses import replace

import pytest

from das_tui.domain.session import State
from das_tui.view.compare import Pair, Side, foot, head, pairs, rows, sign, status, words
from das_tui.view.course import Course, Kind, Stretch
from das_tui.view.glyphs import ASCII, UTF8, Glyphs


def tool(name: str, seconds: float = 1.0, *, tool: str = "", **more: object) -> Stretch:
    return Stretch(Kind.TOOL, name, 0.0, seconds, tool=tool, **more)  # type: ignore[arg-type]


def step(name: str, *inside: Stretch, seconds: float = 10.0, **more: object) -> Stretch:
    return Stretch(
        Kind.STEP,
        name,
        0.0,
        seconds,
        calls=len(inside),
        inside=inside,
        **more,  # type: ignore[arg-type]
    )


def of(*parts: Stretch, state: State = State.FINISHED) -> Course:
    return Course("q", 0.0, 60.0, state, parts, (("agent", 60.0),), number=1, turns=1)


def names(found: list[Pair]) -> list[tuple[str, str, str]]:
    return [
        (
            pair.left.name if pair.left is not None else "",
            sign(pair),
            pair.right.name if pair.right is not None else "",
        )
        for pair in found
    ]


LEFT = of(
    step("Tables", tool("Row counts", rows=4), number=1),
    step("Demand", tool("Rides", 2.0), tool("Chart", 3.0), number=2),
    step("Weather", tool("Rain"), number=3),
)
RIGHT = of(
    step("Tables", tool("Row counts", rows=9), number=1),
    step(
        "Demand",
        tool("Rides", 12.0),
        tool("Chart", 3.0, failed=True, reason="timeout"),
        tool("Map"),
        number=2,
        seconds=30.0,
    ),
    step("Conclude", number=3),
)


def test_the_same_stands_beside_the_same_and_the_rest_alone() -> None:
    assert names(pairs(LEFT, RIGHT)) == [
        ("Tables", " ", "Tables"),
        ("Row counts", "#", "Row counts"),
        ("Demand", ">", "Demand"),
        ("Rides", ">", "Rides"),
        ("Chart", "!", "Chart"),
        ("", "+", "Map"),
        ("Weather", "-", ""),
        ("Rain", "-", ""),
        ("", "+", "Conclude"),
    ]
    assert [pair.depth for pair in pairs(LEFT, RIGHT)] == [0, 1, 0, 1, 1, 1, 0, 1, 0]


def test_the_other_way_round_is_the_mirror() -> None:
    mirrored = {"-": "+", "+": "-", ">": "<", "<": ">"}
    ours = sorted((a, s, b) for a, s, b in names(pairs(LEFT, RIGHT)))
    theirs = sorted((b, mirrored.get(s, s), a) for a, s, b in names(pairs(RIGHT, LEFT)))
    assert ours == theirs


def test_calls_of_one_tool_stand_beside_each_other_whatever_their_titles() -> None:
    one = of(Stretch(Kind.LEAD, "", 0, 9, inside=(tool("a", tool="sql"), tool("b", tool="py"))))
    two = of(Stretch(Kind.LEAD, "", 0, 9, inside=(tool("x", tool="sql"), tool("y", tool="web"))))
    assert names(pairs(one, two)) == [("a", " ", "x"), ("b", "-", ""), ("", "+", "y")]


def test_nothing_differs_from_itself() -> None:
    found = pairs(LEFT, LEFT)
    assert {sign(pair) for pair in found} == {" "}
    assert {words(pair) for pair in found} == {"no difference"}
    assert len(found) == 7


def test_silences_are_not_compared() -> None:
    quiet = Stretch(Kind.QUIET, "quiet", 0, 30)
    wait = Stretch(Kind.WAIT, "waited for you", 0, 30)
    assert names(pairs(of(step("A", quiet, wait)), of(step("A")))) == [
        ("A", " ", "A"),
        ("waited for you", "-", ""),
    ]


def test_differences_in_words() -> None:
    told = {pair.either.name: words(pair) for pair in pairs(LEFT, RIGHT)}
    assert told["Row counts"] == "rows 4, 9"
    assert told["Chart"] == "left done, right failed timeout"
    assert told["Rides"] == "right took 6.0 times as long"
    assert told["Demand"] == "calls 2, 3   right took 3.0 times as long"
    assert told["Map"] == "only the right has this"
    assert told["Rain"] == "only the left has this"


def test_a_step_that_waits_has_not_ended_like_one_that_is_done() -> None:
    pair = Pair(step("Tables", asks=True), step("Tables"))
    assert sign(pair) == "!"
    assert words(pair) == "left waiting, right done"
    assert rows([pair], 120)[0].text.startswith("▎ ? Tables")


def test_side_by_side() -> None:
    assert [row.text.rstrip() for row in rows(pairs(LEFT, RIGHT), 80, cursor=1)] == [
        "  ✓ 1 Tables                     0:10     ✓ 1 Tables                     0:10",
        "▎     Row counts                 1.0s  #      Row counts                 1.0s",
        "  ✓ 2 Demand                     0:10  >  ✓ 2 Demand                     0:30",
        "      Rides                      2.0s  >      Rides                      0:12",
        "      Chart                      3.0s  !    ✗ Chart  timeout             3.0s",
        "                                       +      Map                        1.0s",
        "  ✓ 3 Weather                    0:10  -",
        "      Rain                       1.0s  -",
        "                                       +  ✓ 3 Conclude                   0:10",
    ]


@pytest.mark.parametrize("active", [0, 1])
def test_a_narrow_page_shows_one_side(active: int) -> None:
    found = [row.text.rstrip() for row in rows(pairs(LEFT, RIGHT), 40, active=active)]
    assert ("timeout" in found[4]) is bool(active)
    assert "only left" in found[7] if active else "only right" in found[5]
    assert found[1].lstrip().startswith("#")


def test_the_words_say_of_which_line_they_are() -> None:
    found = pairs(LEFT, RIGHT)
    for at, pair in enumerate(found):
        said = status(found, 120, at, "", UTF8).text
        assert said.startswith(f"   {pair.either.name}: {words(pair)}")
    assert "a message" in status(found, 120, 0, "a message", UTF8).text
    assert pairs(LEFT, RIGHT)[0].either.name not in status(found, 120, 0, "a message", UTF8).text


@pytest.mark.parametrize("width", [20, 40, 79, 80, 121])
@pytest.mark.parametrize("glyphs", [UTF8, ASCII], ids=["utf-8", "ascii"])
def test_every_row_fits(width: int, glyphs: Glyphs) -> None:
    both = [Side("Empty 晚点包裹 stations", LEFT), Side("Weekly", RIGHT)]
    found = pairs(LEFT, replace(RIGHT, parts=RIGHT.parts[1:]))
    every = [
        *rows(found, width, glyphs=glyphs),
        *head(both, width, 0, glyphs),
        *foot(both, width, 36, glyphs),
        status(found, width, 3, "", glyphs),
    ]
    assert [row.text for row in every if row.width > width] == []


def test_what_is_not_read_yet_is_said() -> None:
    both = [Side("one", LEFT), Side("other", None)]
    assert "reading it" in head(both, 120, 0)[1].text
    assert foot(both, 120, 36) == []

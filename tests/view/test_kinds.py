"""The menu of kinds."""

import pytest

from das_tui.domain import shelf
from das_tui.domain.blocks import Answer, Thought
from das_tui.view import kinds
from das_tui.view.glyphs import ASCII, UTF8


def test_every_kind_is_in_one_group() -> None:
    named = [kind for _, group in kinds.GROUPS for kind in group]
    assert sorted(map(str, named)) == sorted(map(str, shelf.KINDS))


def test_tables_and_groups_are_each_others_inverse() -> None:
    everything = frozenset(range(len(kinds.GROUPS)))
    assert kinds.table(everything) == b""
    for chosen in (frozenset({0, 3}), frozenset(), everything - {4}, everything):
        assert kinds.chosen(kinds.table(chosen)) == chosen


def test_a_table_lets_a_kind_through_whatever_else_its_byte_says() -> None:
    table = kinds.table(frozenset({1}))
    answer, thought = shelf.KINDS.index(Answer), shelf.KINDS.index(Thought)
    assert {table[answer | bits] for bits in (0, shelf.PINNED, shelf.FAILED)} == {255}
    assert table[thought | shelf.PINNED] == 0


@pytest.mark.parametrize("width", [36, 40, 57, 80, 120])
@pytest.mark.parametrize("height", [3, 6, 9, 20])
@pytest.mark.parametrize("glyphs", [UTF8, ASCII], ids=["utf8", "ascii"])
def test_the_menu_fits_and_shows_the_cursor(width: int, height: int, glyphs: object) -> None:
    counts = [(group, 10 ** (group % 5)) for group in range(len(kinds.GROUPS))]
    on = frozenset({0, 7})
    for cursor, _ in counts:
        view = kinds.menu(
            counts,
            width,
            height,
            on=on,
            cursor=cursor,
            hidden=5,
            total=1_000_000,
            glyphs=glyphs,  # type: ignore[arg-type]
        )
        assert len(view.rows) <= height
        assert all(row.width <= width for row in view.rows)
        (chosen,) = [row.text for row in view.rows if row.fill == "sel"]
        assert kinds.GROUPS[cursor][0] in chosen

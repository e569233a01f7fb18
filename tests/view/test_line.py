"""A line of text being written."""

import pytest

from das_tui.view.glyphs import ASCII
from das_tui.view.line import CARET, LONGEST, Line
from das_tui.view.rows import FAINT
from das_tui.view.wrap import span_cells


@pytest.mark.parametrize(
    ("keys", "text", "at"),
    [
        (["left", "left", "backspace"], "one wo", 4),
        (["home", "delete"], "ne two", 0),
        (["ctrl+w"], "one ", 4),
        (["ctrl+w", "ctrl+w", "ctrl+w"], "", 0),
        (["left", "ctrl+u"], "o", 0),
        (["home", "right", "ctrl+k"], "o", 1),
        (["home", "left", "end", "right"], "one two", 7),
        (["home", "backspace", "end", "delete"], "one two", 7),
    ],
)
def test_editing_keys(keys: list[str], text: str, at: int) -> None:
    line = Line.of("one two")
    for key in keys:
        edited = line.key(key)
        assert edited is not None
        line = edited
    assert line == Line(text, at)


def test_other_keys_are_not_the_lines_business() -> None:
    assert Line.of("x").key("enter") is None
    assert Line.of("x").key("j") is None


def test_typing_goes_in_at_the_caret() -> None:
    assert Line("ab", 1).typed("订单") == Line("a订单b", 3)
    assert Line().typed("a\x1b\tb").text == "a  b"
    assert len(Line().typed("x" * LONGEST).typed("more").text) == LONGEST


@pytest.mark.parametrize("room", [8, 12, 30])
@pytest.mark.parametrize("text", ["", "short", "x" * 100, "数据库" * 30, "a\u202eb\u0301" * 9])
def test_the_caret_is_always_in_view(room: int, text: str) -> None:
    for at in {0, len(text) // 2, len(text)}:
        spans, column = Line(text, at).spans(room)
        assert span_cells(spans) <= room
        assert 0 <= column < room
        place = [ink for _, ink in spans].index(CARET)
        assert span_cells(spans[:place]) == column


def test_a_ghost_stands_only_where_nothing_is_written() -> None:
    ghost, _ = Line().spans(20, ghost="a name")
    assert "".join(text for text, _ in ghost) == "a name"
    assert ghost[-1][1] == FAINT
    written, _ = Line.of("rides").spans(20, ghost="a name")
    assert "name" not in "".join(text for text, _ in written)


def test_ascii_only_where_asked() -> None:
    spans, _ = Line.of("x" * 40).spans(10, glyphs=ASCII)
    assert "".join(text for text, _ in spans).isascii()

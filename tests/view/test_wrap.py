"""Breaking and cutting by cells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from das_tui.view.clean import clean
from das_tui.view.rows import STRONG, TEXT, Ink, Span
from das_tui.view.wrap import breaks, cells, cut, fit, pad, sideways, span_cells, wrap, wrap_spans

TEXTS = st.text(
    alphabet=st.sampled_from("ab 1 3 % s中文，。（）」「é\u0301👍-,.\n") | st.characters()
).map(clean)


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("", 5, [""]),
        ("fits", 4, ["fits"]),
        ("one two three", 8, ["one two", "three"]),
        ("one two  three", 7, ["one two", "three"]),
        ("a" * 30, 8, ["a" * 8, "a" * 8, "a" * 8, "a" * 6]),
        ("x " + "a" * 9, 6, ["x", "aaaaaa", "aaa"]),
        ("weekends are 38 % lower", 16, ["weekends are", "38 % lower"]),
        ("it took 30 s, then", 11, ["it took", "30 s, then"]),
        ("about 3 seconds later", 9, ["about 3", "seconds", "later"]),
        ("line\n\nline", 9, ["line", "", "line"]),
        ("  kept indent here", 13, ["  kept indent", "here"]),
        ("中文中文中文", 5, ["中文", "中文", "中文"]),
        ("中文中文，中文", 8, ["中文中", "文，中文"]),
        ("中文（中文）中", 6, ["中文", "（中", "文）中"]),
        ("从 07:52 起扫描 190 万行；", 18, ["从 07:52 起扫描", "190 万行；"]),
        ("共2024年的数据", 5, ["共", "2024", "年的", "数据"]),
        ("CPU 97 %？先限流", 9, ["CPU", "97 %？先", "限流"]),
        ("ab中", 3, ["ab", "中"]),
        ("éééé éé", 5, ["éééé", "éé"]),
        ("e\u0301e\u0301e\u0301", 2, ["e\u0301e\u0301", "e\u0301"]),
    ],
)
def test_wrap(text: str, width: int, lines: list[str]) -> None:
    assert wrap(text, width) == lines


@given(TEXTS, st.integers(2, 40))
def test_lines_fit_and_lose_only_blanks(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert all(cells(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace("\n", "").replace(" ", "")


@given(st.lists(st.tuples(TEXTS, st.sampled_from([TEXT, STRONG]))), st.integers(2, 40))
def test_styled_text_wraps_like_plain_text(spans: list[Span], width: int) -> None:
    text = "".join(piece for piece, _ in spans)
    lines = ["".join(piece for piece, _ in line) for line in wrap_spans(spans, width)]
    assert lines == wrap(text, width)


def test_ink_follows_its_letters() -> None:
    lines = wrap_spans([("hello ", TEXT), ("bold word", STRONG), (" end", TEXT)], 10)
    assert lines == [
        [("hello ", TEXT), ("bold", STRONG)],
        [("word", STRONG), (" end", TEXT)],
    ]


@given(TEXTS.map(lambda text: text.replace("\n", " ")), st.integers(2, 30))
def test_breaks_are_in_order(text: str, width: int) -> None:
    last = 0
    for start, end in breaks(text, width):
        assert last <= start <= end <= len(text)
        last = end


@pytest.mark.parametrize(
    ("text", "width", "word", "shown"),
    [
        ("Deadlock 07:52", 13, False, "Deadlock 07:…"),
        ("short", 13, False, "short"),
        (
            "Hour of day and weekday first, then we go on",
            37,
            True,
            "Hour of day and weekday first, then …",
        ),
        ("晚点包裹三月", 8, False, "晚点包…"),
        ("abc", 0, False, ""),
        ("abc", 1, False, "…"),
    ],
)
def test_fit(text: str, width: int, word: bool, shown: str) -> None:
    assert fit(text, width, "…", word=word) == shown
    assert cells(shown) <= width


def test_pad() -> None:
    assert pad("中", 4) == "中  "
    assert pad("3.1s", 5, right=True) == " 3.1s"
    assert pad("long", 2) == "long"


def test_cut_halves_of_wide_characters_are_blanks() -> None:
    line = [("ab中文", TEXT), ("cd", STRONG)]
    assert cut(line, 0, 3) == [("ab ", TEXT)]
    assert cut(line, 3, 3) == [(" 文", TEXT)]
    assert cut(line, 6, 9) == [("cd", STRONG)]
    assert cut(line, 9, 9) == []


@given(TEXTS.map(lambda text: text.replace("\n", " ")), st.integers(0, 30), st.integers(0, 30))
def test_cut_is_as_wide_as_asked(text: str, start: int, width: int) -> None:
    got = span_cells(cut([(text, TEXT)], start, width))
    assert got == max(0, min(width, cells(text) - start))


def test_sideways() -> None:
    edge = Ink("faint")
    line = [("abcdefgh", TEXT)]
    assert sideways(line, 8, 0, "›", edge) == line
    assert sideways(line, 5, 0, "›", edge) == [("abcd", TEXT), ("›", edge)]
    assert sideways(line, 5, 3, "›", edge) == [("defgh", TEXT)]

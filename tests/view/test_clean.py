"""Foreign text never acts on a terminal."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len, get_character_cell_size

from das_tui.view.clean import MARKS, clean, one_line

ANY = st.text(alphabet=st.characters(exclude_categories=()))
HOSTILE = st.text(
    alphabet=st.sampled_from(
        "ab \t\n\r\x00\x07\x08\x1b\x7f\x80\x9b\x9d\xad\u0301\u0488\u0600\u061c\u115f\u1160\u180e"
        "\u200b\u200c\u200d\u200e\u2028\u2029\u202e\u2060\u2066\u2069\u3164\ud83d\udc4d\ufe0e\ufe0f"
        "\ufeff\ufff9\uffff\U0001f3fd\U0001f44d\U000e0041\U000e0100中é"
    )
)
FORBIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain text, 1,403 rows", "plain text, 1,403 rows"),
        ("two\nlines", "two\nlines"),
        ("dos\r\nlines\r\n", "dos\nlines\n"),
        ("lone\rreturn", "lone␍return"),
        ("a\tb", "a   b"),
        ("\x1b]52;c;aGk=\x07", "␛]52;c;aGk=␇"),
        ("\x00\x08\x7f", "␀␈␡"),
        ("\x9b31m", "<U+009B>31m"),
        ("abc\u202egpj.exe", "abc<U+202E>gpj.exe"),
        ("\u2066\u2069\u200e\u200f\u061c", "<U+2066><U+2069><U+200E><U+200F><U+061C>"),
        ("zero\u200bwidth\u200djoiner\ufeff", "zero<U+200B>width<U+200D>joiner<U+FEFF>"),
        ("line\u2028para\u2029", "line<U+2028>para<U+2029>"),
        ("tag\U000e0041", "tag<U+E0041>"),
        ("half \ud83d", "half <U+D83D>"),
        ("never\uffff", "never<U+FFFF>"),
        ("hangul\u3164filler", "hangul<U+3164>filler"),
        ("sign ⚠\ufe0f ✔\ufe0e", "sign ⚠ ✔"),
        ("thumb 👍\U0001f3fd", "thumb 👍"),
        ("family 👨\u200d👩\u200d👧", "family 👨👩👧"),
        ("at work 👩\U0001f3fd\u200d💻", "at work 👩💻"),
        ("rainbow 🏳\ufe0f\u200d🌈", "rainbow 🏳🌈"),
        ("a 👩\u200d b", "a 👩<U+200D> b"),
        ("icon \ue0b0", "icon <U+E0B0>"),
        ("unassigned \u0378", "unassigned <U+0378>"),
        ("1\u202f403\u2009km", "1\u00a0403 km"),
        ("full\u3000width\u00a0blank", "full\u3000width\u00a0blank"),
        ("晚点包裹 三月", "晚点包裹 三月"),
        ("e\u0301", "e\u0301"),
        ("\u0301e", "<U+0301>e"),
        (" \u0301e", " <U+0301>e"),
        ("a" + "\u0301" * 12, "a" + "\u0301" * MARKS + "<+9>"),
    ],
)
def test_what_becomes_of_it(raw: str, shown: str) -> None:
    assert clean(raw) == shown


def test_all_characters_of_the_lower_planes() -> None:
    seen: set[str] = set()
    for start in (*range(0, 0x20000, 0x1000), 0x2F000, 0x30000, 0xE0000, 0xF0000, 0x10F000):
        seen.update(clean("".join(f"a{chr(code)}" for code in range(start, start + 0x1000))))
    assert {c for c in seen if not c.isprintable()} == {"\n", "\u00a0", "\u3000"}
    assert {c for c in seen if unicodedata.category(c) in FORBIDDEN} == {"\n"}
    assert len(seen) > 50_000


@given(ANY | HOSTILE)
def test_laws(text: str) -> None:
    out = clean(text)
    assert clean(out) == out
    for line in out.split("\n"):
        assert cell_len(line) == sum(map(get_character_cell_size, line))
        assert not any(unicodedata.category(c) in FORBIDDEN for c in line)
    out.encode()


@given(HOSTILE, HOSTILE)
def test_a_line_is_cleaned_without_its_neighbours(first: str, second: str) -> None:
    first = first.rstrip("\r")
    assert clean(f"{first}\n{second}") == f"{clean(first)}\n{clean(second)}"


@given(HOSTILE)
def test_marks_never_pile_up(text: str) -> None:
    run = 0
    for char in clean(text):
        run = run + 1 if char != "\n" and get_character_cell_size(char) == 0 else 0
        assert run <= MARKS


def test_many_different_characters_do_not_break_it() -> None:
    for start in range(0x3400, 0x2FFFF, 0x3000):
        clean("".join(map(chr, range(start, start + 0x3000))))
    assert clean("e\u0301" + "\u0301" * 3) == "e\u0301\u0301\u0301<+1>"


def test_one_line() -> None:
    assert one_line("  a\n\n b\tc ") == "a b c"
    assert one_line("word " * 1000, 20) == "word word word word"

"""Markdown to rows, whole and growing."""

import struct
from base64 import b64encode
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from das_tui.view import markdown, markdown_tokens
from das_tui.view.clean import clean
from das_tui.view.glyphs import ASCII
from das_tui.view.markdown import MarkdownStream, render
from das_tui.view.rows import ACCENT, FAINT, MUTED, STRONG, TEXT, Ink, Row
from das_tui.view.spec import ViewSpec

SPEC = ViewSpec(61)


def rows(text: str, width: int = 40) -> list[str]:
    return [row.text.rstrip() for row in render(text, width, SPEC)]


def spans(text: str, width: int = 60) -> list[tuple[str, Ink]]:
    return [span for row in render(text, width, SPEC) for span in row.spans]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", []),
        ("one\ntwo", ["one two"]),
        ("一行\n二行", ["一行二行"]),
        ("hard  \nbreak\\\nhere", ["hard", "break", "here"]),
        ("a\n\n\n\nb", ["a", "", "b"]),
        ("# T\ntext\n## U\n\nmore", ["T", "text", "", "U", "more"]),
        ("text\n- a\n- b\n\nmore", ["text", "• a", "• b", "", "more"]),
        ("- a\n\n- b", ["• a", "", "• b"]),
        ("- a\n  - b\n    - c\n- d", ["• a", "  • b", "    • c", "• d"]),
        ("9. a\n10. b", ["9.  a", "10. b"]),
        ("3) a\n4) b", ["3. a", "4. b"]),
        ("-\n- b", ["•", "• b"]),
        ("> q\n> r\n>\n> s", ["│ q r", "│", "│ s"]),
        (">", ["│"]),
        ("---", ["─" * 40]),
        ("<b>x</b><br>", ["<b>x</b><br>"]),
        ("<div>\nx\n</div>", ["<div> x </div>"]),
        ("[foo]: http://x.y\n\n[foo]", ["[foo]: http://x.y", "", "[foo]"]),
        ("    indented\n      code", [" indented", "   code"]),
        ("```\nopen", [" open"]),
        ("```sql\n", [""]),
        ("1. a:\n   ```\n   x\n   ```\n2. b", ["1. a:", "    x", "2. b"]),
        ("&lt;&#x202e;&#10;&amp;", ["<<U+202E> &"]),
        ("a\x1b[31m", ["a␛[31m"]),
        ("bad **bold", ["bad **bold"]),
    ],
)
def test_blocks(text: str, shown: list[str]) -> None:
    assert rows(text) == shown


def test_wrapping_within_margins() -> None:
    text = "- " + "word " * 12 + "\n\n> " + "quoted " * 8 + "\n\n1. 中文" + "字" * 20
    assert rows(text, 30) == [
        "• word word word word word",
        "  word word word word word",
        "  word word",
        "",
        "│ quoted quoted quoted quoted",
        "│ quoted quoted quoted quoted",
        "",
        "1. 中文字字字字字字字字字字字",
        "   字字字字字字字字字",
    ]


def test_prose_has_a_width_of_its_own_code_and_tables_take_all() -> None:
    text = "word " * 60 + "\n\n```\n" + "x" * 150 + "\n```\n"
    got = render(text, 140, ViewSpec(145))
    assert max(row.width for row in got[:4]) <= 96
    assert got[-1].width == 140


def test_inks() -> None:
    assert spans("# H") == [("H", Ink("strong", bold=True, underline=True))]
    assert spans("## H") == [("H", STRONG)]
    assert spans("### H") == [("H", Ink("text", bold=True))]
    assert spans("a **b** *c* ~~d~~") == [
        ("a ", TEXT),
        ("b", STRONG),
        (" ", TEXT),
        ("c", Ink(italic=True)),
        (" ", TEXT),
        ("d", Ink(strike=True)),
    ]
    assert spans("- x") == [("• ", MUTED), ("x", TEXT)]
    assert spans("> x") == [("│ ", Ink("rule")), ("x", MUTED)]
    assert spans("> **x**") == [("│ ", Ink("rule")), ("x", Ink("muted", bold=True))]
    assert spans("---")[0][1] == Ink("rule")
    assert spans("in `code`") == [("in ", TEXT), ("code", Ink(bg="raised"))]


def test_inline_code_keeps_its_marks_where_there_is_no_tone() -> None:
    got = render("in `code`", 40, ViewSpec(61, inline_code_marks=True))
    assert got[0].text == "in `code`"


@pytest.mark.parametrize(
    ("text", "label", "address"),
    [
        ("[the manual](http://x.y/%1B%5D52;c;a)", "the manual", " (http://x.y/%1B%5D52;c;a)"),
        ("[js](javascript:alert%281%29)", "js", " (javascript:alert%281%29)"),
        ("[x](<http://a b>)", "x", " (http://a b)"),
        ("[x](http://a/&#x202e;b)", "x", " (http://a/<U+202E>b)"),
        ("<http://x.y/?a=%20b>", "http://x.y/?a=%20b", ""),
        ("<ops@example.com>", "ops@example.com", ""),
    ],
)
def test_links_show_the_source_address(text: str, label: str, address: str) -> None:
    expected = [(label, Ink(underline=True))]
    if address:
        expected.append((address, FAINT))
    assert spans(text) == expected


def png(width: int, height: int) -> str:
    head = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", width, height) + b"\x08\2\0\0\0"
    return b64encode(head + bytes(300)).decode()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"![](data:image/png;base64,{png(48, 24)})", "[image 48x24 png]"),
        (f"![rides](data:image/png;base64,{png(4, 2)})", "[image 4x2 png] rides"),
        ("![x](data:image/png;base64,bm9uZQ==)", "[image png] x"),
        ("![x](data:image/jpeg;base64,bm9uZQ==)", "[image jpeg] x"),
        ("![x](mocked)", "[image] x (mocked)"),
        ("![a&#x202e;](http://h/p.PNG?x=1)", "[image png] a<U+202E> (http://h/p.PNG?x=1)"),
    ],
)
def test_images(text: str, shown: str) -> None:
    assert rows(text, 60) == [shown]


def test_table() -> None:
    text = (
        "| Station | Empty at | Refilled | Lost |\n|---|---|---:|---|\n"
        "| Hilltop **Library** | 08:10 | 10:40 | 212 |\n| 东门码头 | 08:25 | 11:05 | 1,174 |\n"
    )
    assert rows(text, 60) == [
        "Station           Empty at   Refilled    Lost",
        "Hilltop Library   08:10         10:40     212",
        "东门码头          08:25         11:05   1,174",
    ]
    head = render(text, 60, SPEC)[0]
    assert head.spans == (
        ("Station           Empty at   Refilled    Lost", Ink("muted", underline=True)),
    )


@pytest.mark.parametrize("before", ["", "Here it is:\n", "Here it is:\n\n", "- one\n- two\n\n"])
@pytest.mark.parametrize(
    "head", ["| a | b |", "| a | b", "|a|" + "b" * 90 + "|", "| a \\| c | b |"]
)
def test_a_table_that_comes_never_takes_rows_back(before: str, head: str) -> None:
    """Its head is one before the line below it is whole, so that nothing above it moves."""
    text = f"{before}{head}\n|:--|---|\n| 1 | 2 |\n| 3 | 4 |\n\nDone."
    stream, shown = MarkdownStream(), 0
    for end in range(1, len(text) + 1):
        now = stream.update(text[:end], 40, SPEC, live=True)
        assert now == render(text[:end], 40, SPEC, live=True)
        if end > len(before):
            assert len(now) >= shown, text[:end]
        if end >= len(before) + len(head):
            assert not any(row.text.startswith("|") for row in now), text[:end]
        shown = len(now)


@pytest.mark.parametrize("text", ["| a |\nmore", "```\n| a |", "a\n\n    | b |", "> | a |\n"])
def test_what_is_no_head_of_a_table_stands_as_it_came(text: str) -> None:
    caret = SPEC.glyphs.caret
    live = [row.text.rstrip(f" {caret}") for row in render(text, 40, SPEC, live=True)]
    plain = rows(text)
    assert live[: len(plain)] == plain


def test_wide_table_is_cut_and_moves() -> None:
    text = "| a | b |\n|---|---|\n| " + "x" * 20 + " | " + "y" * 20 + " |\n"
    assert rows(text, 30) == ["a                      b     ›", "x" * 20 + "   yyyyyy›"]
    moved = render(text, 30, ViewSpec(61, shift=99))
    assert moved[1].text == "x" * 7 + "   " + "y" * 20


def test_fence_is_highlighted_on_its_tone() -> None:
    row = render("```sql\nSELECT a -- c\n```", 20, SPEC)[0]
    tone = Ink(bg="code")
    assert row.spans == (
        (" ", tone),
        ("SELECT ", Ink(bg="code", bold=True)),
        ("a ", tone),
        ("-- c", Ink("faint", bg="code", italic=True)),
        ("      ", tone),
    )


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("Next I check ", "Next I check ▍"),
        ("Next I che", "Next I che▍"),
        ("done.\n", "done. ▍"),
        ("", "▍"),
        ("\n\n", "▍"),
        ("x" * 40, "▍"),
        ("x" * 39, "x" * 39 + "▍"),
        ("- item", "• item▍"),
        ("```\nSELECT", " SELECT▍"),
        ("| a |\n|---|\n| b |", "b▍"),
    ],
)
def test_mark_of_a_text_that_is_coming(text: str, last: str) -> None:
    row = render(text, 40, SPEC, live=True)[-1]
    assert row.text.rstrip() == last
    assert ("▍", ACCENT) in row.spans or ("▍", ACCENT._replace(bg="code")) in row.spans
    assert row.width <= 40


def test_ascii_glyphs() -> None:
    got = [
        row.text
        for row in render("- a\n\n> q\n\n---\n\nx", 12, ViewSpec(17, glyphs=ASCII), live=True)
    ]
    assert got == ["* a", "", "| q", "", "-" * 12, "", "x_"]


def test_deep_nesting_keeps_room_for_text() -> None:
    assert rows("- 1. > - word word", 12) == ["• 1.", "  │ •", "  │ word", "  │ word"]
    assert rows("999999999. a", 6) == ["999999", "999.", "a"]


def test_left_margin() -> None:
    assert [row.text for row in render("a\n\nb", 9, SPEC, left=3)] == ["   a", "", "   b"]


FRAGMENTS = st.sampled_from(
    [
        "\n",
        "\n\n",
        "a",
        "text ",
        "**bold** ",
        "中文，",
        "# ",
        "## Head\n",
        "- ",
        "- item\n",
        "  - sub\n",
        "* ",
        "1",
        "1. ",
        "2. b\n",
        "> ",
        "> q\n",
        "```",
        "```sql\n",
        "SELECT 1;\n",
        "~~~\n",
        "    ",
        "\t",
        "---\n",
        "===\n",
        "-",
        "=",
        "|a|b|\n",
        "|-|-|\n",
        "|1|2|\n",
        "a | b\n",
        "--|--\n",
        "[x](http://y)",
        "[x]: http://y\n",
        "![i](data:image/png;base64," + "A" * 200 + ")",
        "`code",
        "`",
        "<br>",
        "&amp;",
        "\\",
        "\r\n",
        "\r",
        "\x1b",
        "e\u0301\u0301",
        "\u0301",
        "\ufe0f",
        "<http://z>",
        "  \n",
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.lists(FRAGMENTS, max_size=30), st.booleans(), st.sampled_from([14, 40]))
def test_a_text_that_grows_gives_the_rows_of_the_whole(
    pieces: list[str], live: bool, width: int
) -> None:
    stream = MarkdownStream(3)
    text = ""
    for piece in pieces:
        text += piece
        grown = stream.update(text, width, SPEC, live=live)
        assert grown == render(text, width, SPEC, live=live, left=3)
    assert all(row.width <= width + 3 for row in render(text, width, SPEC, live=live, left=3))


@settings(deadline=None)
@given(st.lists(st.integers(0, 900), min_size=1), st.integers(20, 70))
def test_any_cut_of_a_document(cuts: list[int], width: int) -> None:
    document = DOCUMENT[:900]
    stream = MarkdownStream()
    for _, end in pairwise([0, *sorted(cuts)]):
        text = document[:end]
        assert stream.update(text, width, SPEC) == render(text, width, SPEC, live=True)


DOCUMENT = (
    """## CPU 上升的原因
从 **07:52** 起，语句 `sql-7f21` 每次扫描 **190 万行**；上升与活动会话一致，与 QPS 无关。

| 时间 UTC | CPU % | 活动会话 | 主要语句 |
|---|---|---|---|
| 07:40 | 31 | 9 | – |
| 08:20 | 95 | 60 | sql-7f21，索引缺失 |

## Advice
1. First `SqlFilter`, at most 20 at a time.
2. Then an index:
   ```sql
   ALTER TABLE rides
     ADD INDEX idx_rider_open (rider_id, ended_at);
   ```

- one

- two
  > with a quote
  > of two lines

Setext
------
Expected effect: rows examined fall from 1.9 M to about 3; CPU should come back under 40 %.

***

```python
def f():  # comment
    return None
```
"""
    + "tail " * 60
)


def test_a_text_that_does_not_continue_starts_anew() -> None:
    stream = MarkdownStream()
    stream.update("# A\n\nb\n\nc", 40, SPEC)
    assert stream.update("# B", 40, SPEC, live=False) == render("# B", 40, SPEC)
    assert stream.update("# B", 20, SPEC, live=False) == render("# B", 20, SPEC)
    assert stream.text == "# B"


def test_final_blocks_are_not_drawn_again() -> None:
    stream = MarkdownStream()
    first = stream.update(DOCUMENT, 60, SPEC, live=True)
    second = stream.update(DOCUMENT + "more", 60, SPEC, live=True)
    kept = [a is b for a, b in zip(first, second, strict=False)]
    assert len(kept) > 30
    assert all(kept[:-12])


def test_streams_are_found_by_their_text() -> None:
    for end in range(0, len(DOCUMENT), 37):
        for text in (DOCUMENT[:end], "other " + DOCUMENT[:end]):
            got = markdown.streamed(text, 60, SPEC, left=3, live=True)
            assert got == render(text, 60, SPEC, left=3, live=True)
    done = markdown.streamed(DOCUMENT, 60, SPEC, left=3, live=False)
    assert done == render(DOCUMENT, 60, SPEC, left=3)


def test_enormous_texts_are_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markdown, "PLAIN_FROM", 300)
    text = "**a** b\n" * 60
    stream = MarkdownStream()
    for end in range(0, len(text), 11):
        grown = stream.update(text[:end], 40, SPEC)
        assert grown == render(text[:end], 40, SPEC, live=True)
    assert render(text, 40, SPEC)[-1] == Row((("**a** b", TEXT),))


@settings(deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=())), st.integers(8, 60))
def test_no_control_leaves(text: str, width: int) -> None:
    for row in render(text, width, SPEC, live=True):
        assert clean(row.text) == row.text
        assert "\n" not in row.text
        assert row.width <= width


LINES = st.lists(
    st.one_of(
        st.just(""),
        st.text("ab Z\u4e2d1.-=|:#>*_`[]()!<&\\~+ ", max_size=12),
        st.text("ab \u4e2d.-=|:*", max_size=12).map(lambda line: f"a{line}"),
    ),
    max_size=6,
)


@given(LINES)
def test_paragraphs_are_read_without_the_parser_as_with_it(lines: list[str]) -> None:
    text = "\n".join(lines)
    if not markdown_tokens._PROSE.fullmatch(text):
        return
    read = [(t.type, t.nesting, t.level, t.map, t.content) for t in markdown_tokens.blocks(text)]
    parsed = markdown_tokens.parser().parse(text)
    assert read == [(t.type, t.nesting, t.level, t.map, t.content) for t in parsed]


@pytest.mark.parametrize("line", ["- a", "1. a", "> a", "# a", "    a", "===", "|-|", "```", ""])
def test_all_but_letters_at_the_begin_of_a_line_needs_the_parser(line: str) -> None:
    assert not markdown_tokens._PROSE.fullmatch(f"text\n{line}a\n{line}" if line else "")

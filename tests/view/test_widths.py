"""Characters of all scripts: rows never exceed their width, and columns stay below each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from das_tui.domain.blocks import Answer, Block, Question
from das_tui.view.block import render
from das_tui.view.clean import clean
from das_tui.view.rows import TEXT
from das_tui.view.spec import ViewSpec
from das_tui.view.table import layout
from das_tui.view.wrap import cells, fit, pad, span_cells, wrap

ODD = [
    "👨\u200d👩\u200d👧",  # joined by ZWJ
    "👩\U0001f3fd\u200d💻",
    "🏳\ufe0f\u200d🌈",
    "🇩🇪",
    "🇩🇪🇫🇷",
    "🇩",  # half a flag
    "✈\ufe0f",
    "☎\ufe0e",
    "❤\ufe0f",
    "1\ufe0f\u20e3",
    "👍🏽",
    "e\u0301",
    "a\u0301\u0302\u0303\u0304\u0305",
    "\u1112\u1161\u11ab",  # Hangul Jamo
    "\u1100\u1161",
    "한국어",
    "库存不足",
    "パーセント",
    "ｶﾞ",
    "Ａ１",
    "กำ",
    "नि",
    "क्षि",
    "سلام",
    "שלום",
    "𝐀",
    "𠀀",
    "①→≥●…",
    "a\u3000b",
    "a\u00a0b",
    "a\u200bb",
    "x²",
    "\ud83d",
    "\u202eabc",
]
TEXTS = st.lists(st.sampled_from([*ODD, "a", " ", "rm-1", "12 %"]), max_size=12).map("".join)


@pytest.mark.parametrize("text", ODD)
def test_a_clean_text_is_as_wide_as_the_screen_takes_it(text: str) -> None:
    assert cells(clean(text)) == cell_len(clean(text))


@given(TEXTS, st.integers(2, 60))
def test_nothing_is_wider_than_its_room(text: str, room: int) -> None:
    text = clean(text)
    assert cells(text) == cell_len(text)
    assert cell_len(fit(text, room, "…")) <= room
    assert all(cell_len(line) <= room for line in wrap(text, room))
    if cells(text) <= room:
        assert cell_len(pad(text, room)) == room


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=6))
def test_columns_stand_below_each_other(rows: list[tuple[str, str]]) -> None:
    body = [[[(clean(one), TEXT)] if one else [], [(clean(two), TEXT)]] for one, two in rows]
    head = [[("名称", TEXT)], [("value", TEXT)]]
    lines = layout(head, body, [False, False], 10_000, ViewSpec(width=10_000))
    starts = set()
    for (_, two), line in zip(rows, lines[1:], strict=True):
        if clean(two):
            starts.add(span_cells(line) - cells(clean(two)))
            assert line[-1][0] == clean(two)
    assert len(starts) <= 1


@given(TEXTS, st.sampled_from([40, 57, 80, 120]))
def test_rows_of_blocks_fit(text: str, width: int) -> None:
    spec = ViewSpec(width=width)
    for body in (
        Question(text),
        Answer(f"# {text}\n\n{text}\n\n- {text}\n\n| {text} | b |\n|-|-|\n"),
    ):
        for row in render(Block(0, body, 20), spec, True):
            assert cell_len(row.text) == row.width
            assert row.width <= width

"""The row of the prompt."""

import pytest

from das_tui.view import prompt
from das_tui.view.line import Line
from das_tui.view.searching import Hits


def text(written: str, width: int, hits: Hits) -> str:
    return prompt.row("/", Line.of(written), width, prompt.search_facts(hits)).text


def test_what_is_written_and_what_was_found() -> None:
    found = text("hilltop", 60, Hits(2, 7, 3))
    assert found.startswith(" / hilltop")
    assert found.endswith("2 of 7   3 in hidden rows")
    assert len(found) == 58


@pytest.mark.parametrize("width", range(12, 100))
@pytest.mark.parametrize("written", ["", "h", "hilltop", "晚点包裹三月" * 3, "x" * 300])
def test_it_fits_and_the_caret_is_seen(width: int, written: str) -> None:
    row = prompt.row("/", Line.of(written), width, prompt.search_facts(Hits(2, 7, 3, 40)))
    assert row.width <= width
    assert any(ink.bg == "accent" for _, ink in row.spans)


def test_facts_give_way_to_what_is_written() -> None:
    assert text("hilltop", 40, Hits(2, 7, 3)).endswith("2 of 7  3 hidden")
    assert text("hilltop", 30, Hits(2, 7, 3)).endswith("2 of 7")
    assert "of 7" not in text("hilltop", 20, Hits(2, 7, 3))


@pytest.mark.parametrize(
    ("hits", "said"),
    [
        (Hits(), "no hit"),
        (Hits(0, 0, 3), "no hit   3 in hidden rows"),
        (Hits(0, 1, 0), "1 hit"),
        (Hits(0, 41, 0), "41 hits"),
        (Hits(3, 41, 0, 38), "3 of 41  38 %"),
        (Hits(0, 0, 0, 5), "looking  5 %"),
    ],
)
def test_counts_in_words(hits: Hits, said: str) -> None:
    assert "".join(words for words, _ in prompt.search_facts(hits)[0]) == said


def test_a_preview_of_the_sieve() -> None:
    def said(hides: bool) -> str:
        return "".join(
            words for words, _ in prompt.sift_facts(Hits(0, 40, 1), 1012, hides=hides)[0]
        )

    assert said(False) == "41 shown   971 hidden"
    assert said(True) == "971 shown   41 hidden"


def test_why_a_text_is_no_pattern_yet() -> None:
    row = prompt.row("/", Line.of("("), 80, prompt.error_facts("missing )"))
    assert row.text.endswith("not a pattern yet: missing )")

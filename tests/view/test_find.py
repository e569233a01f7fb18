"""Patterns: what they find in blocks, what they turn down unread, where they light up rows."""

import re
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from das_tui.domain import blocks as b
from das_tui.domain import shelf
from das_tui.domain.blocks import Answer, Block, Note, Table, Text, Tool
from das_tui.domain.events import AskKind
from das_tui.domain.plan import Change, Plan, PlanStep, StepChange
from das_tui.domain.shelf import CHUNK
from das_tui.view.block import render
from das_tui.view.bodies import Bodies
from das_tui.view.find import CURRENT, Pattern, PatternError, lit, words
from das_tui.view.matches import Matches
from das_tui.view.rows import Ink, Row
from das_tui.view.spec import ViewSpec

SPEC = ViewSpec(width=60, utc=True)


# --- patterns ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "regex", "text", "found"),
    [
        ("timeout", False, "Lock wait Timeout", True),
        ("Timeout", False, "Lock wait timeout", False),
        ("Timeout", False, "Lock wait Timeout", True),
        ("a.c", False, "abc", False),
        ("a.c", True, "abc", True),
        (r"\S+ 三月", True, "包裹 三月", True),
        (r"\D\d", True, "ROWS x1", True),
        ("^two$", True, "one\ntwo\nthree", True),
        ("x*", True, "yyy", False),
        ("x*", True, "yyx", True),
        ("包裹", False, "晚点包裹 三月", True),
        ("É", False, "é", False),
        ("é", False, "É", True),
    ],
)
def test_smart_case_and_regular_expressions(
    pattern: str, regex: bool, text: str, found: bool
) -> None:
    assert Pattern(pattern, regex).finds(text) is found


@pytest.mark.parametrize("text", ["(", "[a", "*", "a{2,1}", "(?P<x", "\\"])
def test_half_a_regular_expression_says_why_it_is_none(text: str) -> None:
    with pytest.raises(PatternError) as raised:
        Pattern(text, regex=True)
    assert str(raised.value)
    assert Pattern(text).finds(f"x{text}x")


def test_equal_patterns() -> None:
    assert Pattern("a") == Pattern("a")
    assert Pattern("a") != Pattern("a", regex=True)
    assert len({Pattern("a"), Pattern("a"), Pattern("b")}) == 2


def test_control_characters_are_found_as_they_are_shown() -> None:
    assert Pattern("a␛b").within(Note("a\x1bb"))
    assert not Pattern("\x1b").within(Note("a\x1bb"))


_STEP = PlanStep(1, "name the step")
BODIES: list[tuple[b.Body, list[str], list[str]]] = [
    (b.Question("why is it slow"), ["slow"], []),
    (b.Answer("**Hilltop** Library"), ["hilltop", "library"], []),
    (b.Thought("think of it"), ["think"], []),
    (
        Tool(
            "execute_sql",
            "Altitude of Hilltop",
            call_id="call-77",
            params=(("--instanceId", "rm-demo"),),
            language="sql",
            code="SELECT 1",
            outputs=(
                Table(("station", "net"), (("Old Mill", "9120"), (None, "7"))),
                Text("plain output"),
                b.Image("png", 4, 4),
            ),
            reason="gone away",
        ),
        [
            "execute",
            "altitude",
            "--instanceid rm",
            "select 1",
            "station",
            "old mill   9120",
            "plain",
            "png",
            "gone",
        ],
        ["call-77", "running"],
    ),
    (b.StepRule(3, "Station imbalance"), ["imbalance"], []),
    (b.PlanShown(Plan(title="the plan", steps=(_STEP,))), ["name the step", "the plan"], []),
    (
        b.Ask(
            AskKind.SQL,
            "run it?",
            "DELETE FROM t",
            "full scan",
            changes=(StepChange(Change.DROPPED, PlanStep(2, "dropped step")),),
            answered="you approved",
        ),
        ["run it", "delete", "full scan", "dropped step", "you approved"],
        [],
    ),
    (
        b.Chart("Rides", "a summary", "bar", Table(("day",), (("Mon",),))),
        ["rides", "summary", "mon"],
        [],
    ),
    (b.Suggestions(("and then?",)), ["then"], []),
    (b.FileNote("week_52.html", 9), ["week_52"], []),
    (b.Report("Week 52", "WebReport"), ["week", "webreport"], []),
    (b.Notice("resumed at 180", detail="3 repeated"), ["resumed", "repeated"], []),
    (
        b.Failure("Refused", "403 NoPermission", "no grant", "ask for it", "REQ-1"),
        ["refused", "nopermission", "grant", "ask for", "req-1"],
        [],
    ),
    (b.Note("a remark", "status"), ["remark", "status"], []),
    (b.Raw("odd", '{"x": 1}', reason="no object"), ["odd", '"x"', "no object"], []),
]


@pytest.mark.parametrize(("body", "found", "missed"), BODIES, ids=lambda v: type(v).__name__)
def test_what_can_be_found_in_each_kind(body: b.Body, found: list[str], missed: list[str]) -> None:
    for text in found:
        assert Pattern(text).within(body), text
    for text in missed:
        assert not Pattern(text).within(body), text


def test_every_kind_has_words() -> None:
    assert {type(body) for body, _, _ in BODIES} == set(shelf.KINDS)


# --- the test of a chunk's bytes ------------------------------------------------------------------

ODD = (
    "aKkſsSıiİ é É\ufe0f\u200b\u202e\u0301\u0301\U0001f3fd\U0001f600\ud83d\t\r\n\\\"'<>+.0123U中文ｱ"
)
WORDS = st.text(st.sampled_from(ODD) | st.characters(), max_size=12) | st.sampled_from(
    ["timeout", "Lock wait", "u202e", "<U+202E>", "<+2>", "三月 502", "line\nfeed", "ok\ufe0fay"]
)


@settings(max_examples=400, deadline=None)
@given(st.data(), st.lists(WORDS, min_size=1, max_size=6), st.booleans())
def test_no_chunk_with_a_match_is_turned_down(
    data: st.DataObject, texts: list[str], whole: bool
) -> None:
    """A piece of what can be found, in any case, is never turned down by the bytes."""
    body = Answer(texts[0])
    blocks = [
        Block(0, body),
        Block(1, Tool("t", params=tuple((text, text) for text in texts), code=texts[-1])),
    ]
    plain = shelf.inflate(shelf.pack(blocks))
    text = words(blocks[data.draw(st.integers(0, 1))].body)
    first = data.draw(st.integers(0, max(0, len(text) - 1)))
    piece = text if whole else text[first : data.draw(st.integers(first, len(text)))]
    for wanted in (piece[:60], piece[:60].lower(), piece[:60].upper()):
        if not wanted:
            continue
        pattern = Pattern(wanted)
        if any(pattern.within(block.body) for block in blocks):
            assert pattern.perhaps(plain)
        as_regex = Pattern(re.escape(wanted), regex=True)
        if any(as_regex.within(block.body) for block in blocks):
            assert as_regex.perhaps(plain)


@pytest.mark.parametrize(
    "text",
    [r"time\w+", r"tim?eout", r"tim*eout", r"ti.+out", r"x{0}timeout", r"\x74imeout", r"t[i]m",
     r"zzz|timeout", r"\u0074ime", r"(?:zzz)?timeout", r"tz?imeout", r"timeouts*"],
)  # fmt: skip
def test_a_regular_expression_turns_down_no_chunk_that_it_matches(text: str) -> None:
    plain = shelf.inflate(shelf.pack([Block(0, Note("a timeout"))]))
    pattern = Pattern(text, regex=True)
    assert pattern.finds("a timeout")
    assert pattern.perhaps(plain)


@pytest.mark.parametrize(
    ("text", "regex"), [("deadlock", False), ("dead.*lock", True), ("死锁", False), ("777", False)]
)
def test_chunks_without_it_are_turned_down(text: str, regex: bool) -> None:
    blocks = [Block(n, Note(f"a 超时 timeout {n}")) for n in range(9)]
    plain = shelf.inflate(shelf.pack(blocks))
    assert not Pattern(text, regex).perhaps(plain)


# --- rows -----------------------------------------------------------------------------------------


def drawn(body: b.Body, spec: ViewSpec = SPEC, opened: bool = False) -> tuple[Row, ...]:
    return render(Block(0, body), spec, opened)


def marked(rows: tuple[Row, ...], pattern: Pattern) -> list[str]:
    """What is lit up, row by row."""
    return [
        row.text[first:stop]
        for row, places in zip(rows, pattern.places(rows), strict=True)
        for first, stop in places
    ]


def test_matches_light_up_in_rows() -> None:
    rows = drawn(Answer("Move to **Hilltop** Library, then hilltop again."))
    assert marked(rows, Pattern("hilltop")) == ["Hilltop", "hilltop"]
    assert marked(rows, Pattern("hilltop library")) == ["Hilltop Library"]


def test_a_match_that_is_broken_over_rows_lights_up_on_both() -> None:
    rows = drawn(Answer("word " * 10 + "station imbalance " + "word " * 9))
    assert len(rows) > 1
    both = marked(rows, Pattern("station imbalance word"))
    assert " ".join(both) == "station imbalance word"
    wide = drawn(Answer("晚点包裹很多" * 12))
    assert len(wide) > 1
    assert "".join(marked(wide, Pattern("包裹很多晚"))) == "包裹很多晚" * 11


def test_the_glyph_of_a_row_is_no_match() -> None:
    rows = drawn(Tool("xx", "x", status=b.ToolStatus.DONE))
    assert marked(rows, Pattern("x")) == ["x", "x", "x"]
    assert all(first >= 3 for places in Pattern("x").places(rows) for first, _ in places)


@settings(max_examples=200, deadline=None)
@given(
    st.text(st.sampled_from("ab 中文，。é\u0301😀"), max_size=60),
    st.text(st.sampled_from("ab 中文é"), min_size=1, max_size=4),
    st.integers(20, 60),
)
def test_lighting_up_changes_neither_text_nor_width(text: str, wanted: str, width: int) -> None:
    rows = drawn(Answer(text), ViewSpec(width=width, utc=True))
    pattern = Pattern(wanted)
    for row, places in zip(rows, pattern.places(rows), strict=True):
        for current in (False, True):
            shown = lit(row, places, current)
            assert (shown.text, shown.width, shown.fill) == (row.text, row.width, row.fill)
            lights = [t for t, ink in shown.spans if ink.bg in {"hit", "accent"}]
            assert "".join(lights) == "".join(row.text[a:z] for a, z in places)
        assert all(row.text[z : z + 1] != "\u0301" for _, z in places)


def test_the_current_hit_stands_out() -> None:
    (row,) = drawn(Note("here it is"))
    (places,) = Pattern("it").places([row])
    assert ("it", CURRENT) in lit(row, places, current=True).spans
    assert ("it", Ink("strong", "hit")) in lit(row, places, current=False).spans
    assert lit(row, [], current=True) is row


# --- matches --------------------------------------------------------------------------------------


def many(count: int, every: int) -> list[Block]:
    return [Block(n, Note(f"hit {n}" if n % every == 0 else "nothing")) for n in range(count)]


def shelved(blocks: list[Block]) -> tuple[Bodies, list[int]]:
    """Bodies of which whole chunks are on the shelf, and the numbers of the chunks that are made
    into blocks."""
    data = [
        shelf.pack(blocks[n : n + CHUNK]) for n in range(0, len(blocks) // CHUNK * CHUNK, CHUNK)
    ]
    made: list[int] = []

    class Counted(shelf.Chunks):
        def whole(self, number: int, plain: bytes) -> list[Block]:
            made.append(number)
            return super().whole(number, plain)

    bodies = Bodies()
    bodies.shelve(len(data) * CHUNK, Counted(data.__getitem__))
    for block in blocks[len(data) * CHUNK :]:
        bodies.append(block)
    return bodies, made


def test_it_looks_from_the_place_of_the_reader_outwards() -> None:
    blocks = many(CHUNK * 6 + 19, 50)
    bodies, _ = shelved(blocks)
    matches = Matches(Pattern("hit"), bodies, near=CHUNK * 4 + 3)
    firsts = []
    while not matches.done:
        firsts += [first // CHUNK for first in matches.work(lambda: True)]
    assert firsts == [4, 5, 3, 6, 2, 1, 0]
    assert list(matches.hits) == [int(n % 50 == 0) for n in range(len(blocks))]
    assert matches.percent == 100


def test_only_chunks_that_may_match_are_made_into_blocks() -> None:
    blocks = many(CHUNK * 40, CHUNK * 10)
    bodies, made = shelved(blocks)
    matches = Matches(Pattern("hit"), bodies)
    list(matches.work(lambda: False))
    assert made == [0, 10, 20, 30]
    assert matches.hits.count(1) == 4


def test_blocks_that_come_or_change_while_it_looks() -> None:
    bodies, _ = shelved(many(CHUNK * 2 + 5, 10**9))
    matches = Matches(Pattern("hit"), bodies, near=CHUNK * 2)
    list(matches.work(lambda: True))
    late = Block(7, Note("a late hit"))
    bodies.replace(7, late)
    matches.put(late)
    new = Block(CHUNK * 2 + 5, Note("a new hit"))
    bodies.append(new)
    matches.put(new)
    while not matches.done:
        list(matches.work(lambda: True))
    assert [at for at, hit in enumerate(matches.hits) if hit] == [0, 7, CHUNK * 2 + 5]


def test_a_chunk_that_cannot_be_read_matches_what_stands_in_for_it() -> None:
    def gone(number: int) -> bytes | None:
        return None

    bodies = Bodies()
    bodies.shelve(CHUNK, shelf.Chunks(gone))
    matches = Matches(Pattern("could not be read"), bodies)
    list(matches.work(lambda: False))
    assert matches.hits.count(1) == CHUNK


def test_no_field_of_a_body_is_forgotten() -> None:
    """A new text field of a body has to be found, or named here as one that is not shown."""
    unseen = {"call_id", "language", "chart_type", "label", "value", "kind"}
    for body, _, _ in BODIES:
        for field in fields(body):
            value: Any = getattr(body, field.name)
            if type(value) is str and value and field.name not in unseen:
                assert value in words(body)

"""What holds for every block: no control character, no row wider than the pane."""

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from das_tui.domain.blocks import (
    Answer,
    Ask,
    Block,
    Chart,
    Failure,
    FileNote,
    Image,
    Note,
    Notice,
    PlanShown,
    Question,
    Raw,
    Report,
    StepRule,
    Suggestions,
    Table,
    Text,
    Thought,
    Tone,
    Tool,
    ToolStatus,
)
from das_tui.domain.events import AskKind
from das_tui.domain.plan import Change, Plan, PlanStep, StepChange, StepStatus
from das_tui.view.block import render
from das_tui.view.glyphs import ASCII, UTF8
from das_tui.view.shape import estimate, foldable, loose
from das_tui.view.spec import ViewSpec

FORBIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
WORDS = st.text(alphabet=st.characters(exclude_categories=()), max_size=60) | st.lists(
    st.sampled_from(
        [
            "word ",
            "\n",
            "\x1b[31m",
            "中文，",
            "12 %",
            "\u202e",
            "`c`",
            "**",
            "- ",
            "| a |",
            "\t",
            "&#x202e;",
            "![x](y)",
            "e\u0301",
            "\ud83d",
            "https://example.com/very/long/path",
            "   ",
        ]
    ),
    max_size=25,
).map("".join)
NUMBER = st.integers(-5, 2**40)
VALUE = st.none() | WORDS | st.integers(-9, 10**12).map(str) | st.floats().map(str)
TABLES = st.builds(
    Table,
    st.lists(WORDS, max_size=4).map(tuple),
    st.lists(st.lists(VALUE, max_size=5).map(tuple), max_size=14).map(tuple),
    NUMBER,
)
OUTPUTS = TABLES | st.builds(Text, WORDS, st.booleans()) | st.builds(Image, WORDS, NUMBER, NUMBER)
STEPS = st.builds(PlanStep, NUMBER, WORDS, WORDS, WORDS, st.sampled_from(StepStatus))
PLANS = st.builds(Plan, WORDS, WORDS, WORDS, NUMBER, st.lists(STEPS, max_size=4).map(tuple))
CHANGES = st.lists(st.builds(StepChange, st.sampled_from(Change), STEPS, NUMBER), max_size=4).map(
    tuple
)
BODIES = st.one_of(
    st.builds(Question, WORDS),
    st.builds(Answer, WORDS, st.booleans()),
    st.builds(Thought, WORDS),
    st.builds(
        Tool,
        name=WORDS,
        title=WORDS,
        params=st.lists(st.tuples(WORDS | st.just("--instanceId"), WORDS), max_size=4).map(tuple),
        language=st.sampled_from(["", "sql", "python", "json"]),
        code=WORDS,
        outputs=st.lists(OUTPUTS, max_size=3).map(tuple),
        status=st.sampled_from(ToolStatus),
        reason=WORDS,
        total_rows=st.none() | NUMBER,
    ),
    st.builds(StepRule, NUMBER, WORDS),
    st.builds(PlanShown, PLANS, CHANGES),
    st.builds(
        Ask,
        st.sampled_from(AskKind),
        WORDS,
        WORDS,
        WORDS,
        st.none() | PLANS,
        CHANGES,
        st.none(),
        WORDS,
    ),
    st.builds(Chart, WORDS, WORDS, WORDS, st.none() | TABLES, WORDS, WORDS),
    TABLES.filter(lambda table: len(table.columns) > 1).map(
        lambda table: Chart("t", "", "bar", table, table.columns[0], table.columns[1])
    ),
    st.builds(Suggestions, st.lists(WORDS, max_size=12).map(tuple)),
    st.builds(FileNote, WORDS, NUMBER),
    st.builds(Report, WORDS, WORDS),
    st.builds(Notice, WORDS, st.sampled_from(Tone), WORDS),
    st.builds(Failure, WORDS, WORDS, WORDS, WORDS, WORDS),
    st.builds(Note, WORDS, WORDS),
    st.builds(Raw, WORDS, WORDS, st.booleans(), WORDS),
)
BLOCKS = st.builds(
    Block,
    index=st.just(0),
    body=BODIES,
    level=st.none() | st.integers(-(2**31), 2**31),
    at=st.none() | st.floats() | st.just(1768465800.0),
    seconds=st.none() | st.floats(),
    live=st.booleans(),
)
SPECS = st.builds(
    ViewSpec,
    width=st.integers(1, 130) | st.sampled_from([40, 57, 87]),
    glyphs=st.sampled_from([UTF8, ASCII]),
    target=st.sampled_from(["", "rm-demoharbor01"]),
    show_levels=st.booleans(),
    show_times=st.booleans(),
    wrap_code=st.booleans(),
    shift=st.integers(0, 40),
    utc=st.just(True),
    now=st.floats(0, 1e12),
    inline_code_marks=st.booleans(),
    name_width=st.sampled_from([0, 13, 16]),
    table_rows=st.sampled_from([0, 10]),
)


@settings(max_examples=300, deadline=None)
@given(BLOCKS, SPECS, st.booleans())
def test_rows_fit_and_hold_nothing_that_acts(block: Block, spec: ViewSpec, opened: bool) -> None:
    rows = render(block, spec, opened)
    assert rows
    for row in rows:
        assert row.width <= spec.width
        assert not any(unicodedata.category(char) in FORBIDDEN for char in row.text)
    assert rows == render(block, spec, opened)


@settings(max_examples=150, deadline=None)
@given(BLOCKS, SPECS, st.booleans())
def test_the_rest_is_total(block: Block, spec: ViewSpec, opened: bool) -> None:
    assert estimate(block, spec, opened) >= 0
    assert isinstance(loose(block), bool)
    if not foldable(block):
        assert render(block, spec, True) == render(block, spec, False)


@settings(max_examples=150, deadline=None)
@given(BLOCKS, st.integers(40, 130))
def test_margins_stay_blank(block: Block, width: int) -> None:
    for row in render(block, ViewSpec(width, utc=True), True):
        assert row.text[:1] in {"", " "}
        assert row.width <= width - 2

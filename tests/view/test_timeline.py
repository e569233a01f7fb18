"""The course of a turn and the timeline drawn from it."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from das_tui.domain import shelf
from das_tui.domain.blocks import (
    Answer,
    Ask,
    Block,
    Body,
    Note,
    PlanShown,
    Question,
    StepRule,
    Tool,
    ToolStatus,
)
from das_tui.domain.events import AskKind
from das_tui.domain.plan import Plan, PlanStep, StepStatus
from das_tui.domain.session import Overview, State
from das_tui.view import course as course_view
from das_tui.view import parts as parts_view
from das_tui.view.course import Course, Kind, Stretch
from das_tui.view.glyphs import ASCII, UTF8, Glyphs
from das_tui.view.spec import ViewSpec
from das_tui.view.timeline import (
    Line,
    axis,
    axis_of,
    foot,
    lines,
    percents,
    rows,
    silence,
    status,
    words,
)
from das_tui.view.transcript import Transcript
from das_tui.view.wrap import cells

NOW = 1_000_000.0
PLAN = Plan(steps=(PlanStep(1, "A", status=StepStatus.DONE), PlanStep(2, "B")))
DONE = ToolStatus.DONE

Told = tuple[Body, float, float | None]
"""A body, when it began (seconds after the start) and how long it took; None while it is live."""


def transcript(*told: Told) -> Transcript:
    found = Transcript(ViewSpec(width=80))
    for index, (body, at, seconds) in enumerate(told):
        found.put(Block(index, body, at=NOW + at, seconds=seconds, live=seconds is None))
    return found


RUN: tuple[Told, ...] = (
    (Question("why?"), 0, 0.0),
    (PlanShown(PLAN), 5, 8.0),
    (Ask(AskKind.PLAN, plan=PLAN, answered="you approved"), 133, 120.0),
    (StepRule(1, "A"), 133, 30.0),
    (Tool("execute_sql", "Row counts", status=DONE, total_rows=4), 136, 3.0),
    (Tool("execute_sql", "Flow", status=ToolStatus.FAILED, reason="timeout"), 140, 20.0),
    (StepRule(2, "B"), 163, 137.0),
    (Tool("python", "Chart", status=DONE), 165, 10.0),
    (Answer("done"), 295, 5.0),
)
FINISHED = Overview(state=State.FINISHED, since=NOW + 300, plan=PLAN)


def the_course() -> Course:
    return parts_view.turn(transcript(*RUN), 0, FINISHED, NOW + 900)


def flat(course: Course) -> list[tuple[str, str, float, float]]:
    return [
        (one.kind, one.name, one.began - NOW, one.ended - NOW)
        for part in course.parts
        for one in (part, *part.inside)
    ]


# --- the course ----------------------------------------------------------------------------------


def test_steps_calls_waits_and_silences() -> None:
    found = the_course()
    assert flat(found) == [
        (Kind.LEAD, "Plan", 0, 13),
        (Kind.WAIT, "waited for you", 13, 133),
        (Kind.STEP, "A", 133, 163),
        (Kind.TOOL, "Row counts", 136, 139),
        (Kind.TOOL, "Flow", 140, 160),
        (Kind.STEP, "B", 163, 300),
        (Kind.TOOL, "Chart", 165, 175),
        (Kind.QUIET, "quiet", 175, 295),
    ]
    assert found.seconds == 300
    assert (found.calls, found.left_out, found.turns, found.number) == (3, 0, 1, 1)
    assert [stretch.failed for stretch in found.parts[1].inside] == [False, True]
    assert found.longest is not None
    assert found.longest.name == "Flow"


def test_the_shares_add_up_to_the_whole() -> None:
    assert dict(the_course().shares) == {
        "waited for you": 120,
        "tools": 33,
        "quiet": 120,
        "agent": 27,
    }


def test_what_runs_ends_now() -> None:
    told = (
        (Question("why?"), 0, 0.0),
        (StepRule(1, "A"), 2, None),
        (Tool("execute_sql", "Flow"), 3, None),
    )
    live = Overview(state=State.LIVE, since=NOW)
    found = parts_view.turn(transcript(*told), 0, live, NOW + 50)
    assert flat(found) == [(Kind.STEP, "A", 2, 50), (Kind.TOOL, "Flow", 3, 50)]
    assert found.parts[0].running
    assert found.parts[0].inside[0].running
    asked = (*told[:1], (Ask(AskKind.HUMAN, text="which?"), 4, None))
    waits = Overview(state=State.NEEDS_INPUT, since=NOW + 4)
    found = parts_view.turn(transcript(*asked), 0, waits, NOW + 50)
    assert dict(found.shares) == {"waited for you": 46, "agent": 4}
    assert found.parts[0].inside[0].running


def test_a_step_that_waits_for_a_human_is_not_finished() -> None:
    told = ((Question("why?"), 0, 0.0), (StepRule(1, "A"), 2, None))
    told += ((Ask(AskKind.SQL, sql="SELECT 1"), 4, None),)
    waits = Overview(state=State.NEEDS_INPUT, since=NOW + 4)
    found = parts_view.turn(transcript(*told), 0, waits, NOW + 50)
    drawn = [row.text for row in rows(lines(found, set(), set()), 120, axis_of(found, 120))]
    assert [drawn[0][2], drawn[1][5]] == ["?", "?"]
    ended = Overview(state=State.CANCELLED, since=NOW + 40)
    found = parts_view.turn(transcript(*told), 0, ended, NOW + 50)
    assert not any(
        "?" in row.text for row in rows(lines(found, set(), set()), 120, axis_of(found, 120))
    )


def test_a_turn_without_steps_is_a_plain_list() -> None:
    told = ((Question("why?"), 0, 0.0), (Tool("Metrics", status=DONE), 1, 2.0))
    ended = Overview(state=State.FINISHED, since=NOW + 3)
    found = parts_view.turn(transcript(*told), 0, ended, 0.0)
    assert [part.name for part in found.parts] == [""]
    assert [line.stretch.name for line in lines(found, (), ()) if line.stretch] == ["Metrics"]


def test_words_that_answer_an_ask_begin_no_turn() -> None:
    told = (
        (Question("first"), 0, 0.0),
        (Ask(AskKind.HUMAN, answered="you answered in words"), 9, 5.0),
        (Question("the second one"), 9, 0.0),
        (Question("next"), 20, 0.0),
    )
    found = transcript(*told)
    assert course_view.beginnings(found) == [0, 3]
    assert [course_view.turn_of(found, block) for block in range(4)] == [0, 0, 0, 1]
    whole = course_view.session(found, FINISHED, 0.0)
    assert [(part.name, part.number) for part in whole.parts] == [("first", 1), ("next", 2)]
    assert course_view.beginnings(Transcript(ViewSpec(width=80))) == []


def shelved(count: int) -> tuple[Transcript, list[int]]:
    """A turn on the shelf with a call in each second block, and the chunks that were read."""
    size = shelf.CHUNK
    blocks = [
        Block(
            at,
            Question("why?")
            if not at
            else Tool("t", str(at), status=DONE)
            if at % 2
            else Note("n"),
            at=NOW + at,
            seconds=1.0,
        )
        for at in range(count)
    ]
    read: list[int] = []

    def fetch(number: int) -> Sequence[Block]:
        read.append(number)
        return blocks[number * size : (number + 1) * size]

    found = Transcript(ViewSpec(width=80))
    heads = [shelf.head(blocks[at : at + size]) for at in range(0, count, size)]
    found.put_shelf(heads, fetch)
    return found, read


def test_of_a_long_turn_only_the_latest_calls_are_read() -> None:
    count = 200 * shelf.CHUNK
    found, read = shelved(count)
    course = parts_view.turn(found, 0, FINISHED, 0.0)
    assert len(set(read)) <= course_view.CHUNKS + 1
    assert course.calls == count // 2
    listed = course.parts[0].inside
    assert len(listed) == parts_view.LISTED
    assert listed[-1].block == count - 1
    assert course.left_out == count // 2 - parts_view.LISTED
    first = lines(course, (), ())[0]
    assert first.stretch is None
    assert first.words == "24,600 of 25,600 calls are not listed, only counted"
    assert [name for name, _ in course.shares] == ["at work"]


def test_the_questions_of_a_long_session_are_read_bit_by_bit() -> None:
    size = shelf.CHUNK
    blocks = [
        Block(at, Question(f"q{at}") if at % size == 9 else Note("n"), at=NOW + at, seconds=1.0)
        for at in range(100 * size)
    ]
    read: list[int] = []

    def fetch(number: int) -> Sequence[Block]:
        read.append(number)
        return blocks[number * size : (number + 1) * size]

    found = Transcript(ViewSpec(width=80))
    found.put_shelf(
        [shelf.head(blocks[at : at + size]) for at in range(0, len(blocks), size)], fetch
    )
    known: dict[int, Stretch] = {}
    course = course_view.session(found, FINISHED, 0.0, known)
    first = len(course.parts)
    assert 10 < first < course_view.CHUNKS + 1
    assert course.left_out + first == course.turns == 101
    assert len(set(read)) <= course_view.CHUNKS
    assert "earlier questions" in lines(course, (), ())[0].words
    read.clear()
    course = course_view.session(found, FINISHED, 0.0, known)
    assert first < len(course.parts) < 101
    assert len(set(read)) <= course_view.CHUNKS + 2
    for _ in range(10):
        course = course_view.session(found, FINISHED, 0.0, known)
    assert [part.number for part in course.parts] == list(range(1, 102))
    assert course.left_out == 0


# --- rows ----------------------------------------------------------------------------------------


def drawn(width: int, glyphs: Glyphs = UTF8) -> list[str]:
    course = the_course()
    found = axis_of(course, width)
    shown = lines(course, (), ())
    return [row.text.rstrip() for row in rows(shown, width, found, cursor=4, glyphs=glyphs)]


def test_bars_stand_at_their_times() -> None:
    assert drawn(80) == [
        "  ✓ Plan                   ▄▄                                             0:13",
        "       waited for you       ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌                            2:00",
        "  ✓ 1  A                                      ▄▄▄▄                        0:30",
        "       Row counts                             ─                           3.0s",
        "▎    ✗ Flow                                    ─── timeout                0:20",
        "  ✓ 2  B                                          ▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄    2:17",
        "       Chart                                      ──                      0:10",
        "       quiet                                        ·················     2:00",
    ]


@pytest.mark.parametrize("width", [40, 79, 80, 120, 200])
@pytest.mark.parametrize("glyphs", [UTF8, ASCII], ids=["utf-8", "ascii"])
def test_every_row_fits_and_kinds_differ_without_colour(width: int, glyphs: Glyphs) -> None:
    course = the_course()
    found = axis_of(course, width)
    for row in rows(lines(course, (), ()), width, found, glyphs=glyphs):
        assert row.width <= width
    bars = {glyphs.waiting, glyphs.step_bar, glyphs.rule, silence(glyphs)}
    assert len(bars) == 4
    texts = drawn(width, glyphs)
    assert all(bar in text for bar, text in zip(
        (glyphs.step_bar, glyphs.waiting, glyphs.step_bar, glyphs.rule, glyphs.rule),
        (text[found.left :] for text in texts), strict=False,
    ))  # fmt: skip
    assert silence(glyphs) in texts[-1][found.left :]
    if glyphs is ASCII:
        assert all(text.isascii() for text in texts)
    for height in (10, 15, 24, 36):
        for row in foot(course, width, found, height, glyphs):
            assert row.width <= width
        assert status(course, width, glyphs).width <= width
    assert axis(course, found, width).width <= width


def test_longer_stretches_have_longer_bars() -> None:
    course = the_course()
    found = axis_of(course, 120)
    size = {}
    for part in course.parts:
        for one in (part, *part.inside):
            place = found.cells(one.began, one.ended)
            assert place is not None
            at, count = place
            assert found.left <= at
            assert at + count <= found.left + found.width
            size[one.name] = count
    assert size["B"] > size["A"] > size["Row counts"] >= 1
    assert abs(size["waited for you"] - size["quiet"]) <= 1


def test_a_zoomed_axis_shows_one_step() -> None:
    course = the_course()
    found = axis_of(course, 120, course.parts[1])
    assert found.cells(course.parts[1].began, course.parts[1].ended) == (found.left, found.width)
    assert found.cells(course.parts[2].inside[0].began, course.parts[2].inside[0].ended) is None


def test_the_time_between_questions_takes_no_room() -> None:
    told = ((Question("one"), 0, 10.0), (Question("two"), 86_400, 30.0))
    course = course_view.session(transcript(*told), Overview(state=State.FINISHED), 0.0)
    found = axis_of(course, 120)
    first, second = (found.cells(part.began, part.ended) for part in course.parts)
    assert first is not None
    assert second is not None
    assert first == (found.left, round(found.width / 4))
    assert second[0] + second[1] == found.left + found.width
    assert second[0] == first[0] + first[1]


def test_steps_fold_when_there_are_many_lines() -> None:
    inner = tuple(Stretch(Kind.TOOL, f"t{n}", NOW + n, NOW + n + 1, n + 2) for n in range(100))
    parts = (
        Stretch(Kind.STEP, "A", NOW, NOW + 100, 1, number=1, calls=100, inside=inner),
        Stretch(Kind.STEP, "B", NOW + 100, NOW + 120, 200, number=2, running=True),
    )
    course = Course(began=NOW, ended=NOW + 120, parts=parts, calls=100)
    assert [line.stretch for line in lines(course, (), ())] == list(parts)
    assert len(lines(course, (), {1})) == 102
    shown = rows(lines(course, (), ()), 80, axis_of(course, 80))
    assert "▸ 100" in shown[0].text
    assert "▸" not in shown[1].text


def test_the_axis_names_times_and_the_whole() -> None:
    course = the_course()
    text = axis(course, axis_of(course, 120), 120, utc=True).text
    assert text.rstrip().endswith("5:00")
    assert len(text.split()) > 3
    short = Course(began=NOW, ended=NOW + 30, parts=course.parts)
    assert "0:10" in axis(short, axis_of(short, 120), 120).text


def test_where_the_time_went() -> None:
    course = the_course()
    high = [row.text for row in foot(course, 120, axis_of(course, 120), 36)]
    assert any("Where the time went" in text and text.rstrip().endswith("5:00") for text in high)
    assert any("40 %" in text for text in high)
    for width in range(60, 121):
        *_, names, facts = [row.text for row in foot(course, width, axis_of(course, width), 24)]
        # No name without its figure below.
        starts = [
            [at for at, c in enumerate(t) if c != " " and t[at - 2 : at] == "  "]
            for t in (names, facts)
        ]
        assert {at for at in starts[0] if at > 3} <= set(starts[1]), width
    low = foot(course, 80, axis_of(course, 80), 15)
    assert len(low) == 1
    assert "2:00 waited" in low[0].text
    assert foot(course, 40, axis_of(course, 40), 12) == []


def test_a_line_in_words() -> None:
    course = the_course()
    assert "timeout" in words(course.parts[1].inside[1])
    assert words(course.parts[1].inside[0]).endswith("4 rows")
    assert words(course.parts[1]).endswith("2 calls")
    began, ended = words(course.parts[1]).split("   ")[0].split(" to ")
    assert began != ended
    assert began.count(":") == ended.count(":") == 2


def test_what_took_longest_is_named_or_left_out() -> None:
    course = the_course()
    assert status(course, 80).text.endswith("longest  Flow 0:20")
    assert "longest" not in status(course, 32).text


STRETCHES = st.builds(
    Stretch,
    st.sampled_from(Kind),
    st.text(max_size=30),
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12),
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12),
    reason=st.text(max_size=20),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(STRETCHES, min_size=1, max_size=5), st.integers(20, 140))
def test_any_times_give_rows_that_fit(parts: list[Stretch], width: int) -> None:
    course = Course(
        began=min(part.began for part in parts),
        ended=max(part.ended for part in parts),
        parts=tuple(parts),
        shares=(("tools", 3.0), ("agent", 1e6)),
    )
    found = axis_of(course, width)
    shown = [Line(part, depth=place % 2) for place, part in enumerate(parts)]
    for row in (
        *rows(shown, width, found),
        axis(course, found, width),
        status(course, width),
        *foot(course, width, found, 30),
    ):
        assert row.width <= width


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(0.05, 1e6), min_size=1, max_size=5))
def test_shares_add_up_to_a_hundred_and_none_is_off_by_one(parts: list[float]) -> None:
    found = percents(parts)
    assert sum(found) == 100
    exact = [100 * part / sum(parts) for part in parts]
    assert all(abs(a - b) < 1 for a, b in zip(found, exact, strict=True))


def test_shares_of_nothing_are_nothing() -> None:
    assert percents([]) == []
    assert percents([0.0, 0.0]) == [0, 0]


def test_the_axis_has_seconds_where_they_are_wished() -> None:
    course = Course(began=1_768_465_800.0, ended=1_768_465_800.0 + 1_200, parts=(), turns=1)
    found = axis_of(course, 120)
    plain = axis(course, found, 120, utc=True).text
    exact = axis(course, found, 120, utc=True, exact=True).text
    assert "08:35" in plain
    assert "08:35:00" not in plain
    assert "08:35:00" in exact
    assert cells(exact) <= 118

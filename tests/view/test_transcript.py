"""The transcript against a list of all its rows, built the slow and obvious way."""

import re
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from das_tui.domain.blocks import (
    Answer,
    Ask,
    Block,
    Body,
    Failure,
    Notice,
    Question,
    StepRule,
    Text,
    Thought,
    Tone,
    Tool,
    ToolStatus,
)
from das_tui.domain.bookmark import Bookmark
from das_tui.domain.events import AskKind
from das_tui.view.block import render
from das_tui.view.drawing import Line
from das_tui.view.find import Pattern
from das_tui.view.flags import ERRORS, QUESTIONS
from das_tui.view.glyphs import ASCII, UTF8
from das_tui.view.place import Place
from das_tui.view.searching import OPEN, Sieve
from das_tui.view.shape import foldable, loose
from das_tui.view.spec import ViewSpec
from das_tui.view.transcript import Transcript
from tests.tongues import SIZES, TONGUES, Tongue


@pytest.fixture
def spec(size: tuple[int, int], tongue: Tongue) -> ViewSpec:
    return spec_of(size, tongue)


def spec_of(size: tuple[int, int], tongue: Tongue) -> ViewSpec:
    return ViewSpec(width=size[0], utc=True, glyphs=ASCII if tongue.ascii else UTF8)


SAID = ["short", "one line\nand\n\nmore " * 6, "late parcels " * 30, "", "\x1b[31mred"]


def strategies(
    tongue: Tongue,
) -> tuple[st.SearchStrategy[Block], st.SearchStrategy[Any]]:
    """Blocks in a tongue, and steps of a history of them."""
    texts = st.sampled_from([tongue(text) for text in SAID])
    bodies: st.SearchStrategy[Body] = st.one_of(
        st.builds(Question, texts),
        st.builds(Answer, texts),
        st.builds(Thought, texts),
        st.builds(lambda text: Tool("execute_sql", outputs=(Text(text),)), texts),
        st.builds(
            Tool, st.just("q"), status=st.sampled_from(ToolStatus), reason=st.just("timeout")
        ),
        st.builds(StepRule, st.integers(0, 4), texts),
        st.builds(Ask, st.just(AskKind.HUMAN), texts, answered=st.sampled_from(["", "yes"])),
        st.builds(Failure, texts, text=texts),
        st.builds(Notice, texts, st.sampled_from(Tone)),
    )
    blocks = st.builds(
        Block,
        index=st.just(0),
        body=bodies,
        level=st.none() | st.sampled_from([10, 20, 20, 30, 50]),
        pinned=st.booleans(),
        at=st.none() | st.just(1_700_000_000.0),
        seconds=st.none() | st.just(3.1),
        live=st.sampled_from([False, False, False, True]),
    )
    steps = st.one_of(
        st.tuples(st.just("append"), st.lists(blocks, min_size=1, max_size=8)),
        st.tuples(st.just("replace"), st.integers(0, 99), blocks),
        st.tuples(st.just("toggle"), st.integers(0, 99)),
        st.tuples(st.just("gap"), st.integers(0, 99)),
        st.tuples(st.just("tools"), st.booleans()),
        st.tuples(st.just("only"), st.booleans()),
        st.tuples(st.just("unread"), st.integers(0, 20)),
        st.tuples(st.just("look"), st.integers(0, 99), st.integers(1, 12)),
        st.tuples(
            st.just("spec"),
            st.sampled_from(
                [
                    {"threshold": 0},
                    {"threshold": 20},
                    {"threshold": 25},
                    {"threshold": 60},
                    {"width": 30},
                    {"width": 90},
                    {"now": 1_700_000_100.0},
                    {"now": 1_700_000_200.0},
                    {"shift": 4},
                    {"show_levels": True},
                    {"glyphs": ASCII},
                ]
            ),
        ),
    )
    return blocks, steps


@dataclass
class Model:
    spec: ViewSpec
    blocks: list[Block] = field(default_factory=list)
    open: dict[int, bool] = field(default_factory=dict)
    shown: set[int] = field(default_factory=set)
    tools: bool = False
    only: bool = False
    unread: int = 0

    def is_open(self, at: int) -> bool:
        block = self.blocks[at]
        if not foldable(block):
            return False
        return self.open.get(at, self.tools and isinstance(block.body, Tool))

    def visible(self, at: int) -> bool:
        block = self.blocks[at]
        if at in self.shown:
            return True
        if self.only and not (
            block.pinned or isinstance(block.body, Question | Answer | Ask | Failure)
        ):
            return False
        return block.pinned or block.level is None or block.level >= (self.spec.threshold or -99)

    def items(self) -> list[range]:
        items: list[range] = []
        for at in range(len(self.blocks)):
            join = items and not self.visible(at) and not self.visible(items[-1][0])
            if join and at != self.unread:
                items[-1] = range(items[-1][0], at + 1)
            else:
                items.append(range(at, at + 1))
        return items

    def lines(self) -> list[tuple[str, int, int, str]]:
        """Rows as kind, block, line, text."""
        lines: list[tuple[str, int, int, str]] = []
        after = False
        for item in self.items():
            at = item[0]
            block = self.blocks[at]
            shown = self.visible(at)
            before = shown and (loose(block) or isinstance(block.body, StepRule))
            above: list[tuple[str, str]] = []
            if at and at == self.unread:
                above = [("blank", ""), ("rule", "RULE")] + [("blank", "")] * before
            elif at and (before or after):
                above = [("blank", "")]
            lines += [(kind, at, n - len(above), text) for n, (kind, text) in enumerate(above)]
            if shown:
                rows = render(block, self.spec, self.is_open(at))
                lines += [("block", at, n, row.text) for n, row in enumerate(rows)]
            else:
                lines.append(("gap", at, 0, str(len(item))))
            after = shown and loose(block)
        return lines


def seen(line: Line) -> tuple[str, int, int, str]:
    text = line.row.text
    if line.kind == "rule":
        text = "RULE"
    if line.kind == "gap":
        text = next(word for word in text.split() if word.isdigit())
    return line.kind, line.block, line.line, text


def apply(transcript: Transcript, model: Model, step: tuple) -> None:  # type: ignore[type-arg]
    count = len(model.blocks)
    match step:
        case ("append", blocks):
            new = [replace(block, index=count + n) for n, block in enumerate(blocks)]
            transcript.put_many(new)
            model.blocks += new
        case ("replace", at, block) if count:
            new_block = replace(block, index=at % count)
            transcript.put(new_block)
            model.blocks[at % count] = new_block
        case ("toggle", at) if count:
            at %= count
            before = model.is_open(at)
            assert transcript.toggle(at) == foldable(model.blocks[at])
            if foldable(model.blocks[at]):
                model.open[at] = not before
        case ("gap", at) if count:
            item = next(item for item in model.items() if at % count in item)
            transcript.open_gap(at % count)
            if not model.visible(item[0]):
                model.shown.update(item)
        case ("tools", flag):
            transcript.open_all_tools(flag)
            model.tools = flag
            model.open = {
                at: was
                for at, was in model.open.items()
                if not isinstance(model.blocks[at].body, Tool)
            }
        case ("only", flag):
            transcript.only_answers(flag)
            if flag != model.only:
                model.shown.clear()
            model.only = flag
        case ("unread", at):
            transcript.set_unread(at, 1_700_000_000.0)
            model.unread = at
        case ("look", top, rows):
            look(transcript, model, top, rows)
        case ("spec", change):
            if change.get("threshold", model.spec.threshold) != model.spec.threshold:
                model.shown.clear()
            model.spec = replace(model.spec, **change)
            transcript.set_spec(model.spec)


def look(transcript: Transcript, model: Model, top: int, count: int) -> None:
    """A window holds true rows, and row numbers agree with it, whatever is estimated elsewhere."""
    top = min(top, max(0, transcript.height - 1))
    lines = transcript.rows(top, count)
    full = {line[1:3]: line for line in model.lines()}
    for row, line in enumerate(lines, top):
        assert seen(line) == full[line.block, line.line]
        assert transcript.place(row) == Place(line.block, line.line)
        assert transcript.row_of(Place(line.block, line.line)) == row
    if lines and len(lines) < count:
        assert top + len(lines) == transcript.height


def settle(transcript: Transcript) -> list[Line]:
    transcript.rows(0, 100_000)
    return transcript.rows(0, 100_000)


@pytest.mark.parametrize("tongue", TONGUES, ids=lambda tongue: tongue.name)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_history_gives_the_rows_of_the_model(
    size: tuple[int, int], tongue: Tongue, data: st.DataObject
) -> None:
    _, some_steps = strategies(tongue)
    steps = data.draw(st.lists(some_steps, min_size=1, max_size=10))
    spec = spec_of(size, tongue)
    transcript, model = Transcript(spec), Model(spec)
    for step in steps:
        apply(transcript, model, step)
    expected = model.lines()
    assert [seen(line) for line in settle(transcript)] == expected
    assert transcript.height == len(expected)
    assert transcript.hidden == sum(not model.visible(at) for at in range(len(model.blocks)))
    for top in range(0, len(expected), 5):
        assert [seen(line) for line in transcript.rows(top, 7)] == expected[top : top + 7]
    for item in model.items():
        for at in item:
            assert transcript.item(at) == item[0]
            assert transcript.is_open(at) == model.is_open(at)
            hidden = not model.visible(at)
            assert transcript.gap(at) == ((item[0], len(item)) if hidden else None)


@pytest.mark.parametrize("tongue", TONGUES, ids=lambda tongue: tongue.name)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@settings(max_examples=40, deadline=None)
@given(
    data=st.data(), row=st.integers(0, 400), delta=st.integers(-40, 40), count=st.integers(1, 30)
)
def test_moving_goes_by_true_rows(
    size: tuple[int, int],
    tongue: Tongue,
    data: st.DataObject,
    row: int,
    delta: int,
    count: int,
) -> None:
    some, _ = strategies(tongue)
    blocks = data.draw(st.lists(some, min_size=1, max_size=25))
    spec = spec_of(size, tongue)
    transcript, model = Transcript(spec), Model(spec)
    apply(transcript, model, ("append", blocks))
    # Heights are estimates here, as they are when a reader first comes by.
    lines = [(at, line) for _, at, line, _ in model.lines()]
    start = lines[row % len(lines)]
    wanted = max(0, min(row % len(lines) + delta, len(lines) - 1))
    assert transcript.move(Place(*start), delta) == Place(*lines[wanted])
    fresh = Transcript(spec)
    fresh.put_many(model.blocks)
    assert fresh.bottom(count) == Place(*lines[max(0, len(lines) - count)])
    shown = fresh.rows(fresh.row_of(fresh.bottom(count)), count)
    assert [seen(line) for line in shown] == model.lines()[-count:]


def a_block(index: int, body: Body, level: int | None = 20, **more: object) -> Block:
    return Block(index, body, level, **more)  # type: ignore[arg-type]


def texts(transcript: Transcript) -> list[str]:
    return [line.row.text.rstrip() for line in settle(transcript)]


@pytest.mark.fixed(size="rows are looked at to the letter", tongue="and so are words")
def test_rhythm_gap_and_rule() -> None:
    transcript = Transcript(ViewSpec(width=40, utc=True))
    bodies: list[tuple[Body, int]] = [
        (Question("Why?"), 20),
        (Thought("because"), 10),
        (Thought("indeed"), 10),
        (StepRule(3, "Look"), 20),
        (Tool("run", "title", status=ToolStatus.DONE), 20),
        (Answer("So."), 40),
        (Answer("And so."), 40),
        (Thought("done"), 10),
    ]
    for index, (body, level) in enumerate(bodies):
        transcript.put(a_block(index, body, level))
    transcript.set_unread(4, 1_765_400_000.0)
    rows = texts(transcript)
    assert re.fullmatch(r" ❯ Why\? +", rows[0].ljust(40))
    assert rows[1:3] == ["", " ┄ 2 below 20"]
    assert rows[3] == ""
    assert rows[4].startswith("   Step 3  Look ─")
    assert rows[5] == ""
    assert re.fullmatch(r"   3 new ─+ since 20:53", rows[6])
    assert len(rows[6]) == 38
    assert "title" in rows[7]
    assert rows[8:] == ["", "   So.", "", "   And so.", "", " ┄ 1 below 20"]
    transcript.open_gap(1)
    assert transcript.visible(2)
    assert transcript.hidden == 1
    transcript.set_spec(replace(transcript.spec, threshold=30))
    assert " ┄ 3 below 30" not in texts(transcript)
    assert not transcript.visible(2)


def test_all_hidden_says_so(spec: ViewSpec, tongue: Tongue) -> None:
    transcript = Transcript(replace(spec, threshold=50))
    transcript.put_many(a_block(index, Thought(tongue("x")), 10) for index in range(312))
    gap = spec.glyphs.gap
    assert texts(transcript)[0].startswith(f" {gap} All 312 rows are below 50. 0 show")


def test_answers_only_counts_the_rest_as_folded(spec: ViewSpec, tongue: Tongue) -> None:
    transcript = Transcript(spec)
    bodies: list[Body] = [
        Question(tongue("q")),
        Thought(tongue("t")),
        Tool("run"),
        Answer(tongue("a")),
    ]
    transcript.put_many(a_block(index, body) for index, body in enumerate(bodies))
    transcript.only_answers(True)
    assert transcript.answers_only
    assert f" {spec.glyphs.gap} 2 folded" in texts(transcript)
    transcript.only_answers(False)
    assert not any("folded" in text for text in texts(transcript))


def test_places_survive_what_happens_above(spec: ViewSpec, tongue: Tongue) -> None:
    transcript = Transcript(replace(spec, threshold=0))
    transcript.put_many(
        a_block(index, Answer(tongue("line\n\n") * 5), 10 + index % 3) for index in range(50)
    )
    place = Place(30, 4)
    text = transcript.rows(transcript.row_of(place), 1)[0].row.text
    for at in range(20):
        transcript.put(a_block(at, Answer(tongue("much more\n\n") * 30), 10))
    transcript.rows(0, 500)
    assert transcript.rows(transcript.row_of(place), 1)[0].row.text == text
    transcript.set_spec(replace(transcript.spec, threshold=11))
    line = transcript.rows(transcript.row_of(place), 1)[0]
    assert (line.kind, line.block) == ("gap", 30)
    transcript.set_spec(replace(transcript.spec, threshold=0))
    assert transcript.rows(transcript.row_of(place), 1)[0].row.text == text


def test_steps(spec: ViewSpec, tongue: Tongue) -> None:
    transcript = Transcript(replace(spec, threshold=20))
    bodies: list[tuple[Body, int]] = [
        (Question(tongue("q")), 20),
        (Thought(tongue("t")), 10),
        (Thought(tongue("t")), 10),
        (Answer(tongue("a")), 20),
        (Failure(tongue("f")), 50),
    ]
    transcript.put_many(a_block(i, body, level) for i, (body, level) in enumerate(bodies))
    walk, at = [0], transcript.step(0, 1)
    while at is not None:
        walk.append(at)
        at = transcript.step(at, 1)
    assert walk == [0, 1, 3, 4]
    assert [transcript.step(at, -1) for at in walk] == [None, 0, 1, 3]
    assert transcript.step(2, -1) == 0

    assert transcript.step(0, 1, ERRORS) == 4
    assert transcript.step(4, 1, ERRORS) is None
    assert transcript.step(4, -1, ERRORS) is None
    assert transcript.step(4, -1, QUESTIONS) == 0
    assert transcript.count(ERRORS, 0, 5) == 1
    assert transcript.questions() == [tongue("q")]


def test_the_question_sticks_while_it_is_above(spec: ViewSpec, tongue: Tongue) -> None:
    transcript = Transcript(spec)
    bodies: list[Body] = [
        Notice(tongue("n")),
        Question(tongue("first")),
        Answer(tongue("x\n\n") * 20),
        Question(tongue("second")),
        Answer(tongue("y")),
    ]
    transcript.put_many(a_block(index, body) for index, body in enumerate(bodies))
    first = transcript.row_of(Place(1))
    assert transcript.sticky(0) is None
    assert transcript.sticky(first) is None
    row = transcript.sticky(first + 5)
    assert row is not None
    assert tongue("first") in row.text
    assert transcript.sticky(transcript.row_of(Place(3))) is None
    row = transcript.sticky(transcript.row_of(Place(4)))
    assert row is not None
    assert tongue("second") in row.text
    question = transcript.question_above(4)
    assert question is not None
    assert question.index == 3
    assert transcript.question_above(0) is None


@pytest.mark.fixed(size="it has widths of its own", tongue="and texts in both")
@pytest.mark.parametrize("width", [8, 40, 60, 120])
@pytest.mark.parametrize("text", ["word " * 40, "first\nsecond", "Wie\u202e? " * 90, "零" * 300])
def test_a_long_question_sticks_in_one_row_and_says_that_it_goes_on(width: int, text: str) -> None:
    transcript = Transcript(ViewSpec(width=width, utc=True))
    asked = Block(0, Question(text), None, at=0.0)
    transcript.put_many([asked, a_block(1, Answer("x\n\n" * 200))])
    high = transcript.row_of(Place(1))
    row = transcript.sticky(high + 3)
    assert row is not None
    assert row.width <= width
    assert row.text.isprintable()
    if width >= 40:
        assert row.text.rstrip().endswith("00:00")
        assert "…" in row.text or "first second" in row.text


def test_a_running_timer_is_drawn_again_when_time_goes_on(spec: ViewSpec) -> None:
    transcript = Transcript(replace(spec, now=100.0))
    transcript.put(Block(0, Tool("run", "title"), 20, at=100.0, live=True))
    assert "0:00" in texts(transcript)[0]
    transcript.set_spec(replace(transcript.spec, now=107.0))
    assert "0:07" in texts(transcript)[0]


def test_a_streaming_answer_equals_the_whole_one(spec: ViewSpec, tongue: Tongue) -> None:
    text = tongue("# Head\n\nSome **bold** text.\n\n```sql\nSELECT 1;\n```\n\n")
    text += tongue("| a | b |\n|---|---|\n| 1 | 2 |\n")
    transcript = Transcript(spec)
    for end in range(1, len(text) + 1):
        transcript.put(Block(0, Answer(text[:end]), 40, live=end < len(text)))
        transcript.rows(0, 30)
    whole = Transcript(spec)
    whole.put(Block(0, Answer(text), 40))
    assert texts(transcript) == texts(whole)


def test_holes_are_refused_and_clear_forgets(spec: ViewSpec, tongue: Tongue) -> None:
    transcript = Transcript(spec)
    with pytest.raises(IndexError):
        transcript.put(a_block(1, Answer(tongue("x"))))
    transcript.put(a_block(0, Thought(tongue("x")), 10))
    transcript.clear()
    assert (len(transcript), transcript.height, transcript.hidden) == (0, 0, 0)
    assert transcript.rows(0, 9) == []
    assert transcript.bottom(9) == transcript.move(Place(3), 2) == Place(0)
    transcript.put(a_block(0, Thought(tongue("x")), 10))
    assert transcript.hidden == 1


def test_counts(spec: ViewSpec, tongue: Tongue) -> None:
    transcript = Transcript(spec)
    for index, level in enumerate([20, 10, None, 20]):
        transcript.put(a_block(index, Thought(tongue("x")), level))
    assert transcript.histogram == [(10, 1), (20, 2), (None, 1)]
    assert transcript.levels == [10, 20]
    assert transcript.first_new(2) == 2
    assert transcript.first_new(0) is None
    assert transcript.first_new(4) is None


@pytest.mark.fixed(size="rows are looked at to the letter", tongue="and so are words")
def test_a_long_transcript_changes_its_threshold_and_paints_at_once() -> None:
    transcript = Transcript(ViewSpec(width=100))
    body = Answer("three lines\n\nof text\n\nfor each")
    transcript.put_many(a_block(i, body, (10, 20, 30, 40, 50)[i * 7 % 5]) for i in range(30_000))
    place = transcript.bottom(40)
    best = 1.0
    for threshold in (30, 0, 50, 20, 40, 10):
        start = perf_counter()
        transcript.set_spec(replace(transcript.spec, threshold=threshold))
        lines = transcript.rows(transcript.row_of(place), 40)
        best = min(best, perf_counter() - start)
        assert lines
    assert best < 0.02


@pytest.mark.parametrize("tongue", TONGUES, ids=lambda tongue: tongue.name)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_putting_many_is_putting_each(
    size: tuple[int, int], tongue: Tongue, data: st.DataObject
) -> None:
    """Whatever is looked for, held back or marked meanwhile, and whatever came before."""
    some, some_steps = strategies(tongue)
    spec = replace(spec_of(size, tongue), threshold=40)
    many, each = Transcript(spec), Transcript(spec)
    models = Model(spec), Model(spec)
    for step in data.draw(st.lists(some_steps, max_size=5)):
        for transcript, model in zip((many, each), models, strict=True):
            apply(transcript, model, step)
    sieve = data.draw(st.sampled_from([OPEN, Sieve(Pattern(tongue("late"))), OPEN]))
    places = st.integers(0, len(many) + 8)
    marks = [Bookmark(at) for at in data.draw(st.lists(places, max_size=4))]
    pattern = data.draw(st.sampled_from([None, Pattern(tongue("more"))]))
    for transcript in (many, each):
        transcript.set_marks(marks)
        transcript.search(pattern)
        transcript.sift(sieve)
    count = len(many)
    fresh = data.draw(st.lists(some, min_size=1, max_size=20))
    blocks = [replace(block, index=count + at) for at, block in enumerate(fresh)]
    for at in data.draw(st.lists(st.integers(0, count + len(blocks) - 1), max_size=4)):
        blocks.insert(data.draw(st.integers(0, len(blocks))), replace(blocks[0], index=at))
    known = count
    wanted: list[Block] = []
    for block in blocks:
        if block.index <= known:
            wanted.append(block)
            known = max(known, block.index + 1)
    many.put_many(wanted)
    for block in wanted:
        each.put(block)
    for transcript in (many, each):
        while transcript.work(0.0):
            pass
    assert settle(many) == settle(each)
    assert (many.height, many.hidden, many.sifted) == (each.height, each.hidden, each.sifted)
    assert many.histogram == each.histogram
    assert many.questions() == each.questions()
    assert many.count_matches() == each.count_matches()
    for at in range(len(many)):
        assert many.block(at) == each.block(at)
        assert many.visible(at) == each.visible(at)
        assert many.next_mark(at, 1) == each.next_mark(at, 1)

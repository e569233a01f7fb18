"""A transcript over a shelf shows the same rows as one that has all its blocks."""

import random
from collections.abc import Sequence
from dataclasses import replace
from time import perf_counter

import pytest

from das_tui.domain import shelf
from das_tui.domain.blocks import (
    Answer,
    Block,
    Body,
    Failure,
    Note,
    Notice,
    Question,
    Text,
    Thought,
    Tone,
    Tool,
    ToolStatus,
)
from das_tui.domain.bookmark import Bookmark
from das_tui.domain.shelf import CHUNK, ChunkHead, Chunks, ShelfBroken
from das_tui.view import kinds
from das_tui.view import shown as numbers
from das_tui.view.drawing import Line
from das_tui.view.find import Pattern
from das_tui.view.flags import ERRORS, QUESTIONS
from das_tui.view.glyphs import ASCII as GLYPHS
from das_tui.view.glyphs import UTF8
from das_tui.view.place import Place
from das_tui.view.searching import Sieve
from das_tui.view.spec import ViewSpec
from das_tui.view.transcript import Transcript
from tests.tongues import ASCII, Tongue

SPEC = ViewSpec(width=70, utc=True)
"""For what is timed."""

SLOW = "it is *slow* because\n\n- of this\n- of that\n"
TOOLS = kinds.table(frozenset({0, 3, 4}))


def some_blocks(count: int, seed: int, say: Tongue = ASCII) -> list[Block]:
    """Blocks of all sizes; long stretches are of one low level, so that gaps cross chunks."""
    chance = random.Random(seed)
    blocks = []
    quiet = 0
    for index in range(count):
        quiet = max(0, quiet - 1)
        if chance.random() < 0.004:
            quiet = chance.randrange(600)
        body: Body = chance.choice(
            [
                Question(say("why ") * chance.randrange(1, 40)),
                Answer(say(SLOW) * chance.randrange(1, 4)),
                Thought(say("thinking ") * chance.randrange(1, 50)),
                Tool("sql", "q", outputs=(Text(say("a\nb\nc")),), status=ToolStatus.DONE),
                Tool("sql", "q", status=ToolStatus.FAILED, reason="timeout"),
                Notice(say("the line was lost"), Tone.ATTENTION, say("it is back")),
                Note(say("a note")),
                Failure("Refused", text=say("no ") * 30),
            ]
        )
        if quiet:
            body = Thought(say(f"quiet {index}"))
        pinned = isinstance(body, Question | Failure)
        level = 10 if quiet else chance.choice([10, 20, 20, 30, 50, None])
        blocks.append(Block(index, body, level, pinned, at=1.7e9 + index, first=index, last=index))
    return blocks


class Shelf:
    """Chunks of some blocks, and how many were read."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        whole = len(blocks) // CHUNK
        parts = [blocks[n * CHUNK : (n + 1) * CHUNK] for n in range(whole)]
        self.heads: list[ChunkHead] = [shelf.head(part) for part in parts]
        self.data = [shelf.pack(part) for part in parts]
        self.reads: list[int] = []

    def body(self, number: int) -> bytes:
        self.reads.append(number)
        return self.data[number]

    @property
    def read(self) -> Chunks:
        return Chunks(self.body)


@pytest.fixture
def spec(size: tuple[int, int], tongue: Tongue) -> ViewSpec:
    return ViewSpec(width=size[0], utc=True, glyphs=GLYPHS if tongue.ascii else UTF8)


def pair(
    count: int, seed: int, spec: ViewSpec, say: Tongue
) -> tuple[Transcript, Transcript, Shelf]:
    """The same blocks as a plain transcript and as one over a shelf."""
    blocks = some_blocks(count, seed, say)
    plain, shelved, kept = Transcript(spec), Transcript(spec), Shelf(blocks)
    plain.put_many(blocks)
    shelved.put_shelf(kept.heads, kept.read)
    shelved.put_many(blocks[len(kept.heads) * CHUNK :])
    assert len(plain) == len(shelved) == count
    return plain, shelved, kept


def seen(transcript: Transcript, place: Place, height: int) -> list[Line]:
    return transcript.rows(transcript.row_of(place), height)


def worked_out(transcript: Transcript) -> None:
    """Look at all blocks, a chunk at a time."""
    while transcript.work(0.0):
        pass


@pytest.mark.parametrize("lazy", [1, 64])
@pytest.mark.parametrize("seed", range(3))
def test_a_walk_over_a_shelf_shows_what_a_plain_one_shows(
    seed: int, lazy: int, monkeypatch: pytest.MonkeyPatch, spec: ViewSpec, tongue: Tongue
) -> None:
    """With `lazy` 1 also short changes are estimated at first, as those of a long transcript."""
    monkeypatch.setattr(numbers, "LAZY_FROM", lazy)
    plain, shelved, _ = pair(CHUNK * 5 + 77, seed, spec, tongue)
    chance = random.Random(seed + 100)
    place = plain.bottom(20)
    assert place == shelved.bottom(20)
    for _ in range(160):
        act = chance.randrange(13)
        block = chance.randrange(len(plain))
        if act == 0:
            threshold = chance.choice([0, 10, 20, 30, 50, 60])
            for transcript in (plain, shelved):
                transcript.set_spec(replace(transcript.spec, threshold=threshold))
        elif act == 1:
            for transcript in (plain, shelved):
                transcript.set_spec(replace(transcript.spec, now=float(block)))
                transcript.toggle(transcript.item(block))
        elif act == 2:
            plain.open_gap(block)
            shelved.open_gap(block)
        elif act == 3:
            flag = not plain.answers_only
            plain.only_answers(flag)
            shelved.only_answers(flag)
        elif act == 4:
            place = Place(plain.item(block), 0)
        elif act == 5:
            wanted = chance.choice([QUESTIONS, ERRORS, None])
            found = plain.step(block, 1, wanted)
            assert found == shelved.step(block, 1, wanted)
            assert plain.step(block, -1, wanted) == shelved.step(block, -1, wanted)
            place = Place(found or 0, 0)
        elif act == 6:
            body = Answer(tongue("another answer\n") * chance.randrange(1, 6))
            for transcript in (plain, shelved):
                transcript.put(replace(transcript.block(block), body=body))
        elif act == 7:
            pattern = chance.choice(
                [Pattern(tongue("quiet")), Pattern(tongue("NOTE|of this"), regex=True), None]
            )
            kinds = chance.choice([b"", b"", TOOLS])
            sieve = Sieve(pattern, hides=chance.random() < 0.3, kinds=kinds)
            for transcript in (plain, shelved):
                transcript.sift(sieve, block)
                worked_out(transcript)
        elif act == 8:
            pattern = chance.choice(
                [Pattern(tongue("slow")), Pattern(tongue("another answer")), None]
            )
            for transcript in (plain, shelved):
                transcript.search(pattern, block)
                worked_out(transcript)
        elif act == 9:
            marks = [Bookmark(chance.randrange(len(plain))) for _ in range(chance.randrange(4))]
            plain.set_marks(marks)
            shelved.set_marks(marks)
        else:
            moved = chance.randrange(-60, 60)
            place = plain.move(place, moved)
        place = plain.move(place, 0)
        assert shelved.move(place, 0) == place
        assert seen(plain, place, 24) == seen(shelved, place, 24)
        assert plain.hidden == shelved.hidden
        assert plain.histogram == shelved.histogram
        assert plain.gap(block) == shelved.gap(block)
        assert plain.bottom(24) == shelved.bottom(24)
        assert plain.sifted == shelved.sifted
        assert plain.count_matches(block) == shelved.count_matches(block)
        for direction in (1, -1):
            assert plain.next_match(block, direction) == shelved.next_match(block, direction)
            assert plain.next_mark(block, direction) == shelved.next_mark(block, direction)
    assert plain.questions() == shelved.questions()
    assert plain.count(ERRORS, 0, len(plain)) == shelved.count(ERRORS, 0, len(plain))


@pytest.mark.parametrize("seed", range(3))
def test_shelving_what_is_shown_changes_nothing_that_is_seen(
    seed: int, spec: ViewSpec, tongue: Tongue
) -> None:
    blocks = some_blocks(CHUNK * 4 + 30, seed, tongue)
    plain, other, kept = Transcript(spec), Transcript(spec), Shelf(blocks)
    for transcript in (plain, other):
        transcript.put_many(blocks)
        transcript.open_gap(500)
        transcript.toggle(transcript.item(300))
        transcript.set_unread(700)
    place = plain.move(plain.bottom(20), -400)
    assert other.move(other.bottom(20), -400) == place
    other.shelve(CHUNK * 3, kept.read)
    assert plain.height == other.height
    for block in range(0, len(blocks), 13):
        anchor = Place(plain.item(block), 0)
        assert seen(plain, anchor, 30) == seen(other, anchor, 30)
    assert seen(plain, place, 20) == seen(other, place, 20)


def test_all_rows_from_the_top_are_those_of_a_plain_one(spec: ViewSpec, tongue: Tongue) -> None:
    plain, shelved, _ = pair(CHUNK * 2 + 5, 9, spec, tongue)
    assert shelved.rows(0, 10**6) == plain.rows(0, 10**6)
    assert shelved.height == plain.height


def test_opening_at_the_tail_reads_one_chunk(spec: ViewSpec, tongue: Tongue) -> None:
    _, shelved, kept = pair(CHUNK * 20, 3, spec, tongue)
    assert kept.reads == []
    seen(shelved, shelved.bottom(30), 30)
    assert 1 <= len(kept.reads) <= 2
    assert min(kept.reads) >= 18


def test_a_chunk_that_cannot_be_read_shows_as_such(spec: ViewSpec, tongue: Tongue) -> None:
    _, shelved, _ = pair(CHUNK * 2, 4, replace(spec, threshold=0), tongue)

    def broken(number: int) -> list[Block]:
        raise ShelfBroken("broken")

    shelved.shelve(CHUNK * 2, broken)
    line = seen(shelved, shelved.bottom(1), 1)[0]
    assert "could not" in line.row.text


@pytest.mark.fixed(size="it is timed", tongue="it is timed")
def test_a_million_blocks_are_indexed_at_once() -> None:
    """Loose bounds: a loop in Python over all blocks would take several times as long."""
    blocks = some_blocks(CHUNK, 1)
    head = shelf.head(blocks)
    heads = [head] * (1_000_000 // CHUNK)
    data = shelf.pack(blocks)
    transcript = Transcript(SPEC)
    began = perf_counter()
    transcript.put_shelf(heads, lambda number: shelf.unpack(data, number * CHUNK))
    seen(transcript, transcript.bottom(40), 40)
    assert perf_counter() - began < 1.0
    slowest = 0.0
    for threshold in (30, 50, 10, 20, 0, 60, 20) * 3:
        began = perf_counter()
        transcript.set_spec(replace(SPEC, threshold=threshold))
        seen(transcript, transcript.bottom(40), 40)
        slowest = max(slowest, perf_counter() - began)
    assert slowest < 0.1


@pytest.mark.parametrize("seed", range(2))
def test_what_a_sieve_shows_is_what_a_transcript_of_those_blocks_shows(
    seed: int, spec: ViewSpec, tongue: Tongue
) -> None:
    """Blocks that pass look as if there were no others, but for the rows of gaps."""
    plain, shelved, _ = pair(CHUNK * 3 + 20, seed, spec, tongue)
    wanted = Pattern(tongue("slow|note"), regex=True)
    sieve = Sieve(wanted, kinds=kinds.table(frozenset({1, 10})))
    shelved.sift(sieve)
    worked_out(shelved)
    for at in range(len(plain)):
        block = plain.block(at)
        passes = isinstance(block.body, Answer | Note) and wanted.within(block.body)
        assert shelved.visible(at) == (passes and plain.visible(at))
    rows = [line.row for line in shelved.rows(0, 10**6) if line.kind == "block"]
    whole = plain.rows(0, 10**6)
    assert rows == [x.row for x in whole if x.kind == "block" and shelved.visible(x.block)]
    gaps = [line.row.text for line in shelved.rows(0, 10**6) if line.kind == "gap"]
    assert any("without" in text and tongue("slow|note")[:6] in text for text in gaps)
    shelved.sift(Sieve())
    assert shelved.rows(0, 10**6) == whole


def test_a_block_that_comes_is_held_back_or_not_at_once(spec: ViewSpec, tongue: Tongue) -> None:
    _, shelved, _ = pair(CHUNK * 2, 3, spec, tongue)
    shelved.sift(Sieve(Pattern(tongue("late")), hides=False))
    shelved.search(Pattern(tongue("late")))
    worked_out(shelved)
    assert shelved.count_matches() == (0, 0, 0, 100)
    count = len(shelved)
    shelved.put(Block(count, Answer(tongue("too late")), 50))
    shelved.put(Block(count + 1, Answer(tongue("in time")), 50))
    assert shelved.visible(count)
    assert not shelved.visible(count + 1)
    shelved.put(Block(count + 1, Answer(tongue("in time, later too")), 50))
    shelved.put(Block(4, Answer(tongue("a late change")), 50))
    assert shelved.visible(count + 1)
    assert shelved.visible(4)
    assert shelved.count_matches(count + 1) == (3, 3, 0, 100)


def test_marked_blocks_are_shown_at_every_threshold(spec: ViewSpec, tongue: Tongue) -> None:
    plain, shelved, _ = pair(CHUNK * 2 + 9, 5, replace(spec, threshold=60), tongue)
    hidden = [at for at in range(len(plain)) if not plain.visible(at)]
    marks = [Bookmark(at) for at in (hidden[0], hidden[-1], 10**6)]
    for transcript in (plain, shelved):
        transcript.set_marks(marks)
        transcript.put(transcript.block(hidden[-1]))
        assert transcript.visible(hidden[0])
        assert transcript.visible(hidden[-1])
        transcript.only_answers(True)
        assert transcript.visible(hidden[0])
        assert [transcript.next_mark(0, 1), transcript.next_mark(10**6, -1)] == [
            hidden[0] if hidden[0] else hidden[-1],
            hidden[-1],
        ]
        transcript.set_marks([])
        assert not transcript.visible(hidden[0])


@pytest.mark.fixed(size="it is timed", tongue="it is timed")
def test_a_million_blocks_are_searched_in_small_steps() -> None:
    """Loose bounds: what is rare is found in about a third of a second, a step takes 8 ms."""
    blocks = some_blocks(CHUNK, 1)
    count = 1_000_000 // CHUNK
    usual = shelf.pack(blocks)
    rare = shelf.pack([replace(blocks[0], body=Note("a deadlock")), *blocks[1:]])
    data = dict.fromkeys(range(0, count, 500), rare)
    transcript = Transcript(SPEC)
    transcript.put_shelf([shelf.head(blocks)] * count, Chunks(lambda n: data.get(n, usual)))
    transcript.search(Pattern("deadlock"), len(transcript) - 1)
    began = perf_counter()
    slowest = 0.0
    more = True
    while more:
        step = perf_counter()
        more = transcript.work(0.008)
        slowest = max(slowest, perf_counter() - step)
    assert perf_counter() - began < 4.0
    assert slowest < 0.25
    hits = transcript.count_matches()
    assert hits.shown + hits.hidden == len(data)

"""What is new: a rule where one last looked, and what came below while one read elsewhere."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from das_tui.domain.blocks import Answer, Block, Failure, Thought
from das_tui.tui.reader import Reader
from das_tui.view.drawing import Line
from das_tui.view.glyphs import ASCII, UTF8
from das_tui.view.spec import ViewSpec
from das_tui.view.transcript import Transcript
from tests.tongues import Tongue
from tests.tui.reading import Stored

Says = Callable[..., Block]
Reads = Callable[..., tuple[Reader, Transcript]]


@pytest.fixture
def spec(size: tuple[int, int], tongue: Tongue) -> ViewSpec:
    return ViewSpec(width=size[0], threshold=20, glyphs=ASCII if tongue.ascii else UTF8)


@pytest.fixture
def thought(tongue: Tongue) -> Says:
    def made(index: int, level: int = 20) -> Block:
        return Block(index, Thought(f"{tongue.needle} {index}"), level)

    return made


@pytest.fixture
def reading(spec: ViewSpec, thought: Says) -> Reads:
    """A reader of some thoughts, of a row each, with a window of ten rows."""

    def made(count: int = 30) -> tuple[Reader, Transcript]:
        transcript = Transcript(spec)
        transcript.put_many(thought(index) for index in range(count))
        reader = Reader(transcript)
        reader.window(10)
        return reader, transcript

    return made


def failure(index: int) -> Block:
    return Block(index, Failure("refused", "no permission"), 10, pinned=True)


def ruled(transcript: Transcript) -> Line | None:
    found = [line for line in transcript.rows(0, 10_000) if line.kind == "rule"]
    assert len(found) <= 1
    return found[0] if found else None


def test_nothing_is_below_while_the_tail_is_followed(reading: Reads, thought: Says) -> None:
    reader, transcript = reading()
    transcript.put_many([thought(30), failure(31)])
    reader.window(10)
    assert reader.new_below == (0, 0)


def test_what_came_below_and_is_shown_counts(reading: Reads, thought: Says, spec: ViewSpec) -> None:
    reader, transcript = reading()
    reader.page(-5)
    assert reader.new_below == (0, 0), "what was there before is not new"
    transcript.put_many([thought(30), thought(31, 10), failure(32), thought(33)])
    assert reader.new_below == (3, 1), "what the threshold hides is not counted"
    transcript.set_spec(replace(spec, threshold=0))
    assert reader.new_below == (4, 1)
    transcript.set_spec(replace(spec, threshold=50))
    assert reader.new_below == (0, 0), "what is left is all in view"
    transcript.set_spec(replace(spec, threshold=20))
    assert reader.new_below == (3, 1)


def test_what_came_into_view_is_not_below_any_more(reading: Reads, thought: Says) -> None:
    reader, transcript = reading()
    reader.page(-5)
    transcript.put_many(thought(index) for index in range(30, 50))
    assert reader.new_below == (20, 0)
    reader.page(10)
    assert reader.new_below == (15, 0)
    reader.page(10)
    assert reader.new_below == (5, 0)
    reader.page(10)
    assert reader.following
    assert reader.new_below == (0, 0)
    reader.page(-5)
    assert reader.new_below == (0, 0)


def test_a_window_with_room_shows_what_comes(reading: Reads, thought: Says) -> None:
    reader, transcript = reading(3)
    reader.line(-1)
    assert not reader.following
    transcript.put(thought(3))
    reader.window(10)
    assert reader.new_below == (0, 0)


@pytest.mark.parametrize("threshold", [0, 20, 30, 50])
def test_the_rule_stands_where_one_last_looked_at_every_threshold(
    thought: Says, spec: ViewSpec, threshold: int
) -> None:
    transcript = Transcript(spec)
    transcript.put_many(thought(index, (10, 20, 30, 40)[index % 4]) for index in range(40))
    transcript.set_unread(17)
    transcript.set_spec(replace(spec, threshold=threshold))
    line = ruled(transcript)
    assert line is not None
    assert line.block == 17
    lines = transcript.rows(0, 10_000)
    below = lines[lines.index(line) + 1 :]
    assert all(other.block >= 17 for other in below if other.kind != "blank")
    shown = [index for index in range(17, 40) if transcript.visible(index)]
    words = (
        f"{len(shown)} new {spec.glyphs.rule}" if shown else f"23 new, hidden {spec.glyphs.rule}"
    )
    assert words in line.row.text


def test_the_rule_counts_what_comes_while_it_stands(thought: Says, spec: ViewSpec) -> None:
    transcript = Transcript(spec)
    transcript.put_many(thought(index) for index in range(5))
    transcript.set_unread(3)
    line = ruled(transcript)
    assert line is not None
    assert f"2 new {spec.glyphs.rule}" in line.row.text
    transcript.put(Block(5, Answer("So."), 40))
    line = ruled(transcript)
    assert line is not None
    assert f"3 new {spec.glyphs.rule}" in line.row.text
    transcript.set_unread(None)
    assert ruled(transcript) is None


async def test_in_the_app(thought: Says, stored: Stored) -> None:
    async with stored(level=20) as (scene, reader):
        await scene.keys("g")
        cursor, place = reader.cursor, reader.top_row
        count = len(reader.transcript)
        reader.transcript.put_many([thought(count, 40), failure(count + 1)])
        scene.main.repaint()
        await scene.pilot.pause()
        assert "2 new, 1 error below" in scene.text()
        # The place of a reader is still there after a look at another session.
        await scene.keys("right_square_bracket", "left_square_bracket")
        assert scene.main.reader is reader
        assert (reader.cursor, reader.top_row) == (cursor, place)
        await scene.keys("G")
        assert "below" not in scene.text("below") + scene.text("composer")

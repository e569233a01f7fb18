"""Where a reader stands outlasts whatever happens to the transcript, on a shelf or not.

The window begins with a row of a block; that row stays at the top while blocks come, change, are
packed, or are wrapped anew. What the reader does to the transcript, they do at the cursor: its row
stays where it is on the screen.
"""

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from das_tui.domain.blocks import Answer, Block, Thought
from das_tui.domain.shelf import CHUNK
from das_tui.tui.reader import Reader
from das_tui.view import kinds
from das_tui.view import shown as numbers
from das_tui.view.find import Pattern
from das_tui.view.glyphs import ASCII as GLYPHS
from das_tui.view.glyphs import UTF8
from das_tui.view.place import Place
from das_tui.view.searching import OPEN, Sieve
from das_tui.view.spec import ViewSpec
from das_tui.view.transcript import Transcript
from tests.tongues import Tongue
from tests.view.test_shelved import Shelf, some_blocks, worked_out

COUNT = CHUNK * 5 + 40
WIDTHS = (40, 57, 70, 71, 97, 140)
Walks = Callable[[int, int], "Walk"]


@pytest.fixture
def walks(size: tuple[int, int], tongue: Tongue, monkeypatch: pytest.MonkeyPatch) -> Walks:
    """Begins a walk of a seed, over so many packed chunks."""
    monkeypatch.setattr(numbers, "LAZY_FROM", 2)
    return lambda seed, packed: Walk(size, tongue, packed, seed)


class Walk:
    """A reader of a window of `size` over blocks of which `packed` chunks are on a shelf, with
    random things done."""

    def __init__(self, size: tuple[int, int], say: Tongue, packed: int, seed: int) -> None:
        self.chance = random.Random(seed)
        self.say = say
        self.height = size[1] - 4
        self.blocks = some_blocks(COUNT, seed, say)
        glyphs = GLYPHS if say.ascii else UTF8
        self.transcript = Transcript(ViewSpec(width=size[0], utc=True, threshold=0, glyphs=glyphs))
        if packed:
            kept = Shelf(self.blocks[: packed * CHUNK])
            self.transcript.put_shelf(kept.heads, kept.read)
        self.transcript.put_many(self.blocks[packed * CHUNK :])
        self.reader = Reader(self.transcript)
        self.reader.window(self.height)

    def show_all(self) -> None:
        self.transcript.set_spec(replace(self.transcript.spec, threshold=0))
        self.transcript.only_answers(False)
        self.transcript.sift(OPEN)

    def wander(self) -> None:
        """Stand somewhere else, not at the end."""
        chance = self.chance
        self.reader.go_to(chance.randrange(len(self.transcript)))
        if chance.random() < 0.5:
            self.reader._scroll(chance.randrange(-30, 30))
            self.reader._keep_cursor_in_view(chance.choice([1, -1]))
        self.reader.window(self.height)

    def top(self) -> Place:
        """The block and line at the top of the window."""
        line = self.reader.window(self.height)[0]
        return Place(line.block, line.line)

    def cursor_row(self) -> int | None:
        """The row of the window with the first row of the cursor that is in view."""
        cursor = self.reader.cursor
        lines = self.reader.window(self.height)
        found = (y for y, line in enumerate(lines) if line.block == cursor and _own(line.kind))
        return next(found, None)

    def at_an_end(self) -> bool:
        """Whether the window shows the first or the last row."""
        top = self.top()
        return self.reader.top_row == 0 or top == self.transcript.bottom(self.height)


def _own(kind: str) -> bool:
    return kind in {"block", "gap"}


# --- what happens --------------------------------------------------------------------------------


def comes(walk: Walk) -> None:
    """Some blocks come."""
    for _ in range(walk.chance.randrange(1, 9)):
        at = len(walk.transcript)
        body = Answer(walk.say("more of it\n") * walk.chance.randrange(1, 4))
        block = Block(at, body, walk.chance.choice([10, 20, 50]), at=1.7e9)
        walk.blocks.append(block)
        walk.transcript.put(block)


def grows(walk: Walk) -> None:
    """A block anywhere but at the top becomes another."""
    at, top = walk.chance.randrange(len(walk.transcript)), walk.top().block
    gap = walk.transcript.gap(top)
    if gap is None and at not in {top, top - 1, top + 1}:
        body = Thought(walk.say("thinking again ") * walk.chance.randrange(1, 60))
        walk.blocks[at] = replace(walk.blocks[at], body=body)
        walk.transcript.put(walk.blocks[at])


def is_packed(walk: Walk) -> None:
    """Whole chunks go onto the shelf."""
    whole = len(walk.blocks) // CHUNK
    kept = Shelf(walk.blocks[: whole * CHUNK])
    walk.transcript.shelve(whole * CHUNK, kept.read)


def time_passes(walk: Walk) -> None:
    spec = walk.transcript.spec
    walk.transcript.set_spec(replace(spec, now=spec.now + 1.0))


HAPPENINGS: list[Callable[[Walk], None]] = [comes, grows, is_packed, time_passes]


@pytest.mark.parametrize("packed", [0, 5])
@pytest.mark.parametrize("seed", range(2))
def test_another_width_keeps_the_block_and_its_words(walks: Walks, seed: int, packed: int) -> None:
    """What is long is in tests/view/test_rewrap.py; here the old width gives the old rows."""
    walk = walks(seed, packed)
    for _ in range(20):
        walk.wander()
        # Near the end other widths would leave rows empty; there the end is shown.
        if walk.top().block > len(walk.transcript) - 3 * walk.height:
            continue
        spec, (block, line) = walk.transcript.spec, walk.top()
        for width in walk.chance.sample(WIDTHS, 3):
            walk.transcript.set_spec(replace(spec, width=width))
            now = walk.top()
            assert now.block == block
            last = len(walk.transcript._rendered(block)) - 1
            if walk.transcript.visible(block) and line > 0:
                assert 0 <= now.line <= last
            else:
                assert now.line == line
        walk.transcript.set_spec(spec)
        assert walk.top() == (block, line)


# --- what the reader does ------------------------------------------------------------------------


def threshold(walk: Walk) -> None:
    level = walk.chance.choice([0, 10, 20, 30, 50, 60])
    walk.transcript.set_spec(replace(walk.transcript.spec, threshold=level))


def answers(walk: Walk) -> None:
    walk.transcript.only_answers(not walk.transcript.answers_only)


def sieve(walk: Walk) -> None:
    chance = walk.chance
    quiet, some = Pattern(walk.say("quiet")), Pattern(walk.say("of this|a note"), regex=True)
    pattern = chance.choice([quiet, some, None])
    shown = chance.choice([b"", kinds.table(frozenset({0, 3, 4}))])
    wanted = chance.choice([OPEN, Sieve(pattern, chance.random() < 0.3, shown)])
    walk.transcript.sift(wanted, max(0, walk.reader.cursor))


def tools(walk: Walk) -> None:
    walk.transcript.open_all_tools(not walk.transcript.tools_open)


def scan(walk: Walk) -> None:
    worked_out(walk.transcript)


DOINGS: list[Callable[[Walk], None]] = [threshold, answers, sieve, tools, scan]


@pytest.mark.parametrize("packed", [0, 3, 5])
@pytest.mark.parametrize("seed", range(2))
def test_the_row_of_the_cursor_stays_whatever_is_done(walks: Walks, seed: int, packed: int) -> None:
    """Or that of the gap that it is in now; but for the ends, where a window has nowhere to go."""
    walk = walks(seed, packed)
    kept = 0
    for _ in range(25):
        walk.wander()
        for _ in range(3):
            row, cursor = walk.cursor_row(), walk.reader.cursor
            hidden = walk.transcript.gap(cursor)
            doing = walk.chance.choice(DOINGS)
            walk.reader.hold(lambda doing=doing: doing(walk))  # type: ignore[misc]
            now = walk.reader.cursor
            gap = walk.transcript.gap(now)
            if hidden is None:
                # On the same block still, or on the gap that hides it.
                assert now == cursor or (gap is not None and gap[0] == now <= cursor < sum(gap))
            if row is not None and not walk.at_an_end():
                assert walk.cursor_row() == row, doing.__name__
                kept += 1
    assert kept > 15, "nearly always at an end: nothing was tried"


@pytest.mark.parametrize("acts", [HAPPENINGS, DOINGS], ids=["happens", "is hidden"])
@pytest.mark.parametrize("packed", [0, 3, 5])
def test_the_top_row_stays_whatever_happens_or_is_hidden(
    walks: Walks, packed: int, acts: list[Callable[[Walk], None]]
) -> None:
    """A row that is hidden gives the gap that hides it, one that is shown again itself."""
    walk = walks(packed, packed)
    kept = 0
    for _ in range(12):
        walk.show_all()
        walk.wander()
        if walk.at_an_end():
            continue
        stood = walk.reader.spot.top
        for _ in range(4):
            walk.chance.choice(acts)(walk)
            now, transcript = walk.top(), walk.transcript
            lines = walk.reader.window(walk.height)
            if len(lines) < walk.height:
                assert lines[0].block == 0, "rows are left empty only where all are shown"
                assert lines[-1].block == transcript.item(len(transcript) - 1)
            if now == transcript.bottom(walk.height):
                continue
            gap = transcript.gap(stood.block)
            if gap is not None:
                assert now.block == gap[0]
            else:
                assert now.block == stood.block
                assert now.line == min(stood.line, len(transcript._rendered(stood.block)) - 1)
            kept += 1
    assert kept > 10, "nearly always at an end: nothing was tried"

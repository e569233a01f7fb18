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
from das_tui.view import index as numbers
from das_tui.view import kinds
from das_tui.view.find import Pattern
from das_tui.view.place import Place
from das_tui.view.searching import OPEN, Sieve
from das_tui.view.spec import ViewSpec
from das_tui.view.transcript import Transcript
from tests.view.test_shelved import Shelf, some_blocks, worked_out

SPEC = ViewSpec(width=70, utc=True, threshold=0)
HEIGHT = 20
WIDTHS = (40, 57, 70, 71, 97, 140)


class Walk:
    """A reader over blocks of which `packed` chunks are on a shelf, with random things done."""

    def __init__(self, count: int, packed: int, seed: int) -> None:
        self.chance = random.Random(seed)
        self.blocks = some_blocks(count, seed)
        self.transcript = Transcript(SPEC)
        self.packed = packed
        if packed:
            kept = Shelf(self.blocks[: packed * CHUNK])
            self.transcript.put_shelf(kept.heads, kept.read)
        self.transcript.put_many(self.blocks[packed * CHUNK :])
        self.reader = Reader(self.transcript)
        self.reader.window(HEIGHT)

    def wander(self) -> None:
        """Stand somewhere else, not at the end."""
        chance = self.chance
        self.reader.go_to(chance.randrange(len(self.transcript)))
        if chance.random() < 0.5:
            self.reader._scroll(chance.randrange(-30, 30))
            self.reader._keep_cursor_in_view(chance.choice([1, -1]))
        self.reader.window(HEIGHT)

    def top(self) -> Place:
        """The block and line at the top of the window."""
        line = self.reader.window(HEIGHT)[0]
        return Place(line.block, line.line)

    def cursor_row(self) -> int | None:
        """The row of the window with the first row of the cursor that is in view."""
        cursor = self.reader.cursor
        lines = self.reader.window(HEIGHT)
        found = (y for y, line in enumerate(lines) if line.block == cursor and _own(line.kind))
        return next(found, None)

    def at_an_end(self) -> bool:
        """Whether the window shows the first or the last row."""
        top = self.top()
        return self.reader.top_row == 0 or top == self.transcript.bottom(HEIGHT)


def _own(kind: str) -> bool:
    return kind in {"block", "gap"}


# --- what happens --------------------------------------------------------------------------------


def comes(walk: Walk) -> None:
    """Some blocks come."""
    for _ in range(walk.chance.randrange(1, 9)):
        at = len(walk.transcript)
        body = Answer("more of it\n" * walk.chance.randrange(1, 4))
        block = Block(at, body, walk.chance.choice([10, 20, 50]), at=1.7e9)
        walk.blocks.append(block)
        walk.transcript.put(block)


def grows(walk: Walk) -> None:
    """A block anywhere but at the top becomes another."""
    at, top = walk.chance.randrange(len(walk.transcript)), walk.top().block
    gap = walk.transcript.gap(top)
    if gap is None and at not in {top, top - 1, top + 1}:
        body = Thought("thinking again " * walk.chance.randrange(1, 60))
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


@pytest.mark.parametrize("packed", [0, 3, 5])
@pytest.mark.parametrize("seed", range(4))
def test_the_top_row_stays_whatever_happens(
    seed: int, packed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numbers, "LAZY_FROM", 2)
    walk = Walk(CHUNK * 5 + 40, packed, seed)
    for _ in range(60):
        walk.wander()
        shows_end = walk.reader.top_row + HEIGHT >= walk.transcript.height
        before = walk.top()
        for _ in range(3):
            walk.chance.choice(HAPPENINGS)(walk)
            if not shows_end:
                assert walk.top() == before
            assert len(walk.reader.window(HEIGHT)) == HEIGHT


@pytest.mark.parametrize("packed", [0, 5])
@pytest.mark.parametrize("seed", range(4))
def test_another_width_keeps_the_block_and_the_line(
    seed: int, packed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line that a block has no more gives its last one."""
    monkeypatch.setattr(numbers, "LAZY_FROM", 2)
    walk = Walk(CHUNK * 5 + 40, packed, seed)
    for _ in range(60):
        walk.wander()
        # Near the end other widths would leave rows empty; there the end is shown.
        if walk.top().block > len(walk.transcript) - 3 * HEIGHT:
            continue
        block, line = walk.top()
        for width in walk.chance.sample(WIDTHS, 3):
            walk.transcript.set_spec(replace(walk.transcript.spec, width=width))
            now = walk.top()
            assert now.block == block
            last = len(walk.transcript._rendered(block)) - 1
            if walk.transcript.visible(block):
                assert now.line == min(line, last)
            else:
                assert now.line == line


# --- what the reader does ------------------------------------------------------------------------


def threshold(walk: Walk) -> None:
    level = walk.chance.choice([0, 10, 20, 30, 50, 60])
    walk.transcript.set_spec(replace(walk.transcript.spec, threshold=level))


def answers(walk: Walk) -> None:
    walk.transcript.only_answers(not walk.transcript.answers_only)


def sieve(walk: Walk) -> None:
    chance = walk.chance
    pattern = chance.choice([Pattern("quiet"), Pattern("of this|a note", regex=True), None])
    shown = chance.choice([b"", kinds.table(frozenset({0, 3, 4}))])
    wanted = chance.choice([OPEN, Sieve(pattern, chance.random() < 0.3, shown)])
    walk.transcript.sift(wanted, max(0, walk.reader.cursor))


def tools(walk: Walk) -> None:
    walk.transcript.open_all_tools(not walk.transcript.tools_open)


def scan(walk: Walk) -> None:
    worked_out(walk.transcript)


DOINGS: list[Callable[[Walk], None]] = [threshold, answers, sieve, tools, scan]


@pytest.mark.parametrize("packed", [0, 3, 5])
@pytest.mark.parametrize("seed", range(6))
def test_the_row_of_the_cursor_stays_whatever_is_done(
    seed: int, packed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or that of the gap that it is in now; but for the ends, where a window has nowhere to go."""
    monkeypatch.setattr(numbers, "LAZY_FROM", 2)
    walk = Walk(CHUNK * 5 + 40, packed, seed)
    kept = 0
    for _ in range(40):
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
    assert kept > 30, "nearly always at an end: nothing was tried"


@pytest.mark.parametrize("packed", [0, 3, 5])
@pytest.mark.parametrize("seed", range(4))
def test_the_top_row_stays_while_rows_are_hidden_and_shown(
    seed: int, packed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row that is hidden gives the gap that hides it, one that is shown again itself."""
    monkeypatch.setattr(numbers, "LAZY_FROM", 2)
    walk = Walk(CHUNK * 5 + 40, packed, seed)
    for _ in range(40):
        walk.wander()
        if walk.at_an_end():
            continue
        stood = walk.reader.spot.top
        for _ in range(4):
            walk.chance.choice([threshold, answers, tools, sieve, scan])(walk)
            now, transcript = walk.top(), walk.transcript
            if now == transcript.bottom(HEIGHT):
                continue
            gap = transcript.gap(stood.block)
            if gap is not None:
                assert now.block == gap[0]
            else:
                assert now.block == stood.block
                assert now.line == min(stood.line, len(transcript._rendered(stood.block)) - 1)

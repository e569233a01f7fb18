"""Which blocks of a transcript match a pattern: found out bit by bit, from one place outwards."""

from collections.abc import Callable, Iterator

from das_tui.domain.blocks import Block
from das_tui.domain.shelf import CHUNK
from das_tui.view.bodies import Bodies
from das_tui.view.find import Pattern

_AT_ONCE = 16
"""Blocks that are looked at before it is asked whether that was enough."""


class Matches:
    """The blocks that match `pattern`, as far as they were looked at.

    `work` looks at chunks of blocks, the nearest to the block `near` first. Chunks on the shelf
    are turned down by their bytes where that is possible, so that few are made into blocks.
    """

    def __init__(self, pattern: Pattern, bodies: Bodies, near: int = 0) -> None:
        self.pattern = pattern
        self.hits = bytearray(len(bodies))
        """1 for each block that matches, 0 for others and those not looked at."""
        self._bodies = bodies
        self._chunks = -(-len(bodies) // CHUNK)
        self._looked = 0
        self._came: set[int] = set()
        middle = max(0, min(near // CHUNK, self._chunks - 1))
        self._parts = self._walk(_outwards(middle, self._chunks))

    @property
    def done(self) -> bool:
        """Whether all blocks were looked at."""
        return self._looked == self._chunks

    @property
    def percent(self) -> int:
        """How much was looked at."""
        return 100 * self._looked // self._chunks if self._chunks else 100

    def put(self, block: Block) -> None:
        """A block came, or changed."""
        hit = self.pattern.within(block.body)
        self._came.add(block.index)
        if block.index == len(self.hits):
            self.hits.append(hit)
        else:
            self.hits[block.index] = hit

    def work(self, enough: Callable[[], bool]) -> Iterator[int]:
        """Look at blocks until `enough` says so, which is asked after some; gives the number of
        the first block of each chunk with a match."""
        for first in self._parts:
            if first is not None:
                yield first
            if enough():
                return

    def _walk(self, order: Iterator[int]) -> Iterator[int | None]:
        """Look at chunks, some blocks at a time: the first block of a chunk with a match, None
        where there is none, or not yet."""
        within = self.pattern.within
        for number in order:
            first = number * CHUNK
            self._came.clear()
            blocks = self._bodies.passing(number, self.pattern.perhaps)
            for start in range(0, len(blocks), _AT_ONCE):
                if start:
                    yield None
                for at, block in enumerate(blocks[start : start + _AT_ONCE], first + start):
                    # What came or changed meanwhile was looked at as it came.
                    if at not in self._came:
                        self.hits[at] = within(block.body)
            self._looked += 1
            yield first if 1 in self.hits[first : first + CHUNK] else None


def _outwards(middle: int, count: int) -> Iterator[int]:
    for step in range(count):
        if middle + step < count:
            yield middle + step
        if step and middle >= step:
            yield middle - step

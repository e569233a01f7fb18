"""Which blocks of a transcript match a pattern: found out bit by bit, from one place outwards."""

from collections.abc import Callable, Iterator

from das_tui.domain.blocks import Block
from das_tui.domain.shelf import CHUNK
from das_tui.view.bodies import Bodies
from das_tui.view.find import Pattern


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
        middle = max(0, min(near // CHUNK, self._chunks - 1))
        self._order = _outwards(middle, self._chunks)

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
        if block.index == len(self.hits):
            self.hits.append(hit)
        else:
            self.hits[block.index] = hit

    def work(self, enough: Callable[[], bool]) -> Iterator[int]:
        """Look at chunks until `enough` says so, which is asked after each; gives the number of
        the first block of each chunk with a match."""
        for number in self._order:
            self._looked += 1
            if self._look(number):
                yield number * CHUNK
            if enough():
                return

    def _look(self, number: int) -> bool:
        within = self.pattern.within
        found = bytes(
            within(block.body) for block in self._bodies.passing(number, self.pattern.perhaps)
        )
        # Blocks that came after the search began are looked at as they come.
        first = number * CHUNK
        self.hits[first : first + len(found)] = found
        return 1 in found


def _outwards(middle: int, count: int) -> Iterator[int]:
    for step in range(count):
        if middle + step < count:
            yield middle + step
        if step and middle >= step:
            yield middle - step

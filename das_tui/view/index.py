"""The index of a transcript: its blocks as numbers, without their bodies.

`heights.py` knows which row belongs to which block, `shown.py` which blocks are shown; this takes
blocks in.
"""

from array import array
from collections.abc import Sequence
from itertools import accumulate

from das_tui.domain.shelf import ChunkHead
from das_tui.view.heights import GROUP, MAX_HEIGHT
from das_tui.view.shown import Shown

_PASSES = 255


class Index(Shown):
    """Levels, flags and heights of `len(self)` blocks."""

    def append(self, level: int | None, flags: int, height: int, passes: bool = True) -> None:
        """Add a block; its height is an estimate unless `flags` has EXACT. `passes` says whether
        it passes the sieve, if there is one."""
        self.extend([level], bytes([flags]), [height], bytes([_PASSES if passes else 0]))

    def extend(
        self,
        levels: Sequence[int | None],
        flags: bytes | bytearray,
        heights: Sequence[int],
        passes: bytes | bytearray,
    ) -> None:
        """Add blocks; `passes` has 255 and not 0 for those that pass the sieve, if there is one."""
        distinct = dict.fromkeys(levels)
        for level in distinct:
            self._rank_of(level)
        table = {level: self._rank_of(level) for level in distinct}
        ranks = bytes([table[level] for level in levels])
        first = len(self._rank)
        stop = first + len(ranks)
        self._rank += ranks
        self._flags += flags
        self._heights.extend([min(height, MAX_HEIGHT) for height in heights])
        if self._sieve is not None:
            self._sieve += passes
        shown = self._ranks(first, stop)
        self._shown += shown
        for rank in set(ranks):
            self._level_counts[rank] += ranks.count(rank)
        for rank in set(shown):
            self._shown_counts[rank] += shown.count(rank)
        for group in range(first // GROUP, (stop + GROUP - 1) // GROUP):
            if group == len(self._highest):
                self._highest.append(0)
                self._lazy.append(0)
                for sums in self._sums:
                    sums.append(0)
            self._highest[group] = max(self._shown[group * GROUP : (group + 1) * GROUP])
            self._stale.add(group)

    def load(self, heads: Sequence[ChunkHead], flags: bytes) -> None:
        """Take over whole chunks into an empty index; `flags` gives the flags for each kind.

        Their sums are estimates until somebody looks.
        """
        self._sieve = None
        for level in {level for head in heads for level in head.table}:
            self._rank_of(level)
        ranks, kept, heights = bytearray(), bytearray(), array("H")
        for head in heads:
            table = bytearray(GROUP)
            for ordinal, level in enumerate(head.table):
                table[ordinal] = self._rank_of(level)
            ranks += head.ordinals.translate(table)
            kept += head.kinds.translate(flags)
            heights.extend(head.heights())
        self._rank, self._flags, self._heights = ranks, kept, heights
        self._shown = self._ranks(0, len(ranks))
        self._level_counts = [ranks.count(rank) for rank in range(len(self._levels) + 2)]
        self._shown_counts = [self._shown.count(rank) for rank in range(len(self._levels) + 2)]
        self._lazy = bytearray(b"\1" * len(heads))
        self._highest = bytearray(
            max(self._shown[group * GROUP : (group + 1) * GROUP]) for group in range(len(heads))
        )
        self._sums = [array("i", bytes(4 * len(heads))) for _ in self._sums]
        for group, head in enumerate(heads):
            by_rank = [0] * len(self._sums)
            for level, weight in zip(head.table, head.weights, strict=True):
                by_rank[self._rank_of(level)] += weight
            by_rank[-1] += head.pinned
            self._put_sums(group, by_rank)
        self._offsets = list(accumulate(self._sums[self._cutoff], initial=0))
        self._starts.clear()
        self._stale.clear()

    def replace(
        self, place: int, level: int | None, flags: int, height: int, passes: bool = True
    ) -> None:
        """Change all of a block."""
        rank = self._rank_of(level)
        self._level_counts[self._rank[place]] -= 1
        self._level_counts[rank] += 1
        self._rank[place] = rank
        self._flags[place] = flags
        self._heights[place] = min(height, MAX_HEIGHT)
        if self._sieve is not None:
            self._sieve[place] = _PASSES if passes else 0
        self._reconsider(place, place + 1)

"""The rows of a transcript, summed: which row belongs to which block, at any threshold.

Numbers only, in flat arrays: for each block a rank, a height and some flags. Blocks come in
groups of 256. For each group and each threshold one number tells how many rows the group has, so
that a change of the threshold sums one array and looks at no block.

The sums of a group that was never in view may be an estimate (`_lazy`), made from its heights
alone; they become exact when a row in the group is asked for, so that millions of blocks need no
work of their own.

Rows that belong to no block count too. Three kinds stand above a block: a blank, the row of a
gap (a run of hidden blocks begins here), and the rule before what is unread. Whether they do
depends on the block and its neighbour before it, and on nothing else; so they are known for a
pair of neighbours at each threshold, and are summed with the heights.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, compress

from das_tui.domain.shelf import CHUNK
from das_tui.view.flags import AFTER, BEFORE, EXACT

GROUP = CHUNK
MAX_HEIGHT = 65_535


class Heights:
    """Heights of blocks, and their sums. What is shown is decided above (`shown.py`): a block is
    where its rank in `_shown` is not below `_cutoff`."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget all blocks."""
        self._shown = bytearray()
        """The rank that counts for each block: pins, opened gaps, `only` and the sieve
        considered."""
        self._flags = bytearray()
        self._heights = array("H")
        self._cutoff = 1
        self._highest = bytearray()
        """The highest shown rank of each group."""
        self._unread = 0
        self._sums: list[array[int]] = [array("i"), array("i")]
        """By cutoff and group: the rows of the group. Cutoff 0 is not used."""
        self._offsets: list[int] = [0]
        """The first row of each group, and the number of all rows."""
        self._stale: set[int] = set()
        """Groups to be summed again."""
        self._lazy = bytearray()
        """1 for each group whose sums are estimates."""
        self._starts: dict[int, list[int]] = {}

    def __len__(self) -> int:
        return len(self._shown)

    # --- blocks ------------------------------------------------------------------------------

    def set_height(self, place: int, height: int, exact: bool) -> None:
        """Correct a height."""
        flags = self._flags[place]
        self._flags[place] = flags | EXACT if exact else flags & ~EXACT
        height = min(height, MAX_HEIGHT)
        if self._heights[place] != height:
            self._heights[place] = height
            self._stale.add(place // GROUP)

    def height_of(self, place: int) -> int:
        """The height of a block without what stands above it, hidden or not."""
        return self._heights[place]

    def flags(self, place: int) -> int:
        return self._flags[place]

    def forget_exact(self, only: int = 0) -> None:
        """Make all heights estimates, or those of blocks with one of the flags `only`."""
        table = bytes(f & ~EXACT if not only or f & only else f for f in range(256))
        self._flags = self._flags.translate(table)

    def places_with(self, flag: int) -> Iterator[int]:
        """Places of blocks that have a flag."""
        return (place for place, flags in enumerate(self._flags) if flags & flag)

    def visible(self, place: int) -> bool:
        return self._shown[place] >= self._cutoff

    # --- rows --------------------------------------------------------------------------------

    @property
    def height(self) -> int:
        """Rows in all."""
        self._settle()
        return self._offsets[-1]

    def find(self, row: int) -> int:
        """The block on whose rows, or on the rows above it, `row` is; 0 <= row < height."""
        self._settle()
        group = bisect_right(self._offsets, row) - 1
        while self._make_exact(group):
            row = min(row, self._offsets[-1] - 1)
            group = bisect_right(self._offsets, row) - 1
        starts = self._group_starts(group)
        return group * GROUP + bisect_right(starts, row - self._offsets[group]) - 1

    def start(self, place: int) -> int:
        """The row at which the rows of a block begin, those above it included."""
        self._settle()
        group, rest = divmod(place, GROUP)
        self._make_exact(group)
        return self._offsets[group] + self._group_starts(group)[rest]

    def above(self, place: int) -> tuple[bool, bool, bool]:
        """What stands above a visible block, or above the gap row that a hidden one begins:
        a blank, the unread rule, and a blank below the rule or gap."""
        flags = self._flags[place]
        visible = self.visible(place)
        lead = visible and bool(flags & BEFORE)
        if place == 0:
            return False, False, False
        if place == self._unread:
            return True, True, lead
        if self.visible(place - 1):
            after = bool(self._flags[place - 1] & AFTER)
            return lead or after, False, False
        return lead, False, False

    def extent(self, place: int) -> int:
        """Rows of a block with those above it; 0 inside a gap."""
        visible = self.visible(place)
        if not visible and place and place != self._unread and not self.visible(place - 1):
            return 0
        return sum(self.above(place)) + (self._heights[place] if visible else 1)

    # --- sums --------------------------------------------------------------------------------

    def _insert(self, rank: int) -> None:
        """Make room for a new rank. No block has it yet, so from it on the same is shown as from
        the next."""
        self._sums.insert(rank, array("i", self._sums[rank]))

    def _recount(self) -> None:
        """Count all rows anew, from the sums of the groups."""
        self._starts.clear()
        self._settle()
        self._offsets = list(accumulate(self._sums[self._cutoff], initial=0))

    def _settle(self) -> None:
        """Sum up groups that changed."""
        if not self._stale:
            return
        stale = sorted(self._stale)
        self._stale.clear()
        for group in stale:
            self._sum(group)
            self._starts.pop(group, None)
        first = stale[0]
        del self._offsets[first + 1 :]
        sums = self._sums[self._cutoff]
        rest = sums[first:] if first else sums
        base = self._offsets.pop()
        self._offsets.extend(accumulate(rest, initial=base))

    def _approximate(self, groups: range) -> None:
        """Estimate the sums of many groups from their heights by rank."""
        marks = [
            bytes(int(rank == other) for other in range(256)) for rank in range(len(self._sums))
        ]
        for group in groups:
            first, stop = group * GROUP, min(len(self), (group + 1) * GROUP)
            by_rank = [0] * len(self._sums)
            if not self._highest[group]:
                # A sieve may hide nearly all of a long transcript.
                self._put_sums(group, by_rank)
                self._lazy[group] = 1
                self._stale.discard(group)
                continue
            shown, heights = self._shown[first:stop], self._heights[first:stop]
            for rank in set(shown):
                by_rank[rank] = sum(compress(heights, shown.translate(marks[rank])))
            self._put_sums(group, by_rank)
            self._lazy[group] = 1
            self._stale.discard(group)
        self._recount()

    def _put_sums(self, group: int, by_rank: Sequence[int]) -> None:
        """The estimated rows of a group at every cutoff; a group that shows nothing has a gap."""
        rows = 0
        for cutoff in range(len(by_rank) - 1, 0, -1):
            rows += by_rank[cutoff]
            self._sums[cutoff][group] = max(1, rows)

    def _make_exact(self, group: int) -> bool:
        """Work out the true sums of a group that has estimates; whether it had."""
        if not self._lazy[group]:
            return False
        self._stale.add(group)
        self._settle()
        return True

    def _sum(self, group: int) -> None:
        """The rows of one group at every cutoff.

        `change[r]` are the rows that come with rank r being shown. For neighbours of ranks p, r
        the rows above the second are: both shown (cutoff <= min) a blank if either wants one;
        only the second (p < cutoff <= r) its own blank; only the first a gap row and perhaps the
        first one's blank; none shown, nothing.
        """
        first = group * GROUP
        stop = min(len(self), first + GROUP)
        change = [0] * (len(self._sums))
        always = 0
        if first:
            before, lead = self._shown[first - 1], self._flags[first - 1] >> 1 & 1
        else:
            before, lead = 0, 0
        unread = self._unread
        place = first
        for rank, flags, height in zip(
            self._shown[first:stop],
            self._flags[first:stop],
            self._heights[first:stop],
            strict=True,
        ):
            own = flags & BEFORE
            if place == 0:
                always += 1
                change[rank] += height - 1
            elif place == unread:
                always += 3
                change[rank] += height + own - 1
            elif rank > before:
                change[before] += (lead | own) - own
                change[rank] += height + own
            elif rank < before:
                change[before] += 1 + lead
                change[rank] += height + (lead | own) - 1 - lead
            else:
                change[rank] += height + (lead | own)
            before, lead = rank, flags >> 1 & 1
            place += 1
        rows = always
        for cutoff in range(len(change) - 1, 0, -1):
            rows += change[cutoff]
            self._sums[cutoff][group] = rows
        self._lazy[group] = 0

    def _group_starts(self, group: int) -> list[int]:
        """The first row of each block of a group, counted from the group's first."""
        starts = self._starts.get(group)
        if starts is not None:
            return starts
        first = group * GROUP
        stop = min(len(self), first + GROUP)
        cutoff, unread, place, row = self._cutoff, self._unread, first, 0
        before = not first or self._shown[first - 1] >= cutoff
        lead = bool(first) and self._flags[first - 1] & AFTER
        starts = []
        for rank, flags, height in zip(
            self._shown[first:stop],
            self._flags[first:stop],
            self._heights[first:stop],
            strict=True,
        ):
            starts.append(row)
            if place == unread and place:
                row += 2 + (height + (flags & BEFORE) if rank >= cutoff else 1)
                before = rank >= cutoff
            elif rank >= cutoff:
                row += height
                if place and (flags & BEFORE or (before and lead)):
                    row += 1
                before = True
            elif before:
                row += 2 if lead else 1
                before = False
            lead = flags & AFTER
            place += 1
        if len(self._starts) >= 64:
            self._starts.clear()
        self._starts[group] = starts
        return starts

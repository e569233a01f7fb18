"""The index of a transcript: which row belongs to which block, at any threshold.

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
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, compress

from das_tui.domain.shelf import CHUNK, ChunkHead

GROUP = CHUNK
_PASSES = 255
MAX_LEVELS = 60
"""So many distinct levels are told apart; a further one counts as the nearest of them."""

MAX_HEIGHT = 65_535

LAZY_FROM = 64
"""A change of more groups than this is not worked out for each of them at once."""

BEFORE = 1
"""Flag: a blank row stands above the block."""
AFTER = 2
"""Flag: a blank row stands below it."""
PINNED = 4
"""Flag: no threshold hides it."""
ESSENTIAL = 8
"""Flag: shown while only answers are."""
EXACT = 16
"""Flag: the height is true, not an estimate."""
TOOL = 32
"""Flag of the owner of the index, which itself reads only the four that decide what is shown."""


_SPACES = bytes(flags & (BEFORE | AFTER) for flags in range(256))
_SPACELESS = bytes(flags & ~(BEFORE | AFTER) for flags in range(256))


class Index:
    """Ranks, heights and sums of `len(self)` blocks.

    Rank 0 is never shown, ranks 1 to n are the n levels in ascending order, rank n + 1 is always
    shown. A threshold becomes the cutoff: the lowest rank that is shown.
    """

    def __init__(self, threshold: int = 0) -> None:
        self.clear()
        self._threshold = threshold
        self._cutoff = self._cut()

    def clear(self) -> None:
        """Forget all blocks and levels, opened gaps and the unread rule."""
        self._levels: list[int] = []
        self._rank = bytearray()
        """The rank of each block's level, the highest for blocks without one."""
        self._shown = bytearray()
        """The rank that counts: also pins, opened gaps, `only` and the sieve considered."""
        self._flags = bytearray()
        self._heights = array("H")
        self._sums: list[array[int]] = [array("i"), array("i")]
        """By cutoff and group: the rows of the group. Cutoff 0 is not used."""
        self._highest = bytearray()
        """The highest shown rank of each group."""
        self._level_counts: list[int] = [0, 0]
        self._shown_counts: list[int] = [0, 0]
        self._opened: list[tuple[int, int]] = []
        self._only = False
        self._sieve: bytearray | None = None
        """255 for each block that passes, 0 for the others; None where all pass."""
        self._unread = 0
        self._offsets: list[int] = [0]
        self._stale: set[int] = set()
        self._lazy = bytearray()
        """1 for each group whose sums are estimates."""
        self._starts: dict[int, list[int]] = {}
        self._threshold = 0
        self._cutoff = 1

    def __len__(self) -> int:
        return len(self._rank)

    # --- blocks ------------------------------------------------------------------------------

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

    def set_flags(self, place: int, flags: int) -> None:
        """Change what decides whether a block is shown; its height stays."""
        self._flags[place] = flags | (self._flags[place] & EXACT)
        self._reconsider(place, place + 1)

    def space(self, flags: bytes | bytearray) -> None:
        """Take over where blank rows stand from `flags`, one for each block; nothing else of them
        counts."""
        if not self._rank:
            return
        rest = int.from_bytes(self._flags.translate(_SPACELESS), "little")
        blanks = int.from_bytes(flags.translate(_SPACES), "little")
        self._flags = bytearray((rest | blanks).to_bytes(len(self), "little"))
        self._reconsider(0, len(self))

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

    # --- what is shown -----------------------------------------------------------------------

    @property
    def threshold(self) -> int:
        return self._threshold

    @threshold.setter
    def threshold(self, threshold: int) -> None:
        """Show levels from `threshold` on, all for 0. Opened gaps close."""
        if threshold != self._threshold:
            self.close_gaps()
            self._threshold = threshold
            self._recut()

    @property
    def only(self) -> bool:
        """Whether only blocks with ESSENTIAL are shown, of those that the threshold shows."""
        return self._only

    @only.setter
    def only(self, only: bool) -> None:
        if only == self._only:
            return
        self._only = only
        self._opened.clear()
        if self._rank:
            self._reconsider(0, len(self))

    def sift(self, sieve: bytearray | None) -> None:
        """Show only the blocks for which `sieve` has 255 and not 0, of those that the threshold
        shows; None ends that. Opened gaps close."""
        if sieve is None and self._sieve is None:
            return
        self._sieve = sieve
        self._opened.clear()
        if self._rank:
            self._reconsider(0, len(self))

    def sift_more(self, first: int, sieve: bytearray) -> None:
        """Change the sieve for the blocks from `first` on; opened gaps stay open."""
        stop = first + len(sieve)
        if self._sieve is None or self._sieve[first:stop] == sieve:
            return
        self._sieve[first:stop] = sieve
        self._reconsider(first, stop)

    @property
    def sifted(self) -> int:
        """Blocks that the sieve hides."""
        if self._sieve is None:
            return 0
        back = sum(self._sieve.count(0, first, stop) for first, stop in self._opened)
        return self._sieve.count(0) - back

    @property
    def visibility(self) -> bytearray:
        """1 for each block that is shown, 0 for the others."""
        return self.shown(0, len(self))

    def shown(self, first: int, stop: int) -> bytearray:
        """1 for each block from `first` up to `stop` that is shown, 0 for the others."""
        return self._shown[first:stop].translate(_from_rank(self._cutoff))

    @property
    def unread(self) -> int:
        """The block below the unread rule, 0 for no rule."""
        return self._unread

    @unread.setter
    def unread(self, place: int) -> None:
        for old in (self._unread, place):
            if 0 < old < len(self):
                self._stale.add(old // GROUP)
        self._unread = max(0, place)

    @property
    def levels(self) -> list[int]:
        """Levels that occur, or occurred, ascending."""
        return self._levels

    @property
    def histogram(self) -> list[tuple[int | None, int]]:
        """Levels with their number of blocks, ascending; last None for blocks without a level."""
        counts: list[tuple[int | None, int]] = [
            (level, count)
            for level, count in zip(self._levels, self._level_counts[1:], strict=False)
            if count
        ]
        if self._level_counts[-1]:
            counts.append((None, self._level_counts[-1]))
        return counts

    @property
    def hidden(self) -> int:
        """Blocks that are not shown."""
        return sum(self._shown_counts[: self._cutoff])

    def visible(self, place: int) -> bool:
        return self._shown[place] >= self._cutoff

    def gap(self, place: int) -> tuple[int, int] | None:
        """The run of hidden blocks around `place`, as its first and the one after its last; None
        if the block is shown. The unread rule divides a run."""
        if self.visible(place):
            return None
        before = self.visible_before(place)
        first = 0 if before is None else before + 1
        after = self.visible_from(place + 1)
        stop = len(self) if after is None else after
        if first < self._unread <= place:
            first = self._unread
        if place < self._unread < stop:
            stop = self._unread
        return first, stop

    def open_gap(self, place: int) -> None:
        """Show the hidden blocks around `place` until the threshold changes."""
        gap = self.gap(place)
        if gap is None:
            return
        self._opened.append(gap)
        self._reconsider(*gap)

    def close_gaps(self) -> None:
        """Hide again what `open_gap` showed."""
        opened, self._opened = self._opened, []
        for first, stop in opened:
            self._reconsider(first, stop)

    def visible_from(self, place: int) -> int | None:
        """The first visible block at or after `place`."""
        cutoff, shown, count = self._cutoff, self._shown, len(self._shown)
        while place < count:
            group = place // GROUP
            end = min(count, (group + 1) * GROUP)
            if self._highest[group] >= cutoff:
                for i in range(place, end):
                    if shown[i] >= cutoff:
                        return i
            place = end
        return None

    def visible_before(self, place: int) -> int | None:
        """The last visible block before `place`."""
        cutoff, shown = self._cutoff, self._shown
        place = min(place, len(shown))
        while place > 0:
            group = (place - 1) // GROUP
            if self._highest[group] >= cutoff:
                for i in range(place - 1, group * GROUP - 1, -1):
                    if shown[i] >= cutoff:
                        return i
            place = group * GROUP
        return None

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

    # --- inside ------------------------------------------------------------------------------

    def _rank_of(self, level: int | None) -> int:
        """The rank of a level; a new one moves all higher ranks up."""
        levels = self._levels
        if level is None:
            return len(levels) + 1
        at = bisect_left(levels, level)
        if at < len(levels) and levels[at] == level:
            return at + 1
        if len(levels) == MAX_LEVELS:
            near = range(max(0, at - 1), min(len(levels), at + 1))
            return 1 + min(near, key=lambda i: abs(levels[i] - level))
        insort(levels, level)
        rank = at + 1
        table = bytes(r + 1 if rank <= r < 255 else r for r in range(256))
        self._rank = self._rank.translate(table)
        self._shown = self._shown.translate(table)
        self._highest = self._highest.translate(table)
        self._level_counts.insert(rank, 0)
        self._shown_counts.insert(rank, 0)
        # No block has the new rank yet, so from it on the same is shown as from the next.
        self._sums.insert(rank, array("i", self._sums[rank]))
        self._cutoff = self._cut()
        return rank

    def _ranks(self, first: int, stop: int) -> bytearray:
        """The ranks that count for some blocks."""
        top = len(self._levels) + 1
        ranks = _blended(self._rank[first:stop], self._flags[first:stop], *_tables(self._only, top))
        if self._sieve is not None:
            ranks = both(ranks, self._sieve[first:stop])
        for start, end in self._opened:
            low, high = max(first, start), min(stop, end)
            if low < high:
                ranks[low - first : high - first] = bytes([top]) * (high - low)
        return ranks

    def _reconsider(self, first: int, stop: int) -> None:
        """Work out again which ranks count for some blocks."""
        old = self._shown[first:stop]
        new = self._ranks(first, stop)
        groups = range(first // GROUP, (stop - 1) // GROUP + 1)
        if old != new:
            self._shown[first:stop] = new
            for rank in set(old):
                self._shown_counts[rank] -= old.count(rank)
            for rank in set(new):
                self._shown_counts[rank] += new.count(rank)
            for group in groups:
                self._highest[group] = max(self._shown[group * GROUP : (group + 1) * GROUP])
        if len(groups) > LAZY_FROM:
            self._approximate(groups)
        else:
            self._stale.update(groups)
        if stop < len(self):
            # What stands above a block depends on the one before it, too.
            self._stale.add(stop // GROUP)

    def _cut(self) -> int:
        return 1 + bisect_left(self._levels, self._threshold) if self._threshold else 1

    def _recut(self) -> None:
        cutoff = self._cut()
        if cutoff != self._cutoff:
            self._cutoff = cutoff
            self._starts.clear()
            self._settle()
            self._offsets = list(accumulate(self._sums[cutoff], initial=0))

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
        self._starts.clear()
        self._settle()
        self._offsets = list(accumulate(self._sums[self._cutoff], initial=0))

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


def both(left: bytes | bytearray, right: bytes | bytearray) -> bytearray:
    """The bits that two arrays of one length have in common."""
    common = int.from_bytes(left, "little") & int.from_bytes(right, "little")
    return bytearray(common.to_bytes(len(left), "little"))


@lru_cache(maxsize=256)
def _from_rank(cutoff: int) -> bytes:
    """For all ranks: 1 from `cutoff` on."""
    return bytes(int(rank >= cutoff) for rank in range(256))


@lru_cache(maxsize=8)
def _tables(only: bool, top: int) -> tuple[bytes, bytes]:
    """For all flags: 255 where the rank of the level counts, and the rank that counts instead."""
    keep, lift = bytearray(256), bytearray(256)
    for flags in range(256):
        if flags & PINNED and not (only and not flags & ESSENTIAL):
            lift[flags] = top
        elif not only or flags & ESSENTIAL:
            keep[flags] = 255
    return bytes(keep), bytes(lift)


def _blended(ranks: bytearray, flags: bytearray, keep: bytes, lift: bytes) -> bytearray:
    """`ranks` where `keep` says so for the flags, else what `lift` has for them; as operations on
    whole numbers, since a loop over a million blocks would be seen."""
    kept = int.from_bytes(ranks, "little") & int.from_bytes(flags.translate(keep), "little")
    lifted = kept | int.from_bytes(flags.translate(lift), "little")
    return bytearray(lifted.to_bytes(len(ranks), "little"))

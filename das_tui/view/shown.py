"""What of a transcript is shown: by level, by kind, by a sieve, by the hand of the reader.

Every block has a rank, by its level. A threshold is a cutoff among the ranks, so that another one
changes nothing about a block. All else that shows or hides a block changes the rank that counts
for it: 0 hides it, the highest shows it, at any threshold.
"""

from bisect import bisect_left, insort
from functools import lru_cache

from das_tui.view.flags import AFTER, BEFORE, ESSENTIAL, EXACT, PINNED, both
from das_tui.view.heights import GROUP, Heights

MAX_LEVELS = 60
"""So many distinct levels are told apart; a further one counts as the nearest of them."""

LAZY_FROM = 64
"""A change of more groups than this is not worked out for each of them at once."""

_SPACES = bytes(flags & (BEFORE | AFTER) for flags in range(256))
_SPACELESS = bytes(flags & ~(BEFORE | AFTER) for flags in range(256))


class Shown(Heights):
    """Ranks of blocks, and which of them are shown.

    Rank 0 is never shown, ranks 1 to n are the n levels in ascending order, rank n + 1 is always
    shown. A threshold becomes the cutoff: the lowest rank that is shown.
    """

    def __init__(self, threshold: int = 0) -> None:
        super().__init__()
        self._threshold = threshold
        self._cutoff = self._cut()

    def clear(self) -> None:
        """Forget all blocks and levels, opened gaps and the unread rule."""
        super().clear()
        self._levels: list[int] = []
        self._rank = bytearray()
        """The rank of each block's level, the highest for blocks without one."""
        self._level_counts: list[int] = [0, 0]
        self._shown_counts: list[int] = [0, 0]
        self._opened: list[tuple[int, int]] = []
        self._only = False
        self._sieve: bytearray | None = None
        """255 for each block that passes, 0 for the others; None where all pass."""
        self._threshold = 0

    # --- what shows and hides ----------------------------------------------------------------

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

    # --- counts ------------------------------------------------------------------------------

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

    # --- gaps --------------------------------------------------------------------------------

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

    # --- ranks -------------------------------------------------------------------------------

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
        self._insert(rank)
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
            self._recount()


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

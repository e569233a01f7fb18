"""What a transcript finds, hides and marks by the will of the reader, beside the threshold."""

from abc import abstractmethod
from collections.abc import Iterable
from time import monotonic
from typing import NamedTuple

from das_tui.domain.bookmark import Bookmark
from das_tui.domain.shelf import CHUNK
from das_tui.view.ages import thousands
from das_tui.view.bodies import Bodies
from das_tui.view.clean import one_line
from das_tui.view.find import Pattern
from das_tui.view.flags import ESSENTIAL, PINNED, both
from das_tui.view.index import Index
from das_tui.view.matches import Matches
from das_tui.view.rows import Row
from das_tui.view.wrap import fit

_QUOTED = 24
"""Cells of a pattern in the row of a gap."""

_FULL = bytes([0]) + bytes([255]) * 255
_EMPTY = bytes([255]) + bytes([0]) * 255
_MARKED = PINNED | ESSENTIAL


class Hits(NamedTuple):
    """How many blocks match: `place` is the number among the shown ones of the block that was asked
    for, 0 where that does not match, `shown` and `hidden` are counts. `percent` of the blocks were
    looked at."""

    place: int = 0
    shown: int = 0
    hidden: int = 0
    percent: int = 100


class Sieve(NamedTuple):
    """What is shown beside the threshold: blocks with `pattern`, or with `hides` those without,
    None for any; and those whose kind has 255 and not 0 in `kinds`, empty for any."""

    pattern: Pattern | None = None
    hides: bool = False
    kinds: bytes = b""


OPEN = Sieve()
"""Holds nothing back."""


class Searching:
    """The part of a transcript that knows matches and marks; `Transcript` is made on it."""

    def __init__(self, index: Index, bodies: Bodies) -> None:
        self._index = index
        self._blocks = bodies
        self._kinds = bytearray()
        """The kind of each block, as in the heads of the shelf."""
        self._searched: Matches | None = None
        self._sieve = OPEN
        self._sieved: Matches | None = None
        self._marks: dict[int, Bookmark] = {}

    # --- searching ---------------------------------------------------------------------------

    def search(self, pattern: Pattern | None, near: int = 0) -> None:
        """Look for a pattern, from the block `near` outwards; None ends that. `work` finds."""
        if pattern is None:
            self._searched = None
        elif self._searched is None or self._searched.pattern != pattern:
            self._searched = self._matches(pattern, near)

    def _matches(self, pattern: Pattern, near: int) -> Matches:
        for known in (self._searched, self._sieved):
            if known is not None and known.pattern == pattern:
                return known
        return Matches(pattern, self._blocks, near)

    @property
    def pattern(self) -> Pattern | None:
        """What is looked for."""
        return self._searched.pattern if self._searched is not None else None

    def work(self, seconds: float) -> bool:
        """Look at blocks for about so long; whether there are some left to look at."""
        until = monotonic() + seconds
        for matches in {id(m): m for m in (self._sieved, self._searched) if m is not None}.values():
            for first in matches.work(lambda: monotonic() >= until):
                if matches is self._sieved:
                    self._index.sift_more(first, self._passing(first, first + CHUNK))
            if not matches.done:
                return True
        return False

    def matches(self, block: int) -> bool:
        """Whether a block is known to match what is looked for."""
        known = self._searched
        return known is not None and 0 <= block < len(known.hits) and bool(known.hits[block])

    def next_match(self, block: int, direction: int) -> int | None:
        """The nearest shown block after `block` (`direction` 1) or before it (-1) that matches, as
        far as is known; None if there is none."""
        if self._searched is None:
            return None
        found = self._shown_matches()
        at = found.find(1, block + 1) if direction > 0 else found.rfind(1, 0, max(0, block))
        return at if at >= 0 else None

    def count_matches(self, block: int = -1) -> Hits:
        """How many blocks match, and where `block` stands among those that are shown."""
        if self._searched is None:
            return Hits()
        found = self._shown_matches()
        shown = found.count(1)
        place = found.count(1, 0, block + 1) if 0 <= block < len(found) and found[block] else 0
        hidden = self._searched.hits.count(1) - shown
        return Hits(place, shown, hidden, self._percent(self._searched))

    def matching_lines(self, block: int) -> list[int]:
        """The lines of a block, as it is drawn now, on which what is looked for stands."""
        if self._searched is None or not self.matches(block):
            return []
        places = self._searched.pattern.places(self._rendered(block))
        return [line for line, found in enumerate(places) if found]

    @abstractmethod
    def _rendered(self, at: int) -> tuple[Row, ...]:
        """The rows of a block."""

    def _shown_matches(self) -> bytearray:
        assert self._searched is not None
        return both(self._searched.hits, self._index.visibility)

    @staticmethod
    def _percent(matches: Matches) -> int:
        return matches.percent if not matches.done else 100

    # --- the sieve ---------------------------------------------------------------------------

    @property
    def sieve(self) -> Sieve:
        return self._sieve

    def sift(self, sieve: Sieve, near: int = 0) -> None:
        """Hold back what does not pass, from the block `near` outwards as `work` finds it. What
        passes is still hidden by the threshold. Opened gaps close."""
        if sieve == self._sieve:
            return
        pattern = sieve.pattern
        matches = self._matches(pattern, near) if pattern is not None else None
        self._sieve, self._sieved = sieve, matches
        if sieve == OPEN:
            self._index.sift(None)
        else:
            self._index.sift(self._passing(0, len(self._kinds)))

    @property
    def sifted(self) -> int:
        """Blocks that the sieve holds back."""
        return self._index.sifted

    @property
    def seen(self) -> int:
        """Percent of the blocks that the sieve has looked at."""
        return self._percent(self._sieved) if self._sieved is not None else 100

    def _passing(self, first: int, stop: int) -> bytearray:
        """255 for each of these blocks that the sieve lets through, 0 for the others."""
        stop = min(stop, len(self._kinds))
        passing = bytearray(b"\xff" * (stop - first))
        if self._sieve.kinds:
            passing = self._kinds[first:stop].translate(self._sieve.kinds)
        if self._sieved is not None:
            hits = self._sieved.hits[first:stop].translate(_EMPTY if self._sieve.hides else _FULL)
            passing = both(passing, hits)
        return passing

    def _without(self, first: int, stop: int, ellipsis: str) -> str:
        """Why the blocks of a gap are hidden: `412 without "timeout", 3 below 20`."""
        kinds, matches = self._sieve.kinds, self._sieved
        left = stop - first
        parts: list[str] = []
        passing = bytearray(b"\xff" * left)
        if matches is not None:
            hits = matches.hits[first:stop].translate(_EMPTY if self._sieve.hides else _FULL)
            word = "with" if self._sieve.hides else "without"
            if count := hits.count(0):
                name = fit(one_line(matches.pattern.text), _QUOTED, ellipsis)
                parts.append(f'{thousands(count)} {word} "{name}"')
            passing = hits
        if kinds:
            of_kind = both(passing, self._kinds[first:stop].translate(kinds))
            if count := passing.count(255) - of_kind.count(255):
                parts.append(f"{thousands(count)} of other kinds")
            passing = of_kind
        if count := passing.count(255):
            folded = "folded" if self._index.only else f"below {self._index.threshold}"
            parts.append(f"{thousands(count)} {folded}")
        return ", ".join(parts)

    # --- marks -------------------------------------------------------------------------------

    @property
    def marks(self) -> dict[int, Bookmark]:
        """The marks by block."""
        return self._marks

    def set_marks(self, marks: Iterable[Bookmark]) -> None:
        """Take these marks in place of all others; marked blocks are shown at every threshold."""
        before, self._marks = self._marks, {mark.block: mark for mark in marks}
        for block in before.keys() ^ self._marks.keys():
            if block < len(self._kinds):
                self._index.set_flags(block, self._flags_at(block, self._kinds[block]))

    def next_mark(self, block: int, direction: int) -> int | None:
        """The next marked block after `block` (`direction` 1) or before it (-1); from the first
        block of a gap also those in the gap."""
        gap = self._index.gap(block) if 0 <= block < len(self._kinds) else None
        if gap is not None:
            block = gap[0] - 1 if direction > 0 else gap[1]
        known = [at for at in self._marks if at < len(self._kinds)]
        if direction > 0:
            return min((at for at in known if at > block), default=None)
        return max((at for at in known if at < block), default=None)

    @abstractmethod
    def _flags_at(self, at: int, kind: int) -> int:
        """The flags of the index for the block at a place, of a kind."""

    def _pinned(self, at: int, flags: int) -> int:
        return flags | _MARKED if at in self._marks else flags

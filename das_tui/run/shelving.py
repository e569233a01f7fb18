"""Long sessions are packed: blocks onto the shelf, and back without going through all records.

The shelf is derived from the records and may be missing, old or broken at any time: then the
records are read, as they are for short sessions. All of this happens on the engine's loop.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterator

from das_tui.domain import shelf
from das_tui.domain.blocks import Block
from das_tui.domain.mark import TurnMark
from das_tui.domain.session import Overview, Session, State
from das_tui.domain.shelf import CHUNK, ChunkHead, Chunks, ShelfBroken
from das_tui.domain.turn import Turn
from das_tui.light import dataclass
from das_tui.run import way
from das_tui.run.kept import Kept
from das_tui.run.ledger import Ledger
from das_tui.store.chunks import Packed
from das_tui.store.errors import StoreError
from das_tui.store.store import Store

log = logging.getLogger("das_tui.run")

LEAST = 1_024
"""Sessions with fewer blocks are not packed."""

MOST = 8_192
"""So many blocks of a live run stay in memory before older ones are packed."""

HERE = 2_048
"""So many of its latest blocks stay in memory then: they may still change."""

_AT_ONCE = 4
"""Chunks in one transaction. Whoever shows the session lets go of as many blocks at once."""

_LEFT_SECONDS = 60.0
"""How long a session is left alone that could not be packed."""

_BREATH = 0.02
"""Seconds between two transactions of a live run."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A session from the shelf: its chunks' heads, the blocks behind them, its overview."""

    heads: tuple[ChunkHead, ...]
    rest: tuple[Block, ...]
    overview: Overview


@dataclass(frozen=True, slots=True)
class _Standing:
    """What a shelf keeps besides blocks."""

    overview: Overview
    mark: TurnMark
    end: TurnMark
    ledger: object
    turns: bool


class Shelves:
    """The shelves of one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._packing: set[str] = set()
        self._broken: set[str] = set()
        self._left: dict[str, float] = {}

    # --- from the shelf --------------------------------------------------------------------------

    def opened(self, row: Session) -> Opened | None:
        """A session as its shelf has it; None where records have to be read."""
        packed = self._valid(row)
        if packed is None:
            return None
        try:
            heads = self.heads(row.key, packed.blocks)
            rest = tuple(shelf.unpack(packed.rest, packed.blocks))
            return Opened(heads, rest, _standing(packed).overview)
        except (ShelfBroken, StoreError) as error:
            log.warning("a shelf was not used: %s", type(error).__name__)
            return None

    def heads(self, key: str, blocks: int) -> tuple[ChunkHead, ...]:
        """The heads of the chunks of the first `blocks` blocks. Raises ShelfBroken."""
        count = blocks // CHUNK
        heads = tuple(map(ChunkHead.decoded, self._store.chunk_heads(key, count)))
        if len(heads) != count or any(head.count != CHUNK for head in heads):
            raise ShelfBroken("chunks are missing")
        return heads

    def heads_or_gaps(self, key: str, blocks: int) -> tuple[ChunkHead, ...]:
        """The same for a session that is in memory and cannot be read anew: stand-ins where they
        are broken."""
        try:
            return self.heads(key, blocks)
        except (ShelfBroken, StoreError) as error:
            log.warning("a shelf is broken: %s", type(error).__name__)
            return (shelf.STAND_IN,) * (blocks // CHUNK)

    def restored(self, row: Session, *, ahead: bool) -> tuple[Kept, int] | None:
        """A session in memory as it stood before its present question, and the record up to which
        that is; None where all records have to be read. When the rest is read, `settle` it.

        `ahead` is for the next question: nothing has to be read for it, unless the session waits
        for an answer. Until that question is told the overview of such a session is empty.
        """
        packed = self._valid(row)
        if packed is None:
            return None
        try:
            self.heads(row.key, packed.blocks)
            standing = _standing(packed)
            ahead = ahead and standing.overview.state is not State.NEEDS_INPUT
            mark = standing.end if ahead else standing.mark
            before = shelf.unpack(packed.rest, packed.blocks)[: max(0, mark.blocks - packed.blocks)]
            kept = Kept(row, Turn(mark, before), Ledger.restored(standing.ledger))
        except (ShelfBroken, StoreError, ValueError, TypeError) as error:
            log.warning("a shelf was not used: %s", type(error).__name__)
            return None
        kept.turn.release(0, self.fetch(row.key))
        kept.turns = standing.turns
        kept.shelved = packed.blocks
        kept.ahead = ahead
        return kept, mark.position - 1

    def settle(self, kept: Kept) -> None:
        """A restored session has read all its records: what is on the shelf is dropped here."""
        kept.turn.changed()
        kept.turn.release(kept.shelved, self.fetch(kept.row.key))

    def distrust(self, key: str) -> None:
        """Chunks of a session were found broken: it is read from its records until it is packed
        anew."""
        self._broken.add(key)

    def _valid(self, row: Session) -> Packed | None:
        if row.key in self._broken:
            return None
        try:
            packed = self._store.shelf(row.key)
        except StoreError:
            return None
        fits = packed is not None and (packed.version, packed.records, packed.blocks % CHUNK) == (
            shelf.VERSION,
            row.records,
            0,
        )
        return packed if fits else None

    def read(self, key: str, number: int) -> list[Block]:
        """The blocks of a chunk. Raises ShelfBroken."""
        return chunks(lambda: self._store, key)(number)

    def fetch(self, key: str) -> Callable[[int], Block]:
        """How single blocks of a session come back from the shelf; a stand-in for one that cannot
        be read."""

        def fetch(index: int) -> Block:
            try:
                return self.read(key, index // CHUNK)[index % CHUNK]
            except ShelfBroken as error:
                return shelf.missing(index, str(error))

        return fetch

    # --- onto the shelf --------------------------------------------------------------------------

    async def pack(self, kept: Kept) -> int:
        """Pack a session that is at rest and stored as it stands; the blocks on the shelf now."""
        turn, key, records = kept.turn, kept.row.key, kept.row.records
        if turn.count < LEAST or kept.run is not None or not self._may_pack(key):
            return kept.shelved
        valid = self._valid(kept.row)
        if valid is not None and not turn.altered and kept.shelved == valid.blocks:
            return kept.shelved
        await self._put(kept, turn.count // CHUNK * CHUNK)
        if kept.run is None and kept.row.records == records:
            end = turn.mark_after(records)
            standing = (kept.overview(), turn.mark, end, kept.ledger.kept(), kept.turns)
            rest = shelf.pack([block for block in turn.blocks if block.index >= kept.shelved])
            done = shelf.pack_value(standing)
            packed = Packed(shelf.VERSION, records, kept.shelved, rest, done)
            with self._said(key):
                self._store.put_chunks(key, (), packed)
                self._broken.discard(key)
        return kept.shelved

    async def relieve(self, kept: Kept, told: Callable[[Kept], None] | None = None) -> None:
        """Pack what is old of a long live run, so that memory does not grow with it. `told` is
        called whenever more blocks are on the shelf; with it, others are given time between."""
        turn = kept.turn
        long = turn.count - turn.first > MOST
        if long and self._may_pack(kept.row.key):
            await self._put(kept, (turn.count - HERE) // CHUNK * CHUNK, told)

    async def _put(self, kept: Kept, upto: int, told: Callable[[Kept], None] | None = None) -> None:
        """Write the chunks before the block `upto` that are not on the shelf as they stand, and
        let go of their blocks. Runs go on between two transactions."""
        turn, key = kept.turn, kept.row.key
        self._packing.add(key)
        try:
            with self._said(key):
                while kept.shelved < upto or turn.altered:
                    stop = max(kept.shelved, min(upto, kept.shelved + _AT_ONCE * CHUNK))
                    numbers = {index // CHUNK for index in turn.altered}
                    numbers.update(range(kept.shelved // CHUNK, stop // CHUNK))
                    chunks = [self._packed(kept, number) for number in sorted(numbers)]
                    self._store.put_chunks(key, chunks)
                    kept.shelved = stop
                    turn.release(stop, self.fetch(key))
                    if told is not None:
                        told(kept)
                    await asyncio.sleep(_BREATH if told is not None else 0)
        finally:
            self._packing.discard(key)

    @contextlib.contextmanager
    def _said(self, key: str) -> Iterator[None]:
        """What goes wrong with packing costs nothing but time; it stands in the log, and it is
        left for a while."""
        try:
            yield
        except (StoreError, ShelfBroken) as error:
            self._left[key] = time.monotonic() + _LEFT_SECONDS
            log.warning("a session was not packed: %s", type(error).__name__)

    def _may_pack(self, key: str) -> bool:
        left = self._left.get(key, 0.0) > time.monotonic()
        return key not in self._packing and not left and self._store.writable

    def _packed(self, kept: Kept, number: int) -> tuple[int, bytes, bytes]:
        """A chunk as it stands now."""
        way.give()
        turn = kept.turn
        first, stop = number * CHUNK, (number + 1) * CHUNK
        chunk = turn.blocks[max(0, first - turn.first) : max(0, stop - turn.first)]
        if len(chunk) < CHUNK:
            chunk = self.read(kept.row.key, number)
            for at, block in turn.altered.items():
                if first <= at < stop:
                    chunk[at - first] = block
        return number, shelf.head(chunk).encoded(), shelf.pack(chunk)


def chunks(store: Callable[[], Store], key: str) -> Chunks:
    """The chunks of a session in what `store` gives; what they raise is ShelfBroken."""

    def body(number: int) -> bytes | None:
        try:
            return store().chunk_body(key, number)
        except StoreError as error:
            raise ShelfBroken(str(error)) from None

    return Chunks(body)


def _standing(packed: Packed) -> _Standing:
    found = shelf.unpack_value(packed.standing)
    if not isinstance(found, tuple) or len(found) != 5:
        raise ShelfBroken("the shelf cannot be read")
    overview, mark, end, ledger, turns = found
    marks = isinstance(mark, TurnMark) and isinstance(end, TurnMark)
    if not isinstance(overview, Overview) or not marks:
        raise ShelfBroken("the shelf cannot be read")
    return _Standing(overview, mark, end, ledger, bool(turns))

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
from das_tui.domain.session import Overview, Session
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
LEAST_RECORDS = 8_192
"""Sessions with fewer blocks and fewer records are not packed."""

MOST = 8_192
"""So many blocks of a live run stay in memory before older ones are packed."""

HERE = 2_048
"""So many of its latest blocks stay in memory then: they may still change."""

AGAIN = 16_384
"""After so many records of a live run the reducer's mark is stored anew, however few blocks they
made: they would have to be gone through when the session is opened after the run was cut off."""

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
    """What a shelf keeps besides blocks; `mark` is that of the reducer."""

    overview: Overview
    mark: object
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
        if packed is None or packed.records != row.records:
            return None
        try:
            heads = self.heads(row.key, packed.blocks)
            return Opened(heads, tuple(_rest(packed)), _standing(packed).overview)
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

    def restored(self, row: Session) -> Kept | None:
        """A session in memory as it stood after the record `marked` of it; the records behind that
        have to be read. None where all have to."""
        packed = self._valid(row)
        if packed is None:
            return None
        try:
            self.heads(row.key, packed.blocks)
            standing = _standing(packed)
            rest = _rest(packed)
            turn = Turn.resumed(standing.mark, packed.blocks, rest)
            kept = Kept(row, turn, Ledger.restored(standing.ledger))
        except (ShelfBroken, StoreError, ValueError, TypeError, AttributeError) as error:
            log.warning("a shelf was not used: %s", type(error).__name__)
            return None
        turn.release(0, self.fetch(row.key))
        kept.turns = standing.turns
        kept.shelved = packed.blocks
        kept.marked = packed.records
        return kept

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
        if packed is None or packed.version != shelf.VERSION or packed.blocks % CHUNK:
            return None
        return packed if packed.records <= row.records else None

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
        turn, key = kept.turn, kept.row.key
        short = turn.count < LEAST and kept.row.records < LEAST_RECORDS
        if short or kept.run is not None or not self._may_pack(key):
            return kept.shelved
        valid = self._valid(kept.row)
        if (
            valid is not None
            and not turn.altered
            and (valid.blocks, valid.records) == (kept.shelved, kept.row.records)
        ):
            return kept.shelved
        kept.marked = 0
        await self._put(kept, turn.count // CHUNK * CHUNK)
        return kept.shelved

    async def relieve(
        self,
        kept: Kept,
        told: Callable[[Kept], None] | None = None,
        *,
        reading: bool = False,
    ) -> None:
        """Pack what is old of a long live run, so that memory does not grow with it, and so that
        not all of it has to be read again if it is cut off. `told` is called whenever more blocks
        are on the shelf; with it, others are given time between. With `reading`, for a session
        of which more records are being read."""
        turn = kept.turn
        long = turn.count - turn.first > MOST
        due = kept.row.records - kept.marked >= AGAIN
        if (long or due) and self._may_pack(kept.row.key):
            upto = max(0, turn.count - HERE) // CHUNK * CHUNK
            await self._put(kept, upto, told, reading=reading)

    async def _put(
        self,
        kept: Kept,
        upto: int,
        told: Callable[[Kept], None] | None = None,
        *,
        reading: bool = False,
    ) -> None:
        """Write the chunks before the block `upto` that are not on the shelf as they stand, and
        let go of their blocks; at the end the mark of the reducer. Runs go on between two
        transactions."""
        key, records = kept.row.key, kept.row.records
        self._packing.add(key)
        try:
            with self._said(key):
                while kept.shelved < upto:
                    stop = min(upto, kept.shelved + _AT_ONCE * CHUNK)
                    self._write(kept, stop, reading=reading, marked=stop == upto)
                    if told is not None:
                        told(kept)
                    await asyncio.sleep(_BREATH if told is not None else 0)
                if kept.marked < records or (kept.run is None and kept.turn.altered):
                    self._write(kept, kept.shelved, reading=reading, marked=True)
        finally:
            self._packing.discard(key)

    def _write(self, kept: Kept, stop: int, *, reading: bool, marked: bool) -> None:
        """One transaction: the chunks before the block `stop` that are not on the shelf as they
        stand, and with `marked` what is needed to go on from there."""
        turn, key = kept.turn, kept.row.key
        numbers = {index // CHUNK for index in turn.altered}
        numbers.update(range(kept.shelved // CHUNK, stop // CHUNK))
        chunks = [self._packed(kept, number) for number in sorted(numbers)]
        packed = self._marked(kept, stop) if marked else None
        mine = self._store.holds(key)
        if not mine and not self._store.claim(key):
            raise ShelfBroken("another instance runs this session")
        try:
            if not reading and self._store.get(key).records != kept.row.records:
                raise ShelfBroken("not all of it is here, or not all of it is stored")
            self._store.put_chunks(key, chunks, packed)
        finally:
            if not mine:
                self._store.release(key)
        if packed is not None:
            kept.marked = packed.records
            self._broken.discard(key)
        kept.shelved = stop
        turn.release(stop, self.fetch(key))

    def _marked(self, kept: Kept, stop: int) -> Packed:
        """What is needed to go on from here: the blocks from `stop` on, and all that the reducer
        and the ledger know."""
        turn = kept.turn
        blocks = turn.blocks
        pieces = []
        for first in range(stop - turn.first, len(blocks), CHUNK):
            way.give()
            pieces.append(shelf.pack(blocks[first : first + CHUNK]))
        rest = shelf.joined(pieces)
        way.give()
        overview = kept.overview() if kept.run is None else kept.reduced()
        standing = (overview, turn.mark(), kept.ledger.kept(), kept.turns)
        done = shelf.pack_value(standing)
        return Packed(shelf.VERSION, kept.row.records, stop, rest, done)

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


def _rest(packed: Packed) -> list[Block]:
    """The blocks behind the chunks. Raises ShelfBroken."""
    found: list[Block] = []
    for piece in shelf.parted(packed.rest):
        found += shelf.unpack(piece, packed.blocks + len(found))
    return found


def _standing(packed: Packed) -> _Standing:
    found = shelf.unpack_value(packed.standing)
    if not isinstance(found, tuple) or len(found) != 4 or not isinstance(found[0], Overview):
        raise ShelfBroken("the shelf cannot be read")
    overview, mark, ledger, turns = found
    return _Standing(overview, mark, ledger, bool(turns))

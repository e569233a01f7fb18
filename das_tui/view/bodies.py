"""The blocks of a transcript: those on the shelf are read when somebody looks, the rest is here."""

from collections import OrderedDict
from collections.abc import Callable, Sequence

from das_tui.domain.blocks import Block
from das_tui.domain.shelf import CHUNK, Chunks, Read, ShelfBroken, missing

READ_CHUNKS = 24
"""So many chunks stay read."""


class Bodies:
    """All blocks by index. The first `shelved` of them are on the shelf, in chunks of `CHUNK`,
    and come from `read` when they are needed; a shelved block that changed is kept here."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.shelved = 0
        self.trouble = ""
        """Why a chunk could not be read, empty while all could."""
        self._read: Read | None = None
        self._chunks: OrderedDict[int, Sequence[Block]] = OrderedDict()
        self._over: dict[int, Block] = {}
        self._here: list[Block] = []

    def __len__(self) -> int:
        return self.shelved + len(self._here)

    def __getitem__(self, at: int) -> Block:
        if at >= self.shelved:
            return self._here[at - self.shelved]
        over = self._over.get(at)
        if over is not None:
            return over
        number, place = divmod(at, CHUNK)
        chunk = self.chunk(number)
        return chunk[place] if place < len(chunk) else missing(at, "a chunk is not whole")

    def chunk(self, number: int) -> Sequence[Block]:
        """The shelved blocks of a chunk as they were packed; stand-ins where it cannot be read."""
        found = self._chunks.get(number)
        if found is not None:
            self._chunks.move_to_end(number)
            return found
        found = self._chunks[number] = self._fetched(number)
        if len(self._chunks) > READ_CHUNKS:
            self._chunks.popitem(last=False)
        return found

    def _fetched(self, number: int) -> Sequence[Block]:
        assert self._read is not None
        try:
            return self._read(number)
        except ShelfBroken as error:
            self.trouble = str(error)
            first = number * CHUNK
            return [missing(at, self.trouble) for at in range(first, first + CHUNK)]

    def passing(self, number: int, wanted: Callable[[bytes], bool]) -> Sequence[Block]:
        """The blocks of a chunk, shelved or not, as they stand now, without keeping what is read;
        empty where the chunk has no block that changed and `wanted` turns its JSON down."""
        first = number * CHUNK
        if first >= self.shelved:
            return self._here[first - self.shelved : first - self.shelved + CHUNK]
        over = [at for at in self._over if at // CHUNK == number] if self._over else []
        chunk = self._chunks.get(number)
        if chunk is None and isinstance(self._read, Chunks):
            try:
                plain = self._read.plain(number)
                if not over and not wanted(plain):
                    return ()
                chunk = self._read.whole(number, plain)
            except ShelfBroken:
                chunk = None
        if chunk is None:
            chunk = self._fetched(number)
        if over:
            chunk = list(chunk)
            for at in over:
                chunk[at - first] = self._over[at]
        return chunk

    def append(self, block: Block) -> None:
        """A block behind the last one."""
        self._here.append(block)

    def replace(self, at: int, block: Block) -> None:
        """Another block in the place of one."""
        if at >= self.shelved:
            self._here[at - self.shelved] = block
        else:
            self._over[at] = block

    def shelve(self, count: int, read: Read) -> None:
        """The first `count` blocks, a multiple of `CHUNK`, are on the shelf now and come from
        `read`; what was kept of them here is dropped."""
        del self._here[: max(0, count - self.shelved)]
        self.shelved = max(self.shelved, count)
        self._read = read
        self._chunks.clear()
        self._over.clear()

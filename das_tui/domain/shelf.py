"""The shelf: finished blocks of a long session, packed in chunks.

A chunk has a head, small arrays from which an index of the transcript is made without looking at
any block, and a body, its blocks as compressed JSON. Chunks are derived data: they can be made
again from the records at any time, and are when `VERSION` or a chunk cannot be read.
"""

import json
import zlib
from array import array
from collections.abc import Callable, Sequence
from enum import Enum, StrEnum
from typing import Any

from das_tui.domain import blocks as b
from das_tui.domain.blocks import Block, Body
from das_tui.domain.events import AskKind
from das_tui.domain.plan import Change, Plan, PlanStep, StepChange, StepStatus
from das_tui.domain.session import Overview, State, ToolLine
from das_tui.light import dataclass, field_names

CHUNK = 256
"""Blocks in a chunk."""

VERSION = 6
"""Of what the reducer makes and how it is packed. Another version is packed again."""

KINDS: tuple[type[Body], ...] = (
    b.Question,
    b.Answer,
    b.Thought,
    b.Tool,
    b.StepRule,
    b.PlanShown,
    b.Ask,
    b.Chart,
    b.Suggestions,
    b.FileNote,
    b.Report,
    b.Notice,
    b.Failure,
    b.Note,
    b.Raw,
)
"""Kinds of bodies by their number in `ChunkHead.kinds`. New ones are appended."""

KIND = 0x1F
"""The bits of `ChunkHead.kinds` that are the kind."""
STANDS_OUT = 0x20
"""An ask that waits, or a notice that wants attention."""
FAILED = 0x40
"""A failed tool, or a failure."""
PINNED = 0x80

WIDTH = 100
"""The width in cells for which `ChunkHead.rows` is estimated."""

_PARTS: tuple[type, ...] = (
    *KINDS,
    b.Table,
    b.Text,
    b.Image,
    Plan,
    PlanStep,
    StepChange,
    b.ToolStatus,
    b.Tone,
    AskKind,
    StepStatus,
    Change,
    Overview,
    ToolLine,
    State,
)
"""What stands inside a block or an overview, by its number in a body. New ones are appended."""

_NUMBER: dict[type, int] = {part: number for number, part in enumerate(_PARTS)}
_KIND_OF: dict[type, int] = {kind: number for number, kind in enumerate(KINDS)}
_FIELDS: dict[type, tuple[str, ...]] = {
    part: field_names(part) for part in _PARTS if not issubclass(part, Enum)
}


class ShelfBroken(ValueError):
    """A chunk that cannot be read; the blocks have to be made from the records again."""


@dataclass(frozen=True, slots=True)
class ChunkHead:
    """What an index needs to know of the `count` blocks of a chunk.

    `table` are the levels that occur and `ordinals` the place in it for each block. `kinds` has
    a byte for each block: the number of its kind with `STANDS_OUT`, `FAILED`, `PINNED`. `rows` are
    estimated rows at `WIDTH`, as at first sight, as an `array('H')` in little-endian order.
    `weights` are the sums of those by place in `table`, without pinned blocks, which `pinned` sums.
    """

    count: int
    table: tuple[int | None, ...]
    ordinals: bytes
    kinds: bytes
    rows: bytes
    weights: tuple[int, ...] = ()
    pinned: int = 0

    def encoded(self) -> bytes:
        """As bytes to be kept."""
        small = json.dumps(
            [self.count, self.table, self.weights, self.pinned], separators=(",", ":")
        )
        return b"%b\n%b%b%b" % (small.encode("ascii"), self.ordinals, self.kinds, self.rows)

    @classmethod
    def decoded(cls, data: bytes) -> "ChunkHead":
        """What `encoded` gave. Raises ShelfBroken."""
        small, _, rest = data.partition(b"\n")
        try:
            count, table, weights, pinned = json.loads(small)
            if len(rest) != 4 * count or len(weights) != len(table):
                raise ValueError("sizes do not fit")
            if count and max(rest[:count]) >= len(table):
                raise ValueError("no such level")
            if not all(level is None or isinstance(level, int) for level in table):
                raise ValueError("no level")
        except (ValueError, TypeError) as error:
            raise ShelfBroken(f"a chunk cannot be read ({type(error).__name__})") from None
        return cls(
            count=count,
            table=tuple(table),
            ordinals=rest[:count],
            kinds=rest[count : 2 * count],
            rows=rest[2 * count :],
            weights=tuple(weights),
            pinned=pinned,
        )

    def heights(self) -> "array[int]":
        """The estimated rows of each block."""
        found = array("H")
        found.frombytes(self.rows)
        if _BIG:
            found.byteswap()
        return found


STAND_IN = ChunkHead(
    count=CHUNK,
    table=(None,),
    ordinals=bytes(CHUNK),
    kinds=bytes([KINDS.index(b.Note)]) * CHUNK,
    rows=array("H", [1] * CHUNK).tobytes(),
    weights=(CHUNK,),
)
"""For a chunk whose head cannot be read."""

_BIG = array("H", [1]).tobytes() == b"\0\1"


def missing(index: int, why: str) -> Block:
    """What stands in the place of a block that cannot be read."""
    return Block(index, b.Note(f"this part of the history could not be read: {why}"))


Read = Callable[[int], Sequence[Block]]
"""Gives the blocks of a chunk by its number. Raises ShelfBroken."""


def head(blocks: Sequence[Block]) -> ChunkHead:
    """The head of a chunk of finished blocks, at most `CHUNK`."""
    table: dict[int | None, int] = {}
    ordinals, kinds = bytearray(), bytearray()
    rows = array("H")
    weights = [0] * len(blocks)
    pinned = 0
    for block in blocks:
        ordinal = table.setdefault(block.level, len(table))
        ordinals.append(ordinal)
        kinds.append(kind(block))
        rows.append(estimate(block.body))
        if block.pinned:
            pinned += rows[-1]
        else:
            weights[ordinal] += rows[-1]
    if _BIG:
        rows.byteswap()
    return ChunkHead(
        count=len(blocks),
        table=tuple(table),
        ordinals=bytes(ordinals),
        kinds=bytes(kinds),
        rows=rows.tobytes(),
        weights=tuple(weights[: len(table)]),
        pinned=pinned,
    )


def kind(block: Block) -> int:
    """The byte of `ChunkHead.kinds` for a block."""
    body = block.body
    found = _KIND_OF[type(body)]
    waits = isinstance(body, b.Ask) and not body.answered
    failed = isinstance(body, b.Tool) and body.status is b.ToolStatus.FAILED
    if waits or (isinstance(body, b.Notice) and body.tone is b.Tone.ATTENTION):
        found |= STANDS_OUT
    if failed or isinstance(body, b.Failure):
        found |= FAILED
    return found | PINNED if block.pinned else found


def estimate(body: Body) -> int:
    """About how many rows a body takes at `WIDTH` before anything is opened."""
    if isinstance(body, b.Answer | b.Question):
        rows = _rows(body.text)
    elif isinstance(body, b.Failure):
        rows = 1 + _rows(body.text) + _rows(body.way_out) + 2
    elif isinstance(body, b.Chart):
        rows = 2 + min(12, len(body.table.rows) if body.table else 0)
    elif isinstance(body, b.Suggestions):
        rows = 1 + len(body.questions)
    elif isinstance(body, b.Notice):
        rows = 1 + (_rows(body.detail) if body.detail else 0)
    else:
        rows = 1
    return max(1, min(rows, 0xFFFF))


def _rows(text: str) -> int:
    return text.count("\n") + 1 + len(text) // (WIDTH - 12)


# --- bodies --------------------------------------------------------------------------------------


def pack(blocks: Sequence[Block]) -> bytes:
    """The blocks of a chunk, without their indexes."""
    plain = [
        [
            _plain(block.body),
            block.level,
            block.pinned,
            block.at,
            block.seconds,
            block.live,
            block.first,
            block.last,
            block.beyond,
        ]
        for block in blocks
    ]
    return zlib.compress(json.dumps(plain, separators=(",", ":")).encode("ascii"), 1)


def unpack(data: bytes, first: int) -> list[Block]:
    """The blocks that `pack` was given, with indexes from `first` on. Raises ShelfBroken."""
    return parse(inflate(data), first)


def joined(pieces: Sequence[bytes]) -> bytes:
    """Several packed lists of blocks as one."""
    return b"".join(len(piece).to_bytes(8, "big") + piece for piece in pieces)


def parted(data: bytes) -> list[bytes]:
    """What `joined` was given. Raises ShelfBroken."""
    found, at = [], 0
    while at < len(data):
        begin, at = at + 8, at + 8 + int.from_bytes(data[at : at + 8], "big")
        found.append(data[begin:at])
    if at != len(data):
        raise ShelfBroken("the shelf is cut off")
    return found


def inflate(data: bytes) -> bytes:
    """What `pack` gave as ASCII JSON. Raises ShelfBroken."""
    try:
        return zlib.decompress(data)
    except zlib.error as error:
        raise ShelfBroken(f"a chunk cannot be read ({type(error).__name__})") from None


def parse(plain: bytes, first: int) -> list[Block]:
    """The blocks in what `inflate` gave, with indexes from `first` on. Raises ShelfBroken."""
    try:
        blocks = [
            Block(first + place, _whole(body), *rest)
            for place, (body, *rest) in enumerate(json.loads(plain))
        ]
        if not all(type(block.body) in _KIND_OF for block in blocks):
            raise ValueError("no such kind")
        return blocks
    except (ValueError, TypeError, KeyError, IndexError, RecursionError) as error:
        raise ShelfBroken(f"a chunk cannot be read ({type(error).__name__})") from None


class Chunks:
    """Reads the chunks of one session, whose packed bodies `body` gives by their number (None for
    a missing one). A `Read` that can also give the text of a chunk without making blocks."""

    def __init__(self, body: Callable[[int], bytes | None]) -> None:
        self._body = body

    def plain(self, number: int) -> bytes:
        """A chunk as ASCII JSON. Raises ShelfBroken."""
        body = self._body(number)
        if body is None:
            raise ShelfBroken("a chunk is missing")
        return inflate(body)

    def whole(self, number: int, plain: bytes) -> list[Block]:
        """The blocks in what `plain` gave. Raises ShelfBroken."""
        blocks = parse(plain, number * CHUNK)
        if len(blocks) != CHUNK:
            raise ShelfBroken("a chunk is not whole")
        return blocks

    def __call__(self, number: int) -> list[Block]:
        """The blocks of a chunk. Raises ShelfBroken."""
        return self.whole(number, self.plain(number))


def pack_value(value: Any) -> bytes:
    """A part, such as an `Overview`, or plain lists and words, as JSON."""
    return json.dumps(_plain(value), separators=(",", ":")).encode("ascii")


def unpack_value(data: bytes) -> Any:
    """What `pack_value` was given; lists come back as tuples. Raises ShelfBroken."""
    try:
        return _whole(json.loads(data))
    except (ValueError, TypeError, KeyError, IndexError, RecursionError) as error:
        raise ShelfBroken(f"the shelf cannot be read ({type(error).__name__})") from None


def _plain(value: Any) -> Any:
    """A value as JSON: parts as objects of one name, their number, with a list or a word."""
    names = _FIELDS.get(type(value))
    if names is not None:
        return {str(_NUMBER[type(value)]): [_plain(getattr(value, name)) for name in names]}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, StrEnum):
        return {str(_NUMBER[type(value)]): value.value}
    return value


def _whole(value: Any) -> Any:
    if isinstance(value, dict):
        ((number, inner),) = value.items()
        part = _PARTS[int(number)]
        return part(*map(_whole, inner)) if isinstance(inner, list) else part(inner)
    if isinstance(value, list):
        return tuple(map(_whole, value))
    return value

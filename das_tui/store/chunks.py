"""The statements for the shelf of a session: chunks of packed blocks. `Store` runs them."""

import sqlite3
from collections.abc import Sequence

from das_tui.domain.shelf import CHUNK
from das_tui.light import dataclass


@dataclass(frozen=True, slots=True)
class Packed:
    """The shelf of a session as it is stored.

    `version` is that of the packing, `records` the records that went into it, `blocks` the blocks
    in whole chunks. `rest` holds the blocks behind them, `standing` whatever its maker needs to go
    on with the records that follow; both are opaque here. There may be chunks behind `blocks` too,
    which belong to nothing yet.
    """

    version: int
    records: int
    blocks: int
    rest: bytes
    standing: bytes


def packed(db: sqlite3.Connection, session: int) -> Packed | None:
    """The shelf of a session, None where it has none."""
    row = db.execute(
        "SELECT version, records, blocks, rest, standing FROM shelf WHERE session = ?", (session,)
    ).fetchone()
    return None if row is None else Packed(*row)


def put(
    db: sqlite3.Connection,
    session: int,
    base: int,
    chunks: Sequence[tuple[int, bytes, bytes]],
    shelf: Packed | None,
) -> None:
    """Write chunks (number, head, body), and the shelf that they belong to. Without one, a shelf
    that has one of these chunks as it was before is removed: it would go on from other blocks."""
    for number, head, body in chunks:
        db.execute("INSERT OR REPLACE INTO chunk_head VALUES (?, ?)", (base + number, head))
        db.execute("INSERT OR REPLACE INTO chunk_body VALUES (?, ?)", (base + number, body))
    if shelf is None and chunks:
        least = min(number for number, _, _ in chunks)
        db.execute("DELETE FROM shelf WHERE session = ? AND blocks > ?", (session, least * CHUNK))
    if shelf is not None:
        db.execute(
            "INSERT OR REPLACE INTO shelf VALUES (?, ?, ?, ?, ?, ?)",
            (session, shelf.version, shelf.records, shelf.blocks, shelf.rest, shelf.standing),
        )


def drop(db: sqlite3.Connection, session: int, base: int, span: int) -> None:
    """Remove the shelf of a session."""
    db.execute("DELETE FROM shelf WHERE session = ?", (session,))
    for table in ("chunk_head", "chunk_body"):
        db.execute(f"DELETE FROM {table} WHERE id >= ? AND id < ?", (base, base + span))


def heads(db: sqlite3.Connection, base: int, count: int) -> list[bytes]:
    """The heads of the first `count` chunks; fewer where some are missing."""
    rows = db.execute(
        "SELECT head FROM chunk_head WHERE id >= ? AND id < ? ORDER BY id", (base, base + count)
    )
    return [head for (head,) in rows]


def body(db: sqlite3.Connection, place: int) -> bytes | None:
    """The body of one chunk."""
    row = db.execute("SELECT body FROM chunk_body WHERE id = ?", (place,)).fetchone()
    return None if row is None else row[0]

"""The statements for marks on blocks; `Store` runs them."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from das_tui.domain.bookmark import Bookmark

SELECT = "SELECT block, note, at FROM mark WHERE session = ? ORDER BY block"


def put(db: sqlite3.Connection, session: int, mark: Bookmark, note: str) -> None:
    """Write a mark with a note that can be stored; one on the same block is replaced."""
    db.execute(
        "INSERT OR REPLACE INTO mark (session, block, at, note) VALUES (?, ?, ?, ?)",
        (session, mark.block, mark.at, note),
    )


def remove(db: sqlite3.Connection, session: int, block: int) -> None:
    """Remove a mark."""
    db.execute("DELETE FROM mark WHERE session = ? AND block = ?", (session, block))


def drop(db: sqlite3.Connection, session: int) -> None:
    """Remove all marks of a session."""
    db.execute("DELETE FROM mark WHERE session = ?", (session,))


def of(rows: Iterable[Sequence[Any]]) -> tuple[Bookmark, ...]:
    """Rows of `SELECT`."""
    return tuple(Bookmark(*row) for row in rows)

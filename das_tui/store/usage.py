"""The statements for what answers cost and for questions that wait; `Store` runs them."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from das_tui.domain.usage import UsageRow
from das_tui.domain.waiting import WaitingQuestion

SELECT_USAGE = (
    "SELECT key, position, at, profile, chars, estimated FROM usage"
    " WHERE profile = ? ORDER BY at, key, position"
)
SELECT_WAITING = "SELECT id, key, profile, at, text FROM waiting ORDER BY id"


def put(db: sqlite3.Connection, rows: Iterable[UsageRow]) -> None:
    """Write rows; one for the same answer is replaced."""
    db.executemany(
        "INSERT INTO usage (key, position, at, profile, chars, estimated)"
        " VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (key, position) DO UPDATE SET at = excluded.at, profile = excluded.profile,"
        " chars = excluded.chars, estimated = excluded.estimated",
        [
            (row.key, row.position, row.at, row.profile, row.chars, int(row.estimated))
            for row in rows
        ],
    )


def wait(
    db: sqlite3.Connection, key: str, profile: str, at: float, text: str, *, above: int = 0
) -> WaitingQuestion:
    """Add a question that waits; its number is above that of all others, and above `above`."""
    made = db.execute(
        "INSERT INTO waiting (id, key, profile, at, text)"
        " VALUES ((SELECT max(coalesce(max(id), 0), ?) + 1 FROM waiting), ?, ?, ?, ?)",
        (above, key, profile, at, text),
    )
    return WaitingQuestion(int(made.lastrowid or 0), key, profile, at, text)


def leave(db: sqlite3.Connection, numbers: Iterable[int]) -> None:
    """Remove questions that wait no longer."""
    db.executemany("DELETE FROM waiting WHERE id = ?", [(number,) for number in numbers])


def of(rows: Iterable[Sequence[Any]]) -> list[UsageRow]:
    """Rows of `SELECT_USAGE`."""
    return [
        UsageRow(key, position, at, profile, chars, bool(estimated))
        for key, position, at, profile, chars, estimated in rows
    ]


def questions(rows: Iterable[Sequence[Any]]) -> list[WaitingQuestion]:
    """Rows of `SELECT_WAITING`."""
    return [WaitingQuestion(*row) for row in rows]

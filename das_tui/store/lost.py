"""A store whose file cannot be written, or not even be read, and how it comes back to it."""

import sqlite3
import time
from pathlib import Path

from das_tui.store.errors import DamagedStore, NotStored, StoreError
from das_tui.store.migration import VERSION, version_of
from das_tui.store.store import POSITIONS, Store, reason

_BATCH = 500

_BY_KEY = ("draft", "usage")
"""Tables whose rows name a session by its key and hold nothing that another file numbers."""


def stand_in(path: Path, error: StoreError | OSError) -> Store:
    """What is worked with while `path` cannot be written because of `error`: the file where it can
    be read and is not damaged, else memory."""
    cause = error.__cause__
    why = error.strerror if isinstance(error, OSError) else str(error)
    if isinstance(cause, sqlite3.Error) and not isinstance(error, DamagedStore):
        why = reason(cause)
    hint = f"not stored: {why or type(error).__name__}"
    store = None if isinstance(error, DamagedStore) else _readable(path)
    if store is None:
        store = Store.memory()
        # Questions that wait keep their numbers when they move to a file that has some already.
        store._first_waiting = int(time.time() * 1000)
    store.hint = hint
    store._lost = path
    return store


def _readable(path: Path) -> Store | None:
    """The store at `path`, read through a connection on which each write fails."""
    try:
        if not path.exists():
            return None
        store = Store.open(path, read_only=True)
        if not store.sessions(archived=True):
            store.close()
            return None
    except (StoreError, OSError):
        return None
    # One of an older schema is only read: what is written would not fit it.
    store.read_only = version_of(store._db) != VERSION
    return store


def regain(store: Store, path: Path) -> bool:
    """Let `store` go on with the file at `path`; False where that still cannot be written."""
    try:
        found = Store.open(path)
    except (StoreError, OSError):
        return False
    try:
        if found.read_only:
            raise NotStored(found.hint)
        if store._path is None:
            with found._writing():
                _carry(store._db, found._db)
    except StoreError:
        found.close()
        return False
    store._db.close()
    store._db, store._path, store._lost = found._db, path, None
    store.read_only, store.hint = False, ""
    store._ids.clear()
    for key in [key for key, claim in store._claims.items() if claim is None]:
        # It was given without a file, since there was no place for one.
        del store._claims[key]
        if not store.claim(key):
            store._claims[key] = None
    return True


def _carry(old: sqlite3.Connection, new: sqlite3.Connection) -> None:
    """Copy everything of one database to another in the transaction that is open there. Sessions
    get other numbers, and what is packed of them is left out: it is made anew."""
    for (number,) in old.execute("SELECT id FROM session ORDER BY id").fetchall():
        columns, row = _row(old, "SELECT * FROM session WHERE id = ?", number)
        made = new.execute(_insert("session", columns[1:]), row[1:]).lastrowid or 0
        shift = (made - number) * POSITIONS
        base = number * POSITIONS
        while True:
            rows = old.execute(
                "SELECT id, seq, at, source, event, data FROM record"
                " WHERE id > ? AND id < ? ORDER BY id LIMIT ?",
                (base, (number + 1) * POSITIONS, _BATCH),
            ).fetchall()
            if not rows:
                break
            new.executemany(
                "INSERT INTO record (id, seq, at, source, event, data) VALUES (?, ?, ?, ?, ?, ?)",
                [(row[0] + shift, *row[1:]) for row in rows],
            )
            base = rows[-1][0]
        marks = old.execute("SELECT block, at, note FROM mark WHERE session = ?", (number,))
        new.executemany(
            "INSERT INTO mark (session, block, at, note) VALUES (?, ?, ?, ?)",
            [(made, *mark) for mark in marks],
        )
    for table in (*_BY_KEY, "waiting"):
        found = old.execute(f"SELECT * FROM {table}")
        names = [column[0] for column in found.description]
        sql = _insert(table, names).replace("INSERT", "INSERT OR REPLACE", 1)
        new.executemany(sql, found.fetchall())


def _row(db: sqlite3.Connection, sql: str, number: int) -> tuple[list[str], tuple[object, ...]]:
    found = db.execute(sql, (number,))
    return [column[0] for column in found.description], found.fetchone()


def _insert(table: str, columns: list[str]) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"

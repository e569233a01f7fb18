"""The schema of a store: its version, and the scripts that bring an older file up to it."""

import sqlite3
from pathlib import Path

VERSION = 5
"""The schema that this program writes, kept as `user_version`."""

_PATIENCE = 60_000
"""Milliseconds that a second program waits while a first one copies and upgrades a large file."""


def version_of(db: sqlite3.Connection) -> int:
    """The schema of a file, 0 for an empty one."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def upgrade(db: sqlite3.Connection, path: Path | None) -> None:
    """Apply the scripts that the file lacks, in one transaction: it is afterwards of this version
    or as it was. Two programs may come here at once.

    A file at `path` that holds something is copied first, and the copy kept. Raises sqlite3.Error
    or OSError; no copy is left then.
    """
    before = db.execute("PRAGMA busy_timeout").fetchone()[0]
    db.execute(f"PRAGMA busy_timeout = {_PATIENCE}")
    copy: Path | None = None
    try:
        db.execute("BEGIN IMMEDIATE")
        try:
            version = version_of(db)
            if path is not None and 0 < version < VERSION:
                from das_tui.store import copies

                # Nobody writes while this transaction is open, so this is the last that was.
                copy = copies.make(path, version)
            apply(db, version + 1, VERSION)
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            if copy is not None:
                copy.unlink(missing_ok=True)
            raise
    finally:
        db.execute(f"PRAGMA busy_timeout = {before}")
    if path is not None and copy is not None:
        from das_tui.store import copies

        copies.thin_out(path)


def apply(db: sqlite3.Connection, first: int, last: int) -> None:
    """Run the scripts `first` to `last` in the transaction that is open."""
    for number in range(first, last + 1):
        for statement in _script(number):
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {number}")


def _script(number: int) -> list[str]:
    """The statements of a schema script; none of them contains a semicolon or `--` in a text."""
    from importlib import resources

    text = (resources.files(__package__) / "schema" / f"{number:04}.sql").read_text("utf-8")
    lines = (line.partition("--")[0] for line in text.splitlines())
    return [part.strip() for part in "\n".join(lines).split(";") if part.strip()]

"""A look at a store from outside, which changes nothing of it."""

import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from das_tui.light import dataclass
from das_tui.store import copies
from das_tui.store.copies import Copy
from das_tui.store.migration import VERSION, version_of
from das_tui.store.store import POSITIONS, reason

_STEPS = 20_000
"""Instructions of SQLite between two looks at the clock."""

_DAMAGE = ("SQLITE_CORRUPT", "SQLITE_NOTADB")

# One look at the index of records for each session, however many records that has.
_STRAY = f"""
WITH RECURSIVE owner (id) AS (
    SELECT min(id) / {POSITIONS} FROM record
    UNION ALL
    SELECT (SELECT min(record.id) / {POSITIONS} FROM record
            WHERE record.id >= (owner.id + 1) * {POSITIONS})
    FROM owner WHERE owner.id IS NOT NULL
)
SELECT count(*) FROM owner WHERE id IS NOT NULL AND id NOT IN (SELECT id FROM session)
"""


@dataclass(frozen=True, slots=True)
class Health:
    """What was found: the schema's version, the number of sessions, size in bytes with the log of
    writes, mode bits, and `problem`, empty or what SQLite says is wrong; `damaged` where that is
    the content of the file, and not its place.

    `whole` is False where the time was too short to read the file to its end. `stray` counts
    sessions of which there are records and no row, `shelves` those that are packed and `torn` those
    of them that lack a part. `copies` were made before upgrades, the latest first.
    """

    version: int = 0
    sessions: int = 0
    size: int = 0
    mode: int = 0
    problem: str = ""
    damaged: bool = False
    whole: bool = True
    stray: int = 0
    shelves: int = 0
    torn: int = 0
    copies: tuple[Copy, ...] = ()

    @property
    def newer(self) -> bool:
        """Whether this program can only read it."""
        return self.version > VERSION

    @property
    def older(self) -> bool:
        """Whether it is upgraded when it is opened for writing."""
        return 0 < self.version < VERSION


def examine(path: Path, patience: float) -> Health:
    """Look at the file at `path` for about `patience` seconds. Raises OSError where it cannot be
    looked at, FileNotFoundError among them."""
    status = path.lstat()
    mode = stat.S_IMODE(status.st_mode)
    size = status.st_size
    journal = path.with_name(f"{path.name}-wal")
    if journal.exists():
        size += journal.stat().st_size
    kept: tuple[Copy, ...] = ()
    with suppress(OSError):
        kept = tuple(copies.found(path))
    found: dict[str, object] = {"size": size, "mode": mode, "copies": kept}
    if not stat.S_ISREG(status.st_mode):
        return Health(**found, problem="it is not an ordinary file")  # type: ignore[arg-type]
    path.open("rb").close()
    deadline = time.monotonic() + patience
    try:
        with _opened(path) as db:
            found["version"] = version = version_of(db)
            if version:
                found["sessions"] = db.execute("SELECT count(*) FROM session").fetchone()[0]
            db.set_progress_handler(lambda: int(time.monotonic() > deadline), _STEPS)
            for name, value in _content(db, version):
                found[name] = value
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "")
        if name == "SQLITE_INTERRUPT":
            found["whole"] = False
        else:
            damaged = name.startswith(_DAMAGE) or "no such" in str(error)
            found |= {"problem": str(error) if damaged else reason(error), "damaged": damaged}
    return Health(**found)  # type: ignore[arg-type]


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that only reads; also where the disk has no room for the index of the log."""
    name = f"file:{quote(str(path))}?mode=ro"
    with closing(sqlite3.connect(name, timeout=1.0, isolation_level=None, uri=True)) as db:
        try:
            version_of(db)
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorname", "").startswith(_DAMAGE):
                raise
        else:
            yield db
            return
    name += "&immutable=1"
    with closing(sqlite3.connect(name, isolation_level=None, uri=True)) as db:
        yield db


def _content(db: sqlite3.Connection, version: int) -> Iterator[tuple[str, object]]:
    """What is found out by reading, the quick looks first."""
    for pragma in ("quick_check(1)", "foreign_key_check", "integrity_check(1)"):
        if pragma.startswith("integrity") and version:
            yield "stray", db.execute(_STRAY).fetchone()[0]
            if version >= VERSION:
                yield from _shelves(db)
        row = db.execute(f"PRAGMA {pragma}").fetchone()
        if row is not None and row[0] != "ok":
            yield "damaged", True
            yield "problem", str(row[0])
            return


def _shelves(db: sqlite3.Connection) -> Iterator[tuple[str, int]]:
    from das_tui.domain import shelf

    rows = db.execute("SELECT session, version, blocks FROM shelf").fetchall()
    torn = 0
    for session, version, blocks in rows:
        first, count = session * POSITIONS, blocks // shelf.CHUNK
        there = [
            db.execute(
                f"SELECT count(*) FROM {table} WHERE id >= ? AND id < ?", (first, first + count)
            ).fetchone()[0]
            for table in ("chunk_head", "chunk_body")
        ]
        torn += version == shelf.VERSION and there != [count, count]
    yield "shelves", len(rows)
    yield "torn", torn

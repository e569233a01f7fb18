"""Which stored sessions may go, by age and by size, and how their room is given back."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from das_tui.domain.session import RUNNING, State
from das_tui.light import dataclass

_DAY = 86400.0
_MEGABYTE = 1_000_000
_STEPS = 20_000
"""Instructions of SQLite between two looks whether room is still to be given back."""

_WORTH = 0.2
"""The part of a file that has to be empty before it is written anew without it."""

_HELD = ", ".join(f"'{state.value}'" for state in sorted({*RUNNING, State.NEEDS_INPUT}))

_OLDEST = f"""
SELECT key, last_at FROM session
WHERE NOT pinned AND state NOT IN ({_HELD})
  AND id NOT IN (SELECT session FROM mark)
  AND key NOT IN (SELECT key FROM draft WHERE text <> '')
  AND key NOT IN (SELECT key FROM waiting)
ORDER BY last_at, id
"""


@dataclass(frozen=True, slots=True)
class Limits:
    """What is kept: sessions in which something happened in the last `days`, in a file of at most
    `megabytes`. 0 is no limit."""

    days: int = 0
    megabytes: int = 0

    def __bool__(self) -> bool:
        return bool(self.days or self.megabytes)


def may_go(db: sqlite3.Connection) -> list[tuple[str, float]]:
    """The sessions that nothing holds, the longest unused first, each with its last moment (UNIX
    time). Marks, a pin, a run, an open ask, a draft and a question that waits hold one."""
    return [(str(key), float(at)) for key, at in db.execute(_OLDEST)]


def too_old(limits: Limits, last_at: float, now: float) -> bool:
    """Whether a session is older than the limit."""
    return bool(limits.days) and last_at < now - limits.days * _DAY


def too_large(db: sqlite3.Connection, limits: Limits) -> bool:
    """Whether what is stored is more than the limit."""
    return bool(limits.megabytes) and used(db) > limits.megabytes * _MEGABYTE


def used(db: sqlite3.Connection) -> int:
    """Bytes of the file that hold something."""
    pages, free, size = (
        int(db.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("page_count", "freelist_count", "page_size")
    )
    return (pages - free) * size


def give_back(path: Path, wanted: Callable[[], bool]) -> int:
    """Write the file anew without what is empty in it, if that is a good part of it and the disk
    has the room; the bytes that were given back. Broken off, without harm, as soon as `wanted`
    says no. Raises sqlite3.Error, OSError."""
    name = f"file:{quote(str(path))}?mode=rw"
    with closing(sqlite3.connect(name, timeout=0.0, isolation_level=None, uri=True)) as db:
        pages, free = (
            int(db.execute(f"PRAGMA {name}").fetchone()[0])
            for name in ("page_count", "freelist_count")
        )
        before = path.stat().st_size
        if not free or free < pages * _WORTH or shutil.disk_usage(path.parent).free < 2 * before:
            return 0
        db.set_progress_handler(lambda: int(not wanted()), _STEPS)
        db.execute("VACUUM")
        db.set_progress_handler(None, 0)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return max(0, before - path.stat().st_size)

"""A look at a store from outside, which changes nothing of it."""

import sqlite3
import stat
import time
from pathlib import Path
from urllib.parse import quote

from das_tui.light import dataclass
from das_tui.store.store import VERSION

_STEPS = 20_000
"""Instructions of SQLite between two looks at the clock."""


@dataclass(frozen=True, slots=True)
class Health:
    """What was found: the schema's version, the number of sessions, size in bytes with the log of
    writes, mode bits, and `problem`, empty or what SQLite says is wrong.

    `whole` is False where the time was too short to read the file to its end. `newer` says that a
    later version of the program wrote it.
    """

    version: int = 0
    sessions: int = 0
    size: int = 0
    mode: int = 0
    problem: str = ""
    whole: bool = True

    @property
    def newer(self) -> bool:
        """Whether this program can only read it."""
        return self.version > VERSION


def examine(path: Path, patience: float) -> Health:
    """Look at the file at `path` for about `patience` seconds. Raises OSError where it cannot be
    looked at, FileNotFoundError among them."""
    status = path.lstat()
    mode = stat.S_IMODE(status.st_mode)
    size = status.st_size
    journal = path.with_name(f"{path.name}-wal")
    if journal.exists():
        size += journal.stat().st_size
    if not stat.S_ISREG(status.st_mode):
        return Health(size=size, mode=mode, problem="it is not an ordinary file")
    path.open("rb").close()
    version = sessions = 0
    problem, whole = "", True
    try:
        connection = sqlite3.connect(
            f"file:{quote(str(path))}?mode=ro", timeout=1.0, isolation_level=None, uri=True
        )
    except sqlite3.Error as error:
        return Health(size=size, mode=mode, problem=str(error))
    deadline = time.monotonic() + patience
    try:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version:
            sessions = int(connection.execute("SELECT count(*) FROM session").fetchone()[0])
        connection.set_progress_handler(lambda: int(time.monotonic() > deadline), _STEPS)
        said = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        problem = "" if said == "ok" else str(said)
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorname", "") == "SQLITE_INTERRUPT":
            whole = False
        else:
            problem = str(error)
    finally:
        connection.close()
    return Health(version, sessions, size, mode, problem, whole)

"""Copies of a store as it was before its schema was upgraded. They are never opened from here."""

import os
import re
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import quote

from das_tui.light import dataclass

KEPT = 3
"""So many copies stay; older ones go when another was made."""

_NAME = re.compile(r"-v(\d+)-(\d{8}T\d{6}Z)\.db")


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of a store of schema `version`, made at `stamp` (UTC, as in `20261122T130500Z`)."""

    path: Path
    version: int
    stamp: str


def make(path: Path, version: int) -> Path:
    """Copy the store at `path`, which is of schema `version`, beside it as it was committed last;
    its path. The copy is readable by its owner only, and is there whole or not at all. Raises
    sqlite3.Error, OSError."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    place = path.with_name(f"{path.stem}-v{version}-{stamp}.db")
    draft = path.with_name(f".{place.name}.part")
    draft.unlink(missing_ok=True)
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    handle = os.open(draft, flags, 0o600)
    try:
        os.fchmod(handle, 0o600)
        name = f"file:{quote(str(path))}?mode=ro"
        with (
            closing(sqlite3.connect(name, uri=True)) as db,
            closing(sqlite3.connect(draft, isolation_level=None)) as copy,
        ):
            db.backup(copy)
            # The copy takes over that the original keeps a log of writes beside it.
            copy.execute("PRAGMA journal_mode = DELETE")
            copy.execute("SELECT count(*) FROM session").fetchone()
        os.fsync(handle)
        draft.rename(place)
    except BaseException:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise
    finally:
        os.close(handle)
    return place


def found(path: Path) -> list[Copy]:
    """The copies of the store at `path`, the latest first. Raises OSError."""
    names = (
        (place, _NAME.fullmatch(place.name.removeprefix(path.stem)))
        for place in path.parent.glob(f"{path.stem}-v*.db")
    )
    copies = [Copy(place, int(match[1]), match[2]) for place, match in names if match]
    return sorted(copies, key=lambda copy: (copy.stamp, copy.version), reverse=True)


def thin_out(path: Path) -> None:
    """Remove all copies but the latest; one that cannot be removed stays."""
    with suppress(OSError):
        for copy in found(path)[KEPT:]:
            with suppress(OSError):
                copy.path.unlink()

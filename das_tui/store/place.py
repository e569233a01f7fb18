"""Folders and files that only their owner can read, and locks that die with their process."""

import fcntl
import os
import stat
from contextlib import suppress
from pathlib import Path

from das_tui.store.errors import UnsafePlace

_FOLDER = 0o700
_FILE = 0o600


def private_folder(folder: Path) -> None:
    """Make `folder` and its missing parents 0700 whatever the umask.

    One that exists must be ours and not writable by everybody, else UnsafePlace. OSError where it
    cannot be made.
    """
    missing: list[Path] = []
    place = folder
    while not place.exists() and not place.is_symlink():
        missing.append(place)
        place = place.parent
    for place in reversed(missing):
        try:
            place.mkdir(mode=_FOLDER)
        except FileExistsError:
            continue
        place.chmod(_FOLDER)
    found = folder.stat()
    if not stat.S_ISDIR(found.st_mode):
        raise UnsafePlace(f"{folder} is not a folder")
    if found.st_uid != os.geteuid():
        raise UnsafePlace(f"{folder} belongs to another user")
    if found.st_mode & stat.S_IWOTH:
        raise UnsafePlace(f"{folder} can be written by everybody")


def private_file(path: Path) -> None:
    """Make `path` an ordinary file of ours with mode 0600; a symbolic link is refused."""
    flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        handle = os.open(path, flags | os.O_CREAT | os.O_EXCL, _FILE)
    except FileExistsError:
        check_file(path)
        return
    try:
        os.fchmod(handle, _FILE)
    finally:
        os.close(handle)


def check_file(path: Path) -> None:
    """Refuse a link, a special file or somebody else's file; take away others' rights."""
    found = path.lstat()
    if not stat.S_ISREG(found.st_mode):
        raise UnsafePlace(f"{path} is not an ordinary file")
    if found.st_uid != os.geteuid():
        raise UnsafePlace(f"{path} belongs to another user")
    if stat.S_IMODE(found.st_mode) & 0o077:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            os.fchmod(handle, _FILE)
        finally:
            os.close(handle)


def check_companions(path: Path) -> None:
    """The same for the files that SQLite keeps beside a database, which it would open by name."""
    for ending in ("-wal", "-shm", "-journal"):
        companion = path.with_name(f"{path.name}{ending}")
        with suppress(FileNotFoundError):
            check_file(companion)


class Claim:
    """A lock on one file; the system drops it when the process ends, however it ends."""

    def __init__(self, path: Path, handle: int) -> None:
        self._path = path
        self._handle = handle

    @classmethod
    def take(cls, path: Path) -> "Claim | None":
        """The lock, or None while another process or another `Claim` has it."""
        while True:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, _FILE)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                os.close(handle)
                if isinstance(error, BlockingIOError):
                    return None
                raise
            # The holder before us may have removed the name between our open and our lock.
            try:
                same = os.fstat(handle).st_ino == path.lstat().st_ino
            except FileNotFoundError:
                same = False
            if same:
                return cls(path, handle)
            os.close(handle)

    def release(self) -> None:
        """Give the lock back; the file goes while the lock is still held."""
        if self._handle < 0:
            return
        self._path.unlink(missing_ok=True)
        os.close(self._handle)
        self._handle = -1

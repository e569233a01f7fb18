"""A file on its way to its name."""

import contextlib
import errno
import os
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV}


class PartFile:
    """A new file beside the first free path of `names`, with `.part` behind, for the owner alone.

    Its methods block, take turns, and may be called from any thread: a write that nobody waits
    for any more ends before the file is closed. All raise `OSError`.
    """

    def __init__(self, names: Iterable[Path]) -> None:
        self._names: Iterator[Path] = iter(names)
        self._lock = threading.Lock()
        self._handle = -1
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        while self._handle < 0:
            self._name = self._next_name()
            self._path = self._name.with_name(f"{self._name.name}.part")
            with contextlib.suppress(FileExistsError):
                self._handle = os.open(self._path, flags, 0o600)
        os.fchmod(self._handle, 0o600)

    def write(self, block: bytes) -> None:
        """Append; does nothing once the file is discarded."""
        with self._lock:
            if self._handle < 0:
                return
            view = memoryview(block)
            while view:
                view = view[os.write(self._handle, view) :]

    def finish(self, size: int) -> Path:
        """Give the file its name, the next one that is free if this one was taken meanwhile."""
        with self._lock:
            os.fsync(self._handle)
            if os.fstat(self._handle).st_size != size:
                raise OSError(errno.EIO, "the file was changed while it was written")
            while True:
                try:
                    self._publish()
                    return self._name
                except FileExistsError:
                    self._name = self._next_name()

    def discard(self) -> None:
        """Close it, and remove what did not get its name."""
        with self._lock:
            if self._handle < 0:
                return
            os.close(self._handle)
            self._handle = -1
            with contextlib.suppress(OSError):
                self._path.unlink()

    def _next_name(self) -> Path:
        for name in self._names:
            if not os.path.lexists(name):
                return name
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))

    def _publish(self) -> None:
        try:
            os.link(self._path, self._name, follow_symlinks=False)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            # A file system without links: take the name first, then fill it.
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            os.close(os.open(self._name, flags, 0o600))
            os.replace(self._path, self._name)

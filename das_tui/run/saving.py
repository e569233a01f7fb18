"""Files of the operator's own: what is saved from a transcript, and the draft in an editor."""

import errno
import os
import shutil
import stat
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from das_tui.run.errors import NotSaved
from das_tui.run.names import safe_name

LARGEST_DRAFT = 1_000_000
"""Bytes of a draft that are taken back from an editor."""

_WORDS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your share of the disk is full",
    errno.EROFS: "the disk cannot be written",
    errno.EACCES: "there is no permission",
    errno.EPERM: "there is no permission",
    errno.ENAMETOOLONG: "the name is too long",
    errno.ENOTDIR: "a part of the path is no folder",
    errno.ELOOP: "it is a link",
}


class Exists(NotSaved):
    """A file is there already; nothing was changed."""


def proposed(title: str, what: str, ending: str) -> str:
    """A name for a file, from the title of a session and a word for the part of it."""
    plain = title.replace("/", " ").replace("\\", " ").replace(".", " ")
    stem = "-".join(safe_name(plain, "session").split())
    return f"{stem[:48].strip('-_') or 'session'}-{what}.{ending}"


def save(text: str, content: Iterable[str], *, replace: bool = False) -> tuple[Path, int]:
    """Write `content` to the file that the operator named `text`, readable by its owner only; its
    path and its size in bytes.

    Raises Exists where something is there, unless `replace` allows another file in its place, and
    NotSaved with a sentence where the disk refuses; neither leaves anything half written.
    """
    path = Path(text).expanduser().absolute()
    try:
        there = _looked_at(path)
        if there is not None and not replace:
            raise Exists(f"{path.name} exists")
        if there is not None and not stat.S_ISREG(there.st_mode):
            raise NotSaved(f"{path.name} is no ordinary file")
        return path, _written(path, content, replace=replace)
    except FileExistsError:
        raise Exists(f"{path.name} exists") from None
    except OSError as error:
        words = _WORDS.get(error.errno or 0) or error.strerror or type(error).__name__
        raise NotSaved(f"not saved: {words}") from None


def _looked_at(path: Path) -> os.stat_result | None:
    """What is at `path`, None for nothing. Raises NotSaved where no file can be, and OSError."""
    if not path.parent.is_dir():
        raise NotSaved(f"there is no folder {path.parent}")
    if path.is_dir():
        raise NotSaved(f"{path.name} is a folder")
    try:
        return os.lstat(path)
    except FileNotFoundError:
        return None


def _written(path: Path, content: Iterable[str], *, replace: bool) -> int:
    """Write to a file beside `path`, which takes its place when it is whole."""
    number, name = tempfile.mkstemp(prefix=".das-tui-", dir=path.parent)
    beside = Path(name)
    try:
        with os.fdopen(number, "wb") as file:
            for part in content:
                file.write(part.encode("utf-8", "replace"))
            file.flush()
            os.fsync(file.fileno())
            size = file.tell()
        if replace:
            beside.replace(path)
        else:
            _named(beside, path)
        return size
    finally:
        with suppress(OSError):
            beside.unlink()


def _named(beside: Path, path: Path) -> None:
    """Give a file its name without taking that of another. Raises FileExistsError."""
    try:
        os.link(beside, path)
    except FileExistsError:
        raise
    except OSError:
        # A file system without links: the name is taken first, and then filled.
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        beside.replace(path)


@contextmanager
def scratch(text: str, name: str, environment: Mapping[str, str]) -> Iterator[Path]:
    """A file with `text` in a folder that only its owner can look into, both gone afterwards; in
    memory where the system has such a place. Raises OSError."""
    place = environment.get("XDG_RUNTIME_DIR", "")
    usable = bool(place) and os.path.isdir(place) and os.access(place, os.W_OK)
    folder = Path(tempfile.mkdtemp(prefix="das-tui-", dir=place if usable else None))
    try:
        path = folder / name
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(number, "wb") as file:
            file.write(text.encode("utf-8", "replace"))
        yield path
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def taken_back(path: Path, before: str) -> str:
    """What an editor left of a draft; a last line feed that it added is not part of it. Raises
    OSError."""
    with path.open("rb") as file:
        data = file.read(LARGEST_DRAFT + 1)
    if len(data) > LARGEST_DRAFT:
        raise OSError(errno.EFBIG, "it is too large")
    text = data.decode("utf-8", "replace").replace("\r\n", "\n")
    return text if before.endswith("\n") else text.removesuffix("\n")

"""File names of a service made fit for a folder of this machine."""

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

LONGEST = 180
"""Bytes of a name; file systems take 255, and a number and `.part` may follow."""

_SUFFIX = 20
_RESERVED = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$"}
    | {f"{name}{number}" for name in ("com", "lpt") for number in "123456789¹²³"}
)
_UNSHOWN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_FORBIDDEN = frozenset('<>:"|?*')


def safe_name(name: str, fallback: str = "file") -> str:
    """`name` without folders, control characters and whatever a shell, a file system or a reader
    could misread; at most `LONGEST` bytes of UTF-8, the extension kept. Never empty."""
    last = re.split(r"[/\\]", name)[-1]
    last = unicodedata.normalize("NFC", last)
    shown = "".join(_plain(char) for char in last)
    shown = " ".join(shown.split()).strip(" .")
    if not shown.strip("_ "):
        shown = _fallback(fallback)
    if shown[0] in "-~." or shown.partition(".")[0].rstrip().lower() in _RESERVED:
        shown = f"_{shown}"
    return _short(shown)


def free_names(folder: Path, name: str) -> Iterator[Path]:
    """Paths for `name` in `folder` at which nothing is: itself, then `name (2).ext` and so on."""
    stem, suffix = _parts(name)
    number = 1
    while True:
        path = folder / (name if number == 1 else f"{stem} ({number}){suffix}")
        if not _there(path):
            yield path
        number += 1


def _plain(char: str) -> str:
    kind = unicodedata.category(char)
    if kind in _UNSHOWN:
        return ""
    if kind == "Zs":
        return " "
    return "_" if char in _FORBIDDEN else char


def _fallback(fallback: str) -> str:
    return re.sub(r"[^0-9A-Za-z_-]", "", fallback)[:60].strip("-") or "file"


def _parts(name: str) -> tuple[str, str]:
    """A name and its extension; what is longer than an extension is none."""
    stem, dot, suffix = name.rpartition(".")
    if not dot or not stem.strip("_ ") or len(suffix.encode()) > _SUFFIX or " " in suffix:
        return name, ""
    return stem, f".{suffix}"


def _short(name: str) -> str:
    if len(name.encode()) <= LONGEST:
        return name
    stem, suffix = _parts(name)
    kept = stem.encode()[: LONGEST - len(suffix.encode())].decode("utf-8", "ignore")
    return f"{kept.rstrip(' .')}{suffix}"


def _there(path: Path) -> bool:
    """Whether something is at a path, a broken link and a download under way included."""
    part = path.with_name(f"{path.name}.part")
    return path.is_symlink() or path.exists() or part.is_symlink() or part.exists()

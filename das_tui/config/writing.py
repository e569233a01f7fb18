"""What the app writes into the operator's settings: a new profile, and which one to start with.

`config.toml` is the operator's own. A profile is appended to it as text, in one write; what stands
there already keeps every byte. The choice of a profile goes to `settings.toml`, which is ours.
"""

import fcntl
import os
import stat
from collections.abc import Mapping
from pathlib import Path

import tomli_w

from das_tui.config import profiles, settings, template, toml
from das_tui.config.errors import ConfigError
from das_tui.config.paths import make_folder

PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
"""What the name of a profile made here consists of: a key of TOML without quotes."""

_LONGEST_NAME = 40


def profile_text(name: str, keys: Mapping[str, object]) -> str:
    """`[profiles.NAME]` with `keys`, as it is appended. Raises `ConfigError` for a name or a
    value that no profile can have."""
    if not name:
        raise ConfigError("name: a profile needs a name")
    if not PLAIN.issuperset(name):
        raise ConfigError("name: letters, digits, - and _")
    if len(name) > _LONGEST_NAME:
        raise ConfigError(f"name: at most {_LONGEST_NAME} characters")
    profiles.check(dict(keys), "the new profile")
    return tomli_w.dumps({"profiles": {name: dict(keys)}})


def append_profile(path: Path, name: str, keys: Mapping[str, object]) -> None:
    """Append a profile to `config.toml`, which is made, 0600, where it is missing; a new file
    has every other key under the profile, commented out.

    Raises `ConfigError`, and leaves the file as it was, if it is a link, belongs to somebody
    else, cannot be read as settings, has a profile of that name, or the disk does not take it.
    """
    text = profile_text(name, keys)
    make_folder(path.parent)
    if path.is_symlink():
        raise ConfigError(f"{path} is a link and is not written to; add the profile by hand")
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        handle = os.open(path, flags, 0o600)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from error
    try:
        _append(handle, path, name, text, keys)
    finally:
        os.close(handle)


def remember_profile(path: Path, name: str) -> None:
    """Start with the profile `name` from now on; `path` is `settings.toml`. Raises
    `ConfigError`."""
    settings.change(path, profile=name)


def _append(handle: int, path: Path, name: str, text: str, keys: Mapping[str, object]) -> None:
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise ConfigError(f"{path} is not a file")
        if status.st_uid != os.geteuid():
            raise ConfigError(f"{path} belongs to another user; it is not written to")
        # Two windows of the app must not both find the name free.
        fcntl.flock(handle, fcntl.LOCK_EX)
        os.fchmod(handle, 0o600)
        before = _content(handle)
        if not before.strip():
            text = template.begun_with(text, keys)
        added = _joint(before) + _with_ends_of(before, text)
        _must_fit(before, added, path, name)
        size = len(before)
        try:
            _write(handle, added)
        except OSError:
            os.ftruncate(handle, size)
            raise
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from error


def _content(handle: int) -> bytes:
    os.lseek(handle, 0, os.SEEK_SET)
    parts = []
    while part := os.read(handle, 65536):
        parts.append(part)
    return b"".join(parts)


def _write(handle: int, data: bytes) -> None:
    while data:
        data = data[os.write(handle, data) :]
    os.fsync(handle)


def _joint(before: bytes) -> bytes:
    """What parts the new profile from what stands there: it begins on a line of its own, after
    a blank one."""
    end = b"\r\n" if b"\r\n" in before else b"\n"
    if not before.strip():
        return b"" if not before or before.endswith(b"\n") else end
    return end if before.endswith(b"\n") else end + end


def _with_ends_of(before: bytes, text: str) -> bytes:
    data = text.encode()
    return data.replace(b"\n", b"\r\n") if b"\r\n" in before else data


def _must_fit(before: bytes, added: bytes, path: Path, name: str) -> None:
    """Raise `ConfigError` unless the file is valid and stays so with the new profile."""
    old = profiles.parse(toml.parse(before, path), path)
    if name in old.profiles:
        raise ConfigError(f"{path}: there is a profile {name} already")
    try:
        new = profiles.parse(toml.parse(before + added, path), path)
    except ConfigError:
        new = None
    if new is None or {**new.profiles, name: None} != {**old.profiles, name: None}:
        raise ConfigError(
            f"{path}: a profile cannot be appended to what stands there; add it by hand"
        )

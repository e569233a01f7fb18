"""What the app remembers by itself: `settings.toml`, written whole and at once."""

import os
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from das_tui.config import toml
from das_tui.config.errors import ConfigError
from das_tui.config.paths import make_folder

Bell = Literal["bell", "title", "off"]
"""How the operator is called: by bell and title, by the title alone, not at all."""

LinkMode = Literal["auto", "slow", "fast"]
"""What the line to the terminal is taken for; `auto` goes by how long it takes to answer."""


Limit = Annotated[int, msgspec.Meta(ge=0)]
"""A number of days or megabytes, 0 for no limit."""

Order = Literal["created", "recent", "title", "state"]
"""How sessions stand in the sidebar inside a group."""

Grouping = Literal["target", "profile", "none"]
"""What sessions are grouped by in the sidebar."""

_FIRST_LINE = "# Written by das-tui: each change in the app keeps the values and drops comments.\n"

Density = Literal["roomy", "compact"]
"""Whether blank rows stand around questions and answers, or only above questions
and steps."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Choices that hold over starts.

    `theme` is empty for the one that fits the terminal. `level` is the threshold, 0 shows all.
    `bell` says how the app calls when a session needs the operator. `link` says what the line to
    the terminal is taken for. `utc` shows times in UTC instead of local ones, `seconds` with their
    seconds. `density` says how many blank rows a transcript has. `mouse` lets the app take mouse
    events. `ambiguous` is how many cells the terminal gives East Asian ambiguous
    characters; 2 makes the app draw in ASCII. `order` is the order of the sidebar inside its
    groups, `group` what these are. `keep_days` removes sessions in which nothing happened for so
    many days, `keep_megabytes` the longest unused ones above that size of the history; 0 keeps
    all. `keys` maps ids of actions to keys. `profile` is the one to use without `--profile`; empty
    for the one called `default`, else the first.
    """

    theme: str = ""
    level: int = 20
    bell: Bell = "bell"
    link: LinkMode = "auto"
    utc: bool = False
    seconds: bool = False
    density: Density = "roomy"
    mouse: bool = True
    ambiguous: Literal[1, 2] = 1
    order: Order = "created"
    group: Grouping = "target"
    keep_days: Limit = 0
    keep_megabytes: Limit = 0
    keys: dict[str, str | list[str]] = {}
    profile: str = ""


def load(path: Path) -> Settings:
    """Read the settings; a missing file means the defaults. Raises `ConfigError`."""
    content: dict[str, Any] | None = toml.read(path)
    return Settings() if content is None else toml.typed(content, Settings, str(path))


def load_or_default(path: Path) -> tuple[Settings, str]:
    """The settings, or the defaults and a sentence about why those."""
    try:
        return load(path), ""
    except ConfigError as error:
        return Settings(), str(error)


def change(path: Path, **changes: Any) -> Settings:
    """Write these fields and leave the others as they stand in the file; what it has then.

    Raises `ConfigError`, and leaves the file as it was, if it cannot be read or written.
    """
    changed = msgspec.structs.replace(load(path), **changes)
    save(path, changed)
    return changed


def save(path: Path, settings: Settings) -> None:
    """Write the settings that differ from the defaults, atomically, readable by the owner only.

    Raises `ConfigError` if the folder or the disk does not take it; the old file stays then.
    """
    import secrets

    import tomli_w

    content = (_FIRST_LINE + tomli_w.dumps(msgspec.to_builtins(settings))).encode()
    make_folder(path.parent)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    try:
        with os.fdopen(os.open(draft, flags, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from error

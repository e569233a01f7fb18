"""The values that count, each with where it comes from."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from das_tui.config import paths
from das_tui.config.profiles import ENDPOINT_VARIABLES, Profile, Profiles
from das_tui.config.settings import Settings

Source = Literal["file", "environment", "default"]


@dataclass(frozen=True, slots=True)
class Value:
    """One value as the program uses it. `where` is the file or the variable it comes from, empty
    for a default. Values are what JSON has."""

    section: str
    key: str
    value: object
    source: Source
    where: str = ""


def of_paths() -> list[Value]:
    """Where files lie."""
    return [
        _place("config", paths.config_file(), "DAS_TUI_CONFIG"),
        _place("settings", paths.settings_file(), "DAS_TUI_CONFIG"),
        _place("data", paths.data_folder(), "DAS_TUI_DATA_DIR"),
        _place("log", paths.log_file(), ""),
    ]


def of_settings(path: Path, remembered: Settings) -> list[Value]:
    """What the app remembers; `path` is where it was read from. Only what differs from the
    defaults stands in that file."""
    return [
        _remembered(name, path, remembered, "settings") for name in remembered.__struct_fields__
    ]


def of_profile(
    found: Profiles, name: str, profile: Profile, path: Path, remembered: Settings
) -> list[Value]:
    """The profile called `name`, which `Profiles.choose` gave as `profile`. A key that it leaves
    out shows what is used instead; for `level` that is the one of `settings.toml` at `path`."""
    section = f"profiles.{name}" if name else "profile"
    written = found.written.get(name, frozenset())
    used: dict[str, object] = {
        "das_endpoint": profile.das_url,
        "dms_endpoint": profile.dms_url,
        "dms_unit": profile.dms_unit or profile.region,
        "production": profile.guarded,
    }
    values = []
    for key in profile.__struct_fields__:
        value = used.get(key, msgspec.to_builtins(getattr(profile, key)))
        variable = ENDPOINT_VARIABLES.get(key, "")
        if variable and os.environ.get(variable):
            values.append(Value(section, key, value, "environment", variable))
        elif key in written:
            values.append(Value(section, key, value, "file", str(found.path)))
        elif key == "level":
            values.append(_remembered(key, path, remembered, section))
        else:
            values.append(Value(section, key, value, "default"))
    return values


def _place(key: str, path: Path, variable: str) -> Value:
    if variable and os.environ.get(variable):
        return Value("paths", key, str(path), "environment", variable)
    return Value("paths", key, str(path), "default")


def _remembered(key: str, path: Path, remembered: Settings, section: str) -> Value:
    value = msgspec.to_builtins(getattr(remembered, key))
    if getattr(remembered, key) == getattr(Settings(), key):
        return Value(section, key, value, "default")
    return Value(section, key, value, "file", str(path))

"""Reading typed TOML with errors that name the file, the key and what is allowed."""

import difflib
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin

import msgspec

from das_tui import later
from das_tui.config.errors import ConfigError

Shape = TypeVar("Shape", bound=msgspec.Struct)


def read(path: Path) -> dict[str, Any] | None:
    """The content of a TOML file, None if there is no file. Raises `ConfigError`."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    return parse(content, path)


def parse(content: bytes, path: Path) -> dict[str, Any]:
    """The tables of a TOML file that `path` names in errors. Raises `ConfigError`."""
    try:
        return tomllib.loads(content.decode("utf-8"))
    except ValueError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from error


def only_known(keys: Iterable[str], known: Iterable[str], place: str) -> None:
    """Raise `ConfigError` for the first of `keys` that is not in `known`, with the nearest one."""
    names = list(known)
    for key in keys:
        if key in names:
            continue
        near = difflib.get_close_matches(key, names, n=1)
        hint = f"did you mean {near[0]}?" if near else "known: " + ", ".join(names)
        raise ConfigError(f"{place}: unknown key {key}; {hint}")


def typed(table: Any, shape: type[Shape], place: str) -> Shape:
    """`table` as a struct. Raises `ConfigError` with `place` and the key."""
    if isinstance(table, dict):
        only_known(table, shape.__struct_encode_fields__, place)
    try:
        return msgspec.convert(table, shape)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$")
        key = where.strip("`").lstrip(".")
        allowed = _choices(shape, key)
        what = f"expected one of {allowed}" if allowed else _plain(what)
        raise ConfigError(f"{place}: {key}: {what}" if key else f"{place}: {what}") from error


def _choices(shape: type[msgspec.Struct], key: str) -> str:
    """The values of a key that knows a few only, which the error of msgspec leaves out."""
    types = [field.type for field in msgspec.structs.fields(shape) if field.name == key]
    if types and get_origin(types[0]) is Literal:
        return ", ".join(str(value) for value in get_args(types[0]))
    return ""


_EXPECTED = {
    "int": "a whole number",
    "float": "a number",
    "str": "text in quotes",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
}
_GOT = {**_EXPECTED, "float": "a number with a fraction", "str": "text", "null": "nothing"}
_MISMATCH = later.pattern(
    r"Expected `(\w+(?: \| \w+)*?)(?: \| null)?`(?:, got `(\w+)`)?(.*)", re.DOTALL
)


def _plain(what: str) -> str:
    """An error of msgspec without the words of programs."""
    match = _MISMATCH.fullmatch(what)
    if match is None:
        return f"{what[0].lower()}{what[1:]}"
    kind, got, rest = match[1], match[2], match[3].strip()
    if rest.startswith("matching"):
        return "expected letters, digits, dot, dash, underscore"
    if rest.startswith("of length"):
        return "expected text that is not empty"
    expected = "expected " + " or ".join(_EXPECTED.get(one, one) for one in kind.split(" | "))
    if rest.startswith(">="):
        return f"{expected} of at least {rest.removeprefix('>=').strip().removesuffix('.0')}"
    return f"{expected}, not {_GOT.get(got, f'a {got}')}" if got else f"{expected} {rest}".rstrip()

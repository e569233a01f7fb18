"""JSON payloads of frames: parsed without trust, and turned into text."""

import json
import math
import re
from typing import Any

import msgspec

from das_tui.wire.errors import MalformedPayload

__all__ = [
    "MalformedPayload",
    "ascii_json",
    "find",
    "is_done",
    "number",
    "parse",
    "seconds",
    "text",
    "whole",
]

_LONGEST_NUMBER = 40
"""Digits of an integer that are read as a number; longer ones stay text."""

_TIMES = (str, int, float)
_OUTSIDE_ASCII = re.compile(r"[^\x20-\x7e]")
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|-?(?:NaN|Infinity)')
_SURROGATE = re.compile("[\ud800-\udfff]")


def is_done(data: bytes) -> bool:
    """Whether the payload is the end mark `[DONE]`."""
    return len(data) <= 64 and data.strip() == b"[DONE]"


def parse(data: bytes) -> dict[str, Any]:
    """The JSON object of a payload. Raises `MalformedPayload`.

    What strict parsers refuse but a service may send is accepted: invalid UTF-8 (replaced), lone
    surrogates, and numbers that Python cannot hold, which stay text in their own spelling. Of
    duplicate keys the last one counts.
    """
    try:
        value: Any = msgspec.json.decode(data)
    except RecursionError:
        raise MalformedPayload("nested too deeply") from None
    except (msgspec.MsgspecError, ValueError):
        value = _parse_leniently(data)
    if not isinstance(value, dict):
        raise MalformedPayload("not a JSON object")
    return value


def _parse_leniently(data: bytes) -> Any:
    if not data.strip():
        raise MalformedPayload("empty")
    try:
        return json.loads(
            data.decode("utf-8", "replace"),
            parse_float=_float,
            parse_int=_int,
            parse_constant=str,
        )
    except RecursionError:
        raise MalformedPayload("nested too deeply") from None
    except json.JSONDecodeError as error:
        raise MalformedPayload(f"{error.msg} at character {error.pos}") from None


def _float(spelling: str) -> float | str:
    value = float(spelling)
    return value if math.isfinite(value) else spelling


def _int(spelling: str) -> int | str:
    return int(spelling) if len(spelling) <= _LONGEST_NUMBER else spelling


def whole(value: str) -> str:
    """`value` with surrogate pairs joined and lone surrogates replaced by U+FFFD."""
    if value.isascii() or _SURROGATE.search(value) is None:
        return value
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def text(value: object) -> str:
    """Any JSON value as display text: strings as they are, null as nothing, the rest as JSON.

    The result never holds a lone surrogate.
    """
    if isinstance(value, str):
        return value if value.isascii() else whole(value)
    if value is None:
        return ""
    try:
        return whole(json.dumps(value, ensure_ascii=False))
    except (ValueError, TypeError, RecursionError):
        return "…"


def number(value: object, limit: int) -> int | None:
    """`value` as an integer of magnitude below `limit`: an integer, an integral float or decimal
    text. None for anything else."""
    if type(value) is int:
        return value if -limit < value < limit else None
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str):
        spelling = value.strip()
        digits = spelling.removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) <= _LONGEST_NUMBER):
            return None
        value = int(spelling)
    return value if isinstance(value, int) and -limit < value < limit else None


def seconds(value: object) -> float | None:
    """A time as UNIX seconds, from seconds or milliseconds, as a number or its text. None for
    what is no time after 1970."""
    if not isinstance(value, _TIMES) or isinstance(value, bool):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    if found >= 1e11:
        found /= 1000
    return found if 0 <= found < 1e11 else None


def find(value: object, *names: str) -> Any:
    """The first value of an object that stands under one of `names`, in any case of letters;
    None without one. Gateways of the family change the case of keys."""
    if not isinstance(value, dict):
        return None
    for name in names:
        if value.get(name) is not None:
            return value[name]
    folded = {str(key).lower(): item for key, item in value.items() if item is not None}
    for name in names:
        if name.lower() in folded:
            return folded[name.lower()]
    return None


def ascii_json(data: bytes) -> str:
    """The payload's object on one line of printable ASCII. Raises `MalformedPayload`.

    It is rewritten from its spelling, not from its values, so nothing is dropped: duplicate keys,
    the spelling of numbers and lone surrogates stay. Only the words NaN and Infinity, which are
    no JSON, come out as strings.
    """
    parse(data)
    source = data.decode("utf-8", "replace").strip()
    if "NaN" in source or "Infinity" in source:
        source = _TOKEN.sub(_quoted, source)
    return _OUTSIDE_ASCII.sub(_escaped, source)


def _quoted(match: re.Match[str]) -> str:
    return match[0] if match[0].startswith('"') else f'"{match[0]}"'


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    if character in "\n\r\t":
        return " "
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))

"""JSON of which nobody says what it holds: read without errors, numbers in their spelling."""

import json
from typing import Any, TypeAlias

Json: TypeAlias = Any

MOST_VALUES = 500_000
"""JSON of more values is shown as text: it would take up to forty times the memory of its text,
and nothing else is done while it is read."""


def load(text: str) -> Json:
    """The JSON value of `text` with numbers as their spelling; None where it is none, or one
    of more than `MOST_VALUES`, by its commas."""
    if len(text) > MOST_VALUES and text.count(",") > MOST_VALUES:
        return None
    try:
        return json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        return None


def scalar(value: Json) -> str:
    """A JSON value as text a reader can use."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    try:
        return json.dumps(value, ensure_ascii=False)
    except (ValueError, RecursionError):
        return "…"


def whole(value: Json) -> int | None:
    """The whole number that a value spells, None for none."""
    try:
        return int(value) if value is not None and not isinstance(value, bool) else None
    except (ValueError, TypeError):
        return None

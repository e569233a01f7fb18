"""Arguments of a tool call as (name, value) pairs, whatever form they came in."""

import json
from collections.abc import Sequence
from typing import Any

Pairs = tuple[tuple[str, str], ...]


def from_words(words: Sequence[str]) -> Pairs:
    """A command line: `--name value`, `--name=value`, bare flags, and positional words.

    A word after a flag is its value unless it begins with `--`.
    """
    pairs: list[tuple[str, str]] = []
    pending = ""
    for word in words:
        if word.startswith("--"):
            if pending:
                pairs.append((pending, ""))
            pending = ""
            name, equals, value = word.partition("=")
            if equals:
                pairs.append((name, value))
            else:
                pending = word
        elif pending:
            pairs.append((pending, word))
            pending = ""
        else:
            pairs.append(("", word))
    if pending:
        pairs.append((pending, ""))
    return tuple(pairs)


def from_json(value: Any, text: str) -> tuple[str, Pairs]:
    """The title and the pairs of a JSON arguments text; `value` is None where it is no JSON.

    The DAS skill's tool `das_api` wraps the real call as `{"action", "params"}`.
    """
    if not isinstance(value, dict):
        return "", (("", text),)
    title = value.get("action") or value.get("title") or ""
    inner = value.get("params", value)
    if not isinstance(inner, dict):
        inner = value
    pairs = tuple((f"--{name}", _plain(item)) for name, item in inner.items())
    return (title if isinstance(title, str) else _plain(title)), pairs


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False)
    except (ValueError, RecursionError):
        return "…"

"""Arguments of a tool call as (name, value) pairs, whatever form they came in."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

Pairs = tuple[tuple[str, str], ...]
"""Names with values; the name of a positional word, and of a bare flag, is empty."""


def from_call(words: Sequence[str]) -> tuple[str, Pairs]:
    """The title and the pairs of the words of a call, which may be one JSON object."""
    if len(words) == 1 and (value := _object(words[0])) is not None:
        return from_json(value, words[0])
    return "", from_words(words)


def from_words(words: Sequence[str]) -> Pairs:
    """A command line: `--name value`, `--name=value`, bare flags, and positional words.

    A word after a flag is its value unless it begins with `--`. A positional word that is a JSON
    object stands for its members.
    """
    pairs: list[tuple[str, str]] = []
    pending = ""
    for word in words:
        if word.startswith("--"):
            if pending:
                pairs.append(("", pending))
            pending = ""
            name, equals, value = word.partition("=")
            if equals:
                pairs.append((name, value))
            else:
                pending = word
        elif pending:
            pairs.append((pending, word))
            pending = ""
        elif (members := _object(word)) is not None:
            pairs.extend(_members(members))
        else:
            pairs.append(("", word))
    if pending:
        pairs.append(("", pending))
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
    return (title if isinstance(title, str) else _plain(title)), tuple(_members(inner))


def _members(value: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The members of an object as flags."""
    return ((f"--{name}", _plain(item)) for name, item in value.items())


def _object(word: str) -> dict[str, Any] | None:
    """The object whose JSON text `word` is; None for any other word, and for an empty object."""
    if not word.lstrip().startswith("{"):
        return None
    try:
        value = json.loads(word)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and value else None


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False)
    except (ValueError, RecursionError):
        return "…"

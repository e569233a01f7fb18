"""Blocks as the content of a file, by its ending."""

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any

from das_tui.domain.blocks import Ask, Block, Chart, Table, Tool
from das_tui.domain.secrets import withheld
from das_tui.view import block as block_view
from das_tui.view import copy
from das_tui.view.shape import foldable
from das_tui.view.spec import ViewSpec

ENDINGS = ("md", "sql", "tsv", "jsonl", "txt")

NOTHING = {
    "sql": "there is no SQL in it",
    "tsv": "there is no table in it",
}
"""What is said where a form finds nothing; others find something in every block."""


def content(blocks: Iterable[Block], ending: str, spec: ViewSpec) -> Iterator[str]:
    """The text of a file, piece by piece and one or none for each block: Markdown, statements,
    tables, an object a line, or plain text as it is drawn by `spec`. Empty where the blocks have
    nothing of that form. Raises KeyError for another ending."""
    form, part = _FORMS[ending]
    first = True
    for block in blocks:
        text = form(block, spec)
        if text:
            yield text if first else part + text
            first = False
    if not first:
        yield "\n"


def plain(block: Block, spec: ViewSpec, opened: bool = True) -> str:
    """A block as it is drawn, without margins and bars."""
    # A key is looked for before a line break may fall into it.
    block = replace(block, body=_changed(block.body, withheld))
    rows = block_view.render(block, spec, opened and foldable(block))
    return copy.safe("\n".join(row.text[1:].rstrip() for row in rows)).rstrip("\n")


def record(block: Block) -> str:
    """A block as one line of JSON in pure ASCII."""
    kind = type(block.body).__name__.lower()
    head = {"block": block.index, "kind": kind, "level": block.level}
    when = {"at": _value(block.at), "seconds": _value(block.seconds)}
    return json.dumps({**head, **when, **_value(block.body)})


def _value(value: Any) -> Any:
    if isinstance(value, str):
        return copy.safe(value.value if isinstance(value, Enum) else value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _value(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return [_value(item) for item in value] if isinstance(value, tuple) else value


def _changed(value: Any, change: Callable[[str], str]) -> Any:
    """A body with all its texts changed."""
    if isinstance(value, str):
        return value if isinstance(value, Enum) else change(value)
    if isinstance(value, tuple):
        return tuple(_changed(item, change) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        inside = {f.name: _changed(getattr(value, f.name), change) for f in fields(value)}
        return replace(value, **inside)
    return value


def _sql(block: Block, spec: ViewSpec) -> str:
    body = block.body
    text = ""
    if isinstance(body, Tool) and body.language.lower() == "sql":
        text = body.code
    elif isinstance(body, Ask) and not body.answered:
        # What was answered stands in the call that followed.
        text = body.sql
    text = copy.safe(text).strip()
    if not text or text.endswith(";"):
        return text
    # A comment at the end would swallow what closes the statement.
    comment = re.search("--|#", text.rpartition("\n")[2])
    return f"{text}\n;" if comment else f"{text};"


def _tsv(block: Block, spec: ViewSpec) -> str:
    body = block.body
    found: list[Table] = []
    if isinstance(body, Tool):
        found = [output for output in body.outputs if isinstance(output, Table)]
    elif isinstance(body, Chart) and body.table is not None:
        found = [body.table]
    return copy.safe("\n\n".join(map(copy.tsv, found)))


_FORMS: dict[str, tuple[Callable[[Block, ViewSpec], str], str]] = {
    "md": (lambda block, spec: copy.markdown(block), "\n\n"),
    "sql": (_sql, "\n\n"),
    "tsv": (_tsv, "\n\n"),
    "jsonl": (lambda block, spec: record(block), "\n"),
    "txt": (plain, "\n"),
}

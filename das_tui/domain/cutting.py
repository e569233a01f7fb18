"""What a transcript keeps of a block that is very long: its beginning.

Nothing is lost by that: the records have the whole of it. The block says how much it leaves out
(`Block.beyond`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from das_tui.domain.blocks import Ask, Body, StepRule, Table
from das_tui.light import field_names

MOST_TEXT = 256 * 1024
"""So many characters of one block are kept at most. A value of a table counts one more, for what
parts it from the next."""

_LEAST = 1_024
"""So many of each of its texts stay in any case."""


class Cut(NamedTuple):
    """What was kept of a field, and how many characters of it were left out."""

    kept: Any
    left: int


Cuts = Mapping[str, Cut]
"""Cuts by the name of the field."""


def weight(value: object) -> int:
    """The characters in a body or a part of one."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, Table):
        rows = sum(len(row) + sum(map(len, filter(None, row))) for row in value.rows)
        return rows + weight(value.columns)
    if isinstance(value, tuple):
        return len(value) + sum(map(weight, value))
    if isinstance(value, StepRule) or not _is_part(value):
        # A step is known by the name in its rule.
        return 0
    return sum(weight(getattr(value, name)) for name in field_names(type(value)))


def beginning(body: Body, known: Cuts, room: int = MOST_TEXT) -> tuple[Body, Cuts]:
    """The first `room` characters of a body, and what was cut off, field by field.

    `known` are the cuts of the body before it: a field that was taken over from there is still
    cut. An ask is whole while it waits: nobody approves what cannot be seen.
    """
    cuts: dict[str, Cut] = {}
    if isinstance(body, Ask) and not body.answered:
        return body, cuts
    changed: dict[str, Any] = {}
    for name in field_names(type(body)):
        value = getattr(body, name)
        kept, used, left = _cut(value, max(room, _LEAST))
        room -= used
        before = known.get(name)
        if left:
            changed[name] = kept
        if before is not None and value is before.kept:
            left += before.left
        if left:
            cuts[name] = Cut(kept, left)
    return (replace(body, **changed) if changed else body), cuts


def _is_part(value: object) -> bool:
    return hasattr(value, "__dataclass_fields__")


_Result = tuple[Any, int, int]
"""What is kept, its characters, and those that are left out."""


def _cut(value: Any, room: int) -> _Result:
    if isinstance(value, str):
        if len(value) <= room:
            return value, len(value), 0
        return value[:room], room, len(value) - room
    whole = weight(value)
    if whole <= room:
        return value, whole, 0
    if isinstance(value, Table):
        return _table(value, room, whole)
    if isinstance(value, tuple):
        item = _row if value and isinstance(value[0], tuple) else _cut
        kept, used, _ = _listed(value, room, item)
    else:
        kept, used = value, 0
        for name in field_names(type(value)):
            part, size, left = _cut(getattr(value, name), max(room - used, 1))
            used += size
            if left:
                kept = replace(kept, **{name: part})
    return kept, used, whole - used


def _listed(items: Sequence[Any], room: int, cut: Callable[[Any, int], _Result]) -> _Result:
    """The first of some items, at least one."""
    kept: list[Any] = []
    used = 0
    for item in items:
        if kept and used + 1 >= room:
            break
        part, size, _ = cut(item, max(1, room - used - 1))
        kept.append(part)
        used += size + 1
    return tuple(kept), used, 0


def _row(values: tuple[str | None, ...], room: int) -> _Result:
    """All values of a row or pair, the later ones cut."""
    kept: list[str | None] = []
    used = len(values)
    for value in values:
        short = value[: max(0, room - used)] if value else value
        used += len(short or "")
        kept.append(short)
    return tuple(kept), used, 0


def _table(table: Table, room: int, whole: int) -> _Result:
    """The first columns and rows; the total stays."""
    columns, used, _ = _listed(table.columns, room, _cut)
    count = len(columns)
    rows: list[tuple[str | None, ...]] = []
    for row in table.rows:
        if rows and used >= room:
            break
        kept, size, _ = _row(row[:count], max(count, room - used))
        rows.append(kept)
        used += size
    total = max(table.total, len(table.rows))
    return replace(table, columns=columns, rows=tuple(rows), total=total), used, whole - used

"""What Textual wants written, cut into pieces by row."""

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.strip import Strip

Piece: TypeAlias = tuple[int, Strip]
"""A column and what is written from there on."""


class DoubtError(Exception):
    """Something that is better left to Textual."""


class Damage(NamedTuple):
    """An update as pieces by row, on a screen of that size."""

    width: int
    height: int
    rows: dict[int, list[Piece]]


def damage_of(update: object) -> Damage:
    """The pieces that Textual would write, cut as it cuts them.

    Raises DoubtError for updates of another kind or shape.
    """
    if type(update) is LayoutUpdate:
        x, y, width, height = update.region
        if x or y or len(update.strips) != height:
            raise DoubtError
        rows = {y: _line(strips, width) for y, strips in enumerate(update.strips)}
        return Damage(width, height, rows)
    if type(update) is not ChopsUpdate:
        raise DoubtError
    if not update.spans or not update.chop_ends or not update.chop_ends[0]:
        raise DoubtError
    width, height = update.chop_ends[0][-1], len(update.chops)
    rows = {}
    for y, x1, x2 in update.spans:
        if not 0 <= y < height:
            raise DoubtError
        pieces = rows.setdefault(y, [])
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is None or x > x2 or end <= x1:
                continue
            piece = strip if x2 > x >= x1 and end <= x2 else strip.crop(0, min(end, x2) - x)
            if x + piece.cell_length > width:
                raise DoubtError
            if piece.cell_length:
                pieces.append((x, piece))
    return Damage(width, height, rows)


def _line(strips: Iterable[Strip | None], width: int) -> list[Piece]:
    pieces: list[Piece] = []
    x = 0
    for strip in strips:
        if strip is None:
            raise DoubtError
        if strip.cell_length:
            pieces.append((x, strip))
            x += strip.cell_length
    if x != width:
        raise DoubtError
    return pieces

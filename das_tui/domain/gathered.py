"""A text that comes in pieces, joined when somebody asks for it."""

import sys
from typing import Any, Self

MOST_GATHERED = 16 * 1024 * 1024
"""So many characters of one text are kept while it comes: as many as one event can have. The
whole of it is stored, and counted."""

MANY = 4_096
LARGE = 1_024
"""Whoever adds to `pieces` settles them when there are more, or when one is longer."""


class Gathered:
    """The beginning of a text, at most `most` characters.

    Small pieces are put into `pieces` directly, which costs nothing more, and are counted and cut
    when they are settled; `add` does both. `size` is how many characters came, as far as settled.
    """

    __slots__ = ("_kept", "_most", "_parts", "pieces", "size")

    def __init__(self, most: int = MOST_GATHERED) -> None:
        self._most = most
        self._parts: list[str] = []
        self._kept = 0
        self.pieces: list[str] = []
        self.size = 0

    @classmethod
    def unlimited(cls) -> "Gathered":
        """One that keeps everything."""
        return cls(sys.maxsize)

    def mark(self) -> list[Any]:
        """What `resumed` goes on from."""
        return [self.text(), self.size]

    @classmethod
    def resumed(cls, mark: Any) -> Self:
        """One that goes on where that of `mark` stood."""
        made = cls()
        text, made.size = mark
        made._parts, made._kept = [text], len(text)
        return made

    @property
    def left(self) -> int:
        """Characters that came and are not kept."""
        return self.size - self._kept

    def add(self, piece: str) -> None:
        """A further piece."""
        self.pieces.append(piece)
        self.settle()

    def settle(self) -> None:
        """Count the pieces that came, and keep what there is room for."""
        if not self.pieces:
            return
        came = "".join(self.pieces)
        self.pieces.clear()
        self.size += len(came)
        if self.size > self._most:
            came = came[: self._most - self._kept]
        if came:
            self._kept += len(came)
            self._parts.append(came)

    def text(self) -> str:
        """What is kept, as one text."""
        self.settle()
        if len(self._parts) > 1:
            self._parts = ["".join(self._parts)]
        return self._parts[0] if self._parts else ""

    def clear(self) -> None:
        """Forget all pieces."""
        self.pieces, self._parts = [], []
        self._kept = self.size = 0

    def __bool__(self) -> bool:
        return bool(self.pieces) or self.size > 0

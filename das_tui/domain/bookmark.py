"""Marks that the operator puts on blocks."""

from das_tui.light import dataclass


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A mark on the block with this index. `note` may be empty; `at` is when it was put there, in
    UNIX seconds."""

    block: int
    note: str = ""
    at: float = 0.0

"""A place in a transcript."""

from typing import NamedTuple


class Place(NamedTuple):
    """A row that survives changes of the index. `line` counts from the block's first row; it is
    negative on what stands above the block (blank, unread rule). On the row of a gap `block` is
    the first hidden block and `line` 0."""

    block: int
    line: int = 0

"""Marks on blocks, kept in the store."""

from collections.abc import Callable

from das_tui.domain.bookmark import Bookmark
from das_tui.store.store import Store


class Marks:
    """The marks of one store. Everything raises StoreError."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock

    def of(self, key: str) -> tuple[Bookmark, ...]:
        """The marks of a session, in order."""
        return self._store.marks(key)

    def put(self, key: str, block: int, note: str) -> Bookmark:
        """Put a mark on a block, in the place of one that is there."""
        mark = Bookmark(block, note, self._clock())
        self._store.put_mark(key, mark)
        return mark

    def remove(self, key: str, block: int) -> None:
        """Take the mark from a block."""
        self._store.drop_mark(key, block)

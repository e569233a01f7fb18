"""The drawing thread's own way to packed blocks: a connection that only reads."""

from pathlib import Path

from das_tui.domain.shelf import Chunks, ShelfBroken
from das_tui.run.shelving import chunks
from das_tui.store.errors import StoreError
from das_tui.store.store import Store


class Bookcase:
    """Packed blocks of the store at `path`. Belongs to the thread that first reads from it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._store: Store | None = None

    def reader(self, key: str) -> Chunks:
        """Gives the blocks of a chunk of a session by its number, or its text. It raises
        ShelfBroken."""
        return chunks(self._open, key)

    def _open(self) -> Store:
        if self._store is None:
            try:
                self._store = Store.open(self._path, read_only=True)
            except (StoreError, OSError) as error:
                raise ShelfBroken(str(error)) from None
        return self._store

    def close(self) -> None:
        """Close the connection."""
        if self._store is not None:
            self._store.close()
            self._store = None

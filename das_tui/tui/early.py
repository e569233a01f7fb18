"""What the app fetches while its first screen is painted: the stored sessions, then the engine.

Both come from a thread, so that no key waits for their imports and files.
"""

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING

from das_tui.domain.session import Session
from das_tui.run.account import Account
from das_tui.tui.accounts import aside

if TYPE_CHECKING:
    from das_tui.run.engine import Engine

SWITCH_SECONDS = 0.0005
"""The interpreter's switch interval while a thread imports: a key must not wait for it."""


def sessions(path: Path) -> "Future[list[Session]]":
    """The sessions in the store at `path`, only read; none where only the engine can tell what is
    there, as for a file of another version."""
    return aside(lambda: _stored(path))


def _stored(path: Path) -> list[Session]:
    import sqlite3

    from das_tui.store.errors import StoreError
    from das_tui.store.store import Store

    try:
        store = Store.open(path, read_only=True)
        try:
            return store.sessions()
        finally:
            store.close()
    except (StoreError, sqlite3.Error, OSError):
        return []


def engine(path: Path, account: Account | None, wake: Callable[[], None]) -> "Future[Engine]":
    """An engine that was started. Raises what `Engine.start` raises."""

    def started() -> "Engine":
        from das_tui.run.engine import Engine

        made = Engine(path, account, wake)
        made.start()
        return made

    return aside(started)

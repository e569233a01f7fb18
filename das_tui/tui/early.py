"""What the app fetches while its first screen is painted: the stored sessions, then the engine.

Both come from a thread, so that no key waits for their imports and files.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING

from das_tui.domain.session import Session
from das_tui.run.account import Account
from das_tui.tui.accounts import aside

if TYPE_CHECKING:
    from das_tui.run.engine import Engine

_preloaded = threading.Event()

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


def preload() -> None:
    """Load, aside and once, the parser and the lexers of rich text: 4 MB that a list of sessions
    does without, and up to a tenth of a second for the first text that has to wait for them."""
    if _preloaded.is_set():
        return
    _preloaded.set()

    def load() -> None:
        from das_tui.view import markdown

        markdown.preload()

    threading.Thread(target=load, name="preload", daemon=True).start()


def engine(path: Path, account: Account | None, wake: Callable[[], None]) -> "Future[Engine]":
    """An engine that was started. Raises what `Engine.start` raises."""

    def started() -> "Engine":
        from das_tui.run.engine import Engine

        made = Engine(path, account, wake)
        made.start()
        # What an open session is drawn with, which the list of them does without.
        from das_tui.tui import reader  # noqa: F401
        from das_tui.view import panel, usage  # noqa: F401

        return made

    return aside(started)

"""Sessions that are kept no longer, by the limits that the operator has set."""

import asyncio
import logging
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from das_tui.light import dataclass
from das_tui.run.errors import RunError
from das_tui.run.supervisor import Supervisor
from das_tui.store.errors import StoreError
from das_tui.store.store import Store

log = logging.getLogger("das_tui.run")

QUIET = 20.0
"""Seconds without a run before anything is removed."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Swept:
    """What went: `sessions`, and `freed` bytes of the disk."""

    sessions: int = 0
    freed: int = 0


class KeepCommands(ABC):
    """Commands of `Engine`; each may be called from any thread and returns at once."""

    _store: Store | None
    _opened: set[str]
    _clock: Callable[[], float]

    @abstractmethod
    def _submit(self, make: Callable[[Supervisor], Coroutine[Any, Any, T]]) -> "Future[T]":
        """Run a coroutine on the engine's loop."""

    @abstractmethod
    async def _delete(self, supervisor: Supervisor, key: str) -> None:
        """Remove a session for good."""

    def sweep(self, days: int, megabytes: int, quiet: float = QUIET) -> "Future[Swept]":
        """Remove sessions in which nothing happened for `days`, and the longest unused ones above
        `megabytes`, 0 for no limit; what went.

        It waits until no run was live for `quiet` seconds. What is marked, pinned, asked,
        unfinished or on the screen stays, and so does a session with a draft or a question that
        waits. Raises StoreError.
        """

        async def run(supervisor: Supervisor) -> Swept:
            from das_tui.store.retention import Limits

            limits, store = Limits(days, megabytes), self._store
            await _peace(supervisor, quiet)
            if store is None or not store.writable or supervisor.trouble:
                return Swept()
            gone = 0
            for key in store.may_go(limits, self._clock()):
                if supervisor.live():
                    await _peace(supervisor, quiet)
                if key in self._opened:
                    continue
                try:
                    await self._delete(supervisor, key)
                    gone += 1
                except RunError:
                    continue
                await asyncio.sleep(0)
            freed = await _room(supervisor, store) if gone else 0
            return Swept(gone, freed)

        return self._submit(run)


async def _peace(supervisor: Supervisor, quiet: float) -> None:
    """Wait until no run was live for so many seconds."""
    while True:
        await asyncio.sleep(quiet)
        if not supervisor.live():
            return


async def _room(supervisor: Supervisor, store: Store) -> int:
    """Give room back on a thread of its own, so that nothing waits for it; a run breaks it off."""
    from das_tui.store.retention import give_back

    path = store.path
    if path is None:
        return 0
    try:
        return await asyncio.to_thread(give_back, path, lambda: not supervisor.memory.runs())
    except (sqlite3.Error, OSError, StoreError) as error:
        log.warning("room was not given back: %s", error)
        return 0

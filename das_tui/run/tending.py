"""What the operator does to a session as a whole: seen, titles, pins, putting away, deleting."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from dataclasses import replace
from typing import Any, TypeVar

from das_tui.domain.session import Session
from das_tui.run.errors import Busy
from das_tui.run.supervisor import Supervisor
from das_tui.store.errors import StoreError
from das_tui.store.store import Store

log = logging.getLogger("das_tui.run")

KEPT_SECONDS = 7 * 86400.0
"""How long a deleted session is still kept, to be brought back."""

T = TypeVar("T")


class TendCommands(ABC):
    """Commands of `Engine`; each may be called from any thread and returns at once. What a future
    raises is `RunError` or `StoreError`."""

    _clock: Callable[[], float]

    @abstractmethod
    def _submit(self, make: Callable[[Supervisor], Coroutine[Any, Any, T]]) -> "Future[T]":
        """Run a coroutine on the engine's loop."""

    def seen(self, key: str, blocks: int) -> Future[Session]:
        """The operator has seen the first `blocks` blocks."""

        async def run(supervisor: Supervisor) -> Session:
            row = supervisor.session(key)
            whole = blocks >= row.blocks
            if row.seen >= blocks and not (whole and row.unread_errors):
                return row
            now = replace(row, seen=max(blocks, row.seen), fresh="")
            kept = None if whole else supervisor.memory.kept.get(key)
            # What is not in memory is counted anew with the next event.
            fresh = kept.fresh.up_to(now, kept.turn) if kept is not None else ""
            seen: dict[str, Any] = {"seen": now.seen, "fresh": fresh}
            if whole:
                seen["errors_seen"] = row.errors
            return await supervisor.change(key, **seen)

        return self._submit(run)

    def rename(self, key: str, title: str) -> Future[Session]:
        """Give a session another title."""
        return self._submit(lambda supervisor: supervisor.change(key, title=title))

    def pin(self, key: str, pinned: bool = True) -> Future[Session]:
        """Put a session on top of the list, or back among the others."""
        return self._submit(lambda supervisor: supervisor.change(key, pinned=pinned))

    def archive(self, key: str, archived: bool = True) -> Future[Session]:
        """Put a session away, or bring it back. A run in it goes on."""
        return self._submit(lambda supervisor: supervisor.change(key, archived=archived))

    def discard(self, key: str) -> Future[Session]:
        """Delete a session so that it can be brought back: it is removed for good by the first
        start after `KEPT_SECONDS`. Raises Busy while a run is under way here, or a question
        waits."""

        async def run(supervisor: Supervisor) -> Session:
            if supervisor.cashier.follow_ups.holds(key):
                raise Busy("A question waits in this session; withdraw it first.")
            if key in supervisor.live():
                raise Busy("A run of this session is under way; stop it first.")
            return await supervisor.change(key, deleted_at=self._clock())

        return self._submit(run)

    def bring_back(self, key: str, *, archived: bool = False) -> Future[Session]:
        """Bring a session back that was deleted, into the list or, with `archived`, to those that
        were put away."""
        return self._submit(
            lambda supervisor: supervisor.change(key, deleted_at=0.0, archived=archived)
        )


def due(store: Store, now: float) -> list[str]:
    """The sessions that were deleted long enough ago to be removed for good."""
    try:
        return store.deleted_before(now - KEPT_SECONDS) if store.writable else []
    except StoreError as error:
        log.warning("deleted sessions cannot be listed: %s", error)
        return []

"""What the engine does about a session whose packed blocks cannot be read."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from das_tui.domain.session import Session
from das_tui.run.supervisor import Supervisor

T = TypeVar("T")


class MendCommands(ABC):
    """Commands of `Engine`; each may be called from any thread and returns at once. What a future
    raises is `StoreError`."""

    @abstractmethod
    def _submit(self, make: Callable[[Supervisor], Coroutine[Any, Any, T]]) -> "Future[T]":
        """Run a coroutine on the engine's loop."""

    @abstractmethod
    def open(self, key: str) -> Future[Session]:
        """Publish one `reset` change with all blocks of a session."""

    def mend(self, key: str) -> Future[bool]:
        """A chunk of a session could not be read: make all blocks from the records again and
        publish them with `reset`; they are packed anew later. False where nothing can be done
        before a run has ended."""

        async def run(supervisor: Supervisor) -> bool:
            kept = supervisor.memory.kept.get(key)
            busy = kept is not None and kept.run is not None
            if busy or supervisor.cashier.follow_ups.holds(key):
                return False
            supervisor.shelves.distrust(key)
            supervisor.memory.kept.pop(key, None)
            await asyncio.wrap_future(self.open(key))
            return True

        return self._submit(run)

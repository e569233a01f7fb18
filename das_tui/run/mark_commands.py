"""The engine's commands on marks."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from das_tui.domain.bookmark import Bookmark
from das_tui.run.supervisor import Supervisor

T = TypeVar("T")


class MarkCommands(ABC):
    """Commands of `Engine`; each may be called from any thread and returns at once. What a future
    raises is `StoreError`."""

    @abstractmethod
    def _submit(self, make: Callable[[Supervisor], Coroutine[Any, Any, T]]) -> "Future[T]":
        """Run a coroutine on the engine's loop."""

    def marks(self, key: str) -> Future[tuple[Bookmark, ...]]:
        """The marks on blocks of a session, in order."""

        async def run(supervisor: Supervisor) -> tuple[Bookmark, ...]:
            return supervisor.marks.of(key)

        return self._submit(run)

    def mark(self, key: str, block: int, note: str = "") -> Future[Bookmark]:
        """Put a mark on a block, in the place of one that is there."""

        async def run(supervisor: Supervisor) -> Bookmark:
            return supervisor.marks.put(key, block, note)

        return self._submit(run)

    def unmark(self, key: str, block: int) -> Future[None]:
        """Take the mark from a block."""

        async def run(supervisor: Supervisor) -> None:
            supervisor.marks.remove(key, block)

        return self._submit(run)

"""The sessions in memory, each with its reducer, and how they come there from the store."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace

from das_tui.domain.session import Session
from das_tui.run.kept import Kept
from das_tui.run.ledger import Ledger
from das_tui.run.runner import Run
from das_tui.run.shelving import Shelves
from das_tui.store.store import Store

_LOAD = 256
"""Records that are read at a time, so that live runs go on meanwhile."""


class Memory:
    """Sessions by key, the longest unused first. Used on one loop; `runs` on any thread."""

    def __init__(self, store: Store, shelves: Shelves) -> None:
        self._store = store
        self._shelves = shelves
        self._loading: dict[str, asyncio.Task[Kept]] = {}
        self.kept: OrderedDict[str, Kept] = OrderedDict()

    def runs(self) -> list[Run]:
        """The runs under way. The list of sessions is copied in one step."""
        return [kept.run for kept in list(self.kept.values()) if kept.run is not None]

    async def load(self, key: str, *, whole: bool = False) -> Kept:
        """A session, read from the store unless it is here; `whole` reads it again with all that
        is stored. Raises UnknownSession."""
        kept = self.kept.get(key)
        if kept is not None and (kept.run is not None or not whole):
            self.kept.move_to_end(key)
            return kept
        task = self._loading.get(key)
        if task is None or whole:
            task = asyncio.create_task(self._read(key, whole))
            self._loading[key] = task
            task.add_done_callback(lambda _: self._loading.pop(key, None))
        return await asyncio.shield(task)

    async def _read(self, key: str, whole: bool) -> Kept:
        row = self._store.get(key)
        restored = None if whole else self._shelves.restored(row)
        kept = restored or Kept(row, ledger=Ledger(whole=whole))
        for chunk in self._store.load_batches(key, after=kept.marked, size=_LOAD):
            kept.take(chunk)
            if not whole:
                await self._shelves.relieve(kept, reading=True)
            await asyncio.sleep(0)
        kept.usage()  # What was loaded is in the store, with what it cost.
        self.kept[key] = kept
        self.kept.move_to_end(key)
        return kept

    async def fresh(self, key: str) -> Kept:
        """A session with what another instance has stored of it meanwhile."""
        kept = await self.load(key)
        self.catch_up(key)
        return kept

    def catch_up(self, key: str) -> Session | None:
        """Take over what another instance has stored for a session that has no run here.

        The row as it is stored now where anything changed, else None.
        """
        kept = self.kept.get(key)
        if kept is None or kept.run is not None:
            return None
        row = self._store.get(key)
        if row == kept.row:
            return None
        for chunk in self._store.load_batches(key, after=kept.row.records, size=_LOAD):
            kept.take(chunk)
        kept.usage()
        kept.row = replace(row, records=kept.row.records, frames=kept.row.frames)
        return row

    def trim(self, keep: int, needed: Callable[[str], bool]) -> list[str]:
        """Forget sessions without a run that are not `needed`, the longest unused first, until
        `keep` of them stay; their keys."""
        idle = [key for key, kept in self.kept.items() if kept.run is None and not needed(key)]
        gone = idle[: max(0, len(idle) - keep)]
        for key in gone:
            del self.kept[key]
        return gone

    def close(self) -> None:
        """Read nothing more."""
        for task in list(self._loading.values()):
            task.cancel()

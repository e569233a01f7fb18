"""A supervisor on a real store file, and an observer that checks the order of things."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from das_tui.domain.events import AnyEvent, type_name
from das_tui.domain.record import LOCAL, Record
from das_tui.domain.session import Session
from das_tui.run.account import Account
from das_tui.run.backoff import Backoff
from das_tui.run.supervisor import Supervisor
from das_tui.store.store import POSITIONS, Store
from das_tui.wire.credentials import StaticProvider

PATIENCE = 8.0
"""Seconds after which a condition that does not come true fails a test."""

AT_ONCE = Backoff(
    base=0.0, crowded=0.0, poll=0.0, grace=0.3, settle=0.05, patience=0.5, silence=5.0
)


class Watch:
    """An observer. For each record that it is told of, it looks into the file by a connection of
    its own whether the record is there: `early` lists those that were not."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path)
        self.told: list[tuple[Session, Record, tuple[AnyEvent, ...]]] = []
        self.rows: list[Session] = []
        self.early: list[Record] = []
        self.fail = False

    def committed(
        self, session: Session, readings: Sequence[tuple[Record, tuple[AnyEvent, ...]]]
    ) -> None:
        self.rows.append(session)
        (number,) = self._db.execute(
            "SELECT id FROM session WHERE key = ?", (session.key,)
        ).fetchone()
        for record, events in readings:
            found = self._db.execute(
                "SELECT data FROM record WHERE id = ?", (number * POSITIONS + record.position,)
            ).fetchone()
            if found is None or found[0] != record.data:
                self.early.append(record)
            self.told.append((session, record, events))
        if self.fail:
            raise RuntimeError("an observer may fail")

    def changed(self, session: Session) -> None:
        self.rows.append(session)
        if self.fail:
            raise RuntimeError("an observer may fail")

    def close(self) -> None:
        self._db.close()


class Bench:
    """Everything a run needs, for one service address."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "history.db"
        self.store = Store.open(self.path)
        self.watch = Watch(self.path)
        self.supervisor: Supervisor | None = None

    def start(
        self,
        url: str,
        backoff: Backoff = AT_ONCE,
        observer: Any = None,
        clock: Callable[[], float] = time.time,
        **account: Any,
    ) -> Supervisor:
        account.setdefault("provider", StaticProvider("ak", "secret"))
        made = Account(das_endpoint=url, dms_endpoint=url, **account)
        self.supervisor = Supervisor(
            self.store, made, observer or self.watch, clock=clock, backoff=backoff
        )
        return self.supervisor

    async def again(self, url: str, **account: Any) -> Supervisor:
        """The same store with a new supervisor, as after a restart."""
        assert self.supervisor is not None
        await self.supervisor.close()
        self.store.close()
        self.store = Store.open(self.path)
        return self.start(url, **account)

    def facts(self, key: str) -> list[str]:
        """The names of the local facts of a session, in order."""
        return [record.event for record in self.store.load(key) if record.source == LOCAL]

    def frames(self, key: str) -> list[bytes]:
        """The payloads of the frames of a session, in order."""
        return [record.data for record in self.store.load(key) if record.source != LOCAL]

    def events(self, key: str) -> list[AnyEvent]:
        return [event for row, _, events in self.watch.told if row.key == key for event in events]

    def names(self, key: str) -> list[str]:
        return [type_name(event) for event in self.events(key)]

    async def close(self) -> None:
        if self.supervisor is not None:
            await self.supervisor.close()
        self.watch.close()
        self.store.close()


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(tmp_path)
    yield made
    await made.close()
    assert made.watch.early == [], "shown before it was stored"


@pytest.fixture
def until() -> Callable[[Callable[[], Any]], Awaitable[Any]]:
    """Wait until a condition is true, with a deadline."""

    async def wait(condition: Callable[[], Any]) -> Any:
        async with asyncio.timeout(PATIENCE):
            while not (found := condition()):  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        return found

    return wait


@pytest.fixture
def finished() -> Callable[[Supervisor, str], Awaitable[Session]]:
    """The row of a session when its run has ended, with a deadline."""

    async def wait(supervisor: Supervisor, key: str) -> Session:
        return await asyncio.wait_for(supervisor.wait(key), PATIENCE)

    return wait

"""What is removed by itself: only what is beyond the limits, and never what anything holds."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from das_tui.domain.bookmark import Bookmark
from das_tui.domain.record import Record
from das_tui.domain.session import Session, State
from das_tui.domain.usage import UsageRow
from das_tui.run.account import Account
from das_tui.run.engine import Engine
from das_tui.run.keeping import Swept
from das_tui.store import retention
from das_tui.store.store import Appended, Store
from das_tui.wire.credentials import StaticProvider
from tests.run.conftest import AT_ONCE, PATIENCE
from tests.run.scripted_service import Reply, Service, das

Until = Callable[[Callable[[], Any]], Awaitable[Any]]
DAY = 86400.0
NOW = 100 * DAY
PIECE = 250_000


async def get(future: "Future[Any]") -> Any:
    return await asyncio.wait_for(asyncio.wrap_future(future), PATIENCE)


def fill(path: Path) -> list[str]:
    """Sessions of 99, 98 … days ago, 250 kB each; those that something holds have its name."""
    store = Store.open(path)
    held = ["pinned", "marked", "drafted", "waiting", "asked", "running"]
    keys = [*held, *(f"old{number}" for number in range(6)), "young"]
    for place, key in enumerate(keys):
        at = (1 + place) * DAY if key != "young" else NOW - DAY
        state = {"asked": State.NEEDS_INPUT, "running": State.LIVE}.get(key, State.FINISHED)
        row = Session(
            key, "dms", created_at=at, last_at=at, state=state, records=1, pinned=key == "pinned"
        )
        store.create(row)
        cost = UsageRow(key, 1, at, "p", 10, False)
        store.append([Appended(key, [Record(1, 1, at, "dms", "", b"x" * PIECE)], row, [cost])])
    store.put_mark("marked", Bookmark(0, "note", 1.0))
    store.set_draft("drafted", "half a question")
    store.wait("waiting", "p", 1.0, "and then?")
    store.close()
    return held


def left(path: Path) -> set[str]:
    store = Store.open(path, read_only=True)
    found = {row.key for row in store.sessions(archived=True)}
    store.close()
    return found


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Callable[..., Engine]]:
    made: list[Engine] = []

    def start(url: str = "") -> Engine:
        account = Account(
            provider=StaticProvider("id", "secret"), profile="p", das_endpoint=url, dms_endpoint=url
        )
        found = Engine(
            tmp_path / "history.db",
            account if url else None,
            lambda: None,
            clock=lambda: NOW,
            backoff=AT_ONCE,
        )
        found.start()
        made.append(found)
        return found

    yield start
    for one in made:
        assert one.close(PATIENCE)


async def test_by_age_all_old_ones_go_but_those_that_are_held(
    tmp_path: Path, engine: Callable[..., Engine]
) -> None:
    path = tmp_path / "history.db"
    held = fill(path)
    size = path.stat().st_size
    swept: Swept = await get(engine().sweep(30, 0, 0.0))
    assert swept.sessions == 6
    assert left(path) == {*held, "young"}
    assert swept.freed > 6 * PIECE * 0.9
    assert path.stat().st_size <= size - swept.freed
    store = Store.open(path)
    assert len(store.usage("p")) == 13, "what was paid stays known"
    assert store._db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    store.close()


async def test_by_size_the_longest_unused_go_until_it_fits(
    tmp_path: Path, engine: Callable[..., Engine]
) -> None:
    path = tmp_path / "history.db"
    held = fill(path)
    swept: Swept = await get(engine().sweep(0, 3, 0.0))
    assert left(path) == {*held, "old2", "old3", "old4", "old5", "young"}
    assert swept.sessions == 2


async def test_without_limits_or_beyond_what_may_go_nothing_goes(
    tmp_path: Path, engine: Callable[..., Engine]
) -> None:
    path = tmp_path / "history.db"
    fill(path)
    running = engine()
    assert await get(running.sweep(0, 0, 0.0)) == Swept()
    assert await get(running.sweep(1000, 1000, 0.0)) == Swept()
    assert len(left(path)) == 13
    await get(running.open("old3"))
    await get(running.sweep(0, 1, 0.0))
    # The engine has taken up what ran and waited when the program last ended: that is over now.
    assert left(path) == {"pinned", "marked", "drafted", "asked", "old3"}


def test_what_is_held_may_not_go(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    held = fill(path)
    store = Store.open(path)
    old = [f"old{number}" for number in range(6)]
    assert list(store.may_go(retention.Limits(30), NOW)) == old
    assert list(store.may_go(retention.Limits(0, 1), NOW)) == [*old, "young"]
    assert list(store.may_go(retention.Limits(), NOW)) == []
    store.set_draft("old0", "words")
    store.put_mark("old1", Bookmark(3, "", 1.0))
    store.change("old2", pinned=True)
    assert list(store.may_go(retention.Limits(30), NOW)) == old[3:]
    for key in held:
        assert store.get(key).key == key
    store.close()


async def test_it_waits_while_a_run_is_live(
    tmp_path: Path, engine: Callable[..., Engine], until: Until
) -> None:
    path = tmp_path / "history.db"
    fill(path)
    gate = asyncio.Event()
    answer = Reply(das("x") + das("", "summary", CharCount=1), hold_body=gate)
    async with Service(GetDasAgentSSE=[answer]) as service:
        running = engine(service.url)
        key = await get(running.ask("why?", service="das"))
        sweep = running.sweep(30, 0, 0.01)
        await until(lambda: len(service.calls) == 1)
        assert "old0" in left(path)
        assert not sweep.done()
        gate.set()
        await get(running.wait(key))
        swept: Swept = await get(sweep)
    assert swept.sessions == 6
    assert key in left(path)


def test_room_is_not_given_back_while_somebody_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_STEPS", 1)
    path = tmp_path / "history.db"
    fill(path)
    store = Store.open(path)
    for key in [f"old{number}" for number in range(6)]:
        store.delete(key)
    size = path.stat().st_size
    with pytest.raises(sqlite3.OperationalError, match="interrupted"):
        retention.give_back(path, lambda: False)
    assert path.stat().st_size == size
    assert len(store.sessions()) == 7
    assert retention.give_back(path, lambda: True) > 0
    assert retention.give_back(path, lambda: True) == 0, "little is empty now"
    assert len(store.sessions()) == 7
    store.close()

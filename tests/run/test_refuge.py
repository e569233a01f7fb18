"""The engine without a place for its file, with one that comes back, and when it fails itself."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from das_tui.domain.bookmark import Bookmark
from das_tui.domain.record import Record
from das_tui.domain.session import Session, State
from das_tui.domain.usage import UsageRow
from das_tui.run import refuge
from das_tui.run.account import Account
from das_tui.run.engine import Engine
from das_tui.run.kept import Kept
from das_tui.run.writer import Writer
from das_tui.store.errors import NotStored
from das_tui.store.store import Appended, Store
from das_tui.wire.credentials import StaticProvider
from tests.run.conftest import AT_ONCE, PATIENCE
from tests.run.scripted_service import Reply, Service, das

Until = Callable[[Callable[[], Any]], Awaitable[Any]]
SUMMARY = das("", "summary", CharCount=7)


async def get(future: "Future[Any]") -> Any:
    return await asyncio.wait_for(asyncio.wrap_future(future), PATIENCE)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refuge.regained, "__defaults__", (0.02,))


@pytest.fixture
def engines() -> Iterator[Callable[..., Engine]]:
    made: list[Engine] = []

    def start(path: Path, url: str = "") -> Engine:
        account = Account(
            provider=StaticProvider("id", "secret"), profile="p", das_endpoint=url, dms_endpoint=url
        )
        engine = Engine(path, account if url else None, lambda: None, backoff=AT_ONCE)
        engine.start()
        made.append(engine)
        return engine

    yield start
    for engine in made:
        assert engine.close(PATIENCE)


async def test_what_came_without_a_place_is_stored_once_there_is_one(
    tmp_path: Path, engines: Callable[..., Engine], until: Until
) -> None:
    blocked = tmp_path / "home"
    blocked.write_text("in the way")
    path = blocked / "data" / "history.db"
    async with Service(GetDasAgentSSE=[Reply(das("CPU high") + SUMMARY)] * 2) as service:
        engine = engines(path, service.url)
        assert engine.note == "not stored: Not a directory"
        key = await get(engine.ask("why?", service="das"))
        await get(engine.wait(key))
        await get(engine.mark(key, 1, "look"))
        await get(engine.set_draft(key, "and then"))
        assert engine.note.startswith("not stored")
        assert engine.unstored == engine.note
        # Elsewhere somebody makes the place, and has stored something of their own.
        blocked.unlink()
        other = Store.open(path)
        other.create(Session("theirs", "das", title="theirs"))
        waits = other.wait("theirs", "p", 1.0, "their question")
        other.close()
        await until(lambda: not engine.note)
        assert {row.key for row in await get(engine.sessions())} == {key, "theirs"}
        assert await get(engine.ask("and now?", service="das", key=key)) == key
        await get(engine.wait(key))
        assert engine.unstored == ""
    store = Store.open(path, read_only=True)
    assert store.get(key).state is State.FINISHED
    records = list(store.load(key))
    assert [record.position for record in records] == list(range(1, len(records) + 1))
    assert sum(b"CPU high" in record.data for record in records) == 2
    assert [mark.note for mark in store.marks(key)] == ["look"]
    assert store.draft(key) == "and then"
    assert store.waiting() == [waits]
    assert sum(row.chars for row in store.usage("p")) == 14
    store.close()


async def test_nothing_is_kept_in_memory_if_the_place_is_there_at_the_end(
    tmp_path: Path, engines: Callable[..., Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refuge.regained, "__defaults__", (60.0,))
    blocked = tmp_path / "home"
    blocked.write_text("in the way")
    async with Service(GetDasAgentSSE=[Reply(das("CPU high") + SUMMARY)]) as service:
        engine = engines(blocked / "data" / "history.db", service.url)
        key = await get(engine.ask("why?", service="das"))
        await get(engine.wait(key))
        blocked.unlink()
        assert engine.close(PATIENCE)
    assert engine.unstored == ""
    store = Store.open(blocked / "data" / "history.db", read_only=True)
    assert store.get(key).state is State.FINISHED
    store.close()


async def test_a_damaged_list_of_sessions_is_noticed_and_left_alone(
    tmp_path: Path, engines: Callable[..., Engine], until: Until
) -> None:
    path = tmp_path / "history.db"
    store = Store.open(path)
    for number in range(400):
        store.create(Session(f"k{number}", "dms", title="a title of some length " * 5))
    store.close()
    content = bytearray(path.read_bytes())
    for page in range(6, len(content) // 4096 - 1):
        content[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    path.write_bytes(content)
    engine = engines(path)
    assert engine.note.startswith("not stored: ")
    assert "is damaged" in engine.note
    assert "das-tui doctor" in engine.note
    assert await get(engine.sessions()) == []
    assert path.read_bytes() == bytes(content)
    # Moved away by hand, it makes room for a new one.
    path.rename(tmp_path / "damaged.db")
    await until(lambda: not engine.note)
    assert path.exists()


async def test_an_error_in_the_engine_ends_it_and_what_came_is_stored(
    tmp_path: Path, engines: Callable[..., Engine], until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "history.db"
    gate = asyncio.Event()
    answer = Reply(das("CPU high") + SUMMARY, hold_body=gate)
    async with Service(GetDasAgentSSE=[answer]) as service:
        engine = engines(path, service.url)
        key = await get(engine.ask("why?", service="das"))
        await until(lambda: len(service.calls) == 1)

        def broken(*_: object, **__: object) -> None:
            raise ZeroDivisionError("a mistake")

        monkeypatch.setattr(Kept, "refresh", broken)
        assert engine._loop is not None
        engine._loop.call_soon_threadsafe(broken)
        await until(lambda: engine._thread is not None and not engine._thread.is_alive())
        gate.set()
    assert isinstance(engine.failure, ZeroDivisionError)
    store = Store.open(path, read_only=True)
    assert next(store.load(key)).event == "question_asked"
    store.close()


async def test_what_the_disk_refuses_beside_a_conflict_is_kept(tmp_path: Path) -> None:
    """Of three sessions the first is in conflict and the second does not fit: neither it nor the
    third is lost."""
    store, other = Store.open(tmp_path / "h.db"), Store.open(tmp_path / "h.db")
    rows = [Session(key, "dms") for key in ("a", "b", "c")]
    for row in rows:
        store.create(row)
    theirs = Record(1, 1, 0.0, "dms", "", b"theirs")
    other.append([Appended("a", [theirs], replace(rows[0], records=1, frames=1))])
    told: list[str] = []
    writer = Writer(store, lambda: 0.0, lambda *_: None, told.append)
    sizes = {"a": 10, "b": 3_000_000, "c": 10}
    batch = [
        Appended(
            row.key,
            [Record(1, 1, 0.0, "dms", "", b"x" * sizes[row.key])],
            replace(row, records=1, frames=1),
        )
        for row in rows
    ]
    pages = store._db.execute("PRAGMA page_count").fetchone()[0]
    store._db.execute(f"PRAGMA max_page_count = {pages + 20}")
    writer._commit(batch)
    assert told == ["the disk is full"]
    assert writer.unstored == {"b", "c"}
    store._db.execute("PRAGMA max_page_count = 1000000")
    writer.close()
    assert (told, writer.unstored) == (["the disk is full", ""], frozenset())
    assert [len(list(store.load(row.key))) for row in rows] == [2, 1, 1]
    store.close()
    other.close()


def test_a_store_that_can_only_be_read_is_written_once_it_can(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    store = Store.open(path)
    store.create(Session("k", "dms", title="kept"))
    store.close()
    runs = Path(f"{path}-runs")
    with pytest.MonkeyPatch.context() as patch:

        def refused(path: Path) -> None:
            raise PermissionError(30, "Read-only file system")

        patch.setattr("das_tui.store.store.private_folder", refused)
        store = Store.at_best(path)
        assert store.hint == "not stored: Read-only file system"
        assert [row.title for row in store.sessions()] == ["kept"]
        assert store.claim("k")
        with pytest.raises(NotStored, match="read-only"):
            store.set_draft("k", "x")
        assert not store.regain()
        assert not runs.exists()
    assert store.regain()
    assert not store.is_lost
    store.set_draft("k", "x")
    assert store.usage("p") == []
    store.append([Appended("k", (), Session("k", "dms"), [UsageRow("k", 1, 1.0, "p", 5, False)])])
    assert len(store.usage("p")) == 1
    store.put_mark("k", Bookmark(0, "", 0.0))
    assert list(runs.iterdir())
    store.close()

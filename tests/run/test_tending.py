"""Sessions tended through the engine: deleted and removed later, seen by level, kept whole."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from das_tui.domain.events import QuestionAsked
from das_tui.domain.record import Frame
from das_tui.domain.session import Session, State, read_levels, write_levels
from das_tui.run import past
from das_tui.run.engine import Engine
from das_tui.run.tending import KEPT_SECONDS, due
from das_tui.store.store import Store
from tests.run.conftest import PATIENCE

Until = Callable[[Callable[[], Any]], Awaitable[Any]]

NOW = 1_765_432_000.0


class Place:
    """Engines on one store, at a time of their own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now = NOW
        self.engines: list[Engine] = []

    def start(self) -> Engine:
        engine = Engine(self.path, None, lambda: None, clock=lambda: self.now)
        self.engines.append(engine)
        engine.start()
        return engine

    def stop(self) -> None:
        while self.engines:
            assert self.engines.pop().close(PATIENCE)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    made = Place(tmp_path / "history.db")
    store = Store.open(made.path)
    for key in ("a", "b"):
        past.keep(store, Session(key, "dms", title=key, created_at=1.0), story())
    store.close()
    yield made
    await asyncio.to_thread(made.stop)


def story() -> list[tuple[float, Any]]:
    """A question, two answers of level 10 and one of 40, a failed call."""
    frames = [
        {"content_type": "str", "category": "llm", "content": f"line {at}", "level": level}
        for at, level in enumerate((10, 10, 40))
    ]
    items: list[tuple[float, Any]] = [(1.0, QuestionAsked(text="q"))]
    for at, frame in enumerate(frames):
        items.append((2.0 + at, Frame("", json.dumps(frame).encode())))
        items.append((2.5 + at, QuestionAsked(text=f"q{at}")))
    return [*items[:-1], (9.0, Frame("SSE_FINISH", b"{}"))]


async def get(future: "Future[Any]") -> Any:
    return await asyncio.wait_for(asyncio.wrap_future(future), PATIENCE)


def is_gone(engine: Engine, key: str) -> bool:
    """Whether it was told that a session is removed for good."""
    change = engine.feed.drain().get(key)
    return change is not None and change.gone


async def test_a_deleted_session_is_whole_for_a_week(place: Place, until: Until) -> None:
    engine = place.start()
    await get(engine.discard("a"))
    assert [row.key for row in await get(engine.sessions())] == ["b"]
    await asyncio.to_thread(place.stop)
    place.now += KEPT_SECONDS - 1
    engine = place.start()
    row = await get(engine.bring_back("a"))
    assert row.deleted_at == 0.0
    assert len(await get(engine.records("a", 1, 99))) == 7
    await get(engine.discard("a"))
    await asyncio.to_thread(place.stop)
    place.now += KEPT_SECONDS + 1
    engine = place.start()
    await until(lambda: is_gone(engine, "a"))
    await asyncio.to_thread(place.stop)
    store = Store.open(place.path)
    assert [row.key for row in store.sessions(archived=True)] == ["b"]
    assert due(store, place.now + 2 * KEPT_SECONDS) == []
    store.close()


async def test_one_that_was_put_away_is_brought_back_to_where_it_was(place: Place) -> None:
    engine = place.start()
    await get(engine.archive("a"))
    await get(engine.discard("a"))
    row = await get(engine.bring_back("a", archived=True))
    assert (row.archived, row.deleted_at) == (True, 0.0)
    assert (await get(engine.pin("a"))).pinned


async def test_what_waits_is_told_of_though_it_was_put_away(place: Place) -> None:
    store = Store.open(place.path)
    store.change("a", archived=True, state=State.NEEDS_INPUT)
    store.change("b", archived=True)
    store.close()
    engine = place.start()
    assert [row.key for row in await get(engine.sessions())] == ["a"]
    await get(engine.discard("a"))
    assert await get(engine.sessions()) == []


def test_unread_blocks_are_counted_by_level(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "history.db")
    row = past.keep(store, Session("a", "dms", created_at=1.0), story())
    store.close()
    levels = read_levels(row.fresh)
    assert sum(levels.values()) == row.blocks == row.unread
    assert levels[10] == 2
    assert row.unread_at(0) == row.blocks
    assert row.unread_at(20) == row.blocks - 2
    assert row.unread_at(99) == levels[None]


async def test_seen_takes_the_unread_and_their_errors_away(place: Place) -> None:
    store = Store.open(place.path)
    whole = store.get("a")
    store.change("a", errors=2, errors_seen=0)
    store.close()
    engine = place.start()
    row = await get(engine.seen("a", 3))
    assert (row.seen, row.unread, row.unread_errors) == (3, whole.blocks - 3, 2)
    assert row.unread_at(99) == row.unread, "their levels are not known any more"
    row = await get(engine.seen("a", whole.blocks))
    assert (row.unread, row.unread_at(0), row.unread_errors) == (0, 0, 0)
    row = await get(engine.seen("a", 2))
    assert row.seen == whole.blocks


@pytest.mark.parametrize("text", ["", "20:3", "10:1 20:3 *:2"])
def test_levels_as_text(text: str) -> None:
    assert write_levels(read_levels(text)) == text


@pytest.mark.parametrize("text", ["x", "20", "20:x", ":3", "20:-1", "\x00:1", "²:1"])
def test_what_is_no_text_of_levels_gives_none(text: str) -> None:
    assert read_levels(text) == {}

"""Long sessions come from the shelf as they would come from their records, and go on from there."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from das_tui.domain.blocks import Block
from das_tui.domain.events import QuestionAsked
from das_tui.domain.record import Frame
from das_tui.domain.session import Session, State
from das_tui.domain.shelf import CHUNK
from das_tui.domain.turn import Turn
from das_tui.run import past, replay, shelving
from das_tui.run.account import Account
from das_tui.run.bookcase import Bookcase
from das_tui.run.engine import Engine
from das_tui.store.store import Store
from das_tui.tui.desk import Desk
from das_tui.view.spec import ViewSpec
from das_tui.wire.credentials import StaticProvider
from tests.run.conftest import AT_ONCE, PATIENCE
from tests.run.scripted_service import Reply, Service, das

Until = Callable[[Callable[[], Any]], Awaitable[Any]]
KEY = "long"


def tool(number: int, say: Callable[[str], str] = str) -> bytes:
    """An event that makes two blocks: a piece of an answer, and a call."""
    return das(say(f"part {number}. "), ToolName="SqlFilter", ToolParams=[f"--n {number}"])


def frame(event: bytes) -> Frame:
    return Frame("", event.removeprefix(b"data:").strip())


def seed(path: Path, *, turns: int, calls: int, say: Callable[[str], str] = str) -> None:
    """A DAS session of several questions, each with many calls, in the words of `say`."""
    items: list[tuple[float, Any]] = []
    at = 1.7e9
    for turn in range(turns):
        at += 60
        items.append((at, QuestionAsked(text=say(f"question {turn}"))))
        items += [(at + 0.001 * n, frame(tool(n, say))) for n in range(calls)]
        items.append((at + 1, frame(das("", "summary", CharCount=calls))))
    row = Session(KEY, "das", "id-1", title="long", created_at=1.7e9, last_at=at, since=at)
    store = Store.open(path)
    past.keep(store, row, items)
    store.close()


def from_records(path: Path, key: str = KEY) -> list[Block]:
    """All blocks of a session by way of its records."""
    store = Store.open(path, read_only=True)
    turn = Turn()
    for record in store.load(key):
        replay.apply(turn, replay.read(record), record.at, record.position)
    store.close()
    return turn.blocks


class Viewer:
    """An engine, and the desk of a drawing thread before it."""

    def __init__(self, path: Path, url: str = "") -> None:
        account = None
        if url:
            account = Account(
                provider=StaticProvider("ak", "secret"), das_endpoint=url, dms_endpoint=url
            )
        self.engine = Engine(path, account, lambda: None, backoff=AT_ONCE)
        self.engine.start()
        self.desk = Desk(ViewSpec(width=80, threshold=0), lambda: 0.0)
        self.desk.reader = Bookcase(path).reader
        self.shelf = 0
        self.shelved = 0

    def look(self) -> "Viewer":
        changes = self.engine.feed.drain()
        for change in changes.values():
            if change.reset:
                self.shelf = len(change.shelf) * CHUNK
            self.shelved = max(self.shelved, change.shelved or 0)
        self.desk.take(changes)
        return self

    async def open(self, key: str = KEY) -> None:
        await get(self.engine.open(key))
        self.look()

    def blocks(self, key: str = KEY) -> list[Block]:
        transcript = self.look().desk.transcripts[key]
        return [transcript.block(at) for at in range(len(transcript))]

    def state(self, key: str = KEY) -> State:
        return self.look().desk.sessions[key].state


async def get(future: "Future[Any]") -> Any:
    return await asyncio.wait_for(asyncio.wrap_future(future), PATIENCE)


View = Callable[..., Viewer]


@pytest.fixture
async def view(tmp_path: Path) -> AsyncIterator[View]:
    made: list[Viewer] = []

    def start(url: str = "") -> Viewer:
        made.append(Viewer(tmp_path / "history.db", url))
        return made[-1]

    yield start
    for viewer in made:
        assert await asyncio.to_thread(viewer.engine.close, PATIENCE)


async def packed(viewer: Viewer, until: Until) -> None:
    """Until the session is on the shelf as a whole."""
    store = Store.open(viewer.engine._path, read_only=True)

    def whole() -> bool:
        found = store.shelf(KEY)
        return found is not None and found.records == store.get(KEY).records

    await until(whole)
    store.close()


async def test_the_second_look_comes_from_the_shelf(
    tmp_path: Path, view: View, until: Until
) -> None:
    path = tmp_path / "history.db"
    seed(path, turns=3, calls=300)
    wanted = from_records(path)
    first = view()
    await first.open()
    assert first.shelf == 0
    overview = first.desk.overviews[KEY]
    assert first.blocks() == wanted
    await until(lambda: first.look().shelved)
    assert first.blocks() == wanted
    await packed(first, until)
    assert await asyncio.to_thread(first.engine.close, PATIENCE)

    second = view()
    await second.open()
    assert second.shelf == len(wanted) // CHUNK * CHUNK
    assert second.blocks() == wanted
    assert second.desk.overviews[KEY] == overview


async def test_a_question_goes_on_behind_what_is_packed(
    tmp_path: Path, view: View, until: Until
) -> None:
    path = tmp_path / "history.db"
    seed(path, turns=2, calls=400)
    first = view()
    await first.open()
    await packed(first, until)
    assert await asyncio.to_thread(first.engine.close, PATIENCE)

    async with Service() as service:
        pieces = [das("more "), das("to say"), das("", "summary", CharCount=11)]
        service.scripts["GetDasAgentSSE"] = [Reply(b"".join(pieces))]
        second = view(service.url)
        await second.open()
        assert second.shelf
        await get(second.engine.ask("and now?", service="das", key=KEY))
        await until(lambda: second.state() is State.FINISHED)
        wanted = from_records(path)
        assert second.blocks() == wanted
        assert second.desk.overviews[KEY].chars == 400 + 400 + 11
        await packed(second, until)
        assert second.blocks() == wanted
        await second.open()
        assert second.blocks() == wanted
    third = view()
    await third.open()
    assert third.shelf
    assert third.blocks() == wanted


@pytest.mark.parametrize("harm", ["version", "head", "body", "standing", "missing"])
async def test_a_broken_shelf_costs_only_time(
    tmp_path: Path, view: View, until: Until, harm: str
) -> None:
    path = tmp_path / "history.db"
    seed(path, turns=2, calls=400)
    wanted = from_records(path)
    first = view()
    await first.open()
    await packed(first, until)
    assert await asyncio.to_thread(first.engine.close, PATIENCE)
    store = Store.open(path)
    statement = {
        "version": "UPDATE shelf SET version = 999",
        "head": "UPDATE chunk_head SET head = x'00' WHERE rowid = (SELECT max(id) FROM chunk_head)",
        "body": "UPDATE chunk_body SET body = x'00' WHERE rowid = (SELECT min(id) FROM chunk_body)",
        "standing": "UPDATE shelf SET standing = x'5b5d'",
        "missing": "DELETE FROM chunk_head WHERE rowid = (SELECT min(id) FROM chunk_head)",
    }[harm]
    store._db.execute(statement)
    store.close()

    second = view()
    await second.open()
    shown = second.blocks()
    assert len(shown) == len(wanted)
    if harm == "body":
        assert shown[CHUNK:] == wanted[CHUNK:]
        assert "could not be read" in repr(shown[0])
    else:
        assert second.shelf == 0
        assert shown == wanted
        await packed(second, until)


async def test_a_long_live_run_is_packed_as_it_goes(
    tmp_path: Path, view: View, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelving, "MOST", CHUNK * 3)
    monkeypatch.setattr(shelving, "HERE", CHUNK)
    path = tmp_path / "history.db"
    body = b"".join(tool(number) for number in range(2_000))
    async with Service(GetDasAgentSSE=[Reply(body, end="open")]) as service:
        viewer = view(service.url)
        key = await get(viewer.engine.ask("a long one", service="das"))
        await viewer.open(key)
        await until(lambda: viewer.look().desk.sessions[key].frames == 2_000)
        await until(lambda: viewer.look().shelved >= CHUNK * 12)
        assert viewer.state(key) is State.LIVE
        assert viewer.blocks(key) == from_records(path, key)
        await get(viewer.engine.stop(key))
        await until(lambda: viewer.state(key) is State.CANCELLED)
        wanted = from_records(path, key)
        assert viewer.blocks(key) == wanted
        await viewer.open(key)
        assert viewer.shelf >= CHUNK * 12
        assert viewer.blocks(key) == wanted

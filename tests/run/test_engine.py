"""The engine thread: commands go in, coalesced changes come out, and it ends when it is told to."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from das_tui.domain.blocks import Answer, Block, Question
from das_tui.domain.events import QuestionAsked
from das_tui.domain.record import Frame
from das_tui.domain.session import Overview, Session, State
from das_tui.domain.shelf import CHUNK
from das_tui.run import past
from das_tui.run.account import Account
from das_tui.run.engine import KEPT, Engine
from das_tui.run.errors import Offline, ReadOnly
from das_tui.run.feed import MOST, Change
from das_tui.store.errors import StoreError, UnknownSession, UnsafePlace
from das_tui.store.store import Store
from das_tui.wire.credentials import StaticProvider
from tests.run.conftest import AT_ONCE, PATIENCE
from tests.run.scripted_service import (
    FINISH,
    Journal,
    Reply,
    Service,
    created,
    das,
    dms,
    sent,
)

Until = Callable[[Callable[[], Any]], Awaitable[Any]]

SUMMARY = das("", "summary", CharCount=7)


class Screen:
    """What a drawing thread would hold: it drains the feed whenever it is woken."""

    def __init__(self) -> None:
        self.engine: Engine | None = None
        self.wakes = 0
        self.sessions: dict[str, Session] = {}
        self.overviews: dict[str, Overview] = {}
        self.blocks: dict[str, dict[int, Block]] = {}
        self.changes: list[tuple[str, Change]] = []
        self.gone: list[str] = []

    def wake(self) -> None:
        self.wakes += 1

    def look(self) -> "Screen":
        assert self.engine is not None
        for key, change in self.engine.feed.drain().items():
            self.changes.append((key, change))
            if change.reset:
                self.blocks[key] = {}
            if change.gone:
                self.gone.append(key)
            self.blocks.setdefault(key, {}).update(change.blocks)
            if change.session is not None:
                self.sessions[key] = change.session
            if change.overview is not None:
                self.overviews[key] = change.overview
        return self

    def state(self, key: str) -> State | None:
        found = self.look().sessions.get(key)
        return found.state if found else None


class Desk:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.engines: list[Engine] = []
        self.screen = Screen()

    def start(self, url: str = "", *, screen: Screen | None = None, **account: Any) -> Engine:
        made = Account(
            provider=StaticProvider("ak", "secret"), das_endpoint=url, dms_endpoint=url, **account
        )
        return self.begin(made if url else None, screen or self.screen)

    def begin(self, account: Account | None, screen: Screen) -> Engine:
        engine = Engine(self.path, account, screen.wake, backoff=AT_ONCE)
        screen.engine = engine
        self.engines.append(engine)
        engine.start()
        return engine


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    made = Desk(tmp_path / "data" / "history.db")
    yield made
    for engine in made.engines:
        assert await asyncio.to_thread(engine.close, PATIENCE)


async def get(future: "Future[Any]") -> Any:
    return await asyncio.wait_for(asyncio.wrap_future(future), PATIENCE)


async def test_start_and_close_are_quick_and_leave_no_thread(tmp_path: Path) -> None:
    before = threading.active_count()
    began = time.perf_counter()
    engine = Engine(tmp_path / "history.db", None, lambda: None)
    engine.start()
    assert await get(engine.sessions()) == []
    assert engine.close(5.0)
    assert time.perf_counter() - began < 2.0
    assert threading.active_count() == before
    assert engine.close(5.0)
    with pytest.raises(StoreError):
        engine.sessions().result(1)


async def test_a_run_is_shown_as_it_was_stored(desk: Desk, until: Until) -> None:
    async with Service(GetDasAgentSSE=[Reply(das("CPU ") + das("high") + SUMMARY)]) as service:
        engine = desk.start(service.url)
        key = await get(engine.ask("why?", service="das"))
        await get(engine.open(key))
        row = await get(engine.wait(key))
        await until(lambda: desk.screen.state(key) is State.FINISHED)
    screen = desk.screen
    assert screen.sessions[key] == row
    assert [block.body for block in screen.blocks[key].values()] == [
        Question("why?"),
        Answer("CPU high"),
    ]
    assert screen.overviews[key].chars == 7
    with_file = Store.open(desk.path, read_only=True)
    assert with_file.get(key) == row
    with_file.close()


async def test_blocks_come_only_for_what_was_opened(desk: Desk, until: Until) -> None:
    async with Service(GetDasAgentSSE=[Reply(das("CPU high") + SUMMARY)]) as service:
        engine = desk.start(service.url)
        key = await get(engine.ask("why?", service="das"))
        await until(lambda: desk.screen.state(key) is State.FINISHED)
        assert desk.screen.blocks[key] == {}
        await get(engine.open(key))
    assert len(desk.screen.look().blocks[key]) == 2
    assert desk.screen.changes[-1][1].reset


async def test_one_wake_for_each_time_the_feed_fills(desk: Desk, until: Until) -> None:
    body = b"".join(das(f"{n} ") for n in range(2000)) + SUMMARY
    async with Service(GetDasAgentSSE=[Reply(body)]) as service:
        engine = desk.start(service.url)
        key = await get(engine.ask("why?", service="das"))
        await get(engine.wait(key))
        assert desk.screen.wakes == 1
        desk.screen.look()
        await get(engine.rename(key, "other"))
        await get(engine.rename(key, "again"))
        assert desk.screen.wakes == 2
    assert desk.screen.look().sessions[key].title == "again"


def long_session(store: Store, count: int, key: str = "long") -> None:
    items: list[Any] = [(1.0, QuestionAsked(text="q"))]
    for n in range(1, count + 1):
        raw = dms("data", "task_finish", f"step {n}", checkpoint=n).raw
        items.append((1.0 + n, Frame("", raw[6:].strip())))
    past.keep(store, Session(key, "dms", session_id="s", created_at=1.0), items)


async def test_a_long_session_opens_in_chunks_while_a_run_goes_on(desk: Desk, until: Until) -> None:
    store = Store.open(desk.path)
    long_session(store, 3000)
    store.close()
    async with Service(GetDasAgentSSE=[Reply(das("live") + SUMMARY)]) as service:
        engine = desk.start(service.url)
        opening = engine.open("long")
        key = await get(engine.ask("why?", service="das"))
        assert not opening.done(), "the question had to wait for the whole session"
        await get(opening)
        await get(engine.wait(key))
    blocks = desk.screen.look().blocks["long"]
    assert sorted(blocks) == list(range(3001))
    assert desk.screen.sessions["long"].frames == 3000


async def test_a_thread_that_does_not_draw_misses_nothing_and_holds_up_nothing(
    desk: Desk, until: Until
) -> None:
    """Nobody looks into the feed while twice of what it keeps arrives."""
    count = 2 * MOST
    steps = [dms("data", "task_finish", f"step {n}", checkpoint=n) for n in range(1, count + 1)]
    reply = Reply(b"".join(step.raw for step in steps), hold_body=asyncio.Event(), end="open")
    async with Service(
        CreateDataAgentSession=[created()], SendChatMessage=[sent()], GetChatContent=[reply]
    ) as service:
        engine = desk.start(service.url)
        key = await get(engine.ask("count", service="dms"))
        await get(engine.open(key))
        assert desk.screen.look().blocks[key]
        assert reply.hold_body is not None
        reply.hold_body.set()
        store = Store.open(desk.path, read_only=True)
        await until(lambda: store.get(key).frames == count)
        assert len(engine.feed._changes[key].blocks) <= MOST
        resets = [change for _, change in desk.screen.changes if change.reset]
        began = time.monotonic()
        await until(lambda: desk.screen.look().changes[-1][1].reset)
        took = time.monotonic() - began
        newest = desk.screen.changes[-1][1]
        assert newest not in resets
        known = len(newest.shelf) * CHUNK
        assert sorted(newest.blocks) == list(range(known, known + len(newest.blocks)))
        assert known + len(newest.blocks) == store.get(key).blocks > count
        store.close()
        assert took < 1.0


async def test_only_some_idle_sessions_stay_in_memory(desk: Desk) -> None:
    store = Store.open(desk.path)
    for n in range(KEPT + 3):
        long_session(store, 3, f"s{n}")
    store.close()
    engine = desk.start()
    for n in range(KEPT + 3):
        await get(engine.open(f"s{n}"))
    assert engine._supervisor is not None
    assert len(engine._supervisor.memory.kept) == KEPT
    assert engine._opened == {f"s{n}" for n in range(3, KEPT + 3)}
    desk.screen.look()
    desk.screen.changes.clear()
    await get(engine.open("s0"))
    ((key, change),) = desk.screen.look().changes
    assert (key, change.reset, len(change.blocks)) == ("s0", True, 4)


async def test_the_operators_changes_are_kept(desk: Desk) -> None:
    store = Store.open(desk.path)
    long_session(store, 3)
    store.close()
    engine = desk.start()
    await get(engine.open("long"))
    assert desk.screen.look().sessions["long"].unread == 4
    await get(engine.seen("long", 4))
    await get(engine.seen("long", 2))
    await get(engine.rename("long", "new name"))
    await get(engine.set_draft("long", "half"))
    assert desk.screen.look().sessions["long"].unread == 0
    assert [row.title for row in await get(engine.sessions())] == ["new name"]
    await get(engine.archive("long"))
    assert await get(engine.sessions()) == []
    assert len(await get(engine.sessions(archived=True))) == 1
    engine.close(5)
    engine = desk.start()
    assert await get(engine.draft("long")) == "half"
    await get(engine.archive("long", archived=False))
    await get(engine.delete("long"))
    assert desk.screen.look().gone == ["long"]
    with pytest.raises(UnknownSession):
        await get(engine.open("long"))


async def test_without_an_account_all_can_be_read_and_nothing_sent(desk: Desk) -> None:
    store = Store.open(desk.path)
    long_session(store, 3)
    store.close()
    engine = desk.start()
    assert (await get(engine.open("long"))).key == "long"
    for future in (
        engine.ask("q", service="das"),
        engine.reply("long", "approve"),
        engine.stop("long"),
        engine.follow("long"),
        engine.attach("s", "a", 0),
    ):
        with pytest.raises(Offline):
            await get(future)


async def test_a_read_only_profile_sends_nothing(desk: Desk) -> None:
    engine = desk.start("http://127.0.0.1:9", read_only=True)
    with pytest.raises(ReadOnly):
        await get(engine.ask("q", service="das"))


async def test_dms_runs_go_on_at_the_service_and_are_followed_at_the_next_start(
    desk: Desk, until: Until
) -> None:
    steps = [
        dms("chat_start", checkpoint=1),
        dms("delta", "llm", "a", checkpoint=2),
        dms("chat_finish", "chat", checkpoint=3),
        FINISH,
    ]
    streams = [Reply(steps[0].raw, end="open")]
    journal = Journal(steps)
    async with Service(
        CreateDataAgentSession=[created()],
        SendChatMessage=[sent()],
        GetChatContent=lambda call: (
            streams.pop(0) if streams else Reply(journal.body(call.checkpoint))
        ),
    ) as service:
        engine = desk.start(service.url)
        key = await get(engine.ask("q", service="dms"))
        await until(lambda: desk.screen.state(key) is State.LIVE)
        assert await asyncio.to_thread(engine.close, 5.0)
        store = Store.open(desk.path, read_only=True)
        assert store.get(key).state is State.LIVE
        store.close()
        engine = desk.start(service.url)
        await until(lambda: desk.screen.state(key) is State.FINISHED)
    assert len(service.asked("SendChatMessage")) == 1


async def test_a_paid_answer_is_received_to_its_end_headless(desk: Desk, until: Until) -> None:
    gate = asyncio.Event()
    async with Service(GetDasAgentSSE=[Reply(das("x") + SUMMARY, hold_body=gate)]) as service:
        engine = desk.start(service.url)
        key = await get(engine.ask("q", service="das"))
        await until(lambda: service.calls)
        assert engine.paid
        closing = asyncio.create_task(asyncio.to_thread(engine.close, PATIENCE, wait_for_paid=True))
        await until(lambda: engine._leave is not None and engine._leave.is_set())
        gate.set()
        assert await closing
    assert not engine.paid
    store = Store.open(desk.path, read_only=True)
    assert store.get(key).state is State.FINISHED
    store.close()


async def test_a_run_of_another_instance_is_followed_here(desk: Desk, until: Until) -> None:
    gate = asyncio.Event()
    async with Service(
        GetDasAgentSSE=[Reply(das("CPU high") + SUMMARY, hold_body=gate)]
    ) as service:
        engine = desk.start(service.url)
        other_screen = Screen()
        other = desk.start(service.url, screen=other_screen)
        key = await get(engine.ask("why?", service="das"))
        await until(lambda: other_screen.state(key))
        await get(other.open(key))
        assert len(other_screen.look().blocks[key]) == 1
        gate.set()
        await until(lambda: other_screen.state(key) is State.FINISHED)
        assert other_screen.blocks[key][1].body == Answer("CPU high")
        await get(engine.delete(key))
        await until(lambda: key in other_screen.look().gone)
    assert len(service.calls) == 1


async def test_no_place_for_the_history_is_said_and_the_engine_runs(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    screen = Screen()
    engine = Engine(tmp_path / "file" / "sub" / "history.db", None, screen.wake)
    engine.start()
    assert engine.note.startswith("not stored: ")
    assert await get(engine.sessions()) == []
    assert engine.close(5)


async def test_a_damaged_history_is_said_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    path.write_bytes(b"not a database" * 300)
    engine = Engine(path, None, lambda: None)
    engine.start()
    assert "cannot be opened" in engine.note
    assert await get(engine.sessions()) == []
    assert engine.close(5)
    assert path.read_bytes() == b"not a database" * 300


async def test_a_place_of_others_is_refused(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    engine = Engine(shared / "history.db", None, lambda: None)
    with pytest.raises(UnsafePlace):
        engine.start()
    assert engine.close(5)


async def test_the_past_is_what_a_run_would_have_stored(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "history.db")
    long_session(store, 3)
    row = store.get("long")
    assert (row.records, row.frames, row.blocks, row.checkpoint) == (4, 3, 4, 3)
    assert row.state is State.LIVE
    assert row.last_at == 4.0
    assert [record.at for record in store.load("long")] == [1.0, 2.0, 3.0, 4.0]
    assert replace(row, state=State.IDLE).running is False
    store.close()


async def test_a_run_left_by_another_instance_is_taken_up(
    desk: Desk, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("das_tui.run.engine._LOOK_SECONDS", 0.05)
    monkeypatch.setattr("das_tui.run.engine._ORPHAN_SECONDS", 0.3)
    begun = dms("chat_start", "chat", '{"message":"q"}', 0, "json").raw
    rest = dms("chat_finish", "chat", "", 1).raw + FINISH.raw
    replies = [Reply(begun, end="open"), Reply(begun + rest)]
    async with Service(GetChatContent=replies) as service:
        engine = desk.start(service.url)
        other_screen = Screen()
        desk.start(service.url, screen=other_screen)
        key = await get(engine.attach("sess_1", "ag-1", 0))
        await until(lambda: other_screen.state(key) is State.LIVE)
        assert await asyncio.to_thread(engine.close, PATIENCE)
        await until(lambda: other_screen.state(key) is State.FINISHED)
    assert len(service.asked("GetChatContent")) == 2

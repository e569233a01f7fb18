"""The engine's commands on what the service has, from another thread than its own."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from das_tui.domain.blocks import Block, Notice
from das_tui.domain.session import Session, State
from das_tui.domain.setup import SessionSetup
from das_tui.run.account import Account
from das_tui.run.engine import Engine
from das_tui.run.files import DownloadProgress
from das_tui.wire.credentials import StaticProvider
from das_tui.wire.errors import NotReached
from tests.run.conftest import AT_ONCE, PATIENCE
from tests.run.served import from_web, serving

Until = Callable[[Callable[[], Any]], Awaitable[Any]]


class Screen:
    """What the feed has brought so far."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engines: list[Engine] = []
        self.sessions: dict[str, Session] = {}
        self.blocks: dict[str, dict[int, Block]] = {}

    def start(self, url: str) -> Engine:
        account = Account(
            provider=StaticProvider("ak", "secret"), das_endpoint=url, dms_endpoint=url
        )
        engine = Engine(self._path, account, lambda: None, backoff=AT_ONCE)
        self._engines.append(engine)
        engine.start()
        return engine

    def look(self) -> "Screen":
        for key, change in self._engines[-1].feed.drain().items():
            if change.session is not None:
                self.sessions[key] = change.session
            if change.reset:
                self.blocks[key] = {}
            self.blocks.setdefault(key, {}).update(change.blocks)
        return self

    def close(self) -> bool:
        return all(engine.close(PATIENCE) for engine in self._engines)


@pytest.fixture
async def screen(tmp_path: Path) -> AsyncIterator[Screen]:
    made = Screen(tmp_path / "data" / "history.db")
    yield made
    assert await asyncio.to_thread(made.close)


async def get(future: "Future[Any]") -> Any:
    return await asyncio.wait_for(asyncio.wrap_future(future), PATIENCE)


async def test_browse_open_and_read(screen: Screen, until: Until) -> None:
    with serving() as service:
        from_web(service)
        engine = screen.start(service.url)
        found = await get(engine.browse())
        (key,) = found.keys
        assert screen.look().sessions[key].origin == "service"
        assert screen.blocks[key] == {}
        await get(engine.open(key))
        await until(lambda: screen.look().sessions[key].state is State.FINISHED)
        assert len(screen.blocks[key]) > 3
        assert (await get(engine.browse(title="nothing like it"))).keys == ()


async def test_a_session_that_is_gone_says_so_where_it_was_opened(
    screen: Screen, until: Until
) -> None:
    with serving() as service:
        from_web(service).gone = True
        engine = screen.start(service.url)
        (key,) = (await get(engine.browse())).keys
        await get(engine.open(key))
        await until(lambda: screen.look().blocks[key])
    body = screen.blocks[key][0].body
    assert isinstance(body, Notice)
    assert body.text.startswith("gone at the service")


async def test_what_the_dialog_offers(screen: Screen) -> None:
    with serving() as service:
        engine = screen.start(service.url)
        agents = await get(engine.custom_agents())
        workspaces = await get(engine.workspaces())
        own = await get(engine.personal_workspace())
    assert agents[0].name
    assert workspaces[0].workspace_id
    assert own is not None


async def test_a_question_with_a_setup_files_feedback_and_a_report(
    screen: Screen, until: Until, tmp_path: Path
) -> None:
    told: list[tuple[DownloadProgress, int]] = []
    data = tmp_path / "rides.csv"
    data.write_bytes(b"day,rides\n")
    with serving(files_after=0.0) as service:
        engine = screen.start(service.url)
        file_id = await get(engine.upload(data))
        source = {"DataSourceType": "remote_data_center", "FileId": file_id}
        setup = SessionSetup(mode="ASK_DATA", sources=(source,))
        key = await get(engine.ask("How many rides?", service="dms", setup=setup))
        await get(engine.wait(key))
        await get(engine.report(key, "short"))
        await get(engine.wait(key))
        files = await get(engine.files(key))
        paths = await get(
            engine.download(
                key,
                [file.file_id for file in files],
                tmp_path / "out",
                lambda progress: told.append((progress, threading.get_ident())),
            )
        )
        await get(engine.feedback(key, "like"))
        assert file_id in service.hub.asked("SendChatMessage")[0]["DataSources"]
        assert service.hub.feedback[0]["FeedbackType"] == "LIKE"
    assert len(paths) == len(files) > 0
    assert told[-1][0].path == paths[-1]
    assert threading.get_ident() not in {thread for _, thread in told}


async def test_a_service_that_is_not_there(screen: Screen) -> None:
    with serving() as service:
        engine = screen.start(service.url)
    with pytest.raises(NotReached):
        await get(engine.browse())

"""R7, the app: random keys out of the whole table of actions, random sizes of the terminal and
random events on several streams, in any order; nothing may go uncaught and the screen must still
answer.

Programs outside (pager, editor, commands) are not started, and leaving the app leaves nothing.
"""

import asyncio
import contextlib
import json
import logging
import random
import tempfile
import time
import traceback
import unicodedata
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from textual.events import Key
from textual.geometry import Size
from textual.keys import _get_unicode_name_from_key

from das_tui.cli.seeding import seed
from das_tui.tui.actions import ACTIONS
from das_tui.tui.screens.help import HelpScreen
from tests.driving import Scene, hurried, options, playing
from tests.rig.figure import Figure, number
from tests.rig.fuzz import SEED, mutated, recorded
from tests.rig.payloads import odd
from tests.rig.raw_server import RawServer, Request, reset
from tests.tui.served import account

STEPS = 20_000
_ROUND = 200
"""Steps after which the screen is asked whether it still answers."""

_BREATH = 8
"""Steps after which the app comes to rest."""

_STREAMS = 6
_PATIENCE = 30.0
_KEYS = tuple(dict.fromkeys(key for action in ACTIONS for key in action.keys))
_WORDS = tuple(action.word for action in ACTIONS)
_TEXT = (*"aqz089 ./-~*[\\", "行", "é", "\u202e", "\u200b", "😀")
_FAULTS = ("run ended by", "observer failed", "engine ended", "internal error", "not handed over")
_SIZES = ((120, 36), (80, 24), (200, 60), (60, 20), (40, 12), (24, 6), (10, 3), (2, 2), (1, 1))


@dataclass
class Walk:
    """What a walk of `steps` steps did: `faults` are exceptions that nobody caught and mistakes
    that the program noted, `silent` says where the screen did not answer."""

    steps: int
    faults: list[str] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)


def measure(steps: int) -> Iterable[Figure]:
    """A walk of so many steps, in parts that each begin with a new app."""
    faults: list[str] = []
    silent: list[str] = []
    taken = 0
    part = 2_000
    for start in range(0, steps, part):
        walk = asyncio.run(walked(min(part, steps - start), SEED + start))
        taken += walk.steps
        silent += [f"seed {SEED + start}, {one}" for one in walk.silent]
        faults += walk.faults
    for fault in [*faults[:5], *silent[:5]]:
        print(f"steps: {fault}"[:600])
    of = number(steps)
    yield Figure(
        "R7",
        "app: keys, sizes and events in any order",
        f"{len(faults)} of {number(taken)}",
        f"0 of {of}",
        not faults and taken == steps,
    )
    yield Figure(
        "R7", "app: times that the screen did not answer", str(len(silent)), "0", not silent
    )


class Service:
    """Streams that say anything, and answers for everything else."""

    def __init__(self, source: random.Random) -> None:
        self._source = source
        self._streams: list[tuple[str, asyncio.StreamWriter, asyncio.Event]] = []
        self._known = {
            name: [*recorded(name), *(one for one in odd(name) if len(one) < 4_000)]
            for name in ("das", "chat", "dms")
        }
        self._made = 0

    async def answer(self, request: Request, writer: asyncio.StreamWriter) -> bool:
        """Open a stream, or answer at once."""
        action = request.action
        if action not in {"GetChatContent", "GetDasAgentSSE"}:
            return await self._said(action, writer)
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
        )
        over = asyncio.Event()
        self._streams.append(("dms" if action == "GetChatContent" else "das", writer, over))
        while len(self._streams) > _STREAMS:
            self._end(self._streams[0])
        await over.wait()
        return False

    async def _said(self, action: str, writer: asyncio.StreamWriter) -> bool:
        self._made += action == "CreateDataAgentSession"
        inner: object = {
            "SessionId": f"sess-{self._made}",
            "AgentId": "ag-1",
            "AgentStatus": "RUNNING",
            "SessionStatus": "RUNNING",
            "MessageId": "m",
        }
        if action.startswith("List"):
            inner = self._source.choice(([], [inner], None, "none", {"List": [inner]}))
        value = {"RequestId": "r", "Success": self._source.random() < 0.9, "Data": inner}
        body = json.dumps(value).encode()
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
        )
        await writer.drain()
        return True

    def _end(self, stream: tuple[str, asyncio.StreamWriter, asyncio.Event]) -> None:
        self._streams.remove(stream)
        stream[2].set()

    def event(self) -> None:
        """One thing more on one of the streams: an event of any kind, bytes that are none, or its
        end."""
        source = self._source
        self._streams = [one for one in self._streams if not one[1].is_closing()]
        if not self._streams:
            return
        stream = source.choice(self._streams)
        kind, writer, _ = stream
        draw = source.random()
        if draw < 0.02:
            if source.random() < 0.5:
                reset(writer)
            self._end(stream)
            return
        payload = source.choice(self._known[kind if draw < 0.95 else "chat"])
        if draw < 0.3:
            payload = mutated(payload, source)
        name = source.choice((b"", b"", b"event: data\n", b"event: delta\n", b"event: \xff\n"))
        lines = b"".join(b"data: %s\n" % line for line in payload.split(b"\n"))
        writer.write(name + lines + b"\n" if draw < 0.9 else payload)


class Walker:
    """Takes steps in one app."""

    def __init__(self, scene: Scene, service: Service, source: random.Random) -> None:
        self._scene = scene
        self._service = service
        self._source = source

    def step(self) -> None:
        """One key, one word and argument, one size, or one event."""
        source = self._source
        draw = source.random()
        if draw < 0.50:
            self._key(source.choice(_KEYS))
        elif draw < 0.58:
            self._text(source.choice(_TEXT))
        elif draw < 0.62:
            self._key("colon")
            argument = source.choice(("", "", " 1", " ../a", " x y", " 12:30", " 行"))
            for character in source.choice(_WORDS) + argument:
                self._text(character)
            self._key("enter")
        elif draw < 0.66:
            self._key("escape")
        elif draw < 0.72:
            self._resize(*source.choice(_SIZES))
        else:
            self._service.event()

    def _key(self, key: str) -> None:
        try:
            character: str | None = unicodedata.lookup(_get_unicode_name_from_key(key))
        except KeyError:
            character = key if len(key) == 1 else None
        self._send(Key(key, character))

    def _text(self, character: str) -> None:
        self._send(Key("space" if character == " " else character, character))

    def _send(self, event: Key) -> None:
        driver = self._scene.app._driver
        assert driver is not None
        event.set_sender(self._scene.app)
        driver.send_message(event)

    def _resize(self, width: int, height: int) -> None:
        from textual.events import Resize

        size = Size(width, height)
        self._scene.app._driver._size = size  # type: ignore[union-attr]
        self._scene.app.post_message(Resize(size, size))

    async def answers(self) -> bool:
        """Whether a key still gets its answer: the help page comes up and goes."""
        self._resize(*_SIZES[0])
        main = self._scene.main
        scene = self._scene
        for _ in range(12):
            self._key("escape")
            await scene.pilot.pause()
            if scene.app.screen is main and main.pane not in {"composer", "dock", "prompt"}:
                break
        self._key("question_mark")
        if not await self._comes(lambda: isinstance(scene.app.screen, HelpScreen)):
            return False
        self._key("escape")
        return await self._comes(lambda: scene.app.screen is main)

    async def _comes(self, condition: Callable[[], bool]) -> bool:
        deadline = time.monotonic() + _PATIENCE
        while not condition():
            if time.monotonic() > deadline:
                return False
            await self._scene.pilot.pause(0.01)
        return True


async def walked(steps: int, seed_: int) -> Walk:
    """One app from its start to its end."""
    walk = Walk(0)
    source = random.Random(seed_)
    service = Service(source)
    loop = asyncio.get_running_loop()

    def uncaught(_: object, context: dict[str, Any]) -> None:
        # The streams that are open at the end are cancelled with the service.
        if not isinstance(context.get("exception"), asyncio.CancelledError):
            walk.faults.append(_told(context))

    loop.set_exception_handler(uncaught)
    with tempfile.TemporaryDirectory(prefix="das-tui-steps-") as name, _noted(walk), hurried():
        async with RawServer(service.answer) as server:
            try:
                async with _app(Path(name), server.url) as scene:
                    walker = Walker(scene, service, source)
                    await _steps(walk, steps, walker, scene)
            except Exception as error:
                said = "".join(traceback.format_exception(error)[-4:])
                walk.faults.append(f"seed {seed_}, step {walk.steps}: {said}")
    return walk


def _told(context: dict[str, Any]) -> str:
    error = context.get("exception")
    where = "".join(traceback.format_exception(error)[-3:]) if error is not None else ""
    return f"{context.get('message')}: {error!r} {where}"


async def _steps(walk: Walk, steps: int, walker: Walker, scene: Scene) -> None:
    for place in range(steps):
        if scene.app.fault is not None:
            return
        walker.step()
        walk.steps += 1
        if place % _BREATH == 0:
            await scene.pilot.pause()
        else:
            await asyncio.sleep(0)
        if place % _ROUND == _ROUND - 1 and not await walker.answers():
            main, seen = scene.main, type(scene.app.screen).__name__
            dock = main.dock.kind if main.dock is not None else ""
            walk.silent.append(f"step {walk.steps}: {seen} {main.pane} {dock}\n{scene.text()}")


@contextlib.asynccontextmanager
async def _app(folder: Path, url: str) -> AsyncIterator[Scene]:
    """The app with older sessions and some that are followed, in a folder of its own."""
    seed(folder / "history.db")
    given = options(
        None,
        folder / "history.db",
        account=account(url, concurrency=2),
        settings_path=folder / "settings.toml",
        level=0,
    )
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.chdir(folder))
        for act in ("pipe", "show", "page"):
            stack.enter_context(mock.patch(f"das_tui.tui.outside.{act}", return_value=""))
        stack.enter_context(mock.patch("das_tui.tui.outside.edit", lambda _, text, *__: text))
        stack.enter_context(mock.patch("das_tui.tui.app.DasApp.exit"))
        stack.enter_context(mock.patch.dict("os.environ", {"HOME": str(folder)}))
        async with playing(given) as scene:
            await scene.until(lambda: scene.main.ready, "the stored sessions")
            await scene.until(lambda: scene.app.engine, "the engine")
            assert scene.app.engine is not None
            for place in range(3):
                scene.app.engine.attach(f"sess-walk-{place}", "ag-1", 0)
            yield scene


@contextlib.contextmanager
def _noted(walk: Walk) -> Iterator[None]:
    """What the program itself calls a mistake."""

    class Noting(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said = record.getMessage()
            if any(fault in said for fault in _FAULTS):
                walk.faults.append(said)

    handler = Noting(logging.ERROR)
    logger = logging.getLogger("das_tui")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)

"""The real app on the real service, driven by keys, for tests and for the screenshots."""

import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from unittest import mock

from textual import _wait
from textual.events import Key
from textual.keys import _character_to_key
from textual.pilot import Pilot

from das_tui.cli.seeding import seed
from das_tui.demo.child import Service
from das_tui.domain.session import Overview, Session, State
from das_tui.run.account import Account
from das_tui.tui.app import DasApp
from das_tui.tui.options import AppOptions, LiveRun
from das_tui.tui.screens.main import MainScreen
from das_tui.wire.credentials import StaticProvider

PATIENCE = 60.0


@contextlib.contextmanager
def hurried() -> Iterator[None]:
    """Textual's pilot waits twice after each key until the process was idle for 20 ms; here 4 ms
    do, where more keys follow."""
    with mock.patch.object(_wait, "SLEEP_GRANULARITY", 0.004):
        yield


class Scene:
    """One start of the app."""

    def __init__(self, pilot: Pilot[str], app: DasApp) -> None:
        self.pilot = pilot
        self.app = app

    @property
    def main(self) -> MainScreen:
        return self.app.main

    @property
    def session(self) -> Session:
        found = self.main.session
        assert found is not None, "no session is open"
        return found

    @property
    def overview(self) -> Overview:
        return self.main.overview or Overview()

    async def until(self, condition: Callable[[], object], what: str) -> None:
        """Wait for a condition, at most a minute."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, f"waited for {what}\n{self.text()}"
            await self.pilot.pause(0.02)

    async def keys(self, *keys: str) -> None:
        """Press keys, and wait once all is quiet after the last."""
        with hurried():
            await self.pilot.press(*keys)
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        await self.keys(*["space" if character == " " else character for character in text])

    async def characters(self, text: str) -> None:
        """Characters for which the pilot has no keys, each as a terminal sends it."""
        driver = self.app._driver
        assert driver is not None
        for character in text:
            event = Key(_character_to_key(character), character)
            event.set_sender(self.app)
            driver.send_message(event)
            await self.pilot.pause()

    async def open(self, title: str) -> None:
        """Walk to the session of that title."""
        titles = lambda: {s.title for s in self.main.desk.sessions.values()}  # noqa: E731
        await self.until(lambda: self.main.ready and title in titles(), title)
        left = self.main.open_key
        if left and left in self.main._loading:
            await self.until(lambda: left not in self.main._loading, "the session before")
        key = next(s.key for s in self.main.desk.sessions.values() if s.title == title)
        place = self.main.order.index(key)
        if key != left and place < 9 and self.main.pane != "composer":
            await self.pilot.press(str(place + 1))
        while self.main.open_key != key:
            await self.pilot.press("right_square_bracket")
        assert self.session.title == title
        await self.until(lambda: self.main.reader is not None, f"{title} to load")
        await self.pilot.pause()

    async def answerable(self) -> None:
        """Wait until an ask of the open session can be answered."""
        await self.until(
            lambda: self.main.dock is not None and self.session.state is State.NEEDS_INPUT,
            "an ask",
        )
        assert self.main.dock is not None
        stands = self.main.dock.since
        await self.until(lambda: time.monotonic() - stands > 0.35, "the guard to pass")

    def text(self, name: str = "") -> str:
        """What stands on the screen, or in one pane."""
        if name:
            return "\n".join(strip.text for strip in self.main._pane(name)._strips)
        compositor = self.app.screen._compositor
        lines = compositor.render_strips(self.app.size)
        return "\n".join(strip.text.rstrip() for strip in lines)


def options(service: Service | None, store: Path, **more: object) -> AppOptions:
    """Options for an account of the built-in service, or for none."""
    account = None
    if service is not None:
        account = Account(
            provider=StaticProvider(service.access_key_id, service.access_key_secret),
            profile="demo",
            das_endpoint=service.url,
            dms_endpoint=service.url,
            concurrency=4,
            price_per_char=0.00021,
        )
    base: dict[str, object] = {"theme": "das-dark", "store_path": store, "account": account}
    return AppOptions(**{**base, **more})  # type: ignore[arg-type]


@contextlib.asynccontextmanager
async def playing(given: AppOptions, size: tuple[int, int] = (120, 36)) -> AsyncIterator[Scene]:
    """The app at `size`; its engine is closed afterwards."""
    app = DasApp(given)
    try:
        async with app.run_test(size=size) as pilot:
            yield Scene(pilot, app)
    finally:
        engine = app.engine_to_close()
        if engine is not None:
            assert engine.close(10.0), "the engine did not end"


@contextlib.asynccontextmanager
async def demo(
    folder: Path,
    *,
    size: tuple[int, int] = (120, 36),
    speed: float = 40.0,
    runs: Sequence[LiveRun] = (),
    **more: object,
) -> AsyncIterator[Scene]:
    """The demo in `folder`: service, older sessions, app."""
    seed(folder / "history.db")
    with Service.start(state_file=folder / "service.json", speed=speed) as service:
        given = options(service, folder / "history.db", runs=tuple(runs), **more)
        async with playing(given, size) as scene:
            yield scene

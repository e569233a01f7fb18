"""A random walk through the app, with every update written the plain and the lean way.

The two ways see the same updates of the same run, so that their screens can be compared after each
of them, cell by cell. `python -m tests.tui.walking STEPS SEED [COLUMNSxROWS]` walks from the shell.
"""

import asyncio
import random
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from rich.console import Console
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.events import AppBlur, AppFocus, Event, Paste, Resize
from textual.geometry import Size
from textual.screen import Screen

from das_tui.tui import output
from das_tui.tui.app import DasApp
from das_tui.tui.options import AppOptions, LiveRun
from tests import driving
from tests.driving import Scene
from tests.tui.terminal import Terminal

SIZES = [(120, 40), (80, 24), (40, 15)]
RUNS = (
    LiveRun("dms", "Why do riders find empty stations?", "Empty stations", "harbor_bikes"),
    LiveRun("das", "Why is rm-demoharbor01 slow since 07:52?", "CPU", "rm-demoharbor01"),
    LiveRun("dms", "三月晚点最多的网点是哪个?", "晚点包裹", "parcel_depot"),
)
TYPED = (
    "why? ",
    "为什么慢 ",
    "ümlaut e\u0301 ",
    "🚲 bikes ",
    "🇩🇪 flags ",
    "한국어 テスト ",
    "x" * 60,
)
READING = (
    "j k j k down up ctrl+d ctrl+u space b g G J K right_curly_bracket left_curly_bracket e E left "
    "right minus plus 0 enter enter x X T W a left_square_bracket right_square_bracket tab "
    "shift+tab p z y A r i d L question_mark colon ctrl+p ctrl+l 1 2 3 4 5 escape G G G"
).split()
PAGES = ["escape", "escape", "escape", "j", "k", "down", "G", "g", "a", "s", "ctrl+l", "backspace"]
WRITING = ["escape", "escape", "ctrl+j", "backspace", "left", "right", "up", "enter", "home"]
DOCKS = ["y", "y", "escape", "j", "k", "space", "b", "a", "G", "ctrl+l", "n", "down", "enter"]


STEPS = ("resize", "storm", "away", "focus", "wait")
"""What a walk does besides keys, words and pages."""

ALWAYS = (*STEPS, "composing")
"""What it does once at least, whatever chance says."""

DEVICES = {
    "region": re.compile(r"\x1b\[\d+;\d+r(?:\x1b\[[\d;]*H)?(?:\x1b[DM])+"),
    "repeat": re.compile(r"\x1b\[\d+b"),
    "erase": re.compile(r"\x1b\[K"),
    "wide": re.compile("[\u3000-\u9fff\uac00-\ud7a3]"),
    "emoji": re.compile("[\U0001f1e6-\U0001faff]"),
}
"""Devices that lean output may use, and text that needs care, as they look when written."""


@dataclass
class Way:
    """One lean writer and the terminal that it writes to."""

    name: str
    lean: output.Lean
    screen: Terminal
    whole: bool


def way(name: str) -> Way:
    """A way by its name, on a terminal without a size yet.

    `poor` trusts the terminal with nothing, `proven` is a terminal that proved that it repeats
    characters and shows updates at once, `known` one that erases with the background.
    """
    poor, known = name == "poor", name == "known"
    lean = output.Lean(output.Terminal(erases=known, repeats=name == "proven"))
    screen = Terminal(1, 1, erases=known, repeats=not poor)
    return Way(name, lean, screen, whole=not poor)


@dataclass
class Ways:
    """Ways side by side, by their `names`; stands in for the app's own `Lean`.

    `failures` has what differed, `updates` counts the comparisons. `steps` counts the kinds of
    steps that were taken, `wrote` how often a way used a device of `DEVICES`. `tee` is told what
    each way wrote, and of a new `size`.
    """

    names: Sequence[str] = ("poor", "proven", "known")
    size: tuple[int, int] = (1, 1)
    plain: Terminal = field(init=False)
    ways: list[Way] = field(init=False)
    failures: list[str] = field(default_factory=list)
    updates: int = 0
    partial: int = 0
    settled: bool = False
    steps: Counter[str] = field(default_factory=Counter)
    wrote: Counter[tuple[str, str]] = field(default_factory=Counter)
    tee: Callable[[str, str], None] | None = None

    def __post_init__(self) -> None:
        self.plain = Terminal(*self.size)
        self.ways = [way(name) for name in self.names]

    def suspend(self) -> None:
        """The terminal is taken by another program, which leaves something of its own there."""
        self.heed("\x1b[?1049l")
        self.resize(*self.size)
        self.heed("\x1b[?1049h")

    def resize(self, columns: int, rows: int) -> None:
        """The terminals have another size from now on, and nothing sensible on them."""
        self.size = (columns, rows)
        self.settled = False
        if self.tee is not None:
            self.tee("size", f"{columns}x{rows}")
        for screen in (self.plain, *(way.screen for way in self.ways)):
            screen.resize(columns, rows)

    @property
    def stale(self) -> bool:
        return any(way.lean.stale for way in self.ways)

    def forget(self) -> None:
        for way in self.ways:
            way.lean.forget()

    def heed(self, text: str) -> None:
        for way in self.ways:
            way.lean.heed(text)

    def render(
        self, update: object, console: Console, cursor: tuple[int, int], *, whole: bool
    ) -> str | None:
        """Write the update in all ways and compare."""
        if not isinstance(update, CompositorUpdate):
            return None
        try:
            self._compare(update, console, cursor)
        except Exception as error:
            self.failures.append(f"update {self.updates}: {error}")
        return None

    def _compare(self, update: CompositorUpdate, console: Console, cursor: tuple[int, int]) -> None:
        self.updates += 1
        self.partial += isinstance(update, ChopsUpdate)
        plain = update.render_segments(console) + f"\x1b[{cursor[1] + 1};{cursor[0] + 1}H"
        self.plain.feed(plain)
        if self.tee is not None:
            self.tee("plain", plain)
        if isinstance(update, LayoutUpdate) and update.region.size == self.size:
            self.settled = True
        for way in self.ways:
            text = way.lean.render(update, console, cursor, whole=way.whole)
            way.screen.feed(plain if text is None else text)
            for device, looks in DEVICES.items():
                self.wrote[way.name, device] += len(looks.findall(text or ""))
            if self.tee is not None:
                self.tee(way.name, plain if text is None else text)
            if self.settled:
                self._same(way)

    def _same(self, way: Way) -> None:
        plain, lean = self.plain, way.screen
        assert lean.cells == plain.cells, f"{way.name}: {_first(plain, lean)}"
        assert (lean.x, lean.y) == (plain.x, plain.y), f"{way.name}: the cursor"
        assert lean.look[0] == frozenset(), f"{way.name}: a style is left on"
        assert (lean.top, lean.bottom) == (0, lean.rows - 1), f"{way.name}: a region is left"


def _first(plain: Terminal, lean: Terminal) -> str:
    for y, (row, other) in enumerate(zip(plain.cells, lean.cells, strict=True)):
        for x, (cell, found) in enumerate(zip(row, other, strict=True)):
            if cell != found:
                lines = "".join(c[0] for c in row), "".join(c[0] for c in other)
                return f"({x}, {y}) is {found!r}, not {cell!r}\n{lines[0]}\n{lines[1]}"
    return "nothing"


class WalkedApp(DasApp):
    """The app, with every update given to `ways` too."""

    def __init__(self, options: AppOptions, names: Sequence[str] = Ways.names) -> None:
        super().__init__(options)
        self.ways = Ways(names)
        self.lean = self.ways  # type: ignore[assignment]

    async def on_event(self, event: Event) -> None:
        """Let the terminals have a new size when the app learns of it, if not before."""
        if isinstance(event, Resize) and tuple(event.size) != self.ways.size:
            self.ways.resize(*event.size)
        await super().on_event(event)

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        self._difference(screen, renderable)
        super()._display(screen, renderable)


class Walk:
    """Steps of a walk that depends on `seed` alone, apart from what streams in meanwhile."""

    def __init__(
        self, scene: Scene, seed: int, sizes: list[tuple[int, int]], typed: Sequence[str]
    ) -> None:
        assert isinstance(scene.app, WalkedApp)
        self.scene = scene
        self.ways = scene.app.ways
        self.random = random.Random(seed)
        self.sizes = sizes
        self.typed = typed
        self.trace: list[str] = []

    async def step(self, kind: str = "") -> None:
        """A step of that kind of `STEPS`, or of any: press a key, type, paste, change the size, or
        wait for what streams in."""
        kind = kind or self._kind()
        self.ways.steps[kind] += 1
        match kind:
            case "resize":
                await self.resize(*self.random.choice(self.sizes))
            case "storm":
                await self._storm()
            case "away":
                await self._away()
            case "focus":
                await self._focus()
            case "wait":
                self.trace.append("wait")
                await self.scene.pilot.pause(0.03)
            case "page":
                await self._press(self.random.choice(PAGES))
            case "dock":
                await self._press(self.random.choice(DOCKS))
            case "composing":
                await self._press("escape")
                await self._press("i")
                for text in self.typed:
                    await self._write(text)
            case "words":
                await self._write(self.random.choice(self.typed))
            case "writing":
                await self._press(self.random.choice(WRITING))
            case _:
                await self._press(self.random.choice(READING))
        assert not self.ways.failures, self.why()

    def _kind(self) -> str:
        """What is done next, by where one is and by chance."""
        main = self.scene.main
        draw = self.random.random()
        for share, kind in zip((0.03, 0.04, 0.06, 0.08, 0.15), STEPS, strict=True):
            if draw < share:
                return kind
        if self.scene.app.screen is not main:
            return "page"
        if main.dock is not None and main.pane == "dock":
            return "dock"
        if main.pane == "composer":
            return "words" if draw < 0.6 else "writing"
        return "reading"

    async def _press(self, key: str) -> None:
        self.trace.append(key)
        with driving.hurried():
            await self.scene.keys(key)

    async def _write(self, text: str) -> None:
        self.trace.append(repr(text))
        target = self.scene.app.focused
        if target is not None:
            target.post_message(Paste(text))
        await self._pause()

    async def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size, which the app learns only afterwards."""
        self.trace.append(f"{columns}x{rows}")
        self.ways.resize(columns, rows)
        await self.scene.pilot.resize_terminal(columns, rows)
        await self.scene.until(lambda: self.ways.settled, "the screen in its new size")

    async def _storm(self) -> None:
        """Sizes follow each other faster than the app can draw."""
        self.trace.append("storm")
        for _ in range(6):
            size = self.random.randint(40, 130), self.random.randint(10, 50)
            self.ways.resize(*size)
            self.scene.app.post_message(Resize(Size(*size), Size(*size)))
        await self.resize(*self.sizes[0])

    async def _away(self) -> None:
        """Another program has the terminal for a while, as after ^z and fg."""
        self.trace.append("away")
        self.ways.suspend()
        self.scene.app.refresh()
        await self.scene.until(lambda: self.ways.settled, "the screen after the other program")

    async def _focus(self) -> None:
        """The terminal loses the focus and gets it back."""
        self.trace.append("focus")
        for event in (AppBlur(), AppFocus()):
            self.scene.app.post_message(event)
            await self._pause()

    async def _pause(self) -> None:
        with driving.hurried():
            await self.scene.pilot.pause()

    def why(self) -> str:
        """The first difference and the steps that led to it."""
        return "\n".join([*self.ways.failures[:1], "after: " + " ".join(self.trace[-40:])])


async def walk(
    folder: Path,
    size: tuple[int, int],
    *,
    steps: int,
    seed: int,
    typed: Sequence[str] = TYPED,
    tee: Callable[[str, str], None] | None = None,
    after: Callable[[Ways], None] = lambda _: None,
    **more: Any,
) -> Ways:
    """Walk `steps` steps through a demo in `folder`, with `after` called after each; what was
    compared."""
    with mock.patch.object(driving, "DasApp", WalkedApp):
        async with driving.demo(folder, size=size, speed=25, runs=RUNS, **more) as scene:
            columns, rows = size
            sizes = [size, (max(40, columns - 1), rows - 3), (columns + 9, rows + 2), (79, 20)]
            walker = Walk(scene, seed, sizes, typed)
            walker.ways.tee = tee
            await scene.until(lambda: scene.main.ready, "the stored sessions")
            await walker.resize(size[0] + 1, size[1])
            await walker.resize(*size)
            places = dict(zip(walker.random.sample(range(steps), len(ALWAYS)), ALWAYS, strict=True))
            for at in range(steps):
                await walker.step(places.get(at, ""))
                after(walker.ways)
            return walker.ways


async def _main(steps: int, seed: int, size: tuple[int, int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ways = await walk(Path(folder), size, steps=steps, seed=seed)
    print(
        f"{ways.updates} updates compared, {ways.partial} partial; plain {ways.plain.bytes} bytes"
    )
    for way in ways.ways:
        print(f"{way.name}: {way.screen.bytes} bytes, {way.lean.doubts} doubts")


if __name__ == "__main__":
    steps, seed = int(sys.argv[1]), int(sys.argv[2])
    columns, _, rows = (sys.argv[3] if len(sys.argv) > 3 else "100x30").partition("x")
    asyncio.run(_main(steps, seed, (int(columns), int(rows))))

"""What others do with the same texts: `python -m benchmarks.peers KIND …`, one app a kind.

They get their texts inside the process, without service, parsing or store, so they are measured
more kindly than das-tui. Keys are counted in the first line, which is how an answer is known.
"""

import argparse
import asyncio
import random
import sys
import time
from abc import abstractmethod
from collections.abc import Callable

from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.events import Key
from textual.widgets import Markdown, RichLog, Static

from benchmarks import corpus

KINDS = ("markdown", "richlog", "statics")
_TICK = 1 / 60


class Peer(App[None]):
    """Gives texts at a rate once a key was pressed, and counts the keys after it."""

    CSS = "#keys { height: 1; dock: top; } Static { height: auto; }"

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__()
        self.options = options
        self.state = "starting"
        self.pressed = 0
        self.given = 0
        self.rng = random.Random(5)

    def compose(self) -> ComposeResult:
        yield Static("starting", id="keys")
        yield from self.body()

    @abstractmethod
    def body(self) -> ComposeResult:
        """The widgets that hold the texts."""

    @abstractmethod
    async def add(self, count: int) -> None:
        """Take that many further texts."""

    async def on_mount(self) -> None:
        await self.add(self.options.preload)
        self.state = "peer ready"
        self.call_after_refresh(self._say)

    def on_key(self, event: Key) -> None:
        event.stop()
        if event.key == "s":
            self.run_worker(self._stream(), exclusive=True)
            return
        self.pressed += 1
        self._say()

    def _say(self) -> None:
        self.query_one("#keys", Static).update(f"key {self.pressed} pressed, {self.state}")

    async def _stream(self) -> None:
        options = self.options
        self.given, began = 0, time.monotonic()
        while self.given < options.count:
            due = min(options.count, int((time.monotonic() - began) * options.rate) + 1)
            if due > self.given:
                count = due - self.given
                self.given = due
                await self.add(count)
            await asyncio.sleep(_TICK)
        await self.close_stream()
        self.state = "stream over"
        self._say()

    async def close_stream(self) -> None:
        """All texts were given."""

    def text(self) -> str:
        return corpus.three_lines(self.rng)


class Logged(Peer):
    """RichLog."""

    def body(self) -> ComposeResult:
        yield RichLog(wrap=True)

    async def add(self, count: int) -> None:
        log = self.query_one(RichLog)
        for _ in range(count):
            log.write(self.text())


class Mounted(Peer):
    """One Static a message."""

    def body(self) -> ComposeResult:
        yield VerticalScroll()

    async def add(self, count: int) -> None:
        scroll = self.query_one(VerticalScroll)
        await scroll.mount_all([Static(self.text(), markup=False) for _ in range(count)])
        scroll.scroll_end(animate=False)


class Streamed(Peer):
    """Textual's own stream into its Markdown widget: the long answer in pieces."""

    def body(self) -> ComposeResult:
        with VerticalScroll():
            yield Markdown()

    async def on_mount(self) -> None:
        self.answer = corpus.answer(self.options.chars)
        self.at = 0
        self.stream = Markdown.get_stream(self.query_one(Markdown))
        self.query_one(VerticalScroll).anchor()
        await super().on_mount()

    async def add(self, count: int) -> None:
        for _ in range(count):
            piece = self.answer[self.at : self.at + self.options.piece]
            self.at += len(piece)
            if piece:
                await self.stream.write(piece)

    async def close_stream(self) -> None:
        await self.stream.stop()


def main(arguments: list[str]) -> None:
    """Run one peer."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers")
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--preload", type=int, default=0, help="texts before the first key")
    parser.add_argument("--rate", type=float, default=10.0, help="texts a second")
    parser.add_argument("--count", type=int, default=100, help="texts in all")
    parser.add_argument("--chars", type=int, default=20_480, help="of the long answer")
    parser.add_argument("--piece", type=int, default=4, help="characters in a piece of it")
    options = parser.parse_args(arguments)
    kinds: dict[str, Callable[[argparse.Namespace], Peer]]
    kinds = {"markdown": Streamed, "richlog": Logged, "statics": Mounted}
    kinds[options.kind](options).run()


if __name__ == "__main__":
    main(sys.argv[1:])

"""Reads of the terminal, told apart, and writes to it, told of; and the news that it is gone.

A paste into a terminal without bracketed paste arrives as plain keys, and a line break in it looks
like Enter. Half a question must not be sent for that, so an Enter that came in one read with other
keys is given on as `ctrl+j`, the key for a new line.
"""

import asyncio
import codecs
import os
import select
from collections.abc import Callable, Iterable
from typing import Any

from textual import events
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.driver import Driver
from textual.drivers import linux_driver
from textual.message import Message

from das_tui.tui.link import PROBE, Link
from das_tui.tui.outlet import Outlet


class ReadAwareParser(XTermParser):
    """The terminal parser, with Enter turned into `ctrl+j` where it did not come alone."""

    def feed(self, data: str) -> Iterable[Message]:
        """The events of one read."""
        found = list(super().feed(data))
        keys = [event for event in found if isinstance(event, events.Key)]
        if len(keys) < 2 or not any(key.key == "enter" for key in keys):
            return found
        return [
            events.Key("ctrl+j", "\n")
            if isinstance(event, events.Key) and event.key == "enter"
            else event
            for event in found
        ]


_PUSH_TITLE, _POP_TITLE = "\x1b[22;2t", "\x1b]2;\x07\x1b[23;2t"
"""Terminals keep titles on a stack; one that does not know it is left with an empty title."""


_AT_ONCE = 4096
"""Bytes that are read in one go."""

_LOOK = 0.1
"""Seconds without a byte after which a lone escape is the key of that name."""

_PUT_OUT = "\x1b[m\x1b(B\x1b[r\x1b[?6l\x1b[?1l\x1b>\x1b[?25l"
"""Style, character set, margins, origin, cursor keys, keypad, and the cursor itself."""


class HeedingDriver(linux_driver.LinuxDriver):
    """The driver of a full screen. An app with a `lean` output is told what others than `draw`
    write, and what the terminal answers about itself."""

    def __init__(self, app: App[Any], **more: Any) -> None:
        super().__init__(app, **more)
        self._lean = getattr(app, "lean", None)
        self._link: Link = getattr(app, "link", None) or Link()
        self._title = ""
        self.taken = False
        """Whether the terminal is ours, or half of it."""

    def write(self, data: str) -> None:
        """Write `data`, which may change what the terminal shows."""
        if self._lean is not None:
            self._lean.heed(data)
        self._send(data)

    def _send(self, data: str) -> None:
        outlet = self._outlet
        size = len(data) if data.isascii() else len(data.encode(errors="replace"))
        self._link.wrote(size, outlet.waiting if outlet is not None else 0)
        super().write(data)

    @property
    def _outlet(self) -> Outlet | None:
        return self._writer_thread  # type: ignore[return-value]

    @property
    def full(self) -> bool:
        """Whether the terminal is so far behind that frames should be left out. The app's
        `caught_up` is called when it has taken everything."""
        return self._outlet is not None and self._outlet.full

    def start_application_mode(self) -> None:
        """Take the terminal, and give its window the title that was wanted last."""
        self.taken = True
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if self._outlet is not None:
            self._outlet.drained = self._told("caught_up")
            self._outlet.gone = self._told("terminal_gone")
        if self._lean is not None and self.input_tty and self._writer_thread is not None:
            self.write(self._lean.question())
            self._link.asked()
        self._write_title("")

    def stop_application_mode(self) -> None:
        """Give the terminal back, with the title that its window had."""
        if self._outlet is not None:
            self._outlet.part()
            if self._outlet.full or self._outlet.lost:
                # What it was asked it has not even read.
                self._link.give_up()
        if self._title:
            self.write(_POP_TITLE)
        super().stop_application_mode()
        self.taken = False

    def close(self) -> None:
        """End what reads and writes; a terminal that is still ours is given back before."""
        if self.taken:
            self.stop_application_mode()
        super().close()

    def resume_application_mode(self) -> None:
        """Take the terminal again after somebody else had it: what that one left on is put out,
        and everything is painted anew."""
        super().resume_application_mode()
        if self._writer_thread is None or not self._writer_thread.is_alive():
            # Continued in the background: the terminal is not ours yet.
            return
        self.write(_PUT_OUT)
        asyncio.get_running_loop().call_soon_threadsafe(self._app.refresh)

    def disable_input(self) -> None:
        """Read no more, once the terminal said what it was asked: the shell would take it for
        keys."""
        self._link.settle()
        super().disable_input()

    def _told(self, name: str) -> Callable[[], None]:
        """Tells the app, if it wants to know; from any thread."""
        tell: Callable[[], None] = getattr(self._app, name, lambda: None)
        return tell

    def run_input_thread(self) -> None:
        """Read what comes, until told to stop or until there is no terminal any more: it would
        be ready to be read, and empty, for ever. Bytes that are no text do no harm."""
        parser = ReadAwareParser(self._debug)
        encoding = self._outlet.encoding if self._outlet is not None else "utf-8"
        decode = codecs.getincrementaldecoder(encoding)("replace").decode
        while not self.exit_event.is_set():
            text = ""
            if select.select([self.fileno], [], [], _LOOK)[0]:
                try:
                    data = os.read(self.fileno, _AT_ONCE)
                except OSError:
                    data = b""
                if not data:
                    self._told("terminal_gone")()
                    return
                text = decode(data)
            for event in (*(parser.feed(text) if text else ()), *parser.tick()):
                self.process_message(event)

    def entitle(self, title: str) -> None:
        """Give the terminal's window a title; an empty one brings back what it had before."""
        before, self._title = self._title, title
        if title != before:
            self._write_title(before)

    def _write_title(self, before: str) -> None:
        if self._title:
            self.write(f"{'' if before else _PUSH_TITLE}\x1b]2;{self._title}\x07")
        elif before:
            self.write(_POP_TITLE)

    def use_mouse(self, on: bool) -> None:
        """Take the mouse, or leave it to the terminal, also when the app comes back to it."""
        self._mouse = True
        if on:
            self._enable_mouse_support()
        else:
            self._disable_mouse_support()
        self._mouse = on

    def process_message(self, message: Message) -> None:
        """Take what the terminal says of itself, and give everything else on."""
        if isinstance(message, events.CursorPosition):
            self._link.answered()
            if self._lean is not None:
                self._lean.answer(message.x, message.y)
            return
        super().process_message(message)

    def draw(self, data: str) -> None:
        """Write a change of the screen that is known, and now and then a question behind it."""
        if self.input_tty and self._link.due():
            self._link.asked()
            data += PROBE
        self._send(data)


def heeding(found: type[Driver]) -> type[Driver]:
    """The driver to take where Textual would take `found`."""
    return HeedingDriver if found is linux_driver.LinuxDriver else found


def install() -> None:
    """Make the terminal driver write through an outlet; Textual gives it no other way in."""
    setattr(linux_driver, "WriterThread", Outlet)  # noqa: B010

"""Reads of the terminal, told apart, and writes to it, told of.

A paste into a terminal without bracketed paste arrives as plain keys, and a line break in it looks
like Enter. Half a question must not be sent for that, so an Enter that came in one read with other
keys is given on as `ctrl+j`, the key for a new line.
"""

from collections.abc import Callable, Iterable
from typing import Any

from textual import events
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.driver import Driver
from textual.drivers import linux_driver
from textual.message import Message


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


class HeedingDriver(linux_driver.LinuxDriver):
    """The driver of a full screen. An app with a `lean` output is told what others than `draw`
    write."""

    def __init__(self, app: App[Any], **more: Any) -> None:
        super().__init__(app, **more)
        lean = getattr(app, "lean", None)
        self.heed: Callable[[str], None] | None = lean.heed if lean is not None else None

    def write(self, data: str) -> None:
        """Write `data`, which may change what the terminal shows."""
        if self.heed is not None:
            self.heed(data)
        super().write(data)

    def draw(self, data: str) -> None:
        """Write a change of the screen that is known."""
        super().write(data)


def heeding(found: type[Driver]) -> type[Driver]:
    """The driver to take where Textual would take `found`."""
    return HeedingDriver if found is linux_driver.LinuxDriver else found


def install() -> None:
    """Make the terminal driver use this parser; Textual gives it no other way in."""
    setattr(linux_driver, "XTermParser", ReadAwareParser)  # noqa: B010

"""Reads of the terminal, told apart.

A paste into a terminal without bracketed paste arrives as plain keys, and a line break in it looks
like Enter. Half a question must not be sent for that, so an Enter that came in one read with other
keys is given on as `ctrl+j`, the key for a new line.
"""

from collections.abc import Iterable

from textual import events
from textual._xterm_parser import XTermParser
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


def install() -> None:
    """Make the terminal driver use this parser; Textual gives it no other way in."""
    setattr(linux_driver, "XTermParser", ReadAwareParser)  # noqa: B010

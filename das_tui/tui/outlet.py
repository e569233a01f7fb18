"""What is written to the terminal, and waited for by nobody.

A terminal that does not read (XOFF, a stalled SSH line, a multiplexer that hangs) must stop neither
keys nor signals. So writes are handed to a thread, and where they pile up the app leaves frames out
until they are taken. A terminal that still does not read when the app ends loses what it had not
taken, all but the words that give it back.
"""

import codecs
import os
import select
import termios
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TextIO

from rich.cells import cell_len

MOST = 30
"""So many writes may wait before frames are left out: what waits is old by the time it is seen."""

PATIENCE = 0.5
"""Seconds without a byte taken after which a terminal is given back by force, and again after
which it is left as it is."""

_PIECE = 4096
_LOOK = 0.1
_ABORT = b"\x18\x1b[?2026l\x1b[m\x1b(B\x1b[r"
"""Ends a sequence of which only the beginning came, an update, a style and margins."""


def _nothing() -> None:
    """Nobody wants to know."""


def _marks(error: UnicodeError) -> tuple[str, int]:
    """What the terminal's encoding lacks is drawn as marks of the same width."""
    assert isinstance(error, UnicodeEncodeError)
    return "?" * cell_len(error.object[error.start : error.end]), error.end


codecs.register_error("das-tui-marks", _marks)


def charset(environment: Mapping[str, str]) -> str:
    """The encoding that the locale names, empty where it names none or one that nobody knows. A
    bare `C` says nothing: Python, too, takes its terminal for one of UTF-8."""
    names = map(environment.get, ("LC_ALL", "LC_CTYPE", "LANG"))
    named = next(filter(None, names), "").partition(".")[2].partition("@")[0]
    try:
        return codecs.lookup(named).name if named else ""
    except LookupError:
        return ""


class Outlet(threading.Thread):
    """A thread that writes to the terminal of `file`; it takes the place of Textual's.

    `drained` is called, in this thread, when a terminal that was behind has taken everything, and
    `gone` once when there is no terminal any more. Both may be set at any time.
    """

    def __init__(self, file: TextIO) -> None:
        super().__init__(daemon=True, name="textual-output")
        self._number = file.fileno()
        self.encoding = charset(os.environ) or file.encoding or "utf-8"
        self._line, self._own = _line(self._number)
        self._changed = threading.Condition()
        self._waiting: list[str] = []
        self._in_hand = 0
        self._behind = False
        self._parting: list[str] | None = None
        self._ends_at: float | None = None
        self._lost = False
        self.drained: Callable[[], None] = _nothing
        self.gone: Callable[[], None] = _nothing

    # --- for whoever writes --------------------------------------------------------------------

    def write(self, text: str) -> None:
        """Write `text` soon; after `stop`, or where there is no terminal, it is dropped."""
        with self._changed:
            if self._lost or self._ends_at is not None:
                return
            self._waiting.append(text)
            if self._parting is not None:
                self._parting.append(text)
            self._changed.notify()

    @property
    def waiting(self) -> int:
        """How many writes were not taken yet."""
        return len(self._waiting) + self._in_hand

    @property
    def full(self) -> bool:
        """Whether frames should be left out; `drained` says when that is over."""
        with self._changed:
            self._behind = self._behind or self.waiting >= MOST
            return self._behind

    @property
    def lost(self) -> bool:
        """Whether the terminal is gone."""
        return self._lost

    def part(self) -> None:
        """From here on everything gives the terminal back: it is written even to one that does not
        read, in place of what waits."""
        with self._changed:
            self._parting = []

    def flush(self) -> None:
        """Nothing: the thread writes as soon as it can."""

    def stop(self) -> None:
        """Wait, though not long, until everything is written, and end the thread."""
        with self._changed:
            self._ends_at = self._ends_at or time.monotonic()
            self._changed.notify()
        self.join(4 * PATIENCE)

    # --- the thread ----------------------------------------------------------------------------

    def run(self) -> None:
        """Write what comes, until `stop`."""
        try:
            while (text := self._next()) is not None:
                self._write(text.encode(self.encoding, "das-tui-marks"))
        except OSError:
            self._lose()
        finally:
            if self._own:
                os.close(self._line)

    def _next(self) -> str | None:
        with self._changed:
            caught_up = self._behind and not self._waiting
            self._in_hand = 0
            if caught_up:
                self._behind = False
        if caught_up:
            self.drained()
        with self._changed:
            while not self._waiting:
                if self._ends_at is not None:
                    return None
                self._changed.wait()
            self._in_hand = len(self._waiting)
            text = "".join(self._waiting)
            self._waiting.clear()
            return text

    def _write(self, data: bytes) -> None:
        taken_at = time.monotonic()
        forced = False
        while data:
            count = self._take(data)
            if count:
                data, taken_at = data[count:], time.monotonic()
                continue
            begun = self._ends_at
            if begun is None or time.monotonic() - max(begun, taken_at) < PATIENCE:
                continue
            if forced:
                return
            forced, data, taken_at = True, self._last_words(), time.monotonic()

    def _take(self, data: bytes) -> int:
        """How many bytes the terminal took, after at most a moment. Raises OSError where there is
        none."""
        _, ready, _ = select.select([], [self._line], [], _LOOK)
        if not ready:
            return 0
        try:
            return os.write(self._line, data[:_PIECE])
        except BlockingIOError:
            # There is room, but not for this: `select` would say so again at once.
            self._pause()
            return 0

    def _pause(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._ends_at is not None, _LOOK)

    def _last_words(self) -> bytes:
        """Throw away what the terminal has not read; what gives it back goes out instead."""
        with suppress(termios.error):
            termios.tcflush(self._number, termios.TCOFLUSH)
        with self._changed:
            self._waiting.clear()
            text = "".join(self._parting or ())
        return _ABORT + text.encode(self.encoding, "das-tui-marks")

    def _lose(self) -> None:
        with self._changed:
            self._lost = True
            self._waiting.clear()
            self._in_hand = 0
        self.gone()


def _line(number: int) -> tuple[int, bool]:
    """A file number that writes to the terminal at `number` without waiting, and whether it is our
    own. The one that was given is shared with the shell and must not be changed; where it cannot
    be opened a second time, writes to it may wait."""
    try:
        flags = os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
        return os.open(os.ttyname(number), flags), True
    except OSError:
        return number, False

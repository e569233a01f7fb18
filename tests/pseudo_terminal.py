"""A real program in a real pseudo-terminal, read through a terminal emulator."""

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pyte

COLUMNS, LINES = 120, 40


class Terminal:
    """A program and the screen that it draws on."""

    def __init__(self, pid: int, handle: int, size: tuple[int, int] = (COLUMNS, LINES)) -> None:
        self.pid = pid
        self._handle = handle
        self._screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self._screen)
        self.answers_after: float | None = None
        """Seconds after which it says where its cursor is, if it is asked; None for never."""
        self.owes: list[float] = []
        """When it will answer what it was asked."""
        self.code: int | None = None
        self.written = b""
        """All that the program wrote."""

    @property
    def text(self) -> str:
        screen = self._screen
        rows = (screen.buffer[y] for y in range(screen.lines))
        return "\n".join("".join(row[x].data for x in range(screen.columns)) for row in rows)

    def until(self, wanted: Callable[[], bool], seconds: float = 20.0) -> None:
        deadline = time.monotonic() + seconds
        while not wanted():
            assert time.monotonic() < deadline, self.text
            self._read()

    def shows(self, *words: str) -> None:
        self.until(lambda: all(word in self.text for word in words))

    def settle(self, quiet: float, limit: float = 20.0) -> None:
        """Read until nothing came for `quiet` seconds."""
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline and select.select([self._handle], [], [], quiet)[0]:
            self._read()

    def press(self, keys: str) -> None:
        os.write(self._handle, keys.encode())

    def ended(self) -> int:
        def over() -> bool:
            if self.code is None:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
                self.code = os.waitstatus_to_exitcode(status) if pid else None
            return self.code is not None

        self.until(over)
        assert self.code is not None
        return self.code

    def _answer(self, data: bytes) -> None:
        """Say where the cursor is, late. Reads that end within a question are as good as none."""
        now = time.monotonic()
        if self.answers_after is not None:
            self.owes += [now + self.answers_after] * data.count(b"\x1b[6n")
        while self.owes and self.owes[0] <= now:
            del self.owes[0]
            os.write(self._handle, b"\x1b[3;3R")

    def _read(self) -> None:
        ready, _, _ = select.select([self._handle], [], [], 0.05)
        self._answer(b"")
        if ready:
            with suppress(OSError):
                data = os.read(self._handle, 65536)
                self.written += data
                self._stream.feed(data)
                self._answer(data)


@contextmanager
def started(
    home: dict[str, str],
    *arguments: str,
    size: tuple[int, int] = (COLUMNS, LINES),
    **more: str,
) -> Iterator[Terminal]:
    """`das-tui` with these arguments; `more` goes into its environment."""
    pid, handle = pty.fork()
    if pid == 0:
        environment = home | {"TERM": "xterm-256color", "LANG": "C.UTF-8"} | more
        os.execve(sys.executable, [sys.executable, "-m", "das_tui", *arguments], environment)
    fcntl.ioctl(handle, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    terminal = Terminal(pid, handle, size)
    try:
        yield terminal
    finally:
        if terminal.code is None:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        os.close(handle)

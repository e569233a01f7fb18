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
from collections.abc import Callable, Iterator, Sequence
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

    def resize(self, columns: int, rows: int) -> None:
        _size(self._handle, (columns, rows))
        self._screen.resize(rows, columns)

    def hang_up(self) -> None:
        """The terminal goes away, as when the line to it breaks."""
        if self._handle >= 0:
            os.close(self._handle)
        self._handle = -1

    def settings(self) -> int:
        """The local modes of the terminal, as in termios."""
        modes: int = termios.tcgetattr(self._handle)[3]
        return modes

    def ended(self, seconds: float = 20.0) -> int:
        def over() -> bool:
            if self.code is None:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
                self.code = os.waitstatus_to_exitcode(status) if pid else None
            return self.code is not None

        self.until(over, seconds)
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
        if self._handle < 0:
            select.select([], [], [], 0.01)
            return
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
    deaf: bool = False,
    keys: int | None = None,
    command: Sequence[str] = (sys.executable, "-m", "das_tui"),
    **more: str,
) -> Iterator[Terminal]:
    """`das-tui`, or another `command`, with these arguments; `more` goes into its environment. A
    `deaf` one is told nothing by the system when its terminal goes away; one with `keys` reads
    these instead, a terminal too."""
    pid, handle = pty.fork()
    if pid == 0:
        if deaf:
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            fcntl.ioctl(0, termios.TIOCNOTTY)
        if keys is not None:
            os.dup2(keys, 0)
        environment = home | {"TERM": "xterm-256color", "LANG": "C.UTF-8"} | more
        os.execvpe(command[0], [*command, *arguments], environment)
    _size(handle, size)
    terminal = Terminal(pid, handle, size)
    try:
        yield terminal
    finally:
        if terminal.code is None:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        terminal.hang_up()


def _size(handle: int, size: tuple[int, int]) -> None:
    fcntl.ioctl(handle, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))

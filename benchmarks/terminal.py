"""A program on a pseudo-terminal, watched from outside.

A thread stamps every piece of output when it is read and keeps it; nothing else happens while
something is measured. What an operator saw, and when, is found afterwards by `replay`, so the
speed of the terminal emulation does not matter.
"""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from benchmarks.replay import Emulator, Screen

_PAGE = os.sysconf("SC_PAGE_SIZE")
_SETTLED = 0.25
_ASKED = re.compile(
    rb"\x1b\[(?P<attributes>0?)c|\x1b\[(?P<cursor>6)n|\x1b\[\?(?P<mode>\d+)\$p"
    rb"|\x1b\](?P<colour>1[01]);\?(?:\x07|\x1b\\)"
)
"""What a program asks a terminal at its start."""

_MOVE = re.compile(rb"\x1b\[[\d;]*H")

Chunk = tuple[float, bytes]
"""When it was read, in seconds of the monotonic clock, and what."""


class TooLate(Exception):
    """What was waited for did not come."""


class Program:
    """`command` on a terminal of `size` (columns, rows). Use it as a context manager."""

    def __init__(
        self,
        command: Sequence[str],
        size: tuple[int, int],
        environment: Mapping[str, str] | None = None,
        folder: str | None = None,
    ) -> None:
        self.folder = folder
        self.chunks: list[Chunk] = []
        self.emulator = Emulator(*size)
        self._size = size
        self._changed = threading.Condition()
        self._over = False
        sys.setswitchinterval(0.0005)  # so that stamps are right while other threads work
        variables = dict(os.environ if environment is None else environment)
        self.started = time.monotonic()
        self.pid, self._line = pty.fork()
        if self.pid == 0:
            try:
                shape = struct.pack("HHHH", size[1], size[0], 0, 0)
                fcntl.ioctl(0, termios.TIOCSWINSZ, shape)
                if folder is not None:
                    os.chdir(folder)
                os.execvpe(command[0], list(command), variables)
            finally:
                os._exit(127)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> "Program":
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    # --- the reading thread --------------------------------------------------------------------

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._line, 1 << 16)
            except OSError:
                data = b""
            now = time.monotonic()
            with self._changed:
                if data:
                    self.chunks.append((now, data))
                else:
                    self._over = True
                self._changed.notify_all()
            if not data:
                return
            if b"\x1b" in data:
                self._reply(data)

    def _place(self, data: bytes) -> tuple[int, int]:
        """Row and column of the cursor, from 1, after `data`, which moved it to a known place."""
        screen = Screen(*self._size)
        moves = list(_MOVE.finditer(data))
        screen.feed(data[moves[-1].start() :] if moves else b"")
        x, y = screen.cursor
        return y + 1, x + 1

    def _reply(self, data: bytes) -> None:
        """Answer as a terminal of today does: with colours, synchronized updates and the place
        of the cursor, which knows repeated characters."""
        for asked in _ASKED.finditer(data):
            kind = asked.lastgroup
            if kind == "attributes":
                answer = b"\x1b[?62;22c"
            elif kind == "cursor":
                answer = b"\x1b[%d;%dR" % self._place(data[: asked.start()])
            elif kind == "mode":
                known = 2 if asked["mode"] == b"2026" else 0
                answer = b"\x1b[?%s;%d$y" % (asked["mode"], known)
            else:
                shade = b"ffff/ffff/ffff" if asked["colour"] == b"10" else b"1a1a/1a1a/1a1a"
                answer = b"\x1b]%s;rgb:%s\x1b\\" % (asked["colour"], shade)
            try:
                os.write(self._line, answer)
            except OSError:
                return

    # --- what to do with it --------------------------------------------------------------------

    def send(self, keys: str) -> float:
        """Press keys; when that was done."""
        data = keys.encode()
        at = time.monotonic()
        while data:
            select.select([], [self._line], [])
            data = data[os.write(self._line, data) :]
        return at

    @property
    def written(self) -> int:
        """Bytes so far."""
        return sum(len(data) for _, data in list(self.chunks))

    def quiet(self, seconds: float = _SETTLED, timeout: float = 10.0) -> None:
        """Wait until nothing was written for so long, at most `timeout`."""
        end = time.monotonic() + timeout
        while time.monotonic() < end and not self._over:
            before = len(self.chunks)
            with self._changed:
                if not self._changed.wait(seconds) and len(self.chunks) == before:
                    return

    def raw(self, text: str, timeout: float = 30.0) -> None:
        """Wait until the bytes of `text` came, without emulating anything."""
        wanted = text.encode()
        end = time.monotonic() + timeout
        with self._changed:
            while wanted not in b"".join(data for _, data in self.chunks):
                if self._over or not self._changed.wait(end - time.monotonic()):
                    raise TooLate(f"no {text!r} in the output")

    def until(self, check: Callable[[Screen], bool], what: str, timeout: float = 30.0) -> float:
        """Wait until the screen is so; when the last piece that made it so was read."""
        end = time.monotonic() + timeout
        while True:
            with self._changed:
                self._changed.wait_for(
                    lambda: len(self.chunks) > self.emulator.taken or self._over, 0.05
                )
                over = self._over
            found = self.emulator.advance(self.chunks, check)
            if found is not None:
                return found
            if over or time.monotonic() > end:
                shown = [row.rstrip() for row in self.emulator.screen.rows if row.strip()]
                raise TooLate("\n".join([f"{what} did not come; the screen was:", *shown]))

    def screen(self) -> Screen:
        """The screen as it is now."""
        self.emulator.advance(self.chunks)
        return self.emulator.screen

    # --- its resources -------------------------------------------------------------------------

    def _family(self) -> list[int]:
        found, waiting = [], [self.pid]
        while waiting:
            pid = waiting.pop()
            found.append(pid)
            for task in _listed(f"/proc/{pid}/task"):
                children = _text(f"/proc/{pid}/task/{task}/children")
                waiting.extend(map(int, children.split()))
        return found

    @property
    def memory(self) -> float:
        """Resident memory of the program and its children in MB (10^6 bytes)."""
        pages = (_text(f"/proc/{pid}/statm").split() for pid in self._family())
        return sum(int(fields[1]) for fields in pages if fields) * _PAGE / 1e6

    @property
    def busy(self) -> float:
        """Processor seconds used by its living threads."""
        total = 0
        for pid in self._family():
            for task in _listed(f"/proc/{pid}/task"):
                fields = _text(f"/proc/{pid}/task/{task}/schedstat").split()
                total += int(fields[0]) if fields else 0
        return total / 1e9

    def end(self) -> None:
        """End the program and wait for it."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.kill(self.pid, number)
            except OSError:
                break
            end = time.monotonic() + 5.0
            gone = 0
            while time.monotonic() < end and not gone:
                gone = os.waitpid(self.pid, os.WNOHANG)[0]
                time.sleep(0.005)
            if gone:
                break
        self._reader.join(2.0)
        os.close(self._line)


def _text(path: str) -> str:
    try:
        with open(path, encoding="ascii") as file:
            return file.read()
    except OSError:
        return ""


def _listed(path: str) -> list[str]:
    try:
        return os.listdir(path)
    except OSError:
        return []

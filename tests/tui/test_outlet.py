"""What is written to a real terminal that reads, reads late, never reads, or is gone."""

import os
import pty
import select
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import TextIO

import pytest

from das_tui.tui import outlet
from das_tui.tui.outlet import MOST, Outlet, charset

_LOT = "x" * 4000


class Line:
    """A terminal; `screen` is the program's side of it."""

    def __init__(self) -> None:
        self._master, slave = pty.openpty()
        self.screen: TextIO = os.fdopen(slave, "w", encoding="utf-8")
        self.read = b""

    def until(self, wanted: bytes) -> None:
        end = time.monotonic() + 20
        while wanted not in self.read:
            assert time.monotonic() < end, self.read[-200:]
            if select.select([self._master], [], [], 0.1)[0]:
                self.read += os.read(self._master, 65536)

    def take_all(self) -> bytes:
        while select.select([self._master], [], [], 0.2)[0]:
            self.read += os.read(self._master, 65536)
        return self.read

    def hang_up(self) -> None:
        if self._master >= 0:
            os.close(self._master)
        self._master = -1

    def close(self) -> None:
        self.hang_up()
        self.screen.close()


@pytest.fixture
def line() -> Iterator[Line]:
    made = Line()
    yield made
    made.close()


@pytest.fixture
def opened(line: Line) -> Iterator[Callable[[], Outlet]]:
    made: list[Outlet] = []

    def start() -> Outlet:
        made.append(Outlet(line.screen))
        made[-1].start()
        return made[-1]

    yield start
    for writer in made:
        writer.stop()


def test_everything_is_written_in_order_before_stop_returns(
    line: Line, opened: Callable[[], Outlet]
) -> None:
    writer = opened()
    for number in range(50):
        writer.write(f"{number},")
    writer.stop()
    assert not writer.is_alive()
    writer.write("late")
    assert line.take_all() == "".join(f"{number}," for number in range(50)).encode()


def test_nobody_waits_for_a_terminal_that_does_not_read(
    line: Line, opened: Callable[[], Outlet]
) -> None:
    writer = opened()
    drained = threading.Event()
    writer.drained = drained.set
    begun = time.monotonic()
    for _ in range(MOST + 1):
        writer.write(_LOT)
    while not writer.full:
        writer.write(_LOT)
        assert time.monotonic() - begun < 10
    assert not drained.is_set()
    writer.write("the end")
    line.until(b"the end")
    assert drained.wait(10)
    assert not writer.full
    assert not writer.waiting


def test_a_terminal_that_never_reads_gets_what_gives_it_back(
    line: Line, opened: Callable[[], Outlet]
) -> None:
    writer = opened()
    while not writer.full:
        writer.write(_LOT)
    writer.part()
    writer.write("\x1b[?1049l")
    writer.write("\x1b[?25h")
    begun = time.monotonic()
    writer.stop()
    assert time.monotonic() - begun < 2
    assert not writer.is_alive()
    read = line.take_all()
    assert read.endswith(outlet._ABORT + b"\x1b[?1049l\x1b[?25h")


def test_a_terminal_that_reads_slowly_gets_all_of_it(
    line: Line, opened: Callable[[], Outlet]
) -> None:
    writer = opened()
    while not writer.full:
        writer.write(_LOT)
    ended = threading.Thread(target=writer.stop)
    ended.start()
    while ended.is_alive():
        line.take_all()
    assert set(line.take_all()) == {ord("x")}


def test_that_the_terminal_is_gone_is_told_once(line: Line, opened: Callable[[], Outlet]) -> None:
    writer = opened()
    told: list[bool] = []
    gone = threading.Event()

    def tell() -> None:
        told.append(writer.lost)
        gone.set()

    writer.gone = tell
    line.hang_up()
    writer.write("anybody?")
    assert gone.wait(10)
    writer.write("nobody")
    writer.stop()
    assert told == [True]
    assert not writer.full


def test_what_the_encoding_lacks_keeps_its_width(
    line: Line, opened: Callable[[], Outlet], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.ISO-8859-1@euro")
    writer = opened()
    writer.write("ü数a…")
    writer.stop()
    assert line.take_all() == b"\xfc??a?"


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ({"LC_ALL": "zh_CN.GBK", "LANG": "C.UTF-8"}, "gbk"),
        ({"LC_ALL": "", "LC_CTYPE": "de_DE.ISO-8859-15@euro"}, "iso8859-15"),
        ({"LANG": "zh_CN.utf8"}, "utf-8"),
        ({"LANG": "C"}, ""),
        ({"LANG": "xx.no-such-charset"}, ""),
        ({}, ""),
    ],
)
def test_the_encoding_is_the_one_that_the_locale_names(
    environment: dict[str, str], name: str
) -> None:
    assert charset(environment) == name


def test_a_screen_that_cannot_be_opened_again_is_written_to_as_it_is(
    monkeypatch: pytest.MonkeyPatch, line: Line, opened: Callable[[], Outlet]
) -> None:
    def refused(number: int) -> str:
        raise OSError(f"no name for {number} on {sys.platform}")

    monkeypatch.setattr(os, "ttyname", refused)
    writer = opened()
    writer.write("plain")
    line.until(b"plain")

"""R13: a terminal that does not read, a storm of resizes, and an app that is suspended.

Whatever the terminal does, the service is read and what it says stored; when the terminal is back,
so is the screen.
"""

import math
import os
import re
import signal
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from pathlib import Path

from das_tui.store.store import Store
from tests.pseudo_terminal import Terminal, started
from tests.rig.figure import Figure, number
from tests.rig.home import environment
from tests.rig.source import Source, source, words

_RATE = 200.0
_UNREAD, _STORM = 60.0, 10.0
"""Seconds for which the terminal reads nothing, and for which it changes its size."""

_RESIZES = 400
"""Resizes a second."""

_STOPPED = 3.0
"""Seconds for which the app is suspended."""

_MOST = 250.0
_SIZES = ((80, 24), (120, 40), (60, 20), (140, 44))


def measure(share: float) -> Iterable[Figure]:
    """One after the other, each with a run of the Data Agent under way."""
    yield from _unread(_UNREAD * share)
    yield from _storm(max(2.0, _STORM * share))
    yield from _suspended()


class Pulse(threading.Thread):
    """Looks how many events a history holds, ten times a second, and keeps the longest time in
    which there were no more. Use it as a context manager."""

    def __init__(self, folder: Path) -> None:
        super().__init__(daemon=True)
        self.longest = 0.0
        self._folder = folder
        self._over = threading.Event()

    def __enter__(self) -> "Pulse":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()

    def run(self) -> None:
        """Look until the end."""
        known, since = -1, time.monotonic()
        while not self._over.wait(0.1):
            count, now = kept(self._folder), time.monotonic()
            self.longest = max(self.longest, now - since)
            if count != known:
                known, since = count, now


def kept(folder: Path) -> int:
    """How many frames of the service the history holds."""
    path = folder / "history.db"
    with (
        suppress(sqlite3.Error),
        closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db,
    ):
        return int(db.execute("SELECT total(frames) FROM session").fetchone()[0])
    return 0


def lost(folder: Path, sent: int) -> int:
    """How many of the events that were sent the history does not have once, in order."""
    text = re.compile(rb"word-(\d{7})-")
    store = Store.open(folder / "history.db", read_only=True)
    try:
        rows = [record.data for row in store.sessions() for record in store.load(row.key)]
    finally:
        store.close()
    found = [int(place) for data in rows for place in text.findall(data)]
    wanted = list(range(1, sent + 1))
    return 0 if found == wanted else len(set(wanted) ^ set(found)) or 1


def memory(terminal: Terminal) -> float:
    """Resident memory in MiB."""
    fields = Path(f"/proc/{terminal.pid}/statm").read_text().split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def caught_up(terminal: Terminal, service: Source, seconds: float = 30.0) -> float:
    """Seconds until the screen shows an event that was not yet sent a moment ago; without an end
    where it does not."""
    begun, newest = time.monotonic(), len(service.sent)
    try:
        terminal.until(lambda: max(words(terminal.text), default=0) >= newest, seconds)
    except AssertionError:
        print(terminal.text)
        return math.inf
    return time.monotonic() - begun


def running(terminal: Terminal) -> None:
    """Wait until events are on the screen."""
    terminal.until(lambda: bool(words(terminal.text)) and "? help" in terminal.text)
    terminal.settle(0.05, 0.5)


def _finished(terminal: Terminal, service: Source, folder: Path) -> int:
    """How many events are missing once the run has ended and the app is closed."""
    service.finish()
    terminal.shows("finished")
    os.kill(terminal.pid, signal.SIGTERM)
    terminal.ended()
    return lost(folder, len(service.sent))


def _unread(seconds: float) -> Iterable[Figure]:
    with tempfile.TemporaryDirectory(prefix="das-tui-rig-") as name, source(_RATE) as service:
        folder = Path(name)
        home = environment(folder) | service.environment()
        with started(home, "--ask", "why?", "--service", "dms") as terminal:
            running(terminal)
            before = memory(terminal)
            with Pulse(folder) as pulse:
                threading.Event().wait(seconds)
            grown = memory(terminal) - before
            peak = memory(terminal)
            back = caught_up(terminal, service)
            right = _same_after_redraw(terminal, service)
            missing = _finished(terminal, service, folder)
    what = f"a terminal that was unread for {number(seconds)} s"
    yield Figure("R13", f"events lost by {what}", str(missing), "0", not missing)
    pause = max(pulse.longest, service.longest_wait)
    yield Figure(
        "R13", "meanwhile the longest pause of receiving, s", number(pause), "at most 5", pause <= 5
    )
    yield Figure(
        "R13",
        "from being read again to the newest event, s",
        number(back),
        "below 1",
        back < 1 and right,
    )
    yield Figure(
        "R13",
        f"memory then, MiB ({number(grown)} more than before)",
        number(peak),
        f"below {number(_MOST)}",
        peak < _MOST,
    )


def _storm(seconds: float) -> Iterable[Figure]:
    with tempfile.TemporaryDirectory(prefix="das-tui-rig-") as name, source(_RATE) as service:
        folder = Path(name)
        home = environment(folder) | service.environment()
        with started(home, "--ask", "why?", "--service", "dms") as terminal:
            running(terminal)
            count, begun = 0, time.monotonic()
            with Pulse(folder) as pulse:
                while (now := time.monotonic()) < begun + seconds:
                    for _ in range(int((now - begun) * _RESIZES) - count):
                        terminal.resize(*_SIZES[count % len(_SIZES)])
                        count += 1
                    terminal.settle(0.005, 0.02)
            terminal.resize(120, 40)
            back = caught_up(terminal, service)
            right = _same_after_redraw(terminal, service)
            missing = _finished(terminal, service, folder)
    rate = count / seconds
    yield Figure(
        "R13",
        f"events lost by {count:,} resizes, {number(rate)} a second",
        str(missing),
        "0 at 400 a second",
        not missing and rate >= 0.9 * _RESIZES,
    )
    yield Figure(
        "R13", "after them to the newest event, s", number(back), "below 1", back < 1 and right
    )
    yield Figure(
        "R13",
        "meanwhile the longest pause of receiving, s",
        number(pulse.longest),
        "at most 5",
        pulse.longest <= 5,
    )


def _same_after_redraw(terminal: Terminal, service: Source) -> bool:
    """Whether a screen drawn anew is the one that was there, once nothing changes any more."""
    service.finish()
    terminal.shows("finished")
    terminal.settle(0.5, 5.0)
    before = terminal.text
    terminal.press("\x0c")
    terminal.settle(0.5, 5.0)
    return terminal.text == before


def state(terminal: Terminal) -> str:
    """The state of its process: T when it is stopped."""
    text = Path(f"/proc/{terminal.pid}/stat").read_text()
    return text.rpartition(")")[2].split()[0]


def _suspended() -> Iterable[Figure]:
    """A run of the Data Agent goes on after `fg`, though its line was cut meanwhile; while a paid
    answer arrives the first `^z` asks."""
    with tempfile.TemporaryDirectory(prefix="das-tui-rig-") as name, source(_RATE) as service:
        folder = Path(name)
        home = environment(folder) | service.environment()
        with started(home, "--ask", "why?", "--service", "dms") as terminal:
            running(terminal)
            terminal.press("\x1a")
            terminal.until(lambda: state(terminal) == "T")
            service.cut()
            threading.Event().wait(_STOPPED)
            os.kill(terminal.pid, signal.SIGCONT)
            back = caught_up(terminal, service)
            missing = _finished(terminal, service, folder)
    yield Figure("R13", "events lost by a run that was suspended", str(missing), "0", not missing)
    yield Figure("R13", "from `fg` to the newest event, s", number(back), "below 5", back < 5)
    yield Figure("R13", "suspended in a paid answer without being asked", *_asked_first())


def _asked_first() -> tuple[str, str, bool]:
    with tempfile.TemporaryDirectory(prefix="das-tui-rig-") as name, source(20.0) as service:
        home = environment(Path(name)) | service.environment()
        with started(home, "--ask", "why?", "--service", "das") as terminal:
            running(terminal)
            terminal.press("\x1a")
            asked = _is(lambda: terminal.shows("suspend"))
            stopped = state(terminal) == "T"
            terminal.press("\x1a")
            obeyed = _is(lambda: terminal.until(lambda: state(terminal) == "T"))
            os.kill(terminal.pid, signal.SIGCONT)
            missing = _finished(terminal, service, Path(name))
    good = asked and not stopped and obeyed and not missing
    return ("no" if good else f"asked {asked}, stopped {stopped}, then {obeyed}"), "no", good


def _is(wait: Callable[[], None]) -> bool:
    try:
        wait()
    except AssertionError:
        return False
    return True

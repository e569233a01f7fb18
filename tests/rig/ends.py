"""R6: every other end than `q`: told to end, hung up, a terminal that goes away without a word.

The program must end soon and with the right code, give back a terminal that is still there, and
receive a paid answer to its end where nobody told it to end at once.
"""

import os
import pty
import random
import re
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.pseudo_terminal import Terminal, started
from tests.rig.figure import Figure, number
from tests.rig.home import environment
from tests.rig.source import Source, source, word, words
from tests.rig.stalled import lost, running, state

_ROUNDS = 3
_RATE = 200.0
_UNREAD = 3.0
_WATCHED = 2.0
"""Seconds for which a program that has no terminal any more is watched."""

_LIMIT = 2.0
_PAGER = "sh -c 'echo p\"\"aging; exec tail -f /dev/null'"

WAYS: dict[str, int] = {"TERM": 143, "HUP": 129, "closed": 129, "deaf": 129, "no keys": 129}
"""How it ends, and the exit code: by a signal; by a terminal that is closed, with and without the
signal for it; by an input that ends while the screen is still there."""

SITUATIONS = ("welcome", "start", "run", "paid", "help", "palette", "pager", "unread", "suspended")


def cases() -> list[tuple[str, str]]:
    """Every situation with every way out of it that there is."""
    found = [(situation, way) for situation in SITUATIONS for way in WAYS]
    # A program that is stopped does nothing before it is told to go on, as the system does when it
    # takes the terminal away. One that starts without a terminal does not start.
    never = {("suspended", way) for way in WAYS if way != "closed"}
    never |= {("start", way) for way in ("closed", "deaf", "no keys")}
    return [case for case in found if case not in never]


@dataclass
class Tally:
    """What came out of some ends."""

    count: int = 0
    slowest: float = 0.0
    late: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    restored: int = 0
    detached: int = 0
    broken: list[str] = field(default_factory=list)
    busy: float = 0.0


def measure(share: float) -> Iterable[Figure]:
    """End it in every way; a part of the cases where a share is asked for."""
    every = cases() * _ROUNDS
    draw = random.Random(6)
    draw.shuffle(every)
    if share < 1:
        every = [("paid", "closed"), ("pager", "HUP"), ("unread", "TERM"), ("run", "deaf")]
        every += draw.sample(cases(), round(20 * share))
    tally = Tally()
    for situation, way in every:
        _end(tally, situation, way, draw)
    for line in (*tally.late, *tally.codes, *tally.left, *tally.broken):
        print(line)
    count = tally.count
    yield Figure(
        "R6", f"slowest of {count} ends, s", number(tally.slowest), "at most 2", not tally.late
    )
    yield Figure(
        "R6", "of them with another exit code", str(len(tally.codes)), "0", not tally.codes
    )
    yield Figure(
        "R6",
        f"of {tally.restored} terminals those left changed",
        str(len(tally.left)),
        "0",
        not tally.left and tally.restored > 0,
    )
    yield Figure(
        "R6",
        f"of {tally.detached} paid answers without a terminal those not received, stored and shown",
        str(len(tally.broken)),
        "0",
        not tally.broken and tally.detached > 0,
    )
    yield Figure(
        "R6",
        "of the processor used while one is waited for, %",
        number(tally.busy),
        "below 1",
        tally.busy < 1,
    )


# --- the judges ----------------------------------------------------------------------------------

_MODE = re.compile(rb"\x1b\[\?([0-9;]+)([hl])")
_AT_FIRST = {b"7", b"25"}
"""Modes that a terminal has on by itself: lines wrap, the cursor shows."""


def left_on(raw: bytes) -> list[str]:
    """What a program that has written `raw` left otherwise than it found it."""
    on = set(_AT_FIRST)
    for found in _MODE.finditer(raw):
        for mode in found[1].split(b";"):
            (on.add if found[2] == b"h" else on.discard)(mode)
    faults = [f"mode {mode.decode()}" for mode in sorted(on ^ _AT_FIRST)]
    pushed = len(re.findall(rb"\x1b\[>\d+u", raw)) - raw.count(b"\x1b[<u")
    titled = raw.count(b"\x1b[22;2t") - raw.count(b"\x1b[23;2t")
    margins = re.findall(rb"\x1b\[([\d;]*)r", raw)
    styles = re.findall(rb"\x1b\[([\d;]*)m", raw)
    if pushed > 0:
        faults.append("keyboard protocol")
    if titled > 0:
        faults.append("title")
    if margins and margins[-1]:
        faults.append("margins")
    if styles and styles[-1] not in {b"", b"0"}:
        faults.append("style")
    return faults


def processor(pid: int) -> float:
    """Seconds of the processor that the threads of a process have used."""
    total = 0
    for path in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with suppress(OSError):
            total += int(path.read_text().split()[0])
    return total / 1e9


# --- one end -------------------------------------------------------------------------------------


class _Keyboard:
    """A second terminal, of which only the keys are used."""

    def __init__(self) -> None:
        self._master, self.number = pty.openpty()

    def press(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def unplug(self) -> None:
        if self._master >= 0:
            os.close(self._master)
        self._master = -1

    def __enter__(self) -> "_Keyboard":
        return self

    def __exit__(self, *_: object) -> None:
        self.unplug()
        os.close(self.number)


def _end(tally: Tally, situation: str, way: str, draw: random.Random) -> None:
    with ExitStack() as stack:
        name = stack.enter_context(tempfile.TemporaryDirectory(prefix="das-tui-rig-"))
        service = stack.enter_context(source(_RATE))
        home = environment(Path(name))
        asked: list[str] = []
        if situation != "welcome":
            home |= service.environment() | {"PAGER": _PAGER}
            asked = ["--ask", "why?", "--service", "das" if situation == "paid" else "dms"]
        if situation == "unread":
            home["DAS_TUI_OUTPUT"] = "plain"
        keys = stack.enter_context(_Keyboard())
        other = keys.number if way == "no keys" else None
        terminal = stack.enter_context(started(home, *asked, deaf=way == "deaf", keys=other))
        press = terminal.press if other is None else keys.press
        settings = terminal.settings()
        _brought(terminal, press, situation, draw)
        case = f"{situation}, {way}"
        begun = time.monotonic()
        if way in {"TERM", "HUP"}:
            os.kill(terminal.pid, getattr(signal, f"SIG{way}"))
        elif way == "no keys":
            keys.unplug()
        else:
            terminal.hang_up()
        tally.count += 1
        if situation == "paid" and way != "TERM":
            _detached(tally, case, terminal, service, home)
        else:
            with suppress(AssertionError):
                terminal.ended(10.0)
            seconds = time.monotonic() - begun
            tally.slowest = max(tally.slowest, seconds)
            if terminal.code is None or seconds > _LIMIT:
                tally.late.append(f"{case}: {seconds:.1f} s")
        # A program that was ended before it could say so is reported alike by the shell.
        if terminal.code is not None and terminal.code < 0 and situation == "start":
            terminal.code = 128 - terminal.code
        if terminal.code != WAYS[way]:
            tally.codes.append(f"{case}: {terminal.code} in place of {WAYS[way]}")
        if way not in {"closed", "deaf"}:
            terminal.settle(0.1, 2.0)
            tally.restored += 1
            faults = left_on(terminal.written)
            if terminal.settings() != settings:
                faults.append("line settings")
            if faults:
                tally.left.append(f"{case}: {', '.join(faults)}")


def _brought(
    terminal: Terminal, press: Callable[[str], None], situation: str, draw: random.Random
) -> None:
    """Bring the program into a situation."""
    if situation == "start":
        end = time.monotonic() + draw.uniform(0.05, 0.8)
        terminal.until(lambda: time.monotonic() >= end)
        return
    if situation == "welcome":
        terminal.shows("There is no profile yet.")
        return
    running(terminal)
    if situation == "help":
        press("?")
        terminal.shows("half a page")
    elif situation == "palette":
        press(":")
        terminal.shows("esc")
    elif situation == "pager":
        press("o")
        terminal.shows("paging")
    elif situation == "unread":
        threading.Event().wait(_UNREAD)
    elif situation == "suspended":
        press("\x1a")
        terminal.until(lambda: state(terminal) == "T")


def _detached(
    tally: Tally, case: str, terminal: Terminal, service: Source, home: dict[str, str]
) -> None:
    """A paid answer goes on without its terminal: a second start follows it without asking, it is
    received to its end, stored, and shown by the start after that."""
    tally.detached += 1
    folder = Path(home["DAS_TUI_DATA_DIR"])
    try:
        with started(home) as other:
            newest = len(service.sent)
            other.until(lambda: max(words(other.text), default=0) > newest)
            service.quiet = True
            other.settle(1.2, 3.0)
            before, begun = processor(terminal.pid), time.monotonic()
            other.settle(_WATCHED, _WATCHED)
            part = (processor(terminal.pid) - before) / (time.monotonic() - begun)
            tally.busy = max(tally.busy, 100 * part)
            service.finish()
            terminal.ended(10.0)
            other.shows("finished")
            other.press("q")
            assert other.ended() == 0, "the follower did not end"
        with started(home) as later:
            later.shows(word(len(service.sent)), "finished")
            later.press("q")
            later.ended()
        assert service.asked_for("GetDasAgentSSE") == 1, "asked again"
        assert not lost(folder, len(service.sent)), "not everything is stored"
    except AssertionError as error:
        tally.broken.append(f"{case}: {error}")

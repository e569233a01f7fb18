"""R5: kill -9 at any moment. What was on the screen or on stdout before is in `show` afterwards."""

import os
import random
import select
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.pseudo_terminal import Terminal, started
from tests.rig.figure import Figure, number
from tests.rig.home import environment
from tests.rig.source import Source, source, words

_COMMANDS, _SCREENS = 200, 50
_RATE = 300.0
_GENERATION = 8
"""So many kills on one history, one after the other; then another one is begun."""

_LONGEST = {"command": 0.9, "screen": 1.5}
"""Seconds from the start of a program to the latest kill."""

_SEED = 5


@dataclass
class Tally:
    """What came out of some kills. `shown` counts events, `seconds` are those to be ready again,
    by the clock, `work` by the processor."""

    kills: int = 0
    shown: int = 0
    missing: int = 0
    corrupt: int = 0
    seconds: list[float] = field(default_factory=list)
    work: list[float] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Put two tallies together."""
        self.kills += other.kills
        self.shown += other.shown
        self.missing += other.missing
        self.corrupt += other.corrupt
        self.seconds += other.seconds
        self.work += other.work


def measure(share: float) -> Iterable[Figure]:
    """Kill commands, two at a time, and screens beside them."""
    commands, screens = (max(1, round(count * share)) for count in (_COMMANDS, _SCREENS))
    draw = random.Random(_SEED)
    parts = list(_parts(commands))
    seeds = [draw.random() for _ in parts]
    told, drawn = Tally(), Tally()
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(_commands, parts, seeds)
        for part in _parts(screens):
            drawn.add(_screens(part, random.Random(draw.random())))
        for tally in found:
            told.add(tally)
    for what, tally, least in (("ask and attach", told, _COMMANDS), ("the app", drawn, _SCREENS)):
        yield Figure(
            "R5",
            f"shown by {what} before {tally.kills} kill -9, and not in `show` after",
            f"{tally.missing} of {tally.shown:,}",
            f"0, {least} kills",
            not tally.missing and tally.shown > 0 and tally.kills >= round(least * share),
        )
    corrupt = told.corrupt + drawn.corrupt
    yield Figure("R5", "corrupt histories after them", str(corrupt), "0", not corrupt)
    # With a tenth other work runs beside it, and the clock would tell of that.
    whole = share >= 1
    ready = statistics.median(drawn.seconds if whole else drawn.work)
    clock = "" if whole else " of the processor"
    yield Figure(
        "R5",
        f"from the next start of the app to ready, s{clock} (median)",
        number(ready),
        "below 1",
        ready < 1,
    )


def _parts(count: int) -> Iterator[int]:
    while count > 0:
        yield min(count, _GENERATION)
        count -= _GENERATION


def missing(shown: set[int], stored: set[int]) -> set[int]:
    """What was shown and is not stored."""
    return shown - stored


# --- commands ------------------------------------------------------------------------------------


def _commands(count: int, seed: float) -> Tally:
    """Kill `ask` of both services and `attach` on one history."""
    draw = random.Random(seed)
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="das-tui-rig-") as name, source(_RATE) as service:
        home = environment(Path(name)) | service.environment()
        history = History(home)
        for place in range(count):
            shown = _killed_command(home, _arguments(place, service.session), draw)
            tally.kills += 1
            tally.shown += len(shown)
            tally.missing += len(missing(shown, history.words()))
            tally.corrupt += not sound(Path(name))
    return tally


def _arguments(place: int, session: str) -> list[str]:
    """A paid answer, a run of the Data Agent, and then that run again and again."""
    attach = ["attach", session, "--agent-id", "ag-rig"]
    return [
        ["ask", "why?", "--service", "dms"],
        ["ask", "why?", "--service", "das"],
        attach,
        [*attach, "--json"],
        [*attach, "--from-start"],
    ][place % 5]


def _killed_command(home: dict[str, str], arguments: list[str], draw: random.Random) -> set[int]:
    """The events that a command wrote until it was killed, half of the time soon after its first
    word."""
    child = subprocess.Popen(
        [sys.executable, "-m", "das_tui", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=home,
    )
    assert child.stdout is not None
    number = child.stdout.fileno()
    os.set_blocking(number, False)
    awaits = draw.random() < 0.5
    end = time.monotonic() + (20.0 if awaits else draw.uniform(0, _LONGEST["command"]))
    text = b""
    while (left := end - time.monotonic()) > 0:
        if not select.select([number], [], [], left)[0]:
            break
        piece = os.read(number, 1 << 16)
        if not piece:
            break
        text += piece
        if awaits and words(text.decode("utf-8", "replace")):
            awaits, end = False, time.monotonic() + draw.uniform(0, 0.3)
    child.send_signal(signal.SIGKILL)
    child.wait()
    os.set_blocking(number, True)
    with child.stdout:
        text += child.stdout.read()
    return words(text.decode("utf-8", "replace"))


# --- the app -------------------------------------------------------------------------------------


def _screens(count: int, draw: random.Random) -> Tally:
    """Kill the app on one history, while both services answer."""
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="das-tui-rig-") as name, source(_RATE) as service:
        home = environment(Path(name)) | service.environment()
        history = History(home)
        for place in range(count):
            asked = "das" if place % 4 == 1 else "dms"
            shown = _killed_screen(
                home, service, ["--ask", f"why {place}?", "--service", asked], draw
            )
            tally.kills += 1
            tally.shown += len(shown)
            tally.missing += len(missing(shown, history.words()))
            tally.corrupt += not sound(Path(name))
            if shown and place % 2:
                seconds, work = ready_after(home)
                tally.seconds.append(seconds)
                tally.work.append(work)
    return tally


def _killed_screen(
    home: dict[str, str], service: Source, arguments: list[str], draw: random.Random
) -> set[int]:
    """The events that were on the screen until the app was killed, half of the time after its
    first word."""
    shown: set[int] = set()
    with started(home, *arguments) as terminal:
        if draw.random() < 0.5:
            terminal.until(lambda: bool(words(terminal.text)))
        end = time.monotonic() + draw.uniform(0, _LONGEST["screen"])

        def late() -> bool:
            shown.update(words(terminal.text))
            return time.monotonic() >= end

        terminal.until(late)
        os.kill(terminal.pid, signal.SIGKILL)
        terminal.ended()
        terminal.settle(0.05, 1.0)
        shown.update(words(terminal.text))
    service.cut()
    return shown


def ready_after(home: dict[str, str]) -> tuple[float, float]:
    """Seconds by the clock, and of the processor, from a start of the app to what is stored being
    on the screen."""
    begun = time.monotonic()
    with started(home) as terminal:
        terminal.until(lambda: bool(words(terminal.text)))
        seconds, work = time.monotonic() - begun, processor(terminal)
        os.kill(terminal.pid, signal.SIGTERM)
        terminal.ended()
    return seconds, work


def processor(terminal: Terminal) -> float:
    """Seconds of the processor that a program has used so far."""
    fields = Path(f"/proc/{terminal.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# --- afterwards ----------------------------------------------------------------------------------


class History:
    """What `show` prints of the sessions of one home. One that has no more records than at the last
    look is not printed again."""

    def __init__(self, home: dict[str, str]) -> None:
        self._home = home
        self._known: dict[str, tuple[int, set[int]]] = {}

    def words(self) -> set[int]:
        """The events that it has of all sessions."""
        path = Path(self._home["DAS_TUI_DATA_DIR"]) / "history.db"
        with (
            suppress(sqlite3.Error),
            closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db,
        ):
            for key, session_id, count in db.execute(
                "SELECT key, session_id, records FROM session"
            ):
                name = session_id or key
                if self._known.get(name, (0, None))[0] != count:
                    self._known[name] = count, words(self._shown(name))
        return set().union(*(found for _, found in self._known.values()))

    def _shown(self, name: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "das_tui", "show", name],
            capture_output=True,
            env=self._home,
            check=False,
        )
        return done.stdout.decode("utf-8", "replace")


def sound(folder: Path) -> bool:
    """Whether the history, if there is one, is whole; looked at as the next program finds it."""
    path = folder / "history.db"
    if not path.exists():
        return True
    try:
        with closing(sqlite3.connect(path)) as db:
            return bool(db.execute("PRAGMA integrity_check").fetchone() == ("ok",))
    except sqlite3.DatabaseError:
        return False

"""The demo and the bare app as real programs in a real pseudo-terminal."""

import os
import pty
import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from das_tui.view.glyphs import UTF8
from tests.pseudo_terminal import Terminal, started

OLDER = ["Rebalance plan", "Weekly report", "Revenue 24/25", "Top ten teas", "Disk at 84 %"]
PAID = f"{UTF8.finished} CPU at 97 %"
"""The answer that is paid for has come: the program does not wait for it any more."""
LIVE = ["Empty stations", "CPU at 97 %", "Route costs"]


def children(pid: int) -> set[int]:
    """The ids of the processes that `pid` has started."""
    if not Path("/proc/self/stat").exists():
        table = subprocess.run(["ps", "-axo", "pid=,ppid="], capture_output=True, check=True)
        pairs = [line.split() for line in table.stdout.splitlines()]
        return {int(child) for child, parent in pairs if int(parent) == pid}
    found = set()
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            name, _, rest = entry.read_text().rpartition(")")
            if int(rest.split()[1]) == pid:
                found.add(int(name.split(maxsplit=1)[0]))
    return found


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def titles(database: Path) -> list[str]:
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        return [row[0] for row in connection.execute("SELECT title FROM session ORDER BY title")]


def test_the_demo_fills_its_store_once_and_leaves_nothing_running(
    home: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "data" / "das-tui" / "demo"
    with started(home, "demo", "--speed", "50") as terminal:
        terminal.shows(*OLDER, *LIVE)
        terminal.shows("Late parcels", PAID)
        below = children(terminal.pid)
        os.kill(terminal.pid, signal.SIGTERM)
        assert terminal.ended() == 143
        terminal.until(lambda: not any(map(alive, below)))
    stored = titles(folder / "history.db")
    assert len(stored) == len(set(stored)) == 12
    names = {path.name for path in folder.iterdir()}
    assert not [name for name in names if name.startswith(("seed-", "long-"))]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for path in folder.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    with started(home, "demo", "--speed", "50") as terminal:
        terminal.shows(*OLDER, "Late parcels")
        terminal.shows(*LIVE, PAID)
        os.kill(terminal.pid, signal.SIGHUP)
        assert terminal.ended() == 129
    assert sorted(titles(folder / "history.db")) == stored
    assert not (tmp_path / "state").exists(), "something was logged"


def test_of_two_demos_at_once_one_asks(home: dict[str, str], tmp_path: Path) -> None:
    with (
        started(home, "demo", "--speed", "50") as one,
        started(home, "demo", "--speed", "50") as two,
    ):
        for terminal in (one, two):
            terminal.shows(*OLDER, *LIVE)
            terminal.shows("Late parcels")
        for terminal in (one, two):
            os.kill(terminal.pid, signal.SIGTERM)
            assert terminal.ended() == 143
    stored = titles(tmp_path / "data" / "das-tui" / "demo" / "history.db")
    assert len(stored) == len(set(stored)) == 12


def test_a_bare_start_welcomes_and_leads_to_the_demo(home: dict[str, str]) -> None:
    with started(home) as terminal:
        terminal.shows("There is no profile yet. Nothing has been sent anywhere.")
        terminal.press("d")
        terminal.shows(*OLDER, *LIVE)
        below = children(terminal.pid)
        assert below
        os.kill(terminal.pid, signal.SIGKILL)
        assert terminal.ended() == -signal.SIGKILL
        terminal.until(lambda: not any(map(alive, below)))


def test_q_quits_with_0(home: dict[str, str]) -> None:
    with started(home) as terminal:
        terminal.shows("There is no profile yet.")
        terminal.press("q")
        assert terminal.ended() == 0


def test_a_terminal_that_cannot_address_its_screen_is_refused(home: dict[str, str]) -> None:
    pid, handle = pty.fork()
    if pid == 0:
        environment = home | {"TERM": "dumb"}
        os.execve(sys.executable, [sys.executable, "-m", "das_tui", "demo"], environment)
    terminal = Terminal(pid, handle)
    assert terminal.ended() == 2
    terminal.until(lambda: "das-tui ask" in terminal.text)
    os.close(handle)

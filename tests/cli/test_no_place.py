"""P12 with the real program on a real disk: full, read-only, or no home at all."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.serving import serving
from tests.disks import Disk, disk
from tests.pseudo_terminal import Terminal, started

KEYS = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "demo", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "demo"}


@pytest.fixture(scope="module")
def service() -> Iterator[dict[str, str]]:
    """The variables that lead to a service."""
    with serving() as url:
        yield {"DAS_TUI_DAS_ENDPOINT": url, "DAS_TUI_DMS_ENDPOINT": url, **KEYS}


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Disk]:
    with disk(tmp_path / "disk") as made:
        yield made


def on(disk: Disk, environment: dict[str, str], *arguments: str) -> tuple[int, str, str]:
    """The code of a command that stores on the disk, what it printed and what it said."""
    done = subprocess.run(
        [*disk.inside, sys.executable, "-m", "das_tui", *arguments],
        env=environment | {"DAS_TUI_DATA_DIR": str(disk.place)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def app(disk: Disk, environment: dict[str, str]) -> AbstractContextManager[Terminal]:
    """The app in a pseudo-terminal, with its history on the disk."""
    command = [*disk.inside, sys.executable, "-m", "das_tui"]
    return started(environment, command=command, DAS_TUI_DATA_DIR=str(disk.place))


def ready(terminal: Terminal, disk: Disk) -> None:
    """Wait until the app has its store."""
    terminal.until((disk.seen / "history.db-shm").exists)
    terminal.shows("no sessions yet")
    terminal.settle(0.3)


def ask(terminal: Terminal, question: str) -> None:
    terminal.settle(0.3)
    terminal.press("i")
    terminal.shows("enter send")
    terminal.press(question)
    terminal.shows(question)
    terminal.press("\r")


def test_the_app_on_a_full_disk_stores_everything_when_there_is_room(
    home: dict[str, str], service: dict[str, str], small: Disk
) -> None:
    with app(small, home | service) as terminal:
        ready(terminal, small)
        small.fill()
        ask(terminal, "why is it slow")
        terminal.shows("not stored", "finished")
        small.free()
        terminal.until(lambda: "not stored" not in terminal.text.splitlines()[-2])
        terminal.press("q")
        assert terminal.ended() == 0
    code, shown, _ = on(small, home, "sessions")
    assert (code, "finished" in shown, "why is it slow" in shown) == (0, True, True)
    code, shown, _ = on(small, home, "show", shown.splitlines()[1].split()[0])
    assert "why is it slow" in shown
    assert len(shown) > 400


def test_the_app_says_at_the_end_what_is_lost(
    home: dict[str, str], service: dict[str, str], small: Disk
) -> None:
    with app(small, home | service) as terminal:
        ready(terminal, small)
        small.fill()
        ask(terminal, "why is it slow")
        terminal.shows("not stored", "finished")
        terminal.press("q")
        assert terminal.ended() == 0
        terminal.shows("not stored: the disk is full; what came since then is lost")


def test_the_app_on_a_read_only_disk_stores_what_came_when_it_can(
    home: dict[str, str], service: dict[str, str], small: Disk
) -> None:
    small.writable(False)
    with app(small, home | service) as terminal:
        terminal.shows("Nothing is stored", "Read-only file system", "kept in memory")
        terminal.press("\x1b")
        ask(terminal, "why is it slow")
        terminal.shows("not stored", "finished")
        small.writable(True)
        terminal.until(lambda: "not stored" not in terminal.text)
        terminal.press("q")
        assert terminal.ended() == 0
    assert "why is it slow" in on(small, home, "sessions")[1]


def test_commands_on_a_full_disk_answer_and_say_it(
    home: dict[str, str], service: dict[str, str], small: Disk
) -> None:
    assert on(small, home | service, "ask", "first question")[0] == 0
    small.fill()
    code, shown, said = on(small, home | service, "ask", "second question")
    assert (code, len(shown) > 400) == (0, True)
    assert "not stored: the disk is full" in said
    assert "Traceback" not in said
    # What was there can be read, and doctor says how it stands.
    code, listed, _ = on(small, home, "sessions")
    assert (code, listed.count("question")) == (0, 1)
    checked = on(small, home, "doctor")[1]
    (line,) = (line for line in checked.splitlines() if " store " in line)
    assert "are free" in line
    small.free()
    assert on(small, home | service, "ask", "third question")[0] == 0
    assert on(small, home, "sessions")[1].count("question") == 2


def test_commands_on_a_read_only_disk_answer_and_say_it(
    home: dict[str, str], service: dict[str, str], small: Disk
) -> None:
    assert on(small, home | service, "ask", "first question")[0] == 0
    small.writable(False)
    code, shown, said = on(small, home | service, "ask", "second question")
    assert (code, len(shown) > 400) == (0, True)
    assert said.count("not stored") >= 2
    code, listed, _ = on(small, home, "sessions")
    assert (code, listed.count("first question")) == (0, 1)


@pytest.mark.parametrize("gone", ["a file in its place", "none"])
def test_commands_without_a_home_answer_and_say_it(
    run: Run, service: dict[str, str], tmp_path: Path, gone: str
) -> None:
    place = tmp_path / "file" if gone != "none" else Path("/proc/none")
    (tmp_path / "file").write_text("")
    nowhere = {name: str(place / "x") for name in ("HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")}
    done = run("ask", "a question", env=service | nowhere)
    said = done.stderr.decode()
    assert (done.returncode, len(done.stdout) > 400) == (0, True), said
    assert said.count("not stored") == 2
    assert "Traceback" not in said
    assert run("sessions", env=nowhere).returncode == 0

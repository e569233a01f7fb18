"""Ends without `q`, of real programs: the terminal goes away, a signal comes, nobody reads."""

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from das_tui.store.store import Store
from tests.cli.serving import serving
from tests.pseudo_terminal import Terminal, started
from tests.rig.ends import left_on
from tests.rig.source import Source, source, words

KEYS = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "demo", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "demo"}
QUESTION = "Why is the CPU of rm-demoharbor01 at 97 %?"


@pytest.fixture
def service() -> Iterator[Source]:
    with source(50) as made:
        yield made


@contextlib.contextmanager
def paying(home: dict[str, str], service: Source, **more: bool) -> Iterator[Terminal]:
    """The app while a paid answer arrives."""
    here = home | service.environment()
    with started(here, "--ask", "why?", "--service", "das", **more) as terminal:  # type: ignore[arg-type]
        speaks(terminal)
        yield terminal


def speaks(terminal: Terminal) -> None:
    """Wait until something of the answer is on the screen."""
    terminal.until(lambda: bool(words(terminal.text)))


def states(home: dict[str, str]) -> list[str]:
    """The states of the stored sessions."""
    store = Store.open(Path(home["XDG_DATA_HOME"]) / "das-tui" / "history.db", read_only=True)
    try:
        return [row.state.value for row in store.sessions()]
    finally:
        store.close()


def test_a_paid_answer_goes_on_without_its_terminal_and_another_start_follows_it(
    home: dict[str, str], tmp_path: Path
) -> None:
    log = tmp_path / "requests"
    with serving("--speed", "3", "--request-log", str(log)) as url:
        here = home | KEYS | {"DAS_TUI_DAS_ENDPOINT": url, "DAS_TUI_DMS_ENDPOINT": url}
        with started(here, "--ask", QUESTION, "--service", "das") as terminal:
            terminal.shows("● live", "GetInstanceInfo")
            terminal.hang_up()
            with started(here) as other:
                other.shows("● live", "GetInstanceInfo")
                assert terminal.code is None
                assert states(home) == ["live"]
                other.press("i")
                other.shows("enter send")
                other.press("and now?")
                other.shows("and now?")
                other.press("\r")
                other.shows("Another instance")
                assert terminal.ended(60) == 129
                other.shows("finished")
        with started(here) as later:
            later.shows("finished", "rm-demoharbor01")
            later.press("q")
            assert later.ended() == 0
    asked = [json.loads(line) for line in log.read_text().splitlines()]
    assert len([call for call in asked if "GetDasAgentSSE" in json.dumps(call)]) == 1
    assert states(home) == ["finished"]


def test_a_shell_that_ends_says_so_more_than_once(home: dict[str, str], service: Source) -> None:
    with paying(home, service) as terminal:
        terminal.hang_up()
        for _ in range(3):
            os.kill(terminal.pid, signal.SIGHUP)
            newest = len(service.sent)
            terminal.until(lambda newest=newest: len(service.sent) > newest + 10)  # type: ignore[misc]
        os.kill(terminal.pid, signal.SIGTSTP)
        service.finish()
        assert terminal.ended() == 129
    assert states(home) == ["finished"]
    assert service.asked == ["GetDasAgentSSE"]


def test_told_to_end_it_waits_for_no_paid_answer(home: dict[str, str], service: Source) -> None:
    with paying(home, service) as terminal:
        os.kill(terminal.pid, signal.SIGHUP)
        terminal.until(lambda: b"\x1b[?1049l" in terminal.written)
        terminal.shows("received to its end")
        begun = time.monotonic()
        os.kill(terminal.pid, signal.SIGTERM)
        assert terminal.ended() == 143
        assert time.monotonic() - begun < 5
        assert not left_on(terminal.written)
    assert states(home) == ["cut"]


def test_giving_up_a_paid_answer_is_left_in_order(home: dict[str, str], service: Source) -> None:
    with paying(home, service) as terminal:
        terminal.press("qq")
        terminal.shows("^c gives up")
        terminal.press("\x1a")
        newest = len(service.sent)
        terminal.until(lambda: len(service.sent) > newest + 10)
        terminal.press("\x03")
        assert terminal.ended() == 130
    assert states(home) == ["cut"]


def test_a_terminal_that_goes_without_a_word_is_noticed(
    home: dict[str, str], service: Source
) -> None:
    here = home | service.environment()
    with started(here, "--ask", "why?", "--service", "dms", deaf=True) as terminal:
        speaks(terminal)
        terminal.hang_up()
        assert terminal.ended() == 129
    assert states(home) == ["live"]


def test_a_terminal_that_reads_nothing_holds_no_end_up(
    home: dict[str, str], service: Source
) -> None:
    here = home | service.environment() | {"DAS_TUI_OUTPUT": "plain"}
    with started(here, "--ask", "why?", "--service", "dms") as terminal:
        speaks(terminal)
        newest = len(service.sent) + 150
        deadline = time.monotonic() + 20
        while len(service.sent) < newest:
            assert time.monotonic() < deadline
            os.sched_yield()
        os.kill(terminal.pid, signal.SIGTERM)
        begun = time.monotonic()
        while terminal.code is None:
            assert time.monotonic() - begun < 10, "it waits for the terminal"
            pid, status = os.waitpid(terminal.pid, os.WNOHANG)
            terminal.code = os.waitstatus_to_exitcode(status) if pid else None
        terminal.settle(0.2)
        assert not left_on(terminal.written)
    assert terminal.code == 143


@pytest.mark.parametrize("way", ["line", "signal"])
def test_ask_receives_a_paid_answer_to_its_end_without_its_terminal(
    home: dict[str, str], service: Source, way: str
) -> None:
    here = home | service.environment()
    with started(here, "ask", "why?") as terminal:
        speaks(terminal)
        if way == "line":
            terminal.hang_up()
        else:
            os.kill(terminal.pid, signal.SIGHUP)
        newest = len(service.sent)
        terminal.until(lambda: len(service.sent) > newest + 20)
        service.finish()
        terminal.ended()
    assert states(home) == ["finished"]


def test_bytes_that_are_no_text_are_no_end(home: dict[str, str], service: Source) -> None:
    here = home | service.environment()
    with started(here, "--ask", "why?", "--service", "dms") as terminal:
        speaks(terminal)
        os.write(terminal._handle, b"\xff\xe9\xc3")
        newest = len(service.sent) + 20
        terminal.until(lambda: max(words(terminal.text), default=0) > newest)
        terminal.press("q")
        assert terminal.ended() == 0


@pytest.mark.parametrize(
    ("lang", "sign"), [("C.UTF-8", "❯"), ("C", ">"), ("de_DE.ISO-8859-1", ">"), ("zh_CN.GBK", ">")]
)
def test_a_locale_without_utf_8_is_drawn_in_ascii(
    home: dict[str, str], service: Source, lang: str, sign: str
) -> None:
    here = home | service.environment() | {"LC_ALL": lang}
    with started(here, "--ask", "why?", "--service", "dms", LANG=lang) as terminal:
        speaks(terminal)
        terminal.shows(f"{sign} why?")
        os.kill(terminal.pid, signal.SIGTERM)
        assert terminal.ended() == 143
    assert terminal.written.isascii() is (lang != "C.UTF-8")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize(
    ("arguments", "code"), [("", 2), ("demo", 2), ("sessions", 0), ("ask why?", 3), ("ask -", 2)]
)
def test_started_with_closed_streams(
    home: dict[str, str], closed: str, arguments: str, code: int
) -> None:
    # Nobody listens on that port: a question that gets so far ends with 3.
    nowhere = {"DAS_TUI_DAS_ENDPOINT": "http://127.0.0.1:9"}
    done = subprocess.run(
        ["/bin/sh", "-c", f'"{sys.executable}" -m das_tui {arguments} {closed}'],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=home | KEYS | nowhere,
        timeout=120,
        check=False,
    )
    assert done.returncode == code
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_terminal_without_an_addressable_screen_is_told_of_ask(
    home: dict[str, str], term: str
) -> None:
    master, slave = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "das_tui"],
        stdin=slave,
        stdout=slave,
        stderr=subprocess.PIPE,
        env=home | {"TERM": term},
        check=False,
    )
    os.close(slave)
    os.close(master)
    assert done.returncode == 2
    assert b"das-tui ask works without" in done.stderr


EDITOR = "/bin/sh -c 'echo $$ > $EDITOR_NUMBER; echo r\"\"eady; exec tail -f /dev/null'"
CONFIG = """
[profiles.prod]
region = "cn-hangzhou"
"""


@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_told_to_end_it_ends_with_the_editor(
    home: dict[str, str], tmp_path: Path, inside: bool, number: int, code: int
) -> None:
    config, below = tmp_path / "config.toml", tmp_path / "number"
    config.write_text(CONFIG)
    here = home | KEYS | {"DAS_TUI_CONFIG": str(config), "EDITOR_NUMBER": str(below)}
    with started(here | {"EDITOR": EDITOR}, *([] if inside else ["config", "edit"])) as terminal:
        if inside:
            terminal.shows("? help")
            for keys, then in ((":", "esc"), ("profile", "profile"), ("\r", "e edit")):
                terminal.press(keys)
                terminal.shows(then)
            terminal.press("e")
        terminal.shows("ready")
        os.kill(terminal.pid, number)
        assert terminal.ended() == code
        assert not left_on(terminal.written)
    with pytest.raises(ProcessLookupError):
        os.kill(int(below.read_text()), 0)

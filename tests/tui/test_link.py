"""The line to the terminal: when it counts as slow, what that saves, and that no answer is left."""

import os
import signal
import threading
from pathlib import Path

import pyte
import pytest

from das_tui.config import settings
from das_tui.config.settings import LinkMode, Settings
from das_tui.tui import link as link_module
from das_tui.tui.link import FRAME, FULL, SLOW_FRAME, Link
from tests.driving import options, playing
from tests.pseudo_terminal import started


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def trips(link: Link, clock: Clock, *seconds: float) -> None:
    """Questions that are answered after so many seconds."""
    for each in seconds:
        while not link.due():
            clock.now += 0.5
        link.asked()
        clock.now += each
        link.answered()


def test_the_median_of_three_decides_and_between_the_limits_it_stays() -> None:
    clock = Clock()
    link = Link("auto", clock)
    trips(link, clock, 0.3, 0.3)
    assert not link.slow, "two answers are not enough"
    trips(link, clock, 0.01)
    assert link.slow
    assert (link.frame, link.tick) == (SLOW_FRAME, 10)
    trips(link, clock, 0.1, 0.1, 0.1)
    assert link.slow, "fast again only well below"
    trips(link, clock, 0.05, 0.05)
    assert not link.slow
    assert (link.frame, link.tick) == (FRAME, 1)
    trips(link, clock, 0.14, 0.14, 0.14)
    assert not link.slow


def test_one_late_answer_of_three_changes_nothing() -> None:
    clock = Clock()
    link = Link("auto", clock)
    trips(link, clock, 0.01, 2.0, 0.01)
    assert not link.slow


def test_what_answers_nothing_is_not_slow_and_is_not_asked_again() -> None:
    clock = Clock()
    link = Link("auto", clock)
    link.asked()
    for _ in range(100):
        clock.now += 1
        assert not link.due()
        assert not link.slow
    link.give_up()
    assert not link.due()
    assert link.trip is None


def test_it_asks_rarely_once_it_knows() -> None:
    clock = Clock()
    link = Link("auto", clock)
    trips(link, clock, 0.01, 0.01, 0.01)
    asked = 0
    for _ in range(600):
        clock.now += 0.1
        if link.due():
            asked += 1
            link.asked()
            link.answered()
    assert 5 <= asked <= 6


def test_an_answer_that_stays_out_says_enough_until_it_comes() -> None:
    clock = Clock()
    link = Link("auto", clock)
    trips(link, clock, 0.01, 0.01, 0.01)
    while not link.due():
        clock.now += 1
    link.asked()
    clock.now += 3
    assert link.slow
    link.answered()
    assert not link.slow, "one late answer alone is not a slow line"


def test_an_answer_that_never_comes_is_forgotten() -> None:
    clock = Clock()
    link = Link("auto", clock)
    trips(link, clock, 0.01)
    while not link.due():
        clock.now += 1
    link.asked()
    clock.now += 61
    link.due()
    assert link.due()
    link.answered()
    assert not link.slow


def test_a_line_that_takes_nothing_is_slow_whether_it_answers_or_not() -> None:
    clock = Clock()
    link = Link("auto", clock)
    link.wrote(100, FULL)
    clock.now += 0.4
    link.wrote(100, FULL)
    assert not link.slow, "a burst"
    link.wrote(100, FULL - 1)
    clock.now += 0.4
    link.wrote(100, FULL)
    assert not link.slow, "another one"
    clock.now += 0.6
    link.wrote(100, FULL)
    assert link.slow
    clock.now += 11
    assert not link.slow


@pytest.mark.parametrize(("mode", "slow"), [("slow", True), ("fast", False)])
def test_what_the_operator_says_is_not_measured(mode: LinkMode, slow: bool) -> None:
    clock = Clock()
    link = Link(mode, clock)
    link.wrote(1, FULL)
    assert link.slow is slow
    assert not link.due()


def test_bytes_a_second() -> None:
    clock = Clock()
    link = Link("auto", clock)
    for _ in range(20):
        link.wrote(300)
        link.wrote(200)
        clock.now += 1
    assert link.rate == pytest.approx(500, rel=0.11)
    clock.now += 30
    assert link.rate == 0


def test_leaving_waits_for_an_answer_that_is_on_its_way() -> None:
    link = Link()
    link.asked()
    late = threading.Timer(0.2, link.answered)
    late.start()
    link.settle()
    late.join(5)
    assert link.trip is not None, "the answer was taken before settle returned"


def test_leaving_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "_FAREWELL", 0.05)
    link = Link()
    link.asked()
    link.settle()
    link.settle()
    assert link.trip is None


def test_the_question_changes_nothing_that_is_shown() -> None:
    screen = pyte.Screen(40, 6)
    stream = pyte.Stream(screen)
    stream.feed("one\r\ntwo\x1b[5;7H")
    before = (screen.display, screen.cursor.x, screen.cursor.y)
    stream.feed(link_module.PROBE)
    assert (screen.display, screen.cursor.x, screen.cursor.y) == before


# --- the app -------------------------------------------------------------------------------------


async def test_slow_by_word(tmp_path: Path) -> None:
    async with playing(options(None, tmp_path / "a.db", config_path=tmp_path / "c.toml")) as scene:
        screen = scene.main
        screen.act_slow("on")
        assert screen.link.slow
        assert screen.message == "taken for a slow line from here on"
        screen.now = lambda: 1234567.0
        assert screen.clock() == 1234560.0
        screen.act_slow("off")
        assert not screen.link.slow
        assert screen.clock() == 1234567.0
        screen.act_slow("perhaps")
        assert screen.message == "on, off, or auto"
        screen.act_slow("auto")
        assert screen.link.mode == "auto"
        assert "has not answered" in screen.message


@pytest.mark.parametrize(
    ("between", "words"),
    [
        ({}, "the terminal answers in 3 ms"),
        ({"TMUX": "x,1,0"}, "tmux answers in 3 ms, the line behind it is not measured"),
        ({"STY": "1.pts-0"}, "screen answers in 3 ms, the line behind it is not measured"),
    ],
)
async def test_what_was_measured_is_said_and_of_whom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, between: dict[str, str], words: str
) -> None:
    for name in ("TMUX", "STY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in between.items():
        monkeypatch.setenv(name, value)
    async with playing(options(None, tmp_path / "a.db", config_path=tmp_path / "c.toml")) as scene:
        monkeypatch.setattr(type(scene.main.link), "trip", 0.003)
        scene.main.act_slow("auto")
        assert words in scene.main.message


def prefer(home: dict[str, str], mode: LinkMode) -> None:
    folder = Path(home["XDG_CONFIG_HOME"]) / "das-tui"
    settings.save(folder / "settings.toml", Settings(link=mode))


def test_a_terminal_that_answers_late_is_found_out(home: dict[str, str]) -> None:
    with started(home, "demo", "--speed", "3") as terminal:
        terminal.answers_after = 0.3
        terminal.shows("slow line", "KB/s")
        assert "/s " not in terminal.text.replace("KB/s", ""), "no rate that changes all the time"
        asked = terminal.written.count(b"\x1b[6n")
        assert 3 <= asked <= 5
        os.kill(terminal.pid, signal.SIGTERM)
        assert terminal.ended() == 143
        assert not terminal.owes, "an answer would be left to the shell"


def test_leaving_at_once_leaves_no_answer_behind(home: dict[str, str]) -> None:
    with started(home) as terminal:
        terminal.answers_after = 0.6
        terminal.shows("das-tui")
        assert terminal.owes
        terminal.press("q")
        assert terminal.ended() == 0
        assert not terminal.owes


def streamed(home: dict[str, str], folder: Path, mode: LinkMode) -> int:
    """The bytes of the same stream, from its first words to the ask at its end."""
    here = {**home, "XDG_CONFIG_HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    prefer(here, mode)
    with started(here, "demo", "--speed", "4") as terminal:
        terminal.shows("Empty stations", "live")
        before = len(terminal.written)
        terminal.until(lambda: "Run this" in terminal.text, 60)
        count = len(terminal.written) - before
        os.kill(terminal.pid, signal.SIGTERM)
        terminal.ended()
    return count


def test_a_slow_line_gets_fewer_bytes_of_the_same_stream(
    home: dict[str, str], tmp_path: Path
) -> None:
    fast = streamed(home, tmp_path / "fast", "fast")
    slow = streamed(home, tmp_path / "slow", "slow")
    assert slow < 0.75 * fast

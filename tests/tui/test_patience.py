"""A regular expression that would take years costs a moment."""

import signal
import threading
import time
from pathlib import Path

import pytest

from das_tui.domain.events import QuestionAsked
from das_tui.domain.session import Session
from das_tui.run import past
from das_tui.store.store import Store
from das_tui.tui import patience
from das_tui.view.find import Pattern, TooSlow
from tests.driving import Scene, options, playing

LONG = "a" * 20_000 + "-"
SLOW = ["(a+)+$", "(?:a|a)*b", ".*a.*a.*b", "(a|aa)+c", r"(\w+\s?)*!", "(.*a){12}b", "a*a*a*b"]


@pytest.mark.parametrize("text", SLOW)
def test_it_is_broken_off_and_found_nowhere(text: str) -> None:
    pattern = Pattern(text, True, patience.limited)
    began = time.process_time()
    assert not pattern.finds(LONG)
    assert pattern.slow
    assert time.process_time() - began < 20 * patience.SECONDS
    again = time.process_time()
    assert not pattern.finds("aaab")
    assert time.process_time() - again < patience.SECONDS


@pytest.mark.parametrize("text", [".*b", "a+b", "[^b]*b", "(?=.*b)", "a$", "^a+$", r"a\b"])
def test_what_only_grows_with_the_square_ends_by_itself(text: str) -> None:
    pattern = Pattern(text, True, patience.limited)
    began = time.process_time()
    pattern.finds(LONG)
    assert time.process_time() - began < 20 * patience.SECONDS


def test_a_long_text_is_searched_to_its_end() -> None:
    pattern = Pattern("need(le)+", True, patience.limited)
    assert not Pattern("x$", True).finds("x" * 5_000 + "y")
    for place in range(0, 9_000, 611):
        text = "x" * place + "needlele" + "y " * 3_000
        assert pattern.finds(text), place
    assert not pattern.finds("need le " * 2_000)
    assert not pattern.slow


def test_errors_pass_and_the_alarm_is_off_afterwards() -> None:
    def fails() -> None:
        raise KeyError

    with pytest.raises(KeyError):
        patience.limited(fails)
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert patience.limited(lambda: 7) == 7
    signal.raise_signal(signal.SIGALRM)

    def spins() -> None:
        while True:
            pass

    with pytest.raises(TooSlow):
        patience.limited(spins)
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_another_thread_looks_without_an_alarm() -> None:
    found: list[int] = []
    thread = threading.Thread(target=lambda: found.append(patience.limited(lambda: 3)))
    thread.start()
    thread.join()
    assert found == [3]


# --- by keys -------------------------------------------------------------------------------------


def store(folder: Path) -> Path:
    """A session with a question of one long line, which folds nothing."""
    path = folder / "history.db"
    made = Store.open(path)
    row = Session("s", "das", "id-1", title="lines", created_at=1.7e9, last_at=1.7e9)
    asked = [QuestionAsked(text="a" * 3_000), QuestionAsked(text="and a short one")]
    past.keep(made, row, [(1.7e9 + n, event) for n, event in enumerate(asked)])
    made.close()
    return path


NAMES = {
    "(": "left_parenthesis",
    ")": "right_parenthesis",
    "+": "plus",
    "$": "dollar_sign",
    "!": "exclamation_mark",
}


async def write(scene: Scene, text: str) -> None:
    await scene.keys(*[NAMES.get(character, character) for character in text])


@pytest.mark.parametrize("size", [(120, 36), (40, 15)], ids=str)
async def test_the_prompt_says_so_and_goes_on(tmp_path: Path, size: tuple[int, int]) -> None:
    async with playing(options(None, store(tmp_path), level=0), size) as scene:
        await scene.open("lines")
        main = scene.main
        reader = main.reader
        assert reader is not None
        await scene.keys("slash", "ctrl+r")
        await write(scene, "(a+)+$!")
        await scene.until(lambda: main.prompt is not None and main.prompt.slow, "the end of it")
        assert "takes too long" in scene.text("composer")
        assert reader.transcript.pattern is None
        await scene.keys("enter")
        assert main.prompt is not None, "it is not kept"
        await scene.keys(*["backspace"] * 7)
        await write(scene, "short")
        await scene.until(lambda: reader.transcript.count_matches().shown == 1, "the hit")
        assert not main.prompt.slow


async def test_a_sieve_that_is_too_slow_shows_all_again(tmp_path: Path) -> None:
    async with playing(options(None, store(tmp_path), level=0)) as scene:
        await scene.open("lines")
        main = scene.main
        reader = main.reader
        assert reader is not None
        slow = Pattern("(a+)+!", True, patience.limited)
        main._sift(reader, reader.transcript.sieve._replace(pattern=slow))
        main._scan_anew()
        await scene.until(lambda: slow.slow and not main.sieves, "the end of it")
        assert reader.transcript.sifted == 0
        assert "takes too long" in scene.text("status")

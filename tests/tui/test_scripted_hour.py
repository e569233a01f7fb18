"""An operator's hour in a real terminal, by keys alone: twelve sessions, three runs at once,
approvals of plans, of a write and of a report, a failure, a cut."""

import re
import sqlite3
from collections import Counter
from pathlib import Path

import pytest

from tests.pseudo_terminal import Terminal, started

BADGE = re.compile(r"(\d+) needs? you|^ ?(\d+)\? ", re.MULTILINE)
TYPED = re.compile(r"type the [a-z ]+:[^\w]+([\w-]+)|type (write)")
DOCK = re.compile(r"(?:Run this|Render the) (plan|statement|report)\?")
QUIET = 0.4
"""Seconds in which nothing comes, after which a new dock takes keys."""


def waiting(terminal: Terminal) -> int:
    """How many sessions the badge says need the operator."""
    found = BADGE.search(terminal.text)
    return int(found[1] or found[2]) if found else 0


def replies(path: Path) -> int:
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
        found = connection.execute("SELECT count(*) FROM record WHERE event LIKE '%reply_given%'")
        return int(found.fetchone()[0])


def answer(terminal: Terminal, store: Path) -> str:
    """Go to the one that waits longest and approve what it asks; what that was."""
    terminal.press("a")
    terminal.until(lambda: DOCK.search(terminal.text) is not None)
    terminal.settle(QUIET, 3.0)
    found = DOCK.search(terminal.text)
    assert found is not None, terminal.text
    given = replies(store)
    answered = lambda: replies(store) > given  # noqa: E731
    # A dock that has just come up takes no key, and one that is not seen whole wants to be.
    for _ in range(9):
        terminal.press("y")
        terminal.settle(QUIET, 3.0)
        word = TYPED.search(terminal.text)
        if word is not None:
            terminal.press(word[1] or word[2])
            terminal.settle(QUIET, 3.0)
            terminal.press("\r")
            terminal.until(answered)
        if answered():
            return found[1]
        if "space shows" in terminal.text:
            terminal.press(" ")
            terminal.settle(QUIET, 3.0)
    raise AssertionError(f"not answered\n{terminal.text}")


def states(path: Path) -> Counter[str]:
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
        return Counter(row[0] for row in connection.execute("SELECT state FROM session"))


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 15)], ids=str)
def test_an_hour_without_the_mouse(
    home: dict[str, str], tmp_path: Path, size: tuple[int, int]
) -> None:
    store = tmp_path / "data" / "das-tui" / "demo" / "history.db"
    with started(home, "demo", "--speed", "40", size=size) as terminal:
        terminal.until(lambda: waiting(terminal) >= 2)
        asked: list[str] = []
        quiet = lambda: waiting(terminal) or not states(store).keys() & {"live", "starting"}  # noqa: E731
        while True:
            terminal.until(quiet, 60.0)
            if not waiting(terminal):
                break
            asked.append(answer(terminal, store))
            assert len(asked) < 20, "the same is asked again and again"
        assert asked.count("statement") >= 1
        assert asked.count("plan") >= 1
        found = states(store)
        assert found["failed"] == 1
        assert found["cut"] == 1
        assert not found["needs you"]
        # The cut one is followed to its end; nothing is asked again for that.
        for _ in range(sum(found.values())):
            if re.search(r"! cut", terminal.text):
                break
            head = terminal.text.split("\n")[0]
            terminal.press("]")
            terminal.until(lambda head=head: terminal.text.split("\n")[0] != head)  # type: ignore[misc]
            terminal.settle(QUIET, 3.0)
        assert re.search(r"! cut", terminal.text), terminal.text
        terminal.press("r")
        terminal.until(lambda: not states(store)["cut"], 60.0)
        terminal.press("q")
        assert terminal.ended() == 0
    assert replies(store) >= len(asked)
    assert states(store)["failed"] == 1

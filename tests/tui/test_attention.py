"""What calls the operator back: once by the bell, as long as it lasts by the title."""

import os
import re
import signal
from dataclasses import replace

import pytest

from das_tui.domain.session import Session, State
from das_tui.tui.attention import Attention
from tests.pseudo_terminal import started

XTERM = {"TERM": "xterm-256color"}
ORDERS = Session(key="a", service="dms", title="Orders", state=State.NEEDS_INPUT, since=10.0)
PARCELS = Session(key="b", service="dms", title="Parcels", state=State.NEEDS_INPUT, since=20.0)


def test_an_ask_elsewhere_rings_once_and_stays_in_the_title() -> None:
    attention = Attention("bell", XTERM, ())
    assert attention.call([ORDERS], "b")
    assert attention.title == "? Orders needs you - das-tui"
    assert not attention.call([ORDERS], "b")
    assert attention.call([ORDERS, PARCELS], "")
    assert attention.title == "? 2 need you, first Orders - das-tui"
    assert not attention.call([PARCELS], "b")
    assert attention.title == ""


def test_what_the_operator_has_before_them_needs_no_call() -> None:
    attention = Attention("bell", XTERM, ())
    assert not attention.call([ORDERS], "a")
    assert attention.title == ""
    assert not attention.call([ORDERS], "")
    assert attention.title, "they left, it still waits"


def test_the_next_ask_of_a_session_rings_again() -> None:
    attention = Attention("bell", XTERM, ())
    assert attention.call([ORDERS], "")
    assert attention.call([replace(ORDERS, since=30.0)], "")


def test_what_waited_at_the_start_is_in_the_title_only() -> None:
    attention = Attention("bell", XTERM, [("a", 10.0)])
    assert not attention.call([ORDERS], "")
    assert attention.title


@pytest.mark.parametrize(
    ("mode", "rings", "titled"),
    [("bell", True, True), ("title", False, True), ("off", False, False)],
)
def test_the_setting_is_kept(mode: str, rings: bool, titled: bool) -> None:
    attention = Attention(mode, XTERM, ())  # type: ignore[arg-type]
    assert attention.call([ORDERS], "") is rings
    assert bool(attention.title) is titled


@pytest.mark.parametrize("term", ["linux", "vt220", "ansi"])
def test_a_terminal_without_titles_gets_none(term: str) -> None:
    attention = Attention("bell", {"TERM": term}, ())
    assert attention.call([ORDERS], "")
    assert attention.title == ""


def test_a_hostile_title_is_harmless() -> None:
    attention = Attention("bell", XTERM, ())
    attention.call([replace(ORDERS, title="a\x07\x1b]2;b\nc\u202e" + "x" * 500)], "")
    assert attention.title.isprintable()
    assert len(attention.title) < 80


def test_bell_and_title_in_a_terminal(home: dict[str, str]) -> None:
    with started(home, "demo", "--speed", "50") as terminal:
        terminal.shows("Empty stations", "need you")
        terminal.press("\x1b[O")  # The window loses the focus: now the open session counts too.
        terminal.until(lambda: b"\x1b]2;? 3 need you" in terminal.written)
        assert terminal.written.count(b"\x1b[22;2t") == 1
        os.kill(terminal.pid, signal.SIGTERM)
        assert terminal.ended() == 143
    bare = re.sub(rb"\x1b\][^\x07]*\x07", b"", terminal.written)
    assert 1 <= bare.count(b"\x07") <= 3, "a bell for each new ask that was not before them"
    end = terminal.written.rindex(b"\x1b[23;2t")
    assert b"\x1b]2;?" not in terminal.written[end:], "the title is given back"

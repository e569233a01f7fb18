"""What calls the operator back: once by the bell, as long as it lasts by the title."""

import os
import re
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from das_tui.domain.session import Session, State
from das_tui.tui.app import DasApp
from das_tui.tui.attention import Attention
from das_tui.tui.options import LiveRun
from tests.driving import Scene, demo
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


BIKES = LiveRun("dms", "Why do riders find empty stations?", "Empty stations", "harbor_bikes")


def waits(scene: Scene, title: str) -> bool:
    """Whether the session of that title waits for a human."""
    return any(session.title == title for session in scene.main.desk.waiting())


@pytest.mark.parametrize("size", [(120, 36), (40, 15)], ids=str)
async def test_no_page_and_no_pane_hides_how_many_wait(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with demo(tmp_path, size=size, runs=[BIKES], speed=6) as scene:

        def badge() -> str:
            count = len(scene.main.desk.waiting())
            return f"{count} need you" if size[0] >= 80 else f" {count}?"

        await scene.open("Weekly report")
        await scene.keys("question_mark")
        await scene.until(lambda: waits(scene, "Empty stations"), "one more to wait")
        await scene.until(lambda: badge() in scene.text(), "the badge on the page")
        await scene.keys("escape")
        for key in ("t", "c", "S", "d"):
            await scene.keys(key)
            assert not scene.main.is_active
            assert badge() in scene.text(), key
            await scene.keys("escape")
        for _ in range(3):
            await scene.keys("tab")
            shown = "need you" if scene.main.pane == "sidebar" else badge()
            assert shown in scene.text(), scene.main.pane


async def test_another_session_that_begins_to_wait_is_counted_at_once(tmp_path: Path) -> None:
    async with demo(tmp_path, size=(40, 15), runs=[BIKES], speed=6) as scene:
        await scene.open("Weekly report")
        await scene.until(lambda: waits(scene, "Empty stations"), "one more to wait")
        count = len(scene.main.desk.waiting())
        await scene.until(lambda: f" {count}? " in scene.text("head"), "the badge in the head")


async def test_what_a_page_covers_is_not_before_the_operator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[int] = []
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr(DasApp, "bell", lambda app: rung.append(len(app.main.desk.waiting())))
    async with demo(tmp_path, runs=[BIKES], speed=6) as scene:
        await scene.open("Empty stations")
        await scene.keys("question_mark")
        await scene.until(lambda: waits(scene, "Empty stations"), "the ask")
        attention = scene.main._attention
        assert attention is not None
        count = len(scene.main.desk.waiting())
        await scene.until(lambda: f"{count} need you" in attention.title, "the title")
        assert rung == [count]
        await scene.keys("escape")
        await scene.until(lambda: f"{count - 1} need you" in attention.title, "it is seen now")
        assert rung == [count]

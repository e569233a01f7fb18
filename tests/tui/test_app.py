"""The app by its keys, on the real engine, store and service."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from das_tui.demo.child import Service
from das_tui.domain.blocks import Failure, Question, Tool
from das_tui.domain.session import State
from das_tui.run.account import Account
from das_tui.tui.options import AppOptions, LiveRun
from das_tui.tui.screens.help import HelpScreen
from das_tui.tui.screens.palette import PaletteScreen
from das_tui.tui.screens.raw import RawScreen
from das_tui.tui.screens.welcome import WelcomeScreen
from das_tui.wire.credentials import StaticProvider
from tests.driving import Scene, demo, options, playing

SIZES = [(120, 36), (80, 24)]
ANALYSIS = LiveRun("dms", "Why do riders find empty stations?", "Empty stations", "harbor_bikes")
DIAGNOSIS = LiveRun("das", "Why is rm-demoharbor01 slow since 07:52?", "CPU", "rm-demoharbor01")
ROUTES = LiveRun("dms", "What do our routes cost per parcel?", "Route costs", "parcel_depot")


def bodies(scene: Scene) -> list[object]:
    reader = scene.main.reader
    assert reader is not None
    return [reader.transcript.block(i).body for i in range(len(reader.transcript))]


# --- the main job --------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_ask_watch_and_approve_by_keys(tmp_path: Path, size: tuple[int, int]) -> None:
    async with demo(tmp_path, size=size, speed=25, runs=[ANALYSIS, ROUTES]) as scene:
        await scene.until(
            lambda: sum(s.running for s in scene.main.desk.sessions.values()) >= 2, "two runs"
        )
        await scene.keys("ctrl+n")
        while scene.main.new_question != "das":
            await scene.keys("tab")
        await scene.type("Why is rm-demoharbor01 slow?")
        await scene.keys("enter")
        await scene.until(
            lambda: scene.main.session is not None and scene.session.service == "das", "the session"
        )
        await scene.until(lambda: scene.session.state is State.FINISHED, "the DAS answer")
        assert any(isinstance(body, Tool) for body in bodies(scene))
        assert bodies(scene)[0] == Question("Why is rm-demoharbor01 slow?")
        assert scene.session.chars > 100
        assert not scene.session.estimated

        await scene.open("Empty stations")
        await scene.answerable()
        assert "Run this plan?" in scene.text("dock")
        await scene.keys("y")
        await scene.answerable()
        assert scene.overview.ask is not None
        assert scene.overview.ask.sql
        await scene.keys("y")
        await scene.answerable()
        await scene.keys("y")
        await scene.until(lambda: scene.session.state is State.FINISHED, "the end of the analysis")
        assert scene.overview.plan is not None
        assert len(scene.overview.plan.steps) == 5


async def test_three_sessions_stream_at_once(tmp_path: Path) -> None:
    async with demo(tmp_path, speed=4, runs=[ANALYSIS, DIAGNOSIS, ROUTES]) as scene:
        await scene.until(
            lambda: (
                sum(
                    s.state is State.LIVE and s.frames > 3
                    for s in scene.main.desk.sessions.values()
                )
                == 3
            ),
            "three live sessions",
        )
        assert len(scene.main.desk.sessions) >= 8 + 3


async def test_quit_and_start_again_shows_the_same(tmp_path: Path) -> None:
    async with demo(tmp_path, speed=200, runs=[DIAGNOSIS]) as scene:
        await scene.open("CPU")
        await scene.until(lambda: scene.session.state is State.FINISHED, "the answer")
        before = bodies(scene)
        titles = {s.title for s in scene.main.desk.sessions.values()}
        await scene.keys("q")
    offline = options(None, tmp_path / "history.db")
    async with playing(offline) as scene:
        await scene.until(lambda: scene.main.ready, "the stored sessions")
        assert {s.title for s in scene.main.desk.sessions.values()} == titles
        await scene.open("CPU")
        assert bodies(scene) == before
        await scene.keys("i")
        assert "no profile" in scene.text("status")


async def test_a_follow_up_goes_to_the_same_session(tmp_path: Path) -> None:
    async with demo(tmp_path, speed=200, runs=[DIAGNOSIS]) as scene:
        await scene.open("CPU")
        await scene.until(lambda: scene.session.state is State.FINISHED, "the first answer")
        session_id = scene.session.session_id
        await scene.keys("i")
        await scene.type("And the index?")
        await scene.keys("enter")
        await scene.until(
            lambda: (
                scene.session.state is State.FINISHED
                and Question("And the index?") in bodies(scene)
            ),
            "the second answer",
        )
        assert scene.session.session_id == session_id


# --- approvals -----------------------------------------------------------------------------------


async def test_a_write_wants_its_word(tmp_path: Path) -> None:
    async with demo(tmp_path, speed=100) as scene:
        await scene.open("晚点包裹 三月")
        await scene.answerable()
        before = scene.session.records
        await scene.keys("y")
        assert scene.main.dock is not None
        word = scene.main.dock.word
        assert word
        await scene.type(word[:-1])
        await scene.keys("enter")
        assert scene.session.records == before
        assert scene.session.state is State.NEEDS_INPUT
        await scene.type(word[-1])
        await scene.keys("enter")
        await scene.until(lambda: scene.session.state is State.FINISHED, "the statement to run")
        assert any("approved the statement" in str(body) for body in bodies(scene))


async def test_nothing_approves_by_accident(tmp_path: Path) -> None:
    """Enter, a key within the guard, and esc send nothing."""
    async with demo(tmp_path, speed=100) as scene:
        await scene.until(lambda: scene.main.ready, "start")
        await scene.open("Rebalance plan")
        await scene.until(lambda: scene.main.dock is not None, "the dock")
        before = scene.session.records
        scene.main.dock.since = time.monotonic()
        await scene.keys("y", "enter", "ctrl+j")
        assert scene.main.dock is not None
        await scene.keys("escape")
        assert scene.main.dock is None
        assert "later" in scene.text("status")
        assert scene.session.records == before
        assert scene.session.state is State.NEEDS_INPUT
        await scene.keys("a")
        assert scene.main.dock is not None


async def test_refusing_sends_plain_words_and_the_run_goes_on(tmp_path: Path) -> None:
    async with demo(tmp_path, speed=100) as scene:
        await scene.open("Rebalance plan")
        await scene.answerable()
        asked = scene.overview.ask_block
        await scene.keys("n")
        await scene.until(
            lambda: scene.session.state is State.NEEDS_INPUT and scene.overview.ask_block != asked,
            "another plan",
        )
        assert any("you refused the plan" in str(body) for body in bodies(scene))


async def test_answer_in_words(tmp_path: Path) -> None:
    async with demo(tmp_path, speed=100) as scene:
        await scene.open("Rebalance plan")
        await scene.answerable()
        await scene.keys("r")
        assert scene.main.pane == "composer"
        await scene.type("only two steps")
        await scene.keys("enter")
        await scene.until(
            lambda: (
                Question("only two steps") in bodies(scene)
                and scene.session.state is State.NEEDS_INPUT
            ),
            "a changed plan",
        )


async def test_stop_asks_first_and_cancels(tmp_path: Path) -> None:
    async with demo(tmp_path, speed=3, runs=[ROUTES]) as scene:
        await scene.open("Route costs")
        await scene.until(lambda: scene.session.state is State.LIVE, "the run")
        await scene.keys("ctrl+c")
        assert scene.main.dock is not None
        await scene.keys("escape")
        assert scene.session.running
        await scene.keys("ctrl+c", "y")
        await scene.until(lambda: scene.session.state is State.CANCELLED, "chat_canceled")
        await scene.keys("ctrl+c")
        assert "q quits" in scene.text("status")


# --- pages ---------------------------------------------------------------------------------------


async def test_help_palette_and_raw_pages(tmp_path: Path) -> None:
    async with demo(tmp_path) as scene:
        await scene.open("Weekly report")
        await scene.keys("question_mark")
        assert isinstance(scene.app.screen, HelpScreen)
        assert "half a page" in scene.text()
        await scene.keys("escape", "d")
        await scene.until(lambda: isinstance(scene.app.screen, RawScreen), "the raw page")
        assert '"checkpoint"' in scene.text()
        await scene.keys("escape", "ctrl+p")
        assert isinstance(scene.app.screen, PaletteScreen)
        await scene.type("all-levels")
        await scene.keys("enter")
        await scene.until(lambda: scene.main.desk.spec.threshold == 0, "the action to run")


async def test_a_bare_start_welcomes_and_offers_the_demo(tmp_path: Path) -> None:
    async with playing(options(None, tmp_path / "none.db")) as scene:
        assert isinstance(scene.app.screen, WelcomeScreen)
        assert "Nothing has been sent anywhere" in scene.text()
        await scene.keys("d")
    assert scene.app.return_value == "demo"
    assert not (tmp_path / "none.db").exists()


async def test_too_small_says_what_is_needed(tmp_path: Path) -> None:
    async with demo(tmp_path, size=(38, 9)) as scene:
        await scene.until(lambda: scene.main.ready, "start")
        assert "40x10 needed" in scene.text()


# --- bad input -----------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def answering(head: str, body: bytes) -> AsyncIterator[str]:
    """A server that gives every request the same answer and closes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head.encode() + b"\r\nConnection: close\r\n\r\n" + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


def account(url: str, key: str = "demo") -> Account:
    provider = StaticProvider("demo", key)
    return Account(provider=provider, profile="p", das_endpoint=url, dms_endpoint=url)


async def asked(store: Path, given: Account, text: str = "Is it up?") -> tuple[Scene, object]:
    start = AppOptions(store_path=store, account=given, ask=("das", text), theme="das-dark")
    stack = contextlib.AsyncExitStack()
    scene = await stack.enter_async_context(playing(start))
    await scene.until(
        lambda: scene.main.session is not None and not scene.session.running, "a verdict"
    )
    return scene, stack


OK = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream"
GOOD = b'data:{"Id":"s","Answer":"fine","Event":"agent_message"}\n\n'
END = b'data:{"Id":"s","Answer":"","Event":"summary","Metadata":{"CharCount":4}}\n\n'


@pytest.mark.parametrize(
    ("head", "body", "state", "words"),
    [
        (
            "HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nx-acs-request-id: R-1",
            b'{"Code":"NoPermission","Message":"no","RequestId":"R-1"}',
            State.FAILED,
            "hdm:GetDasAgentSSE",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Type: text/html",
            b"<html><h1>Hotel portal</h1></html>",
            State.CUT,
            "web page",
        ),
        (OK, GOOD, State.CUT, "may be complete"),
        (OK, GOOD + b"data:{broken\n\n" + END, State.FINISHED, "malformed"),
        (
            OK,
            b'data:{"Id":"s","Event":"dance","Answer":"?"}\n\n' + GOOD + END,
            State.FINISHED,
            "dance",
        ),
        (
            OK,
            b'data:{"Answer":"\\u001b]52;c;eA==\\u0007[/b]","Event":"agent_message"}\n\n' + END,
            State.FINISHED,
            "␛]52;c;eA==",
        ),
    ],
    ids=["refused", "html", "cut", "malformed", "unknown", "hostile"],
)
async def test_bad_answers_are_said_and_the_app_goes_on(
    tmp_path: Path, head: str, body: bytes, state: State, words: str
) -> None:
    async with answering(head, body) as url:
        scene, stack = await asked(tmp_path / "h.db", account(url))
        async with stack:
            assert scene.session.state is state
            await scene.keys("x", "0")
            assert words in scene.text("transcript")
            assert scene.app.barrier.leaked == 0
            await scene.keys("question_mark", "escape")
            assert scene.app.is_running


async def test_nobody_listening_is_not_sent(tmp_path: Path) -> None:
    async with answering(OK, b"") as url:
        pass
    scene, stack = await asked(tmp_path / "h.db", replace(account(url)))
    async with stack:
        assert scene.session.state is State.NOT_DISPATCHED
        await scene.until(lambda: "Not sent" in scene.text("transcript"), "the words for it")
        await scene.keys("r")
        assert scene.main.pane == "composer"
        assert scene.main.editor is not None
        assert scene.main.editor.text == "Is it up?"


async def test_a_wrong_secret_is_explained(tmp_path: Path) -> None:
    with Service.start(speed=100) as service:
        given = Account(
            provider=StaticProvider(service.access_key_id, "not the secret"),
            das_endpoint=service.url,
            dms_endpoint=service.url,
        )
        scene, stack = await asked(tmp_path / "h.db", given)
        async with stack:
            failure = bodies(scene)[-1]
            assert isinstance(failure, Failure)
            assert "SignatureDoesNotMatch" in failure.fact
            assert failure.request_id
            assert "not the secret" not in scene.text()


async def test_an_unknown_session_is_explained(tmp_path: Path) -> None:
    with Service.start(speed=100) as service:
        given = options(service, tmp_path / "h.db", attach=("no-such-session", "ag-none"))
        async with playing(given) as scene:
            await scene.until(
                lambda: scene.main.reader is not None and not scene.session.running, "a verdict"
            )
            assert any(isinstance(body, Failure) for body in bodies(scene))


async def test_unsent_words_survive_leaving_and_switching(tmp_path: Path) -> None:
    async with demo(tmp_path) as scene:
        await scene.open("Weekly report")
        await scene.keys("i")
        await scene.type("half a thought")
        await scene.keys("ctrl+j")
        await scene.type("second line")
        await scene.keys("escape")
        assert "half a thought" in scene.text("composer")
        await scene.open("Top ten teas")
        assert "half a thought" not in scene.text("composer")
        await scene.open("Weekly report")
        await scene.keys("i")
        assert scene.main.editor is not None
        assert scene.main.editor.text == "half a thought\nsecond line"


async def test_no_color_is_readable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Text is the terminal's own colour on its own ground, not black on black."""
    monkeypatch.setenv("NO_COLOR", "1")
    async with demo(tmp_path, theme="") as scene:
        await scene.open("Weekly report")
        strips = scene.app.screen._compositor.render_strips(scene.app.size)
        styles = [segment.style for strip in strips for segment in strip if segment.text.strip()]
        assert scene.app.palette.name == "das-mono"
        assert any(style.bold for style in styles)
        for style in styles:
            assert style.color is None or style.color.is_default
            assert style.bgcolor is None or style.bgcolor.is_default


async def test_a_session_gets_another_title(tmp_path: Path) -> None:
    async with demo(tmp_path) as scene:
        await scene.open("Weekly report")
        key = scene.main.open_key
        await scene.keys("colon")
        await scene.type("rename Week 52")
        await scene.keys("enter")
        await scene.until(lambda: scene.session.title == "Week 52", "the title")
        assert (scene.main.open_key, scene.session.origin) == (key, "here")
        assert "Week 52" in scene.text("sidebar")
        assert "renamed" in scene.text("status")


async def test_a_wrong_word_is_answered(tmp_path: Path) -> None:
    async with demo(tmp_path) as scene:
        await scene.open("晚点包裹 三月")
        await scene.answerable()
        await scene.keys("y")
        await scene.type("wrong")
        await scene.keys("enter")
        assert "not sent" in scene.text("status")


async def test_starting_again_asks_in_the_same_sessions(tmp_path: Path) -> None:
    async with demo(tmp_path, speed=300, runs=[DIAGNOSIS]) as scene:
        await scene.open("CPU")
        await scene.until(lambda: scene.session.state is State.FINISHED, "the answer")
        count = len(scene.main.desk.sessions)
    async with demo(tmp_path, speed=300, runs=[DIAGNOSIS]) as scene:
        await scene.open("CPU")
        await scene.until(lambda: bodies(scene).count(Question(DIAGNOSIS.text)) == 2, "the second")
        assert len(scene.main.desk.sessions) == count

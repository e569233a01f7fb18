"""Every action of the table by its first key, or by its word where it has none, and what it does.

A case is a function that prepares the screen, calls `press`, and looks at what only this action
does. An action without a case fails here.
"""

import contextlib
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pytest

from das_tui.cli.seeding import seed
from das_tui.domain.blocks import Question, Tool, ToolStatus
from das_tui.domain.session import State
from das_tui.tui.actions import ACTIONS, BY_ID, NAMELESS, Action
from das_tui.tui.options import LiveRun
from das_tui.tui.reader import Reader
from das_tui.tui.screens.compare import ComparePage
from das_tui.tui.screens.files import FilesPage
from das_tui.tui.screens.help import HelpScreen
from das_tui.tui.screens.keys import KeysScreen
from das_tui.tui.screens.new_session import NewSessionPage
from das_tui.tui.screens.palette import PaletteScreen
from das_tui.tui.screens.raw import RawScreen
from das_tui.tui.screens.timeline import TimelinePage
from das_tui.tui.screens.trial import TrialScreen
from das_tui.tui.screens.welcome import WelcomeScreen
from tests.driving import Scene, demo, options, playing

WRITE = "晚点包裹 三月"
PLAN = "Rebalance plan"
FAILED = "Deadlock 07:52"


class Stage:
    """The app, and how the action is run in it."""

    def __init__(self, scene: Scene, action: Action, monkeypatch: pytest.MonkeyPatch) -> None:
        self.scene = scene
        self.action = action
        self.monkeypatch = monkeypatch

    async def press(self, argument: str = "") -> None:
        """The action's first key; where it has none, or for an argument, its word."""
        if self.action.keys and not argument:
            await self.scene.keys(self.action.keys[0])
            return
        await self.scene.keys("colon")
        await self.scene.type(f"{self.action.word} {argument}".rstrip())
        await self.scene.keys("enter")
        pages = (PaletteScreen,)
        await self.scene.until(
            lambda: not isinstance(self.scene.app.screen, pages), "the command line to go"
        )
        await self.scene.pilot.pause()

    @property
    def reader(self) -> Reader:
        found = self.scene.main.reader
        assert found is not None
        return found

    @property
    def said(self) -> str:
        return self.scene.main.message

    @property
    def place(self) -> tuple[int, int]:
        """Window and cursor: later is larger."""
        return self.reader.top_row, self.reader.cursor

    async def page(self, kind: type) -> None:
        await self.scene.until(lambda: isinstance(self.scene.app.screen, kind), kind.__name__)

    def bodies(self) -> list[object]:
        transcript = self.reader.transcript
        return [transcript.block(at).body for at in range(len(transcript))]


Check: TypeAlias = Callable[[Stage], Awaitable[None]]
Setting: TypeAlias = Callable[[Path], contextlib.AbstractAsyncContextManager[Scene]]


@dataclass(frozen=True)
class Case:
    setting: Setting
    check: Check


CASES: dict[str, Case] = {}


def case(*ids: str, at: Setting) -> Callable[[Check], Check]:
    """The case of these actions."""

    def put(check: Check) -> Check:
        for name in ids:
            assert name not in CASES, f"{name} has two cases"
            CASES[name] = Case(at, check)
        return check

    return put


# --- where cases play ----------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def reading(folder: Path) -> AsyncIterator[Scene]:
    """A stored session at its beginning, without an account."""
    given = options(
        None,
        folder / "history.db",
        utc=True,
        level=0,
        settings_path=folder / "settings.toml",
    )
    async with playing(given, (120, 24)) as scene:
        await scene.open("Weekly report")
        await scene.keys("g")
        yield scene


@contextlib.asynccontextmanager
async def beside(folder: Path) -> AsyncIterator[Scene]:
    """The same with the sidebar focused, the cursor on its first session."""
    async with reading(folder) as scene:
        while scene.main.pane != "sidebar":
            await scene.keys("tab")
        await scene.keys("g")
        yield scene


@contextlib.asynccontextmanager
async def asking(folder: Path) -> AsyncIterator[Scene]:
    """A finished session of the service, with an account."""
    async with demo(folder, speed=100) as scene:
        await scene.open("Weekly report")
        await scene.until(lambda: scene.main.engine is not None, "the engine")
        yield scene


@contextlib.asynccontextmanager
async def writing(folder: Path) -> AsyncIterator[Scene]:
    """The composer of a new question to the Data Agent, with one line in it."""
    async with asking(folder) as scene:
        scene.main.begin_question("dms")
        await scene.until(lambda: scene.main.editor is not None, "the composer")
        await scene.type("How many?")
        yield scene


@contextlib.asynccontextmanager
async def approving(folder: Path) -> AsyncIterator[Scene]:
    """A plan that waits for an answer."""
    async with demo(folder, speed=100) as scene:
        await scene.open(PLAN)
        await scene.answerable()
        yield scene


@contextlib.asynccontextmanager
async def live(folder: Path) -> AsyncIterator[Scene]:
    """A run that is under way."""
    run = LiveRun("dms", "Why do riders find empty stations?", "Empty stations", "harbor_bikes")
    async with demo(folder, speed=1, runs=[run]) as scene:
        await scene.open("Empty stations")
        await scene.until(lambda: scene.session.state is State.LIVE, "the run")
        yield scene


# --- moving --------------------------------------------------------------------------------------


@case("line_down", "half_down", "page_down", "end", "next_block", at=reading)
async def goes_down(stage: Stage) -> None:
    before = stage.place
    await stage.press()
    assert stage.place > before
    steps = {"line_down": (0, 2), "half_down": (3, 14), "page_down": (14, 24)}
    if stage.action.id in steps:
        least, most = steps[stage.action.id]
        assert least <= stage.reader.top_row - before[0] <= most
    assert stage.reader.following is (stage.action.id == "end")


@case("line_up", "half_up", "page_up", "top", "previous_block", at=reading)
async def goes_up(stage: Stage) -> None:
    await stage.scene.keys("G")
    before = stage.place
    await stage.press()
    assert stage.place < before
    assert not stage.reader.following
    assert (stage.place == (0, 0)) is (stage.action.id == "top")


@case("next_question", "previous_question", at=reading)
async def to_a_question(stage: Stage) -> None:
    await stage.scene.open(PLAN)
    asked = [at for at, body in enumerate(stage.bodies()) if isinstance(body, Question)]
    assert len(asked) == 2
    down = stage.action.id == "next_question"
    await stage.scene.keys("g" if down else "G")
    await stage.press()
    assert stage.reader.cursor == asked[1]
    await stage.press()
    assert stage.reader.cursor == asked[1 if down else 0]


@case("next_error", "previous_error", at=reading)
async def to_an_error(stage: Stage) -> None:
    await stage.scene.open("Price test")
    failed = [
        at
        for at, body in enumerate(stage.bodies())
        if isinstance(body, Tool) and body.status is ToolStatus.FAILED
    ]
    assert len(failed) == 1
    await stage.scene.keys("g" if stage.action.id == "next_error" else "G")
    assert stage.reader.cursor not in failed
    await stage.press()
    assert stage.reader.cursor == failed[0]


@case("search", "sift", "note", "save", "pipe", at=reading)
async def opens_its_prompt(stage: Stage) -> None:
    await stage.press()
    prompt = stage.scene.main.prompt
    assert prompt is not None
    assert prompt.kind == stage.action.id


@case("next_hit", "previous_hit", at=reading)
async def walks_over_hits(stage: Stage) -> None:
    await stage.scene.keys("slash")
    await stage.scene.type("week")
    await stage.scene.keys("enter")
    if stage.action.id == "previous_hit":
        await stage.scene.keys("n", "n")
    before = stage.reader.cursor
    await stage.press()
    after = stage.reader.cursor
    assert after > before if stage.action.id == "next_hit" else after < before


@case("mark", at=reading)
async def marks(stage: Stage) -> None:
    await stage.press()
    await stage.scene.until(lambda: stage.reader.transcript.marks, "the mark")
    assert list(stage.reader.transcript.marks) == [stage.reader.cursor]


@case("next_mark", "previous_mark", at=reading)
async def to_a_mark(stage: Stage) -> None:
    await stage.scene.keys("J", "m")
    await stage.scene.until(lambda: stage.reader.transcript.marks, "the mark")
    marked = stage.reader.cursor
    await stage.scene.keys("g" if stage.action.id == "next_mark" else "G")
    assert stage.reader.cursor != marked
    await stage.press()
    assert stage.reader.cursor == marked


@case("at", at=reading)
async def to_a_time(stage: Stage) -> None:
    await stage.press("99:99")
    assert "10:31" in stage.said


@case("left", "right", at=reading)
async def goes_sideways(stage: Stage) -> None:
    if stage.action.id == "left":
        await stage.scene.keys("right", "right")
    before = stage.scene.main.desk.spec.shift
    await stage.press()
    assert stage.scene.main.desk.spec.shift - before == (8 if stage.action.id == "right" else -8)


# --- reading -------------------------------------------------------------------------------------


@case("lower", "higher", "level", "all_levels", at=reading)
async def changes_the_threshold(stage: Stage) -> None:
    desk = stage.scene.main.desk
    levels = list(stage.reader.transcript.levels)
    stage.scene.main._respec(threshold=levels[1])
    await stage.press("30" if stage.action.id == "level" else "")
    wanted = {"lower": levels[0], "higher": levels[2], "level": 30, "all_levels": 0}
    assert desk.spec.threshold == wanted[stage.action.id]


@case("level_menu", "kinds", "settings", at=reading)
async def opens_its_menu(stage: Stage) -> None:
    await stage.press()
    wanted = stage.action.id.removesuffix("_menu")
    kind = {"level": "levels"}.get(wanted, wanted)
    main = stage.scene.main
    await stage.scene.until(lambda: main.dock is not None and main.dock.kind == kind, kind)


@case("open", at=reading)
async def opens_what_folds(stage: Stage) -> None:
    transcript = stage.reader.transcript
    for _ in range(len(transcript)):
        if not transcript.is_open(stage.reader.cursor):
            await stage.press()
            if transcript.is_open(stage.reader.cursor):
                return
        await stage.scene.keys("J")
    raise AssertionError("nothing folds")


@case("tools", at=reading)
async def opens_all_tools(stage: Stage) -> None:
    await stage.press()
    assert stage.reader.transcript.tools_open


@case("only_answers", at=reading)
async def leaves_only_answers(stage: Stage) -> None:
    await stage.press()
    assert stage.reader.transcript.answers_only


@case("raw", at=reading)
async def shows_the_event(stage: Stage) -> None:
    await stage.press()
    await stage.page(RawScreen)


@case("times", at=reading)
async def shows_times(stage: Stage) -> None:
    await stage.press()
    assert stage.scene.main.desk.spec.show_times


@case("wrap", at=reading)
async def wraps_code(stage: Stage) -> None:
    await stage.press()
    assert stage.scene.main.desk.spec.wrap_code


# --- taking along --------------------------------------------------------------------------------


@case("copy", "copy_turn", "copy_markdown", at=reading)
async def copies(stage: Stage) -> None:
    written: list[str] = []
    stage.monkeypatch.setenv("TERM", "xterm-256color")
    driver = stage.scene.app._driver
    assert driver is not None
    stage.monkeypatch.setattr(driver, "write", written.append)
    await stage.press()
    await stage.scene.until(lambda: stage.said, "the answer")
    assert "OSC 52" in stage.said
    assert ("the turn" in stage.said) is (stage.action.id == "copy_turn")
    assert ("as Markdown" in stage.said) is (stage.action.id == "copy_markdown")
    assert any("\x1b]52;c;" in text for text in written)


@case("select", at=reading)
async def begins_a_range(stage: Stage) -> None:
    await stage.press()
    assert stage.scene.main.range_from == stage.reader.cursor


@case("pager", "plain_text", "suspend", "editor", at=reading)
async def leaves_the_screen(stage: Stage) -> None:
    """These give the terminal away; without a real one they say so. `test_taking.py` has one."""
    scene, left = stage.scene, []
    if stage.action.id == "editor":
        stage.monkeypatch.setattr(
            type(scene.main.taker), "edit", lambda _, field: left.append(field)
        )
        scene.main._open_editor("a question")
        await scene.until(lambda: scene.main.editor is not None, "the composer")
    elif stage.action.id == "suspend":
        stage.monkeypatch.setattr(scene.app, "action_suspend_process", lambda: left.append(1))
    else:
        name = {"pager": "page", "plain_text": "show_plain"}[stage.action.id]
        stage.monkeypatch.setattr(type(scene.main.taker), name, lambda _: left.append(1))
    await stage.press()
    await scene.until(lambda: left or "suspend" in stage.said, "the terminal to be given away")


# --- sessions ------------------------------------------------------------------------------------


@case("needs_me", at=asking)
async def to_who_waits(stage: Stage) -> None:
    await stage.press()
    assert stage.scene.session.state is State.NEEDS_INPUT


@case("previous_session", "next_session", at=reading)
async def to_a_neighbour(stage: Stage) -> None:
    main = stage.scene.main
    place = main.order.index(main.open_key)
    await stage.press()
    step = 1 if stage.action.id == "next_session" else -1
    assert main.open_key == main.order[(place + step) % len(main.order)]


@case("nth_session", at=reading)
async def to_the_first_session(stage: Stage) -> None:
    main = stage.scene.main
    main.open_session(main.order[3])
    await stage.press()
    assert main.open_key == main.order[0]


@case("session", at=reading)
async def opens_by_title(stage: Stage) -> None:
    await stage.press("deadlock")
    assert stage.scene.session.title == FAILED


@case("new_session", at=asking)
async def begins_a_question(stage: Stage) -> None:
    await stage.press()
    assert stage.scene.main.new_question
    assert stage.scene.main.pane == "composer"


@case("setup", at=asking)
async def sets_up(stage: Stage) -> None:
    await stage.press()
    await stage.page(NewSessionPage)


@case("new_setup", at=writing)
async def sets_up_from_the_composer(stage: Stage) -> None:
    await stage.press()
    await stage.page(NewSessionPage)


@case("remote", at=asking)
async def lists_what_the_service_has(stage: Stage) -> None:
    known = len(stage.scene.main.desk.sessions)
    await stage.press()
    await stage.scene.until(
        lambda: len(stage.scene.main.desk.sessions) > known or "service" in stage.said, "the list"
    )


@case("files", at=asking)
async def shows_files(stage: Stage) -> None:
    await stage.press()
    await stage.page(FilesPage)


@case("queue", at=asking)
async def shows_the_queue(stage: Stage) -> None:
    await stage.press()
    assert stage.said == "no question waits for its turn"


@case("filter", at=beside)
async def filters(stage: Stage) -> None:
    await stage.press()
    await stage.scene.type("report")
    main = stage.scene.main
    await stage.scene.until(lambda: main.desk.listing.choice.words == "report", "the filter")
    assert [main.desk.sessions[key].title for key in main.order] == ["Weekly report"]


@case("pin", at=beside)
async def pins(stage: Stage) -> None:
    main = stage.scene.main
    await stage.scene.keys("j", "j")
    key = main.side_cursor
    await stage.press()
    await stage.scene.until(lambda: main.desk.sessions[key].pinned, "the pin")


@case("rename", at=beside)
async def renames(stage: Stage) -> None:
    main = stage.scene.main
    key = main.side_cursor
    await stage.press()
    await stage.scene.keys("ctrl+u")
    await stage.scene.type("Another title")
    await stage.scene.keys("enter")
    await stage.scene.until(lambda: main.desk.sessions[key].title == "Another title", "the title")


@case("archive", at=beside)
async def puts_away(stage: Stage) -> None:
    main = stage.scene.main
    key = main.side_cursor
    await stage.press()
    await stage.scene.until(lambda: key not in main.order, "the session to go")
    assert main.desk.sessions[key].archived


@case("delete", at=beside)
async def deletes(stage: Stage) -> None:
    main = stage.scene.main
    await stage.scene.keys("G")
    key = main.side_cursor
    await stage.press()
    await stage.scene.until(lambda: key not in main.order or main.dock is not None, "the deletion")


@case("undo", at=beside)
async def takes_back(stage: Stage) -> None:
    main = stage.scene.main
    key = main.side_cursor
    await stage.scene.keys("A")
    await stage.scene.until(lambda: key not in main.order, "the session to go")
    await stage.press()
    await stage.scene.until(lambda: key in main.order, "the session to come back")


@case("archived", at=beside)
async def shows_what_was_put_away(stage: Stage) -> None:
    main = stage.scene.main
    key = main.side_cursor
    await stage.scene.keys("A")
    await stage.scene.until(lambda: key not in main.order, "the session to go")
    await stage.press()
    await stage.scene.until(lambda: main.order == [key], "what was put away")


@case("order", "group", at=reading)
async def lists_in_another_way(stage: Stage) -> None:
    word = {"order": "title", "group": "profile"}[stage.action.id]
    await stage.press(word)
    assert getattr(stage.scene.main.desk.listing.choice, stage.action.id) == word


@case("next_pane", "previous_pane", at=reading)
async def to_another_pane(stage: Stage) -> None:
    panes = stage.scene.main._panes()
    await stage.press()
    assert stage.scene.main.pane == panes[1 if stage.action.id == "next_pane" else -1]


# --- writing -------------------------------------------------------------------------------------


@case("write", at=asking)
async def writes(stage: Stage) -> None:
    await stage.press()
    assert stage.scene.main.pane == "composer"
    assert not stage.scene.main.new_question


@case("send", at=writing)
async def sends(stage: Stage) -> None:
    await stage.press()
    await stage.scene.until(
        lambda: stage.scene.main.session is not None and stage.scene.main.reader is not None,
        "the session",
    )
    await stage.scene.until(lambda: Question("How many?") in stage.bodies(), "the question")


@case("new_line", at=writing)
async def breaks_the_line(stage: Stage) -> None:
    await stage.press()
    assert stage.scene.main.editor is not None
    assert stage.scene.main.editor.text == "How many?\n"


@case("history", at=asking)
async def recalls(stage: Stage) -> None:
    await stage.scene.keys("i")
    assert stage.scene.main.editor is not None
    assert stage.scene.main.editor.text == ""
    await stage.press()
    assert Question(stage.scene.main.editor.text) in stage.bodies()


@case("leave", at=writing)
async def leaves(stage: Stage) -> None:
    await stage.press()
    assert stage.scene.main.pane != "composer"


# --- panes ---------------------------------------------------------------------------------------


@case("plan", at=reading)
async def hides_the_plan(stage: Stage) -> None:
    assert "panel" in stage.scene.main._layout.rects
    await stage.press()
    assert "panel" not in stage.scene.main._layout.rects


@case("alone", at=reading)
async def stands_alone(stage: Stage) -> None:
    await stage.press()
    assert not {"panel", "sidebar"} & set(stage.scene.main._layout.rects)


@case("timeline", at=reading)
async def shows_the_timeline(stage: Stage) -> None:
    await stage.press()
    await stage.page(TimelinePage)


@case("compare", at=reading)
async def compares(stage: Stage) -> None:
    await stage.press()
    await stage.page(ComparePage)


# --- answers -------------------------------------------------------------------------------------


@case("approve", "refuse", at=approving)
async def answers(stage: Stage) -> None:
    waiting = stage.scene.overview.ask_block
    await stage.press()
    await stage.scene.until(lambda: stage.scene.overview.ask_block != waiting, "the answer")
    ask = stage.bodies()[waiting]
    assert getattr(ask, "answered", "")


@case("approve_all", at=approving)
async def approves_all_later(stage: Stage) -> None:
    await stage.press()
    assert "only statements" in stage.said or "one by one" in stage.said


@case("edit", "reply", at=approving)
async def writes_the_answer(stage: Stage) -> None:
    await stage.press()
    main = stage.scene.main
    assert main.pane == "composer"
    assert main.draft.choice == stage.action.id
    assert bool(main.draft.given) is (stage.action.id == "edit")


# --- runs ----------------------------------------------------------------------------------------


@case("next_act", at=asking)
async def does_the_next_thing(stage: Stage) -> None:
    word = stage.scene.main._next_act()
    await stage.press()
    dock = stage.scene.main.dock
    assert word == "next question"
    assert dock is not None
    assert dock.kind == "suggestions"


@case("like", "dislike", at=asking)
async def rates(stage: Stage) -> None:
    await stage.press()
    await stage.scene.until(lambda: stage.said == f"{stage.action.id}d", "the service")


@case("issue", "report", at=asking)
async def asks_for_words(stage: Stage) -> None:
    await stage.press()
    assert stage.scene.main.draft.choice == stage.action.id
    assert stage.scene.main.pane == "composer"


@case("stop", at=live)
async def asks_before_it_stops(stage: Stage) -> None:
    await stage.press()
    dock = stage.scene.main.dock
    assert dock is not None
    assert dock.kind == "stop"
    assert stage.scene.session.running


# --- the program ---------------------------------------------------------------------------------


@case("profile", at=reading)
async def shows_profiles(stage: Stage) -> None:
    await stage.press()
    await stage.scene.until(
        lambda: isinstance(stage.scene.app.screen, WelcomeScreen) or "account" in stage.said,
        "the profiles",
    )


@case("theme", at=reading)
async def changes_the_theme(stage: Stage) -> None:
    await stage.press("das-light")
    assert stage.scene.app.palette.name == stage.scene.app.theme == "das-light"


@case("keys", at=reading)
async def shows_the_keys(stage: Stage) -> None:
    await stage.press()
    await stage.page(KeysScreen)


@case("doctor", at=reading)
async def tries_keys(stage: Stage) -> None:
    await stage.press()
    await stage.page(TrialScreen)


@case("request_id", at=reading)
async def copies_the_request_id(stage: Stage) -> None:
    await stage.press()
    assert "request" in stage.said


@case("palette", "command", at=reading)
async def opens_the_palette(stage: Stage) -> None:
    await stage.press()
    await stage.page(PaletteScreen)


@case("help", at=reading)
async def helps(stage: Stage) -> None:
    await stage.press()
    await stage.page(HelpScreen)


@case("slow", at=reading)
async def takes_the_line_for_slow(stage: Stage) -> None:
    await stage.press("on")
    assert stage.scene.main.link.slow


@case("redraw", at=reading)
async def redraws(stage: Stage) -> None:
    drawn: list[int] = []
    for pane in stage.scene.main._by_name.values():
        stage.monkeypatch.setattr(pane, "use", lambda _: drawn.append(1))
    await stage.press()
    assert len(drawn) > 3


@case("quit", at=reading)
async def quits(stage: Stage) -> None:
    await stage.press()
    assert stage.scene.app._exit


# --- the test ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stored sessions of the demo."""
    folder = tmp_path_factory.mktemp("history")
    seed(folder / "history.db")
    return folder


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
async def test_every_action_does_its_own(
    action: Action, history: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = CASES.get(action.id)
    assert found is not None, f"{action.id} has no case here: write what its key must do"
    shutil.copytree(history, tmp_path, dirs_exist_ok=True)
    for name in ("TMUX", "STY"):
        monkeypatch.delenv(name, raising=False)
    async with found.setting(tmp_path) as scene:
        await found.check(Stage(scene, action, monkeypatch))


def test_no_case_is_left_over() -> None:
    assert set(CASES) <= set(BY_ID)


def test_what_has_no_key_has_a_word() -> None:
    assert not [a.id for a in ACTIONS if not a.keys and a.id in NAMELESS]

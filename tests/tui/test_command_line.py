"""The command line: completion, arguments, history, words from elsewhere, and the nearest one."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from das_tui.cli.seeding import seed
from das_tui.tui.actions import ACTIONS, NAMELESS, Action
from das_tui.tui.screens import palette
from das_tui.tui.screens.palette import PaletteScreen
from das_tui.tui.theme import PALETTES
from das_tui.view.glyphs import UTF8
from tests.driving import Scene, options, playing

SIZES = [(120, 36), (80, 24), (40, 15)]


@contextlib.asynccontextmanager
async def stored(
    folder: Path, size: tuple[int, int] = (120, 36), **more: object
) -> AsyncIterator[Scene]:
    seed(folder / "history.db")
    async with playing(options(None, folder / "history.db", **more), size) as scene:
        await scene.open("Weekly report")
        yield scene


async def opened(scene: Scene, text: str = "") -> PaletteScreen:
    await scene.keys("colon")
    await scene.type(text)
    found = scene.app.screen
    assert isinstance(found, PaletteScreen)
    return found


async def ran(scene: Scene, text: str) -> None:
    await opened(scene, text)
    await scene.keys("enter")
    await scene.until(lambda: scene.app.screen is scene.main, "the command line to go")
    await scene.pilot.pause()


def lone(typed: str) -> PaletteScreen:
    """The page with something typed, on no screen."""
    return PaletteScreen(lambda *_: None, PALETTES["das-dark"], UTF8, typed)


# --- words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_a_whole_word_means_that_action(action: Action) -> None:
    if action.id not in NAMELESS:
        assert lone(action.word).matches()[0].action is action


@pytest.mark.parametrize(("typed", "meant"), palette.ALIASES.items())
def test_words_from_elsewhere_are_understood(typed: str, meant: str) -> None:
    assert lone(typed).matches()[0].id == meant


async def test_q_quits(tmp_path: Path) -> None:
    async with stored(tmp_path) as scene:
        await opened(scene, "q")
        await scene.keys("enter")
        await scene.until(lambda: scene.app._exit, "the end")


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_an_unknown_word_gives_the_nearest(tmp_path: Path, size: tuple[int, int]) -> None:
    async with stored(tmp_path, size) as scene:
        page = await opened(scene, "setings")
        assert "No action is called" in scene.text()
        assert "Nearest: settings" in scene.text()
        await scene.keys("enter")
        assert scene.app.screen is page, "nothing runs that was not meant"
        await scene.keys("tab")
        assert page.typed == "settings"


async def test_full_width_words_are_read_as_they_are_meant(tmp_path: Path) -> None:
    async with stored(tmp_path) as scene:
        await scene.characters("：ｔｈｅｍｅ\u3000light")
        page = scene.app.screen
        assert isinstance(page, PaletteScreen)
        assert page.matches()[0].argument == "das-light"


async def test_w_and_a_name_saves_there(tmp_path: Path) -> None:
    async with stored(tmp_path) as scene:
        await ran(scene, "w report of today.md")
        prompt = scene.main.prompt
        assert prompt is not None
        assert (prompt.kind, prompt.line.text) == ("save", "report of today.md")


# --- completion ----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_tab_completes_words_and_arguments(tmp_path: Path, size: tuple[int, int]) -> None:
    async with stored(tmp_path, size) as scene:
        page = await opened(scene, "them")
        await scene.keys("tab")
        assert page.typed == "theme "
        assert "das-light" in scene.text()
        await scene.type("mo")
        await scene.keys("tab")
        assert page.typed == "theme das-mono"
        await scene.keys("enter")
        await scene.until(lambda: scene.app.palette.name == "das-mono", "the theme")


async def test_arguments_are_listed_where_they_are_known(tmp_path: Path) -> None:
    async with stored(tmp_path) as scene:
        page = await opened(scene)

        def offered(typed: str) -> list[str]:
            page.typed = typed
            return [match.argument for match in page.matches()]

        assert set(PALETTES) <= set(offered("theme "))
        assert "20" in offered("level ")
        assert {"questions", "tools"} <= set(offered("kinds "))
        assert {"title", "recent"} <= set(offered("order "))
        assert {"target", "profile", "none"} <= set(offered("group "))
        assert offered("slow ") == ["on", "off", "auto"]
        assert offered("session dead") == ["Deadlock 07:52"]
        assert offered("at 08:30") == ["08:30"]
        assert offered("kinds ")[0] == "", "an argument that may be left out"


async def test_kinds_are_named(tmp_path: Path) -> None:
    async with stored(tmp_path) as scene:
        reader = scene.main.reader
        assert reader is not None
        everything = reader.transcript.sifted
        await ran(scene, "kinds questions")
        assert reader.transcript.sifted > everything
        await ran(scene, "kinds all")
        assert reader.transcript.sifted == everything
        await ran(scene, "kinds mice")
        assert "no kind is called mice" in scene.text("status")


async def test_profiles_are_completed_from_the_file(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[profiles.ops]\n[profiles.lab]\n")

    def nothing(name: str, profile: object) -> object:
        raise AssertionError(name)

    more = {"config_path": config, "open_account": nothing}
    async with stored(tmp_path, **more) as scene:
        page = await opened(scene, "profile o")
        await scene.until(lambda: page.matches()[0].argument == "ops", "the profiles")


async def test_a_session_is_opened_by_its_title(tmp_path: Path) -> None:
    async with stored(tmp_path) as scene:
        await ran(scene, "session DEADLOCK")
        assert scene.session.title == "Deadlock 07:52"
        await ran(scene, "session 晚点")
        assert scene.session.title == "晚点包裹 三月"
        await ran(scene, "session nowhere")
        assert "no session is called nowhere" in scene.text("status")


# --- history -------------------------------------------------------------------------------------


async def test_up_brings_earlier_commands(tmp_path: Path) -> None:
    async with stored(tmp_path) as scene:
        await ran(scene, "level 30")
        await ran(scene, "times")
        page = await opened(scene)
        await scene.keys("up")
        assert page.typed == "times"
        await scene.keys("up")
        assert page.typed == "level 30"
        await scene.keys("up")
        assert page.typed == "level 30"
        await scene.keys("down", "down")
        assert page.typed == ""
        await scene.keys("up", "up", "enter")
        await scene.until(lambda: scene.app.screen is scene.main, "the command line to go")
        assert scene.main.commands == ["times", "level 30"]


async def test_up_chooses_where_something_is_typed(tmp_path: Path) -> None:
    async with stored(tmp_path) as scene:
        await ran(scene, "times")
        page = await opened(scene, "session")
        await scene.keys("down", "down")
        assert page.cursor == 2
        await scene.keys("up", "up", "up")
        assert (page.cursor, page.typed) == (0, "session")


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_the_cursor_stays_in_sight(tmp_path: Path, size: tuple[int, int]) -> None:
    async with stored(tmp_path, size) as scene:
        page = await opened(scene)
        for _ in range(60):
            await scene.keys("down")
        chosen = page.matches()[page.cursor].action
        assert chosen.word in scene.text()
        assert page.head(size[0])[1].text.rstrip() in scene.text()


def test_a_long_line_is_cut_at_its_beginning() -> None:
    page = lone("rename " + "晚点" * 200 + "end")
    for row in [*page.head(40), *page.rows(40)]:
        assert row.width <= 40
    assert page.head(40)[1].text.rstrip().endswith("end")

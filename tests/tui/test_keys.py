"""Keys of one's own: the page that changes them, where they show, and what arrives of a key."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from das_tui.cli.seeding import seed
from das_tui.config import settings
from das_tui.tui.screens.help import HelpScreen
from das_tui.tui.screens.keys import KeysScreen
from das_tui.tui.screens.palette import PaletteScreen
from das_tui.tui.screens.trial import TrialScreen
from tests.driving import Scene, demo, options, playing

SIZES = [(120, 36), (80, 24), (40, 15)]


@contextlib.asynccontextmanager
async def opened(
    folder: Path,
    size: tuple[int, int] = (120, 36),
    *,
    keys: Mapping[str, str | list[str]] | None = None,
) -> AsyncIterator[tuple[Scene, KeysScreen]]:
    """The page of keys over a stored session."""
    async with stored(folder, size, keys=keys) as scene:
        await scene.keys("colon")
        await scene.type("keys")
        await scene.keys("enter")
        await scene.until(lambda: isinstance(scene.app.screen, KeysScreen), "the page")
        page = scene.app.screen
        assert isinstance(page, KeysScreen)
        yield scene, page


@contextlib.asynccontextmanager
async def stored(
    folder: Path,
    size: tuple[int, int] = (120, 36),
    *,
    keys: Mapping[str, str | list[str]] | None = None,
) -> AsyncIterator[Scene]:
    seed(folder / "history.db")
    given = options(
        None, folder / "history.db", keys=keys or {}, settings_path=folder / "settings.toml"
    )
    async with playing(given, size) as scene:
        await scene.open("Weekly report")
        yield scene


async def to(scene: Scene, page: KeysScreen, action_id: str) -> None:
    """The cursor of the page on an action."""
    ids = [action.id for action in page.listed()]
    place = ids.index(action_id)
    while page.cursor != place:
        await scene.keys("j" if page.cursor < place else "k")


async def kept(scene: Scene, folder: Path, wanted: dict[str, str | list[str]]) -> None:
    path = folder / "settings.toml"
    await scene.until(lambda: path.exists() and settings.load(path).keys == wanted, str(wanted))


# --- changing ------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_an_action_gets_another_key(tmp_path: Path, size: tuple[int, int]) -> None:
    async with opened(tmp_path, size) as (scene, page):
        await to(scene, page, "alone")
        await scene.keys("enter")
        assert "Press the key for: transcript alone" in scene.text().replace("\n   ", " ")
        await scene.keys("Z")
        await kept(scene, tmp_path, {"alone": "Z"})
        assert "transcript alone: Z" in scene.text()
        await scene.keys("escape")
        assert scene.app.screen is scene.main
        await scene.keys("z")
        assert not scene.main.alone
        await scene.keys("Z")
        assert scene.main.alone


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_a_conflict_is_shown_before_the_key_is_taken(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with opened(tmp_path, size) as (scene, page):
        await to(scene, page, "quit")
        await scene.keys("enter", "x")
        assert ":tools" in scene.text()
        assert page.found.table.by_id["quit"].keys == ("q",)
        await scene.keys("escape")
        assert page.own == {}
        await scene.keys("enter", "x", "enter")
        await kept(scene, tmp_path, {"quit": "x"})
        await scene.keys("g")
        assert "tools has no key left" in scene.text().replace("\n     ", " ")
        assert scene.main.table.find("transcript", "x").id == "quit"


async def test_a_key_can_be_added_taken_away_and_given_back(tmp_path: Path) -> None:
    async with opened(tmp_path) as (scene, page):
        await to(scene, page, "help")
        await scene.keys("a", "ctrl+g")
        await kept(scene, tmp_path, {"help": ["?", "^g"]})
        await scene.keys("x")
        await kept(scene, tmp_path, {"help": []})
        assert page.found.table.by_id["help"].keys == ()
        await scene.keys("0")
        await kept(scene, tmp_path, {})
        assert page.found.table.by_id["help"].keys == ("question_mark",)
        await scene.keys("u", "u")
        await kept(scene, tmp_path, {"help": ["?", "^g"]})
        await scene.keys("u")
        await kept(scene, tmp_path, {})
        await scene.keys("u")
        assert "Nothing was changed" in scene.text()


async def test_a_key_taken_from_another_of_ones_own_goes_over(tmp_path: Path) -> None:
    async with opened(tmp_path, keys={"alone": ["Z", "^x"]}) as (scene, page):
        await to(scene, page, "plan")
        await scene.keys("enter", "Z", "enter")
        await kept(scene, tmp_path, {"alone": "^x", "plan": "Z"})
        assert not [fault for fault in page.found.faults if fault.refused]


@pytest.mark.parametrize(
    ("key", "why"), [("ctrl+h", "backspace"), ("f5", "function keys"), ("alt+x", "slow line")]
)
async def test_what_cannot_be_bound_says_why(tmp_path: Path, key: str, why: str) -> None:
    async with opened(tmp_path) as (scene, page):
        await to(scene, page, "plan")
        await scene.keys("enter", key)
        assert "Not that one" in scene.text()
        assert why in scene.text()
        await scene.keys("Z")
        await kept(scene, tmp_path, {"plan": "Z"})


async def test_full_width_characters_work_here_too(tmp_path: Path) -> None:
    async with opened(tmp_path) as (scene, page):
        await scene.characters("、ｑｕｉｔ")
        assert [action.id for action in page.listed()] == ["quit"]
        await scene.keys("enter", "enter")
        await scene.characters("Ｚ")
        await kept(scene, tmp_path, {"quit": "Z"})
        await scene.keys("escape")
        await scene.characters("ｑ")
        assert scene.app.screen is scene.main


async def test_a_broken_file_keeps_nothing_and_the_key_holds(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("keys = 7\n")
    async with opened(tmp_path) as (scene, page):
        await to(scene, page, "plan")
        await scene.keys("enter", "Z")
        await scene.until(lambda: "Not kept" in scene.text(), "the reason")
        assert scene.main.table.by_id["plan"].keys == ("Z",)
    assert (tmp_path / "settings.toml").read_text() == "keys = 7\n"


# --- where keys show -----------------------------------------------------------------------------


async def test_footer_help_and_palette_show_ones_own_keys(tmp_path: Path) -> None:
    own: dict[str, str | list[str]] = {"help": "H", "plan": "^g", "next_session": ">"}
    async with stored(tmp_path, keys=own) as scene:
        footer = scene.text("footer")
        assert "H help" in footer
        assert "^g plan" in footer
        assert "[ > session" in footer
        await scene.keys("question_mark")
        assert scene.app.screen is scene.main
        await scene.keys("H")
        assert isinstance(scene.app.screen, HelpScreen)
        assert "^g z" in scene.text()
        await scene.keys("escape", "ctrl+p")
        assert isinstance(scene.app.screen, PaletteScreen)
        await scene.type("plan")
        assert "^g" in scene.text()


async def test_the_footer_leaves_out_what_has_no_key(tmp_path: Path) -> None:
    async with stored(tmp_path, keys={"tools": []}) as scene:
        assert "plan" in scene.text("footer")
        assert "tools" not in scene.text("footer")
        assert ": command" in scene.text("footer")


async def test_sentences_name_ones_own_keys(tmp_path: Path) -> None:
    async with stored(tmp_path, keys={"quit": "Z", "search": "^f", "needs_me": "!"}) as scene:
        assert "!" in scene.text("sidebar").splitlines()[1]
        await scene.keys("n")
        assert "^f searches" in scene.text("status")
        await scene.keys("ctrl+c")
        assert "Z quits" in scene.text("status")


async def test_an_approval_shows_and_takes_ones_own_keys(tmp_path: Path) -> None:
    async with demo(tmp_path, speed=100, keys={"approve": "Y", "refuse": "^r"}) as scene:
        await scene.open("Rebalance plan")
        await scene.answerable()
        assert "Y run" in scene.text("dock")
        assert "^r refuse" in scene.text("dock")
        waiting = scene.overview.ask_block
        await scene.keys("y")
        assert scene.overview.ask_block == waiting
        await scene.keys("Y")
        await scene.until(lambda: scene.overview.ask_block != waiting, "the answer")


async def test_what_is_refused_is_told_at_the_start(tmp_path: Path) -> None:
    async with stored(tmp_path, keys={"plan": "f5", "blub": "x"}) as scene:
        await scene.until(lambda: scene.main.message, "the words")
    async with opened(tmp_path, keys={"plan": "f5", "blub": "x"}) as (scene, _):
        assert "no action is called blub" in scene.text()
        assert "plan cannot have f5" in scene.text()


# --- what arrives --------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_the_trial_tells_what_comes_of_a_key(tmp_path: Path, size: tuple[int, int]) -> None:
    async with stored(tmp_path, size) as scene:
        await scene.keys("colon")
        await scene.type("doctor")
        await scene.keys("enter")
        await scene.until(lambda: isinstance(scene.app.screen, TrialScreen), "the page")
        await scene.keys("ctrl+d")
        rows = scene.text().splitlines()
        assert rows[2].split()[0] == "ctrl+d"
        await scene.characters("】q")
        rows = scene.text().splitlines()
        assert rows[2].split()[:3] == ["q", "q", "71"]
        assert "e3 80 91" in rows[3]
        if size[0] >= 80:
            assert "quit" in rows[2]
            assert "next-session" in rows[3]
            assert "half-down" in rows[4]
        await scene.keys("escape")
        assert isinstance(scene.app.screen, TrialScreen)
        await scene.keys("escape")
        assert scene.app.screen is scene.main


async def test_the_trial_names_what_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STY", "1.pts")
    monkeypatch.delenv("TMUX", raising=False)
    async with opened(tmp_path, keys={"plan": "^a"}) as (scene, _):
        await scene.keys("t")
        await scene.until(lambda: isinstance(scene.app.screen, TrialScreen), "the page")
        await scene.pilot.pause()
        assert "^a (plan) is the key of screen" in scene.text()

"""The menu of settings by its keys: it shows at once what it changes, and keeps it."""

import contextlib
import re
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from das_tui.cli.seeding import seed
from das_tui.config import settings
from das_tui.config.settings import Settings
from das_tui.domain.session import Session, State
from das_tui.tui.screens.settings import SettingsMenu
from das_tui.tui.theme import PALETTES
from das_tui.view.glyphs import ASCII, UTF8
from tests.driving import Scene, options, playing

SIZES = [(120, 36), (80, 24), (40, 15)]


@contextlib.asynccontextmanager
async def opened(
    folder: Path, size: tuple[int, int] = (120, 36), **more: object
) -> AsyncIterator[Scene]:
    """The menu over a stored session, kept in `folder`."""
    seed(folder / "history.db")
    base: dict[str, object] = {"settings_path": folder / "settings.toml"}
    given = options(None, folder / "history.db", **{**base, **more})
    async with playing(given, size) as scene:
        await scene.open("Weekly report")
        await open_menu(scene)
        yield scene


async def open_menu(scene: Scene) -> None:
    await scene.keys("colon")
    await scene.type("settings")
    await scene.keys("enter")
    await scene.until(lambda: scene.main.dock is not None, "the menu")


def menu(scene: Scene) -> SettingsMenu:
    found = scene.main._settings
    assert found is not None
    return found


async def to(scene: Scene, name: str) -> None:
    """The cursor of the menu on a setting."""
    place = menu(scene).fields.index(name)
    while menu(scene).cursor != place:
        await scene.keys("j" if menu(scene).cursor < place else "k")


async def kept(scene: Scene, folder: Path, wanted: Settings) -> None:
    path = folder / "settings.toml"
    await scene.until(lambda: path.exists() and settings.load(path) == wanted, str(wanted))


def grounds(scene: Scene) -> set[str]:
    """The background colours of the transcript as it is drawn."""
    strips = scene.main._pane("transcript")._strips
    styles = (segment.style for strip in strips for segment in strip)
    return {style.bgcolor.name for style in styles if style is not None and style.bgcolor}


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_the_menu_leaves_the_transcript_in_sight(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with opened(tmp_path, size) as scene:
        assert scene.main._layout.rects["transcript"].height >= 2
        for _ in menu(scene).fields:
            name = menu(scene).fields[menu(scene).cursor]
            value = menu(scene).words(name, getattr(menu(scene).settings, name))
            assert value in scene.text("menu")
            assert all(len(row.rstrip()) <= size[0] for row in scene.text().splitlines())
            await scene.keys("down")
        assert "Enter shows all keys" in scene.text("menu").replace("\n", " ")
        await scene.keys("escape")
        assert scene.main.dock is None


async def test_a_theme_shows_at_once_and_stays(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        for name in PALETTES:
            await scene.keys("right")
            assert scene.app.palette is PALETTES[name]
            await scene.until(lambda name=name: scene.app.theme == name, name)  # type: ignore[misc]
            await scene.pilot.pause()
            ground = PALETTES[name].colour("bg") or "default"
            assert ground in grounds(scene), name
            assert scene.main.desk.spec.inline_code_marks is PALETTES[name].ansi
        await kept(scene, tmp_path, Settings(theme="das-mono"))
    mode = stat.S_IMODE((tmp_path / "settings.toml").stat().st_mode)
    assert mode == 0o600


async def test_a_page_that_is_opened_later_has_the_theme(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        await scene.keys("right", "right", "escape", "question_mark")
        page = scene.app.screen.query_one("#page")
        await scene.until(lambda: page._strips, "the page")  # type: ignore[attr-defined]
        styles = [segment.style for strip in page._strips for segment in strip]  # type: ignore[attr-defined]
        assert {style.bgcolor.name for style in styles} <= set(
            PALETTES["das-light"].colours.values()
        )


async def test_every_setting_holds_and_is_kept(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        main = scene.main
        await to(scene, "level")
        await scene.keys("right")
        assert main.desk.spec.threshold == 30
        await to(scene, "bell")
        await scene.keys("right")
        assert main.options.bell == scene.app.options.bell == "title"
        await to(scene, "link")
        await scene.keys("right")
        assert main.link.slow
        await to(scene, "utc")
        await scene.keys("enter")
        assert main.desk.spec.utc
        await to(scene, "seconds")
        await scene.keys("right")
        assert re.search(r"Write the weekly report of week 52\. +\d\d:\d\d:\d\d", scene.text())
        await to(scene, "group")
        await scene.keys("l")
        assert main.desk.listing.choice.group == "profile"
        await to(scene, "order")
        await scene.keys("right")
        assert main.desk.listing.choice.order == "recent"
        await to(scene, "mouse")
        await scene.keys("left")
        assert not scene.app.options.mouse
        await to(scene, "ambiguous")
        await scene.keys("right")
        assert main.glyphs is ASCII
        assert main.desk.spec.glyphs is ASCII
        assert scene.text().isascii() or "▎" not in scene.text()
        wanted = Settings(
            level=30,
            bell="title",
            link="slow",
            utc=True,
            seconds=True,
            group="profile",
            order="recent",
            mouse=False,
            ambiguous=2,
        )
        await kept(scene, tmp_path, wanted)
        await scene.keys("left")
        assert main.glyphs is UTF8


async def test_compact_rows_show_more_and_hold_the_place(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        reader = scene.main.reader
        assert reader is not None
        await scene.keys("escape", "g", "J", "J", "J")
        at = reader.cursor
        await open_menu(scene)
        before = len(reader.transcript.rows(0, 1000))
        await to(scene, "density")
        await scene.keys("right")
        lines = reader.transcript.rows(0, 1000)
        assert len(lines) == reader.transcript.height <= before - 4
        blanks = {line.block for line in lines if line.kind == "blank"}
        bodies = {type(reader.transcript.block(at).body).__name__ for at in blanks}
        assert bodies == {"StepRule"}, "the one question is at the top"
        assert reader.cursor == at
        await kept(scene, tmp_path, Settings(density="compact"))
        await scene.keys("left")
        assert len(reader.transcript.rows(0, 1000)) == reader.transcript.height == before
        assert reader.cursor == at


async def test_u_takes_changes_back_one_by_one(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        await to(scene, "level")
        await scene.keys("right", "right")
        await to(scene, "utc")
        await scene.keys("right")
        await kept(scene, tmp_path, Settings(level=40, utc=True))
        await scene.keys("u")
        assert not scene.main.desk.spec.utc
        await scene.keys("u")
        assert scene.main.desk.spec.threshold == 30
        assert menu(scene).fields[menu(scene).cursor] == "level"
        await scene.keys("u")
        await kept(scene, tmp_path, Settings())
        await scene.keys("u")
        assert "nothing was changed" in scene.text("status")


async def test_0_brings_the_default_back(tmp_path: Path) -> None:
    settings.save(tmp_path / "settings.toml", Settings(level=50, profile="ops"))
    async with opened(tmp_path, level=50) as scene:
        await to(scene, "level")
        assert "50" in scene.text("menu")
        await scene.keys("0")
        await kept(scene, tmp_path, Settings(profile="ops"))
        assert scene.main.desk.spec.threshold == 20


async def test_full_width_keys_move_and_undo(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        await scene.keys("ｊ", "ｌ")
        assert scene.main.desk.spec.threshold == 30
        await scene.keys("ｕ")
        assert scene.main.desk.spec.threshold == 20
        await scene.keys("ｑ")
        assert scene.main.dock is None


async def test_the_config_is_never_touched(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("# mine\n[profiles.ops]\n")
    before = config.stat()
    async with opened(tmp_path, config_path=config) as scene:
        await scene.keys("right")
        await kept(scene, tmp_path, Settings(theme="das-dark"))
    after = config.stat()
    assert (after.st_mtime_ns, after.st_ino, config.read_text()) == (
        before.st_mtime_ns,
        before.st_ino,
        "# mine\n[profiles.ops]\n",
    )


# --- where it cannot be kept ---------------------------------------------------------------------


@pytest.mark.parametrize("broken", ["level = \n", "thema = 'x'\n", "level = 'high'\n"])
async def test_a_broken_file_is_named_and_left_alone(tmp_path: Path, broken: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(broken)
    async with opened(tmp_path) as scene:
        await scene.until(lambda: "hold now" in scene.text("menu"), "the reason")
        assert "not kept in" in scene.text("menu")
        assert "settings.toml" in scene.text("menu").splitlines()[1], "the title"
        assert str(tmp_path) not in scene.text("menu").partition("hold now")[2]
        await to(scene, "level")
        await scene.keys("right")
        assert scene.main.desk.spec.threshold == 30
        await scene.until(lambda: "Not kept" in scene.text("menu"), "that it is not kept")
    assert path.read_text() == broken


async def test_a_folder_that_takes_nothing_is_named(tmp_path: Path) -> None:
    path = tmp_path / "not a folder" / "settings.toml"
    path.parent.write_text("")
    async with opened(tmp_path, settings_path=path) as scene:
        await to(scene, "utc")
        await scene.keys("right")
        assert scene.main.desk.spec.utc
        await scene.until(lambda: "until you quit" in scene.text("menu"), "the reason")


async def test_what_was_broken_at_the_start_is_told(tmp_path: Path) -> None:
    seed(tmp_path / "history.db")
    given = options(None, tmp_path / "history.db", trouble="settings.toml: level: expected more")
    async with playing(given) as scene:
        await scene.until(lambda: "expected more" in scene.text(), "the reason")
        assert "The settings are not used" in scene.text("menu")
        await scene.keys("escape")
        assert scene.main.dock is None


# --- the bell ------------------------------------------------------------------------------------


async def test_another_bell_rings_for_nothing_that_waits_already(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(tmp_path) as scene:
        rung: list[int] = []
        monkeypatch.setattr(scene.app, "bell", lambda: rung.append(1))
        assert scene.main.desk.waiting()
        await to(scene, "bell")
        await scene.keys("right", "right", "right")
        assert scene.main.options.bell == "bell"
        assert rung == []
        scene.main.desk.put(Session("new", "dms", state=State.NEEDS_INPUT, since=9e9))
        scene.main.call_operator()
        assert rung == [1]


# --- words ---------------------------------------------------------------------------------------


async def test_a_theme_is_named_on_the_command_line(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        await scene.keys("escape", "colon")
        await scene.type("theme light")
        assert "das-light" in scene.text()
        await scene.keys("enter")
        await kept(scene, tmp_path, Settings(theme="das-light"))
        assert scene.app.palette.name == "das-light"
        await scene.keys("colon")
        await scene.type("theme mauve")
        await scene.keys("enter")
        await scene.until(lambda: "no theme is called mauve" in scene.text("status"), "the names")
        assert scene.app.palette.name == "das-light"


async def test_keys_change_the_threshold_for_now_only(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        await scene.keys("escape", "plus")
        threshold = scene.main.desk.spec.threshold
        assert threshold > 20
        await scene.keys("colon")
        await scene.type("level 40")
        await scene.keys("enter")
        await scene.until(lambda: scene.main.desk.spec.threshold == 40, "the level")
        await open_menu(scene)
        assert menu(scene).settings.level == 20
    assert not (tmp_path / "settings.toml").exists()

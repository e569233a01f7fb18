"""The first start: a profile in three keys, whatever this machine has."""

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from textual.events import Key

from das_tui.cli import account
from das_tui.config import profiles
from das_tui.tui.options import AppOptions
from das_tui.tui.screens.credentials import CredentialsScreen
from das_tui.tui.screens.new_profile import NewProfileScreen, proposed_name
from das_tui.tui.screens.welcome import WelcomeScreen
from tests.driving import Scene, demo, options, playing

SIZES = [(120, 36), (80, 24), (40, 15)]
KEY_ID = "LTAIexampleexample01"
SECRET = "canary-secret-value"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without credentials, on a machine without a role; the folder of the settings."""
    for name in list(os.environ):
        if name.startswith(("ALIBABA_CLOUD_", "DATA_AGENT_", "DAS_TUI_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true")
    for folder in ("home", "config"):
        (tmp_path / folder).mkdir()
    return tmp_path / "config"


def bare(folder: Path) -> AppOptions:
    """A start without profile and store."""
    return with_profiles(folder, options(None, folder.parent / "h.db"))


def with_profiles(folder: Path, given: AppOptions) -> AppOptions:
    """The same start with profiles in `folder`."""
    from dataclasses import replace

    return replace(
        given,
        config_path=folder / "config.toml",
        settings_path=folder / "settings.toml",
        open_account=account.build,
    )


def aliyun(home: Path, *entries: dict[str, Any], current: str = "") -> None:
    """Profiles of the official command line."""
    (home / ".aliyun").mkdir(parents=True, exist_ok=True)
    content = {"current": current, "profiles": list(entries)}
    (home / ".aliyun" / "config.json").write_text(json.dumps(content))


def key_of(name: str, **more: str) -> dict[str, Any]:
    return {
        "name": name,
        "mode": "AK",
        "access_key_id": KEY_ID,
        "access_key_secret": SECRET,
        **more,
    }


async def chosen(scene: Scene, key: str) -> None:
    """Choose the credentials with that key, on the page that has them."""
    await scene.keys(key)
    await scene.until(lambda: isinstance(scene.app.screen, NewProfileScreen), "the second page")
    await scene.pilot.pause()


async def on_main(scene: Scene) -> None:
    await scene.until(lambda: scene.app.screen is scene.main and scene.main.ready, "the main page")


# --- three keys ----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_three_keys_make_a_profile(
    machine: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", KEY_ID)
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", SECRET)
    async with playing(bare(machine), size) as scene:
        await scene.keys("p")
        await chosen(scene, "1")
        assert 'credentials = "env"' in scene.text() or size[1] < 20
        await scene.keys("enter")
        await on_main(scene)
        used = scene.main.options.account
        assert used is not None
        assert (used.profile, used.region) == ("default", "cn-hangzhou")
        await scene.until(lambda: scene.main.message, "the credentials")
        assert "default is in use, AccessKey LTAI" in scene.main.message
        assert SECRET not in scene.text()
    found = profiles.load(machine / "config.toml")
    assert found.written == {"default": frozenset({"region", "credentials"})}
    assert found.profiles["default"].credentials == "env"
    assert stat.S_IMODE((machine / "config.toml").stat().st_mode) == 0o600
    assert SECRET not in (machine / "config.toml").read_text()


async def test_keys_typed_faster_than_the_machine_answers_are_kept(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", KEY_ID)
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", SECRET)
    async with playing(bare(machine)) as scene:
        page = CredentialsScreen(scene.app.palette, scene.app.glyphs, scene.app.accounts)
        page.handle(Key("1", "1"))
        assert not page.ready
        await scene.app.push_screen(page)
        await scene.until(lambda: isinstance(scene.app.screen, NewProfileScreen), "the second page")


async def test_a_profile_of_the_command_line_gives_name_and_region(machine: Path) -> None:
    home = machine.parent / "home"
    aliyun(home, key_of("a"), key_of("ops", region_id="cn-beijing"), current="ops")
    async with playing(bare(machine)) as scene:
        await scene.until(lambda: "profile ops of the aliyun" in scene.text(), "what is there")
        await scene.keys("p")
        await chosen(scene, "enter")
        await scene.keys("enter")
        await on_main(scene)
    profile = profiles.load(machine / "config.toml").profiles["ops"]
    assert (profile.region, profile.credentials) == ("cn-beijing", "profile:ops")


async def test_what_is_proposed_can_be_changed(machine: Path) -> None:
    aliyun(machine.parent / "home", key_of("ops"))
    (machine / "config.toml").write_text("[profiles.ops]\nregion = 'cn-beijing'")
    async with playing(bare(machine)) as scene:
        await scene.keys("p")
        await chosen(scene, "1")
        assert "ops-2" in scene.text()
        await scene.keys("g", "enter", "ctrl+u")
        await scene.type("ops")
        await scene.keys("enter")
        assert "there is a profile ops already" in scene.text()
        await scene.keys("ctrl+u")
        await scene.type("a b")
        await scene.keys("enter")
        assert "letters, digits, - and _" in scene.text()
        await scene.keys("ctrl+u")
        await scene.type("night")
        await scene.keys("enter", "right", "j", "j", "space", "j", "enter")
        await on_main(scene)
        assert scene.main.options.account is not None
        assert scene.main.options.account.read_only
    found = profiles.load(machine / "config.toml")
    assert list(found.profiles) == ["ops", "night"]
    assert found.profiles["night"].region == "cn-beijing"
    assert found.profiles["night"].read_only
    text = (machine / "config.toml").read_text()
    assert text.startswith("[profiles.ops]\nregion = 'cn-beijing'\n\n[profiles.night]")


async def test_a_link_is_refused_and_told(machine: Path) -> None:
    (machine / "config.toml").symlink_to(machine / "elsewhere.toml")
    async with playing(bare(machine)) as scene:
        await scene.keys("p")
        await chosen(scene, "2")
        await scene.keys("enter")
        said = lambda: " ".join(scene.text().split())  # noqa: E731
        await scene.until(lambda: "is a link and is not written to" in said(), "why not")
    assert not (machine / "elsewhere.toml").exists()


# --- nothing there -------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_nothing_found_says_where_it_looked(machine: Path, size: tuple[int, int]) -> None:
    async with playing(bare(machine), size) as scene:
        await scene.keys("p")
        page = scene.app.screen
        assert isinstance(page, CredentialsScreen)
        await scene.until(lambda: page.ready and not page.asking, "the look")
        text = " ".join(row.text for row in page.rows(size[0]))
        for words in ("No credentials were found", ".aliyun/config.json", "aliyun configure"):
            assert words in " ".join(text.split())
        await scene.keys("1")
        assert "it has no role" in scene.text()
        await chosen(scene, "enter")
        await scene.keys("enter")
        await on_main(scene)
    assert profiles.load(machine / "config.toml").profiles["default"].credentials == "default"


async def test_broken_settings_are_named_and_nothing_is_written(machine: Path) -> None:
    (machine / "config.toml").write_text("[profiles.a]\nregoin = 1\n")
    async with playing(bare(machine)) as scene:
        await scene.keys("p")
        await scene.until(lambda: "did you mean region?" in scene.text(), "the mistake")
        await scene.keys("1", "enter")
        assert isinstance(scene.app.screen, CredentialsScreen)
        (machine / "config.toml").write_text("")
        await scene.keys("r")
        await scene.until(lambda: "official chain" in scene.text(), "the second look")


# --- the page itself -----------------------------------------------------------------------------


async def test_stored_sessions_are_offered_where_there_are_some(machine: Path) -> None:
    async with playing(bare(machine)) as scene:
        await scene.keys("o")
        assert isinstance(scene.app.screen, WelcomeScreen)
        assert "nothing is stored yet" in scene.text()
    async with demo(machine.parent) as scene:
        await scene.until(lambda: scene.main.ready, "the sessions")
        count = len(scene.main.desk.sessions)
    given = with_profiles(machine, options(None, machine.parent / "history.db"))
    async with playing(given) as scene:
        await scene.until(lambda: scene.main.ready, "the sessions")
        scene.main.act_profile()
        await scene.until(lambda: isinstance(scene.app.screen, WelcomeScreen), "the welcome page")
        assert f"{count} sessions; works without a network" in scene.text()
        await scene.keys("o")
        assert scene.app.screen is scene.main


async def test_a_first_profile_with_stored_sessions_keeps_them_open(machine: Path) -> None:
    async with demo(machine.parent) as scene:
        await scene.until(lambda: scene.main.ready, "the sessions")
    given = with_profiles(machine, options(None, machine.parent / "history.db"))
    async with playing(given) as scene:
        await scene.open("Weekly report")
        scene.main.act_profile()
        await scene.until(lambda: isinstance(scene.app.screen, WelcomeScreen), "the welcome page")
        await scene.keys("p")
        await chosen(scene, "2")
        await scene.keys("enter")
        await on_main(scene)
        await scene.until(lambda: scene.main.reader is not None, "the transcript")
        assert scene.session.title == "Weekly report"


@pytest.mark.parametrize(
    ("spec", "taken", "name"),
    [
        ("env", (), "default"),
        ("env", ("prod",), "cn-beijing"),
        ("env", ("prod", "cn-beijing"), "cn-beijing-2"),
        ("profile:ops", ("prod",), "ops"),
        ("profile:ops", ("ops", "ops-2"), "ops-3"),
        ("profile:default", (), "default"),
        ("profile:default", ("prod",), "cn-beijing"),
        ("profile:my team", (), "my-team"),
        ("profile:小组", (), "default"),
    ],
)
def test_proposed_names(spec: str, taken: tuple[str, ...], name: str) -> None:
    assert proposed_name(spec, "cn-beijing", taken) == name

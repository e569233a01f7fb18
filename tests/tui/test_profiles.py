"""Profiles in the app: the list, switching, keeping, editing, and what is told of credentials."""

import os
import stat
import time
from dataclasses import replace
from pathlib import Path

import pytest
from textual.app import App

from das_tui.cli import account
from das_tui.config import settings
from das_tui.demo.child import Service
from das_tui.domain.session import State
from das_tui.tui import clipboard
from das_tui.tui.options import AppOptions
from das_tui.tui.screens.profiles import ProfilesScreen
from das_tui.tui.screens.raw import RawScreen
from das_tui.wire.credentials import Credentials, Secret, Standing, standing_of
from tests.driving import Scene, demo, options, playing

SIZES = [(120, 36), (80, 24), (40, 15)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for settings, in an environment with the keys of the built-in service."""
    for name in list(os.environ):
        if name.startswith(("ALIBABA_CLOUD_", "DATA_AGENT_", "DAS_TUI_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "demo")
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "demo")
    (tmp_path / "config").mkdir()
    return tmp_path / "config"


def serving(monkeypatch: pytest.MonkeyPatch, service: Service) -> str:
    """The address of the service, whose keys the environment has from here on."""
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", service.access_key_id)
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", service.access_key_secret)
    return service.url


def flat(scene: Scene) -> str:
    """What stands on the screen, whatever line it stands on."""
    return " ".join(scene.text().split())


def config(folder: Path, url: str = "http://127.0.0.1:9", more: str = "") -> None:
    """Two profiles of one service; the second shows all levels and is read-only."""
    ends = f'credentials = "env"\ndas_endpoint = "{url}"\ndms_endpoint = "{url}"\n'
    (folder / "config.toml").write_text(
        f'[profiles.day]\n{ends}budget = 50\nproxy = "http://user:canary@proxy:1"\n'
        f'[profiles.night]\nregion = "cn-beijing"\nlevel = 0\nread_only = true\n{ends}{more}'
    )


def start(folder: Path, name: str = "day", **more: object) -> AppOptions:
    """The app with the profile `name`."""
    from das_tui.config import profiles

    given = replace(
        options(None, folder.parent / "history.db"),
        config_path=folder / "config.toml",
        settings_path=folder / "settings.toml",
        open_account=account.build,
    )
    chosen, profile = profiles.load(folder / "config.toml").choose(name)
    return replace(given, account=account.build(chosen, profile), **more)  # type: ignore[arg-type]


async def opened(scene: Scene) -> ProfilesScreen:
    """The list of profiles, read."""
    await scene.until(lambda: scene.main.ready, "the start")
    await scene.keys("ctrl+p")
    await scene.type("profile")
    await scene.keys("enter")
    await scene.until(lambda: isinstance(scene.app.screen, ProfilesScreen), "the page")
    page = scene.app.screen
    assert isinstance(page, ProfilesScreen)
    await scene.until(lambda: page.book is not None or page.trouble, "the file")
    await scene.pilot.pause()
    return page


async def switched(scene: Scene, name: str) -> None:
    def there() -> bool:
        used = scene.main.options.account
        now = used is not None and used.profile == name
        return now and scene.main.ready and scene.app.screen is scene.main

    await scene.until(there, f"{name} to be in use")


# --- the list ------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_the_list_and_what_is_known_of_each(folder: Path, size: tuple[int, int]) -> None:
    config(folder)
    async with playing(start(folder), size) as scene:
        page = await opened(scene)
        assert "day" in scene.text()
        assert "in use" in scene.text()
        text = " ".join(" ".join(row.text for row in page.rows(size[0])).split())
        for words in ("127.0.0.1:9 GetDasAgentSSE", "budget 50.00 USD a month", "proxy:1"):
            assert words in text
        assert "canary" not in text
        await scene.keys("j")
        text = " ".join(" ".join(row.text for row in page.rows(size[0])).split())
        assert "read only: nothing is asked" in text
        await scene.keys("escape")
        assert scene.app.screen is scene.main


async def test_names_of_the_file_do_not_act_on_the_terminal(folder: Path) -> None:
    config(folder, more='[profiles."\\u001b[2J\\u202edorp"]\n')
    async with playing(start(folder)) as scene:
        await opened(scene)
        await scene.keys("j", "j")
        assert "\x1b" not in scene.text()
        assert "<U+202E>dorp" in scene.text()
        assert scene.app.barrier.leaked == 0


async def test_the_demo_has_no_profiles(tmp_path: Path) -> None:
    async with demo(tmp_path) as scene:
        await scene.until(lambda: scene.main.ready, "the start")
        scene.main.act_profile()
        assert "the demo has one account" in scene.text("status")
        assert scene.app.screen is scene.main


# --- switching -----------------------------------------------------------------------------------


async def test_switching_goes_on_with_the_other_account(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Service.start(speed=300) as service:
        config(folder, serving(monkeypatch, service))
        async with playing(start(folder, ask=("das", "Is rm-demoharbor01 slow?"))) as scene:
            await scene.until(
                lambda: scene.main.session is not None and scene.session.state is State.FINISHED,
                "the answer",
            )
            title, blocks = scene.session.title, len(scene.main.reader.transcript)
            await scene.keys("i")
            await scene.type("half a thought")
            await scene.keys("escape")
            first = scene.app.engine
            await opened(scene)
            await scene.keys("j", "enter")
            await switched(scene, "night")
            assert scene.app.engine is not first
            assert first.close(0.0), "the first engine has ended"
            await scene.until(lambda: scene.main.reader is not None, "the transcript")
            assert scene.session.title == title
            assert len(scene.main.desk.sessions) == 1, "nothing was asked again"
            assert len(scene.main.reader.transcript) == blocks
            assert "half a thought" in scene.text("composer")
            assert scene.main.desk.spec.threshold == 0
            assert "night cn-beijing" in scene.text("sidebar")
            await scene.until(lambda: "night is in use" in scene.main.message, "the credentials")


async def test_a_paid_answer_that_arrives_keeps_its_account(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Service.start(speed=2) as service:
        config(folder, serving(monkeypatch, service))
        async with playing(start(folder, ask=("das", "Is rm-demoharbor01 slow?"))) as scene:
            await scene.until(lambda: scene.app.engine and scene.app.engine.paid, "the answer")
            engine = scene.app.engine
            await opened(scene)
            await scene.keys("j", "enter")
            assert "A paid answer is arriving" in scene.text()
            assert scene.app.engine is engine
            assert scene.main.options.account.profile == "day"


async def test_missing_credentials_are_told_at_once_and_explained(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config(folder)
    async with playing(start(folder)) as scene:
        monkeypatch.delenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET")
        await opened(scene)
        await scene.keys("j", "enter")
        await switched(scene, "night")
        await scene.until(lambda: "without credentials" in scene.main.message, "what is missing")
        page = await opened(scene)
        await scene.keys("c")
        await scene.until(lambda: "night" in page.checked, "the look")
        assert "ALIBABA_CLOUD_ACCESS_KEY_SECRET" in scene.text()
        assert "has no value" in flat(scene)


# --- keeping and editing -------------------------------------------------------------------------


async def test_u_keeps_a_profile_for_the_next_start(folder: Path) -> None:
    config(folder)
    settings.save(folder / "settings.toml", settings.Settings(level=40))
    async with playing(start(folder)) as scene:
        page = await opened(scene)
        await scene.keys("j", "u")
        await scene.until(lambda: page.book.first == "night", "the choice")
        assert "next start" in scene.text()
        assert scene.main.options.account.profile == "day"
    assert settings.load(folder / "settings.toml") == settings.Settings(level=40, profile="night")
    assert stat.S_IMODE((folder / "settings.toml").stat().st_mode) == 0o600


async def test_edit_leaves_the_terminal_and_reads_the_file_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import contextlib

    config(folder)
    away: list[bool] = []

    @contextlib.contextmanager
    def left(app: App[str]):  # type: ignore[no-untyped-def]
        """The terminal of the tests is no terminal, so it is left in thought only."""
        away.append(True)
        yield
        away.append(False)

    monkeypatch.setattr(App, "suspend", left)
    written = ['[profiles.day]\nregoin = "x"\n', '[profiles.day]\nregion = "cn-shanghai"\n']

    def editor(path: Path) -> str:
        assert away[-1]
        path.write_text(written.pop(0))
        return "" if written else "the editor ended with 3"

    async with playing(start(folder, open_editor=editor)) as scene:
        page = await opened(scene)
        await scene.keys("e")
        await scene.until(lambda: page.trouble, "the mistake")
        assert "[profiles.day]: unknown key regoin; did you mean region?" in flat(scene)
        assert "day stays in use." in scene.text()
        await scene.keys("e")
        await scene.until(lambda: page.book is not None, "the file")
        assert "cn-shanghai" in scene.text()
        assert "the editor ended with 3" in scene.text()
        assert "changed since it was taken" in scene.text()
        assert away == [True, False, True, False]
        await scene.keys("enter")
        await switched(scene, "day")
        assert scene.main.options.account.region == "cn-shanghai"


async def test_a_terminal_that_cannot_be_left_says_so(folder: Path) -> None:
    config(folder)
    async with playing(start(folder, open_editor=lambda path: "")) as scene:
        await opened(scene)
        await scene.keys("e")
        await scene.until(lambda: "this terminal cannot be left" in scene.text(), "why not")


# --- temporary credentials -----------------------------------------------------------------------


class Ending:
    """A provider of temporary credentials that end at a given time."""

    def __init__(self, expires_at: float, renews: bool) -> None:
        self._held = Credentials(
            "demo", Secret("demo"), Secret("token"), "static", expires_at, renews
        )

    async def get(self) -> Credentials:
        return self._held

    def forget(self) -> bool:
        return False

    def standing(self) -> Standing:
        return standing_of(self._held)


@pytest.mark.parametrize(
    ("minutes", "renews", "page", "line"),
    [
        (12.5, False, "in 12m", "STS ends in 12m"),
        (12.5, True, "renewed by itself", ""),
        (90.5, False, "in 1h 30m", ""),
        (-1.0, False, "renew them where they come from", "STS expired"),
    ],
)
async def test_the_end_of_temporary_credentials_is_shown(
    folder: Path, minutes: float, renews: bool, page: str, line: str
) -> None:
    config(folder)
    given = start(folder)
    assert given.account is not None
    ending = Ending(time.time() + minutes * 60, renews)
    given = replace(given, account=replace(given.account, provider=ending))
    async with playing(given) as scene:
        await scene.until(lambda: scene.main.ready, "the start")
        status = scene.text("status")
        assert line in status
        assert ("STS" in status) == bool(line)
        await opened(scene)
        assert page in scene.text()


# --- request ids ---------------------------------------------------------------------------------


def written(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is written to the terminal from here on, apart from drawing."""
    found: list[str] = []
    driver = scene.app._driver
    assert driver is not None
    real = driver.write
    monkeypatch.setattr(driver, "write", lambda data: (found.append(data), real(data))[1])
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("TMUX", "STY"):
        monkeypatch.delenv(name, raising=False)
    return found


async def test_request_ids_can_be_taken_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with demo(tmp_path) as scene:
        await scene.open("Deadlock 07:52")
        wanted = scene.overview.request_id
        assert wanted
        sent = written(scene, monkeypatch)
        scene.main.act_request_id()
        assert sent == [clipboard.sequence(wanted, {"TERM": "xterm"})]
        assert f"request {wanted}, sent {len(wanted)} characters by OSC 52" in scene.main.message

        await scene.keys("G", "d")
        await scene.until(lambda: isinstance(scene.app.screen, RawScreen), "the raw page")
        page = scene.app.screen
        assert isinstance(page, RawScreen)
        assert page.shown_id
        sent.clear()
        await scene.keys("y")
        assert sent == [clipboard.sequence(page.shown_id, {"TERM": "xterm"})]
        assert f"request {page.shown_id}, sent {len(page.shown_id)} characters" in scene.text()
        monkeypatch.setenv("TERM", "linux")
        await scene.keys("y")
        assert "no clipboard" in scene.text()


async def test_the_event_in_view_comes_before_the_run(tmp_path: Path) -> None:
    from das_tui.domain.record import Record

    records = [
        Record(n, n, 0.0, "das", "", b'{"a":"' + b"x" * 4000 + b'","RequestId":"id-%d"}' % n)
        for n in (1, 2)
    ] + [Record(3, 3, 0.0, "das", "", b"{}")]
    async with playing(options(None, tmp_path / "none.db")) as scene:
        page = RawScreen(records, scene.app.palette, scene.app.glyphs, "id-run")
        await scene.app.push_screen(page)
        await scene.pilot.pause()
        assert page.shown_id == "id-1"
        await scene.keys("G")
        assert page.shown_id == "id-2"
        page = RawScreen(records[2:], scene.app.palette, scene.app.glyphs, "id-run")
        await scene.app.push_screen(page)
        await scene.pilot.pause()
        assert page.shown_id == "id-run"
        assert "request id-run" in scene.text()

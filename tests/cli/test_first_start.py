"""The first start as a real program in a real terminal: a profile in three keys, then an editor."""

import stat
from pathlib import Path

from das_tui.config import profiles
from tests.cli.serving import serving
from tests.cli.test_demo import started

KEYS = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "demo",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "demo",
}


def test_three_keys_an_editor_and_a_question(home: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "c" / "config.toml"
    with serving() as url:
        editor = tmp_path / "editor"
        editor.write_text(
            "#!/bin/sh\nclear; echo editing\n"
            f"""printf 'das_endpoint = "{url}"\\ndms_endpoint = "{url}"\\n' >> "$1"\n"""
        )
        editor.chmod(0o700)
        env = home | KEYS | {"DAS_TUI_CONFIG": str(file), "EDITOR": str(editor)}
        with started(env) as terminal:
            terminal.shows("There is no profile yet. Nothing has been sent anywhere.")
            terminal.press("p")
            terminal.shows("1 of 2", "variables of the environment")
            terminal.press("1")
            terminal.shows("2 of 2", 'credentials = "env"')
            terminal.press("\r")
            terminal.shows("default cn-hangzhou", "No session yet.")
            assert list(profiles.load(file).profiles) == ["default"]
            assert stat.S_IMODE(file.stat().st_mode) == 0o600

            terminal.press(":")
            terminal.press("profile")
            terminal.shows("profiles: list and switch")
            terminal.press("\r")
            terminal.shows("das.cn-shanghai.aliyuncs.com")
            terminal.press("e")
            terminal.shows("changed since it was taken", url, "Profiles")
            assert "editing" not in terminal.text
            terminal.press("\r")
            terminal.shows("default cn-hangzhou", "No session yet.")
            terminal.press("\x0e")
            terminal.shows("New question")
            terminal.press("Is rm-demoharbor01 slow?")
            terminal.shows("Is rm-demoharbor01 slow?")
            terminal.press("\r")
            terminal.shows("finished")
            terminal.press("q")
            assert terminal.ended() == 0


def test_the_profile_in_use_is_the_one_that_config_use_names(
    home: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[profiles.a]\n[profiles.b]\nregion = "cn-beijing"\n')
    (tmp_path / "settings.toml").write_text('profile = "b"\n')
    with started(home | KEYS | {"DAS_TUI_CONFIG": str(file)}) as terminal:
        terminal.shows("b cn-beijing")
        terminal.press("q")
        assert terminal.ended() == 0


# --- settings that cannot be used ----------------------------------------------------------------


def test_a_broken_settings_file_is_told_and_the_app_goes_on(
    home: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[profiles.b]\nregion = "cn-beijing"\n')
    (tmp_path / "settings.toml").write_text("level = \n")
    with started(home | KEYS | {"DAS_TUI_CONFIG": str(file)}) as terminal:
        terminal.shows("b cn-beijing", "The settings are not used", "not valid TOML")
        terminal.press("q")
        terminal.press("q")
        assert terminal.ended() == 0
    assert (tmp_path / "settings.toml").read_text() == "level = \n"


def test_a_broken_settings_file_chooses_no_account(home: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[profiles.a]\n[profiles.b]\nregion = "cn-beijing"\n')
    (tmp_path / "settings.toml").write_text("level = \n")
    environment = home | KEYS | {"DAS_TUI_CONFIG": str(file)}
    with started(environment) as terminal:
        assert terminal.ended() == 2
        terminal.until(lambda: "--profile says it too" in " ".join(terminal.text.split()))
    with started(environment, "--profile", "b") as terminal:
        terminal.shows("b cn-beijing", "The settings are not used")
        terminal.press("q")
        terminal.press("q")
        assert terminal.ended() == 0


def test_what_the_menu_keeps_holds_at_the_next_start(home: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[profiles.b]\nregion = "cn-beijing"\n')
    environment = home | KEYS | {"DAS_TUI_CONFIG": str(file)}
    kept = tmp_path / "settings.toml"
    with started(environment) as terminal:
        terminal.shows("b cn-beijing")
        terminal.press(":settings")
        terminal.press("\r")
        terminal.shows("kept in", "as the terminal")
        terminal.press("l")
        terminal.until(lambda: kept.exists() and "das-dark" in kept.read_text())
        terminal.press("\x1b")
        terminal.shows("i write")
        terminal.press("q")
        assert terminal.ended() == 0
    kept.write_text(kept.read_text() + '[keys]\nquit = "Z"\n')
    with started(environment) as terminal:
        terminal.shows("Z quit")
        terminal.press("Z")
        assert terminal.ended() == 0
    assert file.read_text() == '[profiles.b]\nregion = "cn-beijing"\n'

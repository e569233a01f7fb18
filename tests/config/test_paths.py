import os
import stat
from pathlib import Path

import pytest

from das_tui.config import paths
from das_tui.config.errors import ConfigError


def test_the_environment_moves_settings_and_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAS_TUI_CONFIG", str(tmp_path / "c" / "my.toml"))
    monkeypatch.setenv("DAS_TUI_DATA_DIR", str(tmp_path / "d"))
    assert paths.config_file() == tmp_path / "c" / "my.toml"
    assert paths.settings_file() == tmp_path / "c" / "settings.toml"
    assert paths.data_folder() == tmp_path / "d"
    assert paths.demo_folder() == tmp_path / "d" / "demo"
    assert paths.history_file(paths.demo_folder()) == tmp_path / "d" / "demo" / "history.db"


def test_without_it_files_are_in_the_users_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DAS_TUI_CONFIG", "DAS_TUI_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)
    for path in (paths.config_file(), paths.data_folder(), paths.log_file()):
        assert path.is_absolute()
        assert "das-tui" in str(path)


def test_a_private_folder_is_0700_with_its_new_parents(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        folder = paths.private_folder(tmp_path / "a" / "b")
    finally:
        os.umask(old)
    assert [stat.S_IMODE(p.stat().st_mode) for p in (folder, folder.parent)] == [0o700, 0o700]


def test_a_folder_open_to_the_group_is_narrowed(tmp_path: Path) -> None:
    tmp_path.chmod(0o775)
    paths.private_folder(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700


def test_a_folder_that_everybody_can_write_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with pytest.raises(ConfigError, match="written by everybody"):
        paths.private_folder(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o777


def test_a_folder_of_another_user_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    with pytest.raises(ConfigError, match="another user"):
        paths.private_folder(tmp_path)


def test_a_file_in_the_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("")
    with pytest.raises(ConfigError, match="not a folder"):
        paths.private_folder(tmp_path / "x")
    with pytest.raises(ConfigError, match="cannot be made"):
        paths.private_folder(tmp_path / "x" / "y")

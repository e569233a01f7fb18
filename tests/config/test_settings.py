import os
import stat
from pathlib import Path

import pytest
from msgspec.structs import replace

from das_tui.config import settings
from das_tui.config.errors import ConfigError
from das_tui.config.settings import Settings

CHANGED = Settings(
    theme="das-light",
    level=0,
    bell="title",
    utc=True,
    seconds=True,
    density="compact",
    mouse=False,
    ambiguous=2,
    order="recent",
    keys={"stop": "ctrl+c", "quit": ["Z", "^x"], "tools": []},
    profile="ops",
)


def test_a_missing_file_means_the_defaults(tmp_path: Path) -> None:
    assert settings.load(tmp_path / "settings.toml") == Settings()


def test_what_is_saved_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    settings.save(path, CHANGED)
    assert settings.load(path) == CHANGED
    settings.save(path, Settings())
    assert settings.load(path) == Settings()
    (line,) = path.read_text().splitlines()
    assert line.startswith("# Written by das-tui")


def test_the_first_line_says_that_comments_do_not_last(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("# mine\nutc = true\n")
    settings.change(path, level=30)
    settings.change(path, level=40)
    first, *rest = path.read_text().splitlines()
    assert "drops comments" in first
    assert rest == ["level = 40", "utc = true"]


def test_files_and_folders_are_private_whatever_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "settings.toml"
    old = os.umask(0)
    try:
        settings.save(path, CHANGED)
    finally:
        os.umask(old)
    modes = [stat.S_IMODE(p.stat().st_mode) for p in (path, path.parent, path.parent.parent)]
    assert modes == [0o600, 0o700, 0o700]
    assert os.listdir(path.parent) == ["settings.toml"]


def test_a_planted_link_is_replaced_and_not_written_through(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    path = tmp_path / "settings.toml"
    path.symlink_to(victim)
    settings.save(path, CHANGED)
    assert victim.read_text() == "mine"
    assert not path.is_symlink()


def test_a_folder_that_takes_nothing_leaves_no_draft(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.mkdir()
    with pytest.raises(ConfigError, match="cannot be written"):
        settings.save(path, CHANGED)
    assert os.listdir(tmp_path) == ["settings.toml"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("thema = 1", "unknown key thema; did you mean theme?"),
        ("ambiguous = 3", "ambiguous: expected one of 1, 2"),
        ("[keys]\nstop = 1", r"keys\[\.\.\.\]: expected text in quotes or a list, not a whole"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=words):
        settings.load(path)


def test_a_change_leaves_the_rest_as_it_stands_there(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    settings.save(path, CHANGED)
    assert settings.change(path, level=40) == replace(CHANGED, level=40)
    assert settings.load(path) == replace(CHANGED, level=40)


def test_a_broken_file_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("level = ")
    with pytest.raises(ConfigError, match=r"settings\.toml is not valid TOML"):
        settings.change(path, level=40)
    assert path.read_text() == "level = "
    found, why = settings.load_or_default(path)
    assert found == Settings()
    assert "not valid TOML" in why


def test_what_can_be_read_needs_no_excuse(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    settings.save(path, CHANGED)
    assert settings.load_or_default(path) == (CHANGED, "")

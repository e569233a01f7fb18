import os
import stat
from pathlib import Path

import pytest

from das_tui.config import profiles, settings, writing
from das_tui.config.errors import ConfigError
from das_tui.config.settings import Settings

KEYS = {"region": "cn-beijing", "credentials": "profile:ops"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "das-tui" / "config.toml"


def made(file: Path, content: bytes) -> Path:
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content)
    return file


def test_a_first_profile_makes_the_file_and_shows_every_other_key(file: Path) -> None:
    old = os.umask(0)
    try:
        writing.append_profile(file, "ops", KEYS)
    finally:
        os.umask(old)
    found = profiles.load(file)
    assert found.written == {"ops": frozenset(KEYS)}
    assert found.profiles["ops"].region == "cn-beijing"
    text = file.read_text()
    for key in profiles.Profile.__struct_fields__:
        assert text.count(f"\n{key} = ") == (key in KEYS)
        assert text.count(f"\n# {key} = ") == (key not in KEYS)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "content",
    [
        b"[profiles.a]\n",
        b"[profiles.a]",
        b"# mine\n\n[profiles.a]\nlevel = 30 # high\n\n\n",
        b"[profiles.a]\r\nlevel = 30\r\n",
        b'profiles.a.region = "cn-hangzhou"\n',
        b"[profiles.a]\nregion = '''cn-hangzhou'''",
        "[profiles.'小 b']\nlevel = 1".encode(),
    ],
)
def test_what_stands_there_keeps_every_byte(file: Path, content: bytes) -> None:
    made(file, content)
    before = profiles.load(file).profiles
    writing.append_profile(file, "ops", KEYS)
    assert file.read_bytes().startswith(content)
    after = profiles.load(file).profiles
    assert list(after) == [*before, "ops"]
    assert {**after, "ops": None} == {**before, "ops": None}
    ends = file.read_bytes().count(b"\r\n")
    assert ends in {0, file.read_bytes().count(b"\n")}


@pytest.mark.parametrize("content", [b"", b"\n", b"   "])
def test_an_empty_file_is_begun_with(file: Path, content: bytes) -> None:
    made(file, content)
    writing.append_profile(file, "ops", KEYS)
    assert file.read_bytes().startswith(content)
    assert list(profiles.load(file).profiles) == ["ops"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[profiles.ops]\n", "there is a profile ops already"),
        (b"[profiles.a]\nregoin = 1\n", "unknown key regoin; did you mean region"),
        (b"[profiles.a", "is not valid TOML"),
        (b"\xff\xfe", "is not valid TOML"),
        (b"profiles = {a = {}}\n", "a profile cannot be appended"),
    ],
)
def test_a_file_that_cannot_take_it_stays_as_it_was(file: Path, content: bytes, words: str) -> None:
    made(file, content)
    with pytest.raises(ConfigError, match=words):
        writing.append_profile(file, "ops", KEYS)
    assert file.read_bytes() == content


@pytest.mark.parametrize(
    ("name", "keys", "words"),
    [
        ("", KEYS, "needs a name"),
        ("a b", KEYS, "letters, digits, - and _"),
        ("a]\n[profiles.b", KEYS, "letters, digits, - and _"),
        ("小", KEYS, "letters, digits, - and _"),
        ("a" * 41, KEYS, "at most 40"),
        ("a", {"region": "a b"}, "region"),
        ("a", {"credentials": "keychain"}, "none of default, env"),
        ("a", {"colour": "red"}, "unknown key colour"),
    ],
)
def test_what_no_profile_can_have_is_refused_before_the_file_is_touched(
    file: Path, name: str, keys: dict[str, object], words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        writing.append_profile(file, name, keys)
    assert not file.exists()


def test_values_are_quoted(file: Path) -> None:
    agent = 'a"\n[profiles.b]\nregion = "x'
    writing.append_profile(file, "ops", {"das_agent_id": agent})
    found = profiles.load(file)
    assert list(found.profiles) == ["ops"]
    assert found.profiles["ops"].das_agent_id == agent


def test_a_link_is_not_written_through(file: Path, tmp_path: Path) -> None:
    target = tmp_path / "target.toml"
    target.write_text("[profiles.a]\n")
    file.parent.mkdir()
    for to in (target, tmp_path / "nowhere.toml"):
        file.unlink(missing_ok=True)
        file.symlink_to(to)
        with pytest.raises(ConfigError, match="is a link"):
            writing.append_profile(file, "ops", KEYS)
    assert target.read_text() == "[profiles.a]\n"
    assert not (tmp_path / "nowhere.toml").exists()


def test_what_is_no_file_is_refused(file: Path) -> None:
    file.mkdir(parents=True)
    with pytest.raises(ConfigError, match="cannot be written"):
        writing.append_profile(file, "ops", KEYS)
    file.rmdir()
    os.mkfifo(file)
    with pytest.raises(ConfigError, match="is not a file"):
        writing.append_profile(file, "ops", KEYS)


def test_a_file_of_another_user_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(file, b"[profiles.a]\n")
    monkeypatch.setattr(os, "geteuid", lambda: file.stat().st_uid + 1)
    with pytest.raises(ConfigError, match="another user"):
        writing.append_profile(file, "ops", KEYS)
    assert file.read_bytes() == b"[profiles.a]\n"


def test_a_full_disk_leaves_the_file_as_it_was(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(file, b"[profiles.a]\n")
    real = os.write
    given: list[int] = []

    def full(handle: int, data: bytes) -> int:
        if given:
            raise OSError(28, "No space left on device")
        given.append(handle)
        return real(handle, data[:5])

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(ConfigError, match="No space left on device"):
        writing.append_profile(file, "ops", KEYS)
    assert file.read_bytes() == b"[profiles.a]\n"


def test_the_profile_of_the_next_start_is_remembered_with_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    settings.save(path, Settings(level=40))
    writing.remember_profile(path, "ops")
    assert settings.load(path) == Settings(level=40, profile="ops")

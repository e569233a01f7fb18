"""`das-tui config` as a real process, with a real editor."""

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from das_tui.config import profiles
from das_tui.config.template import TEMPLATE
from tests.cli.conftest import Run


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config" / "das-tui" / "config.toml"


def values(output: bytes) -> dict[tuple[str, str], dict[str, Any]]:
    assert output.isascii()
    found = [json.loads(line) for line in output.splitlines()]
    assert all(list(v) == ["section", "key", "value", "source", "where", "chosen"] for v in found)
    return {(v["section"], v["key"]): v for v in found}


def test_path_prints_the_file_whether_it_exists_or_not(run: Run, file: Path) -> None:
    if sys.platform == "linux":
        assert run("config", "path").stdout.decode() == f"{file}\n"
    done = run("config", "path", env={"DAS_TUI_CONFIG": "/somewhere/else.toml"})
    assert done.stdout == b"/somewhere/else.toml\n"
    assert done.returncode == 0


def test_show_without_a_file_is_the_built_in_profile(run: Run) -> None:
    done = run("config", "show", "--json")
    assert done.returncode == 0
    found = values(done.stdout)
    assert found["profile", "dms_endpoint"]["value"] == "https://dms.cn-hangzhou.aliyuncs.com"
    assert found["profile", "dms_unit"]["value"] == "cn-hangzhou"
    assert found["profile", "production"]["value"] is True
    assert {v["source"] for (section, _), v in found.items() if section != "paths"} == {"default"}
    assert found["profile", "region"]["chosen"]
    assert b"no profile" in run("config", "show").stderr


def test_show_says_where_each_value_comes_from(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text(
        '[profiles.a]\nregion = "cn-beijing"\nproxy = "http://user:canary-word@proxy:3128"\n'
        'dms_endpoint = "https://dms.cn-beijing.aliyuncs.com"\n[profiles.b]\nlevel = 40\n'
    )
    (tmp_path / "settings.toml").write_text("level = 30\nutc = true\n")
    env = {
        "DAS_TUI_CONFIG": str(path),
        "DAS_TUI_DMS_ENDPOINT": "http://127.0.0.1:9",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "canary-word",
    }
    done = run("config", "show", "--json", env=env)
    found = values(done.stdout)

    def origin(section: str, key: str) -> tuple[object, str, str]:
        value = found[section, key]
        return value["value"], value["source"], value["where"]

    remembered = str(tmp_path / "settings.toml")
    assert origin("paths", "config") == (str(path), "environment", "DAS_TUI_CONFIG")
    assert origin("profiles.a", "region") == ("cn-beijing", "file", str(path))
    assert origin("profiles.a", "dms_endpoint") == (
        "http://127.0.0.1:9",
        "environment",
        "DAS_TUI_DMS_ENDPOINT",
    )
    assert origin("profiles.a", "concurrency") == (1, "default", "")
    assert origin("profiles.a", "level") == (30, "file", remembered)
    assert origin("profiles.b", "level") == (40, "file", str(path))
    assert origin("settings", "utc") == (True, "file", remembered)
    assert origin("settings", "mouse") == (True, "default", "")
    assert found["profiles.a", "region"]["chosen"]
    assert not found["profiles.b", "region"]["chosen"]
    plain = run("config", "show", env=env)
    assert b"[profiles.a]  # chosen" in plain.stdout
    for output in (done.stdout, plain.stdout):
        assert b"proxy:3128" in output
        assert b"canary-word" not in output

    one = values(run("--profile", "b", "config", "show", "--json", env=env).stdout)
    assert {section for section, _ in one} == {"paths", "profiles.b", "settings"}
    assert one["profiles.b", "level"]["chosen"]
    nobody = run("--profile", "c", "config", "show", env=env)
    assert nobody.returncode == 2
    assert b"there is: a, b" in nobody.stderr


def test_show_names_what_is_wrong(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text('[profiles.a]\ndas_api = "Ask"\n')
    done = run("config", "show", env={"DAS_TUI_CONFIG": str(path)})
    assert done.returncode == 2
    assert (
        f"{path}: [profiles.a]: das_api: expected one of GetDasAgentSSE, Chat"
        in done.stderr.decode()
    )


def test_keys_that_do_not_hold_are_named(run: Run, tmp_path: Path) -> None:
    env = {"DAS_TUI_CONFIG": str(tmp_path / "c.toml")}
    keys = '[keys]\nquit = "x"\nplan = ["f5", "Z"]\nblub = "y"\ntools = []\n'
    (tmp_path / "settings.toml").write_text(keys)
    done = run("config", "show", env=env)
    assert done.returncode == 0
    told = done.stderr.decode()
    assert "keys: plan cannot have f5: function keys" in told
    assert "keys: no action is called blub" in told
    assert "tools" not in told, "an empty list says that it needs none"
    assert '{"quit": "x", "plan": ["f5", "Z"]' in done.stdout.decode()
    (tmp_path / "settings.toml").write_text('[keys]\nquit = "x"\n')
    assert "x is now quit; tools has no key left" in run("config", "show", env=env).stderr.decode()


# --- which profile is used -----------------------------------------------------------------------


def test_use_is_remembered_and_listed(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text(
        "[profiles.a]\nread_only = true\n"
        '[profiles.b]\nregion = "cn-beijing"\ncredentials = "env"\nbudget = 5\n'
    )
    env = {"DAS_TUI_CONFIG": str(path)}

    def chosen(*options: str) -> list[str]:
        lines = run(*options, "config", "list", "--json", env=env).stdout.splitlines()
        rows = [json.loads(line) for line in lines]
        assert [row["name"] for row in rows] == ["a", "b"]
        return [row["name"] for row in rows if row["chosen"]]

    assert chosen() == ["a"]
    done = run("config", "use", "b", env=env)
    assert done.returncode == 0
    assert b"b is used from now on" in done.stderr
    assert chosen() == ["b"]
    assert chosen("--profile", "a") == ["a"]
    assert b"[profiles.b]  # chosen" in run("config", "show", env=env).stdout
    assert path.read_text().startswith("[profiles.a]")

    plain = run("config", "list", env=env).stdout.decode().splitlines()
    assert plain[0].split() == ["a", "cn-hangzhou", "default", "read", "only,", "production"]
    assert plain[1].split() == ["*", "b", "cn-beijing", "env", "production,", "budget", "5.0"]


def test_use_of_a_profile_that_does_not_exist_changes_nothing(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text("[profiles.a]\n")
    done = run("config", "use", "b", env={"DAS_TUI_CONFIG": str(path)})
    assert done.returncode == 2
    assert b"no profile b; there is: a" in done.stderr
    assert not (tmp_path / "settings.toml").exists()


def test_a_chosen_profile_that_is_gone_stops_commands_but_not_the_list(
    run: Run, tmp_path: Path
) -> None:
    path = tmp_path / "c.toml"
    path.write_text("[profiles.a]\n")
    (tmp_path / "settings.toml").write_text('profile = "gone"\n')
    env = {"DAS_TUI_CONFIG": str(path), "ALIBABA_CLOUD_ACCESS_KEY_ID": "demo"}
    for command in (["ask", "Is it up?"], ["config", "show"], ["config", "edit"]):
        done = run(*command, env=env | {"EDITOR": "true"})
        assert done.returncode == 2
        assert b"`das-tui config use NAME` takes another of: a" in done.stderr
    listed = run("config", "list", env=env)
    assert listed.returncode == 2
    assert listed.stdout.split()[0] == b"a"
    assert run("config", "use", "a", env=env).returncode == 0
    assert run("config", "list", env=env).stdout.split()[:2] == [b"*", b"a"]


def test_list_without_a_profile(run: Run) -> None:
    done = run("config", "list")
    assert (done.returncode, done.stdout) == (0, b"")
    assert b"no profile" in done.stderr


# --- edit ----------------------------------------------------------------------------------------


def editor(folder: Path, script: str) -> str:
    """The command of an editor that does `script` with the file `$1`."""
    path = folder / "the editor"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o700)
    return f"'{path}' -x"


def test_edit_makes_the_file_and_checks_it(
    home: dict[str, str], tmp_path: Path, file: Path
) -> None:
    command = editor(tmp_path, f"env > '{tmp_path}/seen'; echo '[profiles.mine]' >> \"$2\"")
    home |= {"DAS_TUI_CONFIG": str(file), "VISUAL": command, "EDITOR": "false"}
    home |= {"ALIBABA_CLOUD_ACCESS_KEY_SECRET": "canary-word"}
    old = os.umask(0)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "das_tui", "config", "edit"],
            env=home,
            capture_output=True,
            check=False,
        )
    finally:
        os.umask(old)
    assert done.returncode == 0, done.stderr
    assert file.read_text() == TEMPLATE + "[profiles.mine]\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    said = done.stderr.decode()
    assert "was made" in said
    assert "is valid; profiles: mine" in said
    seen = (tmp_path / "seen").read_text()
    assert "HOME=" in seen
    assert "canary-word" not in seen


def test_edit_keeps_a_file_that_is_there(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text("[profiles.a]\n")
    done = run("config", "edit", env={"DAS_TUI_CONFIG": str(path), "EDITOR": "true"})
    assert done.returncode == 0
    assert path.read_text() == "[profiles.a]\n"
    assert b"was made" not in done.stderr


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("regoin = 1", "unknown key regoin; did you mean region?"),
        ("concurrency = 0", "concurrency: expected a whole number of at least 1"),
        ('reply = "no"', "reply: expected one of message, additional"),
        ('credentials = "key"', "credentials: 'key' is none of default, env, profile:NAME"),
        ('dms_endpoint = "http://db.example"', "dms_endpoint: plain http is accepted for this"),
        ("level =", "is not valid TOML"),
    ],
)
def test_edit_names_file_key_and_what_is_allowed(
    run: Run, tmp_path: Path, line: str, words: str
) -> None:
    path = tmp_path / "c.toml"
    path.write_text("[profiles.a]\n")
    command = editor(tmp_path, f"echo '{line}' >> \"$2\"")
    done = run("config", "edit", env={"DAS_TUI_CONFIG": str(path), "EDITOR": command})
    assert done.returncode == 2
    said = done.stderr.decode()
    assert str(path) in said
    assert words in said
    assert line in path.read_text()


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("no-such-editor-here", "no-such-editor-here cannot be started"),
        ("false", "false ended with 1; nothing was checked"),
        ("'open", "EDITOR cannot be read as a command"),
    ],
)
def test_an_editor_that_fails(run: Run, command: str, words: str) -> None:
    done = run("config", "edit", env={"EDITOR": command})
    assert done.returncode == 2
    assert words in done.stderr.decode()


def test_a_link_to_nowhere_is_not_followed(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.symlink_to(tmp_path / "planted.toml")
    done = run("config", "edit", env={"DAS_TUI_CONFIG": str(path), "EDITOR": "true"})
    assert done.returncode == 2
    assert "cannot be made" in done.stderr.decode()
    assert not (tmp_path / "planted.toml").exists()


def test_the_template_is_valid_with_and_without_its_marks(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text(TEMPLATE)
    assert profiles.load(path).profiles == {}
    path.write_text(re.sub(r"(?m)^# (?=\[|\w+ = )", "", TEMPLATE))
    found = profiles.load(path)
    assert list(found.profiles) == ["prod"]
    assert found.written["prod"] == set(profiles.Profile.__struct_fields__)

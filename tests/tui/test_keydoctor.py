"""What is known of keys by the names of terminals and multiplexers."""

import shutil
import subprocess
from pathlib import Path

import pytest

from das_tui.tui.actions import TABLE
from das_tui.tui.keydoctor import ask_tmux, findings
from das_tui.tui.keymap import resolve


def texts(environment: dict[str, str], keys: dict[str, str | list[str]] | None = None) -> list[str]:
    return [one.text for one in findings(resolve(keys or {}).table, environment)]


def test_a_plain_terminal_has_nothing_to_say() -> None:
    assert findings(TABLE, {"TERM": "xterm-256color"}) == []


def test_the_keys_of_multiplexers_are_no_actions() -> None:
    for environment, key in (({"TMUX": "x"}, "^b"), ({"STY": "x"}, "^a")):
        (found,) = findings(TABLE, environment)
        assert not found.taken
        assert found.text.startswith(key)


def test_an_action_on_the_prefix_is_named() -> None:
    (found,) = findings(resolve({"plan": "^b"}).table, {"TMUX": "x"})
    assert found.taken
    assert "plan" in found.text
    assert found.way_out == "press it twice"


def test_tmux_says_what_its_prefix_is() -> None:
    found = findings(TABLE, {"TMUX": "x"}, {"prefix": "C-n", "escape-time": "500"})
    assert found[0].taken
    assert found[1].taken
    assert any("^n (new-session) is the prefix" in one.text for one in found)
    assert any("500 ms late" in one.text for one in found)
    assert not findings(TABLE, {"TMUX": "x"}, {"prefix": "None", "escape-time": "10"})


@pytest.mark.parametrize(
    ("environment", "word"),
    [
        ({"TERM": "linux"}, "previous-pane"),
        ({"TERM": "vt100"}, "pgup"),
        ({"TERM_PROGRAM": "vscode"}, "palette"),
        ({"ZELLIJ": "0"}, "new-session"),
        ({"KITTY_WINDOW_ID": "1"}, "kitty"),
    ],
)
def test_terminals_are_known_by_name(environment: dict[str, str], word: str) -> None:
    assert any(word in text for text in texts(environment))


def test_ssh_takes_a_tilde_only_where_it_is_a_key() -> None:
    assert texts({"SSH_TTY": "/dev/pts/1"}) == []
    assert texts({"SSH_TTY": "/dev/pts/1"}, {"plan": "~"})


def test_outside_of_tmux_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "run", None)
    assert ask_tmux({}) == {}


@pytest.mark.skipif(shutil.which("tmux") is None, reason="no tmux here")
def test_a_real_tmux_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    socket = tmp_path / "socket"
    tmux = ["tmux", "-S", str(socket), "-f", "/dev/null"]
    subprocess.run([*tmux, "new-session", "-d", "sleep 60"], check=True)
    try:
        subprocess.run([*tmux, "set", "-g", "prefix", "C-t"], check=True)
        subprocess.run([*tmux, "set", "-s", "escape-time", "250"], check=True)
        monkeypatch.setenv("TMUX", f"{socket},1,0")
        found = ask_tmux({"TMUX": f"{socket},1,0"})
    finally:
        subprocess.run([*tmux, "kill-server"], check=False)
    assert found["prefix"] == "C-t"
    assert found["escape-time"] == "250"

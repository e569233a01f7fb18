"""The clipboard sequence as a terminal and two multiplexers would read it."""

import base64
import re
from pathlib import Path

import pytest

from das_tui.tui import clipboard, output

ID = "7E1B0C52-11AA-5C0D-8E21-DA5A0000C0DE"
PLAIN = {"TERM": "xterm-256color"}
TMUX = {"TERM": "tmux-256color", "TMUX": "/tmp/tmux-0/default,1,0"}
SCREEN = {"TERM": "screen", "STY": "1.pts-0.host"}


def taken(sequence: str) -> list[str]:
    """What a terminal puts on its clipboard: every OSC 52 that it reads."""
    found = re.findall("\x1b\\]52;c;([A-Za-z0-9+/=]*)\x07", sequence)
    return [base64.b64decode(payload).decode() for payload in found]


def through_tmux(sequence: str) -> str:
    """What tmux with `allow-passthrough on` hands to the terminal."""
    inner = re.findall("\x1bPtmux;((?:[^\x1b]|\x1b\x1b)*)\x1b\\\\", sequence)
    return "".join(inner).replace("\x1b\x1b", "\x1b")


def through_screen(sequence: str) -> str:
    """What screen hands on: the contents of its strings, each below its limit."""
    pieces = re.findall("\x1bP(.*?)\x1b\\\\", sequence, re.DOTALL)
    assert sequence == "".join(f"\x1bP{piece}\x1b\\" for piece in pieces)
    assert max(map(len, pieces)) < 768
    return "".join(pieces)


def test_a_terminal_gets_the_text_once() -> None:
    assert taken(clipboard.sequence(ID, PLAIN)) == [ID]


def test_tmux_gets_it_for_itself_and_for_the_terminal() -> None:
    sent = clipboard.sequence(ID, TMUX)
    outside = re.sub("\x1bPtmux;.*?\x07\x1b\\\\", "", sent, flags=re.DOTALL)
    assert taken(outside) == [ID]
    assert taken(through_tmux(sent)) == [ID]


@pytest.mark.parametrize("length", [1, 500, 20_000])
def test_screen_gets_it_in_pieces(length: int) -> None:
    assert taken(through_screen(clipboard.sequence("x" * length, SCREEN))) == ["x" * length]


def test_hostile_text_is_cleaned_before_it_is_sent() -> None:
    text = "id\x1b]52;c;AAAA\x07\u202e\x9b2J"
    (sent,) = taken(clipboard.sequence(text, PLAIN))
    assert sent.isprintable()
    assert sent.startswith("id")


def test_a_table_keeps_its_tabs_and_an_emoji_its_parts() -> None:
    text = "day\trides\n2026-01-15\t1200\n\U0001f469\u200d\U0001f4bb \u2764\ufe0f"
    assert taken(clipboard.sequence(text, PLAIN)) == [text]


@pytest.mark.parametrize("environment", [PLAIN, TMUX, SCREEN])
@pytest.mark.parametrize("length", [10, 511, 512, 5000])
def test_a_copy_changes_nothing_on_the_screen(environment: dict[str, str], length: int) -> None:
    lean = output.Lean(output.Terminal())
    lean._stale = False
    lean.heed(clipboard.sequence("x" * length, environment))
    assert not lean.stale
    lean.heed("\x1bPq#0~\x1b\\")
    assert lean.stale, "a picture does"


@pytest.mark.parametrize(
    ("environment", "platform", "found"),
    [
        ({"WAYLAND_DISPLAY": "w", "DISPLAY": ":0"}, "linux", "wl-copy"),
        ({"DISPLAY": ":0"}, "linux", "xclip"),
        ({"DISPLAY": ":0", "SSH_TTY": "/dev/pts/1"}, "linux", ""),
        ({"DISPLAY": ":0", "SSH_CLIENT": "10.0.0.1 5 22"}, "linux", ""),
        ({}, "linux", ""),
        ({}, "darwin", "pbcopy"),
        ({"SSH_CONNECTION": "10.0.0.1 5 10.0.0.2 22"}, "darwin", ""),
    ],
)
def test_the_clipboard_of_this_machine(
    tmp_path: Path, environment: dict[str, str], platform: str, found: str
) -> None:
    for name in ("wl-copy", "xclip", "xsel", "pbcopy"):
        (tmp_path / name).write_text("")
        (tmp_path / name).chmod(0o755)
    words = clipboard.local(environment | {"PATH": str(tmp_path)}, platform)
    assert "".join(words[:1]) == found
    assert clipboard.local(environment | {"PATH": str(tmp_path / "none")}, platform) == ()


def test_what_a_terminal_would_cut_off_is_not_sent() -> None:
    most = "小" * (clipboard.LIMIT // 3)
    assert len(clipboard.sequence(most, PLAIN)) < 100_000
    assert taken(clipboard.sequence(most, PLAIN)) == [most]
    assert clipboard.sequence(most + "小", PLAIN) == ""


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        (PLAIN, "OSC 52"),
        (TMUX, "OSC 52 through tmux"),
        ({**TMUX, "TERM": "screen-256color"}, "OSC 52 through tmux"),
        (SCREEN, "OSC 52 through screen"),
        ({**SCREEN, **TMUX}, "OSC 52 through tmux"),
        ({**TMUX, **SCREEN}, "OSC 52 through screen"),
        ({"TERM": "linux"}, ""),
        ({"TERM": "vt220"}, ""),
    ],
)
def test_the_way_is_named(environment: dict[str, str], words: str) -> None:
    assert clipboard.way(environment) == words
    assert bool(clipboard.sequence(ID, environment)) == bool(words)

"""What is known of keys that this terminal, or what stands before it, keeps or cannot send.

There is no way to ask a terminal which keys it sends, so this goes by names and, in tmux, by its
options; `:doctor` lets one press keys and shows what comes.
"""

import subprocess
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from das_tui.domain.secrets import without_keys
from das_tui.tui.actions import Action, Table, key_label

_SECONDS = 2.0
_SLOW_ESCAPE = 100
"""Milliseconds from which a delayed esc is felt."""

_ZELLIJ = {"g": "lock", "h": "move", "n": "resize", "o": "session", "p": "pane", "q": "quit"}
_ZELLIJ |= {"s": "scroll", "t": "tab"}

_KITTY_TERMS = ("xterm-kitty", "xterm-ghostty", "foot", "wezterm")
_BARE_TERMS = ("vt", "cons", "sun", "ansi")


class Finding(NamedTuple):
    """Something about keys. `taken` says that an action suffers from it, `way_out` what helps."""

    text: str
    way_out: str = ""
    taken: bool = False


def findings(
    table: Table, environment: Mapping[str, str], tmux: Mapping[str, str] | None = None
) -> list[Finding]:
    """What is known, what an action suffers from first. `tmux` has options of its server by name,
    as `ask_tmux` gives them."""
    found = [
        *_multiplexers(table, environment, tmux or {}),
        *_terminals(table, environment),
    ]
    return sorted(found, key=lambda finding: not finding.taken)


def ask_tmux(environment: Mapping[str, str]) -> dict[str, str]:
    """The options of the tmux around this program that matter to keys; empty outside of it, and
    where it cannot be asked. Takes up to some seconds."""
    found: dict[str, str] = {}
    if not environment.get("TMUX"):
        return found
    for flag, name in (("-gv", "prefix"), ("-gv", "prefix2"), ("-sv", "escape-time")):
        try:
            done = subprocess.run(
                ["tmux", "show-options", flag, name],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                env=without_keys(environment),
                timeout=_SECONDS,
                check=False,
            )
        except (OSError, subprocess.SubprocessError):
            break
        text = done.stdout.decode("utf-8", "replace").strip()
        if not done.returncode and text:
            found[name] = text
    return found


def _multiplexers(
    table: Table, environment: Mapping[str, str], tmux: Mapping[str, str]
) -> Iterable[Finding]:
    if environment.get("TMUX"):
        for name in ("prefix", "prefix2"):
            key = _of_tmux(tmux.get(name, "C-b" if name == "prefix" else "None"))
            if key:
                yield _kept(table, key, f"the {name} of tmux", "press it twice")
        delay = tmux.get("escape-time", "")
        if delay.isascii() and delay.isdecimal() and int(delay) >= _SLOW_ESCAPE:
            yield Finding(
                f"esc arrives {int(delay)} ms late: tmux waits for more",
                "tmux set -s escape-time 10",
                taken=True,
            )
    if environment.get("STY"):
        yield _kept(table, "ctrl+a", "the key of screen", "press ^a and then a")
    if environment.get("ZELLIJ"):
        for letter, meant in _ZELLIJ.items():
            if _having(table, f"ctrl+{letter}"):
                yield _kept(table, f"ctrl+{letter}", f"{meant} in zellij", "^g locks zellij")


def _terminals(table: Table, environment: Mapping[str, str]) -> Iterable[Finding]:
    term = environment.get("TERM", "")
    if term == "linux" and _having(table, "shift+tab"):
        names = _names(_having(table, "shift+tab"))
        yield Finding(f"the Linux console sends tab for backtab ({names})", "tab goes round", True)
    if term.startswith(_BARE_TERMS):
        yield Finding(f"a {term} may lack home, end, pgup and pgdn", "g G space b do the same")
    if environment.get("TERM_PROGRAM") == "vscode" and _having(table, "ctrl+p"):
        yield _kept(table, "ctrl+p", "the file list of the editor around", "use :")
    if environment.get("SSH_TTY") and _having(table, "tilde"):
        yield _kept(table, "tilde", "at the start of a line ssh's own", "press it twice")
    if term.startswith(_KITTY_TERMS) or environment.get("KITTY_WINDOW_ID"):
        yield Finding("this terminal tells all keys apart (kitty protocol)")


def _kept(table: Table, key: str, owner: str, way_out: str) -> Finding:
    having = _having(table, key)
    if not having:
        return Finding(f"{key_label(key)} is {owner}; no action has it")
    return Finding(f"{key_label(key)} ({_names(having)}) is {owner}", way_out, taken=True)


def _having(table: Table, key: str) -> list[Action]:
    return [action for action in table.actions if key in action.keys]


def _names(actions: Iterable[Action]) -> str:
    return ", ".join(action.word for action in actions)


def _of_tmux(name: str) -> str:
    """The key that tmux calls `C-b`; empty for none, and for one that no action could have."""
    head, dash, letter = name.rpartition("-")
    if dash and head == "C" and len(letter) == 1:
        return f"ctrl+{letter.lower()}"
    return name if len(name) == 1 and name.isalnum() else ""

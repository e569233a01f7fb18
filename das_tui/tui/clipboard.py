"""The clipboard: of this machine where the operator sits before it, else of the terminal by OSC 52.

A terminal answers nothing to OSC 52: it takes the text, asks its user, or ignores it. So the words
that come back name the way and promise no more. Over SSH only the terminal is near the operator.
"""

import base64
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from das_tui.view.ages import counted
from das_tui.view.clean import verbatim

if TYPE_CHECKING:
    from textual.app import App

LIMIT = 74_991
"""Bytes that are sent at most: with the rest of the sequence their base64 stays below 100,000,
where the strictest terminals cut off or drop it."""

_SCREEN_PIECE = 512
"""Characters that screen is given in one string; it takes 768 with the wrapping."""

DEADLINE = 1.0
"""Seconds that a program of this machine has to take the text."""

_PROGRAMS = (
    ("WAYLAND_DISPLAY", ("wl-copy",)),
    ("DISPLAY", ("xclip", "-selection", "clipboard", "-in")),
    ("DISPLAY", ("xsel", "--clipboard", "--input")),
)
"""What puts its input on the clipboard, by the variable that says where that is."""

_DEAF = ("linux", "vt", "cons", "sun", "ansi", "dumb")
"""Terminals, by the beginning of TERM, that would print the sequence or ignore it."""


def way(environment: Mapping[str, str]) -> str:
    """How the clipboard is reached, in words; empty where this terminal has none."""
    if multiplexer(environment) == "tmux":
        return "OSC 52 through tmux"
    if multiplexer(environment) == "screen":
        return "OSC 52 through screen"
    return "" if environment.get("TERM", "").startswith(_DEAF) else "OSC 52"


def sequence(text: str, environment: Mapping[str, str]) -> str:
    """What to write to the terminal so that `text`, exact but for what would act on a terminal, is
    on its clipboard; empty where it has none or the text is too large for it."""
    data = verbatim(text).encode()
    if not way(environment) or len(data) > LIMIT:
        return ""
    payload = base64.b64encode(data).decode("ascii")
    plain = f"\x1b]52;c;{payload}\x07"
    match multiplexer(environment):
        case "tmux":
            # tmux takes the plain one with `set-clipboard on`, and hands the wrapped one on with
            # `allow-passthrough on`. Both set the same text.
            inner = plain.replace("\x1b", "\x1b\x1b")
            return f"{plain}\x1bPtmux;{inner}\x1b\\"
        case "screen":
            pieces = [
                plain[start : start + _SCREEN_PIECE]
                for start in range(0, len(plain), _SCREEN_PIECE)
            ]
            return "".join(f"\x1bP{piece}\x1b\\" for piece in pieces)
    return plain


def copy(app: "App[str]", text: str, environment: Mapping[str, str], name: str = "") -> list[str]:
    """Put `text` on the clipboard; the answer for the status line, in longer and in fewer words:
    what was done, and how. `name` says what the text is, as in `sent the SQL, 412 characters, by
    OSC 52`. The shortest fits into 33 cells and still says that nobody confirmed it."""
    text = verbatim(text)
    count, brief = counted(len(text), "character"), counted(len(text), "char")
    what = f"{name}, {count}," if name else count
    program = local(environment)
    if program and _taken(program, text, environment):
        return [f"copied {what} by {program[0]}", f"copied {brief} by {program[0]}"]
    wanted = sequence(text, environment)
    if wanted and app._driver is not None:
        app._driver.write(wanted)
        by = f"sent {what} by {way(environment)}"
        return [
            f"{by}; a terminal does not confirm that",
            f"{by}, unconfirmed",
            f"sent {brief}, unconfirmed",
        ]
    if not way(environment):
        return [
            "not copied: this terminal has no clipboard; s saves, V shows it to select",
            "not copied, no clipboard; s saves",
        ]
    return [
        f"not copied: {count} are more than a terminal takes; s saves, | pipes",
        "not copied, too large; s saves",
    ]


def local(environment: Mapping[str, str], platform: str = sys.platform) -> Sequence[str]:
    """The command that reaches the clipboard of this machine; none over SSH, where that is not the
    operator's."""
    if any(environment.get(name) for name in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY")):
        return ()
    from shutil import which

    if platform == "darwin":
        return ("pbcopy",) if which("pbcopy", path=environment.get("PATH")) else ()
    for variable, words in _PROGRAMS:
        if environment.get(variable) and which(words[0], path=environment.get("PATH")):
            return words
    return ()


def _taken(words: Sequence[str], text: str, environment: Mapping[str, str]) -> bool:
    """Whether the command took the text in time. It gets it as its input, so that no list of
    processes shows it."""
    import subprocess

    from das_tui.domain.secrets import without_keys

    try:
        done = subprocess.run(
            words,
            input=text.encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=without_keys(environment),
            start_new_session=True,
            timeout=DEADLINE,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def multiplexer(environment: Mapping[str, str]) -> str:
    """The multiplexer that reads what this program writes, empty for none."""
    tmux, screen = environment.get("TMUX"), environment.get("STY")
    if tmux and screen:
        # One stands in the other; the inner one has set TERM.
        return "tmux" if environment.get("TERM", "").startswith("tmux") else "screen"
    return "tmux" if tmux else "screen" if screen else ""

"""The clipboard of the terminal, by OSC 52.

A terminal answers nothing to it: it takes the text, asks its user, or ignores it. So the words
that come back name the way and promise no more.
"""

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING

from das_tui.view.ages import thousands
from das_tui.view.clean import clean

if TYPE_CHECKING:
    from textual.app import App

LIMIT = 74_991
"""Bytes that are sent at most: with the rest of the sequence their base64 stays below 100,000,
where the strictest terminals cut off or drop it."""

_SCREEN_PIECE = 512
"""Characters that screen is given in one string; it takes 768 with the wrapping."""

_DEAF = ("linux", "vt", "cons", "sun", "ansi", "dumb")
"""Terminals, by the beginning of TERM, that would print the sequence or ignore it."""


def way(environment: Mapping[str, str]) -> str:
    """How the clipboard is reached, in words; empty where this terminal has none."""
    if _inside(environment) == "tmux":
        return "OSC 52 through tmux"
    if _inside(environment) == "screen":
        return "OSC 52 through screen"
    return "" if environment.get("TERM", "").startswith(_DEAF) else "OSC 52"


def sequence(text: str, environment: Mapping[str, str]) -> str:
    """What to write to the terminal so that `text`, cleaned, is on its clipboard; empty where it
    has none or the text is too large for it."""
    data = clean(text).encode()
    if not way(environment) or len(data) > LIMIT:
        return ""
    payload = base64.b64encode(data).decode("ascii")
    plain = f"\x1b]52;c;{payload}\x07"
    match _inside(environment):
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


def copy(app: "App[str]", text: str, environment: Mapping[str, str]) -> str:
    """Send `text` to the clipboard; the answer for the status line."""
    count = f"{thousands(len(text))} characters"
    wanted = sequence(text, environment)
    if wanted and app._driver is not None:
        app._driver.write(wanted)
        return f"copied {count}, {way(environment)}; a terminal does not confirm that"
    if not way(environment):
        return "not copied: this terminal has no clipboard; select it with the mouse"
    return f"not copied: {count} are more than a terminal takes"


def _inside(environment: Mapping[str, str]) -> str:
    """The multiplexer that reads what this program writes, empty for none."""
    tmux, screen = environment.get("TMUX"), environment.get("STY")
    if tmux and screen:
        # One stands in the other; the inner one has set TERM.
        return "tmux" if environment.get("TERM", "").startswith("tmux") else "screen"
    return "tmux" if tmux else "screen" if screen else ""

"""What the terminal can do, asked before anything is drawn."""

import os
import sys

from das_tui.cli import exits
from das_tui.cli.context import Context
from das_tui.config.settings import Settings


def need_terminal() -> None:
    """End the command where no full-screen program can run."""
    if not (sys.stdin and sys.stdin.isatty() and sys.stdout and sys.stdout.isatty()):
        raise exits.Stop(exits.LOCAL, "the app needs a terminal; das-tui ask works without one")
    if os.environ.get("TERM", "") in {"", "dumb"}:
        raise exits.Stop(
            exits.LOCAL,
            "this terminal cannot address its screen (TERM); das-tui ask works without that",
        )


def ascii_only(given: Context, remembered: Settings) -> bool:
    """Whether to draw in ASCII: because it was asked for, because the terminal would draw our
    glyphs two cells wide, because the fonts of the Linux console lack them, or the encoding that
    the locale names does."""
    if given.ascii or remembered.ambiguous == 2 or os.environ.get("TERM") == "linux":
        return True
    locale = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_CTYPE", "LANG"))), "utf-8")
    return "utf8" not in locale.lower().replace("-", "")

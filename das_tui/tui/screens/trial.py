"""The page that shows which keys arrive here, and what is known to keep or lose one."""

import os
import time
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from textual.events import Key

from das_tui.tui import keydoctor
from das_tui.tui.accounts import aside
from das_tui.tui.actions import Table
from das_tui.tui.futures import when_done
from das_tui.tui.keymap import key_name
from das_tui.tui.screens.page import Page
from das_tui.view.clean import clean, one_line
from das_tui.view.rows import ATTN, BLANK, FAINT, MUTED, STRONG, TEXT, Ink, Row, Span
from das_tui.view.wrap import cut, fit, pad, wrap

if TYPE_CHECKING:
    from das_tui.tui.screens.program import ProgramScreen

_HEAD = Ink("muted", underline=True)
_KEYS = Ink("strong", bold=True)
_KEPT_PRESSES = 200

_TO_TRY = (
    "enter and ^j: two keys, enter sends and ^j breaks the line",
    "esc: at once, not a second late",
    "tab and backtab: tab and shift+tab",
    "^s and ^q: if they stop the screen, the line takes them; no action has them",
    "home, end, pgup, pgdn: each by its name; g, G, space and b do the same",
)
"""What differs between terminals, and how it should be."""


class _Press(NamedTuple):
    """A key that came; `after` are seconds since the one before."""

    key: str
    character: str
    after: float | None


class TrialScreen(Page):
    """`:doctor`: what is known of this terminal's keys, and what arrives of those pressed. Esc
    twice leaves, since one may want to try esc."""

    def __init__(self, below: "ProgramScreen") -> None:
        super().__init__(below.palette, below.glyphs)
        self.table: Table = below.table
        self.findings = keydoctor.findings(self.table, os.environ)
        self.presses: deque[_Press] = deque(maxlen=_KEPT_PRESSES)
        self._at = 0.0

    def on_mount(self) -> None:
        """Ask tmux, where there is one, for its keys."""
        environment = dict(os.environ)
        asked = aside(lambda: keydoctor.ask_tmux(environment))

        def told(found: dict[str, str]) -> None:
            self.findings = keydoctor.findings(self.table, environment, found)
            self.repaint()

        when_done(self.app, asked, told, lambda _: None)

    def head(self, width: int) -> list[Row]:
        """What this is."""
        return [Row((("   Press keys", STRONG), ("  esc twice leaves", MUTED))), BLANK]

    def rows(self, width: int) -> list[Row]:
        """The keys that came, the latest first, then what is known."""
        rows = [self._press(press, width) for press in reversed(self.presses)]
        rows = rows[: max(3, self.body_rows // 2)]
        if not rows:
            rows = [Row((("   Nothing came yet.", TEXT),))]
        rows += [BLANK, Row((("   ", TEXT), (pad("Known", max(0, width - 6)), _HEAD)))]
        if not self.findings:
            rows.append(Row((("   Nothing here is known to keep or lose a key.", TEXT),)))
        for finding in self.findings:
            text = finding.text + (f"; {finding.way_out}" if finding.way_out else "")
            ink = ATTN if finding.taken else TEXT
            sign = self.glyphs.cut if finding.taken else self.glyphs.idle
            for number, line in enumerate(wrap(one_line(text, 300), max(8, width - 7))):
                rows.append(Row(((f"   {sign if not number else ' '} ", ink), (line, ink))))
        rows += [BLANK, Row((("   ", TEXT), (pad("To try", max(0, width - 6)), _HEAD)))]
        for text in _TO_TRY:
            for number, line in enumerate(wrap(text, max(8, width - 7))):
                lead = f"   {self.glyphs.idle if not number else ' '} "
                rows.append(Row(((lead, MUTED), (line, MUTED))))
        return rows

    def _press(self, press: _Press, width: int) -> Row:
        shown = press.character if press.character.isprintable() else ""
        code = press.character.encode("utf-8", "replace").hex(" ") if press.character else "-"
        spans: list[Span] = [
            ("   ", TEXT),
            (pad(fit(clean(press.key), 22, self.glyphs.ellipsis), 23), _KEYS),
            (pad(clean(shown), 4), TEXT),
            (pad(code, 10), FAINT),
        ]
        after = (
            f"{press.after * 1000:.0f} ms" if press.after is not None and press.after < 1 else ""
        )
        if width >= 80:
            spans.append((f"{after:>7}  ", FAINT))
        spans.append((self._meaning(press), TEXT))
        return Row(tuple(cut(spans, 0, width)))

    def _meaning(self, press: _Press) -> str:
        found: list[str] = []
        for pane in ("transcript", "composer"):
            key = press.key
            action = self.table.find(pane, key)
            if action is None and pane != "composer" and press.character:
                action = self.table.find(pane, key_name(press.character))
            if action is not None and action.word not in found:
                found.append(action.word)
        return ", ".join(found) or "nothing, or text in the composer"

    def status(self, width: int) -> Row:
        """What the columns are."""
        return Row((("   name, character, bytes, what it does", MUTED),))

    def keys(self) -> list[tuple[str, str]]:
        """The footer."""
        return [("esc esc", "back")]

    def handle(self, event: Key) -> bool:
        """Show the key."""
        now = time.monotonic()
        if event.key == "escape" and self.presses and self.presses[-1].key == "escape":
            self.dismiss()
            return True
        after = now - self._at if self._at else None
        self._at = now
        self.presses.append(_Press(event.key, event.character or "", after))
        self.scroll_row = 0
        self.repaint()
        return True

"""The palette: every action of the table, found by typing; it runs on the screen below."""

from collections.abc import Callable

from textual.events import Key

from das_tui.tui.actions import ACTIONS, NAMELESS, Action, keys_label
from das_tui.tui.screens.page import Page
from das_tui.tui.theme import Palette
from das_tui.view.clean import clean
from das_tui.view.glyphs import Glyphs
from das_tui.view.rows import ACCENT, BLANK, FAINT, MUTED, TEXT, Ink, Row

_LETTERS = 24
"""Cells of the column of words."""


class PaletteScreen(Page):
    """`^p` and `:`. Type to narrow, arrows to choose, Enter runs it, esc goes back."""

    def __init__(
        self,
        run: Callable[[Action, str], None],
        palette: Palette,
        glyphs: Glyphs,
        typed: str = "",
    ) -> None:
        super().__init__(palette, glyphs)
        self._run = run
        self.typed = typed
        self.cursor = 0

    def matches(self) -> list[Action]:
        """Actions whose word or help holds every typed word, best first; behind the whole word of
        one that takes an argument only that."""
        named = self._named()
        if named is not None:
            return [named]
        parts = self.typed.lower().split()
        found = [
            action
            for action in ACTIONS
            if action.id not in NAMELESS
            and all(part in f"{action.word} {action.help}".lower() for part in parts)
        ]
        start = self.typed.lower().strip()
        return sorted(found, key=lambda action: not action.word.startswith(start))

    def _named(self) -> Action | None:
        """The action whose argument is being typed."""
        word, blank, _ = self.typed.lstrip().partition(" ")
        if not blank:
            return None
        named = (action for action in ACTIONS if action.argument)
        return next((action for action in named if action.word == word.lower()), None)

    def rows(self, width: int) -> list[Row]:
        """The typed line, then what matches."""
        found = self.matches()
        self.cursor = max(0, min(self.cursor, len(found) - 1))
        typed = clean(self.typed)
        rows = [
            BLANK,
            Row(
                (
                    (f" {self.glyphs.prompt} ", Ink("accent", bg="raised")),
                    (typed, Ink("strong", bg="raised", bold=True)),
                    (" ", Ink("on", bg="accent")),
                ),
                fill="raised",
            ),
            BLANK,
        ]
        if not found:
            rows.append(Row(((f"   No action is called {typed}.", TEXT),)))
        for place, action in enumerate(found):
            rows.append(self._row(action, width, chosen=place == self.cursor))
        return rows

    def _row(self, action: Action, width: int, *, chosen: bool) -> Row:
        keys = keys_label(action, self.glyphs)
        room = max(0, width - 3 - _LETTERS - len(keys) - 4)
        words = f"{action.help[:room]:<{room}}"
        bar = (self.glyphs.bar, ACCENT) if chosen else (" ", TEXT)
        name = Ink("strong", bold=True) if chosen else TEXT
        return Row(
            (
                bar,
                ("  ", TEXT),
                (action.word, name),
                (f" {action.argument}".ljust(_LETTERS - len(action.word)), FAINT),
                (words, MUTED),
                ("  ", TEXT),
                (keys, FAINT),
            ),
            fill="sel" if chosen else None,
        )

    def status(self, width: int) -> Row:
        """How many match."""
        return Row(((f"   {len(self.matches())} of {len(ACTIONS) - len(NAMELESS)}", MUTED),))

    def keys(self) -> list[tuple[str, str]]:
        """The footer."""
        up, down = self.glyphs.up, self.glyphs.down
        return [("type", "narrow"), (f"{up} {down}", "choose"), ("enter", "run"), ("esc", "back")]

    def handle(self, event: Key) -> bool:
        """Type, choose, run."""
        if event.key in {"escape", "ctrl+c"}:
            self.dismiss()
            return True
        if event.key in {"enter", "ctrl+j"}:
            found = self.matches()
            action = found[self.cursor] if found else None
            named = self._named() is not None
            argument = self.typed.lstrip().partition(" ")[2].strip() if named else ""
            if action is not None and action.argument and not argument:
                self.typed, self.cursor = f"{action.word} ", 0
                self.repaint()
                return True
            self.dismiss()
            if action is not None:
                self.app.call_after_refresh(self._run, action, argument)
            return True
        if event.key in {"down", "ctrl+n"}:
            self.cursor += 1
        elif event.key in {"up", "ctrl+p"}:
            self.cursor -= 1
        elif event.key == "ctrl+u":
            self.typed = ""
        elif event.key == "backspace":
            self.typed = self.typed[:-1]
        elif event.character and event.character.isprintable():
            self.typed += event.character
            self.cursor = 0
        self._keep_in_view()
        self.repaint()
        return True

    def _keep_in_view(self) -> None:
        row, room = self.cursor + 3, max(1, self.size.height - 2)
        self.scroll_row = max(min(self.scroll_row, row), row - room + 1)

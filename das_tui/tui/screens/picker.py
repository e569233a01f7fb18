"""A list to choose from by typing, in the place of what a page shows."""

from collections.abc import Callable
from dataclasses import field

from textual.events import Key
from textual.geometry import Offset

from das_tui.light import dataclass
from das_tui.tui.screens.page import Page
from das_tui.view import form as form_view
from das_tui.view.clean import clean, one_line
from das_tui.view.form import Option
from das_tui.view.glyphs import Glyphs
from das_tui.view.line import Line
from das_tui.view.rows import ACCENT, BLANK, FAIL, MUTED, Row
from das_tui.view.wrap import wrap


@dataclass(slots=True)
class Picker:
    """A list in the place of the form. `options` is None while it is being fetched; `trouble` is
    why it could not be. `free` lets what is typed be taken as it is. `empty` is said where there
    is nothing to choose from."""

    name: str
    title: str
    free: bool = True
    empty: str = "the service names none"
    options: tuple[Option, ...] | None = None
    trouble: str = ""
    line: Line = field(default_factory=Line)
    cursor: int = 0

    def matches(self) -> list[Option]:
        """Options that hold every typed word; the typed text itself comes last."""
        parts = self.line.text.lower().split()
        found = [
            option
            for option in self.options or ()
            if all(part in " ".join(option).lower() for part in parts)
        ]
        typed = self.line.text.strip()
        if self.free and typed and all(option.value != typed for option in found):
            found.append(Option(typed, f"use {one_line(typed)}", "as it is typed"))
        return found

    def rows(self, page: Page, width: int) -> list[Row]:
        """The line that is typed and what matches it, with both cursors of `page` put right."""
        line, column = self.line.spans(width - 5, ghost="type to narrow", glyphs=page.glyphs)
        rows = [Row(((f" {page.glyphs.prompt} ", ACCENT), *line), "raised"), BLANK]
        if self.trouble:
            text = clean(self.trouble)
            rows += [Row(((f"   {part}", FAIL),)) for part in wrap(text, max(8, width - 6))]
        elif self.options is None:
            rows.append(Row((("   asking the service", MUTED),)))
        found = self.matches()
        self.cursor = max(0, min(self.cursor, len(found) - 1))
        if self.options is not None and not found:
            words = "nothing matches" if self.options else self.empty
            rows.append(Row(((f"   {words}", MUTED),)))
        first = len(rows) + self.cursor
        rows += form_view.picker(found, width, cursor=self.cursor, glyphs=page.glyphs)
        page.scroll_row = max(min(page.scroll_row, first - 2), first - page.body_rows + 1, 0)
        page.app.cursor_position = Offset(3 + column, len(page.head(width)))
        return rows

    def status(self) -> Row:
        """How many there are."""
        count = len(self.options or ())
        return Row(((f"   {count:,} to choose from" if count else "", MUTED),))

    def keys(self, glyphs: Glyphs) -> list[tuple[str, str]]:
        """The footer."""
        return [
            ("type", "narrow"),
            (f"{glyphs.up} {glyphs.down}", "move"),
            ("enter", "choose"),
            ("esc", "back"),
        ]

    def key(self, event: Key, take: Callable[[Option], None], leave: Callable[[], None]) -> None:
        """Type or move; `take` is called with what was chosen, `leave` for esc."""
        edited = self.line.key(event.key)
        if event.key in {"escape", "ctrl+c"}:
            leave()
        elif event.key in {"down", "ctrl+n", "tab"}:
            self.cursor += 1
        elif event.key in {"up", "ctrl+p", "shift+tab"}:
            self.cursor -= 1
        elif event.key in {"enter", "ctrl+j"}:
            found = self.matches()
            if found:
                take(found[self.cursor])
        elif edited is not None:
            self.line = edited
        elif event.character and event.character.isprintable():
            self.line, self.cursor = self.line.typed(event.character), 0

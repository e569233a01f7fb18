"""Where the credentials of a new profile come from: the first of two pages that make one."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.events import Click, Key

from das_tui.tui.accounts import Accounts, Book
from das_tui.tui.actions import folded
from das_tui.tui.futures import when_done
from das_tui.tui.screens.page import Page
from das_tui.tui.screens.welcome import plain
from das_tui.tui.theme import Palette
from das_tui.view import form as form_view
from das_tui.view.clean import clean, one_line
from das_tui.view.glyphs import Glyphs
from das_tui.view.profiles import Source, looked_at, sources
from das_tui.view.rows import BLANK, FAIL, MUTED, STRONG, TEXT, Row
from das_tui.view.wrap import fit, wrap

if TYPE_CHECKING:
    from das_tui.run.credentials_found import Found

_WHY = "They stay where they are: only the name of the place is written into the profile."
_NOTHING = "No credentials were found here. Nothing has been sent to Alibaba Cloud."
_CHAIN = Source("default", "the official chain, asked at each request", "", "")


class CredentialsScreen(Page):
    """`p` on the welcome page, `n` in the list of profiles: one of what this machine has.

    Only now is the machine asked for its role. Keys that come before the look is over are kept.
    """

    def __init__(self, palette: Palette, glyphs: Glyphs, accounts: Accounts) -> None:
        super().__init__(palette, glyphs)
        self.accounts = accounts
        self.book: Book | None = None
        self.found: list[Source] | None = None
        self.role: Source | None = None
        self.asking = True
        self.trouble = ""
        self.message = ""
        self.cursor = 0
        self._first_row = 0
        self._early: list[Key] = []

    def on_mount(self) -> None:
        """Look at once."""
        self._look()

    def _look(self) -> None:
        from das_tui.run import credentials_found

        self.book, self.found, self.role, self.asking = None, None, None, True
        self.trouble = ""
        when_done(self.app, self.accounts.read(), self._read, self._failed)
        when_done(self.app, credentials_found.discover(), self._seen, lambda _: self._seen(()))
        asked = credentials_found.probe_machine_role()
        when_done(self.app, asked, self._role, lambda _: self._role(None))
        self.repaint()

    def _read(self, book: Book) -> None:
        self.book = book
        self._go_on()

    def _failed(self, why: str) -> None:
        self.trouble = why
        self._go_on()

    def _seen(self, found: "Sequence[Found]") -> None:
        self.found = [_source(item) for item in found]
        if not found:
            # The row of the machine cannot be taken yet, perhaps never.
            self.cursor = 1
        self._go_on()

    def _role(self, found: "Found | None") -> None:
        self.asking = False
        self.role = None if found is None else _source(found)
        self._go_on()

    def _go_on(self) -> None:
        if self.ready:
            early, self._early = self._early, []
            for event in early:
                self._act(event)
        self.repaint()

    @property
    def ready(self) -> bool:
        """Whether one can choose: files and variables are known, the role may come later."""
        return self.found is not None and (self.book is not None or bool(self.trouble))

    @property
    def choices(self) -> list[Source]:
        """What can be chosen, in an order that does not change: what was found, the role of this
        machine, and the chain, which is always there."""
        role = self.role or Source("", "role of this machine", "", "")
        if self.role is None:
            role = Source("", "role of this machine", "asking" if self.asking else "none", "")
        return [*(self.found or []), role, _CHAIN]

    # --- painting ------------------------------------------------------------------------------

    def head(self, width: int) -> list[Row]:
        """What is being made."""
        title = form_view.title("Make a profile", "where credentials come from", "1 of 2", width)
        return [title, BLANK]

    def rows(self, width: int) -> list[Row]:
        """The choices; where there is nothing, what was looked at and the way out."""
        room = max(8, width - 6)
        if not self.ready:
            return [Row((("   looking", MUTED),))]
        if self.trouble:
            rows = [Row(((f"   {part}", FAIL),)) for part in wrap(clean(self.trouble), room)]
            return [*rows, BLANK, Row((("   r", STRONG), ("  looks again", MUTED)))]
        empty = not self.found and self.role is None and not self.asking
        rows = []
        if self.size.height >= 20 or empty:
            words = _NOTHING if empty else _WHY
            rows = [Row(((f"   {part}", TEXT),)) for part in wrap(words, room)]
            rows.append(BLANK)
        self._first_row = len(rows)
        self.cursor = max(0, min(self.cursor, len(self.choices) - 1))
        rows += sources(self.choices, width, cursor=self.cursor, glyphs=self.glyphs)
        if empty:
            rows += looked_at(width, self.glyphs)
        row = self._first_row + self.cursor
        self.scroll_row = max(min(self.scroll_row, row), row - self.body_rows + 1)
        return rows

    def status(self, width: int) -> Row:
        """The answer to a key, or what happens here."""
        words = self.message
        if not words:
            words = "asking this machine for its role, two seconds at most" if self.asking else ""
            words = words or "nothing is sent to Alibaba Cloud by this"
        return Row((("   ", TEXT), (fit(words, width - 5, self.glyphs.ellipsis), MUTED)))

    def keys(self) -> list[tuple[str, str]]:
        """The footer."""
        last = min(9, len(self.choices))
        numbers = f"1-{last} enter" if self.ready and not self.trouble else ""
        keys = [("r", "look again"), ("esc", "back")]
        return [(numbers, "take"), ("j k", "move"), *keys] if numbers else keys

    # --- keys ----------------------------------------------------------------------------------

    def handle(self, event: Key) -> bool:
        """Choose by number or by cursor."""
        self.message = ""
        character = folded(event.character)
        if event.key in {"escape", "ctrl+c"} or character == "q":
            self.dismiss()
        elif not self.ready:
            self._early.append(event)
        else:
            self._act(event)
        self.repaint()
        return True

    def _act(self, event: Key) -> None:
        character = folded(event.character) or ""
        if event.key in {"j", "down", "tab"}:
            self.cursor += 1
        elif event.key in {"k", "up", "shift+tab"}:
            self.cursor -= 1
        elif event.key in {"enter", "ctrl+j"}:
            self._take(self.cursor)
        elif character in set("123456789"):
            self._take(int(character) - 1)
        elif character == "r":
            self._look()

    def on_click(self, event: Click) -> None:
        """A click takes."""
        row = int(event.screen_y) - len(self.head(self.size.width)) + self.scroll_row
        place = row - self._first_row
        if self.ready and event.screen_y < self.size.height - 2:
            self._take(place)
            self.repaint()

    def _take(self, place: int) -> None:
        if self.book is None or not 0 <= place < len(self.choices):
            self.message = f"there is no {place + 1}" if self.book is not None else ""
            return
        chosen = self.choices[place]
        if not chosen.spec:
            self.message = "the machine is still being asked" if self.asking else "it has no role"
            return
        self.cursor = place
        from das_tui.tui.screens.new_profile import NewProfileScreen

        self.app.push_screen(
            NewProfileScreen(self.palette, self.glyphs, self.accounts, self.book, chosen)
        )


def _source(found: "Found") -> Source:
    return Source(
        found.spec, plain(found.label), one_line(found.masked), str(found.kind), found.region
    )

"""The palette and the command line: every action of the table, found by typing, with its argument.

What is chosen runs on the screen below.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from textual.events import Key

from das_tui.tui.actions import NAMELESS, TABLE, Action, Table, folded, keys_label
from das_tui.tui.screens.page import Page
from das_tui.tui.theme import Palette
from das_tui.view.clean import clean, one_line
from das_tui.view.glyphs import Glyphs
from das_tui.view.rows import BLANK, FAINT, MUTED, TEXT, Ink, Row, Span, cursor_bar
from das_tui.view.wrap import cells, cut, fit, pad

_LETTERS = 24
"""Cells of the column of words."""

_NARROW = 16
"""The same where the page is narrower than 60 cells."""

ALIASES = {
    "q": "quit",
    "q!": "quit",
    "wq": "quit",
    "w": "save",
    "h": "help",
    "set": "settings",
    "map": "keys",
    "colorscheme": "theme",
    "e": "session",
    "n": "next_hit",
}
"""Words that hands know from elsewhere, and the actions that they mean here."""

LONGEST = 2_000
"""Characters that the line takes."""

_WIDE_BLANK = "\u3000"
"""What an input method left on gives for the space bar."""

KEPT = 100
"""Commands that the history keeps."""


class Match(NamedTuple):
    """An action that the typed words fit, with the argument that enter would give it."""

    action: Action
    argument: str = ""

    @property
    def id(self) -> str:
        """The id of the action."""
        return self.action.id

    @property
    def line(self) -> str:
        """What one types for it."""
        return f"{self.action.word} {self.argument}".rstrip()


class PaletteScreen(Page):
    """`^p` and `:`. Type to narrow, tab completes, arrows choose, enter runs it, esc goes back.

    `choices` gives what may stand behind a word, empty where anything may; `history` are earlier
    commands, the latest last, to which this page adds.
    """

    def __init__(
        self,
        run: Callable[[Action, str], None],
        palette: Palette,
        glyphs: Glyphs,
        typed: str = "",
        *,
        table: Table = TABLE,
        choices: Callable[[str], Sequence[str]] = lambda _: (),
        history: list[str] | None = None,
    ) -> None:
        super().__init__(palette, glyphs)
        self._run = run
        self.table = table
        self.choices = choices
        self.history = history if history is not None else []
        self.typed = typed
        self.cursor = 0
        self._back = 0
        """How many commands back the line was fetched from the history, 0 for typed."""

    # --- what fits -----------------------------------------------------------------------------

    def matches(self) -> list[Match]:
        """What the line means or begins, best first."""
        named = self._named()
        if named is not None:
            return self._with_arguments(named)
        parts = self._word.split()
        found = [
            action
            for action in self._actions()
            if all(part in f"{action.word} {action.help}".lower() for part in parts)
        ]
        start = " ".join(parts)
        meant = ALIASES.get(start, "")

        def rank(action: Action) -> tuple[bool, bool, bool]:
            word = action.word
            return (word != start, action.id != meant, not word.startswith(start))

        if meant and meant not in {action.id for action in found}:
            found += [action for action in self._actions() if action.id == meant]
        return [Match(action) for action in sorted(found, key=rank)]

    def _actions(self) -> list[Action]:
        return [action for action in self.table.actions if action.id not in NAMELESS]

    @property
    def _word(self) -> str:
        """The line in lower case, as an input method that was left on would not have made it."""
        return "".join(folded(c) or "" for c in self.typed).lower().strip()

    @property
    def _typed_argument(self) -> str:
        return self.typed.lstrip().partition(" ")[2].strip()

    def _named(self) -> Action | None:
        """The action whose argument is being typed."""
        word, blank, _ = self.typed.lstrip().partition(" ")
        if not blank:
            return None
        name = "".join(folded(c) or "" for c in word).lower()
        named = (action for action in self._actions() if action.argument)
        return next((a for a in named if name == a.word or ALIASES.get(name) == a.id), None)

    def _with_arguments(self, action: Action) -> list[Match]:
        """The arguments that fit what is typed behind the word; what is typed itself where any
        text may stand there."""
        typed = self._typed_argument
        known = list(self.choices(action.id))
        last = typed.lower()
        fitting = [one for one in known if last in one.lower()]
        fitting.sort(key=lambda one: (one.lower() != last, not one.lower().startswith(last)))
        found = [Match(action, one) for one in fitting]
        if not typed and (action.argument.startswith("[") or not known):
            found.insert(0, Match(action))
        elif typed and not found:
            found.append(Match(action, typed))
        return found

    def _nearest(self) -> Match | None:
        """The action whose word is most like what was typed."""
        import difflib

        words = {action.word: action for action in self._actions()}
        typed = self._word.partition(" ")[0]
        near = difflib.get_close_matches(typed, words, n=1, cutoff=0.5)
        return Match(words[near[0]]) if near else None

    # --- drawing -------------------------------------------------------------------------------

    def head(self, width: int) -> list[Row]:
        """The typed line."""
        typed = clean(self.typed)
        lead = f" {self.glyphs.prompt} "
        room = max(1, width - len(lead) - 2)
        if cells(typed) > room:
            while cells(typed) > room - 1:
                typed = typed[1:]
            typed = self.glyphs.ellipsis + typed
        line = Row(
            (
                (lead, Ink("accent", bg="raised")),
                (typed, Ink("strong", bg="raised", bold=True)),
                (" ", Ink("on", bg="accent")),
            ),
            fill="raised",
        )
        return [BLANK, line, BLANK]

    def rows(self, width: int) -> list[Row]:
        """What fits the line, or what is nearest to it."""
        found = self.matches()
        self.cursor = max(0, min(self.cursor, len(found) - 1))
        if not found:
            words = fit(one_line(self.typed.strip(), 200), max(8, width - 28), self.glyphs.ellipsis)
            rows = [Row(((f"   No action is called {words}.", TEXT),))]
            near = self._nearest()
            if near is not None:
                more: list[Span] = [("   Nearest: ", MUTED), (near.line, Ink("strong", bold=True))]
                rows.append(Row((*more, ("   tab takes it", FAINT))))
            return rows
        return [
            self._row(match, width, chosen=place == self.cursor)
            for place, match in enumerate(found)
        ]

    def _row(self, match: Match, width: int, *, chosen: bool) -> Row:
        action = match.action
        keys = keys_label(action, self.glyphs)
        column = _LETTERS if width >= 60 else _NARROW
        bar = cursor_bar(self.glyphs.bar, chosen)
        name = Ink("strong", bold=True) if chosen else TEXT
        behind = match.argument or action.argument
        argument = (one_line(behind, 200), name if match.argument else FAINT)
        spans: list[Span] = [bar, ("  ", TEXT), (action.word, name)]
        spans += [(" ", TEXT), argument] if behind else []
        used = sum(cells(text) for text, _ in spans)
        room = width - max(used + 2, 3 + column) - len(keys) - 4
        if room >= 0:
            spans.append((" " * max(2, 3 + column - used), TEXT))
            words = fit(action.help, room, self.glyphs.ellipsis, word=True)
            spans += [(pad(words, room), MUTED), ("  ", TEXT), (keys, FAINT)]
        return Row(tuple(cut(spans, 0, width)), fill="sel" if chosen else None)

    def status(self, width: int) -> Row:
        """How many match."""
        found = self.matches()
        if self._named() is not None:
            text = f"{len(found)} to choose from" if len(found) > 1 else found[0].action.help
        else:
            text = f"{len(found)} of {len(self._actions())}"
        return Row(((f"   {text}", MUTED),))

    def keys(self) -> list[tuple[str, str]]:
        """The footer."""
        up, down = self.glyphs.up, self.glyphs.down
        keys = [("enter", "run"), ("tab", "complete"), (f"{up} {down}", "choose")]
        if self.history and self.cursor == 0 and (self._back or not self.typed):
            keys.append((up, "earlier"))
        return [*keys, ("esc", "back")]

    # --- keys ----------------------------------------------------------------------------------

    def handle(self, event: Key) -> bool:
        """Type, complete, choose, run."""
        if event.key in {"escape", "ctrl+c"} or (event.key == "backspace" and not self.typed):
            self.dismiss()
            return True
        if event.key in {"enter", "ctrl+j"}:
            self._enter()
            return True
        if event.key == "tab":
            self._complete()
        elif event.key in {"down", "ctrl+n"}:
            self._down()
        elif event.key in {"up", "ctrl+p"}:
            self._up()
        elif event.key == "ctrl+u":
            self._write("")
        elif event.key == "ctrl+w":
            self._write(self.typed.rstrip().rpartition(" ")[0])
        elif event.key == "backspace":
            self._write(self.typed[:-1])
        elif event.character == _WIDE_BLANK:
            self._write(f"{self.typed} "[:LONGEST])
        elif event.character and event.character.isprintable():
            self._write((self.typed + event.character)[:LONGEST])
        self._keep_in_view()
        self.repaint()
        return True

    def _write(self, text: str) -> None:
        self.typed, self.cursor, self._back = text, 0, 0

    def _enter(self) -> None:
        found = self.matches()
        match = found[self.cursor] if found else None
        if match is None and self.typed.strip():
            self.repaint()
            return
        wanted = match.action.argument if match is not None else ""
        if match is not None and wanted and not match.argument and not wanted.startswith("["):
            self._write(f"{match.action.word} ")
            self.repaint()
            return
        self.dismiss()
        if match is not None:
            self._remember(match.line)
            self.app.call_after_refresh(self._run, match.action, match.argument)

    def _remember(self, line: str) -> None:
        if line in self.history:
            self.history.remove(line)
        self.history.append(line)
        del self.history[:-KEPT]

    def _complete(self) -> None:
        """Tab: the line becomes what the cursor is on, ready for its argument."""
        found = self.matches()
        match = found[self.cursor] if found else self._nearest()
        if match is not None:
            behind = bool(match.action.argument) and not match.argument
            self._write(match.line + (" " if behind else ""))

    def _up(self) -> None:
        if self.cursor == 0 and (self._back or not self.typed):
            self._fetch(self._back + 1)
        else:
            self.cursor -= 1

    def _down(self) -> None:
        if self._back and self.cursor == 0:
            self._fetch(self._back - 1)
        else:
            self.cursor += 1

    def _fetch(self, back: int) -> None:
        """The command so many back."""
        back = max(0, min(back, len(self.history)))
        self._write(self.history[-back] if back else "")
        self._back = back

    def _keep_in_view(self) -> None:
        row, room = self.cursor, max(1, self.body_rows)
        self.scroll_row = max(min(self.scroll_row, row), row - room + 1)

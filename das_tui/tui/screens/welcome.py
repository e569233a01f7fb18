"""The welcome screen: no profile yet."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.events import Click, Key

from das_tui.tui.accounts import Accounts
from das_tui.tui.actions import folded
from das_tui.tui.futures import when_done
from das_tui.tui.screens.page import Page
from das_tui.tui.theme import Palette
from das_tui.view.clean import one_line
from das_tui.view.glyphs import Glyphs
from das_tui.view.rows import BLANK, FAINT, MUTED, STRONG, TEXT, Ink, Row, Span
from das_tui.view.wrap import Spans, cells, cut, fit, pad, span_cells, wrap

if TYPE_CHECKING:
    from das_tui.run.credentials_found import Found

_SAMPLE = (
    "[profiles.prod]",
    'region      = "cn-hangzhou"',
    'credentials = "default"',
    "read_only   = true",
    "level       = 20",
)
_SAMPLE_WIDTH = 29
_FOUND_ROWS = 4
_WIDE = 76


class WelcomeScreen(Page):
    """Says what there is to do and that nothing was sent. `stored` is how many sessions can be
    read; `back` lets esc lead to them."""

    def __init__(
        self,
        palette: Palette,
        glyphs: Glyphs,
        accounts: Accounts,
        *,
        stored: int = 0,
        back: bool = False,
    ) -> None:
        super().__init__(palette, glyphs)
        self.accounts = accounts
        self.stored = stored
        self.back = back
        self.cursor = 0
        self.found: Sequence[Found] | None = None
        self.message = ""
        self._first_choice = 0

    def on_mount(self) -> None:
        """Look for credentials when the page stands: files and variables, no network."""
        self.call_after_refresh(self._look)

    def _look(self) -> None:
        from das_tui.run import credentials_found

        when_done(self.app, credentials_found.discover(), self._seen, lambda _: None)

    def _seen(self, found: "Sequence[Found]") -> None:
        self.found = found
        self.repaint()

    @property
    def choices(self) -> list[tuple[str, str, str, bool]]:
        """Key, words, what it is, and whether it does anything."""
        count = f"{self.stored:,} {'session' if self.stored == 1 else 'sessions'}"
        stored = f"{count if self.stored else 'none yet'}; works without a network"
        can = self.accounts.available
        return [
            ("d", "Look round with the demo", "built-in service, no account, costs nothing", True),
            ("p", "Make a profile", "region, agent, where credentials come from", can),
            ("o", "Open stored sessions", stored, bool(self.stored)),
            ("?", "Keys and help", "", True),
            ("q", "Quit", "", True),
        ]

    # --- painting ------------------------------------------------------------------------------

    def rows(self, width: int) -> list[Row]:
        """The one block of the program that stands off the edge."""
        inner = min(_WIDE, width - 4)
        left = " " * max(2, (width - inner) // 2)
        top = 1 if self.size.height < 24 else max(1, (self.size.height - 20) // 3)
        roomy = self.size.height >= 24
        rows = [BLANK] * top + [self._title(left, width)] + [BLANK] * (2 if roomy else 1)
        sentence = "There is no profile yet. Nothing has been sent anywhere."
        rows += [Row(((left + part, TEXT),)) for part in wrap(sentence, inner)]
        rows.append(BLANK)
        self._first_choice = len(rows)
        rows += [self._choice(left, inner, place) for place in range(len(self.choices))]
        rows += [BLANK] * (2 if roomy else 1)
        sample, seen = self._sample(), self._credentials(inner)
        if inner < _WIDE:
            return rows + [_at(left, spans) for spans in [*seen, [], *sample]]
        for place in range(max(len(sample), len(seen))):
            spans: Spans = sample[place] if place < len(sample) else []
            if place < len(seen):
                gap = _SAMPLE_WIDTH + 1 - span_cells(spans)
                spans = [*spans, (" " * gap, TEXT), *seen[place]]
            rows.append(_at(left, spans))
        return rows

    def _title(self, left: str, width: int) -> Row:
        spans: list[Span] = [(left, TEXT)]
        if self.glyphs.histogram:
            bars = self.glyphs.histogram
            spans += [
                (bars[1], MUTED),
                (bars[3], MUTED),
                (bars[6], Ink("accent")),
                (bars[4], MUTED),
                ("  ", TEXT),
            ]
        spans.append(("das-tui", STRONG))
        if width >= 70:
            spans.append(("  follow the database agents of Alibaba Cloud", MUTED))
        return Row(tuple(spans))

    def _choice(self, left: str, inner: int, place: int) -> Row:
        key, words, what, works = self.choices[place]
        here = place == self.cursor
        fill = "sel" if here else None
        bar = (self.glyphs.bar, Ink("accent", bg=fill)) if here else (" ", TEXT)
        room = max(0, inner - 33)
        ink = "strong" if here else "text"
        ink = ink if works else "faint"
        about = pad(fit(what, room, self.glyphs.ellipsis), room) if room > 12 else " " * room
        return Row(
            (
                (left[:-2], TEXT),
                bar,
                (" ", Ink("text", bg=fill)),
                (f"{key}  ", Ink("strong" if works else "faint", bg=fill, bold=works)),
                (f"{words:<27}", Ink(ink, bg=fill, bold=here and works)),
                (about, Ink("muted" if here else "faint", bg=fill)),
            )
        )

    def _sample(self) -> list[Spans]:
        rows: list[Spans] = [[("A profile is a few lines", MUTED)]]
        for line in _SAMPLE:
            ink = Ink("text", bg="code", bold=line.startswith("["))
            rows.append([(pad(f" {line}", _SAMPLE_WIDTH), ink)])
        return rows

    def _credentials(self, inner: int) -> list[Spans]:
        """What this machine has, without having asked anybody."""
        room = inner - _SAMPLE_WIDTH - 4 if inner >= _WIDE else inner
        rows: list[Spans] = [[("Credentials seen from here", MUTED)]]
        if self.found is None:
            return [*rows, [("looking", FAINT)]]
        for found in self.found[:_FOUND_ROWS]:
            masked = one_line(found.masked)
            label = fit(plain(found.label), room - 4 - cells(masked), self.glyphs.ellipsis)
            glyph = (f"{self.glyphs.finished} ", TEXT)
            space = " " * max(2, room - 2 - cells(label) - cells(masked))
            rows.append([glyph, (label, TEXT), (space, TEXT), (masked, FAINT)])
        more = len(self.found) - _FOUND_ROWS
        if more > 0:
            rows.append([(f"  {more} more", FAINT)])
        if not self.found:
            rows.append([(f"{self.glyphs.idle} environment and files: none", FAINT)])
        rows.append([(f"{self.glyphs.idle} role of this machine: asked after p", FAINT)])
        rows += [[], [("das-tui doctor", Ink("text", bold=True)), ("  checks all of it", FAINT)]]
        return rows

    def status(self, width: int) -> Row:
        """What the terminal is, or the answer to a key."""
        if self.message:
            return Row((("   ", TEXT), (fit(self.message, width - 5, self.glyphs.ellipsis), TEXT)))
        colours = "16 colours" if self.palette.ansi else "16 M colours"
        colours = "256 colours" if "256" in self.palette.name else colours
        facts = [colours if self.palette.hue else "no colours"]
        facts = ["utf-8" if self.glyphs.histogram else "ascii", *facts]
        facts.append("dark" if self.palette.dark else "light")
        if os.environ.get("TMUX"):
            facts.append("tmux")
        right = "   ".join(facts)
        left = "   no profile"
        space = width - len(left) - len(right) - 2
        if space < 2:
            return Row(((left, MUTED),))
        return Row(((left, MUTED), (" " * space, TEXT), (right, FAINT)))

    def keys(self) -> list[tuple[str, str]]:
        """The footer."""
        keys = [("j k", "move"), ("enter", "choose"), ("?", "help"), ("q", "quit")]
        return [*keys, ("esc", "back")] if self.back else keys

    # --- keys ----------------------------------------------------------------------------------

    def handle(self, event: Key) -> bool:
        """Choose by letter or by cursor."""
        character = folded(event.character)
        self.message = ""
        if event.key in {"j", "down", "tab"}:
            self.cursor = min(len(self.choices) - 1, self.cursor + 1)
        elif event.key in {"k", "up", "shift+tab"}:
            self.cursor = max(0, self.cursor - 1)
        elif event.key in {"enter", "ctrl+j"}:
            self._choose(self.choices[self.cursor][0])
        elif character in {key for key, _, _, _ in self.choices}:
            self._choose(character)
        elif event.key == "ctrl+c":
            self._choose("q")
        elif event.key == "escape" and self.back:
            self.dismiss()
        elif event.key in {"space", "pagedown"}:
            self.scroll_row += max(1, self.size.height - 3)
        elif event.key in {"b", "pageup"}:
            self.scroll_row -= max(1, self.size.height - 3)
        self.repaint()
        return True

    def on_click(self, event: Click) -> None:
        """A click chooses."""
        place = int(event.screen_y) + self.scroll_row - self._first_choice
        if event.screen_y < self.size.height - 2 and 0 <= place < len(self.choices):
            self.cursor = place
            self._choose(self.choices[place][0])
            self.repaint()

    def _choose(self, key: str) -> None:
        works = next(works for letter, _, _, works in self.choices if letter == key)
        if not works:
            self.message = "nothing is stored yet" if key == "o" else "there are no profiles here"
        elif key == "d":
            self.app.exit("demo")
        elif key == "p":
            from das_tui.tui.screens.credentials import CredentialsScreen

            self.app.push_screen(CredentialsScreen(self.palette, self.glyphs, self.accounts))
        elif key == "o":
            self.dismiss()
        elif key == "?":
            from das_tui.tui.screens.help import HelpScreen

            self.app.push_screen(HelpScreen("transcript", self.palette, self.glyphs))
        else:
            self.app.exit()


def plain(label: str) -> str:
    """Words about credentials without the marks of inline code."""
    return one_line(label).replace("`", "")


def _at(left: str, spans: Spans) -> Row:
    return Row(((left, TEXT), *cut(spans, 0, 10_000))) if spans else BLANK

"""The welcome screen of a bare start: no profile and nothing stored."""

import os

from textual.events import Key

from das_tui.tui.screens.page import Page
from das_tui.tui.theme import Palette
from das_tui.view.glyphs import Glyphs
from das_tui.view.rows import BLANK, FAINT, MUTED, STRONG, TEXT, Ink, Row, Span

CHOICES = (
    ("d", "Look round with the demo", "built-in service, no account, costs nothing"),
    ("?", "Keys and help", ""),
    ("q", "Quit", ""),
)

_SAMPLE = (
    "[profiles.prod]",
    'region      = "cn-hangzhou"',
    'credentials = "default"',
    "read_only   = true",
    "level       = 20",
)


class WelcomeScreen(Page):
    """Says what there is to do and that nothing was sent."""

    def __init__(self, palette: Palette, glyphs: Glyphs, config: str) -> None:
        super().__init__(palette, glyphs)
        self.config = config
        self.cursor = 0

    def rows(self, width: int) -> list[Row]:
        """The one centred block of the program."""
        inner = min(76, width - 4)
        left = " " * max(2, (width - inner) // 2)
        top = max(1, (self.size.height - 20) // 3)
        small = self.size.height < 24
        rows = [BLANK] * (1 if small else top)
        rows += [self._title(left, width), BLANK]
        rows += [
            Row(((f"{left}There is no profile yet. Nothing has been sent anywhere.", TEXT),)),
            BLANK,
        ]
        for place, (key, words, what) in enumerate(CHOICES):
            rows.append(self._choice(left, inner, place, key, words, what))
        rows += [BLANK, Row(((f"{left}A profile is five lines in", MUTED),))]
        rows.append(Row(((f"{left} {self.config}"[: width - 1], FAINT),)))
        for line in _SAMPLE:
            ink = Ink("text", bg="code", bold=line.startswith("["))
            rows.append(Row(((left, TEXT), (f" {line:<34}", ink))))
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

    def _choice(self, left: str, inner: int, place: int, key: str, words: str, what: str) -> Row:
        here = place == self.cursor
        fill = "sel" if here else None
        bar = (self.glyphs.bar, Ink("accent", bg=fill)) if here else (" ", TEXT)
        room = max(0, inner - 33)
        return Row(
            (
                (left[:-2], TEXT),
                bar,
                (" ", Ink("text", bg=fill)),
                (f"{key}  ", Ink("strong", bg=fill, bold=True)),
                (f"{words:<27}", Ink("strong" if here else "text", bg=fill, bold=here)),
                (f"{what[:room]:<{room}}", Ink("muted" if here else "faint", bg=fill)),
            )
        )

    def status(self, width: int) -> Row:
        """What the terminal is."""
        colours = "16 colours" if self.palette.ansi else "16 M colours"
        facts = [colours, "dark" if self.palette.dark else "light"]
        if os.environ.get("TMUX"):
            facts.append("tmux")
        right = "   ".join(facts)
        left = "   no profile"
        return Row(
            (
                (left, MUTED),
                (" " * max(1, width - len(left) - len(right) - 3), TEXT),
                (right, FAINT),
            )
        )

    def keys(self) -> list[tuple[str, str]]:
        """The footer."""
        return [("j k", "move"), ("enter", "choose"), ("?", "help"), ("q", "quit")]

    def handle(self, event: Key) -> bool:
        """Choose by letter or by cursor."""
        if event.key in {"j", "down"}:
            self.cursor = min(len(CHOICES) - 1, self.cursor + 1)
            self.repaint()
        elif event.key in {"k", "up"}:
            self.cursor = max(0, self.cursor - 1)
            self.repaint()
        elif event.key in {"enter", "ctrl+j"}:
            self._choose(CHOICES[self.cursor][0])
        elif event.character in {"d", "?", "q"}:
            self._choose(event.character or "")
        elif event.key == "ctrl+c":
            self._choose("q")
        return True

    def _choose(self, key: str) -> None:
        if key == "d":
            self.app.exit("demo")
        elif key == "?":
            from das_tui.tui.screens.help import HelpScreen

            self.app.push_screen(HelpScreen("transcript", self.palette, self.glyphs))
        else:
            self.app.exit()

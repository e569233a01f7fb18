"""One line of text being written in a form: what the keys do to it, and how it is drawn."""

from das_tui.light import dataclass
from das_tui.view.clean import clean
from das_tui.view.glyphs import UTF8, Glyphs
from das_tui.view.rows import FAINT, STRONG, Ink, Span
from das_tui.view.wrap import cells, fit

CARET = Ink("on", "accent")
LONGEST = 8_000
"""Characters that a line takes; a longer paste is cut."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text and the place of its caret, from 0 to the length of the text."""

    text: str = ""
    at: int = 0

    @classmethod
    def of(cls, text: str) -> "Line":
        """A line with the caret behind its last character."""
        return cls(text, len(text))

    def typed(self, more: str) -> "Line":
        """Characters put in at the caret; what cannot be written becomes a blank."""
        more = "".join(c if c.isprintable() else " " for c in more)
        more = more[: max(0, LONGEST - len(self.text))]
        return Line(self.text[: self.at] + more + self.text[self.at :], self.at + len(more))

    def key(self, name: str) -> "Line | None":
        """The line after an editing key, by its Textual name; None for any other key."""
        text, at = self.text, self.at
        match name:
            case "left":
                return Line(text, max(0, at - 1))
            case "right":
                return Line(text, min(len(text), at + 1))
            case "home":
                return Line(text, 0)
            case "end" | "ctrl+e":
                return Line(text, len(text))
            case "backspace":
                return Line(text[: max(0, at - 1)] + text[at:], max(0, at - 1))
            case "delete" | "ctrl+d":
                return Line(text[:at] + text[at + 1 :], at)
            case "ctrl+u":
                return Line(text[at:], 0)
            case "ctrl+k":
                return Line(text[:at], at)
            case "ctrl+w":
                start = len(text[:at].rstrip())
                start = text.rfind(" ", 0, start) + 1
                return Line(text[:start] + text[at:], start)
        return None

    def spans(self, room: int, *, ghost: str = "", glyphs: Glyphs = UTF8) -> tuple[list[Span], int]:
        """The line in at most `room` cells with the caret in view, and the caret's column.

        `ghost` stands faint behind the caret while nothing is written.
        """
        before, under = clean(self.text[: self.at]), clean(self.text[self.at : self.at + 1]) or " "
        after = clean(self.text[self.at + 1 :])
        lead = ""
        space = room - cells(under)
        if cells(before) > space:
            lead = glyphs.ellipsis
            space -= cells(lead)
            while before and cells(before) > space:
                before = before[max(1, (cells(before) - space) // 2) :]
        before = lead + before
        left = room - cells(before) - cells(under)
        if self.text or not ghost:
            rest: Span = (fit(after, max(0, left), glyphs.ellipsis), STRONG)
        else:
            under, ghost = clean(ghost[:1]), clean(ghost[1:])
            rest = (fit(ghost, max(0, room - cells(under)), glyphs.ellipsis), FAINT)
        spans: list[Span] = [(before, STRONG), (under, CARET), rest]
        return [span for span in spans if span[0]], cells(before)

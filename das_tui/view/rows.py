"""Rows: styled text of known width. What the view makes and the terminal paints.

An `Ink` names tokens of the look (`bg side raised sel code rule faint muted text strong accent
attn fail badge badge-on attn-band fail-band hit on`), never colours: the theme maps them.
"""

from typing import NamedTuple, TypeAlias

from rich.cells import cell_len

from das_tui.light import dataclass


class Ink(NamedTuple):
    """How a span is written: foreground token, background token (None: the row's) and weight."""

    fg: str = "text"
    bg: str | None = None
    bold: bool = False
    italic: bool = False
    underline: bool = False
    strike: bool = False


Span: TypeAlias = tuple[str, Ink]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the screen. `fill` is the background token of the whole line, None for the
    pane's own; `width` counts cells of the spans."""

    spans: tuple[Span, ...] = ()
    fill: str | None = None

    @property
    def width(self) -> int:
        return sum(cell_len(text) for text, _ in self.spans)

    @property
    def text(self) -> str:
        """The plain text, for tests, copies and plain output."""
        return "".join(text for text, _ in self.spans)


BLANK = Row()

TEXT = Ink()
STRONG = Ink("strong", bold=True)
MUTED = Ink("muted")
FAINT = Ink("faint")
ACCENT = Ink("accent")
ATTN = Ink("attn")
FAIL = Ink("fail")


def cursor_bar(glyph: str, here: bool) -> Span:
    """Column 0 of a list: the bar of the cursor, or a blank."""
    return (glyph, ACCENT) if here else (" ", TEXT)

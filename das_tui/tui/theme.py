"""The five palettes and how ink becomes a terminal style.

A palette maps the tokens of the look to colours. The 16-colour ones map most tokens to the
terminal's own default and say the rest by weight; without colour (`NO_COLOR`) hue goes too.
"""

from collections.abc import Mapping
from dataclasses import field
from functools import lru_cache

from rich.color import Color
from rich.style import Style
from textual.theme import Theme

from das_tui.light import dataclass
from das_tui.view.rows import Ink

TOKENS = (
    "bg",
    "side",
    "raised",
    "sel",
    "code",
    "rule",
    "faint",
    "muted",
    "text",
    "strong",
    "accent",
    "attn",
    "fail",
    "badge",
    "badge-on",
    "attn-band",
    "fail-band",
    "hit",
    "on",
)

_DARK = (
    "#16191d #111417 #20252b #262c33 #1b1f24 #2f363e #77808b #a0a9b3 #d4d9de #f4f6f8 #72c7b6 "
    "#e9b454 #ec8077 #e9b454 #1a1408 #272118 #281c1d #2c4a46 #14110a"
).split()
_LIGHT = (
    "#fcfcfa #f1f2ef #e8eae6 #dfe3df #f4f5f2 #d3d6d1 #70767c #50575e #23282d #070a0c #0a7566 "
    "#9a5600 #b3261e #f0b440 #1a1408 #fcf1dd #fcecea #c9e7e0 #fcfcfa"
).split()
_DARK_256 = (
    "#1c1c1c #121212 #262626 #303030 #262626 #3a3a3a #808080 #a8a8a8 #d7d7d7 #ffffff #5fd7af "
    "#d7af5f #ff8787 #d7af5f #000000 #303030 #303030 #005f5f #121212"
).split()
_LIGHT_256 = (
    "#ffffff #f0f0f0 #eaeaea #d0d0d0 #f0f0f0 #d0d0d0 #767676 #585858 #262626 #000000 #00875f "
    "#875f00 #af0000 #ffaf00 #000000 #ffffd7 #ffd7d7 #afffd7 #ffffff"
).split()


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours by token. `ansi` palettes use the terminal's sixteen, `hue` is False under
    NO_COLOR."""

    name: str
    dark: bool
    ansi: bool = False
    hue: bool = True
    colours: Mapping[str, str] = field(default_factory=dict)

    def colour(self, token: str) -> str:
        """The colour of a token as a hex text; empty in an ANSI palette."""
        return self.colours.get(token, "")


def _full(name: str, dark: bool, values: list[str]) -> Palette:
    return Palette(name, dark, colours=dict(zip(TOKENS, values, strict=True)))


PALETTES: dict[str, Palette] = {
    "das-dark": _full("das-dark", True, _DARK),
    "das-light": _full("das-light", False, _LIGHT),
    "das-256-dark": _full("das-256-dark", True, _DARK_256),
    "das-256-light": _full("das-256-light", False, _LIGHT_256),
    "das-ansi": Palette("das-ansi", True, ansi=True),
    "das-ansi-light": Palette("das-ansi-light", False, ansi=True),
    "das-mono": Palette("das-mono", True, ansi=True, hue=False),
}

_NO_BACKGROUND = {"bg", "side", "raised", "code", "attn-band", "fail-band"}


def style(palette: Palette, ink: Ink, fill: str, *, focused: bool = True) -> Style:
    """The terminal style of `ink` on the background token `fill`."""
    return _style(palette.name, ink, ink.bg or fill, focused)


@lru_cache(maxsize=4096)
def _style(name: str, ink: Ink, background: str, focused: bool) -> Style:
    palette = PALETTES[name]
    if palette.ansi:
        return _ansi_style(palette, ink, background, focused)
    return Style(
        color=Color.parse(palette.colours.get(ink.fg, palette.colours["text"])),
        bgcolor=Color.parse(palette.colours.get(background, palette.colours["bg"])),
        bold=ink.bold or None,
        italic=ink.italic or None,
        underline=ink.underline or None,
        strike=ink.strike or None,
    )


def _ansi_style(palette: Palette, ink: Ink, background: str, focused: bool) -> Style:
    """Sixteen colours: running text is the default colour, hue only on signals, dim for what
    whispers, never bright black."""
    colour: str | None = None
    bold, dim, reverse = ink.bold, False, False
    underline = ink.underline
    fg = ink.fg
    if fg == "accent":
        colour = "cyan" if palette.dark else "blue"
    elif fg == "attn":
        colour, bold = "yellow" if palette.dark else "magenta", True
    elif fg == "fail":
        colour, bold = "bright_red" if palette.dark else "red", True
    elif fg in {"faint", "rule"}:
        dim = not ink.bold
    elif fg == "strong":
        bold = True
    bgcolor: str | None = None
    if background == "badge":
        colour, bgcolor, bold = "black", "yellow", True
    elif background == "accent":
        colour, bgcolor = ("black", "cyan") if palette.dark else ("white", "blue")
    elif background == "hit":
        bold, underline = True, True
    elif background == "sel":
        reverse = focused
        dim = dim and not focused
    if not palette.hue:
        colour = None
        reverse = reverse or background in {"badge", "accent"}
        bgcolor = None
    return Style(
        color=Color.parse(colour or "default"),
        bgcolor=Color.parse(bgcolor or "default"),
        bold=bold or None,
        dim=dim or None,
        italic=ink.italic or None,
        underline=underline or None,
        strike=ink.strike or None,
        reverse=reverse or None,
    )


def textual_theme(palette: Palette) -> Theme:
    """The palette as a Textual theme, for the few parts that Textual itself styles."""
    if palette.ansi:
        return _ansi_theme(palette)
    colours = palette.colours
    return Theme(
        name=palette.name,
        dark=palette.dark,
        primary=colours["accent"],
        secondary=colours["muted"],
        accent=colours["accent"],
        warning=colours["attn"],
        error=colours["fail"],
        success=colours["muted"],
        foreground=colours["text"],
        background=colours["bg"],
        surface=colours["side"],
        panel=colours["raised"],
        variables=variables(palette),
    )


def _ansi_theme(palette: Palette) -> Theme:
    hue = palette.hue
    return Theme(
        name=palette.name,
        dark=palette.dark,
        ansi=True,
        primary="ansi_cyan" if hue else "ansi_default",
        secondary="ansi_default",
        accent="ansi_cyan" if hue else "ansi_default",
        warning="ansi_yellow" if hue else "ansi_default",
        error="ansi_bright_red" if hue else "ansi_default",
        success="ansi_default",
        foreground="ansi_default",
        background="ansi_default",
        surface="ansi_default",
        panel="ansi_default",
        boost="ansi_default",
        variables={
            **variables(palette),
            "ansi-background": "#000000" if palette.dark else "#ffffff",
            "ansi-foreground": "#ffffff" if palette.dark else "#000000",
        },
    )


def variables(palette: Palette) -> dict[str, str]:
    """CSS variables: the tokens that Textual has no name for, and the ones it would tint."""

    def pick(token: str, ansi: str = "ansi_default") -> str:
        return ansi if palette.ansi else palette.colours[token]

    accent = "ansi_cyan" if palette.hue else "ansi_default"
    return {
        "das-sel": pick("sel"),
        "das-code": pick("code"),
        "das-rule": pick("rule"),
        "das-strong": pick("strong"),
        "das-faint": pick("faint"),
        "das-attn-band": pick("attn-band"),
        "text-muted": pick("muted"),
        "text-disabled": pick("faint"),
        "block-cursor-background": pick("sel"),
        "block-cursor-foreground": pick("strong"),
        "block-cursor-text-style": "bold",
        "input-cursor-background": pick("accent", accent),
        "input-cursor-foreground": pick("on", "ansi_black"),
        "input-selection-background": pick("hit"),
        "border": pick("rule"),
        "border-blurred": pick("rule"),
        "scrollbar": pick("rule"),
        "scrollbar-background": pick("bg"),
        "footer-background": pick("side"),
        "footer-foreground": pick("faint"),
    }


def choose(wanted: str, environment: Mapping[str, str]) -> Palette:
    """The palette for this terminal: `--theme`, then NO_COLOR, then COLORTERM and TERM, then the
    background by COLORFGBG; unknown is dark."""
    if wanted in PALETTES:
        return PALETTES[wanted]
    dark = _is_dark(environment.get("COLORFGBG", ""))
    if wanted in {"dark", "light"}:
        dark = wanted == "dark"
    if environment.get("NO_COLOR"):
        return PALETTES["das-mono"]
    term = environment.get("TERM", "")
    if environment.get("COLORTERM", "").lower() in {"truecolor", "24bit"}:
        name = "das-dark" if dark else "das-light"
    elif "256" in term or term.startswith(("xterm-kitty", "alacritty", "foot", "xterm-direct")):
        name = "das-256-dark" if dark else "das-256-light"
    else:
        name = "das-ansi" if dark else "das-ansi-light"
    return PALETTES[name]


def _is_dark(colorfgbg: str) -> bool:
    """COLORFGBG is `foreground;background`; 7 and 15 are the light backgrounds."""
    background = colorfgbg.rpartition(";")[2]
    return background not in {"7", "15"}

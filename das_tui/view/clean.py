"""The one choke point for foreign text: nothing that leaves `clean` acts on a terminal.

What a terminal would obey, hide or reorder is replaced by a visible placeholder of true width:
C0 controls and DEL by their control pictures (`␛`), C1 controls, bidirectional and zero-width
formatting, tags, line and paragraph separators, lone surrogates, private and unassigned
characters by `<U+202E>`. Emoji presentation selectors and skin tones, about whose width terminals
disagree, are dropped, and so are joiners between emoji, which then stand beside each other; blanks
of odd widths become blanks.
"""

import re
import unicodedata

from rich.cells import get_character_cell_size

from das_tui import later

MARKS = 3
"""So many zero-width marks may follow one character; further ones are counted: `<+9>`."""

TAB = 4

_IGNORABLE = (
    range(0x034F, 0x0350),
    range(0x115F, 0x1161),
    range(0x17B4, 0x17B6),
    range(0x180B, 0x1810),
    range(0x3164, 0x3165),
    range(0xFE00, 0xFE0E),
    range(0xFFA0, 0xFFA1),
    range(0xE0100, 0xE01F0),
)
"""Characters that draw nothing although their category says that they are printable."""

_BLANKS = {0x1680, *range(0x2000, 0x200B), 0x205F}
_FIRM_BLANKS = {0x2007, 0x202F}
_KEPT = {0x00A0, 0x3000}
_DROPPED = {0xFE0E, 0xFE0F, *range(0x1F3FB, 0x1F400)}
_JOINERS = {0x200C, 0x200D}
_BASE = r"[^\x00-\x7f\u200c\u200d]"
_STRAY_JOINER = rf"(?<!{_BASE})[\u200c\u200d]|[\u200c\u200d](?!{_BASE})"
_PICTURE = r"\u2190-\u2bff\u3030-\u3299\U0001f000-\U0001faff"
_JOINED = later.pattern(rf"(?<=[{_PICTURE}\ufe0f])\u200d(?=[{_PICTURE}])")
_ACTING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_REMEMBERED = 50_000

_harmless: set[str] = set()
_marks: set[str] = set()


class _Table(dict[int, str | None]):
    """What each character becomes; filled as characters are met."""

    def __missing__(self, code: int) -> str | None:
        to = _replacement(code)
        self[code] = to
        if to == chr(code):
            (_marks if get_character_cell_size(to) == 0 else _harmless).add(to)
        return to


class _Exact(dict[int, str]):
    """The same for copies."""

    def __missing__(self, code: int) -> str:
        self[code] = to = _exactly(code)
        return to


_table = _Table()
_exact = _Exact()


def _forget() -> None:
    """Start the memory of characters anew, so that hostile variety cannot fill it for good."""
    _table.clear()
    _table.update({0x09: "\t", 0x0A: "\n"})
    _marks.clear()
    _harmless.clear()
    _harmless.update(map(chr, range(0x20, 0x7F)), "\n")


_forget()


def clean(text: str) -> str:
    """`text` with every character visible and of known width.

    Only line feeds remain of all controls; CR LF becomes LF and tabs become blanks. Cleaning is
    idempotent, takes linear time, and looks at one line at a time: the clean text of some lines
    is the clean text of each.
    """
    if text.isascii():
        if text.replace("\n", "").isprintable():
            return text
    elif _harmless.issuperset(text):
        return text
    if len(_table) > _REMEMBERED:
        _forget()
    if "\u200d" in text:
        text = _JOINED.sub("", text)
    text = text.replace("\r\n", "\n").translate(_table)
    if "\t" in text:
        text = text.expandtabs(TAB)
    if not text.isascii() and not _marks.isdisjoint(text):
        text = _anchored(text)
    return text


def verbatim(text: str) -> str:
    """`text` for a copy: exact, but for what a terminal would obey, reorder or hide, which becomes
    the placeholders of `clean`.

    Tabs, line feeds, blanks of all widths, emoji in all their presentations and characters of
    no known script stay. CR LF becomes LF. Joiners stay between characters beyond ASCII, where
    scripts and emoji need them; elsewhere they would only hide. Idempotent.
    """
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        return text
    if len(_exact) > _REMEMBERED:
        _exact.clear()
    text = text.replace("\r\n", "\n").translate(_exact)
    return text if text.isascii() else re.sub(_STRAY_JOINER, lambda m: _named(m[0]), text)


def one_line(text: str, limit: int = 400) -> str:
    """The beginning of `text`, cleaned, on one line with single blanks."""
    return " ".join(clean(text[:limit]).split())


def _replacement(code: int) -> str | None:
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\N{SYMBOL FOR DELETE}"
    if code in _DROPPED:
        return None
    if code in _FIRM_BLANKS:
        return "\N{NO-BREAK SPACE}"
    if code in _BLANKS:
        return " "
    char = chr(code)
    printable = char.isprintable() or code in _KEPT
    if not printable or any(code in ignorable for ignorable in _IGNORABLE):
        return f"<U+{code:04X}>"
    return char


def _exactly(code: int) -> str:
    char = chr(code)
    if char in "\t\n" or code in _DROPPED or code in _JOINERS:
        return char
    hidden = 0xE0000 <= code <= 0xE0FFF or 0xFFF0 <= code <= 0xFFF8 or code == 0x2065
    if hidden or any(code in ignorable for ignorable in _IGNORABLE):
        return _named(char)
    if unicodedata.category(char) not in _ACTING:
        return char
    return _replacement(code) or char


def _named(char: str) -> str:
    return f"<U+{ord(char):04X}>"


def _anchored(text: str) -> str:
    """Marks that follow no character, or too many others, made visible."""
    out: list[str] = []
    run = 0
    base = False
    for char in text:
        if char not in _marks:
            if run > MARKS:
                out.append(f"<+{run - MARKS}>")
            run = 0
            base = not char.isspace()
            out.append(char)
        elif not base:
            out.append(f"<U+{ord(char):04X}>")
        else:
            run += 1
            if run <= MARKS:
                out.append(char)
    if run > MARKS:
        out.append(f"<+{run - MARKS}>")
    return "".join(out)

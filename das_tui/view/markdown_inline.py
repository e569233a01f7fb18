"""Inline Markdown to spans: emphasis, code, links, and images by their names."""

import base64
import binascii
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from das_tui import later
from das_tui.view.clean import clean
from das_tui.view.markdown_tokens import parser
from das_tui.view.rows import FAINT, Ink, Span
from das_tui.view.wrap import Spans, cells

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

_IMAGE = later.pattern(r"data:image/([\w.+-]+);base64,([\w+/]*)", re.ASCII)
_EXTENSION = later.pattern(r"\.(png|jpe?g|gif|webp|svg|bmp)(?:[?#].*)?$", re.IGNORECASE)
_PNG = b"\x89PNG\r\n\x1a\n"
_ACTIVE = later.pattern(r"[\\`*_~\[\]!<&]|  \n")
_REMEMBERED = 2000


def inline(content: str, marks: bool, base: Ink) -> Spans:
    """The styled text of one paragraph, heading or cell; a hard line break is a line feed. With
    `marks` inline code keeps its back quotes."""
    if not _ACTIVE.search(content):
        if "\n" in content:
            content = _one_line(content)
        return [(content, base)] if content else []
    if len(content) > _REMEMBERED:
        return _parsed(content, marks, base)
    return list(_known(content, marks, base))


@lru_cache(maxsize=1024)
def _known(content: str, marks: bool, base: Ink) -> tuple[Span, ...]:
    """Styled text is remembered: the items and cells of a block that grows stay the same."""
    return tuple(_parsed(content, marks, base))


def _parsed(content: str, marks: bool, base: Ink) -> Spans:
    block_parser = parser()
    tokens: list[Token] = []
    block_parser.inline.parse(content, block_parser, {}, tokens)
    return _styled(tokens, marks, base)


def _one_line(content: str) -> str:
    """Lines of the source as one: a blank between them, nothing after a wide character."""
    first, *rest = content.split("\n")
    out = [first.rstrip(" ")]
    for line in rest:
        last = out[-1]
        if last and cells(last[-1]) < 2:
            out.append(" ")
        out.append(line.strip(" "))
    return "".join(out)


def _styled(tokens: "Sequence[Token]", marks: bool, base: Ink) -> Spans:
    spans: Spans = []
    inks = [base]
    links: list[tuple[str, int]] = []
    for token in tokens:
        kind = token.type
        ink = inks[-1]
        if kind == "text":
            if token.content:
                spans.append((token.content, ink))
        elif kind == "softbreak":
            last = spans[-1][0] if spans else ""
            if not last or cells(last[-1]) < 2:
                spans.append((" ", ink))
        elif kind == "hardbreak":
            spans.append(("\n", ink))
        elif kind == "code_inline":
            text = f"`{token.content}`" if marks else token.content
            spans.append((text, ink._replace(bg="raised")))
        elif kind == "image":
            spans += _image(token)
        elif kind == "link_open":
            links.append((_address(token, "href"), len(spans)))
            inks.append(ink._replace(underline=True))
        elif kind == "link_close":
            inks.pop()
            href, since = links.pop()
            shown = "".join(text for text, _ in spans[since:])
            if href and href not in {shown, f"mailto:{shown}"}:
                spans.append((f" ({href})", FAINT))
        elif token.nesting == 1:
            inks.append(_emphasised(ink, kind))
        elif token.nesting == -1:
            inks.pop()
        else:
            spans.append((clean(token.content).replace("\n", " "), ink))
    return spans


def _emphasised(ink: Ink, kind: str) -> Ink:
    if kind == "strong_open":
        return ink._replace(bold=True, fg="strong" if ink.fg == "text" else ink.fg)
    if kind == "em_open":
        return ink._replace(italic=True)
    return ink._replace(strike=True)


def _address(token: "Token", name: str) -> str:
    """Entities in an address were resolved by the parser, so it is cleaned again."""
    return clean(str(token.attrs.get(name, ""))).replace("\n", " ")


def _image(token: "Token") -> Spans:
    """An image by its name: size and kind as far as they can be told, and its caption."""
    address = _address(token, "src")
    caption = clean(_caption(token.children or ())).replace("\n", " ").strip()
    found = _IMAGE.match(address)
    if found:
        kind = found[1].lower()
        words = ["image", _png_size(found[2]) if kind == "png" else "", kind]
    else:
        named = _EXTENSION.search(address)
        words = ["image", named[1].lower() if named else ""]
    spans: Spans = [(f"[{' '.join(filter(None, words))}]", Ink("muted"))]
    if caption:
        spans.append((f" {caption}", Ink("muted")))
    if address and not address.startswith("data:"):
        spans.append((f" ({address})", FAINT))
    return spans


def _caption(tokens: "Sequence[Any]") -> str:
    return "".join(
        _caption(token.children) if token.children else token.content for token in tokens
    )


def _png_size(data: str) -> str:
    """`48x24` from the head of a PNG in base64, empty if it is none."""
    try:
        head = base64.b64decode(data[:32] + "=" * (-len(data[:32]) % 4))
    except (binascii.Error, ValueError):
        return ""
    if len(head) < 24 or not head.startswith(_PNG):
        return ""
    width, height = int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
    return f"{width}x{height}"

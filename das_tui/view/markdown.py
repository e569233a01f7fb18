"""Markdown of the agent straight to rows, whole or while it is still coming.

Headings, paragraphs, emphasis, inline code, lists, quotes, rules, links, images, tables, strike
and fenced code. HTML is shown as text. Link addresses are shown as the source writes them,
nothing is percent-decoded or followed. Reference definitions are text too: one that comes late
would change rows that were read already.
"""

import base64
import binascii
import re
from collections import deque
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from das_tui import later
from das_tui.view import code, table
from das_tui.view.clean import clean
from das_tui.view.rows import ACCENT, BLANK, FAINT, Ink, Row, Span
from das_tui.view.spec import PROSE_WIDTH, ViewSpec
from das_tui.view.wrap import Spans, cells, span_cells, wrap, wrap_spans

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

PLAIN_FROM = 131_072
"""Longer texts are shown as plain text; hostile ones cost up to ten milliseconds a kilobyte."""

_DATA_URI = later.pattern(r"(\]\(\s*<?data:image/[\w.+-]+;base64,[\w+/=]{64})[\w+/=]{64,}")
_IMAGE = later.pattern(r"data:image/([\w.+-]+);base64,([\w+/]*)", re.ASCII)
_EXTENSION = later.pattern(r"\.(png|jpe?g|gif|webp|svg|bmp)(?:[?#].*)?$", re.IGNORECASE)
_PNG = b"\x89PNG\r\n\x1a\n"
_PROSE = later.pattern(r"[^\W\d_][^\n]*(?:\n+[^\W\d_][^\n]*)*\n*")
"""Lines that begin with a letter: all that makes them more than paragraphs begins otherwise."""
_ACTIVE = later.pattern(r"[\\`*_~\[\]!<&]|  \n")
_QUOTE = 2
_NARROW = 8
"""Lists and quotes that would leave fewer cells than this to their text have no margin."""
_REMEMBERED = 2000


class _Look(NamedTuple):
    """How text is written at one place: cells for prose and for all else, token of plain text."""

    prose: int
    width: int
    fg: str
    spec: ViewSpec

    def inside(self, by: int, fg: str = "") -> "_Look":
        """The same within a margin of `by` cells."""
        return _Look(self.prose - by, self.width - by, fg or self.fg, self.spec)


class _Part(NamedTuple):
    """One block of the text: what it is, and its lines."""

    kind: str
    lines: list[Spans]


def render(
    text: str, width: int, spec: ViewSpec, *, live: bool = False, left: int = 0, fg: str = "text"
) -> tuple[Row, ...]:
    """The rows of a Markdown text: `left` blanks and at most `width` cells.

    Prose wraps at `PROSE_WIDTH`. `live` puts the mark of a text that is still coming after the
    last character. An empty text has no rows, unless it is live. `fg` is the token of plain text.
    """
    return MarkdownStream(left, fg).update(text, width, spec, live=live, final=True)


class MarkdownStream:
    """The rows of a text that grows at its end, at the cost of its last block.

    All blocks before the last one that began on a complete line are final: their rows are kept,
    and only the rest is parsed again. The rows are those of `render` for every text.
    """

    def __init__(self, left: int = 0, fg: str = "text") -> None:
        self._margin: Spans = [(" " * left, Ink())] if left else []
        self._fg = fg
        self._key: object = None
        self._forget()

    def _forget(self, plain: bool = False) -> None:
        self._text = ""
        self._rows: list[Row] = []
        self._kind = ""
        self._start = 0
        self._checked = 0
        self._size = 0
        self._plain = plain

    @property
    def text(self) -> str:
        """The text of the last update."""
        return self._text

    def update(
        self, text: str, width: int, spec: ViewSpec, *, live: bool = True, final: bool = False
    ) -> tuple[Row, ...]:
        """The rows of `text`; one that does not continue the last is rendered anew.

        `final` says that no further text will come, so that nothing is prepared for it.
        """
        key = (width, spec.glyphs, spec.wrap_code, spec.shift, spec.inline_code_marks)
        if key != self._key or not text.startswith(self._text):
            self._forget()
            self._key = key
        self._text = text
        width = max(4, width)
        look = _Look(min(PROSE_WIDTH, width), width, self._fg, spec)
        tail = _prepared(text[self._start :])
        if self._size + len(tail) > PLAIN_FROM and not self._plain:
            self._forget(plain=True)
            self._text = text
            tail = _prepared(text)
        if self._plain:
            lines = self._plain_lines(look, tail)
        else:
            tokens = _blocks(tail)
            if not final and sum(map(_begins, tokens)) > 1:
                rest = self._advance(look, tail)
                tokens = tokens if rest is tail else _blocks(rest)
            lines, _ = _joined(_parts(tokens, look), self._kind)
        if live:
            lines = self._marked(lines, look)
        return (*self._rows, *self._made(lines))

    def _made(self, lines: list[Spans]) -> list[Row]:
        margin = self._margin
        return [Row((*margin, *line)) if line else BLANK for line in lines]

    def _plain_lines(self, look: _Look, tail: str) -> list[Spans]:
        """Keep the rows of complete lines; the lines of the one that is still coming."""
        ink = Ink(look.fg)
        end = self._text.rfind("\n", self._start)
        if end >= 0:
            done, tail = tail.rsplit("\n", 1)
            self._rows += self._made([[(line, ink)] for line in wrap(done, look.prose)])
            self._start = end + 1
        return [[(line, ink)] for line in wrap(tail, look.prose)] if tail else []

    def _advance(self, look: _Look, tail: str) -> str:
        """Keep the rows of the blocks that are final; the text that is left.

        Only complete lines decide where a block begins, since a line that is still coming may
        turn into something else. The first line of a block never joins the block before it.
        """
        end = self._text.rfind("\n", max(self._start, self._checked)) + 1
        if end <= 0:
            return tail
        self._checked = end
        tokens = _blocks(tail[: tail.rfind("\n") + 1])
        last = max((i for i, t in enumerate(tokens) if _begins(t)), default=0)
        if not last:
            return tail
        lines, self._kind = _joined(_parts(tokens[:last], look), self._kind)
        self._rows += self._made(lines)
        place = 0
        for _ in range(_line(tokens[last])):
            self._start = self._text.index("\n", self._start) + 1
            place = tail.index("\n", place) + 1
        self._size += place
        return tail[place:]

    def _marked(self, lines: list[Spans], look: _Look) -> list[Spans]:
        """`lines` with the mark of a text that is still coming after the last character.

        The mark keeps away from a word that has ended, and stays within the tone of code.
        """
        glyph = look.spec.glyphs.caret
        mark = (glyph, ACCENT)
        if not lines:
            return [[mark]]
        *rest, last = lines
        if last and last[-1][1].bg == "code":
            blanks, ink = last[-1]
            if blanks.isspace() and len(blanks) >= cells(glyph):
                toned = (glyph, ACCENT._replace(bg="code"))
                last = [*last[:-1], toned, (blanks[cells(glyph) :], ink)]
            return [*rest, last]
        gap = " " if self._text[-1:].isspace() and last else ""
        if span_cells(last) + len(gap) + cells(glyph) <= look.width:
            return [*rest, [*last, (gap, FAINT), mark] if gap else [*last, mark]]
        return [*lines, [mark]]


def preload() -> None:
    """Load the parser and the lexers, which takes about 80 ms, before a text needs them."""
    _parser()
    for language in ("sql", "python", "json", "sh"):
        code.highlight(" ", language, "text")


_streams: deque[MarkdownStream] = deque(maxlen=8)


def streamed(text: str, width: int, spec: ViewSpec, *, left: int, live: bool) -> tuple[Row, ...]:
    """`render` for texts that are drawn again as they grow: the latest few are remembered, and
    one that continues one of them costs only its last block."""
    found = max(
        (stream for stream in list(_streams) if stream.text and text.startswith(stream.text)),
        key=lambda stream: len(stream.text),
        default=None,
    )
    if found is None:
        if not live:
            return render(text, width, spec, left=left)
        found = MarkdownStream(left)
    else:
        try:
            _streams.remove(found)
        except ValueError:
            found = MarkdownStream(left)
    rows = found.update(text, width, spec, live=live, final=not live)
    if live:
        _streams.append(found)
    return rows


# --- reading ---------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _parser() -> "MarkdownIt":
    """A parser of blocks; inline text is parsed when it is drawn."""
    from markdown_it import MarkdownIt

    class Parser(MarkdownIt):
        """Takes addresses as they stand in the source."""

        def validateLink(self, url: str) -> bool:
            return True

        def normalizeLink(self, url: str) -> str:
            return url

        def normalizeLinkText(self, link: str) -> str:
            return link

    made = Parser("commonmark", {"html": False})
    made.enable(["table", "strikethrough"])
    made.disable(["reference", "inline", "text_join"])
    return made


def _prepared(text: str) -> str:
    """Clean text without the bulk of embedded images."""
    text = clean(text)
    if ";base64," in text:
        text = _DATA_URI.sub(r"\1", text)
    return text


def _blocks(text: str) -> "list[Token]":
    if _PROSE.fullmatch(text):
        return cast("list[Token]", _paragraphs(text))
    return _parser().parse(text)


class _Token(NamedTuple):
    """What the parser would say of a paragraph."""

    type: str
    nesting: int
    level: int = 0
    map: list[int] | None = None
    content: str = ""


def _paragraphs(text: str) -> list[_Token]:
    """The blocks of a text that has nothing but paragraphs, without the parser."""
    tokens: list[_Token] = []
    lines = text.split("\n")
    start = 0
    for at, line in enumerate([*lines, ""]):
        if line:
            continue
        if at > start:
            place = [start, at]
            words = "\n".join(lines[start:at]).strip()
            tokens += (
                _Token("paragraph_open", 1, map=place),
                _Token("inline", 0, 1, place, words),
                _Token("paragraph_close", -1),
            )
        start = at + 1
    return tokens


def _begins(token: "Token") -> bool:
    return token.level == 0 and token.nesting >= 0 and token.map is not None


def _line(token: "Token") -> int:
    return token.map[0] if token.map else 0


def _end(tokens: "Sequence[Token]", start: int) -> int:
    """The index of the token that closes `tokens[start]`."""
    level = tokens[start].level
    index = start + 1
    while tokens[index].level != level or tokens[index].nesting != -1:
        index += 1
    return index


# --- blocks ----------------------------------------------------------------------------------


def _joined(parts: Sequence[_Part], before: str, tight: bool = False) -> tuple[list[Spans], str]:
    """The lines of some blocks with the blank lines between them, and the kind of the last.

    `before` is the kind of the block above, empty for none.
    """
    lines: list[Spans] = []
    for kind, own in parts:
        listed = kind == "list" and before == "paragraph"
        if before and before != "heading" and not listed and not tight:
            lines.append([])
        lines += own
        before = kind
    return lines, before


def _parts(tokens: "Sequence[Token]", look: _Look) -> list[_Part]:
    """The blocks of one level."""
    parts: list[_Part] = []
    index, size = 0, len(tokens)
    while index < size:
        token = tokens[index]
        kind = token.type
        if kind == "paragraph_open":
            spans = _inline(tokens[index + 1].content, look, Ink(look.fg))
            parts.append(_Part("paragraph", wrap_spans(spans, look.prose)))
            index += 3
            continue
        if kind == "heading_open":
            spans = _inline(tokens[index + 1].content, look, _heading(token.tag, look.fg))
            parts.append(_Part("heading", wrap_spans(spans, look.prose)))
            index += 3
            continue
        if kind in {"fence", "code_block"}:
            text = token.content.removesuffix("\n")
            language = token.info.split()[0] if token.info.strip() else ""
            lines = code.render(text, language, look.width, look.spec, fg=look.fg)
            parts.append(_Part("code", lines))
        elif kind == "hr":
            glyph = look.spec.glyphs.rule
            parts.append(_Part("rule", [[(glyph * look.prose, Ink("rule"))]]))
        elif token.nesting == 1:
            end = _end(tokens, index)
            inner = tokens[index + 1 : end]
            if kind == "blockquote_open":
                parts.append(_Part("quote", _quote(inner, look)))
            elif kind == "table_open":
                parts.append(_Part("table", _table(inner, look)))
            else:
                parts.append(_Part("list", _list(token, inner, look)))
            index = end
        index += 1
    return parts


def _heading(tag: str, fg: str) -> Ink:
    if tag in {"h1", "h2"}:
        return Ink("strong" if fg == "text" else fg, bold=True, underline=tag == "h1")
    return Ink(fg, bold=True)


def _quote(tokens: "Sequence[Token]", look: _Look) -> list[Spans]:
    if look.prose < _QUOTE + _NARROW:
        return _joined(_parts(tokens, look._replace(fg="muted")), "")[0] or [[]]
    lines, _ = _joined(_parts(tokens, look.inside(_QUOTE, "muted")), "")
    bar = (look.spec.glyphs.pane_rule + " ", Ink("rule"))
    return [[bar, *line] for line in lines] or [[bar]]


def _list(opening: "Token", tokens: "Sequence[Token]", look: _Look) -> list[Spans]:
    items: list[Sequence[Token]] = []
    index = 0
    while index < len(tokens):
        end = _end(tokens, index)
        items.append(tokens[index + 1 : end])
        index = end + 1
    if opening.type == "ordered_list_open":
        first = int(opening.attrs.get("start", 1))
        marks = [f"{first + number}." for number in range(len(items))]
    else:
        marks = [look.spec.glyphs.bullet] * len(items)
    level = opening.level + 2
    tight = all(
        token.hidden
        for item in items
        for token in item
        if token.type == "paragraph_open" and token.level == level
    )
    column = max(map(cells, marks)) + 1
    muted = Ink("muted")
    if look.prose < column + _NARROW:
        return [
            line
            for mark, item in zip(marks, items, strict=True)
            for line in (
                *wrap_spans([(mark, muted)], look.prose),
                *_joined(_parts(item, look), "", tight)[0],
            )
        ]
    inner = look.inside(column)
    margin = (" " * column, muted)
    lines: list[Spans] = []
    for mark, item in zip(marks, items, strict=True):
        if lines and not tight:
            lines.append([])
        own, _ = _joined(_parts(item, inner), "", tight)
        head = (mark + " " * (column - cells(mark)), muted)
        lines.append([head, *own[0]] if own else [(mark, muted)])
        lines += [[margin, *line] if line else line for line in own[1:]]
    return lines


def _table(tokens: "Sequence[Token]", look: _Look) -> list[Spans]:
    rows: list[list[Spans]] = []
    aligned: list[str] = []
    for index, token in enumerate(tokens):
        if token.type == "tr_open":
            rows.append([])
        elif token.type in {"th_open", "td_open"}:
            if token.type == "th_open":
                aligned.append(str(token.attrs.get("style", "")).rpartition(":")[2])
            spans = _inline(tokens[index + 1].content, look, Ink(look.fg))
            rows[-1].append([(text.replace("\n", " "), ink) for text, ink in spans])
    head, *body = rows
    right = [
        align == "right" or (align != "left" and table.numeric([_plain(row[i]) for row in body]))
        for i, align in enumerate(aligned)
    ]
    return table.layout(head, body, right, look.width, look.spec)


def _plain(cell: Spans) -> str | None:
    return "".join(text for text, _ in cell) or None


# --- inline ----------------------------------------------------------------------------------


def _inline(content: str, look: _Look, base: Ink) -> Spans:
    """The styled text of one paragraph, heading or cell; a hard line break is a line feed."""
    if not _ACTIVE.search(content):
        if "\n" in content:
            content = _one_line(content)
        return [(content, base)] if content else []
    marks = look.spec.inline_code_marks
    if len(content) > _REMEMBERED:
        return _parsed(content, marks, base)
    return list(_known(content, marks, base))


@lru_cache(maxsize=1024)
def _known(content: str, marks: bool, base: Ink) -> tuple[Span, ...]:
    """Styled text is remembered: the items and cells of a block that grows stay the same."""
    return tuple(_parsed(content, marks, base))


def _parsed(content: str, marks: bool, base: Ink) -> Spans:
    parser = _parser()
    tokens: list[Token] = []
    parser.inline.parse(content, parser, {}, tokens)
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

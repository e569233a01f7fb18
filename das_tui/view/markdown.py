"""Markdown of the agent straight to rows, whole or while it is still coming.

Headings, paragraphs, emphasis, inline code, lists, quotes, rules, links, images, tables, strike
and fenced code. HTML is shown as text. Link addresses are shown as the source writes them,
nothing is percent-decoded or followed. Reference definitions are text too: one that comes late
would change rows that were read already.
"""

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from das_tui.view import code, table
from das_tui.view.markdown_inline import inline
from das_tui.view.markdown_tokens import (
    begins,
    blocks,
    coming,
    end_of,
    first_line,
    parser,
    prepared,
)
from das_tui.view.rows import ACCENT, BLANK, FAINT, Ink, Row
from das_tui.view.spec import PROSE_WIDTH, ViewSpec
from das_tui.view.wrap import Spans, cells, span_cells, wrap, wrap_spans

if TYPE_CHECKING:
    from markdown_it.token import Token

PLAIN_FROM = 131_072
"""Longer texts are shown as plain text; hostile ones cost up to ten milliseconds a kilobyte."""

_QUOTE = 2
_NARROW = 8
"""Lists and quotes that would leave fewer cells than this to their text have no margin."""


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
        shown = (spec.wrap_code, spec.shift, spec.inline_code_marks, spec.uncut)
        key = (width, spec.glyphs, shown)
        if key != self._key or not text.startswith(self._text):
            self._forget()
            self._key = key
        self._text = text
        width = max(4, width)
        look = _Look(min(PROSE_WIDTH, width), width, self._fg, spec)
        tail = prepared(text[self._start :])
        if self._size + len(tail) > PLAIN_FROM and not self._plain:
            self._forget(plain=True)
            self._text = text
            tail = prepared(text)
        if self._plain:
            lines = self._plain_lines(look, tail)
        else:
            parsed = coming if live else blocks
            tokens = parsed(tail)
            if not final and sum(map(begins, tokens)) > 1:
                rest = self._advance(look, tail)
                tokens = tokens if rest is tail else parsed(rest)
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
        tokens = blocks(tail[: tail.rfind("\n") + 1])
        last = max((i for i, t in enumerate(tokens) if begins(t)), default=0)
        if not last:
            return tail
        lines, self._kind = _joined(_parts(tokens[:last], look), self._kind)
        self._rows += self._made(lines)
        place = 0
        for _ in range(first_line(tokens[last])):
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
    parser()
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
            spans = inline(tokens[index + 1].content, look.spec.inline_code_marks, Ink(look.fg))
            parts.append(_Part("paragraph", wrap_spans(spans, look.prose)))
            index += 3
            continue
        if kind == "heading_open":
            ink = _heading(token.tag, look.fg)
            spans = inline(tokens[index + 1].content, look.spec.inline_code_marks, ink)
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
            end = end_of(tokens, index)
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
        end = end_of(tokens, index)
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
            spans = inline(tokens[index + 1].content, look.spec.inline_code_marks, Ink(look.fg))
            rows[-1].append([(text.replace("\n", " "), ink) for text, ink in spans])
    head, *body = rows
    right = [
        align == "right" or (align != "left" and table.numeric([_plain(row[i]) for row in body]))
        for i, align in enumerate(aligned)
    ]
    return table.layout(head, body, right, look.width, look.spec)


def _plain(cell: Spans) -> str | None:
    return "".join(text for text, _ in cell) or None

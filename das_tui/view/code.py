"""Code and names with values, on their own tone."""

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from das_tui.view.rows import Ink, Span
from das_tui.view.spec import ViewSpec
from das_tui.view.wrap import Spans, cells, sideways, span_cells, wrap, wrap_spans

if TYPE_CHECKING:
    from pygments.lexer import Lexer

HIGHLIGHTED = 65_536
"""Longer code is shown plain: lexing costs about a millisecond per thousand characters."""

PIECE = 2_000
"""Longer code is lexed in pieces, so that one that grows costs only its last piece. Pieces end
where statements do, after twice that length at any line."""

LEXED = 4 * PIECE
"""Longer pieces, which have enormous lines, are plain: lexers were not made for them."""

_LANGUAGES = {
    "sql": ("sql", "SqlLexer"),
    "mysql": ("sql", "SqlLexer"),
    "mariadb": ("sql", "SqlLexer"),
    "postgresql": ("sql", "SqlLexer"),
    "postgres": ("sql", "SqlLexer"),
    "pgsql": ("sql", "SqlLexer"),
    "plsql": ("sql", "SqlLexer"),
    "tsql": ("sql", "SqlLexer"),
    "python": ("python", "PythonLexer"),
    "py": ("python", "PythonLexer"),
    "python3": ("python", "PythonLexer"),
    "json": ("data", "JsonLexer"),
    "jsonc": ("data", "JsonLexer"),
    "sh": ("shell", "BashLexer"),
    "bash": ("shell", "BashLexer"),
    "shell": ("shell", "BashLexer"),
    "zsh": ("shell", "BashLexer"),
    "console": ("shell", "BashLexer"),
}

_TONE = "code"
_EDGE = Ink("faint", bg=_TONE)


@lru_cache(maxsize=8)
def _lexer(module: str, name: str) -> "Lexer":
    from importlib import import_module

    lexer: Any = getattr(import_module(f"pygments.lexers.{module}"), name)
    made: Lexer = lexer()
    return made


def highlight(code: str, language: str, fg: str) -> list[tuple[Span, ...]]:
    """The lines of clean `code`: keywords bold, comments faint and italic, all else plain.

    `language` is a name as after a code fence; one that is not known, and code that is longer
    than `HIGHLIGHTED`, stays plain. `fg` is the token of plain text.
    """
    known = _LANGUAGES.get(language.strip().lower())
    if known is None or len(code) > HIGHLIGHTED:
        return _plain(code, fg)
    return [
        line
        for piece in _pieces(code)
        for line in (_lexed(piece, *known, fg) if len(piece) <= LEXED else _plain(piece, fg))
    ]


def _plain(code: str, fg: str) -> list[tuple[Span, ...]]:
    ink = Ink(fg, bg=_TONE)
    return [((line, ink),) if line else () for line in code.split("\n")]


def _pieces(code: str) -> list[str]:
    if len(code) <= PIECE:
        return [code]
    pieces: list[str] = []
    start = at = 0
    while len(code) - start > PIECE:
        end = code.find("\n", at)
        if end < 0:
            break
        size = end - start
        if size >= PIECE and (size >= 2 * PIECE or end == at or code[end - 1] == ";"):
            pieces.append(code[start:end])
            start = end + 1
        at = end + 1
    pieces.append(code[start:])
    return pieces


@lru_cache(maxsize=128)
def _lexed(code: str, module: str, name: str, fg: str) -> tuple[tuple[Span, ...], ...]:
    plain = Ink(fg, bg=_TONE)
    from pygments.token import Comment, Keyword, Operator

    keyword = Ink(fg, bg=_TONE, bold=True)
    comment = Ink("faint", bg=_TONE, italic=True)
    word = Operator.Word
    lines: list[tuple[Span, ...]] = []
    line: Spans = []
    text, ink = "", plain
    for _, token, value in _lexer(module, name).get_tokens_unprocessed(code + "\n"):
        if token in Keyword or token is word:
            new = keyword
        elif token in Comment:
            new = comment
        else:
            new = plain
        if new is not ink and value.isspace() and "\n" not in value:
            new = ink
        if new is not ink:
            if text:
                line.append((text, ink))
            text, ink = "", new
        head, *rest = value.split("\n")
        text += head
        for piece in rest:
            if text:
                line.append((text, ink))
            lines.append(tuple(line))
            line, text = [], piece
    return tuple(lines)


def render(
    code: str, language: str, width: int, spec: ViewSpec, *, fg: str = "text"
) -> list[Spans]:
    """Clean `code` as lines of exactly `width` cells on the tone `code`, one blank inside.

    Lines that are too long are cut at the edge and moved by `spec.shift`, or wrapped with
    `spec.wrap_code`; with `spec.uncut` they are wider.
    """
    room = max(1, width - 2)
    lines = highlight(code, language, fg)
    shift = 0
    if spec.shift and not spec.wrap_code:
        widest = max(span_cells(line) for line in lines)
        shift = max(0, min(spec.shift, widest - room))
    return [
        _toned(part, width)
        for line in lines
        for part in (
            _wrapped(line, room)
            if spec.wrap_code
            else (list(line),)
            if spec.uncut
            else (sideways(list(line), room + 1, shift, spec.glyphs.sideways, _EDGE),)
        )
    ]


def pairs(
    items: Sequence[tuple[str, str, bool]], width: int, spec: ViewSpec, *, limit: int = 2000
) -> list[Spans]:
    """Names and values on the tone `code`; the third of an item says that it asks for attention.

    Values are clean and wrap at their column; after `limit` lines of one the rest is left out.
    """
    room = max(2, width - 2)
    names = max((cells(name) for name, _, _ in items), default=0)
    column = min(names, max(1, room // 2)) + 2 if names else 0
    out: list[Spans] = []
    for name, value, alarming in items:
        ink = Ink("attn" if alarming else "text", bg=_TONE)
        label = Ink("attn" if alarming else "muted", bg=_TONE)
        alone = cells(name) > column - 2
        if alone and name:
            out.extend([(piece, label)] for piece in wrap(name, room))
        for number, piece in enumerate(wrap(value, max(2, room - column))[:limit]):
            shown = name if number == 0 and not alone else ""
            gap = " " * (column - cells(shown))
            line: Spans = [(shown, label)] if shown else []
            line.append((gap + piece, ink))
            out.append(line)
    return [_toned(line, width) for line in out]


def _wrapped(line: Sequence[Span], width: int) -> list[Spans]:
    """A code line cut into pieces of `width` cells, at blanks where there are some."""
    return wrap_spans(line, max(2, width))


def _toned(line: Spans, width: int) -> Spans:
    """One blank, the line, and blanks up to `width`, all on the tone."""
    tone = Ink(bg=_TONE)
    left = width - 1 - span_cells(line)
    if left > 0:
        return [(" ", tone), *line, (" " * left, tone)]
    return [(" ", tone), *line]

"""Markdown to tokens: its blocks, with the inline text in them still unparsed."""

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, cast

from das_tui import later
from das_tui.view.clean import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_DATA_URI = later.pattern(r"(\]\(\s*<?data:image/[\w.+-]+;base64,[\w+/=]{64})[\w+/=]{64,}")
_PROSE = later.pattern(r"[^\W\d_][^\n]*(?:\n+[^\W\d_][^\n]*)*\n*")
"""Lines that begin with a letter: all that makes them more than paragraphs begins otherwise."""

_UNDER_HEAD = later.pattern(r" {0,3}[-:| ]*")
_CELL_EDGE = later.pattern(r"(?<!\\)\|")


@lru_cache(maxsize=1)
def parser() -> "MarkdownIt":
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


def prepared(text: str) -> str:
    """Clean text without the bulk of embedded images."""
    text = clean(text)
    if ";base64," in text:
        text = _DATA_URI.sub(r"\1", text)
    return text


def blocks(text: str) -> "list[Token]":
    """The tokens of the blocks of a text; their inline text is not parsed."""
    if _PROSE.fullmatch(text):
        return cast("list[Token]", _paragraphs(text))
    return parser().parse(text)


def coming(text: str) -> "list[Token]":
    """`blocks` of a text that is still coming. What looks like the head of a table is one before
    the line below it is whole, so that rows do not become fewer then."""
    tokens = blocks(text)
    above, _, last = text.rpartition("\n")
    upper = above[above.rfind("\n") + 1 :]
    below = _UNDER_HEAD.fullmatch(last) is not None and upper.lstrip().startswith("|")
    head = (upper if below else last).strip()
    if not head.startswith("|") or tokens[-1].type != "paragraph_close" or tokens[-1].level:
        return tokens
    inside = head[1:-1] if head.endswith("|") and len(head) > 1 else head[1:]
    rule = "|" + "---|" * len(_CELL_EDGE.split(inside))
    headed = blocks(f"{above if below else text}\n{rule}")
    return headed if headed[-1].type == "table_close" else tokens


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


def begins(token: "Token") -> bool:
    """Whether a block of the text itself begins here, not one within another."""
    return token.level == 0 and token.nesting >= 0 and token.map is not None


def first_line(token: "Token") -> int:
    """The line of the text on which a block begins."""
    return token.map[0] if token.map else 0


def end_of(tokens: "Sequence[Token]", start: int) -> int:
    """The index of the token that closes `tokens[start]`."""
    level = tokens[start].level
    index = start + 1
    while tokens[index].level != level or tokens[index].nesting != -1:
        index += 1
    return index

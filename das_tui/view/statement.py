"""A statement that waits for approval, whole and readable."""

import re

from das_tui import later
from das_tui.domain.risk import Risk
from das_tui.view.ages import thousands
from das_tui.view.clean import clean
from das_tui.view.code import highlight
from das_tui.view.dock import LONGEST_TEXT, WARN
from das_tui.view.wrap import Spans, cells, wrap_spans

_CLAUSES = frozenset(
    "AND CROSS DELETE FROM FULL GROUP HAVING INNER INSERT JOIN LEFT LIMIT OFFSET OR ORDER REPLACE "
    "RETURNING RIGHT SELECT SET UNION UPDATE VALUES WHERE WINDOW WITH".split()
)
"""Words that begin a line."""

_FUNCTIONS = frozenset("INSERT LEFT REPLACE RIGHT VALUES".split())
"""Those of them that are functions too."""

_JOINS = frozenset("CROSS FULL INNER LEFT OUTER RIGHT".split())
_STAY = frozenset("DELETE FOR INTO KEY UPDATE , (".split())
"""Behind these no line begins: `DELETE FROM`, `FOR UPDATE`, `ON DUPLICATE KEY UPDATE`."""

_RIVER = 6
"""The words that begin lines end below each other, at this width."""

_LONGEST_LAID_OUT = 20_000
_PIECE = later.pattern(r"'[^']*'|\"[^\"]*\"|`[^`]*`|\w+|\s+|.", re.DOTALL)


def laid_out(sql: str, room: int) -> str:
    """A statement of one line that is longer than `room` with its clauses on lines of their own.

    Only blanks between words are changed. What has lines already stays as it was written, and so
    does what has comments or backslashes, which may end elsewhere than it seems.
    """
    risky = "\n" in sql or "--" in sql or "/*" in sql or "#" in sql or "\\" in sql or "$" in sql
    if risky or cells(sql) <= room or len(sql) > _LONGEST_LAID_OUT:
        return sql
    pieces: list[str] = _PIECE.findall(sql.strip())
    out: list[str] = []
    depth = betweens = 0
    last = ""
    for piece, following in zip(pieces, [*pieces[1:], ""], strict=True):
        word = piece.upper()
        blank = bool(out) and out[-1].isspace() and depth == 0
        depth += (piece == "(") - (piece == ")")
        betweens += word == "BETWEEN"
        begins = word in _CLAUSES and not (word in _FUNCTIONS and following == "(")
        if word == "AND" and betweens:
            betweens, begins = betweens - 1, False
        begins = begins and last not in _STAY and not (word == "JOIN" and last in _JOINS)
        if blank and (begins or last == ";"):
            out[-1] = "\n"
        if begins and (not out or out[-1] == "\n"):
            out.append(" " * (_RIVER - len(piece)))
        out.append(piece)
        last = last if piece.isspace() else word
    return "".join(out)


def lines(sql: str, risk: Risk, room: int) -> list[Spans]:
    """The whole statement, wrapped, its verb in attention unless it only reads."""
    text = laid_out(clean(sql[:LONGEST_TEXT]).strip("\n").rstrip(), room)
    out: list[Spans] = []
    verbs = set() if risk.harmless else set(risk.verb.split())
    if len(verbs) > 1:
        # What makes a SELECT more than a read is not the SELECT.
        verbs.discard("SELECT")
    for line in highlight(text, "sql", "text"):
        spans: Spans = []
        for part, ink in line:
            plain = ink._replace(bg=None)
            for word in re.split(r"(\w+)", part) if ink.bold else (part,):
                if word:
                    spans.append((word, WARN if word.upper() in verbs else plain))
        out += wrap_spans(spans, max(2, room)) or [[]]
    if len(sql) > LONGEST_TEXT:
        more = thousands(len(sql) - LONGEST_TEXT)
        out.append([(f"{more} more characters, not shown", WARN)])
    return out

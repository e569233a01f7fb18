"""What a SQL text would do: the class that the approval dock shows.

It does not parse SQL, it reads words outside strings and comments. Where dialects disagree about
what a string or a comment is (backslash, `#`, `--x`, `$$`), the text is read in each way and the
worst result counts, so that nothing hides from one reading in another.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache
from itertools import product

from das_tui.light import dataclass


class RiskKind(StrEnum):
    """The classes. Callers treat UNKNOWN like WRITE."""

    READ = "READ"
    WRITE = "WRITE"
    DDL = "DDL"
    LOCK = "LOCK"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Risk:
    """`verb` is the deciding word in capitals (`UPDATE`), empty where there is none; `many` tells
    that the text holds more than one statement: `kind` and `verb` are then those of the worst."""

    kind: RiskKind
    verb: str = ""
    many: bool = False

    @property
    def harmless(self) -> bool:
        """Whether it only reads."""
        return self.kind is RiskKind.READ


_SEVERITY = {
    RiskKind.READ: 0,
    RiskKind.LOCK: 1,
    RiskKind.UNKNOWN: 2,
    RiskKind.WRITE: 3,
    RiskKind.DDL: 4,
}

_READS = frozenset({"SELECT", "SHOW", "DESCRIBE", "DESC", "VALUES", "TABLE", "USE", "HELP"})
_WRITES = frozenset(
    "INSERT UPDATE DELETE REPLACE MERGE UPSERT LOAD IMPORT COPY REFRESH PURGE".split()
)
_DDL = frozenset(
    "CREATE ALTER DROP TRUNCATE RENAME COMMENT GRANT REVOKE OPTIMIZE REPAIR ANALYZE ANALYSE "
    "REINDEX VACUUM CLUSTER INSTALL UNINSTALL".split()
)
_LOCKS = frozenset({"LOCK", "UNLOCK"})
_EXPLAINS = frozenset({"EXPLAIN", "DESCRIBE", "DESC"})
_CTE_VERBS = frozenset("SELECT VALUES TABLE INSERT UPDATE DELETE REPLACE MERGE".split())
_INNER_WRITES = frozenset("INSERT UPDATE DELETE MERGE REPLACE".split())
_TRANSACTION_WORDS = frozenset({"WORK", "TRANSACTION", "TRAN"})
_SIDE_EFFECTS = frozenset(
    "BENCHMARK DBLINK DBLINK_EXEC LO_CREATE LO_EXPORT LO_IMPORT LO_UNLINK LOAD_FILE NEXTVAL "
    "PG_CANCEL_BACKEND PG_PROMOTE PG_READ_FILE PG_RELOAD_CONF PG_ROTATE_LOGFILE PG_SLEEP "
    "PG_SWITCH_WAL PG_TERMINATE_BACKEND SETVAL SET_CONFIG SLEEP".split()
)
_LOCK_FUNCTIONS = frozenset(
    "GET_LOCK RELEASE_LOCK RELEASE_ALL_LOCKS PG_ADVISORY_LOCK PG_ADVISORY_XACT_LOCK "
    "PG_TRY_ADVISORY_LOCK PG_ADVISORY_UNLOCK".split()
)

_QUOTED = "'"
"""The token that stands for any string or quoted name."""

_BROKEN = "\0"
"""The token of a string or comment that never ends."""


_LONGEST = 262_144
"""Longer texts are not read: UNKNOWN."""


@lru_cache(maxsize=128)
def classify(sql: str) -> Risk:
    """The class of `sql`, which may hold many statements; an empty text is UNKNOWN."""
    if len(sql) > _LONGEST:
        return Risk(RiskKind.UNKNOWN)
    readings = [
        _read(sql, backslash, hashes, dashes, dollars)
        for backslash, hashes, dashes, dollars in product(
            (True, False) if "\\" in sql else (True,),
            (True, False) if "#" in sql else (True,),
            (True, False) if re.search(r"--[^\s-]", sql) else (False,),
            (True, False) if "$" in sql else (False,),
        )
    ]
    whole = [reading for reading, broken in readings if not broken]
    risks = [risk for reading, _ in readings for risk in reading]
    if not whole:
        # No dialect can read it to its end: what is before the break counts, and the rest may
        # be anything.
        risks.append(Risk(RiskKind.UNKNOWN))
    if not risks:
        return Risk(RiskKind.UNKNOWN)
    worst = max(risks, key=lambda risk: _SEVERITY[risk.kind])
    many = any(len(reading) > 1 for reading, _ in readings)
    return Risk(worst.kind, worst.verb, many)


def _read(
    sql: str, backslash: bool, hashes: bool, dashes: bool, dollars: bool
) -> tuple[list[Risk], bool]:
    """Risks of the statements in one reading, and whether it breaks off in a string or comment;
    a server refuses the statement that breaks off, so it is left out."""
    statements: list[list[str]] = [[]]
    broken = False
    for token in _tokens(sql, backslash, hashes, dashes, dollars):
        if token == ";":
            statements.append([])
        elif token == _BROKEN:
            broken = True
            statements.pop()
            break
        else:
            statements[-1].append(token)
    return [_statement(tokens) for tokens in statements if any(map(_is_word, tokens))], broken


def _is_word(token: str) -> bool:
    return token[0].isalpha() or token[0] == "_"


@lru_cache(maxsize=16)
def _pattern(backslash: bool, hashes: bool, dashes: bool, dollars: bool) -> re.Pattern[str]:
    skip = [r"\s+", r"/\*M?!\d*", r"\*/", r"--(?=\s|$)[^\n]*"]
    if dashes:
        skip.append(r"--[^\n]*")
    if hashes:
        skip.append(r"#[^\n]*")
    escape = r"|\\." if backslash else ""
    body = r"[^{q}" + (r"\\" if backslash else "") + r"]|{q}{q}" + escape
    quoted = [rf"{q}(?:{body.format(q=q)})*+{q}" for q in ("'", '"')] + ["`(?:[^`]|``)*+`"]
    dollar = r"|(?P<dollar>\$\w*\$)" if dollars else ""
    return re.compile(
        rf"(?P<skip>{'|'.join(skip)})|(?P<comment>/\*(?!M?!).*?\*/)"
        rf"|(?P<quoted>{'|'.join(quoted)}){dollar}"
        r"|(?P<broken>/\*(?!M?!)|['\"`])|(?P<word>[^\W\d][\w$]*)|(?P<other>\d[\w.]*|.)",
        re.DOTALL,
    )


def _tokens(sql: str, backslash: bool, hashes: bool, dashes: bool, dollars: bool) -> Iterator[str]:
    """Words in capitals, single other characters, `_QUOTED` and `_BROKEN`. Comments that MySQL
    executes (`/*! … */`) are read as code."""
    pattern = _pattern(backslash, hashes, dashes, dollars)
    place = 0
    while match := pattern.match(sql, place):
        place = match.end()
        kind = match.lastgroup
        if kind == "word":
            yield match[0].upper()
        elif kind == "dollar":
            end = sql.find(match[0], place)
            if end < 0:
                yield _BROKEN
                return
            place = end + len(match[0])
            yield _QUOTED
        elif kind == "quoted":
            yield _QUOTED
        elif kind == "broken":
            yield _BROKEN
            return
        elif kind == "other":
            yield match[0]


def _statement(tokens: list[str]) -> Risk:
    """The risk of one statement, which has at least one word."""
    start = next(i for i, token in enumerate(tokens) if _is_word(token))
    verb, rest = tokens[start], tokens[start + 1 :]
    if verb in _EXPLAINS:
        return _explain(verb, rest)
    if verb == "BEGIN":
        inner = [token for token in rest if token not in _TRANSACTION_WORDS and token != verb]
        found = _statement(inner) if any(map(_is_word, inner)) else Risk(RiskKind.UNKNOWN, verb)
        return found if _SEVERITY[found.kind] >= 2 else Risk(RiskKind.UNKNOWN, verb)
    if verb == "WITH":
        verb, rest = _main_verb(rest)
    if verb in _DDL:
        return Risk(RiskKind.DDL, verb)
    if verb in _WRITES:
        return Risk(RiskKind.WRITE, verb)
    if verb in _LOCKS:
        return Risk(RiskKind.LOCK, verb)
    if verb == "FLUSH" and "LOCK" in rest:
        return Risk(RiskKind.LOCK, verb)
    if verb not in _READS:
        return Risk(RiskKind.UNKNOWN, verb)
    return _reading(verb, [*tokens[:start], *tokens[start + 1 :]])


def _explain(verb: str, rest: list[str]) -> Risk:
    """EXPLAIN runs nothing, EXPLAIN ANALYZE runs the statement."""
    verbs = _CTE_VERBS | _WRITES | _DDL - {"ANALYZE", "ANALYSE"} | {"WITH"}
    place = next((i for i, token in enumerate(rest) if token in verbs), len(rest))
    if {"ANALYZE", "ANALYSE"}.isdisjoint(rest[:place]) or place == len(rest):
        return Risk(RiskKind.READ, verb)
    inner = _statement(rest[place:])
    return Risk(RiskKind.READ, verb) if inner.harmless else inner


def _main_verb(rest: list[str]) -> tuple[str, list[str]]:
    """The verb after the common table expressions, and all that goes with it."""
    depth = 0
    for i, token in enumerate(rest):
        if token == "(":
            depth += 1
        elif token == ")":
            depth -= 1
        elif depth <= 0 and token in _CTE_VERBS and rest[i + 1 : i + 2] != ["("]:
            return token, rest
    return "SELECT" if "SELECT" in rest else "WITH", rest


def _reading(verb: str, rest: list[str]) -> Risk:
    """A statement that reads unless something in it writes, locks or acts."""
    found = Risk(RiskKind.READ, verb)
    for i, token in enumerate(rest):
        before = rest[i - 1] if i else ""
        after = rest[i + 1] if i + 1 < len(rest) else ""
        risk: Risk | None = None
        if token in _INNER_WRITES and before in ("(", "AS", "MATERIALIZED") and after != "(":
            # A common table expression that writes; `replace(…)` and `insert(…)` are functions.
            risk = Risk(RiskKind.WRITE, token) if before == "(" else None
        elif token == "INTO" and after != "@":
            risk = Risk(RiskKind.WRITE, f"{verb} INTO")
        elif token in ("UPDATE", "SHARE") and before in ("FOR", "KEY", "IN"):
            risk = Risk(RiskKind.LOCK, f"{verb} FOR {token}")
        elif after == "(" and token in _LOCK_FUNCTIONS:
            risk = Risk(RiskKind.LOCK, token)
        elif after == "(" and token in _SIDE_EFFECTS:
            risk = Risk(RiskKind.UNKNOWN, token)
        if risk is not None and _SEVERITY[risk.kind] > _SEVERITY[found.kind]:
            found = risk
    return found

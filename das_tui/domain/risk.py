"""What a SQL text would do: the class that the approval dock shows.

It does not parse SQL, it reads words outside strings and comments. Where dialects disagree about
what a string or a comment is (backslash, `#`, `--x`, `$$`, `/*!`), the text is read in each way and
the worst result counts, so that nothing hides from one reading in another. What calls a function
that is not known to compute only, or is written in a way that no honest statement needs, is
UNKNOWN. What a view, a trigger or an operator does is not seen.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache
from itertools import product
from typing import TypeAlias

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
_BARE = {
    **dict.fromkeys(("INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE"), RiskKind.WRITE),
    **dict.fromkeys("ALTER CREATE DENY DROP GRANT REVOKE TRUNCATE".split(), RiskKind.DDL),
    **dict.fromkeys(
        "CALL DBCC EXEC EXECUTE KILL RECONFIGURE SET SHUTDOWN WAITFOR WRITETEXT".split(),
        RiskKind.UNKNOWN,
    ),
}
"""Words that have no place in what only reads. SQL Server begins a statement without a semicolon
before it."""

_ALSO_FUNCTIONS = frozenset({"INSERT", "REPLACE", "TRUNCATE"})
_LOCK_HINTS = frozenset("HOLDLOCK SERIALIZABLE TABLOCK TABLOCKX UPDLOCK XLOCK".split())
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

_MOST_READ = 1_500_000
"""So many characters are read in all, each reading counted."""

_ODD = re.compile(
    r"\r(?!\n)"  # ends a comment in PostgreSQL only
    r"|/\*(?:(?!\*/).)*/\*"  # a comment in a comment: only some end it twice
    r"|/\*M?!(?!\d*[\w\s,.()=]*\*/)",  # executed comments with more than words
    re.DOTALL,
)
"""What dialects read so differently that nothing can be sure."""


@lru_cache(maxsize=128)
def classify(sql: str) -> Risk:
    """The class of `sql`, which may hold many statements; an empty text is UNKNOWN."""
    ways = list(
        product(
            ("both", "neither", "marked") if "\\" in sql else ("both",),
            (True, False) if "\\" in sql else (True,),
            (True, False) if "#" in sql else (True,),
            (True, False) if _SHORT_COMMENT.search(sql) else (False,),
            (True, False) if "$" in sql else (False,),
            (True, False) if _EXECUTED.search(sql) else (False,),
        )
    )
    if len(sql) > _LONGEST or len(sql) * len(ways) > _MOST_READ:
        return Risk(RiskKind.UNKNOWN)
    readings = [_read(sql, way) for way in ways]
    whole = [reading for reading, broken in readings if not broken]
    risks = [risk for reading, _ in readings for risk in reading]
    if not whole or _ODD.search(sql):
        # No dialect can read it to its end: what is before the break counts, and the rest may
        # be anything.
        risks.append(Risk(RiskKind.UNKNOWN))
    if not risks:
        return Risk(RiskKind.UNKNOWN)
    worst = max(risks, key=lambda risk: _SEVERITY[risk.kind])
    many = any(len(reading) > 1 for reading, _ in readings)
    return Risk(worst.kind, worst.verb, many)


Way: TypeAlias = tuple[str, bool, bool, bool, bool, bool]
"""One way to read: whether a backslash escapes in single quotes (`both`, `neither`, or `marked`: in
those behind an E alone) and in double quotes, whether `#` and `--x` begin comments, whether `$$`
quotes, whether `/*!` is code."""

_SHORT_COMMENT = re.compile(r"--[^\x00-\x20-]")
_EXECUTED = re.compile(r"/\*M?!")


def _read(sql: str, way: Way) -> tuple[list[Risk], bool]:
    """Risks of the statements in one reading, and whether it breaks off in a string or comment;
    a server refuses the statement that breaks off, so it is left out."""
    statements: list[list[str]] = [[]]
    broken = False
    for token in _tokens(sql, way):
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


@lru_cache(maxsize=256)
def _pattern(way: Way) -> re.Pattern[str]:
    escapes, doubles, hashes, dashes, _, executed = way
    # Blanks are those of the servers: anything beyond ASCII belongs to a word there.
    skip = [r"[\x09-\x0d\x20]+", r"--(?=[\x00-\x20]|$)[^\n]*"]
    if dashes:
        skip.append(r"--[^\n]*")
    if hashes:
        skip.append(r"#[^\n]*")
    if executed:
        skip += [r"/\*M?!\d*", r"\*/"]
    opens = r"/\*(?!M?!)" if executed else r"/\*"
    single = _quoted("'", escapes == "both")
    quoted = [single, _quoted('"', doubles), _quoted("`", False)]
    if escapes == "marked":
        quoted.insert(0, "[eE]" + _quoted("'", True))
    return re.compile(
        rf"(?P<skip>{'|'.join(skip)})|(?P<comment>{opens}.*?\*/)"
        rf"|(?P<quoted>{'|'.join(quoted)})|(?P<dollar>\$\w*\$)"
        rf"|(?P<broken>{opens}|['\"`])|(?P<word>[A-Za-z_\x80-\U0010ffff][\w$\x80-\U0010ffff]*)"
        r"|(?P<other>\d[\w.]*|.)",
        re.DOTALL,
    )


def _quoted(quote: str, escapes: bool) -> str:
    body = rf"[^{quote}\\]|{quote}{quote}|\\." if escapes else rf"[^{quote}]|{quote}{quote}"
    return f"{quote}(?:{body})*+{quote}"


def _tokens(sql: str, way: Way) -> Iterator[str]:
    """Words in capitals, single other characters, `_QUOTED` and `_BROKEN`. Comments that MySQL
    executes (`/*! … */`) are read as code."""
    pattern, dollars = _pattern(way), way[4]
    place = 0
    while match := pattern.match(sql, place):
        place = match.end()
        kind = match.lastgroup
        if kind == "word":
            yield match[0].upper() if match[0].isascii() else match[0]
        elif kind == "dollar":
            if not dollars:
                place = match.start() + 1
                yield "$"
                continue
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
        verb = _main_verb(rest)
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
    return _reading(verb, tokens, _cte_names(tokens) if tokens[start] == "WITH" else frozenset())


def _explain(verb: str, rest: list[str]) -> Risk:
    """EXPLAIN runs nothing, EXPLAIN ANALYZE runs the statement. PostgreSQL takes the option in
    quotes too."""
    verbs = _CTE_VERBS | _WRITES | _DDL - {"ANALYZE", "ANALYSE"} | {"WITH"}
    place = next((i for i, token in enumerate(rest) if token in verbs), len(rest))
    runs = not {"ANALYZE", "ANALYSE"}.isdisjoint(rest) or _QUOTED in rest[:place]
    if not runs:
        asks = place < len(rest) and rest[place] in ("SELECT", "WITH")
        inner = _statement(rest[place:]) if asks else Risk(RiskKind.READ)
        # Some servers evaluate functions while they plan.
        calls = inner.kind is RiskKind.UNKNOWN or inner.verb in _LOCK_FUNCTIONS
        return inner if calls else Risk(RiskKind.READ, verb)
    if place == len(rest):
        return Risk(RiskKind.UNKNOWN, verb)
    inner = _statement(rest[place:])
    return Risk(RiskKind.READ, verb) if inner.harmless else inner


def _main_verb(rest: list[str]) -> str:
    """The verb after the common table expressions: one that writes, if there is any."""
    depth, found = 0, ""
    for i, token in enumerate(rest):
        if token == "(":
            depth += 1
        elif token == ")":
            depth -= 1
        elif depth <= 0 and token in _CTE_VERBS:
            call = rest[i + 1 : i + 2] == ["("]
            if token in _INNER_WRITES:
                if not (call and token in _ALSO_FUNCTIONS) and not _locks(rest, i):
                    return token
            elif not found and not call:
                found = token
    return found or ("SELECT" if "SELECT" in rest else "WITH")


def _locks(tokens: list[str], at: int) -> bool:
    """Whether the word at `at` is that of `FOR UPDATE` or its like."""
    before = tokens[at - 1] if at else ""
    return tokens[at] in ("UPDATE", "SHARE") and before in ("FOR", "KEY", "IN")


def _cte_names(tokens: list[str]) -> frozenset[int]:
    """Where names of common table expressions stand that a list of columns follows."""
    depth, found = 0, set()
    for i, token in enumerate(tokens):
        if token == "(":
            if not depth and i > 1 and tokens[i - 2] in ("WITH", "RECURSIVE", ","):
                found.add(i - 1)
            depth += 1
        elif token == ")":
            depth -= 1
        elif depth <= 0 and token in _CTE_VERBS:
            break
    return frozenset(found)


def _reading(verb: str, tokens: list[str], names: frozenset[int]) -> Risk:
    """A statement that reads unless something in it writes, locks or acts. At `names` stands what
    is no call although a bracket follows."""
    found = Risk(RiskKind.READ, verb)
    if verb == "SHOW":
        return found
    for i, token in enumerate(tokens):
        after = tokens[i + 1] if i + 1 < len(tokens) else ""
        risk: Risk | None = None
        if _locks(tokens, i):
            risk = Risk(RiskKind.LOCK, f"{verb} FOR {token}")
        elif token == "INTO" and after != "@":
            risk = Risk(RiskKind.WRITE, f"{verb} INTO")
        elif token in _LOCK_HINTS and tokens[i - 1] in ("(", ","):
            risk = Risk(RiskKind.LOCK, token)
        elif token == "\\":
            risk = Risk(RiskKind.UNKNOWN, verb)
        elif token in _BARE and not (after == "(" and token in _ALSO_FUNCTIONS):
            risk = _bare(tokens, i)
        elif after == "(" and i not in names:
            risk = _call(tokens, i)
        if risk is not None and _SEVERITY[risk.kind] > _SEVERITY[found.kind]:
            found = risk
    return found


def _bare(rest: list[str], at: int) -> Risk | None:
    """What a word that writes says in the middle of what reads."""
    before = rest[at - 1] if at else ""
    label = before in (".", "@", "AS")
    if label or (rest[at] == "SET" and before in ("CHARACTER", "CHAR")):
        return None
    return Risk(_BARE[rest[at]], rest[at])


_PARTNERS = {"MATCH": "AGAINST", "COLUMNS": "JSON_TABLE"}
"""Words that are no calls where another word stands in the same statement."""


def _call(rest: list[str], at: int) -> Risk | None:
    """What the word or name before a bracket says, unless it only computes."""
    from das_tui.domain.functions import BEFORE_BRACKETS, BEHIND, COMPUTING

    token, before = rest[at], rest[at - 1] if at else ""
    if not (_is_word(token) or token == _QUOTED or token[0].isdigit()):
        return None
    if before in ("WITH", "RECURSIVE", "AS", ")") or before in BEHIND.get(token, "").split():
        return None
    if token in _LOCK_FUNCTIONS:
        return Risk(RiskKind.LOCK, token)
    own = before in (".", "$", "@") and rest[at - 2 : at - 1] != ["PG_CATALOG"]
    known = token in COMPUTING or token in BEFORE_BRACKETS
    known = known or _PARTNERS.get(token, "") in rest
    if not own and known:
        return None
    return Risk(RiskKind.UNKNOWN, token if _is_word(token) else "")

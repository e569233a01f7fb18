"""Docks: what comes up from the bottom, in the place of the composer, when something is asked."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import field
from typing import Literal

from das_tui.domain.blocks import Ask
from das_tui.domain.events import AskKind
from das_tui.domain.plan import Change, StepChange
from das_tui.domain.record import Service
from das_tui.domain.risk import Risk, classify
from das_tui.domain.session import Session
from das_tui.light import dataclass
from das_tui.view.ages import elapsed, thousands
from das_tui.view.clean import clean, one_line
from das_tui.view.code import highlight
from das_tui.view.glyphs import UTF8, Glyphs
from das_tui.view.rows import ATTN, FAIL, FAINT, MUTED, STRONG, TEXT, Ink, Row, Span
from das_tui.view.spec import PROSE_WIDTH, ViewSpec
from das_tui.view.status import BADGE, spread
from das_tui.view.table import is_number, layout, numeric
from das_tui.view.wrap import Spans, cells, cut, fit, pad, span_cells, wrap, wrap_spans

Stage = Literal["ask", "type"]

BAND = "attn-band"
MENU = "raised"
WRITE_WORD = "write"
"""What is typed where the instance is not known."""

MANY_ROWS = 100_000
"""From more rows on a line of an explain asks for attention."""

_BOLD = Ink("text", bold=True)
_WARN = Ink("attn", bold=True)
_WORDS = Ink("muted", italic=True)
_EXPLAIN_ROWS = 8
_WORD_LINES = 4
_LONGEST_WORD = 64
_LONGEST_TEXT = 200_000


@dataclass(frozen=True, slots=True)
class DockView:
    """A dock as rows, at most as many as there was room for.

    Column 0 is left for the bar: amber, in the level menu the accent. Of `total` lines of the
    statement, plan or question `window` are in view from `scroll` on (clamped). `seen_end` says
    that its last line is or was in view. `keys` are those that act now; without `seen_end` the
    approving ones are not among them. `word` must be typed after `y`, empty if nothing must.
    """

    rows: tuple[Row, ...]
    total: int = 0
    window: int = 0
    scroll: int = 0
    seen_end: bool = True
    keys: tuple[str, ...] = ()
    word: str = ""


def confirm_word(ask: Ask, *, production: bool, instance: str = "", target: str = "") -> str:
    """What must be typed before a statement runs: the instance, else the target of the session,
    else `write`; empty for what only reads, outside production and for other asks."""
    if ask.kind is not AskKind.SQL or not production or classify(ask.sql).harmless:
        return ""
    word = one_line(instance) or one_line(target)
    return word if 0 < len(word) <= _LONGEST_WORD else WRITE_WORD


def ask_rows(
    ask: Ask,
    width: int,
    height: int,
    *,
    session: Session | None = None,
    database: str = "",
    instance: str = "",
    profile: str = "",
    production: bool = True,
    since: float | None = None,
    now: float = 0.0,
    scroll: int = 0,
    seen: bool = False,
    stage: Stage = "ask",
    typed: str = "",
    glyphs: Glyphs = UTF8,
) -> DockView:
    """The dock of an ask.

    `database` and `instance` say where a statement would run, as far as known beyond the target
    of `session`. The ask waits since `since`. `seen` says that the end was in view before.
    `stage` "type" asks for the word, of which `typed` is there.
    """
    build = _Build(width, height, glyphs)
    waited = f"waiting {elapsed(now - since)}" if since is not None and now else ""
    target = session.target if session is not None else ""
    word = ""
    match ask.kind:
        case AskKind.SQL:
            word = confirm_word(ask, production=production, instance=instance, target=target)
            _sql(build, ask, database, instance, target, profile)
        case AskKind.PLAN:
            _plan(build, ask)
        case AskKind.REPORT:
            build.title = [("Render the report?", STRONG)]
            build.body = build.prose(ask.text, TEXT)
        case AskKind.HUMAN:
            build.title = [("The agent asks", STRONG)]
            build.body = build.prose(ask.text or "It gave no question.", TEXT)
    if waited:
        build.title_fact = [(waited, ATTN)]
    if stage == "type" and word:
        build.words = []
        build.prompt = _prompt(build, word, typed, instance)
        done = _typed(typed) == word
        choices = [("enter", "run", done), ("esc", "back, nothing is sent", True)]
        return build.view(choices, scroll, seen, word)
    return build.view(_choices(ask.kind, word, production), scroll, seen, word)


def _choices(kind: AskKind, word: str, production: bool) -> list[tuple[str, str, bool]]:
    """Keys, labels, and whether they act."""
    match kind:
        case AskKind.SQL:
            run = f"run it, then type {word}" if word else "run it"
            later = [] if production else [("A", "all later too", True)]
            keys = [("y", run, True), *later, ("n", "refuse", True), ("e", "edit", True)]
            return [*keys, ("r", "reply", True), ("esc", "later", True)]
        case AskKind.PLAN:
            keys = [("y", "run", True), ("n", "refuse", True), ("e", "edit the steps", True)]
            return [*keys, ("r", "reply", True), ("esc", "later", True)]
        case AskKind.REPORT:
            keys = [("y", "render", True), ("n", "refuse", True)]
            return [*keys, ("r", "reply", True), ("esc", "later", True)]
        case AskKind.HUMAN:
            return [("r", "reply", True), ("esc", "later", True)]


# --- a statement -----------------------------------------------------------------------------


def _sql(
    build: "_Build", ask: Ask, database: str, instance: str, target: str, profile: str
) -> None:
    risk = classify(ask.sql)
    build.title = [("Run these statements?" if risk.many else "Run this statement?", STRONG)]
    build.facts = _where(build, risk, database, instance, target, profile)
    build.body = _statement(ask.sql, risk, build.room - 2)
    build.indent = 2
    build.explain = _explain(build, ask.explain)
    text = one_line(ask.text, 2000)
    build.words = _words(build, text) if text else []


def _where(
    build: "_Build", risk: Risk, database: str, instance: str, target: str, profile: str
) -> list[Spans]:
    """Class, verb, database, instance, profile; as many rows as they need, nothing is cut."""
    badge: Span = (risk.kind.value, MUTED) if risk.harmless else (f" {risk.kind.value} ", BADGE)
    parts: list[Spans] = [[badge]]
    if risk.verb:
        parts.append([(risk.verb, _BOLD)])
    database, instance, target = one_line(database), one_line(instance), one_line(target)
    if not instance and database != target:
        # The session knows one name only, and not whether it is that of a database.
        instance = target
    if database:
        parts.append([("in ", FAINT), (database, _BOLD)])
    if instance:
        parts.append([("on ", FAINT), (instance, _BOLD)])
    if not database and not instance:
        parts.append([("target unknown", _WARN)])
    if profile := one_line(profile):
        parts.append([("profile ", FAINT), (profile, _BOLD)])
    if risk.verb and sum(map(span_cells, parts)) + 2 * (len(parts) - 1) > build.room:
        # The statement below begins with the verb.
        del parts[1]
    return build.flow(parts, 2)


def _statement(sql: str, risk: Risk, room: int) -> list[Spans]:
    """The whole statement, wrapped, its verb in attention unless it only reads."""
    text = clean(sql[:_LONGEST_TEXT]).strip("\n").rstrip()
    lines: list[Spans] = []
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
                    spans.append((word, _WARN if word.upper() in verbs else plain))
        lines += wrap_spans(spans, max(2, room)) or [[]]
    if len(sql) > _LONGEST_TEXT:
        more = thousands(len(sql) - _LONGEST_TEXT)
        lines.append([(f"{more} more characters, not shown", _WARN)])
    return lines


# --- its explain -----------------------------------------------------------------------------

_PAIR = re.compile(
    r"([A-Za-z_]\w*)\s*=\s*(\"[^\"]*\"|'[^']*'|[^,;]*?)(?=\s*[,;]\s*|\s+\w+\s*=|\s*$)"
)
_SCAN = re.compile(r"\bALL\b|\bSeq Scan\b|\bfull (?:table )?scan\b|\brows[=: ]+[\d,]+", re.I)


def explain_table(text: str) -> tuple[list[str], list[list[str]]] | None:
    """Names and rows of an explain that is a table with bars or lines of `name=value`; None for
    other text."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if lines and all(line[0] in "|+" for line in lines):
        grid = [
            [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip("|"))]
            for line in lines
            if line[0] == "|" and not re.fullmatch(r"[|:\-\s]+", line)
        ]
        if len(grid) < 2:
            return None
        size = len(grid[0])
        return grid[0], [(row + [""] * size)[:size] for row in grid[1:]]
    return _pairs(lines)


def _pairs(lines: Sequence[str]) -> tuple[list[str], list[list[str]]] | None:
    records: list[dict[str, str]] = []
    for line in lines:
        found = {match[1]: match[2].strip("\"'") for match in _PAIR.finditer(line)}
        if not found or _PAIR.sub("", line).strip(" ,;\t"):
            return None
        if records and records[-1].keys().isdisjoint(found):
            records[-1] |= found
        else:
            records.append(found)
    names = list(dict.fromkeys(name for record in records for name in record))
    if not names:
        return None
    return names, [[record.get(name, "") for name in names] for record in records]


def _explain(build: "_Build", text: str) -> list[Spans]:
    """The explain as lines of the dock, full scans and many rows in attention."""
    text = clean(text[:_LONGEST_TEXT]).strip()
    if not text:
        return []
    label = build.label("explain")
    room = build.room - span_cells(label)
    found = explain_table(text)
    lines: list[Spans] = []
    if found is None:
        for line in text.split("\n"):
            lines += wrap_spans(_warned(line), min(PROSE_WIDTH, max(2, room)))
    else:
        lines = _table(*found, room, build.glyphs)
    return _labelled(label, lines)


def _table(names: list[str], rows: list[list[str]], room: int, glyphs: Glyphs) -> list[Spans]:
    right = [numeric([row[at] or None for row in rows]) for at in range(len(names))]
    body = [
        [[_explained(name, cell)] if cell else [] for name, cell in zip(names, row, strict=True)]
        for row in rows
    ]
    head: list[Spans] = [[(name, MUTED)] for name in names]
    widths = [
        max([cells(name), *(span_cells(row[at]) for row in body)]) for at, name in enumerate(names)
    ]
    if sum(widths) + 3 * (len(widths) - 1) <= room:
        return layout(head, body, right, room, ViewSpec(width=room, glyphs=glyphs))
    # Too wide for columns: one paragraph a row, so that nothing is cut.
    lines: list[Spans] = []
    for row in body:
        spans: Spans = []
        for name, cell in zip(names, row, strict=True):
            if cell:
                spans += [("   " if spans else "", TEXT), (f"{name} ", FAINT), *cell]
        lines += wrap_spans([span for span in spans if span[0]], max(2, room))
    return lines


def _explained(name: str, value: str) -> Span:
    """A value of an explain. Row counts get their thousands marked."""
    if name.lower() == "type" and value.upper() == "ALL":
        return value, _WARN
    if name.lower() in ("rows", "rows_examined", "est_rows") and is_number(value):
        digits = value.replace(",", "")
        if digits.isdecimal() and len(digits) < 30:
            count = int(digits)
            return thousands(count), _WARN if count > MANY_ROWS else TEXT
    return value, TEXT


def _warned(line: str) -> Spans:
    """A line of an explain that is text, with what costs in attention."""
    spans: Spans = []
    place = 0
    for match in _SCAN.finditer(line):
        digits = re.sub(r"\D", "", match[0])
        if digits and (len(digits) < 30 and int(digits) <= MANY_ROWS):
            continue
        if match.start() > place:
            spans.append((line[place : match.start()], TEXT))
        spans.append((match[0], _WARN))
        place = match.end()
    if place < len(line):
        spans.append((line[place:], TEXT))
    return spans


def _words(build: "_Build", text: str) -> list[Spans]:
    """The agent's own words."""
    label = build.label("agent")
    room = min(PROSE_WIDTH, build.room - span_cells(label))
    return _labelled(label, [[(line, _WORDS)] for line in wrap(f'"{text}"', max(2, room))])


def _labelled(label: Spans, lines: list[Spans]) -> list[Spans]:
    """Lines with a label before the first and blanks before the others."""
    blank: Spans = [(" " * span_cells(label), TEXT)] if label else []
    return [[*(blank if at else label), *line] for at, line in enumerate(lines)]


# --- a plan ----------------------------------------------------------------------------------


def _plan(build: "_Build", ask: Ask) -> None:
    build.title = [("Run this plan?", STRONG)]
    steps = ask.plan.steps if ask.plan is not None else ()
    changes = ask.changes or tuple(StepChange(Change.SAME, step) for step in steps)
    changed = any(change.change is not Change.SAME for change in changes)
    if changed:
        note = "changed since you last saw it" if build.room >= 60 else "changed"
        build.title += [("  ", TEXT), (note, ATTN)]
    if not changes:
        build.body = build.prose(ask.text or "The plan came without steps.", TEXT)
        return
    names = [one_line(change.step.name) for change in changes]
    room = build.room - 5 - 12
    widest = min(room, max(map(cells, names)))
    for name, change in zip(names, changes, strict=True):
        text = fit(name, room, build.glyphs.ellipsis)
        mark, number, ink, note = _step(change, changed, build.glyphs)
        spans: Spans = [(pad(mark, 2), _WARN), (pad(number, 3), FAINT), (text, ink)]
        if note:
            spans += [(" " * (widest - cells(text) + 6), TEXT), (note, ATTN)]
        build.body.append(spans)
    text = one_line(ask.text, 2000)
    build.words = (
        [[(line, _WORDS)] for line in wrap(f'"{text}"', min(PROSE_WIDTH, build.room))]
        if text
        else []
    )


def _step(change: StepChange, changed: bool, glyphs: Glyphs) -> tuple[str, str, Ink, str]:
    """Mark, number, ink of the name and note of a step."""
    number = str(change.step.order)
    match change.change:
        case Change.NEW:
            return "+", number, STRONG, "new"
        case Change.DROPPED:
            return "-", "", Ink("faint", strike=True), "dropped"
        case Change.MOVED:
            moved = glyphs.moved if change.was < change.step.order else glyphs.up
            return moved[:1], number, TEXT, f"was {change.was}"
        case Change.SAME:
            return "", number, MUTED if changed else TEXT, ""


# --- typing ----------------------------------------------------------------------------------


def _typed(text: str) -> str:
    return clean(text).replace("\n", " ")


def _prompt(build: "_Build", word: str, typed: str, instance: str) -> list[Spans]:
    """What is to be typed, what is, and the rest as a ghost behind the cursor."""
    what = "the instance" if word == one_line(instance) else "the target"
    label: Spans = [(f"To run it, type {WRITE_WORD if word == WRITE_WORD else what}:", TEXT)]
    text = _typed(typed)
    cursor = Ink("on", "accent")
    if word.startswith(text):
        rest = word[len(text) :]
        parts: Spans = [(text, STRONG), (rest[:1] or " ", cursor), (rest[1:], FAINT)]
    else:
        text = fit(text, build.room // 2, build.glyphs.ellipsis)
        parts = [(text, FAIL), (" ", cursor), (f"  {word}", FAINT)]
    return build.flow([label, [part for part in parts if part[0]]], 2)


# --- putting it together -----------------------------------------------------------------------


@dataclass(slots=True)
class _Build:
    """The parts of a dock, and how they share the height."""

    width: int
    height: int
    glyphs: Glyphs
    fill: str = BAND
    title: Spans = field(default_factory=list)
    title_fact: Spans = field(default_factory=list)
    facts: list[Spans] = field(default_factory=list)
    body: list[Spans] = field(default_factory=list)
    indent: int = 0
    explain: list[Spans] = field(default_factory=list)
    words: list[Spans] = field(default_factory=list)
    prompt: list[Spans] = field(default_factory=list)

    @property
    def room(self) -> int:
        """Cells of a row between the margins."""
        return max(8, self.width - 5)

    def label(self, word: str) -> Spans:
        """A label in a column of its own, none where the dock is narrow."""
        return [(pad(word, 10), FAINT)] if self.width >= 88 else []

    def prose(self, text: str, ink: Ink) -> list[Spans]:
        """Foreign text as wrapped lines."""
        room = min(PROSE_WIDTH, self.room)
        text = clean(text[:_LONGEST_TEXT]).strip()
        return [
            [(line, ink)] if line else []
            for part in text.split("\n")
            for line in wrap(part, room) or [""]
        ]

    def flow(self, parts: Iterable[Spans], gap: int) -> list[Spans]:
        """Parts beside each other, on further rows where one row is too short."""
        rows: list[Spans] = []
        for part in parts:
            if rows and span_cells(rows[-1]) + gap + span_cells(part) <= self.room:
                rows[-1] += [(" " * gap, TEXT), *part]
            else:
                rows += (
                    [list(part)] if span_cells(part) <= self.room else wrap_spans(part, self.room)
                )
        return rows

    def cut_words(self, limit: int) -> list[Spans]:
        """The agent's words in at most `limit` lines."""
        if len(self.words) <= limit or not limit:
            return self.words[:limit]
        return [*self.words[: limit - 1], [*self.words[limit - 1], (self.glyphs.ellipsis, FAINT)]]

    def cut_explain(self, limit: int) -> list[Spans]:
        """The explain in at most `limit` lines; the last then says what is left out."""
        lines = self.explain
        if len(lines) <= limit or not limit:
            return lines[:limit]
        kept, rest = lines[: limit - 1], lines[limit - 1 :]
        warned = sum(any(ink == _WARN for _, ink in line) for line in rest)
        more = "more" if kept else "explain"
        word = "line" if len(rest) == 1 else "lines"
        note: Spans = [(f"{thousands(len(rest))} {more} {word}", FAINT)]
        if warned:
            note.append((f", {thousands(warned)} to look at", _WARN))
        return [*kept, [*(self.label("") if kept else []), *note]]

    def view(
        self, choices: Sequence[tuple[str, str, bool]], scroll: int, seen: bool, word: str
    ) -> DockView:
        """The rows: what is least needed shrinks first, the keys and the class never go."""
        total = len(self.body)
        wish = min(total, max(5, self.height // 3))
        # Where a blank row stands, in the order in which it goes when rows are short.
        gaps = ["title", "bottom", "top", "prompt", "explain", "facts", "keys"]
        if not self.facts:
            gaps.remove("facts")
        if not self.body and not self.facts:
            gaps.remove("title")
        if not (self.explain or self.words):
            gaps.remove("explain")
        if not self.prompt:
            gaps.remove("prompt")
        explain = self.cut_explain(_EXPLAIN_ROWS)
        words = self.cut_words(_WORD_LINES)
        keys = self.flow([_choice(*choice, acts=True) for choice in choices], 3)

        def rest() -> int:
            """Rows of all but the body."""
            fixed = 1 + len(self.facts) + len(keys) + len(self.prompt)
            return fixed + len(explain) + len(words) + len(gaps)

        def need() -> int:
            return rest() + wish + (wish < total)

        def fewer_words(count: int) -> Callable[[], None]:
            return lambda: words.__setitem__(slice(None), self.cut_words(count))

        def fewer_rows(count: int) -> Callable[[], None]:
            return lambda: explain.__setitem__(slice(None), self.cut_explain(count))

        def shorter() -> None:
            nonlocal wish
            wish = min(total, 3)

        shrinks: list[Callable[[], object]] = [lambda: gaps and gaps.pop(0)] * 7
        steps: list[Callable[[], object]] = [
            *shrinks[:3],
            fewer_words(2),
            fewer_rows(4),
            fewer_words(1),
            *shrinks[3:],
            fewer_rows(2),
            shorter,
            fewer_rows(1),
            fewer_words(0),
            fewer_rows(0),
        ]
        for step in steps:
            if need() <= self.height:
                break
            step()
        window = min(total, max(1, self.height - rest()))
        counted = window < total
        if counted and window > 1:
            window -= 1
        scroll = max(0, min(scroll, total - window))
        seen = seen or scroll + window >= total
        keys = self.flow(
            [_choice(*choice, acts=seen or choice[0] not in _APPROVES) for choice in choices], 3
        )
        out: list[Spans] = []

        def gap(name: str) -> None:
            if name in gaps:
                out.append([])

        gap("top")
        out.append(list(spread(self.title, self.title_fact, self.room)))
        gap("title")
        out += self.facts
        gap("facts")
        margin: Spans = [(" " * self.indent, TEXT)] if self.indent else []
        out += [[*margin, *line] for line in self.body[scroll : scroll + window]]
        if counted and window + rest() < self.height:
            text = f"{thousands(scroll + window)} of {thousands(total)} lines"
            more = "" if seen else ", y works when the end was seen"
            if len(text) + len(more) > self.room - self.indent:
                more = ""
            out.append([*margin, (text + more, FAINT if seen else ATTN)])
        gap("explain")
        out += explain + words
        if self.prompt:
            gap("prompt")
            out += self.prompt
        gap("keys")
        out += keys
        gap("bottom")
        rows = tuple(
            Row(tuple(cut([("   ", TEXT), *line], 0, self.width)) if line else (), self.fill)
            for line in out
        )
        acting = tuple(
            key for key, _, active in choices if active and (seen or key not in _APPROVES)
        )
        return DockView(rows[: self.height], total, window, scroll, seen, acting, word)


_APPROVES = ("y", "A", "enter")


def _choice(key: str, label: str, active: bool, *, acts: bool) -> Spans:
    if active and acts:
        return [(key, _WARN), (f" {label}", TEXT)]
    return [(key, Ink("faint", bold=True)), (f" {label}", FAINT)]


# --- level menu ------------------------------------------------------------------------------

LEVEL_NAMES = {
    10: "status, choices",
    20: "tools, steps",
    30: "asks, approvals",
    40: "conclusions",
    50: "failures",
}
"""What blocks of the levels that occur on the wire mostly are."""


def menu_levels(histogram: Sequence[tuple[int | None, int]]) -> list[int]:
    """The levels of the menu in display order, the highest first."""
    return sorted((level for level, _ in histogram if level is not None), reverse=True)


def level_menu(
    histogram: Sequence[tuple[int | None, int]],
    width: int,
    height: int,
    *,
    cursor: int,
    back: int,
    hidden: int,
    total: int,
    glyphs: Glyphs = UTF8,
) -> DockView:
    """The level menu. `cursor` is the level that enter would set (0: the lowest), `back` the
    threshold that esc brings back; `hidden` of `total` blocks are hidden at `cursor`."""
    build = _Build(width, height, glyphs, fill=MENU)
    counts = {level: count for level, count in histogram if level is not None}
    levels = menu_levels(histogram)
    most = max(counts.values(), default=1)
    chosen = next((level for level in reversed(levels) if level >= cursor), None)
    title = spread(
        [("Show from level", STRONG)],
        [(f"{thousands(hidden)} hidden of {thousands(total)}", MUTED)],
        build.room,
    )
    keys: Spans = []
    esc = f"back to {back}" if back else "back to all"
    named = [("j k", "move"), ("enter", "set"), ("0", "all"), ("esc", esc)]
    for key, label in named[width < 48 :]:
        keys += [("   ", TEXT)] if keys else []
        keys += [(key, _BOLD), (f" {label}", MUTED)]
    # Blanks around title, list and keys go first where rows are short, then levels.
    blanks = 4 if height >= len(levels) + 6 else 0
    window = max(1, height - 2 - blanks)
    top = 0
    if chosen is not None and len(levels) > window:
        top = max(0, min(levels.index(chosen) - window // 2, len(levels) - window))
    bar_at = 26
    bar_room = build.room - bar_at + 3 - 8
    size = max((len(str(level)) for level in levels), default=2)
    out: list[Row] = []
    for level in levels[top : top + window]:
        here = level == chosen
        off = chosen is not None and level < chosen
        ink = FAINT if off else TEXT
        name = LEVEL_NAMES.get(level, "")
        length = max(1, round(counts[level] / most * min(24, bar_room)))
        mark: Span = (f" {glyphs.prompt} " if here else "   ", Ink("accent"))
        left: Spans = [mark, (pad(str(level), size), STRONG if here else ink), ("   ", TEXT)]
        if width >= 48:
            left.append((pad(name, bar_at - 6 - size), ink))
            if bar_room >= 4:
                left.append((glyphs.progress * length, ink))
        count: Span = (thousands(counts[level]), ink)
        line = cut(spread(left, [count], width - 2), 0, width)
        out.append(Row(tuple(line), "sel" if here else MENU))
    blank = Row((), MENU)
    edge = [blank] if blanks else []
    rows = [
        *edge,
        Row(tuple(cut([("   ", TEXT), *title], 0, width)), MENU),
        *edge,
        *out,
        *edge,
        Row(tuple(cut([("   ", TEXT), *keys], 0, width)), MENU),
        *edge,
    ]
    acting = ("j", "k", "enter", "0", "esc")
    return DockView(tuple(rows[:height]), len(levels), len(out), top, True, acting)


# --- stop and leave --------------------------------------------------------------------------


def stop_rows(session: Session, width: int, height: int, *, glyphs: Glyphs = UTF8) -> DockView:
    """`^c` while a run is live: keep running, or stop."""
    build = _Build(width, height, glyphs)
    if session.service == Service.DMS:
        build.title = [("Stop this run?", STRONG)]
        text = "The service is told to cancel it. What came so far is kept."
        stop = "stop it"
    else:
        build.title = [("Stop listening?", STRONG)]
        text = (
            "The service cannot be told to stop: the answer goes on there and may be billed. "
            "What came so far is kept."
        )
        stop = "stop listening"
    build.body = build.prose(text, TEXT)
    return build.view([("y", stop, True), ("esc", "keep running", True)], 0, True, "")


def told_rows(
    title: str, text: str, way_out: str, width: int, height: int, *, glyphs: Glyphs = UTF8
) -> DockView:
    """What went wrong where the status line has no room for it: any key closes it."""
    build = _Build(width, height, glyphs)
    build.title = [(one_line(title) or "Not done", STRONG)]
    build.body = build.prose(text, TEXT)
    if way_out:
        build.body += [[], *build.prose(way_out, STRONG)]
    return build.view([("esc", "close", True)], 0, True, "")


def leave_rows(session: Session, width: int, height: int, *, glyphs: Glyphs = UTF8) -> DockView:
    """`q` while an answer that is paid for arrives: stay, or leave."""
    build = _Build(width, height, glyphs)
    title = one_line(session.title)
    build.title = [("Leave while a paid answer arrives?", STRONG)]
    build.facts = [[(fit(title, build.room, glyphs.ellipsis), MUTED)]] if title else []
    build.body = build.prose("The rest of it is received and stored after you left.", TEXT)
    return build.view([("q", "leave", True), ("esc", "stay", True)], 0, True, "")

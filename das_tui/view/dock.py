"""Docks: what comes up from the bottom, in the place of the composer, when something is asked."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from typing import Literal

from das_tui.domain.record import Service
from das_tui.domain.session import Session, State
from das_tui.light import dataclass
from das_tui.view.ages import thousands
from das_tui.view.clean import clean, one_line
from das_tui.view.glyphs import UTF8, Glyphs
from das_tui.view.rows import ATTN, FAINT, MUTED, STRONG, TEXT, Ink, Row, Span
from das_tui.view.spec import PROSE_WIDTH
from das_tui.view.status import spread
from das_tui.view.wrap import Spans, cut, fit, pad, span_cells, wrap, wrap_spans

Stage = Literal["ask", "type"]

BAND = "attn-band"
MENU = "raised"
BOLD = Ink("text", bold=True)
WARN = Ink("attn", bold=True)
_EXPLAIN_ROWS = 8
_WORD_LINES = 4
LONGEST_TEXT = 200_000


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


# --- putting it together -----------------------------------------------------------------------


@dataclass(slots=True)
class Build:
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
    labels: Mapping[str, str] = field(default_factory=dict)

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
        text = clean(text[:LONGEST_TEXT]).strip()
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
        warned = sum(any(ink == WARN for _, ink in line) for line in rest)
        more = "more" if kept else "explain"
        word = "line" if len(rest) == 1 else "lines"
        note: Spans = [(f"{thousands(len(rest))} {more} {word}", FAINT)]
        if warned:
            note.append((f", {thousands(warned)} to look at", WARN))
        return [*kept, [*(self.label("") if kept else []), *note]]

    def view(
        self, choices: Sequence[tuple[str, str, bool]], scroll: int, seen: bool, word: str
    ) -> DockView:
        """The rows: what is least needed shrinks first, the keys and the class never go."""
        body = self.body
        total = len(body)
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
        keys = self.flow([self.choice(choice, acts=True) for choice in choices], 3)

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
        if len(words) < len(self.words):
            # There is no room to stand still in: they are read below the rest, by scrolling.
            body, words = [*body, *([[]] if body else []), *self.words], []
            total = len(body)
        window = min(total, max(1, self.height - rest()))
        counted = window < total
        if counted and window > 1:
            window -= 1
        scroll = max(0, min(scroll, total - window))
        seen = seen or scroll + window >= total
        keys = self.flow(
            [self.choice(choice, acts=seen or choice[0] not in _APPROVES) for choice in choices], 3
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
        out += [[*margin, *line] for line in body[scroll : scroll + window]]
        if counted and window + rest() < self.height:
            text = f"{thousands(scroll + window)} of {thousands(total)} lines"
            more = "" if seen else f", {self.labels.get('y', 'y')} works when the end was seen"
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

    def choice(self, choice: tuple[str, str, bool], *, acts: bool) -> Spans:
        """A key with its label; faint where it does nothing."""
        key, label, active = choice
        key = self.labels.get(key, key)
        if active and acts:
            return [(key, WARN), (f" {label}", TEXT)]
        return [(key, Ink("faint", bold=True)), (f" {label}", FAINT)]


_APPROVES = ("y", "A", "enter")


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
    build = Build(width, height, glyphs, fill=MENU)
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
        keys += [(key, BOLD), (f" {label}", MUTED)]
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
    """`^c` while a run is live or waits for an answer: keep running, or stop."""
    build = Build(width, height, glyphs)
    keep = "keep running"
    if session.state is State.NEEDS_INPUT:
        build.title = [("Cancel this run?", STRONG)]
        text = (
            "It waits for your answer; what it asks for is then not done. "
            "The service is told to cancel it. What came so far is kept."
        )
        stop, keep = "cancel it", "let it wait"
    elif session.service == Service.DMS:
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
    return build.view([("y", stop, True), ("esc", keep, True)], 0, True, "")


def question_rows(
    title: str,
    about: str,
    text: str,
    keys: Sequence[tuple[str, str, bool]],
    width: int,
    height: int,
    *,
    glyphs: Glyphs = UTF8,
) -> DockView:
    """A question of the program's own: `about` is what it concerns, `keys` are the answers."""
    build = Build(width, height, glyphs)
    build.title = [(title, STRONG)]
    build.facts = [[(fit(one_line(about), build.room, glyphs.ellipsis), MUTED)]]
    build.body = build.prose(text, TEXT)
    return build.view(list(keys), 0, True, "")


def told_rows(
    title: str, text: str, way_out: str, width: int, height: int, *, glyphs: Glyphs = UTF8
) -> DockView:
    """What went wrong where the status line has no room for it: any key closes it."""
    build = Build(width, height, glyphs)
    build.title = [(one_line(title) or "Not done", STRONG)]
    build.body = build.prose(text, TEXT)
    if way_out:
        build.body += [[], *build.prose(way_out, STRONG)]
    return build.view([("esc", "close", True)], 0, True, "")


def leave_rows(session: Session, width: int, height: int, *, glyphs: Glyphs = UTF8) -> DockView:
    """`q` while an answer that is paid for arrives: stay, or leave."""
    build = Build(width, height, glyphs)
    title = one_line(session.title)
    build.title = [("Leave while a paid answer arrives?", STRONG)]
    build.facts = [[(fit(title, build.room, glyphs.ellipsis), MUTED)]] if title else []
    build.body = build.prose("The rest of it is received and stored after you left.", TEXT)
    return build.view([("q", "leave", True), ("esc", "stay", True)], 0, True, "")


def suspend_rows(
    session: Session, width: int, height: int, *, key: str = "^z", glyphs: Glyphs = UTF8
) -> DockView:
    """`key` while an answer that is paid for arrives: stay, or stop the program all the same."""
    build = Build(width, height, glyphs)
    title = one_line(session.title)
    build.title = [("Suspend while a paid answer arrives?", STRONG)]
    build.facts = [[(fit(title, build.room, glyphs.ellipsis), MUTED)]] if title else []
    words = "A stopped program receives nothing; after some minutes the rest of it is lost."
    build.body = build.prose(words, TEXT)
    return build.view([(key, "suspend", True), ("esc", "stay", True)], 0, True, "")

"""Single rows around the panes: head, status line, footer, and what is below the window."""

from collections.abc import Callable, Sequence
from dataclasses import field
from math import log

from das_tui.domain.plan import Plan, StepStatus
from das_tui.domain.record import Service
from das_tui.domain.session import Overview, Session, State
from das_tui.light import dataclass
from das_tui.view import ages
from das_tui.view.ages import clock, duration, elapsed, thousands
from das_tui.view.clean import one_line
from das_tui.view.glyphs import UTF8, Glyphs
from das_tui.view.rows import ACCENT, FAINT, MUTED, STRONG, TEXT, Ink, Row, Span
from das_tui.view.wrap import cells, cut, fit, span_cells

BADGE = Ink("badge-on", "badge", bold=True)
KEY = Ink("text", bold=True)
_RULE = Ink("rule")
_SIEVE = Ink("accent", bold=True)
_SIEVE_CELLS = 24
_NARROW = 60
_QUIET_FROM = 2.0
"""Seconds of silence after which the status line says so."""
_USUAL_FROM = 5.0
"""Seconds of silence after which it says what is usual."""


def spread(left: Sequence[Span], right: Sequence[Span], width: int) -> tuple[Span, ...]:
    """`left` from column 0, `right` ending before column `width`, at least one blank between."""
    if not right:
        return tuple(left)
    blanks = max(1, width - span_cells(left) - span_cells(right))
    return (*left, (" " * blanks, TEXT), *right)


def state_glyph(state: State, glyphs: Glyphs = UTF8) -> Span:
    """The glyph of a state in its colour."""
    match state:
        case State.LIVE | State.STARTING:
            return glyphs.live, ACCENT
        case State.NEEDS_INPUT:
            return glyphs.needs, Ink("attn", bold=True)
        case State.LINE_LOST | State.CUT:
            return glyphs.cut, Ink("attn", bold=True)
        case State.FAILED:
            return glyphs.failed, Ink("fail", bold=True)
        case State.FINISHED:
            return glyphs.finished, MUTED
        case _:
            return glyphs.idle, FAINT


# --- status line -----------------------------------------------------------------------------


@dataclass(slots=True)
class _Parts:
    """What the status line would like to say; what does not fit is emptied in a fixed order."""

    state: list[Span] = field(default_factory=list)
    detail: str = ""
    gap: str = "  "
    rate: str = ""
    quiet: str = ""
    usual: str = ""
    beyond: bool = False
    waits: str = ""
    sieve: str = ""
    hits: str = ""
    without: str = ""
    percent: str = ""
    word: str = ""
    threshold: str = ""
    histogram: list[Span] = field(default_factory=list)
    hidden: str = ""
    unit: str = " hidden"
    kept: str = ""
    chars: str = ""
    amount: str = ""
    alarm: str = ""
    line: str = ""
    reads: str = ""
    levels: bool = True

    def left(self) -> list[Span]:
        spans = list(self.state)
        spans += [(self.gap, TEXT), (self.detail, TEXT)] if self.detail else []
        spans += [("  ", TEXT), (self.rate, TEXT)] if self.rate else []
        worried = Ink("attn", bold=True) if self.beyond else MUTED
        spans += [("  ", TEXT), (self.quiet, worried)] if self.quiet else []
        spans += [(self.usual, MUTED)] if self.quiet and self.usual else []
        spans += [("  ", TEXT), (self.waits, TEXT)] if self.waits else []
        spans += [("   ", TEXT), (self.sieve, _SIEVE)] if self.sieve else []
        spans += [("  ", TEXT), (self.hits, TEXT)] if self.hits else []
        spans += [("  ", TEXT), (self.without, TEXT)] if self.without else []
        return spans

    def middle(self) -> list[Span]:
        spans: list[Span] = [(self.percent + "   ", MUTED)] if self.percent else []
        if not self.levels:
            return [*spans, (self.word, FAINT)] if self.word else spans
        spans += [(self.word + " ", FAINT)] if self.word else []
        spans += [(self.threshold, STRONG)]
        spans += [(" ", TEXT), *self.histogram] if self.histogram else []
        spans += [("  ", TEXT), (self.hidden + self.unit, TEXT)] if self.hidden else []
        return spans

    def right(self, gap: int) -> list[Span]:
        facts: list[Span] = []
        if self.alarm:
            facts.append((self.alarm, Ink("attn", bold=True)))
        facts += [(self.reads, KEY)] if self.reads else []
        facts += [(self.line, MUTED)] if self.line else []
        facts += [(self.kept, MUTED)] if self.kept else []
        facts += [(self.chars, TEXT)] if self.chars else []
        facts += [(self.amount, KEY)] if self.amount else []
        return _joined(facts, gap)


def status(
    overview: Overview | None,
    session: Session | None,
    width: int,
    *,
    glyphs: Glyphs = UTF8,
    now: float = 0.0,
    histogram: Sequence[tuple[int | None, int]] = (),
    threshold: int = 20,
    hidden: int = 0,
    rate: str = "",
    quiet: float | None = None,
    message: str = "",
    briefer: Sequence[str] = (),
    percent: int | None = None,
    chars: str = "",
    amount: str = "",
    waiting: int = 0,
    stored: bool = True,
    ending: str = "",
    sieve: tuple[str, str, str] = ("", "", ""),
    utc: bool = False,
    seconds: bool = False,
    line: str = "",
    usual: tuple[float, float] | None = None,
    ticks: bool = True,
    only_reads: bool = False,
) -> Row:
    """The status line: what is, what is hidden, what is kept and paid.

    `rate` is text (`4.2/s`, `31 chars/s`), `quiet` seconds since the last sign of life, `percent`
    the place in the transcript while not following. `chars` are the characters of the present
    question (`~1,403`; of the session if empty), `amount` is what it costs (`0.29 USD`), empty if
    unknown. `waiting` is the number of questions that wait in this session. `message` is the
    answer to a key; it takes the middle, in `briefer` words where it does not fit. `stored` False
    says that nothing is stored at the moment, `ending` that the credentials are about to end.
    `sieve` says what is held back beside the threshold: `& timeout`, `7 hits`, `87 hidden`.
    `line` says that the line to the terminal is slow and what is written to it: `slow line
    1.2 KB/s`. `usual` are the seconds for which such a run is quiet at this place: as a rule, and
    at most. Without `ticks` no timer is kept up to date; then the time of day stands there.
    `only_reads` says that nothing can be sent with this profile.
    """
    overview = overview or Overview()
    parts = _Parts()
    _say_state(parts, overview, session, glyphs, (utc, seconds))
    if overview.state is State.NEEDS_INPUT and overview.since and now:
        parts.detail = (
            f"stopped here {elapsed(now - overview.since)}"
            if ticks
            else ages.since(overview.since, now, utc)
        )
    running = overview.state in (State.LIVE, State.STARTING)
    parts.rate = rate if running else ""
    if running and quiet is not None and quiet >= _QUIET_FROM:
        parts.quiet = f"quiet {elapsed(quiet)}"
        if usual is not None and quiet > max(_USUAL_FROM, usual[0]):
            parts.usual = f", usual {elapsed(round(usual[0]))}"
            parts.beyond = quiet > usual[1]
    parts.percent = "" if percent is None else f"at {percent} %"
    service = session.service if session is not None else ""
    if not overview.has_levels and service in (Service.DAS, Service.CHAT):
        parts.levels = False
        parts.word = "no levels in das"
    elif session is None or (overview.state is State.IDLE and not overview.kept):
        parts.levels = False
    else:
        parts.word = "level"
        parts.threshold = f"{glyphs.at_least}{threshold}" if threshold else "all"
        parts.histogram = _histogram(histogram, threshold, glyphs)
        parts.hidden = thousands(hidden)
    if overview.kept:
        parts.kept = f"{thousands(overview.kept)} kept"
    if waiting and overview.state is not State.QUEUED:
        parts.waits = f"{thousands(waiting)} queued"
    parts.sieve = fit(one_line(sieve[0]), _SIEVE_CELLS, glyphs.ellipsis)
    _, parts.hits, parts.without = sieve
    if chars:
        parts.chars = f"{chars} chars"
    elif overview.chars or service in (Service.DAS, Service.CHAT):
        about = "~" if overview.estimated else ""
        parts.chars = f"{about}{thousands(overview.chars)} chars"
    parts.amount = amount
    parts.line = line
    parts.reads = "read-only" if only_reads else ""
    parts.alarm = ", ".join(filter(None, ("" if stored else "not stored", ending)))
    messages = [one_line(words) for words in (message, *briefer)] if message else [""]
    return Row(tuple(_fitted(parts, width, messages, glyphs)))


def _say_state(
    parts: _Parts,
    overview: Overview,
    session: Session | None,
    glyphs: Glyphs,
    clocks: tuple[bool, bool],
) -> None:
    """The state word and what belongs to it."""
    state = overview.state
    glyph, ink = state_glyph(state, glyphs)
    word: str = state.value
    detail = one_line(overview.detail)
    match state:
        case State.IDLE:
            word = "nothing asked" if not overview.kept else "idle"
        case State.NEEDS_INPUT:
            detail = "stopped here"
        case State.FINISHED if overview.started_at is not None:
            detail = duration(overview.since - overview.started_at)
        case State.CANCELLED:
            detail = f"{detail} at {clock(overview.since, *clocks)}".strip()
            parts.gap = " "
        case State.NOT_DISPATCHED:
            detail = detail or "nothing reached the service, asking again is safe"
        case _:
            pass
    weight = Ink("text" if ink.fg in ("muted", "faint") else ink.fg, bold=True)
    if state is State.IDLE:
        weight = TEXT
    parts.state = [("  ", TEXT), (glyph, ink), (" ", TEXT), (word, weight)]
    parts.detail = detail


def _fitted(parts: _Parts, width: int, messages: Sequence[str], glyphs: Glyphs) -> list[Span]:
    """Drop what is least needed until the rest fits: quiet, the place, kept, chars, the word
    level, histogram, rate; then details are cut. State, threshold, hidden, money stay."""
    end = width - 2
    wide = width >= 100
    state = parts.state
    alone = end - span_cells(state) - 2
    message = next((words for words in messages if cells(words) <= alone), "")
    if not message:
        message = messages[-1]
        if width < _NARROW:
            # Here the glyph alone tells the state for a moment.
            state = state[:2]
            alone = end - span_cells(state) - 2
            message = next((words for words in messages if cells(words) <= alone), message)
    if message and width < _NARROW:
        # The answer to a key would be a few letters; the rest is back with the next key.
        parts.detail = parts.sieve = parts.kept = parts.chars = parts.amount = ""

    def need() -> int:
        middle = min(width // 2, cells(message)) if message else span_cells(parts.middle())
        right = span_cells(parts.right(3 if wide else 2))
        gaps = (3 if middle else 0) + (3 if right else 0)
        return span_cells(parts.left()) + middle + right + gaps

    def shorten() -> None:
        if parts.detail.startswith("stopped here "):
            parts.detail = parts.detail.removeprefix("stopped here ")

    def drop(name: str) -> Callable[[], None]:
        return lambda: setattr(parts, name, [] if name == "histogram" else "")

    # A silence that is out of the ordinary goes last.
    quiet = [drop("quiet")]
    steps: list[Callable[[], None]] = [drop("usual"), *([] if parts.beyond else quiet)]
    steps += [drop("percent"), shorten]
    names = "kept chars word histogram rate line waits without hits reads"
    steps += [drop(name) for name in names.split()]
    steps += quiet
    for step in steps:
        if need() <= end:
            break
        step()
    if need() > end and parts.sieve:
        parts.detail = ""
        room = end - need() + cells(parts.sieve)
        parts.sieve = fit(parts.sieve, max(0, room), glyphs.ellipsis)
    if need() > end and parts.detail:
        room = end - need() + len(parts.detail)
        parts.detail = fit(parts.detail, max(0, room), glyphs.ellipsis, word=True).rstrip()
    if need() > end:
        parts.detail = parts.unit = ""
    left, right = parts.left(), parts.right(3 if wide else 2)
    start, stop = span_cells(left) + 3, end - span_cells(right) - 3
    if message and cells(message) > stop - start:
        # It stands for a moment and was asked for: facts give way to it, the state does not.
        left = left if cells(message) <= end - start else state
        words = fit(message, max(1, end - span_cells(left) - 2), glyphs.ellipsis, word=True)
        return cut([*left, ("  ", TEXT), (words, TEXT)], 0, width)
    if message:
        middle: list[Span] = [(fit(message, stop - start, glyphs.ellipsis, word=True), TEXT)]
    else:
        middle = parts.middle()
    size = span_cells(middle)
    if size:
        # In the middle of the row, or of what is left between the two sides.
        at = (width - size) // 2
        if at < start or at + size > stop:
            at = max(start - 1, start + (stop - start - size) // 2)
        left += [(" " * (at - span_cells(left)), TEXT), *middle]
    return cut(spread(left, right, end), 0, width)


def _histogram(
    histogram: Sequence[tuple[int | None, int]], threshold: int, glyphs: Glyphs
) -> list[Span]:
    """One bar a level on a log scale, hidden levels in the colour of rules."""
    levels = [(level, count) for level, count in histogram if level is not None and count > 0]
    bars = glyphs.histogram
    if not levels or not bars:
        return []
    highest = log(1 + max(count for _, count in levels))
    spans: list[Span] = []
    for level, count in levels[-12:]:
        bar = bars[int((len(bars) - 1) * log(1 + count) / highest + 1e-9)]
        spans.append((bar, TEXT if not threshold or level >= threshold else _RULE))
    return spans


def _joined(spans: Sequence[Span], gap: int) -> list[Span]:
    out: list[Span] = []
    for span in spans:
        out += [(" " * gap, TEXT), span] if out else [span]
    return out


# --- footer ----------------------------------------------------------------------------------


def footer(
    keys: Sequence[tuple[str, str]],
    width: int,
    *,
    right: Sequence[tuple[str, str]] = ((":", "command"), ("?", "help")),
    needs: int = 0,
) -> Row:
    """Keys with their labels, most useful first. What does not fit falls off at the end of
    `keys`; `right` always stays, without labels but the last where the row is narrow. `needs`
    above 0 puts the badge at the end: for screens on which nothing else shows it."""
    end = width - 2
    if width < 100:
        right = [(key, "" if i < len(right) - 1 else label) for i, (key, label) in enumerate(right)]
    tail = _joined_keys(right)
    if needs:
        tail += [("   ", TEXT), _badge(needs, width)] if tail else [_badge(needs, width)]
    left: list[Span] = [("  ", TEXT)]
    used = 2
    room = end - span_cells(tail) - 3
    for key, label in keys:
        spans = _key(key, label)
        gap = 3 if used > 2 else 0
        size = gap + span_cells(spans)
        if used + size > room:
            break
        left += [(" " * gap, TEXT), *spans] if gap else spans
        used += size
    return Row(tuple(cut(spread(left, tail, end), 0, width)))


def _key(key: str, label: str) -> list[Span]:
    return [(key, KEY), (f" {label}", FAINT)] if label else [(key, KEY)]


def _joined_keys(keys: Sequence[tuple[str, str]]) -> list[Span]:
    out: list[Span] = []
    for key, label in keys:
        out += [("   ", TEXT), *_key(key, label)] if out else _key(key, label)
    return out


def _badge(needs: int, screen: int) -> Span:
    text = f"{needs} need you" if needs > 1 else "1 needs you"
    return (f" {text} " if screen >= 80 else f" {needs}? ", BADGE)


# --- head ------------------------------------------------------------------------------------


def current_step(plan: Plan) -> int:
    """Which step a plan is at, from 1; 0 before the first."""
    for place, step in enumerate(plan.steps, 1):
        if step.status in (StepStatus.RUNNING, StepStatus.WAITING):
            return place
    done = sum(
        step.status in (StepStatus.DONE, StepStatus.SKIPPED, StepStatus.FAILED)
        for step in plan.steps
    )
    return min(len(plan.steps), max(done, plan.current))


def step_time(plan: Plan, now: float) -> str:
    """The timer of the running or waiting step, empty without one."""
    for step in plan.steps:
        if step.status in (StepStatus.RUNNING, StepStatus.WAITING) and step.started_at:
            return elapsed(now - step.started_at) if now else ""
    return ""


def head(
    session: Session | None,
    overview: Overview | None,
    width: int,
    *,
    screen: int = 120,
    needs: int = 0,
    glyphs: Glyphs = UTF8,
    now: float = 0.0,
) -> Row:
    """The head row of a transcript pane of `width` on a screen of `screen` cells.

    From 100 cells it carries target and service, below that the plan. `needs` above 0 puts the
    badge in front: for screens on which no sidebar shows it.
    """
    end = width - 2
    if needs:
        badge: list[Span] = [_badge(needs, screen), (" ", TEXT)]
    else:
        badge = [("   ", TEXT)]
    facts = _head_facts(session, overview, screen, now)
    title = one_line(session.title) or "New question" if session else ""
    room = end - span_cells(badge)
    while facts and span_cells(_joined(facts, 2)) + 2 + min(12, len(title)) > room:
        facts.pop()
    right = _joined(facts, 2)
    room -= span_cells(right) + 2 if right else 0
    left: list[Span] = [*badge, (fit(title, room, glyphs.ellipsis), STRONG)]
    return Row(tuple(cut(spread(left, right, end), 0, width)))


def _head_facts(
    session: Session | None, overview: Overview | None, screen: int, now: float
) -> list[Span]:
    if session is None:
        return []
    if screen >= 100:
        target = one_line(session.target)
        return [(text, FAINT) for text in (target, session.service) if text]
    plan = overview.plan if overview else None
    if plan is None or not plan.steps:
        return []
    count = f"{current_step(plan)} of {plan.count:,}"
    facts: list[Span] = [(count if screen < 80 else f"Plan {count}", TEXT)]
    timer = step_time(plan, now)
    return [*facts, (timer, FAINT)] if timer else facts


# --- small rows ------------------------------------------------------------------------------


def below(new: int, errors: int, width: int, *, key: str = "G") -> Row:
    """What came below the window while not following: `37 new, 1 error below  G`."""
    spans: list[Span] = [("   ", TEXT)]
    if new:
        spans.append((f"{thousands(new)} new", Ink("accent", bold=True)))
    if errors:
        word = "error" if errors == 1 else "errors"
        spans.append((", " if new else "", FAINT))
        spans.append((f"{thousands(errors)} {word}", Ink("fail", bold=True)))
    spans += [(" below" if new or errors else "more below", FAINT), ("  ", TEXT), (key, KEY)]
    return Row(tuple(cut([span for span in spans if span[0]], 0, width)))


def with_rest(row: Row, below: int, width: int, glyphs: Glyphs = UTF8) -> Row:
    """A status row of a page that says how many of its rows are below the window, if any are."""
    if below <= 0:
        return row
    words = f"{thousands(below)} below"
    room = width - 2 - cells(words) - 2
    left = list(row.spans)
    if span_cells(left) > room:
        left = [*cut(left, 0, max(0, room - cells(glyphs.ellipsis))), (glyphs.ellipsis, FAINT)]
    return Row(tuple(cut(spread(left, [(words, FAINT)], width - 2), 0, width)), row.fill)


def too_small(width: int, live: int, needs: int) -> Row:
    """The one line of a terminal below 40x10. What runs goes first, then words; that the window is
    too small is told as long as the badge leaves room for it."""
    badge: list[Span] = []
    if needs:
        badge = [(f" {needs} need you " if needs > 1 else " 1 needs you ", BADGE)]
    short: list[Span] = [(f" {needs}? ", BADGE)] if needs else []
    running: list[Span] = [(f"{live} live", TEXT)] if live else []
    size: list[Span] = [("40x10", TEXT)]
    wish: list[Span] = [("40x10 needed", TEXT)]
    words: list[Span] = [("too small, 40x10 needed", TEXT)]
    variants = [words + running + badge, wish + running + badge, words + badge, wish + badge]
    variants += [wish + short, size + short, short]
    for parts in variants:
        if parts and span_cells(_joined(parts, 2)) <= width:
            return Row(tuple(_joined(parts, 2)))
    return Row(tuple(short))

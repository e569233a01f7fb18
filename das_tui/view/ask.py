"""The dock of an ask: a statement, a plan, a report or a question that waits for an answer."""

from collections.abc import Mapping

from das_tui.domain.blocks import Ask
from das_tui.domain.events import AskKind
from das_tui.domain.plan import Change, StepChange
from das_tui.domain.risk import Risk, classify
from das_tui.view import ages, explain, statement
from das_tui.view.ages import counted, elapsed
from das_tui.view.clean import clean, one_line
from das_tui.view.dock import BOLD, WARN, Build, DockView, Stage
from das_tui.view.glyphs import UTF8, Glyphs
from das_tui.view.rows import ATTN, FAIL, FAINT, MUTED, STRONG, TEXT, Ink, Span
from das_tui.view.spec import PROSE_WIDTH
from das_tui.view.status import BADGE
from das_tui.view.wrap import Spans, cells, fit, pad, span_cells, wrap

WRITE_WORD = "write"
"""What is typed where the instance is not known."""

_WORDS = Ink("muted", italic=True)
_LONGEST_WORD = 64


def confirm_word(ask: Ask, *, production: bool, instance: str = "") -> str:
    """What must be typed before a statement runs: the instance, or `write` where none is known;
    empty for what only reads, outside production and for other asks."""
    if ask.kind is not AskKind.SQL or not production or classify(ask.sql).harmless:
        return ""
    word = one_line(instance)
    return word if 0 < len(word) <= _LONGEST_WORD else WRITE_WORD


def ask_rows(
    ask: Ask,
    width: int,
    height: int,
    *,
    database: str = "",
    instance: str = "",
    profile: str = "",
    production: bool = True,
    since: float | None = None,
    now: float = 0.0,
    ticks: bool = True,
    utc: bool = False,
    scroll: int = 0,
    seen: bool = False,
    stage: Stage = "ask",
    typed: str = "",
    glyphs: Glyphs = UTF8,
    labels: Mapping[str, str] | None = None,
    taken_by: str = "",
) -> DockView:
    """The dock of an ask.

    `database` and `instance` say where a statement would run, as far as known. The ask waits
    since `since`: with `ticks` as a timer, else as the time of day, which stays true while nothing
    is painted. `seen` says that the end was in view before.
    `stage` "type" asks for the word, of which `typed` is there. `labels` are the keys to show for
    those of the answers, where they are others. Without the focus no key answers, and `taken_by`
    is the one that brings it.
    """
    build = Build(width, height, glyphs, labels=labels or {})
    waited = ""
    if since is not None and now:
        timer = f"waiting {elapsed(now - since)}"
        waited = timer if ticks else f"waits {ages.since(since, now, utc)}"
    word = ""
    match ask.kind:
        case AskKind.SQL:
            word = confirm_word(ask, production=production, instance=instance)
            _sql(build, ask, database, instance, profile)
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
        build.prompt = _prompt(build, word, typed)
        done = _typed(typed) == word
        choices = [("enter", "run", done), ("esc", "back, nothing is sent", True)]
        return build.view(choices, scroll, seen, word)
    choices = _choices(ask.kind, word, production)
    if taken_by:
        idle = [(key, label, False) for key, label, _ in choices]
        choices = [(taken_by, "answers", True), *idle]
    return build.view(choices, scroll, seen, word)


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


def _sql(build: Build, ask: Ask, database: str, instance: str, profile: str) -> None:
    risk = classify(ask.sql)
    build.title = [("Run these statements?" if risk.many else "Run this statement?", STRONG)]
    build.facts = _where(build, risk, database, instance, profile)
    build.body = statement.lines(ask.sql, risk, build.room - 2)
    build.indent = 2
    label = build.label("explain")
    room = build.room - span_cells(label)
    build.explain = _labelled(label, explain.lines(ask.explain, room, build.glyphs))
    text = one_line(ask.text, 2000)
    build.words = _words(build, text) if text else []


def _where(build: Build, risk: Risk, database: str, instance: str, profile: str) -> list[Spans]:
    """Class, verb, database, instance, profile; as many rows as they need, nothing is cut."""
    badge: Span = (risk.kind.value, MUTED) if risk.harmless else (f" {risk.kind.value} ", BADGE)
    parts: list[Spans] = [[badge]]
    if risk.verb:
        parts.append([(risk.verb, BOLD)])
    if risk.many:
        parts.append([("many statements", WARN)])
    database, instance = one_line(database), one_line(instance)
    if database:
        parts.append([("in ", FAINT), (database, BOLD)])
    if instance:
        parts.append([("on ", FAINT), (instance, BOLD)])
    else:
        unknown = "instance unknown" if database else "target unknown"
        parts.append([(unknown, FAINT if database and risk.harmless else WARN)])
    if profile := one_line(profile):
        parts.append([("profile ", FAINT), (profile, BOLD)])
    if risk.verb and sum(map(span_cells, parts)) + 2 * (len(parts) - 1) > build.room:
        # The statement below begins with the verb.
        del parts[1]
    return build.flow(parts, 2)


def _words(build: Build, text: str) -> list[Spans]:
    """The agent's own words."""
    label = build.label("agent")
    room = min(PROSE_WIDTH, build.room - span_cells(label))
    return _labelled(label, [[(line, _WORDS)] for line in wrap(f'"{text}"', max(2, room))])


def _labelled(label: Spans, lines: list[Spans]) -> list[Spans]:
    """Lines with a label before the first and blanks before the others."""
    blank: Spans = [(" " * span_cells(label), TEXT)] if label else []
    return [[*(blank if at else label), *line] for at, line in enumerate(lines)]


# --- a plan ----------------------------------------------------------------------------------


def _plan(build: Build, ask: Ask) -> None:
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
    room = build.room - 5 - (12 if changed else 0)
    widest = min(room, max(map(cells, names)))
    for name, change in zip(names, changes, strict=True):
        text, *more = wrap(name, max(2, room)) or [""]
        mark, number, ink, note = _step(change, changed, build.glyphs)
        spans: Spans = [(pad(mark, 2), WARN), (pad(number, 3), FAINT), (text, ink)]
        if note:
            spans += [(" " * (widest - cells(text) + 6), TEXT), (note, ATTN)]
        build.body += [spans, *([(" " * 5, TEXT), (line, ink)] for line in more)]
    if ask.plan is not None and ask.plan.more:
        build.body.append([("     ", FAINT), (counted(ask.plan.more, "more step"), ATTN)])
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
            moved = glyphs.moved_from(change.was, change.step.order)
            return moved, number, TEXT, f"was {change.was}"
        case Change.SAME:
            return "", number, MUTED if changed else TEXT, ""


# --- typing ----------------------------------------------------------------------------------


def _typed(text: str) -> str:
    return clean(text).replace("\n", " ")


def _prompt(build: Build, word: str, typed: str) -> list[Spans]:
    """What is to be typed, what is, and the rest as a ghost behind the cursor."""
    what = WRITE_WORD if word == WRITE_WORD else "the instance"
    label: Spans = [(f"To run it, type {what}:", TEXT)]
    text = _typed(typed)
    cursor = Ink("on", "accent")
    if word.startswith(text):
        rest = word[len(text) :]
        parts: Spans = [(text, STRONG), (rest[:1] or " ", cursor), (rest[1:], FAINT)]
    else:
        text = fit(text, build.room // 2, build.glyphs.ellipsis)
        parts = [(text, FAIL), (" ", cursor), (f"  {word}", FAINT)]
    return build.flow([label, [part for part in parts if part[0]]], 2)

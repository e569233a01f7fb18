"""What answers cost, in words and rows: the panel's section, the status line, the docks."""

from collections.abc import Sequence

from das_tui.domain.usage import Amount, Bill, Forecast, Tariff
from das_tui.domain.waiting import Waiting
from das_tui.view.ages import age, thousands
from das_tui.view.clean import one_line
from das_tui.view.dock import BAND, MENU, DockView
from das_tui.view.glyphs import UTF8, Glyphs
from das_tui.view.panel import Cost
from das_tui.view.rows import ATTN, FAINT, MUTED, STRONG, TEXT, Ink, Row, Span
from das_tui.view.spec import PROSE_WIDTH
from das_tui.view.status import spread
from das_tui.view.wrap import Spans, cut, fit, pad, wrap

INCLUDED = "included"
"""What stands in the place of an amount where the month's free characters cover it."""

_BOLD = Ink("text", bold=True)
_WARN = Ink("attn", bold=True)
_BLANKS = ("top", "title", "bottom", "keys")
"""Blank rows of a dock in the order in which they go when rows are short."""


def money(value: float, *, about: bool = False) -> str:
    """An amount: `0.29 USD`, an estimate `~0.29 USD`."""
    return f"{'~' if about else ''}{value:,.2f} USD"


def amount(found: Amount, tariff: Tariff) -> str:
    """What characters cost: `0.29 USD`, `included` where they are free, empty without a price."""
    if found.cost is None:
        return ""
    if not found.cost and found.chars and tariff.included and tariff.price:
        return INCLUDED
    return money(found.cost, about=found.estimated)


def chars(found: Amount) -> str:
    """A number of characters, `~` before an estimate."""
    return f"{'~' if found.estimated else ''}{thousands(found.chars)}"


def cost(bill: Bill | None) -> Cost:
    """The facts of the panel's section."""
    if bill is None:
        return Cost()
    tariff = bill.tariff
    return Cost(
        run=amount(bill.turn, tariff),
        session=_total(bill.session, tariff),
        today=_total(bill.day, tariff),
        month=_month(bill),
        chars=chars(bill.turn),
        budget=money(tariff.budget) if tariff.budget is not None and tariff.price else "",
        over=bool(tariff.budget is not None and (bill.month.cost or 0.0) > tariff.budget),
    )


def today(bill: Bill | None) -> str:
    """What the sidebar says of the day, empty where no price is known."""
    if bill is None or bill.day.cost is None:
        return ""
    text = _total(bill.day, bill.tariff)
    return text if text.endswith("USD") else f"{text} chars"


def _total(found: Amount, tariff: Tariff) -> str:
    """An amount of money; of what is free, or has no price, the characters."""
    text = amount(found, tariff)
    return text if text and text != INCLUDED else chars(found)


def _month(bill: Bill) -> str:
    """The month against what is included, else what it costs."""
    month, tariff = bill.month, bill.tariff
    if tariff.included and month.chars <= tariff.included:
        about = "~" if month.estimated else ""
        used, free = thousands(month.chars, short=True), thousands(tariff.included, short=True)
        return f"{about}{used} of {free}"
    return _total(month, tariff)


# --- docks -------------------------------------------------------------------------------------


def budget_rows(
    forecast: Forecast, text: str, width: int, height: int, *, glyphs: Glyphs = UTF8
) -> DockView:
    """The dock of a question, `text`, that may pass the budget: `y` sends it, esc keeps the
    draft."""
    room = max(8, width - 5)
    facts: list[tuple[str, str, Ink]] = [
        ("spent this month", money(forecast.spent), TEXT),
        ("may be under way", money(forecast.pending), TEXT),
        (f"an answer of {thousands(forecast.usual)} chars", money(forecast.expected), TEXT),
        ("would come to", money(forecast.end), _WARN),
        ("budget of the profile", money(forecast.budget), TEXT),
    ]
    if not forecast.pending:
        del facts[1]
    named = max(len(name) for name, *_ in facts)
    size = max(len(value) for _, value, _ in facts)
    lines = [
        [(pad(name, named), MUTED), ("  ", TEXT), (pad(value, size, right=True), ink)]
        for name, value, ink in facts
    ]
    asked = fit(one_line(text), min(room, PROSE_WIDTH), glyphs.ellipsis)
    body: list[Spans] = [[(asked, STRONG)], [], *lines] if asked else lines
    keys: Spans = [("y", _WARN), (" send this one", TEXT), ("   ", TEXT)]
    keys += [("esc", _WARN), (" keep the draft", TEXT)]
    title: Spans = [("This question may pass the budget", STRONG)]
    rows = _stacked(title, [_row(line, width, BAND) for line in body], keys, width, height, BAND)
    return DockView(rows, len(body), len(body), 0, True, ("y", "esc"))


def queue_rows(
    waiting: Sequence[Waiting],
    width: int,
    height: int,
    *,
    cursor: int = 0,
    now: float = 0.0,
    glyphs: Glyphs = UTF8,
) -> DockView:
    """The dock of the queue: `cursor` is a place in `waiting`, from 0. `j` and `k` move, `w` takes
    the question back into the composer, enter opens its session."""
    room = max(8, width - 5)
    cursor = max(0, min(cursor, len(waiting) - 1))
    one = waiting[cursor] if waiting else None
    count = f"{len(waiting)} wait" if len(waiting) != 1 else "1 waits"
    title = list(spread([("Questions in the queue", STRONG)], [(count, MUTED)], room))
    words = f"waits {one.behind}; not sent, not paid" if one is not None else "nothing waits"
    behind = [[(line, MUTED)] for line in wrap(one_line(words), min(room, PROSE_WIDTH))[:2]]
    keys: Spans = []
    named = [("j k", "move"), ("w", "take back"), ("enter", "open"), ("esc", "close")]
    for key, label in named[width < 48 :]:
        keys += [("   ", TEXT)] if keys else []
        keys += [(key, _BOLD), (f" {label}", MUTED)]
    window = max(1, min(len(waiting), height - 2 - len(behind)))
    top = max(0, min(cursor - window // 2, len(waiting) - window))
    listed = [
        _listed(item, at == cursor, width, now, glyphs)
        for at, item in enumerate(waiting[top : top + window], top)
    ]
    body = [*listed, *(_row(line, width, MENU) for line in behind)]
    rows = _stacked(title, body, keys, width, height, MENU)
    acting = ("j", "k", "w", "enter", "esc") if waiting else ("esc",)
    return DockView(rows, len(waiting), len(listed), top, True, acting)


def _listed(item: Waiting, here: bool, width: int, now: float, glyphs: Glyphs) -> Row:
    since: Span = (age(now - item.since) if now else "", ATTN if here else FAINT)
    mark: Span = (f" {glyphs.prompt} " if here else "   ", Ink("accent"))
    place = f"{item.place} "
    room = width - 3 - len(place) - 2 - len(since[0]) - 2
    text = fit(one_line(item.text), room, glyphs.ellipsis)
    left = [mark, (place, FAINT), (text, STRONG if here else TEXT)]
    line = cut(spread(left, [since] if since[0] else [], width - 2), 0, width)
    return Row(tuple(line), "sel" if here else MENU)


def _row(spans: Sequence[Span], width: int, fill: str) -> Row:
    return Row(tuple(cut([("   ", TEXT), *spans], 0, width)) if spans else (), fill)


def _stacked(
    title: Spans, body: Sequence[Row], keys: Spans, width: int, height: int, fill: str
) -> tuple[Row, ...]:
    """Title, body and keys with blank rows between, as far as there is room for those; then the
    body loses its first rows, never the keys."""
    body = body[max(0, len(body) + 2 - height) :]
    blanks = _BLANKS[max(0, 2 + len(body) + len(_BLANKS) - height) :]
    blank = Row((), fill)

    def gap(name: str) -> list[Row]:
        return [blank] if name in blanks else []

    head, foot = _row(title, width, fill), _row(keys, width, fill)
    return (*gap("top"), head, *gap("title"), *body, *gap("keys"), foot, *gap("bottom"))[-height:]

"""The lean way to the terminal: only what differs is written.

Textual repaints whole regions: a transcript that scrolls by one line costs some kilobytes a frame.
`Lean` stands between its compositor and the terminal. It keeps what every row shows and writes
changed cells, erases and scroll regions instead, with as few changes of style as possible. What
it does not understand is left to Textual, and what the terminal shows is then taken as unknown
until it was written again.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from operator import ne
from typing import NamedTuple

from rich.color import ColorSystem
from rich.console import Console
from textual.strip import Strip

from das_tui.light import dataclass
from das_tui.tui.canvas import Row, Strokes, cells_of, is_unsure
from das_tui.tui.damage import Damage, DoubtError, Piece, damage_of
from das_tui.tui.pens import PLAIN, UNKNOWN, Pens

VARIABLE = "DAS_TUI_OUTPUT"
"""The environment variable: `plain`, or `lean` also for a terminal that is not known."""

_MANY_PENS = 4096
_FEW_ROWS = 4
"""Fewer changed rows are not searched for a scroll."""

_NEARLY = 4
"""Cells in which a row that moved may differ: the cursor bar is one."""

_AT_ONCE = 1000
"""So many characters go out in one packet, and are shown at once without being told so."""

_FAMILIES = frozenset(
    "xterm screen tmux rxvt alacritty foot kitty wezterm konsole vte gnome ghostty contour "
    "iterm iterm2 mintty putty st linux mlterm".split()
)
"""Terminals with scroll regions, index, reverse index and erase as in the VT100."""

_ERASE_COLOURED = frozenset("alacritty foot konsole vte gnome mintty rxvt linux".split())
"""Terminals known to erase with the current background. `xterm` is not among them: kitty and
others that do not are reached under that name."""

_PROBE = "\x1b[2H \x1b[9b\x1b[6n"
"""Repeats a blank nine times and asks where the cursor is. In the second row, since a report from
the first one may read like a function key."""

_REPEATED = (10, 1)
"""Where the cursor then is in a terminal that repeats characters: its column and row from 0."""

_HARMLESS = re.compile(
    r"(?:\x07"
    r"|\x1b\](?:0|1|2|22|52);[^\x07\x1b]*(?:\x07|\x1b\\)"
    r"|\x1b\[\?(?:25|100[0-6]|1015|1016|2004|2026|2048)[hl]"
    r"|\x1b\[2[23];2t"
    r"|\x1b\[\?[0-9]+\$p"
    r"|\x1b\[[<>=?][0-9;]*u"
    r"|\x1bP(?:tmux;\x1b)?(?:\x1b\]52;c;)?[A-Za-z0-9+/=]*\x07?\x1b\\"
    r"|\x1b\[[0-9] q)*"
)
"""What changes no cell, no cursor place and no style: bell, titles, clipboard, modes, queries."""


class Shift(NamedTuple):
    """A block of rows that moved `up`, down if that is negative; `same` of them are as before."""

    top: int
    bottom: int
    up: int
    same: int


@dataclass(frozen=True, slots=True)
class Terminal:
    """What a terminal can be trusted with: that it `erases` with the current background, and
    `repeats` characters."""

    erases: bool = False
    repeats: bool = False


def terminal(environment: Mapping[str, str]) -> Terminal | None:
    """The terminal of `TERM`; None for plain output, which is asked for, or is the way for one that
    is not known unless `lean` is asked for."""
    wanted = environment.get(VARIABLE, "").strip().lower()
    family = re.split("[-.]", environment.get("TERM", ""), maxsplit=1)[0].lower()
    if wanted == "plain" or family in {"", "dumb", "unknown"}:
        return None
    if family not in _FAMILIES and wanted != "lean":
        return None
    return Terminal(erases=family in _ERASE_COLOURED)


class Lean:
    """What the terminal shows, and the shortest way to what it should show."""

    def __init__(self, known: Terminal) -> None:
        self._terminal = known
        self._repeats = known.repeats
        self._pens = Pens()
        self._rows: list[Row | None] = []
        self._width = 0
        self._cursor = (-1, -1)
        self._stale = True
        self.doubts = 0

    @property
    def stale(self) -> bool:
        """Whether what the terminal shows is not known, so that an update of the whole screen is
        wanted next."""
        return self._stale

    def forget(self) -> None:
        """Whatever the terminal shows may be something else now; any thread may call this."""
        self._stale = True

    def question(self) -> str:
        """What to write to a terminal before anything is shown, so that it proves what it can."""
        self._repeats = self._terminal.repeats
        return _PROBE

    def answer(self, x: int, y: int) -> None:
        """The terminal said where its cursor is; any thread may call this. Without an answer
        nothing is taken for granted."""
        self._repeats = self._repeats or (x, y) == _REPEATED

    def heed(self, text: str) -> None:
        """Something else was written to the terminal."""
        if not _HARMLESS.fullmatch(text):
            self.forget()

    def render(
        self, update: object, console: Console, cursor: tuple[int, int], *, whole: bool
    ) -> str | None:
        """What to write for `update`, with the cursor at (column, row) `cursor` afterwards; empty
        if the terminal shows it already.

        `whole` says that the terminal can show an update all at once, so that a part of a row may
        move aside and back. None for an update that Textual must write itself.
        """
        try:
            damage = damage_of(update)
        except DoubtError:
            self.doubts += 1
            self.forget()
            return None
        if len(self._pens) > _MANY_PENS:
            self._pens = Pens()
            self.forget()
        start = PLAIN
        if self._stale or (self._width, len(self._rows)) != damage[:2]:
            self._stale = False
            self._width = damage.width
            self._rows = [None] * damage.height
            self._cursor = (-1, -1)
            start = UNKNOWN
        return self._written(damage, console, cursor, start, whole)

    # --- what is to be shown -------------------------------------------------------------------

    def _written(
        self, damage: Damage, console: Console, cursor: tuple[int, int], start: int, whole: bool
    ) -> str:
        """Take the update over; the bytes for it."""
        colours = console._color_system or ColorSystem.TRUECOLOR
        wanted: dict[int, Row] = {}
        loose: dict[int, str] = {}
        for y, pieces in damage.rows.items():
            old = self._rows[y]
            row = None
            try:
                row = self._row(old, pieces, colours)
            except (DoubtError, ValueError):
                self.doubts += 1
            if row is None:
                loose[y] = _as_textual(y, pieces, console)
                self._rows[y] = None
            elif old is None or row.cuts != old.cuts or not old.shows(row):
                wanted[y] = row
        strokes = self._shortest(damage, wanted, start, whole)
        for y, row in wanted.items():
            self._rows[y] = row
        for text in loose.values():
            strokes.raw(text)
        text = self._closed(strokes, cursor, start)
        if whole and (strokes.shifted or len(text) > _AT_ONCE):
            return f"\x1b[?2026h{text}\x1b[?2026l"
        return text

    def _closed(self, strokes: Strokes, cursor: tuple[int, int], start: int) -> str:
        """The text of `strokes`, with a plain pen and the cursor in its place at the end."""
        if not strokes.parts and start == PLAIN and cursor == self._cursor:
            return ""
        self._cursor = cursor
        strokes.plain()
        strokes.go(cursor[1], cursor[0])
        return strokes.text()

    def _strokes(self, start: int) -> Strokes:
        erases, repeats = self._terminal.erases, self._repeats
        return Strokes(self._pens, start, erases=erases, repeats=repeats)

    def _changed(self, wanted: Mapping[int, Row], start: int) -> Strokes:
        strokes = self._strokes(start)
        for y, row in wanted.items():
            strokes.row(y, self._rows[y], row)
        return strokes

    def _row(self, old: Row | None, pieces: Sequence[Piece], colours: ColorSystem) -> Row | None:
        """The row with `pieces` laid over it; None if what lies beside them is not known."""
        covered = 0
        for x, strip in pieces:
            if x != covered:
                break
            covered += strip.cell_length
        if covered == self._width:
            row = Row([], [], tuple(x for x, _ in pieces))
            for _, strip in pieces:
                self._draw(strip, row, colours)
            return row
        if old is None:
            return None
        chars, pens, cuts = old.chars[:], old.pens[:], {*old.cuts}
        unsure = False
        for x, strip in pieces:
            drawn = Row([], [])
            self._draw(strip, drawn, colours)
            end = x + len(drawn.chars)
            if end > self._width or not chars[x] or (end < self._width and not chars[end]):
                raise DoubtError
            chars[x:end] = drawn.chars
            pens[x:end] = drawn.pens
            cuts.add(x)
            unsure = unsure or drawn.unsure
        if old.unsure and not unsure:
            unsure = any(len(char) > 1 or is_unsure(char) for char in chars if char > "\x7f")
        return Row(chars, pens, tuple(sorted(cuts)), unsure)

    def _draw(self, strip: Strip, row: Row, colours: ColorSystem) -> None:
        """Append the cells of `strip` to `row`."""
        chars, pens = row.chars, row.pens
        before = len(chars)
        for text, style, control in strip:
            if control or (style is not None and style.link):
                raise DoubtError
            if not text:
                continue
            pen = PLAIN
            if style is not None:
                codes = style._ansi
                pen = self._pens.number(
                    Strip.render_ansi(style, colours) if codes is None else codes
                )
            if text.isascii():
                if not text.isprintable():
                    raise DoubtError
                chars.extend(text)
                pens.extend([self._pens.blank(pen) if text.isspace() else pen] * len(text))
            else:
                row.unsure |= _draw_wide(text, pen, chars, pens, before)
        if len(chars) - before != strip.cell_length:
            raise DoubtError

    # --- scrolling -----------------------------------------------------------------------------

    def _shortest(
        self, damage: Damage, wanted: Mapping[int, Row], start: int, whole: bool
    ) -> Strokes:
        """The rows written as they are, or with a scroll region where a block of them moved."""
        columns = self._busiest(damage, wanted) if len(wanted) >= _FEW_ROWS else None
        full = columns == (0, self._width)
        if columns is None or not (full or whole):
            return self._changed(wanted, start)
        found = self._shift(wanted, *columns)
        if found is None or None in self._rows[found.top : found.bottom + 1]:
            return self._changed(wanted, start)
        wider = self._stretched(found, wanted, *columns)
        known = None not in self._rows[wider.top : wider.bottom + 1]
        moved = self._moved(wider if known else found, wanted, start)
        moved.shifted = not full
        if full and 2 * found.same >= found.bottom - found.top:
            return moved
        changed = self._changed(wanted, start)
        return moved if moved.cost() < changed.cost() else changed

    def _moved(self, found: Shift, wanted: Mapping[int, Row], start: int) -> Strokes:
        """The rows written after a block of them was moved."""
        top, bottom, rows = found.top, found.bottom, self._rows
        block = rows[top : bottom + 1]
        size = abs(found.up)
        edge = wanted.get(bottom if found.up > 0 else top)
        pen = PLAIN
        if self._terminal.erases and edge is not None:
            pen = self._pens.blank(edge.pens[-1])
            pen = pen if self._pens.is_blank(pen) else PLAIN
        fresh: list[Row | None] = [Row([" "] * self._width, [pen] * self._width)] * size
        block = [*block[size:], *fresh] if found.up > 0 else [*fresh, *block[:-size]]
        strokes = self._strokes(start)
        strokes.scroll(top, bottom, found.up, pen)
        for y in sorted({*wanted, *range(top, bottom + 1)}):
            row = wanted.get(y) or rows[y]
            assert row is not None
            strokes.row(y, block[y - top] if top <= y <= bottom else rows[y], row)
        return strokes

    def _busiest(self, damage: Damage, wanted: Mapping[int, Row]) -> tuple[int, int] | None:
        """The columns from and to in which most rows changed."""
        counts: Counter[tuple[int, int]] = Counter()
        for y, row in wanted.items():
            old = self._rows[y]
            for x, strip in damage.rows[y]:
                end = x + strip.cell_length
                if old is None or old.chars[x:end] != row.chars[x:end]:
                    counts[x, end] += 1
        columns, count = max(counts.items(), key=lambda item: item[1], default=((0, 0), 0))
        return columns if count >= _FEW_ROWS else None

    def _shift(self, wanted: Mapping[int, Row], x: int, end: int) -> Shift | None:
        """The block of rows that moved between these columns."""
        places: dict[str, list[int]] = {}
        for y in range(min(wanted), max(wanted) + 1):
            old = self._rows[y]
            if old is not None and not (text := old.text(x, end)).isspace():
                places.setdefault(text, []).append(y)
        votes = Counter(
            other - y
            for y, row in wanted.items()
            for other in places.get(row.text(x, end), ())[:3]
            if other != y
        )
        if not votes:
            return None
        up = votes.most_common(1)[0][0]
        same = [
            y
            for y, row in wanted.items()
            if 0 <= y + up < len(self._rows)
            and (old := self._rows[y + up]) is not None
            and row.looks_like(old, x, end)
        ]
        if not same:
            return None
        return Shift(min(same) + min(0, up), max(same) + max(0, up), up, len(same))

    def _stretched(self, found: Shift, wanted: Mapping[int, Row], x: int, end: int) -> Shift:
        """The block with the rows above and below that moved along and changed a little."""
        up = found.up
        first, last = found.top - min(0, up), found.bottom - max(0, up)

        def reach(y: int, step: int) -> int:
            furthest = y
            while self._nearly(y + step, up, wanted, x, end):
                y += step
                if y in wanted and not self._nearly(y, 0, wanted, x, end):
                    furthest = y
            return furthest

        top, bottom = reach(first, -1) + min(0, up), reach(last, 1) + max(0, up)
        return found._replace(top=top, bottom=bottom)

    def _nearly(self, y: int, up: int, wanted: Mapping[int, Row], x: int, end: int) -> bool:
        """Whether row `y` is to show almost what stands `up` rows further down."""
        if not (0 <= y < len(self._rows) and 0 <= y + up < len(self._rows)):
            return False
        old, new = self._rows[y + up], wanted.get(y) or self._rows[y]
        if old is None or new is None:
            return False
        pens: int = sum(map(ne, old.pens[x:end], new.pens[x:end]))
        chars: int = sum(map(ne, old.chars[x:end], new.chars[x:end]))
        return pens + chars <= _NEARLY


def _as_textual(y: int, pieces: Iterable[Piece], console: Console) -> str:
    """The pieces of one row as Textual writes them."""
    return "".join(f"\x1b[{y + 1};{x + 1}H{strip.render(console)}" for x, strip in pieces)


def _draw_wide(text: str, pen: int, chars: list[str], pens: list[int], before: int) -> bool:
    """Append the cells of a text that is not ASCII; whether terminals may disagree about it."""
    unsure = False
    for char in text:
        size = cells_of(char)
        if size < 0 or (not size and len(chars) <= before):
            raise DoubtError
        if not size:
            place = len(chars) - (1 if chars[-1] else 2)
            chars[place] += char
            unsure = True
            continue
        unsure = unsure or is_unsure(char)
        chars.append(char)
        pens.append(pen)
        if size == 2:
            chars.append("")
            pens.append(pen)
    return unsure

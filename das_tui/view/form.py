"""A form as rows: fields with their labels, the one under the cursor, the one being written."""

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from das_tui.light import dataclass
from das_tui.view.clean import clean, one_line
from das_tui.view.glyphs import UTF8, Glyphs
from das_tui.view.line import Line
from das_tui.view.rows import (
    ACCENT,
    ATTN,
    BLANK,
    FAIL,
    FAINT,
    MUTED,
    STRONG,
    TEXT,
    Ink,
    Row,
    Span,
    cursor_bar,
)
from das_tui.view.wrap import Spans, cells, cut, fit, pad, span_cells, wrap

HEAD = Ink("muted", underline=True)
_LABELS = 22
"""The widest column of labels."""
_MARK = 2
"""Cells before a value, for the mark of what is chosen or switched on."""


class Option(NamedTuple):
    """One of several: the value that is kept, the words for it, and more about it."""

    value: str
    words: str = ""
    about: str = ""

    @property
    def label(self) -> str:
        """The words, else the value itself."""
        return one_line(self.words or self.value, 200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One line of a form. Fields of one `group` stand below its name.

    `note` tells what the field does, `error` what is wrong with it, `warning` what its value
    brings with it. `hint` stands where nothing is set, `example` while nothing is written yet.
    """

    name: str
    label: str = ""
    group: str = ""
    note: str = ""
    hint: str = ""
    example: str = ""
    error: str = ""
    warning: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextField(Field):
    """Written text; `picks` says that enter opens a list to choose from."""

    value: str = ""
    words: str = ""
    picks: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceField(Field):
    """One of `options`; with `free` any other text too."""

    value: str = ""
    options: tuple[Option, ...] = ()
    free: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchField(Field):
    """Off or on, in words."""

    on: bool = False
    words: tuple[str, str] = ("off", "on")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListField(Field):
    """Several texts, one in each row, and a last row for one more."""

    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ActField(Field):
    """What enter does with the whole form; the label says it."""


AnyField: TypeAlias = TextField | ChoiceField | SwitchField | ListField | ActField


class Stop(NamedTuple):
    """Where the cursor can stand: a field by its number and, in a list, the number of the row."""

    field: int
    item: int = 0


class FormView(NamedTuple):
    """`rows` and, for each, the stop that it belongs to (None for none). `first` to `last` are
    the rows under the cursor; `caret` is (column, row) of the text being written."""

    rows: list[Row]
    stops: list[Stop | None]
    first: int
    last: int
    caret: tuple[int, int] | None


def stops(fields: Sequence[AnyField]) -> list[Stop]:
    """All places of the cursor, from the top."""
    return [
        Stop(number, item)
        for number, field in enumerate(fields)
        for item in range(len(field.values) + 1 if isinstance(field, ListField) else 1)
    ]


def shown_options(field: ChoiceField) -> tuple[Option, ...]:
    """The options, and the value itself where it is none of them."""
    if not field.value or any(option.value == field.value for option in field.options):
        return field.options
    return (*field.options, Option(field.value))


def rows(
    fields: Sequence[AnyField],
    width: int,
    *,
    cursor: Stop,
    line: Line | None = None,
    dense: bool = False,
    notes: bool = False,
    glyphs: Glyphs = UTF8,
) -> FormView:
    """The form at `width` cells. `line` is the text being written at `cursor`. A `dense` form has
    no blank rows; `notes` puts the note of the field under the cursor below it."""
    build = _Build(fields, width, cursor, line, glyphs)
    group = ""
    for number, field in enumerate(fields):
        if field.group != group:
            group = field.group
            if not dense and build.rows:
                build.add(BLANK)
            if group:
                build.add(_head(group, width))
            elif dense and build.rows:
                build.add(BLANK)
        build.field(number, field)
        if notes and number == cursor.field and field.note:
            build.below(field.note, FAINT)
        if field.warning:
            build.below(field.warning, ATTN, glyphs.cut)
        if field.error:
            build.below(field.error, FAIL, glyphs.failed)
    return FormView(build.rows, build.stops, build.first, build.last, build.caret)


def picker(
    options: Sequence[Option],
    width: int,
    *,
    cursor: int,
    glyphs: Glyphs = UTF8,
) -> list[Row]:
    """A list to choose from, one option in a row, the one under the cursor marked."""
    words = min(max((cells(option.label) for option in options), default=0), max(12, width // 2))
    found = []
    for number, option in enumerate(options):
        here = number == cursor
        ink = STRONG if here else TEXT
        label = fit(option.label, width - 5, glyphs.ellipsis)
        spans: Spans = [cursor_bar(glyphs.bar, here), ("  ", TEXT), (label, ink)]
        room = width - 3 - words - 3 - 2
        if option.about and room >= 8:
            spans = [*spans[:2], (pad(fit(label, words, glyphs.ellipsis), words + 3), ink)]
            # Its blanks stay: they may be those of columns.
            about = clean(option.about[:400]).replace("\n", " ")
            spans.append((fit(about, room, glyphs.ellipsis), MUTED))
        found.append(Row(tuple(spans), "sel" if here else None))
    return found


def title(name: str, about: str, right: str, width: int, glyphs: Glyphs = UTF8) -> Row:
    """The head row of a page: its name, what it is about, and a fact at the right edge."""
    left: Spans = [("   ", TEXT), (name, STRONG)]
    facts: Spans = [(right, FAINT)] if right and width >= 60 else []
    room = width - 2 - span_cells(left) - span_cells(facts) - 4
    if about and room > 4:
        left.append((f"  {fit(one_line(about), room, glyphs.ellipsis)}", MUTED))
    space = max(1, width - 2 - span_cells(left) - span_cells(facts))
    return Row(tuple(cut([*left, (" " * space, TEXT), *facts], 0, width)))


def _head(name: str, width: int) -> Row:
    return Row((("   ", TEXT), (pad(fit(name, width - 6, ""), max(0, width - 6)), HEAD)))


class _Build:
    """Collects rows; `field` draws one field, `below` a sentence under it."""

    def __init__(
        self,
        fields: Sequence[AnyField],
        width: int,
        cursor: Stop,
        line: Line | None,
        glyphs: Glyphs,
    ) -> None:
        self.width = width
        self.cursor = cursor
        self.line = line
        self.glyphs = glyphs
        self.rows: list[Row] = []
        self.stops: list[Stop | None] = []
        self.first = self.last = 0
        self.caret: tuple[int, int] | None = None
        longest = max(
            (cells(field.label) for field in fields if not isinstance(field, ActField)), default=0
        )
        self.labels = min(longest, _LABELS, max(8, width // 3)) + (3 if width >= 60 else 2)
        self.at = 3 + self.labels + _MARK
        self.room = max(4, width - self.at - 2)

    def add(self, row: Row, stop: Stop | None = None) -> None:
        self.rows.append(row)
        self.stops.append(stop)

    def field(self, number: int, field: AnyField) -> None:
        match field:
            case ActField():
                here = number == self.cursor.field
                self._row(Stop(number), "", [(field.label, STRONG if here else TEXT)], flush=True)
            case ListField():
                self._list(number, field)
            case ChoiceField():
                self._row(Stop(number), field.label, self._choice(number, field), marked=True)
            case SwitchField():
                glyph = self.glyphs.finished if field.on else self.glyphs.idle
                mark = (f"{glyph} ", TEXT if field.on else FAINT)
                words = (field.words[field.on], STRONG if field.on else MUTED)
                self._row(Stop(number), field.label, [mark, words], marked=True)
            case TextField():
                shown = field.words or field.value
                value: Span = (one_line(shown), TEXT) if shown else (field.hint, FAINT)
                self._row(Stop(number), field.label, [value], ghost=field.example)

    def _list(self, number: int, field: ListField) -> None:
        for item, value in enumerate(field.values):
            label = "" if item else field.label
            self._row(Stop(number, item), label, [(one_line(value), TEXT)])
        label = "" if field.values else field.label
        words = "one more" if field.values else field.hint
        self._row(Stop(number, len(field.values)), label, [(words, FAINT)], ghost=field.example)

    def _choice(self, number: int, field: ChoiceField) -> Spans:
        options = shown_options(field)
        place = next((i for i, option in enumerate(options) if option.value == field.value), 0)
        chosen = options[place].label if options else ""
        whole: Spans = []
        for at, option in enumerate(options):
            mark = f"{self.glyphs.prompt} " if at == place else "  "
            whole += [
                (mark, ACCENT if number == self.cursor.field else MUTED),
                (option.label + "  ", STRONG if at == place else FAINT),
            ]
        if whole and span_cells(whole) - 2 <= self.room + _MARK:
            return whole
        count = f"  {place + 1}/{len(options)}"
        room = self.room - cells(count)
        label = fit(chosen, room, self.glyphs.ellipsis)
        return [*whole[place * 2 : place * 2 + 1], (label, STRONG), (count, FAINT)]

    def _row(
        self,
        stop: Stop,
        label: str,
        value: Spans,
        *,
        ghost: str = "",
        flush: bool = False,
        marked: bool = False,
    ) -> None:
        here = stop == self.cursor
        if here:
            self.first = len(self.rows)
            if self.line is not None:
                value, column = self.line.spans(self.room, ghost=ghost, glyphs=self.glyphs)
                self.caret = (self.at + column, len(self.rows))
                marked = False
            self.last = self.first
        left = "" if flush else pad(fit(label, self.labels - 1, self.glyphs.ellipsis), self.labels)
        ink = TEXT if here else MUTED
        space = "" if marked or flush else " " * _MARK
        bar = cursor_bar(self.glyphs.bar, here)
        spans: Spans = [bar, ("  ", TEXT), (left + space, ink), *value]
        if span_cells(spans) > self.width - 1:
            spans = [*cut(spans, 0, self.width - 2), (self.glyphs.ellipsis, FAINT)]
        fill = "raised" if here and self.line is not None else "sel" if here else None
        self.add(Row(tuple(spans), fill), stop)

    def below(self, text: str, ink: Ink, glyph: str = "") -> None:
        """A sentence below the field just drawn, wrapped at the column of the values, or over
        the whole width where that is narrow."""
        stop = self.stops[-1]
        at = self.at if self.room >= 32 else 5
        lead = f"{glyph} " if glyph else ""
        for number, part in enumerate(wrap(clean(text), max(8, self.width - at - 2 - cells(lead)))):
            start = " " * at + (lead if not number else " " * cells(lead))
            self.add(Row(((start, ink), (part, ink))), stop)
        if stop is not None and stop.field == self.cursor.field:
            self.last = len(self.rows) - 1

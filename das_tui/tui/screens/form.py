"""A page with fields: moving between them, writing in them, choosing from lists."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

from textual.events import Click, Key, Paste
from textual.geometry import Offset

from das_tui.tui.actions import folded
from das_tui.tui.screens.page import Page
from das_tui.tui.screens.picker import Picker
from das_tui.tui.theme import Palette
from das_tui.view import form as form_view
from das_tui.view.form import (
    ActField,
    AnyField,
    ChoiceField,
    FormView,
    ListField,
    Option,
    Stop,
    SwitchField,
    TextField,
)
from das_tui.view.glyphs import Glyphs
from das_tui.view.line import Line
from das_tui.view.rows import MUTED, TEXT, Row
from das_tui.view.wrap import fit

Value: TypeAlias = str | bool | tuple[str, ...]

_NARROW = 76
"""Below this width a note stands under its field and not in the row above the footer."""

_DOWN = frozenset({"j", "down", "tab", "ctrl+n"})
_UP = frozenset({"k", "up", "shift+tab", "ctrl+p"})
_FAR = {"g": -(10**6), "home": -(10**6), "G": 10**6, "end": 10**6}
_CLEAR = frozenset({"x", "delete", "backspace"})


class FormPage(Page):
    """A form. A subclass gives `fields` from its own values and takes each change by `put`.

    `j` `k` and tab move, enter writes or chooses, space and the arrows change, `x` empties a
    field. While a text is written every key belongs to it: enter takes it, esc leaves it.
    """

    def __init__(self, palette: Palette, glyphs: Glyphs) -> None:
        super().__init__(palette, glyphs)
        self.line: Line | None = None
        self.picker: Picker | None = None
        self.errors: dict[str, str] = {}
        self._field_name = ""
        self._field_item = 0
        self._view: FormView | None = None

    # --- what a subclass says ------------------------------------------------------------------

    @abstractmethod
    def fields(self) -> Sequence[AnyField]:
        """The fields with their present values."""

    @abstractmethod
    def put(self, name: str, value: Value) -> None:
        """Take a value: text, the rows of a list, or whether a switch is on. ValueError with a
        sentence refuses it."""

    @abstractmethod
    def act(self, name: str) -> None:
        """Enter on an ActField."""

    def pick(self, name: str) -> None:
        """Enter on a text field that picks: open `picker`."""

    def done_keys(self) -> list[tuple[str, str]]:
        """What the footer says of the form as a whole."""
        return [("esc", "back")]

    # --- the cursor ----------------------------------------------------------------------------

    @property
    def at(self) -> Stop:
        """Where the cursor stands."""
        fields = self.fields()
        number = next((n for n, field in enumerate(fields) if field.name == self._field_name), 0)
        found = fields[number]
        last = len(found.values) if isinstance(found, ListField) else 0
        return Stop(number, max(0, min(self._field_item, last)))

    @property
    def here(self) -> AnyField:
        """The field under the cursor."""
        return self.fields()[self.at.field]

    def go(self, name: str, item: int = 0) -> None:
        """Put the cursor on a field."""
        self._field_name, self._field_item = name, item

    def _move(self, steps: int) -> None:
        fields = self.fields()
        places = form_view.stops(fields)
        place = max(0, min(len(places) - 1, places.index(self.at) + steps))
        self.go(fields[places[place].field].name, places[place].item)

    # --- painting ------------------------------------------------------------------------------

    def rows(self, width: int) -> list[Row]:
        """The form, or the list that stands in its place."""
        if self.picker is not None:
            return self.picker.rows(self, width)
        marked = [_with_error(field, self.errors.get(field.name, "")) for field in self.fields()]
        view = self._view = form_view.rows(
            marked,
            width,
            cursor=self.at,
            line=self.line,
            dense=self.size.height < 30,
            notes=width < _NARROW,
            glyphs=self.glyphs,
        )
        top = view.first - 1 if view.first == 1 else view.first
        self.scroll_row = max(self.scroll_row, view.last - self.body_rows + 1)
        self.scroll_row = min(self.scroll_row, top)
        return view.rows

    def repaint(self) -> None:
        """Paint, and put the terminal's own cursor where one writes: an input method shows there
        what it makes of the keys."""
        super().repaint()
        view = self._view
        if self.is_mounted and view is not None and view.caret is not None and not self.picker:
            column, row = view.caret
            top = len(self.head(self.size.width)) - self.scroll_row
            self.app.cursor_position = Offset(column, row + top)

    def status(self, width: int) -> Row:
        """What the field under the cursor is for."""
        if self.picker is not None:
            return self.picker.status()
        note = self.here.note if width >= _NARROW else ""
        return Row((("   ", TEXT), (fit(note, width - 5, self.glyphs.ellipsis), MUTED)))

    def keys(self) -> list[tuple[str, str]]:
        """The footer: what the field under the cursor takes."""
        if self.picker is not None:
            return self.picker.keys(self.glyphs)
        if self.line is not None:
            return [("enter", "take"), ("tab", "take, go on"), ("^u", "clear"), ("esc", "leave")]
        arrows = f"{self.glyphs.left} {self.glyphs.right}"
        keys: list[tuple[str, str]] = []
        match self.here:
            case ChoiceField(free=free):
                keys = [(arrows, "choose"), *([("enter", "other")] if free else [])]
            case SwitchField():
                keys = [("space", "switch")]
            case TextField(picks=True):
                keys = [("enter", "list"), ("e", "write"), ("x", "empty")]
            case TextField():
                keys = [("enter", "write"), ("x", "empty")]
            case ListField(values=values):
                more = self.at.item >= len(values)
                keys = [("enter", "add")] if more else [("enter", "edit"), ("x", "remove")]
            case ActField():
                keys = [("enter", "do it")]
        return [*keys, *self.done_keys(), ("j k", "move")]

    # --- keys ----------------------------------------------------------------------------------

    def handle(self, event: Key) -> bool:
        """Write, choose or move; no key is Textual's business here."""
        if self.picker is not None:
            self.picker.key(event, self._picked, self._leave_picker)
        elif self.line is not None:
            self._line_key(self.line, event)
        else:
            self._form_key(event)
        self.repaint()
        return True

    def _form_key(self, event: Key) -> None:
        key = folded(event.character) if event.is_printable else None
        key = {" ": "space"}.get(key or "", key) or event.key
        field = self.here
        if key in _DOWN:
            self._move(1)
        elif key in _UP:
            self._move(-1)
        elif key in _FAR:
            self._move(_FAR[key])
        elif key in {"pagedown", "ctrl+d"}:
            self._move(5)
        elif key in {"pageup", "ctrl+u"}:
            self._move(-5)
        elif key in {"escape", "ctrl+c", "q"}:
            self.leave()
        elif key in _CLEAR:
            self._clear(field)
        elif key in {"left", "right", "h", "l"}:
            self._turn(field, 1 if key in {"right", "l"} else -1)
        elif key == "space":
            self._turn(field, 1)
        elif key in {"enter", "ctrl+j"}:
            self._enter(field)
        elif key == "e" and isinstance(field, TextField):
            self.line = Line.of(field.value)
        else:
            self.other_key(key)

    def other_key(self, key: str) -> None:
        """A key that the form itself has no use for."""

    def leave(self) -> None:
        """Esc: back, with nothing done."""
        self.dismiss()

    def _enter(self, field: AnyField) -> None:
        match field:
            case TextField(picks=True):
                self.pick(field.name)
            case TextField(value=value):
                self.line = Line.of(value)
            case ListField(values=values):
                item = self.at.item
                self.line = Line.of(values[item] if item < len(values) else "")
            case ChoiceField(free=True):
                known = any(option.value == field.value for option in field.options)
                self.line = Line.of("" if known else field.value)
            case ChoiceField() | SwitchField():
                self._turn(field, 1)
            case ActField():
                self.act(field.name)

    def _turn(self, field: AnyField, steps: int) -> None:
        """The next or previous option, on or off."""
        if isinstance(field, SwitchField):
            self._put(field.name, not field.on)
        elif isinstance(field, ChoiceField):
            options = form_view.shown_options(field)
            values = [option.value for option in options]
            place = values.index(field.value) if field.value in values else 0
            if values:
                self._put(field.name, values[(place + steps) % len(values)])

    def _clear(self, field: AnyField) -> None:
        match field:
            case ListField(values=values):
                item = self.at.item
                self._put(field.name, (*values[:item], *values[item + 1 :]))
            case SwitchField():
                self._put(field.name, False)
            case TextField() | ChoiceField():
                self._put(field.name, "")

    def _put(self, name: str, value: Value) -> bool:
        """Hand a value over; whether it was taken."""
        try:
            self.put(name, value)
        except ValueError as error:
            self.errors[name] = str(error)
            return False
        self.errors.pop(name, None)
        return True

    # --- writing -------------------------------------------------------------------------------

    def _line_key(self, line: Line, event: Key) -> None:
        edited = line.key(event.key)
        if event.key in {"escape", "ctrl+c"}:
            self.line = None
            self.errors.pop(self.here.name, None)
        elif event.key in {"enter", "tab", "down", "shift+tab", "up"}:
            if self._take(line):
                self._move(-1 if event.key in _UP else 1)
        elif event.key == "ctrl+j":
            self._next_line(line)
        elif edited is not None:
            self.line = edited
        elif event.character and event.character.isprintable():
            self.line = line.typed(event.character)

    def _take(self, line: Line) -> bool:
        """What was written becomes the value; whether it could."""
        field, text = self.here, line.text.strip()
        value: Value = text
        if isinstance(field, ListField):
            item = self.at.item
            inner = (text,) if text else ()
            value = (*field.values[:item], *inner, *field.values[item + 1 :])
        if not self._put(field.name, value):
            return False
        self.line = None
        return True

    def _next_line(self, line: Line) -> None:
        """A line break: the next row of a list, and nothing but a blank elsewhere."""
        if isinstance(self.here, ListField):
            if self._take(line):
                self._move(1)
                field = self.here
                if isinstance(field, ListField) and self.at.item == len(field.values):
                    self.line = Line()
        else:
            self.line = line.typed(" ")

    def on_paste(self, event: Paste) -> None:
        """Pasted text goes where one writes; each line of it becomes a row of a list."""
        event.stop()
        target = self.picker.line if self.picker is not None else self.line
        if target is None:
            return
        first, *rest = event.text.splitlines() or [""]
        if self.picker is not None:
            self.picker.line = target.typed(first)
        else:
            self.line = target.typed(first)
            for part in rest:
                if self.line is not None:
                    self._next_line(self.line)
                if self.line is not None:
                    self.line = self.line.typed(part)
        self.repaint()

    # --- choosing ------------------------------------------------------------------------------

    def _picked(self, option: Option) -> None:
        picker, self.picker = self.picker, None
        if picker is not None:
            self._put(picker.name, option.value)

    def _leave_picker(self) -> None:
        self.picker = None

    def on_click(self, event: Click) -> None:
        """A click puts the cursor there; a second one does what enter does."""
        row = int(event.screen_y) - len(self.head(self.size.width)) + self.scroll_row
        if self.picker is not None or self.line is not None or self._view is None:
            return
        if 0 <= row < len(self._view.stops) and event.screen_y < self.size.height - 2:
            stop = self._view.stops[row]
            if stop is not None:
                if stop == self.at:
                    self._enter(self.here)
                self.go(self.fields()[stop.field].name, stop.item)
                self.repaint()


def _with_error(field: AnyField, error: str) -> AnyField:
    return replace(field, error=error) if error else field

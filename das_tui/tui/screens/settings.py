"""The settings as a menu below the transcript: what is changed shows at once, there and all round.

A change counts and is kept at once; `u` takes the last one back. The screen behind is the preview.
"""

import os
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, get_args, get_type_hints

from textual.events import Key

from das_tui.config.settings import Settings
from das_tui.tui import dressing
from das_tui.tui.actions import folded
from das_tui.tui.attention import Attention
from das_tui.tui.futures import when_done
from das_tui.tui.keeper import Keeper
from das_tui.tui.options import AppOptions
from das_tui.tui.theme import PALETTES, choose
from das_tui.view.dock import DockView
from das_tui.view.glyphs import ASCII, UTF8
from das_tui.view.listing import Choice
from das_tui.view.settings import Setting, menu

if TYPE_CHECKING:
    from das_tui.tui.app import DasApp
    from das_tui.tui.screens.program import ProgramScreen

LEVELS = (0, 10, 20, 30, 40, 50)

_WORDS: dict[str, dict[object, str]] = {
    "theme": {"": "as the terminal"},
    "level": {0: "all"},
    "bell": {"bell": "bell and title", "title": "title alone", "off": "off"},
    "link": {"auto": "as measured", "slow": "slow", "fast": "fast"},
    "utc": {False: "local", True: "UTC"},
    "seconds": {False: "08:30", True: "08:30:07"},
    "mouse": {True: "taken", False: "left to the terminal"},
    "ambiguous": {1: "one cell", 2: "two cells, draw in ASCII"},
    "group": {"none": "one list"},
    "order": {"created": "newest first", "recent": "last event first", "state": "needs you first"},
}

_NAMES = {
    "theme": "theme",
    "level": "level",
    "bell": "call me by",
    "link": "line",
    "density": "rows",
    "utc": "times",
    "seconds": "clock",
    "group": "sidebar by",
    "order": "sidebar order",
    "mouse": "mouse",
    "ambiguous": "wide glyphs",
}

_NOTES = {
    "theme": "The colours, also of the next start; --theme goes before it there.",
    "level": "The threshold of the next start; --level and that of a profile go before it.",
    "bell": "How the app calls when a session needs you and you do not look at it.",
    "link": "On a slow line frames are fewer and bare, whatever is measured.",
    "density": "Blank rows stand around questions and answers; compact: above questions and "
    "steps alone.",
    "seconds": "Times of day with their seconds or without; a raw event always has them.",
    "utc": "Times of day, wherever they stand.",
    "group": "What the sidebar groups the sessions by.",
    "order": "How sessions stand inside a group.",
    "mouse": "Taken: the wheel scrolls, a click opens. Left: the terminal selects text.",
    "ambiguous": "How wide the terminal draws dots, rules and arrows. Take two cells if columns do "
    "not line up.",
}


class _Done(NamedTuple):
    """A change that can be taken back."""

    field: str
    before: object


class SettingsMenu:
    """The state of the open menu. `settings` are those that hold; `trouble` says why they are not
    kept."""

    def __init__(
        self, screen: "ProgramScreen", keeper: Keeper, settings: Settings, trouble: str = ""
    ) -> None:
        self._screen = screen
        self._keeper = keeper
        self.settings = settings
        self.trouble = trouble
        self.cursor = 0
        self._done: list[_Done] = []
        self._forced_ascii = screen.glyphs is ASCII and settings.ambiguous == 1
        hints = get_type_hints(Settings)
        self._values: dict[str, tuple[object, ...]] = {
            "theme": ("", *PALETTES),
            "level": tuple(sorted({*LEVELS, settings.level})),
            **dict.fromkeys(("utc", "seconds", "mouse"), (False, True)),
            **{
                name: get_args(hints[name])
                for name in ("bell", "link", "density", "group", "order", "ambiguous")
                if name in hints
            },
        }
        self.fields = [name for name in _NAMES if name in self._values]

    @property
    def _app(self) -> "DasApp":
        return self._screen.app  # type: ignore[return-value]

    # --- drawing -------------------------------------------------------------------------------

    def view(self, width: int, room: int) -> DockView:
        """The menu; at most half of the screen, so that what it changes stays in sight."""
        place = str(self._keeper.path or "")
        # The title names the file, so that the reason has the room.
        trouble = self.trouble
        if place:
            trouble = trouble.replace(f"{place}: ", "").replace(place, "the file")
        home = os.path.expanduser("~")
        if place.startswith(home + os.sep):
            place = "~" + place[len(home) :]
        return menu(
            [self._row(name) for name in self.fields] + [self._keys_row()],
            width,
            min(room, max(8, self._screen.size.height // 2)),
            cursor=self.cursor,
            place=place,
            trouble=trouble,
            glyphs=self._screen.glyphs,
        )

    def _row(self, name: str) -> Setting:
        value = getattr(self.settings, name)
        more = ""
        if name == "theme" and not value:
            more = choose("", os.environ).name
        elif name == "ambiguous" and self._forced_ascii:
            more = "ASCII already, by --ascii or the locale"
        return Setting(_NAMES[name], self.words(name, value), _NOTES[name], more)

    @staticmethod
    def words(name: str, value: object) -> str:
        """A value as the menu writes it."""
        return _WORDS.get(name, {}).get(value, str(value))

    def _keys_row(self) -> Setting:
        own = len(self.settings.keys)
        words = f"{own} of your own" if own else "as they come"
        return Setting(
            "keys", words, "Enter shows all keys; there each can be changed.", moves=False
        )

    def keys(self) -> list[tuple[str, str]]:
        """The footer."""
        arrows = f"{self._screen.glyphs.left} {self._screen.glyphs.right}"
        undo = [("u", "undo")] if self._done else []
        if self.cursor == len(self.fields):
            return [("enter", "keys"), ("j k", "move"), *undo, ("esc", "close")]
        return [(arrows, "change"), ("j k", "move"), *undo, ("0", "default"), ("esc", "close")]

    # --- keys ----------------------------------------------------------------------------------

    def handle(self, event: Key) -> bool:
        """Whether the key was the menu's."""
        key = folded(event.character) or event.key
        if event.key in {"down", "tab"} or key == "j":
            self.cursor = min(len(self.fields), self.cursor + 1)
        elif event.key in {"up", "shift+tab"} or key == "k":
            self.cursor = max(0, self.cursor - 1)
        elif event.key in {"escape"} or key == "q":
            self._screen.close_dock()
        elif event.key in {"enter", "ctrl+j"} and self.cursor == len(self.fields):
            self._screen.close_dock()
            self._screen.act_keys()
        elif event.key in {"right", "enter", "ctrl+j", "space"} or key == "l":
            self._turn(1)
        elif event.key == "left" or key == "h":
            self._turn(-1)
        elif key == "0" and self.cursor < len(self.fields):
            name = self.fields[self.cursor]
            self.change(name, getattr(Settings(), name))
        elif key == "u":
            self._undo()
        else:
            return event.is_printable and key not in "?:"
        self._screen.repaint()
        return True

    def _turn(self, step: int) -> None:
        if self.cursor >= len(self.fields):
            return
        name = self.fields[self.cursor]
        values = self._values[name]
        now = getattr(self.settings, name)
        place = values.index(now) if now in values else 0
        self.change(name, values[(place + step) % len(values)])

    def _undo(self) -> None:
        if not self._done:
            self._screen.say("nothing was changed here")
            return
        last = self._done.pop()
        if last.field in self.fields:
            self.cursor = self.fields.index(last.field)
        self._put(last.field, last.before)

    def change(self, name: str, value: object) -> None:
        """Let this value hold and keep it."""
        before = getattr(self.settings, name)
        if before != value:
            self._done.append(_Done(name, before))
            self._put(name, value)

    def _put(self, name: str, value: object) -> None:
        import msgspec

        self.settings = msgspec.structs.replace(self.settings, **{name: value})
        apply(self._screen, name, value, forced_ascii=self._forced_ascii)

        def failed(why: str) -> None:
            self.trouble = f"Not kept, it holds until you quit: {why}"
            self._screen.repaint()

        when_done(self._app, self._keeper.change(**{name: value}), lambda _: self._kept(), failed)

    def _kept(self) -> None:
        if self.trouble:
            self.trouble = ""
            self._screen.repaint()


def apply(screen: "ProgramScreen", name: str, value: Any, *, forced_ascii: bool = False) -> None:
    """Let a setting hold in the running app."""
    app: DasApp = screen.app  # type: ignore[assignment]
    acts: dict[str, Callable[[], None]] = {
        "theme": lambda: dressing.dress(app, choose(value, os.environ), screen.glyphs),
        "level": lambda: screen._respec(threshold=value),
        "bell": lambda: _ring(screen, app, value),
        "link": lambda: setattr(screen.link, "mode", value),
        "utc": lambda: screen._respec(utc=value),
        "seconds": lambda: screen._respec(seconds=value),
        "density": lambda: screen._respec(compact=value == "compact"),
        "mouse": lambda: dressing.use_mouse(app, value),
        "ambiguous": lambda: dressing.dress(
            app, screen.palette, ASCII if value == 2 or forced_ascii else UTF8
        ),
    }
    if name in AppOptions.__dataclass_fields__:
        dressing.adopt(app, **{name: value})
    if name in acts:
        acts[name]()
    elif name in Choice.__dataclass_fields__:
        listing = screen.desk.listing
        listing.choose(replace(listing.choice, **{name: value}))
    screen.repaint()


def _ring(screen: "ProgramScreen", app: "DasApp", mode: Any) -> None:
    """Call in another way from now on; what waits already rings no second time."""
    app.entitle("")
    known = ((one.key, one.since) for one in screen.desk.waiting())
    screen._attention = Attention(mode, os.environ, known)
    screen.call_operator()

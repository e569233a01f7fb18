"""The page of keys, to change them."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from textual.events import Key

from das_tui.tui import dressing
from das_tui.tui.actions import ACTIONS, Action, folded, key_label, keys_label
from das_tui.tui.futures import when_done
from das_tui.tui.keymap import Resolved, key_name, refusal, resolve, rivals
from das_tui.tui.screens.page import Page
from das_tui.tui.screens.trial import TrialScreen
from das_tui.view.clean import clean, one_line
from das_tui.view.line import Line
from das_tui.view.rows import (
    ATTN,
    BLANK,
    FAINT,
    MUTED,
    STRONG,
    TEXT,
    Ink,
    Row,
    Span,
    cursor_bar,
)
from das_tui.view.wrap import cells, cut, fit, pad, wrap

if TYPE_CHECKING:
    from das_tui.tui.app import DasApp
    from das_tui.tui.screens.program import ProgramScreen

OwnKeys = dict[str, str | list[str]]
"""Keys as `settings.toml` has them."""

_HEAD = Ink("muted", underline=True)
_KEYS = Ink("strong", bold=True)


class _Wish(NamedTuple):
    """A key that an action is to have; `adds` keeps the ones that it has."""

    action: Action
    adds: bool
    key: str = ""


class KeysScreen(Page):
    """`:keys`: enter and a key give an action another key. What is changed holds and is kept at
    once."""

    def __init__(self, below: "ProgramScreen") -> None:
        super().__init__(below.palette, below.glyphs)
        self.below = below
        self.own: OwnKeys = {
            name: keys if isinstance(keys, str) else list(keys)
            for name, keys in below.options.keys.items()
        }
        self.found = resolve(self.own)
        self.cursor = 0
        self.words: Line | None = None
        """The words that narrow the list, None while none were asked for."""
        self.typing = False
        self.wish: _Wish | None = None
        self.said = ""
        self._done: list[OwnKeys] = []
        self._places: list[int] = []

    # --- what is listed ------------------------------------------------------------------------

    def listed(self) -> list[Action]:
        """The actions that the words narrow the list to, by groups."""
        words = self.words.text if self.words is not None else ""
        parts = "".join(folded(c) or "" for c in words).lower().split()
        groups = list(dict.fromkeys(action.group for action in ACTIONS))
        found = sorted(self.found.table.actions, key=lambda action: groups.index(action.group))
        return [action for action in found if all(part in self._text(action) for part in parts)]

    def _text(self, action: Action) -> str:
        return f"{action.word} {action.help} {keys_label(action)}".lower()

    @property
    def chosen(self) -> Action | None:
        """The action under the cursor."""
        listed = self.listed()
        return listed[self.cursor] if 0 <= self.cursor < len(listed) else None

    # --- drawing -------------------------------------------------------------------------------

    def head(self, width: int) -> list[Row]:
        """The title, or what is being looked for."""
        if self.words is not None and (self.typing or self.words.text):
            spans, _ = self.words.spans(width - 6, glyphs=self.glyphs)
            lead: list[Span] = [(" / ", Ink("accent", bold=True))]
            text = spans if self.typing else [(clean(self.words.text), STRONG)]
            return [Row(tuple(cut([*lead, *text], 0, width)), fill="raised"), BLANK]
        own = f"{len(self.own)} of your own" if self.own else "all as they come"
        return [Row((("   Keys", STRONG), (f"  {own}", MUTED))), BLANK]

    def rows(self, width: int) -> list[Row]:
        """Faults of the settings, then the actions by group."""
        rows: list[Row] = []
        if not (self.words is not None and self.words.text):
            rows += self._faults(width)
        listed = self.listed()
        self.cursor = max(0, min(self.cursor, len(listed) - 1))
        self._places = []
        group = ""
        for place, action in enumerate(listed):
            if action.group != group:
                group = action.group
                rows += [BLANK] if rows else []
                rows.append(Row((("   ", TEXT), (pad(group, max(0, width - 6)), _HEAD))))
            self._places.append(len(rows))
            rows.append(self._row(action, width, here=place == self.cursor))
        return rows or [Row((("   No action is like that.", TEXT),))]

    def _faults(self, width: int) -> list[Row]:
        rows: list[Row] = []
        for fault in sorted(self.found.faults, key=lambda fault: not fault.refused):
            ink = ATTN if fault.refused else MUTED
            sign = self.glyphs.cut if fault.refused else self.glyphs.idle
            for number, line in enumerate(wrap(one_line(fault.text, 300), max(8, width - 7))):
                rows.append(Row(((f"   {sign if not number else ' '} ", ink), (line, ink))))
        return rows

    def _row(self, action: Action, width: int, *, here: bool) -> Row:
        bar = cursor_bar(self.glyphs.bar, here)
        own = action.id in self.own
        column = 14 if width >= 60 else 10
        label = keys_label(action, self.glyphs)
        spans: list[Span] = [
            bar,
            ("  ", TEXT),
            (pad(fit(label, column - 1, self.glyphs.ellipsis), column), _KEYS if own else TEXT),
        ]
        where = " ".join(action.scopes) if width >= 80 else ""
        where = {"any": "", "always": "everywhere"}.get(where, where)
        facts = ("yours  " if own else "") + where
        room = width - 3 - column - cells(facts) - 3
        words = action.help + (f"  :{action.word}" if action.keys and width >= 80 else "")
        spans.append((pad(fit(words, max(0, room), self.glyphs.ellipsis), max(0, room)), TEXT))
        spans.append((f" {facts}", FAINT))
        return Row(tuple(cut(spans, 0, width)), fill="sel" if here else None)

    def foot(self, width: int) -> list[Row]:
        """What is asked, or what was done."""
        text, ink = self.said, MUTED
        wish = self.wish
        if wish is not None and not wish.key:
            what = "Press another key" if wish.adds else "Press the key"
            text = self.said or f"{what} for: {wish.action.help}. Esc leaves it as it is."
            ink = ATTN if self.said else TEXT
        elif wish is not None:
            others = rivals(self.found.table, wish.action, wish.key)
            names = " and ".join(f"{other.help} (:{other.word})" for other in others)
            text = (
                f"{key_label(wish.key)} is now: {names}. Enter takes it from there, esc leaves it."
            )
            ink = ATTN
        if not text:
            return []
        lines = wrap(one_line(text, 400), max(8, width - 5))[:3]
        return [BLANK, *(Row((("   ", TEXT), (line, ink))) for line in lines)]

    def status(self, width: int) -> Row:
        """Where it is kept."""
        path = str(self.below.keeper.path or "nowhere")
        words = f"   kept in {one_line(path, 300)}"
        return Row(((fit(words, max(8, width - 2), self.glyphs.ellipsis), MUTED),))

    def keys(self) -> list[tuple[str, str]]:
        """The footer."""
        if self.typing:
            return [("enter", "keep"), ("esc", "all")]
        if self.wish is not None:
            take = [("enter", "take it")] if self.wish.key else [("a key", "for it")]
            return [*take, ("esc", "leave it")]
        undo = [("u", "undo")] if self._done else []
        return [
            ("enter", "other key"),
            ("a", "one more"),
            ("x", "none"),
            ("0", "as it comes"),
            *undo,
            ("/", "search"),
            ("t", "try keys"),
            ("esc", "back"),
        ]

    # --- keys ----------------------------------------------------------------------------------

    def handle(self, event: Key) -> bool:
        """Move, search, change."""
        if self.wish is not None:
            self._pressed(self.wish, event)
        elif self.typing:
            self._type(event)
        else:
            self._act(event)
        if self.is_current:
            self._keep_in_view()
            self.repaint()
        return True

    def _act(self, event: Key) -> None:
        self.said = ""
        key = folded(event.character) or event.key
        room = max(1, self.body_rows - 1)
        moves = {"j": 1, "down": 1, "k": -1, "up": -1, "pagedown": room, "pageup": -room}
        moves |= {"ctrl+d": room // 2, "ctrl+u": -(room // 2), "space": room, "b": -room}
        moves |= {"g": -1000, "home": -1000, "G": 1000, "end": 1000}
        step = moves.get(event.key) or moves.get(key)
        action = self.chosen
        if step:
            self.cursor = max(0, min(len(self.listed()) - 1, self.cursor + step))
        elif key == "/":
            self.words, self.typing = Line.of(""), True
        elif event.key == "escape" and self.words is not None and self.words.text:
            self.words, self.cursor = None, 0
        elif event.key == "escape" or key in {"q", "?"}:
            self.dismiss()
        elif key == "t":
            self.app.push_screen(TrialScreen(self.below))
        elif key == "u":
            self._undo()
        elif action is not None and (event.key in {"enter", "ctrl+j"} or key == "a"):
            self.wish = _Wish(action, adds=key == "a")
        elif action is not None and (key == "x" or event.key == "delete"):
            self._give(action, [])
        elif action is not None and key == "0":
            self._give(action, None)

    def _type(self, event: Key) -> None:
        assert self.words is not None
        if event.key in {"enter", "ctrl+j"}:
            self.typing = False
        elif event.key in {"escape", "ctrl+c"}:
            self.words, self.typing = None, False
        else:
            line = self.words.key(event.key)
            if line is None and event.character and event.character.isprintable():
                line = self.words.typed(event.character)
            if line is not None:
                self.words, self.cursor = line, 0

    def _pressed(self, wish: _Wish, event: Key) -> None:
        """The key that an action is to have, or whether it may take it from another."""
        if event.key in {"escape", "ctrl+c"}:
            self.wish, self.said = None, ""
        elif wish.key:
            if event.key in {"enter", "ctrl+j"}:
                self._take(wish)
        else:
            printable = event.is_printable and event.character
            key = key_name(event.character or "") if printable else event.key
            why = refusal(wish.action, key) if key else "no action can have that"
            if why:
                self.said = f"Not that one: {why}."
                return
            self.said = ""
            self.wish = wish._replace(key=key)
            if not rivals(self.found.table, wish.action, key):
                self._take(self.wish)

    def _take(self, wish: _Wish) -> None:
        own = dict(self.own)
        for other in rivals(self.found.table, wish.action, wish.key):
            if other.id in own:
                own[other.id] = _written(key for key in other.keys if key != wish.key)
        before = self.found.table.by_id[wish.action.id].keys if wish.adds else ()
        own[wish.action.id] = _written([*before, wish.key])
        self.wish = None
        self._put(own)
        label = keys_label(self.found.table.by_id[wish.action.id], self.glyphs)
        self.said = f"{wish.action.help}: {label}"

    def _give(self, action: Action, keys: list[str] | None) -> None:
        """These keys to an action, or the ones that it comes with."""
        own = {name: found for name, found in self.own.items() if name != action.id}
        if keys is not None:
            own[action.id] = _written(keys)
        if own == self.own:
            self.said = f"{action.help} has its own key already"
            return
        self._put(own)
        now = self.found.table.by_id[action.id]
        self.said = f"{action.help}: {keys_label(now, self.glyphs)}"

    def _undo(self) -> None:
        if not self._done:
            self.said = "Nothing was changed here."
            return
        self._put(self._done.pop(), undoes=True)
        self.said = "The last change was taken back."

    def _put(self, own: OwnKeys, *, undoes: bool = False) -> None:
        """Let these keys hold, and keep them."""
        if not undoes:
            self._done.append(self.own)
        app: DasApp = self.app  # type: ignore[assignment]
        self.own = own
        self.found = use(app, own)

        def failed(why: str) -> None:
            self.said = f"Not kept, it holds until you quit: {why}"
            self.repaint()

        when_done(app, self.below.keeper.change(keys=own), lambda _: None, failed)

    def _keep_in_view(self) -> None:
        self.rows(max(1, self.size.width))
        if not self._places:
            return
        row = self._places[self.cursor]
        room = max(1, self.size.height - 2 - len(self.head(80)) - len(self.foot(self.size.width)))
        top = 0 if self.cursor == 0 else row
        self.scroll_row = max(min(self.scroll_row, top), row - room + 1)


def use(app: "DasApp", own: Mapping[str, str | list[str]]) -> Resolved:
    """Let the operator's own keys hold in the running app."""
    found = resolve(own)
    dressing.adopt(app, keys=own)
    app.main.table = found.table
    app.main.repaint()
    return found


def _written(keys: Iterable[str]) -> str | list[str]:
    """Keys as the settings have them: as help writes them, one alone as text."""
    labels = [key_label(key) for key in dict.fromkeys(keys)]
    return labels[0] if len(labels) == 1 else labels

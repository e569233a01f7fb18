"""The help page: every action of the table, then states, promises, and what this terminal takes."""

import os
from itertools import combinations, pairwise

from textual.events import Key

from das_tui.tui.actions import NAMELESS, PAIRS, TABLE, Action, Table, folded, keys_label
from das_tui.tui.keydoctor import findings
from das_tui.tui.screens.page import Page
from das_tui.tui.theme import Palette
from das_tui.view.clean import clean
from das_tui.view.glyphs import Glyphs
from das_tui.view.line import Line
from das_tui.view.rows import ATTN, BLANK, FAINT, MUTED, STRONG, TEXT, Ink, Row, Span
from das_tui.view.wrap import cells, cut, fit, pad, wrap

_HEAD = Ink("muted", underline=True)
_KEYS = Ink("strong", bold=True)
_OWN = Ink("accent", bold=True)

_FIRST: dict[str, tuple[str, ...]] = {
    "transcript": ("Move", "Read"),
    "sidebar": ("Sessions", "Move"),
    "panel": ("Panes", "Move"),
    "dock": ("Answer", "Move"),
    "composer": ("Write",),
}
"""Groups that come first where a pane has the focus."""

_KEYS_LEAST = 12
"""Cells of the keys of a column at least, the blank behind them included."""

_PLACES = {"dock": "in an answer", "panel": "in the plan pane"}


class HelpScreen(Page):
    """`?`: all keys, those of the focused pane first; `/` narrows them as one types."""

    def __init__(self, pane: str, palette: Palette, glyphs: Glyphs, table: Table = TABLE) -> None:
        super().__init__(palette, glyphs)
        self.pane = pane
        self.table = table
        self.words: Line | None = None
        """What is looked for, None for everything."""
        self.typing = False

    def head(self, width: int) -> list[Row]:
        """The title, or what is looked for."""
        if self.words is None:
            where = _PLACES.get(self.pane, f"in the {self.pane}")
            return [Row((("   Keys", STRONG), (f"  {where}", MUTED))), BLANK]
        spans: list[Span] = [(" / ", Ink("accent", bold=True))]
        if self.typing:
            spans += self.words.spans(width - 6, ghost="key or word", glyphs=self.glyphs)[0]
        else:
            spans.append((clean(self.words.text), STRONG))
        return [Row(tuple(cut(spans, 0, width)), fill="raised"), BLANK]

    def rows(self, width: int) -> list[Row]:
        """Three columns from 100 cells, else one; what matches in one list."""
        if self.words is not None and self.words.text.strip():
            return self._matching(width)
        count = 3 if width >= 100 else 1
        inner = (width - 3 - 3 * count) // count
        groups = self._groups()
        parts = _parted([self._section(group, inner, _KEYS_LEAST) for group in groups], count)
        columns, widths = [], self._widths(groups, [len(part) for part in parts], inner)
        for part, (each, lead) in zip(parts, widths, strict=True):
            own, groups = groups[: len(part)], groups[len(part) :]
            columns.append(_stacked([self._section(group, each, lead) for group in own]))
        rows: list[Row] = []
        for place in range(max(len(column) for column in columns)):
            spans: list[Span] = [("   ", TEXT)]
            for column, (each, _) in zip(columns, widths, strict=True):
                cell = column[place] if place < len(column) else ()
                used = sum(cells(text) for text, _ in cell)
                spans += [*cell, (" " * (each - used + 3), TEXT)]
            rows.append(Row(tuple(cut(spans, 0, width))))
        rows += self._states(width) + _promises(width)
        rows += _terminal(width, self.palette, self.glyphs, self.table)
        return rows

    def _widths(self, groups: list[str], counts: list[int], inner: int) -> list[tuple[int, int]]:
        """For columns of so many groups each: their cells and those of their keys. The words of a
        column begin at one cell, and a column gives what it does not need to the others."""
        found: list[tuple[int, int]] = []
        for count in counts:
            own, groups = groups[:count], groups[count:]
            lines = [action for action in self._told() if action.group in own]
            lead = max(_KEYS_LEAST, *(cells(self._label(line)) + 1 for line in lines))
            words = max(cells(self._words(line)) for line in lines)
            found.append((lead + words, min(inner - 8, lead)))
        # The last column has no gap behind it, but for the blank at the edge.
        spare = inner * len(found) + 2 - sum(need for need, _ in found)
        if spare < 0:
            return [(inner, lead) for _, lead in found]
        return [(need + spare // len(found), lead) for need, lead in found]

    def _groups(self) -> list[str]:
        groups = dict.fromkeys(action.group for action in self.table.actions)
        first = [group for group in _FIRST.get(self.pane, ()) if group in groups]
        return [*first, *(group for group in groups if group not in first)]

    def _told(self) -> list[Action]:
        """The actions that have a line of their own."""
        others = {other for others, _ in PAIRS.values() for other in others}
        return [action for action in self.table.actions if action.id not in others]

    def _section(self, group: str, width: int, lead: int) -> list[tuple[Span, ...]]:
        rows: list[tuple[Span, ...]] = [((pad(group, width), _HEAD),)]
        rows += [self._entry(one, width, lead) for one in self._told() if one.group == group]
        return rows

    def _found(self, action: Action) -> tuple[Action, ...]:
        return (action, *(self.table.by_id[other] for other in PAIRS.get(action.id, ((), ""))[0]))

    def _label(self, action: Action) -> str:
        """The keys of a line."""
        return " ".join(keys_label(item, self.glyphs) for item in self._found(action))

    @staticmethod
    def _words(action: Action) -> str:
        return PAIRS.get(action.id, ((), action.help))[1]

    def _entry(self, action: Action, width: int, lead: int) -> tuple[Span, ...]:
        found = self._found(action)
        keys = pad(fit(self._label(action), lead - 1, self.glyphs.ellipsis), lead)
        own = any(item.keys != TABLE.by_id[item.id].keys for item in found)
        here = any(self._holds(item) for item in found)
        ink = _OWN if own else _KEYS if here else Ink("muted", bold=True)
        words = fit(self._words(action), max(0, width - cells(keys)), self.glyphs.ellipsis)
        return ((keys, ink), (words, TEXT if here else MUTED))

    def _holds(self, action: Action) -> bool:
        """Whether the keys of an action hold in the focused pane."""
        general = {"always"} if self.pane == "composer" else {"always", "any"}
        return bool({self.pane, *general} & set(action.scopes)) or not action.keys

    def _matching(self, width: int) -> list[Row]:
        assert self.words is not None
        parts = "".join(folded(c) or "" for c in self.words.text).lower().split()
        rows: list[Row] = []
        found = [
            (action, keys)
            for action in sorted(self.table.actions, key=lambda action: not self._holds(action))
            for keys in [keys_label(action, self.glyphs)]
            if all(part in f"{keys} {action.word} {action.help}".lower() for part in parts)
        ]
        lead = max((cells(keys) + 1 for _, keys in found), default=0)
        lead = min(max(_KEYS_LEAST, lead), width // 2)
        for action, keys in found:
            word = "" if action.id in NAMELESS else f":{action.word}"
            room = width - 3 - lead - 2
            help_room = room if width < 60 else room - 18
            spans: list[Span] = [
                ("   ", TEXT),
                (pad(fit(keys, lead - 1, self.glyphs.ellipsis), lead), _KEYS),
                (pad(fit(action.help, help_room, self.glyphs.ellipsis), max(0, help_room)), TEXT),
            ]
            if width >= 60 and keys != word:
                spans.append((f"  {word}", FAINT))
            rows.append(Row(tuple(cut(spans, 0, width))))
        return rows or [Row((("   No key and no word is like that.", TEXT),))]

    def _states(self, width: int) -> list[Row]:
        g = self.glyphs
        entries = [
            (g.live, Ink("accent"), "live"),
            (g.needs, ATTN, "waits for you"),
            (g.cut, ATTN, "line lost, the run may go on"),
            (g.finished, MUTED, "finished"),
            (g.failed, Ink("fail"), "failed"),
            (g.idle, FAINT, "quiet: nothing asked, cancelled, not sent"),
        ]
        rows = [BLANK, _head("States", width)]
        each = max(1, (width - 3) // 45)
        for start in range(0, len(entries), each):
            spans: list[Span] = [("   ", TEXT)]
            for glyph, ink, words in entries[start : start + each]:
                text = f"{glyph} {words}"
                spans += [(glyph, ink), (f" {words}", TEXT), (" " * max(0, 44 - len(text)), TEXT)]
            rows.append(Row(tuple(cut(spans, 0, width))))
        return rows

    def status(self, width: int) -> Row:
        """How many actions there are, and which of them one sees."""
        if self.words is not None:
            return Row(((f"   of {len(self.table.actions)} actions", MUTED),))
        text = f"   {len(self.table.actions) - len(NAMELESS)} actions are also in the list of "
        return Row(((text + self.table.label("palette", self.glyphs), MUTED),))

    def keys(self) -> list[tuple[str, str]]:
        """The footer."""
        if self.typing:
            return [("enter", "keep"), ("esc", "all")]
        back = ("esc", "back" if self.words is None else "all")
        return [("j k", "scroll"), ("/", "search"), back]

    def handle(self, event: Key) -> bool:
        """Search, scroll, leave."""
        if self.typing:
            self._type(event)
        elif folded(event.character) == "/":
            self.words, self.typing = Line.of(""), True
        elif event.key == "escape" and self.words is not None:
            self.words = None
        else:
            return super().handle(event)
        self.scroll_row = 0
        self.repaint()
        return True

    def _type(self, event: Key) -> None:
        assert self.words is not None
        if event.key in {"escape", "ctrl+c"}:
            self.words, self.typing = None, False
        elif event.key in {"enter", "ctrl+j"}:
            self.typing = False
            self.words = self.words if self.words.text.strip() else None
        else:
            line = self.words.key(event.key)
            if line is None and event.character and event.character.isprintable():
                line = self.words.typed(event.character)
            self.words = line or self.words


def _parted(
    sections: list[list[tuple[Span, ...]]], count: int
) -> list[list[list[tuple[Span, ...]]]]:
    """The sections in so many columns, in order, the highest of them as low as can be."""
    if count == 1 or len(sections) < count:
        return [sections]

    def columns(cuts: tuple[int, ...]) -> list[list[list[tuple[Span, ...]]]]:
        ends = (0, *cuts, len(sections))
        return [sections[start:end] for start, end in pairwise(ends)]

    cuts = combinations(range(1, len(sections)), count - 1)
    return min(map(columns, cuts), key=lambda made: max(len(_stacked(part)) for part in made))


def _stacked(sections: list[list[tuple[Span, ...]]]) -> list[tuple[Span, ...]]:
    """Sections below each other, a blank row between."""
    rows: list[tuple[Span, ...]] = []
    for section in sections:
        rows += [(), *section] if rows else section
    return rows


def _head(title: str, width: int) -> Row:
    return Row((("   ", TEXT), (title + " " * max(0, width - 6 - len(title)), _HEAD)))


def _promises(width: int) -> list[Row]:
    words = (
        "esc never stops a run. A paid question is never sent twice. Hidden rows are counted, "
        "never lost. Failures, approvals and your questions show at every level."
    )
    lines = wrap(words, max(8, min(width, 76) - 6))
    return [BLANK, _head("Promises", width), *(Row(((f"   {line}", TEXT),)) for line in lines)]


def _terminal(width: int, palette: Palette, glyphs: Glyphs, table: Table) -> list[Row]:
    colours = "16" if palette.ansi else "256" if "256" in palette.name else "16 M"
    colours = colours if palette.hue else "none"
    facts = [
        ("colours", f"{colours}, {'dark' if palette.dark else 'light'}"),
        ("glyphs", "utf-8" if glyphs.histogram else "ascii"),
    ]
    facts += [("keys", finding.text) for finding in findings(table, os.environ)]
    rows = [BLANK, _head("This terminal", width)]
    for name, value in facts:
        for number, line in enumerate(wrap(value, max(8, width - 18))):
            lead = pad("" if number else name, 12)
            rows.append(Row((("   ", TEXT), (lead, FAINT), (line, TEXT))))
    return rows

"""The help page: every action of the table, then states, promises, and what this terminal takes."""

import os

from das_tui.tui.actions import ACTIONS, BY_ID, NAMELESS, PAIRS, Action, keys_label
from das_tui.tui.screens.page import Page
from das_tui.tui.theme import Palette
from das_tui.view.glyphs import Glyphs
from das_tui.view.rows import ATTN, BLANK, FAINT, MUTED, STRONG, TEXT, Ink, Row, Span

_HEAD = Ink("muted", underline=True)
_KEYS = Ink("strong", bold=True)

_COLUMNS = (("Move", "Run"), ("Read", "Panes", "Answer"), ("Sessions", "Write", "Program"))


class HelpScreen(Page):
    """`?`: all keys, those of the focused pane named first."""

    def __init__(self, pane: str, palette: Palette, glyphs: Glyphs) -> None:
        super().__init__(palette, glyphs)
        self.pane = pane

    def rows(self, width: int) -> list[Row]:
        """Three columns from 100 cells, else one."""
        where = "in an answer" if self.pane == "dock" else f"in the {self.pane}"
        rows = [Row((("   Keys", STRONG), (f"  {where}", MUTED))), BLANK]
        count = 3 if width >= 100 else 1
        inner = (width - 3 - 3 * count) // count
        if count == 3:
            columns = [_column(groups, inner, self.glyphs) for groups in _COLUMNS]
        else:
            columns = [[row for groups in _COLUMNS for row in _column(groups, inner, self.glyphs)]]
        for place in range(max(len(column) for column in columns)):
            spans: list[Span] = [("   ", TEXT)]
            for column in columns:
                cell = column[place] if place < len(column) else ()
                used = sum(len(text) for text, _ in cell)
                spans += [*cell, (" " * (inner - used + 3), TEXT)]
            rows.append(Row(tuple(spans)))
        rows += self._states(width) + _promises(width) + _terminal(width, self.palette, self.glyphs)
        return rows

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
        each = 1 if width < 100 else 3
        for start in range(0, len(entries), each):
            spans: list[Span] = [("   ", TEXT)]
            for glyph, ink, words in entries[start : start + each]:
                text = f"{glyph} {words}"
                spans += [(glyph, ink), (f" {words}", TEXT), (" " * max(3, 36 - len(text)), TEXT)]
            rows.append(Row(tuple(spans)))
        return rows

    def status(self, width: int) -> Row:
        """How many actions there are."""
        return Row(
            ((f"   {len(ACTIONS) - len(NAMELESS)} actions are also in the list of ^p", MUTED),)
        )


def _head(title: str, width: int) -> Row:
    return Row((("   ", TEXT), (title + " " * max(0, width - 6 - len(title)), _HEAD)))


def _column(groups: tuple[str, ...], width: int, glyphs: Glyphs) -> list[tuple[Span, ...]]:
    rows: list[tuple[Span, ...]] = []
    told = {other for others, _ in PAIRS.values() for other in others}
    for group in groups:
        if rows:
            rows.append(())
        rows.append(((group + " " * (width - len(group)), _HEAD),))
        for action in ACTIONS:
            if action.group == group and action.id not in told:
                rows.append(_entry(action, width, glyphs))
    return rows


def _entry(action: Action, width: int, glyphs: Glyphs) -> tuple[Span, ...]:
    others, words = PAIRS.get(action.id, ((), action.help))
    found = (action, *map(BY_ID.__getitem__, others))
    keys = " ".join(keys_label(item, glyphs) for item in found)
    keys = f"{keys:<11} "
    return ((keys, _KEYS), (words[: max(0, width - len(keys))], TEXT))


def _promises(width: int) -> list[Row]:
    return [
        BLANK,
        _head("Promises", width),
        Row((("   esc never stops a run. A paid question is never sent twice.", TEXT),)),
        Row((("   Hidden rows are counted, never lost. Failures, approvals and your", TEXT),)),
        Row((("   questions show at every level.", TEXT),)),
    ]


def _terminal(width: int, palette: Palette, glyphs: Glyphs) -> list[Row]:
    colours = "16" if palette.ansi else "256" if "256" in palette.name else "16 M"
    colours = colours if palette.hue else "none"
    taken = "^b by tmux" if os.environ.get("TMUX") else "nothing"
    taken = "^a by screen" if os.environ.get("STY") else taken
    facts = [
        ("colours", f"{colours}, {'dark' if palette.dark else 'light'}"),
        ("glyphs", "utf-8" if glyphs.histogram else "ascii"),
        ("taken", taken),
    ]
    spans: list[Span] = [("   ", TEXT)]
    for name, value in facts:
        spans += [(f"{name}  ", FAINT), (value, TEXT), ("      ", TEXT)]
    return [BLANK, _head("This terminal", width), Row(tuple(spans))]

"""Taking things along, as far as it is seen: the range, the offer of a further form, the prompts.

What the keys do is in `das_tui.tui.taking`, which is imported with the first of them.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from das_tui import later
from das_tui.domain.session import Session
from das_tui.tui.options import AppOptions
from das_tui.tui.screens.painting import DockState
from das_tui.tui.screens.tending import TendingScreen
from das_tui.tui.theme import Palette
from das_tui.view.glyphs import Glyphs
from das_tui.view.rows import Row

if TYPE_CHECKING:
    from textual.events import Key

    from das_tui.tui.reader import Reader
    from das_tui.tui.screens.finding import Prompt
    from das_tui.tui.taking import Taker
    from das_tui.view import dock as dock_view
    from das_tui.view import prompt as prompt_view
    from das_tui.view.drawing import Line
    from das_tui.view.line import Line as Written
else:
    dock_view = later.module("das_tui.view.dock")

_AT_ONCE = 0.5
"""Seconds within which nobody stops a program and continues it by hand."""

OURS = frozenset({"pipe", "save"})
"""Kinds of prompts that belong here."""


class TakingScreen(TendingScreen):
    """What leaves the program by the operator's hand."""

    def __init__(self, options: AppOptions, palette: Palette, glyphs: Glyphs) -> None:
        super().__init__(options, palette, glyphs)
        self.range_from: int | None = None
        """The block at which the range began; it goes on to the cursor."""
        self._taker: Taker | None = None

    @property
    def taker(self) -> Taker:
        """Who takes."""
        if self._taker is None:
            from das_tui.tui.taking import Taker

            self._taker = Taker(self)
        return self._taker

    # --- keys ----------------------------------------------------------------------------------

    def act_copy(self) -> None:
        """`y`: the source of the block or the range; again, the next form of it."""
        self.taker.copy()

    def act_copy_markdown(self) -> None:
        """`copy-markdown`: the block or the range as Markdown."""
        self.taker.copy_markdown()

    def act_copy_turn(self) -> None:
        """`Y`: the turn under the cursor as Markdown."""
        self.taker.copy_turn()

    def act_pipe(self) -> None:
        """`|`: give the source of the block or the range to a command."""
        self.taker.ask_for_command()

    def act_save(self, name: str = "") -> None:
        """`s`: save the turn, the range, the block or the session to a file; `:save FILE` has its
        name in the prompt."""
        self.taker.ask_for_file(name)

    def act_pager(self) -> None:
        """`o`: the source of the block or the range in the pager."""
        self.taker.page()

    def act_plain_text(self) -> None:
        """`V`: the blocks in view as plain text, for the terminal's own selection."""
        self.taker.show_plain()

    def act_editor(self) -> None:
        """`^o`: what is being written, in the editor of the operator's choice."""
        if self.editor is not None and self.pane == "composer":
            self.taker.edit(self.editor)

    def acted(self, action_id: str) -> None:
        """Another action than a copy ends the offer of further forms."""
        if self._taker is not None and action_id != "copy" and self._taker.offers_nothing():
            self.paint_footer()

    # --- ranges --------------------------------------------------------------------------------

    def act_select(self) -> None:
        """`v`: begin a range here; again, end it."""
        reader = self.reader
        if self.range_from is not None:
            self.range_from = None
        elif reader is None or reader.cursor < 0:
            self.say("there is nothing here yet")
        else:
            reader.let_go()
            self.range_from = reader.cursor
        self.repaint(all_ages=False)

    def act_leave(self) -> None:
        """Esc ends a range first of all."""
        if self.range_from is not None and self.pane == "transcript":
            self.act_select()
        else:
            super().act_leave()

    def chosen(self, reader: Reader) -> tuple[int, int]:
        """First and last block of the range, or of what the cursor is on."""
        transcript, cursor = reader.transcript, reader.cursor
        start = cursor if self.range_from is None else self.range_from
        first, last = sorted((min(start, len(transcript) - 1), cursor))
        gap = transcript.gap(last)
        return first, last if gap is None else gap[0] + gap[1] - 1

    def _move(self, act: Callable[[Reader], Any]) -> None:
        """As ever; a range does not grow by itself at the end of what streams."""

        def held(reader: Reader) -> None:
            act(reader)
            if self.range_from is not None:
                reader.let_go()

        super()._move(held)

    def open_session(self, key: str) -> None:
        """Show a session; the range in another one is over."""
        if key != self.open_key:
            self.range_from = None
        super().open_session(key)

    def begin_anew(self, options: AppOptions, level: int | None) -> None:
        """As ever; the range is over."""
        self.range_from = None
        super().begin_anew(options, level)

    def at_rest(self) -> bool:
        """As ever, and no range is being chosen."""
        return self.range_from is None and super().at_rest()

    def _barred(self, line: Line, cursor: int) -> bool:
        """The bar stands before the whole range, the rows between its blocks too."""
        reader = self.reader
        if self.range_from is None or reader is None:
            return super()._barred(line, cursor)
        first, last = self.chosen(reader)
        inside = line.block > first or line.kind in {"block", "gap"}
        return first <= line.block <= last and inside

    def _drawn(self, reader: Reader, lines: Sequence[Line], width: int) -> list[Row]:
        rows = super()._drawn(reader, lines, width)
        if self.range_from is None or self.palette.ansi:
            return rows
        first, last = self.chosen(reader)
        return [
            Row(row.spans, "sel") if first <= line.block <= last and line.kind == "block" else row
            for line, row in zip(lines, rows, strict=True)
        ]

    def _keys(self) -> list[tuple[str, str]]:
        keys = super()._keys()
        reader = self.reader
        if self.pane == "composer":
            return [*keys, self._key("editor", "editor")]
        if self.pane != "transcript" or self.prompt is not None or reader is None:
            return keys
        following = self._taker.next_form if self._taker is not None else ""
        if self.range_from is not None:
            words = following or f"copy {self.taker.blocks(reader, 'range')}"
            taken = [self._key("copy", words), self._key("pipe", "pipe"), self._key("save")]
            moves = [self._pair("line_down", "line_up", "widen"), self._key("leave", "end it")]
            return [*taken, *moves]
        return [self._key("copy", following), *keys] if following else [*keys, self._key("copy")]

    # --- the prompts of `|` and `s` --------------------------------------------------------------

    def _prompt_key(self, event: Key) -> bool:
        state = self.prompt
        if state is None or state.kind not in OURS:
            return super()._prompt_key(event)
        if event.key in {"ctrl+n", "ctrl+p"}:
            # What is written here acts; going elsewhere must not.
            self._drop()
            return False
        # An Enter that came with other text was pasted, and runs nothing.
        pasted = event.key == "ctrl+j"
        return pasted or self.taker.prompt_key(state, event.key) or super()._prompt_key(event)

    def _put_line(self, state: Prompt, line: Written) -> None:
        if state.kind == "save" and line.text != state.line.text:
            self.taker.renamed(state)
        super()._put_line(state, line)

    def _keep(self) -> None:
        state = self.prompt
        if state is not None and state.kind in OURS:
            self.taker.keep(state)
        else:
            super()._keep()

    def _sign(self, state: Prompt) -> tuple[str, str]:
        if state.kind not in OURS:
            return super()._sign(state)
        return ("|", "a command") if state.kind == "pipe" else ("save", "a file")

    def _facts(self, state: Prompt) -> list[prompt_view.Facts]:
        return self.taker.facts(state) if state.kind in OURS else super()._facts(state)

    def _prompt_keys(self, state: Prompt) -> list[tuple[str, str]]:
        if state.kind not in OURS:
            return super()._prompt_keys(state)
        return self.taker.prompt_keys(state)

    # --- suspending ----------------------------------------------------------------------------

    def act_suspend(self) -> None:
        """`^z`: asks first while a paid answer is arriving."""
        session = self.paid_session()
        asked = self.dock is not None and self.dock.kind == "suspend"
        if asked:
            self.close_dock()
        elif session is not None:
            if self.prompt is not None:
                self._drop()
            if self._tender is not None:
                self._tender.end_line()
            self._keep_draft()
            self.dock = DockState(kind="suspend", key=session.key)
            self.pane = "dock"
        self.repaint()
        if asked or session is None:
            self._keep_draft()
            began = time.monotonic()
            self.app.action_suspend_process()
            if os.getpgrp() == os.getsid(0) and time.monotonic() - began < _AT_ONCE:
                # Started by no shell, as in a window of a multiplexer that continues it at once.
                key = self.key_of("suspend")
                self.say(f"{key} did nothing: no shell here to go back to", "no shell to go to")

    def paid_session(self) -> Session | None:
        """A session in which a paid answer is arriving."""
        if self.engine is None or not self.engine.paid:
            return None
        paid = [s for s in self.desk.sessions.values() if s.running and s.service != "dms"]
        return paid[0] if paid else None

    def _question_key(self, state: DockState, event: Key) -> bool:
        if state.kind == "suspend":
            action = self.table.find("dock", event.key)
            if action is not None and action.id == "suspend":
                return False
        return super()._question_key(state, event)

    def _dock_view(self, state: DockState, width: int, room: int) -> dock_view.DockView | None:
        session = self.desk.sessions.get(state.key)
        if state.kind != "suspend" or session is None:
            return super()._dock_view(state, width, room)
        key = self.table.label("suspend", self.glyphs)
        return dock_view.suspend_rows(session, width, room, key=key, glyphs=self.glyphs)

    def _dock_keys(self, state: DockState) -> list[tuple[str, str]]:
        if state.kind == "suspend":
            return [self._key("suspend"), self._key("leave", "stay")]
        return super()._dock_keys(state)

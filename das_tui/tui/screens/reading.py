"""Moving and reading: lines, pages, blocks, levels, folds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from das_tui import later
from das_tui.tui.screens.painting import DockState
from das_tui.tui.screens.sessions import SessionsScreen

if TYPE_CHECKING:
    from das_tui.domain import blocks
    from das_tui.tui.reader import Reader
    from das_tui.view import dock as dock_view
    from das_tui.view import flags
    from das_tui.view.transcript import Transcript
else:
    blocks = later.module("das_tui.domain.blocks")
    dock_view = later.module("das_tui.view.dock")
    flags = later.module("das_tui.view.flags")


class ReadingScreen(SessionsScreen):
    """What the keys of the transcript do."""

    # --- moving --------------------------------------------------------------------------------

    def _move(self, act: Callable[[Reader], Any]) -> None:
        reader = self.reader
        if reader is None:
            return
        act(reader)
        self.repaint(all_ages=False)

    def act_line_down(self) -> None:
        """`j`."""
        self._line(1)

    def act_line_up(self) -> None:
        """`k`."""
        self._line(-1)

    def _line(self, direction: int) -> None:
        if self.pane == "sidebar":
            self._move_in_sidebar(direction)
        elif self.pane == "panel":
            self._move_in_panel(direction)
        else:
            self._move(lambda reader: reader.line(direction))

    def _page(self, direction: int, part: int) -> None:
        if self.pane == "sidebar":
            self._move_in_sidebar(direction * 5)
            return
        if self.pane == "panel":
            self._move_in_panel(direction * 5)
            return
        self._move(lambda reader: reader.page(direction * max(1, reader.height // part - part % 2)))

    def act_half_down(self) -> None:
        """`^d`."""
        self._page(1, 2)

    def act_half_up(self) -> None:
        """`^u`."""
        self._page(-1, 2)

    def act_page_down(self) -> None:
        """Space."""
        self._page(1, 1)

    def act_page_up(self) -> None:
        """`b`."""
        self._page(-1, 1)

    def act_top(self) -> None:
        """`g`."""
        if self.pane == "sidebar":
            self._move_in_sidebar(-len(self.order))
        else:
            self._move(lambda reader: reader.top())

    def act_end(self) -> None:
        """`G`: the end, and follow."""
        if self.pane == "sidebar":
            self._move_in_sidebar(len(self.order))
        else:
            self._move(lambda reader: reader.end())

    def _step(self, direction: int, wanted: bytes | None, none: str) -> None:
        reader = self.reader
        if reader is None:
            return
        if not reader.step(direction, wanted):
            self.say(none)
        self.repaint(all_ages=False)

    def act_next_block(self) -> None:
        """`J`."""
        self._step(1, None, "this is the last block")

    def act_previous_block(self) -> None:
        """`K`."""
        self._step(-1, None, "this is the first block")

    def act_next_question(self) -> None:
        """`}`."""
        self._step(1, flags.QUESTIONS, "no later question")

    def act_previous_question(self) -> None:
        """`{`."""
        self._step(-1, flags.QUESTIONS, "no earlier question")

    def act_next_error(self) -> None:
        """`e`."""
        self._step(1, flags.ERRORS, "no later error")

    def act_previous_error(self) -> None:
        """`E`."""
        self._step(-1, flags.ERRORS, "no earlier error")

    def act_left(self) -> None:
        """Sideways."""
        self._shift(-8)

    def act_right(self) -> None:
        """Sideways."""
        self._shift(8)

    def _shift(self, cells: int) -> None:
        self._respec(shift=max(0, self.desk.spec.shift + cells))

    # --- reading -------------------------------------------------------------------------------

    def _respec(self, **changes: Any) -> None:
        from dataclasses import replace

        self.desk.spec = replace(self.desk.spec, **changes)
        self.repaint(all_ages=False)

    def _threshold(self, level: int) -> None:
        self._respec(threshold=level)
        self.paint_sidebar()
        if self.message or self.dock is not None:
            return
        self.say("all levels are shown" if level <= 0 else f"levels from {level} are shown")

    def _levels(self) -> list[int]:
        reader = self.reader
        return list(reader.transcript.levels) if reader is not None else []

    def act_lower(self) -> None:
        """`-`: the next lower level that occurs."""
        levels, now = self._levels(), self.desk.spec.threshold
        lower = [level for level in levels if level < now]
        if not levels:
            self.say("nothing here has a level")
        elif lower:
            self._threshold(lower[-1])
        else:
            self._threshold(0)

    def act_higher(self) -> None:
        """`+`: the next higher level that occurs."""
        levels, now = self._levels(), self.desk.spec.threshold
        higher = [level for level in levels if level > now]
        if not levels:
            self.say("nothing here has a level")
        elif higher:
            self._threshold(higher[0])
        else:
            self.say(f"{levels[-1]} is the highest level here")

    def act_all_levels(self) -> None:
        """`0`."""
        self._threshold(0)

    def act_level_menu(self) -> None:
        """`L`."""
        reader = self.reader
        if reader is None or not reader.transcript.levels:
            self.say("nothing here has a level")
            return
        now = self.desk.spec.threshold
        levels = dock_view.menu_levels(reader.transcript.histogram)
        cursor = min(levels, key=lambda level: abs(level - now)) if levels else now
        self.dock = DockState(kind="levels", key=self.open_key, cursor=cursor, back=now)
        self.pane = "dock"
        self.repaint()

    def act_open(self) -> None:
        """Enter: open or fold the block, the gap, the session, the step."""
        if self.pane == "sidebar":
            self.open_session(self.side_cursor)
            if self._layout.columns == 1:
                self.pane = "transcript"
            self.repaint()
            return
        if self.pane == "panel":
            self._open_from_panel()
            return
        reader = self.reader
        if reader is None or reader.cursor < 0:
            return
        body = reader.transcript.block(reader.cursor).body
        if isinstance(body, blocks.Ask) and not body.answered and self.open_ask(again=True):
            return
        if not reader.toggle():
            self.say("this does not fold")
        self.repaint(all_ages=False)

    def act_tools(self) -> None:
        """`x`."""
        self._fold(lambda t: t.open_all_tools(not t.tools_open))

    def act_only_answers(self) -> None:
        """`X`."""
        self._fold(lambda t: t.only_answers(not t.answers_only))

    def _fold(self, act: Callable[[Transcript], None]) -> None:
        reader = self.reader
        if reader is not None:
            act(reader.transcript)
            self.repaint(all_ages=False)

    def act_times(self) -> None:
        """`T`."""
        flag = not self.desk.spec.show_levels
        self._respec(show_levels=flag, show_times=flag)

    def act_wrap(self) -> None:
        """`W`."""
        flag = not self.desk.spec.wrap_code
        self._respec(wrap_code=flag, shift=0)
        self.say("code wraps" if flag else "code is cut at the edge")

    def act_raw(self) -> None:
        """`d`: the records behind the block."""
        reader = self.reader
        if reader is None or reader.cursor < 0 or self.engine is None:
            return
        block = reader.transcript.block(reader.cursor)
        future = self.engine.records(self.open_key, block.first, block.last)
        self._await(future, self._show_raw)

    def _show_raw(self, records: Any) -> None:
        from das_tui.tui.screens.raw import RawScreen

        last = self.overview.request_id if self.overview is not None else ""
        utc = self.desk.spec.utc
        self.app.push_screen(RawScreen(records, self.palette, self.glyphs, last, utc))

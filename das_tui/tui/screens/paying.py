"""What is paid by the character: a budget that asks first, and the questions that wait."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual.events import Key

from das_tui.tui.actions import folded
from das_tui.tui.screens.painting import DOCK_GUARD, AskAnyway, DockState, Draft, Held
from das_tui.tui.screens.reading import ReadingScreen

if TYPE_CHECKING:
    from das_tui.domain.waiting import Waiting


class PayingScreen(ReadingScreen):
    """Asks by way of the budget, and shows the queue."""

    def ask_for_bill(self) -> None:
        """What the day has cost so far, for the sidebar."""

        def got(bill: Any) -> None:
            self.desk.bill = self.desk.bill or bill
            self.paint_sidebar()

        if self.engine is not None and self.options.account is not None:
            self._await(self.engine.bill(), got)

    # --- the budget ----------------------------------------------------------------------------

    def _put_question(self, text: str, ask: AskAnyway, done: Callable[[Any], None]) -> None:
        """Ask; where the budget would be passed a dock comes up, and nothing is sent before `y`."""

        def over(error: BaseException) -> bool:
            from das_tui.run.errors import OverBudget

            if not isinstance(error, OverBudget):
                return False
            self.held = Held(text, error.forecast, ask, done)
            self.dock = DockState(kind="budget", key=self.open_key, since=time.monotonic())
            self.pane = "dock"
            self.repaint()
            return True

        self._await(ask(False), done, unless=over)

    def _budget_key(self, state: DockState, event: Key) -> bool:
        held = self.held
        if held is None or event.key in {"escape", "n", "q"}:
            self.held = None
            self.close_dock()
            if held is not None:
                self.draft = Draft()
                self._open_editor(held.text)
                self.say("nothing was sent, your words are here")
        elif folded(event.character) == "y":
            if time.monotonic() - state.since < DOCK_GUARD:
                return True
            self.held = None
            self.close_dock()
            self._await(held.ask(True), held.done)
        else:
            return event.key not in {"ctrl+c", "ctrl+l", "ctrl+z", "ctrl+p", "question_mark"}
        self.repaint()
        return True

    # --- the queue -----------------------------------------------------------------------------

    def act_queue(self) -> None:
        """`Q`: the questions that wait for their turn."""
        if not self.desk.queue():
            self.say("no question waits for its turn")
            return
        self.dock = DockState(kind="queue", key=self.open_key)
        self.pane = "dock"
        self.repaint()

    def _queue_key(self, state: DockState, event: Key) -> bool:
        line = self.desk.queue()
        state.cursor = max(0, min(state.cursor, len(line) - 1))
        key = folded(event.character) or event.key
        if not line or key in {"q", "Q"} or event.key == "escape":
            self.close_dock()
        elif key == "j" or event.key == "down":
            state.cursor = min(len(line) - 1, state.cursor + 1)
        elif key == "k" or event.key == "up":
            state.cursor = max(0, state.cursor - 1)
        elif key == "w":
            self._withdraw(line[state.cursor])
        elif event.key in {"enter", "ctrl+j"}:
            self.close_dock()
            self.open_session(line[state.cursor].key)
        else:
            return event.key not in {"ctrl+c", "ctrl+l", "ctrl+z", "ctrl+p", "question_mark"}
        self.repaint()
        return True

    def _withdraw(self, waiting: Waiting) -> None:
        if self.engine is None:
            return

        def taken(text: Any) -> None:
            self.flush()
            self.close_dock()
            self.open_session(waiting.key)
            self._put_draft(waiting.key, str(text))
            self.draft = Draft()
            self._open_editor(str(text))
            self.say("taken back: it was not sent")

        self._await(self.engine.withdraw(waiting.id), taken)

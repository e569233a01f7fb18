"""The main screen: which key runs which action.

It is put together from layers, each a class in a file of this folder. A layer builds on those
before it, adds the actions of one concern (`act_` and the name in `tui/actions.py`), and may say
more where one of them asks (`super()`). What is needed rarely they load when it is used.

`painting` state of the screen, panes, layout
`centre` head, transcript, the line one writes in
`fringe` sidebar, plan pane, dock, status line, footer
`following` what the engine hands over, ticks
`composing` the text field, drafts
`beginning` what a new session is begun with
`sessions` going to another session or pane
`reading` moving, levels, folds
`paying` the budget, the queue
`writing` sending, stopping, answering
`browsing` sessions and files at the service
`answered` suggestions and feedback
`docks` keys of an open dock
`program` profiles, settings, keys, the line
`marking` marks, going to a time
`sifting` the sieve, scans for matches
`hits` from hit to hit
`finding` the prompt of search, sieve, note
`timing` timeline, comparison
`tending` filter, order and names of the sidebar
`taking` copies, files, pipes
"""

from collections.abc import Callable
from typing import Any

from textual.events import Click, Key, MouseScrollDown, MouseScrollUp, Paste

from das_tui.tui.actions import Action, folded
from das_tui.tui.screens.painting import DockState
from das_tui.tui.screens.taking import TakingScreen

WHEEL_ROWS = 3


class MainScreen(TakingScreen, instances=True):
    """Keys in, actions out. `handle` sees every key before Textual does."""

    # --- keys ----------------------------------------------------------------------------------

    def handle(self, event: Key) -> bool:
        """Run the action of a key; whether it was one."""
        self.touched = True
        if event.key == "tab" and self.pane == "composer":
            if self.new_question:
                self.switch_service()
            return True
        if self.message and self._message_timer is not None:
            self._message_timer.stop()
            self._message_timer = None
            self.message = ""
            self.paint_status()
        if self.side_key(event):
            return True
        if self.prompt is not None and self._prompt_key(event):
            return True
        if self.dock is not None and self.pane == "dock" and self._dock_key(event):
            return True
        action = self._find(event)
        if action is None and self.pane == "composer" and self._write_key(event):
            return True
        if action is None:
            return self.pane != "composer" or event.key in {"enter", "escape", "tab"}
        if action.id == "history" and event.key == "up" and not self._may_recall():
            return self._write_key(event)
        self.run(action, event)
        return True

    def _find(self, event: Key) -> Action | None:
        scope = self.scope
        key = event.key
        found = self.table.find(scope, key)
        if found is None and scope != "composer" and event.character:
            character = folded(event.character)
            if character is not None and character != event.character:
                key = _name_of(character)
                found = self.table.find(scope, key)
        if found is None and scope == "dock":
            behind = self.table.find("transcript", key)
            asks = self.dock is not None and self.dock.kind == "ask"
            ids = _BEHIND_ASK if asks else _BEHIND_DOCK
            found = behind if behind is not None and behind.id in ids else None
        return found

    def run(self, action: Action, event: Key | None = None, argument: str = "") -> None:
        """Run an action by name; `nth_session` needs the key that was pressed, others take an
        argument from the command line."""
        if action.id == "nth_session":
            character = (event.character if event is not None else None) or "1"
            self.act_nth_session(int(character))
            return
        self.acted(action.id)
        method: Callable[..., Any] = getattr(self, f"act_{action.id}")
        if action.argument:
            method(argument)
        else:
            method()

    def _dock_key(self, event: Key) -> bool:
        """Keys that an open dock takes before the table does: typing, menus, its own scrolling."""
        state = self.dock
        assert state is not None
        if state.kind == "ask" and state.stage == "type":
            return self._type_key(state, event)
        if state.kind == "levels":
            return self._menu_key(state, event)
        if state.kind == "kinds":
            return self._kinds_key(state, event)
        if state.kind == "settings":
            return self._settings_key(event)
        if state.kind == "suggestions":
            return self._suggestion_key(state, event)
        if state.kind == "told":
            # It is read by the first key, which does what it does elsewhere.
            self.close_dock()
            self.repaint()
            return event.key in {"escape", "enter", "ctrl+j", "space", "q"}
        if state.kind == "budget":
            return self._budget_key(state, event)
        if state.kind == "queue":
            return self._queue_key(state, event)
        if state.kind == "delete":
            return self.delete_key(state, event)
        if state.kind in {"stop", "leave", "suspend"}:
            return self._question_key(state, event)
        if event.key in {"space", "pagedown", "ctrl+d"}:
            state.scroll += max(1, state.window - 1)
        elif event.key in {"b", "pageup", "ctrl+u"}:
            state.scroll = max(0, state.scroll - max(1, state.window - 1))
        else:
            # Enter does nothing: an approval has no default.
            return event.key in {"enter", "ctrl+j"}
        self.repaint()
        return True

    # --- program -------------------------------------------------------------------------------

    def act_palette(self) -> None:
        """`^p`."""
        from das_tui.tui.completing import Choices
        from das_tui.tui.screens.palette import PaletteScreen

        def run(action: Action, argument: str) -> None:
            self.run(action, argument=argument)

        page = PaletteScreen(
            run,
            self.palette,
            self.glyphs,
            table=self.table,
            choices=Choices(self),
            history=self.commands,
        )
        self.app.push_screen(page)

    def act_command(self) -> None:
        """`:` opens the same list: a word, or the start of one, and Enter."""
        self.act_palette()

    def act_help(self) -> None:
        """`?`."""
        from das_tui.tui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self.scope, self.palette, self.glyphs, self.table))

    def act_redraw(self) -> None:
        """`^l`."""
        for name in ("sidebar", "head", "transcript", "below", "composer", "panel", "status"):
            self._pane(name).use(self.palette)
        self.repaint()
        self.app.refresh(repaint=True)

    def act_quit(self) -> None:
        """`q`: at once, unless a paid answer is arriving."""
        session = self.paid_session()
        if session is None:
            self._leave_session()
            self.app.exit()
            return
        self.dock = DockState(kind="leave", key=session.key)
        self.pane = "dock"
        self.repaint()

    # --- mouse ---------------------------------------------------------------------------------

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """The wheel scrolls the transcript, whatever has the focus."""
        self._move(lambda reader: reader.page(WHEEL_ROWS))

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """The wheel scrolls the transcript, whatever has the focus."""
        self._move(lambda reader: reader.page(-WHEEL_ROWS))

    def on_click(self, event: Click) -> None:
        """A click puts the cursor there; a second one opens."""
        x, y = event.screen_x, event.screen_y
        for name, rect in self._layout.rects.items():
            inside = rect.x <= x < rect.x + rect.width and rect.y <= y < rect.y + rect.height
            if not inside:
                continue
            row = int(y) - rect.y
            if name == "sidebar" and row < len(self.side_rows):
                self.open_session(self.side_rows[row] or "")
            elif name == "transcript":
                self._click_transcript(row)
            elif name == "composer" and self.pane != "composer":
                self.act_write()
            elif name == "dock" and self.dock is not None and self.dock.kind == "ask":
                self.take_dock()

    def _click_transcript(self, row: int) -> None:
        reader = self.reader
        if reader is None:
            return
        lines = reader.window(reader.height)
        if row < len(lines):
            block = reader.transcript.item(lines[row].block)
            if block == reader.cursor and not reader.following:
                self.act_open()
                return
            reader.point(block)
            self.repaint(all_ages=False)

    def on_paste(self, event: Paste) -> None:
        """A paste outside the composer does nothing, but in the prompt; in it the text field
        takes it."""
        if self.pane != "composer":
            self._paste(event.text)
            event.stop()


_BEHIND_DOCK = frozenset({"line_down", "line_up", "next_block", "previous_block", "top", "end"})
"""What moves the transcript while a dock has the focus."""

_BEHIND_ASK = _BEHIND_DOCK | {"next_question", "previous_question", "search", "sift"}
"""What else reaches the transcript behind an approval, so that the letters of a search are never
taken for an answer."""


def _name_of(character: str) -> str:
    """The Textual key name of a printable ASCII character."""
    from textual.keys import _character_to_key

    return _character_to_key(character)

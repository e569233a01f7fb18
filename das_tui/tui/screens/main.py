"""The main screen: what each key does."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from textual.events import Click, Key, MouseScrollDown, MouseScrollUp, Paste

from das_tui.domain.blocks import Ask, Question
from das_tui.domain.events import AskKind
from das_tui.domain.session import Session, State
from das_tui.tui.actions import Action, find, folded
from das_tui.tui.reader import Reader, is_error, is_question
from das_tui.tui.screens.base import DOCK_GUARD, SERVICES, BaseScreen, DockState, Draft
from das_tui.tui.widgets.editor import Editor
from das_tui.view import dock as dock_view
from das_tui.view import panel as panel_view
from das_tui.view.transcript import Transcript

WHEEL_ROWS = 3


class MainScreen(BaseScreen):
    """Keys in, actions out. `handle` sees every key before Textual does."""

    # --- keys ----------------------------------------------------------------------------------

    def handle(self, event: Key) -> bool:
        """Run the action of a key; whether it was one."""
        if event.key == "tab" and self.pane == "composer":
            if self.new_question:
                self.switch_service()
            return True
        if self.message and self._message_timer is not None:
            self._message_timer.stop()
            self._message_timer = None
            self.message = ""
            self.paint_status()
        if self.dock is not None and self.pane == "dock" and self._dock_key(event):
            return True
        action = self._find(event)
        if action is None and self.pane == "composer" and self._type_ahead(event):
            return True
        if action is None:
            return self.pane != "composer" or event.key in {"enter", "escape", "tab"}
        if self.pane == "composer" and action.id == "history" and not self._may_recall():
            return False
        self.run(action, event)
        return True

    def _type_ahead(self, event: Key) -> bool:
        """Letters typed before the text field has the focus are not lost."""
        editor = self.editor
        if editor is None or editor.has_focus or not event.is_printable:
            return False
        editor.insert(event.character or "")
        return True

    def _find(self, event: Key) -> Action | None:
        scope = self.scope
        found = find(scope, event.key)
        if found is None and scope != "composer" and event.character:
            character = folded(event.character)
            if character is not None and character != event.character:
                found = find(scope, _name_of(character))
        if found is None and scope == "dock":
            found = find("transcript", event.key) if event.key in _BEHIND_DOCK else None
        return found

    def run(self, action: Action, event: Key | None = None) -> None:
        """Run an action by name; `nth_session` needs the key that was pressed."""
        if action.id == "nth_session":
            character = (event.character if event is not None else None) or "1"
            self.act_nth_session(int(character))
            return
        method: Callable[[], Any] = getattr(self, f"act_{action.id}")
        method()

    def _dock_key(self, event: Key) -> bool:
        """Keys that an open dock takes before the table does: typing, menus, its own scrolling."""
        state = self.dock
        assert state is not None
        if state.kind == "ask" and state.stage == "type":
            return self._type_key(state, event)
        if state.kind == "levels":
            return self._menu_key(state, event)
        if state.kind in {"stop", "leave"}:
            return self._question_key(state, event)
        if event.key in {"space", "pagedown", "ctrl+d"}:
            state.scroll += max(1, self.size.height // 4)
        elif event.key in {"b", "pageup", "ctrl+u"}:
            state.scroll = max(0, state.scroll - max(1, self.size.height // 4))
        else:
            # Enter does nothing: an approval has no default.
            return event.key in {"enter", "ctrl+j"}
        self.repaint()
        return True

    # --- docks ---------------------------------------------------------------------------------

    def _type_key(self, state: DockState, event: Key) -> bool:
        """The typed word that lets a write run."""
        if event.key == "escape":
            state.stage, state.typed = "ask", ""
        elif event.key == "ctrl+u":
            state.typed = ""
        elif event.key == "backspace":
            state.typed = state.typed[:-1]
        elif event.key == "enter":
            if state.typed == state.word:
                self._reply("approve")
            return True
        elif event.character and event.character.isprintable():
            state.typed += folded(event.character) or ""
        else:
            return event.key not in {"ctrl+c", "ctrl+l", "ctrl+z", "ctrl+p"}
        self.repaint()
        return True

    def _menu_key(self, state: DockState, event: Key) -> bool:
        reader = self.reader
        if reader is None:
            return False
        levels = dock_view.menu_levels(reader.transcript.histogram)
        place = levels.index(state.cursor) if state.cursor in levels else 0
        if event.key in {"j", "down"} and levels:
            state.cursor = levels[min(len(levels) - 1, place + 1)]
        elif event.key in {"k", "up"} and levels:
            state.cursor = levels[max(0, place - 1)]
        elif event.key in {"enter", "ctrl+j"}:
            self.close_dock()
            self._threshold(state.cursor)
            return True
        elif event.key == "0":
            self.close_dock()
            self._threshold(0)
            return True
        elif event.key in {"escape", "L", "q"}:
            self.close_dock()
            self._threshold(state.back)
            return True
        else:
            return False
        self._threshold(state.cursor)
        return True

    def _question_key(self, state: DockState, event: Key) -> bool:
        if state.kind == "stop" and event.key == "y":
            self.close_dock()
            self._stop(state.key)
        elif state.kind == "leave" and event.key == "q":
            self.app.exit()
        elif event.key in {"escape", "n", "k"} or (event.key == "q" and state.kind == "stop"):
            self.close_dock()
            self.repaint()
        elif event.key in {"ctrl+l", "ctrl+p", "question_mark"}:
            return False
        return True

    def _guarded(self) -> DockState | None:
        """The open ask dock, once it stood long enough to have been read."""
        state = self.dock
        if state is None or state.kind != "ask" or self.pane != "dock":
            return None
        if self._monotonic() - state.since < DOCK_GUARD:
            return None
        return state

    def _monotonic(self) -> float:
        import time

        return time.monotonic()

    def _ask(self) -> Ask | None:
        overview = self.overview
        return overview.ask if overview is not None else None

    def act_approve(self) -> None:
        """`y`: at once for a read, after the typed word for a write on production."""
        state, ask = self._guarded(), self._ask()
        if state is None or ask is None:
            return
        if ask.kind is AskKind.HUMAN:
            self.say("this needs words: r writes them")
            return
        if "y" not in state.keys:
            self.say("space shows the rest first")
            return
        if state.word:
            state.stage, state.typed = "type", ""
            self.repaint()
            return
        self._reply("approve")

    def act_approve_all(self) -> None:
        """`A`: this statement and all later ones; a write still wants its word."""
        state, ask = self._guarded(), self._ask()
        if state is None or ask is None:
            return
        if "A" in state.keys:
            self._reply("approve_all")
        elif ask.kind is AskKind.SQL:
            self.say("on a production profile statements are approved one by one")
        else:
            self.say("only statements can be approved ahead")

    def act_refuse(self) -> None:
        """`n`: say no in plain words; the run goes on without it."""
        ask = self._ask()
        if self._guarded() is None or ask is None:
            return
        if ask.kind is AskKind.HUMAN:
            self.say("this needs words: r writes them")
            return
        self._reply("refuse")

    def act_edit(self) -> None:
        """`e`: the statement or the steps into the composer, to send them changed."""
        ask = self._ask()
        if self._guarded() is None or ask is None:
            return
        text = ask.sql
        if ask.plan is not None:
            text = "\n".join(f"{step.order}. {step.name}" for step in ask.plan.steps)
        self._write_reply("edit", text)

    def act_reply(self) -> None:
        """`r`: answer in words."""
        if self._guarded() is not None:
            self._write_reply("reply", "")

    def _write_reply(self, choice: str, text: str) -> None:
        overview = self.overview
        if overview is not None:
            self.put_aside.add((self.open_key, overview.ask_block))
        self.close_dock()
        self.draft = Draft(choice=choice)
        self._open_editor(text or self.drafts.get(self.open_key, ""))

    def _reply(self, choice: str, text: str = "") -> None:
        key = self.open_key
        overview = self.overview
        self.close_dock()
        if self.engine is None or overview is None:
            return
        # Until the reply is stored the ask still stands; its dock must not come up again.
        place = (key, overview.ask_block)
        self.put_aside.add(place)
        self._await(
            self.engine.reply(key, choice, text),
            lambda _: None,
            lambda: self.put_aside.discard(place),
        )
        reader = self.reader
        if reader is not None:
            reader.end()
        self.repaint()

    def _stop(self, key: str) -> None:
        if self.engine is not None:
            self._await(self.engine.stop(key), lambda _: None)
            self.say("asked to stop")
        self.repaint()

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

    def _step(self, direction: int, wanted: Callable[[Any], bool] | None, none: str) -> None:
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
        self._step(1, is_question, "no later question")

    def act_previous_question(self) -> None:
        """`{`."""
        self._step(-1, is_question, "no earlier question")

    def act_next_error(self) -> None:
        """`e`."""
        self._step(1, is_error, "no later error")

    def act_previous_error(self) -> None:
        """`E`."""
        self._step(-1, is_error, "no earlier error")

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
        if isinstance(body, Ask) and not body.answered and self.open_ask(again=True):
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

        self.app.push_screen(RawScreen(records, self.palette, self.glyphs))

    # --- sessions ------------------------------------------------------------------------------

    def open_session(self, key: str) -> None:
        """Show a session: from memory, or from the store through the engine."""
        if not key or key not in self.desk.sessions:
            return
        self._keep_draft()
        self._leave_session()
        self.new_question = ""
        self.open_key = key
        self.side_cursor = key
        self.panel_cursor = -1
        self.close_dock()
        if self.pane == "composer":
            self.pane = "transcript"
        if self.desk.transcript(key) is None and self.engine is not None:
            self._loading.add(key)
            self._await(self.engine.open(key), lambda _: None)
        else:
            self._loaded(key)
        self.open_ask()
        self.repaint()

    def open_new(self, key: Any) -> None:
        """Open a session that was just made, if nothing else was opened meanwhile."""
        self.flush()
        if isinstance(key, str):
            self.open_session(key)

    def _leave_session(self) -> None:
        """What was on the screen has been seen."""
        session, transcript = self.session, self.desk.transcripts.get(self.open_key)
        if session is None or transcript is None or self.engine is None:
            return
        transcript.set_unread(None)
        if session.seen != len(transcript):
            self._await(self.engine.seen(session.key, len(transcript)), lambda _: None)

    def act_needs_me(self) -> None:
        """`a`: the session that waits longest, or the next after the open one."""
        waiting = self.desk.waiting()
        if not waiting:
            self.say("nobody waits for you")
            return
        keys = [session.key for session in waiting]
        place = keys.index(self.open_key) + 1 if self.open_key in keys else 0
        if self.dock is None and self.open_key in keys:
            place = keys.index(self.open_key)
        key = keys[place % len(keys)]
        if key != self.open_key:
            self.open_session(key)
        self.open_ask(again=True)
        self.repaint()

    def act_next_session(self) -> None:
        """`]`."""
        self._neighbour(1)

    def act_previous_session(self) -> None:
        """`[`."""
        self._neighbour(-1)

    def _neighbour(self, direction: int) -> None:
        if not self.order:
            return
        place = self.order.index(self.open_key) if self.open_key in self.order else -direction
        self.open_session(self.order[(place + direction) % len(self.order)])

    def act_nth_session(self, number: int) -> None:
        """`1` to `9`."""
        if number <= len(self.order):
            self.open_session(self.order[number - 1])
        else:
            self.say(f"there is no session {number}")

    def act_new_session(self) -> None:
        """`^n`: a new question; tab in the composer chooses the agent."""
        if self.options.account is None:
            self.say("no profile: nothing can be sent from here")
            return
        self._keep_draft()
        self._leave_session()
        self.close_dock()
        self.new_question = self.session.service if self.session is not None else "das"
        self.open_key = ""
        self.draft = Draft()
        self._open_editor(self.drafts.get("", ""))

    # --- panes ---------------------------------------------------------------------------------

    def _panes(self) -> list[str]:
        if self._layout.columns == 1:
            return ["transcript", "panel", "sidebar"]
        shown: list[str] = [
            n for n in ("transcript", "panel", "sidebar") if n in self._layout.rects
        ]
        if self.dock is not None:
            shown.insert(0, "dock")
        return shown

    def act_next_pane(self) -> None:
        """Tab."""
        self._turn_pane(1)

    def act_previous_pane(self) -> None:
        """Shift and tab."""
        self._turn_pane(-1)

    def _turn_pane(self, direction: int) -> None:
        panes = self._panes()
        place = panes.index(self.pane) if self.pane in panes else 0
        self.pane = panes[(place + direction) % len(panes)]
        if self.pane == "sidebar" and self.side_cursor not in self.order:
            self.side_cursor = self.open_key or (self.order[0] if self.order else "")
        if self.pane == "panel" and self.panel_cursor < 0:
            self.panel_cursor = 0
        self.repaint()

    def act_plan(self) -> None:
        """`p`: the plan pane."""
        if self.size.width >= 120:
            self.panel_wanted = self.panel_wanted is False
        elif self.size.width >= 80:
            self.panel_wanted = not self.panel_wanted
        else:
            self.pane = "transcript" if self.pane == "panel" else "panel"
        if self.pane == "panel" and self.panel_wanted is False:
            self.pane = "transcript"
        self.repaint()

    def act_alone(self) -> None:
        """`z`: the transcript alone."""
        self.alone = not self.alone
        if self.pane in {"sidebar", "panel"}:
            self.pane = "transcript"
        self.repaint()

    def _move_in_sidebar(self, steps: int) -> None:
        if not self.order:
            return
        place = self.order.index(self.side_cursor) if self.side_cursor in self.order else 0
        self.side_cursor = self.order[max(0, min(len(self.order) - 1, place + steps))]
        self.paint_sidebar()

    def _move_in_panel(self, steps: int) -> None:
        overview = self.overview
        if overview is None:
            return
        count = len(panel_view.targets(overview))
        self.panel_cursor = max(0, min(count - 1, self.panel_cursor + steps))
        self._paint_panel()

    def _open_from_panel(self) -> None:
        overview, reader = self.overview, self.reader
        if overview is None or reader is None:
            return
        targets = panel_view.targets(overview)
        if not 0 <= self.panel_cursor < len(targets) or targets[self.panel_cursor] < 0:
            self.say("this has no place in the transcript yet")
            return
        block = targets[self.panel_cursor]
        if not reader.transcript.visible(block):
            reader.transcript.open_gap(block)
        reader.go_to(block)
        if self.size.width < 120:
            self.pane, self.panel_wanted = "transcript", False
        self.repaint()

    # --- writing -------------------------------------------------------------------------------

    def act_write(self) -> None:
        """`i`: the composer."""
        session = self.session
        if self.options.account is None:
            self.say("no profile: nothing can be sent from here")
            return
        if session is None and not self.new_question:
            self.act_new_session()
            return
        waits = session is not None and session.state is State.NEEDS_INPUT
        self.draft = Draft(choice="reply" if waits else "")
        self._open_editor(self.drafts.get(self.open_key, ""))

    def _open_editor(self, text: str) -> None:
        editor = self.editor
        if editor is None:
            editor = Editor()
            self.mount(editor)
        self.pane = "composer"
        editor.load_text(text)
        editor.move_cursor(editor.document.end)
        self.call_after_refresh(self._focus_editor)
        self.repaint()

    def _focus_editor(self) -> None:
        editor = self.editor
        if editor is not None and self.pane == "composer":
            self.repaint()
            editor.focus()

    def on_text_area_changed(self) -> None:
        """The composer grows with its text."""
        rect = self._layout.rects.get("composer")
        if self.pane == "composer" and rect is not None and rect.height != self._editor_rows():
            self.repaint()

    def act_new_line(self) -> None:
        """`^j`."""
        if self.editor is not None:
            self.editor.insert_line()

    def _may_recall(self) -> bool:
        editor = self.editor
        return editor is not None and editor.on_first_line

    def act_history(self) -> None:
        """Up on the first line: the question before."""
        reader, editor = self.reader, self.editor
        if reader is None or editor is None:
            return
        asked = [
            block.body.text
            for block in (reader.transcript.block(i) for i in range(len(reader.transcript)))
            if isinstance(block.body, Question)
        ]
        asked = list(dict.fromkeys(asked))
        if not asked:
            return
        place = asked.index(editor.text) if editor.text in asked else len(asked)
        editor.load_text(asked[max(0, place - 1)])

    def act_leave(self) -> None:
        """Esc never stops a run: it leaves the composer, puts a dock aside, comes back."""
        if self.pane == "composer":
            self._keep_draft()
            self._close_editor()
            if self.new_question and self.order:
                self.open_session(self.order[0])
            self.open_ask()
        elif self.dock is not None:
            if self.dock.kind == "ask":
                self.put_aside.add((self.dock.key, self.dock.block))
                self.say("later: a brings it back, nothing was sent")
            self.close_dock()
        elif self.pane != "transcript":
            self.pane = "transcript"
            if self.size.width < 120:
                self.panel_wanted = False
        self.repaint()

    def _keep_draft(self) -> None:
        editor = self.editor
        if self.pane != "composer" or editor is None:
            return
        if editor.text.strip():
            self.drafts[self.open_key] = editor.text
        else:
            self.drafts.pop(self.open_key, None)

    def _close_editor(self) -> None:
        self.pane = "transcript"
        self.set_focus(None)

    def act_send(self) -> None:
        """Enter: send what is written; unsent text survives a refusal."""
        editor = self.editor
        if editor is None or self.engine is None:
            return
        text = editor.text.strip()
        if not text:
            self.say("nothing is written")
            return
        self.drafts[self.open_key] = editor.text
        session = self.session
        if session is None:
            future: Future[Any] = self.engine.ask(text, service=self.new_question or "das")
        elif session.state is State.NEEDS_INPUT:
            future = self.engine.reply(session.key, self.draft.choice or "reply", text)
        elif session.running:
            self.say("a run is under way here; ^n asks in a new session")
            return
        else:
            future = self.engine.ask(text, service=session.service, key=session.key)
        origin = self.open_key
        self._close_editor()
        self._await(future, lambda result: self._sent(origin, result))
        reader = self.reader
        if reader is not None:
            reader.end()
        self.repaint()

    def _sent(self, origin: str, result: Any) -> None:
        self.drafts.pop(origin, None)
        if isinstance(result, str) and result and not origin:
            self.flush()
            self.new_question = ""
            self.open_session(result)
        self.repaint()

    def switch_service(self) -> None:
        """Tab in the composer of a new question: the next agent."""
        place = SERVICES.index(self.new_question) if self.new_question in SERVICES else 0
        self.new_question = SERVICES[(place + 1) % len(SERVICES)]
        self.repaint()

    # --- runs ----------------------------------------------------------------------------------

    def act_next_act(self) -> None:
        """`r`: the one safe next act of the open session."""
        session, word = self.session, self._next_act()
        if session is None or not word or self.engine is None:
            self.say("there is nothing to do here")
            return
        if word == "answer":
            self.open_ask(again=True)
        elif word in {"follow", "try now"}:
            self._await(self.engine.follow(session.key), lambda _: None)
        elif word == "next question":
            overview = self.overview
            self.draft = Draft()
            self._open_editor(overview.suggestions[0] if overview is not None else "")
        else:
            self.draft = Draft()
            self._open_editor(self._last_question())
            self.say(self._caution(session))

    @staticmethod
    def _caution(session: Session) -> str:
        if session.state is State.CUT and session.service != "dms":
            return "enter asks again: a new paid question"
        return "enter asks again"

    def _last_question(self) -> str:
        reader = self.reader
        if reader is None:
            return ""
        for index in range(len(reader.transcript) - 1, -1, -1):
            body = reader.transcript.block(index).body
            if isinstance(body, Question):
                return body.text
        return ""

    def act_stop(self) -> None:
        """`^c`: asks first; with nothing live it says how to quit."""
        session = self.session
        if session is None or not session.running or self.options.account is None:
            self.say("nothing runs here; q quits")
            return
        self._keep_draft()
        if self.pane == "composer":
            self._close_editor()
        self.dock = DockState(kind="stop", key=session.key)
        self.pane = "dock"
        self.repaint()

    # --- program -------------------------------------------------------------------------------

    def act_palette(self) -> None:
        """`^p`."""
        from das_tui.tui.screens.palette import PaletteScreen

        self.app.push_screen(PaletteScreen(self.run, self.palette, self.glyphs))

    def act_command(self) -> None:
        """`:` opens the same list: a word, or the start of one, and Enter."""
        self.act_palette()

    def act_help(self) -> None:
        """`?`."""
        from das_tui.tui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self.pane, self.palette, self.glyphs))

    def act_redraw(self) -> None:
        """`^l`."""
        for name in ("sidebar", "head", "transcript", "below", "composer", "panel", "status"):
            self._pane(name).use(self.palette)
        self.repaint()
        self.app.refresh(repaint=True)

    def act_suspend(self) -> None:
        """`^z`: asks first while a paid answer is arriving."""
        session = self._paid_session()
        if session is not None and not (self.dock is not None and self.dock.kind == "leave"):
            self.say("a paid answer is arriving: it goes on only while this program runs")
            return
        self.app.action_suspend_process()

    def act_quit(self) -> None:
        """`q`: at once, unless a paid answer is arriving."""
        session = self._paid_session()
        if session is None:
            self._leave_session()
            self.app.exit()
            return
        self.dock = DockState(kind="leave", key=session.key)
        self.pane = "dock"
        self.repaint()

    def _paid_session(self) -> Session | None:
        if self.engine is None or not self.engine.paid:
            return None
        paid = [s for s in self.desk.sessions.values() if s.running and s.service != "dms"]
        return paid[0] if paid else None

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
        """A paste outside the composer does nothing; in it the text field takes it."""
        if self.pane != "composer":
            event.stop()

    # --- engine --------------------------------------------------------------------------------

    def _await(
        self,
        future: "Future[Any]",
        done: Callable[[Any], None],
        failed: Callable[[], object] = lambda: None,
    ) -> None:
        """Call `done` on this thread with the result, or `failed` and say why there is none."""

        def finished(settled: "Future[Any]") -> None:
            self.app.call_from_engine(  # type: ignore[attr-defined]
                lambda: self._settled(settled, done, failed)
            )

        future.add_done_callback(finished)

    def _settled(
        self, future: "Future[Any]", done: Callable[[Any], None], failed: Callable[[], object]
    ) -> None:
        if future.cancelled():
            return
        error = future.exception()
        if error is None:
            done(future.result())
            return
        failed()
        text = getattr(error, "text", "") or str(error) or type(error).__name__
        way_out = getattr(error, "way_out", "")
        title = getattr(error, "title", "")
        self.say("   ".join(filter(None, (title, text, way_out))))
        self.repaint()


_BEHIND_DOCK = frozenset({"j", "k", "up", "down", "J", "K", "g", "G", "home", "end"})


def _name_of(character: str) -> str:
    """The Textual key name of a printable ASCII character."""
    from textual.keys import _character_to_key

    return _character_to_key(character)

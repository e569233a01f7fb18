"""What an open dock does with keys: approvals, the level menu, stop and leave."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from textual.events import Key

from das_tui import later
from das_tui.tui.actions import folded
from das_tui.tui.screens.answered import AnsweredScreen
from das_tui.tui.screens.painting import DOCK_GUARD, DockState, Draft

if TYPE_CHECKING:
    from das_tui.domain import events
    from das_tui.domain.blocks import Ask
    from das_tui.view import dock as dock_view
else:
    events = later.module("das_tui.domain.events")
    dock_view = later.module("das_tui.view.dock")


class DockScreen(AnsweredScreen):
    """Answers to what a dock asks. Nothing is preselected and Enter approves nothing."""

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
            else:
                self.say(f"not sent: that is not {state.word}")
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
            if self.overview is not None and self.overview.ask is not None:
                # It may come back, where the service goes on waiting.
                self.put_aside.add((self.open_key, self.overview.ask_block))
            self._stop(state.key)
        elif state.kind == "leave" and event.key == "q":
            self.app.exit()
        elif event.key in {"escape", "n", "k"} or (event.key == "q" and state.kind == "stop"):
            self.close_dock()
            self.open_ask()
            self.repaint()
        elif event.key in {"ctrl+l", "ctrl+p", "question_mark"}:
            return False
        return True

    def _guarded(self) -> DockState | None:
        """The open ask dock, once it stood long enough to have been read."""
        state = self.dock
        if state is None or state.kind != "ask" or self.pane != "dock":
            return None
        if time.monotonic() - state.since < DOCK_GUARD:
            return None
        account = self.options.account
        if account is not None and account.read_only:
            self.say(
                "this profile only reads; with another one this can be answered",
                "this profile only reads",
            )
            return None
        return state

    def _ask(self) -> Ask | None:
        overview = self.overview
        return overview.ask if overview is not None else None

    def act_approve(self) -> None:
        """`y`: at once for a read, after the typed word for a write on production."""
        state, ask = self._guarded(), self._ask()
        if state is None or ask is None:
            return
        if ask.kind is events.AskKind.HUMAN:
            self.say(f"this needs words: {self.key_of('reply')} writes them")
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
        elif ask.kind is events.AskKind.SQL:
            self.say(
                "on a production profile statements are approved one by one",
                "here they are approved one by one",
            )
        else:
            self.say("only statements can be approved ahead")

    def act_refuse(self) -> None:
        """`n`: say no in plain words; the run goes on without it."""
        ask = self._ask()
        if self._guarded() is None or ask is None:
            return
        if ask.kind is events.AskKind.HUMAN:
            self.say(f"this needs words: {self.key_of('reply')} writes them")
            return
        self._reply("refuse")

    def act_edit(self) -> None:
        """`e`: the statement or the steps into the composer, to send them changed."""
        ask = self._ask()
        if self._guarded() is None or ask is None:
            return
        text = ask.sql
        if ask.plan is not None and ask.plan.more:
            self.say("the plan is too long to be edited here; r answers in words")
            return
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
        self.draft = Draft(choice=choice, given=text)
        self._open_editor(self.drafts.get(self.draft_key, text))

    def _reply(self, choice: str, text: str = "") -> None:
        key = self.open_key
        overview = self.overview
        self.close_dock()
        if self.engine is None or overview is None:
            return
        # Until the reply is stored the ask still stands; its dock must not come up again.
        place = (key, overview.ask_block)
        self.answering.add(place)
        self._await(
            self.engine.reply(key, choice, text, overview.ask),
            lambda _: None,
            lambda: self.answering.discard(place),
        )
        reader = self.reader
        if reader is not None:
            reader.end()
        self.repaint()

    def _stop(self, key: str) -> None:
        if self.engine is not None:
            self._await(self.engine.stop(key), lambda _: None)
            session = self.desk.sessions.get(key)
            dms = session is not None and session.service == "dms"
            self.say("asked to stop" if dms else "no longer listening")
        self.repaint()

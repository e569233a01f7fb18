"""After an answer: what to ask next, and what the operator thinks of it."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from textual.events import Key

from das_tui import later
from das_tui.domain.session import Session
from das_tui.tui.actions import folded
from das_tui.tui.screens.browsing import BrowsingScreen
from das_tui.tui.screens.painting import DockState, Draft

if TYPE_CHECKING:
    from das_tui.view import flags
    from das_tui.view import suggestions as suggestions_view
else:
    flags = later.module("das_tui.view.flags")
    suggestions_view = later.module("das_tui.view.suggestions")

_BACK = 400
"""So many records before the end of a turn are looked at for its checkpoint."""


class AnsweredScreen(BrowsingScreen):
    """Suggestions, likes, dislikes, the report of an issue, and the wish for a web report."""

    # --- suggestions ---------------------------------------------------------------------------

    def act_next_act(self) -> None:
        """`r`: the one safe next act; after an answer with suggestions these."""
        if self._next_act() != "next question":
            super().act_next_act()
            return
        self.dock = DockState(kind="suggestions", key=self.open_key)
        self.pane = "dock"
        self.repaint()

    def _suggestion_key(self, state: DockState, event: Key) -> bool:
        key = folded(event.character) or event.key
        overview = self.overview
        questions = overview.suggestions[: suggestions_view.MOST] if overview is not None else ()
        if key.isdecimal() and 0 < int(key) <= len(questions):
            self._take_suggestion(questions[int(key) - 1], write=state.typed == "e")
        elif key == "e" and not state.typed:
            state.typed = "e"
        elif event.key in {"escape", "q"} and state.typed:
            state.typed = ""
        elif event.key in {"escape", "q", "r"}:
            self.close_dock()
        elif key.isdecimal():
            self.say(f"there is no suggestion {key}")
        else:
            # Scrolling above and what holds everywhere go their way; other letters do nothing.
            return event.is_printable and key not in "jkJKgG?:"
        self.repaint()
        return True

    def _take_suggestion(self, text: str, *, write: bool) -> None:
        self.close_dock()
        session = self.session
        if session is None or self.engine is None:
            return
        if write:
            self.draft = Draft(given=text)
            self._open_editor(text)
            return
        if session.running:
            self.say(
                f"a run is under way here; {self.key_of('new_session')} asks in a new session",
                f"a run is under way; {self.key_of('new_session')} asks anew",
            )
            return
        self._put_question(text, lambda over: self._ask_here(session, text, over), lambda _: None)
        reader = self.reader
        if reader is not None:
            reader.end()

    # --- feedback ------------------------------------------------------------------------------

    def act_like(self) -> None:
        """`:like`: the answer under the cursor was good."""
        self._give("like")

    def act_dislike(self) -> None:
        """`:dislike`: the answer under the cursor was not."""
        self._give("dislike")

    def act_issue(self) -> None:
        """`:issue`: say in words what is wrong."""
        if self._rated() is None:
            return
        self._keep_draft()
        self.draft = Draft(choice="issue")
        self._open_editor(self.drafts.get(self.draft_key, ""))

    def act_report(self) -> None:
        """`:report`: say what a web report of this session is to be about."""
        session = self.session
        if session is None or self.engine is None or self.options.account is None:
            self.say("there is no session to report on")
        elif session.service != "dms" or not session.session_id:
            self.say("only sessions of the DMS Data Agent have reports")
        elif session.running:
            self.say("a run is under way here; a report can be made when it has ended")
        else:
            self._keep_draft()
            self.draft = Draft(choice="report")
            self._open_editor(self.drafts.get(self.draft_key, ""))

    def _wish_report(self, text: str) -> None:
        """Ask for the report; without words the agent chooses what is in it."""
        session, engine, kept = self.session, self.engine, self.draft_key
        if session is None or engine is None:
            return
        self._put_draft(kept, text)
        self._close_editor()
        self._await(engine.report(session.key, text), lambda _: self._put_draft(kept, ""))
        reader = self.reader
        if reader is not None:
            reader.end()
        self.repaint()

    def act_send(self) -> None:
        """Enter: what is written goes as the report of an issue or the wish for one, if it is."""
        if self.draft.choice == "report":
            self._wish_report(self.editor.text.strip() if self.editor is not None else "")
            return
        if self.draft.choice != "issue":
            super().act_send()
            return
        editor = self.editor
        text = editor.text.strip() if editor is not None else ""
        if not text:
            self.say("nothing is written")
            return
        self._put_draft(self.draft_key, text)
        kept = self.draft_key
        self._close_editor()
        self._give("issue", text, lambda: self._put_draft(kept, ""))
        self.repaint()

    def _rated(self) -> Session | None:
        """The open session, if the service takes feedback on it; else say why not."""
        session = self.session
        if session is None or self.engine is None or self.options.account is None:
            self.say("there is no answer here")
        elif session.service != "dms":
            self.say("only the DMS Data Agent takes feedback")
        elif not session.session_id:
            self.say("nothing has been answered here yet")
        else:
            return session
        return None

    def _give(self, kind: str, text: str = "", given: Callable[[], object] = lambda: None) -> None:
        """Tell the service, about the turn under the cursor."""
        session, engine = self._rated(), self.engine
        if session is None or engine is None:
            return
        done = {"like": "liked", "dislike": "disliked", "issue": "the issue was reported"}[kind]

        def taken(_: Any) -> None:
            given()
            self.say(done)

        def give(checkpoint: int | None) -> None:
            self._await(engine.feedback(session.key, kind, text, checkpoint), taken)

        end = self._end_of_turn()
        if kind == "issue" or end is None:
            give(None)
            return
        records: Future[Any] = engine.records(session.key, max(1, end - _BACK), end)
        self._await(records, lambda found: give(_checkpoint(found)))

    def _end_of_turn(self) -> int | None:
        """The last record of the turn under the cursor; None where that is the latest turn."""
        reader = self.reader
        if reader is None or reader.cursor < 0:
            return None
        after = reader.transcript.step(reader.cursor, 1, flags.QUESTIONS)
        return None if after is None else reader.transcript.block(after).first - 1


def _checkpoint(records: Any) -> int | None:
    """The last checkpoint among records."""
    from das_tui.run import replay

    for record in reversed(records):
        checkpoint, _ = replay.place(replay.read(record))
        if checkpoint is not None:
            return checkpoint
    return None

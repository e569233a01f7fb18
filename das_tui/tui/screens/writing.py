"""The composer, and the acts on a run."""

from concurrent.futures import Future
from typing import Any

from das_tui.domain.session import Session, State
from das_tui.tui.screens.painting import SERVICES, DockState, Draft
from das_tui.tui.screens.paying import PayingScreen


class WritingScreen(PayingScreen):
    """What is written and sent."""

    # --- writing -------------------------------------------------------------------------------

    def act_write(self) -> None:
        """`i`: the composer."""
        session = self.session
        if self.options.account is None:
            self.say(
                "no profile: nothing can be sent; :profile makes one",
                "no profile; :profile makes one",
            )
            return
        if session is None and not self.new_question:
            self.act_new_session()
            return
        waits = session is not None and session.state is State.NEEDS_INPUT
        self.draft = Draft(choice="reply" if waits else "")
        self._open_editor(self.drafts.get(self.open_key, ""))

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
                self.say(
                    f"later: {self.key_of('needs_me')} brings it back, nothing was sent",
                    "later, nothing was sent",
                )
            self.close_dock()
        elif self.pane != "transcript":
            self.pane = "transcript"
            if self.size.width < 120:
                self.panel_wanted = False
        elif self.size.width < 120 and self.panel_wanted:
            self.panel_wanted = False
        self.repaint()

    def act_send(self) -> None:
        """Enter: send what is written; unsent text survives a refusal."""
        editor = self.editor
        if editor is None or self.engine is None:
            return
        text = editor.text.strip()
        if not text:
            self.say("nothing is written")
            return
        self._put_draft(self.draft_key, editor.text)
        session = self.session
        if session is not None and session.state is State.NEEDS_INPUT and not self.draft.choice:
            # Begun as a question, before the agent asked: only a second enter makes it the answer.
            self.draft = Draft(choice="reply", given=self.draft.given)
            self.say(
                "not sent: enter again answers the agent with this text, esc keeps it",
                "enter again answers the agent with this",
            )
            self.repaint()
            return
        origin, kept = self.open_key, self.draft_key

        def sent(result: Any) -> None:
            self._sent(origin, kept, result)

        if session is None:
            self._close_editor()
            self._put_question(text, lambda over: self._ask_new(text, over_budget=over), sent)
        elif session.state is State.NEEDS_INPUT:
            reply = self.engine.reply(session.key, self.draft.choice or "reply", text)
            self._close_editor()
            self._await(reply, sent)
        elif session.running and session.service == "dms":
            self.say(
                f"a run is under way here; {self.key_of('new_session')} asks in a new session",
                f"a run is under way; {self.key_of('new_session')} asks anew",
            )
            return
        else:
            self._close_editor()
            self._put_question(text, lambda over: self._ask_here(session, text, over), sent)
        reader = self.reader
        if reader is not None:
            reader.end()
        self.repaint()

    def _ask_here(self, session: Session, text: str, over_budget: bool) -> Future[Any]:
        """Ask the next question of a session; while an answer of DAS arrives it waits its turn."""
        assert self.engine is not None
        return self.engine.ask(
            text, service=session.service, key=session.key, over_budget=over_budget
        )

    def _sent(self, origin: str, kept: str, result: Any) -> None:
        self._put_draft(kept, "")
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
        elif word == "ask on":
            self.act_write()
        elif word == "ask anew":
            question = self._last_question()
            self.begin_question(session.service)
            self._open_editor(question)
            self.say(
                "enter asks in a new session; this one is gone at the service",
                "enter asks in a new session",
            )
        elif word in {"follow", "try now"}:
            self._await(self.engine.follow(session.key), lambda _: None)
        else:
            self.draft = Draft()
            self._open_editor(self._last_question())
            self.say(*self._caution(session))

    @staticmethod
    def _caution(session: Session) -> tuple[str, ...]:
        if session.service != "dms" and session.state in {State.CUT, State.CANCELLED}:
            return "enter asks again: a new paid question", "enter pays for a new question"
        return ("enter asks again",)

    def _last_question(self) -> str:
        overview, reader = self.overview, self.reader
        if overview is not None and overview.question:
            return overview.question
        if reader is None:
            return ""
        asked = reader.transcript.questions()
        return asked[-1] if asked else ""

    def act_stop(self) -> None:
        """`^c`: asks first; with nothing live it says how to quit. A run that waits for an answer
        can be cancelled too, where the service can be told so."""
        session = self.session
        waits = (
            session is not None
            and session.state is State.NEEDS_INPUT
            and session.service == "dms"
            and bool(session.session_id)
        )
        if session is None or not (session.running or waits) or self.options.account is None:
            self.say(f"nothing runs here; {self.key_of('quit')} quits")
            return
        self._keep_draft()
        if self.pane == "composer":
            self._close_editor()
        self.dock = DockState(kind="stop", key=session.key)
        self.pane = "dock"
        self.repaint()

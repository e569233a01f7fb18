"""Sessions and panes: opening, walking, the sidebar and the plan pane as lists."""

from typing import TYPE_CHECKING, Any

from das_tui import later
from das_tui.tui.screens.beginning import BeginningScreen
from das_tui.tui.screens.painting import Draft

if TYPE_CHECKING:
    from das_tui.view import panel as panel_view
else:
    panel_view = later.module("das_tui.view.panel")


class SessionsScreen(BeginningScreen):
    """What leads from one session or pane to another."""

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
        if self.desk.transcript(key) is None:
            self._loading.add(key)
            if self.engine is not None:
                self._await(self.engine.open(key), lambda _: None)
        else:
            self._loaded(key)
        self._recall_draft(key)
        self.open_ask()
        self.call_operator()
        self.repaint()

    def open_new(self, key: Any) -> None:
        """Open a session that was just made, unless the operator is doing something else."""
        self.flush()
        if isinstance(key, str) and not self.touched:
            self.open_session(key)

    def put_down(self) -> None:
        """The program ends: keep what is written, and what was seen."""
        self._keep_draft()
        self._leave_session()

    def _leave_session(self) -> None:
        """What was on the screen has been seen."""
        session, transcript = self.session, self.desk.transcripts.get(self.open_key)
        if session is None or transcript is None or self.engine is None:
            return
        transcript.set_unread(None)
        looked = min(self.looked_at(session.key), len(transcript))
        if session.seen < looked or session.unread_errors:
            self._await(self.engine.seen(session.key, looked), lambda _: None)

    def looked_at(self, key: str) -> int:
        """How many blocks of a session were on the screen, from its beginning on."""
        return 0

    def act_needs_me(self) -> None:
        """`a`: the session that waits longest, or the next after the open one."""
        answered = {key for key, _ in self.answering}
        waiting = [session for session in self.desk.waiting() if session.key not in answered]
        if not waiting:
            self.say("nobody waits for you")
            return
        keys = [session.key for session in waiting]
        place = keys.index(self.open_key) + 1 if self.open_key in keys else 0
        asks = self.dock is not None and self.dock.kind == "ask"
        if self.open_key in keys and (self.dock is None or (asks and self.pane != "dock")):
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
            self.say(
                "no profile: nothing can be sent; :profile makes one",
                "no profile; :profile makes one",
            )
            return
        self.begin_question(self.session.service if self.session is not None else "das")

    def begin_question(self, service: str) -> None:
        """The composer for a new question to `service`."""
        self._keep_draft()
        self._leave_session()
        self.close_dock()
        self.new_question = service
        self.open_key = ""
        self._with_beginning(lambda _: self.repaint())
        self.draft = Draft()
        self._open_editor(self.drafts.get("", ""))

    # --- panes ---------------------------------------------------------------------------------

    def _panes(self) -> list[str]:
        if self._layout.columns == 1:
            # A dock leaves the text a row or two, and scrolls them itself.
            text = self.dock is None or self.dock.aside
            return ["transcript" if text else "dock", "panel", "sidebar"]
        shown: list[str] = [
            n for n in ("transcript", "panel", "sidebar") if n in self._layout.rects
        ]
        if self.dock is not None and not self.dock.aside:
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
        if not panes:
            return
        if self.dock is not None and self.dock.aside and direction > 0:
            self.take_dock()
            return
        behind = -1 if direction > 0 else 0
        place = panes.index(self.pane) if self.pane in panes else behind
        self.pane = panes[(place + direction) % len(panes)]
        if self.pane == "sidebar" and self.side_cursor not in self.side_rows:
            # The rows stay where they are: the cursor begins on one that is in sight.
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

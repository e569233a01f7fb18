"""What concerns the program and the account, not one session: profiles, ids to take away."""

import os
import time

from das_tui.tui.clipboard import copy
from das_tui.tui.desk import Desk
from das_tui.tui.options import AppOptions
from das_tui.tui.screens.docks import DockScreen
from das_tui.view.clean import one_line


class ProgramScreen(DockScreen):
    """Profiles and the request id."""

    def act_profile(self) -> None:
        """`profile`: the list of profiles; where there is none, how to make one."""
        from das_tui.tui.accounts import Accounts

        accounts: Accounts = self.app.accounts  # type: ignore[attr-defined]
        if not accounts.available:
            self.say("the demo has one account of its own; das-tui without demo has profiles")
            return
        self._keep_draft()
        if self.options.account is None:
            self._await(
                accounts.read(), lambda book: self._show_profiles(bool(book.found.profiles))
            )
            return
        self._show_profiles(True)

    def _show_profiles(self, any_there: bool) -> None:
        accounts = self.app.accounts  # type: ignore[attr-defined]
        if any_there:
            from das_tui.tui.screens.profiles import ProfilesScreen

            self.app.push_screen(ProfilesScreen(self.palette, self.glyphs, accounts))
            return
        from das_tui.tui.screens.welcome import WelcomeScreen

        stored = len(self.desk.sessions)
        page = WelcomeScreen(self.palette, self.glyphs, accounts, stored=stored, back=True)
        self.app.push_screen(page)

    def act_request_id(self) -> None:
        """`request-id`: the service's id of the last request of the open session, for a ticket."""
        overview = self.overview
        found = one_line(overview.request_id) if overview is not None else ""
        if not found:
            self.say("the service has given no request id here")
            return
        self.say(f"request {found}, {copy(self.app, found, os.environ)}")

    def begin_anew(self, options: AppOptions, level: int | None) -> None:
        """Forget what came from the engine that is about to be closed; another one follows. The
        open session stays the open one, and what is written is kept."""
        self._keep_draft()
        self._leave_session()
        if self.pane == "composer":
            self._close_editor()
        self.close_dock()
        self.engine = None
        self.options = options
        self.ready = False
        self.new_question = ""
        self.pane = "transcript"
        self.put_aside.clear()
        self._loading.clear()
        self.readers.clear()
        self.order = []
        self.desk = Desk(self.desk.spec, time.monotonic)
        if level is not None:
            self._respec(threshold=level)
        self._watch_runs()
        self.repaint()

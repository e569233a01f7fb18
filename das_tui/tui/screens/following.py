"""The main screen follows what the engine hands over."""

import time
from typing import TYPE_CHECKING

from das_tui.domain.session import State
from das_tui.view import sidebar as sidebar_view
from das_tui.view.clean import clean

if TYPE_CHECKING:
    from das_tui.run.feed import Change

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from das_tui.tui import litter
from das_tui.tui.futures import sentence
from das_tui.tui.screens.fringe import FringeScreen
from das_tui.tui.screens.painting import FRAME, MESSAGE_SECONDS, DockState

_STATUS_FACTS = 60
"""Cells of the status line that a message shares with other facts."""


class FollowingScreen(FringeScreen):
    """Takes over changes once a frame, brings docks up and down, ticks while a run is live."""

    # --- changes from the engine ---------------------------------------------------------------

    def wake(self) -> None:
        """The feed has something: look into it now, or at the next frame. A session that is being
        opened waits for no frame."""
        if self.open_key in self._loading:
            self._stop_flush()
            self.flush()
            return
        if self._flush_timer is not None:
            return
        wait = FRAME - (time.monotonic() - self._flushed)
        if wait <= 0:
            self.flush()
        else:
            self._flush_timer = self.set_timer(wait, self._late_flush)

    def _stop_flush(self) -> None:
        if self._flush_timer is not None:
            self._flush_timer.stop()
            self._flush_timer = None

    def _late_flush(self) -> None:
        self._flush_timer = None
        self.flush()

    def flush(self) -> None:
        """Take over all changes and paint once."""
        if self.engine is None:
            return
        self._flushed = time.monotonic()
        changes = self.engine.feed.drain()
        if not changes:
            return
        before = {
            key: self.desk.sessions[key].state for key in changes if key in self.desk.sessions
        }
        changed = self.desk.take(changes)
        for key, change in changes.items():
            if change.reset:
                self._loading.discard(key)
                self._loaded(key)
                litter.settle()
        self._reordered(changes)
        self._follow_ask(before)
        self._watch_runs()
        if self.open_key in changed or self.open_key in changes:
            self.repaint()
        else:
            self.paint_sidebar()
            self.paint_status()
        self.paint_now()

    def _reordered(self, changes: "dict[str, Change]") -> None:
        self.order = sidebar_view.order(self._listed(), self.order)

    def _loaded(self, key: str) -> None:
        """A transcript came from the store: show where the reader left off."""
        session = self.desk.sessions.get(key)
        transcript = self.desk.transcripts.get(key)
        if session is None or transcript is None:
            return
        if 0 < session.seen < len(transcript):
            first = transcript.first_new(session.seen)
            transcript.set_unread(first, len(transcript) - session.seen, session.asked_at or None)
        self.readers.pop(key, None)

    def _follow_ask(self, before: dict[str, State]) -> None:
        """An ask of the open session brings its dock up; an answered one takes it down."""
        overview = self.overview
        if self.dock is not None and self.dock.kind == "ask":
            gone = overview is None or overview.ask is None or self.dock.key != self.open_key
            if gone or (overview is not None and overview.ask_block != self.dock.block):
                self.close_dock()
        if self.dock is None and self.pane != "composer":
            self.open_ask()

    def open_ask(self, *, again: bool = False) -> bool:
        """Bring up the dock of the open session's ask, unless it was put aside; `again` brings it
        back."""
        overview = self.overview
        if overview is None or overview.ask is None or self.engine is None:
            return False
        place = (self.open_key, overview.ask_block)
        if not self._is_ours():
            if again:
                self._explain(self._not_ours())
            return False
        if again:
            self.put_aside.discard(place)
        if place in self.put_aside or self.options.account is None:
            return False
        self.dock = DockState(
            kind="ask",
            key=self.open_key,
            block=overview.ask_block,
            since=time.monotonic(),
        )
        self.pane = "dock"
        self.repaint()
        return True

    def _not_ours(self) -> BaseException:
        from das_tui.run.errors import OtherProfile

        owner = self.session.profile if self.session is not None else ""
        return OtherProfile(
            f"It waits for an answer of the profile {owner}; this one may not give it.",
            ":profile switches.",
        )

    def _is_ours(self) -> bool:
        """Whether the open session can be answered with the profile in use."""
        session, account = self.session, self.options.account
        owner = session.profile if session is not None else ""
        return account is None or not owner or owner == account.profile

    def close_dock(self) -> None:
        """Take the dock down; the transcript gets the focus."""
        self.dock = None
        if self.pane == "dock":
            self.pane = "transcript"

    def _watch_runs(self) -> None:
        """Timers tick only while a run is live."""
        running = self.desk.any_running()
        if running and self._tick_timer is None:
            self._tick_timer = self.set_interval(1.0, self._tick)
        elif not running and self._tick_timer is not None:
            self._tick_timer.stop()
            self._tick_timer = None

    def _tick(self) -> None:
        session = self.session
        if self.dock is not None or (session is not None and session.running):
            self.repaint(all_ages=int(self.now()) % 10 == 0)
        elif int(self.now()) % 10 == 0:
            self.paint_sidebar()

    # --- answers ---------------------------------------------------------------------------------

    def say(self, text: str) -> None:
        """The answer to a key, in the middle of the status line."""
        self.message = clean(text).replace("\n", " ")
        if self._message_timer is not None:
            self._message_timer.stop()
        self._message_timer = self.set_timer(MESSAGE_SECONDS, self._hush) if text else None
        self.paint_status()

    def _hush(self) -> None:
        self.message = ""
        self._message_timer = None
        self.paint_status()

    def _await(
        self,
        future: "Future[Any]",
        done: Callable[[Any], None],
        failed: Callable[[], object] = lambda: None,
        *,
        unless: Callable[[BaseException], bool] = lambda _: False,
    ) -> None:
        """Call `done` on this thread with the result, or `failed` and say why there is none,
        unless `unless` took care of the error."""

        def finished(settled: "Future[Any]") -> None:
            self.app.call_from_engine(  # type: ignore[attr-defined]
                lambda: self._settled(settled, done, failed, unless)
            )

        future.add_done_callback(finished)

    def _settled(
        self,
        future: "Future[Any]",
        done: Callable[[Any], None],
        failed: Callable[[], object],
        unless: Callable[[BaseException], bool],
    ) -> None:
        if future.cancelled():
            return
        error = future.exception()
        if error is None:
            done(future.result())
            return
        if unless(error):
            return
        failed()
        self._explain(error)

    def _explain(self, error: BaseException) -> None:
        """Say why something was not done: in the status line, or in a dock if it is longer."""
        words = sentence(error)
        room = self.size.width - _STATUS_FACTS
        if len(words) <= room or self.dock is not None or self.pane == "composer":
            self.say(words)
        else:
            title, text, way_out = (
                getattr(error, name, "") for name in ("title", "text", "way_out")
            )
            self.say("")
            self.told = (title, text or str(error), way_out)
            self.dock = DockState(kind="told", key=self.open_key)
            self.pane = "dock"
        self.repaint()

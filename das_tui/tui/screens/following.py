"""The main screen follows what the engine hands over."""

import os
import time
from typing import TYPE_CHECKING

from das_tui.domain.session import State
from das_tui.run import way
from das_tui.view.clean import clean

if TYPE_CHECKING:
    from textual.timer import Timer

    from das_tui.run.feed import Change
    from das_tui.tui.app import DasApp
    from das_tui.tui.screens.page import Page

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from das_tui.tui import litter
from das_tui.tui.futures import sentence
from das_tui.tui.screens.fringe import FringeScreen
from das_tui.tui.screens.painting import MESSAGE_SECONDS, DockState

_BREATH = 0.001
"""Seconds between taking changes over and painting them."""

_FLOOD = 256
"""New blocks between two frames, several screens of them, from which nobody reads along."""

_FLOOD_FRAME = 1 / 15
"""Seconds between two frames then."""

_REST = 1.5
"""Seconds after a session was opened in which it is read, and nothing is swept up."""

_MEND_SECONDS = 60.0
"""So often at most a session is made anew because a part of it cannot be read."""

_STATUS_FACTS = 60
"""Cells of the status line that a message shares with other facts."""


class FollowingScreen(FringeScreen):
    """Takes over changes once a frame, brings docks up and down, ticks while a run is live."""

    _ticked = -1
    _was_slow = False
    _paint_timer: "Timer | None" = None
    _painted = 0.0
    _came = 0
    _needs = 0
    _timers_changed = False

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
        wait = self.link.frame - (time.monotonic() - self._flushed)
        if wait <= 0:
            self._late_flush()
        else:
            self._flush_timer = self.set_timer(wait, self._late_flush)

    def _stop_flush(self) -> None:
        if self._flush_timer is not None:
            self._flush_timer.stop()
            self._flush_timer = None

    def _late_flush(self) -> None:
        """Take over changes, and paint a moment later: a key that came meanwhile goes first."""
        self._flush_timer = None
        self._take_changes()
        if self._unpainted and self._paint_timer is None:
            wait = self._painted + self._pace() - time.monotonic()
            self._paint_timer = self.set_timer(max(_BREATH, wait), self.flush)

    def _pace(self) -> float:
        """Seconds from one painted frame to the next: in a flood receiving has most of the time.
        What came is taken over more often, and a key is answered with all of it."""
        return _FLOOD_FRAME if self._came >= _FLOOD else 0.0

    def flush(self) -> None:
        """Take over all changes and paint once."""
        if self._paint_timer is not None:
            self._paint_timer.stop()
            self._paint_timer = None
        self._take_changes()
        keys, self._unpainted = self._unpainted, set()
        if not keys:
            return
        self._painted = time.monotonic()
        needs, self._needs = self._needs, len(self.desk.waiting())
        with way.first:
            if (
                not self.is_active
                or self.open_key in keys
                or self._line_changed()
                or needs != self._needs
                or self._timers_changed
            ):
                self._timers_changed = False
                self.repaint()
            else:
                self.paint_sidebar()
                self.paint_status()
            self.paint_now()
            if needs != self._needs and not self.is_active:
                page: Page = self.app.screen  # type: ignore[assignment]
                page.paint_footer()
        self._came = 0

    def _take_changes(self) -> None:
        if self.engine is None:
            return
        self._flushed = time.monotonic()
        changes = self.engine.feed.drain()
        if changes:
            self._came += sum(len(change.blocks) for change in changes.values())
            with way.first:
                self._take_over(changes)

    def _take_over(self, changes: "dict[str, Change]") -> None:
        before = {
            key: self.desk.sessions[key].state for key in changes if key in self.desk.sessions
        }
        self.desk.take(changes)
        for key, change in changes.items():
            if change.reset:
                # What comes again without being asked for is the same: its reader stays.
                reader = None if key in self._loading else self.readers.get(key)
                self._loading.discard(key)
                self._loaded(key)
                if reader is not None:
                    self.readers[key] = reader
                if litter.settle():
                    self.set_timer(_REST, litter.sweep)
        self._follow_ask(before)
        self.call_operator()
        self._watch_runs()
        self._unpainted |= changes.keys()

    def mend(self) -> None:
        """Let the engine make anew what could not be read, and say so. Not again and again."""
        key, now = self.open_key, time.monotonic()
        if self.engine is None or now - self._mended.get(key, -_MEND_SECONDS) < _MEND_SECONDS:
            return
        self._mended[key] = now

        def done(mended: bool) -> None:
            when = "was made anew" if mended else "is made anew after the run"
            self.say(f"a damaged part {when}")

        self._await(self.engine.mend(key), done)

    def call_operator(self) -> None:
        """Bell and title for what waits, unless the operator has it before them."""
        waiting = self.desk.waiting()
        if self._attention is None:
            if not waiting:
                return
            from das_tui.tui.attention import Attention

            known = () if self.ready else ((one.key, one.since) for one in waiting)
            self._attention = Attention(self.options.bell, os.environ, known)
        app: DasApp = self.app  # type: ignore[assignment]
        looks = self.is_active and app.app_focus
        if self._attention.call(waiting, self.open_key if looks else ""):
            app.bell()
        app.entitle(self._attention.title)

    def on_screen_resume(self) -> None:
        """The page above went: what it covered is seen."""
        if self._outdated:
            self._outdated = False
            if self.reader is not None:
                self.reader.transcript.watch(False)
            self.repaint()
            self.paint_now()
        self.call_operator()

    def _loaded(self, key: str) -> None:
        """A transcript came from the store: show where the reader left off."""
        session = self.desk.sessions.get(key)
        transcript = self.desk.transcripts.get(key)
        if session is None or transcript is None:
            return
        seen = max(session.seen, self.looked_at(key))
        if 0 < seen < len(transcript):
            first = transcript.first_new(seen)
            last = seen - 1
            since = None if last < transcript.shelved else transcript.block(last).at
            transcript.set_unread(first, since)
        reader = self.readers.get(key)
        if reader is not None and (reader.following or reader.transcript is not transcript):
            del self.readers[key]

    def looked_at(self, key: str) -> int:
        """How many blocks of a session were on the screen, from its beginning on."""
        return 0

    def _follow_ask(self, before: dict[str, State]) -> None:
        """An ask of the open session brings its dock up; an answered one takes it down."""
        overview = self.overview
        self.answering = {place for place in self.answering if self._stands(*place)}
        if self.dock is not None and self.dock.kind == "ask":
            gone = overview is None or overview.ask is None or self.dock.key != self.open_key
            if gone or (overview is not None and overview.ask_block != self.dock.block):
                self.close_dock()
        session = self.session
        if self.pane == "composer" and not self.draft.choice and session is not None:
            waited = before.get(session.key, session.state) is State.NEEDS_INPUT
            if session.state is State.NEEDS_INPUT and not waited:
                self.say(
                    "the agent asks: esc shows what, enter answers with this text",
                    "the agent asks: esc shows what",
                )
        if self.dock is None and self.pane != "composer":
            self.open_ask()

    def _stands(self, key: str, block: int) -> bool:
        """Whether that ask still waits, as far as is known here."""
        found = self.desk.overviews.get(key)
        return found is not None and found.ask is not None and found.ask_block == block

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
        if place in self.put_aside | self.answering or self.options.account is None:
            return False
        held = self.dock
        if again and held is not None and held.kind == "ask" and (held.key, held.block) == place:
            self.take_dock()
            return True
        aside = not again and not self.at_rest()
        self.dock = DockState(
            kind="ask",
            key=self.open_key,
            block=overview.ask_block,
            since=time.monotonic(),
            aside=aside,
        )
        if not aside:
            self.pane = "dock"
        self.repaint()
        return True

    def at_rest(self) -> bool:
        """Whether what asks may take the keys: the operator follows the end of the transcript,
        and does nothing there."""
        reader = self.reader
        return self.pane == "transcript" and (reader is None or reader.following)

    def take_dock(self) -> None:
        """The open dock gets the focus; one that stood aside comes up as a whole, and its keys
        wait as those of any that appears."""
        state = self.dock
        if state is None:
            return
        if state.aside:
            state.aside, state.since = False, time.monotonic()
        self.pane = "dock"
        self.repaint()

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
        if running is (self._tick_timer is None):
            # Timers of what waits become times of day, or the other way round.
            self._timers_changed = True
        if running and self._tick_timer is None:
            self._tick_timer = self.set_interval(1.0, self._tick)
        elif not running and self._tick_timer is not None:
            self._tick_timer.stop()
            self._tick_timer = None

    def _beat(self) -> tuple[bool, bool]:
        """A second of a live run has passed: whether timers change now, and whether ages do."""
        now, step = int(self.now()), self.link.tick
        before, self._ticked = self._ticked, now
        return now // step != before // step, now // 10 != before // 10

    def _line_changed(self) -> bool:
        """Whether the line turned slow or fast since this was asked last."""
        before, self._was_slow = self._was_slow, self.link.slow
        return before is not self._was_slow

    def _tick(self) -> None:
        session = self.session
        timers, ages = self._beat()
        if self.dock is not None or (session is not None and session.running):
            if timers or self._line_changed():
                self.repaint(all_ages=ages)
        elif ages:
            self.paint_sidebar() if self.is_active else self.repaint()

    # --- answers ---------------------------------------------------------------------------------

    def say(self, text: str, *briefer: str) -> None:
        """The answer to a key, in the middle of the status line; the first of the `briefer` words
        that fit where the text does not."""
        self.message = clean(text).replace("\n", " ")
        self.briefer = briefer
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

"""The app: starts the engine after the first paint, passes keys to the screen, ends orderly."""

import asyncio
import contextvars
import os
import signal
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from types import FrameType
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import App
from textual.binding import BindingType
from textual.driver import Driver
from textual.events import Event, Key, Paste, Resize
from textual.filter import LineFilter, Monochrome, NoColor
from textual.screen import Screen

from das_tui.domain.session import Session, State
from das_tui.run import way
from das_tui.tui import driver, early, litter, output, timers
from das_tui.tui.accounts import Accounts, aside
from das_tui.tui.options import AppOptions, LiveRun
from das_tui.tui.paint import Barrier
from das_tui.tui.screens.main import MainScreen
from das_tui.tui.screens.page import Page
from das_tui.tui.theme import PALETTES, Palette, choose, textual_theme, variables
from das_tui.view.glyphs import ASCII, UTF8

if TYPE_CHECKING:
    from das_tui.run.account import Account
    from das_tui.run.bookcase import Bookcase
    from das_tui.run.engine import Engine

__all__ = ["AppOptions", "DasApp", "LiveRun", "run"]


GRACE = 0.02
"""Seconds between the first paint and the start of the engine."""

REST = 1.0
"""Seconds after the list of sessions came until what rich text needs is loaded ahead of it."""


class DasApp(App[str], inherit_bindings=False):
    """das-tui. The result is `demo` when the welcome screen asked for it, else None."""

    TITLE = "das-tui"
    BINDINGS: ClassVar[list[BindingType]] = []
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, options: AppOptions) -> None:
        timers.install()
        self.options = options
        self.accounts = Accounts(options)
        self.palette = choose(options.theme, os.environ)
        ascii_only = options.ascii or not _speaks_utf8()
        self.glyphs = ASCII if ascii_only else UTF8
        self.barrier = Barrier()
        known = output.terminal(os.environ)
        self.lean = output.Lean(known) if known is not None else None
        self.engine: Engine | None = None
        super().__init__()
        self.animation_level = "none"
        # Neither is ever shown here, and each screen would carry two widgets for them.
        self._disable_tooltips = self._disable_notifications = True
        for palette in PALETTES.values():
            if palette.ansi == self.palette.ansi:
                self.register_theme(textual_theme(palette))
        self._dress()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ui_context: contextvars.Context | None = None
        self.main = MainScreen(options, self.palette, self.glyphs)
        self.link = self.main.link
        self._starting: Future[Engine] | None = None
        self._bookcase: Bookcase | None = None
        self._early: dict[str, Session] = {}
        self._behind = False
        self._stored = None if self._is_bare() else early.sessions(options.store_path)

    # --- looks ---------------------------------------------------------------------------------

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """The tokens of the look, so that styles parse before a theme is set."""
        palette: Palette = getattr(self, "palette", PALETTES["das-dark"])
        return {**super().get_theme_variable_defaults(), **variables(palette)}

    def get_css_variables(self) -> dict[str, str]:
        """Those of the palette; none for the theme that Textual begins with, which nobody sees."""
        return super().get_css_variables() if self.theme in PALETTES else {}

    def _dress(self) -> None:
        """Begin with the theme of the palette: what assigning it does, but without parsing all
        styles a second time for it."""
        self.set_reactive(App.theme, self.palette.name)
        self.stylesheet.set_variables(self.get_css_variables())
        for name, true in (
            (f"-theme-{self.palette.name}", True),
            ("-dark-mode", self.palette.dark),
            ("-light-mode", not self.palette.dark),
        ):
            self.set_class(true, name, update=False)
        self._refresh_truecolor_filter(self.ansi_theme)

    def get_default_screen(self) -> Screen[Any]:
        """The main screen, with none of Textual's own below it."""
        return self.main

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's own filters and, last, the barrier against hostile text. NO_COLOR is the
        palette's business: Textual's filter for it turns the terminal's own colours to black."""
        own = [f for f in super().get_line_filters() if not isinstance(f, Monochrome | NoColor)]
        return [*own, self.barrier]

    # --- output --------------------------------------------------------------------------------

    def get_driver_class(self) -> type[Driver]:
        """Textual's driver, or the one that the lean output needs in its place."""
        return driver.heeding(super().get_driver_class())

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        """Write an update: what differs, where the terminal is known, else Textual's way."""
        terminal = self._driver
        if not isinstance(terminal, driver.HeedingDriver):
            super()._display(screen, renderable)
            return
        if terminal.full:
            # It reads nothing at the moment: one frame with everything follows when it does.
            self._behind = True
            return
        if self._behind and renderable is not None and not self._batch_count:
            self._behind = False
            renderable = screen._compositor.render_full_update()
        text = self._difference(screen, renderable)
        if text is None:
            super()._display(screen, renderable)
            return
        if text:
            terminal.draw(text)
        self.post_display_hook()

    def _difference(self, screen: Screen[Any], renderable: Any) -> str | None:
        """What to write for an update, None for what Textual must write or drop itself."""
        ends = not self._running or self._closed
        if self.lean is None or renderable is None or self._batch_count or ends:
            return None
        x, y = self.screen.outer_size.clamp_offset(self.cursor_position)
        try:
            if self.lean.stale:
                renderable = screen._compositor.render_full_update()
            return self.lean.render(renderable, self.console, (x, y), whole=self._sync_available)
        except Exception:
            # A screen painted Textual's way is better than none.
            self.lean.forget()
            return None

    def caught_up(self) -> None:
        """The terminal has taken all that waited for it; called by the thread that writes."""

        def refresh() -> None:
            self.refresh()

        self.call_from_engine(refresh)

    def entitle(self, title: str) -> None:
        """Give the window of the terminal a title, empty for the one it had."""
        if isinstance(self._driver, driver.HeedingDriver):
            self._driver.entitle(title)

    def watch_app_focus(self) -> None:
        """The operator came or went: what is before them needs no call, the rest does."""
        self.main.call_operator()
        if self.app_focus:
            # What came meanwhile is seen now.
            self.main.repaint(all_ages=False)

    # --- start ---------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Show the first screen; everything heavy comes after it is painted."""
        self._loop = asyncio.get_running_loop()
        self._ui_context = contextvars.copy_context()
        self._catch_signals()
        if self._is_bare():
            from das_tui.tui.screens.welcome import WelcomeScreen

            self.push_screen(WelcomeScreen(self.palette, self.glyphs, self.accounts))
            self.call_after_refresh(litter.settle)
            return
        if self._stored is not None:
            self._stored.add_done_callback(
                lambda found: self.call_from_engine(lambda: self._show_stored(found))
            )
        # What was typed while the program started is answered before the engine is imported.
        self.call_after_refresh(lambda: self.set_timer(GRACE, self._start_engine))

    def _is_bare(self) -> bool:
        options = self.options
        asked = options.ask is not None or options.attach is not None
        return options.account is None and not asked and not options.store_path.exists()

    def _catch_signals(self) -> None:
        assert self._loop is not None
        if self.is_headless:
            return
        for number in (signal.SIGTERM, signal.SIGHUP):
            # The loop's own handlers would be gone before the engine is closed, and a second signal
            # of a shell that ends would end the program at once.
            signal.signal(number, self._signalled)

    def give_back(self) -> None:
        """Give the terminal back if it is still ours: a signal that comes before the app listens
        to signals ends it wherever it is."""
        taken = getattr(self._driver, "taken", False)
        if self._driver is not None and taken:
            with suppress(AssertionError, OSError):
                self._driver.close()

    def _signalled(self, number: int, frame: FrameType | None) -> None:
        self.call_from_engine(lambda: self._hang_up(number))

    def terminal_gone(self) -> None:
        """There is no terminal any more, whether or not a signal says so; from any thread."""
        self.call_from_engine(lambda: self._hang_up(signal.SIGHUP))

    def _hang_up(self, number: int) -> None:
        if number == signal.SIGHUP:
            # The terminal is gone, and with it what it was asked.
            self.link.give_up()
        elif number == signal.SIGTERM:
            self.link.hurry()
        self.main.put_down()
        self.exit(return_code=128 + number)

    def _show_stored(self, found: "Future[list[Session]]") -> None:
        """The stored sessions stand in the sidebar before the engine is there to open one."""
        if found.exception() is not None or not found.result() or self.main.ready:
            return
        self._early = {session.key: session for session in found.result()}
        self._put_sessions(found.result())
        self.main.repaint()
        self.main.paint_now()

    def _put_sessions(self, sessions: Sequence[Session]) -> None:
        screen = self.main
        screen.desk.put_sessions(sessions)
        screen.call_operator()
        screen.ready = True

    def _start_engine(self) -> None:
        """Network and store: imported and started aside, and only after the first paint."""
        options = self.options
        self._starting = early.engine(options.store_path, options.account, self._wake)
        self._starting.add_done_callback(
            lambda made: self.call_from_engine(lambda: self._started(made, options))
        )

    def _started(self, made: "Future[Engine]", options: AppOptions) -> None:
        """Go on with the engine, unless another account was chosen meanwhile."""
        from das_tui.run.bookcase import Bookcase

        self._starting = None
        if made.exception() is not None:
            raise made.exception() or RuntimeError
        engine = made.result()
        if options.account is not self.options.account:
            self._close_for_another(engine)
            return
        if self._bookcase is not None:
            self._bookcase.close()
        self._bookcase = Bookcase(self.options.store_path)
        self.main.desk.reader = self._bookcase.reader
        self.engine = self.main.engine = engine
        if engine.failure is not None:
            self._woken()
            return
        future = self.engine.sessions()
        future.add_done_callback(lambda done: self.call_from_engine(lambda: self._listed(done)))

    def _close_for_another(self, engine: "Engine") -> None:
        closing = aside(lambda: engine.close(None))
        closing.add_done_callback(lambda _: self.call_from_engine(self._start_engine))

    def switch(self, account: "Account", level: int | None) -> None:
        """Go on with another account on the main screen: the engine is closed, which stores what
        came so far, and another one started. `level` is the threshold that its profile wants."""
        self.options = replace(self.options, account=account, ask=None, attach=None, runs=())
        self.main.begin_anew(self.options, level)
        self.main.pop_until_active()
        if self._starting is not None:
            return
        if self.engine is None:
            self.call_after_refresh(self._start_engine)
        else:
            self._close_for_another(self.engine)

    def engine_to_close(self) -> "Engine | None":
        """The engine, also one that was still starting when the app ended."""
        if self._starting is None:
            return self.engine
        try:
            return self._starting.result()
        except Exception:
            return None

    def _fatal_error(self) -> None:
        """End without Textual's report, which prints local variables: `run` raises the fault."""
        self._close_messages_no_wait()

    @property
    def fault(self) -> Exception | None:
        """What ended the app, if it was an error; that of the engine first, since others follow."""
        failure = self.engine.failure if self.engine is not None else None
        return failure if isinstance(failure, Exception) else self._exception

    def call_from_engine(self, act: Callable[[], None]) -> None:
        """Run `act` on this thread soon; for callbacks of the engine."""
        if self._loop is None or self._loop.is_closed():
            return
        self._loop.call_soon_threadsafe(self._guarded, act, context=self._ui_context)

    def _guarded(self, act: Callable[[], None]) -> None:
        if not self._running:
            return
        try:
            act()
        except Exception as error:
            self._handle_exception(error)

    def _wake(self) -> None:
        self.call_from_engine(self._woken)

    def _woken(self) -> None:
        """The engine has something for the screen, or has failed."""
        failure = self.engine.failure if self.engine is not None else None
        if isinstance(failure, Exception):
            self._handle_exception(failure)
            return
        self.main.wake()

    def _listed(self, future: Any) -> None:
        """The stored sessions are known: open the one to look at, ask what was to be asked."""
        if future.exception() is not None:
            self._handle_exception(future.exception())
            return
        sessions: list[Session] = future.result()
        screen = self.main
        for key, session in self._early.items():
            # What the engine knows is newer than what was read without it.
            if screen.desk.sessions.get(key) is session:
                screen.desk.forget(key)
        self._early = {}
        self._put_sessions(sessions)
        screen.ask_for_bill()
        screen.recall_new()
        litter.settle()
        self.set_timer(REST, early.preload)
        options, engine = self.options, self.engine
        assert engine is not None
        if options.ask is not None:
            service, text = options.ask
            screen._await(engine.ask(text, service=service), screen.open_new)
        elif options.attach is not None:
            session_id, agent_id = options.attach
            screen._await(engine.attach(session_id, agent_id, 0), screen.open_new)
        asked = options.ask is not None or options.attach is not None or screen.new_question
        if screen.order and not asked:
            known = screen.open_key in screen.order
            screen.open_session(screen.open_key if known else _first(sessions, screen.order))
        if options.runs and not any(session.running for session in sessions):
            self._ask_live(list(options.runs), sessions)
        screen.repaint()
        if options.trouble or options.keys:
            screen.tell_trouble()
        if engine.note:
            screen.tell_unstored(engine.note)
        if options.keep_days or options.keep_megabytes:
            swept = engine.sweep(options.keep_days, options.keep_megabytes)
            screen._await(swept, screen.tell_swept)

    def _ask_live(self, runs: list[LiveRun], sessions: Sequence[Session]) -> None:
        """Ask the live questions: in the session of that title if there is one that can take it,
        so that a demo started again does not fill the sidebar with copies."""
        assert self.engine is not None
        known = {session.title: session for session in sessions}
        for place, live in enumerate(runs):
            before = known.get(live.title)
            if before is not None and before.state is State.NEEDS_INPUT:
                continue
            future = self.engine.ask(
                live.text,
                service=live.service,
                key=before.key if before is not None else "",
                title=live.title,
                target=live.target,
            )
            first = place == 0 and self.options.ask is None
            self.main._await(future, self.main.open_new if first else lambda _: None)

    # --- keys ----------------------------------------------------------------------------------

    async def on_event(self, event: Event) -> None:
        """Keys go to the screen first; what it does not take goes Textual's way."""
        redraw = isinstance(event, Key) and event.key == "ctrl+l"
        if self.lean is not None and (redraw or isinstance(event, Resize)):
            # A size that is the same again was another one meanwhile.
            same = isinstance(event, Resize) and event.size == self.size
            redraw = redraw or (same and not self.lean.stale)
            self.lean.forget()
        if redraw:
            self.refresh()
        if isinstance(event, Key) and event.key == "ctrl+z" and not self._is_main():
            # A page cannot show the question that a paid answer makes necessary.
            self.main.act_suspend() if self.main.paid_session() is None else self.bell()
            return
        if isinstance(event, Paste) and self._is_main() and self.main.paste(event.text):
            return
        if isinstance(event, Key) and self._screen_stack_ready():
            screen = self.screen
            with way.first:
                taken = isinstance(screen, MainScreen | Page) and screen.handle(event)
                if taken and screen is self.main and not self.message_queue_size:
                    self.main.paint_now()
            if taken:
                return
        await super().on_event(event)

    def _is_main(self) -> bool:
        return self._screen_stack_ready() and self.screen is self.main

    def _screen_stack_ready(self) -> bool:
        return bool(self._screen_stacks.get(self._current_mode))


def _first(sessions: Sequence[Session], order: Sequence[str]) -> str:
    """The session to open at the start: a running one, else the latest."""
    running = [session for session in sessions if session.running]
    if running:
        return min(running, key=lambda session: order.index(session.key)).key
    return order[0]


def _speaks_utf8() -> bool:
    encoding = getattr(sys.__stdout__, "encoding", None) or ""
    return encoding.lower().replace("-", "") == "utf8"


def run(options: AppOptions) -> tuple[int, str | None]:
    """Run the app; its exit code and result.

    A paid answer that is still arriving is received to its end and stored before this returns;
    not after SIGTERM, which asks for a prompt end, and not for a terminal that went away in the
    demo, where nothing is paid.
    Raises what the app could not handle.
    """
    driver.install()
    litter.tune()
    sys.setswitchinterval(early.SWITCH_SECONDS)
    app = DasApp(options)
    try:
        result = app.run(mouse=options.mouse)
    finally:
        app.give_back()
    engine = app.engine_to_close()
    code = app.return_code or 0
    if engine is not None:
        from das_tui.tui import leaving

        code = leaving.leave(engine, code, demo=options.demo, on_receiving=options.on_receiving)
        if engine.unstored and options.on_unstored is not None:
            options.on_unstored(engine.unstored)
    if app.fault is not None:
        raise app.fault
    return code, result

"""What concerns the program and the account, not one session: profiles, settings, keys, ids to
take away."""

import os
import time
from typing import TYPE_CHECKING, Any

from textual.events import Key

from das_tui.tui.clipboard import copy, multiplexer
from das_tui.tui.desk import Desk
from das_tui.tui.options import AppOptions
from das_tui.tui.screens.docks import DockScreen
from das_tui.tui.screens.painting import DockState
from das_tui.tui.theme import Palette
from das_tui.view.ages import counted, size
from das_tui.view.clean import one_line
from das_tui.view.glyphs import Glyphs

if TYPE_CHECKING:
    from das_tui.config.settings import LinkMode, Settings
    from das_tui.run.keeping import Swept
    from das_tui.tui.accounts import Book
    from das_tui.tui.keeper import Keeper
    from das_tui.tui.screens.settings import SettingsMenu
    from das_tui.view.dock import DockView


class ProgramScreen(DockScreen):
    """Profiles, settings and keys, and the request id."""

    def __init__(self, options: AppOptions, palette: Palette, glyphs: Glyphs) -> None:
        super().__init__(options, palette, glyphs)
        self.commands: list[str] = []
        """What was typed on the command line, the latest last."""
        self._settings: SettingsMenu | None = None
        self._keeper: Keeper | None = None

    # --- settings and keys ---------------------------------------------------------------------

    @property
    def keeper(self) -> "Keeper":
        """Reads and writes the settings."""
        if self._keeper is None:
            from das_tui.tui.keeper import Keeper

            self._keeper = Keeper(self.options.settings_path)
        return self._keeper

    def act_settings(self) -> None:
        """`:settings`: a menu below the transcript, which shows what a change does."""
        from das_tui.tui.futures import when_done

        when_done(
            self.app,
            self.keeper.read(),
            self._open_settings,
            lambda why: self._open_settings(None, f"Changes are not kept, they hold now: {why}"),
        )

    def _open_settings(self, found: "Settings | None", trouble: str = "") -> None:
        from das_tui.config.settings import Settings
        from das_tui.tui.screens.settings import SettingsMenu

        if self.pane == "composer":
            self._keep_draft()
            self._close_editor()
        self._settings = SettingsMenu(self, self.keeper, found or Settings(), trouble)
        self.dock = DockState(kind="settings", key=self.open_key)
        self.pane = "dock"
        self.repaint()

    def _settings_key(self, event: Key) -> bool:
        """A key of the menu of settings."""
        return self._settings is not None and self._settings.handle(event)

    def _dock_view(self, state: DockState, width: int, room: int) -> "DockView | None":
        if state.kind == "settings" and self._settings is not None:
            return self._settings.view(width, room)
        return super()._dock_view(state, width, room)

    def _dock_keys(self, state: DockState) -> list[tuple[str, str]]:
        if state.kind == "settings" and self._settings is not None:
            return self._settings.keys()
        return super()._dock_keys(state)

    def act_slow(self, wish: str) -> None:
        """`:slow on` or `off`, where the line to the terminal cannot be measured, or where the
        measure is wrong; `auto` goes by it."""
        wishes: dict[str, LinkMode] = {"on": "slow", "off": "fast", "auto": "auto"}
        mode = wishes.get(wish.strip().lower())
        if mode is None:
            self.say("on, off, or auto")
            return
        self.link.mode = mode
        self.say(f"taken for a {'slow' if self.link.slow else 'fast'} line{self._known(mode)}")
        self.repaint()

    def _known(self, mode: "LinkMode") -> str:
        if mode != "auto":
            return " from here on"
        trip, between = self.link.trip, multiplexer(os.environ)
        if trip is None:
            return ", the terminal has not answered yet"
        took = f"{max(1, round(trip * 1000))} ms"
        if between:
            # It answers for the terminal: the line to that one is not measured.
            return f": {between} answers in {took}, the line behind it is not measured"
        return f", the terminal answers in {took}"

    def act_theme(self, name: str) -> None:
        """`:theme NAME`: other colours, kept for the next start; `auto` fits the terminal."""
        from das_tui.tui.theme import PALETTES

        wanted = name.strip().lower()
        if wanted not in {"auto", *PALETTES}:
            self.say(f"no theme is called {one_line(wanted)}: {', '.join(PALETTES)}")
            return
        self._choose("theme", "" if wanted == "auto" else wanted)

    def _choose(self, name: str, value: Any) -> None:
        """Let a setting hold, and keep it."""
        from das_tui.tui.futures import when_done
        from das_tui.tui.screens.settings import apply

        apply(self, name, value)
        when_done(
            self.app,
            self.keeper.change(**{name: value}),
            lambda _: self.say(f"{name} is {value or 'as the terminal'}, kept in settings.toml"),
            lambda why: self.say(f"not kept, it holds until you quit: {why}"),
        )

    def act_level(self, level: str) -> None:
        """`:level LEVEL`: the threshold for now, as `-` and `+` set it."""
        text = level.strip()
        if not (text.isascii() and text.isdecimal() and len(text) < 10):
            self.say("a level is a number; 0 shows all")
            return
        self._threshold(int(text))

    def act_session(self, title: str) -> None:
        """`:session TITLE`: open the session of that title, or of one that holds these words."""
        words = one_line(title).strip().lower()
        latest = sorted(self.desk.sessions.values(), key=lambda one: -one.last_at)
        titles = [(one_line(one.title).lower(), one.key) for one in latest]
        same = [key for name, key in titles if name == words]
        near = [key for name, key in titles if words in name]
        if not words or not near:
            self.say(f"no session is called {one_line(title)}")
            return
        self.open_session((same or near)[0])

    def act_keys(self) -> None:
        """`:keys`: all actions with their keys, to change them."""
        from das_tui.tui.screens.keys import KeysScreen

        self.app.push_screen(KeysScreen(self))

    def act_doctor(self) -> None:
        """`:doctor`: what this terminal does to the keys, and what arrives of one."""
        from das_tui.tui.screens.trial import TrialScreen

        self.app.push_screen(TrialScreen(self))

    def tell_trouble(self) -> None:
        """Say at the start what of the settings is not as it was written."""
        from das_tui.tui.keymap import resolve

        refused = [fault for fault in resolve(self.options.keys).faults if fault.refused]
        if not self.options.trouble:
            if refused:
                more = f", and {len(refused) - 1} more" if len(refused) > 1 else ""
                self.say(f"{refused[0].text}{more}; :keys shows all")
            return
        if self.dock is not None:
            self.say(self.options.trouble)
            return
        self.told = (
            "The settings are not used",
            self.options.trouble,
            "Mend or remove the file; until then the defaults hold and nothing is kept.",
        )
        self.dock = DockState(kind="told", key=self.open_key)
        self.pane = "dock"
        self.repaint()

    def tell_swept(self, swept: "Swept") -> None:
        """Say what was removed because it is beyond what the settings keep."""
        if swept.sessions:
            count = counted(swept.sessions, "session")
            self.say(f"{count} beyond the limits removed, {size(swept.freed)} given back")

    def tell_unstored(self, why: str) -> None:
        """Say at the start why the history is not written, and what is safe."""
        if self.dock is not None:
            self.say(why)
            return
        title = "Nothing is stored" if why.startswith("not stored") else "The history is only read"
        self.told = (
            title,
            why,
            "What comes is kept in memory while the app runs, and stored as soon as that works."
            if why.startswith("not stored")
            else "What is stored can be read; nothing can be asked.",
        )
        self.dock = DockState(kind="told", key=self.open_key)
        self.pane = "dock"
        self.repaint()

    # --- profiles ------------------------------------------------------------------------------

    def act_profile(self, name: str = "") -> None:
        """`profile`: the list of profiles, or go on with the named one; where there is none, how
        to make one."""
        from das_tui.tui.accounts import Accounts

        accounts: Accounts = self.app.accounts  # type: ignore[attr-defined]
        if not accounts.available:
            self.say("the demo has one account of its own; das-tui without demo has profiles")
            return
        self._keep_draft()
        if name.strip():
            self._await(accounts.read(), lambda book: self._go_on_with(book, name.strip()))
            return
        if self.options.account is None:
            self._await(
                accounts.read(), lambda book: self._show_profiles(bool(book.found.profiles))
            )
            return
        self._show_profiles(True)

    def _go_on_with(self, book: "Book", name: str) -> None:
        from das_tui.tui.switching import go_on_with

        if name not in book.found.profiles:
            self.say(f"no profile is called {one_line(name)}")
            return
        why = go_on_with(self.app, book, name)
        if why:
            self.say(why)

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
        said, *briefer = copy(self.app, found, os.environ)
        self.say(f"request {found}, {said}", *briefer)

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
        self.answering.clear()
        self._loading.clear()
        self.readers.clear()
        self.desk = Desk(self.desk.spec, time.monotonic, self.desk.listing.choice)
        if level is not None:
            self._respec(threshold=level)
        self._watch_runs()
        self.repaint()

"""The profiles: which there are, what is known of each, and going on with another."""

import time
from typing import TYPE_CHECKING, cast

from textual.app import SuspendNotSupported
from textual.events import Click, Key

from das_tui.config.errors import ConfigError
from das_tui.config.profiles import Profile
from das_tui.run.account import Account
from das_tui.tui.accounts import Accounts, Book
from das_tui.tui.actions import folded
from das_tui.tui.futures import sentence, when_done
from das_tui.tui.screens.page import Page
from das_tui.tui.switching import go_on_with
from das_tui.tui.theme import Palette
from das_tui.view import form as form_view
from das_tui.view import profiles as profiles_view
from das_tui.view.clean import clean, one_line
from das_tui.view.glyphs import Glyphs
from das_tui.view.profiles import ProfileLine
from das_tui.view.rows import ATTN, BLANK, FAIL, MUTED, STRONG, TEXT, Ink, Row
from das_tui.view.wrap import fit, wrap

if TYPE_CHECKING:
    from das_tui.run.credentials_found import Standing
    from das_tui.tui.app import DasApp


class ProfilesScreen(Page):
    """`profile`: enter goes on with the one under the cursor. `checked` holds, by profile, what
    looking for its credentials gave: how they stand, or a sentence."""

    def __init__(self, palette: Palette, glyphs: Glyphs, accounts: Accounts) -> None:
        super().__init__(palette, glyphs)
        self.accounts = accounts
        self.now = time.time
        self.book: Book | None = None
        self.trouble = ""
        self.message = ""
        self.cursor = 0
        self.checked: dict[str, Standing | str] = {}
        self._first_row = 0

    @property
    def das(self) -> "DasApp":
        """The app, by its own name."""
        return cast("DasApp", self.app)

    def on_mount(self) -> None:
        """Read the files when the page stands."""
        self._load()

    def _load(self, at: str = "") -> None:
        def read(book: Book) -> None:
            self._take(book, at or self._here())

        when_done(self.app, self.accounts.read(), read, self._failed)

    def _take(self, book: Book, at: str = "") -> None:
        self.book, self.trouble = book, ""
        names = list(book.found.profiles)
        wanted = at if at in names else self._used()
        self.cursor = names.index(wanted) if wanted in names else 0
        self.repaint()

    def _failed(self, why: str) -> None:
        self.book, self.trouble = None, why
        self.repaint()

    # --- what is known -------------------------------------------------------------------------

    def _used(self) -> str:
        account = self.das.options.account
        return account.profile if account is not None else ""

    def _here(self) -> str:
        names = list(self.book.found.profiles) if self.book is not None else []
        return names[self.cursor] if 0 <= self.cursor < len(names) else ""

    def _profile(self, name: str) -> Profile | None:
        if self.book is None or name not in self.book.found.profiles:
            return None
        try:
            return self.book.profile(name)
        except ConfigError as error:
            self.message = str(error)
            return None

    def _line(self, name: str) -> ProfileLine:
        profile = self._profile(name) or Profile()
        special = (("read only", profile.read_only), ("production", profile.guarded))
        assert self.book is not None
        return ProfileLine(
            name=name,
            region=profile.region,
            credentials=profiles_view.source(profile.credentials),
            words=tuple(word for word, holds in special if holds),
            in_use=name == self._used(),
            first=name == self.book.first,
        )

    def _account(self, name: str) -> Account | None:
        """The account in use, or a fresh one: its provider knows what it found last."""
        used = self.das.options.account
        if used is not None and used.profile == name:
            return used
        profile = self._profile(name)
        try:
            return self.accounts.open(name, profile) if profile is not None else None
        except Exception as error:
            self.message = sentence(error)
            return None

    def _standing(self, name: str) -> "Standing | str":
        from das_tui.run import credentials_found

        known = self.checked.get(name)
        account = self._account(name) if known is None else None
        if known is not None or account is None:
            return known or ""
        found = credentials_found.standing(account)
        return found if found.masked else ""

    def _facts(self, name: str, profile: Profile) -> list[tuple[str, str, Ink]]:
        account = self.das.options.account
        stale = name == self._used() and account != self._account_now(name, profile)
        pairs: list[tuple[str, str, Ink]] = []
        if stale:
            pairs.append(("", "changed since it was taken; enter takes it anew", ATTN))
        pairs += [
            *self._hosts(profile),
            *self._about_credentials(name, profile),
            ("writes", self._writes(profile), TEXT),
            *self._money(profile),
        ]
        optional = (
            ("agent", profile.das_agent_id),
            ("workspace", profile.workspace_id),
            ("hosts", ", ".join(profile.trusted_hosts)),
            ("proxy", without_user(profile.proxy)),
            ("CA file", profile.ca_file),
        )
        pairs += [(label, value, TEXT) for label, value in optional if value]
        return pairs

    def _account_now(self, name: str, profile: Profile) -> Account | None:
        """What would be taken now, with the provider in use, to compare with it."""
        used = self.das.options.account
        if used is None:
            return None
        from dataclasses import replace

        try:
            return replace(self.accounts.open(name, profile), provider=used.provider)
        except Exception:
            return None

    def _about_credentials(self, name: str, profile: Profile) -> list[tuple[str, str, Ink]]:
        where = profiles_view.source(profile.credentials)
        known = self._standing(name)
        if isinstance(known, str):
            if known:
                return [("credentials", where, TEXT), ("", known, FAIL)]
            return [("credentials", f"{where}; c looks for them", TEXT)]
        words = "   ".join(filter(None, (where, str(known.kind), known.masked)))
        pairs = [("credentials", words, TEXT)]
        if known.source and one_line(known.source) not in where:
            pairs.append(("", f"from {known.source}", MUTED))
        given = self.das.options
        ends, ink = profiles_view.expiry(
            known.expires_at,
            self.now(),
            renews=known.renews,
            utc=given.utc,
            seconds=given.seconds,
        )
        return [*pairs, ("", ends, ink)] if ends else pairs

    @staticmethod
    def _writes(profile: Profile) -> str:
        if profile.read_only:
            return "read only: nothing is asked, answered or stopped"
        return "production: writes ask for a typed word" if profile.guarded else "asked by y alone"

    @staticmethod
    def _money(profile: Profile) -> list[tuple[str, str, Ink]]:
        price = "not set"
        if profile.price_per_char is not None:
            price = f"{profile.price_per_char:g} USD a character"
        if profile.included_chars:
            price += f", {profile.included_chars:,} a month included"
        count = profile.concurrency
        pairs = [
            ("price", price, TEXT),
            ("at a time", f"{count} {'conversation' if count == 1 else 'conversations'}", TEXT),
        ]
        if profile.budget is not None:
            pairs.insert(0, ("budget", f"{profile.budget:.2f} USD a month", TEXT))
        return pairs

    @staticmethod
    def _hosts(profile: Profile) -> list[tuple[str, str, Ink]]:
        unit = profile.dms_unit or "by the service"
        if profile.credentials != "api-key":
            return [
                ("das", f"{host(profile.das_url)}   {profile.das_api}", TEXT),
                ("dms", f"{host(profile.dms_url)}   unit {unit}", TEXT),
            ]
        gateway = host(profile.dms_endpoint) or f"dataagent-{profile.region}.aliyuncs.com"
        return [
            ("das", "not with an API key; it opens the Data Agent only", MUTED),
            ("dms", f"{gateway}   unit {unit}", TEXT),
        ]

    # --- painting ------------------------------------------------------------------------------

    def head(self, width: int) -> list[Row]:
        """How many there are, and in which file."""
        count = len(self.book.found.profiles) if self.book is not None else 0
        about = one_line(str(self.accounts.path))
        right = f"{count:,}" if count else ""
        return [form_view.title("Profiles", about, right, width, self.glyphs), BLANK]

    def rows(self, width: int) -> list[Row]:
        """The list, and below it the one under the cursor."""
        room = max(8, width - 6)
        if self.trouble:
            rows = [Row(((f"   {part}", FAIL),)) for part in wrap(clean(self.trouble), room)]
            used = self._used()
            words = f"{one_line(used)} stays in use." if used else "No profile is in use."
            return [*rows, BLANK, Row(((f"   {words}", TEXT),)), Row((("   e", STRONG), _OPENS))]
        if self.book is None:
            return [Row((("   reading", MUTED),))]
        names = list(self.book.found.profiles)
        if not names:
            return [
                Row((("   There is no profile here.", TEXT),)),
                BLANK,
                Row((("   n", STRONG), ("  makes one", MUTED))),
            ]
        lines = [self._line(name) for name in names]
        rows = profiles_view.listing(lines, width, cursor=self.cursor, glyphs=self.glyphs)
        if self.book.fault:
            parts = wrap(clean(self.book.fault), room)
            rows += [BLANK, *(Row(((f"   {part}", FAIL),)) for part in parts)]
        name = self._here()
        profile = self._profile(name)
        if profile is not None:
            rows.append(BLANK)
            rows += profiles_view.facts(name, self._facts(name, profile), width, self.glyphs)
        return rows

    def status(self, width: int) -> Row:
        """The answer to a key, or what enter does."""
        if self.message:
            words = one_line(self.message)
            return Row((("   ", TEXT), (fit(words, width - 5, self.glyphs.ellipsis), TEXT)))
        used = one_line(self._used())
        return Row(((f"   {used} is in use" if used else "   no profile is in use", MUTED),))

    def keys(self) -> list[tuple[str, str]]:
        """The footer."""
        keys = [("e", "edit"), ("n", "new")]
        name = self._here()
        if self.book is None or not name:
            return [*keys, ("esc", "back")]
        keys.insert(0, ("enter", "anew" if name == self._used() else "switch"))
        keys += [("c", "credentials")]
        keys += [] if name == self.book.first else [("u", "next start")]
        return [*keys, ("esc", "back")]

    # --- keys ----------------------------------------------------------------------------------

    def handle(self, event: Key) -> bool:
        """Move, switch, edit, make, keep, check."""
        self.message = ""
        character = folded(event.character) or ""
        if event.key in {"j", "down", "tab"}:
            self._walk(1)
        elif event.key in {"k", "up", "shift+tab"}:
            self._walk(-1)
        elif event.key in {"escape", "ctrl+c"} or character == "q":
            self.dismiss()
        elif event.key in {"enter", "ctrl+j"}:
            self._switch()
        elif character in _KEYS:
            getattr(self, _KEYS[character])()
        else:
            return super().handle(event)
        self.repaint()
        return True

    def on_click(self, event: Click) -> None:
        """A click puts the cursor there, a second one switches."""
        place = int(event.screen_y) - len(self.head(self.size.width)) + self.scroll_row
        count = len(self.book.found.profiles) if self.book is not None else 0
        if 0 <= place < count and event.screen_y < self.size.height - 2:
            if place == self.cursor:
                self._switch()
            self.cursor = place
            self.repaint()

    def _walk(self, steps: int) -> None:
        count = len(self.book.found.profiles) if self.book is not None else 0
        self.cursor = max(0, min(count - 1, self.cursor + steps))
        shown = self.scroll_row + self.body_rows
        self.scroll_row += min(0, self.cursor - self.scroll_row)
        self.scroll_row += max(0, self.cursor - shown + 1)

    def _switch(self) -> None:
        name = self._here()
        if self.book is not None and name:
            self.message = go_on_with(self.app, self.book, name)

    def new(self) -> None:
        """`n`: the same pages as on the welcome screen."""
        from das_tui.tui.screens.credentials import CredentialsScreen

        self.app.push_screen(CredentialsScreen(self.palette, self.glyphs, self.accounts))

    def keep(self) -> None:
        """`u`: at the next start too."""
        name = self._here()
        if not name:
            return

        def kept(book: Book) -> None:
            self._take(book, name)
            self.message = f"{name} is taken at the next start and by commands without --profile"
            self.repaint()

        def refused(why: str) -> None:
            self.message = why
            self.repaint()

        when_done(self.app, self.accounts.remember(name), kept, refused)

    def check(self) -> None:
        """`c`: look for the credentials now, as before a request."""
        from das_tui.run import credentials_found

        name = self._here()
        account = self._account(name) if name else None
        if account is None:
            return

        def know(found: "Standing | str") -> None:
            self.checked[name] = found
            self.message = ""
            self.repaint()

        self.message = "looking for credentials"
        future = credentials_found.check(account)

        def nothing(why: str) -> None:
            tried = getattr(future.exception(), "tried", ())
            know("\n".join([why, *(f"{self.glyphs.idle} {place}" for place in tried)]))

        when_done(self.app, future, know, nothing)

    def edit(self) -> None:
        """`e`: the file in the operator's editor, read again afterwards."""
        opener = self.das.options.open_editor
        if opener is None:
            self.message = "there is no editor here; das-tui config edit opens the file"
            return
        try:
            with self.app.suspend():
                why = opener(self.accounts.path)
        except SuspendNotSupported:
            why = "this terminal cannot be left; das-tui config edit opens the file"
        self.checked.clear()
        self.message = why
        self._load(self._here())

    def on_screen_resume(self) -> None:
        """Back from making a profile: the file may have another one."""
        if self.book is not None:
            self._load()


_KEYS = {"n": "new", "u": "keep", "c": "check", "e": "edit"}
_OPENS = ("  opens the file; it is read again afterwards", MUTED)


def host(url: str) -> str:
    """An endpoint as it is told apart: `https` goes without saying."""
    return url.removeprefix("https://")


def without_user(url: str) -> str:
    """A proxy without the user and password that it may carry."""
    scheme, mark, rest = url.partition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2]}" if mark else url.rpartition("@")[2]

"""What else the account has at the service: sessions begun elsewhere, files of a session."""

from typing import TYPE_CHECKING

from das_tui.tui.options import AppOptions
from das_tui.tui.screens.writing import WritingScreen
from das_tui.tui.theme import Palette
from das_tui.view.ages import thousands
from das_tui.view.glyphs import Glyphs

if TYPE_CHECKING:
    from das_tui.run.remote import Browsed


class BrowsingScreen(WritingScreen):
    """Reads the service's list page by page, and opens the page of files."""

    def __init__(self, options: AppOptions, palette: Palette, glyphs: Glyphs) -> None:
        super().__init__(options, palette, glyphs)
        self._browsed: dict[str, Browsed] = {}
        self._browsing = False

    # --- sessions at the service ---------------------------------------------------------------

    def act_remote(self) -> None:
        """`B`: the next page of the service's list; its sessions come into the sidebar."""
        engine = self.engine
        if self.options.account is None or engine is None:
            self.say("no profile: the service cannot be asked")
            return
        if self._browsing:
            self.say("the service is being asked already")
            return
        profile = self._profile
        before = self._browsed.get(profile)
        page = before.page + 1 if before is not None and before.page < before.pages else 1
        self._browsing = True
        self.say(f"asking the service for page {page} of its sessions")
        self._await(
            engine.browse(page), lambda found: self._listed_page(profile, found), self._rest
        )

    def _rest(self) -> None:
        self._browsing = False

    def _listed_page(self, profile: str, found: "Browsed") -> None:
        self._browsing = False
        self._browsed[profile] = found
        self.flush()
        self.desk.listing.settle()
        added = (
            f"{thousands(found.added)} sessions added" if found.added != 1 else "1 session added"
        )
        words = [added if found.added else "no session that was not known"]
        words.append(f"page {found.page} of {max(found.page, found.pages)}")
        if found.gone:
            words.append(f"{len(found.gone)} gone at the service")
        if found.page < found.pages:
            words.append("B reads the next")
        self.say(", ".join(words))
        self.repaint()

    def more_sessions(self) -> str:
        """What the last row of the sidebar says while there are pages that were not read."""
        found = self._browsed.get(self._profile)
        left = found.pages - found.page if found is not None else 0
        return "" if left < 1 else "1 more page" if left == 1 else f"{thousands(left)} more pages"

    # --- files ---------------------------------------------------------------------------------

    def act_files(self) -> None:
        """`F`: the files of the open session, and fetching them."""
        session, engine = self.session, self.engine
        if session is None or engine is None:
            self.say("no session is open")
            return
        if session.service != "dms":
            self.say("only sessions of the DMS Data Agent have files")
            return
        if self.options.account is None:
            self.say("no profile: the service cannot be asked")
            return
        if not session.session_id:
            self.say("nothing has been asked here yet")
            return
        from das_tui.tui.screens.files import FilesPage

        self._keep_draft()
        self.app.push_screen(
            FilesPage(session, engine, self.app, self.say, self.palette, self.glyphs)
        )

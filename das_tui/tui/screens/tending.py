"""The list of sessions, tended from the sidebar: filter, order, pins, titles, put away, deleted.

What the keys do is in `das_tui.tui.tending`, which is imported with the first of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from textual.events import Key

from das_tui.domain.session import Session
from das_tui.tui.options import AppOptions
from das_tui.tui.screens.painting import DockState
from das_tui.tui.screens.timing import TimingScreen
from das_tui.tui.theme import Palette
from das_tui.view.glyphs import Glyphs
from das_tui.view.listing import Choice
from das_tui.view.rows import BLANK, Row

if TYPE_CHECKING:
    from das_tui.tui.reader import Reader
    from das_tui.tui.tending import Tender
    from das_tui.view.dock import DockView
    from das_tui.view.drawing import Line


class TendingScreen(TimingScreen):
    """Keys of the sidebar, and how far the open session was looked at."""

    def __init__(self, options: AppOptions, palette: Palette, glyphs: Glyphs) -> None:
        super().__init__(options, palette, glyphs)
        self._tender: Tender | None = None
        self._looked: dict[str, int] = {}
        self._told_seen = ("", 0)

    @property
    def tender(self) -> Tender:
        """Who tends the list."""
        if self._tender is None:
            from das_tui.tui.tending import Tender

            self._tender = Tender(self)
        return self._tender

    # --- keys ----------------------------------------------------------------------------------

    def act_filter(self) -> None:
        """`/` in the sidebar: list only the sessions that have all words."""
        self.tender.write_filter()

    def act_order(self, word: str) -> None:
        """`:order WORD`: how sessions stand inside a group."""
        self.tender.set_order(word)

    def act_group(self, word: str) -> None:
        """`:group WORD`: what sessions are grouped by."""
        self.tender.set_group(word)

    def act_pin(self) -> None:
        """`P`: this session on top, or back among the others."""
        self.tender.pin()

    def act_rename(self, title: str = "") -> None:
        """`R`, or `:rename TITLE`: another title, here only."""
        self.tender.rename(title)

    def act_archive(self) -> None:
        """`A`: put the session away; among those put away, bring it back."""
        self.tender.archive()

    def act_delete(self) -> None:
        """`D`: delete the session, to be brought back for a week."""
        self.tender.delete()

    def act_undo(self) -> None:
        """`u` in the sidebar: take the last of these back."""
        self.tender.undo()

    def act_archived(self) -> None:
        """`:archived`: the sessions that were put away or deleted, instead of the others."""
        self.tender.show_away()

    def act_leave(self) -> None:
        """Esc in the sidebar ends the filter first, then the list of what was put away."""
        choice = self.desk.listing.choice
        if self.pane == "sidebar" and self.dock is None and (choice.words or choice.away):
            self.tender.show_all()
            return
        super().act_leave()

    def side_key(self, event: Key) -> bool:
        """A key for the line that is written in the sidebar; whether it was one."""
        return self._tender is not None and self._tender.key(event)

    def _paste(self, text: str) -> None:
        if self._tender is None or not self._tender.paste(text):
            super()._paste(text)

    def delete_key(self, state: DockState, event: Key) -> bool:
        """A key for the question whether to delete."""
        return self.tender.answer(state, event)

    # --- what is open --------------------------------------------------------------------------

    def open_ask(self, *, again: bool = False) -> bool:
        """As ever, but not over a line that is being written."""
        writing = self._tender is not None and self._tender.writing
        return False if writing else super().open_ask(again=again)

    def open_session(self, key: str) -> None:
        """Show a session; a line that is being written in the sidebar ends."""
        if self._tender is not None:
            self._tender.end_line()
        super().open_session(key)

    def leave_open(self) -> None:
        """Show no session."""
        self._leave_session()
        self.open_key = ""
        self.close_dock()
        self.repaint()

    def _ask_here(self, session: Session, text: str, over_budget: bool) -> Future[Any]:
        """As ever; a session that was put away is in the list again."""
        if self.engine is not None and (session.archived or session.deleted_at):
            self._await(self.engine.bring_back(session.key), lambda _: None)
        return super()._ask_here(session, text, over_budget)

    def begin_anew(self, options: AppOptions, level: int | None) -> None:
        """As ever; what could be taken back belongs to the engine that goes."""
        if self._tender is not None:
            self._tender.forget()
        self._looked.clear()
        self._told_seen = ("", 0)
        choice = self.desk.listing.choice
        self.desk.listing.choose(Choice(choice.order, choice.group))
        super().begin_anew(options, level)

    # --- what was looked at --------------------------------------------------------------------

    def _drawn(self, reader: Reader, lines: Sequence[Line], width: int) -> list[Row]:
        if lines:
            transcript, last = reader.transcript, lines[-1].block
            ends = reader.following or last >= transcript.item(len(transcript) - 1)
            seen = len(transcript) if ends else last + 1
            if seen > self._looked.get(self.open_key, 0) and self.app.app_focus:
                self._looked[self.open_key] = seen
            if ends:
                self._tell_seen(seen)
        return super()._drawn(reader, lines, width)

    def _tell_seen(self, seen: int) -> None:
        """The end of a session that rests was on the screen: that holds also if the program does
        not live to leave it."""
        session, engine = self.session, self.engine
        if (
            session is None
            or engine is None
            or session.running
            or self._told_seen == (session.key, seen)
        ):
            return
        if session.seen < seen and session.blocks <= seen and self.app.app_focus:
            self._told_seen = (session.key, seen)
            self._await(engine.seen(session.key, seen), lambda _: None)

    def looked_at(self, key: str) -> int:
        """How many blocks of a session were on the screen, from its beginning on."""
        return self._looked.get(key, 0)

    # --- what is drawn -------------------------------------------------------------------------

    def _side_line(self, width: int) -> Row:
        listing = self.desk.listing
        if self._tender is None and not listing.any_late and listing.choice.plain:
            return BLANK
        return self.tender.line(width)

    def _dock_view(self, state: DockState, width: int, room: int) -> DockView | None:
        if state.kind != "delete":
            return super()._dock_view(state, width, room)
        return self.tender.question(state, width, room)

    def _dock_keys(self, state: DockState) -> list[tuple[str, str]]:
        if state.kind != "delete":
            return super()._dock_keys(state)
        return [("y", "delete it"), ("esc", "keep it")]

    def _keys(self) -> list[tuple[str, str]]:
        if self._tender is not None and self._tender.writing:
            return self._tender.line_keys()
        keys = super()._keys()
        if self.pane != "sidebar" or (self.dock is not None and self.pane == "dock"):
            return keys
        choice = self.desk.listing.choice
        mine = [self._key("filter")]
        if choice.words or choice.away:
            mine.append(self._key("leave", "show all" if choice.words else "back"))
        if self.order:
            tend = [self._key("pin", "pin"), self._key("rename", "rename")]
            away = [self._key("archive", "put away"), self._key("delete", "delete")]
            back = [self._key("archive", "bring back"), self._key("delete", "delete")]
            mine += [*back, *tend] if choice.away else [*tend, *away]
        if self._tender is not None and self._tender.may_undo:
            mine.insert(0, self._key("undo", "undo"))
        new = self._key("new_session")
        at = keys.index(new) if new in keys else 0
        return [*keys[:at], *mine, *keys[at:]]

"""Times and what they are compared with: the timeline, another session, the usual silence."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from das_tui.domain.session import Overview
from das_tui.tui.options import AppOptions
from das_tui.tui.screens.finding import FindingScreen
from das_tui.tui.theme import Palette
from das_tui.view.glyphs import Glyphs

if TYPE_CHECKING:
    from das_tui.run.usual import Silences
    from das_tui.view.transcript import Transcript

_ASK_FROM = 2.0
"""Seconds of silence after which it is looked up what is usual."""

_LEARNED_SECONDS = 900.0
"""How long that holds before stored runs are asked again."""


class Follower(Protocol):
    """A page that shows what a run does."""

    @property
    def is_current(self) -> bool:
        """Whether it is on the screen."""

    def follow(self, *, ticked: bool) -> None:
        """Something came, or a second passed while a run is live."""


class TimingScreen(FindingScreen):
    """Opens the pages on time. They are told of changes by the screen below: they have no clock."""

    _follower: Follower | None = None

    def __init__(self, options: AppOptions, palette: Palette, glyphs: Glyphs) -> None:
        super().__init__(options, palette, glyphs)
        self._silences: dict[str, tuple[float, Silences | None]] = {}

    # --- pages ---------------------------------------------------------------------------------

    def act_timeline(self) -> None:
        """`t`: where the time of this question, or of the session, went."""
        session, reader = self.session, self.reader
        if session is None or reader is None:
            self.say("no session is open")
            return
        from das_tui.tui.screens.timeline import TimelinePage

        self._keep_draft()
        page = TimelinePage(
            session,
            self._looking_at(session.key),
            self.go_to_block,
            self.now,
            self.palette,
            self.glyphs,
            block=reader.cursor,
            utc=self.options.utc,
            seconds=self.options.seconds,
        )
        self._follower = page
        self.app.push_screen(page)

    def act_compare(self) -> None:
        """`c`: this session, or one of its questions, beside another."""
        session, reader = self.session, self.reader
        if session is None or reader is None:
            self.say("no session is open")
            return
        from das_tui.tui.screens.compare import ComparePage

        self._keep_draft()
        other = self.side_cursor if self.pane == "sidebar" else ""
        page = ComparePage(
            session,
            [s for s in self.desk.sessions.values() if not (s.archived or s.deleted_at)],
            self._fetch,
            self._looking_at,
            self._go_elsewhere,
            self.now,
            self.palette,
            self.glyphs,
            block=reader.cursor,
            other=other,
        )
        self._follower = page
        self.app.push_screen(page)

    def _looking_at(self, key: str) -> Callable[[], tuple[Transcript | None, Overview]]:
        def look() -> tuple[Transcript | None, Overview]:
            return self.desk.transcript(key), self.desk.overviews.get(key) or Overview()

        return look

    def _fetch(self, key: str, failed: Callable[[], None]) -> None:
        """Have the transcript of a session read that is not the open one."""
        if self.desk.transcript(key) is None and self.engine is not None:
            self._await(self.engine.open(key), lambda _: None, failed)

    def go_to_block(self, block: int) -> None:
        """Show a block of the open session, whatever holds it back."""
        reader = self.reader
        if reader is None or not 0 <= block < len(reader.transcript):
            self.say("this has no place in the transcript")
            return
        if not reader.transcript.visible(block):
            reader.transcript.open_gap(block)
        if self.dock is None or self.pane != "dock":
            self.pane = "transcript"
        reader.go_to(block)
        self.repaint()

    def _go_elsewhere(self, key: str, block: int) -> None:
        if key != self.open_key:
            self.open_session(key)
        self.go_to_block(block)

    # --- silence -------------------------------------------------------------------------------

    def _usual(self) -> tuple[float, float] | None:
        """What stored runs say; they are asked when a run is quiet, and again after a while."""
        session, overview, quiet = self.session, self.overview, self._quiet()
        if session is None or overview is None or quiet is None or quiet < _ASK_FROM:
            return None
        asked, found = self._silences.get(session.service, (0.0, None))
        if self.engine is not None and not 0 <= self.now() - asked < _LEARNED_SECONDS:
            service = session.service
            self._silences[service] = (self.now(), found)
            self._await(self.engine.silences(service), lambda new: self._learned(service, new))
        return found.of(overview) if found is not None else None

    def _learned(self, service: str, found: Silences) -> None:
        asked, _ = self._silences.get(service, (0.0, None))
        self._silences[service] = (asked, found)
        self.paint_status()

    # --- what the pages are told ---------------------------------------------------------------

    def _told(self, *, ticked: bool) -> None:
        page = self._follower
        if page is None:
            return
        if page.is_current:
            page.follow(ticked=ticked)
        elif self.is_current:
            self._follower = None

    def flush(self) -> None:
        """Take over all changes; a page above is told."""
        super().flush()
        self._told(ticked=False)

    def _tick(self) -> None:
        super()._tick()
        self._told(ticked=True)

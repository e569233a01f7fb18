"""What stands round the transcript: sidebar, plan pane, docks, status line, footer."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual.events import Resize

from das_tui import later
from das_tui.domain.session import State
from das_tui.tui.actions import keys_label
from das_tui.tui.layout import arrange
from das_tui.tui.screens.centre import CentreScreen
from das_tui.tui.screens.painting import AMBER, MENUS, SIDE_SECONDS, DockState
from das_tui.tui.widgets.pane import Bar
from das_tui.view import remote as remote_view
from das_tui.view import sidebar as sidebar_view
from das_tui.view import status as status_view
from das_tui.view.rows import ACCENT, BLANK, FAINT, Row

if TYPE_CHECKING:
    from das_tui.domain import notices
    from das_tui.tui import docking
    from das_tui.view import dock as dock_view
    from das_tui.view import panel as panel_view
    from das_tui.view import profiles as profiles_view
    from das_tui.view import usage as usage_view
else:
    notices = later.module("das_tui.domain.notices")
    docking = later.module("das_tui.tui.docking")
    panel_view = later.module("das_tui.view.panel")
    profiles_view = later.module("das_tui.view.profiles")
    usage_view = later.module("das_tui.view.usage")


class FringeScreen(CentreScreen):
    """Paints the sides, the dock, and the two lines at the bottom."""

    briefer: tuple[str, ...] = ()
    """The message in fewer words, for a narrow screen."""
    _outdated = False
    """Whether something was not painted because a page covers it."""

    # --- sides ---------------------------------------------------------------------------------

    def paint_sidebar(self) -> None:
        """Sessions by target."""
        rect = self._layout.rects.get("sidebar")
        listing, waiting = self.desk.listing, self.desk.waiting()
        focused = self.pane == "sidebar"
        held = focused or (self.dock is not None and self.dock.kind == "delete")
        if listing.frozen is not held:
            # No row moves under the cursor; when it leaves, everything goes where it belongs.
            listing.frozen = held
            if not held:
                listing.settle()
        if not held:
            self._side_badge = bool(waiting)
        if rect is None:
            return
        account = self.options.account
        now = self.now()
        if not 0 <= now - self._side_now < SIDE_SECONDS:
            self._side_now = now
        if held and self.side_cursor not in listing and listing:
            # Its session went: to the one that took its place.
            at = listing.sessions_before(self._side_held[2])
            self.side_cursor = listing.keys[min(at, len(listing) - 1)]
        cursor = self.side_cursor if held else self.open_key
        bill = self.desk.bill
        today = usage_view.today(bill) if bill is not None else ""
        room = sidebar_view.window(rect.height, self._side_badge, today)
        key, version, row = self._side_held
        stays = held or self.side_top
        if stays and key == cursor and version != listing.version and key in listing:
            # Rows came or went above: this one stays where it is on the screen.
            self.side_top += listing.row(key) - row
        if cursor:
            self.side_top = sidebar_view.reveal(listing, room, key=cursor, top=self.side_top)
        row = listing.row(cursor) if cursor in listing else 0
        self._side_held = (cursor, listing.version, row)
        found = sidebar_view.rows(
            listing,
            self.desk.sessions,
            rect.width,
            rect.height,
            waiting=waiting,
            glyphs=self.glyphs,
            now=self._side_now,
            open_key=self.open_key,
            cursor_key=cursor,
            focused=held,
            profile=(account.profile or "default") if account else "offline",
            region=account.region if account else "",
            top=self.side_top,
            today=today,
            compact=self.size.width < 100,
            threshold=self.desk.spec.threshold,
            line=self._side_line(rect.width),
            badge=self._side_badge,
            key=self.key_of("needs_me"),
            ticks=self.desk.any_running(),
            utc=self.options.utc,
        )
        bar = self._bar(focused)
        more = self.key_of("remote")
        found = remote_view.with_more(found, self.more_sessions(), more, rect.width)
        if not self.ready:
            found = found[:1]
        self.side_rows = [item.key for item in found]
        rows = [(item.row, bar if item.bar else None) for item in found]
        self._show("sidebar", rows, focused=focused)

    def let_row_go(self) -> None:
        """A session was moved on purpose: its row need not stay where it is on the screen."""
        self._side_held = ("", -1, self._side_held[2])

    def _side_line(self, width: int) -> Row:
        """The row above the list of sessions."""
        return BLANK

    def more_sessions(self) -> str:
        """What the service still has for the sidebar, empty for nothing that is known of."""
        return ""

    def _paint_panel(self) -> None:
        rect = self._layout.rects.get("panel")
        overview = self.overview
        if rect is None:
            return
        if overview is None:
            self._show("panel", [])
            return
        session = self.session
        paid = session is not None and session.service != "dms"
        found = panel_view.rows(
            overview,
            rect.width,
            rect.height,
            glyphs=self.glyphs,
            now=self.clock() if self.ticks else 0.0,
            cursor=self.panel_cursor if self.pane == "panel" else -1,
            focused=self.pane == "panel",
            paid=paid,
            cost=usage_view.cost(self.desk.bills.get(self.open_key)),
            queue=self.desk.queue() if paid else (),
            quiet=self._quiet() or 0.0,
            usual=self._usual(),
            utc=self.options.utc,
        )
        bar = self._bar(self.pane == "panel")
        self.panel_rows = [item.block for item in found]
        ruled = self.palette.ansi and not self.link.slow and rect.x > 0
        rule: Bar = (self.glyphs.pane_rule, FAINT) if ruled else None
        rows = [(item.row, bar if item.bar else rule) for item in found]
        rows += [(BLANK, rule)] * (rect.height - len(rows))
        self._show("panel", rows, focused=self.pane == "panel")

    # --- docks ---------------------------------------------------------------------------------

    def _dock_rows(self, width: int, height: int) -> tuple[Row, ...]:
        state = self.dock
        if state is None:
            return ()
        wide = width
        if width >= 100 or state.aside:
            wide = (
                arrange(
                    width,
                    height,
                    dock=1,
                    narrow=state.kind in MENUS,
                    aside=state.aside,
                    alone=self.alone,
                    panel=self.panel_wanted,
                )
                .rects["dock"]
                .width
            )
        room = max(3, height - 2 - (4 if height > 18 else 2))
        view = self._dock_view(state, wide, room)
        if view is None:
            return ()
        state.scroll, state.window = view.scroll, view.window
        state.seen = state.seen or view.seen_end
        state.word = view.word
        state.keys = tuple(view.keys)
        return view.rows

    def _dock_view(self, state: DockState, width: int, room: int) -> "dock_view.DockView | None":
        return docking.view(self, state, width, room)

    def _paint_dock(self, rows: Iterable[Row]) -> None:
        state = self.dock
        if state is None:
            return
        name, ink = ("menu", ACCENT) if state.kind in MENUS else ("dock", AMBER)
        if state.kind == "ask" and self.pane != "dock":
            ink = FAINT
        bar = (self.glyphs.heavy_bar if self.palette.ansi else self.glyphs.bar, ink)
        shown: list[tuple[Row, Bar]] = [(row, bar) for row in rows]
        rect = self._layout.rects.get("dock")
        bare = self.palette.ansi and not self.link.slow
        if rect is not None and bare and shown and not shown[0][0].spans:
            # Without tones a dim rule tells the dock from the text.
            shown[0] = (Row(((self.glyphs.rule * rect.width, FAINT),)), None)
        self._show(name, shown)

    # --- status and footer ---------------------------------------------------------------------

    def paint_status(self) -> None:
        """What is, what is hidden, what is kept and paid."""
        rect = self._layout.rects.get("status")
        if rect is None:
            return
        session, overview, reader = self.session, self.overview, self.reader
        transcript = reader.transcript if reader is not None else None
        now, slow = self.clock(), self.link.slow
        rate = ""
        if session is not None and session.running and overview is not None:
            per_second = self.desk.rate(session.key)
            rate = f"{per_second:.1f}/s" if per_second and not slow else ""
        paid = session is not None and session.service != "dms"
        bill = self.desk.bills.get(self.open_key) if paid else None
        row = status_view.status(
            overview,
            session,
            rect.width,
            glyphs=self.glyphs,
            now=now,
            histogram=transcript.histogram if transcript is not None and not slow else (),
            threshold=self.desk.spec.threshold,
            hidden=transcript.hidden - transcript.sifted if transcript is not None else 0,
            rate=rate,
            quiet=self._quiet(),
            usual=self._usual(),
            message=self.message,
            briefer=self.briefer if self.message else (),
            percent=reader.percent if reader is not None else None,
            amount=usage_view.amount(bill.turn, bill.tariff) if bill is not None else "",
            chars=usage_view.chars(bill.turn) if bill is not None else "",
            waiting=len(self.desk.queues.get(self.open_key, ())),
            stored=not (self.engine is not None and self.engine.note),
            ending=self._ending(now),
            sieve=self._sieve_words(),
            utc=self.desk.spec.utc,
            seconds=self.desk.spec.seconds,
            line=self._line_words() if slow else "",
            ticks=self.ticks,
            only_reads=self._only_reads,
        )
        self._show("status", [(row, None)])

    def _line_words(self) -> str:
        """What a slow line is written to, by the second while a run is live."""
        rate = self.link.rate if self._live() else 0.0
        return f"slow line {rate / 1000:.1f} KB/s" if rate else "slow line"

    def _quiet(self) -> float | None:
        """Seconds since the last sign of life of the open session's run, None without a run."""
        session, overview = self.session, self.overview
        if session is None or not session.running or overview is None or overview.last_at is None:
            return None
        return max(0.0, self.now() - overview.last_at)

    def _usual(self) -> tuple[float, float] | None:
        """The seconds for which such a run is quiet where this one is: as a rule, and at most."""
        return None

    def _sieve_words(self) -> tuple[str, str, str]:
        """What is held back beside the threshold, how much matches, how much does not."""
        return ("", "", "")

    def _ending(self, now: float) -> str:
        account = self.options.account
        if account is None:
            return ""
        found = account.provider.standing()
        if found.expires_at is None:
            return ""
        return profiles_view.expires_soon(found.expires_at, now, renews=found.renews)

    def paint_footer(self) -> None:
        """The keys that would do something now."""
        rect = self._layout.rects.get("footer")
        if rect is None:
            return
        right = (self._key("command"), self._key("help"))
        # What has no key is not here, but on the command line.
        keys = [key for key in self._keys() if key[0] == ":" or not key[0].startswith(":")]
        shown = {"sidebar", "head"} & self._layout.rects.keys()
        needs = 0 if shown else len(self.desk.waiting())
        row = status_view.footer(keys, rect.width, right=right, needs=needs)
        self._show("footer", [(row, None)])

    def _keys(self) -> list[tuple[str, str]]:
        if self.dock is not None and self.pane == "dock":
            return self._dock_keys(self.dock)
        if self.pane == "composer":
            session = self.session
            waits = session is not None and session.state is State.NEEDS_INPUT
            keys = [
                self._key("send", "answer" if waits and self.draft.choice else ""),
                self._key("new_line"),
                self._key("history", "earlier"),
                self._key("leave"),
            ]
            if self.new_question:
                keys[2:2] = [("tab", "other agent"), self._key("new_setup")]
            return keys
        waiting = self.desk.waiting()
        keys = []
        act = self._next_act()
        if self.pane == "sidebar":
            keys = [self._key("open")] if self.order else []
            keys += [*([("1-9", "nth")] if self.order else []), self._key("new_session")]
        elif self.pane == "panel":
            targets = panel_view.targets(self.overview) if self.overview is not None else []
            there = any(target >= 0 for target in targets)
            keys = [self._key("open", "go there")] if there else []
        else:
            keys = (
                [self._key("write")]
                if self.options.account is not None
                else [self._key("new_session")]
            )
            if act:
                keys.insert(0, self._key("next_act", act))
            overview = self.overview
            if overview is not None and overview.has_levels:
                keys.append(self._pair("lower", "higher", "level"))
            reader = self.reader
            if reader is not None and not reader.following:
                keys.append(self._key("end", "follow" if overview and self._live() else "end"))
            if reader is not None and reader.cursor >= 0:
                keys += [self._key("open"), self._key("tools")]
        if waiting:
            keys.append(self._key("needs_me"))
        if self.desk.queue():
            keys.append(self._key("queue"))
        if len(self.order) > 1:
            keys.append(self._pair("previous_session", "next_session", "session"))
        keys.append(self._key("next_pane", "pane"))
        if self.pane == "transcript":
            keys.append(self._key("plan"))
            if self.overview is not None and self.overview.errors:
                keys.append(self._key("next_error", "error"))
        keys.append(self._key("quit"))
        return keys

    def _key(self, action_id: str, label: str = "") -> tuple[str, str]:
        action = self.table.by_id[action_id]
        return (keys_label(action, self.glyphs), label or action.label or action.help)

    def _pair(self, first: str, second: str, label: str) -> tuple[str, str]:
        """Two actions that go together, each by its first key."""
        both = (self.table.label(one, self.glyphs) for one in (first, second))
        return (" ".join(both), label)

    def _live(self) -> bool:
        session = self.session
        return session is not None and session.running

    def _dock_keys(self, state: DockState) -> list[tuple[str, str]]:
        return docking.keys(self, state)

    def _next_act(self) -> str:
        """The word for the one safe next act of the open session, empty if there is none."""
        session = self.session
        if session is None or self.options.account is None:
            return ""
        if session.state is State.NEEDS_INPUT:
            return "answer"
        if session.state is State.LINE_LOST:
            return "try now"
        if session.state is State.CUT:
            return "follow" if session.service == "dms" else "ask again"
        if session.state is State.FAILED and session.detail == notices.GONE:
            return "ask anew"
        if session.state in {State.FAILED, State.NOT_DISPATCHED, State.CANCELLED}:
            return "ask again"
        overview = self.overview
        if session.state is State.FINISHED and overview is not None and overview.suggestions:
            return "next question"
        return "ask on" if session.state is State.FINISHED else ""

    # --- everything ------------------------------------------------------------------------------

    def on_resize(self, event: Resize) -> None:
        """A new size keeps every place: the windows are anchored to blocks."""
        for reader in self.readers.values():
            reader.resized()
        if event.size != self._laid_out:
            self._laid_out = event.size
            self.repaint()
            self.paint_now()

    def repaint(self, *, all_ages: bool = True) -> None:
        """Lay out and paint everything; unchanged rows cost nothing on the wire. Under a page
        nothing is painted, and nothing counts as seen: that is made up for when the page goes."""
        if not self.is_mounted:
            return
        if not self.is_active:
            self._outdated = True
            return
        width, height = self.size.width, self.size.height
        if not width or not height:
            return
        if (width >= 120) is not self._was_wide:
            # What was chosen for the plan pane was chosen for the other layout.
            self._was_wide, self.panel_wanted = width >= 120, None
        dock_rows = self._dock_rows(width, height)
        editor_rows = self._editor_rows()
        self._layout = arrange(
            width,
            height,
            dock=len(dock_rows) if dock_rows else 0,
            narrow=self.dock is not None and self.dock.kind in MENUS,
            aside=self.dock is not None and self.dock.aside,
            composer=editor_rows,
            alone=self.alone,
            panel=self.panel_wanted,
            pane=self.pane,
        )
        self._place_panes()
        if "tiny" in self._layout.rects:
            row = status_view.too_small(width, self.desk.running, len(self.desk.waiting()))
            self._show("tiny", [(row, None)])
            return
        self._paint_transcript()
        self._paint_head()
        self.paint_composer()
        self._paint_dock(dock_rows)
        self._paint_panel()
        if all_ages:
            self.paint_sidebar()
        self.paint_status()
        self.paint_footer()

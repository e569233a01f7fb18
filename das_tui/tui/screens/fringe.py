"""What stands round the transcript: sidebar, plan pane, docks, status line, footer."""

from collections.abc import Iterable

from textual.events import Resize

from das_tui.domain import notices
from das_tui.domain.session import State
from das_tui.tui.actions import BY_ID, keys_label
from das_tui.tui.layout import Rect, arrange
from das_tui.tui.screens.painting import AMBER, MENUS, SIDE_SECONDS, DockState, PaintedScreen
from das_tui.tui.widgets.pane import Bar
from das_tui.view import dock as dock_view
from das_tui.view import panel as panel_view
from das_tui.view import profiles as profiles_view
from das_tui.view import remote as remote_view
from das_tui.view import sidebar as sidebar_view
from das_tui.view import status as status_view
from das_tui.view import suggestions as suggestions_view
from das_tui.view import usage as usage_view
from das_tui.view.rows import ACCENT, BLANK, FAINT, Ink, Row, Span
from das_tui.view.wrap import cut, span_cells


class FringeScreen(PaintedScreen):
    """Paints the sides, the dock, and the two lines at the bottom."""

    # --- sides ---------------------------------------------------------------------------------

    def paint_sidebar(self) -> None:
        """Sessions by target."""
        rect = self._layout.rects.get("sidebar")
        if rect is None:
            return
        account = self.options.account
        sessions = self._listed()
        now = self.now()
        if not 0 <= now - self._side_now < SIDE_SECONDS:
            self._side_now = now
        cursor = self.side_cursor if self.pane == "sidebar" else self.open_key
        today = usage_view.today(self.desk.bill)
        if cursor:
            self.side_top = sidebar_view.reveal(
                sessions, rect.height, keys=self.order, key=cursor, top=self.side_top, today=today
            )
        found = sidebar_view.rows(
            sessions,
            rect.width,
            rect.height,
            glyphs=self.glyphs,
            now=self._side_now,
            keys=self.order,
            open_key=self.open_key,
            cursor_key=cursor,
            focused=self.pane == "sidebar",
            profile=(account.profile or "default") if account else "offline",
            region=account.region if account else "",
            top=self.side_top,
            today=today,
            compact=self.size.width < 100,
        )
        bar = self._bar(self.pane == "sidebar")
        found = remote_view.with_more(found, self.more_sessions(), "B", rect.width)
        if not self.ready:
            found = found[:1]
        self.side_rows = [item.key for item in found]
        rows = [(item.row, bar if item.bar else None) for item in found]
        self._show("sidebar", self._ruled(rows, rect), focused=self.pane == "sidebar")

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
            now=self.now() if session is not None and session.running else 0.0,
            cursor=self.panel_cursor if self.pane == "panel" else -1,
            focused=self.pane == "panel",
            paid=paid,
            cost=usage_view.cost(self.desk.bills.get(self.open_key)),
            queue=self.desk.queue() if paid else (),
        )
        bar = self._bar(self.pane == "panel")
        self.panel_rows = [item.block for item in found]
        rule: Bar = (self.glyphs.pane_rule, FAINT) if self.palette.ansi else None
        rows = [(item.row, bar if item.bar else rule) for item in found]
        rows += [(BLANK, rule)] * (rect.height - len(rows))
        self._show("panel", rows, focused=self.pane == "panel")

    def _ruled(self, rows: list[tuple[Row, Bar]], rect: Rect) -> list[tuple[Row, Bar]]:
        """With sixteen colours there are no tones: a dim rule parts the sidebar from the text."""
        if not self.palette.ansi or rect.width >= self.size.width:
            return rows
        rows = rows + [(BLANK, None)] * (rect.height - len(rows))
        rule = (self.glyphs.pane_rule, FAINT)
        return [(self._with_rule(row, rect.width, rule), bar) for row, bar in rows]

    @staticmethod
    def _with_rule(row: Row, width: int, rule: Span) -> Row:
        kept = cut(row.spans, 0, width - 1)
        space = " " * (width - 1 - span_cells(kept))
        return Row((*kept, (space, Ink()), rule), fill=row.fill)

    # --- docks ---------------------------------------------------------------------------------

    def _dock_rows(self, width: int, height: int) -> tuple[Row, ...]:
        state = self.dock
        if state is None:
            return ()
        wide = width
        if width >= 100:
            wide = (
                arrange(
                    width,
                    height,
                    dock=1,
                    narrow=state.kind in MENUS,
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
        state.scroll = view.scroll
        state.seen = state.seen or view.seen_end
        state.word = view.word
        state.keys = tuple(view.keys)
        return view.rows

    def _dock_view(self, state: DockState, width: int, room: int) -> dock_view.DockView | None:
        session = self.desk.sessions.get(state.key)
        overview = self.desk.overviews.get(state.key)
        account = self.options.account
        if state.kind == "ask":
            if overview is None or overview.ask is None or session is None:
                return None
            target = session.target
            instance = target if looks_like_instance(target) else ""
            return dock_view.ask_rows(
                overview.ask,
                width,
                room,
                session=session,
                database="" if instance else target,
                instance=instance,
                profile=account.profile if account else "",
                production=account.production if account else True,
                since=session.since,
                now=self.now(),
                scroll=state.scroll,
                seen=state.seen,
                stage=state.stage,
                typed=state.typed,
                glyphs=self.glyphs,
            )
        if state.kind == "levels":
            reader = self.reader
            if reader is None:
                return None
            transcript = reader.transcript
            return dock_view.level_menu(
                transcript.histogram,
                width,
                room,
                cursor=state.cursor,
                back=state.back,
                hidden=transcript.hidden,
                total=len(transcript),
                glyphs=self.glyphs,
            )
        if state.kind == "suggestions":
            questions = overview.suggestions if overview is not None else ()
            return suggestions_view.rows(
                questions, width, room, writing=state.typed == "e", glyphs=self.glyphs
            )
        if state.kind == "told":
            return dock_view.told_rows(*self.told, width, room, glyphs=self.glyphs)
        if state.kind == "budget":
            held = self.held
            if held is None:
                return None
            return usage_view.budget_rows(held.forecast, held.text, width, room, glyphs=self.glyphs)
        if state.kind == "queue":
            line = self.desk.queue()
            state.cursor = max(0, min(state.cursor, len(line) - 1))
            return usage_view.queue_rows(
                line, width, room, cursor=state.cursor, now=self.now(), glyphs=self.glyphs
            )
        if session is None:
            return None
        if state.kind == "stop":
            return dock_view.stop_rows(session, width, room, glyphs=self.glyphs)
        return dock_view.leave_rows(session, width, room, glyphs=self.glyphs)

    def _paint_dock(self, rows: Iterable[Row]) -> None:
        state = self.dock
        if state is None:
            return
        glyph = self.glyphs.heavy_bar if self.palette.ansi else self.glyphs.bar
        if state.kind in MENUS:
            self._show("menu", [(row, (glyph, ACCENT)) for row in rows])
        else:
            self._show("dock", [(row, (glyph, AMBER)) for row in rows])

    # --- status and footer ---------------------------------------------------------------------

    def paint_status(self) -> None:
        """What is, what is hidden, what is kept and paid."""
        rect = self._layout.rects.get("status")
        if rect is None:
            return
        session, overview, reader = self.session, self.overview, self.reader
        transcript = reader.transcript if reader is not None else None
        now = self.now()
        quiet: float | None = None
        rate = ""
        if session is not None and session.running and overview is not None:
            if overview.last_at is not None:
                quiet = max(0.0, now - overview.last_at)
            per_second = self.desk.rate(session.key)
            rate = f"{per_second:.1f}/s" if per_second else ""
        paid = session is not None and session.service != "dms"
        bill = self.desk.bills.get(self.open_key) if paid else None
        row = status_view.status(
            overview,
            session,
            rect.width,
            glyphs=self.glyphs,
            now=now,
            histogram=transcript.histogram if transcript is not None else (),
            threshold=self.desk.spec.threshold,
            hidden=transcript.hidden - transcript.sifted if transcript is not None else 0,
            rate=rate,
            quiet=quiet,
            message=self.message,
            percent=reader.percent if reader is not None else None,
            amount=usage_view.amount(bill.turn, bill.tariff) if bill is not None else "",
            chars=usage_view.chars(bill.turn) if bill is not None else "",
            waiting=len(self.desk.queues.get(self.open_key, ())),
            stored=not (self.engine is not None and self.engine.note),
            ending=self._ending(now),
            sieve=self._sieve_words(),
            utc=self.options.utc,
        )
        self._show("status", [(row, None)])

    def _sieve_words(self) -> tuple[str, str, str]:
        """What is held back beside the threshold, how much matches, how much does not."""
        return ("", "", "")

    def _ending(self, now: float) -> str:
        account = self.options.account
        if account is None:
            return ""
        found = account.provider.standing()
        return profiles_view.expires_soon(found.expires_at, now, renews=found.renews)

    def paint_footer(self) -> None:
        """The keys that would do something now."""
        rect = self._layout.rects.get("footer")
        if rect is None:
            return
        self._show("footer", [(status_view.footer(self._keys(), rect.width), None)])

    def _keys(self) -> list[tuple[str, str]]:
        if self.dock is not None and self.pane == "dock":
            return self._dock_keys(self.dock)
        if self.pane == "composer":
            keys = [
                self._key("send"),
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
            keys = [("enter", "open"), ("1-9", "nth"), self._key("new_session")]
        elif self.pane == "panel":
            keys = [("enter", "go there")]
        else:
            keys = (
                [self._key("write")]
                if self.options.account is not None
                else [self._key("new_session")]
            )
            if act:
                keys.insert(0, ("r", act))
            overview = self.overview
            if overview is not None and overview.has_levels:
                keys.append(("- +", "level"))
            reader = self.reader
            if reader is not None and not reader.following:
                keys.append(("G", "follow" if overview and self._live() else "end"))
            keys.append(("enter", "open"))
            keys.append(self._key("tools"))
        if waiting:
            keys.append(self._key("needs_me"))
        if self.desk.queue():
            keys.append(self._key("queue"))
        keys += [("[ ]", "session"), ("tab", "pane")]
        if self.pane == "transcript":
            keys += [self._key("plan"), ("e", "error")]
        keys.append(self._key("quit"))
        return keys

    def _key(self, action_id: str, label: str = "") -> tuple[str, str]:
        action = BY_ID[action_id]
        return (keys_label(action, self.glyphs), label or action.label or action.help)

    def _live(self) -> bool:
        session = self.session
        return session is not None and session.running

    def _dock_keys(self, state: DockState) -> list[tuple[str, str]]:
        if state.kind == "levels":
            return [("j k", "move"), ("enter", "set"), ("0", "all"), ("esc", "back")]
        if state.kind == "suggestions":
            last = f"1-{min(9, len(self.overview.suggestions) if self.overview else 0)}"
            write = [(last, "write it")] if state.typed else [(last, "ask"), ("e", "write first")]
            return [*write, ("esc", "back")]
        if state.kind == "told":
            return [("esc", "close")]
        if state.kind == "budget":
            return [("y", "send this one"), ("esc", "keep the draft")]
        if state.kind == "queue":
            return [("j k", "move"), ("w", "take back"), ("enter", "open"), ("esc", "close")]
        if state.kind == "stop":
            return [("y", "stop"), ("esc", "keep running")]
        if state.kind == "leave":
            return [("q", "leave"), ("esc", "stay")]
        if state.stage == "type":
            return [("^u", "clear"), ("esc", "back")]
        keys = [("j k", "scroll above"), ("space b", "scroll here")]
        if len(self.desk.waiting()) > 1:
            keys.append(("a", "next that needs me"))
        return [*keys, ("[ ]", "session")]

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
        self.repaint()

    def repaint(self, *, all_ages: bool = True) -> None:
        """Lay out and paint everything; unchanged rows cost nothing on the wire."""
        if not self.is_mounted:
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
            composer=editor_rows,
            alone=self.alone,
            panel=self.panel_wanted,
            pane=self.pane,
        )
        self._place_panes()
        if "tiny" in self._layout.rects:
            live = sum(1 for s in self.desk.sessions.values() if s.running)
            row = status_view.too_small(width, live, len(self.desk.waiting()))
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


def looks_like_instance(target: str) -> bool:
    """Whether a target is an instance id (`rm-…`, `pc-…`) and not a database name."""
    head, dash, tail = target.partition("-")
    return bool(dash) and head in INSTANCE_PREFIXES and bool(tail)


INSTANCE_PREFIXES = frozenset(
    {"rm", "rr", "pc", "pi", "pe", "pxc", "r", "tt", "dds", "mongo", "pgm", "ld", "polardbx", "am"}
)

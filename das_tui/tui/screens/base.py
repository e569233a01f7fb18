"""The main screen's panes and how they are painted. What keys do is in `main.py`."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.events import Resize
from textual.geometry import Region, Size
from textual.screen import Screen
from textual.timer import Timer

from das_tui.domain.events import AskKind
from das_tui.domain.session import Overview, Session, State
from das_tui.tui.actions import BY_ID, keys_label
from das_tui.tui.desk import Desk
from das_tui.tui.layout import Layout, Rect, arrange
from das_tui.tui.options import AppOptions
from das_tui.tui.reader import Reader
from das_tui.tui.theme import Palette
from das_tui.tui.widgets.editor import Editor
from das_tui.tui.widgets.pane import AttentionPane, Bar, Pane, RaisedPane, SidePane
from das_tui.view import dock as dock_view
from das_tui.view import panel as panel_view
from das_tui.view import sidebar as sidebar_view
from das_tui.view import status as status_view
from das_tui.view.clean import clean
from das_tui.view.glyphs import Glyphs
from das_tui.view.rows import ACCENT, BLANK, FAINT, MUTED, STRONG, TEXT, Ink, Row
from das_tui.view.spec import ViewSpec

if TYPE_CHECKING:
    from das_tui.run.engine import Engine
    from das_tui.run.feed import Change

FRAME = 0.05
"""Seconds between two looks into the feed while a run streams."""

MESSAGE_SECONDS = 4.0
"""How long the answer to a key stands in the status line."""

SIDE_SECONDS = 10.0
"""Ages in the sidebar change at most this often: each change costs bytes on the line."""

DOCK_GUARD = 0.3
"""Seconds after a dock appeared in which its keys do nothing, so that a key meant for the
transcript approves nothing."""

SERVICES = ("das", "dms", "chat")

AMBER = Ink("attn")


@dataclass(slots=True)
class DockState:
    """The dock that is open: `kind` is ask, levels, stop or leave."""

    kind: str
    key: str = ""
    block: int = -1
    stage: dock_view.Stage = "ask"
    typed: str = ""
    word: str = ""
    keys: tuple[str, ...] = ()
    scroll: int = 0
    seen: bool = False
    since: float = 0.0
    cursor: int = 0
    back: int = 0


@dataclass(slots=True)
class Draft:
    """What the composer writes: a question to `service`, or words for a waiting ask."""

    service: str = ""
    choice: str = ""


class BaseScreen(Screen[None], inherit_bindings=False):
    """Panes, layout, painting, and the taking over of changes."""

    BINDINGS: ClassVar[list[BindingType]] = []
    AUTO_FOCUS = ""
    LAYERS = ("base", "over")
    CSS = "BaseScreen { layers: base over; background: $background; overflow: hidden; }"

    def __init__(self, options: AppOptions, palette: Palette, glyphs: Glyphs) -> None:
        super().__init__()
        self.options = options
        self.palette = palette
        self.glyphs = glyphs
        self.now = time.time
        self.engine: Engine | None = None
        self.desk = Desk(
            ViewSpec(
                width=80,
                threshold=options.level,
                glyphs=glyphs,
                utc=options.utc,
                inline_code_marks=palette.ansi,
            ),
            time.monotonic,
        )
        self.readers: dict[str, Reader] = {}
        self.order: list[str] = []
        self.open_key = ""
        self.pane = "transcript"
        self.side_cursor = ""
        self.side_top = 0
        self.panel_cursor = -1
        self.panel_wanted: bool | None = None
        self.alone = False
        self.dock: DockState | None = None
        self.put_aside: set[tuple[str, int]] = set()
        self.draft = Draft()
        self.drafts: dict[str, str] = {}
        self.new_question: str = ""
        self.message = ""
        self.ready = False
        self._message_timer: Timer | None = None
        self._tick_timer: Timer | None = None
        self._flush_timer: Timer | None = None
        self._flushed = 0.0
        self._side_now = 0.0
        self._layout = Layout(0)
        self._loading: set[str] = set()
        self.side_rows: list[str | None] = []
        self.panel_rows: list[int] = []

    # --- widgets -------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """All panes; `arrange` says which of them stand where."""
        yield SidePane(self.palette, id="sidebar")
        yield Pane(self.palette, id="head")
        yield Pane(self.palette, id="transcript")
        yield Pane(self.palette, id="below")
        yield RaisedPane(self.palette, id="composer")
        yield SidePane(self.palette, id="panel")
        yield AttentionPane(self.palette, id="dock")
        yield RaisedPane(self.palette, id="menu")
        yield SidePane(self.palette, id="status")
        yield SidePane(self.palette, id="footer")
        yield Pane(self.palette, id="tiny")

    def _pane(self, name: str) -> Pane:
        return self.query_one(f"#{name}", Pane)

    @property
    def editor(self) -> Editor | None:
        """The text field, once somebody wrote."""
        found = self.query(Editor)
        return found.first() if found else None

    def on_resize(self, event: Resize) -> None:
        """A new size keeps every place: the windows are anchored to blocks."""
        self.repaint()

    # --- what is open --------------------------------------------------------------------------

    @property
    def session(self) -> Session | None:
        """The open session."""
        return self.desk.sessions.get(self.open_key)

    @property
    def overview(self) -> Overview | None:
        """The overview of the open session."""
        return self.desk.overviews.get(self.open_key)

    @property
    def reader(self) -> Reader | None:
        """The reader of the open session, None until its transcript is there."""
        if not self.open_key:
            return None
        transcript = self.desk.transcript(self.open_key)
        if transcript is None:
            return None
        reader = self.readers.get(self.open_key)
        if reader is None or reader.transcript is not transcript:
            reader = self.readers[self.open_key] = Reader(transcript)
        return reader

    @property
    def scope(self) -> str:
        """The pane that keys go to."""
        return "dock" if self.dock is not None and self.pane == "dock" else self.pane

    # --- changes from the engine ---------------------------------------------------------------

    def wake(self) -> None:
        """The feed has something: look into it now, or at the next frame."""
        if self._flush_timer is not None:
            return
        wait = FRAME - (time.monotonic() - self._flushed)
        if wait <= 0:
            self.flush()
        else:
            self._flush_timer = self.set_timer(wait, self._late_flush)

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
        self._reordered(changes)
        self._follow_ask(before)
        self._watch_runs()
        if self.open_key in changed or self.open_key in changes:
            self.repaint()
        else:
            self.paint_sidebar()
            self.paint_status()

    def _reordered(self, changes: "dict[str, Change]") -> None:
        self.order = sidebar_view.order(self._listed(), self.order)

    def _listed(self) -> list[Session]:
        return [s for s in self.desk.sessions.values() if not s.archived]

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

    # --- painting ------------------------------------------------------------------------------

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

    def repaint(self, *, all_ages: bool = True) -> None:
        """Lay out and paint everything; unchanged rows cost nothing on the wire."""
        if not self.is_mounted:
            return
        width, height = self.size.width, self.size.height
        if not width or not height:
            return
        dock_rows = self._dock_rows(width, height)
        editor_rows = self._editor_rows()
        self._layout = arrange(
            width,
            height,
            dock=len(dock_rows) if dock_rows else 0,
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

    def _place_panes(self) -> None:
        rects = self._layout.rects
        menu = self.dock is not None and self.dock.kind == "levels"
        for name in (
            "sidebar",
            "head",
            "transcript",
            "below",
            "composer",
            "panel",
            "status",
            "footer",
            "tiny",
        ):
            self._pane(name).place(_region(rects.get(name)))
        self._pane("menu").place(_region(rects.get("dock")) if menu else None)
        self._pane("dock").place(None if menu else _region(rects.get("dock")))
        editor = self.editor
        if editor is not None:
            place = rects.get("composer") if self.pane == "composer" else None
            if place is not None:
                region = Region(place.x + 3, place.y, max(1, place.width - 5), place.height)
                editor.place(region)
            else:
                editor.place(None)

    def _show(self, name: str, rows: Sequence[tuple[Row, Bar]], *, focused: bool = True) -> None:
        rect = self._layout.rects.get("dock" if name == "menu" else name)
        if rect is not None:
            self._pane(name).show(rows, Size(rect.width, rect.height), focused=focused)

    def _bar(self, focused: bool) -> Bar:
        glyph = self.glyphs.heavy_bar if self.palette.ansi else self.glyphs.bar
        return (glyph, ACCENT if focused else FAINT)

    def _paint_transcript(self) -> None:
        rect = self._layout.rects.get("transcript")
        if rect is None or rect.height < 1:
            return
        self._show("transcript", self._transcript_rows(rect), focused=self.pane == "transcript")
        below = self._layout.rects.get("below")
        if below is not None:
            reader = self.reader
            fresh, errors = reader.new_below if reader is not None else (0, 0)
            row = status_view.below(fresh, errors, below.width) if fresh else BLANK
            self._show("below", [(row, None)])

    def _transcript_rows(self, rect: Rect) -> list[tuple[Row, Bar]]:
        reader = self.reader
        if reader is None or not len(reader.transcript):
            return [(row, None) for row in self._empty_rows(rect.width)]
        spec = self._spec(rect.width)
        if reader.transcript.spec != spec:
            reader.transcript.set_spec(spec)
        lines = reader.window(rect.height)
        cursor = reader.cursor
        bar = self._bar(self.pane == "transcript")
        shown: list[tuple[Row, Bar]] = []
        for line in lines:
            here = line.block == cursor and line.kind in {"block", "gap"}
            shown.append((line.row, bar if here else None))
        sticky = reader.transcript.sticky(reader.top_row)
        if sticky is not None and shown:
            shown[0] = (sticky, None)
        return shown

    def _spec(self, width: int) -> ViewSpec:
        session = self.session
        das = session is not None and session.service != "dms"
        running = session is not None and session.running
        return replace(
            self.desk.spec,
            width=width,
            target=session.target if session else "",
            name_width=0 if self.size.width < 80 else 16 if das else 13,
            now=float(int(self.now())) if running else 0.0,
        )

    def _empty_rows(self, width: int) -> list[Row]:
        """What stands where nothing is yet."""
        if self.open_key in self._loading:
            return [BLANK, Row((("   opening", MUTED),))]
        if self.new_question or self.session is not None:
            where = {"das": "DAS agent", "dms": "DMS Data Agent", "chat": "DAS agent by Chat"}
            service = self.new_question or (self.session.service if self.session else "")
            lines = [BLANK, Row((("   Nothing asked yet.", TEXT),)), BLANK]
            lines.append(Row((("   to the ", MUTED), (where.get(service, service), TEXT))))
            if self.new_question:
                lines.append(Row((("   tab", STRONG), (" asks another agent", MUTED))))
            return lines
        if not self.ready:
            return [BLANK, Row((("   reading the stored sessions", MUTED),))]
        return [
            BLANK,
            Row((("   No session yet.", TEXT),)),
            BLANK,
            Row((("   ^n", STRONG), ("  asks the first question", MUTED))),
            Row((("   ?", STRONG), ("   shows all keys", MUTED))),
        ]

    def _paint_head(self) -> None:
        rect = self._layout.rects.get("head")
        if rect is None:
            return
        hidden = "sidebar" not in self._layout.rects
        needs = len(self.desk.waiting()) if hidden else 0
        if self.new_question:
            row = Row((("   New question", STRONG), (f"  {self.new_question}", FAINT)))
        else:
            row = status_view.head(
                self.session,
                self.overview,
                rect.width,
                screen=self.size.width,
                needs=needs,
                glyphs=self.glyphs,
                now=self.now(),
            )
        self._show("head", [(row, None)])

    def paint_composer(self) -> None:
        """The line one writes in, or what it would do."""
        rect = self._layout.rects.get("composer")
        if rect is None:
            return
        writing = self.pane == "composer"
        prompt = self.glyphs.prompt
        if writing:
            rows: list[tuple[Row, Bar]] = [(Row(((f" {prompt} ", ACCENT),)), self._bar(True))]
            rows += [(Row((("   ", TEXT),)), self._bar(True))] * (rect.height - 1)
            self._show("composer", rows)
            return
        words, hint = self._placeholder()
        room = rect.width - 3 - 2 - len(hint) - 2
        if room < len(words):
            hint, room = "", rect.width - 5
        words = words[:room]
        space = " " * max(1, rect.width - 3 - len(words) - len(hint) - 2)
        row = Row(((f" {prompt} ", FAINT), (words, FAINT), (space, FAINT), (hint, FAINT)))
        self._show("composer", [(row, None)])

    def _placeholder(self) -> tuple[str, str]:
        session = self.session
        kept = self.drafts.get(self.open_key, "")
        if kept:
            return kept.split("\n")[0], "draft kept, i writes on"
        if self.options.account is None:
            return "no profile: nothing can be sent from here", ""
        if session is None:
            return "ask a question", "^n"
        if session.state is State.LINE_LOST:
            return "a reply waits here until the line is back", ""
        if session.state is State.NEEDS_INPUT:
            return "answer in words", "i writes"
        if session.running:
            return "a run is under way", ""
        if session.service != "dms":
            return "a das answer is paid by the character", "i writes, enter sends"
        return "ask a follow-up", "i writes, enter sends"

    def _editor_rows(self) -> int:
        editor = self.editor
        if self.pane != "composer" or editor is None:
            return 1
        return max(1, min(6, editor.wrapped_document.height))

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
        if cursor:
            self.side_top = sidebar_view.reveal(
                sessions, rect.height, keys=self.order, key=cursor, top=self.side_top
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
            profile=account.profile if account else "offline",
            region=account.region if account else "",
            top=self.side_top,
            compact=self.size.width < 100,
        )
        bar = self._bar(self.pane == "sidebar")
        self.side_rows = [item.key for item in found]
        self._show(
            "sidebar",
            [(item.row, bar if item.bar else None) for item in found],
            focused=self.pane == "sidebar",
        )

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
        amount = self._amount(overview.chars) if paid else ""
        found = panel_view.rows(
            overview,
            rect.width,
            rect.height,
            glyphs=self.glyphs,
            now=self.now() if session is not None and session.running else 0.0,
            cursor=self.panel_cursor if self.pane == "panel" else -1,
            focused=self.pane == "panel",
            paid=paid,
            cost=panel_view.Cost(run=amount),
        )
        bar = self._bar(self.pane == "panel")
        self.panel_rows = [item.block for item in found]
        self._show(
            "panel",
            [(item.row, bar if item.bar else None) for item in found],
            focused=self.pane == "panel",
        )

    def _amount(self, chars: int) -> str:
        account = self.options.account
        if account is None or account.price_per_char is None:
            return ""
        return f"{chars * account.price_per_char:.2f} USD"

    # --- docks ---------------------------------------------------------------------------------

    def _dock_rows(self, width: int, height: int) -> tuple[Row, ...]:
        state = self.dock
        if state is None:
            return ()
        wide = width
        if width >= 100:
            wide = arrange(width, height, dock=1, alone=self.alone).rects["dock"].width
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
        if state.kind == "levels":
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
        row = status_view.status(
            overview,
            session,
            rect.width,
            glyphs=self.glyphs,
            now=now,
            histogram=transcript.histogram if transcript is not None else (),
            threshold=self.desk.spec.threshold,
            hidden=transcript.hidden if transcript is not None else 0,
            rate=rate,
            quiet=quiet,
            message=self.message,
            percent=reader.percent if reader is not None else None,
            amount=self._amount(overview.chars) if paid and overview is not None else "",
            stored=not (self.engine is not None and self.engine.note),
            utc=self.options.utc,
        )
        self._show("status", [(row, None)])

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
                keys.insert(2, ("tab", "other agent"))
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
        if session.state in {State.FAILED, State.NOT_DISPATCHED}:
            return "ask again"
        overview = self.overview
        if session.state is State.FINISHED and overview is not None and overview.suggestions:
            return "next question"
        return ""


def looks_like_instance(target: str) -> bool:
    """Whether a target is an instance id (`rm-…`, `pc-…`) and not a database name."""
    head, dash, tail = target.partition("-")
    return bool(dash) and head in INSTANCE_PREFIXES and bool(tail)


INSTANCE_PREFIXES = frozenset(
    {"rm", "rr", "pc", "pi", "pe", "pxc", "r", "tt", "dds", "mongo", "pgm", "ld", "polardbx", "am"}
)


def waits_for_words(kind: AskKind) -> bool:
    """Asks that only words can answer."""
    return kind is AskKind.HUMAN


def _region(rect: Rect | None) -> Region | None:
    return None if rect is None else Region(rect.x, rect.y, rect.width, rect.height)

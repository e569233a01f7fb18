"""The panes of the main screen and how they are painted."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.screen import Screen
from textual.timer import Timer

from das_tui.domain.session import Overview, Session
from das_tui.light import dataclass
from das_tui.tui.actions import TABLE, Table
from das_tui.tui.desk import Desk
from das_tui.tui.layout import Layout, Rect
from das_tui.tui.link import Link
from das_tui.tui.options import AppOptions
from das_tui.tui.theme import Palette
from das_tui.tui.widgets.pane import AttentionPane, Bar, Pane, RaisedPane, SidePane
from das_tui.view.glyphs import Glyphs
from das_tui.view.listing import Choice
from das_tui.view.rows import ACCENT, BLANK, FAINT, Ink, Row
from das_tui.view.spec import ViewSpec

if TYPE_CHECKING:
    from das_tui.domain.usage import Forecast
    from das_tui.run.engine import Engine
    from das_tui.tui.attention import Attention
    from das_tui.tui.reader import Reader
    from das_tui.tui.widgets.editor import Editor
    from das_tui.view.dock import Stage

MESSAGE_SECONDS = 4.0
"""How long the answer to a key stands in the status line."""

SIDE_SECONDS = 10.0
"""Ages in the sidebar change at most this often: each change costs bytes on the line."""

DOCK_GUARD = 0.3
"""Seconds after a dock appeared in which its keys do nothing, so that a key meant for the
transcript approves nothing."""

SERVICES = ("das", "dms", "chat")

AMBER = Ink("attn")

MENUS = frozenset({"settings", "levels", "suggestions", "queue", "told", "kinds"})
"""Docks that nobody waits for: they stand on the tone of menus and leave the plan pane alone."""


_PANES: dict[str, type[Pane]] = {
    "sidebar": SidePane,
    "head": Pane,
    "transcript": Pane,
    "below": Pane,
    "composer": RaisedPane,
    "panel": SidePane,
    "dock": AttentionPane,
    "menu": RaisedPane,
    "status": SidePane,
    "footer": SidePane,
    "tiny": Pane,
}
"""All panes and their tones; `arrange` says which of them stand where."""


_BESIDE = frozenset({"head", "transcript", "below", "composer", "dock", "menu"})
"""Panes that stand right of the sidebar."""


@dataclass(slots=True)
class DockState:
    """The dock that is open: `kind` is ask, levels, kinds, suggestions, budget, queue, stop
    or leave. An `aside` one came while the operator read something else: it is one row, and its
    keys do nothing, until it is taken."""

    kind: str
    key: str = ""
    block: int = -1
    stage: "Stage" = "ask"
    typed: str = ""
    word: str = ""
    keys: tuple[str, ...] = ()
    scroll: int = 0
    window: int = 1
    seen: bool = False
    since: float = 0.0
    cursor: int = 0
    back: int = 0
    aside: bool = False


@dataclass(slots=True)
class Draft:
    """What the composer writes: a question, or with `choice` (reply, edit) words for a waiting
    ask. `given` is the text it was opened with."""

    choice: str = ""
    given: str = ""


AskAnyway = Callable[[bool], "Future[Any]"]
"""Asks the engine; the argument says whether the budget may be passed."""


@dataclass(slots=True)
class Held:
    """A question that is not sent before the operator has said so."""

    text: str
    forecast: "Forecast"
    ask: AskAnyway
    done: Callable[[Any], None]


class PaintedScreen(Screen[None], inherit_bindings=False):
    """State, panes, layout. What they show is in `centre.py` and `fringe.py`."""

    BINDINGS: ClassVar[list[BindingType]] = []
    AUTO_FOCUS = ""
    LAYERS = ("base", "over")
    DEFAULT_CSS = "PaintedScreen { layers: base over; background: $background; overflow: hidden; }"

    def __init_subclass__(cls, *, instances: bool = False, **more: Any) -> None:
        """Textual looks through all names of each class of a widget. The parts that the main
        screen is put together from have nothing for it to find, and no `instances`."""
        if instances:
            super().__init_subclass__(**more)

    def __init__(self, options: AppOptions, palette: Palette, glyphs: Glyphs) -> None:
        super().__init__()
        self.options = options
        self.palette = palette
        self.glyphs = glyphs
        self.table = _table(options)
        self.now = time.time
        self.link = Link(options.link)
        self.engine: Engine | None = None
        self.desk = Desk(
            ViewSpec(
                width=80,
                threshold=options.level,
                glyphs=glyphs,
                utc=options.utc,
                seconds=options.seconds,
                compact=options.density == "compact",
                inline_code_marks=palette.ansi,
            ),
            time.monotonic,
            Choice(options.order, options.group),
        )
        self.readers: dict[str, Reader] = {}
        self.open_key = ""
        self.pane = "transcript"
        self.side_cursor = ""
        self.side_top = 0
        self._side_held = ("", -1, 0)
        """Session of the cursor in the sidebar, the list's version, and its row then."""
        self._side_badge = False
        """Whether the sidebar has a row for how many wait; that stays while it has the focus."""
        self.panel_cursor = -1
        self.panel_wanted: bool | None = None
        self.alone = False
        self.dock: DockState | None = None
        self.held: Held | None = None
        self.told = ("", "", "")
        """Title, text and way out of the dock that tells what went wrong."""
        self.put_aside: set[tuple[str, int]] = set()
        self.answering: set[tuple[str, int]] = set()
        """Asks, by session and block, whose answer is on its way: they wait for nobody."""
        self.draft = Draft()
        self.drafts: dict[str, str] = {}
        self.new_question: str = ""
        self.message = ""
        self.ready = False
        self.touched = False
        self._was_wide = False
        self._message_timer: Timer | None = None
        self._tick_timer: Timer | None = None
        self._flush_timer: Timer | None = None
        self._flushed = 0.0
        self._unpainted: set[str] = set()
        """Sessions that changed since they were last painted."""
        self._mended: dict[str, float] = {}
        self._side_now = 0.0
        self._layout = Layout(0)
        self._laid_out = Size(0, 0)
        self._loading: set[str] = set()
        self.side_rows: list[str | None] = []
        self.panel_rows: list[int] = []
        self._attention: Attention | None = None
        self.editor: Editor | None = None
        """The text field, once somebody wrote."""
        self._by_name: dict[str, Pane] = {
            name: kind(palette, id=name) for name, kind in _PANES.items()
        }

    # --- widgets -------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """All panes."""
        yield from self._by_name.values()

    def _pane(self, name: str) -> Pane:
        return self._by_name[name]

    def _compositor_refresh(self) -> None:
        """Nothing is written before the panes have something in them."""
        if self._layout.rects:
            super()._compositor_refresh()

    def paint_now(self) -> None:
        """Show what the panes have, without the wait for Textual's next frame. What moves
        together with the text field goes Textual's way, and so does that field."""
        changed = [pane for pane in self._by_name.values() if pane._repaint_required]
        moved = [pane for pane in self._by_name.values() if pane._layout_required]
        editor = self.editor
        waits = editor is not None and editor._layout_required
        if not self.is_current or ((moved or self._layout_required) and waits):
            return
        for pane in changed:
            pane._repaint_required = False
            if pane.display:
                self._dirty_widgets.add(pane)
        for pane in moved:
            pane._layout_required = False
        if moved:
            self._clear_arrangement_cache()
            self._layout_updates += 1
            self._layout_required = True
        if changed or self._layout_required:
            self._on_timer_update()

    # --- what is open --------------------------------------------------------------------------

    @property
    def _only_reads(self) -> bool:
        """Whether nothing can be sent with the profile in use."""
        account = self.options.account
        return account is not None and account.read_only

    def clock(self) -> float:
        """The time that timers go by; on a slow line they count in larger steps."""
        now = self.now()
        return now - now % self.link.tick if self.link.slow else now

    @property
    def ticks(self) -> bool:
        """Whether the timers of the open session are kept up to date: while it runs, and under a
        dock while any does."""
        session = self.session
        here = self.dock is not None or (session is not None and session.running)
        return here and self.desk.any_running()

    def key_of(self, action_id: str) -> str:
        """The first key of an action, as one writes it in a sentence."""
        return self.table.label(action_id, self.glyphs)

    @property
    def session(self) -> Session | None:
        """The open session."""
        return self.desk.sessions.get(self.open_key)

    @property
    def overview(self) -> Overview | None:
        """The overview of the open session; until it is loaded what its row says."""
        found, row = self.desk.overviews.get(self.open_key), self.session
        if found is not None or row is None:
            return found
        return Overview(
            state=row.state,
            since=row.since,
            detail=row.detail,
            chars=row.chars,
            estimated=row.estimated,
            kept=row.records,
            errors=row.errors,
        )

    @property
    def reader(self) -> "Reader | None":
        """The reader of the open session, None until its transcript is there."""
        if not self.open_key:
            return None
        transcript = self.desk.transcript(self.open_key)
        if transcript is None:
            return None
        reader = self.readers.get(self.open_key)
        if reader is None or reader.transcript is not transcript:
            from das_tui.tui.reader import Reader

            kept = self.desk.transcripts
            # A reader of a transcript that was let go would hold all of it.
            for key in [k for k, one in self.readers.items() if kept.get(k) is not one.transcript]:
                del self.readers[key]
            reader = self.readers[self.open_key] = Reader(transcript)
        return reader

    @property
    def order(self) -> list[str]:
        """The sessions that are listed, in order."""
        return self.desk.listing.keys

    @property
    def scope(self) -> str:
        """The pane that keys go to."""
        return "dock" if self.dock is not None and self.pane == "dock" else self.pane

    # --- painting ------------------------------------------------------------------------------

    def _place_panes(self) -> None:
        rects = self._layout.rects
        menu = self.dock is not None and self.dock.kind in MENUS
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
        if rect is None:
            return
        if name in _BESIDE and rect.x and self.palette.ansi and not self.link.slow:
            rows = self._ruled(rows, rect.height)
        self._pane(name).show(rows, Size(rect.width, rect.height), focused=focused)

    def _ruled(self, rows: Sequence[tuple[Row, Bar]], height: int) -> list[tuple[Row, Bar]]:
        """With sixteen colours there are no tones: a dim rule parts the sidebar from the text, and
        the cursor's bar stands in it."""
        rule: Bar = (self.glyphs.pane_rule, FAINT)
        ruled = [(row, bar or rule) for row, bar in rows]
        return [*ruled, *[(BLANK, rule)] * (height - len(ruled))]

    def _bar(self, focused: bool) -> Bar:
        glyph = self.glyphs.heavy_bar if self.palette.ansi else self.glyphs.bar
        return (glyph, ACCENT if focused else FAINT)


def _table(options: AppOptions) -> Table:
    """The actions with their keys; the operator's own keys are looked at only where there are
    some."""
    if not options.keys:
        return TABLE
    from das_tui.tui.keymap import resolve

    return resolve(options.keys).table


def _region(rect: Rect | None) -> Region | None:
    return None if rect is None else Region(rect.x, rect.y, rect.width, rect.height)

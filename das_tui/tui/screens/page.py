"""A page: replaces the screen, scrolls, goes back with esc."""

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.events import Key, MouseScrollDown, MouseScrollUp, Resize
from textual.geometry import Region, Size
from textual.screen import Screen

from das_tui.tui.theme import Palette
from das_tui.tui.widgets.pane import Pane, SidePane
from das_tui.view import status as status_view
from das_tui.view.glyphs import Glyphs
from das_tui.view.rows import BLANK, Row

if TYPE_CHECKING:
    from das_tui.tui.app import DasApp


class Page(Screen[None], inherit_bindings=False):
    """Rows that can be scrolled, a status row and a footer."""

    BINDINGS: ClassVar[list[BindingType]] = []
    AUTO_FOCUS = ""
    DEFAULT_CSS = "Page { background: $background; overflow: hidden; }"

    def __init__(self, palette: Palette, glyphs: Glyphs) -> None:
        super().__init__()
        self.palette = palette
        self.glyphs = glyphs
        self.scroll_row = 0
        self.body_rows = 1
        self.unseen = 0
        """Rows below the window, negative for some to spare."""

    @abstractmethod
    def rows(self, width: int) -> list[Row]:
        """The content at `width` cells."""

    def head(self, width: int) -> list[Row]:
        """Rows that stay at the top while the content scrolls."""
        return []

    def foot(self, width: int) -> list[Row]:
        """Rows that stay below the content."""
        return []

    def status(self, width: int) -> Row:
        """The row above the footer."""
        return BLANK

    def status_room(self, width: int) -> int:
        """The cells of the status row that are left beside how many rows are below."""
        return width - (len(f"{self.unseen:,} below") + 2 if self.unseen > 0 else 0)

    def keys(self) -> list[tuple[str, str]]:
        """The footer."""
        return [("j k", "scroll"), ("esc", "back")]

    def compose(self) -> list[Pane]:
        """The page, its status row and its footer."""
        return [
            Pane(self.palette, id="page"),
            SidePane(self.palette, id="status"),
            SidePane(self.palette, id="footer"),
        ]

    def in_view(self, line: int, count: int) -> slice:
        """Scroll as little as it takes to have one of `count` lines in view; those that are."""
        room = self.body_rows
        top = max(min(self.scroll_row, line), line - room + 1, 0)
        self.scroll_row = top = min(top, max(0, count - room))
        return slice(top, top + room)

    def on_resize(self, event: Resize) -> None:
        """Paint at the new size."""
        self.repaint()

    def repaint(self) -> None:
        """Paint everything; unchanged rows cost nothing."""
        width, height = self.size.width, self.size.height
        if not self.is_mounted or not width or height < 3 or len(self.query(Pane)) < 3:
            # What was waited for may come when the page is already going.
            return
        room = height - 2
        head, foot = self.head(width), self.foot(width)
        self.body_rows = inner = max(1, room - len(head) - len(foot))
        rows = self.rows(width)
        self.scroll_row = max(0, min(self.scroll_row, len(rows) - inner))
        shown = rows[self.scroll_row : self.scroll_row + inner]
        if foot:
            shown = [*shown, *[BLANK] * (inner - len(shown)), *foot]
        shown = [*head, *shown][:room]
        for name, y, high in (("page", 0, room), ("status", room, 1), ("footer", room + 1, 1)):
            self.query_one(f"#{name}", Pane).place(Region(0, y, width, high))
        self._show("page", shown, Size(width, room))
        self.unseen = below = len(rows) - self.scroll_row - inner
        status = status_view.with_rest(self.status(width), below, width, self.glyphs)
        self._show("status", [status], Size(width, 1))
        self.paint_footer()

    def paint_footer(self) -> None:
        """The keys, and how many sessions wait: no page hides that."""
        width = self.size.width
        if not self.is_mounted or not width or not self.query("#footer"):
            return
        app: DasApp = self.app  # type: ignore[assignment]
        needs = len(app.main.desk.waiting())
        footer = status_view.footer(self.keys(), width, right=(), needs=needs)
        self._show("footer", [footer], Size(width, 1))

    def _show(self, name: str, rows: list[Row], size: Size) -> None:
        self.query_one(f"#{name}", Pane).show([(row, None) for row in rows], size)

    def handle(self, event: Key) -> bool:
        """Scroll and leave; whether the key was taken."""
        room = max(1, self.size.height - 3)
        moves = {
            "j": 1,
            "down": 1,
            "k": -1,
            "up": -1,
            "space": room,
            "pagedown": room,
            "b": -room,
            "pageup": -room,
            "ctrl+d": room // 2,
            "ctrl+u": -(room // 2),
            "g": -(10**9),
            "home": -(10**9),
            "G": 10**9,
            "end": 10**9,
        }
        if event.key in moves:
            self.scroll_row += moves[event.key]
            self.repaint()
        elif event.key in {"escape", "q", "question_mark", "d"}:
            self.dismiss()
        # No key is Textual's business: a page has no fields.
        return True

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """The wheel."""
        self.scroll_row += 3
        self.repaint()

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """The wheel."""
        self.scroll_row -= 3
        self.repaint()

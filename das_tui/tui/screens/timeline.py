"""The timeline page: where the time of a turn, or of the session, went."""

from collections.abc import Callable

from textual.events import Click, Key, MouseScrollDown, MouseScrollUp

from das_tui.domain.session import RUNNING, Overview, Session, State
from das_tui.tui.actions import folded
from das_tui.tui.screens.page import Page
from das_tui.tui.theme import Palette
from das_tui.view import course as course_view
from das_tui.view import form as form_view
from das_tui.view import parts as parts_view
from das_tui.view import timeline as timeline_view
from das_tui.view.course import Course, Kind, Stretch
from das_tui.view.glyphs import Glyphs
from das_tui.view.rows import BLANK, TEXT, Row
from das_tui.view.timeline import Axis, Line
from das_tui.view.transcript import Transcript

_NO_COURSE = Course()


class TimelinePage(Page):
    """`t`. `look` gives the transcript and the overview as they stand, `go` shows a block.

    The cursor stays on its stretch while a live run adds others below.
    """

    def __init__(
        self,
        session: Session,
        look: Callable[[], tuple[Transcript | None, Overview]],
        go: Callable[[int], None],
        now: Callable[[], float],
        palette: Palette,
        glyphs: Glyphs,
        *,
        block: int = -1,
        utc: bool = False,
        seconds: bool = False,
    ) -> None:
        super().__init__(palette, glyphs)
        self.session = session
        self.course = _NO_COURSE
        self.shown: list[Line] = []
        self.cursor = 0
        self.message = ""
        self.whole = False
        """Whether all turns are shown, and not the parts of one."""
        self.number = -1
        self.zoom: int | None = None
        self._look = look
        self._go = go
        self._now = now
        self._utc = utc
        self._seconds = seconds
        self._block = block
        self._folded: set[int] = set()
        self._opened: set[int] = set()
        self._turns: dict[int, Stretch] = {}
        self._state = State.IDLE
        self._stale = True

    # --- what is shown -------------------------------------------------------------------------

    def follow(self, *, ticked: bool) -> None:
        """The run may have gone on: paint anew once a second, or when it stands otherwise."""
        state = self._look()[1].state
        if state is not self._state or (ticked and state in RUNNING):
            self._stale = True
            self.repaint()

    def _read(self) -> None:
        """Make the course anew; the cursor stays on its stretch."""
        if not self._stale:
            return
        self._stale = False
        transcript, overview = self._look()
        self._state = overview.state
        here = self._here()
        if here is None and self.shown:
            # On the row of what was not listed: the first one that was.
            here = next((line.stretch for line in self.shown if line.stretch is not None), None)
        if transcript is None or not len(transcript):
            self.course, self.shown = Course(state=overview.state), []
            return
        if self.number < 0:
            self.number = course_view.turn_of(transcript, max(0, self._block))
        if self.whole:
            self.course = course_view.session(transcript, overview, self._now(), self._turns)
        else:
            self.course = parts_view.turn(transcript, self.number, overview, self._now())
        self._arrange(here)

    def _here(self) -> Stretch | None:
        return self.shown[self.cursor].stretch if self.cursor < len(self.shown) else None

    def _arrange(self, here: Stretch | None) -> None:
        """Make the lines; the cursor goes to the stretch `here`, or near where one reads."""
        self.shown = timeline_view.lines(self.course, self._folded, self._opened)
        if here is None:
            self.cursor = self._nearest(self._block)
            return
        same = [
            at
            for at, line in enumerate(self.shown)
            if line.stretch is not None
            and (line.stretch.kind, line.stretch.block) == (here.kind, here.block)
            and (here.block >= 0 or line.stretch.began == here.began)
        ]
        self.cursor = same[0] if same else self._nearest(here.block)

    def _nearest(self, block: int) -> int:
        found = 0
        for at, line in enumerate(self.shown):
            if line.stretch is not None and 0 <= line.stretch.block <= block:
                found = at
        return found

    def _axis(self, width: int) -> Axis:
        zoom = None
        if self.zoom is not None:
            zoom = next((part for part in self.course.parts if part.block == self.zoom), None)
        return timeline_view.axis_of(self.course, width, zoom)

    # --- painting ------------------------------------------------------------------------------

    def head(self, width: int) -> list[Row]:
        """What this is of, and the times above the bars."""
        self._read()
        session, low = self.session, self.size.height < 20
        about = session.title if self.whole or not self.course.title else self.course.title
        where = "  ".join(filter(None, (session.target, session.service)))
        title = form_view.title("Timeline", about, where, width, self.glyphs)
        if not self.shown:
            return [title, BLANK]
        axis = timeline_view.axis(
            self.course, self._axis(width), width, utc=self._utc, exact=self._seconds
        )
        return [title, axis] if low else [title, BLANK, axis, BLANK]

    def rows(self, width: int) -> list[Row]:
        """The lines with their bars."""
        if not self.shown:
            words = timeline_view.EMPTY.get(self.course.state, "No time is known of this.")
            return [Row(((f"   {words}", TEXT),))]
        self.cursor = max(0, min(self.cursor, len(self.shown) - 1))
        seen = self.in_view(self.cursor, len(self.shown))
        here = self.cursor - seen.start
        drawn = timeline_view.rows(
            self.shown[seen], width, self._axis(width), cursor=here, glyphs=self.glyphs
        )
        below = len(self.shown) - seen.start - len(drawn)
        return [*[BLANK] * seen.start, *drawn, *[BLANK] * below]

    def foot(self, width: int) -> list[Row]:
        """Where the time went."""
        return timeline_view.foot(
            self.course, width, self._axis(width), self.size.height, self.glyphs
        )

    def status(self, width: int) -> Row:
        """How it stands, the whole and the longest; or more about a line."""
        room = self.status_room(width)
        return timeline_view.status(self.course, room, self.glyphs, message=self.message)

    def keys(self) -> list[tuple[str, str]]:
        """The footer."""
        keys = [("j k", "move"), ("enter", "show in the transcript")]
        if self.size.width < 100:
            keys = [("enter", "go there"), ("esc", "back")]
        if self.size.width < 60:
            keys.append(("tab", "one" if self.whole else "all"))
        else:
            keys.append(("tab", "this question" if self.whole else "all questions"))
        if not self.whole:
            keys += [("x", "fold"), ("z", "whole" if self.zoom is not None else "zoom")]
            if self.course.turns > 1:
                keys.append(("{ }", "question"))
        keys.append(("i", "more"))
        return [*keys, ("esc", "back")] if self.size.width >= 100 else keys

    # --- keys ----------------------------------------------------------------------------------

    def handle(self, event: Key) -> bool:
        """Move, fold, zoom, go there; no key is Textual's business here."""
        self.message = ""
        key = (folded(event.character) if event.is_printable else None) or event.key
        half = max(1, self.body_rows // 2)
        moves = {
            **dict.fromkeys(("j", "down"), 1),
            **dict.fromkeys(("k", "up"), -1),
            **dict.fromkeys((" ", "pagedown"), self.body_rows),
            **dict.fromkeys(("b", "pageup"), -self.body_rows),
            **{"ctrl+d": half, "ctrl+u": -half},
            **dict.fromkeys(("g", "home"), -(10**9)),
            **dict.fromkeys(("G", "end"), 10**9),
        }
        if key in moves:
            last = max(0, len(self.shown) - 1)
            self.cursor = max(0, min(last, self.cursor + moves[key]))
            # At the row that says what is not listed, more questions are read.
            self._stale = self._stale or (
                self.whole and not self.cursor and self.course.left_out > 0
            )
        elif key in {"escape", "q", "t", "ctrl+c"}:
            self.dismiss()
            return True
        elif key in {"enter", "ctrl+j"}:
            self._enter()
        elif key == "tab":
            self._turn_over()
        elif key in {"x", "left", "h", "right", "l"}:
            self._fold(key)
        elif key == "z":
            self._zoom()
        elif key in {"{", "}"}:
            self._question(1 if key == "}" else -1)
        elif key == "i":
            self._tell()
        self.repaint()
        return True

    def _enter(self) -> None:
        stretch = self._here()
        block = stretch.block if stretch is not None else -1
        if stretch is not None and stretch.kind is Kind.QUIET:
            # What came before the silence.
            lines = self.shown[: self.cursor]
            block = next((s.block for s, *_ in reversed(lines) if s and s.block >= 0), -1)
        if block < 0:
            self.message = "this has no place in the transcript"
            return
        self.dismiss()
        self._go(block)

    def _turn_over(self) -> None:
        """From the questions to the one under the cursor, and back."""
        stretch = self._here()
        if self.whole and stretch is not None:
            self.number = stretch.number - 1
        self.whole = not self.whole
        self._block = self.course.first if self.whole else -1
        self._begin_anew()

    def _begin_anew(self) -> None:
        self.zoom = None
        self.shown, self.cursor, self.scroll_row = [], 0, 0
        self._stale = True

    def _question(self, direction: int) -> None:
        if self.whole:
            self.cursor = max(0, min(len(self.shown) - 1, self.cursor + direction))
            return
        if not 1 <= self.course.number + direction <= self.course.turns:
            self.message = "no later question" if direction > 0 else "no earlier question"
            return
        self.number = self.course.number - 1 + direction
        self._block = -1
        self._begin_anew()

    def _part(self) -> Stretch | None:
        """The part that the line under the cursor belongs to."""
        for line in reversed(self.shown[: self.cursor + 1]):
            if line.stretch is not None and not line.depth:
                return line.stretch
        return None

    def _fold(self, key: str) -> None:
        """`x` folds or opens all parts, the arrows the one under the cursor."""
        blocks = {line.stretch.block for line in self.shown if line.folds and line.stretch}
        part = self._part()
        if key != "x":
            blocks &= {part.block} if part is not None else set()
            open_ = key in {"right", "l"}
        else:
            open_ = not any(line.open for line in self.shown if line.folds)
        if not blocks:
            self.message = "this does not fold"
            return
        self._opened = self._opened | blocks if open_ else self._opened - blocks
        self._folded = self._folded - blocks if open_ else self._folded | blocks
        here = self._here() if open_ or key == "x" else part
        self._arrange(part if here is not None and key == "x" and not open_ else here)

    def _zoom(self) -> None:
        """The axis over one part only, and back."""
        part = self._part()
        if self.whole or part is None or not part.name:
            self.message = "only a step can be zoomed into"
            return
        self.zoom = None if self.zoom is not None else part.block

    def _tell(self) -> None:
        stretch = self._here()
        if stretch is not None:
            self.message = timeline_view.words(stretch, utc=self._utc)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """The wheel moves the cursor."""
        self._wheel(3)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """The wheel moves the cursor."""
        self._wheel(-3)

    def _wheel(self, steps: int) -> None:
        self.cursor = max(0, min(len(self.shown) - 1, self.cursor + steps))
        self.repaint()

    def on_click(self, event: Click) -> None:
        """A click puts the cursor there; a second one goes there."""
        row = int(event.screen_y) - len(self.head(self.size.width))
        at = row + self.scroll_row
        if 0 <= row < self.body_rows and at < len(self.shown):
            if at == self.cursor:
                self._enter()
            self.cursor = at
            self.repaint()

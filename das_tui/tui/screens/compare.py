"""The compare page: two questions, of one session or of two, side by side."""

from collections.abc import Callable, Iterable

from textual.events import Click, Key, MouseScrollDown, MouseScrollUp, Paste

from das_tui.domain.session import RUNNING, Overview, Session
from das_tui.tui.actions import folded
from das_tui.tui.screens.page import Page
from das_tui.tui.screens.picker import Picker
from das_tui.tui.theme import Palette
from das_tui.view import compare as compare_view
from das_tui.view import course as course_view
from das_tui.view import form as form_view
from das_tui.view import parts as parts_view
from das_tui.view.ages import age
from das_tui.view.clean import one_line
from das_tui.view.compare import BESIDE, Pair, Side
from das_tui.view.course import Course
from das_tui.view.form import Option
from das_tui.view.glyphs import Glyphs
from das_tui.view.rows import BLANK, FAIL, MUTED, TEXT, Row
from das_tui.view.transcript import Transcript
from das_tui.view.wrap import cells, pad

Look = Callable[[], tuple[Transcript | None, Overview]]

_NO_OTHER = "There is no other one to compare with."
_QUESTIONS = 50
"""So many of the latest questions of the session can be chosen."""

_TARGET = 24
"""Cells of the column of targets, where the longest has so many."""


class ComparePage(Page):
    """`c`. `fetch` has the transcript of another session read, `looking` gives it when it is
    there, `go` shows a block of a session.

    First the other one is chosen from a list that narrows as one types; `other` is a session that
    was chosen already.
    """

    def __init__(
        self,
        session: Session,
        sessions: Iterable[Session],
        fetch: Callable[[str, Callable[[], None]], None],
        looking: Callable[[str], Look],
        go: Callable[[str, int], None],
        now: Callable[[], float],
        palette: Palette,
        glyphs: Glyphs,
        *,
        block: int = -1,
        other: str = "",
    ) -> None:
        super().__init__(palette, glyphs)
        self.sessions = {found.key: found for found in sessions} | {session.key: session}
        self.keys_of = [session.key, ""]
        """The sessions at the left and at the right."""
        self.numbers = [-1, -1]
        """Their turns from 0, -1 for the last."""
        self.active = 0
        self.cursor = 0
        self.message = ""
        self.trouble = ""
        self.shown: list[Pair] = []
        self.courses: list[Course | None] = [None, None]
        self.picker: Picker | None = None
        self._fetch = fetch
        self._looking = looking
        self._go = go
        self._now = now
        self._stale = True
        transcript = looking(session.key)()[0]
        if transcript is not None:
            self.numbers[0] = course_view.turn_of(transcript, max(0, block))
        if other in self.sessions and other != session.key:
            self._take(other)
        else:
            self._choose()

    # --- choosing ------------------------------------------------------------------------------

    def _choose(self) -> None:
        self.picker = Picker(
            "other", "Compare with", free=False, empty=_NO_OTHER, options=tuple(self._options())
        )

    def _options(self) -> Iterable[Option]:
        """Other questions of this session, then sessions: of the same service first."""
        here = self.sessions[self.keys_of[0]]
        transcript = self._looking(here.key)()[0]
        if transcript is not None:
            found = list(enumerate(course_view.beginnings(transcript)))
            for number, block in reversed(found[-_QUESTIONS:]):
                if number != self.numbers[0]:
                    asked = course_view.asked(transcript.block(block))
                    yield Option(f"#{number}", f"question {number + 1}", asked)
        others = [found for found in self.sessions.values() if found.key != here.key]
        others.sort(key=lambda s: (s.service != here.service, s.target != here.target, -s.last_at))
        wide = max((cells(one_line(session.target)) for session in others), default=0)
        told = max((len(session.state.value) for session in others), default=0)
        for session in others:
            ago = age(self._now() - session.last_at)
            target = pad(one_line(session.target), min(wide, _TARGET))
            about = f"{target}  {session.state.value:<{told}}  {ago:>4}".strip()
            yield Option(session.key, one_line(session.title) or "New question", about)

    def _take(self, value: str) -> None:
        """What was chosen: `#` with the number of a turn of this session, or a session's key."""
        self.picker = None
        self.trouble = ""
        self._stale = True
        self.cursor = self.scroll_row = 0
        if value.startswith("#"):
            self.keys_of[1], self.numbers[1] = self.keys_of[0], int(value[1:])
            return
        self.keys_of[1], self.numbers[1] = value, -1
        self._fetch(value, self._refused)

    def _refused(self) -> None:
        self.trouble = "The session could not be read."
        self.repaint()

    # --- what is shown -------------------------------------------------------------------------

    def follow(self, *, ticked: bool) -> None:
        """Paint anew when what is waited for came, and once a second while one of them runs."""
        if self.picker is not None:
            return
        looks = [self._looking(key)() for key in self.keys_of if key]
        runs = ticked and any(overview.state in RUNNING for _, overview in looks)
        if runs or None in self.courses:
            self._stale = True
            self.repaint()

    def _read(self) -> None:
        if not self._stale or not self.keys_of[1]:
            return
        self._stale = False
        for place, key in enumerate(self.keys_of):
            transcript, overview = self._looking(key)()
            number = self.numbers[place] if self.numbers[place] >= 0 else 10**9
            self.courses[place] = (
                parts_view.turn(transcript, number, overview, self._now())
                if transcript is not None
                else None
            )
        left, right = self.courses
        if left is not None and right is not None:
            self.shown = compare_view.pairs(left, right)
        else:
            self.shown = []
        self.cursor = max(0, min(self.cursor, len(self.shown) - 1))

    def _sides(self) -> list[Side]:
        titles = [self.sessions[key].title for key in self.keys_of]
        return [Side(title, course) for title, course in zip(titles, self.courses, strict=True)]

    # --- painting ------------------------------------------------------------------------------

    def head(self, width: int) -> list[Row]:
        """The two that are compared."""
        low = self.size.height < 20
        here = self.sessions[self.keys_of[0]]
        if self.picker is not None:
            return [form_view.title("Compare with", here.title, "", width, self.glyphs), BLANK]
        self._read()
        rows = compare_view.head(self._sides(), width, self.active, self.glyphs)
        if low:
            return [rows[0], rows[2]]
        title = form_view.title("Compare", "", "", width, self.glyphs)
        return [title, BLANK, *rows, BLANK]

    def rows(self, width: int) -> list[Row]:
        """The list to choose from, or the lines of both."""
        if self.picker is not None:
            return self.picker.rows(self, width)
        if self.trouble:
            return [Row(((f"   {self.trouble}", FAIL),))]
        if not self.shown:
            ready = None not in self.courses
            words = "There is nothing to compare yet." if ready else "reading the other one"
            return [Row(((f"   {words}", TEXT if ready else MUTED),))]
        seen = self.in_view(self.cursor, len(self.shown))
        here = self.cursor - seen.start
        drawn = compare_view.rows(
            self.shown[seen], width, cursor=here, active=self.active, glyphs=self.glyphs
        )
        below = len(self.shown) - seen.start - len(drawn)
        return [*[BLANK] * seen.start, *drawn, *[BLANK] * below]

    def foot(self, width: int) -> list[Row]:
        """Where the time of both went."""
        if self.picker is not None or not self.shown:
            return []
        return compare_view.foot(self._sides(), width, self.size.height, self.glyphs)

    def status(self, width: int) -> Row:
        """The difference under the cursor in words."""
        if self.picker is not None:
            return self.picker.status()
        room = self.status_room(width)
        return compare_view.status(self.shown, room, self.cursor, self.message, self.glyphs)

    def keys(self) -> list[tuple[str, str]]:
        """The footer."""
        if self.picker is not None:
            return self.picker.keys(self.glyphs)
        wide = self.size.width >= BESIDE
        keys = [("tab", "other side"), ("enter", "go there"), ("esc", "back")]
        if wide:
            keys = [("j k", "move"), keys[0], ("enter", "show there"), keys[2]]
        keys.append(("n", "next difference"))
        if any(course is not None and course.turns > 1 for course in self.courses):
            keys.append(("{ }", "question"))
        return [*keys, ("c", "another")]

    # --- keys ----------------------------------------------------------------------------------

    def handle(self, event: Key) -> bool:
        """Choose, move, go there; no key is Textual's business here."""
        self.message = ""
        if self.picker is not None:
            self.picker.key(event, lambda option: self._take(option.value), self._leave_picker)
        else:
            self._key(event)
        self.repaint()
        return True

    def _leave_picker(self) -> None:
        if self.keys_of[1]:
            self.picker = None
        else:
            self.dismiss()

    def _key(self, event: Key) -> None:
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
            self.cursor = max(0, min(len(self.shown) - 1, self.cursor + moves[key]))
        elif key in {"escape", "q", "ctrl+c"}:
            self.dismiss()
        elif key in {"tab", "shift+tab"}:
            self.active = 1 - self.active
        elif key in {"left", "h", "right", "l"}:
            self.active = int(key in {"right", "l"})
        elif key in {"n", "N"}:
            self._next_difference(1 if key == "n" else -1)
        elif key in {"{", "}"}:
            self._question(1 if key == "}" else -1)
        elif key == "c":
            self._choose()
        elif key in {"enter", "ctrl+j"}:
            self._enter()

    def _next_difference(self, direction: int) -> None:
        at = self.cursor + direction
        while 0 <= at < len(self.shown):
            if compare_view.sign(self.shown[at]) != " ":
                self.cursor = at
                return
            at += direction
        self.message = "no later difference" if direction > 0 else "no earlier difference"

    def _question(self, direction: int) -> None:
        """Another question of the session at the active side."""
        course = self.courses[self.active]
        if course is None:
            return
        number = course.number - 1 + direction
        if not 0 <= number < course.turns:
            self.message = "no later question" if direction > 0 else "no earlier question"
            return
        self.numbers[self.active] = number
        self.cursor = self.scroll_row = 0
        self._stale = True

    def _enter(self) -> None:
        """The place of the line in the transcript of the active side, else of the other."""
        if not self.shown:
            return
        pair = self.shown[self.cursor]
        place = self.active if pair.side(self.active) is not None else 1 - self.active
        stretch = pair.side(place)
        if stretch is None or stretch.block < 0:
            self.message = "this has no place in the transcript"
            return
        self.dismiss()
        self._go(self.keys_of[place], stretch.block)

    # --- mouse and paste -----------------------------------------------------------------------

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """The wheel moves the cursor."""
        self._wheel(3)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """The wheel moves the cursor."""
        self._wheel(-3)

    def _wheel(self, steps: int) -> None:
        if self.picker is not None:
            self.picker.cursor += steps
        else:
            self.cursor = max(0, min(len(self.shown) - 1, self.cursor + steps))
        self.repaint()

    def on_click(self, event: Click) -> None:
        """A click puts the cursor there; a second one goes there."""
        row = int(event.screen_y) - len(self.head(self.size.width))
        at = row + self.scroll_row
        if self.picker is None and 0 <= row < self.body_rows and at < len(self.shown):
            if at == self.cursor:
                self._enter()
            self.cursor = at
            self.repaint()

    def on_paste(self, event: Paste) -> None:
        """Pasted text narrows the list."""
        event.stop()
        if self.picker is not None:
            first, *_ = event.text.splitlines() or [""]
            self.picker.line = self.picker.line.typed(first)
            self.repaint()

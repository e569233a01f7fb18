"""What the operator does to the list of sessions, and to a session in it."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from textual.events import Key

from das_tui.domain.session import Session
from das_tui.light import dataclass
from das_tui.tui.screens.painting import DockState
from das_tui.view import tending as tending_view
from das_tui.view.dock import DockView
from das_tui.view.line import Line
from das_tui.view.listing import GROUPS, ORDERS, Choice
from das_tui.view.rows import Row

if TYPE_CHECKING:
    from das_tui.run.engine import Engine
    from das_tui.tui.screens.tending import TendingScreen

_UNDONE = 50
"""So many acts can be taken back."""


@dataclass(slots=True)
class Writing:
    """The line that is written above the list: `kind` is filter or title. `key` is the session
    that had the cursor, `before` the filter that was in force."""

    kind: str
    line: Line
    key: str
    before: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """What was done to a session and can be taken back; `row` is the session before that."""

    row: Session
    back: "Callable[[Engine], Future[Any]]"
    said: str


class Tender:
    """Tends the list of one main screen."""

    def __init__(self, screen: "TendingScreen") -> None:
        self._screen = screen
        self._writing: Writing | None = None
        self._acts: list[Act] = []
        self._marks = 0
        self._pane = "sidebar"

    # --- the list ------------------------------------------------------------------------------

    @property
    def _choice(self) -> Choice:
        return self._screen.desk.listing.choice

    def _choose(self, **changes: Any) -> None:
        desk = self._screen.desk
        desk.listing.choose(replace(self._choice, **changes), desk.sessions.values())

    def _go_there(self) -> None:
        """Bring the sidebar before the operator."""
        screen = self._screen
        if screen.pane != "sidebar":
            screen.alone, screen.pane = False, "sidebar"
            screen.side_cursor = screen.open_key
        self._keep_cursor()

    def _keep_cursor(self) -> None:
        """The cursor stays on its session; where that is not listed it goes to the first."""
        screen = self._screen
        if screen.side_cursor not in screen.desk.listing:
            screen.side_cursor = screen.order[0] if screen.order else ""

    def set_order(self, word: str) -> None:
        """Another order, from now on."""
        self._set("order", word.strip().lower(), ORDERS)

    def set_group(self, word: str) -> None:
        """Other groups, from now on."""
        self._set("group", word.strip().lower(), GROUPS)

    def _set(self, name: str, word: str, known: tuple[str, ...]) -> None:
        screen = self._screen
        if word not in known:
            now = getattr(self._choice, name)
            screen.say(f"{name} is one of {', '.join(known)}; now it is {now}")
            return
        self._choose(**{name: word})
        said = f"ordered by {word}" if name == "order" else f"grouped by {word}"
        said = "not grouped" if (name, word) == ("group", "none") else said
        screen.say(said)
        screen.repaint()
        if screen.options.settings_path is not None:
            screen._await(screen.keeper.change(**{name: word}), lambda _: None)

    def show_away(self) -> None:
        """The sessions that were put away or deleted, or the others again."""
        screen, engine = self._screen, self._screen.engine
        if self._choice.away or engine is None:
            self.show_all()
            return

        def known(rows: list[Session]) -> None:
            screen.flush()
            screen.desk.put_sessions(rows)
            self._choose(away=True, words="")
            self._go_there()
            screen.repaint()

        screen._await(engine.sessions(archived=True), known)

    def show_all(self) -> None:
        """End the filter; without one, the list of what was put away."""
        screen, choice = self._screen, self._choice
        if choice.words:
            self._choose(words="")
        elif choice.away:
            self._choose(away=False)
            screen.side_cursor = screen.open_key
        self._keep_cursor()
        screen.repaint()

    # --- the line ------------------------------------------------------------------------------

    @property
    def writing(self) -> bool:
        """Whether a filter or a title is being written."""
        return self._writing is not None

    def write_filter(self) -> None:
        """Open the line with the filter in force."""
        self._go_there()
        words = self._choice.words
        self._writing = Writing("filter", Line.of(words), self._screen.side_cursor, words)
        self._screen.repaint()

    def key(self, event: Key) -> bool:
        """A key while the line is open; keys that redraw, suspend and lead elsewhere pass."""
        state = self._writing
        if state is None or event.key in {"ctrl+l", "ctrl+z"}:
            return False
        if event.key in {"ctrl+n", "ctrl+p", "tab", "shift+tab"}:
            self.end_line()
            self._screen.repaint()
            return False
        if event.key in {"escape", "ctrl+c"} or (
            event.key == "backspace" and not state.line.text and state.kind == "filter"
        ):
            self._drop(state)
        elif event.key in {"enter", "ctrl+j"}:
            self._take(state)
        elif event.key in {"up", "down", "pageup", "pagedown"} and state.kind == "filter":
            steps = {"up": -1, "down": 1, "pageup": -5, "pagedown": 5}[event.key]
            self._screen._move_in_sidebar(steps)
        else:
            line = state.line.key(event.key)
            if line is None and event.character and event.character.isprintable():
                line = state.line.typed(event.character)
            if line is not None:
                self._written(state, line)
        return True

    def paste(self, text: str) -> bool:
        """The first line of a paste, into the open line; whether there is one."""
        state = self._writing
        if state is not None:
            first = next((line for line in text.splitlines() if line.strip()), "")
            self._written(state, state.line.typed(first))
        return state is not None

    def _written(self, state: Writing, line: Line) -> None:
        changed, state.line = line.text != state.line.text, line
        if changed and state.kind == "filter":
            self._choose(words=line.text)
            self._keep_cursor()
            self._screen.paint_footer()
        self._screen.paint_sidebar()

    def _drop(self, state: Writing) -> None:
        """Esc: as it was, and no filter."""
        self._writing = None
        if state.kind == "filter":
            self._choose(words="")
            self._screen.side_cursor = state.key
            self._keep_cursor()
        self._screen.open_ask()
        self._screen.repaint()

    def _take(self, state: Writing) -> None:
        """Enter: open the session, or give it the title."""
        screen = self._screen
        self._writing = None
        if state.kind == "filter":
            if screen.side_cursor:
                screen.act_open()
            else:
                screen.repaint()
            return
        self._give_title(state.key, state.line.text.strip())
        screen.open_ask()
        screen.repaint()

    def end_line(self) -> None:
        """Close the line; a filter stays in force, a title is not given."""
        self._writing = None

    def line_keys(self) -> list[tuple[str, str]]:
        """The footer while the line is open."""
        state = self._writing
        if state is not None and state.kind == "title":
            return [("enter", "rename"), ("esc", "back")]
        if not self._screen.side_cursor:
            # Nothing is found: there is nothing to open or to keep.
            return [("esc", "show all")]
        arrows = f"{self._screen.glyphs.down} {self._screen.glyphs.up}"
        return [("enter", "open"), (arrows, "choose"), ("tab", "keep"), ("esc", "show all")]

    def line(self, width: int) -> Row:
        """The row above the list."""
        screen, state = self._screen, self._writing
        listing, glyphs = screen.desk.listing, screen.glyphs
        if state is not None and state.kind == "title":
            return tending_view.title_row(state.line, width, glyphs=glyphs)
        above, below = listing.late(screen.side_cursor)
        found, total, late = len(listing), listing.total, above + below
        if state is not None:
            return tending_view.filter_row(
                state.line, width, found, total, late=late, glyphs=glyphs
            )
        if listing.choice.words:
            words = listing.choice.words
            return tending_view.filtered_row(words, width, found, total, late=late, glyphs=glyphs)
        if listing.choice.away:
            return tending_view.away_row(found, width)
        return tending_view.late_row(above, below)

    # --- a session -----------------------------------------------------------------------------

    @property
    def _meant(self) -> Session | None:
        """The session of the cursor in the sidebar, elsewhere the open one."""
        screen = self._screen
        key = screen.side_cursor if screen.pane == "sidebar" else screen.open_key
        session = screen.desk.sessions.get(key)
        if session is None or screen.engine is None:
            screen.say("there is no session here")
            return None
        return session

    def _put(self, row: Session) -> None:
        """Show a session as it will be, in its place; no other moves."""
        screen = self._screen
        screen.desk.put(row)
        screen.desk.listing.place(row.key)
        screen.let_row_go()

    def _do(self, act: Act, after: Session, future: "Future[Any]") -> None:
        """Show a session as it will be, and put it back where the engine did not do it."""
        screen = self._screen

        def undone() -> None:
            if act in self._acts:
                self._acts.remove(act)
            self._put(act.row)
            screen.repaint()

        self._acts = [*self._acts[1 - _UNDONE :], act]
        self._put(after)
        screen._await(future, lambda _: None, undone)
        screen.repaint()

    def pin(self) -> None:
        """On top, or back among the others."""
        row, engine = self._meant, self._screen.engine
        if row is None or engine is None:
            return
        pinned = not row.pinned
        said = "no longer pinned" if pinned else "pinned again"
        act = Act(row, lambda engine: engine.pin(row.key, row.pinned), said)
        after = replace(row, pinned=pinned)
        self._do(act, after, engine.pin(row.key, pinned))
        self._screen.say("pinned" if pinned else "no longer pinned")

    def rename(self, title: str) -> None:
        """Give another title; without one, open the line for it."""
        row = self._meant
        if row is None:
            return
        if title.strip():
            self._give_title(row.key, title.strip())
            return
        self._go_there()
        self._screen.side_cursor = row.key
        self._writing = Writing("title", Line.of(row.title), row.key)
        self._screen.repaint()

    def _give_title(self, key: str, title: str) -> None:
        screen, engine = self._screen, self._screen.engine
        row = screen.desk.sessions.get(key)
        if row is None or engine is None or not title or title == row.title:
            return
        before = row.title
        act = Act(row, lambda engine: engine.rename(key, before), "the title is back")
        self._do(act, replace(row, title=title), engine.rename(key, title))
        screen.say("renamed")

    def archive(self) -> None:
        """Put away; what was put away or deleted comes back."""
        row, engine = self._meant, self._screen.engine
        if row is None or engine is None:
            return
        if row.archived or row.deleted_at:
            self._bring_back(row, engine)
            return
        act = Act(row, lambda engine: engine.archive(row.key, archived=False), "it is back")
        self._do(act, replace(row, archived=True), engine.archive(row.key))
        self._screen.say(tending_view.put_away(row))

    def _bring_back(self, row: Session, engine: "Engine") -> None:
        archived, deleted = row.archived, bool(row.deleted_at)

        def again(engine: "Engine") -> "Future[Any]":
            return engine.discard(row.key) if deleted else engine.archive(row.key, archived)

        act = Act(row, again, "it is away again")
        self._do(act, replace(row, archived=False, deleted_at=0.0), engine.bring_back(row.key))
        self._screen.say("it is back in the list")

    def delete(self) -> None:
        """Delete at once, or ask first where marks or a waiting run would be lost sight of."""
        screen, row = self._screen, self._meant
        if row is None or screen.engine is None:
            return
        if row.deleted_at:
            screen.say("deleted already; it goes for good after a week")
            return
        if row.running and (row.origin == "here" or row.frames):
            screen.say("a run is under way here; stop it first")
            return
        key = row.key

        def marked(marks: tuple[Any, ...]) -> None:
            now = screen.desk.sessions.get(key)
            if now is None or now.deleted_at:
                return
            if not marks and not now.calls and not now.running:
                self._delete(now)
                return
            self._marks, self._pane = len(marks), screen.pane
            screen.side_cursor = key
            screen.dock = DockState(kind="delete", key=key)
            screen.pane = "dock"
            screen.repaint()

        screen._await(screen.engine.marks(key), marked)

    def question(self, state: DockState, width: int, room: int) -> DockView | None:
        """The dock that asks whether to delete."""
        row = self._screen.desk.sessions.get(state.key)
        if row is None:
            return None
        return tending_view.delete_rows(row, self._marks, width, room, glyphs=self._screen.glyphs)

    def answer(self, state: DockState, event: Key) -> bool:
        """The answer to that question."""
        screen = self._screen
        row = screen.desk.sessions.get(state.key)
        if event.key not in {"y", "escape", "n", "q"}:
            return event.key not in {"ctrl+c", "ctrl+l", "ctrl+z", "ctrl+p", "question_mark"}
        screen.close_dock()
        if event.key == "y" and row is not None:
            self._delete(row)
        # What the open session asks stood where the question did.
        screen.open_ask()
        screen.pane = self._pane if self._pane != "dock" or screen.dock is not None else screen.pane
        screen.repaint()
        return True

    def _delete(self, row: Session) -> None:
        screen, engine, key = self._screen, self._screen.engine, row.key
        if engine is None:
            return
        archived = row.archived
        act = Act(row, lambda engine: engine.bring_back(key, archived=archived), "it is back")
        near = screen.desk.listing.neighbour(key)
        self._do(act, replace(row, deleted_at=screen.now()), engine.discard(key))
        screen.say(f"deleted, {screen.key_of('undo')} brings it back")
        if key == screen.open_key and near:
            screen.open_session(near)
        elif key == screen.open_key:
            screen.leave_open()

    # --- taking back ---------------------------------------------------------------------------

    @property
    def may_undo(self) -> bool:
        """Whether anything can be taken back."""
        return bool(self._acts)

    def undo(self) -> None:
        """Take the last act back; the cursor goes to its session."""
        screen, engine = self._screen, self._screen.engine
        if not self._acts or engine is None:
            screen.say("there is nothing to take back")
            return
        act = self._acts.pop()
        now = screen.desk.sessions.get(act.row.key)
        if now is None:
            screen.say("that session is gone")
            return
        back = replace(
            now,
            title=act.row.title,
            pinned=act.row.pinned,
            archived=act.row.archived,
            deleted_at=act.row.deleted_at,
        )
        self._put(back)
        screen.side_cursor = act.row.key
        self._keep_cursor()
        screen._await(act.back(engine), lambda _: None, lambda: self._put(now))
        screen.say(act.said)
        screen.repaint()

    def forget(self) -> None:
        """Nothing can be taken back any more, and no line is open."""
        self._acts = []
        self._writing = None

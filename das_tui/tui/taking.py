"""Takes things along: copies, pipes, files, the pager, the editor, plain text."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from das_tui.domain.blocks import Block
from das_tui.run import saving
from das_tui.run.errors import NotSaved
from das_tui.tui import clipboard, outside
from das_tui.tui.accounts import aside
from das_tui.tui.reader import Reader
from das_tui.tui.screens.finding import Prompt
from das_tui.view import copy, forms
from das_tui.view.ages import counted, size, thousands
from das_tui.view.copy import Piece
from das_tui.view.flags import QUESTIONS
from das_tui.view.line import Line as Written
from das_tui.view.prompt import Facts
from das_tui.view.rows import ATTN, MUTED

if TYPE_CHECKING:
    from das_tui.tui.screens.taking import TakingScreen
    from das_tui.tui.widgets.editor import Editor

SLICE = 0.008
"""Seconds that a long session is read at a time while it is saved."""

PAUSE = 0.003
"""Seconds between two slices."""

_PARTS = ("turn", "block", "session")
_WIDTH = 100
_NARROW = 60
"""Cells below which a prompt has no room to say what is wrong."""

_MOST_ROWS = 2000
"""Rows of one block that are written out as plain text."""


class Taker:
    """What the operator takes from the open session of `screen`.

    `next_form` names what a further `y` copies, empty while there is no further form.
    """

    def __init__(self, screen: "TakingScreen") -> None:
        self._screen = screen
        self.next_form = ""
        self._offered: tuple[int, int] | None = None
        self._commands: list[str] = []
        self._part = "turn"
        self._proposed = ""
        self._saving: Prompt | None = None

    # --- what is taken -------------------------------------------------------------------------

    def _reader(self) -> Reader | None:
        reader = self._screen.reader
        if reader is None or reader.cursor < 0:
            self._screen.say("there is nothing here yet")
            return None
        return reader

    def _places(self, reader: Reader, part: str) -> list[int]:
        """The blocks of a part, without those that are hidden."""
        transcript = reader.transcript
        first, last = 0, len(transcript) - 1
        if part == "turn":
            question = transcript.question_above(reader.cursor)
            after = transcript.step(reader.cursor, 1, QUESTIONS)
            first = question.index if question is not None else 0
            last = last if after is None else after - 1
        elif part != "session":
            first, last = self._screen.chosen(reader)
        return [at for at in range(first, last + 1) if transcript.visible(at)]

    def blocks(self, reader: Reader, part: str) -> str:
        """How many blocks a part has, in words."""
        return counted(len(self._places(reader, part)), "block")

    def _pieces(self, reader: Reader) -> Sequence[Piece]:
        """What can be taken from the range or the block; says why if there is nothing."""
        transcript = reader.transcript
        places = self._places(reader, "range")
        if not places:
            self._screen.say("these rows are hidden; enter shows them", "hidden; enter shows them")
            return ()
        if self._screen.range_from is not None:
            return self._of_range([transcript.block(at) for at in places])
        found = copy.pieces(transcript.block(places[0]))
        if not found:
            self._screen.say("there is no text in this block")
        return found

    def _of_range(self, blocks: Sequence[Block]) -> list[Piece]:
        name = counted(len(blocks), "block")
        found = [Piece(f"{name} as Markdown", copy.turn(blocks), "md")]
        for ending, words in (("sql", "the SQL of"), ("tsv", "the results as TSV of")):
            text = "".join(forms.content(blocks, ending, self._screen.desk.spec))
            if text:
                found.append(Piece(f"{words} {name}", text.rstrip("\n"), ending))
        return found

    def _first(self) -> str:
        """The likeliest text of the range or the block, ending in a line feed; empty for none."""
        reader = self._reader()
        pieces = self._pieces(reader) if reader is not None else ()
        return f"{pieces[0].text.removesuffix(chr(10))}\n" if pieces else ""

    # --- copies --------------------------------------------------------------------------------

    def copy(self) -> None:
        """The likeliest form of the block or the range; again at once, the next one."""
        reader = self._reader()
        pieces = self._pieces(reader) if reader is not None else ()
        if reader is None or not pieces:
            return
        block = reader.cursor
        offered = self._offered if self._offered is not None else (block, 0)
        place = offered[1] % len(pieces) if offered[0] == block else 0
        self._give(pieces[place].name, pieces[place].text)
        self._offered = (block, place + 1)
        self.next_form = pieces[(place + 1) % len(pieces)].name if len(pieces) > 1 else ""
        self._screen.paint_footer()

    def offers_nothing(self) -> bool:
        """Offer no further form; whether one was offered."""
        offered, self._offered, self.next_form = self._offered, None, ""
        return offered is not None

    def copy_markdown(self) -> None:
        """The block or the range as Markdown."""
        reader = self._reader()
        pieces = self._pieces(reader) if reader is not None else ()
        if pieces:
            piece = pieces[0] if self._screen.range_from is not None else pieces[-1]
            self._give(piece.name, piece.text)

    def copy_turn(self) -> None:
        """The turn under the cursor as Markdown."""
        reader = self._reader()
        if reader is None:
            return
        places = self._places(reader, "turn")
        text = copy.turn(reader.transcript.block(at) for at in places)
        if text:
            self._give(f"the turn, {counted(len(places), 'block')}", text)
        else:
            self._screen.say("these rows are hidden; 0 shows all")

    def _give(self, name: str, text: str) -> None:
        self._screen.say(*clipboard.copy(self._screen.app, text, os.environ, name))

    # --- elsewhere -----------------------------------------------------------------------------

    def _away(self, act: Callable[[], str]) -> None:
        """Leave the terminal to something else, and say what came of it."""
        try:
            said = act()
        except outside.NotPossibleError as error:
            said = str(error)
        self._screen.say(said)
        self._screen.repaint()

    def page(self) -> None:
        """The text in the pager."""
        text = self._first()
        if text:
            self._away(lambda: outside.page(self._screen.app, text, os.environ))

    def edit(self, editor: "Editor") -> None:
        """What is being written, in an editor; it stays as it was where that fails."""
        screen, before = self._screen, editor.text
        screen._keep_draft()
        overview = screen.overview
        ask = overview.ask if overview is not None else None
        statement = screen.draft.choice == "edit" and ask is not None and bool(ask.sql)

        def act() -> str:
            name = "statement.sql" if statement else "question.md"
            after = outside.edit(screen.app, before, name, os.environ)
            if after == before:
                return "nothing was changed in the editor"
            editor.load_text(after)
            editor.move_cursor(editor.document.end)
            return ""

        self._away(act)
        screen.call_after_refresh(screen._focus_editor)

    def show_plain(self) -> None:
        """The blocks in view on the normal screen."""
        reader = self._reader()
        if reader is not None:
            text = "\n".join(self._lines(reader))
            self._away(lambda: outside.show(self._screen.app, text))

    def _lines(self, reader: Reader) -> Iterator[str]:
        transcript = reader.transcript
        spec = replace(transcript.spec, width=self._screen.size.width, shift=0, uncut=True)
        written = -1
        for line in reader.window(reader.height):
            if line.kind != "block":
                yield line.row.text.strip()
            elif line.block != written:
                written = line.block
                opened = transcript.is_open(written)
                rows = forms.plain(transcript.block(written), spec, opened).split("\n")
                yield from rows[:_MOST_ROWS]
                if len(rows) > _MOST_ROWS:
                    yield f"{thousands(len(rows) - _MOST_ROWS)} more"

    # --- prompts -------------------------------------------------------------------------------

    def ask_for_command(self) -> None:
        """Open the prompt for a command."""
        if self._first():
            self._open("pipe", "")

    def ask_for_file(self, name: str = "") -> None:
        """Open the prompt for the name of a file, with this one or one proposed."""
        if self._reader() is not None:
            self._part = "range" if self._screen.range_from is not None else "turn"
            proposed = self._proposal("md")
            self._open("save", name.strip() or proposed)

    def _open(self, kind: str, text: str) -> None:
        screen = self._screen
        reader = screen.reader
        assert reader is not None
        pattern = reader.transcript.pattern
        screen.prompt = Prompt(
            kind, Written.of(text), screen.pane, reader.spot, reader.cursor, pattern
        )
        screen.pane = "prompt"
        screen.repaint()

    def _proposal(self, ending: str) -> str:
        session = self._screen.session
        title = session.title if session is not None else ""
        self._proposed = saving.proposed(title, self._part, ending)
        return self._proposed

    def prompt_key(self, state: Prompt, key: str) -> bool:
        """A key in one of the prompts; whether it was taken."""
        if state.kind == "pipe" and key == "up":
            known, text = self._commands, state.line.text
            place = known.index(text) if text in known else len(known)
            if place:
                self._screen._put_line(state, Written.of(known[place - 1]))
        elif state.kind == "save" and key == "tab":
            self._other_part(state)
        elif state.kind == "save" and key == "ctrl+r" and state.regex:
            self._save(state, over=True)
        else:
            return False
        return True

    def _other_part(self, state: Prompt) -> None:
        parts = (("range",) if self._screen.range_from is not None else ()) + _PARTS
        as_proposed = state.line.text == self._proposed
        self._part = parts[(parts.index(self._part) + 1) % len(parts)]
        state.error, state.regex = "", False
        if as_proposed:
            state.line = Written.of(self._proposal(self._proposed.rpartition(".")[2]))
        self._screen.repaint(all_ages=False)

    def renamed(self, state: Prompt) -> None:
        """The name of the file changed: what was said of the other one is over."""
        if state.error:
            state.error, state.regex = "", False
            self._screen.paint_footer()

    def keep(self, state: Prompt) -> None:
        """Enter in one of the prompts."""
        command = state.line.text.strip()
        if state.kind == "save":
            self._save(state, over=False)
            return
        self._screen._drop()
        if not command:
            return
        self._commands = [*(c for c in self._commands if c != command), command]
        text = self._first()
        if text:
            self._away(lambda: outside.pipe(self._screen.app, command, text, os.environ))

    def facts(self, state: Prompt) -> list[Facts]:
        """What stands at the right of the prompt."""
        if state.error:
            return [[(state.error, ATTN)]]
        reader = self._screen.reader
        if reader is None or state.kind == "pipe":
            return [[]]
        if self._saving is state:
            return [[("saving", MUTED)]]
        return [
            [(f"{self._part}, {self.blocks(reader, self._part)}", MUTED)],
            [(self._part, MUTED)],
        ]

    def prompt_keys(self, state: Prompt) -> list[tuple[str, str]]:
        """The footer of the prompt."""
        if state.kind == "pipe":
            recall = [(self._screen.glyphs.up, "earlier")] if self._commands else []
            return [("enter", "run it"), *recall, ("esc", "back")]
        over = [("^r", "replace it")] if state.regex else [("enter", "save")]
        return [*over, ("tab", "turn, block, session"), ("esc", "back")]

    # --- files ---------------------------------------------------------------------------------

    def _save(self, state: Prompt, *, over: bool) -> None:
        """Read what is to be saved, a slice at a time, then write it aside."""
        reader, name = self._screen.reader, state.line.text.strip()
        ending = name.rpartition(".")[2].lower() if "." in name else ""
        if self._saving is state or reader is None:
            return
        if ending not in forms.ENDINGS:
            self._refuse(state, "it ends in " + " ".join(f".{known}" for known in forms.ENDINGS))
            return
        places = self._places(reader, self._part)
        if not places:
            self._refuse(state, "these rows are hidden")
            return
        transcript = reader.transcript
        spec = replace(transcript.spec, width=_WIDTH, shift=0, uncut=True, table_rows=0)
        parts = forms.content((transcript.block(at) for at in places), ending, spec)
        count = "" if self._part == "block" else f", {counted(len(places), 'block')}"
        what = f"{self._part}{count}"

        def read(found: list[str]) -> None:
            if not found:
                self._refuse(state, forms.NOTHING.get(ending, "there is no text in it"))
            elif self._screen.prompt is state:
                self._write(state, name, found, what, over=over)

        self._saving = state
        self._refuse(state, "", going_on=True)
        self._read_on(state, parts, [], read)

    def _read_on(
        self,
        state: Prompt,
        parts: Iterator[str],
        found: list[str],
        done: Callable[[list[str]], None],
    ) -> None:
        until = time.monotonic() + SLICE
        for part in parts:
            found.append(part)
            if time.monotonic() >= until:
                if self._screen.prompt is state:
                    self._screen.set_timer(PAUSE, lambda: self._read_on(state, parts, found, done))
                return
        done(found)

    def _write(self, state: Prompt, name: str, found: list[str], what: str, *, over: bool) -> None:
        screen = self._screen

        def saved(done: Any) -> None:
            path, length = done
            self._saving = None
            if screen.prompt is state:
                screen._drop()
            screen.say(f"saved as {path.name}, {size(length)}: the {what}")

        def refused(error: BaseException) -> bool:
            if not isinstance(error, NotSaved) or screen.prompt is not state:
                self._saving = None
                return False
            state.regex = isinstance(error, saving.Exists)
            self._refuse(state, "this file exists" if state.regex else error.text)
            return True

        future = aside(lambda: saving.save(name, found, replace=over))
        screen._await(future, saved, unless=refused)

    def _refuse(self, state: Prompt, words: str, *, going_on: bool = False) -> None:
        """Say in the prompt why what is written there cannot be done."""
        if not going_on:
            self._saving = None
        state.error = words
        if self._screen.prompt is state:
            if words and self._screen.size.width < _NARROW:
                self._screen.say(words)
            self._screen.repaint(all_ages=False)

"""Marks on blocks, and going to a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from das_tui import later
from das_tui.tui.screens.program import ProgramScreen
from das_tui.view.ages import clock
from das_tui.view.clean import one_line
from das_tui.view.rows import STRONG, TEXT, Row
from das_tui.view.wrap import span_cells

if TYPE_CHECKING:
    from das_tui.domain import bookmark
    from das_tui.tui.reader import Reader
    from das_tui.view import moments
else:
    bookmark = later.module("das_tui.domain.bookmark")
    moments = later.module("das_tui.view.moments")


class MarkingScreen(ProgramScreen):
    """Marks of the open session, kept in the store."""

    # --- marks ---------------------------------------------------------------------------------

    def _markable(self, reader: Reader) -> bool:
        if reader.cursor < 0:
            self.say("there is nothing to mark here")
        elif not reader.transcript.visible(reader.cursor):
            self.say("a gap cannot be marked; enter opens it")
        else:
            return True
        return False

    def act_mark(self) -> None:
        """`m`: mark the block, or take its mark away."""
        reader = self.reader
        if reader is None or not self._markable(reader):
            return
        if reader.cursor not in reader.transcript.marks:
            self._put_mark(reader, reader.cursor, "")
            return
        block, key = reader.cursor, self.open_key
        if self.engine is not None:
            self._await(
                self.engine.unmark(key, block), lambda _: None, lambda: self._load_marks(key)
            )
        marks = reader.transcript.marks
        reader.let_go()
        reader.transcript.set_marks(mark for mark in marks.values() if mark.block != block)
        self.say("the mark is gone")
        self.repaint(all_ages=False)

    def _put_mark(self, reader: Reader, block: int, note: str) -> None:
        key, marks = self.open_key, reader.transcript.marks
        if self.engine is not None:
            future = self.engine.mark(key, block, note)
            self._await(future, lambda _: None, lambda: self._load_marks(key))
        reader.let_go()
        reader.transcript.set_marks([*marks.values(), bookmark.Bookmark(block, note, self.now())])
        self.say(f"marked: {one_line(note)}" if note else "marked; u and U go from mark to mark")
        self.repaint(all_ages=False)

    def _load_marks(self, key: str) -> None:
        transcript = self.desk.transcripts.get(key)
        if self.engine is None or transcript is None:
            return

        def found(marks: object) -> None:
            if self.desk.transcripts.get(key) is transcript:
                transcript.set_marks(marks)  # type: ignore[arg-type]
                if key == self.open_key:
                    self.repaint(all_ages=False)

        self._await(self.engine.marks(key), found)

    def act_next_mark(self) -> None:
        """`u`."""
        self._next_mark(1)

    def act_previous_mark(self) -> None:
        """`U`."""
        self._next_mark(-1)

    def _next_mark(self, direction: int) -> None:
        reader = self.reader
        if reader is None or not reader.transcript.marks:
            self.say(f"nothing is marked here; {self.key_of('mark')} marks")
            return
        transcript = reader.transcript
        found = transcript.next_mark(reader.cursor, direction)
        if found is None:
            self.say("no later mark" if direction > 0 else "no earlier mark")
            return
        if not transcript.visible(found):
            transcript.open_gap(found)
        reader.go_to(found)
        blocks = sorted(transcript.marks)
        words = f"mark {blocks.index(found) + 1} of {len(blocks)}"
        note = one_line(transcript.marks[found].note)
        self.say(f"{words}   {note}" if note else words)
        self.repaint(all_ages=False)

    # --- times ---------------------------------------------------------------------------------

    def act_at(self, text: str = "") -> None:
        """`:at 10:31`: to what began then, on the day that is nearest to where one reads."""
        reader = self.reader
        wanted = moments.read_clock(text)
        if wanted is None:
            self.say("a time is written like 10:31 or 10:31:07")
            return
        if reader is None or not len(reader.transcript):
            self.say("there is nothing here yet")
            return
        transcript, spec = reader.transcript, self.desk.spec
        begin = transcript.block(0).at
        end = moments.time_of(transcript, len(transcript) - 1)
        near = moments.time_of(transcript, max(0, reader.cursor)) or end
        if begin is None or end is None or near is None:
            self.say("nothing here has a time")
            return
        inside = [
            at
            for at in moments.moment(wanted, near, spec.utc)
            if begin - 60 < at <= max(end, begin)
        ]
        if not inside:
            first, last = (clock(at, spec.utc, spec.seconds) for at in (begin, end))
            self.say(f"this session runs from {first} to {last}")
            return
        block = moments.first_from(transcript, inside[0])
        reader.go_to(block)
        found = moments.time_of(transcript, block)
        self.say(f"at {clock(found, spec.utc, spec.seconds)}")
        self.repaint(all_ages=False)

    # --- what is drawn -------------------------------------------------------------------------

    def _marked(self, row: Row, width: int) -> Row:
        space = " " * max(0, width - 1 - span_cells(row.spans))
        return Row((*row.spans, (space, TEXT), (self.glyphs.mark, STRONG)), row.fill)

    def _loaded(self, key: str) -> None:
        """A transcript came: its marks follow."""
        super()._loaded(key)
        self._load_marks(key)

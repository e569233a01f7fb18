"""The middle of the main screen: head, transcript, and the line one writes in."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from das_tui.domain.session import State
from das_tui.tui.layout import Rect
from das_tui.tui.screens.painting import PaintedScreen
from das_tui.tui.widgets.pane import Bar
from das_tui.view import status as status_view
from das_tui.view.rows import ACCENT, BLANK, FAINT, MUTED, STRONG, TEXT, Row
from das_tui.view.spec import ViewSpec
from das_tui.view.wrap import cells, fit

if TYPE_CHECKING:
    from das_tui.tui.reader import Reader
    from das_tui.view.drawing import Line


class CentreScreen(PaintedScreen):
    """Paints what is read, and what stands where nothing is yet."""

    def _paint_transcript(self) -> None:
        rect = self._layout.rects.get("transcript")
        if rect is None or rect.height < 1:
            return
        self._show("transcript", self._transcript_rows(rect), focused=self.pane == "transcript")
        below = self._layout.rects.get("below")
        if below is not None:
            row = self._below_row(below.width)
            if not row.spans and self.palette.ansi and not self.link.slow:
                # Without tones a dim rule tells the composer from the text.
                row = Row(((self.glyphs.rule * below.width, FAINT),))
            self._show("below", [(row, None)])

    def _below_row(self, width: int) -> Row:
        """What came below the window while the reader was elsewhere; blank for nothing."""
        reader = self.reader
        fresh, errors = reader.new_below if reader is not None else (0, 0)
        return status_view.below(fresh, errors, width) if fresh else BLANK

    def _transcript_rows(self, rect: Rect) -> list[tuple[Row, Bar]]:
        reader = self.reader
        if reader is None or not len(reader.transcript):
            return [(row, None) for row in self._empty_rows(rect.width)]
        spec = self._spec(rect.width)
        if reader.transcript.spec != spec:
            reader.transcript.set_spec(spec)
        reader.transcript.watch(reader.following and self.app.app_focus)
        lines = reader.window(rect.height)
        cursor = reader.cursor
        bar = self._bar(self.pane == "transcript")
        shown: list[tuple[Row, Bar]] = []
        for line, row in zip(lines, self._drawn(reader, lines, rect.width), strict=True):
            shown.append((row, bar if self._barred(line, cursor) else None))
        sticky = reader.transcript.sticky(reader.top_row)
        if sticky is not None and shown:
            shown[0] = (sticky, None)
        if reader.transcript.trouble():
            self.mend()
        return shown

    def mend(self) -> None:
        """A part of the open session could not be read; its rows say why."""

    def _barred(self, line: "Line", cursor: int) -> bool:
        """Whether the bar stands before a line: it belongs to the cursor."""
        return line.block == cursor and line.kind in {"block", "gap"}

    def _drawn(self, reader: "Reader", lines: "Sequence[Line]", width: int) -> list[Row]:
        """The rows of lines that are in view."""
        return [line.row for line in lines]

    def _spec(self, width: int) -> ViewSpec:
        session = self.session
        das = session is not None and session.service != "dms"
        running = session is not None and session.running
        return replace(
            self.desk.spec,
            width=width,
            target=session.target if session else "",
            name_width=0 if self.size.width < 80 else 16 if das else 13,
            now=float(int(self.clock())) if running else 0.0,
        )

    def _empty_rows(self, width: int) -> list[Row]:
        """What stands where nothing is yet."""
        if self.open_key in self._loading:
            return [BLANK, Row((("   opening", MUTED),))]
        if self.new_question:
            return self._new_rows(width)
        if self.session is not None:
            where = {"das": "DAS agent", "dms": "DMS Data Agent", "chat": "DAS agent by Chat"}
            service = self.session.service
            lines = [BLANK, Row((("   Nothing asked yet.", TEXT),)), BLANK]
            lines.append(Row((("   to the ", MUTED), (where.get(service, service), TEXT))))
            return lines
        if not self.ready:
            return [BLANK, Row((("   reading the stored sessions", MUTED),))]
        new = self.key_of("new_session")
        return [
            BLANK,
            Row((("   No session yet.", TEXT),)),
            BLANK,
            Row(((f"   {new:<3}", STRONG), (" asks the first question", MUTED))),
            Row(((f"   {self.key_of('help'):<3}", STRONG), (" shows all keys", MUTED))),
        ]

    def _new_rows(self, width: int) -> list[Row]:
        """What stands in the place of the transcript while a new question is written."""
        return [BLANK]

    def _new_head(self, width: int) -> Row:
        """The head row while a new question is written."""
        return BLANK

    def _paint_head(self) -> None:
        rect = self._layout.rects.get("head")
        if rect is None:
            return
        hidden = "sidebar" not in self._layout.rects
        needs = len(self.desk.waiting()) if hidden else 0
        if self.new_question:
            row = self._new_head(rect.width)
        else:
            row = status_view.head(
                self.session,
                self.overview,
                rect.width,
                screen=self.size.width,
                needs=needs,
                glyphs=self.glyphs,
                now=self.clock() if self.ticks else 0.0,
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
        below = BLANK if "below" in self._layout.rects else self._below_row(rect.width)
        if below.spans:
            self._show("composer", [(below, None)])
            return
        words, hint = self._placeholder()
        room = rect.width - 3 - 2 - cells(hint) - 2
        if room < cells(words):
            hint, room = "", rect.width - 5
        words = fit(words, room, self.glyphs.ellipsis, word=True)
        space = " " * max(1, rect.width - 3 - cells(words) - cells(hint) - 2)
        row = Row(((f" {prompt} ", FAINT), (words, FAINT), (space, FAINT), (hint, FAINT)))
        self._show("composer", [(row, None)])

    def _placeholder(self) -> tuple[str, str]:
        session, write = self.session, self.key_of("write")
        kept = self.drafts.get(self.open_key, "")
        if kept:
            return kept.split("\n")[0], f"draft kept, {write} writes on"
        if self.options.account is None:
            return "no profile: nothing can be sent from here", ""
        if self._only_reads:
            return "this profile only reads: nothing can be sent from here", ""
        if session is None:
            return "ask a question", self.key_of("new_session")
        if session.state is State.LINE_LOST:
            return "a reply waits here until the line is back", ""
        if session.state is State.NEEDS_INPUT:
            return "answer in words", f"{write} writes"
        if session.running and session.service == "dms":
            return "a run is under way", ""
        if session.origin == "service" and not session.asked_at:
            return "begun elsewhere, only read here so far", f"{write} asks a follow-up"
        if session.running:
            return "a question waits here for its turn", f"{write} writes, enter queues"
        if session.service != "dms":
            return "a das answer is paid by the character", f"{write} writes, enter sends"
        return "ask a follow-up", f"{write} writes, enter sends"

    def _editor_rows(self) -> int:
        editor = self.editor
        if self.pane != "composer" or editor is None:
            return 1
        return max(1, min(6, editor.wrapped_document.height))

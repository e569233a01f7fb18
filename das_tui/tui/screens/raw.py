"""The raw page: the records behind a block, as they came."""

import os
from collections.abc import Sequence

from textual.events import Key

from das_tui.domain.record import LOCAL, Record
from das_tui.tui.clipboard import copy
from das_tui.tui.screens.page import Page
from das_tui.tui.theme import Palette
from das_tui.view.ages import clock
from das_tui.view.clean import clean, one_line
from das_tui.view.glyphs import Glyphs
from das_tui.view.ids import request_id
from das_tui.view.rows import ATTN, BLANK, FAINT, MUTED, STRONG, TEXT, Row
from das_tui.view.status import spread
from das_tui.view.wrap import cells, fit, wrap

SHOWN = 500
"""Records on one page; a long streamed block has thousands."""

MOST_BYTES = 1024 * 1024
"""Bytes of payload on one page."""


class RawScreen(Page):
    """`d`: payloads exactly as received, cleaned for the terminal. `y` copies the request id of
    the event in view, or that of the run, `last_id`, where the event has none."""

    def __init__(
        self,
        records: Sequence[Record],
        palette: Palette,
        glyphs: Glyphs,
        last_id: str = "",
        utc: bool = False,
    ) -> None:
        super().__init__(palette, glyphs)
        self.records = list(records)
        self.last_id = last_id
        self.utc = utc
        self.message = ""
        self.briefer: list[str] = []
        """The message in fewer words."""
        self._wrapped: tuple[int, list[Row]] = (0, [])
        self._ids: list[tuple[int, int, str]] = []

    def rows(self, width: int) -> list[Row]:
        """Each record: position, source, event line, payload."""
        if self._wrapped[0] != width:
            self._wrapped = (width, self._build(width))
        return self._wrapped[1]

    def _build(self, width: int) -> list[Row]:
        count = len(self.records)
        title = f"   Raw  {count:,} {'record' if count == 1 else 'records'}"
        rows = [Row(((title, STRONG),)), BLANK]
        self._ids = []
        room = MOST_BYTES
        for record in self.records[:SHOWN]:
            source = "written here" if record.source == LOCAL else record.source
            at = clock(record.at, self.utc, seconds=True)
            head = f"   {record.position:,}   {at}   {source}   {clean(record.event)}"
            rows.append(Row(((head.rstrip(), MUTED),)))
            start = len(rows) - 1
            size = len(record.data)
            text = clean(record.data[:room].decode("utf-8", "replace")) if room else ""
            for line in wrap(text, max(20, width - 8)) if text else ():
                rows.append(Row((("     ", TEXT), (line, TEXT))))
            if size > room:
                more = f"     {size - room:,} more bytes, das-tui show --json has all"
                rows.append(Row(((more, ATTN),)))
            room = max(0, room - size)
            self._ids.append((start, len(rows), request_id(record.data)))
            rows.append(BLANK)
        if count > SHOWN:
            rows.append(Row(((f"   {count - SHOWN:,} more, das-tui show --json has all", FAINT),)))
        return rows

    @property
    def shown_id(self) -> str:
        """The request id that `y` copies: of the first event in view that has one."""
        top, below = self.scroll_row, self.scroll_row + self.body_rows
        ids = (found for start, end, found in self._ids if found and start < below and end > top)
        return next(ids, one_line(self.last_id))

    def status(self, width: int) -> Row:
        """What this page is, and the id that can be taken away; or the answer to a key."""
        if self.message:
            room = width - 5
            fits = (words for words in (self.message, *self.briefer) if cells(words) <= room)
            said = next(fits, (self.message, *self.briefer)[-1])
            return Row((("   ", TEXT), (fit(said, room, self.glyphs.ellipsis), TEXT)))
        words, found = "as received; control characters are shown, never sent on", self.shown_id
        taken = f"request {found}" if found else ""
        room = width - 5 - (cells(taken) + 3 if taken else 0)
        if room < 24:
            return Row((("   ", TEXT), (fit(taken, width - 5, self.glyphs.ellipsis), TEXT)))
        left = [("   ", TEXT), (fit(words, room, self.glyphs.ellipsis, word=True), MUTED)]
        return Row(spread(left, [(taken, TEXT)] if taken else [], width - 2))

    def keys(self) -> list[tuple[str, str]]:
        """The footer."""
        copies = [("y", "copy request id")] if self.shown_id else []
        return [("j k", "scroll"), *copies, ("esc", "back")]

    def handle(self, event: Key) -> bool:
        """Scroll, leave, copy."""
        self.message, self.briefer = "", []
        if event.character != "y":
            taken = super().handle(event)
            if self.is_current:
                self.repaint()
            return taken
        found = self.shown_id
        if found:
            said, *self.briefer = copy(self.app, found, os.environ)
            self.message = f"request {found}, {said}"
        else:
            self.message = "no request id came with this run"
        self.repaint()
        return True

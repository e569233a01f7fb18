"""The raw page: the records behind a block, as they came."""

from collections.abc import Sequence

from das_tui.domain.record import LOCAL, Record
from das_tui.tui.screens.page import Page
from das_tui.tui.theme import Palette
from das_tui.view.ages import clock
from das_tui.view.clean import clean
from das_tui.view.glyphs import Glyphs
from das_tui.view.rows import BLANK, FAINT, MUTED, STRONG, TEXT, Row
from das_tui.view.wrap import wrap

SHOWN = 500
"""Records on one page; a long streamed block has thousands."""


class RawScreen(Page):
    """`d`: payloads exactly as received, cleaned for the terminal."""

    def __init__(self, records: Sequence[Record], palette: Palette, glyphs: Glyphs) -> None:
        super().__init__(palette, glyphs)
        self.records = list(records)
        self._wrapped: tuple[int, list[Row]] = (0, [])

    def rows(self, width: int) -> list[Row]:
        """Each record: position, source, event line, payload."""
        if self._wrapped[0] != width:
            self._wrapped = (width, self._build(width))
        return self._wrapped[1]

    def _build(self, width: int) -> list[Row]:
        count = len(self.records)
        title = f"   Raw  {count:,} {'record' if count == 1 else 'records'}"
        rows = [Row(((title, STRONG),)), BLANK]
        for record in self.records[:SHOWN]:
            source = "written here" if record.source == LOCAL else record.source
            head = f"   {record.position:,}   {clock(record.at)}   {source}   {clean(record.event)}"
            rows.append(Row(((head.rstrip(), MUTED),)))
            text = clean(record.data.decode("utf-8", "replace"))
            for line in wrap(text, max(20, width - 8)):
                rows.append(Row((("     ", TEXT), (line, TEXT))))
            rows.append(BLANK)
        if count > SHOWN:
            rows.append(Row(((f"   {count - SHOWN:,} more, das-tui show --json has all", FAINT),)))
        return rows

    def status(self, width: int) -> Row:
        """What this page is."""
        return Row((("   as received; control characters are shown, never sent on", MUTED),))

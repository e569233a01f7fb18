"""Hits of a search: from one to the next, and how they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from das_tui import later
from das_tui.tui.options import AppOptions
from das_tui.tui.screens.sifting import SiftingScreen
from das_tui.tui.theme import Palette
from das_tui.view.ages import thousands
from das_tui.view.glyphs import Glyphs
from das_tui.view.place import Place
from das_tui.view.rows import Row

if TYPE_CHECKING:
    from das_tui.tui.reader import Reader
    from das_tui.view import find, searching
    from das_tui.view import prompt as prompt_view
    from das_tui.view.drawing import Line
    from das_tui.view.transcript import Transcript
else:
    find = later.module("das_tui.view.find")
    prompt_view = later.module("das_tui.view.prompt")
    searching = later.module("das_tui.view.searching")

NOWHERE = Place(-1, -1)


class HitsScreen(SiftingScreen):
    """What `n` and `N` do. A hit in a folded block unfolds it while one looks."""

    def __init__(self, options: AppOptions, palette: Palette, glyphs: Glyphs) -> None:
        super().__init__(options, palette, glyphs)
        self.hit = NOWHERE
        self._unfolded = -1
        """The block that was unfolded only to show a hit, -1 for none."""

    def _hit_stands(self, transcript: Transcript) -> bool:
        return self.hit.line in transcript.matching_lines(self.hit.block)

    def _land(self, reader: Reader, block: int, line: int | None = None) -> None:
        """Go to a hit, unfolding its block if it does not show otherwise."""
        transcript = reader.transcript
        if block != self._unfolded:
            self._fold_back(transcript)
        lines = transcript.matching_lines(block)
        if not lines and not transcript.is_open(block) and transcript.toggle(block):
            self._unfolded = block
            lines = transcript.matching_lines(block)
        if line is None:
            line = lines[0] if lines else 0
        reader.show(Place(block, line))
        self.hit = Place(block, line)

    def _fold_back(self, transcript: Transcript) -> None:
        """Fold what was unfolded only to show a hit."""
        block, self._unfolded = self._unfolded, -1
        if 0 <= block < len(transcript) and transcript.is_open(block):
            transcript.toggle(block)

    def act_open(self) -> None:
        """As ever; what the operator opens or folds stays so when the search ends."""
        reader = self.reader
        if self.pane == "transcript" and reader is not None and reader.cursor == self._unfolded:
            self._unfolded = -1
        super().act_open()

    def act_next_hit(self) -> None:
        """`n`."""
        self._next_hit(1)

    def act_previous_hit(self) -> None:
        """`N`."""
        self._next_hit(-1)

    def _next_hit(self, direction: int, *, say: bool = True) -> None:
        reader = self.reader
        if reader is None or reader.transcript.pattern is None:
            self.say(f"nothing is looked for; {self.key_of('search')} searches")
            return
        transcript = reader.transcript
        if not self._next_line(reader, direction):
            found = transcript.next_match(reader.cursor, direction)
            if found is None:
                self._say_no_hit(transcript, "no later hit" if direction > 0 else "no earlier hit")
                return
            self._land(reader, found)
        hits = transcript.count_matches(self.hit.block)
        if say:
            self.say(prompt_view.search_words(hits))
        self.repaint(all_ages=False)

    def _next_line(self, reader: Reader, direction: int) -> bool:
        """Within a long block: to the next hit that is not in view yet."""
        block = reader.cursor
        if self.hit.block != block or not reader.transcript.matches(block):
            return False
        seen = {line.line for line in reader.window(reader.height) if line.block == block}
        lines = [
            line
            for line in reader.transcript.matching_lines(block)
            if line not in seen and (line - self.hit.line) * direction > 0
        ]
        if not lines:
            return False
        self._land(reader, block, lines[0] if direction > 0 else lines[-1])
        return True

    def _say_no_hit(self, transcript: Transcript, words: str) -> None:
        hits = transcript.count_matches()
        if hits.percent < 100:
            words += f" so far, {hits.percent} % seen"
        if hits.hidden:
            held = transcript.sieve != searching.OPEN or transcript.answers_only
            way = "" if held else ", 0 shows them"
            words += f"; {thousands(hits.hidden)} in hidden rows{way}"
        self.say(words)

    def _drawn(self, reader: Reader, lines: Sequence[Line], width: int) -> list[Row]:
        transcript = reader.transcript
        pattern, marks = transcript.pattern, transcript.marks
        rows: list[Row] = []
        for (block, kind), group in groupby(lines, key=lambda line: (line.block, line.kind)):
            own = list(group)
            drawn = [line.row for line in own]
            if kind == "block" and pattern is not None and transcript.matches(block):
                at = self.hit.line if self.hit.block == block == reader.cursor else -1
                drawn = [
                    find.lit(line.row, places, line.line == at)
                    for line, places in zip(own, pattern.places(drawn), strict=True)
                ]
            if kind == "block" and block in marks and own[0].line == 0:
                drawn[0] = self._marked(drawn[0], width)
            rows += drawn
        return rows

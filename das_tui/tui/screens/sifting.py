"""What is held back beside the threshold: by a pattern, by kind."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from textual.events import Key
from textual.timer import Timer

from das_tui import later
from das_tui.light import dataclass
from das_tui.tui.options import AppOptions
from das_tui.tui.screens.marking import MarkingScreen
from das_tui.tui.screens.painting import DockState
from das_tui.tui.theme import Palette
from das_tui.view.ages import counted, thousands
from das_tui.view.clean import one_line
from das_tui.view.glyphs import Glyphs

if TYPE_CHECKING:
    from das_tui.tui.reader import Reader, Spot
    from das_tui.view import dock as dock_view
    from das_tui.view import kinds as kinds_view
    from das_tui.view import searching
    from das_tui.view.find import Pattern
    from das_tui.view.searching import Sieve
    from das_tui.view.transcript import Transcript
else:
    kinds_view = later.module("das_tui.view.kinds")
    searching = later.module("das_tui.view.searching")

SLICE = 0.008
"""Seconds that a scan takes at a time; a key waits no longer than that for it."""

PAUSE = 0.003
"""Seconds between two slices."""

_SHOWN = 0.1
"""Seconds between two paintings of what a scan found so far."""


@dataclass(slots=True)
class Held:
    """The place of a reader when the sieve was set, and the block of the cursor after that."""

    spot: Spot
    cursor: int


class SiftingScreen(MarkingScreen):
    """The sieve of each session, and the scans that find what passes it."""

    def __init__(self, options: AppOptions, palette: Palette, glyphs: Glyphs) -> None:
        super().__init__(options, palette, glyphs)
        self.pattern: Pattern | None = None
        self.sieves: dict[str, Sieve] = {}
        self._held: dict[str, Held] = {}
        self._kinds_before = b""
        self._scan_timer: Timer | None = None
        self._scan_shown = 0.0

    # --- scanning ------------------------------------------------------------------------------

    def _scan(self) -> None:
        """Look on for a moment; the rest comes later, between keys."""
        reader = self.reader
        if reader is None:
            return
        more = reader.transcript.work(SLICE)
        now = time.monotonic()
        if not more or now - self._scan_shown >= _SHOWN:
            self._scan_shown = now
            self._found_more(reader)
            self.repaint(all_ages=False)
        if more and self._scan_timer is None:
            self._scan_timer = self.set_timer(PAUSE, self._scan_on)

    def _scan_on(self) -> None:
        self._scan_timer = None
        self._scan()

    def _scan_anew(self) -> None:
        self._scan_shown = 0.0
        self._scan()

    def _found_more(self, reader: Reader) -> None:
        """Matches were found, or all was looked at."""

    def repaint(self, *, all_ages: bool = True) -> None:
        """As ever; a pattern that takes too long is given up."""
        super().repaint(all_ages=all_ages)
        reader = self.reader
        if reader is not None and self._too_slow(reader):
            self._gave_up(reader)
            super().repaint(all_ages=all_ages)

    def _too_slow(self, reader: Reader) -> bool:
        """Look no more for what takes too long; whether there was such."""
        transcript = reader.transcript
        sieve, searched = transcript.sieve, transcript.pattern
        if self.pattern is not None and self.pattern.slow:
            self.pattern = None
        sieved = sieve.pattern is not None and sieve.pattern.slow
        if sieved:
            self._sift(reader, sieve._replace(pattern=None, hides=False))
        slow = searched is not None and searched.slow
        if slow:
            transcript.search(None)
        return sieved or slow

    def _gave_up(self, reader: Reader) -> None:
        """Say that a pattern took too long."""
        self.say(
            "the pattern takes too long on a line here; plain text does not",
            "the pattern takes too long",
        )

    # --- the sieve -----------------------------------------------------------------------------

    def _sift(self, reader: Reader, sieve: Sieve) -> None:
        """Hold back what does not pass. The row of the cursor stays on its row of the screen; when
        the last sieve goes, an unmoved reader stands exactly where it was before the first."""
        key, transcript = self.open_key, reader.transcript
        held = self._held.get(key)
        if held is None:
            self._held[key] = held = Held(reader.spot, -1)
        stands = held.cursor in (-1, reader.spot.cursor) or reader.following
        near = max(0, reader.cursor)
        if sieve == searching.OPEN and stands:
            transcript.sift(sieve)
            if not reader.following or held.spot.following:
                reader.go_back(held.spot)
        else:
            reader.hold(lambda: transcript.sift(sieve, near))
        held.cursor = reader.spot.cursor
        if sieve == searching.OPEN:
            self.sieves.pop(key, None)
            self._held.pop(key, None)
        else:
            self.sieves[key] = sieve

    def act_kinds(self, only: str = "") -> None:
        """`:kinds`: choose the kinds of blocks that are shown, or name the only one; `all`."""
        reader = self.reader
        if reader is None or not len(reader.transcript):
            self.say("there is nothing here yet")
            return
        if only.strip():
            names = [name for name, _ in kinds_view.GROUPS]
            wanted = only.strip().lower()
            if wanted not in {"all", *names}:
                self.say(f"no kind is called {one_line(wanted)}")
                return
            chosen = range(len(names)) if wanted == "all" else (names.index(wanted),)
            self._choose_kinds(reader, frozenset(chosen))
            self.repaint(all_ages=False)
            return
        groups = [group for group, _ in self._kind_counts(reader.transcript)]
        self.dock = DockState(kind="kinds", key=self.open_key, cursor=groups[0])
        self._kinds_before = self.sieves.get(self.open_key, searching.OPEN).kinds
        self.pane = "dock"
        self.repaint()

    @staticmethod
    def _kind_counts(transcript: Transcript) -> list[tuple[int, int]]:
        counts = enumerate(
            transcript.count(table, 0, len(transcript)) for table in kinds_view.TABLES
        )
        return [(group, count) for group, count in counts if count]

    def _kinds_key(self, state: DockState, event: Key) -> bool:
        reader = self.reader
        if reader is None:
            return False
        groups = [group for group, _ in self._kind_counts(reader.transcript)]
        place = groups.index(state.cursor) if state.cursor in groups else 0
        sieve = self.sieves.get(self.open_key, searching.OPEN)
        on = kinds_view.chosen(sieve.kinds)
        everything = frozenset(range(len(kinds_view.GROUPS)))
        if event.key in {"j", "down"}:
            state.cursor = groups[min(len(groups) - 1, place + 1)]
        elif event.key in {"k", "up"}:
            state.cursor = groups[max(0, place - 1)]
        elif event.key == "space":
            self._choose_kinds(reader, on ^ {state.cursor})
        elif event.key == "o":
            # Kinds that do not occur yet are shown when they come, unless they are put out.
            self._choose_kinds(reader, everything - set(groups) | {state.cursor})
        elif event.key == "0":
            self._choose_kinds(reader, everything)
        elif event.key in {"enter", "ctrl+j"}:
            self.close_dock()
        elif event.key in {"escape", "q"}:
            self._sift(reader, sieve._replace(kinds=self._kinds_before))
            self.close_dock()
        else:
            return event.is_printable and event.character not in {"?", ":"}
        self.repaint(all_ages=False)
        return True

    def _choose_kinds(self, reader: Reader, on: frozenset[int]) -> None:
        sieve = self.sieves.get(self.open_key, searching.OPEN)
        self._sift(reader, sieve._replace(kinds=kinds_view.table(on)))

    def _dock_view(self, state: DockState, width: int, room: int) -> dock_view.DockView | None:
        reader = self.reader
        if state.kind != "kinds" or reader is None:
            return super()._dock_view(state, width, room)
        transcript = reader.transcript
        return kinds_view.menu(
            self._kind_counts(transcript),
            width,
            room,
            on=kinds_view.chosen(transcript.sieve.kinds),
            cursor=state.cursor,
            hidden=transcript.sifted,
            total=len(transcript),
            glyphs=self.glyphs,
        )

    def _dock_keys(self, state: DockState) -> list[tuple[str, str]]:
        if state.kind != "kinds":
            return super()._dock_keys(state)
        return [("j k", "move"), ("space", "on, off"), ("enter", "set"), ("esc", "back")]

    def _sieve_words(self) -> tuple[str, str, str]:
        reader = self.reader
        sieve = self.sieves.get(self.open_key, searching.OPEN)
        if reader is None or sieve == searching.OPEN:
            return ("", "", "")
        transcript = reader.transcript
        words, hits = [], ""
        if sieve.pattern is not None:
            words.append(f"&{'!' if sieve.hides else ''} {one_line(sieve.pattern.text, 60)}")
            if transcript.seen < 100:
                hits = f"{transcript.seen} % seen"
            elif transcript.pattern == sieve.pattern:
                hits = counted(transcript.count_matches().shown, "hit")
        if sieve.kinds:
            on = kinds_view.chosen(sieve.kinds)
            groups = [group for group, _ in self._kind_counts(transcript)]
            words.append(f"kinds {len(on.intersection(groups))} of {len(groups)}")
        return (" ".join(words), hits, f"{thousands(transcript.sifted)} hidden")

    # --- other sessions ------------------------------------------------------------------------

    def _loaded(self, key: str) -> None:
        """A transcript came: what is looked for and held back holds in it, too."""
        super()._loaded(key)
        transcript = self.desk.transcripts.get(key)
        if transcript is None:
            return
        sieve = self.sieves.get(key, searching.OPEN)
        near = max(0, len(transcript) - 1)
        transcript.search(self.pattern, near)
        transcript.sift(sieve, near)
        if key == self.open_key and (self.pattern is not None or sieve != searching.OPEN):
            self._scan_anew()

    def begin_anew(self, options: AppOptions, level: int | None) -> None:
        """As ever; what was looked for and held back is forgotten."""
        self.pattern = None
        self.sieves.clear()
        self._held.clear()
        super().begin_anew(options, level)

"""Finding things: the prompt of a search, of a sieve, of a note."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from textual.events import Key

from das_tui import later
from das_tui.light import dataclass
from das_tui.tui.options import AppOptions
from das_tui.tui.screens.hits import NOWHERE, HitsScreen
from das_tui.tui.theme import Palette
from das_tui.view.clean import one_line
from das_tui.view.glyphs import Glyphs
from das_tui.view.rows import Row

if TYPE_CHECKING:
    from das_tui.tui import patience
    from das_tui.tui.reader import Reader, Spot
    from das_tui.view import find, searching
    from das_tui.view import line as written
    from das_tui.view import prompt as prompt_view
    from das_tui.view.find import Pattern
    from das_tui.view.line import Line as Written
else:
    patience = later.module("das_tui.tui.patience")
    find = later.module("das_tui.view.find")
    prompt_view = later.module("das_tui.view.prompt")
    searching = later.module("das_tui.view.searching")
    written = later.module("das_tui.view.line")


@dataclass(slots=True)
class Prompt:
    """What is being written: `kind` is search, sift or note, or another that looks for nothing.

    `spot` is where the reader stood, `origin` the block of the cursor there, `before` what was
    looked for, `pane` what had the focus. `moved` says that the reader chose a hit, `error` why
    the text is no pattern, `slow` that it is one that takes too long.
    """

    kind: str
    line: Written
    pane: str
    spot: Spot
    origin: int
    before: Pattern | None = None
    regex: bool = False
    moved: bool = False
    error: str = ""
    slow: bool = False

    @property
    def looks(self) -> bool:
        """Whether what is written is looked for at once."""
        return self.kind in {"search", "sift"}


class FindingScreen(HitsScreen):
    """The prompt of `/`, `&` and `M`."""

    def __init__(self, options: AppOptions, palette: Palette, glyphs: Glyphs) -> None:
        super().__init__(options, palette, glyphs)
        self.prompt: Prompt | None = None

    # --- while one types ------------------------------------------------------------------------

    def _found_more(self, reader: Reader) -> None:
        """While one types: to the nearest hit, from where the search began."""
        state, transcript = self.prompt, reader.transcript
        if state is None or state.kind != "search" or state.moved or state.error:
            return
        if transcript.pattern is None or state.origin >= len(transcript):
            return
        at: int | None = state.origin
        if not (transcript.matches(state.origin) and transcript.visible(state.origin)):
            at = transcript.next_match(state.origin, 1)
        if at is None and (state.spot.following or transcript.count_matches().percent == 100):
            at = transcript.next_match(state.origin, -1)
        if at is None:
            self._fold_back(reader.transcript)
            reader.go_back(state.spot)
            self.hit = NOWHERE
        elif at != self.hit.block or not self._hit_stands(transcript):
            self._land(reader, at)

    def _gave_up(self, reader: Reader) -> None:
        """While one types: back to where the search began."""
        state = self.prompt
        if state is None or not state.looks:
            super()._gave_up(reader)
            return
        state.slow, self.hit = True, NOWHERE
        if state.kind == "search":
            self._fold_back(reader.transcript)
            reader.go_back(state.spot)

    # --- the prompt ----------------------------------------------------------------------------

    def act_search(self) -> None:
        """`/`: search in this transcript as one types."""
        regex = self.pattern is not None and self.pattern.regex
        self._open_prompt("search", "", regex)

    def act_sift(self) -> None:
        """`&`: show only what matches, or hide it."""
        sieve = self.sieves.get(self.open_key, searching.OPEN)
        pattern = sieve.pattern
        text = "" if pattern is None else ("!" if sieve.hides else "") + pattern.text
        self._open_prompt("sift", text, pattern is not None and pattern.regex)

    def act_note(self) -> None:
        """`M`: mark the block with a note."""
        reader = self.reader
        if reader is None or not self._markable(reader):
            return
        mark = reader.transcript.marks.get(reader.cursor)
        self._open_prompt("note", mark.note if mark is not None else "", False)

    def _open_prompt(self, kind: str, text: str, regex: bool) -> None:
        reader = self.reader
        if reader is None or not len(reader.transcript):
            self.say("there is nothing to search here")
            return
        self.prompt = Prompt(
            kind,
            written.Line.of(text),
            self.pane,
            reader.spot,
            reader.cursor,
            reader.transcript.pattern,
            regex,
        )
        self.pane = "prompt"
        if self.prompt.looks:
            self._written()
        self.repaint()

    def _prompt_key(self, event: Key) -> bool:
        """The prompt takes every key but those that redraw, suspend, and lead elsewhere."""
        state = self.prompt
        assert state is not None
        if event.key in {"ctrl+l", "ctrl+z"}:
            return False
        if event.key in {"ctrl+n", "ctrl+p"}:
            self._keep()
            return False
        if event.key in {"escape", "ctrl+c"}:
            self._drop()
        elif event.key in {"enter", "ctrl+j"}:
            self._keep()
        elif event.key == "backspace" and not state.line.text:
            self._drop()
        elif event.key == "ctrl+r" and state.looks:
            state.regex = not state.regex
            self._written()
        elif event.key in {"up", "down"} and state.kind == "search":
            state.moved = True
            self._next_hit(1 if event.key == "down" else -1, say=False)
        else:
            self._type(state, event)
        return True

    def _type(self, state: Prompt, event: Key) -> None:
        line = state.line.key(event.key)
        if line is None and event.character and event.character.isprintable():
            line = state.line.typed(event.character)
        if line is None:
            return
        self._put_line(state, line)

    def _put_line(self, state: Prompt, line: Written) -> None:
        changed = line.text != state.line.text
        state.line = line
        if changed and state.looks:
            self._written()
        else:
            self.paint_composer()

    def _paste(self, text: str) -> None:
        """The first line of a paste, into the prompt if it is open."""
        state = self.prompt
        if state is not None:
            first = next((line for line in text.splitlines() if line.strip()), "")
            self._put_line(state, state.line.typed(first))

    @staticmethod
    def _wanted(state: Prompt) -> tuple[str, bool]:
        """The text of the pattern, and whether it hides what matches."""
        text = state.line.text
        hides = state.kind == "sift" and text.startswith("!")
        return (text[1:] if hides else text), hides

    def _written(self) -> None:
        """The text of the prompt changed: look for it."""
        state, reader = self.prompt, self.reader
        if state is None or reader is None:
            return
        text, _ = self._wanted(state)
        state.error, state.moved, state.slow = "", False, False
        try:
            pattern = find.Pattern(text, state.regex, patience.limited) if text else None
        except find.PatternError as error:
            state.error = one_line(str(error))
            self.repaint(all_ages=False)
            return
        self.hit = NOWHERE
        reader.transcript.search(pattern, max(0, state.origin))
        if pattern is None and state.kind == "search":
            self._fold_back(reader.transcript)
            reader.go_back(state.spot)
        self._scan_anew()

    def _close_prompt(self, state: Prompt) -> None:
        self.prompt = None
        self.pane = "transcript" if state.pane == "dock" and self.dock is None else state.pane
        if self.dock is not None:
            # What asks is in sight again from now on.
            self.dock.since = time.monotonic()

    def _drop(self) -> None:
        """Esc: back to where one was."""
        state, reader = self.prompt, self.reader
        if state is None:
            return
        self._close_prompt(state)
        if reader is not None and state.looks:
            self._fold_back(reader.transcript)
            reader.transcript.search(state.before, max(0, state.origin))
            reader.go_back(state.spot)
            self.hit = NOWHERE
            self._scan_anew()
        if self.dock is None:
            self.open_ask()
        self.repaint()

    def _keep(self) -> None:
        """Enter: stay at the hit, set the sieve, or put the mark."""
        state, reader = self.prompt, self.reader
        if state is None:
            return
        if state.error:
            self.say(f"not a pattern yet: {state.error}")
            return
        if state.slow:
            self.say(f"the pattern {prompt_view.SLOW}; ^r looks for plain text")
            return
        self._close_prompt(state)
        if reader is not None:
            self._kept(reader, state)
        if self.dock is None:
            self.open_ask()
        if state.looks and self.pane == "dock":
            # The keys that follow a search are those of the hits: `n` must refuse nothing.
            self.pane = "transcript"
        self.repaint()

    def _kept(self, reader: Reader, state: Prompt) -> None:
        """The prompt is closed; what was written holds."""
        if state.kind == "note":
            self._put_mark(reader, reader.cursor, state.line.text.strip())
        elif state.kind == "search":
            self._keep_search(reader)
        else:
            self._keep_sieve(reader, state)

    def _keep_search(self, reader: Reader) -> None:
        transcript = reader.transcript
        self.pattern = transcript.pattern
        if self.pattern is None:
            return
        hits = transcript.count_matches(self.hit.block)
        if hits.shown:
            self.say(prompt_view.search_words(hits))
        else:
            self._say_no_hit(transcript, f"no hit for {one_line(self.pattern.text, 60)}")

    def _keep_sieve(self, reader: Reader, state: Prompt) -> None:
        _, hides = self._wanted(state)
        pattern = reader.transcript.pattern
        before = self.sieves.get(self.open_key, searching.OPEN)
        if hides or pattern is None:
            reader.transcript.search(None)
        self.pattern = None if hides else pattern
        self._sift(reader, before._replace(pattern=pattern, hides=hides and pattern is not None))
        self._scan_anew()

    def act_leave(self) -> None:
        """Esc in the transcript ends the search and shows all again, first of all."""
        reader = self.reader
        if self.pane == "transcript" and reader is not None:
            sieve = self.sieves.get(self.open_key, searching.OPEN)
            if sieve != searching.OPEN or reader.transcript.pattern is not None:
                self.pattern, self.hit = None, NOWHERE
                reader.hold(lambda: self._fold_back(reader.transcript))
                reader.transcript.search(None)
                self._sift(reader, searching.OPEN) if sieve != searching.OPEN else None
                self.repaint()
                return
        super().act_leave()

    # --- what is drawn -------------------------------------------------------------------------

    def _dock_rows(self, width: int, height: int) -> tuple[Row, ...]:
        # The prompt stands where the dock would; it comes back when the prompt goes.
        return () if self.prompt is not None else super()._dock_rows(width, height)

    def paint_composer(self) -> None:
        """The line one writes in; while something is looked for, the prompt."""
        state, rect = self.prompt, self._layout.rects.get("composer")
        if state is None or rect is None:
            super().paint_composer()
            return
        sign, ghost = self._sign(state)
        row = prompt_view.row(
            sign, state.line, rect.width, self._facts(state), ghost=ghost, glyphs=self.glyphs
        )
        self._show("composer", [(row, self._bar(True))])

    def _sign(self, state: Prompt) -> tuple[str, str]:
        """What stands before the text, and what stands there while nothing is written."""
        return {
            "search": ("/", ""),
            "sift": ("&", "! first hides"),
            "note": (self.glyphs.mark, "a note"),
        }[state.kind]

    def _facts(self, state: Prompt) -> list[prompt_view.Facts]:
        reader = self.reader
        if state.error:
            return prompt_view.error_facts(state.error)
        if state.slow:
            return prompt_view.slow_facts()
        text, hides = self._wanted(state)
        if not state.looks or reader is None or not text:
            return [[]]
        transcript = reader.transcript
        hits = transcript.count_matches(self.hit.block)
        if state.kind == "search":
            return prompt_view.search_facts(hits)
        return prompt_view.sift_facts(hits, len(transcript), hides=hides)

    def _keys(self) -> list[tuple[str, str]]:
        state = self.prompt
        if state is not None:
            return self._prompt_keys(state)
        keys = super()._keys()
        reader = self.reader
        if self.pane != "transcript" or reader is None:
            return keys
        mine: list[tuple[str, str]] = []
        if self.open_key in self.sieves:
            hide = (f"{self.key_of('sift')}!", "hide instead")
            hits, back = self._hit_keys(reader), self._key("leave", "show all")
            mine = [self._key("sift", "change"), hide, back, *hits]
            if reader.transcript.pattern is not None and not hits:
                # Nothing is left to be read: the way back goes first.
                mine = [back, self._key("sift", "change")]
            mine.append(self._key("open", "open a gap"))
        elif reader.transcript.pattern is not None:
            mine = [*self._hit_keys(reader), self._key("leave", "end search")]
        if not mine:
            return [*keys, self._key("search")]
        taken = {key for key, _ in mine}
        return [*mine, *(key for key in keys if key[0] not in taken)]

    def _hit_keys(self, reader: Reader) -> list[tuple[str, str]]:
        """What leads from hit to hit; nothing where there is none."""
        there = reader.transcript.pattern is not None and self._may_hit(reader)
        return [self._pair("next_hit", "previous_hit", "next, previous")] if there else []

    @staticmethod
    def _may_hit(reader: Reader, *, anywhere: bool = False) -> bool:
        """Whether there is a hit in sight, or `anywhere`, or may be one where nobody looked yet."""
        hits = reader.transcript.count_matches()
        return hits.shown > 0 or (anywhere and hits.hidden > 0) or hits.percent < 100

    def _prompt_keys(self, state: Prompt) -> list[tuple[str, str]]:
        if state.kind == "note":
            return [("enter", "mark"), ("esc", "back")]
        regex = ("^r", "plain text" if state.regex else "regex")
        reader = self.reader
        wanted = reader is not None and reader.transcript.pattern is not None
        sifts = state.kind == "sift"
        nothing = wanted and reader is not None and not self._may_hit(reader, anywhere=sifts)
        if nothing:
            return [("esc", "back"), regex]
        if sifts:
            return [("enter", "show these"), ("!", "first hides them"), regex, ("esc", "back")]
        arrows = f"{self.glyphs.down} {self.glyphs.up}"
        keys = [("enter", "keep"), (arrows, "next, previous"), regex]
        return [*keys, ("esc", "back to where you were")]

    # --- other sessions ------------------------------------------------------------------------

    def act_write(self) -> None:
        """As ever, but not under an open prompt."""
        if self.prompt is None:
            super().act_write()

    def open_session(self, key: str) -> None:
        """Show a session; what is being written into the prompt is dropped."""
        if self.prompt is not None and key in self.desk.sessions:
            self._drop()
        self.hit, self._unfolded = NOWHERE, -1
        super().open_session(key)

    def _loaded(self, key: str) -> None:
        """A transcript came; what is being written holds in it, too."""
        super()._loaded(key)
        state = self.prompt
        if state is not None and state.looks and key == self.open_key:
            self._written()

    def at_rest(self) -> bool:
        """As ever, and nothing is looked for."""
        reader = self.reader
        return (reader is None or reader.transcript.pattern is None) and super().at_rest()

    def open_ask(self, *, again: bool = False) -> bool:
        """As ever, but not over an open prompt."""
        return False if self.prompt is not None else super().open_ask(again=again)

    def begin_anew(self, options: AppOptions, level: int | None) -> None:
        """As ever; an open prompt is dropped."""
        self.prompt, self.hit = None, NOWHERE
        super().begin_anew(options, level)

"""The rows of a session: blocks behind an index that maps rows to blocks and back.

Blocks become rows only when they are in view; until then their heights are estimates. A place in
the transcript is therefore kept as block and line (`Place`), never as a row number: rows above
may turn out to be more or fewer, and nothing jumps.
"""

from bisect import bisect_right, insort
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal, NamedTuple

from das_tui.domain import blocks, shelf
from das_tui.domain.blocks import Block, Question, Tool
from das_tui.domain.shelf import CHUNK, ChunkHead, Read
from das_tui.view.ages import clock, thousands
from das_tui.view.block import estimate, foldable, headline, loose_kind, render
from das_tui.view.bodies import Bodies
from das_tui.view.index import AFTER, BEFORE, ESSENTIAL, EXACT, PINNED, TOOL, Index, both
from das_tui.view.place import Place
from das_tui.view.rows import BLANK, FAINT, MUTED, Ink, Row, Span
from das_tui.view.searching import OPEN, Searching
from das_tui.view.spec import ViewSpec

REMEMBERED = 400
"""So many blocks keep their rows."""

ESTIMATED = 4096
"""Up to so many heights are estimated anew at once when the width or the folds change. In longer
transcripts the old ones stand until the blocks come into view."""


class Line(NamedTuple):
    """A row with where it comes from; `block` and `line` are its `Place`."""

    row: Row
    block: int
    line: int
    kind: Literal["block", "gap", "blank", "rule"]


class Transcript(Searching):
    """The blocks of one session as rows.

    Row numbers (`height`, `place`, `row_of`, the arguments of `rows`) hold until the next call
    that changes or renders something.
    """

    def __init__(self, spec: ViewSpec) -> None:
        super().__init__(Index(spec.threshold), Bodies())
        self._spec = spec
        self._cache: OrderedDict[int, tuple[Row, ...]] = OrderedDict()
        self._live: set[int] = set()
        self._questions: list[int] = []
        self._open: set[int] = set()
        self._folded: set[int] = set()
        self._tools_open = False
        self._unread_since: float | None = None

    # --- blocks ------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._blocks)

    def block(self, index: int) -> Block:
        """The block at `index`."""
        return self._blocks[index]

    def put(self, block: Block) -> None:
        """Append a block, or replace the one of the same index. Raises IndexError for a block
        that would leave a hole."""
        at = block.index
        count = len(self._blocks)
        if not 0 <= at <= count:
            raise IndexError(f"block {at} after {count} blocks")
        if at == count:
            self._append([block])
            return
        if at >= self._blocks.shelved and self._blocks[at] is block:
            return
        was, kind = self._kinds[at], shelf.kind(block)
        self._blocks.replace(at, block)
        self._kinds[at] = kind
        self._cache.pop(at, None)
        if is_question(was) and not is_question(kind):
            self._questions.remove(at)
        passes = self._note(block)
        flags = self._flags_at(at, kind)
        self._index.replace(at, block.level, flags, self._estimate(block), passes)

    def put_many(self, blocks: Iterable[Block]) -> None:
        """Put blocks in the order of their indexes."""
        fresh: list[Block] = []
        count = len(self._blocks)
        for block in blocks:
            if block.index == count + len(fresh):
                fresh.append(block)
                continue
            self._append(fresh)
            fresh.clear()
            self.put(block)
            count = len(self._blocks)
        self._append(fresh)

    def _append(self, fresh: Sequence[Block]) -> None:
        """Blocks behind the last one."""
        if not fresh:
            return
        first = len(self._blocks)
        for block in fresh:
            self._blocks.append(block)
        kinds = bytes(map(shelf.kind, fresh))
        self._kinds += kinds
        if self._sieve == OPEN and self._searched is None:
            passes = bytes([255]) * len(fresh)
            for block in fresh:
                self._note(block)
        else:
            passes = bytes([255 * self._note(block) for block in fresh])
        flags = bytearray(kinds.translate(self._flags_of_kinds))
        for at in self._marks:
            if first <= at < first + len(fresh):
                flags[at - first] = self._pinned(at, flags[at - first])
        heights = [self._estimate(block) for block in fresh]
        self._index.extend([block.level for block in fresh], flags, heights, passes)

    def put_shelf(self, heads: Sequence[ChunkHead], read: Read) -> None:
        """Take over a session that is on the shelf, whole chunks of it, in place of everything.

        Only their heads are looked at; `read` gives the blocks of a chunk when they are needed.
        """
        self.clear()
        self._kinds = bytearray().join(head.kinds for head in heads)
        self._index.load(heads, self._flags_of_kinds)
        self._blocks.shelve(len(self._kinds), read)
        at = -1
        marks = self._kinds.translate(QUESTIONS)
        while (at := marks.find(1, at + 1)) >= 0:
            self._questions.append(at)

    def shelve(self, count: int, read: Read) -> None:
        """The first `count` blocks, whole chunks, are on the shelf now: their bodies are dropped
        here, and nothing that is seen changes."""
        self._blocks.shelve(min(count, len(self._kinds)), read)

    def trouble(self) -> str:
        """Why a part on the shelf could not be read since the last call, empty for none did."""
        found, self._blocks.trouble = self._blocks.trouble, ""
        return found

    def clear(self) -> None:
        """Forget all blocks, marks, and what was opened, looked for or held back; the spec
        stays."""
        self._blocks.clear()
        self._kinds.clear()
        self._cache.clear()
        self._live.clear()
        self._questions.clear()
        self._open.clear()
        self._folded.clear()
        self._tools_open = False
        self._searched = self._sieved = None
        self._sieve = OPEN
        self._marks = {}
        self._index.clear()
        self._index.threshold = self._spec.threshold

    # --- how it is seen ----------------------------------------------------------------------

    @property
    def spec(self) -> ViewSpec:
        return self._spec

    def set_spec(self, spec: ViewSpec) -> None:
        """Take a new spec. Another threshold costs next to nothing and closes opened gaps,
        another `now` redraws live blocks, `shift` what is in view; anything else makes all
        heights estimates again."""
        old, self._spec = self._spec, spec
        if old == spec:
            return
        self._index.threshold = spec.threshold
        if replace(old, threshold=spec.threshold, now=spec.now) == spec:
            if old.now != spec.now:
                for at in self._live:
                    self._cache.pop(at, None)
            return
        self._cache.clear()
        if old.compact != spec.compact:
            self._index.space(self._kinds.translate(self._flags_of_kinds))
        if replace(old, threshold=spec.threshold, now=spec.now, shift=spec.shift) != spec:
            self._guess_again(range(self._blocks.shelved, len(self._blocks)))
            self._index.forget_exact()

    @property
    def height(self) -> int:
        """Rows in all, estimates among them."""
        return self._index.height

    def rows(self, top: int, count: int) -> list[Line]:
        """The rows from `top` on, at most `count`, rendered, with true heights from there on."""
        index = self._index
        top = max(0, top)
        while True:
            if top >= index.height:
                return []
            at = index.find(top)
            if self._measure(at):
                break
        skip = top - index.start(at)
        lines: list[Line] = []
        following: int | None = at
        while following is not None and len(lines) < count:
            self._measure(following)
            lines += self._lines(following)[skip:]
            skip = 0
            following = self._next(following)
        return lines[:count]

    # --- places ------------------------------------------------------------------------------

    def place(self, y: int) -> Place:
        """The place of row `y`, of the nearest row if there is no such row."""
        height = self._index.height
        if not height:
            return Place(0)
        y = max(0, min(y, height - 1))
        at = self._index.find(y)
        return Place(at, y - self._index.start(at) - sum(self._index.above(at)))

    def row_of(self, place: Place) -> int:
        """The row of a place. A block that is hidden by now gives the row of its gap, a line that
        the block no longer has its nearest."""
        if not self._kinds:
            return 0
        if place.line > 0:
            # An estimate of its height may be too low for the line.
            self._measure(self.item(place.block))
        at, offset = self._offset(place)
        return self._index.start(at) + offset

    def move(self, place: Place, delta: int) -> Place:
        """The place `delta` rows below (above if negative), or the first or last one. Renders
        what it passes, so that it moves by true rows."""
        if not self._kinds:
            return Place(0)
        at = self.item(place.block)
        self._measure(at)
        at, offset = self._offset(place)
        offset += delta
        while offset < 0:
            before = self._previous(at)
            if before is None:
                offset = 0
                break
            at = before
            self._measure(at)
            offset += self._index.extent(at)
        while offset >= (extent := self._index.extent(at)):
            after = self._next(at)
            if after is None:
                offset = extent - 1
                break
            offset -= extent
            at = after
            self._measure(at)
        return Place(at, offset - sum(self._index.above(at)))

    def bottom(self, count: int) -> Place:
        """The place of the top row of a window of `count` rows that shows the end."""
        if not self._kinds:
            return Place(0)
        last = self.item(len(self._blocks) - 1)
        self._measure(last)
        end = Place(last, self._index.height_of(last) - 1 if self._index.visible(last) else 0)
        return self.move(end, 1 - max(1, count))

    # --- folds and gaps ----------------------------------------------------------------------

    def is_open(self, block: int) -> bool:
        """Whether a block that folds is open; False for others."""
        return self._is_open(self._blocks[block])

    def toggle(self, block: int) -> bool:
        """Open or fold a block; False if it does not fold."""
        body = self._blocks[block]
        if not foldable(body):
            return False
        if self._is_open(body):
            self._open.discard(block)
            self._folded.add(block)
        else:
            self._folded.discard(block)
            self._open.add(block)
        self._cache.pop(block, None)
        self._index.set_height(block, self._estimate(body), exact=False)
        return True

    @property
    def tools_open(self) -> bool:
        """Whether tools are open unless folded one by one."""
        return self._tools_open

    def open_all_tools(self, flag: bool) -> None:
        """Open all tools, or fold them all."""
        self._tools_open = flag
        tools = {at for at in self._open | self._folded if self._index.flags(at) & TOOL}
        self._open -= tools
        self._folded -= tools
        self._cache.clear()
        here = self._blocks.shelved
        self._guess_again([at for at in self._index.places_with(TOOL) if at >= here])
        self._index.forget_exact(TOOL)

    @property
    def answers_only(self) -> bool:
        """Whether all but questions, answers, asks, failures and conclusions is in gaps."""
        return self._index.only

    def only_answers(self, flag: bool) -> None:
        """Hide all but those, or show the rest again."""
        self._index.only = flag

    def visible(self, block: int) -> bool:
        """Whether a block is shown."""
        return self._index.visible(block)

    def gap(self, block: int) -> tuple[int, int] | None:
        """First block and number of blocks of the gap that hides a block; None if it is shown."""
        gap = self._index.gap(block)
        return None if gap is None else (gap[0], gap[1] - gap[0])

    def open_gap(self, block: int) -> None:
        """Show the blocks of a gap in place, until the threshold changes."""
        self._index.open_gap(block)

    # --- the cursor --------------------------------------------------------------------------

    def item(self, block: int) -> int:
        """The block that a cursor on `block` stands on: itself, or the first of its gap."""
        if not self._kinds:
            return 0
        block = max(0, min(block, len(self._blocks) - 1))
        gap = self._index.gap(block)
        return block if gap is None else gap[0]

    def step(self, block: int, direction: int, wanted: bytes | None = None) -> int | None:
        """The block or gap below (`direction` 1) or above (-1) the one at `block`; with `wanted`,
        a table of kinds such as `ERRORS`, the nearest visible block there that is of one. None if
        there is none."""
        if not self._kinds:
            return None
        if wanted is None:
            at = self.item(block)
            return self._next(at) if direction > 0 else self._previous(at)
        found = block
        while (found := self._seek(found, direction, wanted)) >= 0:
            if self._index.visible(found):
                return found
        return None

    def _seek(self, at: int, direction: int, wanted: bytes) -> int:
        """The next block of a wanted kind, visible or not; -1 if there is none."""
        while 0 <= (at := at + direction) < len(self._kinds):
            first = at if direction > 0 else max(0, at - CHUNK + 1)
            stop = first + CHUNK if direction > 0 else at + 1
            marks = self._kinds[first:stop].translate(wanted)
            place = marks.find(1) if direction > 0 else marks.rfind(1)
            if place >= 0:
                return first + place
            at = stop - 1 if direction > 0 else first
        return -1

    def count(self, wanted: bytes, first: int, stop: int) -> int:
        """Blocks of wanted kinds from `first` up to `stop`."""
        return self._kinds[first:stop].translate(wanted).count(1)

    def count_shown(self, first: int, stop: int, wanted: bytes | None = None) -> int:
        """Blocks from `first` up to `stop` that are shown, with `wanted` those of wanted kinds."""
        shown = self._index.shown(first, stop)
        if wanted is not None:
            shown = both(shown, self._kinds[first:stop].translate(wanted))
        return shown.count(1)

    def kinds(self, first: int, stop: int) -> bytes:
        """The kinds of the blocks from `first` up to `stop`, as `ChunkHead.kinds` has them. Reads
        no block."""
        return bytes(self._kinds[first:stop])

    @property
    def shelved(self) -> int:
        """So many first blocks are on the shelf: to look at one reads a chunk of them."""
        return self._blocks.shelved

    @property
    def asked(self) -> Sequence[int]:
        """The blocks of all questions, ascending."""
        return self._questions

    def questions(self) -> list[str]:
        """The words of all questions, the latest last; at most the latest 200."""
        found = (self._blocks[at].body for at in self._questions[-200:])
        return [body.text for body in found if isinstance(body, Question)]

    # --- counts ------------------------------------------------------------------------------

    @property
    def hidden(self) -> int:
        """Blocks that are not shown."""
        return self._index.hidden

    @property
    def histogram(self) -> list[tuple[int | None, int]]:
        """Levels with their number of blocks, ascending; None last, for blocks without one."""
        return self._index.histogram

    @property
    def levels(self) -> list[int]:
        """Levels that occur, ascending."""
        return [level for level, _ in self._index.histogram if level is not None]

    # --- unread and sticky -------------------------------------------------------------------

    def first_new(self, seen: int) -> int | None:
        """The block above which the unread rule belongs if `seen` blocks were seen; None if all
        or none were."""
        return seen if 0 < seen < len(self._blocks) else None

    def set_unread(self, index: int | None, since: float | None = None) -> None:
        """Draw the unread rule above a block, or remove it: what is below it and shown is new
        since the UNIX time `since`. The rule divides a gap."""
        self._index.unread = index or 0
        self._unread_since = since

    def question_above(self, block: int) -> Block | None:
        """The last question at or before a block: the one that it belongs to."""
        at = bisect_right(self._questions, block)
        return self._blocks[self._questions[at - 1]] if at else None

    def sticky(self, top: int) -> Row | None:
        """The band of the question that row `top` belongs to; None while that is in view."""
        place = self.place(top)
        question = self.question_above(place.block)
        if question is None or (question.index == place.block and place.line <= 0):
            return None
        rows = self._rendered(question.index)
        return rows[0] if len(rows) == 1 else headline(question, self._spec)

    # --- inside ------------------------------------------------------------------------------

    def _flags_at(self, at: int, kind: int) -> int:
        return self._pinned(at, self._flags_of_kinds[kind])

    @property
    def _flags_of_kinds(self) -> bytes:
        return COMPACT if self._spec.compact else FLAGS

    def _note(self, block: Block) -> bool:
        """Remember what is known of a block that came or changed; whether it passes the sieve."""
        if block.live:
            self._live.add(block.index)
        else:
            self._live.discard(block.index)
        if isinstance(block.body, Question):
            at = bisect_right(self._questions, block.index)
            if not at or self._questions[at - 1] != block.index:
                insort(self._questions, block.index)
        for matches in {id(m): m for m in (self._searched, self._sieved) if m is not None}.values():
            matches.put(block)
        return self._sieve == OPEN or bool(self._passing(block.index, block.index + 1)[0])

    def _is_open(self, block: Block) -> bool:
        if block.index in self._open:
            return foldable(block)
        return self._tools_open and isinstance(block.body, Tool) and block.index not in self._folded

    def _estimate(self, block: Block) -> int:
        return max(1, estimate(block, self._spec, self._is_open(block)))

    def _guess_again(self, places: range | list[int]) -> None:
        if len(places) <= ESTIMATED:
            for at in places:
                self._index.set_height(at, self._estimate(self._blocks[at]), exact=False)

    def _rendered(self, at: int) -> tuple[Row, ...]:
        """The rows of a block, from the cache if they are there."""
        rows = self._cache.get(at)
        if rows is not None:
            self._cache.move_to_end(at)
            return rows
        block = self._blocks[at]
        rows = render(block, self._spec, self._is_open(block))
        self._cache[at] = rows
        if len(self._cache) > REMEMBERED:
            self._cache.popitem(last=False)
        return rows

    def _measure(self, at: int) -> bool:
        """Make the height of a block true; whether it was the same before."""
        index = self._index
        if not index.visible(at) or (index.flags(at) & EXACT and at not in self._live):
            return True
        height = len(self._rendered(at))
        same = height == index.height_of(at)
        index.set_height(at, height, exact=True)
        return same

    def _next(self, at: int) -> int | None:
        gap = self._index.gap(at)
        following = at + 1 if gap is None else gap[1]
        return following if following < len(self._blocks) else None

    def _previous(self, at: int) -> int | None:
        return self.item(at - 1) if at else None

    def _offset(self, place: Place) -> tuple[int, int]:
        """The item of a place and the row in it, counted with the rows above it."""
        index = self._index
        at = self.item(place.block)
        above = sum(index.above(at))
        if index.visible(at):
            low, line, last = -above, place.line, index.height_of(at) - 1
        else:
            low, line, last = -above, place.line if at == place.block else 0, 0
        return at, above + max(low, min(line, last))

    def _lines(self, at: int) -> list[Line]:
        """The rows of a block or gap with those above it."""
        blank, rule, gap = self._index.above(at)
        line = -(blank + rule + gap)
        lines = []
        if blank:
            lines.append(Line(BLANK, at, line, "blank"))
        if rule:
            lines.append(Line(self._unread_row(), at, line + blank, "rule"))
        if gap:
            lines.append(Line(BLANK, at, -1, "blank"))
        if self._index.visible(at):
            lines += [Line(row, at, i, "block") for i, row in enumerate(self._rendered(at))]
        else:
            lines.append(Line(self._gap_row(at), at, 0, "gap"))
        return lines

    def _gap_row(self, at: int) -> Row:
        gap = self._index.gap(at)
        count = gap[1] - gap[0] if gap else 0
        glyph: Span = (f" {self._spec.glyphs.gap} ", FAINT)
        number = thousands(count)
        if self._sieve != OPEN:
            words = self._without(at, at + count, self._spec.glyphs.ellipsis)
            way = (("   esc", Ink("strong", bold=True)), (" shows all", MUTED))
            return Row((glyph, (words, FAINT), *(way if count == len(self._blocks) else ())))
        if self._index.only:
            return Row((glyph, (f"{number} folded", FAINT)))
        if count == len(self._blocks):
            return Row(
                (
                    glyph,
                    (f"All {number} rows are below {self._spec.threshold}. ", MUTED),
                    ("0", Ink("strong", bold=True)),
                    (" shows them.", MUTED),
                )
            )
        return Row((glyph, (f"{number} below {self._spec.threshold}", FAINT)))

    def _unread_row(self) -> Row:
        first, stop = self._index.unread, len(self._blocks)
        count = self.count_shown(first, stop)
        new = f"{thousands(count)} new" if count else f"{thousands(stop - first)} new, hidden"
        since = clock(self._unread_since, self._spec.utc, self._spec.seconds)
        since = f" since {since}" if since else ""
        rule = self._spec.glyphs.rule * (self._spec.width - 6 - len(new) - len(since))
        return Row(
            (
                ("   ", FAINT),
                (new, Ink("accent", bold=True)),
                (" ", FAINT),
                (rule, Ink("rule")),
                (since, FAINT),
            )
        )


def is_question(kind: int) -> bool:
    """Whether a kind is that of a question."""
    return bool(QUESTIONS[kind])


def _body(kind: int) -> type | None:
    """The class of the body of a kind, None for none."""
    number = kind & shelf.KIND
    return shelf.KINDS[number] if number < len(shelf.KINDS) else None


def _flags(kind: int) -> int:
    """The flags of the index for a kind."""
    body = _body(kind)
    if body is None:
        return 0
    flags = 0
    if loose_kind(kind):
        flags = BEFORE | AFTER
    elif body is blocks.StepRule:
        flags = BEFORE
    if kind & shelf.PINNED:
        flags |= PINNED | ESSENTIAL
    elif body in _ESSENTIAL:
        flags |= ESSENTIAL
    return flags | TOOL if body is Tool else flags


_ESSENTIAL = frozenset({blocks.Question, blocks.Answer, blocks.Ask, blocks.Failure})

FLAGS = bytes(_flags(kind) for kind in range(256))
QUESTIONS = bytes(int(kind & shelf.KIND == 0) for kind in range(256))
_HEADING = frozenset({blocks.Question, blocks.StepRule})
COMPACT = bytes(
    flags & ~(AFTER if _body(kind) in _HEADING else BEFORE | AFTER)
    for kind, flags in enumerate(FLAGS)
)
"""FLAGS of a compact transcript: only questions and steps keep their blank row above."""
"""Table of kinds for `Transcript.step`: what a human asked."""
ERRORS = bytes(int(bool(kind & shelf.FAILED)) for kind in range(256))
"""Table of kinds for `Transcript.step`: failures and failed tools."""

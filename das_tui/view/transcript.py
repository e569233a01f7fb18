"""The rows of a session: blocks behind an index that maps rows to blocks and back.

Blocks become rows only when they are in view; until then their heights are estimates. A transcript
is made in layers: `searching.py` finds and holds back, `drawing.py` makes rows, `walking.py` moves
among them, and this takes blocks in, folds them and counts them.
"""

from bisect import bisect_right, insort
from collections.abc import Iterable, Sequence
from dataclasses import replace

from das_tui.domain import shelf
from das_tui.domain.blocks import Block, Question
from das_tui.domain.shelf import ChunkHead, Read
from das_tui.view.block import headline
from das_tui.view.flags import COMPACT, FLAGS, QUESTIONS, TOOL, both, is_question
from das_tui.view.rows import Row
from das_tui.view.searching import OPEN
from das_tui.view.shape import foldable
from das_tui.view.spec import ViewSpec
from das_tui.view.walking import Walking

ESTIMATED = 4096
"""Up to so many heights are estimated anew at once when the width or the folds change. In longer
transcripts the old ones stand until the blocks come into view."""


class Transcript(Walking):
    """The blocks of one session as rows."""

    def __init__(self, spec: ViewSpec) -> None:
        super().__init__(spec)
        self._questions: list[int] = []

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
        self._watched.clear()
        self._told = 0
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

    # --- questions ---------------------------------------------------------------------------

    @property
    def asked(self) -> Sequence[int]:
        """The blocks of all questions, ascending."""
        return self._questions

    def questions(self) -> list[str]:
        """The words of all questions, the latest last; at most the latest 200."""
        found = (self._blocks[at].body for at in self._questions[-200:])
        return [body.text for body in found if isinstance(body, Question)]

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

    # --- counts ------------------------------------------------------------------------------

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

    # --- unread ------------------------------------------------------------------------------

    def first_new(self, seen: int) -> int | None:
        """The block above which the unread rule belongs if `seen` blocks were seen; None if all
        or none were."""
        return seen if 0 < seen < len(self._blocks) else None

    def set_unread(self, index: int | None, since: float | None = None) -> None:
        """Draw the unread rule above a block, or remove it: what is below it and shown is new
        since the UNIX time `since`. The rule divides a gap."""
        self._index.unread = index or 0
        self._unread_since = since
        self._watched.clear()
        self._told = len(self._blocks)

    def watch(self, watched: bool) -> None:
        """Tell whether what came since this was told last was seen as it came: such blocks are
        not new, the unread rule does not count them."""
        count = len(self._blocks)
        if watched and count > self._told:
            joins = self._watched and self._watched[-1][1] == self._told
            first = self._watched.pop()[0] if joins else self._told
            self._watched.append((first, count))
        self._told = count

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

    def _guess_again(self, places: range | list[int]) -> None:
        if len(places) <= ESTIMATED:
            for at in places:
                self._index.set_height(at, self._estimate(self._blocks[at]), exact=False)

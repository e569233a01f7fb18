"""The canvas: the blocks of one session, which of them changed, and the moment being told."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from das_tui.domain.blocks import (
    Answer,
    Ask,
    Block,
    Body,
    Chart,
    Failure,
    Note,
    Notice,
    Question,
    Raw,
    Report,
    StepRule,
    Thought,
    Tone,
    Tool,
    ToolStatus,
)

if TYPE_CHECKING:
    from das_tui.domain.cutting import Cuts

_SHORT = 8 * 1024
"""So many characters of any block are kept, whatever the others have."""

_GROUP = 256
_MOST_HELD = 4 * 1024 * 1024
"""So many do all finished blocks of a group of `_GROUP` keep that are longer than that."""

_PLAIN = (Answer, Thought, Question, Note, Raw)
"""Bodies that have one text of any length."""


class Canvas:
    """All blocks, in order. A block is immutable; a change puts a new one at the same index.

    `moment` says when and where the event being told happened; blocks take their times, levels
    and record positions from it. `now` is in UNIX seconds.

    The first blocks of a long session need not be here: indexes begin at `first`, and what is
    before it may be fetched from where it was put (`release`).

    Of a very long body the beginning is kept, see `cutting`, and less of it where many of its
    neighbours are long too, unless `whole` is set.
    """

    def __init__(
        self, first: int = 0, blocks: Sequence[Block] = (), *, whole: bool = False
    ) -> None:
        self.now = 0.0
        self.whole = whole
        self.first = first
        """The index of the first block that is here."""
        self._position = 0
        self._level: int | None = None
        self._blocks: list[Block] = list(blocks)
        self._fetch: Callable[[int], Block] | None = None
        self._over: dict[int, Block] = {}
        self._changed: set[int] = set()
        self._pending: dict[int, tuple[Callable[[], Body] | None, int]] = {}
        self._cuts: dict[int, Cuts] = {}
        self._held: dict[int, int] = {}
        """Characters of finished long blocks."""
        if not whole:
            for block in blocks:
                self._hold(block.index, block.body)
        self._left: dict[int, int] = {}

    # --- stored and taken up again -------------------------------------------------------------

    def mark(self) -> list[Any]:
        """What `resume` goes on from, without the blocks."""
        self._catch_up()
        cuts = [
            [index, [[name, cut.left] for name, cut in known.items()]]
            for index, known in self._cuts.items()
        ]
        left, held = list(self._left.items()), list(self._held.items())
        return [self.count, self.now, self._position, self._level, cuts, left, held]

    def resume(self, mark: Any) -> None:
        """Go on where the canvas of `mark` stood; its last blocks are here. Raises ValueError
        where they are not."""
        count, self.now, self._position, self._level, cuts, left, held = mark
        if count != self.count:
            raise ValueError("blocks are missing")
        self._left = {index: size for index, size in left if index >= self.first}
        self._held = {index: size for index, size in held if index >= self.first}
        if cuts:
            from das_tui.domain.cutting import Cut

            for index, known in cuts:
                if index >= self.first:
                    body = self._at(index).body
                    self._cuts[index] = {n: Cut(getattr(body, n), size) for n, size in known}

    # --- reading -------------------------------------------------------------------------------

    @property
    def count(self) -> int:
        """The number of all blocks, released ones too."""
        return self.first + len(self._blocks)

    @property
    def blocks(self) -> list[Block]:
        """The blocks from `first` on as they stand now."""
        self._catch_up()
        return self._blocks

    @property
    def altered(self) -> dict[int, Block]:
        """Blocks that changed after they were released."""
        self._catch_up()
        return self._over

    def release(self, upto: int, fetch: Callable[[int], Block]) -> None:
        """Drop the blocks before the index `upto`; `fetch` gives one back if it changes after
        all. The changes of released blocks that were known are forgotten: they are in there."""
        for index in [index for index in self._pending if index < upto]:
            self.update(index, own=False)
        del self._blocks[: max(0, upto - self.first)]
        self.first = max(self.first, upto)
        self._fetch = fetch
        self._over.clear()
        for known in (self._cuts, self._left, self._held):
            for index in [index for index in known if index < upto]:
                del known[index]

    def changed(self) -> dict[int, Block]:
        """Blocks that are new or changed since the last call, by index."""
        self._catch_up()
        first, blocks = self.first, self._blocks
        found = {
            index: blocks[index - first] if index >= first else self._at(index)
            for index in sorted(self._changed)
        }
        self._changed.clear()
        return found

    def skip_changes(self) -> None:
        """Whatever changed so far needs no telling. Costs nothing for released blocks, which
        `changed` would fetch one by one."""
        self._catch_up()
        self._changed.clear()

    def block(self, index: int) -> Block:
        """One block as it stands now."""
        if index in self._pending:
            self.update(index, own=False)
        return self._at(index)

    def level(self, index: int) -> int | None:
        """The level of a block so far, None for one that no threshold hides."""
        here = index - self.first
        block = self._blocks[here] if here >= 0 else self._at(index)
        return None if block.pinned else block.level

    def body(self, index: int) -> Body | None:
        """The body of a block; None for the index -1, which stands for no block."""
        return self.block(index).body if index >= 0 else None

    def since(self, began: float | None) -> float:
        """Seconds from `began` to now. Clocks differ, so never less than 0."""
        return max(0.0, self.now - began) if began is not None else 0.0

    # --- telling -------------------------------------------------------------------------------

    def moment(self, now: float, position: int, level: int | None) -> None:
        """The next event happened at `now`, came from the record at `position`, has `level`."""
        self.now = now
        self._position = position
        self._level = level

    def add(self, body: Body, *, live: bool = False) -> int:
        """A new block at the end; its index."""
        index, at = self.first + len(self._blocks), self._position
        beyond = 0
        if not isinstance(body, _PLAIN) or len(body.text) > _SHORT:
            body, beyond = self._cut(index, body, live)
        # In the order of its fields: names would cost as much as the block.
        made = Block(index, body, self._level, pinned(body), self.now, None, live, at, at, beyond)
        self._blocks.append(made)
        self._changed.add(index)
        return index

    def update(
        self,
        index: int,
        body: Body | None = None,
        *,
        live: bool | None = None,
        seconds: float | None = None,
        pin: bool | None = None,
        at: float | None = None,
        own: bool = True,
    ) -> None:
        """Change a block; what is not given stays.

        `own` is False where the event being told only ends the block and is no part of it: then
        level and records of the block stay as they are.
        """
        block = self._at(index)
        level, last, beyond = block.level, block.last, block.beyond
        if index in self._pending:
            make, position = self._pending.pop(index)
            if body is None and make is not None:
                body = make()
            last = max(last, position)
        if own:
            level = self._highest(level)
            last = max(last, self._position)
        if pin is None:
            pin = block.pinned if body is None else pinned(body)
        if body is not None:
            body, beyond = self._cut(index, body, block.live if live is None else live)
        elif live is False and block.live:
            self._hold(index, block.body)
        changed = Block(
            index=index,
            body=block.body if body is None else body,
            level=level,
            pinned=pin,
            at=block.at if at is None else at,
            seconds=block.seconds if seconds is None else seconds,
            live=block.live if live is None else live,
            first=block.first,
            last=last,
            beyond=beyond,
        )
        if index >= self.first:
            self._blocks[index - self.first] = changed
        else:
            self._over[index] = changed
        self._changed.add(index)

    def end(self, index: int, body: Body | None = None, *, own: bool = True) -> None:
        """The block is complete; it lasted from its first event until now."""
        seconds = self.since(self._at(index).at)
        self.update(index, body, live=False, seconds=seconds, own=own)

    def touch(self, index: int, make: Callable[[], Body] | None = None) -> None:
        """A piece of the block came. `make` gives the new body, called when somebody looks."""
        if make is None and index in self._pending:
            make = self._pending[index][0]
        self._pending[index] = (make, self._position)
        level = self._at(index).level
        if self._level is not None and (level is None or level < self._level):
            self.update(index)

    def leave(self, index: int, count: int) -> None:
        """So many characters of the block came and were not gathered."""
        self._left[index] = count

    def _hold(self, index: int, body: Body) -> None:
        """The block is finished: what follows has that much less room."""
        if isinstance(body, _PLAIN):
            size = len(body.text)
        else:
            from das_tui.domain import cutting

            size = cutting.weight(body)
        if size > _SHORT:
            self._held[index] = size

    def _room(self, index: int, most: int) -> int:
        """The characters that a block may have."""
        if not self._held:
            return most
        first = index - index % _GROUP
        held = sum(self._held.get(at, 0) for at in range(first, first + _GROUP) if at != index)
        return max(_SHORT, min(most, _MOST_HELD - held))

    def _cut(self, index: int, body: Body, live: bool) -> tuple[Body, int]:
        """What is kept of a body, and how many characters are not."""
        if self.whole or isinstance(body, StepRule):
            return body, 0
        left = self._left.get(index, 0)
        known = self._cuts.pop(index, None) if self._cuts else None
        if known is None and isinstance(body, _PLAIN) and len(body.text) <= _SHORT:
            return body, left
        from das_tui.domain import cutting

        size = cutting.weight(body)
        cuts: Cuts = {}
        if known is not None or size > _SHORT:
            body, cuts = cutting.beginning(body, known or {}, self._room(index, cutting.MOST_TEXT))
            left += sum(cut.left for cut in cuts.values())
        if cuts:
            self._cuts[index] = cuts
        if not live and size > _SHORT:
            self._hold(index, body)
        return body, left

    def _at(self, index: int) -> Block:
        if index >= self.first:
            return self._blocks[index - self.first]
        found = self._over.get(index)
        if found is not None:
            return found
        if self._fetch is None:
            raise IndexError(f"block {index} is not here")
        return self._fetch(index)

    def _highest(self, level: int | None) -> int | None:
        if level is None or self._level is None:
            return self._level if level is None else level
        return max(level, self._level)

    def _catch_up(self) -> None:
        for index in list(self._pending):
            self.update(index, own=False)


def pinned(body: Body) -> bool:
    """Whether no threshold hides such a block."""
    if isinstance(body, Answer):
        return body.conclusion
    if isinstance(body, Tool):
        return body.status is ToolStatus.FAILED
    if isinstance(body, Notice):
        return body.tone is Tone.ATTENTION
    return isinstance(body, _PINNED)


_PINNED = (Question, Ask, Failure, Chart, Report)

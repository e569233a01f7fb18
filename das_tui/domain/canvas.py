"""The canvas: the blocks of one session, which of them changed, and the moment being told."""

from collections.abc import Callable, Sequence

from das_tui.domain.blocks import (
    Answer,
    Ask,
    Block,
    Body,
    Chart,
    Failure,
    Notice,
    Question,
    Report,
    Tone,
    Tool,
    ToolStatus,
)


class Canvas:
    """All blocks, in order. A block is immutable; a change puts a new one at the same index.

    `moment` says when and where the event being told happened; blocks take their times, levels
    and record positions from it. `now` is in UNIX seconds.

    The first blocks of a long session need not be here: indexes begin at `first`, and what is
    before it may be fetched from where it was put (`release`).
    """

    def __init__(self, first: int = 0, blocks: Sequence[Block] = ()) -> None:
        self.now = 0.0
        self.first = first
        """The index of the first block that is here."""
        self._position = 0
        self._level: int | None = None
        self._blocks: list[Block] = list(blocks)
        self._fetch: Callable[[int], Block] | None = None
        self._over: dict[int, Block] = {}
        self._changed: set[int] = set()
        self._pending: dict[int, tuple[Callable[[], Body] | None, int]] = {}

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
        # In the order of its fields: names would cost as much as the block.
        made = Block(index, body, self._level, pinned(body), self.now, None, live, at, at)
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
        level, last = block.level, block.last
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

"""Counting what came since the operator last looked, by level, block by block."""

from dataclasses import field

from das_tui.domain.session import Levels, Session, read_levels, write_levels
from das_tui.domain.turn import Turn
from das_tui.light import dataclass


@dataclass(slots=True)
class Fresh:
    """The unread blocks of one session in memory. Each block is counted once, when it comes, so
    that a commit costs as much as it brings."""

    _seen: int = -1
    _counted: int = 0
    _levels: Levels = field(default_factory=dict)

    def up_to(self, row: Session, turn: Turn) -> str:
        """The text for `Session.fresh`; `row` is as it was before the blocks that came."""
        if self._seen != row.seen:
            stored = self._seen < 0 and bool(row.fresh)
            self._levels = read_levels(row.fresh) if stored else {}
            self._counted = row.blocks if stored else row.seen
            self._seen = row.seen
        if self._counted < turn.first:
            # Their levels are not here any more; better shown than not told of.
            self._add(None, turn.first - self._counted)
            self._counted = turn.first
        for index in range(self._counted, turn.count):
            self._add(turn.level(index), 1)
        self._counted = max(self._counted, turn.count)
        return write_levels(self._levels)

    def _add(self, level: int | None, count: int) -> None:
        self._levels[level] = self._levels.get(level, 0) + count

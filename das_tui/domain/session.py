"""A session as the sidebar, the status line and the store know it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from das_tui.light import dataclass

if TYPE_CHECKING:
    from das_tui.domain.blocks import Ask, ToolStatus
    from das_tui.domain.plan import Plan, StepChange


class State(StrEnum):
    """How a session stands. The last six are verdicts of its latest run."""

    IDLE = "idle"
    QUEUED = "queued"
    STARTING = "starting"
    LIVE = "live"
    LINE_LOST = "line lost"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"
    NEEDS_INPUT = "needs you"
    CUT = "cut"
    NOT_DISPATCHED = "not sent"


RUNNING = frozenset({State.QUEUED, State.STARTING, State.LIVE, State.LINE_LOST})
"""States in which a run is under way."""


@dataclass(frozen=True, slots=True)
class Session:
    """One session, as stored.

    `key` is ours and never changes; `session_id` and `agent_id` are the service's, empty until it
    gave them. `target` is the instance or database that the session is about, empty if unknown.
    `since` is when `state` began. `records` is the number of records kept, `frames` of those from
    the wire, `seen` the number of blocks that the operator has seen and `blocks` the number there
    are, so `unread` is their difference. `errors` counts failed blocks. `chars` are billed
    characters, `estimated` while they are counted here and not reported. `checkpoint` is the
    highest one stored, None without one. `setup` is the text of the `SessionSetup` it was begun
    with. `origin` is `here`, or `service` for one that was found in the service's own list.
    `deleted_at` is when the operator deleted it, 0 if not; it is kept for a while all the same.
    `errors_seen` is what `errors` was when they last looked, `fresh` the unread blocks by level
    (`20:3 *:2`, `*` for those that no threshold hides), empty if that is not known. Times are
    UNIX seconds.
    """

    key: str
    service: str
    session_id: str = ""
    agent_id: str = ""
    title: str = ""
    target: str = ""
    profile: str = ""
    created_at: float = 0.0
    last_at: float = 0.0
    asked_at: float = 0.0
    state: State = State.IDLE
    since: float = 0.0
    detail: str = ""
    records: int = 0
    frames: int = 0
    blocks: int = 0
    seen: int = 0
    errors: int = 0
    chars: int = 0
    estimated: bool = False
    checkpoint: int | None = None
    archived: bool = False
    setup: str = ""
    origin: str = "here"
    pinned: bool = False
    deleted_at: float = 0.0
    errors_seen: int = 0
    fresh: str = ""

    @property
    def unread(self) -> int:
        """Blocks that came since the operator last looked."""
        return max(0, self.blocks - self.seen)

    def unread_at(self, threshold: int) -> int:
        """Those of them that the threshold shows; all where their levels are not known."""
        if not self.fresh:
            return self.unread
        return min(self.unread, count_from(read_levels(self.fresh), threshold))

    @property
    def unread_errors(self) -> int:
        """Blocks that failed since the operator last looked."""
        return max(0, self.errors - self.errors_seen) if self.unread else 0

    @property
    def calls(self) -> bool:
        """Whether it waits for the operator, and they did not delete it."""
        return self.state is State.NEEDS_INPUT and not self.deleted_at

    @property
    def running(self) -> bool:
        """Whether a run is under way here or at the service."""
        return self.state in RUNNING


Levels = dict[int | None, int]
"""Numbers of blocks by level, None for those that no threshold hides."""


def read_levels(text: str) -> Levels:
    """What `write_levels` made; nothing of what cannot be read."""
    levels: Levels = {}
    for part in text.split():
        level, _, count = part.partition(":")
        if count.isdecimal() and (level == "*" or level.isdecimal()):
            levels[None if level == "*" else int(level)] = int(count)
    return levels


def write_levels(levels: Levels) -> str:
    """Numbers of blocks by level as one text, `20:3 50:1 *:2`."""
    known = sorted((level, count) for level, count in levels.items() if level is not None)
    parts = [f"{level}:{count}" for level, count in known if count]
    return " ".join([*parts, *([f"*:{levels[None]}"] if levels.get(None) else [])])


def count_from(levels: Levels, threshold: int) -> int:
    """How many blocks are shown at a threshold."""
    return sum(n for level, n in levels.items() if level is None or level >= threshold)


@dataclass(frozen=True, slots=True)
class ToolLine:
    """A tool call as the tools list shows it; `block` is its index in the transcript."""

    name: str
    title: str
    status: ToolStatus
    reason: str
    started_at: float | None
    seconds: float | None
    block: int


@dataclass(frozen=True, slots=True)
class Overview:
    """What the panes, the dock and the status line show of one session besides its blocks.

    `tools` lists the latest calls only; `tool_count` and `tool_seconds` are of all of them.
    `changes` is what the latest other plan of the present question changed.
    """

    state: State = State.IDLE
    since: float = 0.0
    detail: str = ""
    plan: Plan | None = None
    tools: tuple[ToolLine, ...] = ()
    tool_count: int = 0
    tool_seconds: float = 0.0
    files: tuple[tuple[str, int], ...] = ()
    suggestions: tuple[str, ...] = ()
    ask: Ask | None = None
    ask_block: int = -1
    chars: int = 0
    estimated: bool = False
    request_id: str = ""
    session_id: str = ""
    started_at: float | None = None
    last_at: float | None = None
    kept: int = 0
    checkpoint: int | None = None
    step: str = ""
    errors: int = 0
    has_levels: bool = False
    question: str = ""
    changes: tuple[StepChange, ...] = ()

"""Where the present question of a session began, to go on from there without what was before."""

from das_tui.domain.session import ToolLine
from das_tui.light import dataclass


@dataclass(frozen=True, slots=True)
class TurnMark:
    """What a reducer must know of everything before the record at `position`, which begins a
    question: the index of its first block, and sums over what was before.

    `reported` and `counted` are characters, `tools` the latest calls, `files` names with sizes.
    """

    position: int = 1
    blocks: int = 0
    kept: int = 0
    reported: int = 0
    counted: int = 0
    failures: int = 0
    tool_count: int = 0
    tool_seconds: float = 0.0
    tools_failed: int = 0
    tools: tuple[ToolLine, ...] = ()
    files: tuple[tuple[str, int], ...] = ()
    has_levels: bool = False
    checkpoint: int | None = None
    session_id: str = ""
    request_id: str = ""

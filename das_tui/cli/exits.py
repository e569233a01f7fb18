"""Exit codes: what a script learns without reading a word.

| code | meaning |
|---|---|
| 0 | finished |
| 1 | the service refused or failed, or the run was cancelled |
| 2 | local: usage, settings, no credentials, budget, read only |
| 3 | nothing reached the service, or it throttled until the tries ran out |
| 4 | waits for input |
| 5 | no complete answer after the request had left; do not repeat |
| 70 | internal error |
| 129, 130, 143 | ended by SIGHUP, SIGINT, SIGTERM |
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from das_tui.domain.session import State
    from das_tui.wire.errors import WireError

FINISHED = 0
FAILED = 1
LOCAL = 2
NOT_REACHED = 3
NEEDS_INPUT = 4
INCOMPLETE = 5
INTERNAL = 70


class Stop(Exception):
    """Ends the command with `code`; `text` is one line for stderr, may be empty."""

    def __init__(self, code: int, text: str = "") -> None:
        super().__init__(text)
        self.code = code
        self.text = text


class Ended(BaseException):
    """A signal asked the process to end; not an `Exception`, so nothing swallows it."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.code = by_signal(signum)


def by_state(state: "State") -> int:
    """The code of a run that came to rest in `state`; one that did not is incomplete."""
    from das_tui.domain.session import State

    codes = {
        State.FINISHED: FINISHED,
        State.IDLE: FINISHED,
        State.FAILED: FAILED,
        State.CANCELLED: FAILED,
        State.NEEDS_INPUT: NEEDS_INPUT,
        State.NOT_DISPATCHED: NOT_REACHED,
    }
    return codes.get(state, INCOMPLETE)


def by_error(error: "WireError") -> int:
    """The code of a request that failed."""
    from das_tui.wire.errors import NotReached, Refused, Throttled

    if isinstance(error, NotReached | Throttled):
        return NOT_REACHED
    return FAILED if isinstance(error, Refused) else INCOMPLETE


def by_signal(signum: int) -> int:
    """What a shell reports for a process that ended by a signal."""
    return 128 + signum


def throttled(code: str) -> bool:
    """Whether the service said to come later; it says so by the Code, not by the status."""
    return code.lower().startswith("throttling")

"""How long to wait between tries; every time that the run room waits for is named here."""

import random
from collections.abc import Callable

from das_tui.light import dataclass

LONGEST = 300.0
"""A `Retry-After` beyond this many seconds is not waited for; the run ends and says so."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits, all in seconds.

    The wait before try n is drawn evenly from 0 to `base` * 2**n, at most `cap` (full jitter); a
    `Retry-After` of the service is a lower bound that is never undercut. `attempts` tries without
    progress end a run; `unreached` tries end a message that never got through, since a closed port
    or a wrong host seldom mends itself while somebody waits. `poll` is the wait between two looks
    at a starting agent, `patience` how long an agent may take to start. `silence` without a byte
    counts as a dead line. `crowded` is the wait before a question is sent again that was not taken
    because the account has as many conversations open as it may have, `crowds` the number of such
    tries. `grace` is how long a stream may stay open after its verdict, `settle`
    how long a resumed stream may send repeats before the line is called back. With `base` and
    `poll` 0 nothing waits.
    """

    base: float = 1.0
    cap: float = 30.0
    attempts: int = 8
    unreached: int = 3
    poll: float = 2.0
    patience: float = 180.0
    silence: float = 90.0
    crowded: float = 20.0
    crowds: int = 90
    grace: float = 5.0
    settle: float = 2.0
    draw: Callable[[], float] = random.random

    def wait(self, attempt: int, retry_after: float | None = None) -> float:
        """Seconds to wait before try `attempt` (0 for the first repetition)."""
        window = min(self.cap, self.base * 2.0 ** min(attempt, 30))
        wait = self.draw() * window
        return wait if retry_after is None else retry_after + wait

    def crowd_wait(self, retry_after: float | None = None) -> float:
        """Seconds to wait for a conversation of the account to end."""
        wait = self.crowded * (0.75 + self.draw() / 2)
        return max(wait, retry_after or 0.0)

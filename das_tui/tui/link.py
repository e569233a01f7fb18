"""The line to the terminal: how long it takes there and back, and what the app does if it is slow.

With an update of the screen, never without one, the terminal is asked now and then where its cursor
is. The answer comes behind everything that was written before, so it tells how late the operator
sees what the app draws. A multiplexer answers for the terminal behind it; then only the operator
knows, and `:slow on` says so.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable

from das_tui.config.settings import LinkMode

PROBE = "\x1b7\x1b[3;3H\x1b[6n\x1b8"
"""Asks where the cursor is, from a place of its own, and puts it back. In the third row, since a
report from the first one may read like a function key."""

PLACE = (2, 2)
"""The column and row, from 0, that the answer names."""

SLOW_FROM = 0.15
"""Seconds there and back, the median of three, from which a line is slow."""

FAST_BELOW = 0.08
"""Below this it is fast again. Between the two it stays what it was."""

SAMPLES = 3
FRAME, SLOW_FRAME = 0.05, 0.2
"""Seconds between two frames of a stream."""

TICK, SLOW_TICK = 1, 10
"""Seconds in which timers count."""

FULL = 8
"""So many writes that wait to be taken say that the line is full. Textual stops at thirty."""

_RARELY, _SOON = 10.0, 1.0
"""Seconds between two questions when the answers agree with what is known, and when not."""

_FULL_FROM = 0.5
"""Seconds that it must have been full: the first screen is written in one burst."""

_FULL_FOR = 10.0
"""Seconds for which a line counts as slow after it was full."""

_PATIENCE = 5.0
"""A terminal that has never answered by then is not asked again."""

_LOST = 60.0
"""Seconds after which an answer is not expected any more."""

_OVERDUE = 1.0
"""An answer that is out for so many seconds says enough."""

_FAREWELL = 2.0
"""Seconds after a question in which the app does not give the terminal back without the answer: it
would be read by the shell."""

_HASTY = 1.0
"""The same where the app was told to end."""

_WINDOW = 10
"""Seconds over which bytes are counted."""


class Link:
    """What is known of the line. `wrote`, `due` and the properties are for the drawing thread,
    `answered` for the one that reads; `clock` gives seconds that only grow."""

    def __init__(
        self, mode: LinkMode = "auto", clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.mode = mode
        self._clock = clock
        self._trips: deque[float] = deque(maxlen=SAMPLES)
        self._measured_slow = False
        self._full_since: float | None = None
        self._full_until = 0.0
        self._asked_at: float | None = None
        self._asks_next = 0.0
        self._mute = False
        self._farewell = _FAREWELL
        self._quiet = threading.Event()
        self._quiet.set()
        self._bytes: deque[tuple[int, int]] = deque()

    # --- measuring -----------------------------------------------------------------------------

    def wrote(self, count: int, waiting: int = 0) -> None:
        """`count` bytes were written; `waiting` writes before them were not taken yet."""
        now = self._clock()
        second = int(now)
        if self._bytes and self._bytes[-1][0] == second:
            count += self._bytes.pop()[1]
        self._bytes.append((second, count))
        while self._bytes[0][0] <= second - _WINDOW:
            self._bytes.popleft()
        if waiting < FULL:
            self._full_since = None
        elif self._full_since is None:
            self._full_since = now
        elif now - self._full_since >= _FULL_FROM:
            self._full_until = now + _FULL_FOR

    def due(self) -> bool:
        """Whether a question should go along with what is written now."""
        now = self._clock()
        if self._asked_at is not None:
            age = now - self._asked_at
            if not self._trips:
                self._mute = self._mute or age > _PATIENCE
            elif age > _LOST:
                self.give_up()
            return False
        return self.mode == "auto" and not self._mute and now >= self._asks_next

    def asked(self) -> None:
        """The terminal was asked."""
        self._asked_at = self._clock()
        self._quiet.clear()

    def answered(self) -> None:
        """The answer came."""
        asked_at, self._asked_at = self._asked_at, None
        self._quiet.set()
        if asked_at is None:
            return
        now = self._clock()
        trip = now - asked_at
        self._trips.append(trip)
        if len(self._trips) == SAMPLES:
            limit = FAST_BELOW if self._measured_slow else SLOW_FROM
            self._measured_slow = _median(self._trips) > limit
        sure = len(self._trips) == SAMPLES
        agrees = trip >= FAST_BELOW if self._measured_slow else trip <= SLOW_FROM
        self._asks_next = now + (_RARELY if sure and agrees else _SOON)

    def settle(self) -> None:
        """Wait for an answer that is on its way, though not long: for before the terminal is given
        back. What was asked and never answered is then forgotten."""
        asked_at = self._asked_at
        if asked_at is not None:
            self._quiet.wait(max(0.0, asked_at + self._farewell - self._clock()))
        self.give_up()

    def hurry(self) -> None:
        """The app must end promptly: an answer is waited for less long."""
        self._farewell = _HASTY

    def give_up(self) -> None:
        """No answer is expected any more."""
        self._asked_at = None
        self._quiet.set()

    # --- what follows --------------------------------------------------------------------------

    @property
    def slow(self) -> bool:
        """Whether to be sparing. A terminal that answers nothing is not slow, it is unknown."""
        if self.mode != "auto":
            return self.mode == "slow"
        now, asked_at = self._clock(), self._asked_at
        overdue = asked_at is not None and self._trips and now - asked_at > _OVERDUE
        return self._measured_slow or bool(overdue) or now < self._full_until

    @property
    def trip(self) -> float | None:
        """Seconds there and back, the median of the last ones; None while it is not known."""
        return _median(self._trips) if self._trips else None

    @property
    def rate(self) -> float:
        """Bytes a second over the last ten seconds."""
        since = int(self._clock()) - _WINDOW
        return sum(count for second, count in self._bytes if second > since) / _WINDOW

    @property
    def frame(self) -> float:
        """Seconds between two frames of a stream."""
        return SLOW_FRAME if self.slow else FRAME

    @property
    def tick(self) -> int:
        """Seconds in which timers count."""
        return SLOW_TICK if self.slow else TICK


def _median(trips: Iterable[float]) -> float:
    ordered = sorted(trips)
    return ordered[len(ordered) // 2]

"""How long a search may take for one text.

Python's regular expressions cannot be given a limit, and nothing else runs while one is looked
for. They do look for signals, though: an alarm breaks them off.
"""

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import TypeVar

from das_tui.view.find import TooSlow

SECONDS = 0.1
"""So long at most."""

T = TypeVar("T")


class Alarm:
    """The process's alarm clock, as far as searches use it."""

    def __init__(self) -> None:
        self._waits = False

    def _ring(self, number: int, frame: FrameType | None) -> None:
        if self._waits:
            raise TooSlow

    def limited(self, look: Callable[[], T]) -> T:
        """What `look` gives. Raises TooSlow if that takes too long; where no alarm rings (on any
        thread but the first) it takes as long as it takes."""
        if threading.current_thread() is not threading.main_thread():
            return look()
        if signal.getsignal(signal.SIGALRM) != self._ring:
            signal.signal(signal.SIGALRM, self._ring)
        try:
            self._waits = True
            signal.setitimer(signal.ITIMER_REAL, SECONDS)
            found = look()
            self._waits = False
            return found
        finally:
            self._waits = False
            signal.setitimer(signal.ITIMER_REAL, 0)


limited = Alarm().limited

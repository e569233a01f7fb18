"""The right of way: what draws goes before what receives.

The interpreter runs one thread at a time. While events flood in, the engine's thread wants it all
the time, and a key that takes 4 ms of work alone takes three times as long beside it. So the
drawing thread says when it is at work, and the engine's thread, which loses nothing by it, stands
aside between two events. There is one interpreter, so there is one right of way.
"""

import threading
import time
from types import TracebackType

LONGEST = 0.02
"""Seconds for which one piece of drawing may hold the engine's thread up. What draws for longer, or
waits for something itself, has to share."""


class Right:
    """`with first:` on the drawing thread, also nested; `give` on the engine's."""

    def __init__(self) -> None:
        self._free = threading.Event()
        self._free.set()
        self._since = 0.0
        self._depth = 0

    def __enter__(self) -> None:
        self._depth += 1
        if self._depth == 1:
            self._since = time.monotonic()
            self._free.clear()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._depth -= 1
        if not self._depth:
            self._free.set()

    def give(self) -> None:
        """Stand aside while something is drawn. Costs next to nothing where nothing is."""
        if self._free.is_set():
            return
        left = LONGEST - (time.monotonic() - self._since)
        if left > 0:
            self._free.wait(left)


first = Right()
give = first.give

"""Timers that ring, however late.

A timer of Textual's that is to ring once looks at the clock twice when it begins. Where more time
went by between the two looks than it was to wait, it takes its only ring for one that was missed,
and never rings. The wait for the next frame may be some microseconds, and whoever waits for a frame
that never comes shows an old screen from then on.
"""

from typing import Any

from textual import message_pump
from textual.timer import Timer


class Certain(Timer):
    """A timer that leaves out no ring if there is only one."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        if self._repeat == 0:
            self._skip = False


def install() -> None:
    """Make Textual set timers of this kind; it gives them no other way in."""
    setattr(message_pump, "Timer", Certain)  # noqa: B010

"""The end of the program after its screen: what is under way is stored, a paid answer received.

The terminal may be gone by then, and a shell that ends tells its programs so more than once. So
while a paid answer is received nothing ends the program but SIGTERM and, on a terminal that is
still there, `^c`.
"""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from das_tui.run.engine import Engine

_USUAL = 5.0
_PROMPT = 1.5
"""Seconds that the engine has to end in order: usually, and when told to end by a signal."""

_LOOK = 0.25
"""Seconds between two looks whether a signal came. A handler that raised would leave the thread
that is waited for counted as ended (bpo-45274)."""


def leave(
    engine: "Engine", code: int, *, demo: bool, on_receiving: Callable[[], None] | None
) -> int:
    """Close the engine; the exit code, which is `code` unless a signal came meanwhile.

    A paid answer that is arriving is received to its end and stored first, and `on_receiving` is
    called before that; not after SIGTERM, which asks for a prompt end, and not for a terminal that
    went away in the demo, where nothing is paid.
    """
    hung_up = code == 128 + signal.SIGHUP
    told = code == 128 + signal.SIGTERM or (hung_up and demo)
    if told or not engine.paid:
        engine.close(_PROMPT if told or hung_up else _USUAL)
        return code
    with _patience() as signals:
        if on_receiving is not None:
            on_receiving()
        while not signals and not engine.close(_LOOK, wait_for_paid=True):
            pass
        if not signals:
            return code
        engine.close(_PROMPT)
        return 128 + signals[0]


@contextmanager
def _patience() -> Iterator[list[int]]:
    """SIGTERM and SIGINT as they come; that the terminal goes, or that somebody would stop the
    program with an answer half received, is nothing."""
    signals: list[int] = []

    def give_up(number: int, frame: FrameType | None) -> None:
        signals.append(number)

    before = {}
    try:
        for number in (signal.SIGHUP, signal.SIGTSTP, signal.SIGTTOU, signal.SIGTTIN):
            before[number] = signal.signal(number, signal.SIG_IGN)
        before[signal.SIGCONT] = signal.signal(signal.SIGCONT, signal.SIG_DFL)
        for number in (signal.SIGTERM, signal.SIGINT):
            before[number] = signal.signal(number, give_up)
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

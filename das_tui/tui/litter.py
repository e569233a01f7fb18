"""The garbage collector, tuned so that no key waits for it.

A pass over all objects takes a tenth of a second once a few screens of strips are cached. What is
there after the start, and after a session was opened, stays for long: it is taken out of sight,
and passes over everything become rare.
"""

import gc

_THRESHOLDS = (10_000, 100, 100)
"""A pass over 10,000 new objects takes 3 ms; five times as many would be felt."""


def tune() -> None:
    """Make passes rare, and none at all until `settle`; called once when the app starts."""
    gc.disable()
    gc.set_threshold(*_THRESHOLDS)


def settle() -> None:
    """What is there now will stay: later passes leave it out."""
    gc.freeze()
    gc.enable()

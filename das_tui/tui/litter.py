"""The garbage collector, tuned so that no key waits for it.

A pass over all objects takes a tenth of a second once a few screens of strips are cached. What is
there after the start, and after a session was opened, stays for long: it is taken out of sight,
and passes over everything become rare. What has gone of it meanwhile is swept up now and then.
"""

import gc
import itertools

_THRESHOLDS = (10_000, 100, 100)
"""A pass over 10,000 new objects takes 3 ms; five times as many would be felt."""


def tune() -> None:
    """Make passes rare, and none at all until `settle`; called once when the app starts."""
    gc.disable()
    gc.set_threshold(*_THRESHOLDS)


_EVERY = 8
"""Sessions are opened, until one is let go and it is worth a sweep."""

_settled = itertools.count(1)


def settle() -> bool:
    """What is there now will stay: later passes leave it out. Whether it is time for a `sweep`."""
    gc.freeze()
    gc.enable()
    return next(_settled) % _EVERY == 0


def sweep() -> None:
    """Look at everything once, which takes a twentieth of a second: for a moment of rest."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()

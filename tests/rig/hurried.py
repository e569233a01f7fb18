"""`python -m tests.rig.hurried PACE ARGUMENTS…`: das-tui with every wait taken times PACE.

The command line, the runs and the sockets are the program's own; waits that the service asks for
and the time that a connection may take stay as they are.
"""

import sys
from functools import partial

from das_tui.cli import main, watch
from das_tui.run.backoff import Backoff

_TIMES = ("base", "cap", "poll", "patience", "silence", "crowded")


def backoff(pace: float) -> Backoff:
    """The waits of the program, each taken times `pace`."""
    usual = Backoff()
    return Backoff(**{name: getattr(usual, name) * pace for name in _TIMES})


if __name__ == "__main__":
    quick = backoff(float(sys.argv[1]))
    times = {name: getattr(quick, name) for name in _TIMES}
    setattr(watch, "Backoff", partial(Backoff, **times))  # noqa: B010
    sys.exit(main.run(sys.argv[2:]))

"""The only writer of stdout.

Results go to stdout, narration to stderr. A reader that went away (`show | head`) is not an
error: the rest is dropped, and whoever produces it can look at `gone` and stop.
"""

import errno
import os
import sys
from contextlib import suppress
from typing import TextIO


class Output:
    """Lines to stdout, buffered until `flush`.

    `gone` is true once nobody reads any more; `fault` is why, and empty where the reader simply
    left.
    """

    def __init__(self) -> None:
        self.gone = sys.stdout is None
        self.fault = ""

    @property
    def encoding(self) -> str:
        """What stdout takes, `ascii` where that is unknown."""
        return (sys.stdout.encoding if sys.stdout else "") or "ascii"

    @property
    def unicode(self) -> bool:
        """Whether stdout takes more than ASCII."""
        return self.encoding.lower().replace("-", "") == "utf8"

    @property
    def terminal(self) -> bool:
        """Whether a terminal shows it; else a file or a program takes it."""
        try:
            return os.isatty(sys.stdout.fileno())
        except (AttributeError, OSError, ValueError):
            return False

    @property
    def width(self) -> int:
        """Cells of a row: the terminal's, or 100 where there is none."""
        try:
            return max(40, os.get_terminal_size(sys.stdout.fileno()).columns)
        except (AttributeError, OSError, ValueError):
            return 100

    def line(self, text: str) -> None:
        """Write one line. Characters that stdout cannot take become `?`."""
        if self.gone:
            return
        try:
            sys.stdout.buffer.write(f"{text}\n".encode(self.encoding, "replace"))
        except OSError as error:
            self._leave(error)

    def flush(self) -> None:
        """Hand everything written so far to the reader."""
        if self.gone:
            return
        try:
            sys.stdout.flush()
        except OSError as error:
            self._leave(error)

    def _leave(self, error: OSError) -> None:
        """Nobody takes stdout any more."""
        self.gone = True
        if error.errno != errno.EPIPE:
            self.fault = error.strerror or type(error).__name__
        nowhere(sys.stdout)


def still_receiving() -> None:
    """Say why the prompt does not come back yet."""
    narrate("a paid answer is still arriving; it is received to its end and stored, ^c gives up")


def unstored(why: str) -> None:
    """Say at the end that what came is in no file; `why` begins with `not stored`."""
    narrate(f"das-tui: {why}; what came since then is lost")


def narrate(text: str) -> None:
    """One line of narration to stderr; a terminal that went away does not matter."""
    if sys.stderr is None:
        return
    encoding = sys.stderr.encoding or "ascii"
    try:
        sys.stderr.write(f"{text}\n".encode(encoding, "replace").decode(encoding))
        sys.stderr.flush()
    except OSError:
        nowhere(sys.stderr)


def nowhere(stream: TextIO) -> None:
    """Point a stream that cannot be written to nothing, so that the interpreter does not fail
    again at exit, which would change the exit code."""
    number = os.open(os.devnull, os.O_WRONLY)
    with suppress(OSError, ValueError):
        os.dup2(number, stream.fileno())
    os.close(number)

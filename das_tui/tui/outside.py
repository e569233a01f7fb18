"""The real terminal for a while: another program, or plain text, and then the app again.

The drawing thread waits here, and nothing is drawn meanwhile; the engine goes on in its own thread.
The other program has the terminal as a shell would give it: line by line, signals from the keys,
the normal screen. What it leaves on is put out before the app is painted anew.
"""

import os
import select
import shlex
import shutil
import signal
import subprocess
import termios
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, TypeVar

from textual.app import App

from das_tui.domain.secrets import without_keys
from das_tui.run import saving
from das_tui.view.clean import one_line, verbatim

T = TypeVar("T")

_ENDING = (signal.SIGTERM, signal.SIGHUP)
_GRACE = 1.0
"""Seconds that a program has to end when this one must."""

_GONE = select.POLLHUP | select.POLLERR

_LOOK = 0.5
"""Seconds between two looks whether this program was told to end, while Enter is waited for."""


class NotPossibleError(Exception):
    """The other program could not be run; the words say why."""


class Outside:
    """The terminal while the app is away; `keys` and `screen` are its file numbers."""

    def __init__(self, keys: int, screen: int) -> None:
        self._keys = keys
        self._screen = screen
        self._program: subprocess.Popen[bytes] | None = None
        self.ending = False
        """Whether this program was told to end meanwhile."""

    def show(self, text: str) -> None:
        """Write `text`, made harmless."""
        data = verbatim(text).encode("utf-8", "replace")
        with suppress(OSError):
            while data:
                data = data[os.write(self._screen, data) :]

    def wait(self) -> None:
        """Wait for Enter, or for the end of the input."""
        with suppress(OSError, ValueError):
            while not self.ending:
                if not select.select([self._keys], [], [], _LOOK)[0]:
                    continue
                data = os.read(self._keys, 1024)
                if not data or b"\n" in data:
                    return

    def end(self) -> None:
        """This program is told to end: so is the other one, by force if it takes too long."""
        self.ending = True
        program = self._program
        if program is not None and program.poll() is None:
            program.terminate()
            killer = threading.Timer(_GRACE, program.kill)
            killer.daemon = True
            killer.start()

    def run(
        self, words: Sequence[str], environment: Mapping[str, str], text: str | None = None
    ) -> int:
        """Run a program on the terminal and wait for its end; the code that it ended with, the
        negative number of a signal. It reads `text`, or the keys without one. Raises
        NotPossibleError."""
        name = one_line(words[0], 60)
        try:
            program = subprocess.Popen(
                words,
                stdin=self._keys if text is None else subprocess.PIPE,
                stdout=self._screen,
                stderr=self._screen,
                env=dict(environment),
            )
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", "") or "it is no command"
            raise NotPossibleError(f"{name} cannot be started: {why}") from None
        self._program = program
        if self.ending:
            self.end()
        if text is not None:
            threading.Thread(target=_fed, args=(program, text), daemon=True).start()
        with self._watched():
            return program.wait()

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """What runs meanwhile is ended when the terminal goes away: not every program looks."""
        stop, stopped = os.pipe()

        def look() -> None:
            found = select.poll()
            found.register(self._keys, 0)
            found.register(stop, select.POLLIN)
            if any(number == self._keys and what & _GONE for number, what in found.poll()):
                self.end()

        watch = threading.Thread(target=look, daemon=True)
        watch.start()
        try:
            yield
        finally:
            os.close(stopped)
            watch.join()
            os.close(stop)


def _fed(program: "subprocess.Popen[bytes]", text: str) -> None:
    """Give a program its input; it may end before it has read all of it."""
    pipe = program.stdin
    assert pipe is not None
    with suppress(OSError, ValueError):
        pipe.write(text.encode("utf-8", "replace"))
    with suppress(OSError, ValueError):
        pipe.close()


def visit(app: App[Any], act: Callable[[Outside], T]) -> T | None:
    """Leave the terminal to `act` and come back; None when this program was told to end meanwhile:
    the app does so when its loop goes on. Raises what `act` raises, and NotPossibleError where the
    terminal cannot be left."""
    driver = app._driver
    if driver is None or not driver.can_suspend:
        raise NotPossibleError("this terminal cannot be left")
    keys: int = driver.fileno  # type: ignore[attr-defined]
    screen: int = driver._file.fileno()  # type: ignore[attr-defined]
    there = Outside(keys, screen)
    found: T | None = None
    fault: BaseException | None = None
    with app.suspend():
        # Whatever happens, the app has to come back: its context manager knows no errors.
        try:
            with _signals(there), _settings(keys):
                found = act(there)
        except BaseException as error:
            fault = error
    if fault is not None:
        raise fault
    return None if there.ending else found


@contextmanager
def _signals(there: Outside) -> Iterator[None]:
    """What the keys send is for the other program; what ends this one ends that one first."""

    def ignore(number: int, frame: FrameType | None) -> None:
        # A handler, unlike SIG_IGN, is not inherited.
        return

    def end(number: int, frame: FrameType | None) -> None:
        there.end()
        # The app ends when its loop goes on.
        told = before[number]
        if callable(told):
            told(number, frame)

    before: dict[int, Any] = {}
    number: int
    try:
        for number in (signal.SIGINT, signal.SIGQUIT):
            before[number] = signal.signal(number, ignore)
        for number in _ENDING:
            before[number] = signal.signal(number, end)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _settings(keys: int) -> Iterator[None]:
    """The settings of the terminal are afterwards what they were, also after a killed program."""
    try:
        settings = termios.tcgetattr(keys)
    except termios.error:
        yield
        return
    try:
        yield
    finally:
        with suppress(termios.error):
            termios.tcsetattr(keys, termios.TCSADRAIN, settings)


# --- what is run ---------------------------------------------------------------------------------


def ended(code: int) -> str:
    """How a program ended, in words; empty where there is nothing to say."""
    if code == 0:
        return ""
    if code < 0:
        try:
            return f"was ended by {signal.Signals(-code).name}"
        except ValueError:
            return f"was ended by signal {-code}"
    words = {126: "may not be run", 127: "was not found"}.get(code)
    return f"{words} ({code})" if words else f"ended with {code}"


def pipe(app: App[Any], command: str, text: str, environment: Mapping[str, str]) -> str:
    """Give `text` to a shell command of the operator's and show what it writes, below a line that
    says how to end it, until Enter; how it ended, in words. Its environment is the operator's
    without what looks like a credential."""
    shell = environment.get("SHELL", "")
    if not os.path.isabs(shell) or not os.access(shell, os.X_OK):
        shell = "/bin/sh"

    def act(there: Outside) -> str:
        there.show(f"{one_line(command)}   ^c ends it\n")
        code = there.run([shell, "-c", command], without_keys(environment), text)
        words = f"the command {ended(code) or 'ended'}"
        there.show(f"\n{words}; enter goes back ")
        there.wait()
        return words

    return visit(app, act) or ""


def show(app: App[Any], text: str) -> str:
    """Write `text` on the normal screen and wait for Enter; nothing is left to say."""

    def act(there: Outside) -> str:
        there.show(f"{text.rstrip(chr(10))}\n\nenter goes back ")
        there.wait()
        return ""

    return visit(app, act) or ""


def page(app: App[Any], text: str, environment: Mapping[str, str]) -> str:
    """Show `text` in the pager; empty, or how it failed."""
    words = _command(environment, ("PAGER",), ("less", "more"))
    if not words:
        raise NotPossibleError("there is no pager; set PAGER")
    inside = without_keys(environment) | {"LESSSECURE": "1", "LESSHISTFILE": "-"}

    def act(there: Outside) -> str:
        code = there.run(words, inside, text)
        if code:
            there.show(f"\n{one_line(words[0], 60)} {ended(code)}; enter goes back ")
            there.wait()
        return f"{one_line(words[0], 60)} {ended(code)}" if code else ""

    return visit(app, act) or ""


def edit(app: App[Any], text: str, name: str, environment: Mapping[str, str]) -> str:
    """Let the operator change `text` in the editor; what came of it. `name` is that of the file
    that the editor sees. Raises NotPossibleError where the editor fails: then nothing changed."""
    words = _command(environment, ("VISUAL", "EDITOR"), ("vi",))
    if not words:
        raise NotPossibleError("there is no editor; set VISUAL or EDITOR")
    try:
        with saving.scratch(text, name, environment) as path:
            code = visit(
                app, lambda there: there.run([*words, str(path)], without_keys(environment))
            )
            if code is None:
                return text
            if code:
                raise NotPossibleError(f"{one_line(words[0], 60)} {ended(code)}")
            try:
                return saving.taken_back(path, text)
            except FileNotFoundError:
                raise NotPossibleError("the editor left no file, the draft stays") from None
    except OSError as error:
        raise NotPossibleError(f"the file of the editor: {error.strerror or error}") from None


def _command(
    environment: Mapping[str, str], names: Sequence[str], others: Sequence[str]
) -> list[str]:
    """The command that a variable names, or the first of `others` that is there. Raises
    NotPossibleError for one that cannot be read."""
    for name in names:
        try:
            words = shlex.split(environment.get(name, ""))
        except ValueError as error:
            raise NotPossibleError(f"{name} cannot be read as a command: {error}") from None
        if words:
            return words
    path = environment.get("PATH")
    return next(([name] for name in others if shutil.which(name, path=path)), [])

"""das-tui as an operator starts it: a data folder, a profile, keys."""

import contextlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks import corpus, seeding
from benchmarks.replay import Screen
from benchmarks.terminal import Program, TooLate
from das_tui.tui.layout import panel_width

ROOT = Path(__file__).resolve().parent.parent
NOWHERE = "http://127.0.0.1:9"
"""For what asks no service."""

_CONFIG = """\
[profiles.bench]
region = "cn-hangzhou"
das_endpoint = "{url}"
dms_endpoint = "{url}"
production = false
level = {level}
"""

_OURS = re.compile(
    r"(?i)^(DAS_TUI_.*|ALIBABA_CLOUD_.*|.*_proxy|COLUMNS|LINES|NO_COLOR|TEXTUAL.*|PYTHON.*)$"
)
_TERMINALS = ("TMUX", "STY", "TERM_PROGRAM", "WT_SESSION", "VTE_VERSION", "KITTY_WINDOW_ID")


def environment() -> dict[str, str]:
    """The environment of every measured program: that of a terminal with all colours."""
    kept = {k: v for k, v in os.environ.items() if not _OURS.match(k) and k not in _TERMINALS}
    kept |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
    kept["PYTHONPATH"] = str(ROOT)
    return kept


@dataclass(slots=True)
class Played:
    """The service of a measurement: where it is and what it said so far."""

    url: str
    _child: "subprocess.Popen[str]"

    def said(self, word: str) -> float:
        """Wait for the line `word TIME`; its time."""
        assert self._child.stdout is not None
        for line in self._child.stdout:
            if line.startswith(f"{word} "):
                return float(line.split()[1])
        raise TooLate(f"the service did not say {word}")


@contextlib.contextmanager
def playing(kind: str, **options: float) -> Iterator[Played]:
    """A `benchmarks.service` in a process of its own."""
    words = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    child = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.service", kind, *words],
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
    )
    assert child.stdout is not None
    try:
        line = child.stdout.readline()
        if not line.startswith("listening on "):
            raise TooLate("the service did not start")
        yield Played(line.split()[-1], child)
    finally:
        child.kill()
        child.stdout.close()
        child.wait()


@dataclass(frozen=True, slots=True)
class Place:
    """Where measurements keep their stores: the cache of seeded ones, and what is thrown away."""

    cache: Path
    scratch: Path


@contextlib.contextmanager
def das_tui(
    place: Place,
    events: int,
    size: tuple[int, int],
    *,
    url: str = NOWHERE,
    output: str = "lean",
    level: int = 0,
    ended: bool = True,
) -> Iterator[Program]:
    """The app with a copy of the store that has a session of `events` events, `ended` or
    cut off."""

    def fill(folder: Path) -> None:
        seeding.copied(place.cache, events, folder, ended=ended)

    with _started(place, fill, size, url, output, level) as program:
        yield program


@contextlib.contextmanager
def talking(place: Place, talks: int, size: tuple[int, int], *, url: str) -> Iterator[Program]:
    """The app with a store of so many sessions of one answer."""

    def fill(folder: Path) -> None:
        folder.mkdir(mode=0o700)
        seeding.seed_talks(folder / "history.db", talks)

    with _started(place, fill, size, url, "lean", 0) as program:
        yield program


@contextlib.contextmanager
def _started(
    place: Place,
    fill: Callable[[Path], None],
    size: tuple[int, int],
    url: str,
    output: str,
    level: int,
) -> Iterator[Program]:
    """The app with a data folder that `fill` has made."""
    with tempfile.TemporaryDirectory(dir=place.scratch) as name:
        folder = Path(name)
        fill(folder / "data")
        config = folder / "config.toml"
        config.write_text(_CONFIG.format(url=url, level=level))
        config.chmod(0o600)
        variables = environment() | {
            "DAS_TUI_DATA_DIR": str(folder / "data"),
            "DAS_TUI_CONFIG": str(config),
            "DAS_TUI_OUTPUT": output,
            "HOME": name,
            "XDG_CONFIG_HOME": name,
            "XDG_STATE_HOME": name,
            "ALIBABA_CLOUD_ACCESS_KEY_ID": "bench",
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "bench",
        }
        command = [sys.executable, "-m", "das_tui"]
        with Program(command, size, variables, name) as program:
            yield program


# --- keys ------------------------------------------------------------------------------------


def wait_ready(program: Program) -> None:
    """Wait until the short session is on the screen, and for quiet."""
    program.until(lambda screen: screen.has("The disk is at 84 %"), "the short session")
    program.quiet()


def wait_listed(program: Program) -> None:
    """Wait until there is a list of sessions, and for quiet."""
    program.until(lambda screen: screen.has("Talk "), "the list of sessions")
    program.quiet()


def open_long(program: Program, events: int) -> float:
    """Open the long session; seconds from the key to its painted tail."""
    wanted = corpus.mark_of(events)
    program.screen()
    at = program.send("2")
    return program.until(lambda screen: screen.has(wanted), "the tail of the long session") - at


def ask(program: Program, words: str) -> float:
    """Write a question in the open session and send it; when it was sent."""
    program.send("i")
    program.quiet()
    program.send(words)
    program.until(lambda screen: screen.has(words), "the question in the composer")
    program.quiet(0.1)
    return program.send("\r")


def alone(program: Program) -> None:
    """The transcript alone."""
    program.send("z")
    program.until(lambda screen: not screen.has("cn-hangzhou"), "the transcript alone")
    program.quiet()


def marks(screen: Screen) -> list[tuple[int, int]]:
    """Numbers and levels of the events in the transcript, from the top; the plan pane names
    events too."""
    width = len(screen.rows[0])
    end = width - panel_width(width) if width >= 120 else width
    return [
        (int(number), int(level))
        for row in screen.rows
        for number, level in corpus.MARK.findall(row[:end])
    ]

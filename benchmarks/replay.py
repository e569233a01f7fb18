"""What a terminal showed at which time, from stamped output.

Between the two marks of a synchronized update a terminal shows the old screen, so nothing is
looked at before the end of one. Output without marks is looked at piece by piece.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyte

_UNREAD = re.compile(
    rb"\x1b\[[\d;:]*m"
    rb"|\x1b\[[<=>][\d;:]*[ -/]*[@-~]"
    rb"|\x1b\[\?[\d;]*(?:\$[a-z]|[mnsu])"
    rb"|\x1b\[[\d;]*(?:[ -/][@-~]|t)"
    rb"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"
    rb"|\x1b[PX^_][^\x1b]*\x1b\\"
)
"""Styles, since only the text is looked at, and what pyte does not know and would print."""

_REPEATED = re.compile(rb"([ -~])\x1b\[(\d+)b")
"""A character and how often it is written again, which pyte does not know either."""

_SEQUENCE_LAST = re.compile(rb"\x1b(?:\[[^@-~]*[@-~]|[^\[])$")

_UNFINISHED = re.compile(rb"\x1b(?:\[[^@-~]*|[PX^_\]][^\x07\x1b]*\x1b?)?$")
_OPEN, _CLOSE = b"\x1b[?2026h", b"\x1b[?2026l"

_SAME_FRAME = 0.002
"""Pieces that follow each other so fast belong to one frame."""


class _Pyte(pyte.Screen):
    def report_device_attributes(self, *_: object, **__: object) -> None:
        """Answered elsewhere."""

    def report_device_status(self, *_: object, **__: object) -> None:
        """Answered elsewhere."""


class Screen:
    """The text of a screen, row by row. Whole sequences are fed only."""

    def __init__(self, columns: int, rows: int) -> None:
        self._pyte = _Pyte(columns, rows)
        self._stream = pyte.ByteStream(self._pyte)
        self.rows: list[str] = [""] * rows
        self._last = b""
        self.version = 0
        """Grows with every change of the text."""

    def feed(self, data: bytes) -> None:
        # What is written again may have come at the end of the piece before.
        data = _REPEATED.sub(_written_out, self._last + _UNREAD.sub(b"", data))[len(self._last) :]
        text = data[-1:].isascii() and data[-1:].decode("ascii").isprintable()
        self._last = data[-1:] if text and not _SEQUENCE_LAST.search(data) else b""
        self._stream.feed(data)

    @property
    def cursor(self) -> tuple[int, int]:
        """Column and row, from 0."""
        cursor = self._pyte.cursor
        return cursor.x, cursor.y

    def look(self) -> None:
        """Take over the rows that changed."""
        columns = range(self._pyte.columns)
        changed = False
        for y in self._pyte.dirty:
            if y < len(self.rows):
                cells = self._pyte.buffer[y]
                text = "".join(cells[x].data for x in columns)
                changed = changed or text != self.rows[y]
                self.rows[y] = text
        self._pyte.dirty.clear()
        self.version += changed

    def has(self, text: str) -> bool:
        return any(text in row for row in self.rows)


def _written_out(found: re.Match[bytes]) -> bytes:
    return found[1] * (1 + max(1, int(found[2])))


Check = Callable[[Screen], bool]


class Emulator:
    """Takes pieces of output one by one; `taken` is how many."""

    def __init__(self, columns: int, rows: int) -> None:
        self.screen = Screen(columns, rows)
        self.taken = 0
        self._rest = b""
        self._held = False

    def _feed(self, data: bytes) -> None:
        data = self._rest + data
        unfinished = _UNFINISHED.search(data)
        stop = unfinished.start() if unfinished is not None else len(data)
        data, self._rest = data[:stop], data[stop:]
        opened, closed = data.rfind(_OPEN), data.rfind(_CLOSE)
        if opened != closed:
            self._held = opened > closed
        self.screen.feed(data)
        if not self._held:
            self.screen.look()

    def advance(
        self, chunks: Sequence[tuple[float, bytes]], check: Check | None = None
    ) -> float | None:
        """Take all pieces, or with `check` only until it holds: when the frame that made it hold
        was complete, None if it does not hold."""
        if check is not None and not self._held and check(self.screen):
            return chunks[self.taken - 1][0] if self.taken else None
        while self.taken < len(chunks):
            self._feed(chunks[self.taken][1])
            self.taken += 1
            if check is not None and not self._held and check(self.screen):
                return self._whole_frame(chunks)
        return None

    def _whole_frame(self, chunks: Sequence[tuple[float, bytes]]) -> float:
        """Take what else came at once with the last piece; when that was."""
        at = chunks[self.taken - 1][0]
        while self.taken < len(chunks) and chunks[self.taken][0] - at < _SAME_FRAME:
            at = chunks[self.taken][0]
            self._feed(chunks[self.taken][1])
            self.taken += 1
        return at


@dataclass(slots=True)
class Press:
    """A key that was pressed at `at`, and how to know its answer."""

    at: float
    answered: Check


def latencies(
    emulator: Emulator,
    chunks: Sequence[tuple[float, bytes]],
    presses: Sequence[Press],
    ahead: int,
) -> list[float | None]:
    """Seconds from each press to the end of the frame that answered it, None where none did.

    `emulator` stands where the first key was pressed. Answers come in the order of the presses;
    a screen that the next key asked for, of `ahead` together, answers the keys before it too. So
    that no key counts as answered too early, `ahead + 1` presses in a row must ask for as many
    different screens.
    """
    found: list[float | None] = [None] * len(presses)
    place = 0

    def answered(at: float, screen: Screen) -> int:
        """How many of the next presses this screen answers."""
        for count, press in enumerate(presses[place : place + ahead], start=1):
            if press.at <= at and press.answered(screen):
                return count
        return 0

    while place < len(presses):
        stamp = emulator.advance(
            chunks, lambda screen: answered(chunks[emulator.taken - 1][0], screen) > 0
        )
        if stamp is None:
            break
        for index in range(place, place + max(1, answered(stamp, emulator.screen))):
            found[index] = stamp - presses[index].at
            place = index + 1
    return found

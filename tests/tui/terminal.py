"""A small model of a terminal, for comparing what two streams of bytes leave on the screen.

It knows what a VT100 with colours does for moves, erases, scroll regions and styles, and refuses
every sequence that it does not know. pyte lacks dim text, SU and SD, and a way to say whether
erased cells take the background.
"""

import re
from collections.abc import Callable

from rich.cells import get_character_cell_size

Look = tuple[frozenset[str], str, str]
"""Attributes, text colour and background as SGR parameters; empty is the default."""

Cell = tuple[str, Look]

BARE: Look = (frozenset(), "", "")
GARBAGE: Cell = ("#", (frozenset({"7"}), "31", "42"))

_TOKEN = re.compile(
    r"\x1b\[(?P<private>[<=>?]?)(?P<params>[0-9;]*)(?P<middle>[ -/]*)(?P<final>[@-~])"
    r"|\x1b\](?P<osc>[^\x07\x1b]*)(?:\x07|\x1b\\)"
    r"|\x1b(?P<escape>\([0B]|[^\[\](])"
    r"|(?P<control>[\x00-\x1a\x1c-\x1f\x7f])"
    r"|(?P<text>[^\x00-\x1f\x7f]+)",
    re.DOTALL,
)
_UNSEEN = {"1", "2", "3", "5", "6"}
_ENDS = {
    "22": {"1", "2"},
    "23": {"3"},
    "24": {"4", "21"},
    "25": {"5", "6"},
    "27": {"7"},
    "29": {"9"},
}


class Terminal:
    """A screen of `columns` by `rows`, at first full of garbage, as after a resize.

    `erases` says whether cells that are erased or scrolled in take the current background,
    `repeats` whether it knows how to write a character again; one that does not ignores it.
    What it was asked it answers in `replies`.
    `width_of` gives the cells of a character.
    """

    def __init__(
        self,
        columns: int,
        rows: int,
        *,
        erases: bool = True,
        repeats: bool = True,
        width_of: Callable[[str], int] = get_character_cell_size,
    ) -> None:
        self.erases = erases
        self.repeats = repeats
        self.width_of = width_of
        self.wraps = True
        self.bytes = 0
        self.look = BARE
        self.replies = ""
        self.resize(columns, rows)

    def resize(self, columns: int, rows: int) -> None:
        """Another size; nothing of the old screen remains."""
        self.columns, self.rows = columns, rows
        self.cells: list[list[Cell]] = [[GARBAGE] * columns for _ in range(rows)]
        self.x = self.y = 0
        self._last = ""
        self._saved = (0, 0, BARE)
        self.top, self.bottom = 0, rows - 1

    def text(self) -> str:
        """What stands on the screen."""
        return "\n".join("".join(cell[0] for cell in row).rstrip() for row in self.cells)

    def feed(self, data: str) -> None:
        """Take what a program writes, as it leaves the tty: a line feed also returns."""
        self.bytes += len(data.encode(errors="replace"))
        place = 0
        while place < len(data):
            found = _TOKEN.match(data, place)
            assert found is not None, f"not understood: {data[place : place + 30]!r}"
            place = found.end()
            if found["final"] == "b" and not found["private"]:
                assert self._last, "nothing to repeat"
                for _ in range(int(found["params"] or 1) if self.repeats else 0):
                    self._put(self._last)
                continue
            self._last = ""
            if (text := found["text"]) is not None:
                for char in text:
                    self._put(char)
                self._last = text[-1]
            elif found["final"] is not None:
                self._csi(found["private"], found["params"], found["middle"], found["final"])
            elif found["control"] is not None:
                self._control(found["control"])
            elif found["escape"] is not None:
                self._escape(found["escape"])

    def _escape(self, what: str) -> None:
        if what in "DM":
            self._index(1 if what == "D" else -1)
        elif what == "7":
            self._saved = (self.x, self.y, self.look)
        elif what == "8":
            self.x, self.y, self.look = self._saved
        else:
            assert what in {"(B", ">"}, f"escape {what!r}"

    def _control(self, char: str) -> None:
        assert char in "\x07\r\n", f"control {char!r}"
        if char in "\r\n":
            self.x = 0
        if char == "\n":
            self._index(1)

    def _blank(self) -> Cell:
        return (" ", (frozenset(), "", self.look[2])) if self.erases else (" ", BARE)

    def _put(self, char: str) -> None:
        width = self.width_of(char)
        row = self.cells[self.y]
        if not width:
            place = self.x - 1
            while place > 0 and not row[place][0]:
                place -= 1
            if place >= 0:
                row[place] = (row[place][0] + char, row[place][1])
            return
        self.x = min(self.x, self.columns - width)
        for place in (self.x, self.x + width - 1):
            self._split(row, place)
        look = self.look
        if char == " " and look[0] <= _UNSEEN:
            look = (frozenset(), "", look[2])
        row[self.x] = (char, look)
        if width == 2:
            row[self.x + 1] = ("", look)
        self.x += width

    def _split(self, row: list[Cell], place: int) -> None:
        """Half of a wide character is written over: the other half becomes blank."""
        if not row[place][0] and place:
            row[place - 1] = (" ", row[place - 1][1])
        if place + 1 < self.columns and not row[place + 1][0]:
            row[place + 1] = (" ", row[place + 1][1])

    def _index(self, direction: int) -> None:
        edge = self.bottom if direction > 0 else self.top
        if self.y != edge:
            self.y = max(0, min(self.rows - 1, self.y + direction))
            return
        fresh = [self._blank()] * self.columns
        if direction > 0:
            del self.cells[self.top]
            self.cells.insert(self.bottom, fresh)
        else:
            del self.cells[self.bottom]
            self.cells.insert(self.top, fresh)

    def _csi(self, private: str, params: str, middle: str, final: str) -> None:
        if private or middle:
            if (private, params, final) in {("?", "7", "h"), ("?", "7", "l")}:
                self.wraps = final == "h"
            elif (private, middle, final) == ("?", "$", "p"):
                self.replies += f"\x1b[?{params};{2 if params == '2026' else 0}$y"
            return
        numbers = [int(part or 0) for part in params.split(";")]
        first = numbers[0]
        if final == "m":
            self._style(params.split(";"))
        elif final == "H":
            column = numbers[1] if len(numbers) > 1 else 1
            self.y = min(max(first, 1), self.rows) - 1
            self.x = min(max(column, 1), self.columns) - 1
        elif final == "C":
            self.x = min(self.x + max(first, 1), self.columns - 1)
        elif final == "K":
            assert first == 0
            self._erase(self.columns)
        elif final == "X":
            self._erase(min(self.columns, self.x + max(first, 1)))
        elif final == "r":
            self.top = max(first, 1) - 1
            self.bottom = min(numbers[1] if len(numbers) > 1 else self.rows, self.rows) - 1
            assert self.top < self.bottom, params
            self.x = self.y = 0
        elif (final, first) == ("n", 6):
            self.replies += f"\x1b[{self.y + 1};{self.x + 1}R"
        else:
            assert final in "ucpt", f"CSI {params}{final}"

    def _erase(self, end: int) -> None:
        start = min(self.x, self.columns - 1)
        row = self.cells[self.y]
        self._split(row, start)
        self._split(row, end - 1)
        row[start:end] = [self._blank()] * (end - start)

    def _style(self, codes: list[str]) -> None:
        attributes, colour, ground = set(self.look[0]), self.look[1], self.look[2]
        place = 0
        while place < len(codes):
            code = codes[place] or "0"
            if code in {"38", "48"}:
                size = 3 if codes[place + 1] == "5" else 5
                value = ";".join(codes[place : place + size])
                assert len(value.split(";")) == size, codes
                colour, ground = (value, ground) if code == "38" else (colour, value)
                place += size
                continue
            number = int(code)
            if number == 0:
                attributes, colour, ground = set(), "", ""
            elif 30 <= number <= 37 or 90 <= number <= 97:
                colour = code
            elif 40 <= number <= 47 or 100 <= number <= 107:
                ground = code
            elif number == 39:
                colour = ""
            elif number == 49:
                ground = ""
            elif code in _ENDS:
                attributes -= _ENDS[code]
            else:
                assert number in {1, 2, 3, 4, 5, 6, 7, 8, 9, 21, 53}, code
                attributes.add(code)
            place += 1
        self.look = (frozenset(attributes), colour, ground)

"""Styles as small numbers, and the shortest way for a terminal from one to another."""

from typing import NamedTuple

PLAIN = 0
"""The number of the terminal's own default style."""

UNKNOWN = -1
"""Nobody knows how the terminal would write now."""

_OFF = {"1": "22", "2": "22", "3": "23", "4": "24", "7": "27", "9": "29"}
"""What ends an attribute; the ones that are not here end by a reset only."""

_UNSEEN_ON_BLANKS = frozenset({"1", "2", "3", "5", "6"})
"""Attributes that a blank looks the same with and without."""

_PALETTE = {"38", "48"}


class Pen(NamedTuple):
    """SGR parameters: attributes, text colour and background; empty is the terminal's default."""

    attributes: frozenset[str] = frozenset()
    colour: str = ""
    ground: str = ""


class Pens:
    """Pens by number. Equal pens have equal numbers; 0 is the default one."""

    def __init__(self) -> None:
        self._pens = [Pen()]
        self._numbers = {Pen(): PLAIN}
        self._codes = {"": PLAIN}
        self._blanks = {PLAIN: PLAIN}
        self._ways: dict[tuple[int, int], str] = {}
        self._blank_ways: dict[tuple[int, int], tuple[str, int]] = {}

    def __len__(self) -> int:
        return len(self._pens)

    def number(self, codes: str) -> int:
        """The pen of SGR parameters as they follow a reset, such as `1;38;5;7`.

        Raises ValueError for parameters that cannot be told apart.
        """
        found = self._codes.get(codes)
        if found is None:
            found = self._codes[codes] = self._of(_read(codes))
        return found

    def _of(self, pen: Pen) -> int:
        number = self._numbers.get(pen)
        if number is None:
            number = self._numbers[pen] = len(self._pens)
            self._pens.append(pen)
        return number

    def blank(self, number: int) -> int:
        """The pen that a blank in this pen looks like: its background alone, unless the pen
        underlines, strikes or reverses."""
        found = self._blanks.get(number)
        if found is None:
            pen = self._pens[number]
            quiet = pen.attributes <= _UNSEEN_ON_BLANKS
            found = self._of(Pen(ground=pen.ground)) if quiet else number
            self._blanks[number] = found
        return found

    def is_blank(self, number: int) -> bool:
        """Whether the pen is nothing but a background."""
        pen = self._pens[number]
        return not pen.attributes and not pen.colour

    def has_ground(self, number: int) -> bool:
        """Whether the background is another than the terminal's own."""
        return bool(self._pens[number].ground)

    def way(self, here: int, there: int) -> str:
        """The sequence that changes the pen; empty when nothing is to be done."""
        if here == there:
            return ""
        found = self._ways.get((here, there))
        if found is None:
            found = self._ways[here, there] = self._way(here, there)
        return found

    def _way(self, here: int, there: int) -> str:
        wanted = self._pens[there]
        codes = [*sorted(wanted.attributes), wanted.colour, wanted.ground]
        anew = ";".join(["0", *filter(None, codes)])
        if here == UNKNOWN:
            return f"\x1b[{anew}m"
        if there == PLAIN:
            return "\x1b[m"
        stands = self._pens[here]
        ending = stands.attributes - wanted.attributes
        if ending and not (stands.attributes | wanted.attributes) <= _OFF.keys():
            return f"\x1b[{anew}m"
        ends = {_OFF[code] for code in ending}
        again = {code for code in wanted.attributes if ends and _OFF[code] in ends}
        steps = [*sorted(ends), *sorted((wanted.attributes - stands.attributes) | again)]
        if stands.colour != wanted.colour:
            steps.append(wanted.colour or "39")
        if stands.ground != wanted.ground:
            steps.append(wanted.ground or "49")
        return f"\x1b[{min(';'.join(steps), anew, key=len)}m"

    def way_to_blank(self, here: int, there: int) -> tuple[str, int]:
        """As `way` for writing blanks in a pen that is nothing but a background: the sequence,
        and the pen that the terminal then has. What shows on no blank is left as it is."""
        if here == UNKNOWN:
            return self.way(here, there), there
        found = self._blank_ways.get((here, there))
        if found is None:
            stands, ground = self._pens[here], self._pens[there].ground
            enough = Pen(stands.attributes & _UNSEEN_ON_BLANKS, stands.colour, ground)
            target = self._of(enough)
            if len(self.way(here, target)) > len(self.way(here, there)):
                target = there
            found = self._blank_ways[here, there] = (self.way(here, target), target)
        return found


def _read(codes: str) -> Pen:
    attributes: set[str] = set()
    colour = ground = ""
    parts = codes.split(";")
    place = 0
    while place < len(parts):
        code = parts[place]
        size = 1
        if code in _PALETTE:
            size = {"5": 3, "2": 5}.get("".join(parts[place + 1 : place + 2]), 0)
            if not size or place + size > len(parts):
                raise ValueError(codes)
        value = ";".join(parts[place : place + size])
        number = int(code)
        if number == 38 or 30 <= number <= 37 or 90 <= number <= 97:
            colour = value
        elif number == 48 or 40 <= number <= 47 or 100 <= number <= 107:
            ground = value
        elif 1 <= number <= 9 or number in {21, 51, 52, 53}:
            attributes.add(code)
        elif number not in {39, 49}:
            raise ValueError(codes)
        place += size
    return Pen(frozenset(attributes), colour, ground)

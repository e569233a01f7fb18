"""The lean output shows what plain output shows, with fewer bytes."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import get_character_cell_size
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from das_tui.tui.output import Lean, Terminal, terminal
from das_tui.tui.pens import PLAIN, UNKNOWN, Pens
from tests.tui import terminal as model
from tests.tui.walking import ALWAYS, SIZES, TYPED, Ways, walk

REPOSITORY = Path(__file__).parent.parent.parent
CONSOLE = Console(color_system="truecolor", force_terminal=True)
STYLES = [
    None,
    Style(color="#d4d9de", bgcolor="#16191d"),
    Style(color="#72c7b6", bgcolor="#16191d", bold=True),
    Style(color="#a0a9b3", bgcolor="#111417"),
    Style(color="#e9b454", bgcolor="#111417", underline=True),
    Style(dim=True, italic=True),
    Style(reverse=True, color="red"),
    Style(bold=True, dim=True, strike=True, bgcolor="color(7)"),
]
GROUND = STYLES[1]

# --- the walk ------------------------------------------------------------------------------------


STEPS = int(os.environ.get("DAS_TUI_WALK", "80"))
"""Steps of a walk; the long one is taken by hand."""


@pytest.mark.parametrize(
    ("size", "look"),
    [*((size, "das-dark") for size in [*SIZES, (200, 50)]), ((80, 24), "das-ansi")],
    ids=str,
)
async def test_screens_are_equal_on_a_random_walk(
    tmp_path: Path, size: tuple[int, int], look: str
) -> None:
    """Keys, words, sizes and storms of them, other programs, the focus, streams."""
    ascii_only = look == "das-ansi"
    ways = await walk(
        tmp_path, size, steps=STEPS, seed=size[0] + ascii_only, theme=look, ascii=ascii_only
    )
    assert ways.updates > STEPS * 2 // 3
    assert ways.partial > STEPS // 4
    for way in ways.ways:
        assert way.lean.doubts == 0
        assert way.screen.bytes * 3 < ways.plain.bytes
    _was_a_walk(ways)


def _was_a_walk(ways: Ways) -> None:
    """All kinds of steps were taken, and all devices used that there are."""
    assert {*ALWAYS, "reading"} <= ways.steps.keys()
    assert ways.wrote["proven", "repeat"]
    assert not ways.wrote["poor", "repeat"]
    assert not ways.wrote["known", "repeat"]
    assert ways.wrote["known", "erase"]
    for way in ways.ways:
        assert ways.wrote[way.name, "wide"]
        assert ways.wrote[way.name, "emoji"]
        # Without whole updates only a row that moves over the whole width is scrolled.
        assert ways.wrote[way.name, "region"] or not way.whole


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_another_emulator_agrees_on_a_random_walk(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    screens: dict[str, tuple[pyte.Screen, pyte.Stream]] = {}
    compared = 0

    def tee(name: str, text: str) -> None:
        if name == "size":
            columns, _, rows = text.partition("x")
            for way in ("plain", "poor", "proven"):
                screen = pyte.Screen(int(columns), int(rows))
                screen.reset_mode(7, private=True)
                screens[way] = (screen, pyte.Stream(screen))
        elif name in screens:
            text = re.sub(r"\x1b\[\?2026[hl]", "", text)
            screens[name][1].feed(_REPEATED.sub(lambda m: m[1] * (1 + int(m[2])), text))

    def after(ways: Ways) -> None:
        nonlocal compared
        if not ways.settled:
            return
        plain, *others = [_pyte_cells(screen) for screen, _ in screens.values()]
        assert all(other == plain for other in others)
        if ways.updates > compared:
            compared = ways.updates

    # pyte gives flags another width, so that plain output drifts there.
    typed = [text for text in TYPED if "🇩🇪" not in text]
    # pyte takes its time for each cell.
    steps = max(16, min(STEPS // 2, STEPS * 960 // (size[0] * size[1])))
    ways = await walk(tmp_path, size, steps=steps, seed=7, typed=typed, tee=tee, after=after)
    assert compared > steps // 2
    assert {*ALWAYS, "reading"} <= ways.steps.keys()


_REPEATED = re.compile(r"(.)\x1b\[(\d+)b")
"""pyte does not know REP."""


def _pyte_cells(screen: pyte.Screen) -> list[list[tuple[object, ...]]]:
    """Cells as they can be told apart: a blank shows its background, lines and reversal only."""
    cells = []
    for y in range(screen.lines):
        row = [screen.buffer[y][x] for x in range(screen.columns)]
        quiet = [c.data == " " and not (c.underscore or c.strikethrough or c.reverse) for c in row]
        cells.append([(c.data, c.bg) if q else tuple(c) for c, q in zip(row, quiet, strict=True)])
    return cells


# --- made-up screens -----------------------------------------------------------------------------


class Pair:
    """A plain and a lean terminal that are given the same updates."""

    def __init__(
        self,
        width: int,
        height: int,
        *,
        trusted: bool = False,
        erases: bool = False,
        repeats: bool = False,
        whole: bool = False,
        width_of: Callable[[str], int] = get_character_cell_size,
    ) -> None:
        self.size = (width, height)
        self.whole = whole
        self.lean = Lean(Terminal(erases=trusted, repeats=repeats))
        self.plain = model.Terminal(width, height, width_of=width_of)
        self.screen = model.Terminal(
            width, height, erases=erases, repeats=repeats, width_of=width_of
        )

    def show(self, update: LayoutUpdate | ChopsUpdate) -> str:
        """Give both the update; what the lean way wrote."""
        plain = update.render_segments(CONSOLE)
        self.plain.feed(plain + "\x1b[1;1H")
        text = self.lean.render(update, CONSOLE, (0, 0), whole=self.whole)
        if text is None:
            text = plain + "\x1b[1;1H"
        self.screen.feed(text)
        assert self.screen.cells == self.plain.cells
        assert (self.screen.x, self.screen.y) == (0, 0)
        return text

    def rows(self, *lines: Sequence[tuple[str, Style | None]]) -> str:
        """Show a screen of these rows, filled up on the ground of the app."""
        width, height = self.size
        strips = [row(line, width) for line in lines]
        strips += [row([], width)] * (height - len(strips))
        return self.show(layout([[strip] for strip in strips], width))


def row(line: Sequence[tuple[str, Style | None]], width: int, fill: Style | None = GROUND) -> Strip:
    strip = Strip([Segment(text, style) for text, style in line])
    return strip.adjust_cell_length(width, fill)


def layout(lines: list[list[Strip]], width: int) -> LayoutUpdate:
    return LayoutUpdate([*lines], Region(0, 0, width, len(lines)))


def chops(lines: dict[int, list[Strip]], width: int, height: int) -> ChopsUpdate:
    """An update of whole chops in some rows."""
    found: list[dict[int, Strip | None]] = []
    ends: list[list[int]] = []
    for y in range(height):
        strips = lines.get(y, [])
        widths = [strip.cell_length for strip in strips] or [width]
        starts = [0, *accumulate(widths)]
        found.append(dict(zip(starts, strips, strict=False)) if strips else {0: None})
        ends.append(starts[1:])
    return ChopsUpdate(found, [(y, 0, width) for y in sorted(lines)], ends)


TEXTS = st.text(st.sampled_from("ab  ─中文語🚲é\u0301🇩🇪 z"), max_size=12).map(
    lambda text: text.lstrip("\u0301")
)
LINES = st.lists(st.tuples(TEXTS, st.sampled_from(STYLES)), max_size=4)


@st.composite
def plays(draw: st.DrawFn) -> list[tuple[str, object]]:
    """Screens that scroll, change in places and are forgotten."""
    acts: list[tuple[str, object]] = [("all", draw(st.lists(LINES, min_size=9, max_size=9)))]
    for _ in range(draw(st.integers(1, 6))):
        kind = draw(st.sampled_from(["up", "up", "down", "some", "all", "forget", "beside"]))
        if kind in {"up", "down"}:
            acts.append((kind, draw(st.lists(LINES, min_size=1, max_size=3))))
        elif kind == "some":
            acts.append((kind, draw(st.dictionaries(st.integers(0, 8), LINES, min_size=1))))
        elif kind == "all":
            acts.append((kind, draw(st.lists(LINES, min_size=9, max_size=9))))
        else:
            acts.append((kind, draw(LINES)))
    return acts


@pytest.mark.parametrize(
    ("trusted", "erases", "repeats", "whole"),
    [
        (False, False, False, False),
        (False, True, True, True),
        (False, False, True, True),
        (True, True, False, True),
        (True, True, True, True),
    ],
)
@given(acts=plays())
@settings(max_examples=120, deadline=None)
def test_screens_are_equal_whatever_is_shown(
    trusted: bool, erases: bool, repeats: bool, whole: bool, acts: list[tuple[str, object]]
) -> None:
    width, height, side = 30, 9, 11
    pair = Pair(width, height, trusted=trusted, erases=erases, repeats=repeats, whole=whole)
    sides = [row([(f" s{y}", STYLES[3])], side, STYLES[3]) for y in range(height)]
    lines = [row([], width - side)] * height
    for kind, what in acts:
        if kind == "forget":
            pair.lean.forget()
            pair.screen.resize(width, height)
            pair.plain.resize(width, height)
        elif kind == "beside":
            sides = [row(what, side, STYLES[3]), *sides[1:]]  # type: ignore[arg-type]
        elif isinstance(what, dict):
            for y, line in what.items():
                lines[y] = row(line, width - side)
            pair.show(
                layout([[a, b] for a, b in zip(sides, lines, strict=True)], width)
                if pair.lean.stale
                else chops({y: [sides[y], lines[y]] for y in what}, width, height)
            )
            continue
        else:
            assert isinstance(what, list)
            new = [row(line, width - side) for line in what]
            if kind == "up":
                lines = [*lines[:1], *lines[1 + len(new) : -1], *new, lines[-1]]
            elif kind == "down":
                lines = [lines[0], *new, *lines[1 : -1 - len(new)], lines[-1]]
            else:
                lines = new
        pair.show(layout([[a, b] for a, b in zip(sides, lines, strict=True)], width))


def test_a_part_of_a_row_is_written_alone() -> None:
    pair = Pair(30, 5)
    pair.rows(*[[(f"line {n} of five", GROUND)] for n in range(5)])
    strips = [row([("line X of", GROUND)], 10), row([("five", GROUND)], 20)]
    update = ChopsUpdate(
        [{0: strips[0], 10: strips[1]} if y == 2 else {0: None} for y in range(5)],
        [(2, 0, 10)],
        [[10, 30] if y == 2 else [30] for y in range(5)],
    )
    text = pair.show(update)
    assert "X" in text
    assert len(text) < 70


def test_wide_characters_are_written_whole() -> None:
    pair = Pair(30, 3)
    pair.rows([("中 stays here as it is x", GROUND)])
    pair.rows([("語 stays here as it is y", GROUND)])
    pair.rows([("a中stays here as it is 語", GROUND)])


@pytest.mark.parametrize("span", [(0, 7), (7, 20)])
def test_half_of_a_wide_character_is_left_to_textual(span: tuple[int, int]) -> None:
    pair = Pair(20, 3)
    pair.rows([("four  中 and more", GROUND)])
    cut = {0: row([("left", STYLES[3])], 7), 7: row([("right", GROUND)], 13)}
    pair.show(ChopsUpdate([cut, {0: None}, {0: None}], [(0, *span)], [[7, 20], [20], [20]]))
    assert pair.lean.doubts == 1
    pair.rows([("four  中 and more", GROUND)])


def test_nothing_is_written_for_what_is_shown() -> None:
    pair = Pair(30, 5)
    rows = [[(f"line {n}", GROUND)] for n in range(5)]
    assert pair.rows(*rows)
    assert pair.rows(*rows) == ""


def test_a_scrolled_screen_costs_its_new_row_only() -> None:
    pair = Pair(80, 20)
    rows = [[(f"row {n} " + "word " * 12, GROUND)] for n in range(30)]
    pair.rows(*rows[:20])
    text = pair.rows(*rows[1:21])
    assert "\x1b[1;20r" in text
    assert text.count("\x1bD") == 1
    assert len(text) < 200
    back = pair.rows(*rows[:20])
    assert back.count("\x1bM") == 1
    assert len(back) < 200


def beside(pair: Pair, first: int) -> str:
    """A sidebar that stays, and a text beside it that shows from row `first` on."""
    lines = []
    for y in range(20):
        text = f"{(first + y) * 7919} " * 10
        lines.append([row([(f"{y}", STYLES[3])], 10, STYLES[3]), row([(text, GROUND)], 60)])
    return pair.show(layout(lines, 70))


def test_part_of_the_width_scrolls_only_where_nobody_sees_it() -> None:
    seen, unseen = Pair(70, 20), Pair(70, 20, whole=True)
    for pair in (seen, unseen):
        beside(pair, 0)
    assert "\x1bD" not in beside(seen, 3)
    text = beside(unseen, 3)
    assert "\x1bD\x1bD\x1bD" in text
    assert text.startswith("\x1b[?2026h")
    assert text.endswith("\x1b[?2026l")


def test_coloured_blanks_are_erased_only_where_that_is_known_to_work() -> None:
    for trusted in (False, True):
        pair = Pair(60, 5, trusted=trusted, erases=trusted)
        text = pair.rows([("short", GROUND)])
        assert ("\x1b[K" in text) == trusted
    pair = Pair(60, 5)
    bare = layout([[row([("short", None)], 60, None)]] * 5, 60)
    assert pair.show(bare).count("\x1b[K") == 5


def test_coloured_blanks_are_repeated_where_the_terminal_proved_that_it_can() -> None:
    pair = Pair(60, 5, repeats=True)
    text = pair.rows([("short", GROUND), (" " * 30, STYLES[4]), ("end", GROUND)])
    assert text.count(" \x1b[59b") == 4
    assert " \x1b[21b" in text
    assert "\x1b[29b" not in text, "a blank with a line below it is no blank"
    assert "\x1b[K" not in text
    assert len(text) < 220


@pytest.mark.parametrize("repeats", [True, False])
def test_a_terminal_proves_that_it_repeats_characters(repeats: bool) -> None:
    lean, screen = Lean(Terminal()), model.Terminal(30, 5, repeats=repeats)
    for _ in range(2):
        screen.feed(lean.question())
        assert screen.replies == f"\x1b[2;{11 if repeats else 2}R"
        place = screen.replies[2:-1].split(";")
        screen.replies = ""
        update = layout([[row([("short", GROUND)], 30)]] * 5, 30)
        lean.forget()
        before = lean.render(update, CONSOLE, (0, 0), whole=False)
        assert before is not None
        assert "b" not in before, "nothing is taken for granted before the answer"
        lean.answer(2, 2)
        lean.answer(int(place[1]) - 1, int(place[0]) - 1)
        lean.forget()
        after = lean.render(update, CONSOLE, (0, 0), whole=False)
        assert after is not None
        assert ("\x1b[24b" in after) == repeats


def test_a_row_that_moved_and_changed_a_little_is_moved_too() -> None:
    """The cursor bar leaves the last block when the next one comes."""
    pair = Pair(80, 20, repeats=True)
    texts = [f"{n * 7919} " * 10 for n in range(30)]

    def shown(first: int) -> str:
        rows = [[(f"  {text}", GROUND)] for text in texts[first : first + 19]]
        rows.append([("▎ ", STYLES[2]), (texts[first + 19], GROUND)])
        return pair.rows(*rows)

    shown(0)
    text = shown(1)
    assert "\x1b[1;20r" in text
    assert texts[19] not in text
    assert len(text) < 200


def test_a_cluster_of_doubtful_width_is_written_with_its_whole_row() -> None:
    """A terminal that gives a flag four cells shows what plain output would show there."""

    def wide_flags(char: str) -> int:
        return 2 if "\U0001f1e6" <= char <= "\U0001f1ff" else get_character_cell_size(char)

    pair = Pair(40, 4, width_of=wide_flags)
    pair.rows([("🇩🇪 one", GROUND)], [("plain", GROUND)], [("last", GROUND)])
    text = pair.rows([("🇩🇪 two", GROUND)], [("plaiN", GROUND)], [("last", GROUND)])
    assert "🇩🇪 two" in text
    assert "plai" not in text
    pair.rows([("gone", GROUND)], [("plaiN", GROUND)], [("last", GROUND)])


@pytest.mark.parametrize(
    "odd",
    [
        Segment("a\x1b[2Jb", GROUND),
        Segment("tab\t", GROUND),
        Segment("link", Style(link="https://example.org")),
        Segment("", None, [(1,)]),  # type: ignore[list-item]
    ],
)
def test_what_is_not_understood_is_left_to_textual(odd: Segment) -> None:
    lean = Lean(Terminal())
    rest = Segment(" " * (20 - Strip([odd]).cell_length), GROUND)
    good, bad = row([("good", GROUND)], 20), Strip([odd, rest], 20)
    text = lean.render(layout([[good], [bad], [good]], 20), CONSOLE, (0, 0), whole=False)
    assert text is not None
    assert bad.render(CONSOLE) in text
    assert lean.doubts == 1
    again = lean.render(layout([[good], [good], [good]], 20), CONSOLE, (0, 0), whole=False)
    assert again is not None
    assert again.count("good") == 1


def test_other_updates_are_refused_and_forget_the_screen() -> None:
    pair = Pair(30, 5)
    pair.rows([("one", GROUND)])
    assert pair.lean.render("text", CONSOLE, (0, 0), whole=False) is None
    assert pair.lean.stale
    pair.screen.resize(30, 5)
    pair.plain.resize(30, 5)
    pair.rows([("one", GROUND)])


def test_what_others_write_makes_it_forget_unless_it_is_harmless() -> None:
    harmless = [
        "\x07",
        "\x1b[?1000h",
        "\x1b[?2026$p",
        "\x1b[?2004l",
        "\x1b[?25l",
        "\x1b[>25u",
        "\x1b[<u",
        "\x1b]22;default\x07",
        "\x1b]52;c;aGVsbG8=\x07",
        "\x1b]2;das-tui\x1b\\",
        "\x1b[?2026h\x07",
    ]
    harmful = [
        "\x1b[?1049h",
        "\x1b[?7l",
        "\x1b[2J",
        "x",
        "\x1b]8;;http://a\x07",
        "\x1bc",
        "\x1b[1m",
    ]
    for text in harmless:
        pair = Pair(10, 3)
        pair.rows()
        pair.lean.heed(text)
        assert not pair.lean.stale, text
    for text in harmful:
        pair = Pair(10, 3)
        pair.rows()
        pair.lean.heed(text)
        assert pair.lean.stale, text


@pytest.mark.parametrize(
    ("term", "known", "erases"),
    [
        ("xterm-256color", True, False),
        ("xterm", True, False),
        ("xterm-kitty", True, False),
        ("tmux-256color", True, False),
        ("screen", True, False),
        ("screen-256color", True, False),
        ("screen.xterm-256color", True, False),
        ("linux", True, True),
        ("alacritty", True, True),
        ("foot", True, True),
        ("vt52", False, False),
        ("vt100", False, False),
        ("dumb", False, False),
        ("unknown", False, False),
        ("", False, False),
    ],
)
def test_terminals(term: str, known: bool, erases: bool) -> None:
    found = terminal({"TERM": term})
    assert (found is not None) == known
    assert (found is not None and found.erases) == erases
    assert found is None or not found.repeats, "that is proved, never taken for granted"
    assert terminal({"TERM": term, "DAS_TUI_OUTPUT": "plain"}) is None
    asked = terminal({"TERM": term, "DAS_TUI_OUTPUT": "lean"})
    assert (asked is not None) == (known or term.startswith("vt"))
    assert (asked is not None and asked.erases) == erases


# --- pens ----------------------------------------------------------------------------------------

CODES = st.builds(
    lambda attributes, colour, ground: ";".join(
        filter(None, [*sorted(attributes), colour, ground])
    ),
    st.sets(st.sampled_from(["1", "2", "3", "4", "7", "9", "21"]), max_size=3),
    st.sampled_from(["", "31", "97", "38;5;7", "38;2;1;2;3"]),
    st.sampled_from(["", "42", "48;5;0", "48;2;9;8;7"]),
)


def look_of(*texts: str) -> model.Look:
    screen = model.Terminal(4, 2)
    for text in texts:
        screen.feed(text)
    return screen.look


@given(st.lists(CODES, min_size=1, max_size=8))
def test_the_way_from_pen_to_pen_ends_in_the_pen(codes: list[str]) -> None:
    pens = Pens()
    here, texts = UNKNOWN, ["\x1b[5;7;35m"]
    for code in codes:
        there = pens.number(code)
        texts.append(pens.way(here, there))
        assert look_of(*texts) == look_of(f"\x1b[0;{code}m" if code else "\x1b[m")
        way, after = pens.way_to_blank(there, pens.number("48;5;0"))
        ground = look_of(*texts, way)
        assert ground[2] == "48;5;0"
        assert not ground[0] & {"4", "7", "9", "21"}
        assert pens.way(after, pens.number("48;5;0")) == "" or after != PLAIN
        here = there


def test_parameters_that_nobody_knows_are_refused() -> None:
    for codes in ("38;9;1", "38;2;1", "48", "200", "x"):
        with pytest.raises(ValueError, match=codes):
            Pens().number(codes)


# --- the real thing ------------------------------------------------------------------------------


STORED = """
import sys
from pathlib import Path
from das_tui.cli.seeding import seed
from das_tui.tui.app import run
from das_tui.tui.options import AppOptions
seed(Path(sys.argv[1]))
run(AppOptions(store_path=Path(sys.argv[1]), theme="das-dark"))
"""


class Window:
    """The app with stored sessions on a real pseudo-terminal; the model keeps the screen."""

    def __init__(self, home: dict[str, str], size: tuple[int, int], **more: str) -> None:
        columns, rows = size
        self.screen = model.Terminal(columns, rows, erases=False)
        self.written = ""
        self._rest = b""
        self._master, slave = pty.openpty()
        self._size(columns, rows)
        environment = {**home, "TERM": "xterm-256color", "COLORTERM": "truecolor", **more}
        self._process = subprocess.Popen(
            [sys.executable, "-c", STORED, f"{home['HOME']}/history.db"],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            cwd=REPOSITORY,
            start_new_session=True,
        )
        os.close(slave)

    def _size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, quiet: float = 0.3, limit: float = 20.0) -> None:
        """Take what comes until nothing comes for `quiet` seconds."""
        end = time.monotonic() + limit
        while time.monotonic() < end and select.select([self._master], [], [], quiet)[0]:
            try:
                data = self._rest + os.read(self._master, 65536)
            except OSError:
                return
            whole = re.sub(
                rb"(?:\x1b(?:\[[^@-~]*|\][^\x07\x1b]*)?|[\xc0-\xff][\x80-\xbf]*)\Z", b"", data
            )
            self._rest = data[len(whole) :]
            text = whole.decode()
            self.written += text
            self.screen.feed(text)
            if self.screen.replies:
                os.write(self._master, self.screen.replies.encode())
                self.screen.replies = ""

    def until(self, wanted: str) -> None:
        end = time.monotonic() + 60
        while wanted not in self.screen.text():
            assert time.monotonic() < end, f"no {wanted!r} in\n{self.screen.text()}"
            self.read(0.2, 1.0)

    def press(self, keys: str) -> str:
        """Send keys; what was written for them."""
        before = len(self.written)
        os.write(self._master, keys.encode())
        self.read()
        return self.written[before:]

    def resize(self, columns: int, rows: int) -> None:
        self.screen.resize(columns, rows)
        self._size(columns, rows)
        os.killpg(self._process.pid, signal.SIGWINCH)
        self.read()

    def stop(self) -> None:
        """Suspend the app, as a shell does, and let another program write here."""
        os.kill(self._process.pid, signal.SIGTSTP)
        end = time.monotonic() + 20
        while _state(self._process.pid) != "T":
            assert time.monotonic() < end, "it does not stop"
            self.read(0.05, 0.2)
        self.read(0.1)
        self.screen.resize(self.screen.columns, self.screen.rows)

    def go_on(self) -> None:
        os.kill(self._process.pid, signal.SIGCONT)
        self.read()

    def look(self) -> list[list[model.Cell]]:
        """The cells, with all digits alike, since clocks go on."""
        return [[(re.sub(r"\d", "0", char), ink) for char, ink in row] for row in self.screen.cells]

    def close(self) -> None:
        os.killpg(self._process.pid, signal.SIGTERM)
        end = time.monotonic() + 10
        while self._process.poll() is None and time.monotonic() < end:
            self.read(0.05, 0.2)
        self._process.kill()
        self._process.wait()
        os.close(self._master)


def _state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


@pytest.fixture
def started(home: dict[str, str]) -> Iterator[Callable[..., Window]]:
    windows: list[Window] = []

    def start(size: tuple[int, int], **more: str) -> Window:
        windows.append(Window(home, size, **more))
        return windows[-1]

    yield start
    for window in windows:
        window.close()


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_redraw_of_a_real_terminal_changes_nothing(
    started: Callable[..., Window], size: tuple[int, int]
) -> None:
    window = started(size)
    window.until("help")
    for keys in ("3", "gjjk", "\x04", "j", "\x15", "Gzkkk", "\x15", "?", "\x1b", "4G"):
        window.press(keys)
        before = window.look()
        window.screen.resize(*size)
        window.press("\x0c")
        assert window.look() == before, f"after {keys!r}\n{window.screen.text()}"
    window.resize(size[0] + 7, size[1] + 2)
    assert not any(model.GARBAGE in cells for cells in window.screen.cells)
    assert re.search(r"\x1b\[\d+;\d+r.*\x1b[DM]", window.written)


@pytest.mark.parametrize("output", ["plain", "lean"])
def test_the_screen_comes_back_after_another_program(
    started: Callable[..., Window], output: str
) -> None:
    window = started((80, 24), DAS_TUI_OUTPUT=output)
    window.until("help")
    window.press("3g")
    before = window.look()
    window.stop()
    assert "help" not in window.screen.text()
    window.go_on()
    window.until("help")
    window.read()
    assert window.look() == before
    assert window.press("\x0c")
    assert window.look() == before
    written = len(window.written)
    window.press("\x1b[O\x1b[I")
    assert window.look() == before
    if output == "lean":
        assert len(window.written) - written < 400, "the focus costs next to nothing"


def test_a_size_that_came_and_went_leaves_nothing_behind(started: Callable[..., Window]) -> None:
    window = started((80, 24))
    window.until("help")
    window.press("3g")
    before = window.look()
    window.screen.resize(80, 24)
    os.killpg(window._process.pid, signal.SIGWINCH)
    window.until("help")
    window.read()
    assert window.look() == before


@pytest.mark.parametrize("repeats", [True, False])
def test_a_real_terminal_is_asked_what_it_can(
    started: Callable[..., Window], repeats: bool
) -> None:
    window = started((100, 30))
    window.screen.repeats = repeats
    window.until("help")
    help_page, back = window.press("?"), window.press("\x1b")
    assert ("b" in re.findall(r" \x1b\[\d+(b)", help_page)) == repeats
    before = window.look()
    window.press("\x0c")
    assert window.look() == before
    if repeats:
        assert len(back) < 5000


@pytest.mark.parametrize("more", [{"DAS_TUI_OUTPUT": "plain"}, {"TERM": "vt52"}])
def test_plain_output_on_request_and_for_unknown_terminals(
    started: Callable[..., Window], more: dict[str, str]
) -> None:
    window = started((80, 24), **more)
    window.until("help")
    for keys in ("3", "g", "j", "k", "\x15", "G"):
        window.press(keys)
    assert not re.search(r"\x1b[DM]|\x1b\[\d+;\d+r", window.written)

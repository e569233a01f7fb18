"""A tenth of the rig, and that its judges can say no."""

from pathlib import Path

import pytest

from tests.rig import bad_input
from tests.rig.__main__ import MEASURES, measure
from tests.rig.figure import table
from tests.rig.hostile import findings
from tests.rig.hostile_text import PAYLOADS


@pytest.mark.parametrize("name", MEASURES)
def test_a_tenth_of_the_rig(name: str) -> None:
    figures = list(measure(name)(0.1))
    assert figures
    assert all(figure.met for figure in figures), f"\n{table(figures)}"


@pytest.mark.parametrize(
    "raw",
    [
        "\x1b]52;c;b3duZWQ=\x07",
        "\x1b[5i",
        "\x1bPq\x1b\\",
        "a\x9b2J",
        "a\u202eb",
        "a\u200bb",
        "a\x00b",
        "<\x1b[2J>",
        "<\x1b[31m>",
    ],
)
def test_what_acts_on_a_terminal_is_found(raw: str) -> None:
    assert list(findings(f"\x1b[1;1H\x1b[38;2;1;2;3mtext {raw}\x1b[0m", PAYLOADS))


def test_what_the_program_writes_itself_is_none() -> None:
    own = "\x1b[?1049h\x1b[?2026h\x1b[3;7r\x1b[1;1H\x1b[0;1mtext ␛[2J\x1b[K\x1b[?2026l\r\n"
    assert not list(findings(own, PAYLOADS))


def test_a_lost_frame_is_noticed() -> None:
    path = Path(bad_input.__file__).parents[1] / "data" / "das_diagnose.sse"
    good = bad_input.frames(path.read_bytes())
    text = bad_input.text(bad_input.shown("das", good))
    assert not bad_input.missing(text, text)
    assert bad_input.missing(text, bad_input.text(bad_input.shown("das", good[:30] + good[40:])))

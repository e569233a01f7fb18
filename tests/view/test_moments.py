"""Going to a time of day."""

import pytest

from das_tui.domain.blocks import Block, Note
from das_tui.view import moments
from das_tui.view.spec import ViewSpec
from das_tui.view.transcript import Transcript

NOON = 1_767_268_800.0
"""2026-01-01 12:00 UTC."""


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("10:31", (10, 31, 0)),
        (" 9:05 ", (9, 5, 0)),
        ("23:59:59", (23, 59, 59)),
        ("10：31", (10, 31, 0)),
        ("10.31", (10, 31, 0)),
        ("24:00", None),
        ("10:60", None),
        ("10", None),
        ("noon", None),
        ("", None),
    ],
)
def test_times_as_they_are_written(text: str, clock: tuple[int, int, int] | None) -> None:
    assert moments.read_clock(text) == clock


def test_the_nearest_day_comes_first() -> None:
    found = moments.moment((23, 30, 0), NOON, utc=True)
    assert found[0] == NOON + 11.5 * 3600
    found = moments.moment((1, 0, 0), NOON + 11 * 3600, utc=True)
    assert found[0] == NOON + 13 * 3600


def test_the_first_block_from_a_time_on() -> None:
    transcript = Transcript(ViewSpec(width=80))
    times = [0.0, 10.0, None, 20.0, 20.0, 30.0, None]
    transcript.put_many(
        Block(at, Note("x"), at=None if time is None else NOON + time)
        for at, time in enumerate(times)
    )
    found = [moments.first_from(transcript, NOON + time) for time in (-5, 0, 5, 10, 15, 20, 25)]
    assert found == [0, 0, 1, 1, 3, 3, 5]
    assert moments.first_from(transcript, NOON + 99) == 6
    assert moments.time_of(transcript, 6) == NOON + 30

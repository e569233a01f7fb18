"""Times and numbers as the screen writes them."""

import math

import pytest

from das_tui.view.ages import age, clock, duration, elapsed, size, thousands


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "now"),
        (59.9, "now"),
        (-5, "now"),
        (60, "1m"),
        (3599, "59m"),
        (3600, "1h"),
        (86399, "23h"),
        (2 * 86400, "2d"),
        (math.nan, "now"),
        (math.inf, "now"),
    ],
)
def test_age(seconds: float, text: str) -> None:
    assert age(seconds) == text


def test_clock() -> None:
    assert clock(1768465800.0, utc=True) == "08:30"
    assert len(clock(1768465800.0)) == 5
    assert clock(None) == clock(math.nan) == clock(1e300) == clock(-1e300) == ""


@pytest.mark.parametrize(
    ("seconds", "text", "whole"),
    [
        (0.04, "0.0s", "0s"),
        (3.14, "3.1s", "3s"),
        (30, "30.0s", "30s"),
        (59.94, "59.9s", "1:00"),
        (59.96, "1:00", "1:00"),
        (112, "1:52", "1:52"),
        (3849, "1:04:09", "1:04:09"),
        (-1, "0.0s", "0s"),
        (math.nan, "0.0s", "0s"),
    ],
)
def test_duration(seconds: float, text: str, whole: str) -> None:
    assert duration(seconds) == text
    assert duration(seconds, tenths=False) == whole


@pytest.mark.parametrize(
    ("seconds", "text"), [(4.9, "0:04"), (112, "1:52"), (3849, "1:04:09"), (-3, "0:00")]
)
def test_elapsed(seconds: float, text: str) -> None:
    assert elapsed(seconds) == text
    assert elapsed(math.inf) == "0:00"
    assert elapsed(3_600_000) == "41d"
    assert elapsed(1e300) == "11574d"


def test_thousands() -> None:
    assert thousands(1403) == "1,403"
    assert thousands(41_999, short=True) == "41 k"
    assert thousands(1_900_000, short=True) == "1.9 M"
    assert thousands(9_999, short=True) == "9,999"


def test_size() -> None:
    assert [size(n) for n in (812, 18 * 1024, 3 * 1024**2 // 2, 5 * 1024**3)] == [
        "812 B",
        "18 KB",
        "1.5 MB",
        "5.0 GB",
    ]

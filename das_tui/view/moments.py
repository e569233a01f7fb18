"""Going to a time of day in a transcript."""

import re
from datetime import UTC, datetime, timedelta

from das_tui.view.transcript import Transcript

_CLOCK = re.compile(r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?")


def read_clock(text: str) -> tuple[int, int, int] | None:
    """`10:31` or `10:31:07` as hours, minutes, seconds; None for anything else."""
    match = _CLOCK.fullmatch(text.strip().replace("：", ":"))
    if match is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return (hours, minutes, seconds) if hours < 24 and minutes < 60 and seconds < 60 else None


def time_of(transcript: Transcript, block: int) -> float | None:
    """The time of a block, or of the last one before it that has one."""
    for at in range(block, max(-1, block - 256), -1):
        found = transcript.block(at).at
        if found is not None:
            return found
    return None


def first_from(transcript: Transcript, time: float) -> int:
    """The first block that began at `time` (UNIX seconds) or later; the last one if none did."""
    low, high = 0, len(transcript) - 1
    while low < high:
        middle = (low + high) // 2
        began = time_of(transcript, middle)
        if began is None or began < time:
            low = middle + 1
        else:
            high = middle
    return low


def moment(clock: tuple[int, int, int], near: float, utc: bool) -> list[float]:
    """The UNIX times at which it was this time of day, the nearest to the time `near` first."""
    zone = UTC if utc else None
    day = datetime.fromtimestamp(near, zone)
    found = []
    for days in (-1, 0, 1):
        hours, minutes, seconds = clock
        there = (day + timedelta(days=days)).replace(
            hour=hours, minute=minutes, second=seconds, microsecond=0
        )
        found.append(there.timestamp())
    return sorted(found, key=lambda at: abs(at - near))

"""Times, durations and numbers in the words of the screen. Total: any float gives a text."""

import math
from datetime import UTC, datetime

_MINUTE = 60
_HOUR = 3600
_DAY = 86400
_LONGEST = 10**9


def age(seconds: float) -> str:
    """How long ago, in the coarsest unit: `now`, `6m`, `3h`, `2d`."""
    if not math.isfinite(seconds) or seconds < _MINUTE:
        return "now"
    if seconds < _HOUR:
        return f"{int(seconds // _MINUTE)}m"
    if seconds < _DAY:
        return f"{int(seconds // _HOUR)}h"
    return f"{int(seconds // _DAY)}d"


def clock(at: float | None, utc: bool = False, seconds: bool = False) -> str:
    """The time of day of a UNIX time, `08:30` or with `seconds` `08:30:07`, local unless `utc`;
    empty for no or no real time."""
    if at is None:
        return ""
    try:
        moment = datetime.fromtimestamp(at, UTC if utc else None)
    except (ValueError, OverflowError, OSError):
        return ""
    rest = f":{moment.second:02}" if seconds else ""
    return f"{moment.hour:02}:{moment.minute:02}{rest}"


def since(at: float, now: float, utc: bool = False) -> str:
    """The moment at which something began that lasts, where no timer is kept up to date:
    `since 14:20`, with the day where that is more than a day ago."""
    try:
        day = datetime.fromtimestamp(at, UTC if utc else None)
    except (ValueError, OverflowError, OSError):
        return ""
    date = f"{day.year}-{day.month:02}-{day.day:02} " if now - at >= _DAY else ""
    return f"since {date}{clock(at, utc)}"


def elapsed(seconds: float) -> str:
    """A running timer: `0:04`, `1:52`, `1:04:09`, from a thousand hours on `41d`."""
    whole = int(min(seconds, _LONGEST)) if math.isfinite(seconds) and seconds > 0 else 0
    if whole >= 1000 * _HOUR:
        return f"{whole // _DAY}d"
    minutes, rest = divmod(whole, _MINUTE)
    hours, minutes = divmod(minutes, _MINUTE)
    if hours:
        return f"{hours}:{minutes:02}:{rest:02}"
    return f"{minutes}:{rest:02}"


def duration(seconds: float, tenths: bool = True) -> str:
    """How long something took: `3.1s`, without `tenths` `3s`, from a minute on `1:52`."""
    if not math.isfinite(seconds) or seconds < 0:
        seconds = 0.0
    if tenths and seconds < _MINUTE - 0.05:
        return f"{seconds:.1f}s"
    if seconds < _MINUTE - 0.5:
        return f"{seconds:.0f}s"
    return elapsed(round(seconds))


def thousands(number: int, short: bool = False) -> str:
    """A count: `1,403`; `short` gives `41 k` and `1.9 M` from ten thousand on."""
    if short and abs(number) >= 1_000_000:
        return f"{number / 1_000_000:.1f} M"
    if short and abs(number) >= 10_000:
        return f"{number // 1000} k"
    return f"{number:,}"


def counted(number: int, unit: str) -> str:
    """A count of something: `1 row`, `1,403 rows`."""
    return f"{thousands(number)} {unit}{'' if number == 1 else 's'}"


def size(count: int) -> str:
    """A size in bytes: `812 B`, `18 KB`, `1.4 MB`."""
    if count < 1024:
        return f"{count} B"
    if count < 1024 * 1024:
        return f"{count // 1024} KB"
    if count < 1024**3:
        return f"{count / 1024**2:.1f} MB"
    return f"{count / 1024**3:.1f} GB"

"""How much is measured, and what all scenarios share."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks import product
from benchmarks.product import Place
from benchmarks.terminal import Program

Numbers = dict[str, float]
"""One round's numbers by name: `scenario.variant.number`."""

SMALL, WIDE = (100, 30), (200, 50)
OUTPUTS = ("lean", "plain")


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of everything.

    `keys` in a series, `seconds` of a stream, `idle` seconds at rest, `starts` of a program,
    `chars` of a long answer, `messages` of three lines, events of a `flood`, `turns` of a day
    with so many `pieces` each, and numbers of stored events, `sizes`.
    """

    place: Place
    keys: int = 120
    seconds: float = 9.0
    idle: float = 10.0
    starts: int = 5
    chars: int = 20_480
    messages: int = 80
    flood: int = 100_000
    turns: int = 200
    pieces: int = 512
    sizes: tuple[int, ...] = (1_000, 100_000, 1_000_000)


def quick(place: Place) -> Plan:
    """Less of everything, and no million events."""
    return Plan(place, 48, 4.5, 4.0, 3, 5_120, 30, 30_000, 60, 256, (1_000, 100_000))


def label(events: int) -> str:
    """1k, 100k, 1M."""
    return f"{events // 1_000_000}M" if events >= 1_000_000 else f"{events // 1_000}k"


def named(prefix: str, numbers: Numbers) -> Numbers:
    """The same numbers with longer names."""
    return {f"{prefix}.{name}": number for name, number in numbers.items()}


@contextmanager
def peer(module: str, *options: object, size: tuple[int, int] = SMALL) -> Iterator[Program]:
    """Another program of this folder."""
    command = [sys.executable, "-m", f"benchmarks.{module}", *map(str, options)]
    with Program(command, size, product.environment(), str(product.ROOT)) as program:
        yield program

"""A measured figure with its goal, and the table of them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One number of the rig: `name` is the promise (`R1`), `met` whether it is kept."""

    name: str
    what: str
    value: str
    goal: str
    met: bool


Measure = Callable[[float], Iterable[Figure]]
"""Measures the share of its full work that is asked for, between 0 and 1."""


def number(value: float) -> str:
    """A number with its thousands apart."""
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"


def table(figures: Sequence[Figure]) -> str:
    """A Markdown table."""
    lines = [("", "figure", "value", "goal", "verdict")]
    lines += [(f.name, f.what, f.value, f.goal, "met" if f.met else "MISSED") for f in figures]
    widths = [max(len(line[column]) for line in lines) for column in range(5)]
    shown = ["| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in lines]
    shown.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(shown)

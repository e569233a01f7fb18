"""How scenarios are cut into turns.

A scenario of the DMS agent has one part for each turn: the part that plans, the part that runs
until it asks, the part after the answer. A part is a name and arguments that JSON can keep, so a
session is nothing but the list of its parts and the times at which they began.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from das_tui.demo.replies import Verdict
from das_tui.demo.script import Script


@dataclass(frozen=True, slots=True)
class Part:
    """One turn of a scenario: its name in the registry and its arguments."""

    name: str
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Talk:
    """What a part is played with: the message that began the turn, its language, the seed of the
    session, the database in question, the part's arguments."""

    message: str
    lang: str
    seed: int
    database: str
    args: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """How a human answered the ask that ended a part."""

    verdict: Verdict
    text: str


Play = Callable[[Talk], Script]
Follow = Callable[[Mapping[str, Any], Reply], Part]


@dataclass(frozen=True, slots=True)
class Entry:
    """What the registry knows of a part: how it is played, and which part follows an answer to
    its ask (None where it asks nothing)."""

    play: Play
    follow: Follow | None = None

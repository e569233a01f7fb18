"""How long a run is usually quiet: what stored runs of the same service did at the same place.

A place is the step that is open and the tool that runs. Of each stay there only the longest silence
counts, so that the answer is to *how long may nothing come here*, not to how fast events follow
each other. What is looked at is bounded, and read in slices between which other things go on.
"""

import asyncio
import contextlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from das_tui.domain.blocks import ToolStatus
from das_tui.domain.record import Record
from das_tui.domain.session import RUNNING, Overview, Session, State
from das_tui.domain.turn import Turn
from das_tui.run import replay
from das_tui.store.errors import StoreError
from das_tui.store.store import Store

SESSIONS = 30
"""So many of the latest sessions are looked at."""

RECORDS = 12_000
"""So many records of them in all; a session with more than a third of that is left out."""

SAMPLES = 200
"""So many silences are kept for one place."""

ENOUGH = 3
"""Fewer silences than this say nothing about what is usual."""

SHORT = 5.0
"""Seconds up to which a silence is never out of the ordinary."""

_SLICE = 256
_LEAST = 0.2
"""Seconds below which it was no silence."""

_ANYWHERE = ("", "")

Place = tuple[str, str]
"""The kind of a place, `step` or `tool`, and its name."""


class Usual(NamedTuple):
    """What is usual: the median of the longest silences in seconds, and `most`, above which it is
    out of the ordinary: more than nine in ten of them and twice the median."""

    seconds: float
    most: float


class Silences:
    """Longest silences by place. `of` may be called from any thread once all are added."""

    def __init__(self) -> None:
        self._found: dict[Place, list[float]] = {}

    def add(self, places: Iterable[Place], seconds: float) -> None:
        """A stay at these places whose longest silence was so long."""
        for place in (*places, _ANYWHERE):
            samples = self._found.setdefault(place, [])
            if len(samples) < SAMPLES:
                samples.append(seconds)

    def of(self, overview: Overview) -> Usual | None:
        """What is usual where a run is now: in its step, else with its tool, else anywhere; None
        where too little is known."""
        for place in (*places(overview), _ANYWHERE):
            samples = sorted(self._found.get(place, ()))
            if len(samples) >= ENOUGH:
                last = len(samples) - 1
                middle = samples[last // 2]
                return Usual(middle, max(samples[round(0.9 * last)], 2 * middle, SHORT))
        return None


def places(overview: Overview) -> tuple[Place, ...]:
    """Where a run is, the most telling first."""
    found: list[Place] = [("step", overview.step)] if overview.step else []
    if overview.tools and overview.tools[-1].status is ToolStatus.RUNNING:
        found.append(("tool", overview.tools[-1].name))
    return tuple(found)


class Stays:
    """Goes along one stored run and tells of each stay how long its longest silence was."""

    def __init__(self, silences: Silences) -> None:
        self._silences = silences
        self._turn = Turn()
        self._last: float | None = None
        self._places: tuple[Place, ...] = ()
        self._longest = 0.0

    def take(self, records: Sequence[Record]) -> None:
        """The next records of the run."""
        for record in records:
            gap = record.at - self._last if self._last is not None else 0.0
            if gap >= _LEAST and self._turn.state in {State.LIVE, State.STARTING}:
                here = places(self._turn.overview)
                if here != self._places:
                    self.close()
                    self._places = here
                self._longest = max(self._longest, gap)
            self._last = record.at
            replay.apply(self._turn, replay.read(record), record.at, record.position)

    def close(self) -> None:
        """The stay is over."""
        if self._longest:
            self._silences.add(self._places, self._longest)
        self._longest = 0.0


async def learned(store: Store, service: str) -> Silences:
    """What the latest stored runs of a service say; what cannot be read says nothing."""
    found = Silences()
    left = RECORDS
    with contextlib.suppress(StoreError):
        for row in _worth(store.sessions(archived=True), service):
            left -= row.records
            if left < 0:
                break
            await _learn(store, row.key, found)
    return found


async def _learn(store: Store, key: str, found: Silences) -> None:
    stays = Stays(found)
    after = 0
    while records := list(store.load(key, after=after, limit=_SLICE)):
        stays.take(records)
        after = records[-1].position
        await asyncio.sleep(0)
    stays.close()


def _worth(rows: Iterable[Session], service: str) -> list[Session]:
    """The sessions to look at, the latest first. Times of those that were read from the service
    are not those at which things happened."""
    fit = [
        row
        for row in rows
        if row.service == service
        and row.origin == "here"
        and row.state not in RUNNING
        and 0 < row.records <= RECORDS // 3
    ]
    return sorted(fit, key=lambda row: -row.last_at)[:SESSIONS]

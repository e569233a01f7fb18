"""R4: every fault of the table, put to `das-tui ask` and `attach`."""

import asyncio
from collections.abc import Iterable
from functools import cache

from tests.rig.faults import Fault, table
from tests.rig.figure import Figure
from tests.rig.trial import Outcome, all_tried, complaints

HURRIED = 0.05
"""Times which waits are taken where only a share is measured."""
_SHORT = 12.0
"""Seconds that a fault may take to be one of a share."""


def measure(share: float) -> Iterable[Figure]:
    """The faults of which not everything was right."""
    wrong = 0
    tried = outcomes(share)
    for fault, found in tried:
        said = list(complaints(fault, found, pace(share)))
        if said:
            wrong += 1
            print(f"{fault.title}: {'; '.join(said)}\n{found.told}")
    distinct = len({fault.name for fault in table()})
    yield Figure(
        "R4",
        f"{distinct} faults that do not end with the right verdict, code, requests, in time",
        f"{wrong} of {len(tried)}",
        "0 of at least 45 distinct",
        not wrong and distinct >= 45,
    )


def pace(share: float) -> float:
    """Times which waits are taken."""
    return 1.0 if share >= 1 else HURRIED


def chosen(share: float) -> list[Fault]:
    """All faults; for a share some of each kind that do not take long."""
    whole = table()
    if share >= 1:
        return whole
    quick = [fault for fault in whole if fault.waits * HURRIED + fault.fixed < _SHORT]
    return quick[:: max(1, round(1.5 / share))]


@cache
def outcomes(share: float) -> list[tuple[Fault, Outcome]]:
    """What came of the faults; tried once, whoever asks."""
    faults = chosen(share)
    found = asyncio.run(all_tried(faults, pace(share)))
    return list(zip(faults, found, strict=True))

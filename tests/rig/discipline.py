"""R10: what is sent again, how often, and when, by the log of the server."""

import asyncio
import itertools
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from das_tui.run.backoff import Backoff
from tests.rig import spoil
from tests.rig.figure import Figure, number
from tests.rig.hurried import backoff
from tests.rig.replies import Reply
from tests.rig.survival import outcomes
from tests.run.conftest import Bench
from tests.run.scripted_service import Call, Service

_SESSIONS = 24
"""Sessions that lose their line at the same time: the wider the waits lie apart, the better."""
_HURRY = 0.1
_CLEAR = 0.4
"""Seconds of the least window in which the waits of a busy machine still tell something."""
_PATIENCE = 240.0
_ASKED = 1.0
"""The Retry-After of the service, in seconds."""

Times = Mapping[str, Sequence[float]]
"""When each session asked."""


class _Quiet:
    """An observer that looks at nothing."""

    def committed(self, session: Any, readings: Any) -> None:
        """Nothing to do."""

    def changed(self, session: Any) -> None:
        """Nothing to do."""


def measure(share: float) -> Iterable[Figure]:
    """Repeats under all faults, then outages of many sessions at a time."""
    tried = outcomes(share)
    repeated = [fault.title for fault, found in tried if found.repeated]
    print(*repeated, sep="\n", end="\n" if repeated else "")
    yield Figure(
        "R10",
        f"paid or changing requests that were repeated, under {len(tried)} faults",
        str(len(repeated)),
        "0",
        not repeated,
    )
    waits = Backoff() if share >= 1 else backoff(_HURRY)
    with tempfile.TemporaryDirectory(prefix="das-tui-outages-") as name:
        folders = [Path(name) / place for place in ("reset", "later", "paid")]
        for folder in folders:
            folder.mkdir()
        plain, asked = asyncio.run(_outages(folders, waits))
    times = [*plain.values(), *asked.values()]
    most = max(len(each) for each in times)
    yield Figure(
        "R10",
        f"most tries of an outage, of {len(times)} outages",
        str(most),
        "at most 8",
        1 < most <= waits.attempts == 8,
    )
    early = [gap - _ASKED for each in asked.values() for gap in gaps(each)]
    yield Figure(
        "R10",
        f"earliest of {len(early)} tries before what Retry-After says",
        f"{min(early):+.3f} s",
        "not before",
        len(early) > 1 and min(early) >= 0,
    )
    least = min(spreads(plain, waits))
    yield Figure(
        "R10",
        "spread of the waits over their window, least of all tries",
        f"{number(100 * least)} %",
        "at least 50 %",
        least >= 0.5,
    )


def gaps(times: Sequence[float]) -> list[float]:
    """The seconds between one request and the next."""
    return [after - before for before, after in itertools.pairwise(times)]


def spreads(outages: Times, waits: Backoff) -> Iterable[float]:
    """For each try the part of its window between the shortest wait and the longest one; below 0
    where a wait is longer than its window allows."""
    columns = itertools.zip_longest(*(gaps(times) for times in outages.values()))
    for place, column in enumerate(columns):
        window = min(waits.cap, waits.base * 2.0**place)
        found = [gap for gap in column if gap is not None]
        if window < _CLEAR:
            continue
        late = max(found) > window + 1.0
        yield -1.0 if late else (max(found) - min(found)) / window


async def _outages(folders: Sequence[Path], waits: Backoff) -> tuple[Times, Times]:
    """Two dozen streams that are reset for ever, and as many questions and streams that are told
    when to come again; when each came."""
    plain, asked, paid = await asyncio.gather(
        _outage(folders[0], waits, Reply(head=b"", end="rst"), False),
        _outage(folders[1], waits, spoil.throttled(503, Retry_After="1"), False),
        _outage(folders[2], waits, spoil.throttled(Retry_After="1"), True),
    )
    return plain, {**asked, **paid}


async def _outage(folder: Path, waits: Backoff, reply: Reply, paid: bool) -> Times:
    action = "GetDasAgentSSE" if paid else "GetChatContent"

    def who(call: Call) -> str:
        return call.params["Query" if paid else "SessionId"]

    bench = Bench(folder)
    try:
        async with Service(**{action: lambda _: reply}) as service:
            supervisor = bench.start(service.url, waits, observer=_Quiet(), concurrency=_SESSIONS)
            names = [f"{'question' if paid else 'sess'}-{place}" for place in range(_SESSIONS)]
            keys = [
                await supervisor.ask(name, service="das")
                if paid
                else await supervisor.attach(name, "ag-1", 0)
                for name in names
            ]
            ended = asyncio.gather(*(supervisor.wait(key) for key in keys))
            await asyncio.wait_for(ended, _PATIENCE)
            times: dict[str, list[float]] = {name: [] for name in names}
            for call in service.asked(action):
                times[who(call)].append(call.at)
            return times
    finally:
        await bench.close()

"""R3: a stream of the DMS agent cut at every byte, in every way, over real sockets; and cut twice
and three times. Nothing may be lost or come twice."""

import asyncio
import itertools
import os
import random
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from tests.rig.figure import Figure, number
from tests.run.conftest import Bench
from tests.run.cutting import REPLAYS, SEED, SHORT, SIZE, Case, Cut, Harm, harms

WAYS = tuple(itertools.product(("fin", "rst"), ("chunked", "close"), ("inclusive", "exclusive")))
_SINGLE = 32_000
_SEVERAL = 500
_ASKED = 8
_AT_ONCE = 500


def measure(share: float) -> Iterable[Figure]:
    """Every cut, or an even share of them that no two ways have in common."""
    for what, cases, goal in (
        (f"cuts of a stream of {number(SIZE)} bytes", single(share), _SINGLE),
        ("double and triple cuts", several(round(_SEVERAL * share)), _SEVERAL),
    ):
        found = played(cases)
        for one in found[:5]:
            print(f"{what}: {one}")
        lost, repeated = sum(one.lost for one in found), sum(one.repeated for one in found)
        enough = len(cases) >= goal * share * 0.99
        most = f"0 of at least {number(goal)} cuts"
        count = number(len(cases))
        yield Figure("R3", f"{what}: events lost", f"{lost} of {count}", most, not lost and enough)
        yield Figure("R3", "events that came twice", str(repeated), "0", not repeated)
        odd = sum(bool(one.other) for one in found)
        yield Figure("R3", "other transcripts or verdicts", str(odd), "0", not odd)


def single(share: float) -> list[Case]:
    """Each byte in each way; some runs begin with a question, the others are attached to."""
    step = max(1, round(1 / share))
    return [
        Case((Cut(place, end, framing),), replays, asked=place // step % _ASKED == 0)
        for way, (end, framing, replays) in enumerate(WAYS)
        for place in range(way % step, SIZE, step)
    ]


def several(count: int) -> list[Case]:
    """Two cuts and three by turns, anywhere, in any way."""
    draw = random.Random(SEED)
    return [
        Case(
            tuple(
                Cut(draw.randrange(SIZE), draw.choice(("fin", "rst")), framing)
                for framing in draw.choices(("chunked", "close"), k=2 + place % 2)
            ),
            draw.choice(REPLAYS),
            asked=place % _ASKED == 0,
        )
        for place in range(count)
    ]


def played(cases: Sequence[Case]) -> list[Harm]:
    """All cases, in a process for each core."""
    parts = [cases[at : at + _AT_ONCE] for at in range(0, len(cases), _AT_ONCE)]
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        return list(itertools.chain.from_iterable(pool.map(_part, parts)))


def _part(cases: Sequence[Case]) -> list[Harm]:
    with tempfile.TemporaryDirectory(prefix="das-tui-cuts-") as folder:
        return asyncio.run(_played(Path(folder), cases))


async def _played(folder: Path, cases: Sequence[Case]) -> list[Harm]:
    bench = Bench(folder)
    try:
        return await harms(bench, SHORT, cases)
    finally:
        await bench.close()

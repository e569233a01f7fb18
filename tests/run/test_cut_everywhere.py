"""DMS runs over real sockets, cut everywhere: what is stored and shown is as without any cut.

Here every tenth byte is cut in one of the ways; `python -m tests.rig R3` cuts all in all ways.
"""

import random

import pytest

from tests.run.conftest import Bench
from tests.run.cutting import LONG, REPLAYS, SEED, SHORT, SIZE, Case, Cut, Journal, harms

WAYS = [("fin", "inclusive"), ("rst", "exclusive"), ("fin", "exclusive"), ("rst", "inclusive")]
FRAMINGS = ("chunked", "close")


@pytest.mark.parametrize(("end", "replays"), WAYS)
async def test_cut_at_every_byte(bench: Bench, end: str, replays: str) -> None:
    """The four ways share every tenth byte, by turns in either framing."""
    assert SIZE >= 4_000
    places = range(10 * WAYS.index((end, replays)), SIZE, 10 * len(WAYS))
    cases = [
        Case((Cut(place, end, FRAMINGS[number % 2]),), replays)
        for number, place in enumerate(places)
    ]
    assert await harms(bench, SHORT, cases) == []


async def test_cut_once_or_twice_anywhere_in_a_long_run(bench: Bench) -> None:
    draw = random.Random(SEED)
    size = len(Journal(LONG).body(0))
    cases = [
        Case(
            tuple(
                Cut(draw.randrange(size), draw.choice(["fin", "rst"]), draw.choice(FRAMINGS))
                for _ in range(1 + number % 2)
            ),
            draw.choice(REPLAYS),
        )
        for number in range(100)
    ]
    assert len(LONG) == 300
    assert await harms(bench, LONG, cases) == []


async def test_a_ledger_that_drops_nothing_is_noticed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("das_tui.run.ledger.Ledger.admit", lambda *_: True)
    found = await harms(bench, SHORT, [Case((Cut(SIZE // 2),), "inclusive", asked=False)])
    assert sum(one.repeated for one in found) > 0


async def test_a_resume_too_far_on_is_noticed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("das_tui.run.ledger.Ledger.resume_at", lambda _: 15)
    found = await harms(bench, SHORT, [Case((Cut(SIZE // 2),), "exclusive", asked=False)])
    assert sum(one.lost for one in found) > 0

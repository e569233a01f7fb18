"""The benchmark in small: ratios with wide margins, so that a tenfold slip does not go unseen."""

import json
import sqlite3
import time
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import corpus, lasting, product, reading, rows, series, streaming, table
from benchmarks.plan import SMALL, Plan
from benchmarks.product import Place
from benchmarks.replay import Emulator, Press, latencies

FEW, MANY = 1_000, 20_000


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    folder = tmp_path_factory.mktemp("benchmark")
    place = Place(folder / "cache", folder)
    place.cache.mkdir(mode=0o700)
    return Plan(place, keys=12, starts=1, chars=1_600, flood=5_000, sizes=(FEW, MANY))


def test_a_start_costs_what_a_start_of_textual_costs(plan: Plan) -> None:
    found = reading.start(plan)
    assert found["start.ready"] < 8 * found["start.bare.ready"]
    assert found["start.memory"] < 4 * found["start.bare.memory"]


def test_a_long_session_is_opened_and_filtered_like_a_short_one(plan: Plan) -> None:
    opened: dict[int, float] = {}
    changed: dict[int, float] = {}
    for events in plan.sizes:
        with product.das_tui(plan.place, events, SMALL) as program:
            product.wait_ready(program)
            opened[events] = product.open_long(program, events)
            program.quiet()
            outcome = series.press(program, list(series.thresholds(plan.keys)))
            assert outcome.missed == 0
            changed[events] = outcome.percentile(0.5)
            before = program.written
            program.quiet(1.0)
            assert program.written == before, "bytes at rest"
    assert opened[MANY] < 8 * opened[FEW]
    assert changed[MANY] < 6 * changed[FEW]


def test_lean_output_is_a_fraction_of_plain_output(plan: Plan) -> None:
    lean = streaming.answered(plan, True, "lean")["ratio"]
    plain = streaming.answered(plan, True, "plain")["ratio"]
    assert lean < plain / 2
    assert lean < 40


def test_a_flood_is_stored_without_a_gap_and_not_slowly(plan: Plan, tmp_path: Path) -> None:
    found = streaming.ingest(plan)
    assert found["ingest.lost"] == 0
    assert found["ingest.rate"] > _parse_and_insert(tmp_path, plan.flood) / 150


def test_a_live_run_hardly_grows_with_its_events(plan: Plan) -> None:
    """Ten hours at a hundred a second are millions; 300 bytes for each would be a gigabyte."""
    found = streaming.ingest(replace(plan, flood=60_000), rate=6_000)
    assert found["ingest.lost"] == 0
    assert found["ingest.grown"] < 200


def test_what_was_read_and_answered_does_not_stay_in_memory(plan: Plan) -> None:
    """Each question brings 30 KB on the wire, which are gone from memory some sessions later."""
    found = lasting.day(replace(plan, turns=40, pieces=128))
    assert len([name for name in found if name.removeprefix("day.").isdecimal()]) == 10
    assert found["day.grown"] < 3
    assert found["day.memory"] < 1.25 * found["day.1"]


def test_growth_is_seen_behind_values_that_jump() -> None:
    jumping = [50, 60, 60.1, 64, 60.2, 60.1, 60, 60.3, 60.2, 66]
    assert lasting.grown(jumping) == pytest.approx(0.1)
    assert lasting.grown([50.0 + number for number in range(10)]) == pytest.approx(4)


def _parse_and_insert(folder: Path, count: int) -> float:
    """Events a second of the least that has to be done with each: parse it, insert it."""
    frames = [frame.data for frame in corpus.frames(1, count)]
    db = sqlite3.connect(folder / "least.db")
    db.execute("CREATE TABLE record (id INTEGER PRIMARY KEY, level INTEGER, data BLOB)")
    began = time.perf_counter()
    parsed = [(json.loads(data)["level"], data) for data in frames]
    db.executemany("INSERT INTO record (level, data) VALUES (?, ?)", parsed)
    db.commit()
    took = time.perf_counter() - began
    db.close()
    return count / took


# --- the tool itself -----------------------------------------------------------------------------


def test_an_answer_is_the_end_of_the_frame_that_shows_it() -> None:
    chunks = [
        (1.0, b"\x1b[?2026h\x1b[Hone"),
        (1.2, b"\x1b[?2026l"),
        (2.1, b"\x1b[Htwo"),
        (4.5, b"\x1b[Hfour"),
    ]
    words = ("one", "two", "three", "four")
    presses = [
        Press(at + 0.5, lambda screen, word=word: screen.has(word))  # type: ignore[misc]
        for at, word in enumerate(words)
    ]
    found = latencies(Emulator(10, 2), chunks, presses, 2)
    # The third was never shown by itself: the screen of the fourth answers both.
    assert found == pytest.approx([0.7, 0.6, 2.0, 1.0])
    assert latencies(Emulator(10, 2), chunks[:1], presses, 2) == [None] * 4


def test_the_table_judges_by_the_median() -> None:
    number = rows.Row("a key", "key", "ms", 30)
    share = rows.Row("start", "start", "ms", 1.25, "bare", "bare app", of_ratio=True)
    speed = rows.Row("ingest", "rate", "events/s", 20_000, least=True)
    samples = {"key": [10.0, 20.0, 900.0], "start": [300.0], "bare": [200.0], "rate": [25_000.0]}
    verdicts = [table.verdict(row, samples) for row in (number, share, speed)]
    assert verdicts == ["met", "MISSED", "met"]
    shown = table.table([number, share, speed], samples).splitlines()
    assert shown[2].split("|")[2].strip() == "20 ms (10 to 900)"
    assert shown[3].split("|")[3].strip() == "1.50 x bare app"


def test_every_row_of_the_table_is_explained() -> None:
    page = (product.ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    missing = [row.title.strip() for row in rows.ROWS if row.title.strip() not in page]
    assert missing == []


def test_output_is_replayed_alike_wherever_it_is_cut() -> None:
    """Also in the middle of a sequence, and between a character and its repetition."""
    data = b"\x1b[1;1Hab \x1b[48;2;1;2;3m\x1b[9bX\x1b[2;3Hq\x1b[3bz\x1b[?2026h!\x1b[?2026l"
    whole = Emulator(40, 5)
    whole.advance([(0.0, data)])
    assert whole.screen.rows[0].rstrip() == "ab          X"
    assert whole.screen.rows[1].rstrip() == "  qqqqz!"
    for cut in range(len(data)):
        parted = Emulator(40, 5)
        parted.advance([(0.0, data[:cut]), (0.1, data[cut:])])
        assert parted.screen.rows == whole.screen.rows, data[:cut]

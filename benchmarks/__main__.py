"""`python -m benchmarks [NAME…] [--quick] [--rounds N] [--json FILE] [--cache FOLDER] …`."""

import argparse
import contextlib
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import lasting, others, reading, rows, seeding, streaming, table
from benchmarks.plan import Numbers, Plan, quick
from benchmarks.product import Place
from benchmarks.terminal import TooLate

_ROUNDS = 3

SCENARIOS: dict[str, Callable[[Plan], Numbers]] = {
    "start": reading.start,
    "rest": reading.rest,
    "read": reading.read,
    "stream": streaming.stream,
    "answer": streaming.answer,
    "burst": streaming.burst,
    "append": streaming.append,
    "ingest": streaming.ingest,
    "day": lasting.day,
    "peers": others.peers,
}


def main(arguments: list[str]) -> int:
    """Measure, print the table; 1 where a goal was missed."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measures das-tui from outside. Scenarios: " + " ".join(SCENARIOS),
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="scenarios; default: all")
    parser.add_argument("--quick", action="store_true", help="one short round, no million events")
    parser.add_argument("--rounds", type=int, help=f"rounds ({_ROUNDS})")
    parser.add_argument("--json", type=Path, metavar="FILE", help="all numbers of all rounds")
    parser.add_argument("--cache", type=Path, help="where seeded stores are kept between runs")
    parser.add_argument("--page", type=Path, metavar="FILE", help="put the table into this page")
    options = parser.parse_args(arguments)
    unknown = set(options.names) - set(SCENARIOS)
    if unknown:
        parser.error(f"no scenario {' '.join(sorted(unknown))}")
    names = [name for name in SCENARIOS if name in options.names or not options.names]
    rounds = options.rounds or (1 if options.quick else _ROUNDS)
    with tempfile.TemporaryDirectory(prefix="das-tui-bench-") as scratch:
        cache = options.cache or Path(scratch) / "cache"
        cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        place = Place(cache, Path(scratch))
        plan = quick(place) if options.quick else Plan(place)
        where = table.machine()
        samples, failed = measure(names, plan, rounds)
    shown = table.table(rows.ROWS, samples)
    words = [*options.names, *(["--quick"] if options.quick else []), f"--rounds {rounds}"]
    command = " ".join(["python -m benchmarks", *words])
    said = [*where.values(), command]
    sys.stdout.write("\n".join([*said, "", shown, *failed]) + "\n")
    if options.page is not None:
        facts = "\n".join(f"- {line}" for line in said)
        table.put(options.page, f"{facts}\n\n{shown}")
    if options.json is not None:
        kept = {"command": command, "rounds": rounds, **where, "failed": failed}
        options.json.write_text(json.dumps(kept | {"samples": samples}, indent=1) + "\n")
    missed = any(table.verdict(row, samples) == table.MISSED for row in rows.ROWS)
    return 1 if missed or failed else 0


def measure(names: list[str], plan: Plan, rounds: int) -> tuple[dict[str, list[float]], list[str]]:
    """All numbers of all rounds, and the scenarios that could not be measured. The rounds go over
    all scenarios in turn, so that a slow minute of the machine does not fall on one alone."""
    samples: dict[str, list[float]] = {}
    failed: list[str] = []
    if set(names) - {"peers"}:
        for events in plan.sizes:
            with _timed(f"store with {events:,} events"):
                seeding.prepared(plan.place.cache, events)
    for number in range(1, rounds + 1):
        found: dict[str, float] = {}
        for name in names:
            try:
                with _timed(f"round {number}: {name}"):
                    found |= SCENARIOS[name](plan)
            except (TooLate, OSError) as error:
                failed.append(f"{name} was not measured: {error}")
        for name, value in (found | rows.derived(found)).items():
            samples.setdefault(name, []).append(value)
    return samples, failed


@contextlib.contextmanager
def _timed(what: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    sys.stderr.write(f"{what}: {time.monotonic() - began:.1f} s\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

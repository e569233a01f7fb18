"""Streams: keys, bytes and times while events come in. Each function is one round."""

import json
import time
from pathlib import Path

from benchmarks import corpus, product, seeding, series
from benchmarks.plan import OUTPUTS, SMALL, WIDE, Numbers, Plan, label, named
from benchmarks.replay import Screen
from benchmarks.terminal import Program
from das_tui.store.store import Store

_AHEAD = 16
"""Events between the end of the stored ones and the first of a stream."""


def stream(plan: Plan) -> Numbers:
    """Keys while 1,000 and 10,000 events a second come into a session of 100,000."""
    found: Numbers = {}
    for size in (SMALL, WIDE):
        for rate in (1_000, 10_000):
            for output in OUTPUTS:
                name = f"stream.{label(rate)}.{size[0]}x{size[1]}.{output}"
                found |= named(name, _streamed(plan, rate, size, output))
    return found


def _streamed(plan: Plan, rate: int, size: tuple[int, int], output: str) -> Numbers:
    stored = 100_000
    first = stored + _AHEAD
    count = int(rate * (1.5 * plan.seconds + 8))
    keys = int(plan.seconds / 0.085)
    with (
        product.playing("events", first=first, count=count, rate=rate) as played,
        product.das_tui(plan.place, stored, size, url=played.url, output=output) as program,
    ):
        product.wait_ready(program)
        product.open_long(program, stored)
        asked = product.ask(program, "go on")
        began = played.said("begun")
        time.sleep(1.0)
        before, at = _frames(program), time.monotonic()
        first_keys = series.send(program, list(series.thresholds(keys * 2 // 3 // 6 * 6)))
        last_keys = series.send(program, list(series.jumps(keys // 3 // 3 * 3, first)))
        taken = (_frames(program) - before) / (time.monotonic() - at)
        memory = program.memory
        levels, jumped = first_keys.outcome(program), last_keys.outcome(program)
        both = series.joined([levels, jumped])
        return both.bound() | {
            "levels": levels.percentile(0.99),
            "jumps": jumped.percentile(0.99),
            "share": 100 * levels.share,
            "kilobytes": levels.written / levels.seconds / 1000,
            "missed": float(both.missed),
            "asked": 1000 * (began - asked),
            "taken": taken,
            "memory": memory,
        }


def _history(program: Program) -> Path:
    assert program.folder is not None
    return Path(program.folder) / "data" / "history.db"


def _frames(program: Program) -> int:
    """Events of the long session that are stored."""
    store = Store.open(_history(program), read_only=True)
    try:
        return store.get(seeding.KEY).frames
    finally:
        store.close()


def answer(plan: Plan) -> Numbers:
    """Terminal bytes for each byte of a long answer that comes 4 characters at a time, with the
    transcript alone and with the sidebar beside it."""
    found: Numbers = {}
    for alone in (True, False):
        for output in OUTPUTS:
            name = f"answer.{'alone' if alone else 'sidebar'}.{output}"
            found |= named(name, answered(plan, alone, output))
    return found


def answered(plan: Plan, alone: bool, output: str) -> Numbers:
    """One such answer."""
    options = {"count": plan.chars, "piece": 4, "rate": 500, "hold": 0.5}
    with (
        product.playing("answer", **options) as played,
        product.das_tui(plan.place, 1_000, SMALL, url=played.url, output=output) as program,
    ):
        product.wait_ready(program)
        if alone:
            product.alone(program)
        product.ask(program, "tell me all")
        played.said("begun")
        written, busy, began = program.written, program.busy, time.monotonic()
        played.said("ended")
        share = (program.busy - busy) / (time.monotonic() - began)
        program.quiet(0.5)
        wrote = program.written - written
        program.until(lambda screen: screen.has(corpus.LAST_WORDS), "the end", 10.0)
    return {"ratio": wrote / plan.chars, "share": 100 * share}


def burst(plan: Plan) -> Numbers:
    """A 20 KB answer that is there at once: from the service's first byte to its last words on
    the screen. As one event, and as 512 of 40 characters."""
    found: Numbers = {}
    for name, piece in (("one", 0), ("many", 40)):
        with (
            product.playing("answer", count=20_480, piece=piece, hold=1.0) as played,
            product.das_tui(plan.place, 1_000, SMALL, url=played.url) as program,
        ):
            product.wait_ready(program)
            product.ask(program, "tell me all")
            sent = played.said("begun")
            at = program.until(lambda screen: screen.has(corpus.LAST_WORDS), "the end", 20.0)
            found[f"burst.{name}"] = 1000 * (at - sent)
    return found


def append(plan: Plan) -> Numbers:
    """Terminal bytes for each message of three lines, ten of which come in a second."""
    found: Numbers = {}
    for alone in (True, False):
        for output in OUTPUTS:
            name = f"append.{'alone' if alone else 'sidebar'}.{output}"
            found[name] = _appended(plan, alone, output)
    return found


def _appended(plan: Plan, alone: bool, output: str) -> float:
    options = {"first": 1_000 + _AHEAD, "count": plan.messages, "rate": 10, "hold": 0.5}
    with (
        product.playing("messages", **options) as played,
        product.das_tui(plan.place, 1_000, SMALL, url=played.url, output=output) as program,
    ):
        product.wait_ready(program)
        product.open_long(program, 1_000)
        if alone:
            product.alone(program)
        product.ask(program, "go on")
        played.said("begun")
        written = program.written
        played.said("ended")
        return (program.written - written) / plan.messages / 1000


def ingest(plan: Plan, rate: float = 0.0) -> Numbers:
    """A recorded body as fast as the socket takes it: through the parser, into the store and the
    index, until its last event is on the screen. Then the store is counted. Memory is looked at
    after a third, and at the end. With `rate` they come so many a second."""
    first = 1_000 + _AHEAD
    with (
        product.playing("events", first=first, count=plan.flood, rate=rate) as played,
        product.das_tui(plan.place, 1_000, SMALL, url=played.url) as program,
    ):
        product.wait_ready(program)
        product.open_long(program, 1_000)
        product.ask(program, "go on")
        sent = played.said("begun")
        early, wanted = first + plan.flood // 3, corpus.mark_of(first + plan.flood - 1)
        program.until(lambda screen: _latest(screen) >= early, "a third of the events", 120.0)
        memory = program.memory
        at = program.until(lambda screen: screen.has(wanted), "the last event", 120.0)
        program.until(lambda screen: screen.has("finished"), "the verdict", 20.0)
        grown = 1e6 * (program.memory - memory) / (plan.flood - plan.flood // 3)
        stored = _stored(_history(program), first, plan.flood)
        return {
            "ingest.rate": plan.flood / (at - sent),
            "ingest.lost": plan.flood - stored,
            "ingest.grown": grown,
        }


def _latest(screen: Screen) -> int:
    """The highest number of an event in view, 0 for none."""
    return max((number for number, _ in product.marks(screen)), default=0)


def _stored(path: Path, first: int, count: int) -> float:
    """How many of the events stand in the store, each counted once."""
    store = Store.open(path, read_only=True)
    try:
        numbers = set()
        for record in store.load(seeding.KEY, after=1_000):
            if record.source == "dms":
                numbers.add(json.loads(record.data).get("checkpoint", -1))
        return float(sum(first <= number < first + count for number in numbers))
    finally:
        store.close()

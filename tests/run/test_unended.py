"""A long session whose run has not ended opens from its shelf and the mark of the reducer, and goes
on as if all of its records had been read."""

import asyncio
import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from das_tui.domain import facts
from das_tui.domain.blocks import Block
from das_tui.domain.events import LineLost, LocalFact, QuestionAsked, Resumed, RunCut
from das_tui.domain.record import LOCAL, Frame, Record, Service
from das_tui.domain.session import Session, State
from das_tui.domain.shelf import CHUNK
from das_tui.run import shelving
from das_tui.run.engine import Engine
from das_tui.run.kept import Kept
from das_tui.run.memory import Memory
from das_tui.run.shelving import Shelves
from das_tui.store.store import Appended, Store
from das_tui.wire.sse import SseDecoder

DATA = Path(__file__).parent.parent / "data"
KEY = "left"
PARTS = {
    Service.DMS: ["dms_analysis_full.sse", "dms_plan_confirm.sse", "dms_sql_confirm.sse"],
    Service.DAS: ["das_diagnose.sse", "das_error.sse"],
    Service.CHAT: ["das_chat_agui.sse"],
}


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelving, "MOST", CHUNK * 2)
    monkeypatch.setattr(shelving, "HERE", CHUNK // 2)
    monkeypatch.setattr(shelving, "AGAIN", 700)


def told(service: Service, rounds: int, chance: random.Random) -> list[Frame | LocalFact]:
    """One long question: the streams of a service again and again, with lost lines in between."""
    frames: list[Frame | LocalFact] = []
    for name in PARTS[service] * rounds:
        decoder = SseDecoder()
        for frame in [*decoder.feed((DATA / name).read_bytes()), *decoder.close()]:
            frames.append(frame)
            if chance.random() < 0.02:
                frames += [LineLost(), Resumed()]
    return [QuestionAsked(text="all of it?"), *frames]


def recorded(service: Service, items: list[Frame | LocalFact]) -> list[Record]:
    records, seq = [], 0
    for position, item in enumerate(items, 1):
        at = 1.7e9 + position
        if isinstance(item, Frame):
            seq += 1
            records.append(Record(position, seq, at, service, item.event, item.data))
        else:
            name, data = facts.encode(item)
            records.append(Record(position, 0, at, LOCAL, name, data))
    return records


def batches(records: list[Record], chance: random.Random) -> Iterator[list[Record]]:
    at = 0
    while at < len(records):
        size = chance.choice([1, 7, 60, 256])
        yield records[at : at + size]
        at += size


class Life:
    """A session as a run of it leaves it in the store, batch by batch."""

    def __init__(self, path: Path, service: Service) -> None:
        self.store = Store.open(path)
        self.shelves = Shelves(self.store)
        self.kept = Kept(Session(KEY, service, "id", created_at=1.7e9))
        self.store.create(self.kept.row)

    async def take(self, batch: list[Record]) -> None:
        kept = self.kept
        kept.take(batch)
        kept.refresh(records=batch[-1].position, frames=kept.row.frames, last_at=batch[-1].at)
        self.store.append([Appended(KEY, batch, kept.row, kept.usage())])
        kept.turn.changed()
        await self.shelves.relieve(kept)


async def read(store: Store) -> tuple[Kept, list[Block]]:
    """The session as another start of the program reads it, and all its blocks."""
    shelves = Shelves(store)
    kept = await Memory(store, shelves).load(KEY)
    return kept, blocks(kept, shelves)


def blocks(kept: Kept, shelves: Shelves) -> list[Block]:
    found = [block for n in range(kept.shelved // CHUNK) for block in shelves.read(KEY, n)]
    for index, block in kept.turn.altered.items():
        found[index] = block
    return [*found, *kept.turn.blocks]


def copy(store: Path, to: Path) -> Path:
    """The store as a process leaves it that is killed now."""
    with sqlite3.connect(store) as there, sqlite3.connect(to) as here:
        there.backup(here)
    there.close()
    here.close()
    return to


def reduced(row: Session, records: list[Record]) -> Kept:
    kept = Kept(row)
    kept.take(records)
    return kept


def same(part: Kept, whole: Kept) -> None:
    assert part.overview() == whole.overview()
    assert part.turn.count == whole.turn.count
    assert part.turn.answers[-1:] == whole.turn.answers[-1:]
    assert part.turns == whole.turns
    assert part.ledger.resume_at() == whole.ledger.resume_at()
    assert part.ledger.kept() == whole.ledger.kept()


@pytest.mark.parametrize("service", list(Service))
@pytest.mark.parametrize("seed", range(3))
async def test_killed_anywhere_it_is_as_if_all_had_been_read(
    tmp_path: Path, service: Service, seed: int
) -> None:
    chance = random.Random(seed)
    rounds = {Service.DMS: 25, Service.DAS: 60, Service.CHAT: 60}[service]
    records = recorded(service, told(service, rounds, chance))
    life = Life(tmp_path / "a.db", service)
    marked = 0
    for number, batch in enumerate(batches(records, chance)):
        await life.take(batch)
        if chance.random() > 0.05:
            continue
        there = Store.open(copy(tmp_path / "a.db", tmp_path / f"{number}.db"))
        upto = batch[-1].position
        started = Shelves(there).restored(there.get(KEY))
        marked += started is not None
        if started is not None and life.kept.marked:
            assert started.marked == life.kept.marked
            assert upto - started.marked < 4 * CHUNK * 8
        part, shown = await read(there)
        whole = reduced(there.get(KEY), records[:upto])
        assert shown == whole.turn.blocks
        same(part, whole)
        # It goes on from there.
        more = records[upto : upto + 300]
        part.take(more)
        whole.take(more)
        assert blocks(part, Shelves(there)) == whole.turn.blocks
        same(part, whole)
        there.close()
    assert marked > 1
    life.store.close()


@pytest.mark.parametrize("end", [State.LIVE, State.CUT, State.NEEDS_INPUT])
async def test_it_opens_without_going_through_its_records(tmp_path: Path, end: State) -> None:
    chance = random.Random(1)
    items = told(Service.DMS, 30, chance)
    if end is State.CUT:
        items.append(RunCut(text="The program ended"))
    elif end is State.NEEDS_INPUT:
        items = items[: asked_last(items)]
    else:
        items = items[:-40]
    records = recorded(Service.DMS, items)
    life = Life(tmp_path / "a.db", Service.DMS)
    for batch in batches(records, chance):
        await life.take(batch)
    row = life.store.get(KEY)
    if end is not State.LIVE:
        assert row.state is end
    await life.shelves.pack(life.kept)
    life.store.close()

    again = Store.open(tmp_path / "a.db")
    whole = reduced(row, records)
    opened = Shelves(again).opened(row)
    assert opened is not None
    assert opened.overview == whole.overview()
    assert len(opened.heads) == whole.turn.count // CHUNK
    # One more record behind the shelf: only that one is read.
    more = recorded(Service.DMS, [*items, RunCut(text="again")])[-1:]
    whole.take(more)
    last = again.get(KEY)
    again.append([Appended(KEY, more, whole.row, ())])
    assert again.get(KEY).records == last.records + 1
    asked: list[int] = []
    batches_of = again.load_batches

    def spied(key: str, *, after: int = 0, size: int = 512) -> Iterator[list[Record]]:
        for chunk in batches_of(key, after=after, size=size):
            asked.append(len(chunk))
            yield chunk

    again.load_batches = spied  # type: ignore[method-assign, assignment]
    part, shown = await read(again)
    assert sum(asked) == 1
    assert shown == whole.turn.blocks
    same(part, whole)
    again.close()


def asked_last(items: list[Frame | LocalFact]) -> int:
    """After how many items the session waits for the last time."""
    kept, found = Kept(Session(KEY, Service.DMS, "id")), 0
    for record in recorded(Service.DMS, items):
        kept.take([record])
        if kept.state is State.NEEDS_INPUT:
            found = record.position
    return found


@pytest.mark.parametrize("harm", ["version", "standing", "rest", "later"])
async def test_a_mark_that_cannot_be_read_costs_only_time(tmp_path: Path, harm: str) -> None:
    chance = random.Random(2)
    records = recorded(Service.DMS, told(Service.DMS, 12, chance))
    life = Life(tmp_path / "a.db", Service.DMS)
    for batch in batches(records, chance):
        await life.take(batch)
    row = life.store.get(KEY)
    assert life.kept.marked
    statement = {
        "version": "UPDATE shelf SET version = 999",
        "standing": "UPDATE shelf SET standing = x'5b5d'",
        "rest": "UPDATE shelf SET rest = x'00'",
        "later": "UPDATE shelf SET records = records + 100000",
    }[harm]
    life.store._db.execute(statement)
    life.store.close()
    again = Store.open(tmp_path / "a.db")
    part, shown = await read(again)
    whole = reduced(row, records)
    assert shown == whole.turn.blocks
    same(part, whole)
    again.close()


async def test_a_chunk_that_changes_takes_the_mark_with_it(tmp_path: Path) -> None:
    """Between the chunks and the next mark a kill must not leave an old mark with new blocks."""
    records = recorded(Service.DMS, told(Service.DMS, 12, random.Random(3)))
    life = Life(tmp_path / "a.db", Service.DMS)
    await life.take(records)
    packed = life.store.shelf(KEY)
    assert packed is not None
    assert packed.blocks >= CHUNK
    body = life.store.chunk_body(KEY, 0)
    head = life.store.chunk_heads(KEY, 1)[0]
    assert body is not None
    life.store.put_chunks(KEY, [(packed.blocks // CHUNK, head, body)])
    assert life.store.shelf(KEY) == packed
    life.store.put_chunks(KEY, [(packed.blocks // CHUNK - 1, head, body)])
    assert life.store.shelf(KEY) is None
    life.store.close()


async def test_a_long_read_keeps_few_blocks_in_memory(tmp_path: Path) -> None:
    records = recorded(Service.DMS, told(Service.DMS, 40, random.Random(4)))
    store = Store.open(tmp_path / "a.db")
    kept = reduced(Session(KEY, Service.DMS, "id", created_at=1.7e9), records)
    kept.refresh(records=len(records), frames=kept.row.frames, last_at=0.0)
    store.create(kept.row)
    store.append([Appended(KEY, records, kept.row, ())])
    part, shown = await read(store)
    assert len(part.turn.blocks) < CHUNK * 4 < kept.turn.count
    assert shown == kept.turn.blocks
    same(part, kept)
    store.close()


async def test_what_was_read_is_handed_over_without_fetching_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = recorded(Service.DMS, told(Service.DMS, 40, random.Random(4)))
    store = Store.open(tmp_path / "a.db")
    kept = reduced(Session(KEY, Service.DMS, "id", created_at=1.7e9), records)
    kept.refresh(records=len(records), frames=kept.row.frames, last_at=0.0)
    store.create(kept.row)
    store.append([Appended(KEY, records, kept.row, ())])
    store.close()
    fetched: list[int] = []
    fetch = Shelves.read

    def counted(shelves: Shelves, key: str, number: int) -> list[Block]:
        fetched.append(number)
        return fetch(shelves, key, number)

    monkeypatch.setattr(Shelves, "read", counted)
    engine = Engine(tmp_path / "a.db", None, lambda: None)
    engine.start()
    try:
        await asyncio.wrap_future(engine.open(KEY))
        change = engine.feed.drain()[KEY]
    finally:
        assert engine.close(20.0)
    assert sum(head.count for head in change.shelf) + len(change.blocks) >= kept.turn.count
    assert len(fetched) < CHUNK


CHILD = """
import asyncio, random, sys
from pathlib import Path
from das_tui.domain.record import Service
from das_tui.domain.shelf import CHUNK
from das_tui.run import shelving
from das_tui.run.engine import Engine
from tests.run import test_unended as t
shelving.MOST, shelving.HERE, shelving.AGAIN = CHUNK * 2, CHUNK // 2, 700
async def main():
    life = t.Life(Path(sys.argv[1]), Service.DMS)
    chance = random.Random(7)
    records = t.recorded(Service.DMS, t.told(Service.DMS, 200, chance))
    for batch in t.batches(records, chance):
        await life.take(batch)
        print(batch[-1].position, flush=True)
asyncio.run(main())
"""


@pytest.mark.parametrize("after", [3_000, 5_500])
def test_a_process_that_is_killed_leaves_a_mark(tmp_path: Path, after: int) -> None:
    path = tmp_path / "a.db"
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    for line in child.stdout:
        if int(line) >= after:
            os.kill(child.pid, signal.SIGKILL)
            break
    child.communicate()
    store = Store.open(path)
    row = store.get(KEY)
    started = Shelves(store).restored(row)
    assert started is not None
    assert row.records >= after
    assert row.records - started.marked < 2_500
    part, shown = asyncio.run(read(store))
    whole = reduced(row, list(store.load(KEY)))
    assert shown == whole.turn.blocks
    same(part, whole)
    store.close()

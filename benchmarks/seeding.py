"""Stores with a long session in them, made by the product's own reducer, store and packing.

What a run does with each batch is done here: reduce, append, pack what is old, and pack the rest
at the end. Stores are kept in a cache folder and copied for every measurement.
"""

import asyncio
import gc
import itertools
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks import corpus
from das_tui.domain import facts, shelf
from das_tui.domain.events import Dispatched, LocalFact, QuestionAsked, RunCut
from das_tui.domain.record import LOCAL, Frame, Record
from das_tui.domain.session import Session
from das_tui.run.kept import Kept
from das_tui.run.past import keep
from das_tui.run.shelving import LEAST, Shelves
from das_tui.store import migration
from das_tui.store.store import Appended, Store

KEY = "bench-long"
TITLE = "Long analysis"
SHORT_TITLE = "Short answer"
SESSION_ID = "sess_bench"
AGENT_ID = "ag-bench"

_BATCH = 512
_RELIEVE = 8_192
_BEGAN = 1_735_689_600.0
_EDITION = 1
"""Of what is stored here; another one makes the cache anew."""


def prepared(cache: Path, events: int, *, ended: bool = True) -> Path:
    """The store with a session of `events` events, finished or cut off, from the
    cache or made now."""
    kind = f"{events}" if ended else f"unended-{events}"
    name = f"{kind}-{_EDITION}.{migration.VERSION}.{shelf.VERSION}.db"
    path = cache / name
    if path.exists() and _whole(path, events, ended=ended):
        return path
    for old in cache.glob(f"{kind}-*.db*"):
        old.unlink()
    draft = cache / f"draft-{name}"
    for left in cache.glob(f"draft-{name}*"):
        left.unlink()
    seed(draft, events, ended=ended)
    draft.rename(path)
    return path


def copied(cache: Path, events: int, folder: Path, *, ended: bool = True) -> Path:
    """A copy of that store as the history of the data folder `folder`."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / "history.db"
    shutil.copyfile(prepared(cache, events, ended=ended), path)
    path.chmod(0o600)
    return path


def seed(path: Path, events: int, *, ended: bool = True) -> None:
    """Make a new store at `path` with a short session and a long one of `events` events."""
    enabled, thresholds = gc.isenabled(), gc.get_threshold()
    gc.set_threshold(100_000, 50, 100)
    try:
        store = Store.open(path)
        keep(store, _row("bench-short", "das", SHORT_TITLE, "rm-bench01"), _short())
        asyncio.run(_seed_long(store, events, ended=ended))
        store.close()
    finally:
        gc.set_threshold(*thresholds)
        if not enabled:
            gc.disable()


def seed_talks(path: Path, count: int) -> None:
    """Make a new store at `path` with `count` sessions of one answer, DAS and DMS in turn."""
    store = Store.open(path)
    for number in range(1, count + 1):
        key, title = f"bench-talk-{number}", f"Talk {number}"
        if number % 2:
            keep(store, _row(key, "das", title, "rm-bench01"), _short())
        else:
            ids = (f"sess_talk_{number}", f"ag-talk-{number}")
            keep(store, _row(key, "dms", title, "harbor_bikes", *ids), _long(8))
    store.close()


async def _seed_long(store: Store, events: int, *, ended: bool) -> None:
    kept = Kept(_row(KEY, "dms", TITLE, "harbor_bikes", SESSION_ID, AGENT_ID))
    shelves = Shelves(store)
    store.create(kept.row)
    records = _records(events, ended=ended)
    position = frames = since = 0
    while batch := list(itertools.islice(records, _BATCH)):
        kept.take(batch)
        position, frames = batch[-1].position, max(frames, *(record.seq for record in batch))
        kept.refresh(records=position, frames=frames, last_at=batch[-1].at)
        store.append([Appended(KEY, batch, kept.row, kept.usage())])
        since += len(batch)
        if since >= _RELIEVE:
            since = 0
            await shelves.relieve(kept)
    kept.row = store.change(KEY, seen=kept.turn.count)
    await shelves.pack(kept)
    if not ended:
        _cut_off(store, kept)
        return
    if kept.turn.count >= LEAST and shelves.opened(store.get(KEY)) is None:
        raise RuntimeError("the seeded session was not packed")


def _cut_off(store: Store, kept: Kept) -> None:
    """The run was cut: the next start finds that out, and stores it behind what is packed."""
    name, data = facts.encode(RunCut(kept=kept.row.frames, text="The program ended."))
    position, at = kept.row.records + 1, kept.row.last_at
    batch = [Record(position, 0, at, LOCAL, name, data)]
    kept.take(batch)
    kept.refresh(records=position, frames=kept.row.frames, last_at=at)
    store.append([Appended(KEY, batch, kept.row, kept.usage())])


def _records(events: int, *, ended: bool = True) -> Iterator[Record]:
    frames = 0
    for position, (at, item) in enumerate(_long(events, ended=ended), start=1):
        if isinstance(item, Frame):
            frames += 1
            yield Record(position, frames, at, "dms", item.event, item.data)
        else:
            name, data = facts.encode(item)
            yield Record(position, 0, at, LOCAL, name, data)


def _long(events: int, *, ended: bool = True) -> Iterator[tuple[float, Frame | LocalFact]]:
    at = _BEGAN
    yield at, QuestionAsked(text="Read every route of all depots: where are parcels late?")
    yield at, Dispatched(message_id="m-bench")
    yield at, corpus.dms_frame("chat_start", 0)
    for number, frame in enumerate(corpus.frames(1, events), start=1):
        at = _BEGAN + number / 50
        yield at, frame
    if not ended:
        return
    yield at, corpus.dms_frame("chat_finish", events + 1)
    yield at, corpus.dms_frame("SSE_FINISH", events + 2)


def _short() -> Iterator[tuple[float, Frame | LocalFact]]:
    at = time.time() - 60.0
    yield at, QuestionAsked(text="How full is the disk?")
    yield at, Dispatched(request_id="R-short")
    for frame in corpus.deltas("The disk is at 84 %.", 8):
        yield at, frame


def _row(
    key: str, service: str, title: str, target: str, session_id: str = "", agent_id: str = ""
) -> Session:
    return Session(
        key=key,
        service=service,
        session_id=session_id,
        agent_id=agent_id,
        title=title,
        target=target,
        profile="bench",
        created_at=_BEGAN,
        asked_at=_BEGAN,
        last_at=_BEGAN,
        since=_BEGAN,
    )


def _whole(path: Path, events: int, *, ended: bool) -> bool:
    """Whether a cached store holds the session, packed as this program packs."""
    store = Store.open(path, read_only=True)
    try:
        row = store.get(KEY)
        if not ended:
            return row.frames == events + 1
        packed = row.blocks < LEAST or Shelves(store).opened(row) is not None
        return row.frames == events + 3 and packed
    except Exception:
        return False
    finally:
        store.close()

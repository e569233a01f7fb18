"""Stored first, shown second: the one place where records are made, committed and published."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from das_tui.domain import facts
from das_tui.domain.events import AnyEvent, LocalFact, NoticeNoted
from das_tui.domain.record import LOCAL, Frame, Record
from das_tui.light import dataclass
from das_tui.run import replay, way
from das_tui.run.kept import Kept
from das_tui.store.errors import Conflict, NotStored
from das_tui.store.store import Appended, Store

BATCH_SECONDS = 0.05
"""The longest that an event waits for its commit."""

BATCH_EVENTS = 256
"""The most events that wait for one commit."""

BATCH_BYTES = 1024 * 1024
"""So many bytes of payload do not wait for more."""

_TRY_AGAIN = 2.0

Readings = Sequence[tuple[Record, tuple[AnyEvent, ...]]]


@dataclass(slots=True)
class _Waiting:
    """Something that happened and is not yet a record."""

    at: float
    source: str
    event: str
    data: bytes
    events: tuple[AnyEvent, ...]


class Writer:
    """Batches for all sessions of one loop.

    An event waits at most `BATCH_SECONDS`; the first after a pause does not wait. `published` is
    called after the commit, with no readings where only the row changed. When the disk refuses,
    `trouble` says why, what comes is published from memory, and it is tried again every 2 s.
    """

    def __init__(
        self,
        store: Store,
        clock: Callable[[], float],
        published: Callable[[Kept, Readings], None],
        troubled: Callable[[str], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._published = published
        self._troubled = troubled
        self._waiting: dict[str, tuple[Kept, list[_Waiting]]] = {}
        self._count = 0
        self._size = 0
        self._timer: asyncio.TimerHandle | None = None
        self._last = 0.0
        self._unstored: list[Appended] = []
        self._try_at = 0.0
        self._retry: asyncio.TimerHandle | None = None
        self.trouble = ""

    @property
    def unstored(self) -> frozenset[str]:
        """The sessions of which something is in memory only."""
        return frozenset(item.key for item in self._unstored)

    def frame(self, kept: Kept, frame: Frame, events: tuple[AnyEvent, ...]) -> None:
        """Take a frame of the wire; it is committed with its batch."""
        way.give()
        row = kept.row
        self._add(kept, _Waiting(self._clock(), row.service, frame.event, frame.data, events))
        self._size += len(frame.data)
        if self._count >= BATCH_EVENTS or self._size >= BATCH_BYTES:
            self.flush()
        elif self._timer is None:
            loop = asyncio.get_running_loop()
            due = max(loop.time(), self._last + BATCH_SECONDS)
            self._timer = loop.call_at(due, self.flush)

    def fact(self, kept: Kept, *told: LocalFact) -> None:
        """Commit local facts, and all that waited before them, now, in one transaction."""
        for fact in told:
            name, data = facts.encode(fact)
            self._add(kept, _Waiting(self._clock(), LOCAL, name, data, (fact,)))
        self.flush()

    def touch(self, kept: Kept) -> None:
        """Commit the row of a session as it stands now."""
        self._waiting.setdefault(kept.row.key, (kept, []))
        self.flush()

    def _add(self, kept: Kept, item: _Waiting) -> None:
        key = kept.row.key
        known = self._waiting.get(key)
        if known is None:
            self._waiting[key] = (kept, [item])
        else:
            known[1].append(item)
        self._count += 1

    def flush(self) -> None:
        """Commit all that waits in one transaction, then publish it."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        waiting, self._waiting = self._waiting, {}
        self._count = self._size = 0
        if not waiting:
            return
        batch: list[Appended] = []
        told: list[tuple[Kept, Readings]] = []
        for kept, items in waiting.values():
            readings = self._reduced(kept, items)
            left, kept.left = kept.left, []
            records, usage = [record for record, _ in readings], kept.usage()
            kept.paid += usage
            batch.append(Appended(kept.row.key, records, kept.row, usage, left))
            told.append((kept, readings))
        self._commit(batch)
        with contextlib.suppress(RuntimeError):
            self._last = asyncio.get_running_loop().time()
        for kept, readings in told:
            self._published(kept, readings)

    def _reduced(self, kept: Kept, items: Sequence[_Waiting]) -> Readings:
        """Records for what waited, with the reducer and the row brought up to them."""
        readings: list[tuple[Record, tuple[AnyEvent, ...]]] = []
        position, seq, at = kept.row.records, kept.row.frames, kept.row.last_at
        for item in items:
            way.give()
            position += 1
            if item.source != LOCAL:
                seq += 1
            number = 0 if item.source == LOCAL else seq
            record = Record(position, number, item.at, item.source, item.event, item.data)
            replay.apply(kept.turn, item.events, item.at, position)
            kept.note(item.events)
            at = max(at, item.at)
            readings.append((record, item.events))
        kept.refresh(records=position, frames=seq, last_at=at)
        return readings

    # --- committing ----------------------------------------------------------------------------

    def _commit(self, batch: list[Appended]) -> None:
        if self._unstored and time.monotonic() < self._try_at:
            self._unstored += batch
            return
        everything = [*self._unstored, *batch]
        try:
            self._store.append(everything)
        except Conflict:
            self._one_by_one(everything)
        except NotStored as error:
            self._keep(everything, str(error))
        else:
            self._stored()

    def _one_by_one(self, batch: Sequence[Appended]) -> None:
        """One session's positions are taken; the others must not suffer. What the disk refuses
        meanwhile is kept."""
        for place, item in enumerate(batch):
            try:
                try:
                    self._store.append([item])
                except Conflict:
                    self._store.append([self._renumbered(item)])
            except NotStored as error:
                self._keep(list(batch[place:]), str(error))
                return
        self._stored()

    def _renumbered(self, item: Appended) -> Appended:
        """The same records after those that another instance has written."""
        there = self._store.get(item.key)
        frames = there.frames
        records = []
        for number, record in enumerate(item.records, there.records + 1):
            frames += record.seq > 0
            records.append(replace(record, position=number, seq=frames if record.seq else 0))
        row = replace(item.session, records=there.records + len(records), frames=frames)
        return replace(item, records=records, session=row)

    def _keep(self, batch: list[Appended], why: str) -> None:
        self._unstored = batch
        self._try_at = time.monotonic() + _TRY_AGAIN
        if self._retry is None:
            with contextlib.suppress(RuntimeError):
                loop = asyncio.get_running_loop()
                self._retry = loop.call_later(_TRY_AGAIN * 1.1, self._again)
        if self.trouble != why:
            self.trouble = why
            self._troubled(why)

    def _again(self) -> None:
        self._retry = None
        if self._unstored:
            self._commit([])

    def _stored(self) -> None:
        self._unstored = []
        if self.trouble:
            self.trouble = ""
            self._troubled("")

    def close(self) -> None:
        """Flush, and try once more what could not be stored."""
        self._try_at = 0.0
        self.flush()
        if self._unstored:
            self._commit([])
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None


def disk_notice(why: str, kept: int) -> NoticeNoted:
    """What a transcript says when the disk refuses."""
    return NoticeNoted(
        text=f"Not stored: {why}. {kept:,} are kept; what follows is in memory only."
    )

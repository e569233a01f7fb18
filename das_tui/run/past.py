"""Sessions of the past: the ordinary decode, reduce and append with times that are given."""

from collections.abc import Iterable
from dataclasses import replace

from das_tui.domain import facts
from das_tui.domain.events import LocalFact
from das_tui.domain.record import LOCAL, Frame, Record
from das_tui.domain.session import Session
from das_tui.run.fresh import Fresh
from das_tui.run.kept import Kept
from das_tui.store.store import Appended, Store

_BATCH = 512


def keep(
    store: Store,
    session: Session,
    items: Iterable[tuple[float, Frame | LocalFact]],
    *,
    unread: int | None = None,
) -> Session:
    """Store a new session with all its items, each with its receive time in UNIX seconds.

    `session` brings key, service, title, target, profile and times; state, counts, checkpoint,
    errors and characters come from the items. `seen` of it is kept as given, but with `unread` so
    many of the latest blocks are left to be seen. Returns the row.
    """
    kept = Kept(session)
    records: list[Record] = []
    frames = position = 0
    store.create(session)

    def flush() -> None:
        kept.take(records)
        last = records[-1].at if records else session.last_at
        kept.refresh(records=position, frames=frames, last_at=last)
        store.append([Appended(session.key, tuple(records), kept.row, kept.usage())])
        records.clear()

    for at, item in items:
        position += 1
        if isinstance(item, Frame):
            frames += 1
            records.append(Record(position, frames, at, session.service, item.event, item.data))
        else:
            name, data = facts.encode(item)
            records.append(Record(position, 0, at, LOCAL, name, data))
        if len(records) >= _BATCH:
            flush()
    flush()
    if unread is None:
        return kept.row
    row = replace(kept.row, seen=max(0, kept.row.blocks - unread), fresh="")
    return store.change(row.key, seen=row.seen, fresh=Fresh().up_to(row, kept.turn))

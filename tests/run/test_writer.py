"""Nothing is published that is not committed: another connection has it already."""

import sqlite3
from pathlib import Path

from das_tui.domain.events import NoticeNoted
from das_tui.domain.record import Frame
from das_tui.domain.session import Session
from das_tui.run.kept import Kept
from das_tui.run.writer import BATCH_EVENTS, Readings, Writer
from das_tui.store.store import Store
from das_tui.wire import dialect


async def test_what_is_published_is_committed(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    store = Store.open(path)
    other = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    stored_then: list[tuple[int, int]] = []

    def published(kept: Kept, readings: Readings) -> None:
        (stored,) = other.execute("SELECT count(*) FROM record").fetchone()
        (row,) = other.execute("SELECT max(records) FROM session").fetchone()
        assert row == stored
        stored_then.append((stored, readings[-1][0].position))

    kept = Kept(Session(key="k", service="das"))
    writer = Writer(store, lambda: 1.0, published, lambda why: None)
    writer.fact(kept, NoticeNoted(text="one"))
    for number in range(BATCH_EVENTS + 3):
        data = b'{"Id": "s", "Answer": "%d", "Event": "agent_message"}' % number
        writer.frame(kept, Frame("", data), dialect.decode("das", Frame("", data)))
    writer.close()
    assert stored_then == [(1, 1), (BATCH_EVENTS + 1, BATCH_EVENTS + 1), (BATCH_EVENTS + 4,) * 2]
    other.close()
    store.close()

"""The store on real files: what was appended is there, private, and survives kill -9."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from das_tui.domain.record import LOCAL, Record
from das_tui.domain.session import Session, State
from das_tui.store.errors import (
    AmbiguousSession,
    Conflict,
    NotStored,
    ReadOnlyStore,
    StoreError,
    UnknownSession,
    UnsafePlace,
)
from das_tui.store.migration import VERSION
from das_tui.store.store import Appended, Store


def session(key: str = "k1", **changes: object) -> Session:
    base = Session(key=key, service="dms", title="why slow", created_at=10.0)
    return replace(base, **changes)  # type: ignore[arg-type]


def records(first: int, count: int) -> list[Record]:
    return [
        Record(i, i, 100.0 + i, "dms", "data", f'{{"checkpoint":{i}}}'.encode())
        for i in range(first, first + count)
    ]


def append(store: Store, row: Session, first: int, count: int) -> Session:
    row = replace(row, records=first + count - 1, frames=first + count - 1)
    store.append([Appended(row.key, records(first, count), row)])
    return row


@pytest.fixture
def store(tmp_path: Path):  # type: ignore[no-untyped-def]
    opened = Store.open(tmp_path / "data" / "history.db")
    yield opened
    opened.close()


def test_what_was_appended_comes_back_exactly(store: Store) -> None:
    row = session(
        session_id="sess_1",
        agent_id="ag-1",
        target="rm-demo01",
        profile="ops",
        state=State.LINE_LOST,
        since=4.5,
        detail="reconnecting",
        checkpoint=7,
        chars=3,
        estimated=True,
    )
    store.create(row)
    kept = [
        Record(1, 0, 1.5, LOCAL, "question_asked", b'{"text":"x"}'),
        Record(2, 1, 2.5, "dms", "", b"\x00\xff not json"),
        Record(3, 2, 3.5, "dms", "delta at 12", "数据\u2028".encode()),
    ]
    row = replace(row, records=3, frames=2)
    store.append([Appended(row.key, kept, row)])
    assert list(store.load(row.key)) == kept
    assert store.get(row.key) == row
    assert store.sessions() == [row]


@pytest.mark.parametrize("count", [1, 2, 255, 499, 500, 501, 1300])
def test_batches_of_any_size_keep_order_and_every_record(store: Store, count: int) -> None:
    store.create(session())
    append(store, session(), 1, count)
    assert list(store.load("k1")) == records(1, count)
    assert [len(chunk) for chunk in store.load_batches("k1", size=400)] == [
        min(400, count - start) for start in range(0, count, 400)
    ]


def test_load_after_and_limit(store: Store) -> None:
    store.create(session())
    append(store, session(), 1, 900)
    assert [r.position for r in store.load("k1", after=880)] == list(range(881, 901))
    assert [r.position for r in store.load("k1", after=10, limit=600)] == list(range(11, 611))
    assert list(store.load("k1", after=900)) == []


def test_one_transaction_holds_several_sessions_or_none(store: Store) -> None:
    one, two = session("one"), session("two")
    store.create(one)
    store.create(two)
    append(store, one, 1, 3)
    with pytest.raises(Conflict):
        store.append(
            [
                Appended("two", records(1, 5), replace(two, records=5)),
                Appended("one", records(3, 1), replace(one, records=3, detail="twice")),
            ]
        )
    assert list(store.load("two")) == []
    assert store.get("one").detail == ""
    assert len(list(store.load("one"))) == 3


def test_append_makes_a_missing_row_and_keeps_what_the_operator_set(store: Store) -> None:
    row = append(store, session(), 1, 2)
    store.change("k1", title="renamed", archived=True, seen=9, target="pc-1")
    append(store, replace(row, state=State.LIVE, title="from the run"), 3, 1)
    found = store.get("k1")
    assert (found.title, found.archived, found.seen, found.target) == ("renamed", True, 9, "pc-1")
    assert (found.state, found.records) == (State.LIVE, 3)
    assert store.sessions() == []
    assert store.sessions(archived=True) == [found]


def test_save_writes_every_column(store: Store) -> None:
    store.create(session())
    changed = session(title="t2", archived=True, state=State.CUT, checkpoint=0, seen=4)
    store.save(changed)
    assert store.get("k1") == changed
    with pytest.raises(UnknownSession):
        store.save(session("nobody"))
    with pytest.raises(ValueError, match="no such columns"):
        store.change("k1", nonsense=1)


def test_find_by_key_service_id_and_prefix(store: Store) -> None:
    store.create(session("aa11", session_id="sess_1", created_at=1))
    store.create(session("aa22", session_id="sess_12", created_at=2))
    store.create(session("bb", session_id="", created_at=3))
    assert store.find("aa11").key == "aa11"
    assert store.find("sess_12").key == "aa22"
    # A whole id wins over those that it begins.
    assert store.find("sess_1").key == "aa11"
    assert store.find("b").key == "bb"
    with pytest.raises(AmbiguousSession) as caught:
        store.find("aa")
    assert [found.key for found in caught.value.candidates] == ["aa22", "aa11"]
    for text in ("", "zz", "%", "_a"):
        with pytest.raises(UnknownSession):
            store.find(text)
    assert store.by_service_id("dms", "sess_1") == store.get("aa11")
    assert store.by_service_id("das", "sess_1") is None


def test_delete_takes_records_and_draft_and_nothing_else(store: Store) -> None:
    append(store, session("one"), 1, 3)
    append(store, session("two"), 1, 3)
    store.set_draft("one", "half a question")
    store.delete("one")
    assert store.draft("one") == ""
    assert [row.key for row in store.sessions()] == ["two"]
    assert len(list(store.load("two"))) == 3
    with pytest.raises(UnknownSession):
        list(store.load("one"))
    with pytest.raises(UnknownSession):
        store.delete("one")
    # The place of a deleted session can be taken again without meeting its records.
    append(store, session("three"), 1, 2)
    assert len(list(store.load("three"))) == 2


def test_drafts(store: Store) -> None:
    assert store.draft("k") == ""
    store.set_draft("k", "a\nb 数据")
    assert store.draft("k") == "a\nb 数据"
    store.set_draft("k", "")
    assert store.draft("k") == ""


def test_hostile_text_and_numbers_do_not_break_a_write(store: Store) -> None:
    row = session(title="lone \ud83d", session_id="\x00id", checkpoint=10**40, chars=-(10**30))
    store.create(row)
    found = store.get("k1")
    assert found.title == "lone ?"
    assert found.checkpoint == 2**63 - 1
    store.append(
        [Appended("k1", [Record(1, 1, 0.0, "dms", "ev\udfff", b"\xff")], replace(row, records=1))]
    )
    assert next(store.load("k1")).event == "ev?"


def test_files_are_private_whatever_the_umask(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        store = Store.open(tmp_path / "a" / "b" / "history.db")
        store.create(session())
        assert store.claim("k1")
        modes = {
            path.relative_to(tmp_path).as_posix(): stat.S_IMODE(path.lstat().st_mode)
            for path in tmp_path.rglob("*")
        }
        store.close()
    finally:
        os.umask(old)
    assert modes == {
        "a": 0o700,
        "a/b": 0o700,
        "a/b/history.db": 0o600,
        "a/b/history.db-wal": 0o600,
        "a/b/history.db-shm": 0o600,
        "a/b/history.db-runs": 0o700,
        "a/b/history.db-runs/k1": 0o600,
    }


def test_an_open_file_of_others_rights_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    Store.open(path).close()
    path.chmod(0o644)
    Store.open(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_links_and_open_folders_are_refused(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.db"
    elsewhere.write_bytes(b"")
    link = tmp_path / "history.db"
    link.symlink_to(elsewhere)
    with pytest.raises(UnsafePlace):
        Store.open(link)
    assert elsewhere.read_bytes() == b""
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    with pytest.raises(UnsafePlace):
        Store.open(shared / "history.db")
    (tmp_path / "file").write_text("")
    with pytest.raises((UnsafePlace, NotADirectoryError)):
        Store.open(tmp_path / "file" / "history.db")


def test_a_file_that_is_no_store_is_said_to_be_none(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    path.write_bytes(b"plain text, not a database at all" * 200)
    with pytest.raises(StoreError, match="cannot be opened as a store"):
        Store.open(path)


def test_a_newer_store_is_read_only_with_a_hint(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    store = Store.open(path)
    store.create(session())
    store.close()
    with sqlite3.connect(path) as raw:
        raw.execute(f"PRAGMA user_version = {VERSION + 1}")
    raw.close()
    newer = Store.open(path)
    assert newer.read_only
    assert "newer" in newer.hint
    assert newer.sessions() == [session()]
    with pytest.raises(ReadOnlyStore):
        newer.create(session("k2"))
    newer.close()


def test_read_only_reads_beside_a_writer_and_makes_no_file(tmp_path: Path) -> None:
    path = tmp_path / "none" / "history.db"
    empty = Store.open(path, read_only=True)
    assert empty.sessions() == []
    assert not path.parent.exists()
    writer = Store.open(path)
    append(writer, session(), 1, 5)
    reader = Store.open(path, read_only=True)
    assert len(list(reader.load("k1"))) == 5
    append(writer, session(), 6, 5)
    assert len(list(reader.load("k1"))) == 10
    with pytest.raises(ReadOnlyStore):
        reader.delete("k1")
    writer.close()
    reader.close()


def test_two_programs_may_make_the_store_at_the_same_time(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from das_tui.store.store import Store;"
        "s = Store.open(Path(sys.argv[1])); print(len(s.sessions())); s.close()"
    )
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path / "d" / "history.db")],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in range(4)
    ]
    for run in runs:
        out, err = run.communicate(timeout=30)
        assert (out, err) == (b"0\n", b"")


def test_a_change_by_another_connection_is_noticed(tmp_path: Path) -> None:
    one = Store.open(tmp_path / "history.db")
    two = Store.open(tmp_path / "history.db")
    before = one.foreign_changes()
    one.create(session("mine"))
    assert one.foreign_changes() == before
    two.create(session("theirs"))
    assert one.foreign_changes() != before
    one.close()
    two.close()


def test_a_claim_is_exclusive_and_given_back(tmp_path: Path) -> None:
    one = Store.open(tmp_path / "history.db")
    two = Store.open(tmp_path / "history.db")
    assert one.claim("k")
    assert one.claim("k")
    assert not two.claim("k")
    assert two.claim("../other")
    one.release("k")
    assert two.claim("k")
    assert not one.claim("k")
    two.close()
    assert one.claim("k")
    one.close()
    assert list((tmp_path / "history.db-runs").iterdir()) == []


def test_a_full_disk_is_said_and_leaves_the_old_state(store: Store) -> None:
    row = append(store, session(), 1, 10)
    pages = store._db.execute("PRAGMA page_count").fetchone()[0]
    store._db.execute(f"PRAGMA max_page_count = {pages}")
    big = [Record(11, 11, 0.0, "dms", "", b"x" * 1_000_000)]
    with pytest.raises(NotStored, match="the disk is full"):
        store.append([Appended("k1", big, replace(row, records=11, detail="lost"))])
    assert store.get("k1").records == 10
    assert len(list(store.load("k1"))) == 10
    store._db.execute("PRAGMA max_page_count = 1000000")
    store.append([Appended("k1", big, replace(row, records=11))])
    assert len(list(store.load("k1"))) == 11


WRITER = """
import sys
from pathlib import Path
from das_tui.domain.record import Record
from das_tui.domain.session import Session
from das_tui.store.store import Appended, Store
store = Store.open(Path(sys.argv[1]))
position = store.get("k").records if store.sessions() else 0
while True:
    batch = [Record(position + i, position + i, 0.0, "dms", "", b"payload") for i in range(1, 8)]
    position += 7
    store.append([Appended("k", batch, Session("k", "dms", records=position))])
    print(position, flush=True)
"""


def test_kill_9_loses_nothing_that_was_said_to_be_stored(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    for _ in range(5):
        child = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        said = 0
        for _ in range(40):
            said = int(child.stdout.readline())
        child.send_signal(signal.SIGKILL)
        rest = child.stdout.read().split("\n")
        child.wait()
        whole = [line for line in rest[:-1] if line]
        said = int(whole[-1]) if whole else said
        store = Store.open(path)
        positions = [record.position for record in store.load("k")]
        assert positions == list(range(1, len(positions) + 1))
        assert len(positions) >= said
        assert store.get("k").records == len(positions)
        assert store._db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        store.close()

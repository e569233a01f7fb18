"""A store looked at from outside."""

import sqlite3

import pytest

from das_tui.domain import shelf
from das_tui.domain.record import Record
from das_tui.domain.session import Session
from das_tui.store import health
from das_tui.store.chunks import Packed
from das_tui.store.migration import VERSION
from das_tui.store.store import POSITIONS, Appended, Store


def test_a_sound_store_is_left_as_it_is(tmp_path):
    path = tmp_path / "d" / "history.db"
    with pytest.raises(FileNotFoundError):
        health.examine(path, 5)
    store = Store.open(path)
    found = health.examine(path, 5)
    store.close()
    assert (found.version, found.sessions, found.mode) == (VERSION, 0, 0o600)
    assert found.problem == ""
    assert found.whole
    assert not found.newer
    before = path.read_bytes()
    path.chmod(0o640)
    assert health.examine(path, 5).mode == 0o640
    assert path.read_bytes() == before
    assert path.stat().st_mode & 0o777 == 0o640


def test_damage_is_found(tmp_path):
    path = tmp_path / "history.db"
    Store.open(path).close()
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE filler (text TEXT)")
        db.executemany("INSERT INTO filler VALUES (?)", [("tea " * 200,)] * 500)
    db.close()
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 8192] = b"\xff" * 8192
    path.write_bytes(content)
    assert health.examine(path, 5).problem
    path.write_bytes(b"tea " * 4096)
    assert "not a database" in health.examine(path, 5).problem
    link = tmp_path / "link.db"
    link.symlink_to(path)
    assert health.examine(link, 5).problem == "it is not an ordinary file"


def test_a_large_file_is_given_up_in_time(tmp_path):
    path = tmp_path / "history.db"
    Store.open(path).close()
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE filler (id INTEGER PRIMARY KEY, text TEXT)")
        db.executemany("INSERT INTO filler (text) VALUES (?)", [("tea",)] * 50_000)
    db.close()
    found = health.examine(path, -1)
    assert (found.whole, found.problem, found.version) == (False, "", VERSION)
    assert health.examine(path, 30).whole


def test_records_without_a_row_and_torn_shelves_are_counted(tmp_path):
    path = tmp_path / "history.db"
    store = Store.open(path)
    for key in ("a", "b", "c"):
        row = Session(key, "dms", records=2)
        store.create(row)
        records = [Record(at, at, 0.0, "dms", "", b"x") for at in (1, 2)]
        store.append([Appended(key, records, row)])
        chunk = [(number, b"head", b"body") for number in range(2)]
        store.put_chunks(key, chunk, Packed(shelf.VERSION, 2, 2 * shelf.CHUNK, b"", b""))
    store.close()
    found = health.examine(path, 5)
    assert (found.stray, found.shelves, found.torn, found.problem) == (0, 3, 0, "")
    with sqlite3.connect(path) as db:
        db.execute("DELETE FROM session WHERE key = 'b'")
        db.execute(f"DELETE FROM chunk_body WHERE id = {3 * POSITIONS + 1}")
    db.close()
    found = health.examine(path, 5)
    assert (found.stray, found.shelves, found.torn, found.problem) == (1, 3, 1, "")
    assert found.whole


def test_an_index_that_does_not_fit_its_table_is_damage(tmp_path):
    path = tmp_path / "history.db"
    store = Store.open(path)
    for number in range(50):
        store.create(Session(f"k{number}", "dms", session_id=f"s{number}"))
    store.close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA writable_schema = ON")
        db.execute("DELETE FROM sqlite_master WHERE name = 'session_service_id'")
        db.execute("PRAGMA writable_schema = RESET")
        db.execute("CREATE TABLE other (x)")
    db.close()
    found = health.examine(path, 5)
    assert found.damaged
    assert found.problem

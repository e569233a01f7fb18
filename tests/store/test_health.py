"""A store looked at from outside."""

import sqlite3

import pytest

from das_tui.store import health
from das_tui.store.store import VERSION, Store


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

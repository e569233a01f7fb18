"""Marks in the store."""

import sqlite3
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest

from das_tui.domain.bookmark import Bookmark
from das_tui.domain.session import Session
from das_tui.store.errors import ReadOnlyStore, UnknownSession
from das_tui.store.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store.open(tmp_path / "history.db")
    for key in ("a", "b"):
        made.create(Session(key, "dms"))
    yield made
    made.close()


def test_marks_are_kept_by_session_and_block(store: Store) -> None:
    store.put_mark("a", Bookmark(40, "why is this slow?", 5.0))
    store.put_mark("a", Bookmark(7, "", 6.0))
    store.put_mark("b", Bookmark(7, "other", 7.0))
    assert store.marks("a") == (Bookmark(7, "", 6.0), Bookmark(40, "why is this slow?", 5.0))
    store.put_mark("a", Bookmark(7, "again \ud83d", 8.0))
    assert store.marks("a")[0] == Bookmark(7, "again ?", 8.0)
    store.drop_mark("a", 40)
    store.drop_mark("a", 41)
    assert [mark.block for mark in store.marks("a")] == [7]
    assert store.marks("b") == (Bookmark(7, "other", 7.0),)


def test_marks_go_with_their_session(store: Store) -> None:
    store.put_mark("a", Bookmark(7))
    store.put_mark("b", Bookmark(7))
    store.delete("a")
    assert store._db.execute("SELECT count(*) FROM mark").fetchone() == (1,)
    with pytest.raises(UnknownSession):
        store.marks("a")


def test_a_store_that_is_only_read_takes_no_mark(store: Store, tmp_path: Path) -> None:
    store.put_mark("a", Bookmark(3))
    reading = Store.open(tmp_path / "history.db", read_only=True)
    assert reading.marks("a") == (Bookmark(3),)
    with pytest.raises(ReadOnlyStore):
        reading.put_mark("a", Bookmark(4))
    reading.close()


def test_an_older_store_gets_the_table(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    old = sqlite3.connect(path)
    for number in (1, 2, 3):
        script = resources.files("das_tui.store") / "schema" / f"{number:04}.sql"
        old.executescript(script.read_text())
    old.execute("PRAGMA user_version = 3")
    old.close()
    path.chmod(0o600)
    store = Store.open(path)
    store.create(Session("a", "dms"))
    store.put_mark("a", Bookmark(1, "kept"))
    assert store.marks("a") == (Bookmark(1, "kept"),)
    store.close()

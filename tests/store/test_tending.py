"""What the store knows of sessions that are pinned, put away, deleted, seen."""

import sqlite3
from importlib import resources
from pathlib import Path

import pytest

from das_tui.domain.session import Session
from das_tui.store.errors import UnknownSession
from das_tui.store.migration import VERSION
from das_tui.store.store import Appended, Store


def test_deleted_ones_are_kept_and_not_listed(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "history.db")
    for key in ("a", "b", "c"):
        store.create(Session(key, "dms", session_id=f"id-{key}"))
    store.change("a", deleted_at=50.0)
    store.change("b", deleted_at=90.0, archived=True)
    assert [row.key for row in store.sessions()] == ["c"]
    assert [row.key for row in store.sessions(archived=True)] == ["a", "b", "c"]
    assert store.deleted_before(60.0) == ["a"]
    assert store.deleted_before(100.0) == ["a", "b"]
    with pytest.raises(UnknownSession):
        store.find("id-a")
    assert store.find("id-").key == "c"
    assert store.by_service_id("dms", "id-a") is not None, "known to whoever lists the service"
    store.close()


def test_what_comes_leaves_alone_what_the_operator_set(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "history.db")
    row = Session("a", "dms")
    store.create(row)
    store.change("a", pinned=True, deleted_at=7.0, errors_seen=2)
    store.append([Appended("a", (), Session("a", "dms", errors=5, fresh="20:1"))])
    found = store.get("a")
    assert (found.pinned, found.deleted_at, found.errors_seen) == (True, 7.0, 2)
    assert (found.errors, found.fresh) == (5, "20:1")
    store.close()


def test_an_older_store_has_nothing_pinned_and_all_errors_seen(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    old = sqlite3.connect(path)
    for number in (1, 2, 3, 4):
        script = resources.files("das_tui.store") / "schema" / f"{number:04}.sql"
        old.executescript(script.read_text())
    old.execute(
        "INSERT INTO session (key, service, session_id, agent_id, title, target, profile,"
        " created_at, last_at, asked_at, state, since, detail, records, frames, blocks, seen,"
        " errors, chars, estimated, archived) VALUES ('a', 'dms', '', '', 'T', '', '', 1, 7, 1,"
        " 'finished', 1, '', 5, 4, 9, 2, 3, 0, 0, 0)"
    )
    old.execute("PRAGMA user_version = 4")
    old.commit()
    old.close()
    path.chmod(0o600)
    store = Store.open(path)
    row = store.get("a")
    assert (row.pinned, row.deleted_at, row.fresh) == (False, 0.0, "")
    assert (row.unread, row.unread_at(50), row.unread_errors) == (7, 7, 0)
    assert store._db.execute("PRAGMA user_version").fetchone() == (VERSION,)
    store.close()

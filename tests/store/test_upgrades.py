"""Stores of every older version: upgraded with a copy kept, or left as they were."""

import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from das_tui.domain.record import Record
from das_tui.store import copies, migration
from das_tui.store.errors import ReadOnlyStore, UnknownSession
from das_tui.store.migration import VERSION
from das_tui.store.store import Store

OLDER = range(1, VERSION)
_COLUMNS = (
    "key, service, session_id, agent_id, title, target, profile, created_at, last_at, asked_at,"
    " state, since, detail, records, frames, blocks, seen, errors, chars, estimated, archived"
)


def older(path: Path, version: int) -> None:
    """A file as a program of that version left it: two sessions, records, a draft."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("BEGIN")
        migration.apply(db, 1, version)
        for number, key in ((1, "aa"), (2, "bb")):
            db.execute(
                f"INSERT INTO session (id, {_COLUMNS}) VALUES (?, ?, 'das', ?, '', ?, '', 'ops',"
                " 1, 7, 1, 'finished', 1, '', 3, 3, 9, 2, 3, 40, 0, 0)",
                (number, key, f"id-{key}", f"title {key}"),
            )
            db.executemany(
                "INSERT INTO record VALUES (?, ?, ?, 'das', 'data', ?)",
                [((number << 32) + at, at, at / 2, b"payload %d" % at) for at in (1, 2, 3)],
            )
        db.execute("INSERT INTO draft VALUES ('aa', 'half a question')")
        db.execute("COMMIT")
    path.chmod(0o600)


def content(store: Store) -> tuple[object, ...]:
    rows = store.sessions(archived=True)
    records = [(row.key, list(store.load(row.key))) for row in rows]
    return [(row.key, row.title, row.chars) for row in rows], records, store.draft("aa")


WANTED = (
    [("aa", "title aa", 40), ("bb", "title bb", 40)],
    [
        (key, [Record(at, at, at / 2, "das", "data", b"payload %d" % at) for at in (1, 2, 3)])
        for key in ("aa", "bb")
    ],
    "half a question",
)


@pytest.mark.parametrize("version", OLDER)
def test_an_older_store_is_upgraded_and_a_copy_is_kept(tmp_path: Path, version: int) -> None:
    path = tmp_path / "history.db"
    older(path, version)
    old = os.umask(0)
    try:
        store = Store.open(path)
    finally:
        os.umask(old)
    assert (content(store), store.hint, store.read_only) == (WANTED, "", False)
    store.set_draft("bb", "goes on")
    store.close()
    (copy,) = copies.found(path)
    assert copy.path.name == f"history-v{version}-{copy.stamp}.db"
    assert (copy.version, stat.S_IMODE(copy.path.stat().st_mode)) == (version, 0o600)
    with closing(sqlite3.connect(copy.path)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (version,)
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("SELECT count(*) FROM record").fetchone() == (6,)
    # The copy is a store like the one that it was made of.
    copy.path.rename(tmp_path / "again.db")
    again = Store.open(tmp_path / "again.db")
    assert content(again) == WANTED
    again.close()
    assert not list(tmp_path.glob(".*"))


def test_a_new_store_and_one_of_now_are_not_copied(tmp_path: Path) -> None:
    for _ in range(2):
        Store.open(tmp_path / "history.db").close()
    assert copies.found(tmp_path / "history.db") == []


def test_the_last_few_copies_stay(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    names = [f"history-v{n}-2026010{n}T000000Z.db" for n in (1, 2, 3, 4)]
    for name in (*names, "history-v1.db", "history-vx-20260101T000000Z.db", "other-v1.db"):
        (tmp_path / name).write_bytes(b"")
    older(path, 4)
    Store.open(path).close()
    found = copies.found(path)
    assert len(found) == copies.KEPT
    assert [copy.path.name for copy in found[1:]] == [names[3], names[2]]
    assert {"history-v1.db", "history-vx-20260101T000000Z.db", "other-v1.db"} <= {
        place.name for place in tmp_path.iterdir()
    }


@pytest.mark.parametrize("version", OLDER)
def test_an_upgrade_that_fails_leaves_the_old_file_as_it_was(
    tmp_path: Path, version: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "history.db"
    older(path, version)
    before = path.read_bytes()
    apply = migration.apply

    def broken(db: sqlite3.Connection, first: int, last: int) -> None:
        apply(db, first, last)
        if db.execute("PRAGMA database_list").fetchone()[2]:
            db.execute("INSERT INTO tea VALUES (1)")

    monkeypatch.setattr(migration, "apply", broken)
    store = Store.open(path)
    assert store.read_only
    assert f"of version {version} and could not be upgraded: no such table" in store.hint
    assert content(store) == WANTED
    monkeypatch.undo()
    store.close()
    assert (path.read_bytes(), copies.found(path)) == (before, [])
    again = Store.open(path)
    assert (content(again), again.hint) == (WANTED, "")
    again.close()


@pytest.mark.parametrize("version", OLDER)
def test_a_store_that_could_not_be_upgraded_is_read(
    tmp_path: Path, version: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "history.db"
    older(path, version)

    def full(*_: object) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(copies, "make", full)
    store = Store.open(path)
    assert "could not be upgraded: No space left on device; nothing of it was changed" in store.hint
    assert content(store) == WANTED
    assert (store.waiting(), store.marks("aa"), store.shelf("aa")) == ([], (), None)
    with pytest.raises(ReadOnlyStore, match="could not be upgraded"):
        store.set_draft("aa", "x")
    store.close()


@pytest.mark.parametrize("version", OLDER)
def test_an_older_store_is_read_without_being_changed(tmp_path: Path, version: int) -> None:
    path = tmp_path / "history.db"
    older(path, version)
    before = path.read_bytes()
    store = Store.open(path, read_only=True)
    assert content(store) == WANTED
    (row, _) = store.sessions()
    assert (row.pinned, row.deleted_at, row.origin, row.setup) == (False, 0.0, "here", "")
    assert store.find("id-a").key == "aa"
    with pytest.raises(UnknownSession):
        store.find("zz")
    store.close()
    assert (path.read_bytes(), copies.found(path)) == (before, [])


def test_two_programs_upgrade_a_store_once(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    older(path, 1)
    code = (
        "import sys; from pathlib import Path; from das_tui.store.store import Store;"
        "s = Store.open(Path(sys.argv[1])); print(len(s.sessions()), s.hint); s.close()"
    )
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in range(4)
    ]
    for run in runs:
        assert run.communicate(timeout=60) == (b"2 \n", b"")
    assert [copy.version for copy in copies.found(path)] == [1]


def test_a_link_in_the_place_of_a_copy_is_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    older(path, 2)
    victim = tmp_path / "victim"
    victim.write_text("mine")
    real = os.open

    def planted(place: object, flags: int, mode: int = 0o777) -> int:
        if str(place).endswith(".part") and not os.path.lexists(str(place)):
            os.symlink(victim, str(place))
        return real(place, flags, mode)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "open", planted)
        with pytest.raises(OSError, match="exists"):
            copies.make(path, 2)
    assert victim.read_text() == "mine"

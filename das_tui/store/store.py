"""The store: sessions, their records and drafts in one SQLite file.

Every call is synchronous and belongs to the thread that opened the store. Writes are one
transaction each, in WAL mode with `synchronous=FULL`: what a call returned from is on the disk.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from das_tui.domain.bookmark import Bookmark
from das_tui.domain.record import Record
from das_tui.domain.session import Session, State
from das_tui.domain.usage import UsageRow
from das_tui.domain.waiting import WaitingQuestion
from das_tui.light import dataclass, field_names
from das_tui.store import chunks, marks, tending, usage
from das_tui.store.chunks import Packed
from das_tui.store.errors import (
    AmbiguousSession,
    Conflict,
    DamagedStore,
    NotStored,
    ReadOnlyStore,
    StoreError,
    UnknownSession,
    UnsafePlace,
)
from das_tui.store.migration import VERSION, upgrade, version_of
from das_tui.store.place import Claim, check_companions, check_file, private_file, private_folder

POSITIONS = 1 << 32
"""How many records one session can have; the factor in `record.id`."""

if TYPE_CHECKING:
    from das_tui.store.retention import Limits

_ROWS = 500
_BUSY_SECONDS = 3.0
_CHUNK = 512
_COLUMNS = field_names(Session)
_OPERATOR = frozenset(
    {
        "key",
        "service",
        "title",
        "target",
        "profile",
        "seen",
        "archived",
        "setup",
        "origin",
        "pinned",
        "deleted_at",
        "errors_seen",
    }
)
"""Columns that `append` never overwrites: they are the operator's, or never change."""
_RUN = tuple(name for name in _COLUMNS if name not in _OPERATOR and name != "created_at")
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM session"


@dataclass(frozen=True, slots=True)
class Appended:
    """Records to add to one session, and its row as it stands after them.

    `usage` is what its answers cost, as far as the records changed that; `left` are questions that
    no longer wait once the records are stored.
    """

    key: str
    records: Sequence[Record]
    session: Session
    usage: Sequence[UsageRow] = ()
    left: Sequence[int] = ()


class Store:
    """One open store. Use `Store.open` or `Store.memory`."""

    def __init__(self, connection: sqlite3.Connection, path: Path | None, *, hint: str) -> None:
        self._db = connection
        self._path = path
        self._ids: dict[str, int] = {}
        self._claims: dict[str, Claim | None] = {}
        self._lost: Path | None = None
        self._first_waiting = 0
        self.read_only = False
        self.hint = hint
        """Empty, or one sentence that says why this store cannot be written."""

    # --- opening -------------------------------------------------------------------------------

    @classmethod
    def open(cls, path: Path, read_only: bool = False) -> "Store":
        """Open the file at `path`, making it and its folder private (0600 in 0700).

        A file of a newer version is opened for reading only, with a `hint`. With `read_only`
        nothing is written, and a file that does not exist counts as an empty store. Raises
        UnsafePlace, StoreError for a file that is no store, OSError where the place is unusable.
        """
        if read_only:
            if not path.exists():
                store = cls.memory()
                store.read_only = True
                return store
            check_file(path)
            check_companions(path)
            return cls._opened(path, read_only=True)
        private_folder(path.parent)
        private_file(path)
        check_companions(path)
        return cls._opened(path, read_only=False)

    @classmethod
    def memory(cls, hint: str = "") -> "Store":
        """A store that is gone with the program, for when no place can be written."""
        store = cls(_connect(":memory:"), None, hint=hint)
        upgrade(store._db, None)
        return store

    @classmethod
    def at_best(cls, path: Path) -> "Store":
        """`open`, but for a place that cannot be written a store that can be worked with: what is
        there can be read where that is possible, and what is written stays in memory. `hint` says
        why, and `regain` tries again. Raises UnsafePlace."""
        try:
            return cls.open(path)
        except UnsafePlace:
            raise
        except (StoreError, OSError) as error:
            from das_tui.store import lost

            return lost.stand_in(path, error)

    @classmethod
    def _opened(cls, path: Path, *, read_only: bool) -> "Store":
        name = quote(str(path))
        try:
            connection = _connect(f"file:{name}?mode={'ro' if read_only else 'rw'}")
            version = version_of(connection)
        except sqlite3.Error as error:
            if not read_only:
                raise damaged(path, error) from error
            # A file on a medium that cannot be written has no place for the WAL index.
            try:
                connection = _connect(f"file:{name}?mode=ro&immutable=1")
                version = version_of(connection)
            except sqlite3.Error as again:
                raise damaged(path, again) from again
        store = cls(connection, path, hint="")
        store.read_only = read_only
        try:
            if version > VERSION:
                store._only_read()
                store.hint = (
                    f"this history was written by a newer das-tui (version {version}, this one "
                    f"knows {VERSION}): it is opened for reading only; the newer das-tui goes on "
                    "with it, DAS_TUI_DATA_DIR names another folder for this one"
                )
            elif not read_only:
                store._make_ready(version, path)
            elif version == 0:
                connection.close()
                store = cls.memory()
                store.read_only = True
            elif version < VERSION:
                store._present_older()
        except sqlite3.Error as error:
            connection.close()
            raise damaged(path, error) from error
        return store

    def _make_ready(self, version: int, path: Path) -> None:
        """A file that is to be written: upgraded where it is older. One that cannot be upgraded is
        as it was, and is read only. Raises sqlite3.Error where it cannot be used at all."""
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        if version < VERSION:
            try:
                upgrade(self._db, path)
            except (sqlite3.Error, OSError) as error:
                if not version:
                    raise
                self._only_read()
                self._present_older()
                why = reason(error) if isinstance(error, sqlite3.Error) else error.strerror
                self.hint = (
                    f"this history is of version {version} and could not be upgraded: {why}; "
                    "nothing of it was changed, it is opened for reading only"
                )
        # A page of the list that cannot be read is found now, before anything stands on it.
        self._db.execute("SELECT sum(length(key) + records) FROM session").fetchone()

    def _only_read(self) -> None:
        self._db.execute("PRAGMA query_only = ON")
        self.read_only = True

    def _present_older(self) -> None:
        from das_tui.store import older

        self._db.execute("PRAGMA query_only = OFF")
        older.present(self._db)
        self._db.execute("PRAGMA query_only = ON")

    @property
    def path(self) -> Path | None:
        """The file, None in memory."""
        return self._path

    @property
    def in_memory(self) -> bool:
        """Whether everything in it is gone with the program."""
        return self._path is None

    @property
    def is_lost(self) -> bool:
        """Whether this only stands in for a file that cannot be written."""
        return self._lost is not None

    def regain(self) -> bool:
        """Try once more to write to the file that this store stands in for; what came meanwhile
        goes there. True where that worked."""
        if self._lost is None:
            return False
        from das_tui.store import lost

        return lost.regain(self, self._lost)

    def close(self) -> None:
        """Close the file and give back all claims. May be called twice."""
        for key in list(self._claims):
            self.release(key)
        self._db.close()

    @property
    def writable(self) -> bool:
        """Whether this is a file that may be written."""
        return self._path is not None and not self.read_only and self._lost is None

    # --- writing -------------------------------------------------------------------------------

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One transaction; whatever goes wrong leaves nothing of it."""
        if self.read_only:
            raise ReadOnlyStore(self.hint or "the store is open for reading only")
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                self._ids.clear()
                raise
            try:
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                self._ids.clear()
                raise
        except sqlite3.IntegrityError as error:
            raise Conflict("another instance wrote to this session") from error
        except sqlite3.Error as error:
            raise NotStored(reason(error)) from error

    def create(self, session: Session) -> None:
        """Add a session. Raises Conflict if its key exists."""
        with self._writing():
            marks = ", ".join("?" * len(_COLUMNS))
            self._db.execute(
                f"INSERT INTO session ({', '.join(_COLUMNS)}) VALUES ({marks})", _values(session)
            )

    def append(self, batch: Sequence[Appended]) -> None:
        """Add records and the rows that go with them, for all sessions in one transaction.

        A row that exists keeps what the operator set (title, target, seen, pinned, archived,
        deleted); one that does not is made. Raises Conflict where a position exists, NotStored
        where the disk fails.
        """
        if not batch:
            return
        with self._writing():
            rows = {item.key: item.session for item in batch}
            values = [value for session in rows.values() for value in _values(session)]
            self._db.execute(_upsert(len(rows)), values)
            params: list[Any] = []
            count = 0
            words: dict[str, str] = {}
            for item in batch:
                base = self._id(item.key) * POSITIONS
                for record in item.records:
                    source, event = words.get(record.source), words.get(record.event)
                    if source is None or event is None:
                        source = words[record.source] = _word(record.source)
                        event = words[record.event] = _word(record.event)
                    params += (
                        base + record.position,
                        record.seq,
                        record.at,
                        source,
                        event,
                        record.data,
                    )
                    count += 1
                    if count == _ROWS:
                        self._db.execute(_insert(count), params)
                        params, count = [], 0
            if count:
                self._db.execute(_insert(count), params)
            usage.put(self._db, [row for item in batch for row in item.usage])
            usage.leave(self._db, [number for item in batch for number in item.left])

    def save(self, session: Session) -> None:
        """Write all columns of a row that exists. Raises UnknownSession."""
        with self._writing():
            names = ", ".join(f"{name} = ?" for name in _COLUMNS)
            found = self._db.execute(
                f"UPDATE session SET {names} WHERE key = ?", (*_values(session), session.key)
            )
            if not found.rowcount:
                raise UnknownSession(session.key)

    def change(self, key: str, **columns: Any) -> Session:
        """Write some columns of a row (`title="…"`, `seen=12`) and return it as it is now."""
        unknown = set(columns) - set(_COLUMNS)
        if unknown:
            raise ValueError(f"no such columns: {sorted(unknown)}")
        with self._writing():
            names = ", ".join(f"{name} = ?" for name in columns)
            found = self._db.execute(
                f"UPDATE session SET {names} WHERE key = ?",
                (*(_storable(value) for value in columns.values()), key),
            )
            if not found.rowcount:
                raise UnknownSession(key)
        return self.get(key)

    def delete(self, key: str) -> None:
        """Remove a session, its records, marks, draft and what waits in it; what its answers cost
        stays. Raises UnknownSession."""
        with self._writing():
            base = self._id(key) * POSITIONS
            self._db.execute("DELETE FROM record WHERE id > ? AND id < ?", (base, base + POSITIONS))
            self._db.execute("DELETE FROM session WHERE key = ?", (key,))
            self._db.execute("DELETE FROM draft WHERE key = ?", (key,))
            self._db.execute("DELETE FROM waiting WHERE key = ?", (key,))
            chunks.drop(self._db, base // POSITIONS, base, POSITIONS)
            marks.drop(self._db, base // POSITIONS)
        self._ids.pop(key, None)

    def wait(self, key: str, profile: str, at: float, text: str) -> WaitingQuestion:
        """Keep a question that waits for its turn in a session; it is given an `id`."""
        with self._writing():
            return usage.wait(
                self._db, key, profile, at, _storable(text), above=self._first_waiting
            )

    def withdraw(self, number: int) -> None:
        """Forget a question that waits; nothing happens where it does not."""
        with self._writing():
            usage.leave(self._db, [number])

    # --- reading -------------------------------------------------------------------------------

    def sessions(self, archived: bool = False) -> list[Session]:
        """All sessions in order of creation; with `archived` those too that were put away or
        deleted."""
        where = "" if archived else f" WHERE {tending.LISTED}"
        return [
            _session(row) for row in self._reading(f"{_SELECT}{where} ORDER BY created_at, id", ())
        ]

    def deleted_before(self, at: float) -> list[str]:
        """The keys of sessions that were deleted before the UNIX time `at`; `delete` removes
        them for good."""
        return [str(row[0]) for row in self._reading(tending.DUE, (at,))]

    def may_go(self, limits: "Limits", now: float) -> Iterator[str]:
        """The sessions beyond `limits` that nothing holds, the longest unused first. It is looked
        at each time whether what was removed meanwhile is enough."""
        from das_tui.store import retention

        with _readable():
            for key, last_at in retention.may_go(self._db):
                old = retention.too_old(limits, last_at, now)
                if not old and not retention.too_large(self._db, limits):
                    return
                yield key

    def get(self, key: str) -> Session:
        """The session with this key. Raises UnknownSession."""
        for row in self._reading(f"{_SELECT} WHERE key = ?", (key,)):
            return _session(row)
        raise UnknownSession(key)

    def by_service_id(self, service: str, session_id: str) -> Session | None:
        """The newest session with this id of the service, if there is one."""
        for row in self._reading(
            f"{_SELECT} WHERE session_id = ? AND service = ? ORDER BY created_at DESC, id DESC",
            (session_id, service),
        ):
            return _session(row)
        return None

    def find(self, text: str) -> Session:
        """The session meant by a key, a service id or an unambiguous prefix of either.

        A whole match wins over prefixes; deleted ones are not found. Raises UnknownSession or
        AmbiguousSession.
        """
        if not text:
            raise UnknownSession(text)
        whole = self._matching("key = ? OR session_id = ?", text)
        found = whole or self._matching(
            "substr(key, 1, length(?)) = ? OR substr(session_id, 1, length(?)) = ?", text
        )
        if not found:
            raise UnknownSession(text)
        if len(found) > 1:
            raise AmbiguousSession(text, found)
        return found[0]

    def _matching(self, where: str, text: str) -> list[Session]:
        text = _storable(text)
        params = (text,) * where.count("?")
        return [
            _session(row)
            for row in self._reading(
                f"{_SELECT} WHERE ({where}) AND {tending.KEPT} ORDER BY created_at DESC, id DESC",
                params,
            )
        ]

    def load(self, key: str, after: int = 0, limit: int | None = None) -> Iterator[Record]:
        """Records with positions above `after` in order, at most `limit`.

        Read in chunks, each with a query of its own, so that a slow reader holds nothing open.
        """
        for chunk in self.load_batches(key, after=after, limit=limit):
            yield from chunk

    def load_batches(
        self, key: str, after: int = 0, limit: int | None = None, size: int = _CHUNK
    ) -> Iterator[list[Record]]:
        """The same in lists of at most `size` records."""
        with _readable():
            base = self._id(key) * POSITIONS
        while limit is None or limit > 0:
            count = size if limit is None else min(size, limit)
            rows = self._reading(
                "SELECT id, seq, at, source, event, data FROM record"
                " WHERE id > ? AND id < ? ORDER BY id LIMIT ?",
                (base + after, base + POSITIONS, count),
            )
            if not rows:
                return
            chunk = [Record(row[0] - base, *row[1:]) for row in rows]
            yield chunk
            after = chunk[-1].position
            limit = None if limit is None else limit - len(chunk)

    # --- the shelf -----------------------------------------------------------------------------

    def shelf(self, key: str) -> Packed | None:
        """The packed blocks of a session, None where there are none."""
        with _readable():
            return chunks.packed(self._db, self._id(key))

    def put_chunks(
        self, key: str, packed: Sequence[tuple[int, bytes, bytes]], shelf: Packed | None = None
    ) -> None:
        """Keep packed chunks (number, head, body) and, once they are whole, the shelf."""
        with self._writing():
            number = self._id(key)
            chunks.put(self._db, number, number * POSITIONS, packed, shelf)

    def drop_shelf(self, key: str) -> None:
        """Forget what is packed of a session; its records stay."""
        with self._writing():
            number = self._id(key)
            chunks.drop(self._db, number, number * POSITIONS, POSITIONS)

    def chunk_heads(self, key: str, count: int) -> list[bytes]:
        """The heads of the first `count` chunks; fewer where some are missing."""
        with _readable():
            return chunks.heads(self._db, self._id(key) * POSITIONS, count)

    def chunk_body(self, key: str, number: int) -> bytes | None:
        """The body of a chunk, None where it is missing."""
        with _readable():
            return chunks.body(self._db, self._id(key) * POSITIONS + number)

    def draft(self, key: str) -> str:
        """The unsent text of a session, or of any other name the caller keeps drafts under."""
        for row in self._reading("SELECT text FROM draft WHERE key = ?", (key,)):
            return str(row[0])
        return ""

    def set_draft(self, key: str, text: str) -> None:
        """Keep an unsent text; an empty one is forgotten."""
        with self._writing():
            if text:
                self._db.execute(
                    "INSERT INTO draft (key, text) VALUES (?, ?)"
                    " ON CONFLICT (key) DO UPDATE SET text = excluded.text",
                    (key, _storable(text)),
                )
            else:
                self._db.execute("DELETE FROM draft WHERE key = ?", (key,))

    def marks(self, key: str) -> tuple[Bookmark, ...]:
        """The marks on blocks of a session, in order."""
        with _readable():
            return marks.of(self._reading(marks.SELECT, (self._id(key),)))

    def put_mark(self, key: str, mark: Bookmark) -> None:
        """Keep a mark; one on the same block is replaced."""
        with self._writing():
            marks.put(self._db, self._id(key), mark, _storable(mark.note))

    def drop_mark(self, key: str, block: int) -> None:
        """Forget the mark on a block; nothing happens where there is none."""
        with self._writing():
            marks.remove(self._db, self._id(key), block)

    def usage(self, profile: str) -> list[UsageRow]:
        """What answers cost a profile, in order of time."""
        return usage.of(self._reading(usage.SELECT_USAGE, (profile,)))

    def waiting(self) -> list[WaitingQuestion]:
        """The questions of all sessions that wait for their turn, in the order of asking."""
        return usage.questions(self._reading(usage.SELECT_WAITING, ()))

    def foreign_changes(self) -> int:
        """A number that differs after another connection has changed the file; cheap to ask."""
        return int(self._reading("PRAGMA data_version", ())[0][0])

    # --- owning a run --------------------------------------------------------------------------

    def claim(self, key: str) -> bool:
        """Become the one who runs this session; False while another process or store does.

        The claim is a locked file beside the store, so it ends with the process. Where no such
        file can be made there is nobody to share with, and the claim is given.
        """
        if key in self._claims:
            return True
        if self._path is None:
            self._claims[key] = None
            return True
        folder = self._path.with_name(f"{self._path.name}-runs")
        try:
            private_folder(folder)
            claim = Claim.take(folder / quote(key, safe=""))
        except OSError:
            self._claims[key] = None
            return True
        if claim is None:
            return False
        self._claims[key] = claim
        return True

    def holds(self, key: str) -> bool:
        """Whether the claim on a session is here."""
        return key in self._claims

    def release(self, key: str) -> None:
        """Give the claim back; nothing happens without one."""
        claim = self._claims.pop(key, None)
        if claim is not None:
            claim.release()

    # --- inside --------------------------------------------------------------------------------

    def _reading(self, sql: str, params: Sequence[Any]) -> list[Any]:
        with _readable():
            return self._db.execute(sql, params).fetchall()

    def _id(self, key: str) -> int:
        known = self._ids.get(key)
        if known is None:
            rows = self._db.execute("SELECT id FROM session WHERE key = ?", (key,)).fetchall()
            if not rows:
                raise UnknownSession(key)
            known = self._ids[key] = int(rows[0][0])
        return known


@contextmanager
def _readable() -> Iterator[None]:
    """What SQLite says while something is read is a StoreError."""
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(f"the store cannot be read: {error}") from error


def _connect(name: str) -> sqlite3.Connection:
    return sqlite3.connect(
        name, timeout=_BUSY_SECONDS, isolation_level=None, uri=True, cached_statements=256
    )


def damaged(path: Path, error: sqlite3.Error) -> StoreError:
    """What is said of a file that SQLite cannot use as a store."""
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")) or "no such" in str(error):
        return DamagedStore(
            f"{path} cannot be opened as a store, it is damaged ({error}); it was left as it is, "
            "`das-tui doctor` says more"
        )
    return StoreError(f"{path} cannot be opened as a store: {reason(error)}")


@cache
def _insert(count: int) -> str:
    rows = ", ".join(["(?, ?, ?, ?, ?, ?)"] * count)
    return f"INSERT INTO record (id, seq, at, source, event, data) VALUES {rows}"


@cache
def _upsert(count: int) -> str:
    row = f"({', '.join('?' * len(_COLUMNS))})"
    names = ", ".join(f"{name} = excluded.{name}" for name in _RUN)
    return (
        f"INSERT INTO session ({', '.join(_COLUMNS)}) VALUES {', '.join([row] * count)}"
        f" ON CONFLICT (key) DO UPDATE SET {names}"
    )


def _storable(value: Any) -> Any:
    """SQLite refuses lone surrogates in a text, and integers beyond 64 bits."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode()
    if isinstance(value, int) and not -(1 << 63) <= value < 1 << 63:
        return (1 << 63) - 1 if value > 0 else -(1 << 63)
    return value


def _word(value: str) -> str:
    """The same of a text. It may be of an enumeration, over which SQLite takes long."""
    stored: str = _storable(value)
    return str.__str__(stored)


def _values(session: Session) -> list[Any]:
    return [_storable(getattr(session, name)) for name in _COLUMNS]


_STATE = _COLUMNS.index("state")
_FLAGS = tuple(_COLUMNS.index(name) for name in ("estimated", "archived", "pinned"))


def _session(row: Sequence[Any]) -> Session:
    values = list(row)
    try:
        values[_STATE] = State(values[_STATE])
    except ValueError:
        values[_STATE] = State.IDLE
    for index in _FLAGS:
        values[index] = bool(values[index])
    return Session(*values)


def reason(error: sqlite3.Error) -> str:
    """Why a write failed, in words that fit behind `not stored:`."""
    name = getattr(error, "sqlite_errorname", "")
    if name in {"SQLITE_FULL", "SQLITE_IOERR_SHMSIZE"}:
        return "the disk is full"
    if name.startswith("SQLITE_READONLY"):
        return "the disk or file is read-only"
    if name.startswith("SQLITE_BUSY"):
        return "another program keeps the store locked"
    if name.startswith("SQLITE_IOERR"):
        return f"the disk does not take it ({name})"
    return str(error)

-- Sessions and what is kept of them. Times are UNIX seconds.
--
-- `record.id` is session.id * 2^32 + position: one b-tree in the order in which a session is read,
-- no second index, and no position can be stored twice. `record.data` is the payload as it came.

CREATE TABLE session (
    id          INTEGER PRIMARY KEY,
    key         TEXT NOT NULL UNIQUE,
    service     TEXT NOT NULL,
    session_id  TEXT NOT NULL,
    agent_id    TEXT NOT NULL,
    title       TEXT NOT NULL,
    target      TEXT NOT NULL,
    profile     TEXT NOT NULL,
    created_at  REAL NOT NULL,
    last_at     REAL NOT NULL,
    asked_at    REAL NOT NULL,
    state       TEXT NOT NULL,
    since       REAL NOT NULL,
    detail      TEXT NOT NULL,
    records     INTEGER NOT NULL,
    frames      INTEGER NOT NULL,
    blocks      INTEGER NOT NULL,
    seen        INTEGER NOT NULL,
    errors      INTEGER NOT NULL,
    chars       INTEGER NOT NULL,
    estimated   INTEGER NOT NULL,
    checkpoint  INTEGER,
    archived    INTEGER NOT NULL
);

CREATE INDEX session_service_id ON session (session_id);

CREATE TABLE record (
    id      INTEGER PRIMARY KEY,
    seq     INTEGER NOT NULL,
    at      REAL NOT NULL,
    source  TEXT NOT NULL,
    event   TEXT NOT NULL,
    data    BLOB NOT NULL
);

CREATE TABLE draft (
    key     TEXT PRIMARY KEY,
    text    TEXT NOT NULL
) WITHOUT ROWID;

-- Packed blocks of long sessions: derived from the records, made again whenever they do not fit.
--
-- `id` is session.id * 2^32 + number of the chunk. Heads and bodies stand apart, so that all heads
-- of a session are read without passing over its bodies.

CREATE TABLE shelf (
    session     INTEGER PRIMARY KEY,
    version     INTEGER NOT NULL,
    records     INTEGER NOT NULL,
    blocks      INTEGER NOT NULL,
    rest        BLOB NOT NULL,
    standing    BLOB NOT NULL
);

CREATE TABLE chunk_head (
    id      INTEGER PRIMARY KEY,
    head    BLOB NOT NULL
);

CREATE TABLE chunk_body (
    id      INTEGER PRIMARY KEY,
    body    BLOB NOT NULL
);

-- How a session was set up, where it was made, what answers cost, and questions that wait.
--
-- `usage` has one row for each answer that was paid by the character; it stays when its session is
-- deleted, because the money is spent. What sessions cost before there was this table comes in as
-- one row for each. `waiting` holds questions that have not left yet.

ALTER TABLE session ADD COLUMN setup TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN origin TEXT NOT NULL DEFAULT 'here';

CREATE TABLE usage (
    key         TEXT NOT NULL,
    position    INTEGER NOT NULL,
    at          REAL NOT NULL,
    profile     TEXT NOT NULL,
    chars       INTEGER NOT NULL,
    estimated   INTEGER NOT NULL,
    PRIMARY KEY (key, position)
) WITHOUT ROWID;

CREATE INDEX usage_at ON usage (profile, at);

INSERT INTO usage (key, position, at, profile, chars, estimated)
    SELECT key, records, last_at, profile, chars, estimated FROM session
    WHERE service <> 'dms' AND chars > 0;

CREATE TABLE waiting (
    id          INTEGER PRIMARY KEY,
    key         TEXT NOT NULL,
    profile     TEXT NOT NULL,
    at          REAL NOT NULL,
    text        TEXT NOT NULL
);

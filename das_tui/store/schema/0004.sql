-- Marks that the operator puts on blocks of a session; `session` is session.id.

CREATE TABLE mark (
    session     INTEGER NOT NULL,
    block       INTEGER NOT NULL,
    at          REAL NOT NULL,
    note        TEXT NOT NULL,
    PRIMARY KEY (session, block)
) WITHOUT ROWID;

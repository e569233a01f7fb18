"""A store of an older schema that may only be read: it is given the tables and columns of now."""

import sqlite3
from contextlib import closing

from das_tui.store import migration


def present(db: sqlite3.Connection) -> None:
    """Stand in for what the file lacks, for this connection alone: empty tables, and columns with
    the values that an upgrade gives them. The file is not changed. Raises sqlite3.Error."""
    db.execute("PRAGMA temp_store = MEMORY")
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as model:
        migration.apply(model, 1, migration.VERSION)
        tables = model.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        ).fetchall()
        for name, sql in tables:
            there = {row[1] for row in db.execute(f"PRAGMA main.table_info({name})")}
            wanted = [(row[1], row[4]) for row in model.execute(f"PRAGMA table_info({name})")]
            if not there:
                db.execute(sql.replace("CREATE TABLE", "CREATE TEMP TABLE", 1))
            elif {column for column, _ in wanted} - there:
                values = (
                    column if column in there else f"{default} AS {column}"
                    for column, default in wanted
                )
                db.execute(
                    f"CREATE TEMP VIEW {name} AS SELECT {', '.join(values)} FROM main.{name}"
                )

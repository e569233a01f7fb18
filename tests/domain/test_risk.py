import pytest
from hypothesis import given
from hypothesis import strategies as st

from das_tui.domain.risk import Risk, RiskKind, classify

READ, WRITE, DDL, LOCK, UNKNOWN = (
    RiskKind.READ,
    RiskKind.WRITE,
    RiskKind.DDL,
    RiskKind.LOCK,
    RiskKind.UNKNOWN,
)


@pytest.mark.parametrize(
    ("sql", "kind", "verb"),
    [
        ("SELECT 1", READ, "SELECT"),
        ("  select * from t;", READ, "SELECT"),
        ("(SELECT 1) UNION (SELECT 2)", READ, "SELECT"),
        ("SHOW CREATE TABLE t", READ, "SHOW"),
        ("desc t", READ, "DESC"),
        ("EXPLAIN UPDATE t SET a = 1", READ, "EXPLAIN"),
        ("EXPLAIN FORMAT=JSON DELETE FROM t", READ, "EXPLAIN"),
        ("EXPLAIN ANALYZE UPDATE t SET a = 1", WRITE, "UPDATE"),
        ("EXPLAIN (ANALYZE, BUFFERS) DELETE FROM t", WRITE, "DELETE"),
        ("EXPLAIN ANALYZE SELECT 1", READ, "EXPLAIN"),
        ("WITH a AS (SELECT 1) SELECT * FROM a", READ, "SELECT"),
        ("WITH a AS (SELECT 1), b(x) AS (SELECT 2) UPDATE t SET v = 1", WRITE, "UPDATE"),
        ("WITH a AS (DELETE FROM t RETURNING id) SELECT * FROM a", WRITE, "DELETE"),
        ("WITH RECURSIVE a AS (SELECT 1 UNION ALL SELECT 2) DELETE FROM t", WRITE, "DELETE"),
        ("VALUES (1), (2)", READ, "VALUES"),
        ("update t set a = 1", WRITE, "UPDATE"),
        ("INSERT INTO t VALUES (1)", WRITE, "INSERT"),
        ("REPLACE INTO t VALUES (1)", WRITE, "REPLACE"),
        ("LOAD DATA INFILE 'x' INTO TABLE t", WRITE, "LOAD"),
        ("SELECT * INTO OUTFILE '/tmp/x' FROM t", WRITE, "SELECT INTO"),
        ("SELECT * INTO copied FROM t", WRITE, "SELECT INTO"),
        ("SELECT max(id) INTO @m FROM t", READ, "SELECT"),
        ("SELECT REPLACE(a, 'x', 'y'), INSERT(a, 1, 2, 'z') FROM t", READ, "SELECT"),
        ("SELECT (replace(a, 'x', 'y')) FROM t", READ, "SELECT"),
        ("ALTER TABLE t ADD INDEX i (a)", DDL, "ALTER"),
        ("DROP TABLE t", DDL, "DROP"),
        ("TRUNCATE t", DDL, "TRUNCATE"),
        ("GRANT ALL ON *.* TO u", DDL, "GRANT"),
        ("CREATE TABLE c AS SELECT * FROM t", DDL, "CREATE"),
        ("ANALYZE TABLE t", DDL, "ANALYZE"),
        ("SELECT * FROM t FOR UPDATE", LOCK, "SELECT FOR UPDATE"),
        ("SELECT * FROM t WHERE a = 1 FOR NO KEY UPDATE", LOCK, "SELECT FOR UPDATE"),
        ("SELECT * FROM t LOCK IN SHARE MODE", LOCK, "SELECT FOR SHARE"),
        ("SELECT get_lock('a', 1)", LOCK, "GET_LOCK"),
        ("LOCK TABLES t WRITE", LOCK, "LOCK"),
        ("FLUSH TABLES WITH READ LOCK", LOCK, "FLUSH"),
        ("CALL p()", UNKNOWN, "CALL"),
        ("SET GLOBAL x = 1", UNKNOWN, "SET"),
        ("KILL 7", UNKNOWN, "KILL"),
        ("SELECT pg_terminate_backend(1)", UNKNOWN, "PG_TERMINATE_BACKEND"),
        ("frobnicate everything", UNKNOWN, "FROBNICATE"),
        ("BEGIN", UNKNOWN, "BEGIN"),
        ("BEGIN DELETE FROM t", WRITE, "DELETE"),
        ("", UNKNOWN, ""),
        ("-- only a comment", UNKNOWN, ""),
        (";;;", UNKNOWN, ""),
    ],
)
def test_one_statement(sql: str, kind: RiskKind, verb: str) -> None:
    assert classify(sql) == Risk(kind, verb, many=False)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 -- ; DELETE FROM t",
        "SELECT 1 /* ; DELETE FROM t */",
        "SELECT '; DELETE FROM t'",
        'SELECT "; DELETE FROM t"',
        "SELECT `; DELETE FROM t` FROM x",
        "SELECT 'it''s; DELETE FROM t'",
        "SELECT 'for update' AS a",
        "SELECT 'a\\'b' FROM t",
        "SELECT updated_at, deleted FROM drops",
        "# don't; worry\nSELECT 1",
        "SELECT /*! SQL_NO_CACHE */ 1",
    ],
)
def test_quotes_and_comments_hide_nothing_and_accuse_nobody(sql: str) -> None:
    assert classify(sql).harmless
    assert not classify(sql).many


@pytest.mark.parametrize(
    ("sql", "verb"),
    [
        ("SELECT 1; DELETE FROM t", "DELETE"),
        ("SELECT 1;\n-- now\nUPDATE t SET a = 1; SELECT 2", "UPDATE"),
        ("BEGIN; UPDATE t SET a = 1; COMMIT;", "UPDATE"),
        # Strings and comments that end at different places in different dialects.
        ("SELECT 'a\\'; DELETE FROM t; -- '", "DELETE"),
        ("SELECT 'a\\'; DELETE FROM t; '", "DELETE"),
        ("SELECT a #> b; DELETE FROM t", "DELETE"),
        ("SELECT 1--1; DELETE FROM t", "DELETE"),
        ("SELECT $$it's$$; DELETE FROM t", "DELETE"),
        ("/*!50001 DELETE FROM t */; SELECT 1", "DELETE"),
        ("/* /* */ ; DELETE FROM t */", "DELETE"),
    ],
)
def test_the_worst_of_many_in_any_dialect(sql: str, verb: str) -> None:
    risk = classify(sql)
    assert (risk.kind, risk.verb) == (WRITE, verb)


def test_many() -> None:
    assert classify("SELECT 1; SELECT 2") == Risk(READ, "SELECT", many=True)
    assert not classify("SELECT 1;").many


@pytest.mark.parametrize("sql", ["SELECT 'open", "SELECT 1 /* open", 'SELECT "', "'"])
def test_what_breaks_off_is_never_harmless(sql: str) -> None:
    assert classify(sql).kind is UNKNOWN


@given(st.text(alphabet=st.sampled_from(" '\"`\\;#-/*!$()aSELECT1\n"), max_size=60))
def test_a_write_behind_anything_whole_is_never_harmless(text: str) -> None:
    if classify(text + "\n").harmless:
        assert not classify(f"{text}\n; DELETE FROM t").harmless


@given(st.text())
def test_total(text: str) -> None:
    assert isinstance(classify(text), Risk)


def test_long_and_nested_texts() -> None:
    assert classify("SELECT '" + "\\" * 200_001 + "' FROM t").kind in (READ, UNKNOWN)
    assert classify("SELECT " + "(" * 50_000 + "1").kind is READ
    assert classify("BEGIN " * 20_000 + "DROP TABLE t").kind is DDL
    assert classify("SELECT " + " ".join(f"$a{i}$" for i in range(10_000))).kind is READ
    assert classify("SELECT 1 " + " " * 300_000).kind is UNKNOWN

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


HOSTILE = [
    # What only looks like a read: the verb after common table expressions.
    "WITH values AS (SELECT 1) DELETE FROM t",
    "WITH values(x) AS (SELECT 1) DELETE FROM t",
    "WITH a AS (SELECT 1) UPDATE (t) SET x = 1",
    "WITH RECURSIVE a AS (SELECT 1) CYCLE x SET y USING z DELETE FROM t",
    "WITH a AS MATERIALIZED (INSERT INTO t SELECT 1 RETURNING *) TABLE a",
    "WITH a AS (SELECT 1) SELECT * INTO t FROM a",
    "SELECT 1 FROM (WITH a AS (DELETE FROM t RETURNING 1) SELECT 1) b",
    # Functions that act, known or not, however they are written.
    "SELECT my_own(1)",
    "SELECT app.count(1)",
    "SELECT `app`.`count`(1)",
    "SELECT app . /* x */ f ( 1 )",
    'SELECT "pg_terminate_backend"(7)',
    "SELECT pg_catalog.pg_terminate_backend(7)",
    "SELECT pg_terminate_backend/*!50001 count*/(7)",
    "SELECT sleep(10)",
    "SELECT benchmark(1e9, sha1(1))",
    "SELECT load_file('/etc/passwd')",
    "SELECT nextval('s')",
    "SELECT * FROM dblink('', 'DELETE FROM t') AS (a int)",
    "WITH n(i) AS (SELECT 1) SELECT * FROM n, dblink('', 'DELETE FROM t') AS (a int)",
    "SELECT query_to_xml('DELETE FROM t', true, true, '')",
    "SELECT * FROM t PROCEDURE ANALYSE(1)",
    "SELECT 1f(2)",
    "EXPLAIN SELECT * FROM (SELECT my_own(1)) t",
    "EXPLAIN SELECT get_lock('a', 1)",
    # EXPLAIN that runs.
    "EXPLAIN ANALYZE DELETE FROM t",
    "EXPLAIN (COSTS, ANALYZE) DELETE FROM t",
    'EXPLAIN ("analyze") DELETE FROM t',
    "EXPLAIN ANALYZE EXECUTE p",
    "EXPLAIN ANALYZE CREATE TABLE c AS SELECT 1",
    "DESCRIBE ANALYZE DELETE FROM t",
    "EXPLAIN ANALYZE SELECT my_own(1)",
    # Files, locks, several statements, statements without a semicolon.
    "SELECT * FROM t INTO OUTFILE '/tmp/x'",
    "SELECT * FROM t INTO DUMPFILE '/tmp/x'",
    "TABLE t INTO OUTFILE '/tmp/x'",
    "SELECT * FROM t FOR UPDATE",
    "SELECT * FROM t FOR SHARE SKIP LOCKED",
    "SELECT * FROM t WITH (UPDLOCK, HOLDLOCK)",
    "SELECT 1; DELETE FROM t",
    "SELECT 1 DELETE FROM t",
    "SELECT 1 EXEC xp_cmdshell 'dir'",
    "SELECT 1\nGO\nDROP TABLE t",
    "SELECT 1 \\gexec",
    "SELECT 1\\; DELETE FROM t",
    # What is no query at all.
    "CALL p()",
    "DO my_own()",
    "SET GLOBAL read_only = 0",
    "SET PERSIST x = 1",
    "KILL 7",
    "COPY t TO PROGRAM 'sh'",
    "COPY (SELECT 1) TO PROGRAM 'sh'",
    "PREPARE p FROM 'DELETE FROM t'",
    "EXECUTE IMMEDIATE 'DELETE FROM t'",
    "HANDLER t OPEN",
    "DELIMITER //",
    "(DELETE FROM t)",
    "'SELECT' DELETE FROM t",
    "/*!DELETE FROM t*/",
    "/*M! DELETE FROM t */",
    "/*!SELECT*/ 1 /*!; DELETE FROM t*/",
    # Letters that look like others, and blanks that are none.
    "\u0405ELECT 1",
    "\u017fELECT 1",
    "\uff24\uff25\uff2c\uff25\uff34\uff25 FROM t",
    "SELECT 1 --\u00a0; DELETE FROM t",
    "SELECT a\u00a0count(1)",
    "SEL\u200bECT 1",
    # Quotes and comments that one dialect ends earlier than another.
    "SELECT '\\'', \"a\\\" ; DELETE FROM t -- \"",
    "SELECT E'\\'', 'b\\' ; DELETE FROM t -- '",
    "SELECT 'a\\', E'\\'; DELETE FROM t; --'",
    "SELECT 1 -- a\r; DELETE FROM t",
    "SELECT 1 /*! ' */ ; DELETE FROM t -- '",
    "SELECT 1 /*!99999 ' */ /*!50001 ; DELETE FROM t */ -- '",
    "SELECT 1 /* /* */ ' */ ; DELETE FROM t -- '",
    "SELECT 'open ; DELETE FROM t",
    'SELECT "open ; DELETE FROM t',
    "SELECT `open ; DELETE FROM t",
    "SELECT $a$open ; DELETE FROM t",
    "SELECT 1 /* open ; DELETE FROM t",
    "SELECT 1 # it's\n; DELETE FROM t -- '",
    "SELECT \0 1",
]


@pytest.mark.parametrize("sql", HOSTILE)
def test_what_is_not_surely_a_read_is_not_harmless(sql: str) -> None:
    assert not classify(sql).harmless


@pytest.mark.parametrize("sql", HOSTILE)
def test_nothing_before_or_behind_it_makes_it_harmless(sql: str) -> None:
    for text in (
        f"SELECT 1;\n{sql}",
        f"/* read */ {sql}\n",
        f"-- read\n{sql}",
        f"{sql}\n;SELECT 1",
    ):
        assert not classify(text).harmless, text


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*), SUM(a) OVER (PARTITION BY b ORDER BY c) FROM t GROUP BY b HAVING (a) > 1",
        "SELECT date_format(created_at, '%Y-%m') m, COUNT(DISTINCT id) FROM t "
        "WHERE created_at BETWEEN (now() - INTERVAL 7 DAY) AND NOW() GROUP BY 1 ORDER BY 2 DESC",
        "SELECT CAST(a AS DECIMAL(10, 2)), CONVERT(b, CHAR(36)), IFNULL(c, 0) FROM t LIMIT 10",
        "SELECT * FROM a JOIN b USING (id) WHERE a.x IN (1, 2) AND NOT EXISTS (SELECT 1 FROM c)",
        "SELECT * FROM t FORCE INDEX (i) WHERE a = 1",
        "SELECT * FROM t PARTITION (p0) WHERE (a) OR (b)",
        "SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS v(n, name)",
        "SELECT * FROM (SELECT 1) v(n)",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9), m (j) AS "
        "(SELECT i FROM n) SELECT i, j FROM n JOIN m ON (i = j)",
        "WITH a AS (SELECT 1), b AS NOT MATERIALIZED (SELECT 2) SELECT * FROM a, b",
        "SELECT a, CASE WHEN (b) THEN (c) ELSE (d) END FROM t",
        "SELECT * FROM t WHERE MATCH (a, b) AGAINST ('slow' IN BOOLEAN MODE)",
        "SELECT j.* FROM t, JSON_TABLE(doc, '$[*]' COLUMNS (a INT PATH '$.a')) j",
        "SELECT a, b, sum(c) FROM t GROUP BY GROUPING SETS ((a), (b), ())",
        "SELECT * FROM t TABLESAMPLE SYSTEM (1)",
        "SELECT percentile_cont(0.99) WITHIN GROUP (ORDER BY ms) FILTER (WHERE ok) FROM t",
        "SELECT pg_catalog.pg_size_pretty(pg_total_relation_size('t'))",
        "SELECT * FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND pid <> pg_backend_pid()",
        "SELECT t.`update`, t.deleted, '库存' AS 数量 FROM 订单 t WHERE 状态 = '已取消'",
        "SELECT * FROM information_schema.innodb_trx",
        "SELECT comment, load, copy FROM t WHERE a LIKE '%delete%'",
        "SELECT a\r\nFROM t -- the end\r\nWHERE b = 1",
        "SHOW GRANTS FOR 'a'@'%'",
        "SHOW ENGINE INNODB STATUS",
        "EXPLAIN FORMAT=TREE SELECT * FROM t WHERE a = 1 FOR UPDATE",
        "EXPLAIN (COSTS off, FORMAT json) SELECT count(*) FROM t",
        'SELECT x::numeric(10,2), y::jsonb ->> \'a\' FROM t WHERE z @> \'{"a": "b\\"c"}\'',
        "SELECT $1, $2 FROM t WHERE a = $3",
        "SELECT /*+ MAX_EXECUTION_TIME(1000) */ a FROM t",
        "SELECT 1 -- don't\n",
        "SELECT 'C:\\\\temp\\\\x' FROM t",
    ],
)
def test_honest_reads_are_reads(sql: str) -> None:
    assert classify(sql).kind is READ


@given(st.sampled_from(HOSTILE), st.text(alphabet=" \t\n(/*a*/)", max_size=12))
def test_blanks_and_comments_before_it_do_not_help(sql: str, before: str) -> None:
    assert not classify(f"{before}\n{sql}").harmless


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

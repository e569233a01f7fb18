"""A statement that waits for approval: laid out without a change of what it says."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from das_tui.domain.risk import classify
from das_tui.view.clean import clean
from das_tui.view.statement import laid_out, lines

LONG = (
    "UPDATE parcels p JOIN depots d ON d.id = p.depot_id SET p.at = p.at + INTERVAL 1 DAY "
    "WHERE d.name = 'North  FROM Quay' AND p.at BETWEEN '2025-03-12' AND '2025-04-01' OR p.x = 1;"
)


def test_the_clauses_of_one_long_line() -> None:
    assert laid_out(LONG, 60).split("\n") == [
        "UPDATE parcels p",
        "  JOIN depots d ON d.id = p.depot_id",
        "   SET p.at = p.at + INTERVAL 1 DAY",
        " WHERE d.name = 'North  FROM Quay'",
        "   AND p.at BETWEEN '2025-03-12' AND '2025-04-01'",
        "    OR p.x = 1;",
    ]


def test_joins_locks_functions_and_what_is_in_brackets_stay() -> None:
    sql = (
        "select left(a, 2), right(b, 2) from t left outer join u using (id) where x in (select y "
        "from z where q = 1) group by a order by b limit 3 for update; delete from t"
    )
    assert laid_out(sql, 40).split("\n") == [
        "select left(a, 2), right(b, 2)",
        "  from t",
        "  left outer join u using (id)",
        " where x in (select y from z where q = 1)",
        " group by a",
        " order by b",
        " limit 3 for update;",
        "delete from t",
    ]


@pytest.mark.parametrize(
    "sql",
    [
        LONG.replace(" SET", "\nSET"),
        LONG + " -- and that is all",
        LONG.replace("parcels", "/* from */ parcels"),
        LONG.replace("Quay", "\\'Quay"),
        LONG.replace("p.x", "# p.x"),
    ],
)
def test_what_has_lines_or_comments_stays_as_it_was_written(sql: str) -> None:
    assert laid_out(sql, 40) == sql


def test_a_line_that_fits_stays() -> None:
    assert laid_out(LONG, 400) == LONG


@given(
    st.lists(
        st.sampled_from(
            "SELECT FROM WHERE AND OR BETWEEN LEFT JOIN ( ) , ; 'a  from b' \"from\" `x where` a b "
            "GROUP BY DELETE INTO UPDATE FOR VALUES 1 = 'open 表".split(" ")
        ),
        max_size=40,
    ),
    st.sampled_from([" ", "", "  "]),
)
def test_only_blanks_are_changed(words: list[str], between: str) -> None:
    sql = between.join(words)
    laid = laid_out(sql, 10)
    assert re.sub(r"\s+", "", laid) == re.sub(r"\s+", "", sql)
    assert classify(laid) == classify(sql.strip())
    # A quoted text is never cut.
    quoted = r"""'[^']*'|"[^"]*"|`[^`]*`"""
    assert re.findall(quoted, laid) == re.findall(quoted, sql)


@given(st.text(max_size=200), st.integers(4, 120))
def test_the_whole_statement_is_there_in_any_width(sql: str, room: int) -> None:
    shown = "".join(part for line in lines(sql, classify(sql), room) for part, _ in line)
    assert re.sub(r"\s", "", shown) == re.sub(r"\s", "", clean(sql))

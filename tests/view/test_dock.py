from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from das_tui.domain.blocks import Ask
from das_tui.domain.events import AskKind
from das_tui.domain.plan import Plan, PlanStep, diff
from das_tui.domain.session import Session
from das_tui.view.ages import clock
from das_tui.view.aside import aside
from das_tui.view.ask import ask_rows, confirm_word
from das_tui.view.clean import clean
from das_tui.view.dock import (
    DockView,
    leave_rows,
    level_menu,
    menu_levels,
    stop_rows,
)
from das_tui.view.explain import explain_table
from das_tui.view.explain import lines as explain_lines
from das_tui.view.glyphs import ASCII, UTF8

NOW = 1_765_432_000.0
SQL = """UPDATE parcels p JOIN depots d ON d.id = p.depot_id
   SET p.promised_at = p.promised_at + INTERVAL 1 DAY
 WHERE d.name = 'North Quay';"""
EXPLAIN = """| table | type | rows | extra |
|---|---|---|---|
| p | ALL | 48123990 | Using where; no index on promised_at |
| d | eq_ref | 1 | |"""
SESSION = Session("g", "dms", title="Late", target="parcel_depot")
ASK = Ask(AskKind.SQL, "48 million rows and no index. Execute?", SQL, EXPLAIN)


def dock(ask: Ask = ASK, width: int = 90, height: int = 20, **more: object) -> DockView:
    options: dict[str, object] = {
        "database": "parcel_depot",
        "instance": "rm-demoparcel02",
        "profile": "prod",
        "since": NOW - 124,
        "now": NOW,
        **more,
    }
    view = ask_rows(ask, width, height, **options)  # type: ignore[arg-type]
    assert len(view.rows) <= height
    assert {row.fill for row in view.rows} <= {"attn-band"}
    assert all(row.width <= width for row in view.rows)
    return view


def text(view: DockView) -> list[str]:
    return [row.text.rstrip() for row in view.rows]


def inks(view: DockView, part: str) -> set[str]:
    return {ink.fg for row in view.rows for words, ink in row.spans if words.strip() == part}


def test_a_write_waits() -> None:
    view = dock()
    assert text(view) == [
        "",
        "   Run this statement?" + " " * 54 + "waiting 2:04",
        "",
        "    WRITE   UPDATE  in parcel_depot  on rm-demoparcel02  profile prod",
        "",
        "     UPDATE parcels p JOIN depots d ON d.id = p.depot_id",
        "        SET p.promised_at = p.promised_at + INTERVAL 1 DAY",
        "      WHERE d.name = 'North Quay';",
        "",
        "   explain   table   type           rows   extra",
        "             p       ALL      48,123,990   Using where; no index on promised_at",
        "             d       eq_ref            1",
        '   agent     "48 million rows and no index. Execute?"',
        "",
        "   y run it, then type rm-demoparcel02   n refuse   e edit   r reply   esc later",
        "",
    ]
    assert inks(view, "WRITE") == {"badge-on"}
    assert inks(view, "ALL") == inks(view, "48,123,990") == inks(view, "y") == {"attn"}
    assert "attn" in inks(view, "UPDATE")
    assert inks(view, "JOIN") == {"text"}
    assert view.seen_end
    assert view.keys == ("y", "n", "e", "r", "esc")
    assert view.word == "rm-demoparcel02"


@pytest.mark.parametrize(
    ("sql", "production", "instance", "word"),
    [
        (SQL, True, "rm-1", "rm-1"),
        (SQL, True, "", "write"),
        (SQL, True, "x" * 65, "write"),
        (SQL, False, "rm-1", ""),
        ("SELECT 1", True, "rm-1", ""),
        ("frobnicate", True, "rm-1", "rm-1"),
        ("SELECT 1; DROP TABLE t", True, "rm-1", "rm-1"),
    ],
)
def test_the_word(sql: str, production: bool, instance: str, word: str) -> None:
    ask = Ask(AskKind.SQL, sql=sql)
    assert confirm_word(ask, production=production, instance=instance) == word
    assert confirm_word(Ask(AskKind.PLAN), production=True, instance="i") == ""


def test_without_a_timer_the_time_of_day_stands_there() -> None:
    first = text(dock(ticks=False, utc=True))[1]
    assert first.endswith(f"waits since {clock(NOW - 124, True)}")
    later = text(dock(ticks=False, utc=True, now=NOW + 3600))[1]
    assert later == first, "it stays true while nothing is painted"
    old = text(dock(ticks=False, utc=True, now=NOW + 90_000))[1]
    assert "since 2025-12-11 " in old


def test_a_read_is_quiet() -> None:
    view = dock(replace(ASK, sql="SELECT 1"))
    assert inks(view, "READ") == {"muted"}
    assert view.word == ""
    assert any("y run it   n refuse" in line for line in text(view))
    assert "A" not in view.keys
    assert "A" in dock(production=False).keys


def test_an_unknown_target_is_said() -> None:
    view = dock(database="", instance="")
    assert any("target unknown" in line for line in text(view))
    assert view.word == "write"
    half = dock(instance="")
    assert any("in parcel_depot  instance unknown" in line for line in text(half))
    assert half.word == "write"
    assert "attn" in inks(half, "instance unknown")
    read = dock(replace(ASK, sql="SELECT 1"), instance="")
    assert inks(read, "instance unknown") == {"faint"}


def test_a_long_statement_scrolls_and_must_be_read() -> None:
    long = replace(ASK, sql="\n".join(["UPDATE t SET"] + [f"  a{n} = {n}," for n in range(60)]))
    view = dock(long)
    assert view.total == 61
    assert 0 < view.window < 61
    assert not view.seen_end
    assert "y" not in view.keys
    assert any(f"{view.window} of 61 lines" in line for line in text(view))
    assert inks(view, "y") == {"faint"}
    end = dock(long, scroll=999)
    assert end.scroll == 61 - end.window
    assert end.seen_end
    assert "y" in end.keys
    assert any("a59 = 59," in line for line in text(end))
    again = dock(long, seen=True)
    assert "y" in again.keys
    shown = [line for top in range(61) for line in text(dock(long, scroll=top))]
    assert all(any(f"a{n} = {n}," in line for line in shown) for n in range(60))


def test_typing() -> None:
    view = dock(stage="type", typed="rm-demo", width=80)
    line = next(row for row in view.rows if "To run it" in row.text)
    assert line.text.strip() == "To run it, type the instance:  rm-demoparcel02"
    assert [(part, ink.fg) for part, ink in line.spans[-3:]] == [
        ("rm-demo", "strong"),
        ("p", "on"),
        ("arcel02", "faint"),
    ]
    assert view.keys == ("esc",)
    assert dock(stage="type", typed="rm-demoparcel02").keys == ("enter", "esc")
    wrong = dock(stage="type", typed="rm-x")
    assert wrong.keys == ("esc",)
    assert inks(wrong, "rm-x") == {"fail"}
    assert (
        "enter"
        not in dock(replace(ASK, sql="UPDATE t\n" * 90), stage="type", typed="rm-demoparcel02").keys
    )
    write = dock(stage="type", database="", instance="", typed="")
    assert any("To run it, type write:  write" in line for line in text(write))


def test_little_room_drops_the_least_needed() -> None:
    for height in range(6, 24):
        view = dock(height=height)
        joined = "\n".join(text(view))
        assert "WRITE" in joined
        assert "rm-demoparcel02" in joined
        assert "esc later" in joined
        assert view.window >= 1
    assert any("to look at" in line or "ALL" in line for line in text(dock(height=10)))
    narrow = dock(width=40, height=14)
    assert "rm-demoparcel02" in "\n".join(text(narrow))


def read_through(ask: Ask, width: int, height: int) -> set[str]:
    """The words that are seen of an ask by scrolling until its end was seen."""
    found: set[str] = set()
    scroll = 0
    while True:
        view = dock(ask, width, height, scroll=scroll)
        assert ("y" in view.keys) is view.seen_end
        found |= {word for line in text(view) for word in line.split()}
        if view.seen_end:
            return found
        scroll += max(1, view.window - 1)


@pytest.mark.parametrize(("width", "height"), [(40, 11), (80, 20), (120, 30)])
def test_no_word_of_the_agent_and_no_step_is_cut(width: int, height: int) -> None:
    said = {f"table{at}" for at in range(60)}
    names = {at: {f"{part}{at}" for part in ("stations", "weekends", "hours")} for at in range(9)}
    steps = tuple(PlanStep(at, " ".join(sorted(name))) for at, name in names.items())
    words = " ".join(sorted(said))
    seen = read_through(Ask(AskKind.PLAN, f"a {words} b", plan=Plan(steps=steps)), width, height)
    assert set.union(said, *names.values()) <= seen
    seen = read_through(Ask(AskKind.SQL, f"a {words} b", SQL, EXPLAIN), width, height)
    assert said <= seen


def test_without_the_focus_no_answer_is_offered() -> None:
    view = dock(taken_by="a")
    assert any(line.startswith("   a answers   y run it") for line in text(view))
    assert view.keys == ("a",)
    assert inks(view, "y") == {"faint"}


@pytest.mark.parametrize("width", [36, 40, 57, 92, 140])
@pytest.mark.parametrize("kind", list(AskKind))
def test_an_ask_aside_is_one_row(kind: AskKind, width: int) -> None:
    view = aside(replace(ASK, kind=kind), width, since=NOW - 124, now=NOW)
    (row,) = view.rows
    assert row.width <= width
    assert row.text.rstrip().endswith("a answers")
    assert (" WRITE " in row.text) is (kind is AskKind.SQL)
    assert not view.keys
    wide = aside(ASK, 92, since=NOW - 124, now=NOW).rows[0].text
    assert "Run this statement?   WRITE   UPDATE  waiting 2:04" in wide


def test_a_changed_plan() -> None:
    def made(*names: str) -> Plan:
        return Plan(steps=tuple(PlanStep(n, name) for n, name in enumerate(names, 1)))

    old = made("Understand", "Moves", "Flow", "Weather", "Conclude")
    new = made("Count vans", "Understand", "Flow", "Moves", "Conclude")
    view = dock(Ask(AskKind.PLAN, "reads 4 tables", plan=new, changes=diff(old, new)), width=73)
    lines = [line.strip() for line in text(view) if line.strip()]
    assert lines[0].startswith("Run this plan?  changed since you last saw it")
    assert "+ 1  Count vans      new" in lines
    assert any(line.startswith("-    Weather") and line.endswith("dropped") for line in lines)
    assert any("was" in line for line in lines)
    assert '"reads 4 tables"' in lines
    weather = [ink for row in view.rows for part, ink in row.spans if part == "Weather"]
    assert [ink.strike for ink in weather] == [True]
    assert view.keys == ("y", "n", "e", "r", "esc")
    first = dock(Ask(AskKind.PLAN, plan=new))
    assert not any("changed" in line for line in text(first))


def test_other_asks() -> None:
    human = dock(Ask(AskKind.HUMAN, "Which depot?\nNorth or South?"))
    assert human.keys == ("r", "esc")
    assert "   Which depot?" in text(human)
    assert "   North or South?" in text(human)
    assert dock(Ask(AskKind.REPORT, "")).keys == ("y", "n", "r", "esc")


@pytest.mark.parametrize("room", range(14, 60))
def test_no_name_of_an_explain_is_parted_from_its_value(room: int) -> None:
    many = "| id | table | type | rows | extra |\n|---|---|---|---|---|\n"
    found = explain_lines(many + "| 1 | d | ALL | 1857120 | Using temporary |", room, UTF8)
    drawn = ["".join(piece for piece, _ in line) for line in found]
    assert any("rows 1,857,120" in line for line in drawn) or "rows" in drawn[0].split()
    assert all(len(line) <= room for line in drawn)
    assert "1,857,120" in " ".join(drawn)


def test_explains() -> None:
    assert explain_table(EXPLAIN) == (
        ["table", "type", "rows", "extra"],
        [
            ["p", "ALL", "48123990", "Using where; no index on promised_at"],
            ["d", "eq_ref", "1", ""],
        ],
    )
    boxed = "+---+------+\n| a | b    |\n+---+------+\n| 1 | x\\|y |\n+---+------+"
    assert explain_table(boxed) == (["a", "b"], [["1", "x|y"]])
    assert explain_table("type=ALL, rows=12, extra=Using where") == (
        ["type", "rows", "extra"],
        [["ALL", "12", "Using where"]],
    )
    assert explain_table("type=ALL\nrows=12") == (["type", "rows"], [["ALL", "12"]])
    assert explain_table("type=ALL rows=1\ntype=ref rows=2") == (
        ["type", "rows"],
        [["ALL", "1"], ["ref", "2"]],
    )
    assert explain_table("Seq Scan on t (cost=0..1 rows=5)") is None
    assert explain_table("") is None
    plain = dock(replace(ASK, explain="Seq Scan on parcels (cost=0..1 rows=48000000 width=4)"))
    assert inks(plain, "Seq Scan") == inks(plain, "rows=48000000") == {"attn"}
    cheap = dock(replace(ASK, explain="Index Scan on parcels (rows=12)"))
    assert not inks(cheap, "rows=12") & {"attn"}


def test_level_menu() -> None:
    histogram = [(10, 76), (20, 236), (30, 9), (40, 21), (50, 2), (None, 4)]
    assert menu_levels(histogram) == [50, 40, 30, 20, 10]
    view = level_menu(histogram, 61, 11, cursor=30, back=20, hidden=312, total=344)
    assert [row.text.rstrip() for row in view.rows] == [
        "",
        "   Show from level" + " " * 24 + "312 hidden of 344",
        "",
        "   50   failures          ━                               2",
        "   40   conclusions       ━━                             21",
        " ❯ 30   asks, approvals   ━                               9",
        "   20   tools, steps      ━━━━━━━━━━━━━━━━━━━━━━━━      236",
        "   10   status, choices   ━━━━━━━━                       76",
        "",
        "   j k move   enter set   0 all   esc back to 20",
        "",
    ]
    assert [row.fill for row in view.rows][4:7] == ["raised", "sel", "raised"]
    many = [(n, n + 1) for n in range(60)]
    for cursor in (0, 30, 59):
        view = level_menu(many, 40, 9, cursor=cursor, back=0, hidden=1, total=9)
        assert len(view.rows) <= 9
        assert any(row.fill == "sel" and f" {cursor} " in row.text for row in view.rows)


def test_stop_and_leave() -> None:
    dms = stop_rows(SESSION, 80, 12)
    assert dms.keys == ("y", "esc")
    assert any("is told to cancel" in line for line in text(dms))
    das = stop_rows(replace(SESSION, service="das"), 80, 12)
    assert any("cannot be told" in line for line in text(das))
    leave = leave_rows(replace(SESSION, service="das"), 80, 12)
    assert leave.keys == ("q", "esc")


TEXTS = st.sampled_from(
    [
        "",
        "x",
        "SELECT 1",
        SQL,
        "\x1b]52;c;x\x07",
        "\u202eDROP",
        "晚点 " * 60,
        EXPLAIN,
        "a=1, b=ALL",
        "|" * 9,
        "|a|\n|b|c|",
        "UPDATE t\n" * 200,
    ]
)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(AskKind),
    TEXTS,
    TEXTS,
    TEXTS,
    TEXTS,
    st.integers(30, 130),
    st.integers(1, 40),
    st.integers(0, 300),
    st.sampled_from(["ask", "type"]),
)
def test_rows_fit_whatever_comes(
    kind: AskKind,
    words: str,
    sql: str,
    explain: str,
    name: str,
    width: int,
    height: int,
    scroll: int,
    stage: str,
) -> None:
    plan = Plan(steps=tuple(PlanStep(n, name) for n in range(len(words) % 5)))
    ask = Ask(kind, words, sql, explain, plan)
    view = dock(
        ask,
        width,
        height,
        instance=name if len(words) % 2 else "",
        database=name,
        profile=name,
        scroll=scroll,
        stage=stage,
        typed=name,
        glyphs=ASCII,
    )
    for row in view.rows:
        assert clean(row.text) == row.text
        assert "\n" not in row.text

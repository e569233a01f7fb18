"""Every body of a block by the row grammar: exact rows at two widths and in ASCII."""

import subprocess
import sys
from importlib import import_module

import pytest

from das_tui.domain import shelf
from das_tui.domain.blocks import (
    Answer,
    Ask,
    Block,
    Body,
    Chart,
    Failure,
    FileNote,
    Image,
    Note,
    Notice,
    PlanShown,
    Question,
    Raw,
    Report,
    StepRule,
    Suggestions,
    Table,
    Text,
    Thought,
    Tone,
    Tool,
    ToolStatus,
)
from das_tui.domain.events import AskKind
from das_tui.domain.plan import Change, Plan, PlanStep, StepChange, StepStatus
from das_tui.view import block as block_view
from das_tui.view.block import render
from das_tui.view.drawers.page import ROWS
from das_tui.view.glyphs import ASCII, UTF8, Glyphs
from das_tui.view.rows import Ink, Row
from das_tui.view.shape import estimate, foldable, loose
from das_tui.view.spec import ViewSpec
from das_tui.view.wrap import cells

AT = 1768465800.0  # 2026-01-15 08:30 UTC
SQL = """SELECT s.name, SUM(d.dep) - SUM(d.arr) AS net
FROM stations s JOIN hourly_flow d ON d.station_id = s.name AND d.day > '2026-01-01'
GROUP BY s.name ORDER BY net DESC LIMIT 5"""
FLOW = Table(
    ("Station", "Net outflow"),
    (("Hilltop Library", "18,422"), ("Lighthouse Gate", "15,011"), ("东门码头", "8,777")),
    27,
)
PLAN = Plan(
    steps=(
        PlanStep(1, "Count vans and drivers", status=StepStatus.DONE),
        PlanStep(2, "Understand the tables", status=StepStatus.RUNNING),
        PlanStep(3, "Conclude, export"),
    )
)
CHANGES = (
    StepChange(Change.NEW, PLAN.steps[0]),
    StepChange(Change.SAME, PLAN.steps[1]),
    StepChange(Change.MOVED, PLAN.steps[2], was=2),
    StepChange(Change.DROPPED, PlanStep(4, "Weather of the last 90 days")),
)


def block(body: Body, *, seconds: float | None = 3.1, live: bool = False) -> Block:
    return Block(0, body, level=20, at=AT, seconds=None if live else seconds, live=live)


def spec(width: int = 87, **options: object) -> ViewSpec:
    chosen: dict[str, object] = {"utc": True, "target": "rm-demoharbor01", "now": AT + 64}
    chosen.update(options)
    return ViewSpec(width, **chosen)  # type: ignore[arg-type]


def texts(
    body: Body,
    width: int = 87,
    opened: bool = False,
    *,
    live: bool = False,
    seconds: float | None = 3.1,
    **options: object,
) -> list[str]:
    got = render(block(body, seconds=seconds, live=live), spec(width, **options), opened)
    assert all(row.width <= width for row in got)
    return [row.text.rstrip() for row in got]


def only(body: Body, width: int = 87, **options: object) -> str:
    (text,) = texts(body, width, **options)  # type: ignore[arg-type]
    return text


def inks(row: Row) -> list[tuple[str, Ink]]:
    return [(text.strip(), ink) for text, ink in row.spans if text.strip()]


TOOL = Tool(
    "execute_sql",
    "Imbalance",
    language="sql",
    code=SQL,
    outputs=(FLOW,),
    status=ToolStatus.DONE,
    total_rows=27,
)
FAILED = Tool("execute_sql", "Flow per dock", status=ToolStatus.FAILED, reason="timeout")
FILTER = Tool(
    "SqlFilter",
    params=(("--instanceId", "rm-demoharbor01"), ("--sqlId", "sql-7f21"), ("", "--force")),
)


# --- one line ---------------------------------------------------------------------------------

ONE_LINE: list[tuple[Body, bool, str, str, str]] = [
    (
        Question("Why do riders find empty stations?"),
        False,
        " ❯ Why do riders find empty stations?                                           08:30",
        " ❯ Why do riders find empty stations?             08:30",
        " > Why do riders find empty stations?             08:30",
    ),
    (
        Thought("Hour of day and weekday first, then the stations\nthat run empty one by one."),
        False,
        " ▸ thought      Hour of day and weekday first, then the stations that run …        3s",
        " ▸ thought      Hour of day and weekday first, …     3s",
        " > thought      Hour of day and weekday first, ~     3s",
    ),
    (
        StepRule(3, "Station imbalance"),
        False,
        "   Step 3  Station imbalance ────────────────────────────────────────────────── 08:30",
        "   Step 3  Station imbalance ──────────────────── 08:30",
        "   Step 3  Station imbalance -------------------- 08:30",
    ),
    (
        TOOL,
        False,
        " ▸ execute_sql  Imbalance                                              27 rows   3.1s",
        " ▸ execute_sql  Imbalance                27 rows   3.1s",
        " > execute_sql  Imbalance                27 rows   3.1s",
    ),
    (
        FAILED,
        False,
        " ✗ execute_sql  Flow per dock                                          timeout   3.1s",
        " ✗ execute_sql  Flow per dock            timeout   3.1s",
        " x execute_sql  Flow per dock            timeout   3.1s",
    ),
    (
        FILTER,
        True,
        " ● SqlFilter    --sqlId sql-7f21 --force                                         1:04",
        " ● SqlFilter    --sqlId sql-7f21 --force           1:04",
        " * SqlFilter    --sqlId sql-7f21 --force           1:04",
    ),
    (
        PlanShown(PLAN),
        False,
        " ▸ plan         Count vans and drivers, Understand the tables, Conclude, ex…  3 steps",
        " ▸ plan         Count vans and drivers, Under…  3 steps",
        " > plan         Count vans and drivers, Under~  3 steps",
    ),
    (
        PlanShown(PLAN, CHANGES),
        False,
        " ▸ plan         1 new, 1 moved, 1 dropped                                     3 steps",
        " ▸ plan         1 new, 1 moved, 1 dropped       3 steps",
        " > plan         1 new, 1 moved, 1 dropped       3 steps",
    ),
    (
        Ask(AskKind.SQL, sql="UPDATE x SET a = 1"),
        False,
        " ? waits for you: run this statement                                            08:30",
        " ? waits for you: run this statement              08:30",
        " ? waits for you: run this statement              08:30",
    ),
    (
        Ask(AskKind.PLAN, plan=PLAN, answered="you approved the plan, 3 steps"),
        False,
        " ✓ you approved the plan, 3 steps                                               08:30",
        " ✓ you approved the plan, 3 steps                 08:30",
        " + you approved the plan, 3 steps                 08:30",
    ),
    (
        FileNote("imbalance.xlsx", 18 * 1024),
        False,
        "   file         imbalance.xlsx                                                  18 KB",
        "   file         imbalance.xlsx                    18 KB",
        "   file         imbalance.xlsx                    18 KB",
    ),
    (
        Report("Bikes", "WebReport"),
        False,
        "   report       Bikes                                                       WebReport",
        "   report       Bikes                         WebReport",
        "   report       Bikes                         WebReport",
    ),
    (
        Notice("resumed at 180   0 lost   3 repeated", Tone.GOOD),
        False,
        " ✓ resumed at 180   0 lost   3 repeated                                         08:30",
        " ✓ resumed at 180   0 lost   3 repeated           08:30",
        " + resumed at 180   0 lost   3 repeated           08:30",
    ),
    (
        Notice("the run was cancelled"),
        False,
        " · the run was cancelled                                                        08:30",
        " · the run was cancelled                          08:30",
        " . the run was cancelled                          08:30",
    ),
    (
        Note("plan to run", name="status"),
        False,
        "   status       plan to run",
        "   status       plan to run",
        "   status       plan to run",
    ),
    (
        Note("a note that is much longer than the pane is wide, so it folds away, all of it now"),
        False,
        " ▸ a note that is much longer than the pane is wide, so it folds away, all of it now",
        " ▸ a note that is much longer than the pane is wide, s…",
        " > a note that is much longer than the pane is wide, s~",
    ),
    (
        Raw("mystery_event", '{"a": 1,\n "b": [1, 2, 3]}'),
        False,
        ' ▸ unknown      mystery_event  {"a": 1, "b": [1, 2, 3]}',
        ' ▸ unknown      mystery_event  {"a": 1, "b": [1, 2, 3]}',
        ' > unknown      mystery_event  {"a": 1, "b": [1, 2, 3]}',
    ),
    (
        Raw("agent_message", '{"a": 1', True, "not a JSON object"),
        False,
        " ▸ malformed    agent_message  not a JSON object",
        " ▸ malformed    agent_message  not a JSON object",
        " > malformed    agent_message  not a JSON object",
    ),
]


@pytest.mark.parametrize(("body", "live", "wide", "narrow", "ascii_"), ONE_LINE)
def test_one_line(body: Body, live: bool, wide: str, narrow: str, ascii_: str) -> None:
    assert only(body, 87, live=live) == wide
    assert only(body, 57, live=live) == narrow
    assert only(body, 57, live=live, glyphs=ASCII) == ascii_
    assert estimate(block(body), spec(), False) == 1


# --- many lines -------------------------------------------------------------------------------


def test_question_is_a_band() -> None:
    body = Question("rm-demoharbor01 的 CPU 为什么从 07:52 开始到 97 %？先限流，再给出索引建议。\n")
    got = render(block(body), spec(61), False)
    assert [row.text for row in got] == [
        " ❯ rm-demoharbor01 的 CPU 为什么从 07:52 开始到       08:30",
        "   97 %？先限流，再给出索引建议。",
    ]
    assert [row.fill for row in got] == ["raised", "raised"]
    assert inks(got[0]) == [
        ("❯", Ink("accent")),
        ("rm-demoharbor01 的 CPU 为什么从 07:52 开始到", Ink("strong", bold=True)),
        ("08:30", Ink("faint")),
    ]
    assert texts(Question("one\n\ntwo"), 57) == [
        " ❯ one                                            08:30",
        "",
        "   two",
    ]


ANSWER = "## Where bikes run out\nThe stations that run empty are **one-way**.\n- `hourly_flow`\n"


def test_answer_has_no_glyph() -> None:
    shown = [
        "   Where bikes run out",
        "   The stations that run empty are one-way.",
        "   • hourly_flow",
    ]
    assert texts(Answer(ANSWER), 87) == shown
    assert texts(Answer(ANSWER), 57) == shown
    assert texts(Answer(""), 57) == [""]
    assert texts(Answer("Next I check "), 57, live=True) == ["   Next I check ▍"]
    assert texts(Answer("Next I check "), 57, live=True, glyphs=ASCII) == ["   Next I check _"]


def test_prose_ends_before_the_margin() -> None:
    body = Answer("The stations that run empty are one-way: riders take bikes downhill.")
    assert texts(body, 61) == [
        "   The stations that run empty are one-way: riders take",
        "   bikes downhill.",
    ]
    assert max(map(cells, texts(Answer("word " * 90), 200))) <= 3 + 96


def test_open_thought() -> None:
    body = Thought("Hour of day and weekday first, then the stations that run empty.\n\nYes.")
    assert texts(body, 57, True, seconds=6.4) == [
        " ▾ thought                                           6s",
        "     Hour of day and weekday first, then the stations",
        "     that run empty.",
        "",
        "     Yes.",
    ]
    got = render(block(body), spec(), True)
    assert inks(got[0])[0][1] == Ink("muted")
    assert inks(got[1])[0][1] == Ink("faint", italic=True)


def test_open_tool() -> None:
    assert texts(TOOL, 61, True) == [
        " ▾ execute_sql  Imbalance                    27 rows   3.1s",
        "     SELECT s.name, SUM(d.dep) - SUM(d.arr) AS net",
        "     FROM stations s JOIN hourly_flow d ON d.station_id = ›",
        "     GROUP BY s.name ORDER BY net DESC LIMIT 5",
        "     Station           Net outflow",
        "     Hilltop Library        18,422   ━━━━━━━━━━━━━━",
        "     Lighthouse Gate        15,011   ━━━━━━━━━━━",
        "     东门码头                8,777   ━━━━━━━",
        "     24 more rows",
    ]
    got = render(block(TOOL), spec(61), True)
    assert inks(got[0])[:3] == [
        ("▾", Ink("muted")),
        ("execute_sql", Ink("muted")),
        ("Imbalance", Ink("text", bold=True)),
    ]
    toned = [row for row in got if any(ink.bg == "code" for _, ink in row.spans)]
    assert [row.width for row in toned] == [59, 59, 59]
    assert toned[0].spans[0] == ("    ", Ink("faint"))


def test_open_tool_in_ascii_and_wide() -> None:
    got = texts(TOOL, 87, True, glyphs=ASCII)
    assert got[0].startswith(" v execute_sql  Imbalance ")
    assert got[2].endswith("s.name AND d.day > '2026-0>")
    assert got[5] == "     Hilltop Library        18,422   =============="
    wrapped = texts(TOOL, 57, True, wrap_code=True)
    assert wrapped[2:5] == [
        "     FROM stations s JOIN hourly_flow d ON",
        "     d.station_id = s.name AND d.day > '2026-01-01'",
        "     GROUP BY s.name ORDER BY net DESC LIMIT 5",
    ]


def test_tool_states() -> None:
    row = render(block(FAILED), spec(), False)[0]
    assert inks(row) == [
        ("✗", Ink("fail")),
        ("execute_sql", Ink("faint")),
        ("Flow per dock", Ink("muted")),
        ("timeout", Ink("fail", bold=True)),
        ("3.1s", Ink("faint")),
    ]
    row = render(block(FILTER, live=True), spec(), False)[0]
    assert inks(row)[0] == ("●", Ink("accent"))
    assert inks(row)[-1] == ("1:04", Ink("accent"))
    assert "1:04" not in only(FILTER, live=True, now=0.0)


def test_durations_share_a_column() -> None:
    ends = [only(TOOL, 57, seconds=seconds)[:49] for seconds in (0.4, 30.0, 71.0)]
    assert len(set(ends)) == 1
    assert only(FAILED, 57, seconds=30.0).endswith("timeout  30.0s")


def test_another_instance_stands_out() -> None:
    other = Tool("SqlFilter", params=(("--instanceId", "rm-other"), ("--sqlId", "sql-7f21")))
    row = render(block(other), spec(), False)[0]
    assert ("--instanceId rm-other", Ink("attn")) in inks(row)
    opened = render(block(other), spec(57), True)
    assert [row.text.rstrip() for row in opened[1:]] == [
        "     --instanceId  rm-other",
        "     --sqlId       sql-7f21",
    ]
    assert {ink.fg for text, ink in inks(opened[1])} == {"attn"}
    titled = Tool("das_api", "limits sql-7f21", params=other.params)
    assert only(titled, 87).startswith(" ● das_api")
    assert "limits sql-7f21  --instanceId rm-other" in only(titled, 87)
    unknown = render(block(other), spec(target=""), False)[0]
    assert all(ink.fg != "attn" for _, ink in inks(unknown))


def test_values_are_quoted_as_a_shell_needs_it() -> None:
    pairs = (("--sql", "SELECT 'a'"), ("--empty", ""), ("", "a b"), ("", "--all"), ("--名", "茶,1"))
    tool = Tool("Sql", params=pairs, status=ToolStatus.DONE)
    call = """--sql 'SELECT '"'"'a'"'"'' --empty '' 'a b' --all --名 茶,1"""
    assert only(tool, 120, name_width=0, target="", seconds=None) == f" ▸ {call}"
    rows = [row.text.strip() for row in render(block(tool), spec(target=""), True)[1:]]
    assert [row.split() for row in rows] == [
        ["--sql", "SELECT", "'a'"],
        ["--empty", "''"],
        ["a", "b"],
        ["--all"],
        ["--名", "茶,1"],
    ]


def test_output_that_is_no_terminal_is_not_cut() -> None:
    long = "x" * 300 + " end"
    tool = Tool("Get", "Real", params=(("--a", long),), total_rows=3, status=ToolStatus.DONE)
    row = render(block(tool, seconds=0.4), spec(57, calls=True, uncut=True), False)[0].text
    assert f"Real  --a '{long}'  3 rows" in row
    assert "--a" not in only(tool, 57)
    ask = Ask(AskKind.HUMAN, text=f"{'why ' * 40}?")
    assert "why ?" in render(block(ask), spec(57, uncut=True), False)[0].text
    step = StepRule(1, "n" * 90)
    assert "n" * 90 in render(block(step), spec(57, uncut=True), False)[0].text
    answer = Answer(f"| a |\n|---|\n| {'v' * 90} |\n")
    assert any("v" * 90 in row.text for row in render(block(answer), spec(57, uncut=True), False))


def test_names_of_das_tools_have_a_wider_column() -> None:
    assert only(FILTER, 57, live=True, name_width=16).startswith(" ● SqlFilter       --sqlId")


def test_narrow_panes_show_a_tool_by_its_title() -> None:
    assert only(TOOL, 40) == " ▸ Imbalance             27 rows  3.1s"
    assert only(FAILED, 40) == " ✗ Flow per dock               timeout"
    assert only(TOOL, 70, name_width=0).startswith(" ▸ Imbalance  ")
    assert only(Tool("GetInstanceInfo", status=ToolStatus.DONE), 40).startswith(
        " ▸ GetInstanceInfo"
    )


def test_other_outputs() -> None:
    body = Tool(
        "run_python",
        "Plot",
        language="python",
        code="plot(df)",
        outputs=(
            Text("line one\n    indented\n"),
            Text("Traceback", error=True),
            Image("png", 48, 24),
            Image("png"),
        ),
        status=ToolStatus.DONE,
    )
    got = render(block(body), spec(57), True)
    assert [row.text.rstrip() for row in got[1:]] == [
        "     plot(df)",
        "     line one",
        "         indented",
        "     Traceback",
        "     [image 48x24 png]",
        "     [image png]",
    ]
    assert inks(got[2])[0][1] == Ink("muted")
    assert inks(got[4])[0][1] == Ink("text")


def test_open_plan() -> None:
    assert texts(PlanShown(PLAN), 57, True)[1:] == [
        "     ✓ 1  Count vans and drivers",
        "     ● 2  Understand the tables",
        "     · 3  Conclude, export",
    ]
    assert texts(PlanShown(PLAN, CHANGES), 57, True)[1:] == [
        "     + 1  Count vans and drivers        new",
        "       2  Understand the tables",
        "     ↓ 3  Conclude, export              was 2",
        "     -    Weather of the last 90 days   dropped",
    ]
    dropped = render(block(PlanShown(PLAN, CHANGES)), spec(57), True)[-1]
    assert ("Weather of the last 90 days", Ink("faint", strike=True)) in inks(dropped)


def test_asks() -> None:
    row = render(block(Ask(AskKind.SQL, sql="UPDATE x SET a = 1")), spec(), False)[0]
    assert inks(row)[:2] == [("?", Ink("attn")), ("waits for you:", Ink("attn", bold=True))]
    assert only(Ask(AskKind.HUMAN, "Which year?\nPlease."), 57) == (
        " ? waits for you: Which year? Please.             08:30"
    )
    assert texts(
        Ask(AskKind.SQL, "It frees a slot.", "UPDATE x\nSET a = 1", "full scan"), 57, True
    )[1:] == [
        "     It frees a slot.",
        "     UPDATE x",
        "     SET a = 1",
        "     full scan",
    ]
    assert texts(Ask(AskKind.PLAN, plan=PLAN), 57, True)[2] == "     ● 2  Understand the tables"


RIDES = Table(("Day", "Rides"), (("Mon", "1,200"), ("Tue", "60"), ("星期三", "300")), 3)


@pytest.mark.parametrize(("width", "glyphs"), [(87, UTF8), (57, UTF8), (57, ASCII)])
def test_chart(width: int, glyphs: Glyphs) -> None:
    body = Chart("Rides by weekday", "Mondays **lead**.", "bar", RIDES, "Day", "Rides")
    bar = glyphs.progress
    assert texts(body, width, glyphs=glyphs) == [
        "   Rides by weekday",
        "   Mondays lead.",
        "",
        f"   Mon      1,200   {bar * 28}",
        f"   Tue         60   {bar}",
        f"   星期三     300   {bar * 7}",
    ]


def test_charts_that_are_tables() -> None:
    assert texts(Chart("T", "", "line", RIDES), 57) == [
        "   T",
        "   Day      Rides",
        "   Mon      1,200",
        "   Tue         60",
        "   星期三     300",
    ]
    below = Table(("Day", "Rides"), (("Mon", "-1"), ("Tue", "2")), 2)
    assert texts(Chart("T", "", "bar", below, "Day", "Rides"), 57)[1] == "   Day   Rides"
    assert texts(Chart("", "Nothing came.", "bar", None), 57) == [
        "   bar chart",
        "   Nothing came.",
    ]


def test_long_charts_fold() -> None:
    many = Table(("d", "n"), tuple((f"day {i}", str(i)) for i in range(20)), 20)
    body = Chart("T", "", "bar", many, "d", "n")
    assert foldable(block(body))
    assert not foldable(block(Chart("T", "", "bar", RIDES, "Day", "Rides")))
    assert len(texts(body, 57)) == 14
    assert texts(body, 57)[-1] == "   8 more rows"
    assert len(texts(body, 57, True)) == 21


@pytest.mark.parametrize("width", [87, 57])
def test_suggestions(width: int) -> None:
    body = Suggestions(("Which stations lose most?", "And the weekend?"))
    assert texts(body, width) == [
        "   Next questions",
        "   1  Which stations lose most?",
        "   2  And the weekend?",
    ]
    head = render(block(body), spec(width), False)[0]
    assert head.spans[-1] == ("Next questions" + " " * 14, Ink("muted", underline=True))


LOST = Notice(
    "Line lost, 219 kept   reconnecting in 3 s   try 2 of 8",
    Tone.ATTENTION,
    "The run goes on at the service and is followed from 219. Nothing is sent a second time.",
)


def test_attention_notice() -> None:
    assert texts(LOST, 75) == [
        " ! Line lost, 219 kept   reconnecting in 3 s            try 2 of 8  08:30",
        "   The run goes on at the service and is followed from 219. Nothing is",
        "   sent a second time.",
    ]
    assert texts(LOST, 57) == [
        " ! Line lost, 219 kept   reconnecting in 3 s      08:30",
        "   try 2 of 8",
        "   The run goes on at the service and is followed from",
        "   219. Nothing is sent a second time.",
    ]
    got = render(block(LOST), spec(75), False)
    assert [row.fill for row in got] == ["attn-band", None, None]
    assert inks(got[0])[:3] == [
        ("!", Ink("attn")),
        ("Line lost, 219 kept", Ink("attn", bold=True)),
        ("reconnecting in 3 s", Ink("text")),
    ]
    assert texts(LOST, 40)[:2] == [
        " ! Line lost, 219 kept           08:30",
        "   reconnecting in 3 s   try 2 of 8",
    ]


REFUSED = Failure(
    "Refused: no permission",
    "403 NoPermission",
    "This user may not ask the DAS agent. No character came, so asking again is safe.",
    "Ask the owner for one of:\n- policy `AliyunHDMReadOnlyAccess`\n",
    "7E1B0C52-11AA-5C0D-8E21-DA5A0000C0DE",
)


def test_failure() -> None:
    assert texts(REFUSED, 57) == [
        " ✗ Refused: no permission              403 NoPermission",
        "   This user may not ask the DAS agent. No character",
        "   came, so asking again is safe.",
        "",
        "   Way out",
        "   Ask the owner for one of:",
        "   • policy AliyunHDMReadOnlyAccess",
        "",
        "   request   7E1B0C52-11AA-5C0D-8E21-DA5A0000C0DE",
    ]
    got = render(block(REFUSED), spec(57), False)
    assert [row.fill for row in got][:2] == ["fail-band", None]
    assert inks(got[0]) == [
        ("✗", Ink("fail")),
        ("Refused: no permission", Ink("fail", bold=True)),
        ("403 NoPermission", Ink("fail")),
    ]
    assert texts(Failure("The run failed"), 57) == [" ✗ The run failed"]


def test_long_codes_of_failures_are_not_cut() -> None:
    body = Failure("The run failed", "403 CheckDatabasePermissionFailed.NoQuery")
    assert texts(body, 57) == [
        " ✗ The run failed",
        "   403 CheckDatabasePermissionFailed.NoQuery",
    ]


def test_open_note_and_raw() -> None:
    assert texts(Note("first words\nand more of them", name="chose"), 57, True) == [
        " ▾ chose",
        "     first words",
        "     and more of them",
    ]
    assert texts(Raw("x", '{"a": "' + "b" * 60, True, "cut off"), 57, True) == [
        " ▾ malformed    x",
        "     cut off",
        '     {"a":',
        '     "' + "b" * 48,
        "     " + "b" * 12,
    ]


def test_levels_take_four_cells_at_the_edge() -> None:
    assert only(FAILED, 61, show_levels=True).endswith("timeout   3.1s  20")
    assert only(TOOL, 61, show_levels=True) == (
        " ▸ execute_sql  Imbalance                27 rows   3.1s  20"
    )
    assert texts(Answer(ANSWER), 61, show_levels=True)[0] == (
        "   Where bikes run out" + " " * 35 + "20"
    )
    without = Block(0, TOOL, at=AT, seconds=3.1)
    assert render(without, spec(61, show_levels=True), False)[0].text.rstrip() == (
        " ▸ execute_sql  Imbalance                27 rows   3.1s"
    )
    big = Block(0, TOOL, level=2**31, at=AT, seconds=3.1)
    assert render(big, spec(61, show_levels=True), False)[0].text.endswith("3.1s  2147483648")


def test_times() -> None:
    assert only(TOOL, 61, show_times=True).endswith("27 rows   3.1s  08:30")
    assert texts(Answer(ANSWER), 57, show_times=True)[0] == (
        "   Where bikes run out                            08:30"
    )
    assert only(Question("q"), 57, show_times=True).count("08:30") == 1


def test_blocks_are_capped() -> None:
    body = Tool("run_python", outputs=(Text("x\n" * 100_000),), status=ToolStatus.DONE)
    got = render(block(body), spec(57), True)
    assert len(got) == ROWS
    assert got[-1].text == f"   {100_001 - ROWS + 1:,} more"
    table = Table(("n",), (("1",),) * 70_000, 70_000)
    body = Tool("execute_sql", outputs=(table,), status=ToolStatus.DONE)
    assert len(render(block(body), spec(57, table_rows=0), True)) == ROWS


# --- the rest of the surface ------------------------------------------------------------------


def test_foldable_and_loose() -> None:
    folds: list[Body] = [
        Thought("t"),
        TOOL,
        PlanShown(PLAN),
        Raw("x", "y"),
        Ask(AskKind.SQL, sql="x"),
    ]
    firm: list[Body] = [
        Question("q"),
        Answer("a"),
        StepRule(1, "s"),
        Notice("n"),
        Note("n"),
        FileNote("f"),
    ]
    assert all(foldable(block(body)) for body in folds)
    assert not any(foldable(block(body)) for body in firm)
    airy: list[Body] = [
        Question("q"),
        Answer("a"),
        REFUSED,
        LOST,
        Ask(AskKind.SQL),
        Suggestions(("q",)),
    ]
    tight: list[Body] = [
        Thought("t"),
        TOOL,
        StepRule(1, "s"),
        Notice("n"),
        Ask(AskKind.SQL, answered="yes"),
    ]
    assert all(loose(block(body)) for body in airy)
    assert not any(loose(block(body)) for body in tight)


@pytest.mark.parametrize("opened", [False, True])
@pytest.mark.parametrize(
    "body",
    [TOOL, FILTER, Answer("word " * 500), LOST, REFUSED, Thought("t " * 400), PlanShown(PLAN)],
)
def test_estimates_are_near(body: Body, opened: bool) -> None:
    made = len(render(block(body), spec(), opened))
    assert abs(estimate(block(body), spec(), opened) - made) <= 2 + made // 2


@pytest.mark.parametrize(
    ("act", "loaded"),
    [("", "[]"), ("das_tui.view.markdown.preload();", "['markdown_it', 'pygments.lexers.sql']")],
)
def test_parser_and_lexers_are_loaded_when_needed(act: str, loaded: str) -> None:
    code = (
        f"import sys, das_tui.view.block, das_tui.view.markdown; {act}"
        "names = ('markdown_it', 'pygments.lexers.sql', 'textual', 'httpx');"
        "print([name for name in names if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == loaded


def test_each_kind_of_block_has_one_drawer() -> None:
    families = {block_view._FAMILIES[kind] for kind in shelf.KINDS}
    found = [import_module(f"das_tui.view.drawers.{family}").DRAWERS for family in families]
    assert {kind for drawers in found for kind in drawers} == set(shelf.KINDS)
    assert sum(map(len, found)) == len(shelf.KINDS)


def test_drawers_are_loaded_with_the_first_block_of_their_family() -> None:
    code = (
        "import sys; from das_tui.domain.blocks import Block, Note, Question;"
        "from das_tui.view import transcript; from das_tui.view.spec import ViewSpec;"
        "shown = transcript.Transcript(ViewSpec(width=80));"
        "shown.put(Block(0, Question('why?'))); shown.put(Block(1, Note('slow', 'note')));"
        "family = lambda: sorted(n.split('.')[-1] for n in sys.modules if '.drawers.' in n);"
        "print(family()); shown.rows(0, 1); print(family()); shown.rows(0, 9); print(family())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "['page']",
        "['page', 'talk']",
        "['note', 'page', 'talk']",
    ]


@pytest.mark.parametrize("body", [Answer("words"), Question("words"), Thought("words")])
def test_what_a_block_leaves_out_is_said_in_its_last_row(body: Body) -> None:
    block = Block(0, body, at=AT, beyond=1_835_008)
    spec = ViewSpec(width=80, threshold=0, glyphs=UTF8, utc=True)
    rows = render(block, spec, True)
    assert rows[-1].text.strip() == "1,835,008 more characters; das-tui show --json has all"
    assert len(rows) == len(render(Block(0, body, at=AT), spec, True)) + 1
    narrow = render(block, ViewSpec(width=20, threshold=0, glyphs=UTF8, utc=True), True)
    assert narrow[-1].text.strip() == "1.8 M more"
    assert all(row.width <= 20 for row in narrow)


def test_a_plan_says_how_many_steps_it_leaves_out() -> None:
    plan = Plan(steps=(PlanStep(1, "one"),), more=99_000)
    rows = render(Block(0, PlanShown(plan)), ViewSpec(width=80, threshold=0, glyphs=UTF8), True)
    assert "99,001 steps" in rows[0].text
    assert rows[-1].text.strip() == "99,000 more steps; das-tui show --json has all"

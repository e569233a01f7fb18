from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from das_tui.domain.blocks import ToolStatus
from das_tui.domain.plan import Plan, PlanStep, StepStatus, diff
from das_tui.domain.session import Overview, State, ToolLine
from das_tui.view.ages import clock
from das_tui.view.clean import clean
from das_tui.view.panel import Cost, PanelRow, rows, targets

NOW = 1_765_432_000.0


def step(order: int, name: str, status: StepStatus, seconds: float | None = None) -> PlanStep:
    started = NOW - 52 if status in (StepStatus.RUNNING, StepStatus.WAITING) else None
    return PlanStep(
        order, name, status=status, seconds=seconds, started_at=started, block=order * 3
    )


PLAN = Plan(
    steps=(
        step(1, "Understand tables", StepStatus.DONE, 12),
        step(2, "Demand by hour", StepStatus.DONE, 48),
        step(3, "Station imbalance", StepStatus.RUNNING),
        step(4, "Broken bikes", StepStatus.PENDING),
        step(5, "Conclude, export", StepStatus.PENDING),
    ),
    current=3,
)
TOOLS = (
    ToolLine("execute_sql", "Row counts", ToolStatus.DONE, "", NOW - 90, 0.4, 4),
    ToolLine("execute_sql", "Flow per dock", ToolStatus.FAILED, "timeout", NOW - 80, 30.0, 7),
    ToolLine("execute_sql", "Imbalance", ToolStatus.DONE, "", NOW - 50, 3.1, 8),
    ToolLine("altitude", "", ToolStatus.RUNNING, "", NOW - 3, None, -1),
)
OVERVIEW = Overview(
    state=State.LIVE,
    since=NOW - 112,
    started_at=NOW - 112,
    plan=PLAN,
    tools=TOOLS,
    files=(("imbalance.xlsx", 18_500),),
    chars=1073,
)


def text(found: list[PanelRow]) -> list[str]:
    return [row.row.text.rstrip() for row in found]


def test_plan_tools_files() -> None:
    found = rows(OVERVIEW, 29, 20, now=NOW)
    assert text(found) == [
        "  Plan 3 of 5          1:52",
        "  ━━━━━━━━━━━━━━━──────────",
        "",
        "  ✓ Understand tables   12s",
        "  ✓ Demand by hour      48s",
        "  ● Station imbalance  0:52",
        "  · Broken bikes",
        "  · Conclude, export",
        "",
        "  Tools 4             36.5s",
        "  ✓ Row counts         0.4s",
        "  ✗ Flow per dock   timeout",
        "  ✓ Imbalance          3.1s",
        "  ● altitude           0:03",
        "",
        "  Files 1",
        "    imbalance.xlsx    18 KB",
        "",
        "",
        "",
    ]
    line = [(len(part), ink.fg) for part, ink in found[1].row.spans]
    assert line == [(2, "text"), (10, "muted"), (5, "accent"), (10, "rule")]
    assert [row.block for row in found if row.block >= 0] == targets(OVERVIEW)
    assert targets(OVERVIEW) == [3, 6, 9, 12, 15, 4, 7, 8]


def test_waiting_step_is_amber() -> None:
    steps = (*PLAN.steps[:2], replace(PLAN.steps[2], status=StepStatus.WAITING), *PLAN.steps[3:])
    overview = replace(OVERVIEW, plan=Plan(steps=steps), state=State.NEEDS_INPUT, since=NOW - 52)
    found = rows(overview, 29, 20, now=NOW)
    assert text(found)[0] == "  Plan 3 of 5          1:00"
    assert found[1].row.spans[2][1].fg == "attn"
    assert found[5].row.spans[-1][1].fg == "attn"
    assert text(found)[5] == "  ? Station imbalance  0:52"


def test_without_a_plan_the_tools_lead() -> None:
    found = rows(
        replace(OVERVIEW, plan=None, files=()),
        29,
        20,
        now=NOW,
        paid=True,
        cost=Cost(run="0.23 USD", today="1.77 USD", month="41 k of 100 k"),
    )
    assert text(found)[:3] == ["  Tools 4              1:52", "  " + "─" * 25, ""]
    assert text(found)[8:12] == [
        "  Cost             0.23 USD",
        "    characters        1,073",
        "    today          1.77 USD",
        "    month     41 k of 100 k",
    ]


def test_silence_that_is_longer_than_usual() -> None:
    usual = (40.0, 120.0)
    assert "quiet" not in " ".join(text(rows(OVERVIEW, 29, 20, now=NOW, quiet=30, usual=usual)))
    assert "quiet" not in " ".join(text(rows(OVERVIEW, 29, 20, now=NOW, quiet=300)))
    found = rows(OVERVIEW, 29, 20, now=NOW, quiet=50, usual=usual)
    assert text(found)[6] == "    quiet 0:50, usual 0:40"
    assert found[6].row.spans[-1][1].fg == "faint"
    late = rows(OVERVIEW, 29, 20, now=NOW, quiet=121, usual=usual)
    assert late[6].row.spans[-1][1].fg == "attn"


def test_what_another_plan_changed_is_marked() -> None:
    old = Plan(steps=tuple(PlanStep(n, name) for n, name in enumerate("ABCD", 1)))
    done = PlanStep(1, "A", status=StepStatus.DONE, seconds=3, started_at=NOW, block=0)
    names = enumerate("DBE", 2)
    new = Plan(steps=(done, *(PlanStep(n, name) for n, name in names)))
    overview = Overview(state=State.LIVE, plan=new, changes=diff(old, new))
    found = rows(overview, 29, 12, now=NOW)
    assert text(found)[2:9] == [
        "  1 new, 1 moved, 1 dropped",
        "  ✓ A                    3s",
        "  ↑ D                 was 4",
        "  · B",
        "  - C               dropped",
        "  + E                   new",
        "",
    ]
    assert found[6].row.spans[-3][1].strike
    assert targets(overview) == [0]


def test_the_row_under_the_cursor_is_told_of_below() -> None:
    found = rows(OVERVIEW, 29, 20, now=NOW, cursor=2, focused=True, utc=True)
    assert text(found)[-1] == f"  began {clock(NOW - 52, True, seconds=True)}"
    first = rows(OVERVIEW, 29, 20, now=NOW, cursor=5, focused=True, utc=True)
    assert text(first)[-1] == f"  began {clock(NOW - 90, True, seconds=True)}   0.4s"
    assert len(found) == len(first) == 20
    assert text(rows(OVERVIEW, 29, 20, now=NOW, cursor=5))[-1] == ""


def test_short_panes_keep_the_latest_tools_and_scroll_to_the_cursor() -> None:
    many = tuple(replace(TOOLS[0], title=f"tool {n}", block=100 + n) for n in range(40))
    overview = replace(OVERVIEW, tools=many, files=())
    found = text(rows(overview, 29, 16, now=NOW))
    assert found[10] == "  ┄ 35 earlier"
    assert found[-1] == "  ✓ tool 39            0.4s"
    places = targets(overview)
    for cursor, block in enumerate(places):
        chosen = [r for r in rows(overview, 29, 9, now=NOW, cursor=cursor, focused=True) if r.bar]
        assert [(row.block, row.row.fill) for row in chosen] == [(block, "sel")]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.text(max_size=40), st.sampled_from(StepStatus)), max_size=6),
    st.lists(st.tuples(st.text(max_size=40), st.sampled_from(ToolStatus), st.text(max_size=9))),
    st.lists(st.tuples(st.text(max_size=30), st.integers(0, 10**12)), max_size=3),
    st.integers(16, 40),
    st.integers(1, 30),
    st.sampled_from(State),
    st.booleans(),
)
def test_rows_fit_whatever_comes(
    steps: list[tuple[str, StepStatus]],
    tools: list[tuple[str, ToolStatus, str]],
    files: list[tuple[str, int]],
    width: int,
    height: int,
    state: State,
    focused: bool,
) -> None:
    overview = Overview(
        state=state,
        started_at=NOW - 5,
        plan=Plan(steps=tuple(step(n, name, status) for n, (name, status) in enumerate(steps))),
        tools=tuple(ToolLine(a, a, s, r, NOW, None, 1) for a, s, r in tools),
        files=tuple(files),
    )
    found = rows(overview, width, height, now=NOW, cursor=0, focused=focused, paid=True)
    assert len(found) == height
    for row in found:
        assert row.row.width <= width
        assert clean(row.row.text) == row.row.text
        assert "\n" not in row.row.text

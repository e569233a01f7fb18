"""Costs in words and rows: panel, status line, sidebar, and the docks of budget and queue."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from das_tui.domain.session import Overview, Session, State
from das_tui.domain.usage import Amount, Bill, Forecast, Tariff
from das_tui.domain.waiting import Waiting
from das_tui.view import panel, usage
from das_tui.view.clean import clean
from das_tui.view.dock import DockView
from das_tui.view.glyphs import ASCII
from das_tui.view.status import status

NOW = 1_765_432_000.0
PRICED = Tariff(price=0.00021)
BILL = Bill(
    turn=Amount(1073, True, 0.2253),
    session=Amount(2480, True, 0.5208),
    day=Amount(8430, True, 1.7703),
    month=Amount(41_200, True, 8.652),
    tariff=PRICED,
)
QUOTA = Bill(
    turn=Amount(1073, False, 0.0),
    session=Amount(2480, False, 0.0),
    day=Amount(8430, False, 0.0),
    month=Amount(41_200, False, 0.0),
    tariff=replace(PRICED, included=100_000),
)
FORECAST = Forecast(spent=9.8, pending=0.4, expected=0.21, budget=10.0, usual=1000)
BEHIND = "behind the answer in this session"
QUEUE = (
    Waiting(7, 1, "a", "CPU at 97 %", "and then?", NOW - 38, BEHIND),
    Waiting(9, 2, "b", "Deadlock", "who holds the lock on rides?", NOW - 200, BEHIND),
)


def text(view: DockView) -> list[str]:
    return [row.text.rstrip() for row in view.rows]


def section(bill: Bill, **more: object) -> list[str]:
    found = panel.rows(
        Overview(state=State.LIVE, chars=2480),
        29,
        14,
        paid=True,
        cost=usage.cost(bill),
        **more,  # type: ignore[arg-type]
    )
    return [row.row.text.rstrip() for row in found[4:] if row.row.text]


def test_an_amount_says_whether_it_is_an_estimate_or_free() -> None:
    assert usage.amount(BILL.turn, PRICED) == "~0.23 USD"
    assert usage.amount(replace(BILL.turn, estimated=False), PRICED) == "0.23 USD"
    assert usage.amount(QUOTA.turn, QUOTA.tariff) == "included"
    assert usage.amount(Amount(0, False, 0.0), QUOTA.tariff) == "0.00 USD"
    assert usage.amount(Amount(5, False, 1234.5), PRICED) == "1,234.50 USD"
    assert usage.amount(Amount(5), Tariff()) == ""


def test_the_panel_lists_turn_session_day_and_month() -> None:
    assert section(BILL) == [
        "  Cost            ~0.23 USD",
        "    characters       ~1,073",
        "    this session  ~0.52 USD",
        "    today         ~1.77 USD",
        "    month         ~8.65 USD",
    ]


def test_the_panel_counts_what_is_included() -> None:
    assert section(QUOTA) == [
        "  Cost             included",
        "    characters        1,073",
        "    this session      2,480",
        "    today             8,430",
        "    month     41 k of 100 k",
    ]
    beyond = replace(QUOTA, month=Amount(112_000, False, 2.52))
    assert section(beyond)[-1] == "    month          2.52 USD"


def test_the_panel_names_the_budget_and_what_has_passed_it() -> None:
    near = replace(BILL, tariff=replace(PRICED, budget=10.0))
    assert section(near)[-1] == "    budget        10.00 USD"
    over = replace(BILL, tariff=replace(PRICED, budget=8.0))
    for bill, ink in ((near, "faint"), (over, "attn")):
        found = panel.rows(Overview(), 29, 14, paid=True, cost=usage.cost(bill))
        (month,) = [row.row for row in found if "month" in row.row.text]
        assert month.spans[-1][1].fg == ink


def test_without_a_price_characters_are_all_there_is() -> None:
    bill = Bill(Amount(1073), Amount(2480), Amount(8430), Amount(41_200))
    assert section(bill)[0] == "  Cost"
    assert section(bill)[1:] == [
        "    characters        1,073",
        "    this session      2,480",
        "    today             8,430",
        "    month            41,200",
    ]
    assert usage.today(bill) == usage.today(None) == ""
    assert usage.cost(None) == panel.Cost()


def test_the_sidebar_has_the_day() -> None:
    assert usage.today(BILL) == "~1.77 USD"
    assert usage.today(QUOTA) == "8,430 chars"
    assert usage.today(Bill(day=Amount(0, False, 0.0), tariff=PRICED)) == "0.00 USD"


def test_the_panel_has_the_queue_and_what_the_first_waits_for() -> None:
    found = section(QUOTA, queue=QUEUE, now=NOW)
    assert found[5:] == [
        "  Queue 2",
        "  1 and then?          0:38",
        "  2 who holds the loc… 3:20",
        "    behind the answer in",
    ]


def test_the_status_line_has_the_question_and_how_many_wait() -> None:
    overview = Overview(state=State.LIVE, started_at=NOW - 38, chars=2480, kept=54)
    row = status(
        overview,
        Session("k", "das"),
        120,
        now=NOW,
        chars=usage.chars(BILL.turn),
        amount=usage.amount(BILL.turn, BILL.tariff),
        waiting=2,
    )
    words = [part for part in row.text.split("  ") if part.strip()]
    assert [part.strip() for part in words] == [
        "● live",
        "2 queued",
        "no levels in das",
        "54 kept",
        "~1,073 chars",
        "~0.23 USD",
    ]


def test_a_queued_session_says_place_and_reason() -> None:
    overview = Overview(state=State.QUEUED, detail=f"place 2, {BEHIND}")
    row = status(overview, Session("k", "das"), 120, now=NOW, waiting=1)
    assert "· queued  place 2, behind the answer in this session" in row.text
    assert "1 queued" not in row.text


# --- docks -------------------------------------------------------------------------------------


def test_the_dock_of_the_budget() -> None:
    view = usage.budget_rows(FORECAST, "why is\nrm-demo01 slow?", 90, 20)
    assert text(view) == [
        "",
        "   This question may pass the budget",
        "",
        "   why is rm-demo01 slow?",
        "",
        "   spent this month           9.80 USD",
        "   may be under way           0.40 USD",
        "   an answer of 1,000 chars   0.21 USD",
        "   would come to             10.41 USD",
        "   budget of the profile     10.00 USD",
        "",
        "   y send this one   esc keep the draft",
        "",
    ]
    assert (view.keys, view.word) == (("y", "esc"), "")
    assert {row.fill for row in view.rows} == {"attn-band"}
    alone = usage.budget_rows(replace(FORECAST, pending=0.0), "q", 90, 20)
    assert not any("under way" in line for line in text(alone))


def test_the_dock_of_the_queue() -> None:
    view = usage.queue_rows(QUEUE, 60, 20, cursor=1, now=NOW)
    assert text(view) == [
        "",
        "   Questions in the queue                           2 wait",
        "",
        "   1 and then?                                         now",
        " ❯ 2 who holds the lock on rides?                       3m",
        "   waits behind the answer in this session; not sent, not",
        "   paid",
        "",
        "   j k move   w take back   enter open   esc close",
        "",
    ]
    assert [row.fill for row in view.rows][3:5] == ["raised", "sel"]
    assert view.keys == ("j", "k", "w", "enter", "esc")
    assert usage.queue_rows((), 60, 20).keys == ("esc",)
    many = [replace(QUEUE[0], id=n, place=n + 1, text=f"q{n}") for n in range(40)]
    shown = text(usage.queue_rows(many, 60, 8, cursor=30, now=NOW))
    assert any(line.startswith(" ❯ 31 q30") for line in shown)
    assert shown[-1].startswith("   j k move")


def test_ascii_has_no_other_character() -> None:
    shown = [
        *text(usage.queue_rows(QUEUE, 40, 9, cursor=0, now=NOW, glyphs=ASCII)),
        *text(usage.budget_rows(FORECAST, "q" * 300, 40, 9, glyphs=ASCII)),
    ]
    assert "".join(shown).isascii()


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40), st.integers(1, 130), st.integers(1, 20), st.integers(-2, 5))
def test_docks_fit_whatever_they_are_told(words: str, width: int, height: int, cursor: int) -> None:
    line = [replace(item, text=words, title=words, behind=words) for item in QUEUE]
    for view in (
        usage.queue_rows(line, width, height, cursor=cursor, now=NOW),
        usage.budget_rows(FORECAST, words, width, height),
    ):
        assert 0 < len(view.rows) <= height
        assert all(row.width <= width for row in view.rows)
        assert all(clean(row.text) == row.text for row in view.rows)
    found = panel.rows(Overview(), width, height, now=NOW, queue=line)
    assert len(found) == height
    assert all(row.row.width <= width for row in found)

"""Costs: characters, the quota that is free, and where one more question leads."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from das_tui.domain import events as ev
from das_tui.domain.usage import (
    MOST_CHARS,
    USUAL_CHARS,
    USUAL_OF,
    Amount,
    Bill,
    Book,
    PaidAnswer,
    Tariff,
    UsageRow,
    forecast,
)
from tests.domain.telling import tell

PRICE = Tariff(price=0.01)


def at(day: int, hour: int = 12, month: int = 3) -> float:
    """A time of the local clock."""
    return datetime(2026, month, day, hour).timestamp()


def row(key: str, position: int, when: float, chars: int, estimated: bool = False) -> UsageRow:
    return UsageRow(key, position, when, "ops", chars, estimated)


def said(text: str) -> ev.TextAppended:
    return ev.TextAppended(lane="answer", text=text)


# --- what a session's events say --------------------------------------------------------------


def test_an_answer_is_an_estimate_until_it_is_reported() -> None:
    turn = tell(ev.QuestionAsked(text="q"))
    assert (turn.answers, turn.asked_position) == ([], 1)
    tell(said("数据🐢!"), turn=turn)
    assert [(paid.chars, paid.estimated) for paid in turn.answers] == [(4, True)]
    tell(ev.UsageReported(chars=42), turn=turn)
    assert [(paid.chars, paid.estimated) for paid in turn.answers] == [(42, False)]


def test_each_question_has_its_own_answer() -> None:
    turn = tell(
        ev.QuestionAsked(text="one"),
        said("0123456789"),
        ev.RunCut(),
        ev.QuestionAsked(text="two"),
        ev.Refused(),
        ev.QuestionAsked(text="three"),
        said("x"),
        ev.UsageReported(chars=25),
    )
    assert [(paid.position, paid.chars, paid.estimated) for paid in turn.answers] == [
        (1, 10, True),
        (6, 25, False),
    ]
    assert turn.asked_position == 6
    assert turn.overview.chars == 35


def test_a_report_of_nothing_is_an_answer_too() -> None:
    turn = tell(ev.QuestionAsked(text="q"), ev.UsageReported(chars=0))
    assert [(paid.chars, paid.estimated) for paid in turn.answers] == [(0, False)]


def test_a_report_beyond_reason_is_held_in_bounds() -> None:
    turn = tell(ev.QuestionAsked(text="q"), ev.UsageReported(chars=2**62))
    assert turn.answers[0].chars == MOST_CHARS


def test_what_the_user_said_and_what_dms_says_is_not_paid_by_the_character() -> None:
    turn = tell(
        ev.QuestionAsked(text="q"),
        ev.TextAppended(lane="u", voice=ev.Voice.USER, text="q"),
        ev.TextAppended(lane="t", voice=ev.Voice.THOUGHT, text="hm"),
        ev.ContentArrived(category="task_finish", text="done", level=20, checkpoint=1),
    )
    assert turn.answers == []


# --- adding up ---------------------------------------------------------------------------------


def test_turn_session_day_and_month() -> None:
    book = Book()
    book.put(
        [
            row("a", 1, at(1), 100),
            row("a", 5, at(9, 8), 200),
            row("b", 1, at(9, 9), 400, estimated=True),
            row("old", 1, at(28, month=2), 8000),
            row("a", 9, at(9, 10), 800),
        ]
    )
    bill = book.bill(PRICE, at(9, 20), "a")
    assert bill == Bill(
        turn=Amount(800, False, 8.0),
        session=Amount(1100, False, 11.0),
        day=Amount(1400, True, 14.0),
        month=Amount(1500, True, 15.0),
        tariff=PRICE,
    )
    assert book.bill(PRICE, at(9, 20), "a", position=5).turn.chars == 200
    assert book.bill(PRICE, at(9, 20), "a", position=20).turn == Amount(0, False, 0)
    nobody = book.bill(PRICE, at(10))
    assert (nobody.session.chars, nobody.day.chars, nobody.month.chars) == (0, 0, 1500)
    assert book.bill(Tariff(), at(9, 20), "a").session == Amount(1100, False, None)


def test_an_answer_that_grows_replaces_what_it_was() -> None:
    book = Book()
    book.put([row("a", 1, at(1), 10, estimated=True)])
    assert book.bill(PRICE, at(1), "a").turn == Amount(10, True, 0.1)
    book.put([row("a", 1, at(1), 25)])
    assert book.bill(PRICE, at(1), "a").month == Amount(25, False, 0.25)
    book.put([row("a", 1, at(1, month=4), 25)])
    assert book.month(at(1)) == 0
    assert book.month(at(1, month=4)) == 25


def test_included_characters_are_free_until_they_are_used_up() -> None:
    tariff = Tariff(price=0.01, included=1000)
    book = Book()
    book.put([row("a", 1, at(1), 900), row("b", 1, at(2), 300), row("a", 9, at(3), 500)])
    assert book.bill(tariff, at(3), "b").turn == Amount(300, False, 2.0)
    assert book.bill(tariff, at(3), "a", position=1).turn == Amount(900, False, 0.0)
    bill = book.bill(tariff, at(3), "a")
    assert (bill.session.cost, bill.day.cost, bill.month.cost) == (5.0, 5.0, 7.0)
    # Unused ones lapse: the next month begins anew.
    book.put([row("a", 20, at(1, month=4), 1100)])
    assert book.bill(tariff, at(1, month=4), "a").month == Amount(1100, False, 1.0)


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 3000)), max_size=30),
    st.integers(0, 20_000),
)
def test_the_parts_of_a_month_add_up_to_what_it_costs(
    answers: list[tuple[int, int]], included: int
) -> None:
    tariff = Tariff(price=1.0, included=included)
    book = Book()
    book.put(
        row(f"s{place % 4}", place, at(1) + hour * 3600, chars)
        for place, (hour, chars) in enumerate(answers)
    )
    total = sum(chars for _, chars in answers)
    parts = [book.bill(tariff, at(9), f"s{n}").session for n in range(4)]
    assert sum(part.cost or 0.0 for part in parts) == max(0, total - included)
    assert book.bill(tariff, at(9)).month == Amount(total, False, float(max(0, total - included)))


def test_times_that_are_none_are_taken() -> None:
    book = Book()
    book.put([row("a", 1, float("nan"), 5), row("a", 2, 1e300, 7)])
    assert book.bill(PRICE, float("inf"), "a").session.chars == 12


# --- one more question -------------------------------------------------------------------------


def test_the_length_to_expect_is_the_mean_of_the_latest() -> None:
    book = Book()
    assert book.usual() == USUAL_CHARS
    book.put(row("old", n, at(1) + n, 100_000) for n in range(5))
    book.put(row("a", n, at(2) + n, 100 if n % 2 else 300) for n in range(USUAL_OF))
    book.put([row("none", 1, at(3), 0)])
    assert book.usual() == 200


@pytest.mark.parametrize("tariff", [Tariff(), Tariff(price=0.01), Tariff(budget=5.0)])
def test_without_price_and_budget_there_is_no_forecast(tariff: Tariff) -> None:
    assert forecast(tariff, 10_000, 1000) is None


def test_the_forecast_counts_what_arrives_and_what_waits() -> None:
    tariff = Tariff(price=0.01, included=1000, budget=30.0)
    found = forecast(tariff, 2000, 500, arriving=[200, 900], waiting=1)
    assert found is not None
    assert (found.spent, found.pending, found.expected) == (10.0, 8.0, 5.0)
    assert (found.end, found.over) == (23.0, False)
    more = forecast(tariff, 2000, 1000, arriving=[200], waiting=1)
    assert more is not None
    assert more.over


def test_the_quota_counts_before_the_budget() -> None:
    tariff = Tariff(price=1.0, included=1000, budget=0.0)
    inside, beyond = forecast(tariff, 100, 900), forecast(tariff, 101, 900)
    assert inside is not None
    assert beyond is not None
    assert (inside.end, inside.over, beyond.end, beyond.over) == (0.0, False, 1.0, True)


def test_a_paid_answer_names_its_question() -> None:
    turn = tell(ev.NoticeNoted(text="x"), ev.QuestionAsked(text="q"), said("abc"))
    (paid,) = turn.answers
    assert paid == PaidAnswer(2, paid.at, 3, True)

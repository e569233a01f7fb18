"""What answers cost, over real sockets: kept with their records, added up, held to a budget."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from das_tui.domain.session import Session, State
from das_tui.domain.usage import Amount, UsageRow
from das_tui.run.errors import OverBudget
from das_tui.run.supervisor import Supervisor
from das_tui.store.store import Appended, Store
from tests.run.conftest import Bench
from tests.run.scripted_service import DONE, FINISH, Reply, Service, created, das, dms, sent

Finished = Callable[[Supervisor, str], Awaitable[Session]]
Until = Callable[[Callable[[], Any]], Awaitable[Any]]


def answer(chars: int) -> Reply:
    return Reply(das("CPU is high.") + das("", "summary", CharCount=chars))


def kept(store: Store, profile: str = "") -> list[tuple[int, bool]]:
    return [(row.chars, row.estimated) for row in store.usage(profile)]


async def test_every_answer_leaves_what_it_cost(bench: Bench, finished: Finished) -> None:
    replies = [
        answer(42),
        Reply(das("数据🐢!")),
        Reply(das("no", "error", Code=-1810001)),
        answer(7),
    ]
    async with Service(GetDasAgentSSE=replies) as service:
        supervisor = bench.start(service.url, price_per_char=0.5, profile="ops")
        key = await supervisor.ask("one", service="das")
        await finished(supervisor, key)
        assert supervisor.cashier.bill(key).turn == Amount(42, False, 21.0)
        for text in ("two", "three", "four"):
            await supervisor.ask(text, service="das", key=key)
            await finished(supervisor, key)
        bill = supervisor.cashier.bill(key)
        assert kept(bench.store, "ops") == [(42, False), (4, True), (7, False)]
        assert bill.turn == Amount(7, False, 3.5)
        assert bill.session == bill.day == bill.month == Amount(53, True, 26.5)
        assert supervisor.cashier.bill().month == bill.month
        # The same after a restart, from the store alone.
        supervisor = await bench.again(service.url, price_per_char=0.5, profile="ops")
        assert supervisor.cashier.bill(key) == bill
        other = await bench.again(service.url, price_per_char=0.5, profile="other")
        assert other.cashier.bill().month == Amount(0, False, 0)
        assert other.cashier.bill(key).session == Amount(53, True, None)


async def test_chat_gives_no_number_so_its_output_is_counted(
    bench: Bench, finished: Finished
) -> None:
    events = [
        {"Type": "RUN_STARTED", "RunId": "1"},
        {"Type": "TEXT_MESSAGE_START", "MessageId": "u", "Role": "user"},
        {"Type": "TEXT_MESSAGE_CONTENT", "MessageId": "u", "Delta": "my question"},
        {"Type": "TEXT_MESSAGE_START", "MessageId": "m", "Role": "assistant"},
        {"Type": "TEXT_MESSAGE_CONTENT", "MessageId": "m", "Delta": "hello"},
        {"Type": "RUN_FINISHED", "RunId": "1"},
    ]
    body = b"".join(b"data:" + json.dumps(event).encode() + b"\n\n" for event in events) + DONE
    async with Service(Chat=[Reply(body)]) as service:
        supervisor = bench.start(service.url, das_api="Chat")
        await finished(supervisor, await supervisor.ask("my question", service="das"))
    assert kept(bench.store) == [(5, True)]


async def test_dms_is_not_paid_by_the_character(bench: Bench, finished: Finished) -> None:
    body = dms("data", "task_finish", "done", checkpoint=1).raw
    body += dms("chat_finish", "chat", checkpoint=2).raw + FINISH.raw
    async with Service(
        CreateDataAgentSession=[created()], SendChatMessage=[sent()], GetChatContent=[Reply(body)]
    ) as service:
        # A budget of nothing is no reason not to ask DMS.
        supervisor = bench.start(service.url, price_per_char=1.0, budget=0.0)
        row = await finished(supervisor, await supervisor.ask("q", service="dms"))
    assert row.state is State.FINISHED
    assert kept(bench.store) == []


async def test_what_arrives_counts_before_it_is_complete(
    bench: Bench, finished: Finished, until: Until
) -> None:
    async with Service(
        GetDasAgentSSE=[Reply(das("0123456789"), end="open"), answer(100)]
    ) as service:
        supervisor = bench.start(service.url, price_per_char=1.0, concurrency=2)
        live = await supervisor.ask("q0", service="das")
        await until(lambda: supervisor.cashier.bill(live).turn.chars)
        other = await supervisor.ask("q1", service="das")
        await finished(supervisor, other)
        bill = supervisor.cashier.bill(live)
        assert bill.turn == bill.session == Amount(10, True, 10.0)
        assert bill.month == Amount(110, True, 110.0)
        # It is in the store already: whatever ends the program, it is not forgotten.
        assert kept(bench.store) == [(10, True), (100, False)]
        await supervisor.stop(live)
    assert kept(bench.store) == [(10, True), (100, False)]


async def test_what_other_instances_spend_counts_too(bench: Bench, finished: Finished) -> None:
    async with Service(GetDasAgentSSE=[answer(10), answer(5)]) as service:
        supervisor = bench.start(service.url)
        await finished(supervisor, await supervisor.ask("q", service="das"))
        store = Store.open(bench.path)
        other = Supervisor(store, supervisor._account, bench.watch)
        assert other.cashier.bill().month.chars == 10
        await finished(supervisor, await supervisor.ask("q", service="das"))
        other.cashier.purse.forget()
        assert other.cashier.bill().month.chars == 15
        await other.close()
        store.close()


async def test_what_a_session_cost_before_is_not_counted_again(
    bench: Bench, finished: Finished
) -> None:
    async with Service(GetDasAgentSSE=[answer(10), answer(20), answer(5)]) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("one", service="das")
        await finished(supervisor, key)
        await supervisor.ask("two", service="das", key=key)
        row = await finished(supervisor, key)
        # As a store of an earlier version comes in: one row for the whole session.
        bench.store._db.execute("DELETE FROM usage")
        bench.store.append(
            [Appended(key, (), row, [UsageRow(key, row.records, row.last_at, "", 30, False)])]
        )
        supervisor = await bench.again(service.url)
        await supervisor.ask("three", service="das", key=key)
        await finished(supervisor, key)
        assert supervisor.cashier.bill(key).session.chars == 35
    assert kept(bench.store) == [(30, False), (5, False)]


# --- budget ------------------------------------------------------------------------------------


async def test_a_question_that_may_pass_the_budget_is_not_sent_unasked(
    bench: Bench, finished: Finished
) -> None:
    async with Service(GetDasAgentSSE=[answer(60), answer(60), answer(60)]) as service:
        supervisor = bench.start(service.url, price_per_char=0.01, budget=11.5)
        first = await supervisor.ask("q", service="das")
        await finished(supervisor, first)
        await finished(supervisor, await supervisor.ask("q", service="das"))
        supervisor = await bench.again(service.url, price_per_char=0.01, budget=1.5)
        with pytest.raises(OverBudget) as raised:
            await supervisor.ask("one more", service="das")
        with pytest.raises(OverBudget):
            await supervisor.ask("one more", service="das", key=first)
        found = raised.value.forecast
        assert (found.spent, found.expected, found.budget) == pytest.approx((1.2, 0.6, 1.5))
        assert "1.20 USD of 1.50 USD are spent" in raised.value.text
        assert "0.60 USD more" in raised.value.text
        assert len(bench.store.sessions()) == 2
        assert len(service.calls) == 2
        key = await supervisor.ask("one more", service="das", over_budget=True)
        assert (await finished(supervisor, key)).state is State.FINISHED
    assert len(service.calls) == 3


async def test_included_characters_are_no_money(bench: Bench, finished: Finished) -> None:
    async with Service(GetDasAgentSSE=[answer(60)]) as service:
        supervisor = bench.start(service.url, price_per_char=1.0, included_chars=1100, budget=0.0)
        key = await supervisor.ask("q", service="das")
        await finished(supervisor, key)
        assert supervisor.cashier.bill(key).turn == Amount(60, False, 0.0)
        forecast = supervisor.cashier.forecast()
        assert forecast is not None
        assert (forecast.usual, forecast.end) == (60, 0.0)


async def test_what_waits_counts_against_the_budget(
    bench: Bench, finished: Finished, until: Until
) -> None:
    gate = asyncio.Event()
    slow = Reply(das("x") + das("", "summary", CharCount=1000), hold_body=gate)
    async with Service(GetDasAgentSSE=[slow]) as service:
        supervisor = bench.start(service.url, price_per_char=0.001, budget=2.5)
        key = await supervisor.ask("q0", service="das")
        await until(lambda: service.calls)
        await supervisor.ask("q1", service="das", key=key)
        with pytest.raises(OverBudget) as raised:
            await supervisor.ask("q2", service="das", key=key)
        assert raised.value.forecast.pending == pytest.approx(2.0)
        assert "2.00 USD may be under way" in raised.value.text
        await supervisor.cashier.withdraw(supervisor.cashier.waiting()[0].id)
        gate.set()
        await finished(supervisor, key)


@pytest.mark.parametrize("agreed", [False, True])
async def test_the_budget_is_looked_at_again_when_a_waiting_question_has_its_turn(
    bench: Bench, finished: Finished, until: Until, agreed: bool
) -> None:
    gate = asyncio.Event()
    long = Reply(das("x") + das("", "summary", CharCount=9000), hold_body=gate)
    async with Service(GetDasAgentSSE=[long, answer(10)]) as service:
        supervisor = bench.start(service.url, price_per_char=0.001, budget=5.0)
        await supervisor.ask("q0", service="das")
        second = await supervisor.ask("q1", service="das", over_budget=agreed)
        await until(supervisor.cashier.waiting)
        gate.set()
        row = await finished(supervisor, second)
    assert row.state is (State.FINISHED if agreed else State.NOT_DISPATCHED)
    assert len(service.calls) == (2 if agreed else 1)

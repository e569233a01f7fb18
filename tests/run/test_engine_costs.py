"""Costs and the queue as the drawing thread gets them: through the feed and by futures."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from das_tui.domain.usage import Amount, Bill
from das_tui.domain.waiting import Waiting
from das_tui.run.account import Account
from das_tui.run.engine import Engine
from das_tui.run.errors import NotPossible, OverBudget
from das_tui.run.feed import Change
from das_tui.wire.credentials import StaticProvider
from tests.run.conftest import AT_ONCE, PATIENCE
from tests.run.scripted_service import Reply, Service, das

WHOLE = das("CPU is high.") + das("", "summary", CharCount=42)


class Screen:
    """What a drawing thread would hold of costs and of the queue."""

    def __init__(self, path: Path, url: str, **account: Any) -> None:
        made = Account(
            provider=StaticProvider("ak", "secret"), das_endpoint=url, dms_endpoint=url, **account
        )
        self.engine = Engine(path, made, lambda: None, backoff=AT_ONCE)
        self.engine.start()
        self.bills: dict[str, Bill] = {}
        self.waiting: dict[str, tuple[Waiting, ...]] = {}

    def look(self) -> "Screen":
        for key, change in self.engine.feed.drain().items():
            if change.bill is not None:
                self.bills[key] = change.bill
            if change.waiting is not None:
                self.waiting[key] = change.waiting
        return self

    def texts(self) -> list[str]:
        self.look()
        line = [one for waiting in self.waiting.values() for one in waiting]
        return [one.text for one in sorted(line, key=lambda one: one.place)]


async def get(future: Any) -> Any:
    return await asyncio.wait_for(asyncio.wrap_future(future), PATIENCE)


async def test_the_feed_has_what_a_session_costs(tmp_path: Path) -> None:
    async with Service(GetDasAgentSSE=[Reply(WHOLE)]) as service:
        screen = Screen(tmp_path / "history.db", service.url, price_per_char=0.5)
        engine = screen.engine
        assert (await get(engine.bill())).month == Amount(0, False, 0)
        key = await get(engine.ask("why?", service="das"))
        await get(engine.wait(key))
        assert screen.look().bills[key].turn == Amount(42, False, 21.0)
        assert await get(engine.bill(key)) == screen.bills[key]
        assert await asyncio.to_thread(engine.close, PATIENCE)


async def test_the_feed_has_the_queue(tmp_path: Path, until: Any) -> None:
    gate = asyncio.Event()
    async with Service(GetDasAgentSSE=[Reply(WHOLE, hold_body=gate), Reply(WHOLE)]) as service:
        screen = Screen(tmp_path / "history.db", service.url)
        engine = screen.engine
        key = await get(engine.ask("why?", service="das", title="CPU"))
        await until(lambda: service.calls)
        await get(engine.ask("and then?", service="das", key=key))
        await get(engine.ask("and at last?", service="das", key=key))
        other = await get(engine.ask("other", service="das"))
        await until(lambda: screen.texts() == ["and then?", "and at last?", "other"])
        line = await get(engine.queue())
        assert [one.key for one in line] == [key, key, other]
        assert (line[0].title, line[2].title) == ("CPU", "other")
        assert await get(engine.withdraw(line[1].id)) == "and at last?"
        await until(lambda: screen.texts() == ["and then?", "other"])
        with pytest.raises(NotPossible):
            await get(engine.withdraw(line[1].id))
        await get(engine.open(key))
        assert [one.text for one in screen.look().waiting[key]] == ["and then?"]
        assert await get(engine.withdraw(line[2].id)) == "other"
        gate.set()
        await until(lambda: screen.texts() == [])
        await get(engine.wait(key))
        assert await asyncio.to_thread(engine.close, PATIENCE)
    assert [call.params["Query"] for call in service.calls] == ["why?", "and then?"]


async def test_over_budget_has_to_be_said(tmp_path: Path) -> None:
    async with Service(GetDasAgentSSE=[Reply(WHOLE)]) as service:
        screen = Screen(tmp_path / "history.db", service.url, price_per_char=0.5, budget=1.0)
        engine = screen.engine
        with pytest.raises(OverBudget):
            await get(engine.ask("why?", service="das"))
        forecast = await get(engine.forecast())
        assert (forecast.expected, forecast.over) == (500.0, True)
        assert await get(engine.sessions()) == []
        key = await get(engine.ask("why?", service="das", over_budget=True))
        await get(engine.wait(key))
        assert await asyncio.to_thread(engine.close, PATIENCE)
    assert len(service.calls) == 1


async def test_what_one_instance_spends_another_one_shows(tmp_path: Path, until: Any) -> None:
    async with Service(GetDasAgentSSE=[Reply(WHOLE)]) as service:
        screen = Screen(tmp_path / "history.db", service.url)
        other = Screen(tmp_path / "history.db", service.url)
        assert (await get(other.engine.bill())).month.chars == 0
        key = await get(screen.engine.ask("why?", service="das"))
        await get(screen.engine.wait(key))
        await until(lambda: other.look().bills.get(key, Bill()).month.chars == 42)
        for engine in (screen.engine, other.engine):
            assert await asyncio.to_thread(engine.close, PATIENCE)


def test_changes_of_costs_and_queue_are_merged() -> None:
    first, later = Bill(turn=Amount(1)), Bill(turn=Amount(2))
    waiting = (Waiting(1, 1, "k", "t", "q", 0.0, "behind"),)
    change = Change(bill=first, waiting=waiting)
    change.merge(Change())
    assert (change.bill, change.waiting) == (first, waiting)
    change.merge(Change(bill=later, waiting=()))
    assert (change.bill, change.waiting) == (later, ())

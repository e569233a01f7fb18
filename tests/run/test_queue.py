"""DAS questions that wait for their turn: in view, in order, withdrawn, and never sent unasked."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from das_tui.domain.events import NotDispatched
from das_tui.domain.session import Session, State
from das_tui.run.errors import Busy, NotPossible
from das_tui.run.followups import ENDED
from das_tui.run.queue import HERE, Queue
from das_tui.run.supervisor import Supervisor
from das_tui.store.store import Store
from tests.run.conftest import AT_ONCE, PATIENCE, Bench
from tests.run.scripted_service import Reply, Service, das, data, refused

Finished = Callable[[Supervisor, str], Awaitable[Session]]
Until = Callable[[Callable[[], Any]], Awaitable[Any]]

WHOLE = das("CPU is high.") + das("", "summary", CharCount=42)
CROWDED = data(
    {"Code": "Throttling.UserConcurrentLimit", "Message": "busy", "RequestId": "r-1"}, 429
)


def line(supervisor: Supervisor) -> list[tuple[int, str, str]]:
    return [(one.place, one.text, one.behind) for one in supervisor.cashier.waiting()]


def asked(service: Service) -> list[str]:
    return [call.params["Query"] for call in service.calls]


# --- the line itself ---------------------------------------------------------------------------


class Line:
    """A queue whose tickets only note what they are told."""

    def __init__(self, slots: int) -> None:
        self.changes: list[set[str]] = []
        self.queue = Queue(slots, lambda keys: self.changes.append(set(keys)))
        self.called: list[str] = []
        self.busy: set[str] = set()
        self.told: dict[str, str] = {}

    def join(self, key: str) -> Any:
        ticket = self.queue.ticket(
            key,
            f"question of {key}",
            1.0,
            call=lambda: self.called.append(key),
            free=lambda: key not in self.busy,
            tell=lambda words: self.told.__setitem__(key, words),
        )
        self.queue.join(ticket)
        return ticket

    def leave(self, ticket: Any) -> None:
        self.queue.leave(ticket)
        self.queue.look()


def test_as_many_as_there_are_slots_go_and_the_others_wait_in_order() -> None:
    line = Line(2)
    tickets = [line.join(key) for key in "abcd"]
    assert line.called == ["a", "b"]
    assert line.told == {
        "c": "place 1, behind 2 answers under way",
        "d": "place 2, behind 2 answers under way",
    }
    line.leave(tickets[1])
    assert line.called == ["a", "b", "c"]
    assert line.told["d"].startswith("place 1, ")
    assert [one.key for one in line.queue.waiting({"d": "D"})] == ["d"]
    assert line.queue.waiting({"d": "D"})[0].title == "D"


def test_one_whose_session_is_busy_lets_others_pass_and_keeps_its_place() -> None:
    line = Line(1)
    first = line.join("a")
    line.busy = {"b"}
    line.join("b")
    line.join("c")
    assert line.told["b"] == f"place 1, {HERE}"
    line.leave(first)
    assert line.called == ["a", "c"]
    assert [one.place for one in line.queue.waiting({})] == [1]


def test_those_who_are_shown_are_told_of_every_change() -> None:
    line = Line(1)
    tickets = [line.join(key) for key in "abb"]
    line.changes.clear()
    line.leave(tickets[2])
    assert line.changes == [{"b"}]
    line.leave(tickets[2])
    assert line.changes == [{"b"}]
    line.leave(tickets[0])
    assert line.changes[1:] == [{"b"}]
    assert line.queue.held == 1


def test_a_closed_line_calls_nobody() -> None:
    line = Line(1)
    first = line.join("a")
    line.join("b")
    line.queue.closed = True
    line.leave(first)
    assert line.called == ["a"]


# --- questions in sessions of their own --------------------------------------------------------


async def test_the_queue_shows_places_and_what_they_wait_for(
    bench: Bench, finished: Finished, until: Until
) -> None:
    gate = asyncio.Event()
    replies = [Reply(WHOLE, hold_body=gate), Reply(WHOLE), Reply(WHOLE)]
    async with Service(GetDasAgentSSE=replies) as service:
        supervisor = bench.start(service.url)
        keys = [await supervisor.ask(f"q{n}", service="das") for n in range(3)]
        await until(lambda: len(supervisor.cashier.waiting()) == 2)
        assert line(supervisor) == [
            (1, "q1", "behind the answer under way"),
            (2, "q2", "behind the answer under way"),
        ]
        rows = [bench.store.get(key) for key in keys[1:]]
        assert [(row.state, row.detail) for row in rows] == [
            (State.QUEUED, "place 1, behind the answer under way"),
            (State.QUEUED, "place 2, behind the answer under way"),
        ]
        assert [one.key for one in supervisor.cashier.waiting(keys[2])] == [keys[2]]
        gate.set()
        for key in keys:
            assert (await finished(supervisor, key)).state is State.FINISHED
        assert line(supervisor) == []
    assert asked(service) == ["q0", "q1", "q2"]


async def test_a_question_of_its_own_session_can_be_withdrawn(
    bench: Bench, finished: Finished, until: Until
) -> None:
    gate = asyncio.Event()
    async with Service(GetDasAgentSSE=[Reply(WHOLE, hold_body=gate), Reply(WHOLE)]) as service:
        supervisor = bench.start(service.url)
        keys = [await supervisor.ask(f"q{n}", service="das") for n in range(3)]
        await until(lambda: len(supervisor.cashier.waiting()) == 2)
        number = supervisor.cashier.waiting()[0].id
        assert await supervisor.cashier.withdraw(number) == "q1"
        row = bench.store.get(keys[1])
        assert (row.state, bench.facts(keys[1])) == (
            State.NOT_DISPATCHED,
            ["question_asked", "not_dispatched"],
        )
        assert line(supervisor) == [(1, "q2", "behind the answer under way")]
        with pytest.raises(NotPossible):
            await supervisor.cashier.withdraw(number)
        gate.set()
        await finished(supervisor, keys[2])
        with pytest.raises(NotPossible):
            await supervisor.cashier.withdraw(number + 1)
    assert asked(service) == ["q0", "q2"]


async def test_others_conversations_are_waited_for_in_view(
    bench: Bench, finished: Finished, until: Until
) -> None:
    patient = replace(AT_ONCE, crowded=1000.0)
    async with Service(GetDasAgentSSE=[CROWDED, Reply(WHOLE)]) as service:
        supervisor = bench.start(service.url, patient)
        key = await supervisor.ask("q0", service="das")
        await until(lambda: bench.store.get(key).state is State.QUEUED)
        (waiting,) = supervisor.cashier.waiting()
        assert waiting.behind.startswith("until the account has a conversation free, next try in ")
        assert bench.store.get(key).detail == f"place 1, {waiting.behind}"
        assert not supervisor.paid
        other = await supervisor.ask("q1", service="das")
        await until(lambda: len(supervisor.cashier.waiting()) == 2)
        assert await supervisor.cashier.withdraw(waiting.id) == "q0"
        assert bench.store.get(key).state is State.NOT_DISPATCHED
        assert (await finished(supervisor, other)).state is State.FINISHED
    assert asked(service) == ["q0", "q1"]


async def test_others_conversations_are_waited_for_longer_than_a_throttled_service(
    bench: Bench, finished: Finished
) -> None:
    replies = [CROWDED] * 20 + [Reply(WHOLE)]
    async with Service(GetDasAgentSSE=replies) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("q", service="das")
        assert (await finished(supervisor, key)).state is State.FINISHED
    assert len(service.calls) == 21
    assert bench.facts(key) == ["question_asked", "dispatched"]


async def test_others_conversations_are_not_waited_for_for_ever(
    bench: Bench, finished: Finished
) -> None:
    async with Service(GetDasAgentSSE=lambda call: CROWDED) as service:
        supervisor = bench.start(service.url, replace(AT_ONCE, crowds=5))
        key = await supervisor.ask("q", service="das")
        row = await finished(supervisor, key)
    assert (row.state, len(service.calls)) == (State.FAILED, 5)
    assert bench.facts(key) == ["question_asked", "refused"]


# --- follow-ups --------------------------------------------------------------------------------


async def test_a_follow_up_waits_for_the_answer_before_it(
    bench: Bench, finished: Finished, until: Until
) -> None:
    gate = asyncio.Event()
    replies = [Reply(WHOLE, hold_body=gate), Reply(WHOLE), Reply(WHOLE)]
    async with Service(GetDasAgentSSE=replies) as service:
        supervisor = bench.start(service.url, profile="ops")
        key = await supervisor.ask("q0", service="das")
        await until(lambda: bench.facts(key) == ["question_asked", "dispatched"])
        assert await supervisor.ask("and then?", service="das", key=key) == key
        assert await supervisor.ask("and at last?", service="das", key=key) == key
        assert line(supervisor) == [(1, "and then?", HERE), (2, "and at last?", HERE)]
        assert bench.facts(key) == ["question_asked", "dispatched"]
        stored = bench.store.waiting()
        assert [(one.key, one.profile, one.text) for one in stored] == [
            (key, "ops", "and then?"),
            (key, "ops", "and at last?"),
        ]
        with pytest.raises(Busy):
            await supervisor.delete(key)
        gate.set()
        await until(lambda: len(service.calls) == 3)
        await finished(supervisor, key)
        assert (line(supervisor), bench.store.waiting()) == ([], [])
    assert asked(service) == ["q0", "and then?", "and at last?"]
    assert {call.params.get("SessionId") for call in service.calls[1:]} == {"das-session-1"}
    assert bench.facts(key) == ["question_asked", "dispatched"] * 3


async def test_follow_ups_and_new_sessions_go_in_the_order_of_asking(
    bench: Bench, finished: Finished, until: Until
) -> None:
    gate = asyncio.Event()
    replies = [Reply(WHOLE, hold_body=gate), Reply(WHOLE), Reply(WHOLE)]
    async with Service(GetDasAgentSSE=replies) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("q0", service="das")
        await until(lambda: service.calls)
        await supervisor.ask("follow-up", service="das", key=key)
        other = await supervisor.ask("other", service="das")
        await until(lambda: len(supervisor.cashier.waiting()) == 2)
        assert [one.text for one in supervisor.cashier.waiting()] == ["follow-up", "other"]
        gate.set()
        await finished(supervisor, other)
    assert asked(service) == ["q0", "follow-up", "other"]


async def test_a_follow_up_lets_others_use_a_free_slot(
    bench: Bench, finished: Finished, until: Until
) -> None:
    gate = asyncio.Event()
    replies = [Reply(WHOLE, hold_body=gate), Reply(WHOLE), Reply(WHOLE)]
    async with Service(GetDasAgentSSE=replies) as service:
        supervisor = bench.start(service.url, concurrency=2)
        key = await supervisor.ask("q0", service="das")
        await until(lambda: service.calls)
        await supervisor.ask("follow-up", service="das", key=key)
        other = await supervisor.ask("other", service="das")
        await finished(supervisor, other)
        assert asked(service) == ["q0", "other"]
        gate.set()
        await until(lambda: len(service.calls) == 3)
        await finished(supervisor, key)
    assert asked(service) == ["q0", "other", "follow-up"]


async def test_a_withdrawn_follow_up_leaves_no_trace(
    bench: Bench, finished: Finished, until: Until
) -> None:
    gate = asyncio.Event()
    async with Service(GetDasAgentSSE=[Reply(WHOLE, hold_body=gate)]) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("q0", service="das")
        await until(lambda: service.calls)
        await supervisor.ask("and then?", service="das", key=key)
        (waiting,) = supervisor.cashier.waiting()
        assert await supervisor.cashier.withdraw(waiting.id) == "and then?"
        assert (line(supervisor), bench.store.waiting()) == ([], [])
        gate.set()
        await finished(supervisor, key)
    assert asked(service) == ["q0"]
    assert bench.facts(key) == ["question_asked", "dispatched"]


@pytest.mark.parametrize("end", ["stop", "fail", "cut", "refuse"])
async def test_nothing_follows_an_answer_that_is_not_complete(
    bench: Bench, finished: Finished, until: Until, end: str
) -> None:
    gate = asyncio.Event()
    body = {
        "stop": das("CPU"),
        "fail": das("no", "error", Code=-1810001),
        "cut": das("CPU"),
        "refuse": b"",
    }[end]
    first = Reply(body, hold_body=gate, end="open" if end == "stop" else "fin")
    if end == "refuse":
        first = replace(refused(), hold_body=gate)
    async with Service(GetDasAgentSSE=[first, Reply(WHOLE)]) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("q0", service="das")
        await until(lambda: service.calls)
        await supervisor.ask("and then?", service="das", key=key)
        if end == "stop":
            await supervisor.stop(key)
        gate.set()
        await until(lambda: bench.facts(key)[-1] == "not_dispatched")
        row = await finished(supervisor, key)
        assert row.state is State.NOT_DISPATCHED
        assert (line(supervisor), bench.store.waiting()) == ([], [])
        # The slot is free and the session can be asked again.
        await supervisor.ask("and then?", service="das", key=key)
        assert (await finished(supervisor, key)).state is State.FINISHED
    assert asked(service) == ["q0", "and then?"]
    assert bench.facts(key)[-4:-2] == ["question_asked", "not_dispatched"]


async def test_a_follow_up_behind_a_question_that_waits_itself(
    bench: Bench, finished: Finished, until: Until
) -> None:
    gate = asyncio.Event()
    replies = [Reply(WHOLE, hold_body=gate), Reply(WHOLE), Reply(WHOLE)]
    async with Service(GetDasAgentSSE=replies) as service:
        supervisor = bench.start(service.url)
        await supervisor.ask("q0", service="das")
        key = await supervisor.ask("q1", service="das")
        await until(lambda: len(supervisor.cashier.waiting()) == 1)
        await supervisor.ask("and then?", service="das", key=key)
        assert [one.text for one in supervisor.cashier.waiting()] == ["q1", "and then?"]
        gate.set()
        await until(lambda: len(service.calls) == 3)
        await finished(supervisor, key)
    assert asked(service) == ["q0", "q1", "and then?"]


async def test_an_orderly_end_shows_waiting_questions_as_not_sent(
    bench: Bench, until: Until
) -> None:
    async with Service(GetDasAgentSSE=[Reply(das("CPU"), end="open")]) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("q0", service="das")
        await until(lambda: bench.store.get(key).state is State.LIVE)
        await supervisor.ask("and then?", service="das", key=key)
        supervisor = await bench.again(service.url)
        await supervisor.pick_up()
        assert bench.facts(key)[-3:] == ["run_cut", "question_asked", "not_dispatched"]
        assert bench.store.waiting() == []
    assert asked(service) == ["q0"]


async def test_a_paid_answer_that_is_waited_for_at_the_end_is_not_followed(
    bench: Bench, until: Until
) -> None:
    gate = asyncio.Event()
    async with Service(GetDasAgentSSE=[Reply(WHOLE, hold_body=gate), Reply(WHOLE)]) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("q0", service="das")
        await until(lambda: service.calls)
        await supervisor.ask("and then?", service="das", key=key)
        closing = asyncio.create_task(supervisor.close(wait_for_paid=True))
        await until(lambda: supervisor._gate.closing)
        gate.set()
        await asyncio.wait_for(closing, PATIENCE)
    assert asked(service) == ["q0"]
    assert bench.facts(key)[-2:] == ["question_asked", "not_dispatched"]
    assert bench.events(key)[-1] == NotDispatched(text=ENDED)
    assert bench.store.waiting() == []


async def test_what_a_killed_program_left_waiting_is_shown_and_never_sent(
    bench: Bench, finished: Finished
) -> None:
    async with Service(GetDasAgentSSE=[Reply(WHOLE)]) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("q0", service="das")
        await finished(supervisor, key)
        bench.store.wait(key, "", 1.0, "and then?")
        bench.store.wait("deleted", "", 1.0, "gone")
        supervisor = await bench.again(service.url)
        await supervisor.pick_up()
        await supervisor.pick_up()
        row = bench.store.get(key)
        assert (row.state, bench.facts(key)[-2:]) == (
            State.NOT_DISPATCHED,
            ["question_asked", "not_dispatched"],
        )
        assert bench.facts(key).count("not_dispatched") == 1
        assert bench.store.waiting() == []
    assert asked(service) == ["q0"]


async def test_the_questions_of_another_instance_are_left_to_it(
    bench: Bench, finished: Finished, until: Until
) -> None:
    gates = [asyncio.Event(), asyncio.Event()]
    replies = [Reply(WHOLE, hold_body=gate) for gate in gates] + [Reply(WHOLE)]
    async with Service(GetDasAgentSSE=replies) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("q0", service="das")
        between = await supervisor.ask("q1", service="das")
        await until(lambda: len(supervisor.cashier.waiting()) == 1)
        await supervisor.ask("and then?", service="das", key=key)
        store = Store.open(bench.path)
        other = Supervisor(store, None, bench.watch, backoff=AT_ONCE)
        await other.pick_up()
        assert len(store.waiting()) == 1
        gates[0].set()
        await finished(supervisor, key)
        await until(lambda: len(service.calls) == 2)
        # Now nothing runs in its session, and still it waits for its turn.
        assert [one.key for one in supervisor.cashier.waiting()] == [key]
        await other.pick_up()
        assert len(store.waiting()) == 1
        await other.close()
        store.close()
        gates[1].set()
        await finished(supervisor, between)
        await until(lambda: len(service.calls) == 3)
        await finished(supervisor, key)
    assert asked(service) == ["q0", "q1", "and then?"]

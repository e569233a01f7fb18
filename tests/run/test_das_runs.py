"""DAS conversations over real sockets: asked once, received to the end, never asked again."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from das_tui.domain.blocks import Answer, Question
from das_tui.domain.cutting import MOST_TEXT
from das_tui.domain.events import RunCut
from das_tui.domain.session import Session, State
from das_tui.run.backoff import Backoff
from das_tui.run.errors import Busy, NotPossible, ReadOnly
from das_tui.run.supervisor import Supervisor
from tests.run.conftest import AT_ONCE, Bench
from tests.run.scripted_service import DONE, Reply, Service, das, data, refused, throttled

Finished = Callable[[Supervisor, str], Awaitable[Session]]
Until = Callable[[Callable[[], Any]], Awaitable[Any]]

ANSWER = das("CPU is ") + das("high.", ToolName="SqlFilter")
SUMMARY = das("", "summary", CharCount=42, RequestId="r-1")


def cut_text(bench: Bench, key: str) -> str:
    return next(event.text for event in bench.events(key) if isinstance(event, RunCut))


@pytest.mark.parametrize(
    ("reply", "state", "facts"),
    [
        (Reply(ANSWER + SUMMARY), State.FINISHED, ["question_asked", "dispatched"]),
        (Reply(ANSWER + DONE), State.FINISHED, ["question_asked", "dispatched"]),
        (Reply(ANSWER + SUMMARY, end="rst"), State.FINISHED, ["question_asked", "dispatched"]),
        (Reply(ANSWER + SUMMARY, end="open"), State.FINISHED, ["question_asked", "dispatched"]),
        (
            Reply(ANSWER + das("no instance", "error", Code=-1810006)),
            State.FAILED,
            ["question_asked", "dispatched"],
        ),
        (Reply(ANSWER), State.CUT, ["question_asked", "dispatched", "run_cut"]),
        (Reply(ANSWER, end="cut"), State.CUT, ["question_asked", "dispatched", "run_cut"]),
        (Reply(ANSWER, end="rst"), State.CUT, ["question_asked", "dispatched", "run_cut"]),
        (Reply(b""), State.CUT, ["question_asked", "dispatched", "run_cut"]),
        (
            Reply(b'data:{"RequestId":"r-1"}\n\n'),
            State.CUT,
            ["question_asked", "dispatched", "run_cut"],
        ),
        (Reply(end="drop"), State.CUT, ["question_asked", "run_cut"]),
        (
            Reply(b"<html>portal</html>", kind="text/html"),
            State.CUT,
            ["question_asked", "run_cut"],
        ),
        (refused(), State.FAILED, ["question_asked", "refused"]),
        (refused(500, "InternalError"), State.FAILED, ["question_asked", "refused"]),
        (
            data({"Success": False, "ErrorCode": "NoPermission", "ErrorMessage": "no"}),
            State.FAILED,
            ["question_asked", "refused"],
        ),
    ],
)
async def test_verdicts(
    bench: Bench, finished: Finished, reply: Reply, state: State, facts: list[str]
) -> None:
    async with Service(GetDasAgentSSE=[reply]) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("why is rm-demo01 slow?", service="das")
        row = await finished(supervisor, key)
    assert (row.state, bench.facts(key)) == (state, facts)
    assert bench.store.get(key) == row
    # Whatever happened, the question went out once.
    assert len(service.calls) == 1


async def test_a_session_is_kept_and_continued(bench: Bench, finished: Finished) -> None:
    async with Service(GetDasAgentSSE=[Reply(ANSWER + SUMMARY)] * 2) as service:
        supervisor = bench.start(service.url, das_agent_id="ag-mine", profile="ops")
        key = await supervisor.ask("why is rm-demo01 slow?\nmore", service="das")
        assert bench.facts(key) == ["question_asked"]
        row = await finished(supervisor, key)
        assert row.title == "why is rm-demo01 slow?"
        assert (row.target, row.profile, row.agent_id) == ("rm-demo01", "ops", "ag-mine")
        assert (row.session_id, row.chars, row.estimated) == ("das-session-1", 42, False)
        assert (row.frames, row.records) == (3, 5)
        assert await supervisor.ask("and now?", service="das", key=key) == key
        row = await finished(supervisor, key)
    assert row.chars == 84
    first, second = service.calls
    assert "SessionId" not in first.params
    assert first.params["AgentId"] == "ag-mine"
    assert second.params["SessionId"] == "das-session-1"
    assert second.params["Query"] == "and now?"
    assert [record.position for record in bench.store.load(key)] == list(range(1, 11))
    assert [r.seq for r in bench.store.load(key) if r.seq] == list(range(1, 7))


async def test_characters_are_counted_while_no_number_came(
    bench: Bench, finished: Finished
) -> None:
    async with Service(GetDasAgentSSE=[Reply(das("数据🐢!"))]) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("q", service="das")
        row = await finished(supervisor, key)
    assert (row.chars, row.estimated) == (4, True)
    assert "asking again is a new paid question" in cut_text(bench, key)


async def test_the_words_of_a_cut_say_how_it_ended(bench: Bench, finished: Finished) -> None:
    replies = [Reply(das("12345"), end="rst"), Reply(das("12345")), Reply(end="drop")]
    async with Service(GetDasAgentSSE=replies) as service:
        supervisor = bench.start(service.url)
        said = []
        for _ in replies:
            key = await supervisor.ask("q", service="das")
            await finished(supervisor, key)
            said.append(cut_text(bench, key))
    assert "5 characters kept" in said[0]
    assert "may be complete" in said[1]
    assert "may be billed" in said[2]


async def test_throttled_waits_visibly_and_asks_again(bench: Bench, finished: Finished) -> None:
    replies = [throttled(), throttled(**{"Retry-After": "0"}), Reply(ANSWER + SUMMARY)]
    async with Service(GetDasAgentSSE=replies) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("q", service="das")
        row = await finished(supervisor, key)
    assert row.state is State.FINISHED
    assert len(service.calls) == 3
    assert bench.facts(key) == ["question_asked", "dispatched"]
    waits = [row.detail for row in bench.watch.rows if "too many requests" in row.detail]
    assert waits == [
        "too many requests, try 2 of 8 in 0 s",
        "too many requests, try 3 of 8 in 0 s",
    ]


async def test_throttled_for_ever_is_refused_after_eight_tries(
    bench: Bench, finished: Finished
) -> None:
    async with Service(GetDasAgentSSE=lambda call: throttled()) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("q", service="das")
        row = await finished(supervisor, key)
    assert len(service.calls) == 8
    assert (row.state, bench.facts(key)) == (State.FAILED, ["question_asked", "refused"])


async def test_a_retry_after_beyond_reason_is_not_waited_for(
    bench: Bench, finished: Finished
) -> None:
    async with Service(GetDasAgentSSE=[throttled(**{"Retry-After": "86400"})]) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("q", service="das")
        row = await finished(supervisor, key)
    assert (row.state, len(service.calls)) == (State.FAILED, 1)


async def test_a_retry_after_is_never_undercut() -> None:
    backoff = Backoff(draw=lambda: 0.0)
    assert backoff.wait(0, 7.0) == 7.0
    late = Backoff(draw=lambda: 1.0)
    assert [late.wait(n) for n in range(7)] == [1, 2, 4, 8, 16, 30, 30]


async def test_not_reached_tries_again_and_then_says_that_nothing_was_sent(
    bench: Bench, finished: Finished
) -> None:
    async with Service() as service:
        url = service.url
    supervisor = bench.start(url)
    key = await supervisor.ask("q", service="das")
    row = await finished(supervisor, key)
    assert row.state is State.NOT_DISPATCHED
    assert bench.facts(key) == ["question_asked", "not_dispatched"]
    # The same question can be asked again in the same session.
    async with Service(GetDasAgentSSE=[Reply(ANSWER + SUMMARY)]) as service:
        supervisor = await bench.again(service.url)
        await supervisor.ask("q", service="das", key=key)
        row = await finished(supervisor, key)
    assert row.state is State.FINISHED


async def test_an_endpoint_that_is_refused_sends_nothing(bench: Bench, finished: Finished) -> None:
    supervisor = bench.start("http://example.com")
    key = await supervisor.ask("q", service="das")
    row = await finished(supervisor, key)
    assert (row.state, bench.facts(key)) == (
        State.NOT_DISPATCHED,
        ["question_asked", "not_dispatched"],
    )


async def test_the_question_is_stored_before_it_leaves(bench: Bench, finished: Finished) -> None:
    there: list[list[str]] = []

    def answer(call: object) -> Reply:
        (row,) = bench.store.sessions()
        there.append([record.event for record in bench.store.load(row.key)])
        return Reply(ANSWER + SUMMARY)

    async with Service(GetDasAgentSSE=answer) as service:
        supervisor = bench.start(service.url)
        await finished(supervisor, await supervisor.ask("q", service="das"))
    assert there == [["question_asked"]]


async def test_further_questions_wait_in_order(
    bench: Bench, finished: Finished, until: Until
) -> None:
    gate = asyncio.Event()
    replies = [Reply(ANSWER + SUMMARY, hold_body=gate)] + [Reply(ANSWER + SUMMARY)] * 2
    async with Service(GetDasAgentSSE=replies) as service:
        supervisor = bench.start(service.url)
        keys = [await supervisor.ask(f"q{n}", service="das") for n in range(3)]
        await until(lambda: bench.facts(keys[0]) == ["question_asked", "dispatched"])
        states = [bench.store.get(key).state for key in keys]
        assert states == [State.STARTING, State.QUEUED, State.QUEUED]
        assert len(service.calls) == 1
        assert supervisor.paid
        gate.set()
        for key in keys:
            assert (await finished(supervisor, key)).state is State.FINISHED
        assert not supervisor.paid
    assert [call.params["Query"] for call in service.calls] == ["q0", "q1", "q2"]


async def test_concurrency_lets_several_run(bench: Bench, finished: Finished, until: Until) -> None:
    gate = asyncio.Event()
    replies = [Reply(ANSWER + SUMMARY, hold_body=gate)] * 2
    async with Service(GetDasAgentSSE=replies) as service:
        supervisor = bench.start(service.url, concurrency=2)
        keys = [await supervisor.ask("q", service="das") for _ in range(2)]
        await until(lambda: len(service.calls) == 2)
        gate.set()
        for key in keys:
            assert (await finished(supervisor, key)).state is State.FINISHED


async def test_stop_stops_listening_and_says_that_billing_may_go_on(
    bench: Bench, finished: Finished, until: Until
) -> None:
    async with Service(GetDasAgentSSE=[Reply(ANSWER, end="open")]) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("q", service="das")
        await until(lambda: bench.store.get(key).state is State.LIVE)
        await supervisor.stop(key)
        row = bench.store.get(key)
    assert row.state is State.CANCELLED
    assert bench.facts(key)[-1] == "listening_stopped"
    assert len(bench.frames(key)) == 2
    with pytest.raises(NotPossible):
        await supervisor.stop(key)


async def test_stop_of_a_queued_question_sends_nothing(
    bench: Bench, finished: Finished, until: Until
) -> None:
    gate = asyncio.Event()
    async with Service(GetDasAgentSSE=[Reply(ANSWER + SUMMARY, hold_body=gate)]) as service:
        supervisor = bench.start(service.url)
        first = await supervisor.ask("q", service="das")
        second = await supervisor.ask("q", service="das")
        await until(lambda: bench.store.get(second).state is State.QUEUED)
        await supervisor.stop(second)
        assert bench.store.get(second).state is State.NOT_DISPATCHED
        gate.set()
        await finished(supervisor, first)
    assert len(service.calls) == 1


async def test_chat_has_a_session_id_of_its_own(bench: Bench, finished: Finished) -> None:
    events = [
        {"Type": "RUN_STARTED", "RunId": "1"},
        {"Type": "TEXT_MESSAGE_START", "MessageId": "m", "Role": "assistant"},
        {"Type": "TEXT_MESSAGE_CONTENT", "MessageId": "m", "Delta": "hello"},
        {"Type": "TEXT_MESSAGE_END", "MessageId": "m"},
        {"Type": "RUN_FINISHED", "RunId": "1"},
    ]
    body = b"".join(b"data:" + json.dumps(event).encode() + b"\n\n" for event in events) + DONE
    async with Service(Chat=[Reply(body)] * 2) as service:
        supervisor = bench.start(service.url, das_api="Chat")
        key = await supervisor.ask("q", service="das")
        row = await finished(supervisor, key)
        await supervisor.ask("q2", service="chat", key=key)
        await finished(supervisor, key)
    assert (row.service, row.state) == ("chat", State.FINISHED)
    assert len(row.session_id) == 36
    assert {call.params["SessionId"] for call in service.calls} == {row.session_id}


async def test_a_session_with_a_run_is_not_deleted(bench: Bench, until: Until) -> None:
    async with Service(GetDasAgentSSE=[Reply(ANSWER, end="open")]) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("q", service="das")
        await until(lambda: service.calls)
        with pytest.raises(Busy):
            await supervisor.delete(key)
        await supervisor.stop(key)


@pytest.mark.parametrize("text", ["", "  \n "])
async def test_an_empty_question_is_refused(bench: Bench, text: str) -> None:
    supervisor = bench.start("http://127.0.0.1:9")
    with pytest.raises(NotPossible):
        await supervisor.ask(text, service="das")
    with pytest.raises(NotPossible):
        await supervisor.ask("q", service="other")
    assert bench.store.sessions() == []


async def test_read_only_sends_nothing(bench: Bench) -> None:
    async with Service() as service:
        supervisor = bench.start(service.url, read_only=True)
        with pytest.raises(ReadOnly):
            await supervisor.ask("q", service="das")
        with pytest.raises(ReadOnly):
            await supervisor.reply("k", "approve")
        with pytest.raises(ReadOnly):
            await supervisor.stop("k")
    assert service.calls == []
    assert bench.store.sessions() == []


async def test_a_failing_observer_ends_nothing(bench: Bench, finished: Finished) -> None:
    bench.watch.fail = True
    async with Service(GetDasAgentSSE=[Reply(ANSWER + SUMMARY)]) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("q", service="das")
        assert (await finished(supervisor, key)).state is State.FINISHED
    assert len(bench.frames(key)) == 3


async def test_a_mistake_of_ours_is_seen_and_other_runs_go_on(
    bench: Bench, finished: Finished, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = asyncio.Event()
    replies = [Reply(das("poison") + SUMMARY), Reply(ANSWER + SUMMARY, hold_body=gate)]
    async with Service(GetDasAgentSSE=replies) as service:
        supervisor = bench.start(service.url, concurrency=2)
        from das_tui.run import das_run

        right = das_run.DasRun.decode

        def decode(self: Any, frame: Any) -> Any:
            if b"poison" in frame.data:
                raise ZeroDivisionError("secret text")
            return right(self, frame)

        monkeypatch.setattr(das_run.DasRun, "decode", decode)
        bad = await supervisor.ask("q", service="das")
        await until(lambda: len(service.calls) == 1)
        good = await supervisor.ask("q", service="das")
        assert (await finished(supervisor, bad)).state is State.CUT
        gate.set()
        assert (await finished(supervisor, good)).state is State.FINISHED
    assert bench.facts(bad)[-2:] == ["notice_noted", "run_cut"]
    stored = b"".join(record.data for record in bench.store.load(bad))
    assert b"ZeroDivisionError" in stored
    assert b"secret text" not in stored


async def test_closing_cuts_a_paid_answer_or_waits_for_it(bench: Bench, until: Until) -> None:
    gate = asyncio.Event()
    replies = [
        Reply(ANSWER, end="open"),
        Reply(ANSWER + SUMMARY, hold_body=gate),
    ]
    async with Service(GetDasAgentSSE=replies) as service:
        supervisor = bench.start(service.url)
        cut = await supervisor.ask("q", service="das")
        await until(lambda: bench.store.get(cut).state is State.LIVE)
        queued = await supervisor.ask("q", service="das")
        supervisor = await bench.again(service.url)
        assert bench.store.get(cut).state is State.CUT
        assert bench.store.get(queued).state is State.NOT_DISPATCHED
        whole = await supervisor.ask("q", service="das")
        await until(lambda: len(service.calls) == 2)
        closing = asyncio.create_task(supervisor.close(wait_for_paid=True))
        await until(lambda: supervisor._gate.closing)
        gate.set()
        await closing
    assert bench.store.get(whole).state is State.FINISHED


async def test_what_a_killed_program_left_is_settled_at_the_next_start(bench: Bench) -> None:
    """Rows as they stand when the program was killed while a question waited, or was answered."""
    supervisor = bench.start("http://127.0.0.1:9")
    from dataclasses import replace

    for key, state in (
        ("queued", State.QUEUED),
        ("live", State.LIVE),
        ("on-its-way", State.STARTING),
    ):
        bench.store.create(replace(Session(key, "das"), state=state))
    bench.store.create(replace(Session("dms-unsent", "dms"), state=State.STARTING))
    await supervisor.pick_up()
    states = {row.key: row.state for row in bench.store.sessions()}
    assert states == {
        "queued": State.NOT_DISPATCHED,
        "live": State.CUT,
        "on-its-way": State.CUT,
        "dms-unsent": State.NOT_DISPATCHED,
    }


async def test_silence_is_said_and_nothing_is_broken_off(
    bench: Bench, finished: Finished, until: Until
) -> None:
    gate = asyncio.Event()
    from dataclasses import replace

    async with Service(GetDasAgentSSE=[Reply(ANSWER + SUMMARY, hold_body=gate)]) as service:
        supervisor = bench.start(service.url, replace(AT_ONCE, silence=0.05))
        key = await supervisor.ask("q", service="das")
        await until(lambda: bench.store.get(key).detail.startswith("silent for"))
        gate.set()
        row = await finished(supervisor, key)
    assert (row.state, row.detail) == (State.FINISHED, "")
    assert len(service.calls) == 1


async def test_a_full_disk_is_said_and_the_run_goes_on_from_memory(
    bench: Bench, finished: Finished, until: Until
) -> None:
    gate = asyncio.Event()
    big = das("x" * 3_000_000)
    async with Service(GetDasAgentSSE=[Reply(big + SUMMARY, hold_body=gate)]) as service:
        seen: list[Any] = []

        class Eyes:
            def committed(self, session: Session, readings: Any) -> None:
                seen.extend(readings)

            def changed(self, session: Session) -> None:
                pass

        supervisor = bench.start(service.url, observer=Eyes())
        key = await supervisor.ask("q", service="das")
        await until(lambda: len(service.calls) == 1 and len(seen) == 2)
        bench.store._db.execute("PRAGMA max_page_count = 1")
        gate.set()
        row = await finished(supervisor, key)
        assert row.state is State.FINISHED
        assert supervisor.trouble == "the disk is full"
        turn = supervisor.turn(key)
        assert turn is not None
        bodies = [block.body for block in turn.blocks]
        assert bodies[0] == Question("q")
        assert Answer("x" * MOST_TEXT) in bodies
        assert sum(block.beyond for block in turn.blocks) == 3_000_000 - MOST_TEXT
        assert len(bench.frames(key)) == 0
        # Space comes back: what was kept in memory is stored after all.
        bench.store._db.execute("PRAGMA max_page_count = 1000000")
        await supervisor.close()
        assert supervisor.trouble == ""
    assert len(bench.frames(key)) == 2
    positions = [record.position for record in bench.store.load(key)]
    assert positions == list(range(1, len(positions) + 1))
    assert bench.store.get(key).state is State.FINISHED

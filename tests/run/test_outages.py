"""What a DMS run asks again, how often and when, by the log of the service."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from das_tui.domain.events import RunCut
from das_tui.domain.session import Session, State
from das_tui.run.supervisor import Supervisor
from tests.rig import spoil
from tests.run.conftest import AT_ONCE, Bench
from tests.run.scripted_service import (
    FINISH,
    Journal,
    Reply,
    Service,
    created,
    described,
    dms,
    sent,
    throttled,
)

Finished = Callable[[Supervisor, str], Awaitable[Session]]

TURN = [
    dms("chat_start", content='{"message":"q"}', checkpoint=1),
    dms("delta", "llm", "yes", checkpoint=2),
    dms("chat_finish", "chat", checkpoint=3),
    FINISH,
]
WHOLE = Reply(Journal(TURN).body(0))


@pytest.mark.parametrize(
    "reply",
    [
        spoil.error(503, "ServiceUnavailable", Retry_After="1"),
        spoil.page(503, Retry_After="1"),
        spoil.throttled(Retry_After="1"),
    ],
)
async def test_a_stream_is_not_asked_for_before_the_service_says(
    bench: Bench, finished: Finished, reply: Reply
) -> None:
    async with Service(
        CreateDataAgentSession=[created()], SendChatMessage=[sent()], GetChatContent=[reply, WHOLE]
    ) as service:
        supervisor = bench.start(service.url)
        row = await finished(supervisor, await supervisor.ask("q", service="dms"))
    first, second = service.asked("GetChatContent")
    assert row.state is State.FINISHED
    assert second.at - first.at >= 1.0


@pytest.mark.parametrize("reply", [Reply(head=b"", end="rst"), spoil.page(502)])
async def test_a_stream_that_never_brings_anything_is_asked_for_eight_times(
    bench: Bench, finished: Finished, reply: Reply
) -> None:
    async with Service(
        CreateDataAgentSession=[created()],
        SendChatMessage=[sent()],
        GetChatContent=lambda _: reply,
    ) as service:
        supervisor = bench.start(service.url)
        row = await finished(supervisor, await supervisor.ask("q", service="dms"))
    assert row.state is State.CUT
    assert len(service.asked("GetChatContent")) == 8
    assert len(service.asked("SendChatMessage")) == 1


async def test_following_that_is_throttled_for_ever_is_refused(
    bench: Bench, finished: Finished
) -> None:
    async with Service(GetChatContent=lambda _: throttled()) as service:
        supervisor = bench.start(service.url)
        row = await finished(supervisor, await supervisor.attach("sess_1", "ag-1", 0))
    assert row.state is State.FAILED
    assert len(service.asked("GetChatContent")) == 8


async def test_a_starting_agent_is_not_asked_for_before_the_service_says(
    bench: Bench, finished: Finished
) -> None:
    looks = [throttled(**{"Retry-After": "1"}), described("INIT")]
    async with Service(
        CreateDataAgentSession=[created(agent_status="STARTING")],
        DescribeDataAgentSession=looks,
        SendChatMessage=[sent()],
        GetChatContent=[WHOLE],
    ) as service:
        supervisor = bench.start(service.url, replace(AT_ONCE, patience=5.0))
        row = await finished(supervisor, await supervisor.ask("q", service="dms"))
    first, second = service.asked("DescribeDataAgentSession")
    assert row.state is State.FINISHED
    assert second.at - first.at >= 1.0


async def test_a_starting_agent_that_nobody_tells_of_is_asked_for_eight_times(
    bench: Bench, finished: Finished
) -> None:
    async with Service(
        CreateDataAgentSession=[created(agent_status="STARTING")],
        DescribeDataAgentSession=lambda _: throttled(),
    ) as service:
        supervisor = bench.start(service.url, replace(AT_ONCE, patience=5.0))
        row = await finished(supervisor, await supervisor.ask("q", service="dms"))
    assert row.state is State.FAILED
    assert len(service.asked("DescribeDataAgentSession")) == 8
    assert service.asked("SendChatMessage") == []


async def test_a_stream_without_a_head_is_renewed(bench: Bench, finished: Finished) -> None:
    never = Reply(hold=asyncio.Event())
    async with Service(
        CreateDataAgentSession=[created()], SendChatMessage=[sent()], GetChatContent=[never, WHOLE]
    ) as service:
        supervisor = bench.start(service.url, replace(AT_ONCE, silence=0.1))
        key = await supervisor.ask("q", service="dms")
        # A connection may take five seconds by itself, and the transport waits for both.
        row = await asyncio.wait_for(supervisor.wait(key), 20)
    assert row.state is State.FINISHED
    assert len(service.asked("GetChatContent")) == 2


async def test_a_session_that_is_as_it_was_made_did_not_take_the_message(
    bench: Bench, finished: Finished
) -> None:
    async with Service(
        CreateDataAgentSession=[created()],
        SendChatMessage=[Reply(end="drop")],
        GetChatContent=lambda _: Reply(),
        DescribeDataAgentSession=[described("INIT")],
    ) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("q", service="dms")
        row = await finished(supervisor, key)
    assert row.state is State.CUT
    (cut,) = (event for event in bench.events(key) if isinstance(event, RunCut))
    assert "seems not to have taken" in cut.text
    assert len(service.asked("SendChatMessage")) == 1

"""DMS runs over real sockets: a message goes out once, the stream is followed over any cut."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from das_tui.domain.blocks import Answer, Ask
from das_tui.domain.events import (
    AskKind,
    LineLost,
    NotDispatched,
    NoticeNoted,
    ReplyGiven,
    Resumed,
    RunCut,
)
from das_tui.domain.session import Session, State
from das_tui.domain.setup import SessionSetup, parse_param
from das_tui.run.errors import Busy, NothingToAnswer, NotPossible, Offline
from das_tui.run.supervisor import Supervisor
from das_tui.wire.credentials import KEY_ID, KEY_SECRET, WAY_OUT, EnvProvider
from tests.run.conftest import AT_ONCE, Bench
from tests.run.scripted_service import (
    FINISH,
    Call,
    Journal,
    Reply,
    Service,
    Step,
    created,
    cutting,
    data,
    described,
    dms,
    refused,
    sent,
    throttled,
)

Finished = Callable[[Supervisor, str], Awaitable[Session]]
Until = Callable[[Callable[[], Any]], Awaitable[Any]]

ASK_SQL = json.dumps({"sql": "DELETE FROM t", "question": "may I?"})


def turn(first: int = 1, *, end: str = "chat", text: str = "hello") -> list[Step]:
    """One turn with ordinary, equal and missing checkpoints."""
    content = ASK_SQL if end == "ask_sql" else ""
    return [
        dms("chat_start", content=json.dumps({"message": text}), checkpoint=first),
        dms("content_start", "llm", checkpoint=first + 1),
        dms("delta", "llm", "one ", checkpoint=first + 1),
        dms("delta", "llm", "two ", checkpoint=first + 2),
        dms("delta", "llm", "three ", checkpoint=first + 2),
        dms("delta", "llm", "four ", checkpoint=first + 2),
        dms("delta", "llm", "five "),
        dms("delta", "llm", "six ", checkpoint=first + 3),
        dms("delta", "llm", "seven"),
        dms("content_finish", "llm", checkpoint=first + 4),
        dms("chat_finish", end, content, checkpoint=first + 5),
        FINISH,
    ]


def payloads(steps: list[Step]) -> list[bytes]:
    return [step.raw.removeprefix(b"data: ").strip() for step in steps]


def stored(bench: Bench, key: str) -> list[bytes]:
    return bench.frames(key)


def only(bench: Bench, key: str, kind: type) -> list[Any]:
    return [event for event in bench.events(key) if isinstance(event, kind)]


def script(journal: Journal) -> Callable[[Call], Reply]:
    return lambda call: Reply(journal.body(call.checkpoint))


async def test_a_question_from_the_session_to_the_verdict(bench: Bench, finished: Finished) -> None:
    journal = Journal(turn())
    async with Service(
        CreateDataAgentSession=[created()],
        SendChatMessage=[sent()],
        GetChatContent=script(journal),
    ) as service:
        supervisor = bench.start(service.url, dms_unit="cn-unit", workspace_id="ws")
        key = await supervisor.ask("hello", service="dms", title="T")
        assert bench.facts(key) == ["question_asked"]
        row = await finished(supervisor, key)
    assert [call.action for call in service.calls] == [
        "CreateDataAgentSession",
        "SendChatMessage",
        "GetChatContent",
    ]
    create, send, read = service.calls
    assert (create.params["Title"], create.params["DMSUnit"]) == ("T", "cn-unit")
    assert (send.params["SessionId"], send.params["Message"]) == ("sess_1", "hello")
    assert send.params["MessageType"] == "primary"
    assert (read.params["AgentId"], read.checkpoint) == ("ag-1", 0)
    assert (row.state, row.session_id, row.agent_id) == (State.FINISHED, "sess_1", "ag-1")
    assert (row.checkpoint, row.frames) == (6, 12)
    assert bench.facts(key) == ["question_asked", "dispatched"]
    assert stored(bench, key) == payloads(journal.steps)
    assert bench.store.get(key) == row


@pytest.mark.parametrize("agent", ["ca-mine", "ag-mine"])
async def test_a_custom_agent_is_named_when_the_session_is_made(
    bench: Bench, finished: Finished, agent: str
) -> None:
    async with Service(
        CreateDataAgentSession=[created()],
        SendChatMessage=[sent()],
        GetChatContent=script(Journal(turn())),
    ) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("hello", service="dms", agent_id=agent)
        await finished(supervisor, key)
    (create,) = service.asked("CreateDataAgentSession")
    wanted = '{"CustomAgentId":"ca-mine"}' if agent == "ca-mine" else None
    assert create.params.get("SessionConfig") == wanted


@pytest.mark.parametrize("service", ["das", "dms"])
async def test_without_credentials_the_block_says_why_and_the_way_out(
    bench: Bench, finished: Finished, monkeypatch: pytest.MonkeyPatch, service: str
) -> None:
    for name in (KEY_ID, KEY_SECRET):
        monkeypatch.delenv(name, raising=False)
    async with Service() as there:
        supervisor = bench.start(there.url, provider=EnvProvider())
        key = await supervisor.ask("hello", service=service)
        row = await finished(supervisor, key)
        assert there.calls == []
    assert row.state is State.NOT_DISPATCHED
    (fact,) = only(bench, key, NotDispatched)
    text, way_out = fact.text.split("\n")
    assert text.startswith("Nothing was sent: ")
    assert text.endswith("of the environment have no values.")
    assert way_out == WAY_OUT


async def test_a_secret_that_is_not_in_the_environment_sends_nothing(
    bench: Bench, finished: Finished
) -> None:
    setup = SessionSetup(params=(parse_param("EncryptKey=env:DAS_TUI_TEST_UNSET"),))
    async with Service() as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("hello", service="dms", setup=setup)
        row = await finished(supervisor, key)
        assert service.calls == []
    assert row.state is State.NOT_DISPATCHED
    (fact,) = only(bench, key, NotDispatched)
    assert "DAS_TUI_TEST_UNSET, which is not set. Nothing was sent." in fact.text


async def test_the_agent_is_waited_for_visibly(bench: Bench, finished: Finished) -> None:
    async with Service(
        CreateDataAgentSession=[created(agent_status="STARTING")],
        DescribeDataAgentSession=[described("CREATING", "STARTING"), described("INIT", "running")],
        SendChatMessage=[sent()],
        GetChatContent=script(Journal(turn())),
    ) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("hello", service="dms")
        row = await finished(supervisor, key)
    assert row.state is State.FINISHED
    assert len(service.asked("DescribeDataAgentSession")) == 2
    assert "the agent is starting" in [row.detail for row in bench.watch.rows]


@pytest.mark.parametrize(
    ("scripts", "state", "facts"),
    [
        ({"CreateDataAgentSession": [refused()]}, State.FAILED, ["question_asked", "refused"]),
        (
            {"CreateDataAgentSession": [Reply(end="drop")]},
            State.NOT_DISPATCHED,
            ["question_asked", "not_dispatched"],
        ),
        (
            {"CreateDataAgentSession": [data({"Success": True, "Data": {}})]},
            State.NOT_DISPATCHED,
            ["question_asked", "not_dispatched"],
        ),
        (
            {"CreateDataAgentSession": [created(agent_status="FAILED")]},
            State.NOT_DISPATCHED,
            ["question_asked", "not_dispatched"],
        ),
        (
            {
                "CreateDataAgentSession": [created(agent_status="STARTING")],
                "DescribeDataAgentSession": lambda call: described("CREATING", "STARTING"),
            },
            State.NOT_DISPATCHED,
            ["question_asked", "not_dispatched"],
        ),
        (
            {"CreateDataAgentSession": [created()], "SendChatMessage": [refused(400, "Bad")]},
            State.FAILED,
            ["question_asked", "refused"],
        ),
        (
            {
                "CreateDataAgentSession": [created()],
                "SendChatMessage": [sent()],
                "GetChatContent": [
                    Reply(
                        dms("chat_start", checkpoint=1).raw
                        + dms("SSE_FAILURE", content='{"message": "broken"}').raw
                    )
                ],
            },
            State.FAILED,
            ["question_asked", "dispatched"],
        ),
        (
            {
                "CreateDataAgentSession": [created()],
                "SendChatMessage": [sent()],
                "GetChatContent": [
                    Reply(dms("chat_start", checkpoint=1).raw + dms("chat_canceled").raw)
                ],
            },
            State.CANCELLED,
            ["question_asked", "dispatched"],
        ),
        (
            {
                "CreateDataAgentSession": [created()],
                "SendChatMessage": [sent()],
                "GetChatContent": [refused(404, "SessionNotFound")],
            },
            State.CUT,
            ["question_asked", "dispatched", "refused", "run_cut"],
        ),
    ],
)
async def test_verdicts(
    bench: Bench, finished: Finished, scripts: Any, state: State, facts: list[str]
) -> None:
    async with Service(**scripts) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("q", service="dms")
        row = await finished(supervisor, key)
    assert (row.state, bench.facts(key)) == (state, facts)
    assert len(service.asked("SendChatMessage")) <= 1
    assert len(service.asked("CreateDataAgentSession")) == 1


async def test_a_session_that_was_made_is_used_when_asked_again(
    bench: Bench, finished: Finished
) -> None:
    async with Service(
        CreateDataAgentSession=[created()],
        SendChatMessage=[refused(400, "Bad"), sent()],
        GetChatContent=script(Journal(turn())),
    ) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("q", service="dms")
        await finished(supervisor, key)
        await supervisor.ask("q", service="dms", key=key)
        assert (await finished(supervisor, key)).state is State.FINISHED
    assert len(service.asked("CreateDataAgentSession")) == 1


async def test_throttled_control_calls_are_tried_again(bench: Bench, finished: Finished) -> None:
    async with Service(
        CreateDataAgentSession=[throttled(), created()],
        SendChatMessage=[throttled(), throttled(), sent()],
        GetChatContent=lambda call: throttled() if len(service.calls) < 8 else answer(call),
    ) as service:
        answer = script(Journal(turn()))
        supervisor = bench.start(service.url)
        key = await supervisor.ask("q", service="dms")
        row = await finished(supervisor, key)
    assert row.state is State.FINISHED
    assert len(service.asked("SendChatMessage")) == 3


async def test_a_send_without_an_answer_is_looked_for_and_never_repeated(
    bench: Bench, finished: Finished
) -> None:
    async with Service(
        CreateDataAgentSession=[created()],
        SendChatMessage=[Reply(end="drop")],
        GetChatContent=script(Journal(turn())),
    ) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("q", service="dms")
        row = await finished(supervisor, key)
    assert row.state is State.FINISHED
    assert bench.facts(key) == ["question_asked", "notice_noted"]
    assert len(service.asked("SendChatMessage")) == 1


async def test_a_send_that_was_not_taken_ends_in_a_cut(bench: Bench, finished: Finished) -> None:
    async with Service(
        CreateDataAgentSession=[created()],
        SendChatMessage=[Reply(end="drop")],
        GetChatContent=lambda call: Reply(FINISH.raw),
        DescribeDataAgentSession=[described("IDLE")],
    ) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("q", service="dms")
        row = await finished(supervisor, key)
    assert row.state is State.CUT
    (cut,) = only(bench, key, RunCut)
    assert "seems not to have taken" in cut.text
    assert len(service.asked("SendChatMessage")) == 1
    assert stored(bench, key) == []


# --- cuts ----------------------------------------------------------------------------------------

BODY = Journal(turn()).body(0)


@pytest.mark.parametrize("mode", ["inclusive", "exclusive", "beyond"])
@pytest.mark.parametrize("how", ["rst", "cut", "fin"])
async def test_any_cut_and_resume_keeps_what_one_stream_would(
    bench: Bench, finished: Finished, mode: str, how: str
) -> None:
    """Cut at 16 places over the whole body, each followed by a second cut."""
    journal = Journal(turn(), mode)
    places = range(0, len(BODY), len(BODY) // 16)
    service = Service(
        CreateDataAgentSession=lambda call: created(f"sess_{len(service.calls)}"),
        SendChatMessage=lambda call: sent(),
    )
    async with service:
        supervisor = bench.start(service.url)
        for place in places:
            service.scripts["GetChatContent"] = cutting(journal, [place, 150], how)
            key = await supervisor.ask("hello", service="dms")
            row = await finished(supervisor, key)
            assert row.state is State.FINISHED, (place, row)
            assert stored(bench, key) == payloads(journal.steps), place
            kept = await supervisor.open(key)
            answers = [b.body.text for b in kept.turn.blocks if isinstance(b.body, Answer)]
            assert answers == ["one two three four five six seven"]
    assert len(service.asked("SendChatMessage")) == len(places)


async def test_a_cut_says_what_was_asked_for_and_what_was_repeated(
    bench: Bench, finished: Finished
) -> None:
    steps = turn()
    journal = Journal(steps)
    length = sum(len(step.raw) for step in steps[:5])
    async with Service(
        CreateDataAgentSession=[created()],
        SendChatMessage=[sent()],
        GetChatContent=cutting(journal, [length]),
    ) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("hello", service="dms")
        row = await finished(supervisor, key)
    assert row.state is State.FINISHED
    assert [call.checkpoint for call in service.asked("GetChatContent")] == [0, 2]
    (lost,) = only(bench, key, LineLost)
    assert (lost.kept, lost.attempt, lost.attempts) == (5, 1, 8)
    (back,) = only(bench, key, Resumed)
    assert (back.resumed_at, back.lost, back.repeated) == (2, 0, 4)
    # The line is called back before the frame that it brought.
    facts = [r.event if r.source == "local" else "frame" for r in bench.store.load(key)]
    assert facts == [
        "question_asked",
        "dispatched",
        *["frame"] * 5,
        "line_lost",
        "resumed",
        *["frame"] * 7,
    ]


async def test_no_checkpoints_at_all(bench: Bench, finished: Finished) -> None:
    steps = [replace(s, checkpoint=None) for s in turn()]
    bare = [
        Step(
            None,
            b"data: "
            + json.dumps(
                {k: v for k, v in json.loads(s.raw[6:]).items() if k != "checkpoint"}
            ).encode()
            + b"\n\n",
        )
        for s in steps
    ]
    journal = Journal(bare)
    async with Service(
        CreateDataAgentSession=[created()],
        SendChatMessage=[sent()],
        GetChatContent=cutting(journal, [400, 700, 100]),
    ) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("hello", service="dms")
        row = await finished(supervisor, key)
    assert row.state is State.FINISHED
    assert [call.checkpoint for call in service.asked("GetChatContent")] == [0] * 4
    assert stored(bench, key) == payloads(bare)


async def test_a_line_that_stays_away_is_cut_after_eight_tries_and_can_be_followed(
    bench: Bench, finished: Finished
) -> None:
    steps = turn()
    journal = Journal(steps)
    part = sum(len(step.raw) for step in steps[:6])
    answers = [Reply(journal.body(0)[:part], end="rst")]
    async with Service(
        CreateDataAgentSession=[created()],
        SendChatMessage=[sent()],
        GetChatContent=lambda call: answers.pop(0) if answers else Reply(end="drop"),
    ) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("hello", service="dms")
        row = await finished(supervisor, key)
        assert row.state is State.CUT
        assert len(service.asked("GetChatContent")) == 9
        assert len(only(bench, key, LineLost)) == 8
        service.scripts["GetChatContent"] = script(journal)
        await supervisor.follow(key)
        row = await finished(supervisor, key)
    assert row.state is State.FINISHED
    assert stored(bench, key) == payloads(steps)
    assert len(service.asked("SendChatMessage")) == 1
    assert len(only(bench, key, RunCut)) == 1


async def test_progress_refills_the_tries(bench: Bench, finished: Finished) -> None:
    """Twenty cuts, each after one more frame: more than eight, and yet never given up."""
    steps = [dms("chat_start", checkpoint=1)]
    steps += [dms("delta", "llm", f"{n} ", checkpoint=n) for n in range(2, 22)]
    steps += [dms("chat_finish", "chat", checkpoint=22), FINISH]
    journal = Journal(steps)

    def answer(call: Call) -> Reply:
        coming = journal.from_(call.checkpoint)
        some = coming[:3]
        return Reply(b"".join(s.raw for s in some), end="fin" if some == coming else "rst")

    async with Service(
        CreateDataAgentSession=[created()], SendChatMessage=[sent()], GetChatContent=answer
    ) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("hello", service="dms")
        row = await finished(supervisor, key)
    assert row.state is State.FINISHED
    assert len(service.asked("GetChatContent")) > 15
    assert stored(bench, key) == payloads(steps)


async def test_what_came_instead_of_the_stream_is_said(bench: Bench, finished: Finished) -> None:
    def answer(call: Call) -> Reply:
        return Reply(b"\x1f\x8b", headers={"Content-Encoding": "gzip"}, end="close")

    async with Service(
        CreateDataAgentSession=[created()], SendChatMessage=[sent()], GetChatContent=answer
    ) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("hello", service="dms")
        await finished(supervisor, key)
    (cut,) = [event for event in bench.events(key) if isinstance(event, RunCut)]
    assert "came compressed (gzip)" in cut.text
    assert "Nothing is sent a second time" in cut.text


async def test_a_silent_line_is_renewed(bench: Bench, finished: Finished) -> None:
    steps = turn()
    journal = Journal(steps)
    replies = [
        Reply(b"".join(s.raw for s in steps[:4]), end="open"),
        Reply(journal.body(2)),
    ]
    async with Service(
        CreateDataAgentSession=[created()], SendChatMessage=[sent()], GetChatContent=replies
    ) as service:
        supervisor = bench.start(service.url, replace(AT_ONCE, silence=0.15))
        key = await supervisor.ask("hello", service="dms")
        row = await finished(supervisor, key)
    assert row.state is State.FINISHED
    assert stored(bench, key) == payloads(steps)


async def test_a_cut_behind_the_verdict_is_mended_quietly(bench: Bench, finished: Finished) -> None:
    steps = turn(end="ask_sql")
    journal = Journal(steps)
    length = sum(len(step.raw) for step in steps[:-1])
    async with Service(
        CreateDataAgentSession=[created()],
        SendChatMessage=[sent()],
        GetChatContent=cutting(journal, [length]),
    ) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("hello", service="dms")
        row = await finished(supervisor, key)
    assert row.state is State.NEEDS_INPUT
    assert stored(bench, key) == payloads(steps)
    assert bench.facts(key) == ["question_asked", "dispatched"]


@pytest.mark.parametrize("end", ["fin", "open"])
async def test_a_service_without_an_end_mark(bench: Bench, finished: Finished, end: str) -> None:
    steps = turn()[:-1]
    async with Service(
        CreateDataAgentSession=[created()],
        SendChatMessage=[sent()],
        GetChatContent=lambda call: Reply(Journal(steps).body(call.checkpoint), end=end),
    ) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("hello", service="dms")
        row = await finished(supervisor, key)
    assert row.state is State.FINISHED
    assert bench.facts(key) == ["question_asked", "dispatched"]
    assert stored(bench, key) == payloads(steps)


# --- further turns -------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["inclusive", "exclusive", "beyond"])
@pytest.mark.parametrize("second", [7, 1])
async def test_the_next_turn_begins_behind_the_last_even_if_it_counts_from_one(
    bench: Bench, finished: Finished, mode: str, second: int
) -> None:
    """The service has not begun at first: twice it only repeats the end of the old turn."""
    one, two = turn(), turn(second, text="and?")
    journal = Journal(one, mode)
    early = 2

    def answer(call: Call) -> Reply:
        nonlocal early
        if len(service.asked("SendChatMessage")) == 1:
            return Reply(journal.body(call.checkpoint))
        early -= 1
        tail = journal.body(call.checkpoint) if call.checkpoint else b""
        if early >= 0:
            return Reply(tail)
        return Reply(tail + b"".join(step.raw for step in two))

    service = Service(
        CreateDataAgentSession=[created()],
        SendChatMessage=[sent(), sent("m-2")],
        GetChatContent=answer,
    )
    async with service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("hello", service="dms")
        await finished(supervisor, key)
        await supervisor.ask("and?", service="dms", key=key)
        row = await finished(supervisor, key)
    assert row.state is State.FINISHED
    assert stored(bench, key) == payloads([*one, *two])
    assert service.asked("GetChatContent")[1].checkpoint == 5
    assert only(bench, key, LineLost) == []


async def test_when_nothing_comes_the_service_decides(bench: Bench, finished: Finished) -> None:
    words = [described("RUNNING"), described("RUNNING"), described("IDLE")]
    async with Service(
        CreateDataAgentSession=[created()],
        SendChatMessage=[sent()],
        GetChatContent=lambda call: Reply(FINISH.raw),
        DescribeDataAgentSession=words,
    ) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("q", service="dms")
        row = await finished(supervisor, key)
    assert row.state is State.CUT
    (cut,) = only(bench, key, RunCut)
    assert "IDLE" in cut.text
    # Three empty streams before the first look, one more before each further one.
    assert len(service.asked("GetChatContent")) == 5


async def test_a_reply_sends_the_official_words(bench: Bench, finished: Finished) -> None:
    one, two = turn(end="ask_sql"), turn(7, text="确认执行当前SQL")
    journal = Journal(one)

    def answer(call: Call) -> Reply:
        if len(service.asked("SendChatMessage")) == 2:
            journal.steps = [*one, *two]
        return Reply(journal.body(call.checkpoint))

    service = Service(
        CreateDataAgentSession=[created()],
        SendChatMessage=[sent(), sent("m-2")],
        GetChatContent=answer,
    )
    async with service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("hello", service="dms")
        assert (await finished(supervisor, key)).state is State.NEEDS_INPUT
        with pytest.raises(NotPossible):
            await supervisor.reply(key, "perhaps")
        with pytest.raises(NothingToAnswer, match="else is asked"):
            await supervisor.reply(key, "approve", "", Ask(AskKind.SQL, sql="DELETE FROM t"))
        overview = supervisor.overview(key)
        assert overview is not None
        await supervisor.reply(key, "approve", "", overview.ask)
        assert bench.facts(key)[-1] == "reply_given"
        row = await finished(supervisor, key)
        with pytest.raises(NothingToAnswer):
            await supervisor.reply(key, "approve")
    assert row.state is State.FINISHED
    send = service.asked("SendChatMessage")[1].params
    assert (send["Message"], send["MessageType"]) == ("确认执行当前SQL", "primary")
    assert "ReplyTo" not in send
    (given,) = only(bench, key, ReplyGiven)
    assert (given.choice, given.kind, given.ask_checkpoint) == ("approve", "sql", 6)
    assert stored(bench, key) == payloads([*one, *two])


async def test_a_reply_of_the_documented_kind_names_the_question(
    bench: Bench, finished: Finished
) -> None:
    one = turn(end="ask_sql")
    journal = Journal([*one, *turn(7)])
    async with Service(
        CreateDataAgentSession=[created()],
        SendChatMessage=[sent(), sent("m-2")],
        GetChatContent=[Reply(Journal(one).body(0)), Reply(journal.body(5))],
    ) as service:
        supervisor = bench.start(service.url, reply="additional")
        key = await supervisor.ask("hello", service="dms")
        await finished(supervisor, key)
        await supervisor.reply(key, "refuse", "not on a Friday")
        assert (await finished(supervisor, key)).state is State.FINISHED
    send = service.asked("SendChatMessage")[1].params
    assert send["MessageType"] == "additional"
    assert send["Message"] == "not on a Friday"
    assert send["ReplyTo"] == "6"
    assert send["Question"] == "may I?"


async def test_an_ask_can_be_answered_while_its_stream_is_left_open(
    bench: Bench, finished: Finished, until: Until
) -> None:
    one, two = turn(end="ask_sql")[:-1], turn(7)
    streams = [
        Reply(Journal(one).body(0), end="open"),
        Reply(Journal([*one, *two]).body(5)),
    ]
    async with Service(
        CreateDataAgentSession=[created()],
        SendChatMessage=[sent(), sent("m-2")],
        GetChatContent=streams,
    ) as service:
        supervisor = bench.start(service.url, replace(AT_ONCE, grace=600.0))
        key = await supervisor.ask("hello", service="dms")
        await until(lambda: bench.store.get(key).state is State.NEEDS_INPUT)
        await supervisor.reply(key, "refuse")
        row = await finished(supervisor, key)
    assert row.state is State.FINISHED
    assert stored(bench, key) == payloads([*one, *two])


async def test_stop_asks_the_service_and_waits_for_its_word(
    bench: Bench, finished: Finished, until: Until
) -> None:
    steps = [dms("chat_start", checkpoint=1), dms("delta", "llm", "a", checkpoint=2)]
    end = dms("chat_canceled", checkpoint=3)
    gate = asyncio.Event()

    def answer(call: Call) -> Reply:
        if call.params["MessageType"] == "cancel":
            gate.set()
        return sent()

    streams = [
        Reply(b"".join(s.raw for s in steps), end="rst"),
        Reply(b"".join(s.raw for s in [*steps, end, FINISH]), hold_body=gate),
    ]
    async with Service(
        CreateDataAgentSession=[created()], SendChatMessage=answer, GetChatContent=streams
    ) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("q", service="dms")
        await until(lambda: len(service.asked("GetChatContent")) == 2)
        await supervisor.stop(key)
        row = await finished(supervisor, key)
    assert row.state is State.CANCELLED
    assert [c.params["MessageType"] for c in service.asked("SendChatMessage")] == [
        "primary",
        "cancel",
    ]
    assert "stop_asked" in bench.facts(key)


async def test_a_stop_that_is_refused_is_said_and_the_run_goes_on(
    bench: Bench, finished: Finished, until: Until
) -> None:
    gate = asyncio.Event()
    journal = Journal(turn())
    async with Service(
        CreateDataAgentSession=[created()],
        SendChatMessage=[sent(), refused()],
        GetChatContent=[Reply(journal.body(0), hold_body=gate)],
    ) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("hello", service="dms")
        await until(lambda: service.asked("GetChatContent"))
        await supervisor.stop(key)
        gate.set()
        row = await finished(supervisor, key)
    assert row.state is State.FINISHED
    (notice,) = only(bench, key, NoticeNoted)
    assert "was refused by the service" in notice.text


async def test_a_stop_before_the_message_left_sends_nothing(bench: Bench, until: Until) -> None:
    gate = asyncio.Event()
    reply = created()
    reply.hold = gate
    async with Service(CreateDataAgentSession=[reply]) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("q", service="dms")
        await until(lambda: service.calls)
        await supervisor.stop(key)
        assert bench.store.get(key).state is State.NOT_DISPATCHED
    assert len(service.calls) == 1


# --- over the end of the program -----------------------------------------------------------------


@pytest.mark.parametrize("mode", ["inclusive", "exclusive", "beyond"])
@pytest.mark.parametrize("before", [0, 1, 3, 5, 7, 10, 11])
async def test_a_run_is_picked_up_at_the_next_start(
    bench: Bench, finished: Finished, until: Until, mode: str, before: int
) -> None:
    steps = turn()
    journal = Journal(steps, mode)
    streams = [Reply(b"".join(s.raw for s in steps[:before]), end="open")]
    async with Service(
        CreateDataAgentSession=[created()],
        SendChatMessage=[sent()],
        GetChatContent=lambda call: (
            streams.pop(0) if streams else Reply(journal.body(call.checkpoint))
        ),
    ) as service:
        supervisor = bench.start(service.url, replace(AT_ONCE, grace=30.0))
        key = await supervisor.ask("hello", service="dms")
        await until(lambda: service.asked("GetChatContent"))
        await until(lambda: len(bench.frames(key)) == before)
        supervisor = await bench.again(service.url)
        assert bench.store.get(key).running == (before < 11)
        await supervisor.pick_up()
        row = await finished(supervisor, key)
    assert row.state is State.FINISHED
    expected = steps if before < 11 else steps[:-1]
    assert stored(bench, key) == payloads(expected)
    assert len(service.asked("SendChatMessage")) == 1
    assert bench.facts(key).count("question_asked") == 1


async def test_runs_of_another_profile_are_left_alone(bench: Bench) -> None:
    async with Service() as service:
        supervisor = bench.start(service.url, profile="ops")
        bench.store.create(
            Session("k", "dms", session_id="sess_1", agent_id="a", profile="x", state=State.LIVE)
        )
        await supervisor.pick_up()
        assert supervisor.live() == []
    assert service.calls == []


async def test_follow_of_a_finished_session_changes_nothing(
    bench: Bench, finished: Finished
) -> None:
    journal = Journal(turn())
    async with Service(
        CreateDataAgentSession=[created()],
        SendChatMessage=[sent()],
        GetChatContent=script(journal),
    ) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("hello", service="dms")
        before = await finished(supervisor, key)
        records = list(bench.store.load(key))
        await supervisor.follow(key)
        after = await finished(supervisor, key)
    assert list(bench.store.load(key)) == records
    with pytest.raises(NotPossible):
        await supervisor.stop(key)
    assert (after.state, after.detail) == (before.state, before.detail)
    assert len(service.asked("GetChatContent")) == 2


async def test_a_waiting_session_that_is_followed_still_waits_and_can_be_answered(
    bench: Bench, finished: Finished, until: Until
) -> None:
    one, two = turn(end="ask_sql"), turn(7)
    streams = [
        Reply(Journal(one).body(0)),
        Reply(Journal(one[:-1]).body(5), end="open"),
        Reply(Journal([*one, *two]).body(5)),
    ]
    async with Service(
        CreateDataAgentSession=[created()],
        SendChatMessage=[sent(), sent("m-2")],
        GetChatContent=streams,
    ) as service:
        supervisor = bench.start(service.url, replace(AT_ONCE, grace=600.0))
        key = await supervisor.ask("hello", service="dms")
        await finished(supervisor, key)
        await supervisor.follow(key)
        await until(lambda: len(service.asked("GetChatContent")) == 2)
        assert bench.store.get(key).state is State.NEEDS_INPUT
        await supervisor.reply(key, "approve")
        assert (await finished(supervisor, key)).state is State.FINISHED
    assert stored(bench, key) == payloads([*one, *two])


async def test_an_ended_session_that_cannot_be_followed_stays_ended(
    bench: Bench, finished: Finished
) -> None:
    streams = [Reply(Journal(turn()).body(0)), refused(404, "SessionNotFound")]
    async with Service(
        CreateDataAgentSession=[created()], SendChatMessage=[sent()], GetChatContent=streams
    ) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("hello", service="dms")
        await finished(supervisor, key)
        await supervisor.follow(key)
        row = await finished(supervisor, key)
    assert row.state is State.FINISHED
    (notice,) = only(bench, key, NoticeNoted)
    assert "could not be followed" in notice.text
    assert "404 SessionNotFound" in notice.text


async def test_signs_of_life_do_not_keep_an_ended_stream_open(
    bench: Bench, finished: Finished
) -> None:
    """After the verdict the service only sends heartbeats, far more often than the grace."""
    steps = turn()[:-1]
    beat = dms("HEARTBEAT").raw
    reply = Reply(Journal(steps).body(0), end="beat", beat=beat)
    async with Service(
        CreateDataAgentSession=[created()], SendChatMessage=[sent()], GetChatContent=[reply]
    ) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("hello", service="dms")
        row = await finished(supervisor, key)
    assert row.state is State.FINISHED
    frames = stored(bench, key)
    assert frames[: len(steps)] == payloads(steps)
    assert len(frames) > len(steps)
    assert len(service.asked("GetChatContent")) == 1


async def test_attach_from_the_start_then_behind_what_is_stored_then_from_the_start_again(
    bench: Bench, finished: Finished
) -> None:
    one, two = turn(), turn(7)
    journal = Journal(one)
    async with Service(GetChatContent=script(journal)) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.attach("sess_9", "ag-9", 0)
        row = await finished(supervisor, key)
        assert (row.state, row.session_id, row.agent_id) == (State.FINISHED, "sess_9", "ag-9")
        journal.steps = [*one, *two]
        assert await supervisor.attach("sess_9", "ag-9", None) == key
        await finished(supervisor, key)
        assert stored(bench, key) == payloads([*one, *two])
        assert await supervisor.attach("sess_9", "ag-9", 0) == key
        await finished(supervisor, key)
    assert stored(bench, key) == payloads([*one, *two])
    assert [call.checkpoint for call in service.calls] == [0, 5, 0]
    assert {call.action for call in service.calls} == {"GetChatContent"}


async def test_attach_to_the_live_tail_says_what_it_does_not_show(
    bench: Bench, finished: Finished
) -> None:
    steps = turn(40)
    tail = b"".join(step.raw for step in steps[3:])
    async with Service(GetChatContent=[Reply(tail)]) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.attach("sess_9", "ag-9", None)
        row = await finished(supervisor, key)
    assert service.calls[0].checkpoint is None
    assert row.state is State.FINISHED
    (notice,) = only(bench, key, NoticeNoted)
    assert "what was before is not shown" in notice.text


async def test_attach_without_an_agent_asks_whose_session_it_is(
    bench: Bench, finished: Finished
) -> None:
    async with Service(
        DescribeDataAgentSession=[described("IDLE")], GetChatContent=script(Journal(turn()))
    ) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.attach("sess_1", "", 0)
        row = await finished(supervisor, key)
    assert (row.state, row.agent_id) == (State.FINISHED, "ag-1")
    assert service.asked("GetChatContent")[0].params["AgentId"] == "ag-1"


async def test_attach_to_what_is_not_there(bench: Bench, finished: Finished) -> None:
    async with Service(GetChatContent=[refused(404, "SessionNotFound")]) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.attach("sess_9", "ag-9", 0)
        row = await finished(supervisor, key)
    assert row.state is State.FAILED
    assert len(service.calls) == 1


async def test_one_owns_a_run_and_another_may_not_touch_it(bench: Bench, until: Until) -> None:
    from das_tui.store.store import Store

    async with Service(
        CreateDataAgentSession=[created()],
        SendChatMessage=lambda call: sent(),
        GetChatContent=[Reply(turn()[0].raw, end="open")],
    ) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("hello", service="dms")
        await until(lambda: bench.frames(key))
        other_store = Store.open(bench.path)
        other = Supervisor(other_store, supervisor._account, bench.watch, backoff=AT_ONCE)
        for act in (
            other.follow(key),
            other.ask("q", service="dms", key=key),
            other.stop(key),
            other.delete(key),
        ):
            with pytest.raises(Busy):
                await act
        await other.pick_up()
        assert other.live() == []
        await other.close()
        other_store.close()
    assert len(service.asked("SendChatMessage")) == 1


async def test_two_streams_at_once_do_not_mix(bench: Bench, finished: Finished) -> None:
    journals = {
        f"sess_{n}": Journal(
            [dms("chat_start", checkpoint=1)]
            + [dms("delta", "llm", f"{n}.{i} ", checkpoint=2 + i) for i in range(700)]
            + [dms("chat_finish", "chat", checkpoint=999), FINISH]
        )
        for n in range(3)
    }
    made = iter(journals)
    async with Service(
        CreateDataAgentSession=lambda call: created(next(made)),
        SendChatMessage=lambda call: sent(),
        GetChatContent=lambda call: Reply(journals[call.params["SessionId"]].body(call.checkpoint)),
    ) as service:
        supervisor = bench.start(service.url)
        keys = [await supervisor.ask("q", service="dms") for _ in journals]
        rows = [await finished(supervisor, key) for key in keys]
    for key, row in zip(keys, rows, strict=True):
        assert row.state is State.FINISHED
        assert stored(bench, key) == payloads(journals[row.session_id].steps)


async def test_offline_reads_everything_and_sends_nothing(bench: Bench) -> None:
    bench.store.create(Session("k", "dms", session_id="s", agent_id="a", state=State.LIVE))
    supervisor = Supervisor(bench.store, None, bench.watch)
    bench.supervisor = supervisor
    assert supervisor.session("k").key == "k"
    await supervisor.pick_up()
    assert bench.store.get("k").state is State.LIVE
    for act in (
        supervisor.ask("q", service="dms"),
        supervisor.reply("k", "approve"),
        supervisor.stop("k"),
        supervisor.follow("k"),
        supervisor.attach("s", "a", 0),
    ):
        with pytest.raises(Offline):
            await act


async def test_das_cannot_be_followed(bench: Bench) -> None:
    supervisor = bench.start("http://127.0.0.1:9")
    bench.store.create(Session("k", "das", session_id="s", state=State.CUT))
    with pytest.raises(NotPossible):
        await supervisor.follow("k")


async def test_a_wrong_agent_given_to_attach_is_not_kept(bench: Bench, finished: Finished) -> None:
    answers = [Reply(b"".join(step.raw for step in turn()) + FINISH.raw), refused(403, "Forbidden")]
    async with Service(GetChatContent=answers) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.attach("sess_9", "ag-9", 0)
        assert (await finished(supervisor, key)).agent_id == "ag-9"
        await supervisor.attach("sess_9", "ag-wrong", None)
        row = await finished(supervisor, key)
        assert service.calls[1].params["AgentId"] == "ag-wrong"
    assert row.agent_id == "ag-9"
    assert supervisor.unread(key) is not None

"""DMS runs over real sockets, cut everywhere: what is stored and shown is as without any cut.

By default every tenth byte is cut, in one of the ways; `DAS_TUI_ALL_CUTS=1` cuts all in all ways.
"""

import asyncio
import json
import os
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import pytest

from das_tui.domain.blocks import Block, Body, Notice, PlanShown
from das_tui.domain.events import AnyEvent
from das_tui.domain.record import LOCAL, Record
from das_tui.domain.session import State
from das_tui.domain.turn import Turn
from das_tui.run import replay
from das_tui.run.supervisor import Supervisor
from tests.run.conftest import AT_ONCE, PATIENCE, Bench
from tests.run.scripted_service import Call, Journal, Reply, Service, Step, created, sent

ALL = bool(os.environ.get("DAS_TUI_ALL_CUTS"))
SEED = 20260115
AT_A_TIME = 16
QUESTION = "Which shop sells the most bicycles? 哪家店?"
REPLAYS = ("inclusive", "exclusive", "beyond")
"""Whether a stream that is asked for again repeats the checkpoint that was asked for."""


# --- what the service says -----------------------------------------------------------------------


def frame(
    kind: str,
    category: str = "",
    content: Any = "",
    checkpoint: int | None = None,
    *,
    line: str = "",
    ends: str = "\n",
) -> Step:
    """One frame as bytes; `line` is its `event:` line, which then alone names the type."""
    value: dict[str, Any] = {} if line else {"event_type": kind}
    value["category"] = category
    value["content"] = content if isinstance(content, str) else json.dumps(content)
    if not isinstance(content, str):
        value["content_type"] = "json"
    if checkpoint is not None:
        value |= {"checkpoint": checkpoint, "level": 20}
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    head = f"event:{kind} at 2026-01-15 08:30{ends}" if line else ""
    return Step(checkpoint, f"{head}data: {text}{ends}{ends}".encode())


PLAN = {
    "plans": [{"plan": {"steps": [{"order": 1, "name": "count"}, {"order": 2, "name": "sum"}]}}]
}
CELL = json.dumps(
    {
        "result_type": "jupyter_cell",
        "result": {
            "title": "Bicycles by shop",
            "content_type": "sql",
            "content": "SELECT shop, count(*) FROM sale GROUP BY 1",
            "nb_file_outputs": [{"output_type": "stream", "text": "2 rows 两行"}],
        },
    },
    ensure_ascii=False,
)


def short_run() -> list[Step]:
    """A turn with every kind of content: equal and missing checkpoints, gaps, names in `event:`
    lines, line ends of both kinds, characters of several bytes, a comment, a conclusion twice."""
    conclusion = {"mission_idx": 0, "objective_order": 1, "result": "The shop at the **quay**."}
    again = conclusion | {"result": 'The <trace id="7">shop</trace> at the **quay**.'}
    return [
        frame("chat_start", "chat", {"message": QUESTION}, 1),
        frame("status_change", "status", {"previous": "", "current": "PLANNING"}, 2),
        frame("content_start", "llm_reasoning", "", 2),
        frame("delta", "llm_reasoning", "Counting ", 3),
        frame("delta", "llm_reasoning", "店 by 店 ", 3, line="delta"),
        frame("delta", "llm_reasoning", "it is"),
        frame("content_finish", "llm_reasoning", "", 4),
        Step(None, b": a comment says nothing\n\n"),
        frame("data", "plan", PLAN | {"plan_status": "running", "current_step": 1}, 5),
        frame("data", "tool_call_choices", [{"id": "c", "function": {"name": "execute_sql"}}], 6),
        frame("content_start", "tool_call_response", "", 9, ends="\r\n"),
        frame("delta", "tool_call_response", CELL[:60], 9, ends="\r\n"),
        frame("delta", "tool_call_response", CELL[60:130], 9),
        frame("delta", "tool_call_response", CELL[130:], 12, line="delta", ends="\r\n"),
        frame("content_finish", "", "", 12),
        frame("data", "think", "nothing new"),
        frame("data", "think", "nothing new"),
        frame("data", "plan", PLAN | {"plan_status": "running", "current_step": 2}, 13),
        frame("data", "of_tomorrow", "what nobody knows yet 🚲", 13),
        frame("data", "output_conclusion", conclusion, 14),
        frame("data", "output_conclusion", again, 15),
        frame("data", "task_finish", "### Result\n\n| shop | n |\n|---|---|\n| quay | 7 |", 16),
        frame("content_start", "llm", "", 17),
        *[frame("delta", "llm", word, 17) for word in ("one ", "two ", "two ", "三 ")],
        frame("delta", "llm", "four"),
        frame("content_finish", "llm", "", 18),
        frame("data", "recommended_question", {"questions": ["And the year before?"]}, 19),
        frame("data", "file_upload_finish", "shops.csv 上传完成", 20),
        frame("chat_finish", "chat", "", 21),
        frame("SSE_FINISH", "content"),
    ]


def long_run(count: int = 300) -> list[Step]:
    """A turn of `count` frames drawn with a fixed seed; many are equal, many share a checkpoint."""
    draw = random.Random(SEED)
    steps = [frame("chat_start", "chat", {"message": QUESTION}, 1)]
    at = 1
    while len(steps) < count - 2:
        category = draw.choice(["llm", "think", "tool_call_response", "output_conclusion", ""])
        inner: list[tuple[str, str]] = [("data", draw.choice(["a note", "", "{}", "[1]"]))]
        if category:
            pieces = [
                draw.choice(["one ", "two ", "三 ", "\n\n"]) for _ in range(draw.randrange(9))
            ]
            inner = [("content_start", ""), *(("delta", piece) for piece in pieces)]
            inner.append(("content_finish", ""))
        for kind, text in inner[: count - 2 - len(steps)]:
            at += draw.choice([0, 0, 0, 1, 1, 2, 40])
            checkpoint = None if draw.random() < 0.2 else at
            line, ends = draw.choice(["", "", kind]), draw.choice(["\n", "\n", "\r\n"])
            steps.append(frame(kind, category, text, checkpoint, line=line, ends=ends))
    return [*steps, frame("chat_finish", "chat", "", at + 1), frame("SSE_FINISH", "content")]


UNHURRIED = replace(AT_ONCE, grace=PATIENCE / 2)
"""The end of a stream is waited for long enough on a busy machine, too: no stream here stays open
behind its verdict, and one that is left too early lacks its end mark."""

SHORT, LONG = short_run(), long_run()
SIZE = len(Journal(SHORT).body(0))


# --- cutting -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """The n-th stream of a run breaks off after `cuts[n]` bytes in the way `ways[n]`; every
    further one is whole."""

    cuts: tuple[int, ...]
    ways: tuple[str, ...]
    replays: str


class Cutter:
    """A service that runs many cases at a time, told apart by the title of their session."""

    def __init__(self, steps: Sequence[Step], cases: Sequence[Case]) -> None:
        self.cases = {f"sess_{number}": case for number, case in enumerate(cases)}
        self._journals = {replays: Journal(steps, replays) for replays in REPLAYS}
        self._streams: Counter[str] = Counter()
        self.service = Service(
            CreateDataAgentSession=lambda call: created(f"sess_{call.params['Title']}"),
            SendChatMessage=lambda call: sent(),
            GetChatContent=self._stream,
        )

    def _stream(self, call: Call) -> Reply:
        session = call.params["SessionId"]
        case, number = self.cases[session], self._streams[session]
        self._streams[session] += 1
        body = self._journals[case.replays].body(call.checkpoint)
        if number < len(case.cuts):
            return Reply(body[: case.cuts[number]], end=case.ways[number])
        return Reply(body)

    def sent(self) -> Counter[tuple[str, str]]:
        """How often each session was made and given a message."""
        return Counter(
            (call.action, call.params.get("SessionId") or f"sess_{call.params['Title']}")
            for call in self.service.calls
            if call.action != "GetChatContent"
        )


class Quiet:
    """An observer that looks at nothing."""

    def committed(self, session: Any, readings: Any) -> None:
        """Nothing to do."""

    def changed(self, session: Any) -> None:
        """Nothing to do."""


# --- what came of it -----------------------------------------------------------------------------


def transcript(records: Sequence[Record]) -> list[Block]:
    """The blocks of stored records without the notices of the line, as if it had never broken:
    places counted without those notices, positions in frames."""
    turn = Turn()
    seqs = {0: 0}
    for record in records:
        replay.apply(
            turn, _read(record.source, record.event, record.data), record.at, record.position
        )
        seqs[record.position] = record.seq or seqs[record.position - 1]
    said = [block for block in turn.blocks if not isinstance(block.body, Notice)]
    places = {block.index: place for place, block in enumerate(said)} | {-1: -1}
    return [
        replace(
            block,
            index=places[block.index],
            first=seqs[block.first],
            last=seqs[block.last],
            body=_placed(block.body, places),
        )
        for block in said
    ]


@cache
def _read(source: str, event: str, data: bytes) -> tuple[AnyEvent, ...]:
    """The events of a stored payload; the same few hundred are read many thousand times."""
    return replay.read(Record(1, 1, 0.0, source, event, data))


def _placed(body: Body, places: dict[int, int]) -> Body:
    """A plan names the blocks at which its steps began."""
    if not isinstance(body, PlanShown):
        return body
    steps = tuple(replace(step, block=places[step.block]) for step in body.plan.steps)
    return replace(body, plan=replace(body.plan, steps=steps))


def wire(records: Sequence[Record]) -> list[tuple[str, bytes]]:
    return [(record.event, record.data) for record in records if record.source != LOCAL]


async def told(bench: Bench, supervisor: Supervisor, title: str) -> tuple[State, list[Record]]:
    """Ask one question and give the verdict and the stored records of its run."""
    key = await supervisor.ask(QUESTION, service="dms", title=title)
    row = await asyncio.wait_for(supervisor.wait(key), AT_A_TIME * PATIENCE)
    supervisor.trim(0)
    return row.state, list(bench.store.load(key))


async def all_the_same(bench: Bench, steps: Sequence[Step], cases: Sequence[Case]) -> None:
    """Run the uncut case and then all others; nothing may tell them apart."""
    cutter = Cutter(steps, [Case((), (), "inclusive"), *cases])
    wrong: list[tuple[str, Case]] = []
    # The power stays on here, and waiting for the disk would take much of the time.
    bench.store._db.execute("PRAGMA synchronous = OFF")
    async with cutter.service as service:
        supervisor = bench.start(
            service.url, UNHURRIED, observer=Quiet(), clock=lambda: 1768465800.0
        )
        state, records = await told(bench, supervisor, "0")
        assert state is State.FINISHED
        frames, blocks = wire(records), transcript(records)
        assert len(frames) == sum(b"data:" in step.raw for step in steps)
        assert len(blocks) > 10
        waiting = iter(range(1, len(cases) + 1))

        async def work() -> None:
            for number in waiting:
                case = cases[number - 1]
                state, records = await told(bench, supervisor, str(number))
                found = wire(records)
                if state is not State.FINISHED:
                    wrong.append((f"the verdict is {state}", case))
                elif found != frames:
                    more, less = Counter(found) - Counter(frames), Counter(frames) - Counter(found)
                    wrong.append((f"{len(less)} frames lost, {len(more)} too many", case))
                elif transcript(records) != blocks:
                    wrong.append(("another transcript", case))

        await asyncio.gather(*(work() for _ in range(AT_A_TIME)))
    assert wrong == [], f"{len(wrong)} of {len(cases)}"
    once = {
        (action, name)
        for action in ("CreateDataAgentSession", "SendChatMessage")
        for name in cutter.cases
    }
    assert cutter.sent() == Counter(once)
    assert len(service.asked("GetChatContent")) > len(cases)


WAYS = [("fin", "inclusive"), ("rst", "exclusive"), ("fin", "exclusive"), ("rst", "inclusive")]


@pytest.mark.parametrize(("way", "replays"), WAYS)
async def test_cut_at_every_byte(bench: Bench, way: str, replays: str) -> None:
    """A FIN comes by turns in a body that says how long it is and in one that does not, where it
    looks like an orderly end. Where not all cuts are made the four ways share every tenth byte."""
    assert SIZE >= 4_000
    ends = ("cut", "close") if way == "fin" else ("rst",)
    places = range(0, SIZE)
    if not ALL:
        places = range(10 * WAYS.index((way, replays)), SIZE, 10 * len(WAYS))
    cases = [
        Case((place,), (ends[number % len(ends)],), replays) for number, place in enumerate(places)
    ]
    await all_the_same(bench, SHORT, cases)


async def test_cut_once_or_twice_anywhere_in_a_long_run(bench: Bench) -> None:
    draw = random.Random(SEED)
    size = len(Journal(LONG).body(0))
    cases = []
    for number in range(2_000 if ALL else 200):
        times = 1 + number % 2
        cases.append(
            Case(
                tuple(draw.randrange(size) for _ in range(times)),
                tuple(draw.choice(["cut", "close", "rst"]) for _ in range(times)),
                draw.choice(REPLAYS),
            )
        )
    assert len(LONG) == 300
    await all_the_same(bench, LONG, cases)

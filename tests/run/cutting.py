"""DMS runs over real sockets, cut wherever one likes: what is stored and shown is as without any
cut."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from das_tui.domain.blocks import Block, Body, Notice, PlanShown
from das_tui.domain.events import AnyEvent
from das_tui.domain.record import LOCAL, Record
from das_tui.domain.session import State
from das_tui.domain.turn import Turn
from das_tui.run import replay
from das_tui.run.supervisor import Supervisor
from tests.run.conftest import AT_ONCE, PATIENCE, Bench
from tests.run.scripted_service import Call, Journal, Reply, Service, Step, created, sent

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
class Cut:
    """A stream breaks off after `at` bytes, by FIN or RST, in a body that is `chunked` or has no
    stated length, where a FIN looks like an orderly end (`close`)."""

    at: int
    end: str = "rst"
    framing: str = "chunked"

    def of(self, body: bytes) -> Reply:
        """What is left of an answer."""
        end = {"fin": "close" if self.framing == "close" else "cut"}.get(self.end, self.end)
        return Reply(body[: self.at], end=end, framing=self.framing)


@dataclass(frozen=True)
class Case:
    """The n-th stream of a run breaks off by `cuts[n]`; every further one is whole. With `asked`
    the run begins with a question, else it is attached to."""

    cuts: tuple[Cut, ...]
    replays: str = "inclusive"
    asked: bool = True


@dataclass(frozen=True)
class Harm:
    """What a case did to the transcript: frames `lost` and `repeated`; `other` is any other
    difference, in words."""

    case: Case
    lost: int = 0
    repeated: int = 0
    other: str = ""


class Cutter:
    """A service that runs many cases at a time, told apart by the name of their session."""

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
        return case.cuts[number].of(body) if number < len(case.cuts) else Reply(body)

    def sent(self) -> Counter[tuple[str, str]]:
        """How often each session was made and given a message."""
        return Counter(
            (call.action, call.params.get("SessionId") or f"sess_{call.params['Title']}")
            for call in self.service.calls
            if call.action != "GetChatContent"
        )

    def expected(self) -> Counter[tuple[str, str]]:
        """The same where nothing is sent twice."""
        asked = [name for name, case in self.cases.items() if case.asked]
        actions = ("CreateDataAgentSession", "SendChatMessage")
        return Counter((action, name) for action in actions for name in asked)


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


async def told(
    bench: Bench, supervisor: Supervisor, number: int, case: Case
) -> tuple[State, list[Record]]:
    """Let one case happen and give the verdict and the stored records of its run."""
    if case.asked:
        key = await supervisor.ask(QUESTION, service="dms", title=str(number))
    else:
        key = await supervisor.attach(f"sess_{number}", "ag-1", 0)
    row = await asyncio.wait_for(supervisor.wait(key), AT_A_TIME * PATIENCE)
    supervisor.trim(0)
    return row.state, list(bench.store.load(key))


def harm(case: Case, state: State, found: Sequence[Record], whole: Sequence[Record]) -> Harm | None:
    """What tells the records of a run from those of an uncut one; None for nothing."""
    there, wanted = wire(found), wire(whole)
    lost = (Counter(wanted) - Counter(there)).total()
    repeated = (Counter(there) - Counter(wanted)).total()
    other = ""
    if state is not State.FINISHED:
        other = f"the verdict is {state}"
    elif lost == repeated == 0 and there != wanted:
        other = "another order"
    elif lost == repeated == 0 and transcript(found) != transcript(whole):
        other = "another transcript"
    return Harm(case, lost, repeated, other) if lost or repeated or other else None


async def harms(bench: Bench, steps: Sequence[Step], cases: Sequence[Case]) -> list[Harm]:
    """Run the uncut cases and then all others; what tells these apart from those."""
    whole = [Case((), asked=False), Case((), asked=True)]
    cutter = Cutter(steps, [*whole, *cases])
    found: list[Harm] = []
    # The power stays on here, and waiting for the disk would take much of the time.
    bench.store._db.execute("PRAGMA synchronous = OFF")
    async with cutter.service as service:
        supervisor = bench.start(
            service.url, UNHURRIED, observer=Quiet(), clock=lambda: 1768465800.0
        )
        uncut = []
        for number, case in enumerate(whole):
            state, records = await told(bench, supervisor, number, case)
            assert state is State.FINISHED
            assert len(wire(records)) == sum(b"data:" in step.raw for step in steps)
            assert len(transcript(records)) > 10
            uncut.append(records)
        waiting = iter(range(len(cases)))

        async def work() -> None:
            for number in waiting:
                case = cases[number]
                state, records = await told(bench, supervisor, len(whole) + number, case)
                wrong = harm(case, state, records, uncut[case.asked])
                if wrong is not None:
                    found.append(wrong)

        await asyncio.gather(*(work() for _ in range(AT_A_TIME)))
    assert cutter.sent() == cutter.expected()
    assert len(service.asked("GetChatContent")) > len(cases)
    return found

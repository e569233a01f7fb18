"""The demo's older sessions, and the questions that it asks when it starts.

The sessions are played by the same scripts as live ones and known to the service under the same
ids, so a reply to one, or following one, works.
"""

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from das_tui.demo import scenarios
from das_tui.demo.config import ServiceConfig
from das_tui.demo.frames import das_frames, dms_frame
from das_tui.demo.scenarios.parts import Part
from das_tui.demo.script import Beat, Outcome
from das_tui.demo.sessions import DasSession, DmsSession, Turn
from das_tui.domain.events import (
    Dispatched,
    LocalFact,
    QuestionAsked,
    Refused,
    ReplyGiven,
    Resumed,
    RunCut,
    StopAsked,
)
from das_tui.domain.record import Frame

Item: TypeAlias = tuple[float, Frame | LocalFact]

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0


@dataclass(frozen=True, slots=True)
class PastSession:
    """One older session.

    `age` is how many seconds ago it began; `items` are what is to be stored, in order, each with
    its seconds since the beginning. `unread` is the number of its latest blocks that the operator
    has not seen.
    """

    session_id: str
    agent_id: str
    service: str
    title: str
    target: str
    age: float
    unread: int
    items: list[Item]


class LiveQuestion(NamedTuple):
    """A question that the demo asks when it starts. `target` names the instance or database."""

    service: str
    text: str
    title: str
    target: str


LIVE = [
    LiveQuestion("dms", "Why do riders find empty stations?", "Empty stations", "harbor_bikes"),
    LiveQuestion(
        "das",
        "rm-demoharbor01 的 CPU 为什么从 07:52 开始到 97 %？先限流，再逐步给出索引建议。",
        "CPU at 97 %",
        "rm-demoharbor01",
    ),
    LiveQuestion("dms", "What do our routes cost per parcel?", "Route costs", "parcel_depot"),
]


class _Story(NamedTuple):
    """A DMS session as it went: the question, then (pause, choice, words, kind) for each reply.
    `rest` is how many seconds ago its last event came; `cancel` stops the last turn after that
    many seconds. `lasts` gives the length of a turn that is long to make."""

    name: str
    title: str
    target: str
    question: str
    part: str
    replies: tuple[tuple[float, str, str, str], ...] = ()
    rest: float = 0.0
    unread: int = 0
    cancel: float = 0.0
    lasts: float = 0.0


_LONG = "verbose"
_EDIT = "No weather please, there is no such table. Count the vans first."
_STORIES = [
    _Story(
        "7c1e4e0b9f4d0a1b2c3d4e51",
        "Weekly report",
        "harbor_bikes",
        "Write the weekly report of week 52.",
        "weekly",
        rest=_HOUR + 4 * _MINUTE,
    ),
    _Story(
        "7c1e4e0b9f4d0a1b2c3d4e52",
        "Rebalance plan",
        "harbor_bikes",
        "Plan the night moves so that no station starts empty.",
        "rebalance",
        (
            (
                21.0,
                "edit",
                "No weather please, there is no such table. Count the vans first.",
                "plan",
            ),
        ),
        rest=6 * _MINUTE + 10,
    ),
    _Story(
        "7c1e4e0b9f4d0a1b2c3d4e53",
        "晚点包裹 三月",
        "parcel_depot",
        "Shift the March promises of North Quay by one day, the depot was closed on the 12th.",
        "update",
        rest=2 * _MINUTE + 4,
        unread=1,
    ),
    _Story(
        "7c1e4e0b9f4d0a1b2c3d4e54",
        "Late parcels",
        "parcel_depot",
        "Read every route of all depots in March: where are parcels late?",
        "verbose",
        rest=26 * _HOUR,
        lasts=54.5,
    ),
    _Story(
        "7c1e4e0b9f4d0a1b2c3d4e55",
        "Revenue 24/25",
        "tea_house_demo",
        "Compare revenue of 2024 and 2025.",
        "revenue",
        rest=8 * _MINUTE,
        unread=31,
    ),
    _Story(
        "7c1e4e0b9f4d0a1b2c3d4e56",
        "Top ten teas",
        "tea_house_demo",
        "Which ten teas sell best?",
        "teas",
        rest=2 * _DAY + _HOUR,
        unread=3,
    ),
    _Story(
        "7c1e4e0b9f4d0a1b2c3d4e57",
        "Price test",
        "tea_house_demo",
        "Did the price test of October bring anything?",
        "price_test",
        rest=3 * _DAY,
        cancel=24.0,
    ),
]
_REVENUE_RESUMED_AT = 143
_REVENUE_CUT = "two shops opened in"

_DISK_ID = "4b1a7b52-11aa-4c0d-8e21-da5a0000c001"
_DISK_QUESTION = "What fills the disk of rm-demoharbor01? It is at 84 %."
_DEADLOCK_ID = "4b1a7b52-11aa-4c0d-8e21-da5a0000c002"
_SEED = 20260115


def sessions(now: float | None = None, *, long: bool | None = None) -> list[PastSession]:
    """The older sessions as of `now` (UNIX seconds), the newest first: the one of 50,000 events
    alone with `long`, the others alone with `long=False`, by default all."""
    at = time.time() if now is None else now
    found = [_past(s, at) for s in _STORIES if long is None or long == (s.part == _LONG)]
    if not long:
        found += [_disk(), _deadlock()]
    return sorted(found, key=lambda session: session.age)


def dms_sessions(now: float) -> list[DmsSession]:
    """The older sessions of DMS as the service knows them."""
    return [_session(story, now) for story in _STORIES]


def das_sessions() -> list[DasSession]:
    """The older conversations with DAS as the service knows them."""
    return [DasSession(_DISK_ID, _SEED, ["space"]), DasSession(_DEADLOCK_ID, _SEED)]


def _session(story: _Story, now: float) -> DmsSession:
    """Play a story so that its last event came `rest` seconds before `now`."""
    session = DmsSession(
        session_id=f"sess_{story.name}",
        agent_id=f"ag-{story.name[-16:]}",
        title=story.title,
        created=0.0,
        seed=_SEED,
        database=story.target,
    )
    part = Part(story.part)
    session.turns.append(_turn(story, 0, story.question, part, 0.0))
    if story.lasts:
        session.turns[0].seconds = story.lasts
    else:
        session.settle(0)
    for place, (pause, _, words, _) in enumerate(story.replies, start=1):
        before = session.turns[-1]
        part = scenarios.after(Part(part.name, dict(part.args)), words)
        began = before.started + before.seconds + pause
        session.turns.append(_turn(story, place, words, part, began))
        session.settle(place)
    last = session.turns[-1]
    if story.cancel:
        last.cancelled = last.started + story.cancel
        session.settle(len(session.turns) - 1)
    session.created = now - story.rest - last.started - last.seconds
    for turn in session.turns:
        turn.started += session.created
        if turn.cancelled:
            turn.cancelled += session.created
    return session


def _turn(story: _Story, place: int, message: str, part: Part, started: float) -> Turn:
    return Turn(
        message=message,
        part=part.name,
        args=dict(part.args),
        started=started,
        speed=1.0,
        message_id=f"msg_{story.name[-14:]}{place:02d}",
    )


def _past(story: _Story, now: float) -> PastSession:
    session = _session(story, now)
    config = ServiceConfig()
    items: list[Item] = []
    asked: int | None = None
    for place, turn in enumerate(session.turns):
        began = turn.started - session.created
        if place == 0:
            items.append((began, QuestionAsked(text=turn.message)))
        else:
            _, choice, words, kind = story.replies[place - 1]
            fact = ReplyGiven(choice=choice, text=words, kind=kind, ask_checkpoint=asked)
            items.append((began, fact))
        items.append((began, Dispatched(message_id=turn.message_id)))
        played = session.played(place)
        for index, beat in enumerate(played.script.beats):
            at = began + beat.at
            if story.cancel and beat.event == "chat_canceled":
                items.append((at - 0.3, StopAsked()))
            items.append((at, session.frame(place, index, config)))
            if beat.number >= 0:
                asked = played.checkpoint(beat, 1)
        if played.script.outcome is not Outcome.FAILED:
            mark = Beat(0.0, "SSE_FINISH", "content", "str", "", 10, -1)
            end = began + played.script.seconds
            items.append((end, dms_frame(mark, session.created + end, -1, config)))
    if story.part == "revenue":
        items = _lose_line(items)
    return PastSession(
        session_id=session.session_id,
        agent_id=session.agent_id,
        service="dms",
        title=story.title,
        target=story.target,
        age=now - session.created,
        unread=story.unread,
        items=items,
    )


def _lose_line(items: list[Item]) -> list[Item]:
    """The line broke twice: once it was picked up again, the second time not."""
    resumed = _first(items, lambda frame: f'"checkpoint":{_REVENUE_RESUMED_AT},' in frame)
    at = items[resumed][0]
    fact = Resumed(resumed_at=_REVENUE_RESUMED_AT, lost=0, repeated=3)
    items.insert(resumed + 1, (at + 0.05, fact))
    spoken = ""
    end = len(items)
    for index, (_, item) in enumerate(items):
        if not isinstance(item, Frame) or b"output_conclusion" not in item.data:
            continue
        spoken += _content(item)
        if _REVENUE_CUT in spoken:
            end = index + 1
            break
    kept = items[:end]
    frames = sum(isinstance(item, Frame) for _, item in kept)
    text = "The run goes on at the service and can be followed from here. Nothing is sent again."
    return [*kept, (kept[-1][0] + 4.0, RunCut(kept=frames, text=text))]


def _first(items: Iterable[Item], wanted: Callable[[str], bool]) -> int:
    return next(
        index
        for index, (_, item) in enumerate(items)
        if isinstance(item, Frame) and wanted(item.data.decode())
    )


def _content(frame: Frame) -> str:
    return str(json.loads(frame.data)["content"])


def _disk() -> PastSession:
    request_id = "4B1A7B52-11AA-5C0D-8E21-DA5A0000C001"
    script = scenarios.play_das("space", _DISK_QUESTION, _SEED)
    items: list[Item] = [
        (0.0, QuestionAsked(text=_DISK_QUESTION)),
        (0.3, Dispatched(request_id=request_id)),
    ]
    items += list(das_frames(script, _DISK_ID, request_id))
    return PastSession(
        _DISK_ID, "", "das", "Disk at 84 %", "rm-demoharbor01", _DAY + 5 * _HOUR, 0, items
    )


def _deadlock() -> PastSession:
    refused = Refused(
        status=403,
        code="NoPermission",
        title="Refused: no permission",
        text="This user may not ask the DAS agent. The service refused before an answer began; no "
        "character came, so asking again is safe.",
        way_out="Ask the owner of the account for one of the two, then press r:\n\n"
        "- policy `AliyunHDMReadOnlyAccess`\n- action `hdm:GetDasAgentSSE`",
        request_id="7E1B0C52-11AA-5C0D-8E21-DA5A0000C0DE",
        safe=True,
    )
    items: list[Item] = [
        (0.0, QuestionAsked(text="Which transactions deadlocked at 07:52 on rm-demoharbor01?")),
        (0.4, refused),
    ]
    return PastSession("", "", "das", "Deadlock 07:52", "rm-demoharbor01", 3 * _HOUR, 2, items)

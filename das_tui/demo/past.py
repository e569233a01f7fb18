"""The demo's older sessions, and the questions that it asks when it starts.

The sessions are played by the same scripts as live ones and known to the service under the same
ids, so a reply to one, or following one, works.
"""

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from das_tui.demo import scenarios
from das_tui.demo.config import ServiceConfig
from das_tui.demo.frames import das_frames, dms_frame
from das_tui.demo.script import Beat, Outcome
from das_tui.demo.session import DasSession, DmsSession
from das_tui.demo.stories import LONG, SEED, STORIES, WEB, Story, play
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

_HOUR, _DAY = 3600.0, 86400.0


@dataclass(frozen=True, slots=True)
class PastSession:
    """One older session.

    `age` is how many seconds ago it began; `items` are what is to be stored, in order, each with
    its seconds since the beginning. `unread` is the number of its latest blocks that the operator
    has not seen. `sources` are the data sources that it was begun with.
    """

    session_id: str
    agent_id: str
    service: str
    title: str
    target: str
    age: float
    unread: int
    items: list[Item]
    sources: tuple[dict[str, Any], ...] = ()


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

_REVENUE_RESUMED_AT = 143
_REVENUE_CUT = "two shops opened in"

_DISK_ID = "4b1a7b52-11aa-4c0d-8e21-da5a0000c001"
_DISK_QUESTION = "What fills the disk of rm-demoharbor01? It is at 84 %."
_DEADLOCK_ID = "4b1a7b52-11aa-4c0d-8e21-da5a0000c002"


def sessions(now: float | None = None, *, long: bool | None = None) -> list[PastSession]:
    """The older sessions as of `now` (UNIX seconds), the newest first: the one of 50,000 events
    alone with `long`, the others alone with `long=False`, by default all."""
    at = time.time() if now is None else now
    found = [_past(s, at) for s in STORIES if long is None or long == (s.part == LONG)]
    if not long:
        found += [_disk(), _deadlock()]
    return sorted(found, key=lambda session: session.age)


def dms_sessions(now: float) -> list[DmsSession]:
    """The older sessions of DMS as the service knows them, those of the web too."""
    return [play(story, now) for story in (*STORIES, *WEB)]


def das_sessions() -> list[DasSession]:
    """The older conversations with DAS as the service knows them."""
    return [DasSession(_DISK_ID, SEED, ["space"]), DasSession(_DEADLOCK_ID, SEED)]


def _past(story: Story, now: float) -> PastSession:
    session = play(story, now)
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
        sources=tuple(story.sources),
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
    script = scenarios.play_das("space", _DISK_QUESTION, SEED)
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

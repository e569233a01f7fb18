"""The older sessions of DMS as stories: those that the demo's store knows, and those that were
started on the web.

A story is played by the same scripts as a live session, so it can be followed and answered.
"""

from dataclasses import dataclass, field
from typing import Any

from das_tui.demo import catalog, scenarios
from das_tui.demo.scenarios.parts import Part
from das_tui.demo.session import DmsSession, Turn

SEED = 20260115
_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0


@dataclass(frozen=True, slots=True)
class Story:
    """A session as it went: the question, then (pause, choice, words, kind) for each reply.

    `instance` is the instance that its data source names, empty for none. `rest` is how many
    seconds ago its last event came, negative for one that still runs; `cancel`
    stops the last turn after that many seconds. `lasts` gives the length of a turn that is long to
    make. `gone`, `workspace`, `config` and `files` are as in `DmsSession`.
    """

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
    gone: bool = False
    saved: bool = False
    workspace: str = ""
    config: dict[str, Any] = field(default_factory=dict)
    instance: str = ""
    files: tuple[str, ...] = ()

    @property
    def sources(self) -> list[dict[str, Any]]:
        """Its data sources as they were given, none where only the words told the database."""
        if not self.instance:
            return []
        return [
            {
                "DataSourceType": "database",
                "DbName": self.target,
                "DmsInstanceId": self.instance,
            }
        ]


LONG = "verbose"
_EDIT = "No weather please, there is no such table. Count the vans first."
STORIES = [
    Story(
        "7c1e4e0b9f4d0a1b2c3d4e51",
        "Weekly report",
        "harbor_bikes",
        "Write the weekly report of week 52.",
        "weekly",
        rest=_HOUR + 4 * _MINUTE,
    ),
    Story(
        "7c1e4e0b9f4d0a1b2c3d4e52",
        "Rebalance plan",
        "harbor_bikes",
        "Plan the night moves so that no station starts empty.",
        "rebalance",
        ((21.0, "edit", _EDIT, "plan"),),
        rest=6 * _MINUTE + 10,
    ),
    Story(
        "7c1e4e0b9f4d0a1b2c3d4e53",
        "晚点包裹 三月",
        "parcel_depot",
        "Shift the March promises of North Quay by one day, the depot was closed on the 12th.",
        "update",
        rest=2 * _MINUTE + 4,
        unread=1,
        instance="rm-demoparcel02",
    ),
    Story(
        "7c1e4e0b9f4d0a1b2c3d4e54",
        "Late parcels",
        "parcel_depot",
        "Read every route of all depots in March: where are parcels late?",
        "verbose",
        rest=26 * _HOUR,
        lasts=54.5,
    ),
    Story(
        "7c1e4e0b9f4d0a1b2c3d4e55",
        "Revenue 24/25",
        "tea_house_demo",
        "Compare revenue of 2024 and 2025.",
        "revenue",
        rest=8 * _MINUTE,
        unread=31,
    ),
    Story(
        "7c1e4e0b9f4d0a1b2c3d4e56",
        "Top ten teas",
        "tea_house_demo",
        "Which ten teas sell best?",
        "teas",
        rest=2 * _DAY + _HOUR,
        unread=3,
    ),
    Story(
        "7c1e4e0b9f4d0a1b2c3d4e57",
        "Price test",
        "tea_house_demo",
        "Did the price test of October bring anything?",
        "price_test",
        rest=3 * _DAY,
        cancel=24.0,
    ),
]
"""Sessions that the demo's store knows."""

_HOSTILE = (
    "../../.ssh/authorized_keys",
    "week\x1b[31m_51\x07\r\n.txt",
    "C:\\Users\\Public\\CON.txt",
    "NUL",
    ".bashrc",
    "rides/of\\the week.txt",
    "week_51.txt",
    "week_51.txt",
    "\u202etxt.exe",
    " spaces .txt ",
    f"{'week_51_' * 37}.txt",
)
"""Names of files that no program should write as they are."""

_APPROVED = (
    (38.0, "approve", "确认执行", "plan"),
    (12.0, "approve", "确认执行当前SQL", "sql"),
    (9.0, "approve", "确认绘制网页报告", "report"),
)
WEB = [
    Story(
        "7c1e4e0b9f4d0a1b2c3d4e61",
        "Van tours (web)",
        "parcel_depot",
        "What do our routes cost per parcel?",
        "routes",
        rest=-75.0,
        config={"Mode": "ANALYSIS", "Language": "ENGLISH"},
    ),
    Story(
        "7c1e4e0b9f4d0a1b2c3d4e62",
        "Harbour review of the fourth quarter",
        "harbor_bikes",
        "Why do riders find empty stations? A full analysis for the review, please.",
        "analysis",
        _APPROVED,
        rest=40 * _MINUTE,
        saved=True,
        config={"Mode": "ANALYSIS", "EnableSearch": True},
    ),
    Story(
        "7c1e4e0b9f4d0a1b2c3d4e63",
        "Stations in winter",
        "harbor_bikes",
        "Which stations stay empty when it freezes?",
        "analysis",
        rest=3 * _HOUR,
        config={"Mode": "ANALYSIS", "PlanMode": "force"},
    ),
    Story(
        "7c1e4e0b9f4d0a1b2c3d4e64",
        "第 52 周周报",
        "harbor_bikes",
        "写第 52 周的周报",
        "weekly",
        rest=6 * _DAY,
        config={"Mode": "INSIGHT", "Language": "CHINESE"},
        files=_HOSTILE,
    ),
    Story(
        "7c1e4e0b9f4d0a1b2c3d4e65",
        "Payroll, who may see it",
        "tea_house_demo",
        "Sum up the payroll of all tea shops",
        "failure",
        rest=7 * _DAY,
    ),
    Story(
        "7c1e4e0b9f4d0a1b2c3d4e66",
        "Best teas of the year",
        "tea_house_demo",
        "Which ten teas sell best?",
        "teas",
        rest=9 * _DAY,
        config={"Mode": "ASK_DATA", "CustomAgentId": catalog.AGENTS[1].agent_id},
    ),
    Story(
        "7c1e4e0b9f4d0a1b2c3d4e67",
        "First try of the agent",
        "harbor_bikes",
        "How many bikes do we have?",
        "quick",
        rest=31 * _DAY,
        gone=True,
    ),
    Story(
        "7c1e4e0b9f4d0a1b2c3d4e68",
        "Books of the tea house",
        "tea_house_demo",
        "Compare revenue of 2024 and 2025.",
        "revenue",
        rest=2 * _DAY,
        workspace=catalog.WORKSPACES[1].workspace_id,
        config={"Mode": "INSIGHT"},
    ),
]
"""Sessions that only the service knows: one that still runs when the demo begins, one that waits
for an approval, one with files of bad names, one that is gone, one in a workspace."""


def play(story: Story, now: float) -> DmsSession:
    """Play a story so that its last event came `rest` seconds before `now`."""
    session = DmsSession(
        session_id=f"sess_{story.name}",
        agent_id=f"ag-{story.name[-16:]}",
        title=story.title,
        created=0.0,
        seed=SEED,
        database=story.target,
        config=dict(story.config),
        sources=story.sources,
        workspace=story.workspace,
        saved=story.saved,
        gone=story.gone,
        extra=list(story.files),
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


def _turn(story: Story, place: int, message: str, part: Part, started: float) -> Turn:
    return Turn(
        message=message,
        part=part.name,
        args=dict(part.args),
        started=started,
        speed=1.0,
        message_id=f"msg_{story.name[-14:]}{place:02d}",
    )

"""What the account of the service has: custom agents and workspaces."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from das_tui.demo.times import milliseconds, timestamp

USER_ID = "1000000000000001"
_YEAR_AGO = 31_536_000.0


@dataclass(frozen=True, slots=True)
class CustomAgent:
    """An agent that somebody made. `switches` are keys of its `ExecutionConfig` that are on; `age`
    is in seconds."""

    agent_id: str
    name: str
    description: str
    status: str = "RELEASED"
    kind: str = "Common"
    switches: tuple[str, ...] = ()
    workspace: str = ""
    instruction: str = ""
    questions: tuple[str, ...] = ()
    age: float = _YEAR_AGO / 4

    def wire(self, now: float, unit: str) -> dict[str, Any]:
        """As the answers have it."""
        made = now - self.age
        keys = (
            "SkipPlan",
            "SkipSqlConfirm",
            "SkipAskHuman",
            "SkipWebReportConfirm",
            "ForbiddenAppendDataSource",
        )
        released = self.status == "RELEASED"
        return {
            "CustomAgentId": self.agent_id,
            "Name": self.name,
            "Description": self.description,
            "Status": self.status,
            "AgentType": self.kind,
            "ExecutionConfig": {key: key in self.switches for key in keys},
            "Instruction": self.instruction,
            "RecommendQuestionList": list(self.questions),
            "WorkspaceId": self.workspace,
            "DmsUnit": unit,
            "Region": unit,
            "AliyunUid": USER_ID,
            "CreatorUserName": "harbour-ops",
            "DefaultAgent": int(self.kind == "Default"),
            "IsScheduleTask": False,
            "GmtCreated": timestamp(made),
            "GmtModified": timestamp(made + 86_400),
            "ReleaseTime": timestamp(made + 90_000) if released else "",
        }


AGENTS = (
    CustomAgent(
        "ca-demo7f3c20a1",
        "Fleet analyst",
        "Bikes, stations and night moves. Asks before every statement.",
        instruction="Name stations as on the signs.",
        questions=("Why do riders find empty stations?", "Plan the night moves of the vans"),
    ),
    CustomAgent(
        "ca-demo51be9d07",
        "Quick figures",
        "One number, one table, no plan and no questions back.",
        switches=("SkipPlan", "SkipSqlConfirm", "SkipAskHuman", "SkipWebReportConfirm"),
        age=_YEAR_AGO / 12,
    ),
    CustomAgent(
        "ca-demo0a44c6f2",
        "包裹时效分析",
        "分析网点、路线与晚点，按周输出报告。",
        switches=("SkipPlan",),
        age=_YEAR_AGO / 6,
    ),
    CustomAgent(
        "ca-demo90dd1e35",
        "Tea house bookkeeping",
        "Revenue, prices and wages of the shops; in a workspace of its own.",
        workspace="ws-demo-teahouse",
        age=_YEAR_AGO / 2,
    ),
    CustomAgent(
        "ca-demo33f18b6c",
        "Dock planner (draft)",
        "Not released yet.",
        status="DRAFT",
        age=86_400.0,
    ),
)


@dataclass(frozen=True, slots=True)
class Workspace:
    """A shared place of sessions. `age` is in seconds."""

    workspace_id: str
    name: str
    kind: str = "SHARE"
    role: str = "MEMBER"
    description: str = ""
    members: int = 1
    age: float = _YEAR_AGO

    def wire(self, now: float, sessions: int, running: int) -> dict[str, Any]:
        """As the answers have it."""
        return {
            "WorkspaceId": self.workspace_id,
            "WorkspaceName": self.name,
            "Type": self.kind,
            "RoleName": self.role,
            "Description": self.description,
            "WorkspaceStatus": "NORMAL",
            "Creator": USER_ID,
            "CreatorName": "harbour-ops",
            "CreateTime": milliseconds(now - self.age),
            "ModifyTime": milliseconds(now - self.age / 3),
            "TotalMember": self.members,
            "TotalSessionCount": sessions,
            "RunningSessionCount": running,
            "CustomAgentCount": sum(a.workspace == self.workspace_id for a in AGENTS),
            "IsSessionShareEnabled": self.kind != "PERSONAL",
        }


PERSONAL = Workspace("ws-demo-personal", "My workspace", "PERSONAL", "ADMIN")
WORKSPACES = (
    PERSONAL,
    Workspace("ws-demo-teahouse", "Tea house", description="Shops and their books.", members=4),
    Workspace("ws-demo-harbour", "港口运营 Harbour", role="ADMIN", members=11, age=_YEAR_AGO / 5),
)


@dataclass(slots=True)
class Page:
    """One page of a longer list."""

    number: int
    size: int
    rows: list[Any] = field(default_factory=list)
    total: int = 0

    @classmethod
    def of(cls, found: list[Any], number: int, size: int) -> "Page":
        """Page `number`, counted from 1."""
        rows = found[(number - 1) * size : number * size]
        return cls(number, size, rows, len(found))

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return -(-self.total // self.size)

    def beside(self) -> dict[str, Any]:
        """The counts as they stand beside an array."""
        return {
            "PageNumber": self.number,
            "PageSize": self.size,
            "Total": self.total,
            "TotalPages": self.pages,
        }

    def inside(self) -> Mapping[str, Any]:
        """The page as an object with its rows as `Content`."""
        return {
            "Content": self.rows,
            "PageNumber": self.number,
            "PageSize": self.size,
            "TotalElements": self.total,
            "TotalPages": self.pages,
        }


def agent_of(agent_id: str) -> CustomAgent | None:
    """The agent of that id."""
    return next((agent for agent in AGENTS if agent.agent_id == agent_id), None)


def workspace_of(workspace_id: str) -> Workspace | None:
    """The workspace of that id."""
    return next((found for found in WORKSPACES if found.workspace_id == workspace_id), None)

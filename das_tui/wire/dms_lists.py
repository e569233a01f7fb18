"""What the DMS actions that list answer, and those of uploads, read without trust.

Every reader takes the object of an answer and gives empty values for what is missing or of a
wrong type; texts come as they are and are cleaned where they are shown.
"""

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from das_tui.domain.setup import SKIPS
from das_tui.light import dataclass
from das_tui.wire import envelope, payload
from das_tui.wire.credentials import Secret

# --- sessions ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ListedSession:
    """A session in a list; statuses as in `SessionStatus`, `created_at` in UNIX seconds."""

    session_id: str
    agent_id: str
    title: str
    agent_status: str
    session_status: str
    created_at: float | None
    mode: str


@dataclass(frozen=True, slots=True)
class SessionPage:
    """One page of a list of sessions, the newest first as the service sorts.

    `page` counts from 1; `pages` and `total` are at least what the page itself shows.
    """

    rows: tuple[ListedSession, ...]
    page: int
    pages: int
    total: int


def read_sessions(data: Mapping[str, Any], page: int = 1, size: int = 0) -> SessionPage:
    """Read the answer of `list_sessions`, whose totals stand beside the rows or round them.

    `page` and `size` are what was asked for and count where the answer does not say; a full page
    without any totals lets one more page be expected.
    """
    items = envelope.rows(data)
    rows = tuple(
        ListedSession(
            session_id=envelope.field(item, "SessionId"),
            agent_id=envelope.field(item, "AgentId"),
            title=envelope.field(item, "Title"),
            agent_status=envelope.field(item, "AgentStatus").upper(),
            session_status=envelope.field(item, "SessionStatus").upper(),
            created_at=envelope.moment(payload.find(item, "CreateTime", "GmtCreated")),
            mode=envelope.field(payload.find(item, "SessionConfig"), "Mode")
            or envelope.field(item, "Mode"),
        )
        for item in items
        if envelope.field(item, "SessionId")
    )
    page = envelope.total(data, "PageNumber") or max(page, 1)
    size = envelope.total(data, "PageSize") or size
    total = envelope.total(data, "Total", "TotalElements", "TotalCount")
    pages = envelope.total(data, "TotalPages")
    if total is None:
        total = (page - 1) * size + len(rows)
        if pages is None and size and len(items) >= size:
            pages = page + 1
    if pages is None:
        pages = -(-total // size) if size else page - (not rows)
    return SessionPage(rows, page, max(pages, page if rows else 0), max(total, len(rows)))


# --- custom agents and workspaces ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CustomAgent:
    """An agent that the account made. `skips` names the stops that it leaves out by itself:
    `plan`, `sql`, `human`, `report`."""

    agent_id: str
    name: str
    description: str
    status: str
    skips: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AgentPage:
    """One page of a list of custom agents; `total` counts those of all pages."""

    rows: tuple[CustomAgent, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace; the name is its id where the service gives none."""

    workspace_id: str
    name: str


def read_custom_agents(data: Mapping[str, Any]) -> AgentPage:
    """Read the answer of `list_custom_agents`."""
    found = (_agent(item) for item in envelope.rows(data))
    rows = tuple(agent for agent in found if agent.agent_id)
    return AgentPage(rows, max(envelope.total(data, "TotalElements", "Total") or 0, len(rows)))


def read_custom_agent(data: Mapping[str, Any]) -> CustomAgent | None:
    """Read the answer of `describe_custom_agent`; None where there is no such agent."""
    inner = envelope.inner(data)
    return _agent(inner) if envelope.field(inner, "CustomAgentId") else None


def _agent(item: Mapping[str, Any]) -> CustomAgent:
    stops = payload.find(item, "ExecutionConfig")
    return CustomAgent(
        agent_id=envelope.field(item, "CustomAgentId"),
        name=envelope.field(item, "Name"),
        description=envelope.field(item, "Description"),
        status=envelope.field(item, "Status").upper(),
        skips=tuple(name for name, key in SKIPS.items() if envelope.truth(stops, key)),
    )


def read_workspaces(data: Mapping[str, Any]) -> tuple[Workspace, ...]:
    """Read the answer of `list_workspaces` or `init_personal_workspace`."""
    found = []
    for item in envelope.rows(data) or [envelope.inner(data)]:
        workspace_id = envelope.field(item, "WorkspaceId", "Id")
        name = envelope.field(item, "WorkspaceName", "Name", "DisplayName", "Title")
        if workspace_id:
            found.append(Workspace(workspace_id, name or workspace_id))
    return tuple(found)


# --- files ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file of a session. `size` in bytes, `kind` is the extension, `category` `WebReport`,
    `TextReport`, `DefaultArtifact` or another word. The name is not fit for a disk as it is, and
    the link is signed: whoever has it can fetch the file."""

    file_id: str
    name: str
    size: int | None
    category: str
    kind: str
    created_at: float | None
    link: Secret


@dataclass(frozen=True, slots=True)
class UploadPlace:
    """Where a file may be put for an hour, and the signed leave to do so."""

    host: str
    folder: str
    date: str = ""
    version: str = ""
    policy: Secret = field(default_factory=Secret)
    credential: Secret = field(default_factory=Secret)
    signature: Secret = field(default_factory=Secret)
    token: Secret = field(default_factory=Secret)

    @property
    def url(self) -> str:
        """Where to post to, https unless the service names another scheme."""
        return self.host if "://" in self.host or not self.host else f"https://{self.host}"

    @property
    def usable(self) -> bool:
        """Whether the answer held all that an upload needs."""
        return bool(self.host and self.folder and self.policy and self.signature)

    def location(self, filename: str) -> str:
        """The full path that the file gets: the folder and its name."""
        return f"{self.folder.rstrip('/')}/{filename}"

    def form(self, filename: str) -> dict[str, str]:
        """The fields that go before the file, in their order. They hold secrets."""
        fields = {
            "key": self.location(filename),
            "policy": self.policy.reveal(),
            "x-oss-signature-version": self.version or "OSS4-HMAC-SHA256",
            "x-oss-credential": self.credential.reveal(),
            "x-oss-date": self.date,
            "x-oss-signature": self.signature.reveal(),
            "x-oss-security-token": self.token.reveal(),
            "success_action_status": "200",
        }
        return {name: value for name, value in fields.items() if value}


def read_files(data: Mapping[str, Any]) -> tuple[ListedFile, ...]:
    """Read the answer of `list_files`."""
    return tuple(
        ListedFile(
            file_id=envelope.field(item, "FileId"),
            name=envelope.field(item, "FileName", "Filename", "Name"),
            size=envelope.count(payload.find(item, "FileSize", "Size")),
            category=envelope.field(item, "FileCategory", "Category"),
            kind=envelope.field(item, "FileType").lower().lstrip("."),
            created_at=envelope.moment(payload.find(item, "GmtCreated", "CreateTime")),
            link=Secret(envelope.field(item, "DownloadLink", "IntranetDownloadLink")),
        )
        for item in envelope.rows(data)
        if envelope.field(item, "FileId")
    )


def read_upload(data: Mapping[str, Any]) -> UploadPlace:
    """Read the answer of `upload_signature`; see `UploadPlace.usable`."""
    inner = envelope.inner(data)
    return UploadPlace(
        host=envelope.field(inner, "UploadHost").strip(),
        folder=envelope.field(inner, "UploadDir").strip(),
        date=envelope.field(inner, "OssDate"),
        version=envelope.field(inner, "OssSignatureVersion"),
        policy=Secret(envelope.field(inner, "Policy")),
        credential=Secret(envelope.field(inner, "OssCredential")),
        signature=Secret(envelope.field(inner, "OssSignature")),
        token=Secret(envelope.field(inner, "OssSecurityToken")),
    )


def read_uploaded(data: Mapping[str, Any]) -> str:
    """Read the answer of `upload_callback`: the id of the file, empty where none is named."""
    return envelope.field(envelope.inner(data), "FileId")

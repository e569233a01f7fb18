"""What the DMS actions round one session answer, read without trust.

Every reader takes the object of an answer and gives empty values for what is missing or of a
wrong type; texts come as they are and are cleaned where they are shown.
"""

from collections.abc import Mapping
from typing import Any

from das_tui.light import dataclass
from das_tui.wire import envelope, payload
from das_tui.wire.credentials import Secret
from das_tui.wire.errors import BadAnswer, MalformedPayload


@dataclass(frozen=True, slots=True)
class CreatedSession:
    """A session that the service made. Statuses come in upper case, empty when missing."""

    session_id: str
    agent_id: str
    agent_status: str
    session_status: str


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message that was queued; ids are empty where the service left them out."""

    session_id: str
    agent_id: str
    message_id: str


@dataclass(frozen=True, slots=True)
class PastMessage:
    """A message that was sent to a session; `sent_at` in UNIX seconds."""

    message_id: str
    text: str
    sent_at: float | None
    status: str


@dataclass(frozen=True, slots=True)
class Artifact:
    """A report of a session: `kind` is `TextReport` or `WebReport`, `status` `PENDING`,
    `RUNNING`, `SUCCESS` or `FAILED`; times in UNIX seconds. The name is that of its file."""

    artifact_id: str
    name: str
    kind: str
    status: str
    description: str = ""
    started_at: float | None = None
    finished_at: float | None = None


@dataclass(frozen=True, slots=True)
class Recording:
    """A kept play-back of a session; whoever has the link can fetch it."""

    key: str
    link: Secret


@dataclass(frozen=True, slots=True)
class SessionStatus:
    """How a session stands at the service, and what the service knows of it.

    `agent_status` is `STARTING`, `RUNNING` (a message can be sent), `STOPPED` or `FAILED`;
    `session_status` one of `INIT`, `CREATING`, `IDLE`, `RUNNING`, `WAIT_INPUT`, `WAITING_INPUT`,
    `FINISHED`, `COMPLETED`, `STOPPED`, `CANCELED`, `CANCELLED`, `FAILED`, `ERROR`,
    `UNAVAILABLE`, or a word of a later version. `created_at` is in UNIX seconds; `sources` are
    objects as SendChatMessage takes them; `capabilities` are (type, id), such as skills.
    """

    session_id: str
    agent_id: str
    agent_status: str
    session_status: str
    title: str = ""
    created_at: float | None = None
    mode: str = ""
    language: str = ""
    custom_agent: str = ""
    workspace_id: str = ""
    file_id: str = ""
    saved: bool = False
    messages: tuple[PastMessage, ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    sources: tuple[Mapping[str, Any], ...] = ()
    capabilities: tuple[tuple[str, str], ...] = ()
    recordings: tuple[Recording, ...] = ()

    @property
    def exists(self) -> bool:
        """False for the answer that a session gives which is unknown or not one's own."""
        return bool(self.agent_id) or self.session_status not in {"", "CREATING"}

    @property
    def ready(self) -> bool:
        """Whether a message can be sent: a running agent is enough."""
        return self.agent_status == "RUNNING"


def read_created(data: Mapping[str, Any]) -> CreatedSession:
    """Read the answer of `create_session`. Raises `BadAnswer` when it names no session."""
    inner = envelope.inner(data)
    session_id = envelope.field(inner, "SessionId")
    if not session_id:
        raise BadAnswer(
            "The service answered without a session id. A session may have been made; no message "
            "was sent to it.",
            request_id=envelope.field(data, "RequestId"),
            safe=True,
        )
    return CreatedSession(
        session_id=session_id,
        agent_id=envelope.field(inner, "AgentId"),
        agent_status=envelope.field(inner, "AgentStatus").upper(),
        session_status=envelope.field(inner, "SessionStatus").upper(),
    )


def read_sent(data: Mapping[str, Any]) -> SentMessage:
    """Read the answer of `send_message`."""
    inner = envelope.inner(data)
    return SentMessage(
        session_id=envelope.field(inner, "SessionId"),
        agent_id=envelope.field(inner, "AgentId"),
        message_id=envelope.field(inner, "MessageId"),
    )


def read_session(data: Mapping[str, Any]) -> SessionStatus:
    """Read the answer of `describe_session`."""
    inner = envelope.inner(data)
    config = payload.find(inner, "SessionConfig")
    return SessionStatus(
        session_id=envelope.field(inner, "SessionId"),
        agent_id=envelope.field(inner, "AgentId"),
        agent_status=envelope.field(inner, "AgentStatus").upper(),
        session_status=envelope.field(inner, "SessionStatus").upper(),
        title=envelope.field(inner, "Title"),
        created_at=envelope.moment(payload.find(inner, "CreateTime")),
        mode=envelope.field(config, "Mode"),
        language=envelope.field(config, "Language"),
        custom_agent=envelope.field(config, "CustomAgentId"),
        workspace_id=envelope.field(inner, "WorkspaceId"),
        file_id=envelope.field(inner, "File"),
        saved=envelope.truth(inner, "Saved") or envelope.truth(inner, "FavoriteInWorkspace"),
        messages=tuple(_message(item) for item in envelope.objects(inner, "Messages")),
        artifacts=tuple(_artifact(item) for item in envelope.objects(inner, "Artifacts")),
        sources=tuple(_source(item) for item in envelope.objects(inner, "DataSources")),
        capabilities=tuple(
            (envelope.field(item, "Type"), envelope.field(item, "Id"))
            for item in envelope.objects(inner, "Capabilities")
        ),
        recordings=tuple(
            Recording(envelope.field(item, "Key"), Secret(envelope.field(item, "Url")))
            for item in envelope.objects(inner, "ChatHistoryLocations")
        ),
    )


def _message(item: Mapping[str, Any]) -> PastMessage:
    return PastMessage(
        message_id=envelope.field(item, "Id"),
        text=envelope.field(item, "Content"),
        sent_at=envelope.moment(payload.find(item, "SendTime")),
        status=envelope.field(item, "Status").upper(),
    )


def _artifact(item: Mapping[str, Any]) -> Artifact:
    return Artifact(
        artifact_id=envelope.field(item, "Id"),
        name=envelope.field(item, "Name"),
        kind=envelope.field(item, "Type"),
        status=envelope.field(item, "Status").upper(),
        description=envelope.field(item, "Description"),
        started_at=envelope.moment(payload.find(item, "StartTime", "ReceiveTime")),
        finished_at=envelope.moment(payload.find(item, "FinishTime")),
    )


def _source(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """A data source; the service may wrap one as `Category` and `Detail`, which is its JSON."""
    detail = payload.find(item, "Detail")
    if isinstance(detail, str):
        try:
            detail = payload.parse(detail.encode("utf-8", "replace"))
        except MalformedPayload:
            return item
    return detail if isinstance(detail, dict) else item

"""The requests of DMS Data Agent, and by re-export the readers of their answers.

A parameter is left out where nothing is said, so that the service decides. Most actions spell the
unit `DMSUnit`, those of files `DmsUnit`.
"""

import json
import os
import uuid
from typing import Any, Literal

from das_tui.domain.setup import FROM_ENVIRONMENT, SECRETS, SessionSetup
from das_tui.wire.dms_answers import (
    Artifact,
    CreatedSession,
    PastMessage,
    Recording,
    SentMessage,
    SessionStatus,
    read_created,
    read_sent,
    read_session,
)
from das_tui.wire.dms_lists import (
    AgentPage,
    CustomAgent,
    ListedFile,
    ListedSession,
    SessionPage,
    UploadPlace,
    Workspace,
    read_custom_agent,
    read_custom_agents,
    read_files,
    read_sessions,
    read_upload,
    read_uploaded,
    read_workspaces,
)
from das_tui.wire.errors import NotReached
from das_tui.wire.request import DMS_VERSION, Request, build

__all__ = [
    "AgentPage",
    "Artifact",
    "CreatedSession",
    "CustomAgent",
    "ListedFile",
    "ListedSession",
    "PastMessage",
    "Recording",
    "SentMessage",
    "SessionPage",
    "SessionStatus",
    "UploadPlace",
    "Workspace",
    "chat_content",
    "create_session",
    "describe_custom_agent",
    "describe_session",
    "feedback",
    "init_personal_workspace",
    "list_custom_agents",
    "list_files",
    "list_sessions",
    "list_workspaces",
    "read_created",
    "read_custom_agent",
    "read_custom_agents",
    "read_files",
    "read_sent",
    "read_session",
    "read_sessions",
    "read_upload",
    "read_uploaded",
    "read_workspaces",
    "send_message",
    "upload_callback",
    "upload_signature",
]

QueryType = Literal["mySession", "all", "myFavorite"]

MAX_TITLE = 128
SHORTEST_LINK, LONGEST_LINK = 3600, 129600
"""Seconds that a download link may be valid."""

_LIKES = {"LIKE": 1, "DISLIKE": -1}


# --- a session -----------------------------------------------------------------------------------


def chat_content(
    session_id: str, agent_id: str, checkpoint: int | None = None, unit: str = ""
) -> Request:
    """`GetChatContent`: the stream from `checkpoint` on; 0 replays all, None is live only."""
    return _request(
        "GetChatContent",
        SessionId=session_id,
        AgentId=agent_id,
        Checkpoint=checkpoint,
        DMSUnit=unit,
    )


def create_session(
    title: str,
    unit: str = "",
    setup: SessionSetup = SessionSetup(),  # noqa: B008
    *,
    workspace_id: str = "",
) -> Request:
    """`CreateDataAgentSession`; the service takes 128 characters of a title. The workspace of
    `setup` comes before `workspace_id`.

    Raises `NotReached` where `setup` refers to an environment variable that is not set.
    """
    return _request(
        "CreateDataAgentSession",
        **setup.plain("Create"),
        Title=title[:MAX_TITLE],
        SessionConfig=_with_secrets(setup.config(sending=False)),
        DMSUnit=unit,
        WorkspaceId=setup.workspace or workspace_id,
    )


def send_message(
    session_id: str,
    agent_id: str,
    message: str,
    *,
    message_type: str = "primary",
    question: str = "",
    reply_to: str = "",
    unit: str = "",
    workspace_id: str = "",
    setup: SessionSetup = SessionSetup(),  # noqa: B008
) -> Request:
    """`SendChatMessage`, which starts work.

    `message_type` is `primary`, `additional` (with `question` the agent's question and `reply_to`
    the checkpoint of the event that asked), `report` or `cancel`. Of `setup` mostly the first
    message of a session counts; its workspace comes before `workspace_id`.
    """
    return _request(
        "SendChatMessage",
        **setup.plain("Send"),
        SessionId=session_id,
        AgentId=agent_id,
        Message=message,
        MessageType=message_type,
        Question=question,
        ReplyTo=reply_to,
        SessionConfig=setup.config(sending=True),
        DataSources=list(setup.sources),
        TaskConfig=setup.task(),
        DMSUnit=unit,
        WorkspaceId=setup.workspace or workspace_id,
    )


def describe_session(session_id: str, unit: str = "", workspace_id: str = "") -> Request:
    """`DescribeDataAgentSession`; `workspace_id` for a session that lives in a workspace."""
    return _request(
        "DescribeDataAgentSession", SessionId=session_id, DMSUnit=unit, WorkspaceId=workspace_id
    )


def feedback(
    session_id: str,
    kind: Literal["LIKE", "DISLIKE", "ISSUE_REPORT", "CANCEL_CHAT"],
    target: Literal["SESSION", "CHAT", "REPORT", "PLAN"],
    target_id: str = "",
    text: str = "",
    unit: str = "",
    workspace_id: str = "",
) -> Request:
    """`CreateDataAgentFeedback`. `target_id` is the checkpoint of what is judged; a report of an
    issue has none and gets an id of its own."""
    if kind == "ISSUE_REPORT" and not target_id:
        target_id = f"{session_id}_{uuid.uuid4()}"
    return _request(
        "CreateDataAgentFeedback",
        SessionId=session_id,
        FeedbackType=kind,
        TargetType=target,
        TargetId=target_id,
        LikeValue=_LIKES.get(kind),
        FeedbackContent=text,
        DMSUnit=unit,
        WorkspaceId=workspace_id,
    )


# --- lists ---------------------------------------------------------------------------------------


def list_sessions(
    page: int = 1,
    size: int = 50,
    *,
    title: str = "",
    mode: str = "",
    unit: str = "",
    workspace_id: str = "",
    created_from: float | None = None,
    created_to: float | None = None,
    creator: str = "",
    custom_agent: str = "",
    saved: bool | None = None,
    query_type: QueryType | Literal[""] = "",
) -> Request:
    """`ListDataAgentSession`, pages from 1. `title` matches in part; times in UNIX seconds.

    A workspace wants a `query_type`: the caller's own sessions (the default), all of its
    sessions, or the caller's favourites.
    """
    return _request(
        "ListDataAgentSession",
        PageNumber=page,
        PageSize=size,
        Title=title,
        Mode=mode,
        CreateStartTime=_milliseconds(created_from),
        CreateEndTime=_milliseconds(created_to),
        CreatorId=creator,
        CustomAgentId=custom_agent,
        IsSaved=saved,
        QueryType=query_type or ("mySession" if workspace_id else ""),
        WorkspaceId=workspace_id,
        DMSUnit=unit,
    )


def list_custom_agents(
    search: str = "",
    page: int = 1,
    size: int = 50,
    *,
    status: str = "RELEASED",
    agent_type: str = "",
    all_released: bool | None = None,
    workspace_id: str = "",
) -> Request:
    """`ListCustomAgent`, pages from 1. `search` matches name and description; `agent_type` is
    `Default` (built in) or `Common`."""
    return _request(
        "ListCustomAgent",
        SearchKey=search,
        PageNumber=page,
        PageSize=size,
        Status=status,
        AgentType=agent_type,
        QueryAllReleased=all_released,
        WorkspaceId=workspace_id,
    )


def describe_custom_agent(agent_id: str, workspace_id: str = "") -> Request:
    """`DescribeCustomAgent`."""
    return _request("DescribeCustomAgent", CustomAgentId=agent_id, WorkspaceId=workspace_id)


def list_workspaces(
    search: str = "", page: int = 1, size: int = 50, *, kind: str = "MY", unit: str = ""
) -> Request:
    """`ListDataAgentWorkspace`, pages from 1; `search` is the name of a workspace, `kind` is `MY`
    (the caller's) or `ALL`."""
    return _request(
        "ListDataAgentWorkspace",
        WorkspaceName=search,
        WorkspaceType=kind,
        PageNumber=page,
        PageSize=size,
        DMSUnit=unit,
    )


def init_personal_workspace(unit: str = "") -> Request:
    """`InitDataAgentPersonalWorkspace`: the caller's own workspace, made if there is none."""
    return _request("InitDataAgentPersonalWorkspace", DMSUnit=unit)


# --- files ---------------------------------------------------------------------------------------


def list_files(
    session_id: str,
    unit: str = "",
    *,
    category: str = "",
    file_id: str = "",
    file_from: str = "",
    expire_s: int = SHORTEST_LINK,
    sort: str = "",
    direction: str = "",
) -> Request:
    """`ListFileUpload`: the files of a session with links that are valid for `expire_s` seconds.

    `category` is `WebReport`, `TextReport` or `DefaultArtifact`; without one there are more.
    """
    return _request(
        "ListFileUpload",
        SessionId=session_id,
        FileCategory=category,
        FileId=file_id,
        FileFrom=file_from,
        SortColumn=sort,
        SortDirection=direction,
        DownloadLinkExpire=min(max(expire_s, SHORTEST_LINK), LONGEST_LINK),
        DmsUnit=unit,
    )


def upload_signature(unit: str = "", workspace_id: str = "") -> Request:
    """`DescribeFileUploadSignature`: leave to upload a file."""
    return _request("DescribeFileUploadSignature", DmsUnit=unit, WorkspaceId=workspace_id)


def upload_callback(
    filename: str, location: str, size: int, unit: str = "", workspace_id: str = ""
) -> Request:
    """`FileUploadCallback`: make the uploaded file known. `location` is its whole path there,
    `size` is in bytes."""
    return _request(
        "FileUploadCallback",
        Filename=filename,
        UploadLocation=location,
        FileSize=size,
        DmsUnit=unit,
        WorkspaceId=workspace_id,
    )


def _request(action: str, **params: Any) -> Request:
    # An operator writes this one as JSON; all other objects are made here.
    return build(action, DMS_VERSION, params, nested=("DataSource",))


def _milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else int(seconds * 1000)


def _with_secrets(config: dict[str, Any]) -> dict[str, Any]:
    """`config` with what its references to the environment stand for."""
    for name in SECRETS:
        told = config.get(name)
        if not isinstance(told, str) or not told.startswith(FROM_ENVIRONMENT):
            continue
        variable = told.removeprefix(FROM_ENVIRONMENT).strip()
        held = os.environ.get(variable, "")
        if not held:
            raise NotReached(
                f"{name} is to come from the environment variable {variable}, which is not set. "
                "Nothing was sent.",
                title="Not sent: a setting is missing",
                way_out=f"Set {variable}, or start the session without {name}.",
            )
        config[name] = _json(held) if name == "McpHeaders" else held
    return config


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text

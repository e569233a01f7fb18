"""DAS `GetDasAgentSSE`: its request and its dialect.

One JSON object a frame: `Id` (the session), `Answer` (a piece of text), `Event`
(`agent_message`, `summary`, `error`) and `Metadata`. No end mark is attested.
"""

from collections.abc import Mapping
from typing import Any

from das_tui.domain.events import (
    AnyEvent,
    Done,
    Heartbeat,
    MalformedArrived,
    RunFailed,
    TextAppended,
    ToolCalled,
    UnknownArrived,
    UsageReported,
    Voice,
)
from das_tui.domain.record import Frame
from das_tui.wire import payload
from das_tui.wire.errors import MalformedPayload
from das_tui.wire.request import DAS_VERSION, Request, build

LANE = "answer"
"""The one lane on which DAS speaks."""

MAX_CHARS = 2**63


def question(query: str, session_id: str = "", agent_id: str = "") -> Request:
    """`GetDasAgentSSE`: ask. Each one is paid for. Without `session_id` a new session begins."""
    params = {"Query": query, "SessionId": session_id, "AgentId": agent_id}
    return build("GetDasAgentSSE", DAS_VERSION, params)


def decode(frame: Frame) -> tuple[AnyEvent, ...]:
    """The events of a frame, always at least one. Never raises, keeps no state."""
    if payload.is_done(frame.data):
        return (Done(),)
    try:
        value = payload.parse(frame.data)
    except MalformedPayload as error:
        shown = frame.data.decode("utf-8", "replace")
        return (MalformedArrived(text=shown, reason=error.reason),)
    return decode_object(value)


def decode_object(value: dict[str, Any]) -> tuple[AnyEvent, ...]:
    """The events of a payload of this shape, which `Chat` may send too in its legacy form."""
    if value.keys() == {"RequestId"}:
        return (Heartbeat(name="receipt"),)
    if not {"Id", "Answer", "Event", "Metadata"} & value.keys():
        return (UnknownArrived(name="", text=payload.text(value)),)
    given = value.get("Metadata")
    metadata: Mapping[str, Any] = given if isinstance(given, dict) else {}
    answer = payload.text(value.get("Answer"))
    session_id = payload.text(value.get("Id"))
    request_id = payload.text(metadata.get("RequestId"))
    tool = _tool(metadata, request_id)
    kind = payload.text(value.get("Event")).strip()
    match kind.lower():
        case "agent_message" | "" if kind or "Answer" in value:
            piece = TextAppended(
                lane=LANE,
                voice=Voice.ANSWER,
                text=answer,
                session_id=session_id,
                request_id=request_id,
            )
            # A call that comes with no text is first of all a call.
            return (piece, *tool) if answer else (*tool, piece)
        case "summary":
            chars = payload.number(metadata.get("CharCount"), MAX_CHARS)
            usage = UsageReported(
                chars=chars if chars is not None and chars >= 0 else None,
                text=answer,
                session_id=session_id,
                request_id=request_id,
            )
            return (*tool, usage)
        case "error":
            failed = RunFailed(
                code=payload.text(metadata.get("Code")),
                text=answer or payload.text(metadata.get("Message")),
                session_id=session_id,
                request_id=request_id,
            )
            return (*tool, failed)
    return (UnknownArrived(name=kind, text=answer or payload.text(value)), *tool)


def _tool(metadata: Mapping[str, Any], request_id: str) -> tuple[ToolCalled, ...]:
    name = payload.text(metadata.get("ToolName"))
    params = flatten(metadata.get("ToolParams"))
    if not name and not params:
        return ()
    return (ToolCalled(name=name, params=params, request_id=request_id),)


def flatten(params: object) -> tuple[str, ...]:
    """Tool arguments as words.

    They come as an array of strings, or as an array of one string that is itself a JSON array;
    items that are no strings come out as their JSON text.
    """
    if params is None:
        return ()
    items = params if isinstance(params, list) else [params]
    if len(items) == 1 and isinstance(items[0], str) and items[0].lstrip().startswith("["):
        try:
            inner = payload.parse(b'{"a":' + items[0].encode("utf-8", "surrogatepass") + b"}")
        except MalformedPayload:
            inner = {}
        if isinstance(inner.get("a"), list) and inner.keys() == {"a"}:
            items = inner["a"]
    return tuple(payload.text(item) if item is not None else "null" for item in items)

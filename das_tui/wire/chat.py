"""DAS `Chat`: its request and its dialect, the AG-UI events.

One JSON object a frame in PascalCase, `Type` names the event; the stream ends with `[DONE]`.
Messages and tool calls of sub-agents interleave, so everything is keyed by its id.
"""

import contextlib
import uuid
from collections.abc import Mapping
from typing import Any

from das_tui.domain.events import (
    AnyEvent,
    Done,
    Heartbeat,
    MalformedArrived,
    RunFailed,
    StepFinished,
    StepStarted,
    TextAppended,
    TextFinished,
    TextStarted,
    ToolAnswered,
    ToolArgsAppended,
    ToolCalled,
    ToolCallEnded,
    TurnFinished,
    TurnStarted,
    UnknownArrived,
    Voice,
)
from das_tui.domain.record import Frame
from das_tui.wire import das, payload
from das_tui.wire.errors import MalformedPayload
from das_tui.wire.request import DAS_VERSION, Request, build, compact


def question(
    query: str,
    session_id: str = "",
    agent_id: str = "",
    *,
    resume: str = "",
    summary: str = "",
    forwarded_props: str = "",
) -> Request:
    """`Chat`: ask. Each one is paid for, by the characters of question and answer.

    A missing `session_id` is made up here, as the official skill does, so that the session can be
    continued: it is the parameter `SessionId` of the request. `resume` (the answer to what the
    agent asked), `summary` and `forwarded_props` go through as they are: their forms are not known.
    """
    message = {
        "id": str(uuid.uuid4()),
        "role": "user",
        "content": [{"type": "text", "text": payload.whole(query)}],
    }
    params = {
        # A JSON text for the service, not an object of the request.
        "Message": compact(message),
        "SessionId": session_id or str(uuid.uuid4()),
        "AgentId": agent_id,
        "Resume": resume,
        "Summary": summary,
        "ForwardedProps": forwarded_props,
    }
    return build("Chat", DAS_VERSION, params)


def decode(frame: Frame) -> tuple[AnyEvent, ...]:
    """The event of a frame, always at least one. Never raises, keeps no state.

    Texts have their `MessageId` as lane. Only the start of a message names who speaks; its pieces
    follow it on the lane.
    """
    if payload.is_done(frame.data):
        return (Done(),)
    try:
        value = payload.parse(frame.data)
    except MalformedPayload as error:
        shown = frame.data.decode("utf-8", "replace")
        return (MalformedArrived(text=shown, reason=error.reason),)
    kind = payload.text(value.get("Type")).strip()
    if not kind and "Answer" in value:
        return das.decode_object(value)
    if not kind and value.keys() == {"RequestId"}:
        return (Heartbeat(name="receipt"),)
    return (_event(kind, value),)


def _event(kind: str, value: Mapping[str, Any]) -> AnyEvent:
    at = payload.seconds(value.get("Timestamp"))
    lane = payload.text(value.get("MessageId"))
    call_id = payload.text(value.get("ToolCallId"))
    match kind.upper():
        case "RUN_STARTED":
            return TurnStarted(at=at)
        case "RUN_FINISHED":
            return TurnFinished(at=at)
        case "RUN_ERROR":
            return _failure(value, value, at)
        case "TEXT_MESSAGE_START":
            return TextStarted(at=at, lane=lane, voice=_voice(value))
        case "TEXT_MESSAGE_CONTENT":
            return TextAppended(
                at=at,
                lane=lane,
                voice=_voice(value),
                text=payload.text(value.get("Delta")),
                session_id=payload.text(value.get("SessionId")),
                request_id=payload.text(value.get("RequestId")),
            )
        case "TEXT_MESSAGE_END":
            return TextFinished(at=at, lane=lane)
        case "TOOL_CALL_START":
            name = payload.text(value.get("ToolCallName")) or payload.text(value.get("Name"))
            request_id = payload.text(value.get("RequestId"))
            return ToolCalled(at=at, call_id=call_id, name=name, request_id=request_id)
        case "TOOL_CALL_ARGS":
            return ToolArgsAppended(at=at, call_id=call_id, text=payload.text(value.get("Delta")))
        case "TOOL_CALL_END":
            return ToolCallEnded(at=at, call_id=call_id, result=payload.text(value.get("Result")))
        case "TOOL_CALL_RESULT":
            shown = _result(value)
            return ToolAnswered(at=at, call_id=call_id, text=shown, error=_tool_error(value, shown))
        case "TOOL_CALL_CHUNK":
            piece = payload.text(value.get("Chunk")) or _result(value)
            return ToolAnswered(at=at, call_id=call_id, text=piece, partial=True)
        case "ACTIVITY_DELTA":
            return Heartbeat(at=at, name=payload.text(value.get("ActivityType")) or kind)
        case "STEP_STARTED":
            label = payload.text(value.get("Label"))
            return StepStarted(at=at, name=payload.text(value.get("StepName")), label=label)
        case "STEP_FINISHED":
            status = payload.text(value.get("StepStatus"))
            return StepFinished(at=at, name=payload.text(value.get("StepName")), status=status)
        case "CUSTOM":
            name = payload.text(value.get("Name"))
            inner = value.get("Value")
            if name.lower() == "error":
                return _failure(inner, value, at)
            return UnknownArrived(at=at, name=f"{kind} {name}".rstrip(), text=payload.text(inner))
    return UnknownArrived(at=at, name=kind, text=payload.text(value))


def _voice(value: Mapping[str, Any]) -> Voice:
    role = payload.text(value.get("Role")).strip().lower()
    if role == "user":
        return Voice.USER
    return Voice.ANSWER if role in {"", "assistant"} else Voice.THOUGHT


def _result(value: Mapping[str, Any]) -> str:
    """A result stands in `Content`; `Result` and `Delta` occur too."""
    for name in ("Content", "Result", "Delta"):
        if value.get(name) is not None:
            return payload.text(value[name])
    return ""


def _tool_error(value: Mapping[str, Any], shown: str) -> str:
    error = value.get("ToolCallError")
    if error is True:
        return shown or "failed"
    return "" if error is False else payload.text(error)


def _failure(said: object, value: Mapping[str, Any], at: float | None) -> RunFailed:
    """What failed stands in `said`, which may be the JSON text of an object; the request id there,
    or in the frame round it or its `Metadata`."""
    if isinstance(said, str) and said.lstrip().startswith("{"):
        with contextlib.suppress(MalformedPayload):
            said = payload.parse(said.encode("utf-8", "surrogatepass"))
    words = payload.find(said, "Message", "Msg", "Error")
    places = (said, value, payload.find(value, "Metadata"))
    found = (payload.text(payload.find(place, "RequestId")) for place in places)
    return RunFailed(
        at=at,
        code=payload.text(payload.find(said, "Code")),
        text=payload.text(words) if words is not None else payload.text(said),
        request_id=next(filter(None, found), ""),
    )

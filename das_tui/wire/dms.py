"""DMS Data Agent: the dialect of `GetChatContent`.

Event types and categories are compared without regard to case: the documentation writes some in
upper case, every official client compares lower case. The type stands in the JSON field
`event_type`, or, where that is missing, in the `event:` line as `NAME at TIME`.
"""

from collections.abc import Mapping
from typing import Any, TypedDict

from das_tui.domain.events import (
    AnyEvent,
    AskKind,
    ContentAppended,
    ContentArrived,
    ContentFinished,
    ContentStarted,
    Done,
    Heartbeat,
    HumanAsked,
    MalformedArrived,
    RunFailed,
    StatusChanged,
    StreamFinished,
    TurnCancelled,
    TurnFinished,
    TurnStarted,
    UnknownArrived,
)
from das_tui.domain.record import Frame
from das_tui.wire import payload
from das_tui.wire.errors import MalformedPayload

MAX_CHECKPOINT = 2**63
MAX_LEVEL = 2**31

_KEYS = frozenset(
    {"content", "event_type", "content_type", "checkpoint", "level", "category", "timestamp"}
)
_SIGNS_OF_LIFE = frozenset({"heartbeat", "sse_version", "stream"})
_BARE = _SIGNS_OF_LIFE | {"sse_finish", "sse_failure", "chat_canceled", "chat_cancelled"}
"""Types that say all by themselves; any other needs at least one known field."""
_ASKS = {
    "ask_plan": AskKind.PLAN,
    "ask_sql": AskKind.SQL,
    "ask_human": AskKind.HUMAN,
    "ask_report_render": AskKind.REPORT,
}


class _Envelope(TypedDict):
    at: float | None
    level: int | None
    checkpoint: int | None
    category: str | None


def decode(frame: Frame) -> tuple[AnyEvent, ...]:
    """The event of a frame, always at least one. Never raises, keeps no state."""
    if payload.is_done(frame.data):
        return (Done(),)
    try:
        value = payload.parse(frame.data)
    except MalformedPayload as error:
        shown = frame.data.decode("utf-8", "replace")
        return (MalformedArrived(text=shown, reason=error.reason),)
    return (_event(frame, value),)


def content(value: Mapping[str, Any]) -> str:
    """The text of the `content` field; an object there comes as its JSON text."""
    return payload.text(value.get("content"))


def _event(frame: Frame, value: dict[str, Any]) -> AnyEvent:
    kind, shown_kind = _kind(frame, value)
    said = value.get("content")
    body = payload.text(said)
    category = payload.text(value.get("category")).strip().lower()
    content_type = payload.text(value.get("content_type")).strip().lower() or "str"
    if not (said is None or isinstance(said, str)):
        content_type = "json"
    head = _Envelope(
        at=payload.seconds(value.get("timestamp")),
        level=payload.number(value.get("level"), MAX_LEVEL),
        checkpoint=_checkpoint(value.get("checkpoint")),
        category=category or None,
    )
    if len(value) == 1 and "RequestId" in value:
        return Heartbeat(name="receipt")
    if value and _KEYS.isdisjoint(value) and kind not in _BARE:
        return UnknownArrived(name=shown_kind, text=payload.text(value))
    if kind == "delta":
        return ContentAppended(content_type=content_type, text=body, **head)
    if kind == "data":
        return ContentArrived(content_type=content_type, text=body, **head)
    if kind == "content_start":
        return ContentStarted(content_type=content_type, **head)
    if kind == "content_finish":
        return ContentFinished(content_type=content_type, text=body, **head)
    if kind == "chat_start":
        return TurnStarted(text=_message(body, "message"), **head)
    if kind == "status_change":
        return _status(body, head)
    if kind == "chat_finish":
        ask = _ASKS.get(category)
        if ask is not None:
            return HumanAsked(kind=ask, content_type=content_type, text=body, **head)
        if category.startswith("ask_"):
            # A kind of question that is not known yet still waits for a human.
            return HumanAsked(kind=AskKind.HUMAN, content_type=content_type, text=body, **head)
        return TurnFinished(text=body, **head)
    if kind in {"chat_canceled", "chat_cancelled"}:
        return TurnCancelled(text=_message(body, "message"), **head)
    if kind == "sse_finish":
        return StreamFinished(**head)
    if kind == "sse_failure":
        return _failure(value, body, head)
    if kind in _SIGNS_OF_LIFE:
        return Heartbeat(name=shown_kind, **head)
    return UnknownArrived(name=shown_kind, text=body or payload.text(value), **head)


def _kind(frame: Frame, value: Mapping[str, Any]) -> tuple[str, str]:
    """The type of the event, folded for comparing, and as it was written."""
    written = payload.text(value.get("event_type")).strip()
    if not written:
        line = payload.whole(frame.event).strip()
        written = line.partition(" at ")[0] if " at " in line else line.partition(" ")[0]
        written = written.strip()
    return written.lower(), written


def _checkpoint(value: object) -> int | None:
    found = payload.number(value, MAX_CHECKPOINT)
    return found if found is not None and found >= 0 else None


def _object(body: str) -> Mapping[str, Any]:
    try:
        return payload.parse(body.encode("utf-8", "replace"))
    except MalformedPayload:
        return {}


def _message(body: str, *names: str) -> str:
    """The first of the named fields of a JSON body, else the body itself."""
    value = _object(body)
    for name in names:
        if value.get(name) is not None:
            return payload.text(value[name])
    return body


def _status(body: str, head: _Envelope) -> AnyEvent:
    value = _object(body)
    if not value:
        return StatusChanged(current=body, **head)
    return StatusChanged(
        previous=payload.text(value.get("previous")),
        current=payload.text(value.get("current")),
        task=payload.text(value.get("current_task")),
        **head,
    )


def _failure(value: Mapping[str, Any], body: str, head: _Envelope) -> RunFailed:
    """A failure says what is wrong as text, as JSON with these fields, or beside `content`."""
    where = _object(body) or value
    said = payload.find(where, "message", "error", "msg", "errorMessage")
    return RunFailed(
        code=payload.text(payload.find(where, "code", "errorCode")),
        text=(payload.text(said) if said is not None else body) or payload.text(value),
        request_id=payload.text(payload.find(where, "requestId", "request_id")),
        **head,
    )

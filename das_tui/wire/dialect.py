"""The three dialects under one name, and a frame as the fields of a JSON line."""

from collections.abc import Callable, Iterable
from typing import Any

from das_tui.domain.events import AnyEvent, Done, MalformedArrived, type_name
from das_tui.domain.record import Frame, Service
from das_tui.wire import chat, das, dms, payload

_DECODERS: dict[str, Callable[[Frame], tuple[AnyEvent, ...]]] = {
    Service.DAS: das.decode,
    Service.CHAT: chat.decode,
    Service.DMS: dms.decode,
}


def decode(service: str, frame: Frame) -> tuple[AnyEvent, ...]:
    """The events of a frame of `service` (`das`, `chat`, `dms`), always at least one.

    Never raises for any frame; raises KeyError for another service.
    """
    return _DECODERS[service](frame)


def level_and_checkpoint(events: Iterable[AnyEvent]) -> tuple[int | None, int | None]:
    """The level and the checkpoint that the events of one frame carry."""
    level: int | None = None
    checkpoint: int | None = None
    for event in events:
        level = event.level if level is None else level
        checkpoint = event.checkpoint if checkpoint is None else checkpoint
    return level, checkpoint


def describe(service: str, frame: Frame) -> dict[str, object]:
    """A frame as `type`, `level`, `checkpoint`, `category` and `text`.

    `type` names the first event that it decodes to. `text` is the text as the service sent it: the
    `Answer` of DAS, the `content` of DMS, `Delta`, `Content` or `Chunk` of Chat, and the whole
    payload when it is malformed.
    """
    events = decode(service, frame)
    level, checkpoint = level_and_checkpoint(events)
    return {
        "type": type_name(events[0]),
        "level": level,
        "checkpoint": checkpoint,
        "category": events[0].category,
        "text": _text(service, frame, events[0]),
    }


def _text(service: str, frame: Frame, event: AnyEvent) -> str:
    if isinstance(event, MalformedArrived):
        return event.text
    if isinstance(event, Done):
        return ""
    value: dict[str, Any] = payload.parse(frame.data)
    if service == Service.DMS:
        return dms.content(value)
    names = ("Answer",) if service == Service.DAS else ("Delta", "Content", "Chunk", "Answer")
    for name in names:
        if value.get(name) is not None:
            return payload.text(value[name])
    return ""

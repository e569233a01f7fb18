"""Records back into events and blocks: the one way by which stored things are read."""

from collections.abc import Sequence

from das_tui.domain import facts
from das_tui.domain.events import AnyEvent, Heartbeat, NoticeNoted, UnknownArrived
from das_tui.domain.record import LOCAL, Frame, Record, Service
from das_tui.domain.turn import Turn
from das_tui.wire import dialect

_SERVICES = frozenset(service.value for service in Service)


def read(record: Record) -> tuple[AnyEvent, ...]:
    """The events of a record, whether it is a frame of the wire or a local fact.

    A source that only a later version knows is shown as it stands.
    """
    if record.source == LOCAL:
        return (facts.decode(record.event, record.data),)
    if record.source not in _SERVICES:
        text = record.data.decode("utf-8", "replace")
        return (UnknownArrived(name=f"{record.source} {record.event}".strip(), text=text),)
    return dialect.decode(record.source, Frame(record.event, record.data))


def place(events: Sequence[AnyEvent]) -> tuple[int | None, bool]:
    """The checkpoint of one frame's events, and whether the frame is only a sign of life."""
    checkpoint = next((e.checkpoint for e in events if e.checkpoint is not None), None)
    return checkpoint, all(isinstance(event, Heartbeat) for event in events)


def apply(turn: Turn, events: Sequence[AnyEvent], at: float, position: int) -> None:
    """Let the reducer take the events of one record.

    The payload may be hostile. If the reducer fails on it the run goes on and the transcript says
    so; as the payload is stored, a later version can show it. The same happens at each reload.
    """
    for event in events:
        try:
            turn.apply(event, at, position)
        except Exception as error:
            name = type(error).__name__
            turn.apply(
                NoticeNoted(text=f"one event could not be shown ({name}); it is kept"), at, position
            )

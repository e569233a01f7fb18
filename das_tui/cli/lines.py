"""JSON lines: one frame of the wire, one object on one line, in pure ASCII."""

import json
from collections.abc import Mapping

from das_tui.cli.output import Output
from das_tui.domain.events import AnyEvent
from das_tui.domain.record import Frame, Service
from das_tui.wire import dialect, payload
from das_tui.wire.errors import MalformedPayload


class Lines:
    """Prints frames of one session.

    `session` is the service's id, printed with every line; DAS carries its id in the payloads,
    so there it is the last one seen. Lines with a level below `level` are dropped; they count.
    """

    def __init__(self, out: Output, level: int | None, session: str = "") -> None:
        self._out = out
        self._level = level
        self.session = session

    def write(
        self, service: str, frame: Frame, seq: int, events: tuple[AnyEvent, ...] | None = None
    ) -> Mapping[str, object]:
        """Print the frame as line `seq`; what is printed of it is returned. `events` are what
        the frame was decoded to, where that is known already."""
        events = dialect.decode(service, frame) if events is None else events
        if service == Service.DAS:
            self.session = _session(events) or self.session
        described = dialect.describe(service, frame)
        level = described["level"]
        if self._level is None or not isinstance(level, int) or level >= self._level:
            self._out.line(_json(described, seq, self.session, frame))
        return described


def _session(events: tuple[AnyEvent, ...]) -> str:
    for event in events:
        found = getattr(event, "session_id", "")
        if isinstance(found, str) and found:
            return found
    return ""


def _json(described: Mapping[str, object], seq: int, session: str, frame: Frame) -> str:
    """The line. The payload is put in as it was written, not parsed and dumped, so that
    duplicate keys and the spelling of numbers stay."""
    head = {
        "type": described["type"],
        "seq": seq,
        "session": session,
        "level": described["level"],
        "checkpoint": described["checkpoint"],
        "category": described["category"],
        "text": described["text"],
    }
    try:
        wire = payload.ascii_json(frame.data)
    except MalformedPayload:
        wire = "null"
    return f'{json.dumps(head)[:-1]}, "wire": {wire}}}'

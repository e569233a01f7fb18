"""Frames and records: what came over the line, and what is kept of it."""

from enum import StrEnum

from das_tui.light import dataclass


class Service(StrEnum):
    """A dialect of the wire: DAS `GetDasAgentSSE`, DAS `Chat`, DMS `GetChatContent`."""

    DAS = "das"
    CHAT = "chat"
    DMS = "dms"


LOCAL = "local"
"""Source of records that this program wrote itself (see `facts.py`)."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One dispatched server-sent event.

    `event` is the `event:` field as it came, empty when there was none; `data` is the joined
    `data:` lines as bytes, exactly as received.
    """

    event: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Record:
    """One kept item of a session: a frame of the wire or a local fact.

    `position` counts all records of a session from 1; `seq` counts only frames of the wire from 1
    and is 0 for a local fact. `at` is the local receive time in UNIX seconds. `source` is a
    `Service` value or `LOCAL`.
    """

    position: int
    seq: int
    at: float
    source: str
    event: str
    data: bytes

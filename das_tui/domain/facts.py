"""Local facts as records: the JSON form in which this program keeps what it did itself."""

import dataclasses
import json
from typing import Any

from das_tui.domain import events
from das_tui.domain.events import LocalFact, MalformedArrived, type_name
from das_tui.light import field_names

_CLASSES: dict[str, type[LocalFact]] = {
    "question_asked": events.QuestionAsked,
    "reply_given": events.ReplyGiven,
    "dispatched": events.Dispatched,
    "refused": events.Refused,
    "not_dispatched": events.NotDispatched,
    "line_lost": events.LineLost,
    "resumed": events.Resumed,
    "run_cut": events.RunCut,
    "stop_asked": events.StopAsked,
    "listening_stopped": events.ListeningStopped,
    "notice_noted": events.NoticeNoted,
}


def encode(fact: LocalFact) -> tuple[str, bytes]:
    """The name and JSON bytes of a fact, as a `Record` keeps them in `event` and `data`."""
    fields = {key: value for key, value in dataclasses.asdict(fact).items() if value is not None}
    return type_name(fact), json.dumps(fields, ensure_ascii=True).encode()


def decode(name: str, data: bytes) -> LocalFact | MalformedArrived:
    """The fact that `encode` made. One of another version or a damaged one is shown, not lost."""
    cls = _CLASSES.get(name)
    if cls is None:
        return MalformedArrived(text=data.decode("utf-8", "replace"), reason=f"unknown fact {name}")
    try:
        fields: dict[str, Any] = json.loads(data)
        known = field_names(cls)
        return cls(**{key: value for key, value in fields.items() if key in known})
    except (ValueError, TypeError, AttributeError) as error:
        return MalformedArrived(text=data.decode("utf-8", "replace"), reason=str(error))

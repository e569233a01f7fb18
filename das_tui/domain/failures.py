"""Words for failures that a stream reports inside HTTP 200."""

from das_tui.domain.blocks import Failure
from das_tui.domain.events import RunFailed
from das_tui.domain.sentence import sentence

_NO_INSTANCE = "-1810006"


def das_failure(event: RunFailed, chars: int, request_id: str) -> Failure:
    """A DAS `error` event; `chars` is what had arrived of the answer before it, `request_id` the
    request that failed, empty where it is not known."""
    if event.code == _NO_INSTANCE:
        # The service says it, and what to do, at length: title and way out are enough.
        came = _billed(chars) if chars else "No character of an answer came."
        return Failure(
            title="The agent has no instance",
            fact=event.code,
            text=came,
            way_out="Associate an instance with the agent in the DAS console, then ask again.",
            request_id=request_id,
        )
    support = "with the request id support can look it up" if request_id else ""
    if chars:
        came, step = _billed(chars), "Ask again if a second bill is acceptable"
        way_out = "; ".join(filter(None, (step, support)))
    else:
        came = "No character of an answer came, so asking again is safe."
        way_out = support.capitalize()
    return Failure(
        title="The agent stopped with an error",
        fact=event.code,
        text=_joined(event.text, came),
        way_out=sentence(way_out),
        request_id=request_id,
    )


def _billed(chars: int) -> str:
    came = "1 character" if chars == 1 else f"{chars:,} characters"
    return f"{came} came before it and may be billed."


def dms_failure(event: RunFailed) -> Failure:
    """A DMS `SSE_FAILURE`."""
    way_out = ""
    if event.code == "CheckDatabasePermissionFailed":
        way_out = "Ask the owner for query permission on the database in DMS, then ask again."
    return Failure(
        title="The run failed",
        fact=event.code,
        text=_joined(event.text, "What came before is kept."),
        way_out=way_out,
        request_id=event.request_id,
    )


def _joined(text: str, tail: str) -> str:
    return f"{sentence(text)} {tail}" if text.strip() else tail

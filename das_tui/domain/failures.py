"""Words for failures that a stream reports inside HTTP 200."""

from das_tui.domain.blocks import Failure
from das_tui.domain.events import RunFailed

_NO_INSTANCE = "-1810006"


def das_failure(event: RunFailed, chars: int) -> Failure:
    """A DAS `error` event; `chars` is what had arrived of the answer before it."""
    billed = (
        f"{chars:,} characters came before it and may be billed."
        if chars
        else "No character of an answer came, so asking again is safe."
    )
    if event.code == _NO_INSTANCE:
        return Failure(
            title="The agent has no instance",
            fact=event.code,
            text=_joined(event.text, billed),
            way_out="Associate an instance with the agent in the DAS console, then ask again.",
            request_id=event.request_id,
        )
    return Failure(
        title="The agent stopped with an error",
        fact=event.code,
        text=_joined(event.text, billed),
        way_out="Ask again if the cost is acceptable; with the request id support can look it up.",
        request_id=event.request_id,
    )


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
    return f"{text.rstrip()} {tail}" if text.strip() else tail

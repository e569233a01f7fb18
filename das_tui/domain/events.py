"""The closed union of events: everything that can happen to a session.

Events are facts, named in the past tense. The dialects in `wire` decode one frame into zero or
more of them, `facts.py` decodes local records into them, and the reducer in `turn.py` is their
only reader. Whatever a dialect does not know becomes `UnknownArrived` or `MalformedArrived`,
never nothing.
"""

from enum import StrEnum
from typing import TypeAlias

from das_tui.light import dataclass


class Voice(StrEnum):
    """Who speaks in a streamed text."""

    ANSWER = "answer"
    THOUGHT = "thought"
    USER = "user"


class AskKind(StrEnum):
    """What the agent waits for; the DMS categories `ask_plan`, `ask_sql`, `ask_human`,
    `ask_report_render`."""

    PLAN = "plan"
    SQL = "sql"
    HUMAN = "human"
    REPORT = "report"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What every event may carry.

    `at` is the time that the service stamped, in UNIX seconds; `level`, `checkpoint`, `category`
    are the DMS fields of those names. Any may be missing.
    """

    at: float | None = None
    level: int | None = None
    checkpoint: int | None = None
    category: str | None = None


# --- decoded from the wire -------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnStarted(Event):
    """The service began to work on a message; `text` is the message as it echoed it."""

    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextStarted(Event):
    """A streamed text began on `lane`."""

    lane: str = ""
    voice: Voice = Voice.ANSWER


@dataclass(frozen=True, slots=True, kw_only=True)
class TextAppended(Event):
    """A piece of a streamed text; a lane that was never started begins with its first piece."""

    lane: str = ""
    voice: Voice = Voice.ANSWER
    text: str = ""
    session_id: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFinished(Event):
    """The streamed text on `lane` is complete."""

    lane: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentStarted(Event):
    """DMS `content_start`: content of `category` will come in pieces."""

    content_type: str = "str"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentAppended(Event):
    """DMS `delta`: a piece of content. Pieces are joined before JSON is parsed."""

    content_type: str = "str"
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentFinished(Event):
    """DMS `content_finish`: the content is complete; its category may be missing."""

    content_type: str = "str"
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentArrived(Event):
    """DMS `data`: a whole content of `category` at once."""

    content_type: str = "str"
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChanged(Event):
    """DMS `status_change`: the run moved from one phase to another."""

    previous: str = ""
    current: str = ""
    task: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCalled(Event):
    """The agent called a tool. `params` are its arguments as a command line would have them.

    DAS carries call and parameters in one event and never a result; the AG-UI dialect gives a
    `call_id` by which arguments and result follow.
    """

    call_id: str = ""
    name: str = ""
    params: tuple[str, ...] = ()
    request_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolArgsAppended(Event):
    """A piece of the JSON text of a tool call's arguments."""

    call_id: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCallEnded(Event):
    """Arguments are complete; `result` is set where the service puts it here."""

    call_id: str = ""
    result: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolAnswered(Event):
    """A result, or with `partial` a piece of one. Can come after `ToolCallEnded`."""

    call_id: str = ""
    text: str = ""
    partial: bool = False
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepStarted(Event):
    """AG-UI: a step, often of a sub-agent, began."""

    name: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFinished(Event):
    """AG-UI: a step ended with `status`."""

    name: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageReported(Event):
    """DAS `summary`: the billed characters, and a text that may repeat the answer."""

    chars: int | None = None
    text: str = ""
    session_id: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HumanAsked(Event):
    """DMS `chat_finish` with an `ask_*` category: the run waits for a human."""

    kind: AskKind = AskKind.HUMAN
    content_type: str = "str"
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnFinished(Event):
    """The turn ended well (DMS `chat_finish`/`chat`, AG-UI `RUN_FINISHED`)."""

    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnCancelled(Event):
    """DMS `chat_canceled`."""

    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFailed(Event):
    """The service reported a failure inside the stream (DAS `error`, DMS `SSE_FAILURE`, AG-UI
    `CUSTOM`/`error`, `RUN_ERROR`)."""

    code: str = ""
    text: str = ""
    request_id: str = ""
    session_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamFinished(Event):
    """DMS `SSE_FINISH`: the service closed the stream on purpose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done(Event):
    """The mark `[DONE]`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat(Event):
    """A sign of life without content (`HEARTBEAT`, `SSE_VERSION`, `STREAM`, `ACTIVITY_DELTA`)."""

    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownArrived(Event):
    """A well-formed payload that no source describes; shown, kept, never acted on."""

    name: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MalformedArrived(Event):
    """A payload that is not a JSON object; `text` is the payload, `reason` what is wrong."""

    text: str = ""
    reason: str = ""


# --- local facts (stored by this program, see facts.py) ----------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAsked(Event):
    """The operator asked; stored before anything is sent."""

    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyGiven(Event):
    """The operator answered the ask at `ask_checkpoint`; `choice` is approve, approve_all,
    refuse, edit or reply, `text` the message to send."""

    choice: str = ""
    text: str = ""
    kind: str = ""
    ask_checkpoint: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatched(Event):
    """The service accepted the message."""

    message_id: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused(Event):
    """The service refused a request. `safe` says whether asking again is safe, `way_out` what the
    operator can do; `gone` that the session is not there any more."""

    status: int = 0
    code: str = ""
    title: str = ""
    text: str = ""
    way_out: str = ""
    request_id: str = ""
    safe: bool = True
    gone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NotDispatched(Event):
    """Nothing reached the service; sending again is safe."""

    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineLost(Event):
    """The line broke; `retry_in` seconds until the next try, 0 when there is none."""

    kept: int = 0
    text: str = ""
    retry_in: float = 0.0
    attempt: int = 0
    attempts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed(Event):
    """The line is back: asked for `resumed_at`, `repeated` frames were dropped; `lost` is the
    number of frames known to be missing, -1 where that cannot be known."""

    resumed_at: int | None = None
    lost: int = 0
    repeated: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCut(Event):
    """The stream ended without a terminal event and will not be resumed by itself; `title` says
    in a few words why, empty where the line was lost."""

    kept: int = 0
    text: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopAsked(Event):
    """The operator asked the service to cancel the run (DMS `MessageType=cancel`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListeningStopped(Event):
    """The operator stopped listening; the service was not told (DAS cannot be)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeNoted(Event):
    """Something this program did or saw that the transcript should say in one line."""

    text: str = ""


LocalFact: TypeAlias = (
    QuestionAsked
    | ReplyGiven
    | Dispatched
    | Refused
    | NotDispatched
    | LineLost
    | Resumed
    | RunCut
    | StopAsked
    | ListeningStopped
    | NoticeNoted
)
AnyEvent: TypeAlias = (
    TurnStarted
    | TextStarted
    | TextAppended
    | TextFinished
    | ContentStarted
    | ContentAppended
    | ContentFinished
    | ContentArrived
    | StatusChanged
    | ToolCalled
    | ToolArgsAppended
    | ToolCallEnded
    | ToolAnswered
    | StepStarted
    | StepFinished
    | UsageReported
    | HumanAsked
    | TurnFinished
    | TurnCancelled
    | RunFailed
    | StreamFinished
    | Done
    | Heartbeat
    | UnknownArrived
    | MalformedArrived
    | LocalFact
)


def type_name(event: AnyEvent) -> str:
    """The snake_case name of an event, as the JSON lines print it.

    `MalformedArrived` prints as `malformed` and `UnknownArrived` as `unknown`.
    """
    name = type(event).__name__
    name = name.removesuffix("Arrived") if name in _SHORT else name
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


_SHORT = frozenset({"MalformedArrived", "UnknownArrived"})

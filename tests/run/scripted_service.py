"""A scripted service on a real socket: says what it is told to say, and remembers every request.

It speaks just enough HTTP/1.1 for the client, and breaks off wherever a test wants it to.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TypeAlias

from tests.rig import replies
from tests.rig.raw_server import RawServer
from tests.rig.raw_server import Request as Call
from tests.rig.replies import Reply, data

__all__ = ["Call", "Reply", "Script", "Service", "Step", "data"]


def created(session_id: str = "sess_1", agent_status: str = "RUNNING", **more: str) -> Reply:
    inner = {"SessionId": session_id, "AgentId": "ag-1", "AgentStatus": agent_status, **more}
    return data({"RequestId": "r-create", "Success": True, "Data": inner})


def sent(message_id: str = "m-1") -> Reply:
    inner = {"SessionId": "sess_1", "AgentId": "ag-1", "MessageId": message_id}
    return data({"RequestId": "r-send", "Success": "true", "Data": inner})


def described(session_status: str, agent_status: str = "RUNNING") -> Reply:
    inner = {
        "SessionId": "sess_1",
        "AgentId": "ag-1",
        "AgentStatus": agent_status,
        "SessionStatus": session_status,
    }
    return data({"RequestId": "r-describe", "Success": True, "Data": inner})


def throttled(**headers: str) -> Reply:
    body = {"RequestId": "r-429", "Code": "Throttling.User", "Message": "slow down"}
    return data(body, 429, **headers)


def refused(status: int = 403, code: str = "NoPermission") -> Reply:
    return data({"RequestId": "r-no", "Code": code, "Message": "you may not"}, status)


Script: TypeAlias = Sequence[Reply] | Callable[[Call], Reply]


class Service:
    """`scripts` names the answers of each action, in order, or a function that makes them.

    A request beyond its script gets HTTP 400 `Unscripted`, which no test expects.
    """

    def __init__(self, **scripts: Script) -> None:
        self.scripts: dict[str, Script] = dict(scripts)
        self._server = RawServer(lambda call, writer: replies.send(self._next(call), call, writer))

    async def __aenter__(self) -> "Service":
        await self._server.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._server.__aexit__(kind, error, trace)

    @property
    def url(self) -> str:
        return self._server.url

    @property
    def calls(self) -> list[Call]:
        """All requests so far."""
        return self._server.seen

    def asked(self, action: str) -> list[Call]:
        """The requests of one action so far."""
        return self._server.asked(action)

    def _next(self, call: Call) -> Reply:
        script = self.scripts.get(call.action, ())
        if callable(script):
            return script(call)
        place = len(self.asked(call.action)) - 1
        if place < len(script):
            return script[place]
        return refused(400, "Unscripted")


# --- frames --------------------------------------------------------------------------------------


def das(answer: str = "", event: str = "agent_message", **metadata: Any) -> bytes:
    """One DAS frame."""
    value = {"Id": "das-session-1", "Answer": answer, "Event": event, "Metadata": metadata}
    return b"data:" + json.dumps(value, ensure_ascii=False).encode() + b"\n\n"


DONE = b"data:[DONE]\n\n"


@dataclass(frozen=True)
class Step:
    """One DMS frame and the checkpoint that it carries."""

    checkpoint: int | None
    raw: bytes


def dms(
    event_type: str,
    category: str = "",
    content: str = "",
    checkpoint: int | None = None,
    content_type: str = "str",
) -> Step:
    value: dict[str, Any] = {
        "event_type": event_type,
        "category": category,
        "content": content,
        "content_type": content_type,
        "level": 20,
    }
    if checkpoint is not None:
        value["checkpoint"] = checkpoint
    return Step(checkpoint, b"data: " + json.dumps(value).encode() + b"\n\n")


FINISH = dms("SSE_FINISH")


class Journal:
    """What a DMS session has said so far, and how it is said again.

    `mode` is `inclusive` (from the first frame with the checkpoint on), `exclusive` (behind the
    last one with it) or `beyond` (from the first with a later one, those without one skipped).
    """

    def __init__(self, steps: Sequence[Step], mode: str = "inclusive") -> None:
        self.steps = list(steps)
        self.mode = mode

    def from_(self, at: int | None) -> list[Step]:
        if at is None:
            return []
        if at == 0:
            return self.steps
        places = [(i, s.checkpoint) for i, s in enumerate(self.steps) if s.checkpoint is not None]
        if self.mode == "inclusive":
            start = next((i for i, c in places if c >= at), len(self.steps))
        elif self.mode == "exclusive":
            start = max((i + 1 for i, c in places if c <= at), default=0)
        else:
            start = next((i for i, c in places if c > at), len(self.steps))
        return self.steps[start:]

    def body(self, at: int | None) -> bytes:
        return b"".join(step.raw for step in self.from_(at))


def cutting(journal: Journal, cuts: Sequence[int], how: str = "rst") -> Callable[[Call], Reply]:
    """Answers GetChatContent from the journal; the n-th stream breaks off after `cuts[n]` bytes."""
    place = 0

    def answer(call: Call) -> Reply:
        nonlocal place
        body = journal.body(call.checkpoint)
        if place < len(cuts):
            length = cuts[place]
            place += 1
            return Reply(body[:length], end=how)
        return Reply(body)

    return answer

"""A scripted service on a real socket: says what it is told to say, and remembers every request.

It speaks just enough HTTP/1.1 for the client, and breaks off wherever a test wants it to.
"""

import asyncio
import contextlib
import json
import socket
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Call:
    """One request as it arrived."""

    action: str
    params: dict[str, str]

    @property
    def checkpoint(self) -> int | None:
        at = self.params.get("Checkpoint")
        return None if at is None else int(at)


@dataclass
class Reply:
    """What to answer.

    `end` is how the connection ends after `body`: `fin` as HTTP has it, `cut` a chunked body that
    stops, `close` a body of no stated length that stops, which HTTP takes for its end, `rst` a
    reset, `open` until the client leaves, `beat` the same with `beat` sent fifty times a second,
    `drop` no answer at all. `hold` is waited for before the head, `hold_body` between head and
    body.
    """

    body: bytes = b""
    status: int = 200
    kind: str = "text/event-stream; charset=utf-8"
    end: str = "fin"
    headers: dict[str, str] = field(default_factory=dict)
    beat: bytes = b""
    hold: asyncio.Event | None = None
    hold_body: asyncio.Event | None = None


def data(value: dict[str, Any], status: int = 200, **headers: str) -> Reply:
    """A JSON answer."""
    kind = "application/json;charset=utf-8"
    return Reply(json.dumps(value).encode(), status, kind, headers=dict(headers))


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


Script = Sequence[Reply] | Callable[[Call], Reply]


class Service:
    """`scripts` names the answers of each action, in order, or a function that makes them.

    A request beyond its script gets HTTP 400 `Unscripted`, which no test expects.
    """

    def __init__(self, **scripts: Script) -> None:
        self.scripts: dict[str, Script] = dict(scripts)
        self.calls: list[Call] = []
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.url = ""

    async def __aenter__(self) -> "Service":
        self._server = await asyncio.start_server(self._accepted, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def asked(self, action: str) -> list[Call]:
        """The requests of one action so far."""
        return [call for call in self.calls if call.action == action]

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while await self._exchange(reader, writer):
                pass
        writer.close()
        self._tasks.discard(task)

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.split("\r\n")
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines if line)
        }
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        query = urlsplit(first.split(" ")[1]).query
        params = dict(parse_qsl(query, keep_blank_values=True))
        if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            params |= dict(parse_qsl(body.decode(), keep_blank_values=True))
        call = Call(headers.get("x-acs-action", params.get("Action", "")), params)
        self.calls.append(call)
        return await self._answer(self._next(call), writer, reader)

    def _next(self, call: Call) -> Reply:
        script = self.scripts.get(call.action, ())
        if callable(script):
            return script(call)
        place = len(self.asked(call.action)) - 1
        if place < len(script):
            return script[place]
        return refused(400, "Unscripted")

    async def _answer(
        self, reply: Reply, writer: asyncio.StreamWriter, reader: asyncio.StreamReader
    ) -> bool:
        if reply.hold is not None:
            await reply.hold.wait()
        if reply.end == "drop":
            return False
        chunked = reply.kind.startswith("text/event-stream") and reply.end != "close"
        framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(reply.body)}"
        if reply.end == "close":
            framing = "Connection: close"
        head = [f"HTTP/1.1 {reply.status} X", f"Content-Type: {reply.kind}", framing]
        head += [f"{name}: {value}" for name, value in reply.headers.items()]
        head.append("x-acs-request-id: r-head")
        writer.write("\r\n".join([*head, "", ""]).encode())
        await writer.drain()
        if reply.hold_body is not None:
            await reply.hold_body.wait()
        if not chunked:
            writer.write(reply.body)
            await writer.drain()
            return reply.end != "close"
        if reply.body:
            writer.write(b"%x\r\n%s\r\n" % (len(reply.body), reply.body))
        await writer.drain()
        if reply.end == "fin":
            writer.write(b"0\r\n\r\n")
            await writer.drain()
            return True
        if reply.end == "open":
            await reader.read()
        if reply.end == "beat":
            leaving = asyncio.ensure_future(reader.read())
            while not (await asyncio.wait({leaving}, timeout=0.02))[0]:
                writer.write(b"%x\r\n%s\r\n" % (len(reply.beat), reply.beat))
        if reply.end == "rst":
            raw = writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        return False


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

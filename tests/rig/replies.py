"""Answers as bytes: how a body is framed, and all the ways in which an answer can end."""

import asyncio
import contextlib
import json
from dataclasses import dataclass, field
from typing import Any

from tests.rig.raw_server import Request, reset

EVENT_STREAM = "text/event-stream; charset=utf-8"
_PIECE = 64 * 1024


@dataclass
class Reply:
    """What to answer.

    `end` is how the connection ends after `body`: `fin` as HTTP has it, `cut` by FIN before HTTP
    has ended, `close` by FIN in a body of no stated length, which HTTP takes for its end, `rst` by
    a reset, `open` not until the client leaves, `beat` the same with `beat` sent fifty times a
    second, `drop` without any answer.

    `framing` is `chunked`, `length` or `close`; empty takes what is usual for the type. `length`
    states `more` bytes than come. `head` stands in the place of status line and headers, as it is.
    `endless` is repeated after the body until the client leaves or `most` bytes of it were taken.
    With `piece` the body comes that many bytes at a time, `pace` seconds apart. `hold` is waited
    for before the head, `hold_body` between head and body, `wait` seconds before the head and
    `wait_body` between the two.
    """

    body: bytes = b""
    status: int = 200
    kind: str = EVENT_STREAM
    end: str = "fin"
    headers: dict[str, str] = field(default_factory=dict)
    beat: bytes = b""
    hold: asyncio.Event | None = None
    hold_body: asyncio.Event | None = None
    framing: str = ""
    more: int = 0
    head: bytes | None = None
    endless: bytes = b""
    most: int = 0
    piece: int = 0
    pace: float = 0.0
    wait: float = 0.0
    wait_body: float = 0.0

    @property
    def frame(self) -> str:
        """How the body is framed."""
        if self.end == "close":
            return "close"
        usual = "chunked" if self.kind.startswith("text/event-stream") else "length"
        return self.framing or usual


def data(value: dict[str, Any], status: int = 200, **headers: str) -> Reply:
    """A JSON answer."""
    kind = "application/json;charset=utf-8"
    return Reply(json.dumps(value).encode(), status, kind, headers=dict(headers))


async def send(reply: Reply, request: Request, writer: asyncio.StreamWriter) -> bool:
    """Write an answer; True where the connection waits for a further request."""
    if reply.hold is not None:
        await reply.hold.wait()
    await _silent(reply.wait, request)
    if reply.end == "drop":
        return False
    chunked = reply.frame == "chunked"
    writer.write(_head(reply) if reply.head is None else reply.head)
    await writer.drain()
    if reply.hold_body is not None:
        await reply.hold_body.wait()
    await _silent(reply.wait_body, request)
    size = reply.piece or len(reply.body)
    for place in range(0, len(reply.body), size or 1):
        await _write(writer, reply.body[place : place + size], chunked)
        await _silent(reply.pace, request)
    sent = 0
    while reply.endless and sent < (reply.most or sent + 1):
        piece = reply.endless * max(1, _PIECE // len(reply.endless))
        await _write(writer, piece, chunked)
        sent += len(piece)
    return await _ended(reply, request, writer, chunked)


async def _silent(seconds: float, request: Request) -> None:
    """Say nothing for a while, at most until the client leaves."""
    if seconds:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(request.gone(), seconds)


def _head(reply: Reply) -> bytes:
    lines = [f"HTTP/1.1 {reply.status} X"]
    lines += [f"Content-Type: {reply.kind}"] if reply.kind else []
    lines.append(
        {
            "chunked": "Transfer-Encoding: chunked",
            "length": f"Content-Length: {len(reply.body) + reply.more}",
            "close": "Connection: close",
        }[reply.frame]
    )
    lines += [f"{name}: {value}" for name, value in reply.headers.items()]
    if "x-acs-request-id" not in reply.headers:
        lines.append("x-acs-request-id: r-head")
    return "\r\n".join([*lines, "", ""]).encode()


async def _write(writer: asyncio.StreamWriter, piece: bytes, chunked: bool) -> None:
    if piece:
        writer.write(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
        await writer.drain()


async def _ended(
    reply: Reply, request: Request, writer: asyncio.StreamWriter, chunked: bool
) -> bool:
    if reply.end == "fin":
        if chunked:
            writer.write(b"0\r\n\r\n")
            await writer.drain()
        return reply.frame != "close" and reply.head is None
    if reply.end == "open":
        await request.gone()
    if reply.end == "beat":
        leaving = asyncio.ensure_future(request.gone())
        with contextlib.suppress(ConnectionError):
            while not (await asyncio.wait({leaving}, timeout=0.02))[0]:
                await _write(writer, reply.beat, chunked)
    if reply.end == "rst":
        reset(writer)
    return False

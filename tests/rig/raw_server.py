"""A server on real sockets that reads requests and leaves every byte of the answer to a caller.

It remembers each request with the time at which its head and body had come.
"""

import asyncio
import contextlib
import socket
import ssl
import struct
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cached_property
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl

_LONGEST_HEAD = 256 * 1024


@dataclass(frozen=True)
class Request:
    """A request as it came: method, target, headers by lower-case name, body. `raw` is all of it,
    `at` the monotonic second at which it was whole."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    reader: asyncio.StreamReader = field(repr=False)
    raw: bytes = field(repr=False, default=b"")
    at: float = 0.0

    async def gone(self) -> None:
        """Wait until the client has closed the connection."""
        await self.reader.read()

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]

    @cached_property
    def params(self) -> dict[str, str]:
        """The parameters of the query and of a form body."""
        found = dict(parse_qsl(self.query, keep_blank_values=True))
        if self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            found |= dict(parse_qsl(self.body.decode(), keep_blank_values=True))
        return found

    @property
    def action(self) -> str:
        return self.headers.get("x-acs-action", self.params.get("Action", ""))

    @property
    def checkpoint(self) -> int | None:
        """The checkpoint that a stream is asked for from."""
        at = self.params.get("Checkpoint")
        return None if at is None else int(at)


Answer = Callable[[Request, asyncio.StreamWriter], Awaitable[bool | None]]
"""Writes the answer to a request; True where the connection waits for the next one."""


class RawServer:
    """A running server on a free port of this machine. Use it as an async context manager.

    `connections` counts those that were accepted (with TLS, that shook hands), `closed` is set when
    one has ended.
    """

    def __init__(self, answer: Answer, tls: ssl.SSLContext | None = None) -> None:
        self.url = ""
        self.seen: list[Request] = []
        self.connections = 0
        self.closed = asyncio.Event()
        self._answer = answer
        self._tls = tls
        self._closing = False
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(
            self._accepted, "127.0.0.1", 0, ssl=self._tls, limit=_LONGEST_HEAD
        )
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"{'https' if self._tls else 'http'}://127.0.0.1:{port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._closing = True
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def asked(self, action: str) -> list[Request]:
        """The requests of one action so far."""
        return [request for request in self.seen if request.action == action]

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            while await self._exchange(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError):
            pass
        except asyncio.CancelledError:
            if not self._closing:
                raise
        finally:
            self.closed.set()
            self._tasks.discard(task)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")[:-2]
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines)
        }
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        method, target, _ = first.split(" ")
        request = Request(method, target, headers, body, reader, head + body, time.monotonic())
        self.seen.append(request)
        return bool(await self._answer(request, writer))


def reset(writer: asyncio.StreamWriter) -> None:
    """End the connection by RST."""
    line = writer.get_extra_info("socket")
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()

"""A raw HTTP server over real sockets, on which a test writes the very bytes of an answer."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import pytest


@dataclass
class Seen:
    """A request as it came: method, target, headers by lower-case name, body."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    reader: asyncio.StreamReader

    async def gone(self) -> None:
        """Wait until the client has closed the connection."""
        await self.reader.read()

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]


@dataclass
class Server:
    """A running server; `answer` is called for each request with it and a writer."""

    url: str
    seen: list[Seen] = field(default_factory=list)
    closed: asyncio.Event = field(default_factory=asyncio.Event)


Answer = Callable[[Seen, asyncio.StreamWriter], Awaitable[None]]
Serve = Callable[..., Awaitable[Server]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Start servers on free ports; they end with the test. Bytes stand for an answer that is
    written as it is, before the connection is closed."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(answer: Answer | bytes, tls: ssl.SSLContext | None = None) -> Server:
            server = Server("")

            async def connection(
                reader: asyncio.StreamReader, writer: asyncio.StreamWriter
            ) -> None:
                try:
                    head = await reader.readuntil(b"\r\n\r\n")
                    first, *lines = head.decode("latin-1").split("\r\n")[:-2]
                    headers = {
                        name.strip().lower(): value.strip()
                        for name, _, value in (line.partition(":") for line in lines)
                    }
                    body = await reader.readexactly(int(headers.get("content-length", 0)))
                    method, target, _ = first.split(" ")
                    request = Seen(method, target, headers, body, reader)
                    server.seen.append(request)
                    if isinstance(answer, bytes):
                        writer.write(answer)
                        await writer.drain()
                    else:
                        await answer(request, writer)
                except (OSError, asyncio.IncompleteReadError):
                    server.closed.set()
                finally:
                    server.closed.set()
                    writer.close()
                    with contextlib.suppress(OSError):
                        await writer.wait_closed()

            running = await asyncio.start_server(connection, "127.0.0.1", 0, ssl=tls)
            stack.push_async_callback(running.wait_closed)
            stack.callback(running.close)
            port = running.sockets[0].getsockname()[1]
            server.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
            return server

        yield start

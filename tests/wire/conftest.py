"""A raw HTTP server over real sockets, on which a test writes the very bytes of an answer."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from tests.rig.raw_server import Answer, RawServer, Request

Serve = Callable[..., Awaitable[RawServer]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Start servers on free ports; they end with the test. Bytes stand for an answer that is
    written as it is, before the connection is closed."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(answer: Answer | bytes, tls: ssl.SSLContext | None = None) -> RawServer:
            async def written(_: Request, writer: asyncio.StreamWriter) -> None:
                assert isinstance(answer, bytes)
                writer.write(answer)
                await writer.drain()

            made = RawServer(written if isinstance(answer, bytes) else answer, tls)
            return await stack.enter_async_context(made)

        yield start

"""An open stream of events, and what its silence and its end mean."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

import httpx

from das_tui.domain.record import Frame
from das_tui.wire.errors import LineSilent
from das_tui.wire.faults import broken
from das_tui.wire.redact import scrubber
from das_tui.wire.request import Request
from das_tui.wire.sse import SseDecoder

_AHEAD = 64 * 1024
"""Bytes that are read before somebody takes them, but for the piece that goes beyond."""


class EventStream:
    """An open stream. Iterating gives the frames of what the network brought since, which may be
    none, and ends at a clean end of input.

    Raises `LineSilent` when no byte came for the silence time: the stream is still open then, and
    iterating again goes on without loss. Raises `LineBroken` when the line broke. `dropped` counts
    an event that the end cut off. A payload is given as it came, but for the values of `secrets`,
    should the service send them back.
    """

    def __init__(
        self,
        response: httpx.Response,
        request: Request,
        request_id: str,
        silence: float,
        secrets: Sequence[str] = (),
    ) -> None:
        self.request_id = request_id
        self._request = request
        self._silence = silence
        self._decoder = SseDecoder()
        self._scrub = scrubber(secrets)
        self._pieces = response.aiter_raw()
        self._reading: asyncio.Task[None] | None = None
        self._arrived: list[bytes] = []
        self._some = asyncio.Event()
        self._room = asyncio.Event()
        self._ended = False

    @property
    def dropped(self) -> int:
        """Events that the end of input cut off: 0 or 1."""
        return self._decoder.dropped

    def __aiter__(self) -> AsyncIterator[list[Frame]]:
        return self

    async def __anext__(self) -> list[Frame]:
        if self._ended:
            raise StopAsyncIteration
        if self._reading is None:
            self._reading = asyncio.create_task(self._read())
        try:
            async with asyncio.timeout(self._silence):
                await self._some.wait()
        except TimeoutError:
            if not self._some.is_set():
                raise LineSilent(
                    f"No byte came for {self._silence:g} s. The line is still open.",
                    request_id=self.request_id,
                    safe=self._request.repeatable,
                ) from None
        if self._arrived:
            return self._taken()
        try:
            await self._reading
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            self._ended = True
            self._decoder.close()
            raise broken(error, self._request, self.request_id) from None
        self._ended = True
        frames = [self._safe(frame) for frame in self._decoder.close() if self._whole(frame)]
        if not frames:
            raise StopAsyncIteration
        return frames

    def _whole(self, frame: Frame) -> bool:
        """Whether an event that the end of input cut off may be taken. Its name can have stood in
        a line that did not come; where the stream can be asked for again, one that says nowhere
        what it is comes again in full."""
        return not self._request.repeatable or bool(frame.event) or b'"event_type"' in frame.data

    async def _read(self) -> None:
        """Gather pieces until the input ends. Many come with one look at the line, and a stream of
        small ones is not worth a turn of the loop for each."""
        size = 0
        try:
            async for piece in self._pieces:
                size = size + len(piece) if self._arrived else len(piece)
                self._arrived.append(piece)
                self._some.set()
                if size >= _AHEAD:
                    self._room.clear()
                    await self._room.wait()
        finally:
            self._some.set()

    def _taken(self) -> list[Frame]:
        """The frames of what has arrived; there is room for more."""
        pieces, self._arrived = self._arrived, []
        if self._reading is None or not self._reading.done():
            self._some.clear()
        self._room.set()
        return [self._safe(frame) for piece in pieces for frame in self._decoder.feed(piece)]

    def _safe(self, frame: Frame) -> Frame:
        data = self._scrub(frame.data)
        return frame if data is frame.data else Frame(frame.event, data)

    async def aclose(self) -> None:
        """Stop reading. The response itself belongs to the transport."""
        self._ended = True
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait({self._reading})
            if not self._reading.cancelled():
                self._reading.exception()
            self._reading = None
        close = getattr(self._pieces, "aclose", None)
        if close is not None:
            with contextlib.suppress(httpx.HTTPError, OSError, RuntimeError):
                await close()

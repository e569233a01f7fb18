"""An open stream hands on at once what has come, and reads ahead no more than it may."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from das_tui.domain.record import Frame
from das_tui.wire import event_stream
from das_tui.wire.errors import LineSilent
from das_tui.wire.event_stream import EventStream
from das_tui.wire.request import Request
from tests.wire.sse_streams import frames

LIMIT = 5.0


class Line(httpx.AsyncByteStream):
    """A response whose body comes piece by piece as a test says; `read` counts pieces taken."""

    def __init__(self) -> None:
        self.pieces: asyncio.Queue[bytes] = asyncio.Queue()
        self.read = 0
        self.took = asyncio.Event()

    def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.pieces.put_nowait(piece)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while piece := await self.pieces.get():
            self.read += 1
            self.took.set()
            yield piece


@pytest.fixture
def line() -> Line:
    return Line()


def opened(line: Line, silence: float = LIMIT) -> EventStream:
    response = httpx.Response(200, stream=line)
    return EventStream(response, Request("GetDasAgentSSE", "2020-01-16", {}), "r-1", silence)


def event(number: int, size: int = 0) -> bytes:
    return b"data: %d%s\n\n" % (number, b"x" * size)


async def taken(stream: EventStream) -> list[Frame]:
    return await asyncio.wait_for(anext(stream), LIMIT)


async def at_once(stream: EventStream) -> list[Frame]:
    """What is handed on within a few turns of the loop, without any time passing."""
    wanted = asyncio.ensure_future(anext(stream))
    for _ in range(30):
        await asyncio.sleep(0)
    assert wanted.done(), "it waits for something"
    return await wanted


async def until_read(line: Line, count: int) -> None:
    async with asyncio.timeout(LIMIT):
        while line.read < count:
            line.took.clear()
            await line.took.wait()


async def rest(stream: EventStream, got: list[Frame]) -> None:
    """Take what comes until the stream ends."""
    async for some in stream:
        got += some


async def test_what_has_come_is_handed_on_at_once(line: Line) -> None:
    """Nothing is waited for after a piece, however small, and however much may follow."""
    stream = opened(line)
    for number in range(20):
        line.send(event(number))
        assert await at_once(stream) == [Frame("", b"%d" % number)]
        assert line.pieces.empty()
    line.send(b"data: half")
    assert await at_once(stream) == [], "half an event is none, and is not waited for"
    line.send(b" of it\n\n")
    assert await at_once(stream) == [Frame("", b"half of it")]
    await stream.aclose()


async def test_what_came_meanwhile_is_taken_together(line: Line) -> None:
    stream = opened(line)
    line.send(event(0))
    assert len(await taken(stream)) == 1
    sent = [event(number) for number in range(1, 200)]
    line.send(*sent)
    await until_read(line, 200)
    assert await taken(stream) == frames([b"".join(sent)])[0]
    await stream.aclose()


async def test_it_reads_ahead_up_to_a_limit_and_goes_on_when_there_is_room(line: Line) -> None:
    stream = opened(line)
    piece = event(0, 8_000)
    ahead = -(-event_stream._AHEAD // len(piece))
    line.send(*[piece] * 40)
    found = len(await taken(stream))
    assert found <= ahead
    await until_read(line, found + ahead)
    for _ in range(100):
        await asyncio.sleep(0)
    assert line.read == found + ahead, "what nobody takes stays on the line"
    line.send(b"")
    async for some in stream:
        assert len(some) <= ahead
        found += len(some)
    assert found == 40
    assert line.read == 40


async def test_a_piece_beyond_the_limit_is_taken_whole(line: Line) -> None:
    stream = opened(line)
    line.send(event(0, 3 * event_stream._AHEAD), event(1), b"")
    got: list[Frame] = []
    await rest(stream, got)
    assert [len(frame.data) for frame in got] == [1 + 3 * event_stream._AHEAD, 1]


async def test_silence_loses_nothing(line: Line) -> None:
    stream = opened(line, silence=0.01)
    line.send(event(0), b"data: 1")
    got: list[Frame] = []
    with pytest.raises(LineSilent):
        await rest(stream, got)
    line.send(b"23\n\n", b"")
    await rest(stream, got)
    assert [frame.data for frame in got] == [b"0", b"123"]

"""A service that floods who reads its stream: `python -m tests.rig.floods KIND --size N`.

It says on standard output where it listens and when the flood begins and ends, on the clock that
the measuring process uses too. The stream begins with some events of all levels and goes on with
one more event behind the flood.
"""

import argparse
import asyncio
import contextlib
import json
import sys
import time
import zlib
from collections.abc import Iterator

from benchmarks import corpus
from das_tui.domain.record import Frame
from tests.rig.raw_server import RawServer, Request

BEFORE = 60
"""Events before the flood."""

BEHIND = "behind the flood"
"""The words of the event after it."""

SESSION, AGENT = "sess-flood", "ag-flood"
KINDS = ("event", "line", "comment", "fields", "bomb", "many", "large", "mixed")
_HOLD = 1.0
"""Seconds in which what came before the flood is shown."""

_PIECE = 256 * 1024
_LINE = 4 * 1024 * 1024
_LARGE = 2 * 1024 * 1024
"""Characters of an event that is large and no more than that."""

_ANSWER = {"SessionId": SESSION, "AgentId": AGENT, "AgentStatus": "RUNNING", "MessageId": "m"}


def flood(kind: str, size: int) -> Iterator[bytes]:
    """The flood itself: `size` bytes, for `many` so many events."""
    filler = b"x" * _PIECE
    if kind == "event":
        for _ in range(size // _LINE):
            yield b"data: "
            yield from [filler] * (_LINE // _PIECE)
            yield b"\n"
        yield b"\n"
    elif kind in {"line", "comment"}:
        yield b"data: " if kind == "line" else b": "
        yield from [filler] * (size // _PIECE)
        yield b"\n\n"
    elif kind == "fields":
        names = b"x: y\n" * (_PIECE // 5)
        yield from [names] * (size // len(names))
        yield b"\n"
    elif kind == "many":
        found = b""
        for frame in corpus.frames(BEFORE + 2, size):
            found += corpus.encoded(frame)
            if len(found) > _PIECE:
                yield found
                found = b""
        yield found
    elif kind == "large":
        for number in range(size // _LARGE):
            text = f"{number} " + "long words " * (_LARGE // 11)
            yield corpus.encoded(corpus.dms_frame("data", BEFORE + 2 + number, text, "llm"))
    elif kind == "mixed":
        events = tuple(_huge())
        for number in range(_mixed(size)):
            made, category, text = events[number % len(events)]
            frame = corpus.dms_frame(made, BEFORE + 2 + number, text, category)
            as_json = frame.data.replace(b'"content_type": "str"', b'"content_type": "json"')
            yield corpus.encoded(Frame(frame.event, as_json))


def _huge() -> Iterator[tuple[str, str, str]]:
    """Type, category and content of events whose content is huge, each in another way."""
    words = "words " * (3 * _LARGE // 6)
    yield "data", "tool_call_response", json.dumps({"nb_file_outputs": [{"text": words}]})
    rows = [[number, "word"] for number in range(100_000)]
    table = {"application/json": {"columns": ["a", "b"], "result": rows}}
    yield "data", "tool_call_response", json.dumps({"nb_file_outputs": [{"data": table}]})
    steps = [{"name": f"step {number}"} for number in range(100_000)]
    yield "data", "plan", json.dumps({"plans": [{"plan": {"steps": steps}}]})
    for _ in range(4):
        yield "delta", "llm", "endless" * (_LARGE // 7)


def _mixed(size: int) -> int:
    """So many of these are about `size` bytes."""
    return 7 * max(1, size // (10 * _LARGE))


class Flooding:
    """The answers of the service."""

    def __init__(self, kind: str, size: int) -> None:
        self._kind = kind
        self._size = size
        self._bomb = _bomb(size) if kind == "bomb" else b""
        events = {"many": size, "large": size // _LARGE, "mixed": _mixed(size)}.get(kind, 0)
        last = BEFORE + 2 + events
        self._head = b"".join(
            [
                corpus.encoded(corpus.dms_frame("chat_start", 1)),
                *map(corpus.encoded, corpus.frames(2, BEFORE)),
            ]
        )
        self._tail = b"".join(
            corpus.encoded(frame)
            for frame in (
                corpus.dms_frame("data", last, BEHIND, "llm"),
                corpus.dms_frame("chat_finish", last + 1),
                corpus.dms_frame("SSE_FINISH", last + 1),
            )
        )

    async def answer(self, request: Request, writer: asyncio.StreamWriter) -> bool:
        """Streams are floods, everything else is a short answer."""
        if request.action != "GetChatContent":
            body = json.dumps({"RequestId": "r", "Success": True, "Data": _ANSWER}).encode()
            writer.write(_headed("application/json", len(body)) + body)
            await writer.drain()
            return True
        if self._kind == "bomb":
            say("begun")
            head = _headed("text/event-stream", len(self._bomb), "Content-Encoding: gzip")
            writer.write(head + self._bomb)
            await writer.drain()
            say("ended")
            return False
        writer.write(_headed("text/event-stream", None))
        await _chunk(writer, self._head)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(request.gone(), _HOLD)
        say("begun")
        for piece in flood(self._kind, self._size):
            await _chunk(writer, piece)
        await _chunk(writer, self._tail)
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        say("ended")
        return False


def _bomb(size: int) -> bytes:
    """`size` bytes of an event stream, compressed to a thousandth."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    pieces = [packer.compress(b"data: ")]
    pieces += [packer.compress(b"x" * _PIECE) for _ in range(size // _PIECE)]
    return b"".join([*pieces, packer.flush()])


def _headed(kind: str, length: int | None, *more: str) -> bytes:
    framing = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    lines = ("HTTP/1.1 200 OK", f"Content-Type: {kind}", framing, "x-acs-request-id: r", *more)
    return "\r\n".join([*lines, "", ""]).encode()


async def _chunk(writer: asyncio.StreamWriter, piece: bytes) -> None:
    if piece:
        writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        await writer.drain()


def say(word: str) -> None:
    sys.stdout.write(f"{word} {time.monotonic()!r}\n")
    sys.stdout.flush()


async def main(arguments: list[str]) -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(prog="python -m tests.rig.floods")
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--size", type=int, required=True, help="bytes; for many: events")
    given = parser.parse_args(arguments)
    async with RawServer(Flooding(given.kind, given.size).answer) as server:
        sys.stdout.write(f"listening on {server.url}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))

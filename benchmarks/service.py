"""A service on a plain socket that plays a recorded body: `python -m benchmarks.service KIND …`.

It knows as much HTTP as the product's client needs and does as little work as possible while it
plays: all frames are encoded beforehand. It says on standard output where it listens and, on the
clock that the measuring process uses too, when it sent the first and the last byte of a body.
"""

import argparse
import itertools
import json
import random
import re
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from urllib.parse import parse_qs, urlsplit

from benchmarks import corpus, seeding

KINDS = ("events", "messages", "answer", "talk")
_TICK = 0.004
_AT_ONCE = 64
"""Events in one piece where no rate is asked for."""


class Player:
    """One recorded body, and how fast it is played. For `talk` it is another one for each question:
    a DAS answer of `count` pieces, or as many DMS events behind the checkpoint that is known."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        first, count = options.first, options.count
        self.dms = options.kind != "answer"
        self.frames: list[bytes] = []
        self.head = self.tail = b""
        if options.kind == "talk":
            self._answer = list(map(corpus.encoded, corpus.deltas(corpus.answer(40 * count), 40)))
            return
        if options.kind == "events":
            body = corpus.frames(first, count)
        elif options.kind == "messages":
            body = corpus.messages(first, count)
        else:
            body = corpus.deltas(corpus.answer(count), options.piece or count)
        self.frames = [corpus.encoded(frame) for frame in body]
        if self.dms:
            self.head, self.tail = _ends(first - 1, first + count)

    def pieces(self, behind: int, service: str) -> Iterator[bytes]:
        """The body behind the checkpoint `behind`, piece by piece, each when it is due."""
        if self.options.kind == "talk":
            yield from self._next(behind, service)
            return
        rate, hold = self.options.rate, self.options.hold
        frames = self.frames
        if self.dms and behind >= self.options.first:
            frames = frames[behind - self.options.first + 1 :]
        elif self.dms:
            yield self.head
        if hold:
            time.sleep(hold)
        say(f"begun {time.monotonic()!r}")
        if not rate:
            for start in range(0, len(frames), _AT_ONCE):
                yield b"".join(frames[start : start + _AT_ONCE])
        else:
            yield from _paced(frames, rate)
        if self.tail:
            yield self.tail
        say(f"ended {time.monotonic()!r}")

    def _next(self, behind: int, service: str) -> Iterator[bytes]:
        """The answer to the next question of a session, as fast as it is taken."""
        head = tail = b""
        frames = self._answer
        if service == "dms":
            first, count = behind + 2, self.options.count
            head, tail = _ends(behind + 1, first + count)
            frames = list(map(corpus.encoded, corpus.frames(first, count)))
        yield head + b"".join(frames) + tail
        say(f"ended {time.monotonic()!r}")


def _ends(first: int, last: int) -> tuple[bytes, bytes]:
    """What a DMS run begins and ends with, with these checkpoints."""
    ends = (corpus.dms_frame("chat_finish", last), corpus.dms_frame("SSE_FINISH", last))
    head = corpus.encoded(corpus.dms_frame("chat_start", first))
    return head, b"".join(map(corpus.encoded, ends))


def _paced(frames: list[bytes], rate: float) -> Iterator[bytes]:
    sent, started = 0, time.monotonic()
    while sent < len(frames):
        due = min(len(frames), int((time.monotonic() - started) * rate) + 1)
        if due > sent:
            yield b"".join(frames[sent:due])
            sent = due
        next_at = started + sent / rate
        time.sleep(max(_TICK, next_at - time.monotonic()))


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _answer(line: socket.socket, player: Player) -> None:
    """One connection with one request."""
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with closing(line), suppress(OSError):
        data = b""
        while b"\r\n\r\n" not in data:
            piece = line.recv(65536)
            if not piece:
                return
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        while length is not None and len(body) < int(length[1]):
            body += line.recv(65536)
        action = re.search(rb"(?i)\r\nx-acs-action: *(\w+)", head)
        target = head.split(b" ", 2)[1].decode()
        params = parse_qs(urlsplit(target).query) | parse_qs(body.decode())
        name = action[1].decode() if action is not None else ""
        if name in {"GetChatContent", "GetDasAgentSSE"}:
            behind = int(params.get("Checkpoint", ["0"])[0])
            _play(line, player.pieces(behind, "das" if name == "GetDasAgentSSE" else "dms"))
        else:
            _say_json(line, name, params.get("SessionId", [seeding.SESSION_ID])[0])


def _play(line: socket.socket, pieces: Iterator[bytes]) -> None:
    line.sendall(
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream;charset=utf-8\r\n"
        b"x-acs-request-id: R-bench\r\ntransfer-encoding: chunked\r\n\r\n"
    )
    for piece in pieces:
        line.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
    line.sendall(b"0\r\n\r\n")


def _say_json(line: socket.socket, action: str, session_id: str) -> None:
    inner: object = {
        "SessionId": session_id,
        "AgentId": seeding.AGENT_ID,
        "AgentStatus": "RUNNING",
        "SessionStatus": "RUNNING",
        "MessageId": "m-bench",
    }
    if action.startswith("List"):
        inner = []
    value = {"RequestId": "R-bench", "Success": True, "Data": inner}
    body = json.dumps(value).encode()
    line.sendall(
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n"
        b"content-length: %d\r\n\r\n%s" % (len(body), body)
    )


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.service")
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--first", type=int, default=1, help="number of the first event")
    parser.add_argument("--count", type=int, default=1000, help="events, or characters")
    parser.add_argument("--rate", type=float, default=0.0, help="a second; 0: all at once")
    parser.add_argument("--piece", type=int, default=0, help="characters in a delta; 0: all")
    parser.add_argument("--hold", type=float, default=0.0, help="seconds before the body")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> None:
    """Serve until the process is ended."""
    random.seed(0)
    player = Player(parse(arguments))
    with socket.create_server(("127.0.0.1", 0)) as server:
        say(f"listening on http://127.0.0.1:{server.getsockname()[1]}")
        for _ in itertools.count():
            line, _ = server.accept()
            threading.Thread(target=_answer, args=(line, player), daemon=True).start()


if __name__ == "__main__":
    main(sys.argv[1:])

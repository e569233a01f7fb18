"""A service for the rig that says numbered words at a pace, until it is told to finish.

It runs in threads of this process, knows when it has sent what, and speaks the wire with the
frames of `tests/run/scripted_service.py`. Sessions of the Data Agent can be resumed, also shared by
several readers; an answer of the DAS agent comes once.
"""

import contextlib
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from urllib.parse import parse_qsl, urlsplit

from tests.run.scripted_service import FINISH, Step, das, dms

_WORD = re.compile(r"word-(\d{7})-(\d{4})")

_TICK = 0.02


def word(number: int) -> str:
    """How an event can be found again, on a screen, in a file, in the history."""
    return f"word-{number:07d}-{number * 7919 % 9973:04d}"


def event(number: int) -> bytes:
    """The frame of an event of the Data Agent; its checkpoint is its number."""
    text = json.dumps({"message": word(number)})
    return dms("data", "status", text, number, "json").raw


def words(text: str) -> set[int]:
    """The events of which the whole word is in `text`; one that is half drawn over is none."""
    found = {int(number): check for number, check in _WORD.findall(text)}
    return {number for number, check in found.items() if word(number).endswith(f"-{check}")}


class Source:
    """What the service has said so far. `rate` is in events a second; `sent` holds, for each event,
    when it was first handed to a socket (seconds of the monotonic clock)."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self.sent: list[float] = []
        self.asked: list[str] = []
        """The actions of all requests, in order."""
        self.longest_wait = 0.0
        """The longest that the service waited for somebody to take what it sent, in seconds."""
        self.streams = 0
        """How many streams are open."""
        self.quiet = False
        """Whether nothing new is said for now."""
        self.url = ""
        self._begun = 0.0
        self._over = threading.Event()
        self._lines: set[socket.socket] = set()
        self._lock = threading.Lock()

    def environment(self) -> dict[str, str]:
        """What a program must know to ask here."""
        return {
            "DAS_TUI_DAS_ENDPOINT": self.url,
            "DAS_TUI_DMS_ENDPOINT": self.url,
            "ALIBABA_CLOUD_ACCESS_KEY_ID": "rig",
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "rig",
        }

    def finish(self) -> None:
        """Say the last word of every answer, now and from now on."""
        self._over.set()

    def asked_for(self, action: str) -> int:
        """How often an action was asked for."""
        return self.asked.count(action)

    def cut(self) -> None:
        """Break off every open stream."""
        with self._lock:
            lines = list(self._lines)
        for line in lines:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    @property
    def session(self) -> str:
        """The id of the session of the Data Agent that was made last."""
        return f"session-{self.asked_for('CreateDataAgentSession'):04d}"

    # --- the wire ------------------------------------------------------------------------------

    def answer(self, line: socket.socket, action: str, parameters: dict[str, str]) -> None:
        """Answer one request and leave the connection to be closed."""
        self.asked.append(action)
        if action == "GetDasAgentSSE":
            name = f"answer-{self.asked_for(action):04d}".encode()

            def frame(text: str, *kind: str) -> bytes:
                return das(text, *kind, CharCount=1, RequestId="r-1").replace(
                    b"das-session-1", name
                )

            self._stream(line, 0, lambda n: frame(f"{word(n)}\n\n"), frame("", "summary"))
        elif action == "GetChatContent":
            at = int(parameters.get("Checkpoint", len(self.sent)))
            self._stream(line, at, event, self._dms_end)
        else:
            inner = {
                "SessionId": parameters.get("SessionId") or self.session,
                "AgentId": "ag-rig",
                "AgentStatus": "RUNNING",
                "SessionStatus": "IDLE" if self._over.is_set() else "RUNNING",
                "MessageId": "m-1",
            }
            body = json.dumps({"RequestId": "r-2", "Success": True, "Data": inner}).encode()
            head = b"HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
            line.sendall(head % len(body) + b"Connection: close\r\n\r\n" + body)

    @property
    def _dms_end(self) -> bytes:
        last: list[Step] = [dms("chat_finish", "chat", "{}", len(self.sent) + 1, "json"), FINISH]
        return b"".join(step.raw for step in last)

    def _stream(
        self, line: socket.socket, after: int, frame: Callable[[int], bytes], end: bytes
    ) -> None:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        with self._lock:
            self._lines.add(line)
            self.streams += 1
        try:
            head = "HTTP/1.1 200 X\r\nContent-Type: text/event-stream\r\nConnection: close\r\n"
            line.sendall(f"{head}x-acs-request-id: r-1\r\n\r\n".encode())
            said = after
            while not (over := self._over.is_set()):
                said = self._catch_up(line, said, frame)
                self._over.wait(_TICK)
            assert over
            self._catch_up(line, said, frame)
            line.sendall(end)
        finally:
            with self._lock:
                self._lines.discard(line)
                self.streams -= 1

    def _catch_up(self, line: socket.socket, said: int, frame: Callable[[int], bytes]) -> int:
        """Send what is due since the first stream began."""
        now = time.monotonic()
        with self._lock:
            self._begun = self._begun or now
            if not (self.quiet or self._over.is_set()):
                due = int((now - self._begun) * self.rate) + 1
                self.sent += [now] * (due - len(self.sent))
            last = len(self.sent)
        if last > said:
            line.sendall(b"".join(frame(number) for number in range(said + 1, last + 1)))
            self.longest_wait = max(self.longest_wait, time.monotonic() - now)
        return last


def _requests(source: Source, line: socket.socket) -> None:
    with contextlib.closing(line), contextlib.suppress(OSError):
        data = b""
        while b"\r\n\r\n" not in data:
            if not (piece := line.recv(65536)):
                return
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        first, *rest = head.decode("latin-1").split("\r\n")
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (entry.partition(":") for entry in rest)
        }
        length = int(headers.get("content-length", "0"))
        while len(body) < length:
            body += line.recv(65536)
        parameters = dict(parse_qsl(urlsplit(first.split(" ")[1]).query))
        if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            parameters |= dict(parse_qsl(body.decode()))
        action = headers.get("x-acs-action", parameters.get("Action", ""))
        source.answer(line, action, parameters)


@contextlib.contextmanager
def source(rate: float) -> Iterator[Source]:
    """A service on a free port of this machine, which begins to speak when it is first asked."""
    made = Source(rate)
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        made.url = f"http://127.0.0.1:{server.getsockname()[1]}"

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    line, _ = server.accept()
                    threading.Thread(target=_requests, args=(made, line), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield made
        finally:
            made.finish()
            made.cut()
            server.shutdown(socket.SHUT_RDWR)

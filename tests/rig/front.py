"""A faulty line in front of the built-in service: what no script spoils is passed on."""

import asyncio
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from email.utils import formatdate
from typing import TypeAlias
from urllib.parse import urlsplit

from tests.rig.raw_server import RawServer, Request
from tests.rig.replies import Reply, send

Spoil: TypeAlias = Callable[[Reply], Reply]
"""From the service's good answer to the one that the client gets."""
Step: TypeAlias = Reply | Spoil | None
"""An answer that the service never hears of, a good one spoiled, or None for the good one."""

PAID = frozenset({"GetDasAgentSSE", "Chat", "CreateDataAgentSession", "SendChatMessage"})
"""Actions that cost or change something."""


@dataclass
class Given:
    """One exchange: what was asked, and what was answered so far."""

    request: Request
    reply: Reply | None = None

    @property
    def harmless(self) -> bool:
        """Whether the client was told that nothing has begun, so that it may ask again."""
        reply = self.reply
        return reply is not None and (reply.status == 429 or b"Throttling" in reply.body)


class Front(RawServer):
    """Answers the n-th request of an action by the n-th step of its script, the last one for ever
    where `lasting`, the rest by what `service` says. `every` spoils all of its good answers.

    Times of the answers are taken times `pace`. `log` has every exchange; `good` the last answer
    of the service by action. In a header `{elsewhere}` stands for the URL of another server,
    `{soon}` for the date in three seconds, `{ahead}` for that in an hour.
    """

    def __init__(
        self,
        service: str,
        scripts: Mapping[str, Sequence[Step]],
        *,
        lasting: bool = False,
        every: Mapping[str, Spoil] | None = None,
        pace: float = 1.0,
        elsewhere: str = "",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(self._respond, tls)
        self.log: list[Given] = []
        self.good: dict[str, Reply] = {}
        self.resets: list[float] = []
        """When connections were reset."""
        self._service = service
        self._scripts = scripts
        self._lasting = lasting
        self._every = every or {}
        self._pace = pace
        self._elsewhere = elsewhere

    def repeated(self) -> list[str]:
        """The actions that cost or change something and came again after the first may have
        been taken."""
        taken: set[str] = set()
        again = []
        for given in self.log:
            action = given.request.action
            if action in taken:
                again.append(action)
            if action in PAID and not given.harmless:
                taken.add(action)
        return again

    async def _respond(self, request: Request, writer: asyncio.StreamWriter) -> bool:
        given = Given(request)
        self.log.append(given)
        step = self._step(request)
        if isinstance(step, Reply):
            reply = step
        else:
            good = await self._passed_on(request)
            spoiled = self._every.get(request.action)
            good = good if spoiled is None else spoiled(good)
            self.good[request.action] = good
            reply = good if step is None else step(good)
        reply = replace(
            reply,
            wait=reply.wait * self._pace,
            wait_body=reply.wait_body * self._pace,
            pace=reply.pace * self._pace,
            headers={name: self._filled(value) for name, value in reply.headers.items()},
        )
        given.reply = reply
        more = await send(reply, request, writer)
        if reply.end == "rst":
            self.resets.append(time.monotonic())
        return more

    def _filled(self, value: str) -> str:
        now = time.time()
        return value.format(
            elsewhere=self._elsewhere,
            soon=formatdate(now + 3, usegmt=True),
            ahead=formatdate(now + 3600, usegmt=True),
        )

    def _step(self, request: Request) -> Step:
        script = self._scripts.get(request.action, ())
        place = len(self.asked(request.action)) - 1
        if self._lasting and script:
            place = min(place, len(script) - 1)
        return script[place] if place < len(script) else None

    async def _passed_on(self, request: Request) -> Reply:
        """The service's whole answer."""
        there = urlsplit(self._service)
        reader, writer = await asyncio.open_connection(there.hostname, there.port)
        try:
            writer.write(request.raw)
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {
                name.lower(): value.strip()
                for name, _, value in (line.partition(":") for line in head[1:-2])
            }
            if "content-length" in headers:
                body = await reader.readexactly(int(headers["content-length"]))
            else:
                body = await _unchunked(reader)
        finally:
            writer.close()
        kept = {name: value for name, value in headers.items() if name.startswith("x-acs-")}
        return Reply(body, int(head[0].split()[1]), headers["content-type"], headers=kept)


async def _unchunked(reader: asyncio.StreamReader) -> bytes:
    pieces = []
    while size := int(await reader.readuntil(b"\r\n"), 16):
        pieces.append(await reader.readexactly(size))
        await reader.readexactly(2)
    return b"".join(pieces)

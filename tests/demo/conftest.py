"""The service in a thread of this process, a plain signed client, and the official SDKs."""

import contextlib
import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from das_tui.demo.config import ServiceConfig
from das_tui.demo.serve import Background
from das_tui.domain.record import Frame
from das_tui.wire import signing
from das_tui.wire.sse import SseDecoder

DMS = "2025-04-14"
DAS = "2020-01-16"
Start = Callable[..., Background]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts services that end with the test; without options as fast as possible."""
    running: list[Background] = []

    def begin(**options: Any) -> Background:
        service = Background(ServiceConfig(**({"speed": 0.0} | options)))
        service.hub.log = True
        running.append(service)
        return service

    yield begin
    for service in running:
        service.close()


@pytest.fixture(scope="module")
def fast() -> Iterator[Background]:
    """One service without delays for a whole module."""
    with Background(ServiceConfig(speed=0.0)) as service:
        service.hub.log = True
        yield service


class _Signed(Exception):
    """The request is signed; do not send it here."""


@dataclass
class Caller:
    """A client of a few lines: signs with the program's signer and sends with httpx."""

    url: str
    key: str = "demo"
    secret: str = "demo"
    headers: dict[str, str] = field(default_factory=dict)

    def post(
        self,
        action: str,
        params: Mapping[str, str] | None = None,
        *,
        version: str = DMS,
        path: str = "/",
        form: bool = False,
        date: str = "",
        nonce: str = "",
        tamper: Callable[[dict[str, str]], None] = lambda headers: None,
        drop: str = "",
        timeout: float = 10.0,
    ) -> httpx.Response:
        encoded = urlencode(params or {})
        query, body = ("", encoded.encode()) if form else (encoded, b"")
        headers = {
            "host": self.url.removeprefix("http://"),
            "x-acs-action": action,
            "x-acs-version": version,
            "x-acs-date": date or time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "x-acs-signature-nonce": nonce or secrets.token_hex(16),
            "x-acs-content-sha256": signing.sha256(body),
            **self.headers,
        }
        if form:
            headers["content-type"] = "application/x-www-form-urlencoded"
        headers = {name: value for name, value in headers.items() if name != drop and value}
        names = signing.must_be_signed(headers)
        made = signing.signature(
            "POST", path, query, headers, names, signing.sha256(body), self.secret
        )
        headers["authorization"] = signing.authorization(self.key, names, made.hex)
        tamper(headers)
        target = f"{self.url}{path}" + (f"?{query}" if query else "")
        return httpx.post(target, headers=headers, content=body, timeout=timeout, trust_env=False)

    def open(
        self, action: str, params: Mapping[str, str], version: str = DMS, timeout: float = 5.0
    ) -> AbstractContextManager[httpx.Response]:
        """The answer of a signed request, to be read while it comes."""
        kept: dict[str, str] = {}

        def keep(headers: dict[str, str]) -> None:
            kept.update(headers)
            raise _Signed

        with contextlib.suppress(_Signed):
            self.post(action, params, version=version, tamper=keep)
        return httpx.stream(
            "POST", f"{self.url}/", params=params, headers=kept, timeout=timeout, trust_env=False
        )

    def ask(self, message: str, **more: str) -> tuple[str, str]:
        """A new session with a first message."""
        created = self.post("CreateDataAgentSession", {"Title": "test"}).json()["Data"]
        ids = {"SessionId": created["SessionId"], "AgentId": created["AgentId"]}
        sent = self.post("SendChatMessage", ids | {"Message": message} | more).json()
        assert sent["Success"] == "true", sent
        return ids["SessionId"], ids["AgentId"]

    def say(self, ids: tuple[str, str], message: str, **more: str) -> dict[str, Any]:
        params = {"SessionId": ids[0], "AgentId": ids[1], "Message": message, **more}
        found: dict[str, Any] = self.post("SendChatMessage", params).json()
        return found

    def read(self, ids: tuple[str, str], checkpoint: int | None = 0) -> list[dict[str, Any]]:
        """The events of a stream from a checkpoint to its end."""
        params = {"SessionId": ids[0], "AgentId": ids[1]}
        if checkpoint is not None:
            params["Checkpoint"] = str(checkpoint)
        response = self.post("GetChatContent", params)
        assert response.status_code == 200, response.text
        return [json.loads(frame.data) for frame in frames(response.content)]


def frames(body: bytes) -> list[Frame]:
    """The frames of a whole event stream."""
    decoder = SseDecoder()
    return [*decoder.feed(body), *decoder.close()]


def kinds(events: list[dict[str, Any]]) -> list[str]:
    return [event["event_type"] for event in events]


def checkpoints(events: list[dict[str, Any]]) -> list[int]:
    return [event["checkpoint"] for event in events if "checkpoint" in event]


@pytest.fixture
def caller(fast: Background) -> Caller:
    return Caller(fast.url)

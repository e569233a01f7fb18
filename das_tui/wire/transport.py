"""The sockets of requests: signed or with an API key, JSON answers, and event streams.

Nothing here is logged, no redirect is followed, TLS is always verified, and no request is sent
twice, but for two cases: a refusal because a temporary credential expired, after which nothing has
begun, is answered once with fresh credentials; and what only reads is asked at the other plane of
the API-key gateway where the first does not know the action.
"""

import asyncio
import contextlib
import ssl
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from das_tui import __version__
from das_tui.light import dataclass
from das_tui.wire import gateway, payload, refusals, signing
from das_tui.wire.auth import Acs3Auth
from das_tui.wire.credentials import Credentials, Provider
from das_tui.wire.endpoint import Endpoint, close, lower, open_client
from das_tui.wire.errors import BadAnswer, LineSilent, Refused
from das_tui.wire.event_stream import EventStream
from das_tui.wire.faults import broken, not_reached, tail
from das_tui.wire.redact import redact
from das_tui.wire.request import Request

__all__ = ["Answer", "Endpoint", "EventStream", "Knock", "Transport"]

SILENCE = 90.0
"""Seconds without a byte after which a line is called silent."""
HEAD_PATIENCE = 600.0
"""Seconds that a paid or changing stream may take until its head comes."""
CONNECT = 5.0
MAX_QUERY = 8 * 1024
"""Bytes of an encoded query; a longer one goes into a form body."""
ERROR_PATIENCE = 10.0
"""Seconds to wait for the body of an error."""
MAX_ERROR_BODY = 64 * 1024
MAX_ANSWER = 8 * 1024 * 1024

_EVENT_STREAM = "text/event-stream"


@dataclass(frozen=True, slots=True)
class Answer:
    """A JSON answer: the whole object, the request id, and the headers with lower-case names."""

    data: dict[str, Any]
    request_id: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Knock:
    """What answered an unsigned request that asks for nothing.

    `headers` have lower-case names. `offset` is the seconds by which the service's clock is ahead
    of this machine's, None where the answer has no date. `tls` is the version of the protocol,
    empty over plain http; `issuer` and `expires`, a UNIX time, are of the certificate.
    """

    status: int
    headers: Mapping[str, str]
    offset: float | None
    tls: str = ""
    issuer: str = ""
    expires: float | None = None


class Transport:
    """Sends requests to one service.

    With an API key the service has two hosts: `endpoint` takes the requests of the control plane,
    `data_plane` those of the data plane, and `region` goes into every request. Without one
    `endpoint` takes all.

    `read_timeout` is the silence, in seconds, after which a call is given up and a stream raises
    `LineSilent`. `head_timeout`, or `read_timeout` if that is longer, is how long a stream that is
    paid for or changes something may take until its head comes.

    The HTTP client is made with the first request and belongs to the event loop of that request.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        provider: Provider,
        *,
        data_plane: Endpoint | None = None,
        region: str = "",
        read_timeout: float = SILENCE,
        connect_timeout: float = CONNECT,
        head_timeout: float = HEAD_PATIENCE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.endpoint = endpoint
        self._provider = provider
        self._data_plane = data_plane or endpoint
        self._region = region
        self._read_timeout = read_timeout
        self._connect_timeout = connect_timeout
        self._head_timeout = head_timeout
        self._clock = clock
        self._client: httpx.AsyncClient | None = None

    async def call(self, request: Request) -> Answer:
        """Ask for a JSON answer. Raises a `WireError`."""
        there = self._place(request)
        try:
            return await self._call(request, there)
        except Refused as error:
            if refusals.token_expired(error) and self._provider.forget():
                pass
            elif refusals.unknown_action(error) and request.repeatable and self._two_planes:
                # Which plane has an action is not certain for all of them.
                there = self.endpoint if there is self._data_plane else self._data_plane
            else:
                raise
        return await self._call(request, there)

    @contextlib.asynccontextmanager
    async def stream(self, request: Request) -> AsyncGenerator[EventStream, None]:
        """Open an event stream; it is closed with the context. Raises a `WireError`."""
        try:
            response, secrets = await self._open_stream(request)
        except Refused as error:
            if not (refusals.token_expired(error) and self._provider.forget()):
                raise
            response, secrets = await self._open_stream(request)
        request_id = refusals.request_id_of(response.headers, {})
        events = EventStream(response, request, request_id, self._read_timeout, secrets)
        try:
            yield events
        finally:
            await events.aclose()
            await close(response)

    async def knock(self, patience: float = CONNECT) -> Knock:
        """Find out who is there with a `HEAD` that is not signed, so that it can neither cost nor
        change anything. Raises `NotReached`, `InsecureEndpoint`, or `BadAnswer` for something
        that does not speak HTTP; after `patience` seconds at the latest."""
        self.endpoint.check()
        client = self._open_client()
        url = self.endpoint.url
        before = self._clock()
        try:
            built = client.build_request(
                "HEAD",
                url if urlsplit(url).path else f"{url}/",
                headers={"user-agent": f"das-tui/{__version__}"},
            )
            async with asyncio.timeout(patience):
                response = await client.send(built, stream=True)
        except TimeoutError:
            late = httpx.ConnectTimeout("timeout")
            raise not_reached(late, self.endpoint) from None
        except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError) as error:
            words = redact(" ".join(str(error).split()))[:200]
            raise BadAnswer(
                f"{self.endpoint.host} took the connection but did not answer in HTTP"
                f"{f' ({words})' if words else ''}.",
                way_out="Check the endpoint and the proxy of the profile.",
                safe=True,
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            raise not_reached(error, self.endpoint) from None
        try:
            headers = lower(response)
            offset = refusals.clock_offset(headers, (before + self._clock()) / 2)
            version, issuer, expires = _certificate(response)
            return Knock(response.status_code, headers, offset, version, issuer, expires)
        finally:
            await close(response)

    async def aclose(self) -> None:
        """Close the client; open streams break."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    @property
    def _two_planes(self) -> bool:
        return self._data_plane.url != self.endpoint.url

    def _place(self, request: Request) -> Endpoint:
        return self._data_plane if request.plane == "data" else self.endpoint

    async def _call(self, request: Request, there: Endpoint) -> Answer:
        credentials = await self._credentials(request, there)
        response = await self._send(
            request, there, credentials, "application/json", self._read_timeout
        )
        try:
            body = await self._answer(response, request)
        finally:
            await close(response)
        headers = lower(response)
        self._judge(response, headers, body, request, credentials)
        value = refusals.fields(body)
        if not value or not isinstance(value, dict):
            raise self._refusal(response, headers, b"", request, credentials)
        if _refused(value):
            raise self._refusal(response, headers, body, request, credentials)
        request_id = refusals.request_id_of(headers, value)
        if credentials.api_key:
            inner = gateway.unwrap(value)
            request_id = request_id or refusals.request_id_of(headers, inner)
            if inner is not value and _refused(inner):
                known = {**inner, "RequestId": request_id}
                raise self._refusal(response, headers, known, request, credentials)
            value = inner
        return Answer(value, request_id, headers)

    async def _open_stream(self, request: Request) -> tuple[httpx.Response, tuple[str, ...]]:
        there = self._place(request)
        credentials = await self._credentials(request, there)
        patience = self._read_timeout
        if not request.repeatable:
            patience = max(patience, self._head_timeout)
        response = await self._send(request, there, credentials, _EVENT_STREAM, patience)
        headers = lower(response)
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        encoding = headers.get("content-encoding", "").strip().lower()
        if response.status_code == 200 and kind == _EVENT_STREAM:
            if encoding in {"", "identity"}:
                return response, credentials.secrets()
            await close(response)
            raise refusals.bad_answer(
                f"The stream came compressed ({encoding[:40]}), which was not asked for.",
                200,
                headers,
                request,
            )
        try:
            body = await self._error_body(response)
        finally:
            await close(response)
        self._judge(response, headers, body, request, credentials)
        raise self._refusal(response, headers, body, request, credentials)

    def _judge(
        self,
        response: httpx.Response,
        headers: Mapping[str, str],
        body: bytes,
        request: Request,
        credentials: Credentials,
    ) -> None:
        """Raise for every status but 200."""
        status = response.status_code
        if 300 <= status < 400:
            raise refusals.redirect(status, headers, request, credentials.secrets())
        if status != 200:
            raise self._refusal(response, headers, body, request, credentials)

    def _refusal(
        self,
        response: httpx.Response,
        headers: Mapping[str, str],
        body: bytes | Mapping[str, Any],
        request: Request,
        credentials: Credentials,
    ) -> Refused | BadAnswer:
        return refusals.judge(
            response.status_code,
            headers,
            body,
            request,
            credentials.secrets(),
            self._clock(),
            with_api_key=bool(credentials.api_key),
            key=credentials.named,
        )

    async def _credentials(self, request: Request, there: Endpoint) -> Credentials:
        """Credentials, but only for an endpoint that may have them, and for a request that they
        can open something with."""
        there.check()
        credentials = await self._provider.get()
        if credentials.api_key:
            gateway.check(request)
        return credentials

    async def _send(
        self,
        request: Request,
        there: Endpoint,
        credentials: Credentials,
        accept: str,
        patience: float,
    ) -> httpx.Response:
        """Send and wait for the head, at most `patience` seconds after the connection is there."""
        client = self._open_client()
        left = False

        async def trace(event: str, info: Mapping[str, Any]) -> None:
            nonlocal left
            if event.endswith("send_request_headers.started"):
                sent = info.get("request")
                left = left or getattr(sent, "method", b"") != b"CONNECT"

        headers = {
            "accept": accept,
            "accept-encoding": "identity",
            "user-agent": f"das-tui/{__version__}",
        }
        url, content, auth = self._dressed(request, there, credentials, headers)
        try:
            built = client.build_request(
                "POST", url, headers=headers, content=content, extensions={"trace": trace}
            )
            async with asyncio.timeout(patience + self._connect_timeout):
                return await client.send(built, auth=auth, stream=True)
        except TimeoutError:
            if left:
                raise LineSilent(
                    f"The request was sent, but no answer began within {patience:g} s. "
                    f"{tail(request)}",
                    safe=request.repeatable,
                ) from None
            late = httpx.ConnectTimeout("timeout")
            raise not_reached(late, there, credentials.secrets()) from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            if left:
                raise broken(error, request, "") from None
            raise not_reached(error, there, credentials.secrets()) from None

    def _dressed(
        self,
        request: Request,
        there: Endpoint,
        credentials: Credentials,
        headers: dict[str, str],
    ) -> tuple[str, bytes | None, httpx.Auth | None]:
        """URL, body and signature of a request; adds to `headers`."""
        if credentials.api_key:
            headers["content-type"] = "application/json"
            headers[gateway.HEADER] = credentials.api_key.reveal()
            return there.url, gateway.body(request, self._region), None
        url = there.url
        query = signing.canonical_query(list(request.params.items()))
        content: bytes | None = None
        if len(query) > MAX_QUERY:
            headers["content-type"] = "application/x-www-form-urlencoded"
            content = query.encode("ascii")
        elif query:
            url = f"{url}?{query}" if urlsplit(url).path else f"{url}/?{query}"
        auth = Acs3Auth(credentials, request.action, request.version, clock=self._clock)
        return url, content, auth

    def _open_client(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = open_client(self.endpoint, self._connect_timeout)
        return self._client

    async def _answer(self, response: httpx.Response, request: Request) -> bytes:
        """The body of an answer. One of status 200 must be whole."""
        if response.status_code != 200:
            return await self._error_body(response)
        try:
            async with asyncio.timeout(self._read_timeout):
                body = await _read(response, MAX_ANSWER + 1)
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            request_id = refusals.request_id_of(lower(response), {})
            raise broken(error, request, request_id) from None
        return body if len(body) <= MAX_ANSWER else b""

    async def _error_body(self, response: httpx.Response) -> bytes:
        """As much of an error's body as comes soon; what is missing only costs detail."""
        pieces: list[bytes] = []
        with contextlib.suppress(httpx.HTTPError, httpx.StreamError, OSError):
            async with asyncio.timeout(min(self._read_timeout, ERROR_PATIENCE)):
                await _read(response, MAX_ERROR_BODY, pieces)
        return b"".join(pieces)[:MAX_ERROR_BODY]


async def _read(response: httpx.Response, limit: int, pieces: list[bytes] | None = None) -> bytes:
    """About `limit` bytes of a body as they come, also into `pieces`; none if it is compressed."""
    pieces = [] if pieces is None else pieces
    if response.headers.get("content-encoding", "").strip().lower() not in {"", "identity"}:
        return b""
    size = 0
    async for piece in response.aiter_raw():
        pieces.append(piece)
        size += len(piece)
        if size >= limit:
            break
    return b"".join(pieces)[:limit]


def _certificate(response: httpx.Response) -> tuple[str, str, float | None]:
    """Protocol version, issuer and end of validity of the connection that `response` came on."""
    line = response.extensions.get("network_stream")
    held = line.get_extra_info("ssl_object") if line is not None else None
    if held is None:
        return "", "", None
    certificate = held.getpeercert() or {}
    names = {key: value for pair in certificate.get("issuer", ()) for key, value in pair}
    issuer = names.get("organizationName") or names.get("commonName") or ""
    end = certificate.get("notAfter")
    return held.version() or "", issuer, ssl.cert_time_to_seconds(end) if end else None


def _refused(value: Mapping[str, Any]) -> bool:
    """Whether a JSON answer of status 200 is an error. `Success` is a boolean or its text; one
    without it is judged by whether it carries data or a code."""
    if gateway.status(value) >= 400:
        return True
    success = payload.find(value, "Success")
    if success is not None:
        return payload.text(success).strip().lower() == "false"
    code = payload.text(payload.find(value, "ErrorCode", "Code")).lower()
    return payload.find(value, "Data") is None and code not in {"", "200", "ok", "success"}

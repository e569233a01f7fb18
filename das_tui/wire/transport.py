"""The only sockets: signed requests over HTTP, JSON answers, and event streams.

Nothing here is logged, no redirect is followed, TLS is always verified, and no request is sent
twice, but for one case: a refusal because a temporary credential expired, after which nothing has
begun, is answered once with fresh credentials.
"""

import asyncio
import contextlib
import ipaddress
import logging
import socket
import ssl
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies

import httpx

from das_tui import __version__
from das_tui.domain.record import Frame
from das_tui.wire import payload, refusals, signing
from das_tui.wire.auth import Acs3Auth
from das_tui.wire.credentials import Credentials, Provider, Secret
from das_tui.wire.errors import (
    BadAnswer,
    InsecureEndpoint,
    LineBroken,
    LineSilent,
    NotReached,
    Refused,
    UntrustedHost,
    WireError,
)
from das_tui.wire.redact import redact
from das_tui.wire.request import Request
from das_tui.wire.sse import SseDecoder

# httpx logs whole URLs at INFO, and on this wire a URL holds the question.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)

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

_CLOUD = ".aliyuncs.com"
_EVENT_STREAM = "text/event-stream"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a service is.

    `url` is https, or plain http on this machine, and may carry a path. `proxy` is a URL; without
    one the usual environment variables count. The machine itself is never reached by a proxy.
    `ca_file` names a PEM file of the only authorities to trust. `trusted` are hosts beside
    `*.aliyuncs.com` that requests may be signed for.
    """

    url: str
    proxy: str = ""
    ca_file: str = ""
    trusted: tuple[str, ...] = ()

    @property
    def host(self) -> str:
        """The host name in lower case, empty in a broken URL."""
        try:
            return (urlsplit(self.url).hostname or "").lower()
        except ValueError:
            return ""

    @property
    def loopback(self) -> bool:
        """Whether the host is this machine, by its literal name or address."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def check(self) -> None:
        """Raise `InsecureEndpoint` or `UntrustedHost` if nothing may be signed for this URL."""
        parts = self._split()
        if parts.scheme == "http" and not self.loopback:
            raise InsecureEndpoint(
                f"Nothing was sent: {self.host} would be asked over plain http, which anybody on "
                "the way can read.",
                way_out="Use https; plain http is accepted for this machine only.",
            )
        trusted = {name.lower() for name in self.trusted}
        if not (
            self.loopback
            or (self.host.endswith(_CLOUD) and self.host != _CLOUD)
            or self.host in trusted
            or parts.netloc.lower() in trusted
        ):
            raise UntrustedHost(self.host)

    def _split(self) -> SplitResult:
        problem = ""
        try:
            parts = urlsplit(self.url)
            if parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0:
                problem = "is no http or https URL"
            elif parts.username is not None or parts.query or parts.fragment:
                problem = "may have a path, but neither user, query nor fragment"
            elif not parts.netloc.isascii() or any(c.isspace() or c in "\\%" for c in parts.netloc):
                problem = "has a host name that cannot be written on the wire"
        except ValueError:
            problem = "is no http or https URL"
        if problem:
            raise InsecureEndpoint(
                f"Nothing was sent: the endpoint {problem}.",
                way_out="An endpoint looks like https://das.cn-shanghai.aliyuncs.com.",
            )
        return parts


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


class EventStream:
    """An open stream. Iterating gives one list of frames for each piece that the network brought,
    which may be empty, and ends at a clean end of input.

    Raises `LineSilent` when no byte came for the silence time: the stream is still open then, and
    iterating again goes on without loss. Raises `LineBroken` when the line broke. `dropped` counts
    an event that the end cut off.
    """

    def __init__(
        self, response: httpx.Response, request: Request, request_id: str, silence: float
    ) -> None:
        self.request_id = request_id
        self._request = request
        self._silence = silence
        self._decoder = SseDecoder()
        self._pieces = response.aiter_raw()
        self._reading: asyncio.Task[bytes | None] | None = None
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
        done, _ = await asyncio.wait({self._reading}, timeout=self._silence)
        if not done:
            raise LineSilent(
                f"No byte came for {self._silence:g} s. The line is still open.",
                request_id=self.request_id,
                safe=self._request.repeatable,
            )
        reading, self._reading = self._reading, None
        try:
            piece = reading.result()
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            self._ended = True
            self._decoder.close()
            raise _broken(error, self._request, self.request_id) from None
        if piece is not None:
            return self._decoder.feed(piece)
        self._ended = True
        frames = [frame for frame in self._decoder.close() if self._whole(frame)]
        if not frames:
            raise StopAsyncIteration
        return frames

    def _whole(self, frame: Frame) -> bool:
        """Whether an event that the end of input cut off may be taken. Its name can have stood in
        a line that did not come; where the stream can be asked for again, one that says nowhere
        what it is comes again in full."""
        return not self._request.repeatable or bool(frame.event) or b'"event_type"' in frame.data

    async def _read(self) -> bytes | None:
        return await anext(self._pieces, None)

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


class Transport:
    """Sends requests to one endpoint.

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
        read_timeout: float = SILENCE,
        connect_timeout: float = CONNECT,
        head_timeout: float = HEAD_PATIENCE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.endpoint = endpoint
        self._provider = provider
        self._read_timeout = read_timeout
        self._connect_timeout = connect_timeout
        self._head_timeout = head_timeout
        self._clock = clock
        self._client: httpx.AsyncClient | None = None

    async def call(self, request: Request) -> Answer:
        """Ask for a JSON answer. Raises a `WireError`."""
        try:
            return await self._call(request)
        except Refused as error:
            if not (refusals.token_expired(error) and self._provider.forget()):
                raise
        return await self._call(request)

    @contextlib.asynccontextmanager
    async def stream(self, request: Request) -> AsyncGenerator[EventStream, None]:
        """Open an event stream; it is closed with the context. Raises a `WireError`."""
        try:
            response = await self._open_stream(request)
        except Refused as error:
            if not (refusals.token_expired(error) and self._provider.forget()):
                raise
            response = await self._open_stream(request)
        request_id = refusals.request_id_of(response.headers, {})
        events = EventStream(response, request, request_id, self._read_timeout)
        try:
            yield events
        finally:
            await events.aclose()
            await _close(response)

    async def knock(self, patience: float = CONNECT) -> Knock:
        """Find out who is there with a `HEAD` that is not signed, so that it can neither cost nor
        change anything. Raises `NotReached`, `InsecureEndpoint`, or `BadAnswer` for something
        that does not speak HTTP; after `patience` seconds at the latest."""
        self.endpoint.check()
        nobody = Credentials("", Secret())
        client = self._open_client(nobody)
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
            raise _not_reached(late, self.endpoint, nobody) from None
        except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError) as error:
            words = redact(" ".join(str(error).split()))[:200]
            raise BadAnswer(
                f"{self.endpoint.host} took the connection but did not answer in HTTP"
                f"{f' ({words})' if words else ''}.",
                way_out="Check the endpoint and the proxy of the profile.",
                safe=True,
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            raise _not_reached(error, self.endpoint, nobody) from None
        try:
            headers = _lower(response)
            offset = refusals.clock_offset(headers, (before + self._clock()) / 2)
            version, issuer, expires = _certificate(response)
            return Knock(response.status_code, headers, offset, version, issuer, expires)
        finally:
            await _close(response)

    async def aclose(self) -> None:
        """Close the client; open streams break."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _call(self, request: Request) -> Answer:
        credentials = await self._credentials()
        response = await self._send(request, credentials, "application/json", self._read_timeout)
        try:
            body = await self._answer(response, request)
        finally:
            await _close(response)
        headers = _lower(response)
        self._judge(response, headers, body, request, credentials)
        value = refusals.fields(body)
        if not value or not isinstance(value, dict):
            raise refusals.judge(
                response.status_code, headers, b"", request, credentials.secrets(), self._clock()
            )
        if _refused(value):
            raise refusals.judge(
                response.status_code, headers, body, request, credentials.secrets(), self._clock()
            )
        return Answer(value, refusals.request_id_of(headers, value), headers)

    async def _open_stream(self, request: Request) -> httpx.Response:
        credentials = await self._credentials()
        patience = self._read_timeout
        if not request.repeatable:
            patience = max(patience, self._head_timeout)
        response = await self._send(request, credentials, _EVENT_STREAM, patience)
        headers = _lower(response)
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        encoding = headers.get("content-encoding", "").strip().lower()
        if response.status_code == 200 and kind == _EVENT_STREAM:
            if encoding in {"", "identity"}:
                return response
            await _close(response)
            raise refusals.bad_answer(
                f"The stream came compressed ({encoding[:40]}), which was not asked for.",
                200,
                headers,
                request,
            )
        try:
            body = await self._error_body(response)
        finally:
            await _close(response)
        self._judge(response, headers, body, request, credentials)
        raise refusals.judge(
            response.status_code, headers, body, request, credentials.secrets(), self._clock()
        )

    def _judge(
        self,
        response: httpx.Response,
        headers: Mapping[str, str],
        body: bytes,
        request: Request,
        credentials: Credentials,
    ) -> None:
        """Raise for every status but 200."""
        status, secrets = response.status_code, credentials.secrets()
        if 300 <= status < 400:
            raise refusals.redirect(status, headers, request, secrets)
        if status != 200:
            raise refusals.judge(status, headers, body, request, secrets, self._clock())

    async def _credentials(self) -> Credentials:
        """Credentials, but only for an endpoint for which something may be signed."""
        self.endpoint.check()
        return await self._provider.get()

    async def _send(
        self, request: Request, credentials: Credentials, accept: str, patience: float
    ) -> httpx.Response:
        """Send and wait for the head, at most `patience` seconds after the connection is there."""
        client = self._open_client(credentials)
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
        url = self.endpoint.url
        query = signing.canonical_query(list(request.params.items()))
        content: bytes | None = None
        if len(query) > MAX_QUERY:
            headers["content-type"] = "application/x-www-form-urlencoded"
            content = query.encode("ascii")
        elif query:
            url = f"{url}?{query}" if urlsplit(url).path else f"{url}/?{query}"
        auth = Acs3Auth(credentials, request.action, request.version, clock=self._clock)
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
                    f"{_tail(request)}",
                    safe=request.repeatable,
                ) from None
            raise _not_reached(
                httpx.ConnectTimeout("timeout"), self.endpoint, credentials
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            if left:
                raise _broken(error, request, "") from None
            raise _not_reached(error, self.endpoint, credentials) from None

    async def _answer(self, response: httpx.Response, request: Request) -> bytes:
        """The body of an answer. One of status 200 must be whole."""
        if response.status_code != 200:
            return await self._error_body(response)
        try:
            async with asyncio.timeout(self._read_timeout):
                body = await _read(response, MAX_ANSWER + 1)
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            request_id = refusals.request_id_of(_lower(response), {})
            raise _broken(error, request, request_id) from None
        return body if len(body) <= MAX_ANSWER else b""

    async def _error_body(self, response: httpx.Response) -> bytes:
        """As much of an error's body as comes soon; what is missing only costs detail."""
        pieces: list[bytes] = []
        with contextlib.suppress(httpx.HTTPError, httpx.StreamError, OSError):
            async with asyncio.timeout(min(self._read_timeout, ERROR_PATIENCE)):
                await _read(response, MAX_ERROR_BODY, pieces)
        return b"".join(pieces)[:MAX_ERROR_BODY]

    def _open_client(self, credentials: Credentials) -> httpx.AsyncClient:
        if self._client is None:
            try:
                self._client = self._make_client()
            except (ValueError, httpx.InvalidURL):
                # The error may quote the proxy with its password.
                raise NotReached(
                    "The proxy setting is no URL that can be used. Nothing was sent.",
                    title="Not sent: proxy not usable",
                    way_out="Check `proxy` of the profile and the proxy variables of the "
                    "environment.",
                ) from None
            except ImportError:
                raise NotReached(
                    "A SOCKS proxy is set, and this installation cannot use one. Nothing was sent.",
                    title="Not sent: proxy not supported",
                    way_out="Set an http proxy in `proxy` of the profile, or unset `ALL_PROXY`.",
                ) from None
            except OSError as error:
                words = "" if error.strerror is None else f" ({error.strerror})"
                raise NotReached(
                    f"The certificate authorities cannot be read{words}. Nothing was sent.",
                    title="Not sent: no certificates",
                    way_out="Check `ca_file` of the profile and `SSL_CERT_FILE`.",
                ) from None
        return self._client

    def _make_client(self) -> httpx.AsyncClient:
        near = self.endpoint.loopback
        verify: ssl.SSLContext | bool = True
        if self.endpoint.ca_file:
            verify = ssl.create_default_context(cafile=self.endpoint.ca_file)
        return httpx.AsyncClient(
            verify=verify,
            trust_env=not near,
            proxy=None if near or not self.endpoint.proxy else self.endpoint.proxy,
            follow_redirects=False,
            timeout=httpx.Timeout(None, connect=self._connect_timeout, write=30.0),
            # A kept connection may have died unseen, and then it is not known whether a request
            # on it arrived. A fresh one for each request tells a refused connection from that.
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
        )


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


async def _close(response: httpx.Response) -> None:
    with contextlib.suppress(httpx.HTTPError, OSError, RuntimeError):
        await response.aclose()


def _lower(response: httpx.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}


def _refused(value: Mapping[str, Any]) -> bool:
    """Whether a JSON answer of status 200 is an error. `Success` is a boolean or its text; one
    without it is judged by whether it carries data or a code."""
    success = payload.find(value, "Success")
    if success is not None:
        return payload.text(success).strip().lower() == "false"
    code = payload.text(payload.find(value, "ErrorCode", "Code")).lower()
    return payload.find(value, "Data") is None and code not in {"", "200", "ok", "success"}


def _tail(request: Request) -> str:
    if request.repeatable:
        return "Asking again is safe."
    return "It may have begun; asking again may be paid for a second time."


def _broken(error: Exception, request: Request, request_id: str) -> WireError:
    """The line broke after the request may have left."""
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        what = "the service stopped sending"
    elif isinstance(error, httpx.RemoteProtocolError):
        what = "the connection was closed in the middle"
    elif isinstance(error, httpx.ReadError | httpx.WriteError | OSError):
        what = "the connection was reset"
    else:
        what = "the connection broke"
    return LineBroken(
        f"Line lost: {what}. {_tail(request)}", request_id=request_id, safe=request.repeatable
    )


def _not_reached(error: Exception, endpoint: Endpoint, credentials: Credentials) -> NotReached:
    """Nothing was sent; what stopped it, in plain words."""
    host = endpoint.host
    proxied = not endpoint.loopback and bool(endpoint.proxy or getproxies())
    there = f"{host} or the proxy to it" if proxied else host
    title = f"Not sent: no connection to {host.removesuffix(_CLOUD)}"
    way_out = "Check the network and whether a proxy is needed."
    cause = _root(error)
    words = redact(" ".join(str(cause).split()), credentials.secrets())[:300]
    if isinstance(error, httpx.TimeoutException):
        why = f"{there} did not answer the connection in time."
    elif isinstance(cause, ssl.SSLCertVerificationError):
        title = "Not sent: certificate refused"
        why = f"The certificate of {host} was not accepted: {cause.verify_message or 'unknown'}."
        way_out = "If a proxy of your company opens TLS, name its authority as `ca_file`."
    elif isinstance(cause, ssl.SSLError):
        title = "Not sent: no TLS"
        why = f"{there} did not speak TLS as expected ({cause.reason or 'unknown'})."
        way_out = "Check the endpoint and the proxy of the profile."
    elif isinstance(error, httpx.ProxyError):
        title = "Not sent: the proxy refused"
        why = f"The proxy did not let through to {host} ({words or 'no reason given'})."
        way_out = "Check `proxy` of the profile and the proxy variables of the environment."
    elif isinstance(cause, socket.gaierror):
        title = "Not sent: unknown host"
        why = f"The name of {there} was not found."
        way_out = "Check the endpoint and the name servers."
    elif isinstance(cause, ConnectionRefusedError):
        why = f"{there} refused the connection."
        way_out = "Check that the service runs there and that nothing blocks it."
    else:
        why = f"{there} could not be reached ({words or type(cause).__name__})."
    return NotReached(
        f"{why} Nothing was sent; asking again is safe.", title=title, way_out=way_out
    )


def _root(error: BaseException) -> BaseException:
    """The innermost cause: httpx and its parts wrap the error of the system several times."""
    seen: set[int] = set()
    while id(error) not in seen:
        seen.add(id(error))
        inner = error.__cause__ or error.__context__
        if isinstance(error, BaseExceptionGroup):
            inner = error.exceptions[0]
        if inner is None or isinstance(error, ssl.SSLError | ConnectionRefusedError):
            break
        error = inner
    return error

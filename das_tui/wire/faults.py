"""From an error of the network to one that says so in plain words."""

import socket
import ssl
from collections.abc import Sequence
from urllib.request import getproxies

import httpx

from das_tui.wire.endpoint import CLOUD, Endpoint
from das_tui.wire.errors import LineBroken, NotReached, WireError
from das_tui.wire.redact import redact
from das_tui.wire.request import Request


def tail(request: Request) -> str:
    """Whether asking again is safe, once a request may have left."""
    if request.repeatable:
        return "Asking again is safe."
    return "It may have begun; asking again may be paid for a second time."


def lost(error: Exception) -> str:
    """How a connection ended that was there already."""
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return "the service stopped sending"
    if isinstance(error, httpx.RemoteProtocolError):
        return "the connection was closed in the middle"
    if isinstance(error, httpx.ReadError | httpx.WriteError | OSError):
        return "the connection was reset"
    return "the connection broke"


def broken(error: Exception, request: Request, request_id: str) -> WireError:
    """The line broke after the request may have left."""
    what = lost(error)
    return LineBroken(
        f"Line lost: {what}. {tail(request)}", request_id=request_id, safe=request.repeatable
    )


def not_reached(error: Exception, endpoint: Endpoint, secrets: Sequence[str] = ()) -> NotReached:
    """Nothing was sent; what stopped it, in plain words."""
    host = endpoint.host
    proxied = not endpoint.loopback and bool(endpoint.proxy or getproxies())
    there = f"{host} or the proxy to it" if proxied else host
    title = f"Not sent: no connection to {host.removesuffix(CLOUD)}"
    way_out = "Check the network and whether a proxy is needed."
    cause = _root(error)
    words = redact(" ".join(str(cause).split()), secrets)[:300]
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

"""Names to addresses, within a time limit, and the way that a request would take."""

import asyncio
import ipaddress
import os
import socket
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from das_tui.wire.aside import aside
from das_tui.wire.errors import NotReached
from das_tui.wire.redact import redact
from das_tui.wire.transport import Endpoint


def proxy_to(endpoint: Endpoint) -> str:
    """The URL of the proxy through which `endpoint` is asked, empty for none: that of the
    profile, else the usual environment variables, never for this machine."""
    if endpoint.loopback:
        return ""
    if endpoint.proxy:
        return endpoint.proxy
    proxies = getproxies()
    if proxy_bypass(endpoint.host):
        return ""
    return proxies.get(urlsplit(endpoint.url).scheme, "") or proxies.get("all", "")


def shown(proxy: str) -> str:
    """A proxy URL without user and password."""
    return redact(proxy)


def authorities(endpoint: Endpoint) -> str:
    """Which certificate authorities are trusted: a path, or `built-in list`."""
    if endpoint.ca_file:
        return endpoint.ca_file
    if not endpoint.loopback:
        for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
            if os.environ.get(name):
                return os.environ[name]
    return "built-in list"


def looked_up(endpoint: Endpoint) -> str:
    """The host whose name this machine has to resolve: the proxy's, or the endpoint's own."""
    proxy = proxy_to(endpoint)
    if not proxy:
        return endpoint.host
    try:
        return urlsplit(proxy if "://" in proxy else f"http://{proxy}").hostname or ""
    except ValueError:
        return ""


async def resolve(host: str, patience: float) -> tuple[str, ...]:
    """The addresses of `host`. Raises `NotReached`, after `patience` seconds at the latest."""
    try:
        return (str(ipaddress.ip_address(host)),)
    except ValueError:
        pass
    title, way_out = "Not sent: unknown host", "Check the endpoint and the name servers."
    try:
        async with asyncio.timeout(patience):
            found = await aside(
                lambda: socket.getaddrinfo(host, None, type=socket.SOCK_STREAM), "names"
            )
    except TimeoutError:
        raise NotReached(
            f"The name servers said nothing about {host} within {patience:g} s.",
            title=title,
            way_out=way_out,
        ) from None
    except (OSError, UnicodeError):
        raise NotReached(
            f"The name of {host} was not found.", title=title, way_out=way_out
        ) from None
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))

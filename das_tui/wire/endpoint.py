"""Where a service is, whether anything may be sent there, and the HTTP client for it."""

import contextlib
import ipaddress
import logging
import ssl
from urllib.parse import SplitResult, urlsplit

import httpx

from das_tui.light import dataclass
from das_tui.wire.errors import InsecureEndpoint, NotReached, UntrustedHost

# httpx logs whole URLs at INFO, and on this wire a URL holds the question.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)

CLOUD = ".aliyuncs.com"


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
            or (self.host.endswith(CLOUD) and self.host != CLOUD)
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


def open_client(endpoint: Endpoint, connect_timeout: float) -> httpx.AsyncClient:
    """A client that reaches `endpoint` by its proxy and with its authorities, follows no redirect
    and keeps no connection. Raises `NotReached` for settings that it cannot work with.

    `connect_timeout` is in seconds; nothing else of it has a limit but sending, at 30 s a piece.
    """
    try:
        return _client(endpoint, connect_timeout)
    except (ValueError, httpx.InvalidURL):
        # The error may quote the proxy with its password.
        raise NotReached(
            "The proxy setting is no URL that can be used. Nothing was sent.",
            title="Not sent: proxy not usable",
            way_out="Check `proxy` of the profile and the proxy variables of the environment.",
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


def _client(endpoint: Endpoint, connect_timeout: float) -> httpx.AsyncClient:
    near = endpoint.loopback
    verify: ssl.SSLContext | bool = True
    if endpoint.ca_file:
        verify = ssl.create_default_context(cafile=endpoint.ca_file)
    elif near and urlsplit(endpoint.url).scheme == "http":
        # Nothing is encrypted on this machine. A context without authorities trusts nobody, and
        # those of the system take two megabytes.
        verify = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return httpx.AsyncClient(
        verify=verify,
        trust_env=not near,
        proxy=None if near or not endpoint.proxy else endpoint.proxy,
        follow_redirects=False,
        timeout=httpx.Timeout(None, connect=connect_timeout, write=30.0),
        # A kept connection may have died unseen, and then it is not known whether a request
        # on it arrived. A fresh one for each request tells a refused connection from that.
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
    )


async def close(response: httpx.Response) -> None:
    """Close a response, whatever state its connection is in."""
    with contextlib.suppress(httpx.HTTPError, OSError, RuntimeError):
        await response.aclose()


def lower(response: httpx.Response) -> dict[str, str]:
    """Its headers by lower-case names."""
    return {name.lower(): value for name, value in response.headers.items()}

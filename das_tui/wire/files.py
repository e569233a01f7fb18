"""Files to and from the object storage, by links and leaves that the service has signed.

Nothing is signed here: a link or a leave is a secret that opens by itself. It is used once, and is
in no error, no log and no file. Repeating a transfer neither costs nor changes anything.
"""

import asyncio
import contextlib
import errno
import os
import secrets
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import BinaryIO
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import httpx

from das_tui import __version__
from das_tui.wire import payload, refusals
from das_tui.wire.aside import aside
from das_tui.wire.credentials import Secret
from das_tui.wire.dms_lists import UploadPlace
from das_tui.wire.endpoint import Endpoint, close, lower, open_client
from das_tui.wire.errors import BadAnswer, InsecureEndpoint, LineBroken, Refused, UntrustedHost
from das_tui.wire.faults import lost, not_reached
from das_tui.wire.part_file import PartFile
from das_tui.wire.redact import redact

LARGEST = 2 * 1024**3
"""Bytes of a file beyond which a download is refused."""
CONNECT = 5.0
SILENCE = 60.0
"""Seconds without a byte after which a transfer is given up."""

_PIECE = 1024 * 1024
_ERROR_BODY = 64 * 1024
_AGAIN = "Trying again costs nothing."


async def download(
    link: Secret,
    to: Iterable[Path],
    *,
    endpoint: Endpoint,
    progress: Callable[[int, int | None], None] = lambda received, size: None,
    limit: int = LARGEST,
    silence: float = SILENCE,
) -> Path:
    """Fetch what `link` opens to the first path of `to` that is free; the path it got.

    The bytes go to a file beside it, named with `.part` behind and readable by the owner alone,
    which takes the name when it is complete; nothing that exists is overwritten, and nothing is
    left of a transfer that failed. `endpoint` is the service that gave the link: the link may lead
    to it or to a host that it trusts, by its proxy and authorities. `progress` gets the bytes
    received and those in all, None where nobody says. `limit` is in bytes, `silence` in seconds.

    Raises `InsecureEndpoint` or `NotReached` before anything was sent, `Refused`, `BadAnswer`,
    `LineBroken`, and `OSError` for the disk.
    """
    url = link.reveal()
    there = _allowed(url, endpoint, "link")
    hidden = _hidden(url)
    client = open_client(there, CONNECT)
    try:
        built = client.build_request("GET", url, headers=_HEADERS)
        response = await _sent(client, built, there, hidden, silence)
        try:
            size = await _announced(response, hidden, limit)
            part = await aside(lambda: PartFile(to), "files")
            try:
                received = await _receive(response, part, size, progress, limit, silence)
                return await aside(lambda: part.finish(received), "files")
            finally:
                await aside(part.discard, "files")
        finally:
            await close(response)
    finally:
        await client.aclose()


async def upload(
    place: UploadPlace,
    path: Path,
    name: str,
    *,
    endpoint: Endpoint,
    progress: Callable[[int, int], None] = lambda sent, size: None,
    silence: float = SILENCE,
) -> int:
    """Put the file at `path` where the service gave leave to, as `name`; its size in bytes.

    `progress` gets the bytes sent and those in all. The file exists for the service only once it
    is told, so a transfer that failed has changed nothing. `endpoint` and the errors are as with
    `download`.
    """
    url = place.url
    there = _allowed(url, endpoint, "place to upload to")
    fields = place.form(name)
    hidden = (*_hidden(url), *fields.values())
    with await aside(lambda: path.open("rb"), "files") as file:
        size = os.fstat(file.fileno()).st_size
        form = _Form(fields, name)
        headers = _HEADERS | {
            "content-type": form.kind,
            "content-length": str(len(form.head) + size + len(form.tail)),
        }
        client = open_client(there, CONNECT)
        try:
            built = client.build_request(
                "POST",
                url if urlsplit(url).path else f"{url}/",
                headers=headers,
                content=_body(form, file, size, progress),
            )
            response = await _sent(client, built, there, hidden, silence, whole=size)
            try:
                if response.status_code not in {200, 201, 204}:
                    raise await _refusal(response, hidden)
            finally:
                await close(response)
        finally:
            await client.aclose()
    return size


_HEADERS = {
    "accept": "*/*",
    "accept-encoding": "identity",
    "user-agent": f"das-tui/{__version__}",
}


# --- where to ------------------------------------------------------------------------------------


def _allowed(url: str, endpoint: Endpoint, what: str) -> Endpoint:
    """The place of a signed URL, with the proxy and authorities of the service that gave it.

    This machine is allowed only where the service itself is here, so that no service can make the
    program fetch from what runs beside it.
    """
    try:
        parts = urlsplit(url)
        bare = urlunsplit((parts.scheme, parts.netloc, "", "", ""))
        there = Endpoint(bare, endpoint.proxy, endpoint.ca_file, (*endpoint.trusted, endpoint.host))
        there.check()
        foreign = there.loopback and not endpoint.loopback and there.host != endpoint.host
    except UntrustedHost as error:
        raise InsecureEndpoint(
            f"Nothing was transferred: the {what} leads to {error.host}, which is no host of "
            "Alibaba Cloud.",
            title="Host not trusted",
            way_out="If the host is yours, add it to `trusted_hosts` of the profile.",
        ) from None
    except (InsecureEndpoint, ValueError):
        foreign = True
    if foreign:
        raise InsecureEndpoint(
            f"Nothing was transferred: the {what} is not an https address of the service's.",
            title="Address refused",
            way_out="Ask the service's support with the name of the file.",
        )
    return there


def _hidden(url: str) -> tuple[str, ...]:
    """What of a signed URL must not be seen: all but its host."""
    parts = urlsplit(url)
    values = (value for _, value in parse_qsl(parts.query, keep_blank_values=True))
    return tuple(value for value in (url, parts.query, parts.path, *values) if value)


# --- requests ------------------------------------------------------------------------------------


async def _sent(
    client: httpx.AsyncClient,
    built: httpx.Request,
    there: Endpoint,
    hidden: tuple[str, ...],
    silence: float,
    whole: int = 0,
) -> httpx.Response:
    """Send, and wait for the head: `silence` seconds, and with a body as long as a slow line of
    some 30 KB a second takes for its `whole` bytes. Errors name no URL."""
    try:
        async with asyncio.timeout(CONNECT + silence + whole / 30_000):
            return await client.send(built, stream=True)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError, httpx.InvalidURL) as error:
        raise not_reached(error, there, hidden) from None
    except (httpx.HTTPError, TimeoutError) as error:
        raise LineBroken(f"Line lost: {lost(error)}. {_AGAIN}", safe=True) from None


async def _announced(response: httpx.Response, hidden: tuple[str, ...], limit: int) -> int | None:
    """The size of a good answer, None where it says none; raises for any other answer."""
    if response.status_code != 200:
        raise await _refusal(response, hidden)
    headers = lower(response)
    encoding = headers.get("content-encoding", "").strip().lower()
    if encoding not in {"", "identity"}:
        raise _bad(f"The file came compressed ({redact(encoding)[:40]}), which was not asked for.")
    size = payload.number(headers.get("content-length"), 2**63)
    if size is None and "chunked" not in headers.get("transfer-encoding", "").lower():
        raise _bad("The answer does not say how long the file is, so a cut could not be told.")
    if size is not None and size > limit:
        raise _too_large(limit)
    return size


def _bad(text: str) -> BadAnswer:
    return BadAnswer(f"{text} {_AGAIN}", title="Not a file", safe=True)


def _too_large(limit: int) -> BadAnswer:
    return BadAnswer(
        f"The file is larger than {limit // 1024**2:,} MiB, the most that is fetched.",
        title="Too large",
        way_out="Fetch it with a browser, from the console of DMS.",
        safe=True,
    )


async def _refusal(response: httpx.Response, hidden: tuple[str, ...]) -> Refused | BadAnswer:
    """What the storage said no with. Its message is left out, because it may echo the request."""
    status = response.status_code
    if 300 <= status < 400:
        return BadAnswer(
            f"HTTP {status} points elsewhere. It was not followed, because the signature would go "
            f"along. {_AGAIN}",
            title="Redirect refused",
            way_out="Check the endpoint and the proxy of the profile.",
            status=status,
            safe=True,
        )
    body = b""
    with contextlib.suppress(httpx.HTTPError, httpx.StreamError, OSError, TimeoutError):
        async with asyncio.timeout(10.0):
            async for piece in response.aiter_raw():
                body += piece
                if len(body) >= _ERROR_BODY:
                    break
    value = refusals.fields(body)
    code = redact(payload.text(payload.find(value, "Code")), hidden)[:200]
    request_id = response.headers.get("x-oss-request-id") or payload.text(
        payload.find(value, "RequestId")
    )
    title, text = "Refused by the storage", "The storage refused."
    way_out = "With the request id support can look it up."
    if status in {401, 403}:
        text = "The storage refused: what was signed for this is over or not right."
        way_out = "List the files again, which gives fresh links."
    elif status == 404:
        text = "The storage has no such file any more."
        way_out = "List the files again."
    elif code == "EntityTooLarge":
        text = "The storage refused: the file is too large."
        way_out = "Upload a smaller file."
    return Refused(
        f"{text} {_AGAIN}",
        title=title,
        way_out=way_out,
        status=status,
        code=code,
        request_id=payload.whole(request_id)[:200],
        safe=True,
    )


async def _receive(
    response: httpx.Response,
    part: PartFile,
    size: int | None,
    progress: Callable[[int, int | None], None],
    limit: int,
    silence: float,
) -> int:
    """Write the body; the number of bytes."""
    pieces = response.aiter_raw()
    received = kept = 0
    waiting: list[bytes] = []
    while True:
        try:
            async with asyncio.timeout(silence):
                piece = await anext(pieces, None)
        except (httpx.HTTPError, httpx.StreamError, TimeoutError) as error:
            raise LineBroken(
                f"Line lost: {lost(error)}, after {received:,} bytes. {_AGAIN}", safe=True
            ) from None
        if piece is not None:
            received += len(piece)
            if received > limit:
                raise _too_large(limit)
            waiting.append(piece)
        if waiting and (piece is None or received - kept >= _PIECE):
            block, waiting, kept = b"".join(waiting), [], received
            await aside(lambda block=block: part.write(block), "files")  # type: ignore[misc]
        if piece is None:
            return received
        progress(received, size)


# --- the form that leaves ------------------------------------------------------------------------


class _Form:
    """A multipart form around a file that is its last field. `head` holds secrets."""

    def __init__(self, fields: dict[str, str], name: str) -> None:
        mark = f"das-tui-{secrets.token_hex(16)}"
        self.kind = f"multipart/form-data; boundary={mark}"
        lines: list[str] = []
        for field, value in fields.items():
            if any(sign in value for sign in "\r\n"):
                raise _bad("The leave to upload holds line ends, which cannot be sent.")
            head = f'Content-Disposition: form-data; name="{field}"'
            lines += [f"--{mark}", head, "", value]
        quoted = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
        lines += [
            f"--{mark}",
            f'Content-Disposition: form-data; name="file"; filename="{quoted}"',
            "Content-Type: application/octet-stream",
            "",
            "",
        ]
        self.head = "\r\n".join(lines).encode("utf-8", "replace")
        self.tail = f"\r\n--{mark}--\r\n".encode("ascii")


async def _body(
    form: _Form, file: BinaryIO, size: int, progress: Callable[[int, int], None]
) -> AsyncIterator[bytes]:
    yield form.head
    sent = 0
    while sent < size:
        block = await aside(lambda: file.read(min(_PIECE, size - sent)), "files")  # noqa: B023
        if not block:
            raise OSError(errno.EIO, "the file became shorter while it was sent")
        yield block
        sent += len(block)
        progress(sent, size)
    yield form.tail

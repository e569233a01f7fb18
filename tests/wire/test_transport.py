"""The transport over real sockets, against a server that answers byte by byte as a test says."""

import asyncio
import contextlib
import datetime
import ipaddress
import json
import logging
import socket
import ssl
import time
import zlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from das_tui.domain.record import Frame
from das_tui.wire import das, dms_calls, signing
from das_tui.wire.credentials import Credentials, Secret, StaticProvider
from das_tui.wire.endpoint import open_client
from das_tui.wire.errors import (
    BadAnswer,
    InsecureEndpoint,
    LineBroken,
    LineSilent,
    NoCredentials,
    NotReached,
    Refused,
    Throttled,
    UntrustedHost,
    WireError,
)
from das_tui.wire.request import Request
from das_tui.wire.transport import Endpoint, Transport

KEY, SECRET, TOKEN = "LTAI5tCanaryCanary12", "canary-secret-1", "canary-token-2"
ASK = das.question("canary-question 数 a+b")
READ = dms_calls.chat_content("s", "ag", 3)
SEND = dms_calls.send_message("s", "ag", "go")
TWO = b'data:{"a":1}\n\ndata:{"b":2}\n\n'


@pytest.fixture
async def open_transport():
    async with contextlib.AsyncExitStack() as stack:

        def make(url, *, proxy="", ca_file="", trusted=(), token="", provider=None, **options):
            transport = Transport(
                Endpoint(url, proxy=proxy, ca_file=ca_file, trusted=trusted),
                provider or StaticProvider(KEY, SECRET, token),
                **options,
            )
            stack.push_async_callback(transport.aclose)
            return transport

        yield make


def answer(body=b"", status="200 OK", kind="application/json", **headers):
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
    lines += [f"Content-Type: {kind}"] if kind else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def event_head(**headers):
    lines = ["HTTP/1.1 200 OK", "Content-Type: text/event-stream;charset=utf-16"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def chunk(data):
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def stopping(data):
    """Write `data`, then hold the line open until the client goes."""

    async def respond(request, writer):
        writer.write(data)
        await writer.drain()
        await request.gone()

    return respond


def reset(data=b""):
    """Write `data`, then reset the connection."""

    async def respond(request, writer):
        writer.write(data)
        await writer.drain()
        linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.transport.abort()

    return respond


async def collect(transport, request):
    async with transport.stream(request) as events:
        return [frame async for frames in events for frame in frames], events


async def read_on(events, got):
    async for frames in events:
        got += frames


async def failure(transport, request, *, call=False):
    """The error of a request, after checking that it tells no secret and no question."""
    asked = transport.call(request) if call else collect(transport, request)
    with pytest.raises(WireError) as caught:
        await asked
    error = caught.value
    for shown in (error.title, error.text, error.way_out, error.fact, str(error), repr(error)):
        assert "canary" not in shown.lower()
    assert error.title
    assert error.text
    return error


# --- what is sent --------------------------------------------------------------------------------


def verify(seen, secret=SECRET):
    parsed = signing.parse_authorization(seen.headers["authorization"])
    assert parsed is not None
    assert parsed.access_key_id == KEY
    assert set(parsed.signed) == {
        name
        for name in seen.headers
        if name.startswith("x-acs-") or name in {"host", "content-type"}
    }
    assert seen.headers["x-acs-content-sha256"] == signing.sha256(seen.body)
    made = signing.signature(
        seen.method,
        seen.path,
        seen.query,
        seen.headers,
        parsed.signed,
        signing.sha256(seen.body),
        secret,
    )
    assert parsed.signature == made.hex


@pytest.mark.parametrize("path", ["", "/", "/apikey", "/a/b/"])
@pytest.mark.parametrize("token", ["", TOKEN])
async def test_a_call_is_signed_and_verifies(serve, open_transport, path, token):
    server = await serve(answer(b'{"RequestId":"r-1","Success":true,"Data":{"A":1}}'))
    transport = open_transport(server.url + path, token=token)
    got = await transport.call(ASK)
    assert got.data["Data"] == {"A": 1}
    assert got.request_id == "r-1"
    (seen,) = server.seen
    verify(seen)
    assert (seen.method, seen.path) == ("POST", path or "/")
    assert seen.query == signing.canonical_query(list(ASK.params.items()))
    assert seen.body == b""
    assert "content-type" not in seen.headers
    assert seen.headers["x-acs-action"] == "GetDasAgentSSE"
    assert seen.headers["x-acs-version"] == "2020-01-16"
    assert seen.headers["accept"] == "application/json"
    assert seen.headers["accept-encoding"] == "identity"
    assert seen.headers["user-agent"].startswith("das-tui/")
    assert seen.headers["host"] == server.url.removeprefix("http://")
    assert (seen.headers.get("x-acs-security-token") == token) or not token


async def test_a_long_query_goes_into_a_form_body(serve, open_transport):
    server = await serve(answer(b'{"Success":true}'))
    transport = open_transport(server.url)
    await transport.call(das.question("数" * 900))
    await transport.call(das.question("数" * 1000))
    short, long = server.seen
    assert len(short.query) > 8000
    assert short.body == b""
    assert long.query == ""
    assert long.headers["content-type"] == "application/x-www-form-urlencoded"
    assert signing.canonical_query(long.body.decode()) == "Query=" + "%E6%95%B0" * 1000
    verify(short)
    verify(long)


async def test_each_request_has_a_fresh_nonce_and_connection(serve, open_transport):
    server = await serve(answer(b'{"Success":true}', Connection="keep-alive"))
    transport = open_transport(server.url)
    await transport.call(SEND)
    await transport.call(SEND)
    first, second = server.seen
    assert first.headers["x-acs-signature-nonce"] != second.headers["x-acs-signature-nonce"]
    assert first.headers["authorization"] != second.headers["authorization"]


async def test_nothing_is_logged(serve, open_transport, caplog):
    caplog.set_level(logging.DEBUG)
    server = await serve(event_head() + TWO)
    await collect(open_transport(server.url, token=TOKEN), ASK)
    assert not [r for r in caplog.records if r.name.startswith(("httpx", "httpcore"))]
    assert "canary" not in caplog.text


# --- calls ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"Success": False, "ErrorCode": "Odd", "ErrorMessage": "m", "RequestId": "r-1"}, "Odd"),
        ({"Success": "false", "ErrorCode": "Odd", "RequestId": "r-1"}, "Odd"),
        ({"success": False, "code": "Odd", "msg": "m", "requestId": "r-1"}, "Odd"),
        ({"Code": "Odd", "Message": "m", "RequestId": "r-1"}, "Odd"),
        ({"HttpStatusCode": 403, "Code": "NoPermission", "RequestId": "r-1"}, "NoPermission"),
    ],
)
async def test_an_error_inside_200(serve, open_transport, body, code):
    server = await serve(answer(json.dumps(body).encode()))
    error = await failure(open_transport(server.url), SEND, call=True)
    assert type(error) is Refused
    status = body.get("HttpStatusCode", 200)
    assert (error.status, error.code, error.request_id, error.safe) == (status, code, "r-1", True)


@pytest.mark.parametrize(
    "body",
    [
        {"Success": True, "Code": "x"},
        {"Success": "true"},
        {"Data": {}, "Code": "x"},
        {"Code": "200"},
        {"RequestId": "r"},
    ],
)
async def test_an_answer(serve, open_transport, body):
    server = await serve(answer(json.dumps(body).encode(), X_Acs_Request_Id="r-9"))
    got = await open_transport(server.url).call(SEND)
    assert got.data == body
    assert got.request_id == "r-9"
    assert got.headers["x-acs-request-id"] == "r-9"


@pytest.mark.parametrize(
    ("status", "body", "kind", "expected", "safe"),
    [
        (
            "403 Forbidden",
            b'{"Code":"NoPermission","RequestId":"r"}',
            "application/json",
            Refused,
            True,
        ),
        ("400 Bad", b'{"Code":"Throttling.User"}', "application/json", Throttled, True),
        ("429 Slow", b"", "", Throttled, True),
        ("500 Oops", b'{"Code":"InternalError"}', "application/json", Refused, False),
        ("502 Bad Gateway", b"<html>canary", "text/html", BadAnswer, False),
        ("404 Not Found", b"nothing", "text/plain", BadAnswer, False),
        ("204 No Content", b"", "", BadAnswer, False),
        ("302 Found", b"", "", BadAnswer, False),
        ("200 OK", b"<html>canary", "text/html", BadAnswer, False),
        ("200 OK", b"", "application/json", BadAnswer, False),
        ("200 OK", b"[1]", "application/json", BadAnswer, False),
    ],
)
@pytest.mark.parametrize("call", [True, False])
async def test_answers_that_are_none(
    serve, open_transport, status, body, kind, expected, safe, call
):
    server = await serve(answer(body, status, kind, Location="http://127.0.0.1:9/?canary"))
    error = await failure(open_transport(server.url, token=TOKEN), SEND, call=call)
    assert type(error) is expected
    assert (error.safe, error.reached, error.status) == (safe, True, int(status[:3]))
    assert len(server.seen) == 1
    again = await failure(open_transport(server.url), READ, call=call)
    assert again.safe


async def test_an_error_that_echoes_the_secrets(serve, open_transport):
    async def echo(request, writer):
        told = f"{request.headers} {request.target} {SECRET}"
        writer.write(answer(json.dumps({"Code": "Odd", "Message": told}).encode(), "400 Bad"))

    server = await serve(echo)
    transport = open_transport(server.url, token=TOKEN)
    error = await failure(transport, READ, call=True)
    assert error.code == "Odd"


async def test_a_redirect_is_not_followed(serve, open_transport):
    other = await serve(answer(b'{"Success":true}'))
    server = await serve(answer(b"", "307 Temporary Redirect", Location=other.url + "/"))
    error = await failure(open_transport(server.url), ASK, call=True)
    assert error.title == "Redirect refused"
    assert other.url.removeprefix("http://") in error.text
    assert other.seen == []


async def test_throttling_carries_the_wait(serve, open_transport):
    server = await serve(
        answer(b'{"Code":"Throttling"}', "400 Bad", Retry_After="2", X_Acs_Retry_After="3500")
    )
    error = await failure(open_transport(server.url), SEND, call=True)
    assert isinstance(error, Throttled)
    assert error.retry_after == 3.5


async def test_a_wrong_clock_is_named(serve, open_transport):
    server = await serve(
        answer(
            b'{"Code":"InvalidTimeStamp.Expired"}',
            "400 Bad",
            Date="Thu, 15 Jan 2026 08:30:00 GMT",
        )
    )
    transport = open_transport(server.url, clock=lambda: 1768465800.0 + 3600)
    error = await failure(transport, SEND, call=True)
    assert "is 1 h ahead of the service's" in error.text


async def test_an_endless_error_body_is_left(serve, open_transport):
    async def endless(request, writer):
        writer.write(b"HTTP/1.1 502 Bad\r\nContent-Type: text/html\r\n\r\n")
        while not writer.transport.is_closing():
            writer.write(b"x" * 65536)
            await writer.drain()

    server = await serve(endless)
    error = await failure(open_transport(server.url), ASK)
    assert error.status == 502
    await asyncio.wait_for(server.closed.wait(), 5)


async def test_an_error_body_that_stops_costs_only_the_wait(serve, open_transport):
    head = b'HTTP/1.1 403 No\r\nContent-Length: 900\r\n\r\n{"Code":"NoPermission"}'
    server = await serve(stopping(head))
    error = await failure(open_transport(server.url, read_timeout=0.1), ASK)
    assert (error.status, error.code) == (403, "NoPermission")


async def test_a_compressed_answer_is_not_unpacked(serve, open_transport):
    bomb = zlib.compress(b'{"Success":true}' + b" " * 10_000_000)
    server = await serve(answer(bomb, Content_Encoding="deflate"))
    error = await failure(open_transport(server.url), SEND, call=True)
    assert isinstance(error, BadAnswer)


@pytest.mark.parametrize("call", [True, False])
@pytest.mark.parametrize("request_", [ASK, READ], ids=["paid", "reading"])
@pytest.mark.parametrize(
    "behaviour",
    [b"", b"garbage\r\n\r\n", b"HTTP/1.1 200", reset(), b"HTTP/1.1 200 OK\r\nA: " + b"b" * 200_000],
    ids=["closed", "garbage", "cut head", "reset", "endless head"],
)
async def test_lost_before_the_head(serve, open_transport, behaviour, request_, call):
    server = await serve(behaviour)
    error = await failure(open_transport(server.url), request_, call=call)
    assert type(error) is LineBroken
    assert error.reached
    assert error.safe == request_.repeatable
    assert len(server.seen) == 1


@pytest.mark.parametrize("call", [True, False])
async def test_no_head_in_time(serve, open_transport, call):
    server = await serve(stopping(b""))
    transport = open_transport(server.url, read_timeout=0.1, head_timeout=0.2, connect_timeout=0.1)
    error = await failure(transport, ASK, call=call)
    assert type(error) is LineSilent
    assert (error.reached, error.safe) == (True, False)
    await asyncio.wait_for(server.closed.wait(), 5)


async def test_a_paid_stream_may_think_longer_than_the_silence(serve, open_transport):
    async def late(request, writer):
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(request.gone(), 0.3)
        writer.write(event_head() + TWO)

    server = await serve(late)
    frames, _ = await collect(
        open_transport(server.url, read_timeout=0.05, connect_timeout=0.05), ASK
    )
    assert len(frames) == 2


async def test_a_cut_answer(serve, open_transport):
    server = await serve(b'HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{"Success":true')
    error = await failure(open_transport(server.url), SEND, call=True)
    assert type(error) is LineBroken
    assert not error.safe


# --- nothing sent --------------------------------------------------------------------------------


async def test_refused_port(open_transport):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        error = await failure(open_transport(url), ASK)
    assert type(error) is NotReached
    assert (error.safe, error.reached) == (True, False)
    assert error.title == "Not sent: no connection to 127.0.0.1"
    assert error.text == "127.0.0.1 refused the connection. Nothing was sent; asking again is safe."


async def test_unknown_host(open_transport, monkeypatch):
    for name in ("HTTPS_PROXY", "ALL_PROXY", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    error = await failure(open_transport("https://das.invalid", trusted=("das.invalid",)), ASK)
    assert type(error) is NotReached
    assert error.text.startswith("The name of das.invalid")
    assert error.title == "Not sent: unknown host"


async def test_a_port_that_accepts_and_is_silent_in_the_handshake(open_transport):
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(1)
        url = f"https://127.0.0.1:{deaf.getsockname()[1]}"
        error = await failure(open_transport(url, connect_timeout=0.2), ASK)
    assert type(error) is NotReached
    assert "in time" in error.text


@pytest.fixture(scope="module")
def tls_files(tmp_path_factory):
    """A certificate for 127.0.0.1 that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    here = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([here]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return folder


@pytest.fixture
def tls(tls_files):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls_files / "cert.pem", tls_files / "key.pem")
    return context


async def test_a_certificate_that_signs_itself(serve, open_transport, tls, tls_files):
    server = await serve(event_head() + TWO, tls)
    error = await failure(open_transport(server.url), ASK)
    assert type(error) is NotReached
    assert error.title == "Not sent: certificate refused"
    assert "ca_file" in error.way_out
    assert server.seen == []
    trusting = open_transport(server.url, ca_file=str(tls_files / "cert.pem"))
    frames, _ = await collect(trusting, ASK)
    assert len(frames) == 2


async def test_tls_to_a_plain_port(open_transport):
    async def plain(reader, writer):
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(plain, "127.0.0.1", 0) as server:
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        error = await failure(open_transport(url), ASK)
    assert type(error) is NotReached
    assert error.title == "Not sent: no TLS"


async def test_a_ca_file_that_is_not_there(open_transport, tmp_path):
    transport = open_transport("https://127.0.0.1:1", ca_file=str(tmp_path / "none.pem"))
    error = await failure(transport, ASK)
    assert type(error) is NotReached
    assert error.title == "Not sent: no certificates"


async def test_a_ca_file_without_certificates(open_transport, tmp_path):
    (tmp_path / "ca.pem").write_text("nothing")
    transport = open_transport("https://127.0.0.1:1", ca_file=str(tmp_path / "ca.pem"))
    error = await failure(transport, ASK)
    assert type(error) is NotReached
    assert error.title == "Not sent: no certificates"


CLOUD = "https://das.cn-shanghai.aliyuncs.com"


async def test_a_proxy_that_refuses(serve, open_transport):
    proxy = await serve(answer(b"", "407 Proxy Authentication Required"))
    error = await failure(open_transport(CLOUD, proxy=proxy.url), ASK)
    assert type(error) is NotReached
    assert error.title == "Not sent: the proxy refused"
    assert [seen.method for seen in proxy.seen] == ["CONNECT"]
    assert "authorization" not in proxy.seen[0].headers


async def test_a_proxy_that_hangs_up(serve, open_transport):
    proxy = await serve(b"")
    error = await failure(open_transport(CLOUD, proxy=proxy.url), ASK)
    assert (type(error), error.safe) == (NotReached, True)


async def test_proxy_variables_count_but_not_for_this_machine(serve, open_transport, monkeypatch):
    proxy = await serve(answer(b"", "407 No"))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    error = await failure(open_transport(CLOUD), ASK)
    assert error.title == "Not sent: the proxy refused"
    server = await serve(answer(b'{"Success":true}'))
    await open_transport(server.url, proxy=proxy.url).call(ASK)
    assert len(server.seen) == 1
    assert len(proxy.seen) == 1


@pytest.mark.parametrize(
    "proxy", ["socks5://me:canarypw@127.0.0.1:1", "nonsense:canary", "ftp://canary"]
)
async def test_a_proxy_setting_that_cannot_be_used(open_transport, proxy):
    error = await failure(open_transport(CLOUD, proxy=proxy), ASK)
    assert type(error) is NotReached
    assert "proxy" in error.title


# --- which hosts ---------------------------------------------------------------------------------


class Watched(StaticProvider):
    """Says whether it was asked for credentials."""

    def __init__(self):
        super().__init__(KEY, SECRET)
        self.asked = False

    async def get(self):
        self.asked = True
        return await super().get()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://das.cn-shanghai.aliyuncs.com", InsecureEndpoint),
        ("http://10.0.0.1", InsecureEndpoint),
        ("http://127.0.0.1.evil.example", InsecureEndpoint),
        ("http://localhost.evil.example", InsecureEndpoint),
        ("ftp://127.0.0.1", InsecureEndpoint),
        ("127.0.0.1:80", InsecureEndpoint),
        ("", InsecureEndpoint),
        ("https://", InsecureEndpoint),
        ("https://[::1", InsecureEndpoint),
        ("https://127.0.0.1:99999", InsecureEndpoint),
        ("https://user@das.aliyuncs.com", InsecureEndpoint),
        ("https://das.aliyuncs.com/?a=b", InsecureEndpoint),
        ("https://das.aliyuncs.com/#a", InsecureEndpoint),
        ("https://das.aliyuncs.com\\.evil.example", InsecureEndpoint),
        ("https://dаs.aliyuncs.com", InsecureEndpoint),
        ("https://evil.example", UntrustedHost),
        ("https://aliyuncs.com", UntrustedHost),
        ("https://.aliyuncs.com", UntrustedHost),
        ("https://evilaliyuncs.com", UntrustedHost),
        ("https://das.aliyuncs.com.evil.example", UntrustedHost),
        ("https://das.aliyuncs.com.", UntrustedHost),
        ("https://mine.example:444", UntrustedHost),
    ],
)
@pytest.mark.parametrize("call", [True, False])
async def test_hosts_that_are_refused_before_anything_is_signed(
    open_transport, url, expected, call
):
    provider = Watched()
    transport = open_transport(url, provider=provider, trusted=("mine.example:443",))
    error = await failure(transport, ASK, call=call)
    assert type(error) is expected
    assert (error.reached, error.safe) == (False, True)
    assert not provider.asked


@pytest.mark.parametrize(
    ("url", "trusted"),
    [
        ("https://das.cn-shanghai.aliyuncs.com", ()),
        ("https://das.aliyuncs.com", ()),
        ("https://das.vpc-proxy.aliyuncs.com", ()),
        ("https://das-vpc.aliyuncs.com", ()),
        ("https://dms-vpc.cn-hangzhou.aliyuncs.com", ()),
        ("HTTPS://DMS.cn-hangzhou.AliyunCS.com/x", ()),
        ("http://localhost:8080", ()),
        ("http://127.9.9.9", ()),
        ("http://[::1]:80/x", ()),
        ("https://Mine.example/x", ("mine.EXAMPLE",)),
        ("https://mine.example:444", ("mine.example:444",)),
        ("https://mine.example:444", ("mine.example",)),
    ],
)
def test_hosts_that_are_fine(url, trusted):
    Endpoint(url, trusted=trusted).check()


async def test_no_credentials_nothing_sent(serve, open_transport):
    class Empty(StaticProvider):
        async def get(self):
            raise NoCredentials("Nothing was sent.")

    server = await serve(answer(b""))
    error = await failure(open_transport(server.url, provider=Empty("", "")), ASK)
    assert isinstance(error, NoCredentials)
    assert server.seen == []


class Renewed(StaticProvider):
    """Gives an expired token until it is told to forget it."""

    def __init__(self, lasting=False):
        super().__init__(KEY, SECRET)
        self.tokens = ["old-token", "old-token" if lasting else "new-token"]
        self.forgotten = 0

    async def get(self):
        return Credentials(KEY, Secret(SECRET), Secret(self.tokens[min(self.forgotten, 1)]))

    def forget(self):
        self.forgotten += 1
        return True


@pytest.mark.parametrize("lasting", [False, True])
@pytest.mark.parametrize("call", [True, False])
async def test_an_expired_token_is_renewed_once(serve, open_transport, lasting, call):
    async def guard(request, writer):
        if request.headers["x-acs-security-token"] == "old-token":
            writer.write(answer(b'{"Code":"InvalidSecurityToken.Expired"}', "400 Bad"))
        elif call:
            writer.write(answer(b'{"Success":true}'))
        else:
            writer.write(event_head() + TWO)

    server = await serve(guard)
    transport = open_transport(server.url, provider=Renewed(lasting))
    if lasting:
        error = await failure(transport, ASK, call=call)
        assert error.title == "Refused: the security token expired"
    elif call:
        await transport.call(ASK)
    else:
        await collect(transport, ASK)
    assert len(server.seen) == 2
    for seen in server.seen:
        verify(seen)


async def test_an_expired_token_that_cannot_be_renewed(serve, open_transport):
    server = await serve(answer(b'{"Code":"InvalidSecurityToken.Expired"}', "400 Bad"))
    await failure(open_transport(server.url, token=TOKEN), ASK, call=True)
    assert len(server.seen) == 1


# --- streams -------------------------------------------------------------------------------------


async def test_a_stream(serve, open_transport):
    server = await serve(event_head(X_Acs_Request_Id="r-7") + TWO)
    frames, events = await collect(open_transport(server.url), ASK)
    assert frames == [Frame("", b'{"a":1}'), Frame("", b'{"b":2}')]
    assert (events.request_id, events.dropped) == ("r-7", 0)
    (seen,) = server.seen
    assert seen.headers["accept"] == "text/event-stream"
    verify(seen)


@pytest.mark.parametrize("kind", ["TEXT/Event-Stream", "text/event-stream ; charset=gbk"])
async def test_the_content_type_in_any_spelling(serve, open_transport, kind):
    server = await serve(answer(TWO, kind=kind))
    assert len((await collect(open_transport(server.url), ASK))[0]) == 2


@pytest.mark.parametrize(
    "kind", ["text/event-streamx", "text/plain", "application/octet-stream", ""]
)
async def test_other_content_types(serve, open_transport, kind):
    server = await serve(answer(TWO, kind=kind))
    error = await failure(open_transport(server.url), ASK)
    assert type(error) is BadAnswer
    assert (kind or "no content type") in error.text


async def test_a_json_error_where_a_stream_was_asked(serve, open_transport):
    server = await serve(answer(b'{"Code":"NoPermission","RequestId":"r-3"}'))
    error = await failure(open_transport(server.url), ASK)
    assert type(error) is Refused
    assert (error.code, error.request_id, error.safe) == ("NoPermission", "r-3", True)
    server = await serve(answer(b'{"RequestId":"r-3"}'))
    error = await failure(open_transport(server.url), ASK)
    assert (type(error), error.request_id, error.safe) == (Refused, "r-3", False)


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate, gzip"])
async def test_a_compressed_stream_is_refused(serve, open_transport, encoding):
    server = await serve(event_head(Content_Encoding=encoding) + TWO)
    error = await failure(open_transport(server.url), ASK)
    assert type(error) is BadAnswer
    assert not error.safe
    server = await serve(event_head(Content_Encoding="Identity") + TWO)
    assert len((await collect(open_transport(server.url), ASK))[0]) == 2


async def test_frames_come_as_they_arrive(serve, open_transport):
    go = asyncio.Event()

    async def two_parts(request, writer):
        writer.write(event_head() + b'data:{"a":1}\n\nda')
        await writer.drain()
        await go.wait()
        writer.write(b'ta:{"b":2}\n\n')

    server = await serve(two_parts)
    async with open_transport(server.url).stream(ASK) as events:
        assert await anext(events) == [Frame("", b'{"a":1}')]
        go.set()
        assert await anext(events) == [Frame("", b'{"b":2}')]
        with pytest.raises(StopAsyncIteration):
            await anext(events)
        with pytest.raises(StopAsyncIteration):
            await anext(events)


async def test_the_last_event_at_a_clean_end(serve, open_transport):
    server = await serve(event_head() + b'data:{"a":1}\n\ndata:{"b":2}')
    frames, events = await collect(open_transport(server.url), ASK)
    assert (len(frames), events.dropped) == (2, 0)
    server = await serve(event_head() + b'data:{"a":1}\n\ndata:{"b":')
    frames, events = await collect(open_transport(server.url), ASK)
    assert (len(frames), events.dropped) == (1, 1)


CUT = {
    "chunked cut between": event_head(Transfer_Encoding="chunked") + chunk(TWO),
    "chunked cut inside": event_head(Transfer_Encoding="chunked") + chunk(TWO) + b"40\r\ndata",
    "chunked garbage": event_head(Transfer_Encoding="chunked") + chunk(TWO) + b"zz\r\n",
    "length cut": event_head(Content_Length="9000") + TWO,
}


@pytest.mark.parametrize("name", CUT)
@pytest.mark.parametrize("request_", [ASK, READ], ids=["paid", "reading"])
async def test_a_line_that_breaks_in_the_stream(serve, open_transport, name, request_):
    server = await serve(CUT[name])
    async with open_transport(server.url).stream(request_) as events:
        got = []
        with pytest.raises(LineBroken) as caught:
            await read_on(events, got)
    assert len(got) == 2
    assert type(caught.value) is LineBroken
    assert caught.value.reached
    assert caught.value.safe == request_.repeatable
    assert len(server.seen) == 1


async def test_a_reset_in_the_stream(serve, open_transport):
    go = asyncio.Event()

    async def respond(request, writer):
        writer.write(event_head() + TWO)
        await writer.drain()
        await go.wait()
        await reset()(request, writer)

    server = await serve(respond)
    async with open_transport(server.url).stream(ASK) as events:
        assert len(await anext(events)) == 2
        go.set()
        with pytest.raises(LineBroken, match="Line lost: the connection was reset"):
            await anext(events)
        with pytest.raises(StopAsyncIteration):
            await anext(events)


async def test_silence_is_told_and_loses_nothing(serve, open_transport):
    go = asyncio.Event()

    async def respond(request, writer):
        writer.write(event_head() + b'data:{"a":1}\n\ndata:')
        await writer.drain()
        await go.wait()
        writer.write(b'{"b":2}\n\n')

    server = await serve(respond)
    async with open_transport(server.url, read_timeout=0.1).stream(ASK) as events:
        assert len(await anext(events)) == 1
        for _ in range(2):
            with pytest.raises(LineSilent) as caught:
                await anext(events)
            assert not caught.value.safe
        go.set()
        assert [frames async for frames in events] == [[Frame("", b'{"b":2}')]]


async def test_leaving_closes_the_connection(serve, open_transport):
    server = await serve(stopping(event_head() + TWO))
    async with open_transport(server.url).stream(ASK) as events:
        assert len(await anext(events)) == 2
    await asyncio.wait_for(server.closed.wait(), 5)


@pytest.mark.parametrize("before_head", [True, False])
async def test_cancelling_closes_the_connection(serve, open_transport, before_head):
    arrived = asyncio.Event()

    async def respond(request, writer):
        if not before_head:
            writer.write(event_head() + TWO)
            await writer.drain()
        arrived.set()
        await request.gone()

    server = await serve(respond)
    task = asyncio.create_task(collect(open_transport(server.url), ASK))
    await asyncio.wait_for(arrived.wait(), 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(server.closed.wait(), 5)


async def test_an_error_of_the_reader_passes_through(serve, open_transport):
    server = await serve(stopping(event_head() + TWO))

    async def read():
        async with open_transport(server.url).stream(ASK) as events:
            await anext(events)
            raise KeyError("x")

    with pytest.raises(KeyError):
        await read()
    await asyncio.wait_for(server.closed.wait(), 5)


async def test_a_fast_stream_is_read_in_bounded_time(serve, open_transport):
    body = b"".join(f'data:{{"n":{n}}}\n\n'.encode() for n in range(50_000))
    server = await serve(answer(body, kind="text/event-stream"))
    began = time.monotonic()
    frames, _ = await collect(open_transport(server.url), ASK)
    assert len(frames) == 50_000
    assert time.monotonic() - began < 5


async def test_closing_and_opening_again(serve, open_transport):
    server = await serve(answer(b'{"Success":true}'))
    transport = open_transport(server.url)
    await transport.call(SEND)
    await transport.aclose()
    await transport.aclose()
    await transport.call(SEND)
    assert len(server.seen) == 2


async def test_a_request_without_parameters(serve, open_transport):
    server = await serve(answer(b'{"Success":true}'))
    await open_transport(server.url).call(Request("ListThings", "2025-04-14", {}))
    (seen,) = server.seen
    assert seen.target == "/"
    verify(seen)


@pytest.mark.parametrize(
    ("request_", "last", "taken"),
    [
        (READ, b'data:{"content":"x"}\n', False),
        (READ, b'event:delta\ndata:{"content":"x"}\n', True),
        (READ, b'data:{"event_type":"delta"}\n', True),
        (ASK, b'data:{"Answer":"x"}\n', True),
    ],
    ids=["name may follow", "named before", "named inside", "cannot be asked for again"],
)
async def test_an_event_at_a_clean_end_is_taken_only_if_it_is_whole(
    serve, open_transport, request_, last, taken
):
    """A DMS event may be named after its data; without the name it would be stored as unknown,
    and the whole one dropped as its repeat."""
    server = await serve(event_head() + TWO + last)
    frames, _ = await collect(open_transport(server.url), request_)
    assert len(frames) == 2 + taken


async def test_plain_http_on_this_machine_loads_no_authorities() -> None:
    for url, known in (("http://127.0.0.1:9", False), ("https://127.0.0.1:9", True)):
        client = open_client(Endpoint(url), 1.0)
        context = client._transport._pool._ssl_context  # type: ignore[attr-defined]
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname
        assert bool(context.get_ca_certs()) is known
        await client.aclose()

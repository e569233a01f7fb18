"""Names, proxies, threads aside, and the unsigned knock."""

import asyncio
import socket
import threading

import pytest

from das_tui.wire import credentials, names
from das_tui.wire.aside import aside
from das_tui.wire.chain import ChainProvider
from das_tui.wire.credentials import StaticProvider
from das_tui.wire.errors import BadAnswer, NoCredentials, NotReached, UntrustedHost
from das_tui.wire.reasons import plain, tried_places
from das_tui.wire.redact import without_keys
from das_tui.wire.transport import Endpoint, Transport

CLOUD = "https://das.cn-shanghai.aliyuncs.com"


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def test_the_proxy_of_the_profile_wins_and_this_machine_has_none(monkeypatch):
    assert names.proxy_to(Endpoint(CLOUD)) == ""
    monkeypatch.setenv("HTTPS_PROXY", "http://env:1")
    assert names.proxy_to(Endpoint(CLOUD)) == "http://env:1"
    assert names.looked_up(Endpoint(CLOUD)) == "env"
    assert names.proxy_to(Endpoint(CLOUD, proxy="http://own:2")) == "http://own:2"
    assert names.proxy_to(Endpoint("https://127.0.0.1", proxy="http://own:2")) == ""
    monkeypatch.setenv("NO_PROXY", ".aliyuncs.com")
    assert names.proxy_to(Endpoint(CLOUD)) == ""
    assert names.looked_up(Endpoint(CLOUD)) == "das.cn-shanghai.aliyuncs.com"
    assert names.shown("http://me:word@own:2") == "http://[redacted]@own:2"


def test_authorities(monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", "/etc/env.pem")
    assert names.authorities(Endpoint(CLOUD, ca_file="/etc/own.pem")) == "/etc/own.pem"
    assert names.authorities(Endpoint(CLOUD)) == "/etc/env.pem"
    assert names.authorities(Endpoint("https://127.0.0.1")) == "built-in list"


async def test_resolve():
    assert await names.resolve("127.0.0.1", 1) == ("127.0.0.1",)
    assert set(await names.resolve("localhost", 5)) <= {"127.0.0.1", "::1"}
    for unknown in ("nowhere.invalid", "a" * 300):
        with pytest.raises(NotReached) as caught:
            await names.resolve(unknown, 5)
        assert caught.value.title == "Not sent: unknown host"


async def test_aside_gives_results_and_errors_and_is_left_behind():
    assert await aside(lambda: 7, "seven") == 7
    with pytest.raises(ZeroDivisionError):
        await aside(lambda: 1 / 0, "zero")
    release = threading.Event()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await aside(release.wait, "stuck")
    stuck = [thread for thread in threading.enumerate() if thread.name == "stuck"]
    assert [thread.daemon for thread in stuck] == [True]
    release.set()
    stuck[0].join(10)
    assert not stuck[0].is_alive()


HEAD = (
    b"HTTP/1.1 405 No\r\nDate: Tue, 06 Jan 2026 08:30:00 GMT\r\nX-A: b\r\nContent-Length: 0\r\n\r\n"
)


async def test_a_knock_is_not_signed_and_tells_the_clock(serve):
    server = await serve(HEAD)
    transport = Transport(
        Endpoint(server.url + "/base"), StaticProvider("id", "secret"), clock=lambda: 1767688190.0
    )
    knock = await transport.knock()
    await transport.aclose()
    assert (knock.status, knock.headers["x-a"], knock.offset) == (405, "b", 10.0)
    assert (knock.tls, knock.issuer, knock.expires) == ("", "", None)
    (seen,) = server.seen
    assert (seen.method, seen.target) == ("HEAD", "/base")
    assert not {"authorization", "x-acs-action", "x-acs-date"} & set(seen.headers)


async def test_a_knock_at_nobody_and_at_somebody_else(serve):
    async def knock(url, patience=5.0):
        transport = Transport(Endpoint(url), StaticProvider("id", "secret"))
        try:
            await transport.knock(patience)
        finally:
            await transport.aclose()

    server = await serve(b"SSH-2.0-x\r\n")
    with pytest.raises(BadAnswer, match="did not answer in HTTP"):
        await knock(server.url)
    with pytest.raises(UntrustedHost):
        await knock("https://example.invalid")
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(NotReached, match="did not answer"),
    ):
        await knock(f"http://127.0.0.1:{silent.getsockname()[1]}", 0.1)


def test_places_of_credentials():
    assert credentials.place("default/cli_profile/static_ak") == "~/.aliyun/config.json"
    assert credentials.place("default/env") == "environment"
    assert credentials.place("static") == "static"


async def test_what_was_tried_is_redacted_and_a_foreign_text_is_no_list():
    assert tried_places("none: ['URLCredentialsProvider: SecurityToken=abcdef', 'Other: x']") == (
        "credentials URI (SecurityToken=[redacted])",
        "Other (x)",
    )
    for text in ("none", "none: [", "none: [1]]", "[" * 10_000):
        assert tried_places(text) == ()
    with pytest.raises(NoCredentials) as caught:
        await ChainProvider("no-such-profile-anywhere").get()
    assert caught.value.tried == ()


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("failed to get credential from credentials file: $/x/y.ini", "there is no such file or"),
        ("unable to get profile with 'a' form cli credentials file.", "there is no profile a"),
        ("unsupported profile mode 'Odd' form cli credentials file.", "its mode Odd is not"),
        ("HTTPConnectionPool(host='100.100.100.200', port=80): Max", "100.100.100.200 was not"),
        ("error refreshing, http_code=403, result: <html>", "it answered HTTP 403"),
        ("unsupported operand type(s) for -: 'NoneType' and 'int'", "something in it is missing"),
        ("odd words of $/tmp/x.", "odd words of /tmp/x"),
        ("x" * 300, "x" * 160 + "…"),
    ],
)
def test_a_reason_of_the_library_in_plain_words(said, meant):
    assert plain(said).startswith(meant)


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("default/env", "LTAI…34 from the environment"),
        ("environment", "LTAI…34 from the environment"),
        ("default/cli_profile/static_ak", "LTAI…34 from ~/.aliyun/config.json"),
        ("static", "LTAI…34"),
        ("DATA_AGENT_API_KEY", "LTAI…34 from DATA_AGENT_API_KEY"),
    ],
)
def test_a_key_is_named_by_what_may_be_shown_and_its_place(source, named):
    secret = credentials.Secret("canary")
    held = credentials.Credentials("LTAI5tCanaryCanary34", secret, source=source)
    assert held.named == named


async def test_variables_that_are_missing_are_named_in_good_grammar(monkeypatch):
    monkeypatch.setenv(credentials.KEY_ID, "x")
    monkeypatch.delenv(credentials.KEY_SECRET, raising=False)
    with pytest.raises(NoCredentials, match=r"`ALIBABA_CLOUD_ACCESS_KEY_SECRET` .* has no value"):
        await credentials.EnvProvider().get()
    monkeypatch.delenv(credentials.KEY_ID)
    with pytest.raises(NoCredentials, match=r"_ID` and .*_SECRET` of the environment have no val"):
        await credentials.EnvProvider().get()


def test_an_environment_for_other_programs_has_no_keys():
    given = {"PATH": "/bin", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "s", "Data_Agent_Api_Key": "k"}
    assert without_keys(given) == {"PATH": "/bin"}

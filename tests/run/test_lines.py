"""Which host an account's requests go to, and with what."""

import asyncio
import contextlib
import json
import threading
from collections.abc import AsyncIterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from das_tui.domain.record import Service
from das_tui.run import credentials_found
from das_tui.run.account import Account
from das_tui.run.backoff import Backoff
from das_tui.run.lines import Lines, endpoints, with_api_key
from das_tui.wire import dms_calls
from das_tui.wire.credentials import ApiKeyProvider, Kind, Provider, StaticProvider
from das_tui.wire.errors import KeyNotTaken, NoCredentials

SIGNED = StaticProvider("LTAI5tCanaryCanary12", "canary-secret")


@pytest.fixture
async def lines() -> AsyncIterator[object]:
    async with contextlib.AsyncExitStack() as stack:

        def make(provider: Provider, **settings: str) -> Lines:
            made = Lines(Account(provider=provider, **settings), Backoff())
            stack.push_async_callback(made.aclose)
            return made

        yield make


def urls(provider: Provider, service: str, **settings: str) -> tuple[str, str]:
    account = Account(provider=provider, **settings)
    control, data = endpoints(account, service)
    return control.url, data.url


def test_the_hosts_of_a_signed_account() -> None:
    assert urls(SIGNED, Service.DAS) == ("https://das.cn-shanghai.aliyuncs.com",) * 2
    assert urls(SIGNED, Service.CHAT) == ("https://das.cn-shanghai.aliyuncs.com",) * 2
    assert urls(SIGNED, Service.DMS, region="cn-beijing") == (
        "https://dms.cn-beijing.aliyuncs.com",
        "https://dms.cn-beijing.aliyuncs.com",
    )
    there = "http://127.0.0.1:9/dms"
    assert urls(SIGNED, Service.DMS, dms_endpoint=there) == (there, there)


REGIONS = (
    "cn-hangzhou",
    "cn-beijing",
    "cn-shanghai",
    "cn-shenzhen",
    "cn-hongkong",
    "ap-southeast-1",
    "us-west-1",
    "us-east-1",
)


@pytest.mark.parametrize("region", REGIONS)
async def test_every_region_has_its_hosts(lines, region: str) -> None:
    signed = f"https://dms.{region}.aliyuncs.com"
    assert urls(SIGNED, Service.DMS, region=region) == (signed, signed)
    unit = lines(SIGNED, region=region).to("unit")
    assert unit.endpoint.url == f"https://dms-enterprise.{region}.aliyuncs.com"
    assert urls(SIGNED, Service.DAS, region=region)[0] == "https://das.cn-shanghai.aliyuncs.com"
    assert urls(ApiKeyProvider(), Service.DMS, region=region) == (
        f"https://dataagent-{region}.aliyuncs.com/apikey",
        f"https://dataagent-stream-{region}.aliyuncs.com/apikey",
    )


def test_the_hosts_of_an_account_with_an_api_key() -> None:
    key = ApiKeyProvider()
    assert urls(key, Service.DMS, region="cn-beijing") == (
        "https://dataagent-cn-beijing.aliyuncs.com/apikey",
        "https://dataagent-stream-cn-beijing.aliyuncs.com/apikey",
    )
    there = "http://127.0.0.1:9/apikey"
    assert urls(key, Service.DMS, dms_endpoint="http://127.0.0.1:9") == (there, there)
    assert (
        urls(key, Service.DMS, dms_endpoint="http://127.0.0.1:9/x") == ("http://127.0.0.1:9/x",) * 2
    )
    for service in (Service.DAS, Service.CHAT):
        with pytest.raises(KeyNotTaken, match="DAS wants an AccessKey"):
            urls(key, service)


def test_settings_of_the_way_go_along() -> None:
    account = Account(
        provider=ApiKeyProvider(), proxy="http://p:1", ca_file="ca.pem", trusted_hosts=("mine",)
    )
    for there in endpoints(account, Service.DMS):
        assert (there.proxy, there.ca_file, there.trusted) == ("http://p:1", "ca.pem", ("mine",))


async def test_transports_are_made_once_and_the_unit_has_one_of_its_own(lines) -> None:
    made = lines(SIGNED, region="cn-beijing")
    assert made.to(Service.DMS) is made.to(Service.DMS, "data")
    assert made.to(Service.DAS) is made.to(Service.CHAT)
    unit = made.to("unit")
    assert unit is made.to("unit")
    assert unit.endpoint.url == "https://dms-enterprise.cn-beijing.aliyuncs.com"
    assert lines(SIGNED, dms_endpoint="https://dms.mine").to("unit") is None
    assert lines(ApiKeyProvider()).to("unit") is None
    with pytest.raises(KeyNotTaken):
        lines(ApiKeyProvider()).to(Service.DAS)
    assert with_api_key(Account(provider=ApiKeyProvider()))
    assert not with_api_key(Account(provider=SIGNED))


async def test_the_region_and_the_key_reach_the_gateway(lines, monkeypatch) -> None:
    monkeypatch.setenv("DATA_AGENT_API_KEY", "dms-da-canary-of-lines")
    seen = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            seen.append((self.path, self.headers["x-api-key"], json.loads(body)["RegionId"]))
            content = b'{"data":{"sessionId":"s"},"success":true,"code":"success"}'
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            made = lines(
                ApiKeyProvider(),
                region="cn-beijing",
                dms_endpoint=f"http://127.0.0.1:{server.server_address[1]}",
            )
            answer = await made.to(Service.DMS).call(dms_calls.describe_session("s"))
        finally:
            server.shutdown()
            thread.join(20)
    assert dms_calls.read_session(answer.data).session_id == "s"
    assert seen == [("/apikey", "dms-da-canary-of-lines", "cn-beijing")]


# --- what the app may know of credentials --------------------------------------------------------


async def test_credentials_are_found_aside(tmp_path, monkeypatch) -> None:
    for name in ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_CREDENTIALS_URI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DATA_AGENT_API_KEY", "dms-da-canary-of-lines")
    found = await asyncio.wrap_future(credentials_found.discover())
    assert [(one.spec, one.kind) for one in found] == [("api-key", Kind.API_KEY)]
    monkeypatch.setenv("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true")
    assert await asyncio.wrap_future(credentials_found.probe_machine_role()) is None


def test_how_the_credentials_of_an_account_stand() -> None:
    stands = credentials_found.standing(Account(provider=SIGNED))
    assert (stands.source, stands.masked, stands.kind) == ("static", "LTAI…12", Kind.ACCESS_KEY)
    assert isinstance(credentials_found.provider("api-key"), ApiKeyProvider)
    with pytest.raises(NoCredentials):
        credentials_found.provider("nonsense")

"""Which credentials a machine has: environment, files of the tools, and the role of the machine."""

import json
import time

import pytest

from das_tui.wire import discovery
from das_tui.wire.credentials import Kind
from das_tui.wire.discovery import Found, discover, probe_machine_role

VARIABLES = (
    "ALIBABA_CLOUD_ACCESS_KEY_ID",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
    "ALIBABA_CLOUD_SECURITY_TOKEN",
    "ALIBABA_CLOUD_ROLE_ARN",
    "ALIBABA_CLOUD_OIDC_PROVIDER_ARN",
    "ALIBABA_CLOUD_OIDC_TOKEN_FILE",
    "ALIBABA_CLOUD_CREDENTIALS_URI",
    "ALIBABA_CLOUD_CREDENTIALS_FILE",
    "ALIBABA_CLOUD_PROFILE",
    "ALIBABA_CLOUD_CLI_PROFILE_DISABLED",
    "ALIBABA_CLOUD_ECS_METADATA_DISABLED",
    "DATA_AGENT_API_KEY",
    "DATA_AGENT_REGION",
)
OIDC = VARIABLES[3:6]
KEY_ID = "LTAI5tCanaryCanary12"
MASKED = "LTAI…12"


@pytest.fixture(autouse=True)
def bare(monkeypatch, tmp_path):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


def key(**more):
    return {"access_key_id": KEY_ID, "access_key_secret": "canary-secret", **more}


def config(tmp_path, *profiles, current=""):
    path = tmp_path / ".aliyun" / "config.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"current": current, "profiles": profiles}))
    return path


def ini(tmp_path, text):
    path = tmp_path / ".alibabacloud" / "credentials.ini"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def test_a_bare_machine_has_nothing():
    assert discover() == ()


def test_the_environment(monkeypatch):
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", KEY_ID)
    assert discover() == ()
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "canary-secret")
    assert discover() == (Found("env", "variables of the environment", MASKED, Kind.ACCESS_KEY),)
    monkeypatch.setenv("ALIBABA_CLOUD_SECURITY_TOKEN", "canary-token")
    assert discover()[0].kind is Kind.STS


def test_the_api_key_with_its_region(monkeypatch):
    monkeypatch.setenv("DATA_AGENT_API_KEY", "dms-da-canaryCanaryCanary12")
    monkeypatch.setenv("DATA_AGENT_REGION", "cn-beijing")
    (found,) = discover()
    assert (found.spec, found.masked, found.kind) == ("api-key", "dms-da-…12", Kind.API_KEY)
    assert found.region == "cn-beijing"
    assert "canary" not in repr(found)


def test_profiles_of_the_aliyun_tool_the_current_one_first(tmp_path):
    profiles = [
        {"name": "dev", "mode": "AK", "region_id": "cn-beijing", **key()},
        {"name": "tmp", "mode": "StsToken", **key(sts_token="canary-token")},
        {"name": "role", "mode": "RamRoleArn", **key(ram_role_arn="acs:ram::1:role/r")},
        {"name": "ecs", "mode": "EcsRamRole", "ram_role_name": "r"},
        {"name": "ext", "mode": "External", "process_command": "x", **key()},
        {"name": "odd"},
    ]
    config(tmp_path, *profiles, current="tmp")
    found = discover()
    assert [(one.spec, one.masked, one.kind) for one in found] == [
        ("profile:tmp", MASKED, Kind.STS),
        ("profile:dev", MASKED, Kind.ACCESS_KEY),
        ("profile:role", MASKED, Kind.STS),
        ("profile:ecs", "", Kind.STS),
        ("profile:ext", "", Kind.STS),
        ("profile:odd", "", Kind.STS),
    ]
    assert found[0].label == "profile tmp of the aliyun tool, StsToken, its current one"
    assert found[1].label == "profile dev of the aliyun tool, AK"
    assert found[1].region == "cn-beijing"
    assert "canary" not in repr(found).lower()


def test_the_profile_of_the_environment_is_the_current_one(tmp_path, monkeypatch):
    config(tmp_path, {"name": "a", "mode": "AK", **key()}, {"name": "b", "mode": "AK", **key()})
    monkeypatch.setenv("ALIBABA_CLOUD_PROFILE", "b")
    assert [found.spec for found in discover()] == ["profile:b", "profile:a"]
    monkeypatch.setenv("ALIBABA_CLOUD_CLI_PROFILE_DISABLED", "True")
    assert discover() == ()


def test_sections_of_the_ini_file(tmp_path, monkeypatch):
    path = ini(
        tmp_path,
        f"[ops]\ntype = access_key # mine\naccess_key_id = {KEY_ID}\naccess_key_secret = a%b\n"
        "[dev]\ntype = access_key\n[ecs]\ntype = ecs_ram_role\nrole_name = r\n",
    )
    config(tmp_path, {"name": "dev", "mode": "AK", **key()})
    assert [(one.spec, one.masked, one.kind) for one in discover()] == [
        ("profile:dev", MASKED, Kind.ACCESS_KEY),
        ("profile:ops", MASKED, Kind.ACCESS_KEY),
        ("profile:ecs", "", Kind.STS),
    ]
    assert discover()[1].label == "section ops of credentials.ini, access_key"
    other = path.rename(tmp_path / "other.ini")
    assert [one.spec for one in discover()] == ["profile:dev"]
    monkeypatch.setenv("ALIBABA_CLOUD_CREDENTIALS_FILE", str(other))
    assert len(discover()) == 3


def test_default_is_offered_only_where_the_chain_would_take_it(tmp_path, monkeypatch):
    monkeypatch.setenv("ALIBABA_CLOUD_CREDENTIALS_URI", "http://127.0.0.1:1/canary?token=canary")
    assert discover() == (Found("default", "credentials URI of the environment", "", Kind.STS),)
    for name in OIDC[:2]:
        monkeypatch.setenv(name, "x")
    assert [one.label for one in discover()] == ["credentials URI of the environment"]
    monkeypatch.setenv(OIDC[2], "x")
    assert [one.label for one in discover()] == ["OIDC role of the environment"]
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", KEY_ID)
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "canary-secret")
    assert [one.spec for one in discover()] == ["env"]
    for name in (*OIDC, "ALIBABA_CLOUD_ACCESS_KEY_ID"):
        monkeypatch.delenv(name)
    path = config(tmp_path, {"name": "dev", "mode": "AK", **key()}, current="dev")
    assert [one.spec for one in discover()] == ["profile:dev"]
    path.unlink()
    ini(tmp_path, "[default]\ntype = access_key\n")
    assert [one.spec for one in discover()] == ["profile:default"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"[" * 5000,
        b"\xff\xfe{}",
        b'{"profiles":7}',
        b'{"profiles":[7,{"name":7},{"name":""},null]}',
        b'{"profiles":{"name":"x"}}',
        b'{"current":{},"profiles":null}',
        b"no section = 1",
        b"[a]\n[a]\n",
        b"[a\n",
        b"[a]\nkey\n",
        b"\x00",
    ],
)
def test_broken_files_offer_nothing(tmp_path, content):
    config(tmp_path).write_bytes(content)
    ini(tmp_path, "").write_bytes(content)
    discover()
    assert [one for one in discover() if one.spec != "profile:a"] == []


def test_a_file_that_cannot_be_read_offers_nothing(tmp_path):
    (tmp_path / ".aliyun").mkdir()
    (tmp_path / ".aliyun" / "config.json").mkdir()
    assert discover() == ()


# --- the role of the machine ---------------------------------------------------------------------


def metadata(role=b"ops-role", token=b"canary-token"):
    async def answer(request, writer):
        body = token if request.method == "PUT" else role
        status = b"200 OK" if body is not None else b"404 Not Found"
        body = body or b""
        writer.write(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body))
        await writer.drain()

    return answer


async def test_the_role_of_the_machine(serve):
    server = await serve(metadata())
    found = await probe_machine_role(server.url)
    assert found == Found("default", "role ops-role of this ECS machine", "", Kind.STS)
    assert [(seen.method, seen.target) for seen in server.seen] == [
        ("PUT", "/latest/api/token"),
        ("GET", "/latest/meta-data/ram/security-credentials/"),
    ]
    assert server.seen[1].headers["x-aliyun-ecs-metadata-token"] == "canary-token"


async def test_the_older_metadata_service_wants_no_token(serve):
    server = await serve(metadata(token=None))
    assert (await probe_machine_role(server.url)) is not None
    assert "x-aliyun-ecs-metadata-token" not in server.seen[1].headers


@pytest.mark.parametrize("role", [None, b"", b"<html>portal page</html>", b"x" * 200, b"a\x1b[2J"])
async def test_a_machine_without_a_role(serve, role):
    assert await probe_machine_role((await serve(metadata(role=role))).url) is None


async def test_no_metadata_service_costs_two_seconds_at_most(serve):
    async def silent(request, writer):
        await request.gone()

    server = await serve(silent)
    began = time.monotonic()
    assert await probe_machine_role(server.url) is None
    assert time.monotonic() - began < discovery.PROBE_SECONDS + 0.5
    assert await probe_machine_role("http://127.0.0.1:9") is None


async def test_the_machine_is_not_asked_where_it_would_not_be_used(serve, monkeypatch, tmp_path):
    server = await serve(metadata())
    monkeypatch.setenv("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true")
    assert await probe_machine_role(server.url) is None
    monkeypatch.delenv("ALIBABA_CLOUD_ECS_METADATA_DISABLED")
    config(tmp_path, {"name": "dev", "mode": "AK", **key()}, current="dev")
    assert await probe_machine_role(server.url) is None
    assert server.seen == []

"""An API key, from the environment to the service's gateway and back."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.serving import relay, serving

KEY = "dms-da-canaryCanaryCanary12"
QUESTION = "Which stations run out of bikes in the morning?"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving("--api-key", KEY) as url:
        yield int(url.rpartition(":")[2])


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "c.toml"
    path.write_text('[profiles.a]\ncredentials = "api-key"\nregion = "cn-beijing"\n')
    return path


def environment(config: Path, port: int, key: str = KEY) -> dict[str, str]:
    url = f"http://127.0.0.1:{port}"
    return {
        "DAS_TUI_CONFIG": str(config),
        "DAS_TUI_DAS_ENDPOINT": url,
        "DAS_TUI_DMS_ENDPOINT": url,
        "DATA_AGENT_API_KEY": key,
    }


def test_a_question_goes_through_the_gateway(
    run: Run, port: int, config: Path, tmp_path: Path
) -> None:
    heads: list[bytes] = []
    with relay(port, heads) as here:
        done = run("ask", "--service", "dms", "--json", QUESTION, env=environment(config, here))
    assert done.returncode in {0, 4}, done.stderr
    types = [json.loads(line)["type"] for line in done.stdout.splitlines()]
    assert len(types) > 5
    assert len(heads) >= 3
    for head in heads:
        lines = head.lower().split(b"\r\n")
        assert lines[0] == b"post /apikey http/1.1"
        assert f"x-api-key: {KEY}".lower().encode() in lines
        assert not [line for line in lines if line.startswith((b"authorization", b"x-acs-"))]
    for output in (done.stdout, done.stderr):
        assert b"canary" not in output.lower()
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or b"canary" not in path.read_bytes().lower()


@pytest.mark.parametrize("service", ["das", "chat"])
def test_das_is_not_asked(run: Run, port: int, config: Path, service: str) -> None:
    heads: list[bytes] = []
    with relay(port, heads) as here:
        done = run("ask", "--service", service, QUESTION, env=environment(config, here))
    assert done.returncode == 2
    assert b"DAS wants an AccessKey" in done.stderr
    assert heads == []


def test_a_wrong_key_is_explained(run: Run, port: int, config: Path) -> None:
    wrong = environment(config, port, "dms-da-canary-wrong-key-77")
    done = run("ask", "--service", "dms", QUESTION, env=wrong)
    assert done.returncode == 1
    assert b"API key not taken" in done.stderr
    assert b"DATA_AGENT_API_KEY" in done.stderr
    assert b"canary" not in done.stderr


def test_without_a_key_nothing_is_sent(run: Run, port: int, config: Path) -> None:
    heads: list[bytes] = []
    with relay(port, heads) as here:
        done = run("ask", "--service", "dms", QUESTION, env=environment(config, here, ""))
    assert done.returncode == 2
    assert b"DATA_AGENT_API_KEY" in done.stderr
    assert heads == []


def test_the_doctor_looks_at_the_gateway(run: Run, port: int, config: Path) -> None:
    heads: list[bytes] = []
    with relay(port, heads) as here:
        done = run("doctor", "--json", env=environment(config, here))
    assert done.returncode == 0, done.stdout
    found = {check["check"]: check for check in map(json.loads, done.stdout.splitlines())}
    assert {check["outcome"] for check in found.values()} == {"ok"}
    assert [name for name in found if name.startswith(("credentials", "token", "d"))] == [
        "credentials",
        "das call",
        "dms dns",
        "dms tls",
        "dms endpoint",
        "dms call",
    ]
    assert "API key dms-da-…12 from DATA_AGENT_API_KEY" in found["credentials"]["text"]
    assert "takes no API key" in found["das call"]["text"]
    assert "the API key was taken" in found["dms call"]["text"]
    assert sorted(head.split(b" ")[0] for head in heads) == [b"HEAD", b"POST"]
    assert b"canary" not in done.stdout.lower()


def test_the_doctor_knows_a_wrong_key(run: Run, port: int, config: Path) -> None:
    wrong = environment(config, port, "dms-da-canary-wrong-key-77")
    done = run("doctor", "--json", env=wrong)
    assert done.returncode == 1
    found = {check["check"]: check for check in map(json.loads, done.stdout.splitlines())}
    assert "API key not taken" in found["dms call"]["text"]
    assert "DATA_AGENT_API_KEY" in found["dms call"]["way_out"]
    assert b"canary" not in done.stdout.lower()


def test_the_doctor_looks_at_both_hosts(run: Run, config: Path) -> None:
    env = {
        "DAS_TUI_CONFIG": str(config),
        "DATA_AGENT_API_KEY": KEY,
        "HTTPS_PROXY": "http://[::1]:9",
    }
    done = run("doctor", "--json", env=env)
    found = {check["check"]: check for check in map(json.loads, done.stdout.splitlines())}
    for name, host in (
        ("dms endpoint", "dataagent-cn-beijing.aliyuncs.com"),
        ("data endpoint", "dataagent-stream-cn-beijing.aliyuncs.com"),
    ):
        assert host in found[name]["text"]
    assert done.returncode == 3

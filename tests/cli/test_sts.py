"""Temporary credentials, from the environment to the service and back."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.serving import relay, serving

TOKEN = "canary/token+with==signs"
QUESTION = "Why is the CPU of rm-demoharbor01 at 97 %?"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving() as url:
        yield int(url.rpartition(":")[2])


@pytest.mark.parametrize("source", ["env", "default"])
@pytest.mark.parametrize(("service", "action"), [("das", "GetDasAgentSSE"), ("dms", None)])
def test_a_token_is_signed_sent_and_taken(
    run: Run, port: int, tmp_path: Path, source: str, service: str, action: str | None
) -> None:
    config = tmp_path / "c.toml"
    config.write_text(f'[profiles.a]\ncredentials = "{source}"\n')
    heads: list[bytes] = []
    with relay(port, heads) as here:
        done = run(
            "ask",
            "--service",
            service,
            "--json",
            QUESTION,
            env={
                "DAS_TUI_CONFIG": str(config),
                "DAS_TUI_DAS_ENDPOINT": f"http://127.0.0.1:{here}",
                "DAS_TUI_DMS_ENDPOINT": f"http://127.0.0.1:{here}",
                "ALIBABA_CLOUD_ACCESS_KEY_ID": "demo",
                "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "demo",
                "ALIBABA_CLOUD_SECURITY_TOKEN": TOKEN,
            },
        )
    assert done.returncode in {0, 4}, done.stderr
    assert [json.loads(line) for line in done.stdout.splitlines()]
    sent = [_headers(head) for head in heads]
    actions = [headers["x-acs-action"] for headers in sent]
    wanted = ["CreateDataAgentSession", "SendChatMessage", "GetChatContent"]
    assert sorted(set(actions)) == sorted([action] if action else wanted)
    for headers in sent:
        assert headers["x-acs-security-token"] == TOKEN
        assert headers["x-acs-accesskey-id"] == "demo"
        signed = headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0]
        assert {"x-acs-security-token", "x-acs-accesskey-id"} <= set(signed.split(";"))
    for output in (done.stdout, done.stderr):
        assert TOKEN.encode() not in output
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or TOKEN.encode() not in path.read_bytes()


def _headers(head: bytes) -> dict[str, str]:
    lines = head.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]
    return {
        name.strip().lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)
    }

"""Temporary credentials, from the environment to the service and back."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.serving import relay, serving

TOKEN = "canary/token+with==signs"
QUESTION = "Why is the CPU of rm-demoharbor01 at 97 %?"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving("--security-token", TOKEN) as url:
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


class Source(BaseHTTPRequestHandler):
    """Gives temporary credentials: a token that is none any more, then the right one."""

    asked = 0

    def do_GET(self) -> None:
        type(self).asked += 1
        given = {
            "Code": "Success",
            "AccessKeyId": "demo",
            "AccessKeySecret": "demo",
            "SecurityToken": "canary/old+token" if type(self).asked == 1 else TOKEN,
            "Expiration": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600)),
        }
        content = json.dumps(given).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.parametrize("service", ["das", "dms"])
def test_a_token_that_the_service_calls_over_is_fetched_anew(
    run: Run, port: int, tmp_path: Path, service: str
) -> None:
    Source.asked = 0
    heads: list[bytes] = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Source) as server, relay(port, heads) as here:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            done = run(
                "ask",
                "--service",
                service,
                QUESTION,
                env={
                    "DAS_TUI_CONFIG": str(tmp_path / "none.toml"),
                    "DAS_TUI_DAS_ENDPOINT": f"http://127.0.0.1:{here}",
                    "DAS_TUI_DMS_ENDPOINT": f"http://127.0.0.1:{here}",
                    "ALIBABA_CLOUD_CREDENTIALS_URI": f"http://127.0.0.1:{server.server_address[1]}/",
                },
            )
        finally:
            server.shutdown()
            thread.join(20)
    assert done.returncode in {0, 4}, done.stderr
    assert Source.asked == 2
    tokens = [_headers(head)["x-acs-security-token"] for head in heads]
    assert tokens[0] == "canary/old+token"
    assert set(tokens[1:]) == {TOKEN}
    for output in (done.stdout, done.stderr):
        assert b"canary" not in output


def test_an_expired_token_is_refused_before_anything_is_sent(
    run: Run, port: int, tmp_path: Path
) -> None:
    folder = tmp_path / ".aliyun"
    folder.mkdir()
    profile = {
        "name": "tmp",
        "mode": "StsToken",
        "access_key_id": "demo",
        "access_key_secret": "demo",
        "sts_token": TOKEN,
        "sts_expiration": int(time.time()) - 60,
    }
    (folder / "config.json").write_text(json.dumps({"current": "tmp", "profiles": [profile]}))
    heads: list[bytes] = []
    with relay(port, heads) as here:
        done = run(
            "ask",
            QUESTION,
            env={
                "DAS_TUI_CONFIG": str(tmp_path / "none.toml"),
                "DAS_TUI_DAS_ENDPOINT": f"http://127.0.0.1:{here}",
            },
        )
    assert done.returncode == 2
    assert b"Security token expired" in done.stderr
    assert b"Nothing was sent" in done.stderr
    assert b"canary" not in done.stderr
    assert heads == []


def _headers(head: bytes) -> dict[str, str]:
    lines = head.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]
    return {
        name.strip().lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)
    }

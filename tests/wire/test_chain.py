"""Temporary credentials through the official library: their end, renewal, and refusal.

The library reads the environment when it is imported, so each case runs in a process of its own,
against real sources: files, an external command, and a server of credentials.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MINUTE = 60.0

ASK = """
import asyncio, json, os, sys, time
from das_tui.wire import credentials
from das_tui.wire.errors import NoCredentials
async def main():
    provider = credentials.provider(sys.argv[1])
    for step in sys.argv[2:]:
        if step == "forget":
            provider.forget()
            continue
        if step.startswith("copy:"):
            source, target = step[5:].split(",")
            os.replace(source, target)
            continue
        if step == "standing":
            s = provider.standing()
            print(json.dumps([s.source, s.masked, s.expires_at, s.kind, s.renews]))
            continue
        try:
            held = await provider.get()
            print(json.dumps([held.access_key_id, held.expires_at, held.renews, held.kind]))
        except NoCredentials as error:
            print(json.dumps([error.title, error.text, error.way_out]))
asyncio.run(main())
"""


def ask(spec, home, *steps, **env):
    """What a provider gives at each step."""
    done = subprocess.run(
        [sys.executable, "-c", ASK, spec, *steps],
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "PYTHONPATH": str(ROOT),
            "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true",
            "TZ": "UTC",
            **env,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    for output in (done.stdout, done.stderr):
        assert "canary" not in output
    return [json.loads(line) for line in done.stdout.splitlines()]


def written(path, *profiles, current=""):
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"current": current or profiles[0]["name"], "profiles": list(profiles)}
    path.write_text(json.dumps(content))


def sts(name="tmp", key_id="STS.first-key", **more):
    held = {"access_key_id": key_id, "access_key_secret": "canary-1", "sts_token": "canary-2"}
    return {"name": name, "mode": "StsToken", **held, **more}


def stamp(at):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


@contextmanager
def source(*answers) -> Iterator[tuple[str, list[str]]]:
    """A server of credentials: each answer is the minutes that its key lasts, or a status; the
    last one is repeated. Gives its URL and the paths that were asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            number = min(len(asked), len(answers))
            minutes = answers[number - 1]
            failed = minutes in {500, 404}
            body = {
                "Code": "Success",
                "AccessKeyId": f"STS.key-number-{number}",
                "AccessKeySecret": "canary-3",
                "SecurityToken": "canary-4",
                "Expiration": stamp(time.time() + minutes * MINUTE),
            }
            content = b"" if failed else json.dumps(body).encode()
            self.send_response(minutes if failed else 200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/credentials", asked
    finally:
        server.shutdown()
        thread.join(20)
        server.server_close()


def test_a_credentials_uri_tells_the_end_and_is_asked_again_before_it(tmp_path):
    with source(60, 60) as (url, asked):
        first, second, stands = ask(
            "default", tmp_path, "get", "get", "standing", ALIBABA_CLOUD_CREDENTIALS_URI=url
        )
    assert first == second
    key_id, end, renews, kind = first
    assert (key_id, renews, kind) == ("STS.key-number-1", True, "STS")
    assert 59 * MINUTE < end - time.time() <= 60 * MINUTE
    assert stands == ["credentials URI", "STS.…-1", end, "STS", True]
    assert len(asked) == 1

    with source(14, 60) as (url, asked):
        first, second, third = ask(
            "default", tmp_path, "get", "get", "get", ALIBABA_CLOUD_CREDENTIALS_URI=url
        )
    assert first[0] == "STS.key-number-1"
    assert second[0] == third[0] == "STS.key-number-2"
    assert len(asked) == 2


def test_a_source_that_fails_does_not_stop_what_is_valid_still(tmp_path):
    with source(10, 500) as (url, asked):
        got = ask("default", tmp_path, "get", "get", "get", ALIBABA_CLOUD_CREDENTIALS_URI=url)
    assert [given[0] for given in got] == ["STS.key-number-1"] * 3
    assert len(asked) == 3


def test_a_source_that_fails_stops_what_is_about_to_end(tmp_path):
    with source(0.5, 500) as (url, _):
        first, second = ask("default", tmp_path, "get", "get", ALIBABA_CLOUD_CREDENTIALS_URI=url)
    assert first[0] == "STS.key-number-1"
    assert second[0] == "No credentials"


def test_what_the_service_called_expired_is_not_used_again(tmp_path):
    with source(60, 60) as (url, asked):
        first, second = ask(
            "default", tmp_path, "get", "forget", "get", ALIBABA_CLOUD_CREDENTIALS_URI=url
        )
    assert (first[0], second[0]) == ("STS.key-number-1", "STS.key-number-2")
    assert len(asked) == 2


@pytest.mark.parametrize("spec", ["default", "profile:tmp"])
def test_a_token_of_a_file_that_has_expired_is_refused_before_anything_is_sent(tmp_path, spec):
    config = tmp_path / ".aliyun" / "config.json"
    end = int(time.time() - 5 * MINUTE)
    written(config, sts(sts_expiration=end))
    refused, stands = ask(spec, tmp_path, "get", "standing")
    title, text, way_out = refused
    assert title == "Security token expired"
    assert text.startswith("Nothing was sent: the security token from ~/.aliyun/config.json")
    assert time.strftime("%Y-%m-%d %H:%M", time.gmtime(end)) in text
    assert "fresh" in way_out
    assert stands[1:3] == ["", None]


@pytest.mark.parametrize("minutes", [-5, 5])
@pytest.mark.parametrize("spec", ["default", "profile:tmp"])
def test_a_file_that_was_written_anew_is_read_again(tmp_path, spec, minutes):
    config, later = tmp_path / ".aliyun" / "config.json", tmp_path / "later.json"
    written(config, sts(sts_expiration=int(time.time() + minutes * MINUTE)))
    end = int(time.time() + 60 * MINUTE)
    written(later, sts(key_id="STS.second-key", sts_expiration=end))
    first, second, stands = ask(spec, tmp_path, "get", f"copy:{later},{config}", "get", "standing")
    assert first[0] == ("Security token expired" if minutes < 0 else "STS.first-key")
    assert second == ["STS.second-key", end, False, "STS"]
    assert stands == ["~/.aliyun/config.json", "STS.…ey", end, "STS", False]


def test_a_token_of_a_file_that_tells_no_end_is_used(tmp_path):
    written(tmp_path / ".aliyun" / "config.json", sts())
    assert ask("profile:tmp", tmp_path, "get") == [["STS.first-key", None, False, "STS"]]


def test_an_end_that_belongs_to_another_key_does_not_count(tmp_path):
    """Tools leave the end of an earlier token in profiles that hold a lasting key."""
    key = {"access_key_id": "LTAI-lasting-key", "access_key_secret": "canary-1"}
    lasting = {"name": "dev", "mode": "AK", **key, "sts_expiration": 1_000_000_000}
    written(tmp_path / ".aliyun" / "config.json", lasting)
    assert ask("profile:dev", tmp_path, "get") == [["LTAI-lasting-key", None, False, "AccessKey"]]


def test_an_external_command_tells_the_end_and_its_secrets_are_not_written(tmp_path):
    end = int(time.time() + 60 * MINUTE)
    said = {"mode": "StsToken", "access_key_id": "STS.external-key", "access_key_secret": "canary"}
    said |= {"sts_token": "canary-2", "expiration": stamp(end)}
    (tmp_path / "said.json").write_text(json.dumps(said))
    config = tmp_path / ".aliyun" / "config.json"
    command = f"cat {tmp_path / 'said.json'}"
    written(config, {"name": "ext", "mode": "External", "process_command": command})
    before = config.read_bytes()
    for spec in ("profile:ext", "default"):
        assert ask(spec, tmp_path, "get") == [["STS.external-key", end, True, "STS"]]
    assert config.read_bytes() == before


def test_a_name_can_be_a_section_of_the_ini_file(tmp_path):
    ini = tmp_path / ".alibabacloud" / "credentials.ini"
    ini.parent.mkdir()
    ini.write_text(
        "[ops]\ntype = access_key\naccess_key_id = ini-key\naccess_key_secret = canary\n"
        "[dev]\ntype = access_key\naccess_key_id = not-this\naccess_key_secret = canary\n"
    )
    key = {"access_key_id": "cli-key", "access_key_secret": "canary-1"}
    written(tmp_path / ".aliyun" / "config.json", {"name": "dev", "mode": "AK", **key})
    assert ask("profile:ops", tmp_path, "get")[0][0] == "ini-key"
    assert ask("profile:dev", tmp_path, "get")[0][0] == "cli-key"
    assert ask("profile:ops", tmp_path, "standing") == [["profile ops", "", None, "", False]]
    assert ask("default", tmp_path, "standing") == [["default chain", "", None, "", False]]


def test_the_chain_goes_from_the_aliyun_tool_to_the_ini_file_to_the_uri(tmp_path):
    key = {"access_key_id": "cli-key", "access_key_secret": "canary-1"}
    written(tmp_path / ".aliyun" / "config.json", {"name": "dev", "mode": "AK", **key})
    ini = tmp_path / ".alibabacloud" / "credentials.ini"
    ini.parent.mkdir()
    section = "type = access_key\naccess_key_id = {}\naccess_key_secret = canary # mine\n"
    ini.write_text(f"[default]\n{section.format('ini-key')}[ops]\n{section.format('ops-key')}")
    other = tmp_path / "other.ini"
    other.write_text(f"[default]\n{section.format('other-key')}")
    with source(60) as (url, asked):

        def found(**env):
            ((key_id, *_), (place, *_)) = ask(
                "default",
                tmp_path,
                "get",
                "standing",
                ALIBABA_CLOUD_CREDENTIALS_URI=url,
                **env,
            )
            return key_id, place

        off = {"ALIBABA_CLOUD_CLI_PROFILE_DISABLED": "true"}
        assert found() == ("cli-key", "~/.aliyun/config.json")
        assert found(**off) == ("ini-key", "~/.alibabacloud/credentials.ini")
        assert found(**off, ALIBABA_CLOUD_PROFILE="ops")[0] == "ops-key"
        assert found(**off, ALIBABA_CLOUD_CREDENTIALS_FILE=str(other))[0] == "other-key"
        assert asked == []
        ini.unlink()
        assert found(**off) == ("STS.key-number-1", "credentials URI")


def test_a_name_that_is_none_is_answered_with_those_that_there_are(tmp_path):
    written(tmp_path / ".aliyun" / "config.json", sts(), {"name": "dev", "mode": "AK"})
    ((title, text, way_out),) = ask("profile:prod", tmp_path, "get")
    assert title == "No credentials"
    assert "the profile prod gave no credentials" in text
    assert way_out.startswith("There is: tmp, dev. ")


def test_forgetting_a_file_reads_it_again(tmp_path):
    config, later = tmp_path / ".aliyun" / "config.json", tmp_path / "later.json"
    for spec in ("profile:tmp", "default"):
        written(config, sts())
        written(later, sts(key_id="STS.second-key"))
        steps = ("get", f"copy:{later},{config}", "get", "forget", "get")
        got = ask(spec, tmp_path, *steps)
        assert [held[0] for held in got] == ["STS.first-key", "STS.first-key", "STS.second-key"]


SAME = """
import asyncio, json, sys
from das_tui.wire import credentials
held = asyncio.run(credentials.provider("default").get())
loaded = any(name.startswith("alibabacloud") for name in sys.modules)
from alibabacloud_credentials.provider import DefaultCredentialsProvider
theirs = DefaultCredentialsProvider().get_credentials()
print(json.dumps([
    loaded,
    held.access_key_id == theirs.get_access_key_id(),
    held.secret.reveal() == theirs.get_access_key_secret(),
    held.security_token.reveal() == (theirs.get_security_token() or ""),
    held.source == theirs.get_provider_name(),
]))
"""


@pytest.mark.parametrize(("token", "oidc"), [("", ""), ("canary-3", ""), ("", "canary")])
def test_variables_are_taken_as_the_library_takes_them(tmp_path, token, oidc):
    written(tmp_path / ".aliyun" / "config.json", sts())
    done = subprocess.run(
        [sys.executable, "-c", SAME],
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "PYTHONPATH": str(ROOT),
            "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true",
            "ALIBABA_CLOUD_ACCESS_KEY_ID": "variable-key",
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "canary-1",
            "ALIBABA_CLOUD_SECURITY_TOKEN": token,
            "ALIBABA_CLOUD_ROLE_ARN": oidc,
            "ALIBABA_CLOUD_OIDC_PROVIDER_ARN": oidc,
            "ALIBABA_CLOUD_OIDC_TOKEN_FILE": oidc,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert json.loads(done.stdout) == [False, True, True, True, True], done.stderr


def test_half_a_key_in_variables_is_none(tmp_path):
    key = {"access_key_id": "cli-key", "access_key_secret": "canary-1"}
    written(tmp_path / ".aliyun" / "config.json", {"name": "dev", "mode": "AK", **key})
    for half in ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"):
        ((key_id, *_),) = ask("default", tmp_path, "get", **{half: "canary"})
        assert key_id == "cli-key"


@pytest.mark.parametrize("spec", ["default", "profile:sso"])
@pytest.mark.parametrize("login", [{}, {"access_token": "t", "cloud_sso_access_token_expire": 100}])
def test_a_profile_that_needs_a_login_says_how_to_log_in(tmp_path, spec, login):
    place = {"cloud_sso_sign_in_url": "https://x.example", "cloud_sso_account_id": "1"}
    sso = {"name": "sso", "mode": "CloudSSO", "access_config": "a", **place, **login}
    written(tmp_path / ".aliyun" / "config.json", sso)
    ((title, text, way_out),) = ask(spec, tmp_path, "get")
    assert title == "No credentials"
    assert "its login has ended or was never made" in text
    assert "NoneType" not in text
    assert way_out == (
        "Log in with `aliyun configure --profile sso --mode CloudSSO`, then ask again."
    )


def test_a_credentials_uri_with_an_expired_token_says_so(tmp_path):
    with source(-5) as (url, _):
        ((title, text, way_out),) = ask(
            "default", tmp_path, "get", ALIBABA_CLOUD_CREDENTIALS_URI=url
        )
    assert title == "Security token expired"
    assert "credentials URI (the token that it gave has expired)" in text
    assert "fresh" in way_out


def test_a_credentials_uri_that_refuses_is_named_by_its_status(tmp_path):
    with source(404) as (url, _):
        ((_, text, _),) = ask("default", tmp_path, "get", ALIBABA_CLOUD_CREDENTIALS_URI=url)
    assert text.endswith("credentials URI (it answered HTTP 404).")

"""Secrets: types that do not show them, texts without them, and where they come from."""

import asyncio
import copy
import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from das_tui.wire import credentials
from das_tui.wire.chain import ChainProvider
from das_tui.wire.credentials import Credentials, EnvProvider, Secret, StaticProvider
from das_tui.wire.errors import NoCredentials
from das_tui.wire.redact import mask, mask_key, redact, scrubber

ROOT = Path(__file__).parents[2]
CANARY = "canary/Secret+value=="
KEY_ID = "LTAI5tCanaryCanary12"


def test_a_secret_shows_nothing():
    secret = Secret(CANARY)
    assert secret.reveal() == CANARY
    for shown in (repr(secret), str(secret), f"{secret}", f"{secret!r}", repr([secret])):
        assert CANARY not in shown
    assert secret == Secret(CANARY)
    assert secret != Secret("other")
    assert secret != CANARY
    assert len({secret, Secret(CANARY)}) == 1
    assert secret
    assert not Secret()
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    with pytest.raises(TypeError):
        copy.copy(secret)
    with pytest.raises(TypeError):
        json.dumps({"a": secret})


def test_credentials_show_a_masked_id_only():
    held = Credentials(KEY_ID, Secret(CANARY), Secret("token-canary"), "static")
    assert repr(held) == "Credentials('LTAI…12')"
    assert held.secrets() == (CANARY, "token-canary", KEY_ID)
    assert Credentials("a", Secret("b")).secrets() == ("b", "a")


@pytest.mark.parametrize(
    ("key_id", "shown"),
    [(KEY_ID, "LTAI…12"), ("12345678", "…"), ("", ""), ("123456789", "1234…89")],
)
def test_mask(key_id, shown):
    assert mask(key_id) == shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"Deny: {KEY_ID}|source ip: 10.0.0.1", "Deny: LTAI…12|source ip: 10.0.0.1"),
        ("id STS.NTabcDEF123 expired", "id STS.… expired"),
        ("key dms-da-abc_12-3", "key dms-da-…"),
        ("https://x/?AccessKeyId=abc123&a=b", "https://x/?AccessKeyId=[redacted]&a=b"),
        ("OSSAccessKeyId=abc&Signature=d%3D", "OSSAccessKeyId=[redacted]&Signature=[redacted]"),
        ('{"AccessKeySecret": "abc"}', '{"AccessKeySecret": "[redacted]"}'),
        ('{\\"SecurityToken\\":\\"abc\\"}', '{\\"SecurityToken\\":\\"[redacted]\\"}'),
        ("x-acs-security-token:abc/d+e==\nhost:h", "x-acs-security-token:[redacted]\nhost:h"),
        ("X-Acs-AccessKey-Id: abc", "X-Acs-AccessKey-Id: [redacted]"),
        ("Credential=abc,SignedHeaders=host", "Credential=[redacted],SignedHeaders=host"),
        ("proxy http://me:pw@10.0.0.1:80", "proxy http://[redacted]@10.0.0.1:80"),
        ("x-api-key=k", "x-api-key=[redacted]"),
        ("SELECT id FROM signatures WHERE a = 1", "SELECT id FROM signatures WHERE a = 1"),
        ("The signature does not match.", "The signature does not match."),
        ("", ""),
    ],
)
def test_redact_by_pattern(text, expected):
    assert redact(text) == expected
    assert redact(expected) == expected


@pytest.mark.parametrize(
    "spelling",
    [
        CANARY,
        "canary%2FSecret%2Bvalue%3D%3D",
        "canary/Secret%2Bvalue%3D%3D",
        "canary\\/Secret+value==",
    ],
)
def test_redact_by_value(spelling):
    assert redact(f"said {spelling}!", [CANARY]) == "said [redacted]!"


def test_redact_takes_the_longest_value_first_and_leaves_words():
    assert redact("secret-long secret", ["secret", "secret-long"]) == "[redacted] [redacted]"
    assert redact("the demo", ["demo"]) == "the demo"
    assert redact("x\ud83d", ["abcdef\ud83d"]) == "x\ud83d"


def test_redact_is_linear():
    assert redact("AccessKeyId" * 20_000)
    assert redact("://" * 50_000)


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("", ""),
        ("short", "…"),
        ("dms-da-short", "…"),
        ("dms-da-canaryCanaryCanary12", "dms-da-…12"),
        ("canaryCanaryCanary12", "…12"),
    ],
)
def test_an_api_key_is_shown_by_its_end_alone(key, shown):
    assert mask_key(key) == shown


async def test_static_provider():
    provider = StaticProvider("id", "secret", "token")
    held = await provider.get()
    assert (held.access_key_id, held.secret.reveal()) == ("id", "secret")
    assert held.security_token.reveal() == "token"
    assert provider.forget() is False


async def test_env_provider(monkeypatch):
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "id")
    monkeypatch.delenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", raising=False)
    monkeypatch.delenv("ALIBABA_CLOUD_SECURITY_TOKEN", raising=False)
    provider = credentials.provider("env")
    assert isinstance(provider, EnvProvider)
    with pytest.raises(NoCredentials) as caught:
        await provider.get()
    assert "ALIBABA_CLOUD_ACCESS_KEY_SECRET" in caught.value.text
    assert "KEY_ID" not in caught.value.text
    assert (caught.value.reached, caught.value.safe) == (False, True)
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "secret")
    assert not (await provider.get()).security_token
    monkeypatch.setenv("ALIBABA_CLOUD_SECURITY_TOKEN", "token")
    assert (await provider.get()).security_token.reveal() == "token"


@pytest.mark.parametrize("spec", ["", "api", "profile:", "profile: ", "Default"])
def test_unknown_source(spec):
    with pytest.raises(NoCredentials):
        credentials.provider(spec)


LOOK_UP = """
import asyncio, sys, threading
from das_tui.wire import credentials
from das_tui.wire.errors import NoCredentials
async def main():
    provider = credentials.provider(sys.argv[1])
    assert "alibabacloud_credentials" not in sys.modules
    try:
        held = await provider.get()
        print(held.access_key_id, held.secret.reveal(), held.security_token.reveal() or "-")
        again = await provider.get()
        assert again == held and provider.forget() is True and await provider.get() == held
    except NoCredentials as error:
        print("none:", error.text)
    for thread in threading.enumerate():
        if thread is not threading.main_thread():
            thread.join(10)
    assert threading.active_count() == 1
asyncio.run(main())
"""


def look_up(spec, home, **env):
    """Run the official library in a process of its own: it reads the environment at import."""
    done = subprocess.run(
        [sys.executable, "-c", LOOK_UP, spec],
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "PYTHONPATH": str(ROOT),
            "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true",
            **env,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout.strip()


def test_chain(tmp_path):
    profiles = [
        {"name": "dev", "mode": "AK", "access_key_id": "ak", "access_key_secret": "as"},
        {
            "name": "tmp",
            "mode": "StsToken",
            "access_key_id": "tk",
            "access_key_secret": "ts",
            "sts_token": "tt",
        },
    ]
    config = tmp_path / ".aliyun" / "config.json"
    config.parent.mkdir()
    config.write_text(json.dumps({"current": "dev", "profiles": profiles}))
    assert look_up("profile:tmp", tmp_path) == "tk ts tt"
    assert look_up("default", tmp_path) == "ak as -"
    pair = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "ek", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "es"}
    assert look_up("default", tmp_path, **pair) == "ek es -"


def test_chain_without_anything(tmp_path):
    said = look_up("default", tmp_path)
    assert said.startswith(
        "none: Nothing was sent: the default chain gave no credentials. Tried: environment "
        "(ALIBABA_CLOUD_ACCESS_KEY_ID is not set); ~/.aliyun/config.json (there is no such file); "
        "~/.alibabacloud/credentials.ini (there is no such file or section)."
    )
    assert not set("$[]'") & set(said)
    said = look_up("profile:prod", tmp_path)
    assert said.startswith(
        "none: Nothing was sent: the profile prod gave no credentials: there is no such file."
    )


async def test_a_look_up_that_is_cancelled_leaves_nothing_behind():
    provider = ChainProvider("none-of-that-name")
    task = asyncio.create_task(provider.get())
    await asyncio.wait({task}, timeout=0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_the_official_chain_is_loaded_with_the_first_question_to_it() -> None:
    script = (
        "import asyncio, os, sys\n"
        "from das_tui.wire.credentials import provider\n"
        "chain, named = provider('default'), provider('profile:dba')\n"
        "assert (chain.standing().source, chain.forget()) == ('default chain', False)\n"
        "assert named.standing().source == 'profile dba'\n"
        "assert 'das_tui.wire.chain' not in sys.modules\n"
        "found = asyncio.run(chain.get())\n"
        "assert found.access_key_id == 'LTAIxxxxxxxxxxxxxxxx'\n"
        "assert chain.standing().source == 'environment', chain.standing()\n"
        "assert chain.forget()\n"
    )
    variables = {
        **os.environ,
        credentials.KEY_ID: "LTAIxxxxxxxxxxxxxxxx",
        credentials.KEY_SECRET: "no secret",
    }
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=False, env=variables
    )
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize(
    "spelling", [CANARY, "canary%2FSecret%2Bvalue%3D%3D", "canary\\/Secret+value=="]
)
def test_a_payload_loses_secrets_and_nothing_else(spelling):
    scrub = scrubber([CANARY, "demo"])
    data = b'{"Answer": "demo AccessKeySecret=abcdefgh \xff'
    assert scrub(data) is data, "what only looks like a secret is the operator's data"
    assert scrub(data + spelling.encode() + b'"}') == data + b'[redacted]"}'

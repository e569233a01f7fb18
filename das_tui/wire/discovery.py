"""Which credentials this machine has, found out without sending anything anywhere."""

import configparser
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from das_tui.light import dataclass
from das_tui.wire import payload
from das_tui.wire.credentials import API_KEY, KEY_ID, KEY_SECRET, TOKEN, Kind
from das_tui.wire.redact import mask, mask_key

METADATA = "http://100.100.100.200"
"""The metadata service of an ECS machine; it is reached from that machine only."""
PROBE_SECONDS = 2.0

_ROLE_PATH = "/latest/meta-data/ram/security-credentials/"
_TOKEN_PATH = "/latest/api/token"
_LONGEST_FILE = 4 * 1024 * 1024
_LONGEST_NAME = 128
_OIDC = (
    "ALIBABA_CLOUD_ROLE_ARN",
    "ALIBABA_CLOUD_OIDC_PROVIDER_ARN",
    "ALIBABA_CLOUD_OIDC_TOKEN_FILE",
)
_URI = "ALIBABA_CLOUD_CREDENTIALS_URI"
_WITH_KEY = {"AK", "StsToken", "RamRoleArn", "access_key", "ram_role_arn"}
_LASTING = {"AK", "access_key"}


@dataclass(frozen=True, slots=True)
class Found:
    """Credentials that a profile of this program could use.

    `spec` is what `credentials` of the profile has to say, `label` where they are, in words.
    `masked` is the part of the key that may be shown, empty where only a request would tell it;
    `region` the one that the tool uses with them, empty where it names none. Names come from files
    and are not cleaned for a terminal.
    """

    spec: str
    label: str
    masked: str
    kind: Kind
    region: str = ""


def discover() -> tuple[Found, ...]:
    """What the environment and the files of the official tools offer, the likeliest first.

    Nothing is sent, and a file that cannot be read offers nothing. `default` is offered only
    where the official chain would take what the label says.
    """
    found: list[Found] = []
    variables = _variables()
    if variables:
        found.append(variables)
    key = os.environ.get(API_KEY, "").strip()
    if key:
        region = os.environ.get("DATA_AGENT_REGION", "").strip()
        found.append(Found("api-key", f"`{API_KEY}`", mask_key(key), Kind.API_KEY, region))
    current, profiles = cli_profiles()
    if not variables and all(os.environ.get(name) for name in _OIDC):
        found.append(Found("default", "OIDC role of the environment", "", Kind.STS))
    for name in sorted(profiles, key=lambda name: name != current):
        found.append(_of_cli(name, profiles[name], name == current))
    sections = ini_sections()
    found += [_of_ini(name, sections[name]) for name in sections if name not in profiles]
    if os.environ.get(_URI) and not _shadowed():
        found.append(Found("default", "credentials URI of the environment", "", Kind.STS))
    return tuple(found)


async def probe_machine_role(metadata: str = METADATA) -> Found | None:
    """The RAM role of this ECS machine, after at most two seconds; None without one.

    Only its name is asked for, not its credentials. None also where the official chain would
    find something else first, since `default` would not mean the role then.
    """
    if os.environ.get("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "").lower() == "true" or _shadowed():
        return None
    import asyncio

    import httpx

    headers = {}
    try:
        async with (
            asyncio.timeout(PROBE_SECONDS),
            httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=1.0) as client,
        ):
            answer = await client.put(
                f"{metadata}{_TOKEN_PATH}",
                headers={"X-aliyun-ecs-metadata-token-ttl-seconds": "60"},
            )
            if answer.status_code == 200:
                headers["X-aliyun-ecs-metadata-token"] = answer.text.strip()
            answer = await client.get(f"{metadata}{_ROLE_PATH}", headers=headers)
    except (httpx.HTTPError, OSError, ValueError, TimeoutError):
        return None
    role = answer.text.strip()
    plain = role.isascii() and role.isprintable() and " " not in role
    if answer.status_code != 200 or not role or not plain or len(role) > _LONGEST_NAME:
        return None
    return Found("default", f"role {role} of this ECS machine", "", Kind.STS)


# --- the files of the official tools -------------------------------------------------------------


def cli_file() -> Path:
    """Where the `aliyun` command line keeps its profiles."""
    return _home() / ".aliyun" / "config.json"


def cli_profiles() -> tuple[str, dict[str, Mapping[str, Any]]]:
    """The current profile's name and all profiles by name; nothing where the file is switched
    off, missing or broken."""
    if os.environ.get("ALIBABA_CLOUD_CLI_PROFILE_DISABLED", "").lower() == "true":
        return "", {}
    try:
        value = payload.parse(_content(cli_file()))
    except (OSError, payload.MalformedPayload):
        return "", {}
    listed = value.get("profiles")
    profiles: dict[str, Mapping[str, Any]] = {
        entry["name"]: entry
        for entry in (listed if isinstance(listed, list) else ())
        if isinstance(entry, dict) and isinstance(entry.get("name"), str) and entry["name"]
    }
    current = os.environ.get("ALIBABA_CLOUD_PROFILE") or payload.text(value.get("current"))
    return current, profiles


def ini_file() -> Path:
    """Where the SDKs look for sections of keys."""
    named = os.environ.get("ALIBABA_CLOUD_CREDENTIALS_FILE")
    return Path(named) if named else _home() / ".alibabacloud" / "credentials.ini"


def ini_sections() -> dict[str, Mapping[str, str]]:
    """The sections by name; none where the file is missing or broken."""
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(_content(ini_file()).decode("utf-8"))
        return {
            name: {key: value.split("#")[0].strip() for key, value in parser.items(name)}
            for name in parser.sections()
        }
    except (OSError, UnicodeDecodeError, configparser.Error, AttributeError):
        return {}


def _home() -> Path:
    return Path(os.environ.get("HOME") or os.path.expanduser("~"))


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_LONGEST_FILE)


# --- what they offer -----------------------------------------------------------------------------


def _variables() -> Found | None:
    key_id = os.environ.get(KEY_ID, "")
    if not key_id or not os.environ.get(KEY_SECRET):
        return None
    kind = Kind.STS if os.environ.get(TOKEN) else Kind.ACCESS_KEY
    return Found("env", "variables of the environment", mask(key_id), kind)


def _of_cli(name: str, profile: Mapping[str, Any], current: bool) -> Found:
    mode = payload.text(profile.get("mode"))
    key_id = payload.text(profile.get("access_key_id")) if mode in _WITH_KEY else ""
    label = f"profile {name} of the aliyun tool, {mode or 'no mode'}"
    return Found(
        f"profile:{name}",
        f"{label}, its current one" if current else label,
        mask(key_id),
        Kind.ACCESS_KEY if mode in _LASTING else Kind.STS,
        payload.text(profile.get("region_id")),
    )


def _of_ini(name: str, section: Mapping[str, str]) -> Found:
    kind = section.get("type", "")
    return Found(
        f"profile:{name}",
        f"section {name} of {ini_file().name}, {kind or 'no type'}",
        mask(section.get("access_key_id", "")) if kind in _WITH_KEY else "",
        Kind.ACCESS_KEY if kind in _LASTING else Kind.STS,
    )


def _shadowed() -> bool:
    """Whether the official chain finds something before it asks machine and URI."""
    current, profiles = cli_profiles()
    section = os.environ.get("ALIBABA_CLOUD_PROFILE") or "default"
    return (
        _variables() is not None
        or all(os.environ.get(name) for name in _OIDC)
        or current in profiles
        or section in ini_sections()
    )

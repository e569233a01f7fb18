"""Profiles: how to reach the two services, from the operator's `config.toml`.

Nothing secret stands in a profile: `credentials` only names where they come from.
"""

import math
import os
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from das_tui.config import toml
from das_tui.config.errors import ConfigError

DAS_ENDPOINT = "https://das.cn-shanghai.aliyuncs.com"
"""The documented host for all callers, whatever the region of the instance."""

ENDPOINT_VARIABLES = {
    "das_endpoint": "DAS_TUI_DAS_ENDPOINT",
    "dms_endpoint": "DAS_TUI_DMS_ENDPOINT",
}
"""Environment variables that win over a key of the profile."""

Port = Annotated[int, Meta(ge=1)]
Amount = Annotated[float, Meta(ge=0)]
Count = Annotated[int, Meta(ge=0)]
Name = Annotated[str, Meta(pattern=r"^[0-9A-Za-z._-]+$")]
Hosts = tuple[Annotated[str, Meta(min_length=1)], ...]


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """One `[profiles.NAME]`.

    `das_endpoint` and `dms_endpoint` are URLs that may carry a path; empty means the public host.
    `credentials` is `default` (the official chain), `env`, `profile:NAME` (of the aliyun command
    line) or `api-key`. `reply` is how asks of the agent are answered: an ordinary `message`, or
    an `additional` one that refers to the ask. `production` makes writes ask for a typed word;
    None means yes, except where both endpoints are on this machine. `level` is the threshold at
    start. `price_per_char` is an amount of money for each billed character, `included_chars` the
    characters a month that cost nothing, `budget` an amount of money a month. `concurrency` is
    the number of DAS conversations at a time. `trusted_hosts` are hosts beside `*.aliyuncs.com`
    that requests may be signed for.
    """

    region: Name = "cn-hangzhou"
    das_endpoint: str = ""
    dms_endpoint: str = ""
    das_api: Literal["GetDasAgentSSE", "Chat"] = "GetDasAgentSSE"
    das_agent_id: str = ""
    dms_unit: str = ""
    workspace_id: str = ""
    credentials: str = "default"
    reply: Literal["message", "additional"] = "message"
    read_only: bool = False
    production: bool | None = None
    level: int | None = None
    price_per_char: Amount | None = None
    included_chars: Count = 0
    budget: Amount | None = None
    concurrency: Port = 1
    trusted_hosts: Hosts = ()
    proxy: str = ""
    ca_file: str = ""

    @property
    def das_url(self) -> str:
        """Where DAS is asked."""
        return self.das_endpoint or DAS_ENDPOINT

    @property
    def dms_url(self) -> str:
        """Where DMS is asked."""
        return self.dms_endpoint or f"https://dms.{self.region}.aliyuncs.com"

    @property
    def guarded(self) -> bool:
        """Whether writes ask for the typed word."""
        if self.production is not None:
            return self.production
        return not (is_loopback(self.das_url) and is_loopback(self.dms_url))


def is_loopback(url: str) -> bool:
    """Whether the host of `url` is this machine, by its literal name."""
    host = urlsplit(url).hostname or ""
    return host in {"localhost", "::1"} or host.startswith("127.")


class Profiles(msgspec.Struct, frozen=True):
    """All profiles of a file by name, in its order, with the path they came from. `written` are
    the keys that stand in the file, by profile."""

    path: Path
    profiles: dict[str, Profile]
    written: dict[str, frozenset[str]] = {}

    def choose(self, name: str | None, remembered: str = "") -> tuple[str, Profile]:
        """The profile called `name`; without a name the one that is `remembered`, else the one
        called `default`, else the first of the file, else the built-in one with an empty name.
        The environment's endpoints are applied. Raises `ConfigError` for a name that does not
        exist, since another account is never taken for it, and for a `ca_file` without
        certificates."""
        if name is not None:
            if name not in self.profiles:
                known = ", ".join(self.profiles) or "none"
                raise ConfigError(f"{self.path}: no profile {name}; there is: {known}")
            chosen = name
        elif remembered and self.profiles:
            if remembered not in self.profiles:
                known = ", ".join(self.profiles)
                raise ConfigError(
                    f"{self.path}: no profile {remembered}, which was chosen to start with; "
                    f"`das-tui config use NAME` takes another of: {known}"
                )
            chosen = remembered
        elif "default" in self.profiles:
            chosen = "default"
        else:
            chosen = next(iter(self.profiles), "")
        profile = self.profiles.get(chosen, Profile())
        # Only that of the profile in use: those of others may stand on other machines.
        _check_authorities(profile.ca_file, f"{self.path}: [profiles.{chosen}]: ca_file")
        return chosen, _from_environment(profile)


def load(path: Path) -> Profiles:
    """Read `config.toml`; a missing file has no profiles. Raises `ConfigError`."""
    return parse(toml.read(path) or {}, path)


def parse(content: dict[str, Any], path: Path) -> Profiles:
    """The profiles in the tables of a file that `path` names in errors. Raises `ConfigError`."""
    toml.only_known(content, ["profiles"], str(path))
    tables = content.get("profiles", {})
    if not isinstance(tables, dict):
        raise ConfigError(f"{path}: profiles: expected tables like [profiles.prod]")
    found = {name: check(table, f"{path}: [profiles.{name}]") for name, table in tables.items()}
    return Profiles(path, found, {name: frozenset(table) for name, table in tables.items()})


def check(table: object, place: str) -> Profile:
    """One table of a profile as a profile. Raises `ConfigError`, which begins with `place`."""
    profile = toml.typed(table, Profile, place)
    source = profile.credentials
    if source not in {"default", "env", "api-key"} and not source.removeprefix("profile:").strip():
        raise ConfigError(f"{place}: credentials: profile: needs a name after the colon")
    if source not in {"default", "env", "api-key"} and not source.startswith("profile:"):
        raise ConfigError(
            f"{place}: credentials: {source!r} is none of default, env, profile:NAME, api-key"
        )
    _check_url(profile.das_endpoint, f"{place}: das_endpoint")
    _check_url(profile.dms_endpoint, f"{place}: dms_endpoint")
    _check_proxy(profile.proxy, f"{place}: proxy")
    for key, amount in (("price_per_char", profile.price_per_char), ("budget", profile.budget)):
        if amount is not None and not math.isfinite(amount):
            raise ConfigError(f"{place}: {key}: expected a number of at least 0")
    return profile


def _check_url(url: str, place: str) -> None:
    try:
        parts = urlsplit(url)
        fine = not url or (parts.scheme in {"https", "http"} and bool(parts.hostname))
        fine = fine and parts.username is None and not parts.query and not parts.fragment
        fine = fine and (parts.port is None or parts.port > 0)
    except ValueError:
        fine = False
    if not fine:
        raise ConfigError(f"{place}: expected a URL like https://das.cn-shanghai.aliyuncs.com")
    if parts.scheme == "http" and not is_loopback(url):
        raise ConfigError(f"{place}: plain http is accepted for this machine only; use https")


def _check_proxy(url: str, place: str) -> None:
    """Raise `ConfigError`, which never quotes the URL: it may hold a password."""
    try:
        parts = urlsplit(url)
        fine = not url or (parts.scheme in {"https", "http"} and bool(parts.hostname))
        fine = fine and (parts.port is None or parts.port > 0)
        fine = fine and not any(letter.isspace() for letter in url)
    except ValueError:
        fine = False
    if not fine:
        raise ConfigError(
            f"{place}: expected an http or https URL with a host, like http://proxy.example:3128"
        )


def _check_authorities(ca_file: str, place: str) -> None:
    if not ca_file:
        return
    import ssl

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=ca_file)
    except ssl.SSLError:
        raise ConfigError(f"{place}: {ca_file} holds no certificate in PEM form") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "no path"
        raise ConfigError(f"{place}: {ca_file} cannot be read: {why}") from None


def _from_environment(profile: Profile) -> Profile:
    changes: dict[str, str] = {}
    for field, variable in ENDPOINT_VARIABLES.items():
        url = os.environ.get(variable)
        if url:
            _check_url(url, variable)
            changes[field] = url
    return msgspec.structs.replace(profile, **changes)

"""Credentials: where they come from, and types that never show them."""

import ast
import hmac
import logging
import os
import threading
from dataclasses import dataclass, field
from typing import Any, NoReturn, Protocol

from das_tui.wire.aside import aside
from das_tui.wire.errors import NoCredentials
from das_tui.wire.redact import mask, redact

_KEY_ID = "ALIBABA_CLOUD_ACCESS_KEY_ID"
_KEY_SECRET = "ALIBABA_CLOUD_ACCESS_KEY_SECRET"
_TOKEN = "ALIBABA_CLOUD_SECURITY_TOKEN"

_WAY_OUT = (
    f"Set `{_KEY_ID}` and `{_KEY_SECRET}`, or make a profile with `aliyun configure` and name it "
    'by `credentials = "profile:NAME"`.'
)


class Secret:
    """A text that no `repr`, `str`, format or pickle shows. Only `reveal` gives it out."""

    __slots__ = ("_value",)

    def __init__(self, value: str = "") -> None:
        self._value = value

    def reveal(self) -> str:
        """The secret itself."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        mine = self._value.encode("utf-8", "surrogatepass")
        return hmac.compare_digest(mine, other._value.encode("utf-8", "surrogatepass"))

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return "Secret()"

    __str__ = __repr__

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not written anywhere")


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """An AccessKey, with a security token when it is a temporary one.

    `source` says where it came from, in the words of the credentials library.
    """

    access_key_id: str
    secret: Secret
    security_token: Secret = field(default_factory=Secret)
    source: str = ""

    def __repr__(self) -> str:
        return f"Credentials({mask(self.access_key_id)!r})"

    def secrets(self) -> tuple[str, ...]:
        """Every value to redact, longest lived first."""
        values = (self.secret.reveal(), self.security_token.reveal(), self.access_key_id)
        return tuple(value for value in values if value)


class Provider(Protocol):
    """Gives credentials, as often as it is asked; it caches and refreshes by itself."""

    async def get(self) -> Credentials:
        """The credentials that are valid now. Raises `NoCredentials`."""

    def forget(self) -> bool:
        """Drop what is cached, because the service called it expired. True when the next `get`
        may give others."""


class StaticProvider:
    """An AccessKey that is known already."""

    def __init__(self, access_key_id: str, secret: str, security_token: str = "") -> None:
        self._credentials = Credentials(
            access_key_id, Secret(secret), Secret(security_token), source="static"
        )

    async def get(self) -> Credentials:
        return self._credentials

    def forget(self) -> bool:
        return False


class EnvProvider:
    """The three environment variables of the official tools, read at every request."""

    async def get(self) -> Credentials:
        key_id, secret = os.environ.get(_KEY_ID, ""), os.environ.get(_KEY_SECRET, "")
        if not key_id or not secret:
            pairs = ((_KEY_ID, key_id), (_KEY_SECRET, secret))
            missing = " and ".join(f"`{name}`" for name, value in pairs if not value)
            raise NoCredentials(
                f"Nothing was sent: {missing} of the environment has no value.", way_out=_WAY_OUT
            )
        return Credentials(
            key_id, Secret(secret), Secret(os.environ.get(_TOKEN, "")), source="environment"
        )

    def forget(self) -> bool:
        return False


class ChainProvider:
    """The official credentials library: its default chain, or one profile of the `aliyun` tool.

    The library blocks (files, metadata service, external commands), so each look-up runs in a
    thread of its own that ends with it. The library is imported there too.
    """

    def __init__(self, profile: str = "") -> None:
        self._profile = profile
        self._source: Any = None
        self._lock = threading.Lock()

    async def get(self) -> Credentials:
        return await aside(self._found, "credentials")

    def forget(self) -> bool:
        with self._lock:
            self._source = None
        return True

    def _found(self) -> Credentials:
        try:
            return self._look_up()
        except Exception as error:
            raise self._explained(error) from None

    def _look_up(self) -> Credentials:
        with self._lock:
            if self._source is None:
                self._source = self._open()
            found = self._source.get_credentials()
        key_id = found.get_access_key_id() or ""
        secret = found.get_access_key_secret() or ""
        if not key_id or not secret:
            raise ValueError("the source gave an empty AccessKey")
        token = found.get_security_token() or ""
        return Credentials(
            key_id, Secret(secret), Secret(token), source=str(found.get_provider_name() or "")
        )

    def _open(self) -> Any:
        from alibabacloud_credentials import provider as sources

        # The library adds a handler that prints to stderr, over whatever is on the screen.
        logger = logging.getLogger("credentials")
        logger.handlers.clear()
        logger.propagate = False
        logger.setLevel(logging.CRITICAL + 1)
        if self._profile:
            return sources.CLIProfileCredentialsProvider(profile_name=self._profile)
        return sources.DefaultCredentialsProvider()

    def _explained(self, error: Exception) -> NoCredentials:
        where = f"the profile {self._profile}" if self._profile else "the default chain"
        reason = redact(" ".join(str(error).split()) or type(error).__name__)
        if len(reason) > 600:
            reason = reason[:600] + "…"
        return NoCredentials(
            f"Nothing was sent: {where} gave no credentials. {reason}",
            way_out=_WAY_OUT,
            tried=tried_places(str(error)),
        )


_PLACES = {
    "EnvironmentVariableCredentialsProvider": "environment",
    "OIDCRoleArnCredentialsProvider": "OIDC role",
    "CLIProfileCredentialsProvider": "~/.aliyun/config.json",
    "ProfileCredentialsProvider": "~/.alibabacloud/credentials.ini",
    "EcsRamRoleCredentialsProvider": "role of this ECS machine",
    "URLCredentialsProvider": "credentials URI",
}
_KINDS = {
    "env": "environment",
    "oidc_role_arn": "OIDC role",
    "cli_profile": "~/.aliyun/config.json",
    "profile": "~/.alibabacloud/credentials.ini",
    "ecs_ram_role": "role of this ECS machine",
    "credential_uri": "credentials URI",
}
_LONGEST_REASON = 160


def place(source: str) -> str:
    """`Credentials.source` in words: `default/cli_profile/static_ak` is a file of the `aliyun`
    tool. A source that is not known stays as it is."""
    for kind in source.split("/"):
        if kind in _KINDS:
            return _KINDS[kind]
    return source


def tried_places(message: str) -> tuple[str, ...]:
    """The places in the message of the default chain, which ends with a printed list of
    `Provider: reason`; none if it reads otherwise."""
    try:
        reasons = ast.literal_eval(message[message.index("[") :])
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return ()
    found = []
    for entry in reasons if isinstance(reasons, list) else ():
        kind, _, reason = str(entry).partition(": ")
        words = redact(" ".join(reason.split()))[:_LONGEST_REASON]
        found.append(f"{_PLACES.get(kind, kind)} ({words})")
    return tuple(found)


def provider(spec: str) -> Provider:
    """The provider that a profile names: `default`, `env`, or `profile:NAME`.

    Raises `NoCredentials` for any other word.
    """
    if spec == "default":
        return ChainProvider()
    if spec == "env":
        return EnvProvider()
    kind, _, name = spec.partition(":")
    if kind == "profile" and name.strip():
        return ChainProvider(name.strip())
    raise NoCredentials(
        f"Nothing was sent: this version has no credentials called {spec!r}.",
        way_out='Use `credentials = "default"`, `"env"` or `"profile:NAME"`.',
    )

"""Credentials: where they come from, and types that never show them."""

import os
from dataclasses import field
from enum import StrEnum
from typing import NoReturn, Protocol

from das_tui.light import dataclass
from das_tui.wire.errors import NoCredentials
from das_tui.wire.redact import mask, mask_key

KEY_ID = "ALIBABA_CLOUD_ACCESS_KEY_ID"
KEY_SECRET = "ALIBABA_CLOUD_ACCESS_KEY_SECRET"
TOKEN = "ALIBABA_CLOUD_SECURITY_TOKEN"
API_KEY = "DATA_AGENT_API_KEY"

WAY_OUT = (
    f"Set `{KEY_ID}` and `{KEY_SECRET}`, or make a profile with `aliyun configure` and name it "
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
        import hmac

        mine = self._value.encode("utf-8", "surrogatepass")
        return hmac.compare_digest(mine, other._value.encode("utf-8", "surrogatepass"))

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return "Secret()"

    __str__ = __repr__

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not written anywhere")


class Kind(StrEnum):
    """What a credential is, in the operator's words; nothing while none was found."""

    UNKNOWN = ""
    ACCESS_KEY = "AccessKey"
    STS = "STS"
    API_KEY = "API key"


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """An AccessKey, with a security token when it is a temporary one; or an API key alone.

    `source` says where it came from, in the words of the credentials library. `expires_at` is a
    UNIX time, None where nobody tells it; `renews` says that the source gives another one by
    itself before that.
    """

    access_key_id: str
    secret: Secret
    security_token: Secret = field(default_factory=Secret)
    source: str = ""
    expires_at: float | None = None
    renews: bool = False
    api_key: Secret = field(default_factory=Secret)

    def __repr__(self) -> str:
        return f"Credentials({self.masked!r})"

    @property
    def kind(self) -> Kind:
        """What it is."""
        if self.api_key:
            return Kind.API_KEY
        return Kind.STS if self.security_token else Kind.ACCESS_KEY

    @property
    def masked(self) -> str:
        """What may be shown of it."""
        return mask_key(self.api_key.reveal()) if self.api_key else mask(self.access_key_id)

    @property
    def named(self) -> str:
        """Which key it is and where it came from, as far as that may be shown."""
        found = place(self.source)
        article = "the " if found in _WITH_ARTICLE else ""
        where = f" from {article}{found}" if found not in {"", "static"} else ""
        return f"{self.masked or 'one without an ID'}{where}"

    def secrets(self) -> tuple[str, ...]:
        """Every value to redact, longest lived first."""
        held = (self.secret, self.security_token, self.api_key)
        values = (*(secret.reveal() for secret in held), self.access_key_id)
        return tuple(value for value in values if value)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a provider found last, without asking anybody: safe to show.

    `source` is in words, `masked` the shown part of the key, empty while nothing was found.
    `expires_at` is a UNIX time, None where it is not known; `renews` as in `Credentials`.
    """

    source: str
    masked: str = ""
    expires_at: float | None = None
    kind: Kind = Kind.UNKNOWN
    renews: bool = False


class Provider(Protocol):
    """Gives credentials, as often as it is asked; it caches and refreshes by itself."""

    async def get(self) -> Credentials:
        """The credentials that are valid now. Raises `NoCredentials`."""

    def forget(self) -> bool:
        """Drop what is cached, because the service called it expired. True when the next `get`
        may give others."""

    def standing(self) -> Standing:
        """What was found last. Reads no file and asks nobody."""


def standing_of(held: Credentials) -> Standing:
    """What may be shown of credentials."""
    return Standing(place(held.source), held.masked, held.expires_at, held.kind, held.renews)


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

    def standing(self) -> Standing:
        return standing_of(self._credentials)


class EnvProvider:
    """The three environment variables of the official tools, read at every request."""

    async def get(self) -> Credentials:
        key_id, secret = os.environ.get(KEY_ID, ""), os.environ.get(KEY_SECRET, "")
        if not key_id or not secret:
            pairs = ((KEY_ID, key_id), (KEY_SECRET, secret))
            missing = [f"`{name}`" for name, value in pairs if not value]
            have = "has no value" if len(missing) == 1 else "have no values"
            raise NoCredentials(
                f"Nothing was sent: {' and '.join(missing)} of the environment {have}.",
                way_out=WAY_OUT,
            )
        return _from_environment()

    def forget(self) -> bool:
        return False

    def standing(self) -> Standing:
        held = _from_environment()
        return standing_of(held) if held.access_key_id else Standing(held.source)


def _from_environment() -> Credentials:
    found = (os.environ.get(name, "") for name in (KEY_ID, KEY_SECRET, TOKEN))
    key_id, secret, token = found
    return Credentials(key_id, Secret(secret), Secret(token), source="environment")


class ApiKeyProvider:
    """The API key of the Data Agent, read from its environment variable at every request. It is
    kept nowhere else."""

    async def get(self) -> Credentials:
        key = os.environ.get(API_KEY, "").strip()
        if not key:
            raise NoCredentials(
                f"Nothing was sent: `{API_KEY}` of the environment has no value.",
                way_out=f"Set `{API_KEY}` to the API key of the Data Agent.",
            )
        if not key.isascii() or not key.isprintable() or " " in key:
            raise NoCredentials(
                f"Nothing was sent: `{API_KEY}` holds characters that no key has.",
                way_out=f"Set `{API_KEY}` to the API key alone, without quotes or line ends.",
            )
        return Credentials("", Secret(), source=API_KEY, api_key=Secret(key))

    def forget(self) -> bool:
        return False

    def standing(self) -> Standing:
        key = os.environ.get(API_KEY, "").strip()
        return Standing(API_KEY, mask_key(key), kind=Kind.API_KEY)


class LateChain:
    """The official chain, or its profile called `profile`; `ChainProvider` is loaded with the
    first question to it."""

    def __init__(self, profile: str = "") -> None:
        self._profile = profile
        self._chain: Provider | None = None

    async def get(self) -> Credentials:
        if self._chain is None:
            from das_tui.wire.chain import ChainProvider

            self._chain = ChainProvider(self._profile)
        return await self._chain.get()

    def forget(self) -> bool:
        return self._chain is not None and self._chain.forget()

    def standing(self) -> Standing:
        return unasked(self._profile) if self._chain is None else self._chain.standing()


def unasked(profile: str) -> Standing:
    """What is known of the chain, or of one of its profiles, before it was asked."""
    return Standing(f"profile {profile}" if profile else "default chain")


_KINDS = {
    "env": "environment",
    "oidc_role_arn": "OIDC role",
    "cli_profile": "~/.aliyun/config.json",
    "profile": "~/.alibabacloud/credentials.ini",
    "ecs_ram_role": "role of this ECS machine",
    "credential_uri": "credentials URI",
}
_WITH_ARTICLE = frozenset(_KINDS.values()) - {
    "~/.aliyun/config.json",
    "~/.alibabacloud/credentials.ini",
}


def place(source: str) -> str:
    """`Credentials.source` in words: `default/cli_profile/static_ak` is a file of the `aliyun`
    tool. A source that is not known stays as it is."""
    for kind in source.split("/"):
        if kind in _KINDS:
            return _KINDS[kind]
    return source


def provider(spec: str) -> Provider:
    """The provider that a profile names: `default`, `env`, `profile:NAME` or `api-key`.

    Raises `NoCredentials` for any other word.
    """
    if spec == "default":
        return LateChain()
    if spec == "env":
        return EnvProvider()
    if spec == "api-key":
        return ApiKeyProvider()
    kind, _, name = spec.partition(":")
    if kind == "profile" and name.strip():
        return LateChain(name.strip())
    raise NoCredentials(
        f"Nothing was sent: there are no credentials called {spec!r}.",
        way_out='Use `credentials = "default"`, `"env"`, `"profile:NAME"` or `"api-key"`.',
    )

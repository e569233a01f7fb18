"""The signature ACS3-HMAC-SHA256, for the client that signs and the service that verifies.

The steps are those of the public page on request signature V3: a canonical request, its hash in a
string to sign, and an HMAC of that under the AccessKey secret.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import TypeAlias
from urllib.parse import parse_qsl, quote

from das_tui.light import dataclass

ALGORITHM = "ACS3-HMAC-SHA256"

Query: TypeAlias = str | Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature and what it was made of, for tests and for a service that compares.

    `canonical` holds the query and may hold a security token, so no `repr` shows it.
    """

    canonical: str = field(repr=False)
    string_to_sign: str = field(repr=False)
    hex: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Authorization:
    """The parts of an `Authorization` header."""

    access_key_id: str = field(repr=False)
    signed: tuple[str, ...]
    signature: str = field(repr=False)


def encode(text: str) -> str:
    """Percent-encoding as UTF-8 that keeps only `A-Z a-z 0-9 - _ . ~`."""
    return quote(text.encode("utf-8", "replace"), safe="-_.~")


def canonical_query(query: Query) -> str:
    """Sorted, encoded `name=value` pairs joined by `&`.

    `query` is either pairs or a query string as it stands on the wire, where a space may be
    written `+`. An empty value keeps its `=`.
    """
    if isinstance(query, str):
        query = parse_qsl(query, keep_blank_values=True)
    pairs = sorted((encode(name), encode(value)) for name, value in query)
    return "&".join(f"{name}={value}" for name, value in pairs)


def sha256(data: bytes) -> str:
    """Lower-case hex SHA-256, the form of `x-acs-content-sha256`."""
    return hashlib.sha256(data).hexdigest()


def signature(
    method: str,
    path: str,
    query: Query,
    headers: Mapping[str, str],
    signed: Sequence[str],
    body_sha256: str,
    secret: str,
) -> Signature:
    """Sign a request.

    `path` is the path as it stands on the wire (`/` when empty). `headers` may have names in any
    case; `signed` lists the names to sign, and one that `headers` lacks counts as empty.
    """
    values = {name.lower(): value.strip() for name, value in headers.items()}
    names = sorted({name.lower() for name in signed})
    canonical = "\n".join(
        [
            method.upper(),
            path or "/",
            canonical_query(query),
            "".join(f"{name}:{values.get(name, '')}\n" for name in names),
            ";".join(names),
            body_sha256,
        ]
    )
    to_sign = f"{ALGORITHM}\n{sha256(canonical.encode('utf-8', 'replace'))}"
    digest = hmac.new(secret.encode("utf-8", "replace"), to_sign.encode(), hashlib.sha256)
    return Signature(canonical=canonical, string_to_sign=to_sign, hex=digest.hexdigest())


def must_be_signed(headers: Mapping[str, str]) -> list[str]:
    """The names that the scheme needs signed: `host`, every `x-acs-*`, and `content-type`.

    Nothing more, because proxies rewrite the rest. Names come lower-case and sorted.
    """
    names = {name.lower() for name in headers}
    return sorted(n for n in names if n in {"host", "content-type"} or n.startswith("x-acs-"))


def authorization(access_key_id: str, signed: Sequence[str], hex_signature: str) -> str:
    """The value of the `Authorization` header."""
    names = ";".join(sorted(name.lower() for name in signed))
    return f"{ALGORITHM} Credential={access_key_id},SignedHeaders={names},Signature={hex_signature}"


def parse_authorization(value: str) -> Authorization | None:
    """The parts of an `Authorization` header of this scheme, None for anything else."""
    scheme, _, rest = value.strip().partition(" ")
    if scheme != ALGORITHM:
        return None
    parts: dict[str, str] = {}
    for item in rest.split(","):
        name, equals, content = item.strip().partition("=")
        if not equals or name in parts:
            return None
        parts[name] = content
    if parts.keys() != {"Credential", "SignedHeaders", "Signature"} or not all(parts.values()):
        return None
    return Authorization(
        access_key_id=parts["Credential"],
        signed=tuple(parts["SignedHeaders"].split(";")),
        signature=parts["Signature"],
    )

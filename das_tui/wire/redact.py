"""Secrets out of texts, by pattern and by value."""

import re
from collections.abc import Callable, Iterable
from urllib.parse import quote, quote_plus

from das_tui import later
from das_tui.domain.secrets import GONE, mask, withheld, without_keys

__all__ = ["mask", "mask_key", "redact", "scrubber", "without_keys"]

_NAMES = (
    r"AccessKeyId|OSSAccessKeyId|AccessKeySecret|access_key_id|access_key_secret|SecurityToken|"
    r"security[-_]token|sts_token|x-acs-security-token|x-acs-accesskey-id|x-acs-bearer-token|"
    r"x-api-key|x-oss-signature|x-oss-credential|x-oss-security-token|Signature|Credential|"
    r"api[-_]?key|EncryptKey"
)
_PAIR = later.pattern(
    rf"(?i)(?P<name>\b(?:{_NAMES}))(?P<mark>\\?[\"']?\s*[=:]\s*\\?[\"']?)(?P<value>[^&\"'\s,;<>\\|]+)"
)
_KEY_PREFIX = "dms-da-"

_SHORTEST = 6
"""Values below this length are words, not secrets; replacing them would only harm the text."""


def mask_key(api_key: str) -> str:
    """An API key that can be shown: its last two characters, and the prefix that all have."""
    if len(api_key) < 16:
        return "…" if api_key else ""
    prefix = _KEY_PREFIX if api_key.startswith(_KEY_PREFIX) else ""
    return f"{prefix}…{api_key[-2:]}"


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` without what looks like a secret and without the given `secrets`.

    Services echo key ids, tokens and the string to sign in their errors. A value is also found in
    its percent-encoded and JSON-escaped spellings.
    """
    for spelling in _spellings(secrets):
        text = text.replace(spelling, GONE)
    return _PAIR.sub(_pair, withheld(text))


def scrubber(secrets: Iterable[str]) -> Callable[[bytes], bytes]:
    """A function that takes the given `secrets` out of a payload. It looks for values alone: what
    only looks like a secret is the operator's data."""
    spellings = [spelling.encode("utf-8", "replace") for spelling in _spellings(secrets)]
    gone = GONE.encode()

    def scrub(data: bytes) -> bytes:
        for spelling in spellings:
            if spelling in data:
                data = data.replace(spelling, gone)
        return data

    return scrub


def _pair(match: re.Match[str]) -> str:
    value = match["value"]
    if "…" in value or value == GONE:
        return match[0]
    return f"{match['name']}{match['mark']}{GONE}"


def _spellings(secrets: Iterable[str]) -> list[str]:
    found: set[str] = set()
    for secret in secrets:
        if len(secret) >= _SHORTEST:
            whole = secret.encode("utf-8", "replace")
            found |= {secret, quote(whole, safe=""), quote_plus(whole, safe=""), quote(whole)}
            found.add(secret.replace("/", "\\/"))
    return sorted(found, key=len, reverse=True)

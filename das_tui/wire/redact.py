"""Secrets out of texts, by pattern and by value."""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote, quote_plus

_GONE = "[redacted]"

_NAMES = (
    r"AccessKeyId|OSSAccessKeyId|AccessKeySecret|access_key_id|access_key_secret|SecurityToken|"
    r"security[-_]token|sts_token|x-acs-security-token|x-acs-accesskey-id|x-acs-bearer-token|"
    r"x-api-key|x-oss-signature|x-oss-credential|x-oss-security-token|Signature|Credential|"
    r"api[-_]?key|EncryptKey"
)
_PAIR = re.compile(
    rf"(?i)(?P<name>\b(?:{_NAMES}))(?P<mark>\\?[\"']?\s*[=:]\s*\\?[\"']?)(?P<value>[^&\"'\s,;<>\\|]+)"
)
_KEY_ID = re.compile(r"\bLTAI[0-9A-Za-z]{12,}")
_STS_ID = re.compile(r"\bSTS\.[0-9A-Za-z]+")
_USER_INFO = re.compile(r"(?<=://)[^/@\s\"']{1,512}@")
_API_KEY = re.compile(r"\bdms-da-[0-9A-Za-z_-]+")
_KEY_PREFIX = "dms-da-"

_SHORTEST = 6
"""Values below this length are words, not secrets; replacing them would only harm the text."""


_SECRET_WORDS = ("SECRET", "TOKEN", "PASSWORD", "API_KEY", "ACCESS_KEY", "CREDENTIAL")


def without_keys(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment for another program: without anything that looks like a credential."""
    return {
        name: value
        for name, value in environment.items()
        if not any(word in name.upper() for word in _SECRET_WORDS)
    }


def mask(access_key_id: str) -> str:
    """An AccessKey ID that can be shown: its first four and last two characters."""
    if len(access_key_id) <= 8:
        return "…" if access_key_id else ""
    return f"{access_key_id[:4]}…{access_key_id[-2:]}"


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
        text = text.replace(spelling, _GONE)
    text = _KEY_ID.sub(lambda match: mask(match[0]), text)
    text = _STS_ID.sub("STS.…", text)
    text = _API_KEY.sub("dms-da-…", text)
    text = _USER_INFO.sub(f"{_GONE}@", text)
    return _PAIR.sub(_pair, text)


def _pair(match: re.Match[str]) -> str:
    value = match["value"]
    if "…" in value or value == _GONE:
        return match[0]
    return f"{match['name']}{match['mark']}{_GONE}"


def _spellings(secrets: Iterable[str]) -> list[str]:
    found: set[str] = set()
    for secret in secrets:
        if len(secret) >= _SHORTEST:
            whole = secret.encode("utf-8", "replace")
            found |= {secret, quote(whole, safe=""), quote_plus(whole, safe=""), quote(whole)}
            found.add(secret.replace("/", "\\/"))
    return sorted(found, key=len, reverse=True)

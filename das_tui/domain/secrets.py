"""What looks like a secret, wherever it stands: keys by their shape, signed links, and variables of
the environment by their names."""

from collections.abc import Mapping

from das_tui import later

GONE = "[redacted]"

_KEY_ID = later.pattern(r"\bLTAI[0-9A-Za-z]{12,}")
_STS_ID = later.pattern(r"\bSTS\.[0-9A-Za-z]+")
_API_KEY = later.pattern(r"\bdms-da-[0-9A-Za-z_-]+")
_USER_INFO = later.pattern(r"(?<=://)[^/@\s\"']{1,512}@")
_SIGNING = later.pattern(
    r"(?i)([?&;](?:OSSAccessKeyId|Signature|security-token|"
    r"x-oss-(?:signature|credential|security-token))=)[^&\s\"'<>()\[\]`|\\]+"
)

_WORDS = ("SECRET", "TOKEN", "PASSWORD", "API_KEY", "ACCESS_KEY", "CREDENTIAL")


def withheld(text: str) -> str:
    """`text` without keys that are known by their shape, passwords in URLs, and what makes a link
    one that opens by itself. All else stays as it is, also what is only called a key."""
    text = _KEY_ID.sub(lambda match: mask(match[0]), text)
    text = _STS_ID.sub("STS.…", text)
    text = _API_KEY.sub("dms-da-…", text)
    text = _USER_INFO.sub(f"{GONE}@", text)
    return _SIGNING.sub(rf"\g<1>{GONE}", text)


def mask(access_key_id: str) -> str:
    """An AccessKey ID that can be shown: its first four and last two characters."""
    if len(access_key_id) <= 8:
        return "…" if access_key_id else ""
    return f"{access_key_id[:4]}…{access_key_id[-2:]}"


def without_keys(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment for another program: without anything that looks like a credential."""
    return {
        name: value
        for name, value in environment.items()
        if not any(word in name.upper() for word in _WORDS)
    }

"""Why a source gave no credentials: from the words of the credentials library to plain ones."""

import ast
import re

from das_tui.wire.redact import redact

_PLACES = {
    "EnvironmentVariableCredentialsProvider": "environment",
    "OIDCRoleArnCredentialsProvider": "OIDC role",
    "CLIProfileCredentialsProvider": "~/.aliyun/config.json",
    "ProfileCredentialsProvider": "~/.alibabacloud/credentials.ini",
    "EcsRamRoleCredentialsProvider": "role of this ECS machine",
    "URLCredentialsProvider": "credentials URI",
}
_LONGEST = 160

EXPIRED = "the token that it gave has expired"
LOGIN = "its login has ended or was never made"

_WORDS = (
    (r"accessKeyId cannot be empty", "ALIBABA_CLOUD_ACCESS_KEY_ID is not set"),
    (r"accessKeySecret cannot be empty", "ALIBABA_CLOUD_ACCESS_KEY_SECRET is not set"),
    (r"unable to open credentials file", "there is no such file"),
    (r"failed to get credential from credentials file", "there is no such file or section"),
    (r"failed to parse credential", "the file cannot be read"),
    (r"unable to get profile with (?:name )?'([^']*)'", "there is no profile {}"),
    (r"unsupported profile mode '([^']*)'", "its mode {} is not supported"),
    (r"re-login|refresh OAuth token", LOGIN),
    # What the library's cache says when its source gave something that is over already.
    (r"No cached value was found", EXPIRED),
    (r"http_?code[=:]\s*(\d{3})|status code: (\d{3})", "it answered HTTP {}"),
    (r"ConnectionPool\(host='([^']+)'", "{} was not reached"),
    (r"'NoneType'|operand type|has no attribute|not subscriptable", "something in it is missing"),
)
_KNOWN = tuple((re.compile(pattern), words) for pattern, words in _WORDS)


def plain(message: str) -> str:
    """What an error of the library means, without full stop; one that is not known in its words,
    without secrets."""
    for pattern, words in _KNOWN:
        match = pattern.search(message)
        if match is not None:
            named = next((group for group in match.groups() if group is not None), "")
            return redact(words.format(named))[:_LONGEST]
    said = redact(" ".join(message.replace("$/", "/").split())).rstrip(". ")
    return f"{said[:_LONGEST]}…" if len(said) > _LONGEST else said


def tried_places(message: str, login: str = "") -> tuple[str, ...]:
    """The places in the message of the default chain, which ends with a printed list of
    `Provider: reason`; none if it reads otherwise. `login` is the reason to give for the profile
    of the `aliyun` tool where that is one that needs a login."""
    try:
        reasons = ast.literal_eval(message[message.index("[") :])
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return ()
    found = []
    for entry in reasons if isinstance(reasons, list) else ():
        kind, _, reason = str(entry).partition(": ")
        why = plain(reason)
        if login and kind == "CLIProfileCredentialsProvider":
            why = login
        found.append(f"{_PLACES.get(kind, kind)} ({why})")
    return tuple(found)

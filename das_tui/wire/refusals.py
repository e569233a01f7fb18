"""From an answer that is no answer to the error that says so in plain words."""

import re
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any

from das_tui.domain.sentence import sentence
from das_tui.wire import gateway, payload
from das_tui.wire.credentials import API_KEY
from das_tui.wire.errors import BadAnswer, Refused, Throttled
from das_tui.wire.redact import redact
from das_tui.wire.request import DAS_VERSION, Request

SKEW = 15 * 60.0
"""Seconds by which the service lets a clock differ."""

_LONGEST_MESSAGE = 1_000
_ITS_FAULT = ("InternalError", "ServiceUnavailable", "Timeout", "Unavailable", "SystemError")
_EXPIRED_TOKEN = ("InvalidSecurityToken", "SecurityTokenExpired", "ExpiredToken")
_OF_THE_KEY = (
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "IncompleteSignature",
    *_EXPIRED_TOKEN,
)
_KEY_NOT_TAKEN = "Refused: API key not taken"
_UNKNOWN_ACTION = ("InvalidApi.NotFound", "InvalidAction", "InvalidVersion", "UnsupportedAction")
_XML = re.compile(rb"<(Code|Message|RequestId)>([^<]{0,4096})</")


def judge(
    status: int,
    headers: Mapping[str, str],
    body: bytes | Mapping[str, Any],
    request: Request,
    secrets: Sequence[str] = (),
    now: float = 0.0,
    *,
    with_api_key: bool = False,
    key: str = "",
) -> Refused | BadAnswer:
    """The error for an answer with an HTTP status of 400 and above, or with an error in 200.

    `headers` has lower-case names; `body` may be read already; `now` is the local clock in UNIX
    seconds, to compare with the service's. Whether it is throttling is decided by the code, or by
    status 429. `with_api_key` says what the caller was known by, for the way out, and `key` which
    key that was, as it may be shown, for refusals of the key itself.
    """
    value = fields(body) if isinstance(body, bytes) else body
    if status == 200:
        status = gateway.status(value) or status
    code = payload.text(payload.find(value, "ErrorCode", "Code"))
    message = payload.text(
        payload.find(value, "ErrorMessage", "Message", "Msg", "Description", "Error")
    )
    request_id = request_id_of(headers, value)
    code, message = redact(code, secrets)[:200], redact(message, secrets)[:_LONGEST_MESSAGE]
    if code.startswith("Throttling") or status == 429:
        return _throttled(status, headers, code, message, request_id, now)
    if not code and not value:
        return _foreign(status, headers, request, request_id, now)
    title, text, way_out = _words(code, message, request)
    of_key = code.startswith(_OF_THE_KEY)
    if with_api_key:
        other = _key_words(status, code, message)
        title, text, way_out = other or (title, text, way_out)
        of_key = of_key or title == _KEY_NOT_TAKEN
    unsafe = (status >= 500 or not code or code.startswith(_ITS_FAULT)) and not request.repeatable
    parts = [f"The key was {key}." if key and of_key else "", text, _clock(code, headers, now)]
    parts.append(_may_have_run(request) if unsafe else _safe(request))
    if unsafe:
        way_out = " ".join(filter(None, (way_out, _next_step(request, request_id))))
    elif not way_out:
        way_out = f"Ask again later; {_SUPPORT}." if request_id else "Ask again later."
    return Refused(
        " ".join(part for part in parts if part),
        title=title,
        way_out=way_out,
        status=status,
        code=code,
        request_id=request_id,
        safe=not unsafe,
        retry_after=retry_after(headers, now),
    )


def fields(body: bytes) -> Mapping[str, Any]:
    """The fields of an error body, JSON or XML; empty for anything else."""
    if body.lstrip()[:1] == b"<" and b"<Error>" in body:
        return {
            name.decode(): content.decode("utf-8", "replace")
            for name, content in _XML.findall(body)
        }
    try:
        return payload.parse(body)
    except payload.MalformedPayload:
        return {}


def request_id_of(headers: Mapping[str, str], value: Mapping[str, Any]) -> str:
    """The request id, from the header or the body."""
    found = headers.get("x-acs-request-id") or payload.text(payload.find(value, "RequestId"))
    return payload.whole(found)[:200]


def unknown_action(error: Refused) -> bool:
    """Whether the host does not know the action at all, so that nothing can have begun."""
    return error.code.startswith(_UNKNOWN_ACTION)


def token_expired(error: Refused) -> bool:
    """Whether the service refused a temporary credential: it has expired, or was replaced."""
    return error.code.startswith(_EXPIRED_TOKEN)


def clock_offset(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds by which the service's clock is ahead of `now`, by its `Date` header; None without
    one."""
    try:
        return parsedate_to_datetime(headers["date"]).timestamp() - now
    except (KeyError, ValueError, TypeError, OverflowError):
        return None


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds to wait before the next try, None when the service names none.

    `Retry-After` is seconds or an HTTP date, which is compared with the answer's own `Date` where
    there is one; `x-acs-retry-after` is milliseconds. The longer one counts.
    """
    waits: list[float] = []
    plain = headers.get("retry-after", "").strip()
    if plain.isascii() and plain.isdigit() and len(plain) <= 12:
        waits.append(float(plain))
    elif plain:
        then = clock_offset({"date": plain}, now)
        if then is not None:
            waits.append(max(0.0, then - (clock_offset(headers, now) or 0.0)))
    own = headers.get("x-acs-retry-after", "").strip()
    if own.isascii() and own.isdigit() and len(own) <= 12:
        waits.append(float(own) / 1000)
    return max(waits, default=None)


_SUPPORT = "with the request id support can look it up"


def _may_have_run(request: Request) -> str:
    """What is known of a request that may have begun."""
    if request.version == DAS_VERSION:
        return "Whether an answer began is not known; asking again may be paid for a second time."
    return "Whether it began is not known: look before asking again."


def _next_step(request: Request, request_id: str) -> str:
    """The way out for a request that may have begun."""
    support = f"{_SUPPORT.capitalize()}." if request_id else ""
    if request.version == DAS_VERSION:
        step = "It cannot be looked up here: ask again only if a second bill is acceptable."
    else:
        step = "Open the session again to see whether it began there."
    return f"{step} {support}".rstrip()


def _safe(request: Request) -> str:
    if request.repeatable:
        return "Nothing was changed, so asking again is safe."
    return "The service refused before an answer began; no character came, so asking again is safe."


def _throttled(
    status: int,
    headers: Mapping[str, str],
    code: str,
    message: str,
    request_id: str,
    now: float,
) -> Throttled:
    wait = retry_after(headers, now)
    text = "No answer began; asking again is safe."
    if wait:
        text = f"No answer began; asking again is safe in {span(wait)}."
    way_out = ""
    if code == "Throttling.UserConcurrentLimit":
        text = f"The account has as many conversations open as it may have. {text}"
        way_out = "Wait until another conversation of the account has ended."
    elif message and not code:
        text = f"{_sentence(message)} {text}"
    return Throttled(
        text,
        retry_after=wait,
        way_out=way_out,
        status=status,
        code=code,
        request_id=request_id,
    )


def _foreign(
    status: int, headers: Mapping[str, str], request: Request, request_id: str, now: float
) -> BadAnswer:
    """Something that does not speak like the service: most often a proxy or a portal page."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()[:80]
    what = "a web page" if kind in {"text/html", "application/xhtml+xml"} else "no error of its own"
    if status < 400:
        what = "a web page" if what == "a web page" else (kind or "no content type")
    safe = request.repeatable
    said = (
        f"HTTP {status} came with {what}; something between here and the service may have sent it."
    )
    tail = "Asking again is safe." if safe else _may_have_run(request)
    return BadAnswer(
        f"{said} {tail}",
        way_out="Check the endpoint and the proxy of the profile.",
        status=status,
        request_id=request_id,
        safe=safe,
        retry_after=retry_after(headers, now),
    )


def redirect(
    status: int, headers: Mapping[str, str], request: Request, secrets: Sequence[str] = ()
) -> BadAnswer:
    """A redirect, which is never followed: the signed headers would go to another host."""
    host = re.match(r"https?://([^/?#@\s]{1,253})(?:[/?#]|$)", headers.get("location", ""))
    to = f" to {redact(host[1], secrets)}" if host else ""
    tail = "Asking again is safe." if request.repeatable else _may_have_run(request)
    return BadAnswer(
        f"HTTP {status} points{to}. It was not followed, because the signature would go along. "
        f"{tail}",
        title="Redirect refused",
        way_out="Check the endpoint and the proxy of the profile.",
        status=status,
        request_id=request_id_of(headers, {}),
        safe=request.repeatable,
    )


def bad_answer(
    text: str, status: int, headers: Mapping[str, str], request: Request, way_out: str = ""
) -> BadAnswer:
    """An answer that cannot be read; `text` says why."""
    tail = "Asking again is safe." if request.repeatable else _may_have_run(request)
    return BadAnswer(
        f"{text} {tail}",
        way_out=way_out or "Check the endpoint and the proxy of the profile.",
        status=status,
        request_id=request_id_of(headers, {}),
        safe=request.repeatable,
    )


def _words(code: str, message: str, request: Request) -> tuple[str, str, str]:
    """Title, first sentence and way out for a code. The service's own message is left out where
    it says no more than the title, or echoes what was signed."""
    said = _sentence(message)
    if code == "NoPermission" or code.startswith("Forbidden"):
        return (
            "Refused: no permission",
            "",
            f"Ask for the RAM action `{request.permission}` for this AccessKey.",
        )
    if code.startswith("InvalidAccessKeyId"):
        inactive = code.endswith("Inactive")
        return (
            "Refused: AccessKey " + ("disabled" if inactive else "unknown"),
            "",
            "Enable the AccessKey in the RAM console, or use another one."
            if inactive
            else "Check the AccessKey ID of the profile's credentials.",
        )
    if code.startswith(("SignatureDoesNotMatch", "IncompleteSignature")):
        return (
            "Refused: wrong signature",
            "",
            "Check the AccessKey secret. If it is right, a proxy may have changed the request.",
        )
    if code.startswith("SignatureNonceUsed"):
        return "Refused: request seen before", "", "Ask again; it will be signed afresh."
    if code.startswith("InvalidTimeStamp"):
        return "Refused: the clock differs", "", "Set the clock of this machine."
    if code.startswith(_EXPIRED_TOKEN):
        expired = "expired" in code.lower()
        return (
            "Refused: the security token " + ("expired" if expired else "is not valid"),
            "" if expired else said,
            "Get fresh temporary credentials, then ask again.",
        )
    if code.startswith(_UNKNOWN_ACTION):
        return (
            "Refused: the host does not know the action",
            f"{request.action} is unknown there.",
            "Check the endpoint of the profile: DAS and DMS have different hosts.",
        )
    if code.startswith("InvalidSession"):
        return (
            "Refused: no such session",
            said,
            "Check its id; a session can be deleted, expire, or belong to another account.",
        )
    if code.startswith("InstanceNotFound"):
        return "Refused: unknown instance", said, "Check the instance ID in the question."
    if code == "CheckDatabasePermissionFailed":
        return (
            "Refused: no query permission",
            said,
            "Ask the owner for query permission on the database in DMS, then ask again.",
        )
    if code.startswith(("Missing", "InvalidParam", "Invalid")):
        return "Refused: bad parameter", said, "Correct it, then ask again."
    if code.startswith("Timeout"):
        return "The service timed out", said, ""
    if code.startswith(_ITS_FAULT):
        return "The service failed", said, ""
    return "Refused", said, ""


def _key_words(status: int, code: str, message: str) -> tuple[str, str, str] | None:
    """The same for a caller with an API key, None where that makes no difference."""
    folded = code.lower()
    if status == 401 or "apikey" in folded or folded.startswith(("unauthorized", "invalidkey")):
        return (
            _KEY_NOT_TAKEN,
            "",
            f"Check `{API_KEY}`: the key may be wrong, expired, or of another region.",
        )
    if code == "NoPermission" or code.startswith("Forbidden") or status == 403:
        return (
            "Refused: not with this API key",
            _sentence(message),
            "API keys open less than AccessKeys do; a profile with an AccessKey may get through.",
        )
    return None


def _clock(code: str, headers: Mapping[str, str], now: float) -> str:
    offset = clock_offset(headers, now)
    wrong_time = code.startswith(("InvalidTimeStamp", "SignatureDoesNotMatch"))
    if offset is None or (abs(offset) <= SKEW and not code.startswith("InvalidTimeStamp")):
        return ""
    if not wrong_time or abs(offset) < 1:
        return ""
    way = "behind" if offset > 0 else "ahead of"
    return f"The clock of this machine is {span(abs(offset))} {way} the service's."


def _sentence(message: str) -> str:
    return sentence(" ".join(message.split()))


def span(seconds: float) -> str:
    """A span of time in words of at most two units."""
    whole = max(1, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        minutes, rest = divmod(whole, 60)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, rest = divmod(whole // 60, 60)
    if hours >= 48:
        return f"{hours // 24} days"
    return f"{hours} h {rest} min" if rest else f"{hours} h"

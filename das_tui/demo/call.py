"""One call of an action: its parameters read strictly, its answer made.

A handler gets a `Call` and returns the fields of its answer, or a response of its own (a stream).
`Refusal` is an HTTP error, `Failure` an error inside HTTP 200.
"""

import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from das_tui.demo.auth import Refusal

Answer: TypeAlias = "dict[str, Any] | Response"
Params: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Call:
    """A call that was let in.

    `base` is the URL at which the caller reached the service, `by_key` says that it came through
    the API-key gateway.
    """

    action: str
    params: Params
    request_id: str
    base: str
    by_key: bool = False

    def text(self, name: str) -> str:
        """A parameter, empty when it is not given."""
        return self.params.get(name, "")

    def need(self, name: str) -> str:
        """A parameter that must be given."""
        value = self.params.get(name, "")
        if not value:
            raise missing(name)
        return value

    def number(self, name: str, default: int, *, least: int = 1) -> int:
        """A decimal parameter."""
        text = self.params.get(name, "")
        if text == "":
            return default
        if not text.isascii() or not text.isdigit() or len(text) > 18 or int(text) < least:
            raise invalid(name)
        return int(text)

    def choice(self, name: str, allowed: frozenset[str], default: str = "") -> str:
        """A parameter that is one of some words."""
        value = self.params.get(name, "") or default
        if value not in allowed:
            raise invalid(name)
        return value

    def flag(self, name: str) -> bool | None:
        """A truth, in any case of letters; None when it is not given."""
        text = self.params.get(name, "").lower()
        if text not in {"", "true", "false"}:
            raise invalid(name)
        return None if not text else text == "true"

    def object(self, name: str) -> dict[str, Any]:
        """A parameter that is a JSON object, empty when it is not given."""
        value = self._json(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise Refusal(400, "InvalidParameter", f"{name} is not a JSON object.")
        return value

    def objects(self, name: str) -> list[dict[str, Any]]:
        """A parameter that is a JSON array of objects, empty when it is not given."""
        value = self._json(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise Refusal(400, "InvalidParameter", f"{name} is not a JSON array of objects.")
        return value

    def moment(self, name: str) -> float | None:
        """A time in UNIX seconds, given as seconds, milliseconds or RFC 3339 text."""
        text = self.params.get(name, "")
        if not text:
            return None
        if text.isascii() and text.isdigit() and len(text) <= 15:
            value = float(text)
            return value / 1000 if value > 1e11 else value
        try:
            return datetime.fromisoformat(text).astimezone(UTC).timestamp()
        except ValueError:
            raise invalid(name) from None

    def _json(self, name: str) -> Any:
        text = self.params.get(name, "")
        if not text:
            return None
        try:
            return json.loads(text)
        except ValueError:
            raise Refusal(400, "InvalidParameter", f"{name} is not JSON.") from None


Handler: TypeAlias = Callable[[Call], Awaitable[Answer]]


class Failure(Exception):
    """An error inside HTTP 200. `as_text` spells `Success` as a string."""

    def __init__(self, code: str, message: str, *, as_text: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.as_text = as_text

    def body(self) -> dict[str, Any]:
        """The fields of the answer."""
        return {
            "Success": "false" if self.as_text else False,
            "ErrorCode": self.code,
            "ErrorMessage": self.message,
        }


class CutOff(Exception):
    """A stream is to be broken off."""


class BreakableStream(StreamingResponse):
    """A stream that a `CutOff` ends without the mark of a complete body."""

    async def stream_response(self, send: Any) -> None:
        # Returning without the last chunk makes the server drop the connection.
        with contextlib.suppress(CutOff):
            await super().stream_response(send)


def missing(name: str) -> Refusal:
    """A parameter was not given."""
    return Refusal(400, "MissingParameter", f"{name} is mandatory for this action.")


def invalid(name: str) -> Refusal:
    """A parameter has a value that the action does not take."""
    return Refusal(400, "InvalidParameter", f"{name} is not valid.")


def done(data: Any, *, success: bool | str = True, **more: Any) -> dict[str, Any]:
    """The fields of a good answer."""
    return {"Success": success, "Data": data, **more}


def respond(status: int, value: Any, request_id: str) -> Response:
    """A JSON answer with its request id."""
    return JSONResponse(value, status_code=status, headers={"x-acs-request-id": request_id})


def refused(refusal: Refusal, request_id: str, host: str) -> Response:
    """The answer of a refusal."""
    response = respond(refusal.status, refusal.body(request_id, host), request_id)
    for name, value in refusal.headers.items():
        response.headers[name] = value
    return response


async def body_of(request: Request, limit: int) -> bytes:
    """The body of a request; a Refusal beyond `limit` bytes."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise Refusal(413, "RequestEntityTooLarge", "The body is too large.")
        parts.append(part)
    return b"".join(parts)


def body_params(content_type: str, body: bytes) -> dict[str, str]:
    """Parameters of a form or JSON body."""
    kind = content_type.partition(";")[0].strip().lower()
    if not body:
        return {}
    if kind == "application/x-www-form-urlencoded":
        return dict(parse_qsl(body.decode("utf-8", "replace"), True))
    if kind == "application/json":
        try:
            return flat(json.loads(body))
        except ValueError:
            raise Refusal(400, "InvalidParameter", "The body is not a JSON object.") from None
    return {}


def flat(value: Any) -> dict[str, str]:
    """A JSON object as parameters: texts as they are, everything else as JSON. Raises ValueError
    for what is no object."""
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return {
        str(name): item if isinstance(item, str) else json.dumps(item)
        for name, item in value.items()
        if item is not None
    }

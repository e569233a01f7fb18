"""The API-key gateway: requests as JSON bodies, answers in its own envelope and case.

Good answers are `{"data": …, "success": true, "code": "success", "requestId": …}` with camelCase
keys; an answer whose data is an array keeps its own envelope inside `data`. Errors come with HTTP
200: of the control plane as `success` false with `code` and `msg`, of the data plane as an object
with `HttpStatusCode`, `Code` and `Message`.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from das_tui.demo.auth import Refusal
from das_tui.demo.call import Failure, flat, respond

CONTROL = frozenset(
    {
        "CreateDataAgentSession",
        "DescribeDataAgentSession",
        "ListDataAgentSession",
        "DescribeFileUploadSignature",
        "FileUploadCallback",
        "ListCustomAgent",
        "DescribeCustomAgent",
        "ListDataAgentWorkSpace",
    }
)
DATA = frozenset({"SendChatMessage", "GetChatContent", "CreateDataAgentFeedback"})
BOTH = frozenset({"ListFileUpload"})
_RENAMED = {"ListDataAgentWorkSpace": "ListDataAgentWorkspace"}
_NESTED = ("SessionConfig", "DataSource", "DataSources", "TaskConfig")
_PASCAL = frozenset({"ListDataAgentWorkSpace"})
"""Actions whose data keep their case."""


def read(body: bytes) -> dict[str, str]:
    """The parameters of a request. Raises Refusal."""
    try:
        value = json.loads(body)
        params = flat(value)
    except ValueError:
        raise Refusal(400, "InvalidParameter", "The body is not a JSON object.") from None
    for name in _NESTED:
        if isinstance(value.get(name), str):
            raise Refusal(400, "InvalidParameter", f"{name} must be a JSON value, not a text.")
    if not params.get("RegionId"):
        raise Refusal(400, "MissingRegionId", "RegionId is mandatory for this action.")
    return params


def action_of(name: str) -> str:
    """The action behind the name that it has here. Raises Refusal for one that is not offered."""
    if name not in CONTROL | DATA | BOTH:
        raise Refusal(404, "InvalidAction.NotFound", f"Action {name!r} is not offered by API key.")
    return _RENAMED.get(name, name)


def good(action: str, value: Mapping[str, Any], request_id: str) -> Response:
    """A good answer."""
    data = value.get("Data")
    if not isinstance(data, Mapping):
        rest = {name: item for name, item in value.items() if name not in {"Success", "Data"}}
        data = {"data": data, **rest}
    answer = {
        "data": data if action in _PASCAL else camel(data),
        "success": True,
        "code": "success",
        "msg": "",
        "requestId": request_id,
    }
    return respond(200, answer, request_id)


def bad(action: str, error: Refusal | Failure, request_id: str) -> Response:
    """An error in the form of the plane of its action."""
    if action in DATA:
        value: dict[str, Any] = {
            "HttpStatusCode": error.status if isinstance(error, Refusal) else 400,
            "Code": error.code,
            "Message": error.message,
            "RequestId": request_id,
        }
    else:
        value = {
            "success": False,
            "code": error.code,
            "msg": error.message,
            "requestId": request_id,
        }
    response = respond(200, value, request_id)
    if isinstance(error, Refusal):
        for name, text in error.headers.items():
            response.headers[name] = text
    return response


def wrong_key(request_id: str) -> Response:
    """The key is not good; this one is told by the status too."""
    value = {
        "success": False,
        "code": "InvalidApiKey",
        "msg": "The API key is not valid.",
        "requestId": request_id,
    }
    return respond(401, value, request_id)


def camel(value: Any) -> Any:
    """`value` with its keys in camelCase."""
    if isinstance(value, Mapping):
        return {_lower(str(name)): camel(item) for name, item in value.items()}
    if isinstance(value, list):
        return [camel(item) for item in value]
    return value


def _lower(name: str) -> str:
    """`SessionId` to `sessionId`, `DMSUnit` to `dmsUnit`."""
    head = re.match(r"[A-Z]+(?=[A-Z][a-z]|$)|[A-Z]", name)
    return name if head is None else head[0].lower() + name[head.end() :]

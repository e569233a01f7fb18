"""The gateway that takes an API key instead of a signature.

It speaks JSON in both directions: the action, its version and the region stand in the body beside
the parameters, nested parameters are objects there, and the answer comes with names in another
case and one envelope more. It has two hosts, one for control and one for streams.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from das_tui.wire import payload
from das_tui.wire.errors import KeyNotTaken
from das_tui.wire.request import DMS_VERSION, Request

PATH = "/apikey"
HEADER = "x-api-key"

_ACTIONS = {"ListDataAgentWorkspace": "ListDataAgentWorkSpace"}
"""Action names that this gateway spells in its own way."""
_TIMES = {"CreateStartTime": "StartTime", "CreateEndTime": "EndTime"}


def control_url(region: str) -> str:
    """Where everything but messages and streams is asked."""
    return f"https://dataagent-{region}.aliyuncs.com{PATH}"


def data_url(region: str) -> str:
    """Where messages are sent and streams are read."""
    return f"https://dataagent-stream-{region}.aliyuncs.com{PATH}"


def with_path(url: str) -> str:
    """An endpoint that was set by hand, with the gateway's path where it has none."""
    parts = urlsplit(url)
    if parts.path not in {"", "/"}:
        return url
    return urlunsplit((parts.scheme, parts.netloc, PATH, "", ""))


def check(request: Request) -> None:
    """Raise `KeyNotTaken` for a request that no API key opens: all of DAS, and the older API."""
    if request.version == DMS_VERSION:
        return
    if request.permission.startswith("hdm:"):
        raise das_refusal()
    raise KeyNotTaken(
        f"Nothing was sent: {request.action} wants an AccessKey, and this profile has an API key.",
        way_out="Use a profile with an AccessKey.",
    )


def das_refusal() -> KeyNotTaken:
    """What a question to DAS ends with where the profile has an API key."""
    return KeyNotTaken(
        "Nothing was sent: DAS wants an AccessKey, and this profile has an API key, which opens "
        "the DMS Data Agent only.",
        way_out='Ask the DMS Data Agent, or use a profile with `credentials = "default"`.',
    )


def body(request: Request, region: str) -> bytes:
    """The JSON body of a request. A nested parameter that is no JSON stays the text it is."""
    content: dict[str, Any] = {
        "Action": _ACTIONS.get(request.action, request.action),
        "Version": request.version,
        "RegionId": region,
    }
    for name, value in request.params.items():
        if name in request.nested:
            content[name] = _nested(value)
        elif name in _TIMES:
            content[_TIMES[name]] = _milliseconds(value)
        else:
            content[name] = payload.whole(value)
    return json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")


def unwrap(value: dict[str, Any]) -> dict[str, Any]:
    """An answer without the gateway's own envelope, where it holds another answer.

    Some actions come as `{data: {data: …}}` and some as `{data: …}`; only the first has a layer
    too many.
    """
    inner = payload.find(value, "Data")
    if isinstance(inner, dict) and isinstance(payload.find(inner, "Data"), dict | list):
        return inner
    return value


def status(value: Mapping[str, Any]) -> int:
    """The HTTP status that an error in an answer of status 200 names, 0 without one."""
    return payload.number(payload.find(value, "HttpStatusCode"), 1000) or 0


def _nested(value: str) -> Any:
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _milliseconds(value: str) -> str:
    """A time in any of the spellings that the signed API knows, in milliseconds."""
    seconds = payload.seconds(value)
    if seconds is None:
        try:
            seconds = datetime.fromisoformat(value).timestamp()
        except ValueError:
            return value
    return str(round(seconds * 1000))

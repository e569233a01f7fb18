"""What is asked of a service, before it is signed and sent."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any, Literal

from das_tui.light import dataclass

DAS_VERSION = "2020-01-16"
DMS_VERSION = "2025-04-14"
UNIT_VERSION = "2018-11-01"
"""The older API of DMS, which knows the unit of a tenant."""

_READING = ("List", "Describe", "GetActiveRouteUnit", "GetChatContent")
_DATA_PLANE = frozenset(
    {
        "CreateDataAgentFeedback",
        "DescribeDataAgentUsage",
        "GetChatContent",
        "ListFileUpload",
        "SendChatMessage",
        "UpdateDataAgentSession",
    }
)
"""Actions that the API-key gateway takes on its stream host. Sources differ on ListFileUpload."""


@dataclass(frozen=True, slots=True)
class Request:
    """One RPC request: `POST` to the endpoint with `action`, `version` and plain text parameters.

    `nested` names the parameters whose text is a JSON object or array; the API-key gateway takes
    those as they are instead of as text. The parameters hold the question, so `repr` leaves them
    out.
    """

    action: str
    version: str
    params: Mapping[str, str] = field(repr=False)
    nested: frozenset[str] = frozenset()

    @property
    def repeatable(self) -> bool:
        """Whether sending it twice neither costs nor changes anything."""
        return self.action.startswith(_READING)

    @property
    def plane(self) -> Literal["control", "data"]:
        """Which of the two hosts of the API-key gateway takes it."""
        return "data" if self.action in _DATA_PLANE else "control"

    @property
    def permission(self) -> str:
        """The RAM action it needs. The RAM code of DAS is `hdm`."""
        code = "hdm" if self.version == DAS_VERSION else "dms"
        return f"{code}:{self.action}"


def build(
    action: str, version: str, params: Mapping[str, object], nested: Iterable[str] = ()
) -> Request:
    """A request of `params` without the empty ones (nothing, an empty text, list or object).

    Truth values become `true` and `false`, lists and objects compact JSON; `nested` names further
    parameters that are JSON already.
    """
    filled = {name: value for name, value in params.items() if value not in (None, "", [], (), {})}
    inner = {name for name, value in filled.items() if isinstance(value, Mapping | list | tuple)}
    return Request(
        action,
        version,
        {name: _text(value) for name, value in filled.items()},
        frozenset(inner.union(nested) & filled.keys()),
    )


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping | Sequence):
        return compact(value)
    return str(value)


def compact(value: Mapping[str, Any] | Sequence[Any]) -> str:
    """JSON as short as it gets, as nested parameters are sent."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

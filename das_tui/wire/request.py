"""What is asked of a service, before it is signed and sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field

DAS_VERSION = "2020-01-16"
DMS_VERSION = "2025-04-14"

_READING = frozenset({"GetChatContent", "DescribeDataAgentSession"})


@dataclass(frozen=True, slots=True)
class Request:
    """One RPC request: `POST` to the endpoint with `action`, `version` and plain text parameters.

    The parameters hold the question, so `repr` leaves them out.
    """

    action: str
    version: str
    params: Mapping[str, str] = field(repr=False)

    @property
    def repeatable(self) -> bool:
        """Whether sending it twice neither costs nor changes anything."""
        return self.action in _READING

    @property
    def permission(self) -> str:
        """The RAM action it needs. The RAM code of DAS is `hdm`."""
        code = "hdm" if self.version == DAS_VERSION else "dms"
        return f"{code}:{self.action}"

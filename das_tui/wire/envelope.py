"""What is round the answers of the DMS actions: envelopes, totals, times, without trust.

Keys are found whatever their case. The API-key gateway takes the outermost `Data` off or puts one
more round it; both are passed over.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from das_tui.wire import payload

MAX_COUNT = 2**53
_ENVELOPES = 3


def inside(data: Mapping[str, Any]) -> Any:
    """What the answer is about: the object or array in the innermost `Data`, or `data` itself."""
    found: Any = data
    for _ in range(_ENVELOPES):
        deeper = payload.find(found, "Data")
        if not isinstance(deeper, dict | list):
            break
        found = deeper
    return found


def inner(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The object that the answer is about, empty without one."""
    found = inside(data)
    return found if isinstance(found, dict) else {}


def rows(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The objects of a list, which is the answer itself or stands in it as `Content`."""
    found = inside(data)
    if not isinstance(found, list):
        found = payload.find(found, "Content", "List", "Items", "Records")
    return _only_objects(found)


def objects(value: object, name: str) -> list[Mapping[str, Any]]:
    """The objects of the array `name` of `value`."""
    return _only_objects(payload.find(value, name))


def _only_objects(found: object) -> list[Mapping[str, Any]]:
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def field(value: object, *names: str) -> str:
    """The text of the first of `names` that is there, empty without one."""
    return payload.text(payload.find(value, *names))


def truth(value: object, name: str) -> bool:
    """Whether a truth value, its text or 1 stands there."""
    return field(value, name).strip().lower() in {"true", "1"}


def count(value: object) -> int | None:
    """A number that counts something; None for what is none."""
    found = payload.number(value, MAX_COUNT)
    return found if found is not None and found >= 0 else None


def total(data: Mapping[str, Any], *names: str) -> int | None:
    """A count that stands beside `Data`, in it, or in an envelope between."""
    outer: Any = data
    for _ in range(_ENVELOPES + 1):
        found = count(payload.find(outer, *names))
        if found is not None:
            return found
        outer = payload.find(outer, "Data")
    return None


def moment(value: object) -> float | None:
    """UNIX seconds from seconds, milliseconds or RFC 3339 text, which is UTC without an offset."""
    found = payload.seconds(value)
    if found is not None or not isinstance(value, str):
        return found
    try:
        at = datetime.fromisoformat(value.strip())
        return payload.seconds((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError, OSError):
        return None

"""The unit of DMS that holds a tenant's data, asked at the older API of DMS.

It needs `dms:GetActiveRouteUnit` and its own host, `dms-enterprise.<region>.aliyuncs.com`. Where
it cannot be asked the region is the best guess.
"""

from collections.abc import Mapping
from typing import Any

from das_tui.wire import payload
from das_tui.wire.request import UNIT_VERSION, Request


def active_route_unit() -> Request:
    """`GetActiveRouteUnit`: which unit is the caller's."""
    return Request("GetActiveRouteUnit", UNIT_VERSION, {})


def read_route_unit(data: Mapping[str, Any]) -> str:
    """The unit, such as `cn-hangzhou`; empty where the answer names none."""
    inner = payload.find(data, "Data")
    for route in (payload.find(data, "Route"), payload.find(inner, "Route"), inner):
        found = payload.find(route, "RegionId")
        if isinstance(found, str) and found.strip():
            return payload.whole(found.strip())
    return ""

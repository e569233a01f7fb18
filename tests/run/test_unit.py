"""The DMS unit: of the profile, else asked for once, else the region."""

from typing import Any

import pytest

from das_tui.run.account import Account
from das_tui.run.backoff import Backoff
from das_tui.run.lines import Lines
from das_tui.run.unit import Unit
from das_tui.wire.credentials import StaticProvider
from das_tui.wire.transport import Endpoint, Transport
from tests.run.conftest import Bench
from tests.run.scripted_service import Reply, Service, data, refused
from tests.run.served import serving


class Nearby(Lines):
    """Lines that find the host of the unit on this machine."""

    def __init__(self, account: Account, url: str) -> None:
        super().__init__(account, Backoff())
        self._url = url

    def _unit(self) -> Transport:
        return Transport(Endpoint(self._url), self._account.provider, read_timeout=5.0)


def account(**more: Any) -> Account:
    return Account(provider=StaticProvider("ak", "secret"), region="cn-beijing", **more)


async def asked(url: str, **more: Any) -> list[str]:
    """The unit before it is resolved, and what resolving gives twice."""
    made = account(**more)
    lines = Nearby(made, url)
    unit = Unit(made, lines)
    found = [unit.known, await unit.resolve(), await unit.resolve(), unit.known]
    await lines.aclose()
    return found


async def test_the_service_is_asked_once() -> None:
    with serving(unit="cn-zhangjiakou") as service:
        assert await asked(service.url) == ["cn-beijing", *["cn-zhangjiakou"] * 3]
        assert len(service.hub.asked("GetActiveRouteUnit")) == 1


async def test_the_profile_comes_first() -> None:
    async with Service() as service:
        assert await asked(service.url, dms_unit="cn-mine") == ["cn-mine"] * 4
        assert service.calls == []


async def test_no_other_host_is_asked_beside_a_given_endpoint() -> None:
    async with Service() as service:
        found = await asked(service.url, dms_endpoint="https://dms.example.aliyuncs.com")
        assert found == ["cn-beijing"] * 4
        assert service.calls == []


@pytest.mark.parametrize(
    "reply",
    [
        refused(403, "Forbidden.RAM"),
        data({"Success": True}),
        data({"Success": True, "Route": {"RegionId": 7}}),
        Reply(b"<html>", kind="text/html"),
        Reply(end="drop"),
    ],
)
async def test_whatever_goes_wrong_the_region_serves(reply: Reply) -> None:
    async with Service(GetActiveRouteUnit=[reply]) as service:
        assert await asked(service.url) == ["cn-beijing"] * 4
        assert len(service.calls) == 1


async def test_a_host_that_is_not_there() -> None:
    async with Service() as service:
        url = service.url
    assert await asked(url) == ["cn-beijing"] * 4


async def test_runs_name_the_unit(bench: Bench) -> None:
    with serving() as service:
        supervisor = bench.start(service.url, region="cn-beijing")
        key = await supervisor.ask("How many rides?", service="dms")
        await supervisor.wait(key)
        for action in ("CreateDataAgentSession", "SendChatMessage", "GetChatContent"):
            assert service.hub.asked(action)[0]["DMSUnit"] == "cn-beijing"

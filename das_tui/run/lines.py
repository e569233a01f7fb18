"""The connections of one account, made when they are first needed."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Literal, overload

from das_tui.domain.record import Service
from das_tui.run.account import Account
from das_tui.run.backoff import Backoff

if TYPE_CHECKING:
    from das_tui.wire.transport import Endpoint, Transport

DAS_READ_SECONDS = 3600.0
"""A DAS diagnosis may think for half an hour without a byte, and cannot be asked for again."""
UNIT_READ_SECONDS = 10.0


def with_api_key(account: Account) -> bool:
    """Whether requests carry an API key instead of a signature."""
    from das_tui.wire.credentials import Kind

    return account.provider.standing().kind is Kind.API_KEY


def endpoints(account: Account, service: str) -> tuple[Endpoint, Endpoint]:
    """Where the two planes of a service are asked, control and data: two hosts for DMS with an
    API key, one and the same else. An endpoint of the profile stands for both.

    Raises `KeyNotTaken` for DAS with an API key. Imports the HTTP library.
    """
    from das_tui.wire import gateway
    from das_tui.wire.transport import Endpoint

    def at(url: str) -> Endpoint:
        return Endpoint(url, account.proxy, account.ca_file, account.trusted_hosts)

    by_key = with_api_key(account)
    if service != Service.DMS:
        if by_key:
            raise gateway.das_refusal()
        there = at(account.das_endpoint)
        return there, there
    if not by_key:
        there = at(account.dms_url)
        return there, there
    if account.dms_endpoint:
        there = at(gateway.with_path(account.dms_endpoint))
        return there, there
    return at(gateway.control_url(account.region)), at(gateway.data_url(account.region))


class Lines:
    """One transport for DAS, one for DMS, and one for the older API of DMS. Belongs to one event
    loop."""

    def __init__(self, account: Account, backoff: Backoff) -> None:
        self._account = account
        self._backoff = backoff
        self._transports: dict[str, Transport] = {}

    @overload
    def to(self, service: Service, plane: str = ...) -> Transport: ...
    @overload
    def to(self, service: Literal["unit"], plane: str = ...) -> Transport | None: ...
    def to(self, service: str, plane: str = "control") -> Transport | None:
        """The transport for a service, or for `unit`, the host that knows the unit of DMS.

        `unit` is None where an endpoint was given for DMS, which no other host may be asked
        beside, and with an API key, which opens no door there. The transport sends a request to
        the host of its own plane, so `plane` may be left out.

        Raises `KeyNotTaken` for DAS with an API key. Imports the HTTP library when it is first
        called.
        """
        name = service if service in {Service.DMS, "unit"} else "das"
        known = self._transports.get(name)
        if known is not None:
            return known
        account = self._account
        if name == "unit" and (account.dms_endpoint or with_api_key(account)):
            return None
        made = self._unit() if name == "unit" else self._service(name)
        self._transports[name] = made
        return made

    def _service(self, name: str) -> Transport:
        from das_tui.wire.transport import Transport

        control, data = endpoints(self._account, name)
        seconds = self._backoff.silence if name == Service.DMS else DAS_READ_SECONDS
        return Transport(
            control,
            self._account.provider,
            data_plane=data,
            region=self._account.region,
            read_timeout=seconds,
            head_timeout=DAS_READ_SECONDS,
        )

    def _unit(self) -> Transport:
        from das_tui.wire.transport import Endpoint, Transport

        account = self._account
        endpoint = Endpoint(
            f"https://dms-enterprise.{account.region}.aliyuncs.com",
            account.proxy,
            account.ca_file,
            account.trusted_hosts,
        )
        return Transport(endpoint, account.provider, read_timeout=UNIT_READ_SECONDS)

    async def aclose(self) -> None:
        """Close the connections; whatever goes wrong with that concerns nobody any more."""
        transports, self._transports = self._transports, {}
        for transport in transports.values():
            with contextlib.suppress(Exception):
                await transport.aclose()

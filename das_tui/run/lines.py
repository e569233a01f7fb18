"""The connections of one account, made when they are first needed."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from das_tui.domain.record import Service
from das_tui.run.account import Account
from das_tui.run.backoff import Backoff

if TYPE_CHECKING:
    from das_tui.wire.transport import Transport

DAS_READ_SECONDS = 3600.0
"""A DAS diagnosis may think for half an hour without a byte, and cannot be asked for again."""


class Lines:
    """One transport for DAS and one for DMS. Belongs to one event loop."""

    def __init__(self, account: Account, backoff: Backoff) -> None:
        self._account = account
        self._backoff = backoff
        self._transports: dict[str, Transport] = {}

    def to(self, service: str) -> Transport:
        """The transport for a service. Raises InsecureEndpoint for an endpoint that is refused.

        Imports the HTTP library when it is first called.
        """
        plane = "dms" if service == Service.DMS else "das"
        known = self._transports.get(plane)
        if known is not None:
            return known
        from das_tui.wire.transport import Endpoint, Transport

        account = self._account
        endpoint = Endpoint(
            url=account.dms_url if plane == "dms" else account.das_endpoint,
            proxy=account.proxy,
            ca_file=account.ca_file,
            trusted=account.trusted_hosts,
        )
        # The runner watches for silence on a DMS stream itself, a little earlier than this.
        seconds = self._backoff.silence + 30.0 if plane == "dms" else DAS_READ_SECONDS
        made = Transport(
            endpoint, account.provider, read_timeout=seconds, head_timeout=DAS_READ_SECONDS
        )
        self._transports[plane] = made
        return made

    async def aclose(self) -> None:
        """Close the connections; whatever goes wrong with that concerns nobody any more."""
        transports, self._transports = self._transports, {}
        for transport in transports.values():
            with contextlib.suppress(Exception):
                await transport.aclose()

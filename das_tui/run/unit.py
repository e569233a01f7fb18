"""The DMS unit of an account: asked for once, and the region where nobody tells."""

import asyncio
import logging

from das_tui.run.account import Account
from das_tui.run.lines import Lines
from das_tui.wire import unit
from das_tui.wire.errors import WireError

log = logging.getLogger("das_tui.run")

PATIENCE = 6.0
"""Seconds that the question for the unit may hold a run up."""


class Unit:
    """The unit to name in requests; belongs to one loop.

    `dms_unit` of the profile wins. Without it the service is asked once, when a run first needs
    it, unless an endpoint was given, which no other host may be asked beside. Where that brings
    nothing, whatever the reason, the region serves.
    """

    def __init__(self, account: Account, lines: Lines) -> None:
        self._lines = lines
        self._region = account.region
        self._found = account.dms_unit
        self._asking: asyncio.Task[str] | None = None

    @property
    def known(self) -> str:
        """The unit as far as it is known now."""
        return self._found or self._region

    async def resolve(self) -> str:
        """The unit; asks for it at the first call. Never raises a `WireError`."""
        if self._found:
            return self._found
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask())
        self._found = await asyncio.shield(self._asking) or self._region
        return self._found

    async def _ask(self) -> str:
        try:
            transport = self._lines.to("unit")
            if transport is None:
                return ""
            async with asyncio.timeout(PATIENCE):
                answer = await transport.call(unit.active_route_unit())
        except (WireError, TimeoutError) as error:
            log.info("the unit is not known: %s", type(error).__name__)
            return ""
        return unit.read_route_unit(answer.data)

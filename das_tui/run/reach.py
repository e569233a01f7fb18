"""What commands that are no runs need: the house, the rows, and one request with its answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from das_tui.domain.events import LocalFact
from das_tui.domain.record import Service
from das_tui.domain.session import Session
from das_tui.light import dataclass
from das_tui.run.account import Account
from das_tui.run.backoff import LONGEST
from das_tui.run.errors import NotPossible, OtherProfile
from das_tui.run.kept import Kept
from das_tui.run.runner import House, Run, harmless
from das_tui.store.store import Store
from das_tui.wire.errors import Throttled, WireError

if TYPE_CHECKING:
    from das_tui.wire.request import Request
    from das_tui.wire.transport import Answer

TRIES = 3
"""How often a request is made that nobody has taken yet, while somebody waits for its answer."""


@dataclass(frozen=True, slots=True)
class Reach:
    """The supervisor, as far as commands beside runs may use it. Belongs to its loop.

    `reading` and `sending` give the house or raise a `RunError`; `row` gives the row of a
    session, `load` the session in memory, `claimed` the same up to date and claimed; `release`
    gives the claim back. `live` names the sessions with a run, `begin` begins one. `adopt` takes
    over and publishes a row that is stored already.
    """

    store: Store
    clock: Callable[[], float]
    reading: Callable[[], House]
    sending: Callable[[], House]
    row: Callable[[str], Session]
    load: Callable[[str], Awaitable[Kept]]
    claimed: Callable[[str], Awaitable[Kept]]
    release: Callable[[str], None]
    live: Callable[[], list[str]]
    begin: Callable[[Kept, Run], None]
    adopt: Callable[[Session], None]

    def at_service(self, key: str, house: House) -> Session:
        """The row of a DMS session that the service knows. Raises NotPossible, OtherProfile."""
        row = self.row(key)
        check_owner(row, house.account)
        if row.service != Service.DMS:
            raise NotPossible("Only sessions of the DMS Data Agent have this.")
        if not row.session_id:
            raise NotPossible("The service has no session for this yet.")
        return row

    async def note(self, key: str, fact: LocalFact) -> None:
        """Put a fact into a transcript, whether a run is under way or not. Raises Busy where
        another instance of the program writes there."""
        kept = await self.load(key)
        if kept.run is not None:
            kept.run.house.writer.fact(kept, fact)
            return
        kept = await self.claimed(key)
        try:
            self.reading().writer.fact(kept, fact)
        finally:
            self.release(key)


async def call(house: House, request: Request) -> Answer:
    """One request to DMS with a JSON answer, sent again only while it was certainly not taken.
    Raises a `WireError`."""
    tried = 0
    while True:
        tried += 1
        try:
            return await house.lines.to(Service.DMS).call(request)
        except WireError as error:
            after = error.retry_after if isinstance(error, Throttled) else None
            if not harmless(error) or tried >= TRIES or (after or 0.0) > LONGEST:
                raise
            await asyncio.sleep(house.backoff.wait(tried - 1, after))


def check_read(row: Session) -> None:
    """Raise NotPossible for a session of the service's list that nobody has looked into yet: what
    was said in it before would pass for the answer to what is said now."""
    if row.origin == "service" and not row.records:
        raise NotPossible(
            "This session was not read yet; nothing was sent.",
            "Open it in the app or follow it with das-tui attach --from-start first.",
        )


def check_owner(row: Session, account: Account) -> None:
    """Raise OtherProfile where the session was made with another profile.

    One that was made without a profile belongs to whoever goes on in it.
    """
    if row.profile and row.profile != account.profile:
        now = f"The profile in use is {account.profile}." if account.profile else ""
        raise OtherProfile(
            f"This session belongs to the profile {row.profile}; nothing was sent. {now}".strip(),
            f"Switch to the profile {row.profile}.",
        )

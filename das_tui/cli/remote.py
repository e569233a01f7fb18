"""The account's sessions at the DMS service, for `das-tui sessions --remote`."""

import asyncio
from collections.abc import Sequence

from das_tui.cli import account
from das_tui.cli.context import Context
from das_tui.domain.events import AnyEvent
from das_tui.domain.record import Record, Service
from das_tui.domain.session import Session
from das_tui.run.account import Account
from das_tui.run.supervisor import Supervisor
from das_tui.store.store import Store

MOST_PAGES = 400


class _Nobody:
    """Is told of changes and needs none."""

    def committed(
        self, session: Session, readings: Sequence[tuple[Record, tuple[AnyEvent, ...]]]
    ) -> None:
        """Nothing to do."""

    def changed(self, session: Session) -> None:
        """Nothing to do."""


def listed(given: Context, store: Store) -> list[Session]:
    """All sessions of the service's list, in its order; those that were not known are stored.

    Raises `ConfigError`, `RunError`, `WireError`.
    """
    name, profile = account.choose(given)
    return asyncio.run(_listed(account.build(name, profile), store))


async def _listed(asked: Account, store: Store) -> list[Session]:
    await account.check(asked, Service.DMS)
    supervisor = Supervisor(store, asked, _Nobody())
    keys: dict[str, None] = {}
    try:
        page = pages = 1
        while page <= min(pages, MOST_PAGES):
            found = await supervisor.remote.browse(page)
            before = len(keys)
            keys.update(dict.fromkeys(found.keys))
            if len(keys) == before:
                # An empty page, or a service that does not know pages and says the same again.
                break
            page, pages = page + 1, found.pages
        return [supervisor.session(key) for key in keys]
    finally:
        await supervisor.close()

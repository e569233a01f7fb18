"""The rows of sessions and the claims on them: made, taken up for a run, changed, removed."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from das_tui.domain.record import Service
from das_tui.domain.session import Session
from das_tui.domain.setup import SessionSetup
from das_tui.run.account import Account
from das_tui.run.errors import Busy, NotPossible
from das_tui.run.kept import Kept, derived_target, derived_title
from das_tui.run.memory import Memory
from das_tui.run.reach import check_owner
from das_tui.run.setup import settled
from das_tui.run.setup import target as setup_target
from das_tui.store.errors import NotStored, UnknownSession
from das_tui.store.store import Store


class Sessions:
    """Sessions of one store, used by one instance of the program on one loop. `tell` is told of a
    row that changed without a record."""

    def __init__(
        self,
        store: Store,
        memory: Memory,
        account: Account | None,
        clock: Callable[[], float],
        tell: Callable[[Session], None],
    ) -> None:
        self._store = store
        self._memory = memory
        self._account = account
        self._clock = clock
        self._tell = tell

    def row(self, key: str) -> Session:
        """The row of a session as it stands. Raises UnknownSession."""
        kept = self._memory.kept.get(key)
        return kept.row if kept is not None else self._store.get(key)

    def new(
        self,
        text: str,
        service: str,
        title: str,
        target: str,
        agent_id: str,
        setup: SessionSetup | None = None,
    ) -> Kept:
        """A session that is not yet known, claimed and with its row made. Needs an account."""
        account = self._account
        assert account is not None
        if service == Service.DAS and account.das_api == "Chat":
            service = Service.CHAT
        if service not in set(Service):
            raise NotPossible(f"There is no service {service!r}.")
        if service != Service.DMS:
            agent_id = agent_id or account.das_agent_id
        setup = settled(setup or SessionSetup(), service, account)
        now = self._clock()
        row = Session(
            key=os.urandom(8).hex(),
            service=str(service),
            agent_id=agent_id,
            title=title or derived_title(text),
            target=target or setup_target(setup) or derived_target(text),
            profile=account.profile,
            setup=setup.text(),
            created_at=now,
            last_at=now,
            since=now,
        )
        kept = Kept(row)
        self._memory.kept[row.key] = kept
        self._store.claim(row.key)
        with contextlib.suppress(NotStored):
            # Where the disk refuses, the first append tries again and says so.
            self._store.create(row)
        return kept

    async def to_run(self, key: str, *, whole: bool = False) -> Kept:
        """The session in memory, up to date and claimed for a run; `whole` with all that is stored
        of it. Raises Busy, OtherProfile."""
        kept = await self._memory.load(key)
        if self._account is not None:
            check_owner(kept.row, self._account)
        if kept.run is not None and kept.run.verdict:
            run = kept.run
            run.end("next")
            await run.done.wait()
        if kept.run is not None:
            raise Busy("A run of this session is under way.")
        if not self._store.claim(key):
            raise Busy("Another instance of this program runs this session.")
        try:
            if whole:
                kept = await self._memory.load(key, whole=True)
            else:
                self._memory.catch_up(key)
        except BaseException:
            self._store.release(key)
            raise
        if kept.run is not None:
            raise Busy("A run of this session is under way.")
        return kept

    def change(self, key: str, **columns: Any) -> Session:
        """Change what the operator owns of a row; the row after it. Raises UnknownSession."""
        kept = self._memory.kept.get(key)
        try:
            row = self._store.change(key, **columns)
        except (NotStored, UnknownSession):
            # While the disk refuses, a live session is changed in memory.
            if kept is None:
                raise
            row = kept.row
        if kept is not None:
            kept.row = replace(kept.row, **columns)
            row = kept.row
        self._tell(row)
        return row

    def adopt(self, row: Session) -> None:
        """A row was stored by somebody else than its run: take it over and tell."""
        kept = self._memory.kept.get(row.key)
        if kept is not None:
            kept.row = row
        self._tell(row)

    def delete(self, key: str, *, waits: bool) -> None:
        """Remove a session for good; `waits` says whether a question waits in it. Raises Busy then
        and while a run is under way."""
        kept = self._memory.kept.get(key)
        if waits:
            raise Busy("A question waits in this session; withdraw it first.")
        if (kept is not None and kept.run is not None) or not self._store.claim(key):
            raise Busy("A run of this session is under way; stop it first.")
        try:
            self._store.delete(key)
            self._memory.kept.pop(key, None)
        finally:
            self._store.release(key)

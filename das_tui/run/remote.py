"""What the account has at the DMS service: sessions, also those begun elsewhere, custom agents,
workspaces. Sessions that were not known become rows, whose content is read when one is opened.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

from das_tui.domain.record import Service
from das_tui.domain.session import RUNNING, Session, State
from das_tui.domain.setup import SessionSetup
from das_tui.light import dataclass
from das_tui.run.dms_run import DmsRun
from das_tui.run.errors import RunError
from das_tui.run.reach import Reach, call, check_owner
from das_tui.run.runner import House
from das_tui.store.errors import StoreError
from das_tui.store.store import Appended
from das_tui.wire import dms_calls as dms
from das_tui.wire.dms_calls import CustomAgent, ListedSession, SessionPage, Workspace

__all__ = ["Browsed", "CustomAgent", "Remote", "Workspace", "state_of"]

PAGE = 50
"""How many sessions a page of the list has."""

_MOST_AGENTS = 500
GONE = "gone at the service"

_STATES = {
    "RUNNING": State.LIVE,
    "WAIT_INPUT": State.NEEDS_INPUT,
    "WAITING_INPUT": State.NEEDS_INPUT,
    "FINISHED": State.FINISHED,
    "COMPLETED": State.FINISHED,
    "CANCELED": State.CANCELLED,
    "CANCELLED": State.CANCELLED,
    "FAILED": State.FAILED,
    "ERROR": State.FAILED,
}
_QUIET = frozenset({"", "INIT", "CREATING", "IDLE"})


@dataclass(frozen=True, slots=True)
class Browsed:
    """One page of the service's list of sessions, merged into the rows.

    `page` counts from 1; `pages` and `total` are what the service says, or at least what is known.
    `keys` are the rows of the page in the service's order, `added` how many of them are new here.
    `gone` are rows that came from that list once and are in none of its pages any more; it is
    known with the last page, when all of them were asked for in order and without a title.
    """

    page: int
    pages: int
    total: int
    added: int
    gone: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


class Remote:
    """Browses and attaches for one account. Belongs to the supervisor's loop; everything raises
    `RunError` before anything is sent, and `WireError`."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._pages = 0
        self._listed: set[str] = set()

    # --- the list ------------------------------------------------------------------------------

    async def browse(self, page: int = 1, title: str = "") -> Browsed:
        """Ask for one page of the list, with `title` for sessions whose title holds that."""
        house = self._reach.reading()
        request = dms.list_sessions(
            page,
            PAGE,
            title=title,
            unit=await house.unit.resolve(),
            workspace_id=house.account.workspace_id,
        )
        listed = dms.read_sessions((await call(house, request)).data, page, PAGE)
        keys, added = self._merge(house, listed.rows)
        return Browsed(
            page=page,
            pages=listed.pages,
            total=listed.total,
            added=added,
            gone=() if title else self._gone(house, page, listed),
            keys=keys,
        )

    def _merge(self, house: House, rows: Sequence[ListedSession]) -> tuple[tuple[str, ...], int]:
        """Make rows of what is listed; the keys in the same order, and how many are new."""
        known = {
            row.session_id: row
            for row in self._reach.store.sessions(archived=True)
            if row.service == Service.DMS and row.session_id
        }
        keys: list[str] = []
        changed: list[Session] = []
        added = 0
        for listed in rows:
            row = known.get(listed.session_id)
            if row is None:
                made = self._row(house, listed)
                added += 1
            else:
                made = self._brought_up(self._reach.row(row.key), listed)
            keys.append(made.key)
            if row is None or made != row:
                known[listed.session_id] = made
                changed.append(made)
        self._keep(changed)
        return tuple(keys), added

    def _keep(self, rows: Sequence[Session]) -> None:
        """Store rows in one transaction, and tell of them."""
        if rows:
            self._reach.store.append([Appended(row.key, (), row) for row in rows])
        for row in rows:
            self._reach.adopt(row)

    def _row(self, house: House, listed: ListedSession) -> Session:
        account, now = house.account, self._reach.clock()
        at = now if listed.created_at is None else listed.created_at
        state, detail = state_of(listed.session_status)
        return Session(
            key=os.urandom(8).hex(),
            service=Service.DMS,
            session_id=listed.session_id,
            agent_id=listed.agent_id,
            title=listed.title or listed.session_id,
            profile=account.profile,
            created_at=at,
            last_at=at,
            since=at,
            state=state,
            detail=detail,
            setup=SessionSetup(mode=listed.mode, workspace=account.workspace_id).text(),
            origin="service",
        )

    def _brought_up(self, row: Session, listed: ListedSession) -> Session:
        """A known row as the list has it. One that was read stands as its records say, but for a
        run that somebody began elsewhere meanwhile."""
        if row.key in self._reach.live():
            return row
        if not row.agent_id and listed.agent_id:
            row = replace(row, agent_id=listed.agent_id)
        state, detail = state_of(listed.session_status)
        if row.frames:
            begun = state is State.LIVE and row.state not in RUNNING
            return replace(row, state=state, since=self._reach.clock()) if begun else row
        if row.origin != "service":
            return row
        since = row.since if row.state is state else self._reach.clock()
        return replace(row, state=state, since=since, detail=detail)

    def _gone(self, house: House, page: int, listed: SessionPage) -> tuple[str, ...]:
        """After the last page: rows of this account that were in the list and are not any more."""
        if page == 1:
            self._pages = 0
            self._listed.clear()
        if page != self._pages + 1:
            return ()
        self._pages = page
        self._listed.update(row.session_id for row in listed.rows)
        if page < listed.pages:
            return ()
        account = house.account
        missing = [
            row
            for row in self._reach.store.sessions(archived=True)
            if row.origin == "service"
            and row.profile == account.profile
            and SessionSetup.read(row.setup).workspace == account.workspace_id
            and row.session_id not in self._listed
        ]
        unread = [row for row in missing if not row.frames and row.detail != GONE]
        self._keep([replace(row, state=State.IDLE, detail=GONE) for row in unread])
        return tuple(row.key for row in missing)

    # --- opening -------------------------------------------------------------------------------

    async def look(self, key: str) -> None:
        """Read a session of the list that was opened: from its beginning where nothing of it was
        read yet, else what a run of elsewhere brings. Sends nothing to the agent.

        Does nothing for other sessions, and where reading is not possible now.
        """
        row = self._reach.row(key)
        if row.origin != "service" or (row.frames and row.state is not State.LIVE):
            return
        try:
            house = self._reach.reading()
            check_owner(row, house.account)
            kept = await self._reach.claimed(key)
        except (RunError, StoreError):
            return
        at = kept.ledger.resume_at() if kept.row.frames else 0
        self._reach.begin(kept, DmsRun(house, kept, at=at))

    # --- what a session can be begun with ------------------------------------------------------

    async def custom_agents(self, search: str = "") -> tuple[CustomAgent, ...]:
        """The released custom agents, those that match `search` only where it is given."""
        house = self._reach.reading()
        found: dict[str, CustomAgent] = {}
        page = 1
        while len(found) < _MOST_AGENTS:
            request = dms.list_custom_agents(
                search, page, PAGE, workspace_id=house.account.workspace_id
            )
            listed = dms.read_custom_agents((await call(house, request)).data)
            before = len(found)
            found |= {agent.agent_id: agent for agent in listed.rows}
            # A service that does not know pages says the same again.
            if len(found) == before or len(found) >= listed.total:
                break
            page += 1
        return tuple(found.values())

    async def workspaces(self) -> tuple[Workspace, ...]:
        """The workspaces that the account may use."""
        house = self._reach.reading()
        found: dict[str, Workspace] = {}
        page = 1
        while len(found) < _MOST_AGENTS:
            request = dms.list_workspaces("", page, PAGE, unit=await house.unit.resolve())
            listed = dms.read_workspaces((await call(house, request)).data)
            before = len(found)
            found |= {one.workspace_id: one for one in listed}
            if len(found) == before or len(listed) < PAGE:
                break
            page += 1
        return tuple(found.values())

    async def personal_workspace(self) -> Workspace | None:
        """The account's own workspace; the service makes it where there is none yet."""
        house = self._reach.sending()
        request = dms.init_personal_workspace(await house.unit.resolve())
        return next(iter(dms.read_workspaces((await call(house, request)).data)), None)


def state_of(word: str) -> tuple[State, str]:
    """The state of a session that was not read, by its SessionStatus, and a word that says more
    where the service's own has no state here."""
    word = word.upper()
    state = _STATES.get(word)
    if state is not None:
        return state, ""
    return State.IDLE, "" if word in _QUIET else word.lower()

"""How the run of a question begins, and what is given back when a run has ended."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from das_tui import later
from das_tui.domain.events import QuestionAsked
from das_tui.domain.record import Service
from das_tui.domain.setup import SessionSetup
from das_tui.run.cashier import Cashier
from das_tui.run.kept import Kept, derived_target, derived_title
from das_tui.run.messages import question
from das_tui.run.queue import Ticket
from das_tui.run.runner import House, Run
from das_tui.run.setup import chat_props
from das_tui.store.store import Store
from das_tui.wire.request import Request

if TYPE_CHECKING:
    from das_tui.run import das_run, dms_run
    from das_tui.wire import chat, das
else:
    das_run = later.module("das_tui.run.das_run")
    dms_run = later.module("das_tui.run.dms_run")
    chat = later.module("das_tui.wire.chat")
    das = later.module("das_tui.wire.das")


class Starter:
    """Begins runs of sessions that are claimed, and gives the claims back."""

    def __init__(self, store: Store, cashier: Cashier) -> None:
        self._store = store
        self._cashier = cashier

    def put(
        self,
        house: House,
        kept: Kept,
        text: str,
        setup: SessionSetup | None,
        ticket: Ticket | None = None,
        *,
        agreed: bool = False,
    ) -> None:
        """Store a question and begin its run; `ticket` is its place in the queue, if it has one,
        `agreed` whether the operator agreed to pass the budget."""
        try:
            kept.row = replace(
                kept.row,
                asked_at=house.clock(),
                title=kept.row.title or derived_title(text),
                target=kept.row.target or derived_target(text),
            )
            kept.payer = house.account.profile
            run = _asking(house, kept, text, setup, ticket, agreed=agreed)
            if ticket is not None and ticket.stored:
                kept.left.append(ticket.stored)
            house.writer.fact(kept, QuestionAsked(text=text))
        except BaseException:
            self._store.release(kept.row.key)
            raise
        self.begin(kept, run)

    def begin(self, kept: Kept, run: Run) -> None:
        """Begin a run of a claimed session."""
        kept.run = run
        run.start(self._ended)

    def _ended(self, kept: Kept) -> None:
        self._cashier.ended(kept)
        if not self._cashier.follow_ups.holds(kept.row.key):
            self._store.release(kept.row.key)


def _asking(
    house: House,
    kept: Kept,
    text: str,
    setup: SessionSetup | None = None,
    ticket: Ticket | None = None,
    *,
    agreed: bool = False,
) -> Run:
    row = kept.row
    if row.service == Service.DMS:
        return sending(house, kept, question(house, kept, text))
    if row.service == Service.CHAT:
        if not row.session_id:
            # The service gives no id in this dialect, so the client chooses one.
            kept.row = replace(row, session_id=str(uuid.uuid4()))
        props = chat_props(row, setup)
        request = chat.question(text, kept.row.session_id, row.agent_id, **props)
    else:
        request = das.question(text, row.session_id, row.agent_id)
    return das_run.DasRun(house, kept, request, text, ticket=ticket, agreed=agreed)


def sending(house: House, kept: Kept, message: Callable[[], Request]) -> Run:
    """A run that sends a message to DMS and reads on behind what is stored of its session."""
    at = kept.ledger.resume_at() if kept.row.frames and kept.row.session_id else 0
    return dms_run.DmsRun(house, kept, message=message, at=at)

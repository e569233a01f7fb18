"""Messages into a DMS session that are no questions: answers to an ask, requests for a report."""

from __future__ import annotations

from dataclasses import replace

from das_tui.domain import words
from das_tui.domain.blocks import Ask
from das_tui.domain.events import QuestionAsked, ReplyGiven
from das_tui.domain.record import Service
from das_tui.run.errors import NothingToAnswer, NotPossible
from das_tui.run.messages import answer, report, report_words
from das_tui.run.reach import Reach, check_owner, check_read
from das_tui.run.starting import sending

CHOICES = frozenset({"approve", "approve_all", "refuse", "edit", "reply"})
"""How an ask can be answered."""


class Replying:
    """Each command returns when what it says is stored; the rest goes on in a run."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach

    async def reply(self, key: str, choice: str, text: str, shown: Ask | None) -> None:
        """As `Supervisor.reply`."""
        reach = self._reach
        house = reach.sending()
        if choice not in CHOICES:
            raise NotPossible(f"{choice!r} is no way to answer.")
        kept = await reach.claimed(key)
        try:
            ask = kept.turn.overview.ask
            if kept.row.service != Service.DMS or ask is None:
                raise NothingToAnswer("This session does not wait for an answer.")
            if shown is not None and ask != shown:
                raise NothingToAnswer("Something else is asked by now; nothing was sent.")
            message = words.message(ask.kind, choice, text)
            if not message.strip():
                raise NotPossible("There are no words to answer with.")
            run = sending(house, kept, answer(house, kept, ask, message))
            kept.row = replace(kept.row, asked_at=reach.clock())
            house.writer.fact(
                kept,
                ReplyGiven(
                    choice=choice,
                    text=message,
                    kind=ask.kind.value,
                    ask_checkpoint=ask.checkpoint,
                ),
            )
        except BaseException:
            reach.release(key)
            raise
        reach.begin(kept, run)

    async def report(self, key: str, prompt: str, theme: str) -> None:
        """As `Supervisor.report`."""
        reach = self._reach
        house = reach.sending()
        check_owner(reach.row(key), house.account)
        check_read(reach.row(key))
        kept = await reach.claimed(key)
        try:
            if kept.row.service != Service.DMS or not kept.row.session_id:
                raise NotPossible("There is no session of the Data Agent to report on.")
            text = report_words(kept.row, prompt)
            run = sending(house, kept, report(house, kept, text, prompt.strip(), theme))
            kept.row = replace(kept.row, asked_at=reach.clock())
            house.writer.fact(kept, QuestionAsked(text=text))
        except BaseException:
            reach.release(key)
            raise
        reach.begin(kept, run)

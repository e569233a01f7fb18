"""The messages of a DMS session as requests: questions, answers to asks, reports, the cancel."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from das_tui import later
from das_tui.domain.blocks import Ask
from das_tui.domain.session import Session
from das_tui.domain.setup import SessionSetup
from das_tui.run.kept import Kept
from das_tui.run.runner import House
from das_tui.run.setup import setup_of, workspace

if TYPE_CHECKING:
    from das_tui.wire import dms_calls as dms
    from das_tui.wire.request import Request
else:
    dms = later.module("das_tui.wire.dms_calls")

CANCEL_WORDS = "cancel"
REPORT_WORDS = "生成网页报告"
REPORT_WORDS_ENGLISH = "Make a web report"
"""What a report is asked for with where the operator has no words of his own."""

NOTHING = SessionSetup()

Message = Callable[[], "Request"]
"""Makes the request when it is sent: the ids of the session may not be known before."""


def question(house: House, kept: Kept, text: str) -> Message:
    """An ordinary message; the first of a session carries the settings that it was begun with."""
    row = kept.row
    setup = setup_of(row) if row.origin == "here" and not row.frames else NOTHING
    return lambda: _message(house, kept, text, setup=setup)


def answer(house: House, kept: Kept, ask: Ask, text: str) -> Message:
    """The answer to an ask, in the form that the profile chose."""
    if house.account.reply != "additional":
        return lambda: _message(house, kept, text)
    reply_to = "" if ask.checkpoint is None else str(ask.checkpoint)
    asked = ask.text or ask.sql
    return lambda: _message(house, kept, text, kind="additional", question=asked, reply_to=reply_to)


def report(house: House, kept: Kept, text: str, prompt: str, theme: str) -> Message:
    """The wish for a web report, of `prompt` and `theme` where they are given."""
    wanted = {"ReportPrompt": prompt, "ReportTheme": theme, "ReportType": "WebReport"}
    setup = SessionSetup(
        params=tuple(
            ("TaskConfig", f"ReportConfig.{name}", value) for name, value in wanted.items() if value
        )
    )
    return lambda: _message(house, kept, text, kind="report", setup=setup)


def report_words(row: Session, prompt: str) -> str:
    """The text of a message that asks for a report."""
    english = setup_of(row).language.upper() == "ENGLISH"
    return prompt.strip() or (REPORT_WORDS_ENGLISH if english else REPORT_WORDS)


def cancel(house: House, kept: Kept) -> Request:
    """The wish that the session's work is cancelled."""
    return _message(house, kept, CANCEL_WORDS, kind="cancel")


def _message(
    house: House,
    kept: Kept,
    text: str,
    *,
    kind: str = "primary",
    question: str = "",
    reply_to: str = "",
    setup: SessionSetup = NOTHING,
) -> Request:
    row = kept.row
    return dms.send_message(
        row.session_id,
        row.agent_id,
        text,
        message_type=kind,
        question=question,
        reply_to=reply_to,
        unit=house.unit.known,
        workspace_id=workspace(row, house.account),
        setup=setup,
    )

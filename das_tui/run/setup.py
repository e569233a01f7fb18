"""What a session's setup means for its runs: kept in the row, so that it survives a restart."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from das_tui.domain.record import Service
from das_tui.domain.session import Session
from das_tui.domain.setup import SessionSetup
from das_tui.run.account import Account
from das_tui.wire.request import compact


def settled(setup: SessionSetup, service: str, account: Account) -> SessionSetup:
    """The setup of a new session with what the profile adds: DMS sessions keep the workspace that
    they are made in, whatever the profile says later. DAS itself has nothing to set up."""
    if service == Service.DMS and account.workspace_id and not setup.workspace:
        return replace(setup, workspace=account.workspace_id)
    return SessionSetup() if service == Service.DAS else setup


def setup_of(row: Session) -> SessionSetup:
    """How a session was set up."""
    return SessionSetup.read(row.setup)


def workspace(row: Session, account: Account) -> str:
    """The workspace that a session lives in: its own, else the profile's, else none."""
    return setup_of(row).workspace or account.workspace_id


def target(setup: SessionSetup) -> str:
    """The database that a session is about, by its first data source that names one."""
    return next((name for source in setup.sources if (name := database(source))), "")


def database(source: Any) -> str:
    """The name of the database of a data source, empty where it has none."""
    name = source.get("DbName")
    return name if isinstance(name, str) else ""


def chat_props(row: Session, setup: SessionSetup | None) -> dict[str, str]:
    """Parameters of `Chat` beside the message, by the names that `chat.question` has for them:
    those of `setup`, else those that the session was begun with. `Resume` answers one interaction
    and is never repeated. Objects become their JSON."""
    names = {"Resume": "resume", "Summary": "summary", "ForwardedProps": "forwarded_props"}
    given = (setup or setup_of(row)).plain("Chat")
    if not setup and row.frames:
        given.pop("Resume", None)
    return {
        ours: value if isinstance(value, str) else compact(value)
        for name, ours in names.items()
        if (value := given.get(name))
    }

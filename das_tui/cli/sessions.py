"""`das-tui sessions`: what is stored."""

import json
import time
from collections.abc import Sequence

import click
from rich.cells import cell_len

from das_tui.cli import exits
from das_tui.cli.context import Context
from das_tui.cli.history import name, opened
from das_tui.domain.session import Session
from das_tui.view.ages import age, thousands
from das_tui.view.clean import one_line

_HEADS = ("SESSION", "SERVICE", "STATE", "LAST", "KEPT", "TARGET", "TITLE")


@click.command("sessions")
@click.option("--remote", is_flag=True, help="Those that the DMS service has; asks it.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def command(given: Context, remote: bool, as_json: bool) -> int:
    """List the stored sessions, the latest first; works offline.

    With --remote the sessions of the DMS Data Agent are asked for, also those begun elsewhere.
    They are stored by their ids alone: das-tui attach and the app read them.
    """
    if remote:
        from das_tui.cli.remote import listed

        with opened() as store:
            sessions = listed(given, store)
    else:
        with opened(read_only=True) as store:
            sessions = sorted(store.sessions(), key=lambda s: s.last_at, reverse=True)
    if as_json:
        for session in sessions:
            origin = {"origin": session.origin} if remote else {}
            given.out.line(json.dumps(_fields(session) | origin))
    elif sessions:
        now = time.time()
        _table(given, [_HEADS, *(_row(session, now) for session in sessions)])
    return exits.FINISHED


def _table(given: Context, rows: Sequence[Sequence[str]]) -> None:
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (
            cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)
        )
        given.out.line("  ".join(cells).rstrip())


def _row(session: Session, now: float) -> tuple[str, ...]:
    return (
        name(session),
        one_line(session.service),
        session.state.value,
        age(now - session.last_at),
        thousands(session.frames),
        one_line(session.target) or "-",
        one_line(session.title),
    )


def _fields(session: Session) -> dict[str, object]:
    return {
        "session": session.session_id,
        "agent": session.agent_id,
        "key": session.key,
        "service": session.service,
        "state": session.state.value,
        "detail": session.detail,
        "title": session.title,
        "target": session.target,
        "profile": session.profile,
        "created_at": session.created_at,
        "last_at": session.last_at,
        "kept": session.frames,
        "unread": session.unread,
        "errors": session.errors,
        "chars": session.chars,
        "checkpoint": session.checkpoint,
    }

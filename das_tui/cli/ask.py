"""`das-tui ask`: one question, its answer on stdout."""

import contextlib
import sys
import time
import uuid
from dataclasses import replace

import click

from das_tui.cli import account, setting_up, watch
from das_tui.cli.context import Context
from das_tui.cli.history import find, opened
from das_tui.cli.options import SERVICES
from das_tui.cli.output import narrate
from das_tui.domain.record import Service
from das_tui.domain.session import Session
from das_tui.run.supervisor import Supervisor
from das_tui.store.errors import AmbiguousSession, UnknownSession
from das_tui.store.store import Store
from das_tui.view.clean import one_line

_WHOLE_ID = 16
"""An unknown session as long as this is taken for an id of the service, a shorter one for a
prefix that was mistyped."""


@click.command("ask")
@click.argument("question", metavar="QUESTION|-")
@click.option("--service", type=SERVICES, default=None, help="Who is asked (das).")
@click.option("--session", metavar="ID", help="Go on in this session.")
@click.option("--agent-id", metavar="ID", default="", help="Agent to ask.")
@click.option("--level", metavar="N", type=int, help="Drop what has a level below N.")
@click.option("--json", "as_json", is_flag=True, help="The frames as JSON lines.")
@click.option("--instance-id", metavar="ID", default="", help="Deprecated; never sent.")
@setting_up.options
@click.pass_obj
def command(
    given: Context,
    question: str,
    service: str | None,
    session: str | None,
    agent_id: str,
    level: int | None,
    as_json: bool,
    instance_id: str,
    begun_with: setting_up.Given,
) -> int:
    """Ask one question and print the answer as it comes; `-` reads it from stdin.

    Paid by the character at the DAS agent; a question is never sent a second time. Everything is
    stored and can be printed again with `das-tui show`.
    """
    text = _question(question)
    setting_up.instance(instance_id, text)
    name, profile = account.choose(given)
    asked = account.build(name, profile)
    if profile.budget is not None and profile.price_per_char is None:
        narrate("das-tui: the budget is not applied: the profile has no price_per_char")
    with opened() as store:
        default = Service.CHAT if profile.das_api == "Chat" and session else Service.DAS
        row, known = _session(store, session, service, default)
        asks_chat = row.service == Service.DAS and not row.key and profile.das_api == "Chat"
        begun_with.check(Service.CHAT if asks_chat else row.service, new=not row.key)
        watcher = watch.Watcher(given, row, as_json=as_json, level=level, echo=False)
        if known:
            watcher.prime(store.load(row.key))

        async def begin(supervisor: Supervisor) -> str:
            await account.check(asked, row.service)
            supervisor.cashier.check(row.service)
            if row.key and not known:
                store.create(replace(row, agent_id=agent_id, profile=name))
            return await supervisor.ask(
                text,
                service=row.service,
                key=row.key,
                agent_id=agent_id or row.agent_id,
                setup=await begun_with.complete(supervisor),
            )

        return watch.run(store, asked, watcher, begin, resumable=row.service == Service.DMS)


def _question(given: str) -> str:
    text = given
    if given == "-":
        text = sys.stdin.buffer.read().decode("utf-8", "replace") if sys.stdin else ""
    text = text.encode("utf-8", "replace").decode().strip()
    if not text:
        raise click.UsageError("The question is empty.")
    return text


def _session(
    store: Store, name: str | None, service: str | None, default: str
) -> tuple[Session, bool]:
    """The session to go on in, and whether it is stored; one without a key for a new one."""
    if name is None:
        return Session(key="", service=service or default), False
    with contextlib.suppress(AmbiguousSession):
        try:
            store.find(name)
        except UnknownSession:
            if len(name) >= _WHOLE_ID:
                return _foreign(name, service or default), False
    found = find(store, name)
    if service not in {None, found.service}:
        raise click.UsageError(f"Session {one_line(name)} belongs to {found.service}.")
    return found, True


def _foreign(session_id: str, service: str) -> Session:
    """A session that the service knows and the store does not."""
    now = time.time()
    return Session(
        uuid.uuid4().hex,
        service,
        session_id=session_id,
        created_at=now,
        last_at=now,
        since=now,
    )

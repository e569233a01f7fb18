"""`das-tui attach`: follow a run of the DMS Data Agent that exists already."""

import click

from das_tui.cli import account, exits, watch
from das_tui.cli.context import Context
from das_tui.cli.history import opened
from das_tui.domain.record import Service
from das_tui.domain.session import Session
from das_tui.run.supervisor import Supervisor


@click.command("attach")
@click.argument("session_id", metavar="SESSION_ID")
@click.option("--agent-id", metavar="ID", required=True, help="Agent of the session.")
@click.option("--from-start", is_flag=True, help="Replay from the beginning.")
@click.option("--checkpoint", metavar="N", type=click.IntRange(0, 2**63 - 1), help="Begin there.")
@click.option("--level", metavar="N", type=int, help="Drop what has a level below N.")
@click.option("--json", "as_json", is_flag=True, help="The frames as JSON lines.")
@click.pass_obj
def command(
    given: Context,
    session_id: str,
    agent_id: str,
    from_start: bool,
    checkpoint: int | None,
    level: int | None,
    as_json: bool,
) -> int:
    """Follow a run of the DMS Data Agent that exists already, to its end.

    Without options it goes on after what is stored of it, else with what comes from now on.
    Following sends nothing that changes or costs anything.
    """
    if from_start and checkpoint is not None:
        raise click.UsageError("--from-start and --checkpoint exclude each other.")
    name, profile = account.choose(given)
    chosen = account.build(name, profile)
    at = 0 if from_start else checkpoint
    with opened() as store:
        stored = store.by_service_id(Service.DMS, session_id)
        watcher = watch.Watcher(
            given,
            stored or Session(key="", service=Service.DMS, session_id=session_id),
            as_json=as_json,
            level=level,
            echo=True,
        )
        if stored is not None and from_start:
            watcher.repeat(stored, store.load(stored.key))
        elif stored is not None:
            watcher.prime(store.load(stored.key))

        async def begin(supervisor: Supervisor) -> str:
            await account.check(chosen, Service.DMS)
            return await supervisor.attach(session_id, agent_id, at)

        code = watch.run(store, chosen, watcher, begin, resumable=True)
        made = store.by_service_id(Service.DMS, session_id)
        if stored is None and made is not None and not made.frames and code != exits.FINISHED:
            # A mistyped id, or no way to the service: nothing was received that is worth a row.
            store.delete(made.key)
        return code

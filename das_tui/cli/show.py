"""`das-tui show`: a stored session again."""

import click

from das_tui.cli import exits
from das_tui.cli.context import Context
from das_tui.cli.history import find, opened
from das_tui.cli.lines import Lines
from das_tui.cli.plain import Printer, spec_for
from das_tui.domain.record import LOCAL, Frame, Service
from das_tui.domain.session import Session
from das_tui.domain.turn import Turn
from das_tui.run.replay import read
from das_tui.store.store import Store

_FLUSHED = 512


@click.command("show")
@click.argument("session", metavar="SESSION")
@click.option("--level", metavar="N", type=int, help="Drop what has a level below N.")
@click.option("--json", "as_json", is_flag=True, help="The stored frames as JSON lines.")
@click.pass_obj
def command(given: Context, session: str, level: int | None, as_json: bool) -> int:
    """Print a stored session again; works offline.

    SESSION is the id of the service, or the beginning of it.
    """
    with opened(read_only=True) as store:
        found = find(store, session)
        if as_json:
            _print_lines(given, store, found, level)
        else:
            _print_blocks(given, store, found, level)
    return exits.FINISHED


def _print_lines(given: Context, store: Store, session: Session, level: int | None) -> None:
    known = "" if session.service == Service.DAS else session.session_id
    lines = Lines(given.out, level, known)
    for record in store.load(session.key):
        if given.out.gone:
            return
        if record.source != LOCAL:
            lines.write(record.source, Frame(record.event, record.data), record.seq)


def _print_blocks(given: Context, store: Store, session: Session, level: int | None) -> None:
    turn = Turn(whole=True)
    spec = spec_for(given.out, session, ascii_only=given.ascii)
    printer = Printer(given.out.line, spec, level)
    for record in store.load(session.key):
        for event in read(record):
            turn.apply(event, record.at, record.position)
        if record.position % _FLUSHED == 0:
            printer.take(turn.changed())
            given.out.flush()
            if given.out.gone:
                return
    printer.take(turn.changed())
    printer.close()

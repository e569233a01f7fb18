"""`das-tui decode`: a recorded stream to JSON lines, offline."""

from collections.abc import Iterator
from io import BufferedIOBase

import click

from das_tui.cli import exits
from das_tui.cli.context import Context
from das_tui.cli.lines import Lines
from das_tui.cli.options import SERVICES
from das_tui.cli.output import Output, narrate
from das_tui.domain.events import MalformedArrived, RunFailed
from das_tui.domain.record import Frame
from das_tui.wire import dialect
from das_tui.wire.sse import SseDecoder

_PIECE = 64 * 1024


@click.command("decode")
@click.option("--service", type=SERVICES, required=True, help="Dialect of the stream.")
@click.argument("source", metavar="FILE|-", type=click.File("rb"))
@click.pass_obj
def command(given: Context, service: str, source: BufferedIOBase) -> int:
    """Decode a recorded body of a stream and print one JSON line a frame, offline.

    Ends with 1 if a payload was malformed or the stream reports a failure.
    """
    lines = Lines(given.out, level=None)
    failed = False
    for seq, frame in enumerate(_frames(source, given.out), 1):
        events = dialect.decode(service, frame)
        lines.write(service, frame, seq, events)
        failed = failed or any(isinstance(e, MalformedArrived | RunFailed) for e in events)
    return exits.FAILED if failed else exits.FINISHED


def _frames(source: BufferedIOBase, out: Output) -> Iterator[Frame]:
    """Frames as they come; what is printed for the ones before is flushed before a read."""
    decoder = SseDecoder()
    out.flush()
    while not out.gone and (piece := source.read1(_PIECE)):
        yield from decoder.feed(piece)
        out.flush()
    if out.gone:
        return
    yield from decoder.close()
    if decoder.dropped:
        narrate("das-tui: the last event was cut off and is not shown")

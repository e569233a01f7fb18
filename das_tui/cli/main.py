"""The console script. Every way out of the program ends here with one exit code."""

import gc
import signal
import sys
from types import FrameType

from das_tui.cli import exits, log
from das_tui.cli.context import Context
from das_tui.cli.output import narrate
from das_tui.config.errors import ConfigError


def run(arguments: list[str]) -> int:
    """Run the command line and return its exit code; nothing is raised."""
    _listen_to_signals()
    log.start()
    context = Context()
    try:
        code = _dispatched(arguments, context)
        context.out.flush()
        if context.out.fault:
            narrate(f"das-tui: stdout cannot be written: {context.out.fault}")
            return code or exits.LOCAL
        return code
    except KeyboardInterrupt:
        return exits.by_signal(signal.SIGINT)
    except exits.Ended as ended:
        return ended.code
    except (exits.Stop, ConfigError) as error:
        context.out.flush()
        if str(error):
            narrate(f"das-tui: {error}")
        return error.code if isinstance(error, exits.Stop) else exits.LOCAL
    except BrokenPipeError:
        context.out.flush()
        return exits.FINISHED
    except Exception as error:
        from das_tui.cli import failure

        return failure.settle(error)


def _dispatched(arguments: list[str], context: Context) -> int:
    if not arguments:
        # The app as it is started most: there is nothing to parse.
        from das_tui.cli import app

        return app.start(context, ask=None, attach=None)
    from das_tui.cli import options

    return options.parse(arguments, context)


def main() -> None:
    """The console script."""
    # Nothing of what a start imports is garbage; what runs long enables it again.
    gc.disable()
    sys.exit(run(sys.argv[1:]))


def _listen_to_signals() -> None:
    """Signals end the program in order; one that is ignored stays ignored (nohup)."""
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(signum) is not signal.SIG_IGN:
            signal.signal(signum, _end)


def _end(signum: int, _: FrameType | None) -> None:
    raise exits.Ended(signum)

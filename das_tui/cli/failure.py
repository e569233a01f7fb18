"""Errors that end a command: known ones in their own words, others without local variables."""

import traceback

from das_tui.cli import exits, log
from das_tui.cli.output import narrate
from das_tui.run.errors import RunError
from das_tui.store.errors import StoreError
from das_tui.view.clean import one_line
from das_tui.wire import errors

_LONGEST = 2000


def settle(error: Exception) -> int:
    """Say on stderr what ended the command; the exit code for it."""
    if isinstance(error, errors.WireError):
        return _wire_error(error)
    if isinstance(error, RunError):
        _say(error.title, error.text, error.way_out)
        return exits.LOCAL
    if isinstance(error, StoreError):
        _say(f"history: {error}")
        return exits.LOCAL
    return _report(error)


def _wire_error(error: errors.WireError) -> int:
    title = f"{error.title} ({error.fact})" if error.fact else error.title
    request = f"request {error.request_id}" if error.request_id else ""
    _say(title, error.text, error.way_out, request)
    if isinstance(error, errors.NoCredentials | errors.InsecureEndpoint):
        return exits.LOCAL
    if isinstance(error, errors.NotReached | errors.Throttled):
        return exits.NOT_REACHED
    if isinstance(error, errors.Refused):
        return exits.FAILED
    return exits.INCOMPLETE


def _say(title: str, *texts: str) -> None:
    shown = [one_line(text, _LONGEST) for text in texts if text]
    narrate("\n".join([f"das-tui: {one_line(title)}", *(f"  {text}" for text in shown)]))


def _report(error: Exception) -> int:
    """One line to stderr, and to the log the calls that led to the error."""
    what = log.safe("".join(traceback.format_exception_only(error)).strip()) or "unknown"
    kept = log.write("internal error\n" + "".join(traceback.format_exception(error)))
    line = f"das-tui: internal error: {one_line(what.splitlines()[0])}"
    narrate(f"{line}; details in {kept}" if kept else line)
    return exits.INTERNAL

"""What one check of `doctor` says."""

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from das_tui.cli import exits
from das_tui.light import dataclass
from das_tui.wire import errors


class Outcome(StrEnum):
    """How a check came out."""

    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Check:
    """One line. `code` is the exit code that a failure asks for; `facts` are for JSON only."""

    name: str
    outcome: Outcome
    text: str
    way_out: str = ""
    code: int = exits.FINISHED
    facts: Mapping[str, object] = field(default_factory=dict)


def ok(name: str, text: str, **facts: object) -> Check:
    """Nothing to do."""
    return Check(name, Outcome.OK, text, facts=facts)


def warning(name: str, text: str, way_out: str = "", **facts: object) -> Check:
    """The program works, but not as well as it could, or something could not be found out."""
    return Check(name, Outcome.WARNING, text, way_out, facts=facts)


def local(name: str, text: str, way_out: str, **facts: object) -> Check:
    """Something on this machine keeps the program from working."""
    return Check(name, Outcome.FAILURE, text, way_out, exits.LOCAL, facts)


def by_error(name: str, error: errors.WireError) -> Check:
    """The failure that an error of the wire is, with the exit code that it has elsewhere."""
    code = exits.FAILED
    if isinstance(error, errors.NoCredentials | errors.InsecureEndpoint):
        code = exits.LOCAL
    elif isinstance(error, errors.NotReached | errors.LineBroken):
        code = exits.NOT_REACHED
    title = f"{error.title} ({error.fact})" if error.fact else error.title
    facts = {
        "error": type(error).__name__,
        "status": error.status,
        "code": error.code,
        "request": error.request_id,
    }
    text = f"{title}. {error.text}".strip()
    return Check(name, Outcome.FAILURE, text, error.way_out, code, facts)


def exit_code(checks: list[Check]) -> int:
    """Of the failures: local ones count most, since they have to be mended first, then those of
    the service, then what was not reached."""
    codes = {check.code for check in checks if check.outcome is Outcome.FAILURE}
    for code in (exits.LOCAL, exits.FAILED, exits.NOT_REACHED):
        if code in codes:
            return code
    return exits.FINISHED

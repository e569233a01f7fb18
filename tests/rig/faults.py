"""The table of faults: for each the verdict, exit code, number of requests and time that are right.

A fault is one thing that goes wrong for one agent; the same thing may go wrong for several.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.rig.front import Spoil, Step

OUTAGE = 1 + 2 + 4 + 8 + 16 + 30 + 30
"""The longest that seven waits between eight tries may take, in seconds."""


@dataclass(frozen=True)
class Fault:
    """`agent` is `das`, `chat`, `dms` (asked) or `attach` (followed). `line` is what is wrong
    before anything is asked: `nobody`, `crowd`, `mute`, `plain`, or a kind of certificate; `script`
    and `every` what goes wrong after that (see `Front`). `service` are options of the built-in one.

    Right are `verdict`, the exit `code`, the number of `requests` by action, `elsewhere` never
    reached, `says` in what is told and nothing of `never`; of the good events `kept` are `all`,
    `some` or `none`. `after` is the least number of seconds between the first request and the
    second one of the same action. The run ends within `waits` seconds times the pace plus `fixed`.
    """

    name: str
    agent: str
    verdict: str
    code: int
    line: str = ""
    script: Mapping[str, Sequence[Step]] = field(default_factory=dict)
    every: Mapping[str, Spoil] = field(default_factory=dict)
    lasting: bool = False
    service: Mapping[str, object] = field(default_factory=dict)
    requests: Mapping[str, int] = field(default_factory=dict)
    says: Sequence[str] = ()
    never: Sequence[str] = ()
    kept: str = "all"
    after: float = 0.0
    waits: float = 0.0
    fixed: float = 0.0

    @property
    def title(self) -> str:
        return f"{self.agent}: {self.name}"


def table() -> list[Fault]:
    """All faults."""
    from tests.rig import das_faults, dms_faults, line_faults

    return [*line_faults.faults(), *das_faults.faults(), *dms_faults.faults()]

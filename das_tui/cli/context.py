"""What the options before a command say."""

from dataclasses import field

from das_tui.cli.output import Output
from das_tui.light import dataclass


@dataclass(slots=True)
class Context:
    """What the options before a command say; `out` is stdout."""

    profile: str | None = None
    level: int | None = None
    ascii: bool = False
    mouse: bool = True
    theme: str = ""
    out: Output = field(default_factory=Output)

"""What the app is started with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from das_tui.run.account import Account


@dataclass(frozen=True, slots=True)
class LiveRun:
    """A question to ask at the start (the demo's live sessions)."""

    service: str
    text: str
    title: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppOptions:
    """One start of the app.

    `account` is None without a profile: stored sessions can be read, nothing is sent. `level` is
    the threshold to start with. `ask` is (service, question), `attach` (session id, agent id).
    `runs` are asked only if no stored session is still running. `on_receiving` is called when the
    screen is gone and a paid answer is still received.
    """

    store_path: Path
    account: Account | None = None
    demo: bool = False
    ask: tuple[str, str] | None = None
    attach: tuple[str, str] | None = None
    level: int = 20
    ascii: bool = False
    mouse: bool = True
    theme: str = ""
    utc: bool = False
    title: str = "das-tui"
    runs: Sequence[LiveRun] = field(default_factory=tuple)
    config_path: Path | None = None
    on_receiving: Callable[[], None] | None = None

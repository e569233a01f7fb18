"""What the app is started with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from pathlib import Path

from das_tui.config.profiles import Profile
from das_tui.config.settings import Bell, Density, Grouping, LinkMode, Order
from das_tui.light import dataclass
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
    screen is gone and a paid answer is still received, `on_unstored` when something that came could
    not be stored to the end, with the reason.

    `keep_days` and `keep_megabytes` say what is removed by itself (`Engine.sweep`), 0 for nothing.
    `keys` are the operator's own, by id of action (`das_tui.tui.keymap`); `trouble` is a sentence
    about `settings.toml` where it could not be used.

    `config_path` is `config.toml`, `settings_path` the app's own file; without the first there are
    no profiles, as in the demo. `open_account` makes the account of a profile by its name; nothing
    is read or sent for that. `open_editor` lets the operator edit a file on the terminal, which the
    app has left meanwhile, and says in a sentence what went wrong, if anything did.
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
    seconds: bool = False
    density: Density = "roomy"
    bell: Bell = "bell"
    order: Order = "created"
    group: Grouping = "target"
    link: LinkMode = "auto"
    keep_days: int = 0
    keep_megabytes: int = 0
    keys: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    title: str = "das-tui"
    runs: Sequence[LiveRun] = field(default_factory=tuple)
    config_path: Path | None = None
    on_receiving: Callable[[], None] | None = None
    on_unstored: Callable[[str], None] | None = None
    settings_path: Path | None = None
    trouble: str = ""
    open_account: Callable[[str, Profile], Account] | None = None
    open_editor: Callable[[Path], str] | None = None

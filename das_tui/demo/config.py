"""What the built-in service is told when it starts."""

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Self

OPTION_WORDS: dict[str, dict[str, Any]] = {
    "open": {"end_stream": False},
    "no-event-line": {"event_line": False},
    "no-event-type": {"json_event_type": False},
    "upper": {"upper_case": True},
    "inclusive": {"inclusive": True},
    "shared": {"checkpoint_group": 3},
    "cut": {"cut_after": 60},
}
"""Words that a scenario text may carry behind its name, and the options that they set."""


@dataclass(frozen=True, slots=True)
class ServiceConfig:
    """Settings of one service.

    `scenario` forces the scenario for every question that it can answer; None chooses by the
    words of the question. `speed` divides all delays; 0 means no delay at all. `rate` replaces
    every answer by an endless stream of that many events a second, whatever the speed. With a
    `seed` every session cuts its texts in the same way; None draws one for each session.

    Options of the DMS stream: `end_stream` False leaves it open where `SSE_FINISH` would end it;
    `event_line` False omits the `event:` lines and `json_event_type` False the JSON field
    `event_type` (not both); `upper_case` writes types and categories in upper case; `inclusive`
    replays the event at the asked checkpoint too; `checkpoint_group` lets that many neighbouring
    events share a checkpoint. `cut_after` breaks every DMS stream off after that many events,
    without an end mark. `das_limit` is the number of DAS conversations at a time, 0 for any.

    `heartbeat` is the silence in seconds after which a DMS stream gives a sign of life by itself.

    `agent_start` is how long the agent of a new session says that it is starting, `files_after`
    how long after its announcement a file can be listed; both in seconds at speed 1.
    `cut_files_after` breaks every download off after that many bytes. `unit` is the tenant's
    unit, empty for the default one.

    `state_file` keeps sessions over restarts and brings the demo's older sessions with it.
    `request_log` is a file that gets each request that was let in as a line of JSON.
    `api_key`, when set, opens `POST /apikey`. With a `security_token` the AccessKey is a temporary
    one, good for `token_seconds` from the start (0 for ever). `until_stdin_closes` ends the
    service at the end of its standard input. Keys are shown by no `repr`.
    """

    access_key_id: str = "demo"
    access_key_secret: str = "demo"
    api_key: str = ""
    security_token: str = ""
    token_seconds: float = 0.0
    scenario: str | None = None
    speed: float = 1.0
    rate: float | None = None
    seed: int | None = None
    end_stream: bool = True
    event_line: bool = True
    json_event_type: bool = True
    upper_case: bool = False
    inclusive: bool = False
    checkpoint_group: int = 1
    cut_after: int = 0
    das_limit: int = 0
    heartbeat: float = 15.0
    agent_start: float = 0.0
    files_after: float = 2.0
    cut_files_after: int = 0
    unit: str = "cn-hangzhou"
    state_file: Path | None = None
    request_log: Path | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    host: str = "127.0.0.1"
    port: int = 0
    until_stdin_closes: bool = False

    def __post_init__(self) -> None:
        if not self.event_line and not self.json_event_type:
            raise ValueError("event lines and event_type cannot both be omitted")
        if self.speed < 0 or (self.rate is not None and self.rate <= 0):
            raise ValueError("speed must not be negative and rate must be positive")

    def __repr__(self) -> str:
        hidden = {"access_key_id", "access_key_secret", "api_key", "security_token"}
        shown = (
            f"{f.name}={getattr(self, f.name)!r}" for f in fields(self) if f.name not in hidden
        )
        return f"ServiceConfig({', '.join(shown)})"

    def with_scenario(self, text: str) -> Self:
        """The same settings with a scenario text such as `analysis`, `analysis,inclusive` or
        `open,upper`: a scenario name, words of `OPTION_WORDS`, or both, joined by commas.

        Raises ValueError for a word that is neither.
        """
        from das_tui.demo.scenarios import NAMES

        config = self
        for word in filter(None, (part.strip() for part in text.split(","))):
            if word in OPTION_WORDS:
                config = replace(config, **OPTION_WORDS[word])
            elif word in NAMES:
                config = replace(config, scenario=word)
            else:
                known = ", ".join([*NAMES, *OPTION_WORDS])
                raise ValueError(f"no scenario {word!r}; there are: {known}")
        return config

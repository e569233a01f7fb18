"""How a new DMS session is set up: what the dialog and the options of the shell collect.

One `SessionSetup` goes with a session from the first question to `CreateDataAgentSession` and the
first `SendChatMessage`. Every parameter of those two actions can be set: the usual ones by a field
of their own, the others by `params` (see `parse_param`).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

SKIPS: dict[str, str] = {
    "plan": "SkipPlan",
    "sql": "SkipSqlConfirm",
    "human": "SkipAskHuman",
    "report": "SkipWebReportConfirm",
}
"""Stops of the agent that can be skipped, with the key of `SessionConfig` that does it."""

MODES = ("ASK_DATA", "ANALYSIS", "INSIGHT")
"""Attested modes; any other text is passed on as it is."""

LANGUAGES = ("CHINESE", "ENGLISH")
PLAN_MODES = ("enable", "disable", "force")

_OWNED = frozenset(
    {"Action", "Version", "SessionId", "AgentId", "Message", "SessionConfig", "DataSources"}
)
"""Parameters that runs fill themselves."""

_PLACES = ("Create", "Send", "SessionConfig", "TaskConfig", "Chat")
_HOME = {
    "DatabaseId": "Create",
    "Mode": "Create",
    "ClientToken": "Create",
    "File": "Create",
    "QuotedMessage": "Send",
    "ParentSessionId": "Send",
    "UserOssBucket": "Send",
    "DataSource": "Send",
    "Resume": "Chat",
    "Summary": "Chat",
    "ForwardedProps": "Chat",
}
"""Where a parameter goes that is named without a place."""

_SOURCE_KEYS = {
    "db": "DbName",
    "instance": "DmsInstanceId",
    "database": "DmsDatabaseId",
    "engine": "Engine",
    "region": "RegionId",
    "file": "FileId",
    "uri": "Uri",
    "type": "DataSourceType",
}
"""Short names in `parse_source`, and the keys of the wire."""


class SetupError(ValueError):
    """A setting that cannot be read; the text says which and what is expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSetup:
    """Settings of a new session; empty means that the service decides.

    `search` switches the search of the web. `skip` holds names of `SKIPS`. `sources` are data
    sources as objects of the wire. `params` are (place, name, value) with a place of `Create`,
    `Send`, `SessionConfig`, `TaskConfig` or `Chat`, and a dotted name for an inner key.
    """

    mode: str = ""
    language: str = ""
    search: bool | None = None
    custom_agent: str = ""
    workspace: str = ""
    plan_mode: str = ""
    skip: tuple[str, ...] = ()
    sources: tuple[Mapping[str, Any], ...] = ()
    params: tuple[tuple[str, str, Any], ...] = ()

    def __bool__(self) -> bool:
        return self != SessionSetup()

    def config(self, *, sending: bool) -> dict[str, Any]:
        """The object `SessionConfig`; `sending` for SendChatMessage, whose object has more keys
        (`PlanMode` is understood by both)."""
        found: dict[str, Any] = {}
        if self.language:
            found["Language"] = self.language
        if self.mode:
            found["Mode"] = self.mode
        if self.search is not None:
            found["EnableSearch"] = self.search
        if self.custom_agent:
            found["CustomAgentId"] = self.custom_agent
        if self.plan_mode:
            found["PlanMode"] = self.plan_mode
        if sending:
            found |= {SKIPS[name]: True for name in self.skip if name in SKIPS}
        _lay_over(found, self._at("SessionConfig"))
        return found

    def task(self) -> dict[str, Any]:
        """The object `TaskConfig` of SendChatMessage."""
        found: dict[str, Any] = {}
        _lay_over(found, self._at("TaskConfig"))
        return found

    def plain(self, place: str) -> dict[str, Any]:
        """The parameters of the action `place` (`Create`, `Send`, `Chat`) that are no objects of
        their own here."""
        return dict(self._at(place))

    def _at(self, place: str) -> list[tuple[str, Any]]:
        return [(name, value) for where, name, value in self.params if where == place]

    def text(self) -> str:
        """As one line of JSON, to be kept; empty where nothing is set."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        kept = {name: value for name, value in values.items() if value not in ("", (), None)}
        return json.dumps(kept, ensure_ascii=False) if kept else ""

    @classmethod
    def read(cls, text: str) -> Self:
        """What `text` gave. Anything that is not, or of a later version, is left out."""
        try:
            value = json.loads(text) if text else {}
        except ValueError:
            return cls()
        if not isinstance(value, dict):
            return cls()
        words = {
            name: value[name]
            for name in ("mode", "language", "custom_agent", "workspace", "plan_mode")
            if isinstance(value.get(name), str)
        }
        search = value.get("search")
        return cls(
            **words,
            search=search if isinstance(search, bool) else None,
            skip=tuple(name for name in _items(value, "skip") if name in SKIPS),
            sources=tuple(item for item in _items(value, "sources") if isinstance(item, dict)),
            params=tuple(
                (str(item[0]), str(item[1]), item[2])
                for item in _items(value, "params")
                if isinstance(item, list) and len(item) == 3 and item[0] in _PLACES
            ),
        )


def parse_param(text: str) -> tuple[str, str, Any]:
    """One `NAME=VALUE`: `SessionConfig.KEY`, `TaskConfig.KEY`, `Create.NAME`, `Send.NAME` or
    `Chat.NAME`; a name of the reference that stands in one place only may leave it out.

    A value of the objects is JSON where it reads as such, else text. Raises SetupError.
    """
    name, equals, value = text.partition("=")
    name = name.strip()
    if not equals or not name:
        raise SetupError(f"{text!r}: expected NAME=VALUE")
    place, dot, rest = name.partition(".")
    if not dot or place not in _PLACES:
        if name not in _HOME:
            raise SetupError(
                f"{name}: say where it goes, as one of {', '.join(f'{p}.{name}' for p in _PLACES)}"
            )
        place, rest = _HOME[name], name
    if not rest or any(not part for part in rest.split(".")):
        raise SetupError(f"{name}: a name is missing behind the dot")
    if place in {"Create", "Send", "Chat"}:
        if rest in _OWNED:
            raise SetupError(f"{name} is filled by das-tui itself")
        return place, rest, value
    try:
        return place, rest, json.loads(value)
    except ValueError:
        return place, rest, value


def parse_source(text: str) -> dict[str, Any]:
    """A data source: a JSON object of the wire, a bare database name, or `KEY=VALUE,…` with the
    keys `db`, `instance`, `database`, `engine`, `region`, `file`, `uri`, `type` and `tables`
    (names between `|`). Raises SetupError.
    """
    text = text.strip()
    if text.startswith("{"):
        try:
            value = json.loads(text)
        except ValueError as error:
            raise SetupError(f"data source: no JSON object ({error})") from None
        return {"DataSourceType": "database", **value}
    if not text:
        raise SetupError("data source: nothing is written")
    if "=" not in text:
        return {"DataSourceType": "database", "DbName": text}
    found: dict[str, Any] = {"DataSourceType": "database"}
    for part in text.split(","):
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if key == "tables" and equals:
            found["Tables"] = [name.strip() for name in value.split("|") if name.strip()]
        elif key in _SOURCE_KEYS and equals:
            found[_SOURCE_KEYS[key]] = value
            if key == "file":
                found["DataSourceType"] = "remote_data_center"
        else:
            known = ", ".join([*_SOURCE_KEYS, "tables"])
            raise SetupError(f"data source: {key!r} is none of {known}")
    return found


def source_text(source: Mapping[str, Any]) -> str:
    """A data source in the words of `parse_source`; JSON where those do not reach."""
    short = {wire: name for name, wire in _SOURCE_KEYS.items()}
    parts = []
    for key, value in source.items():
        if key == "DataSourceType" and value in {"database", "remote_data_center"}:
            if (value == "remote_data_center") != ("FileId" in source):
                return json.dumps(dict(source), ensure_ascii=False)
        elif key == "Tables" and isinstance(value, Sequence) and not isinstance(value, str):
            parts.append(f"tables={'|'.join(str(name) for name in value)}")
        elif key in short and isinstance(value, str) and "," not in value:
            parts.append(f"{short[key]}={value}")
        else:
            return json.dumps(dict(source), ensure_ascii=False)
    if len(parts) == 1 and parts[0].startswith("db=") and "=" not in parts[0][3:]:
        return parts[0][3:]
    return ",".join(parts)


def _lay_over(found: dict[str, Any], settings: Sequence[tuple[str, Any]]) -> None:
    """Put values at dotted names, making the objects on the way."""
    for name, value in settings:
        *outer, last = name.split(".")
        at = found
        for part in outer:
            inner = at.get(part)
            if not isinstance(inner, dict):
                inner = at[part] = {}
            at = inner
        at[last] = value


def _items(value: Mapping[str, Any], name: str) -> list[Any]:
    found = value.get(name)
    return found if isinstance(found, list) else []

"""How a new DMS session is set up: what the dialog and the options of the shell collect.

One `SessionSetup` goes with a session from the first question to `CreateDataAgentSession` and the
first `SendChatMessage`. Every parameter of those two actions can be set: the usual ones by a field
of their own, the others by `params` (see `parse_param`).
"""

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import fields
from typing import Any, Self

from das_tui.light import dataclass

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

SECRETS = ("EncryptKey", "McpHeaders")
"""Keys of `SessionConfig` that are never written down, neither here nor on a command line: their
value is `env:NAME`, the environment variable that holds it. Only the making of a session takes
them."""

FROM_ENVIRONMENT = "env:"

_OWNED = {
    "action": "",
    "version": "",
    "regionid": "the profile's region",
    "sessionid": "",
    "agentid": "",
    "message": "the question",
    "messagetype": "",
    "question": "",
    "replyto": "",
    "checkpoint": "",
    "title": "the title of the session",
    "dmsunit": "`dms_unit` of the profile",
    "workspaceid": "the workspace",
    "sessionconfig": "`SessionConfig.KEY`",
    "taskconfig": "`TaskConfig.KEY`",
    "datasources": "the data sources",
}
"""Parameters that are filled by a run, in lower case, with what sets them instead."""

_PLACES = ("Create", "Send", "SessionConfig", "TaskConfig", "Chat")
_HOMES: dict[str, tuple[str, ...]] = {
    "Create": ("ClientToken", "DatabaseId", "File"),
    "Send": ("DataSource", "ParentSessionId", "QuotedMessage"),
    "SessionConfig": (
        "CustomAgentId",
        "CustomAgentStage",
        "EnableSearch",
        "EncryptKey",
        "EncryptType",
        "KbUuidList",
        "Language",
        "McpHeaders",
        "McpServerIds",
        "PermissionConfig",
        "PlanMode",
        "ReportPageWidth",
        "ReportWaterMark",
        "SkipAskHuman",
        "SkipPlan",
        "SkipSqlConfirm",
        "SkipWebReportConfirm",
        "UserSpecifiedSkillList",
    ),
    "TaskConfig": ("ReportConfig",),
    "Chat": ("ForwardedProps", "Resume", "Summary"),
}
_HOME = {name: place for place, names in _HOMES.items() for name in names}
"""Where a parameter goes that is named without a place."""

_SEVERAL = {
    "Mode": ("SessionConfig", "Create"),
    "UserOssBucket": ("SessionConfig", "Send"),
}
"""Parameters that stand in more than one place."""

_TEXTS = frozenset(
    {
        *("CustomAgentId", "CustomAgentStage", "DefaultAction", "EncryptType", "Language", "Mode"),
        *("PlanMode", "ReportPrompt", "ReportTheme", "ReportType", "ReportWaterMark"),
        "UserOssBucket",
    }
)
"""Keys whose values are texts, even where they look like a number."""

_LISTS = frozenset({"KbUuidList", "McpServerIds", "UserSpecifiedSkillList"})
"""Keys whose values are lists of texts, which may be written with commas."""

_SOURCE_KEYS = {
    "db": "DbName",
    "instance": "DmsInstanceId",
    "database": "DmsDatabaseId",
    "engine": "Engine",
    "region": "RegionId",
    "file": "FileId",
    "uri": "Uri",
    "type": "DataSourceType",
    "tables": "Tables",
}
"""Short names in `parse_source`, and the keys of the wire."""


class SetupError(ValueError):
    """A setting that cannot be read; the text says which and what is expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSetup:
    """Settings of a new session; empty means that the service decides.

    `search` switches the search of the web. `skip` holds names of `SKIPS`. `sources` are data
    sources as objects of the wire. `params` are (place, name, value) as `parse_param` gives them:
    a place of `Create`, `Send`, `SessionConfig`, `TaskConfig` or `Chat`, and a dotted name for an
    inner key. They come last and overrule the other settings.
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
        """The object `SessionConfig`; `sending` for SendChatMessage, which takes the skipped stops
        too but no `SECRETS`. Those stay references to the environment here."""
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
        if sending:
            found = {name: value for name, value in found.items() if name not in SECRETS}
        return found

    def task(self) -> dict[str, Any]:
        """The object `TaskConfig` of SendChatMessage."""
        found: dict[str, Any] = {}
        _lay_over(found, self._at("TaskConfig"))
        return found

    def plain(self, place: str) -> dict[str, Any]:
        """The further parameters of the action `place` (`Create`, `Send`, `Chat`), none of those
        that a run fills."""
        return {name: value for name, value in self._at(place) if _free(name)}

    def where(self) -> tuple[str, str]:
        """The database and the instance that a statement of such a session runs on, by its data
        sources; several databases are named with `or` between them. The instance is empty where
        none is named, and where they name more than one: then nobody can tell which it is."""
        sent = (_json(value) for name, value in self._at("Send") if name == "DataSource")
        sources = [*self.sources, *(source for source in sent if isinstance(source, Mapping))]
        places = [
            place
            for source in sources
            if any(place := (_word(source, "DbName"), _word(source, "DmsInstanceId")))
        ]
        databases = dict.fromkeys(name for name, _ in places if name)
        instances = {instance for _, instance in places}
        return " or ".join(databases), instances.pop() if len(instances) == 1 else ""

    def _at(self, place: str) -> list[tuple[str, Any]]:
        return [(name, value) for where, name, value in self.params if where == place]

    def text(self) -> str:
        """As one line of ASCII, to be kept; empty where nothing is set."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        kept = {name: value for name, value in values.items() if value not in ("", (), None)}
        return json.dumps(kept) if kept else ""

    @classmethod
    def read(cls, text: str) -> Self:
        """What `text` gave. Anything that is not, or of a later version, is left out."""
        try:
            value = json.loads(text) if text else {}
        except (ValueError, RecursionError):
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
            skip=tuple(name for name in SKIPS if name in _items(value, "skip")),
            sources=tuple(item for item in _items(value, "sources") if isinstance(item, dict)),
            params=tuple(
                (item[0], item[1], item[2])
                for item in _items(value, "params")
                if isinstance(item, list)
                and len(item) == 3
                and item[0] in _PLACES
                and isinstance(item[1], str)
                and not _unreadable(item[0], item[1], item[2])
            ),
        )


def parse_param(text: str) -> tuple[str, str, Any]:
    """One `NAME=VALUE`: `SessionConfig.KEY`, `TaskConfig.KEY`, `Create.NAME`, `Send.NAME` or
    `Chat.NAME`; a name that stands in one of these places only may leave it out.

    A value of the two objects is JSON where it reads as such, else text, and for a list of ids
    they may be separated by commas. A key of `SECRETS` takes `env:NAME`. Raises SetupError.
    """
    name, equals, value = text.partition("=")
    name = name.strip()
    if not equals or not name:
        raise SetupError(f"{name or text!r}: expected NAME=VALUE")
    place, rest = _placed(name)
    if not rest or any(not part for part in rest.split(".")):
        raise SetupError(f"{name}: a name is missing beside the dot")
    problem = _unreadable(place, rest, value)
    if problem:
        raise SetupError(f"{name}: {problem}")
    last = rest.rpartition(".")[2]
    if place not in {"SessionConfig", "TaskConfig"} or last in _TEXTS or rest in SECRETS:
        return place, rest, value
    found = _json(value)
    if found is None and value.strip() != "null":
        found = value
    if last in _LISTS and not isinstance(found, list):
        found = [word.strip() for word in value.split(",") if word.strip()]
    return place, rest, found


def _placed(name: str) -> tuple[str, str]:
    """The place of a parameter and its name there. Raises SetupError."""
    first, _, rest = name.partition(".")
    if first in _PLACES:
        return first, rest
    if first in _HOME:
        return _HOME[first], name
    if not _free(name):
        raise SetupError(f"{name} {_owned(first)}")
    places = _SEVERAL.get(first, _PLACES)
    raise SetupError(f"{name}: say where it goes, as {' or '.join(f'{p}.{name}' for p in places)}")


def _unreadable(place: str, name: str, value: object) -> str:
    """Why a parameter cannot be taken, empty if it can."""
    first, dot, _ = name.partition(".")
    if place in {"Create", "Send", "Chat"} and not _free(name):
        return _owned(first)
    if place == "SessionConfig" and first in SECRETS:
        variable = value.removeprefix(FROM_ENVIRONMENT) if isinstance(value, str) else ""
        if dot or variable == value or not variable.strip():
            return (
                f"is a secret; write {first}={FROM_ENVIRONMENT}NAME with the name of an "
                "environment variable that holds it"
            )
    if (place, name) == ("Send", "DataSource") and not isinstance(_json(value), dict):
        return "expected a JSON object"
    return ""


def _free(name: str) -> bool:
    return name.partition(".")[0].lower() not in _OWNED


def _owned(name: str) -> str:
    instead = _OWNED[name.lower()]
    return "is filled by das-tui itself" + (f"; set {instead} instead" if instead else "")


def parse_source(text: str) -> dict[str, Any]:
    """A data source: a JSON object of the wire, a bare database name, or `KEY=VALUE,…` with the
    keys `db`, `instance`, `database`, `engine`, `region`, `file`, `uri`, `type` and `tables`
    (names between `|`), or those of the wire. Raises SetupError.
    """
    text = text.strip()
    if text.startswith("{"):
        value = _json(text)
        if not isinstance(value, dict):
            raise SetupError("data source: this is no JSON object")
        return _typed(value)
    if not text:
        raise SetupError("data source: nothing is written")
    if "=" not in text:
        return _typed({"DbName": text})
    found: dict[str, Any] = {}
    for part in text.split(","):
        key, equals, told = (piece.strip() for piece in part.partition("="))
        wire = _SOURCE_KEYS.get(key, key)
        if not equals or wire not in {"Tables", *_SOURCE_KEYS.values()}:
            raise SetupError(f"data source: {key!r} is none of {', '.join(_SOURCE_KEYS)}")
        if not told:
            raise SetupError(f"data source: {key} has no value")
        words = [name.strip() for name in told.split("|") if name.strip()]
        found[wire] = words if wire == "Tables" else told
    return _typed(found)


def _typed(source: dict[str, Any]) -> dict[str, Any]:
    """A data source with its type: a file or a database, unless it says."""
    kind = "remote_data_center" if source.get("FileId") else "database"
    return {"DataSourceType": kind, **source}


def source_text(source: Mapping[str, Any]) -> str:
    """A data source in the words of `parse_source`; JSON where those do not reach."""
    whole = _typed(dict(source))
    told = {key: value for key, value in whole.items() if key != "DataSourceType"}
    if _typed(told) != whole:
        told = whole
    short = {wire: name for name, wire in _SOURCE_KEYS.items()}
    parts = [
        f"{short.get(key, key)}={'|'.join(map(str, value)) if isinstance(value, list) else value}"
        for key, value in told.items()
    ]
    name = str(told.get("DbName", "")) if len(told) == 1 else ""
    for text in (name, ",".join(parts)):
        try:
            if parse_source(text) == whole:
                return text
        except SetupError:
            continue
    return json.dumps(dict(source), ensure_ascii=False)


def _word(source: Mapping[str, Any], key: str) -> str:
    value = source.get(key)
    return value.strip() if isinstance(value, str) else ""


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
        at[last] = deepcopy(value)


def _json(text: object) -> Any:
    """The JSON value of a text, None for anything that has none or that JSON cannot carry."""
    if not isinstance(text, str):
        return text
    try:
        value = json.loads(text)
        json.dumps(value, allow_nan=False)
    except (ValueError, RecursionError):
        return None
    return value


def _items(value: Mapping[str, Any], name: str) -> list[Any]:
    found = value.get(name)
    return found if isinstance(found, list) else []

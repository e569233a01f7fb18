"""How a session is set up, in the words of the screen."""

import contextlib
import json
from collections.abc import Mapping
from typing import Any

from das_tui.domain.setup import SKIPS, SessionSetup, SetupError, parse_param, source_text
from das_tui.view.clean import one_line
from das_tui.view.glyphs import UTF8, Glyphs
from das_tui.view.rows import ATTN, FAINT, MUTED, Span
from das_tui.view.wrap import Spans, cells, fit

_LONGEST = 28
"""Cells of one fact; a longer name is cut."""

_UNASKED = {
    "plan": "plan unasked",
    "sql": "sql unasked",
    "human": "no questions",
    "report": "report unasked",
}
_PLAN = {"force": "plan forced", "disable": "no plan", "enable": "plan if needed"}


def facts(
    setup: SessionSetup, names: Mapping[str, str] | None = None, glyphs: Glyphs = UTF8
) -> list[Span]:
    """What is set, one short fact each, what weighs most first. Skipping the approval of
    statements asks for attention. `names` are names of custom agents and workspaces by id."""
    names = names or {}
    found: list[Span] = []

    def say(text: str, skips: bool = False) -> None:
        if text:
            text = fit(one_line(text), _LONGEST, glyphs.ellipsis)
            found.append((text, ATTN if skips else MUTED))

    if "sql" in setup.skip:
        say(_UNASKED["sql"], skips=True)
    say(setup.mode)
    if setup.sources:
        say(source_name(setup))
        more = len(setup.sources) - 1
        say(f"{more} more sources" if more > 1 else "1 more source" if more else "")
    say(_PLAN.get(setup.plan_mode, setup.plan_mode and f"plan {setup.plan_mode}"))
    skips = [name for name in setup.skip if name in SKIPS and name != "sql"]
    say(f"{len(skips)} skips" if len(skips) > 1 else _UNASKED[skips[0]] if skips else "")
    say(names.get(setup.custom_agent) or setup.custom_agent)
    say(setup.language.lower())
    if setup.search is not None:
        say("web search" if setup.search else "no web search")
    say(names.get(setup.workspace) or (setup.workspace and f"workspace {setup.workspace}"))
    count = len(setup.params)
    say(f"{count} parameters" if count > 1 else "1 parameter" if count else "")
    return found


def words(
    setup: SessionSetup,
    room: int,
    names: Mapping[str, str] | None = None,
    glyphs: Glyphs = UTF8,
) -> Spans:
    """The facts in one row of at most `room` cells; how many do not fit is said at its end."""
    spans: Spans = []
    used = 0
    every = facts(setup, names, glyphs)
    for place, (text, ink) in enumerate(every):
        rest = len(every) - place - 1
        tail = cells(f"   +{rest}") if rest else 0
        gap = 3 if spans else 0
        if used + gap + cells(text) + tail > room:
            more = f"+{len(every) - place}"
            if used + gap + cells(more) <= room:
                spans += [(" " * gap, FAINT), (more, FAINT)]
            break
        spans += [(" " * gap, FAINT), (text, ink)] if gap else [(text, ink)]
        used += gap + cells(text)
    return spans


def source_name(setup: SessionSetup) -> str:
    """The name of the first data source, empty without one."""
    for source in setup.sources:
        for key in ("DbName", "DmsInstanceId", "FileId", "Uri"):
            if isinstance(source.get(key), str) and source[key]:
                return str(source[key])
        return source_text(source)
    return ""


def target(setup: SessionSetup) -> str:
    """The database that a session is about: that of its one source, else empty."""
    names = {str(source.get("DbName") or "") for source in setup.sources}
    return one_line(names.pop()) if len(names) == 1 else ""


def param_text(place: str, name: str, value: Any) -> str:
    """A parameter as it is written in a form: `SessionConfig.Language=ENGLISH`."""
    plain = f"{place}.{name}={value}"
    if isinstance(value, str):
        with contextlib.suppress(SetupError):
            if parse_param(plain) == (place, name, value):
                return plain
    return f"{place}.{name}={json.dumps(value, ensure_ascii=False)}"

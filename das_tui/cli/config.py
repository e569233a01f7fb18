"""`das-tui config`: where the settings lie, what counts, which profile is used, and editing."""

import json
import os
import shlex
import signal
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import asdict, replace
from itertools import groupby
from pathlib import Path
from types import FrameType
from typing import Any

import click

from das_tui.cli import exits
from das_tui.cli.context import Context
from das_tui.cli.output import narrate
from das_tui.config import origin, profiles, settings, template, writing
from das_tui.config.errors import ConfigError
from das_tui.config.origin import Value
from das_tui.config.paths import config_file, settings_file
from das_tui.config.profiles import Profile
from das_tui.config.settings import Settings
from das_tui.view.clean import one_line
from das_tui.wire.redact import redact, without_keys

_EDITOR = "vi"
_GRACE = 1.0
"""Seconds that the editor has to end when this program must."""


@click.group("config")
def command() -> int:
    """The settings: where they lie, what counts, which profile is used, and editing them."""
    return exits.FINISHED


@command.command("path")
@click.pass_obj
def path(given: Context) -> int:
    """Print the path of config.toml, whether it exists or not."""
    given.out.line(str(config_file()))
    return exits.FINISHED


@command.command("show", short_help="Print the values that count, and where each comes from.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def show(given: Context, as_json: bool) -> int:
    """Print the values that count, and where each comes from: a file, the environment, or a
    default. All profiles are shown, or the one that --profile names; secrets stand in none."""
    found = profiles.load(config_file())
    remembered = settings.load(settings_file())
    chosen, profile = found.choose(given.profile, remembered.profile)
    names = [chosen] if given.profile is not None else list(found.profiles) or [chosen]
    values = origin.of_paths()
    for name in names:
        used = profile if name == chosen else found.choose(name)[1]
        values += origin.of_profile(found, name, used, settings_file(), remembered)
    values += origin.of_settings(settings_file(), remembered)
    values = [replace(v, value=_shown(v.value)) for v in values]
    if as_json:
        section = f"profiles.{chosen}" if chosen else "profile"
        for value in values:
            given.out.line(json.dumps(asdict(value) | {"chosen": value.section == section}))
        return exits.FINISHED
    for fault in _key_faults(remembered):
        narrate(f"das-tui: keys: {one_line(fault)}")
    if not found.profiles:
        narrate("das-tui: there is no profile; commands use the built-in one")
    _table(given, values, f"profiles.{chosen}" if chosen and len(names) > 1 else "")
    return exits.FINISHED


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def list_profiles(given: Context, as_json: bool) -> int:
    """List the profiles, a line each; the one that commands use is marked."""
    found = profiles.load(config_file())
    remembered = settings.load(settings_file()).profile
    chosen = ""
    fault = ""
    try:
        chosen, _ = found.choose(given.profile, remembered)
    except ConfigError as error:
        fault = str(error)
    rows = [_row(name, found.choose(name)[1], name == chosen) for name in found.profiles]
    for row in rows:
        if as_json:
            given.out.line(json.dumps(row))
    if not as_json:
        _list(given, rows)
    if not found.profiles:
        narrate("das-tui: there is no profile; commands use the built-in one")
    if fault:
        raise exits.Stop(exits.LOCAL, fault)
    return exits.FINISHED


@command.command("use")
@click.argument("name")
@click.pass_obj
def use(given: Context, name: str) -> int:
    """Use the profile NAME from now on, in the app and in all commands without --profile."""
    found = profiles.load(config_file())
    found.choose(name)
    writing.remember_profile(settings_file(), name)
    narrate(f"das-tui: {one_line(name)} is used from now on; --profile still takes another")
    return exits.FINISHED


@command.command("edit")
@click.pass_obj
def edit(given: Context) -> int:
    """Open config.toml in $VISUAL or $EDITOR, and check it afterwards. A missing file is made
    with every key in it, commented out."""
    file = config_file()
    if template.write_missing(file):
        narrate(f"das-tui: {file} was made, with every key commented out")
    try:
        open_editor(file)
    except exits.Stop as stop:
        raise exits.Stop(stop.code, f"{stop}; nothing was checked") from stop
    try:
        found = profiles.load(file)
        found.choose(None, settings.load(settings_file()).profile)
    except ConfigError as error:
        raise exits.Stop(
            exits.LOCAL, f"{error}\n  The file is as you left it; das-tui config edit opens it."
        ) from error
    names = ", ".join(found.profiles)
    narrate(f"das-tui: {file} is valid; " + (f"profiles: {names}" if names else "no profile yet"))
    return exits.FINISHED


def open_editor(file: Path) -> None:
    """Open `file` in $VISUAL or $EDITOR on this terminal and wait for the end. Raises
    `exits.Stop` with a sentence where that fails."""
    _open([*_editor(), str(file)])


def _row(name: str, profile: Profile, chosen: bool) -> dict[str, object]:
    return {
        "name": name,
        "chosen": chosen,
        "region": profile.region,
        "credentials": profile.credentials,
        "read_only": profile.read_only,
        "production": profile.guarded,
        "budget": profile.budget,
    }


def _list(given: Context, rows: Sequence[dict[str, object]]) -> None:
    """Columns; words only for what is true."""
    lines = []
    for row in rows:
        words = ["read only"] if row["read_only"] else []
        words += ["production"] if row["production"] else []
        words += [f"budget {row['budget']}"] if row["budget"] is not None else []
        texts = [one_line(str(row[key])) for key in ("name", "region", "credentials")]
        lines.append(("*" if row["chosen"] else " ", *texts, ", ".join(words)))
    widths = [max((len(line[place]) for line in lines), default=0) for place in range(4)]
    for line in lines:
        cells = (f"{text:<{width}}" for text, width in zip(line, widths, strict=False))
        given.out.line("  ".join([*cells, line[4]]).rstrip())


def _editor() -> list[str]:
    for name in ("VISUAL", "EDITOR"):
        text = os.environ.get(name, "").strip()
        if not text:
            continue
        try:
            return shlex.split(text)
        except ValueError as error:
            raise exits.Stop(exits.LOCAL, f"{name} cannot be read as a command: {error}") from error
    return [_EDITOR]


def _open(words: Sequence[str]) -> None:
    """Run the editor on this terminal and wait for its end, without our keys in its environment.
    What ends this program ends the editor first, by force if it takes too long."""
    editor: subprocess.Popen[bytes] | None = None
    told: list[int] = []

    def end(number: int, frame: FrameType | None) -> None:
        told.append(number)
        if editor is not None:
            _break_off(editor)

    # ^C in the editor is the editor's. A handler, unlike SIG_IGN, is not inherited by it.
    handlers: dict[signal.Signals, Any] = {signal.SIGINT: lambda *_: None}
    handlers |= {signal.SIGTERM: end, signal.SIGHUP: end}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        editor = subprocess.Popen(words, env=without_keys(os.environ))
        if told:
            _break_off(editor)
        code = editor.wait()
    except OSError as error:
        raise exits.Stop(
            exits.LOCAL,
            f"the editor {one_line(words[0])} cannot be started: {error.strerror}; "
            "set VISUAL or EDITOR",
        ) from error
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    for one in told:
        signal.raise_signal(one)
    if code:
        raise exits.Stop(exits.LOCAL, f"the editor {one_line(words[0])} ended with {code}")


def _break_off(program: "subprocess.Popen[bytes]") -> None:
    program.terminate()
    killer = threading.Timer(_GRACE, program.kill)
    killer.daemon = True
    killer.start()


def _key_faults(remembered: Settings) -> list[str]:
    """What of the operator's own keys does not hold, or costs another action its key."""
    if not remembered.keys:
        return []
    from das_tui.tui.keymap import resolve

    return [fault.text for fault in resolve(remembered.keys).faults]


def _shown(value: object) -> object:
    """A value without user and password of a URL, in which form a proxy may hold them."""
    return redact(value) if isinstance(value, str) else value


def _table(given: Context, values: Sequence[Value], chosen: str) -> None:
    """Sections with a blank row between them. Values are written as in the file."""
    for number, (section, group) in enumerate(groupby(values, lambda v: v.section)):
        if number:
            given.out.line("")
        given.out.line(f"[{one_line(section)}]" + ("  # chosen" if section == chosen else ""))
        rows = [(v.key, _written(v.value), v) for v in group]
        keys = max(len(key) for key, _, _ in rows)
        texts = max(len(text) for _, text, _ in rows)
        for key, text, value in rows:
            where = f" {one_line(value.where)}" if value.where else ""
            given.out.line(f"{key:<{keys}}  {text:<{min(texts, 48)}}  {value.source}{where}")


def _written(value: object) -> str:
    if value is None:
        return "none"
    text = json.dumps(value, ensure_ascii=False)
    return one_line(text)

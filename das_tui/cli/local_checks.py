"""What `doctor` finds out on this machine: files, terminal, store. Nothing is changed."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

from das_tui.cli import account
from das_tui.cli.checks import Check, local, ok, warning
from das_tui.cli.context import Context
from das_tui.cli.terminal import ascii_only
from das_tui.config import settings
from das_tui.config.errors import ConfigError
from das_tui.config.paths import config_file, data_folder, history_file, settings_file
from das_tui.config.profiles import ENDPOINT_VARIABLES, Profile
from das_tui.config.settings import Settings
from das_tui.domain.secrets import without_keys
from das_tui.store import health
from das_tui.view.ages import size, thousands

_NARROW, _LOW = 80, 24
_TIGHT = 100 * 1024 * 1024
_TMUX_SECONDS = 2.0
_COPY_PROGRAMS = {"iTerm.app", "WezTerm", "ghostty", "vscode", "kitty", "foot", "alacritty"}
_COPY_TERMS = ("xterm-kitty", "alacritty", "foot", "wezterm", "xterm-ghostty", "tmux")


def settings_checks(given: Context) -> tuple[list[Check], tuple[str, Profile] | None, Settings]:
    """The two files; the chosen profile, None if config.toml cannot be used."""
    found = []
    chosen = None
    path = config_file()
    try:
        chosen = account.choose(given)
        found.append(_profile(path, chosen[0]))
    except ConfigError as error:
        found.append(
            local("settings", str(error), "`das-tui config edit` opens the file.", path=str(path))
        )
    remembered = Settings()
    try:
        remembered = settings.load(settings_file())
        found.append(_app_settings(remembered))
    except ConfigError as error:
        found.append(local("app settings", str(error), "Mend the key, or remove the file."))
    return found, chosen, remembered


def _app_settings(remembered: Settings) -> Check:
    path = settings_file()
    facts: dict[str, object] = {"path": str(path), "keys": sorted(remembered.keys)}
    if not remembered.keys:
        there = "" if path.exists() else ", not written yet"
        return ok("app settings", f"{path}{there}", **facts)
    from das_tui.tui.keymap import resolve

    faults = resolve(remembered.keys).faults
    refused = "; ".join(fault.text for fault in faults if fault.refused)
    if refused:
        return warning("app settings", f"{path}: {refused}", "Mend `keys` in it.", **facts)
    lost = "".join(f"; {fault.text}" for fault in faults)
    return ok("app settings", f"{path}, {len(remembered.keys)} keys of your own{lost}", **facts)


def _profile(path: Path, name: str) -> Check:
    set_here = [v for v in ENDPOINT_VARIABLES.values() if os.environ.get(v)]
    words = [f"profile {name}" if name else "the built-in profile"]
    words += [f"endpoints from {' and '.join(set_here)}"] if set_here else []
    text = ", ".join([str(path) if path.exists() else f"{path} does not exist", *words])
    facts = {"path": str(path), "profile": name}
    try:
        mode = path.stat().st_mode
    except OSError:
        return ok("settings", text, **facts)
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        return warning("settings", f"{text}; others can write it", f"chmod 600 {path}", **facts)
    return ok("settings", text, **facts)


# --- terminal ------------------------------------------------------------------------------------


def terminal_checks(given: Context, remembered: Settings) -> list[Check]:
    """Size, colours, characters and clipboard, as far as they can be known without asking the
    terminal itself."""
    number = _terminal()
    if number is None:
        return [ok("terminal", "none here; the app needs one, the commands do not", tty=False)]
    return [
        _screen(number),
        _colours(given),
        _characters(given, remembered),
        _clipboard(),
        _keys(remembered),
    ]


def _terminal() -> int | None:
    for number in (0, 1, 2):
        if os.isatty(number):
            return number
    return None


def _screen(number: int) -> Check:
    from das_tui.tui.layout import MIN_HEIGHT, MIN_WIDTH

    term = os.environ.get("TERM", "")
    try:
        columns, rows = os.get_terminal_size(number)
    except OSError:
        columns = rows = 0
    text = f"{term or 'TERM is empty'}, {columns} columns, {rows} rows"
    text += f", inside {name}" if (name := multiplexer()) else ""
    facts = {"term": term, "columns": columns, "rows": rows, "multiplexer": name, "tty": True}
    if term in {"", "dumb"}:
        return local(
            "terminal",
            f"{text}: the screen cannot be addressed, so the app does not start",
            "Set TERM to what the terminal is, for example xterm-256color.",
            **facts,
        )
    if not columns or not rows:
        return warning("terminal", f"{text}: it tells no size", "`stty size` should.", **facts)
    if columns < MIN_WIDTH or rows < MIN_HEIGHT:
        return warning(
            "terminal",
            f"{text}: too small for the app",
            f"It needs {MIN_WIDTH} columns and {MIN_HEIGHT} rows; {_NARROW} by {_LOW} are better.",
            **facts,
        )
    return ok("terminal", text, **facts)


def multiplexer() -> str:
    """The multiplexer that this process runs in, empty for none."""
    for variable, name in (("TMUX", "tmux"), ("STY", "screen"), ("ZELLIJ", "zellij")):
        if os.environ.get(variable):
            return name
    return ""


def _colours(given: Context) -> Check:
    from das_tui.tui import theme

    palette = theme.choose(given.theme, os.environ)
    text = f"theme {palette.name}"
    if os.environ.get("NO_COLOR"):
        return ok("colours", f"{text}, because NO_COLOR is set", theme=palette.name)
    if palette.ansi:
        return warning(
            "colours",
            f"{text}: TERM and COLORTERM promise 16 colours only",
            "If the terminal can do more, set COLORTERM=truecolor or a TERM with 256color.",
            theme=palette.name,
        )
    return ok("colours", text, theme=palette.name)


def _characters(given: Context, remembered: Settings) -> Check:
    if given.ascii:
        return ok("characters", "ASCII, as --ascii asks", utf8=False)
    if remembered.ambiguous == 2:
        return ok("characters", "ASCII, as `ambiguous = 2` of settings.toml asks", utf8=False)
    if ascii_only(given, remembered):
        return warning(
            "characters",
            "ASCII, because the locale is not UTF-8",
            "Set LANG to a UTF-8 locale, for example C.UTF-8.",
            utf8=False,
        )
    return ok("characters", "UTF-8", utf8=True)


def _keys(remembered: Settings) -> Check:
    """What this terminal, or what stands before it, is known to do to the keys in use."""
    from das_tui.tui import keydoctor, keymap

    table = keymap.resolve(remembered.keys).table
    known = keydoctor.findings(table, os.environ, keydoctor.ask_tmux(os.environ))
    taken = [finding for finding in known if finding.taken]
    text = "; ".join(finding.text for finding in known) or "none is known to be kept or lost here"
    if not taken:
        return ok("keys", text, taken=[])
    ways = "; ".join(finding.way_out for finding in taken if finding.way_out)
    return warning("keys", text, ways, taken=[finding.text for finding in taken])


def _clipboard() -> Check:
    """Whether OSC 52 is likely to arrive. There is no way to ask, so this goes by names."""
    inside = multiplexer()
    if inside == "tmux":
        setting = _tmux_clipboard()
        if setting == "on":
            return ok("clipboard", "OSC 52 likely: tmux passes it on", osc52="likely")
        return warning(
            "clipboard",
            f"OSC 52 not likely: set-clipboard of tmux is {setting or 'not known'}",
            "tmux set -s set-clipboard on",
            osc52="unlikely",
        )
    if inside == "screen":
        return warning(
            "clipboard",
            "OSC 52 not likely: screen does not pass it on",
            "Copy with the mouse, or use tmux.",
            osc52="unlikely",
        )
    program, term = os.environ.get("TERM_PROGRAM", ""), os.environ.get("TERM", "")
    if program == "Apple_Terminal" or term == "linux" or os.environ.get("VTE_VERSION"):
        return warning(
            "clipboard",
            "OSC 52 not likely: this terminal does not know it",
            "Copy with the mouse, or use a terminal that knows OSC 52.",
            osc52="unlikely",
        )
    known = program in _COPY_PROGRAMS or term.startswith(_COPY_TERMS)
    if known or os.environ.get("WT_SESSION"):
        return ok("clipboard", "OSC 52 likely", osc52="likely")
    return ok("clipboard", "OSC 52 not known: some terminals want it allowed", osc52="unknown")


def _tmux_clipboard() -> str:
    """`set-clipboard` of the tmux server: on, external or off; empty if it cannot be asked."""
    try:
        done = subprocess.run(
            ["tmux", "show-options", "-sv", "set-clipboard"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=without_keys(os.environ),
            timeout=_TMUX_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode("utf-8", "replace").strip()


# --- store ---------------------------------------------------------------------------------------


def store_check(patience: float) -> Check:
    """The history: its folder, whether it can be read and written, and whether it is whole."""
    folder = data_folder()
    path = history_file(folder)
    facts: dict[str, object] = {"path": str(path)}
    problem = _folder_problem(folder)
    if problem:
        return local("store", problem[0], problem[1], **facts)
    try:
        found = health.examine(path, patience)
    except FileNotFoundError:
        return ok("store", f"{path} does not exist; nothing is stored yet", **facts)
    except OSError as error:
        return local("store", f"{path} cannot be read: {error.strerror}", f"ls -l {path}", **facts)
    free = shutil.disk_usage(folder).free
    facts |= {
        "version": found.version,
        "sessions": found.sessions,
        "size": found.size,
        "mode": f"{found.mode:04o}",
        "checked": found.whole,
        "damaged": found.damaged,
        "stray": found.stray,
        "packed": found.shelves,
        "packed_torn": found.torn,
        "copies": [str(copy.path) for copy in found.copies],
        "free": free,
    }
    copies = ""
    if found.copies:
        last = found.copies[0]
        count = len(found.copies)
        copies = f"; {count} {'copy' if count == 1 else 'copies'} from before an upgrade, the last "
        copies += last.path.name
    if found.damaged:
        return local(
            "store",
            f"{path} is damaged: {found.problem}{copies}",
            "Nothing of it was changed. The app runs from memory meanwhile. Copy it first, then "
            f"`sqlite3 {path.name} .recover | sqlite3 mended.db` saves what can be read; moved "
            "away, it makes room for a new one.",
            **facts,
        )
    if found.problem:
        return local("store", f"{path} cannot be read: {found.problem}", "Make room.", **facts)
    text = (
        f"{path}, version {found.version}, {thousands(found.sessions)} sessions, "
        f"{size(found.size)}, mode {found.mode:04o}{copies}"
    )
    if found.torn:
        text += f"; {found.torn} long sessions lack a packed part, which is made anew"
    if found.newer:
        return warning(
            "store",
            f"{text}: a newer das-tui wrote it, so it is opened for reading only",
            "Go on with the newer das-tui, or name another folder by DAS_TUI_DATA_DIR.",
            **facts,
        )
    if found.mode & 0o077:
        return warning("store", f"{text}: others have rights on it", f"chmod 600 {path}", **facts)
    if not os.access(path, os.W_OK):
        return local("store", f"{text}: it cannot be written", f"chmod 600 {path}", **facts)
    if free < _TIGHT:
        return warning("store", f"{text}; {size(free)} are free", "Make room.", **facts)
    if found.stray:
        return warning(
            "store",
            f"{text}; records of {found.stray} sessions have no row and are not listed",
            f"Nothing was changed; `sqlite3 {path.name}` reads them in the table record.",
            **facts,
        )
    if found.older:
        return ok("store", f"{text}; the app upgrades it and keeps a copy", **facts)
    if not found.whole:
        return warning("store", f"{text}; too large to check all of it now", "", **facts)
    return ok("store", f"{text}, whole", **facts)


def _folder_problem(folder: Path) -> tuple[str, str] | None:
    """Why the folder, or the one it would be made in, cannot be used, and the way out."""
    place = folder
    while not place.exists() and place != place.parent:
        place = place.parent
    try:
        status = place.stat()
    except OSError as error:
        return f"{place} cannot be looked at: {error.strerror}", "Set DAS_TUI_DATA_DIR."
    if not stat.S_ISDIR(status.st_mode):
        return f"{place} is not a folder", "Move it away, or set DAS_TUI_DATA_DIR."
    if place == folder and status.st_uid != os.geteuid():
        return f"{folder} belongs to another user; it is not used", "Set DAS_TUI_DATA_DIR."
    if place == folder and status.st_mode & stat.S_IWOTH:
        return f"{folder} can be written by everybody; it is not used", f"chmod 700 {folder}"
    if not os.access(place, os.W_OK | os.X_OK):
        return f"{place} cannot be written", "Set DAS_TUI_DATA_DIR to a folder of yours."
    return None

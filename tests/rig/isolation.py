"""R12: started in a folder of somebody else, with links planted where the program keeps its files.

The folder holds settings, credentials, a history and Python modules by the names of all that the
program imports; the system itself tells what is opened there. Links stand in the data, state, cache
and settings folders; what they point to must be as it was.
"""

import ctypes
import os
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.cli.serving import serving
from tests.pseudo_terminal import started
from tests.rig.figure import Figure, number
from tests.rig.home import environment

_ESCAPE = 0.3
_OPENED = 0x20 | 0x1 | 0x2 | 0x100
"""inotify: opened, read, changed, made."""
_CHANGED = 0x2 | 0x4 | 0x200 | 0x400 | 0x800
"""inotify: changed, its rights changed, something in it removed, itself removed or moved."""

_SCRIPT = "import sys\nfrom das_tui.cli.main import main\nsys.argv[0] = 'das-tui'\nmain()\n"
"""The console script, as an installer writes it."""

_SETTINGS = {
    "config.toml": '[profiles.evil]\nregion = "evil"\n[profiles.default]\nregion = "evil"\n',
    "settings.toml": 'theme = "das-light"\nprofile = "evil"\n',
    "das-tui.toml": '[profiles.default]\nregion = "evil"\n',
    ".das-tui.toml": '[profiles.default]\nregion = "evil"\n',
    ".env": "ALIBABA_CLOUD_ACCESS_KEY_ID=evil\nDAS_TUI_DAS_ENDPOINT=https://evil.example\n",
    "pyproject.toml": '[tool.das-tui]\nregion = "evil"\n',
    "setup.cfg": "[das-tui]\nregion = evil\n",
    "history.db": "evil",
    "credentials.ini": "[default]\ntype = access_key\naccess_key_id = evil\n",
    ".netrc": "machine 127.0.0.1 login evil password evil\n",
    "das-tui/config.toml": '[profiles.default]\nregion = "evil"\n',
    ".das-tui/config.toml": '[profiles.default]\nregion = "evil"\n',
    ".config/das-tui/config.toml": '[profiles.default]\nregion = "evil"\n',
    ".aliyun/config.json": '{"current": "evil", "profiles": []}',
    ".alibabacloud/credentials.ini": "[default]\ntype = access_key\n",
    ".local/share/das-tui/history.db": "evil",
    "less": "#!/bin/sh\nexit 1\n",
    "tmux": "#!/bin/sh\nexit 1\n",
}

_MODULES = (
    "das_tui/__init__",
    "das_tui/cli/main",
    "sitecustomize",
    "usercustomize",
    "json",
    "sqlite3/__init__",
    "asyncio/__init__",
    "httpx/__init__",
    "textual/__init__",
    "rich/__init__",
    "click",
    "msgspec",
    "platformdirs",
    "tomli_w",
    "starlette/__init__",
    "uvicorn/__init__",
    "alibabacloud_credentials/__init__",
    "markdown_it/__init__",
    "pygments/__init__",
    "dotenv",
    "typing_extensions",
    "certifi",
)


class Watch:
    """What happens to files below some folders, told by the system."""

    def __init__(self, folders: Iterable[Path], what: int) -> None:
        self._system = ctypes.CDLL(None, use_errno=True)
        self._handle = self._system.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._handle < 0:
            raise OSError(ctypes.get_errno(), "inotify")
        self._folders: dict[int, Path] = {}
        for folder in folders:
            for place in (folder, *(p for p in folder.rglob("*") if p.is_dir())):
                number = self._system.inotify_add_watch(self._handle, os.fsencode(place), what)
                self._folders[number] = place

    def seen(self) -> list[Path]:
        """The files to which something happened since the last call, each as often as it did."""
        found = []
        while select.select([self._handle], [], [], 0)[0]:
            data = os.read(self._handle, 1 << 20)
            while data:
                number, _, _, length = struct.unpack_from("iIII", data)
                name = data[16 : 16 + length].rstrip(b"\0").decode("utf-8", "replace")
                if number in self._folders:
                    found.append(self._folders[number] / name)
                data = data[16 + length :]
        return found

    def close(self) -> None:
        """Watch no more."""
        os.close(self._handle)


@contextmanager
def watching(folders: Iterable[Path], what: int) -> Iterator[Watch]:
    """A watch that is closed afterwards."""
    watch = Watch(folders, what)
    try:
        yield watch
    finally:
        watch.close()


def hostile(folder: Path) -> Path:
    """A folder full of files that a careless program would take for its own."""
    for name, text in _SETTINGS.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        place.chmod(0o755)
    for name in _MODULES:
        place = folder / f"{name}.py"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("raise SystemExit('taken from the working directory')\n")
    return folder


def plant(home: Path, victims: Path) -> list[Path]:
    """Links by all names under which the program keeps something, each to a file or a folder of
    its own among the `victims`."""
    data, state, cache = home / "data", home / "state" / "das-tui", home / "cache" / "das-tui"
    files = [data / f"history.db{ending}" for ending in ("", "-wal", "-shm", "-journal")]
    files += [data / "demo" / f"history.db{ending}" for ending in ("", "-wal", "-shm")]
    files += [
        data / "demo" / name
        for name in ("long-session-owed", "filling.lock", "asking.lock", "service.json")
    ]
    files += [state / "das-tui.log", cache / "index", home / "config" / "das-tui" / "settings.toml"]
    folders = [data / "history.db-runs", data / "demo" / "history.db-runs"]
    victims.mkdir(mode=0o700)
    planted = []
    for order, place in enumerate([*files, *folders]):
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        victim = victims / f"{order}-{place.name}"
        if place in folders:
            victim.mkdir(mode=0o755)
        else:
            victim.write_text("theirs\n")
            victim.chmod(0o644)
        place.symlink_to(victim)
        planted.append(place)
    return planted


def state_of(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Every file below a folder with its rights, the time of its last change and its content."""
    found = {}
    for place in sorted(folder.rglob("*")):
        status = place.lstat()
        content = place.read_bytes() if place.is_file() else b""
        found[str(place.relative_to(folder))] = (status.st_mode, status.st_mtime_ns, content)
    return found


def measure(share: float) -> Iterable[Figure]:
    """All commands and the app in the hostile folder, then with one planted link after another."""
    with tempfile.TemporaryDirectory(prefix="das-tui-rig-") as name, serving() as url:
        folder = Path(name)
        (folder / "bin").mkdir()
        script = folder / "bin" / "das-tui"
        script.write_text(_SCRIPT)
        yield _reads(folder, script, url, share)
        yield _writes(folder, script, url, share)


def _home(folder: Path, url: str) -> dict[str, str]:
    folder.mkdir(mode=0o700)
    key = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "demo", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "demo"}
    places = {"DAS_TUI_DATA_DIR": str(folder / "data"), "XDG_CACHE_HOME": str(folder / "cache")}
    there = {"DAS_TUI_DAS_ENDPOINT": url, "DAS_TUI_DMS_ENDPOINT": url}
    return environment(folder) | places | there | key


_COMMANDS: Sequence[tuple[str, ...]] = (
    ("--version",),
    ("ask", "why is it slow"),
    ("ask", "--service", "dms", "--json", "how many rides"),
    ("sessions",),
    ("sessions", "--remote"),
    ("show", "nothing"),
    ("doctor",),
    ("doctor", "--json"),
    ("config", "show"),
    ("config", "list"),
    ("config", "path"),
    ("decode", "--service", "das", "-"),
)


def _reads(folder: Path, script: Path, url: str, share: float) -> Figure:
    here = hostile(folder / "elsewhere")
    home = _home(folder / "home", url)
    chosen = _COMMANDS if share == 1 else _COMMANDS[:: max(1, round(0.4 / share))]
    said = b""
    before = state_of(here)
    with watching([here], _OPENED) as watch:
        for command in chosen:
            done = _run(home, script, here, command)
            said += done.stdout + done.stderr
        for more in ((), ("demo",)) if share == 1 else (("demo",),):
            said += _app(home, script, here, *more)
        seen = watch.seen()
        # The watch is no use if it is blind: an ordinary interpreter looks into its folder.
        looks = [sys.executable, "-c", "import json"]
        subprocess.run(looks, cwd=here, stderr=subprocess.DEVNULL, check=False)
        blind = not watch.seen()
    taken = [str(place.relative_to(here)) for place in seen]
    taken += ["said: evil"] * (b"evil" in said) + ["changed"] * (state_of(here) != before)
    for line in sorted(set(taken))[:20]:
        print(line)
    return Figure(
        "R12",
        f"files opened in a folder with {len(_SETTINGS) + len(_MODULES)} planted settings and "
        f"modules by {number(len(chosen))} commands, the app and the demo",
        str(len(taken)),
        "0",
        not taken and not blind,
    )


def _writes(folder: Path, script: Path, url: str, share: float) -> Figure:
    home = folder / "planted"
    environ = _home(home, url)
    victims = folder / "victims"
    planted = plant(home, victims)
    kept = {place: place.readlink() for place in planted}
    one_by_one = planted if share == 1 else planted[1 : 1 + max(1, round(len(planted) * share))]
    before = state_of(victims)
    through = 0
    with watching([victims], _CHANGED) as watch:
        # All at once: the first that is met stops the program. So each is then met alone.
        for order, alone in enumerate((None, *one_by_one)):
            data = home / "data"
            for place in planted:
                if place.is_symlink() or place.is_file():
                    place.unlink()
            shutil.rmtree(data, ignore_errors=True)
            (data / "demo").mkdir(mode=0o700, parents=True)
            for place in planted if alone is None else [alone]:
                with suppress(FileExistsError):
                    place.symlink_to(kept[place])
            _run(environ, script, folder, ("ask", "why is it slow"))
            if alone is None or "demo" in alone.parts:
                _app(environ, script, folder, "demo")
            if share == 1 and (order == 0 or alone in planted[:4]):
                _app(environ, script, folder)
            _run(environ, script, folder, ("show", "nothing"))
            _run(environ, script, folder, ("config", "use", "nobody"))
            if "state" in (alone.parts if alone else ()):
                _run(environ, script, folder, ("sessions",), crash=True)
        changed = {str(place.relative_to(victims)) for place in watch.seen()}
    after = state_of(victims)
    changed |= {name for name in after | before if after.get(name) != before.get(name)}
    through = len(changed)
    for line in sorted(changed):
        print(f"written through: {line}")
    return Figure(
        "R12",
        f"files changed behind {len(planted)} links planted in data, state, cache and settings",
        str(through),
        "0",
        not through,
    )


def _run(
    home: dict[str, str], script: Path, here: Path, command: Sequence[str], *, crash: bool = False
) -> "subprocess.CompletedProcess[bytes]":
    words = [sys.executable, str(script), *command]
    if crash:
        code = (
            "import das_tui.cli.sessions as s\ndef boom(**_): raise RuntimeError\ns.opened = boom"
        )
        words = [sys.executable, "-P", "-c", f"{code}\n{_SCRIPT}", *command]
    return subprocess.run(
        words,
        env=home,
        cwd=here,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=120,
        check=False,
    )


def _app(home: dict[str, str], script: Path, here: Path, *arguments: str) -> bytes:
    """The app until it shows something, a page of it, and its end."""
    go = f'cd {here} && exec {sys.executable} {script} "$@"'
    with started(home, *arguments, command=("/bin/sh", "-c", go, "sh")) as terminal:
        terminal.until(lambda: bool(terminal.written), 60)
        terminal.settle(1.0, 3.0)
        for keys in ("\x1b", "?", "\x1b"):
            with suppress(OSError):
                terminal.press(keys)
            terminal.settle(_ESCAPE, 1.5)
        with suppress(ProcessLookupError):
            os.kill(terminal.pid, signal.SIGTERM)
        terminal.ended()
        return terminal.written

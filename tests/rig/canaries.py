"""R11: secrets that are known, everything that goes wrong, and a look at all that was left behind.

The service sends back what it was sent: in errors of every form, in redirects, inside a stream. The
shell commands, the app, its exports and the programs that it starts run with that, under umask 000.
"""

import base64
import json
import os
import random
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.pseudo_terminal import Terminal, started
from tests.rig.figure import Figure, number
from tests.rig.home import environment

KEY_ID = "LTAI5tRigCanaryKeyId0042"
SECRET = "canarySecret/of+the==rig0042"
TOKEN = "canaryToken/of+the==rig0042CAISxyz"
API_KEY = "dms-da-canaryApiKeyOfTheRig0042"
PASSWORD = "canaryPasswordOfAProxy0042"

CANARIES = {
    "key id": KEY_ID,
    "secret": SECRET,
    "token": TOKEN,
    "API key": API_KEY,
    "proxy password": PASSWORD,
}
"""No cookie is among them: the program has none."""

ACCESS_KEY = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": KEY_ID,
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET,
    "ALIBABA_CLOUD_SECURITY_TOKEN": TOKEN,
}
LOUD = {"HTTPX_LOG_LEVEL": "trace", "PYTHONASYNCIODEBUG": "1", "DEBUG": "sdk", "PYTHONDEVMODE": "0"}
"""What makes libraries talk."""

_LOOK = 0.01
_ESCAPE = 0.3

_CRASH = f"""
import asyncio, sys
from das_tui.run.supervisor import Supervisor
def boom():
    held = {SECRET!r}
    raise RuntimeError("boom " + held + " " + {TOKEN!r} + " " + {API_KEY!r})
whole = Supervisor.wait
async def wait(self, key):
    asyncio.get_running_loop().call_soon(boom)
    return await whole(self, key)
Supervisor.wait = wait
from das_tui.cli import main
sys.exit(main.run(sys.argv[1:]))
"""
"""A mistake in the midst of a run, whose words and variables hold the secrets."""


# --- the service that sends back what it was sent -------------------------------------------------


def _echo(headers: Mapping[str, str], body: str) -> str:
    told = {name: value for name, value in headers.items() if name.lower() != "host"}
    # It knows the secret that belongs to a key id, though that never travels.
    known = (KEY_ID, SECRET, TOKEN) if KEY_ID in told.values() else (API_KEY,)
    words = " ".join(known)
    return f"{words} string to sign: POST\\n/\\n{json.dumps(told)} {body}"


FAULTS = (
    "json 400",
    "json 403",
    "xml 401",
    "html 502",
    "text 500",
    "throttled",
    "portal",
    "redirect",
    "stream",
    "error event",
    "cut",
    "no http",
)


class _Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", 0))
        body = self.rfile.read(length).decode("utf-8", "replace")
        text = _echo(dict(self.headers), body)
        fault = getattr(self.server, "fault", "")
        fields = {"Code": "InvalidAccessKeyId.NotFound", "Message": text, "RequestId": "R-1"}
        match fault.partition(" ")[0]:
            case "json":
                self._answer(int(fault[-3:]), "application/json", json.dumps(fields))
            case "xml":
                xml = f"<Error><Code>SignatureDoesNotMatch</Code><Message>{text}</Message></Error>"
                self._answer(401, "text/xml", xml)
            case "html":
                self._answer(502, "text/html", f"<html><body>{text}</body></html>")
            case "text":
                self._answer(500, "text/plain", text)
            case "throttled":
                fields["Code"] = "Throttling.User"
                self._answer(429, "application/json", json.dumps(fields), {"Retry-After": "3600"})
            case "portal":
                self._answer(200, "text/html", f"<html>{text}</html>")
            case "redirect":
                there = f"https://{SECRET[:6]}.example/?t={quote(TOKEN)}&k={quote(SECRET)}"
                self._answer(302, "text/html", text, {"Location": there})
            case "no":
                self.wfile.write(text.encode())
                self.close_connection = True
            case _:
                self._stream(fault, text)

    do_GET = do_HEAD = do_POST

    def _stream(self, fault: str, text: str) -> None:
        event = "error" if fault == "error event" else "agent_message"
        value = {"Id": "s", "Answer": text, "Event": event, "Metadata": {"RequestId": TOKEN}}
        if fault == "error event":
            value["Code"] = text
        data = f"data: {json.dumps(value)}\n\n".encode()
        if fault == "stream":
            data += b'data: {"Id": "s", "Event": "summary", "Metadata": {"CharCount": 3}}\n\n'
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("x-acs-request-id", "R-1")
        self.send_header("Content-Length", str(len(data) + (10 if fault == "cut" else 0)))
        self.end_headers()
        self.wfile.write(data)
        self.close_connection = True

    def _answer(
        self, status: int, kind: str, body: str, more: Mapping[str, str] | None = None
    ) -> None:
        data = b"" if self.command == "HEAD" else body.encode()
        self.send_response(status)
        for name, value in {"Content-Type": kind, **(more or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *arguments: Any) -> None:
        return


class _Service(ThreadingHTTPServer):
    daemon_threads = True
    fault = ""


@contextmanager
def echoing() -> Iterator[_Service]:
    """A service on this machine; its `fault` is what it does."""
    server = _Service(("127.0.0.1", 0), _Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


# --- the judge -----------------------------------------------------------------------------------


def spellings(value: str) -> set[bytes]:
    """How a secret can stand in bytes."""
    raw = value.encode()
    plain = {raw, quote(value, safe="").encode(), quote(value).encode(), raw.hex().encode()}
    plain |= {json.dumps(value)[1:-1].encode(), value.replace("/", "\\/").encode()}
    return plain | {base64.b64encode(raw)}


_SPELLINGS = {name: spellings(value) for name, value in CANARIES.items()}


def hits(data: bytes) -> list[str]:
    """The names of the secrets that stand in `data`."""
    return [name for name, all_of in _SPELLINGS.items() if any(one in data for one in all_of)]


@dataclass
class Found:
    """What was looked at, and what was found there."""

    hits: list[str] = field(default_factory=list)
    modes: list[str] = field(default_factory=list)
    files: int = 0
    output: int = 0
    crashed: bool = False
    processes: set[int] = field(default_factory=set)

    def judge(self, where: str, data: bytes) -> None:
        """Look for secrets in what was written."""
        self.output += len(data)
        self.hits += [f"{where}: {name}" for name in hits(data)]

    def look(self, folder: Path) -> None:
        """Look into every file below `folder`, at its name and its rights."""
        for place in sorted(folder.rglob("*")):
            status = place.lstat()
            wanted = 0o700 if stat.S_ISDIR(status.st_mode) else 0o600
            if stat.S_IMODE(status.st_mode) != wanted:
                self.modes.append(f"{place.relative_to(folder)}: {status.st_mode & 0o7777:o}")
            name = os.fsencode(str(place.relative_to(folder)))
            data = place.read_bytes() if stat.S_ISREG(status.st_mode) else b""
            self.files += 1
            self.hits += [f"{place.name}: {one}" for one in hits(name + b"\0" + data)]


class Processes(threading.Thread):
    """Looks at what the programs of the rig have started: arguments of all, environment of all
    but those that the rig itself started."""

    def __init__(self, found: Found) -> None:
        super().__init__(daemon=True)
        self._found = found
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.wait(_LOOK):
            parents = dict(_parents())
            for pid in parents:
                depth = _depth(pid, parents)
                if depth:
                    self._look(pid, depth)

    def _look(self, pid: int, depth: int) -> None:
        for name in ("cmdline", "environ")[: 1 if depth == 1 else 2]:
            with suppress(OSError):
                data = Path(f"/proc/{pid}/{name}").read_bytes()
                self._found.processes.add(pid)
                self._found.hits += [f"{name} of a process: {one}" for one in hits(data)]

    def close(self) -> None:
        self._over.set()
        self.join()


def _parents() -> Iterator[tuple[int, int]]:
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            with suppress(OSError, ValueError, IndexError):
                fields = (place / "stat").read_text().rpartition(")")[2].split()
                yield int(place.name), int(fields[1])


def _depth(pid: int, parents: Mapping[int, int]) -> int:
    """How many generations a process is below this one, 0 for a stranger. A copy of this one that
    has not yet become another program has its arguments and is no stranger either."""
    depth = 0
    while pid and pid != os.getpid():
        depth, pid = depth + 1, parents.get(pid, 0)
    return depth if pid else 0


# --- the runs ------------------------------------------------------------------------------------


def _commands() -> list[tuple[str, ...]]:
    asked = ("ask", "--service")
    return [
        (*asked, "das", "why?"),
        (*asked, "dms", "--json", "why?"),
        (*asked, "das", "--json", "why?"),
        (*asked, "dms", "why?"),
        ("attach", "sess-1", "--agent-id", "a"),
        ("sessions", "--remote"),
        ("doctor",),
        ("doctor", "--json"),
        ("config", "show"),
    ]


def measure(share: float) -> Iterable[Figure]:
    """All faults with all commands and both kinds of credentials, then the app."""
    found = Found()
    cases = [
        (fault, command, profile)
        for fault in FAULTS
        for command in _commands()
        for profile in ("sts", "key")
    ]
    chosen = cases
    if share < 1:
        chosen = random.Random(share).sample(cases, max(1, round(len(cases) * share / 2)))
    watch = Processes(found)
    old = os.umask(0)
    watch.start()
    try:
        with tempfile.TemporaryDirectory(prefix="das-tui-rig-") as name, echoing() as service:
            folder, home = _home(Path(name), service.server_port)
            for fault, command, profile in chosen:
                service.fault = fault
                done = _run(home, command, profile)
                found.judge(f"{' '.join(command)} at {fault}", done)
            crash = _run(home, ("-c", "ask", "why?"), "sts")
            found.crashed = b"das-tui: internal error: RuntimeError: boom" in crash
            found.judge("a crash", crash)
            service.fault = "stream"
            _app(home, found)
            _stored(home, found)
            found.look(folder)
    finally:
        watch.close()
        os.umask(old)
    for line in sorted({*found.hits, *found.modes})[:20]:
        print(line)
    looked = f"{number(found.files)} files, {number(found.output / 1000)} kB of output"
    yield Figure(
        "R11",
        f"secrets found after {number(len(chosen))} faulty runs and the app, in {looked}, "
        f"{number(len(found.processes))} processes",
        str(len(found.hits)),
        "0",
        not found.hits
        and found.crashed
        and bool(found.processes)
        and found.files > 5
        and found.output > 1000,
    )
    yield Figure(
        "R11",
        "files and folders with other rights than 0600 and 0700 under umask 000",
        str(len(found.modes)),
        "0",
        not found.modes,
    )


def _home(folder: Path, port: int) -> tuple[Path, dict[str, str]]:
    """What the program may fill, and its environment. The settings are the operator's own."""
    inside = folder / "home"
    inside.mkdir(0o700)
    config = folder / "config.toml"
    proxy = f"http://user:{PASSWORD}@127.0.0.1:9"
    config.write_text(
        f'[profiles.sts]\ncredentials = "env"\nproxy = "{proxy}"\n'
        f'[profiles.key]\ncredentials = "api-key"\nproxy = "{proxy}"\n'
    )
    url = f"http://127.0.0.1:{port}"
    (inside / "tmp").mkdir(0o700)
    home = environment(inside) | {
        "DAS_TUI_CONFIG": str(config),
        "DAS_TUI_DATA_DIR": str(inside / "data"),
        "XDG_CACHE_HOME": str(inside / "cache"),
        "XDG_DATA_HOME": str(inside / "share"),
        "TMPDIR": str(inside / "tmp"),
        "DAS_TUI_DAS_ENDPOINT": url,
        "DAS_TUI_DMS_ENDPOINT": url,
        "DATA_AGENT_API_KEY": API_KEY,
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return inside, home | ACCESS_KEY | LOUD


def _run(home: dict[str, str], command: tuple[str, ...], profile: str) -> bytes:
    """All that a command writes; `-c` is one that crashes."""
    crash = command[0] == "-c"
    begin = ["-c", _CRASH] if crash else ["-m", "das_tui"]
    if crash:
        # The script holds the secrets, so it is no argument.
        begin = ["-"]
    done = subprocess.run(
        [sys.executable, *begin, "--profile", profile, *command[crash:]],
        env=home,
        input=_CRASH.encode() if crash else b"",
        capture_output=True,
        timeout=120,
        check=False,
    )
    return done.stdout + done.stderr


def _app(home: dict[str, str], found: Found) -> None:
    """A question whose answer holds the secrets, taken along in every way there is."""
    tools = Path(home["HOME"]) / "tmp"
    more = {
        "PAGER": "sh -c 'env; cat; tail -n 1'",
        "VISUAL": "sh -c 'env; cat \"$0\"'",
        "SHELL": "/bin/sh",
    }
    with started(home | more, "--profile", "sts", "--ask", "why?", "--service", "das") as terminal:
        terminal.shows("finished")
        terminal.settle(_ESCAPE, 1.5)
        terminal.press("|")
        _type(terminal, "env; cat; ps -ef | cat")
        terminal.shows("goes back")
        terminal.press("\r")
        terminal.settle(_ESCAPE, 1.5)
        terminal.press("o")
        terminal.settle(_ESCAPE, 1.5)
        terminal.press("\r")
        terminal.settle(_ESCAPE, 1.5)
        terminal.press("i")
        terminal.settle(_ESCAPE, 1.5)
        terminal.press("\x0f")
        terminal.settle(1.0, 3.0)
        terminal.press("\x1b")
        terminal.settle(_ESCAPE, 1.5)
        for ending in ("md", "jsonl"):
            terminal.press("s")
            terminal.settle(_ESCAPE, 1.5)
            terminal.press("\x15")
            _type(terminal, str(tools / f"saved.{ending}"))
            terminal.settle(_ESCAPE, 1.5)
        for keys in ("d", "\x1b", "y", "V", "\r"):
            terminal.press(keys)
            terminal.settle(_ESCAPE, 1.5)
        terminal.press("q")
        terminal.ended()
        found.judge("the app", terminal.written)


def _type(terminal: Terminal, text: str) -> None:
    terminal.settle(_ESCAPE, 1.5)
    terminal.press(text)
    terminal.settle(_ESCAPE, 1.5)
    terminal.press("\r")


def _stored(home: dict[str, str], found: Found) -> None:
    listed = _run(home, ("sessions", "--json"), "sts")
    found.judge("sessions", listed)
    for line in listed.decode().splitlines()[:20]:
        if line.startswith("{"):
            session = json.loads(line)
            name = session["session"] or session["key"]
            for more in ((), ("--json",)):
                found.judge("show", _run(home, ("show", name, *more), "sts"))

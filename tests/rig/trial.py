"""One fault put to the real command line, and whether what came of it is right."""

import asyncio
import contextlib
import json
import re
import socket
import ssl
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from das_tui.demo.serve import Background
from das_tui.domain.record import LOCAL
from das_tui.store.store import Store
from das_tui.wire.sse import SseDecoder
from tests.rig import certificates
from tests.rig.faults import Fault
from tests.rig.front import PAID, Front
from tests.rig.home import environment
from tests.rig.raw_server import RawServer
from tests.run.served import from_web, serving

GRACE = 10.0
"""Seconds that a run may take beside all waits: a program has to start, store and end."""
_QUESTIONS = {
    "das": "Why is the CPU of rm-demoharbor01 at 97 %?",
    "dms": "How many rides on Monday?",
}
_KEY = "demo"
_LONG = 20.0
"""Seconds of waiting that make a fault one that mostly waits."""
_STREAMS = frozenset({"GetDasAgentSSE", "Chat", "GetChatContent"})
_VERDICT = re.compile(r"^(finished|failed|cancelled|needs you|cut|not sent|not followed)\b", re.M)
_TLS = frozenset({"good", *certificates.KINDS})


@dataclass(frozen=True)
class Outcome:
    """What came of a fault.

    Exit code, what was printed and told, the verdict that is told and the one that is stored
    (empty without a session); requests by action and the seconds at which they came; `seconds` from
    the first of them to the end, without one from the program's first word; the paid ones that were
    repeated, requests at the other server, the payloads of good events and of those that were
    stored, and whether each request was signed by itself.
    """

    code: int
    printed: str
    told: str
    verdict: str
    stored: str
    requests: Counter[str]
    times: Mapping[str, Sequence[float]]
    seconds: float
    repeated: Sequence[str]
    elsewhere: int
    good: Sequence[bytes]
    kept: Sequence[bytes]
    fresh: bool


class Bench:
    """What all trials share: services, certificates, another server. A context manager."""

    def __init__(self, pace: float = 1.0) -> None:
        self.pace = pace
        self.tls: dict[str, ssl.SSLContext] = {}
        self.authority = Path()
        self.elsewhere = RawServer(_nothing)
        self._services: dict[str, Background] = {}
        self._open = contextlib.AsyncExitStack()

    async def __aenter__(self) -> "Bench":
        name = self._open.enter_context(tempfile.TemporaryDirectory(prefix="das-tui-faults-"))
        self.folder = Path(name)
        self.tls = certificates.contexts(self.folder / "tls")
        self.authority = self.folder / "tls" / "authority.pem"
        await self._open.enter_async_context(self.elsewhere)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    def service(self, options: Mapping[str, Any]) -> Background:
        """A service with these options."""
        name = repr(sorted(options.items()))
        if name not in self._services:
            made = serving(access_key_id=_KEY, access_key_secret=_KEY, seed=7, **options)
            self._services[name] = self._open.enter_context(made)
        return self._services[name]

    async def tried(self, fault: Fault, number: int) -> Outcome:
        """Put a fault to `das-tui ask` or `attach`, in a home of its own."""
        service = self.service(fault.service)
        home = self.folder / f"home-{number}"
        home.mkdir()
        tls = self.tls.get(fault.line)
        before = len(self.elsewhere.seen)
        front = Front(
            service.url,
            fault.script,
            lasting=fault.lasting,
            every=fault.every,
            pace=self.pace,
            elsewhere=self.elsewhere.url,
            tls=tls,
        )
        arguments, session = self._arguments(fault, service)
        async with front, _line(fault.line, front) as url:
            begun, code, printed, told = await self._run(arguments, self._home(fault, home, url))
            ended = time.monotonic()
        state, kept, session_id = _stored(home / "history.db")
        verdicts = _VERDICT.findall(told)
        nonces = [given.request.headers.get("x-acs-signature-nonce") for given in front.log]
        times: dict[str, list[float]] = {}
        for given in front.log:
            times.setdefault(given.request.action, []).append(given.request.at)
        return Outcome(
            code,
            printed,
            told,
            verdicts[-1] if verdicts else "",
            state,
            Counter(given.request.action for given in front.log),
            times,
            ended - (front.log[0].request.at if front.log else begun),
            front.repeated(),
            len(self.elsewhere.seen) - before,
            _good(fault, service, front, session or session_id),
            kept,
            None not in nonces and len(set(nonces)) == len(nonces),
        )

    def _arguments(self, fault: Fault, service: Background) -> tuple[list[str], str]:
        """The command line, and the session that it follows."""
        if fault.agent == "attach":
            session = from_web(service)
            name = session.session_id
            return ["attach", name, "--agent-id", session.agent_id, "--from-start"], name
        kind = "dms" if fault.agent == "dms" else "das"
        return ["ask", "--service", fault.agent, _QUESTIONS[kind]], ""

    def _home(self, fault: Fault, folder: Path, url: str) -> dict[str, str]:
        """The environment of the program."""
        settings = ["[profiles.rig]", 'credentials = "env"']
        if fault.line in _TLS - {"itself"}:
            settings.append(f'ca_file = "{self.authority}"')
        path = folder / "config.toml"
        path.write_text("\n".join(settings))
        return environment(folder) | {
            "DAS_TUI_CONFIG": str(path),
            "DAS_TUI_DAS_ENDPOINT": url,
            "DAS_TUI_DMS_ENDPOINT": url,
            "ALIBABA_CLOUD_ACCESS_KEY_ID": _KEY,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": _KEY,
        }

    async def _run(self, arguments: list[str], home: dict[str, str]) -> tuple[float, int, str, str]:
        """When the program said its first word, its exit code, what it printed and told."""
        program = ["das_tui"] if self.pace == 1 else ["tests.rig.hurried", str(self.pace)]
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            *program,
            *arguments,
            env=home,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        assert child.stdout is not None
        assert child.stderr is not None
        printing = asyncio.ensure_future(child.stdout.read())
        told = await child.stderr.read(1)
        begun = time.monotonic()
        told += await child.stderr.read()
        printed = await printing
        return begun, await child.wait(), printed.decode(), told.decode()


async def _nothing(*_: object) -> None:
    """Hears and says nothing."""


async def _plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """What a server says to one that does not speak HTTP."""
    await reader.read(1)
    writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    writer.close()


@contextlib.asynccontextmanager
async def _line(kind: str, front: Front) -> AsyncIterator[str]:
    """Where the program is sent: to `front`, or to a port that is as `kind` says."""
    if kind in ("", *_TLS):
        yield front.url
    elif kind == "plain":
        server = await asyncio.start_server(_plain, "127.0.0.1", 0)
        async with server:
            yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    else:
        with contextlib.ExitStack() as stack:
            port = stack.enter_context(socket.socket())
            port.bind(("127.0.0.1", 0))
            number = port.getsockname()[1]
            if kind != "nobody":
                port.listen(64 if kind == "mute" else 0)
            if kind == "crowd":
                for _ in range(3):
                    one = stack.enter_context(socket.socket())
                    one.setblocking(False)
                    one.connect_ex(("127.0.0.1", number))
            yield f"{'https' if kind == 'mute' else 'http'}://127.0.0.1:{number}"


def _stored(path: Path) -> tuple[str, list[bytes], str]:
    """State, payloads and id of the one session of a store; all empty without one."""
    store = Store.open(path)
    try:
        for row in store.sessions():
            kept = [record.data for record in store.load(row.key) if record.source != LOCAL]
            return row.state.value, kept, row.session_id
        return "", [], ""
    finally:
        store.close()


def _good(fault: Fault, service: Background, front: Front, session: str) -> list[bytes]:
    """The payloads of the good events of the run."""
    if fault.agent in {"dms", "attach"}:
        known = service.hub.known(session)
        if known is None or not known.turns:
            return []
        history = known.history(time.time(), service.hub.config)
        return [frame.data for _, frame in history if b"SSE_VERSION" not in frame.data]
    answer = next((front.good[name] for name in _STREAMS if name in front.good), None)
    decoder = SseDecoder()
    return [frame.data for frame in decoder.feed(answer.body)] if answer else []


# --- the judgement -------------------------------------------------------------------------------


def complaints(fault: Fault, found: Outcome, pace: float) -> Iterable[str]:
    """All that is not as the fault's row of the table says, and not as it always must be."""
    if found.code != fault.code:
        yield f"exit code {found.code} and not {fault.code}"
    if found.verdict != fault.verdict:
        yield f"the verdict is told as {found.verdict!r} and not {fault.verdict!r}"
    if found.stored not in {"", fault.verdict}:
        yield f"the verdict is stored as {found.stored!r} and not {fault.verdict!r}"
    for action in {*fault.requests, *(found.requests.keys() & PAID)}:
        if found.requests[action] != fault.requests.get(action, 0):
            wanted = fault.requests.get(action, 0)
            yield f"{found.requests[action]} requests of {action} and not {wanted}"
    limit = fault.waits * pace + fault.fixed + GRACE
    if found.seconds > limit:
        yield f"took {found.seconds:.1f} s and not at most {limit:.1f} s"
    yield from (f"{action} was repeated" for action in found.repeated)
    if found.elsewhere:
        yield "a redirect was followed"
    if found.requests and not found.fresh:
        yield "a nonce was used twice"
    for action, wait in _early(fault, found):
        yield f"{action} came again after {wait:.2f} s and not {fault.after} s"
    said = " ".join(found.told.split())
    yield from (f"{words!r} is not said" for words in fault.says if words not in said)
    yield from (f"{words!r} is said" for words in (*fault.never, "Traceback") if words in said)
    yield from _kept(fault, found)


def _early(fault: Fault, found: Outcome) -> Iterable[tuple[str, float]]:
    """Second requests before their time."""
    for action, times in found.times.items():
        if fault.after and action in fault.script and len(times) > 1:
            wait = times[1] - times[0]
            if wait < fault.after:
                yield action, wait


def _kept(fault: Fault, found: Outcome) -> Iterable[str]:
    """What is stored of the good events: all once and in order, some from the first on, none."""
    good = [_bare(data) for data in found.good]
    known = set(good)
    kept = [bare for bare in (_bare(data) for data in found.kept) if bare in known]
    if fault.kept == "all" and (kept != good or not good):
        lost, more = Counter(good) - Counter(kept), Counter(kept) - Counter(good)
        yield f"{lost.total()} of {len(good)} events lost, {more.total()} too many"
    elif fault.kept == "some" and not (kept and kept == good[: len(kept)] and kept != good):
        if fault.script and found.good:
            yield f"{len(kept)} of {len(good)} events are kept, or not in order"
    elif fault.kept == "none" and kept:
        yield f"{len(kept)} events are kept"


def _bare(data: bytes) -> str:
    """A payload without what a fault of checkpoints changes."""
    try:
        value = json.loads(data)
    except ValueError:
        return repr(data)
    if isinstance(value, dict):
        value.pop("checkpoint", None)
    return json.dumps(value, sort_keys=True)


async def all_tried(faults: Sequence[Fault], pace: float, at_once: int = 2) -> list[Outcome]:
    """The outcomes of faults: `at_once` of those at a time that work, and a dozen of those that
    mostly wait."""
    found: dict[int, Outcome] = {}
    seconds = {n: fault.waits * pace for n, fault in enumerate(faults)}
    waiting = iter(sorted((n for n in seconds if seconds[n] >= _LONG), key=lambda n: -seconds[n]))
    working = iter([n for n in seconds if seconds[n] < _LONG])
    async with Bench(pace) as bench:

        async def work(numbers: Iterator[int]) -> None:
            for number in numbers:
                found[number] = await bench.tried(faults[number], number)

        lanes = [work(waiting) for _ in range(12)] + [work(working) for _ in range(at_once)]
        await asyncio.gather(*lanes)
    return [found[number] for number in range(len(faults))]

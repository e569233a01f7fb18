"""The sessions of one service: which there are, what is asked of them, and the file that keeps
them. A listener only sleeps until the next event is due."""

import asyncio
import contextlib
import json
import os
import secrets
import time
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from das_tui.demo import scenarios
from das_tui.demo.config import ServiceConfig
from das_tui.demo.scenarios.parts import Part
from das_tui.demo.session import DasSession, DmsSession, Turn
from das_tui.domain.record import Frame

__all__ = ["Asked", "DasSession", "DmsSession", "Hub", "Turn"]

STATE_VERSION = 2
TITLE_LIMIT = 128
_REQUESTS_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that was let in. `way` is `signed` or `api-key`."""

    action: str
    params: Mapping[str, str]
    way: str
    at: float


class Hub:
    """All sessions of one service.

    `sent` is a log of the frames of each stream, kept only when `log` is set (by tests).
    `requests` are the latest requests that were let in, `feedback` what people thought. `wake`
    lets listeners look again; `close` lets them go.
    """

    def __init__(self, config: ServiceConfig, clock: Callable[[], float] = time.time) -> None:
        self.config = config
        self.clock = clock
        self.dms: dict[str, DmsSession] = {}
        self.das: dict[str, DasSession] = {}
        self.das_running = 0
        self.closing = False
        self.log = False
        self.sent: dict[str, list[Frame]] = {}
        self.requests: deque[Asked] = deque(maxlen=_REQUESTS_KEPT)
        self.feedback: list[dict[str, Any]] = []
        self._changed: asyncio.Event | None = None
        if config.state_file is not None:
            self._load(config.state_file)

    def _seed(self) -> int:
        return secrets.randbelow(1 << 30) if self.config.seed is None else self.config.seed

    # --- DMS -----------------------------------------------------------------------------------

    def known(self, session_id: str, workspace: str | None = None) -> DmsSession | None:
        """The session of that id unless it is gone; with a `workspace` only if it lives there."""
        session = self.dms.get(session_id)
        if session is None or session.gone:
            return None
        return session if workspace is None or session.workspace == workspace else None

    def note(self, asked: Asked) -> None:
        """Log a request, in the file too if there is one."""
        self.requests.append(asked)
        path = self.config.request_log
        if path is None:
            return
        line = json.dumps({"action": asked.action, "way": asked.way, "params": dict(asked.params)})
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(line + "\n")

    def asked(self, action: str) -> list[Mapping[str, str]]:
        """The parameters of the logged requests of one action, in their order."""
        return [asked.params for asked in self.requests if asked.action == action]

    def create(
        self, title: str, config: Mapping[str, Any], workspace: str = "", file: str = ""
    ) -> DmsSession:
        """A new session."""
        session = DmsSession(
            session_id=f"sess_{secrets.token_hex(12)}",
            agent_id=f"ag-{secrets.token_hex(8)}",
            title=title[:TITLE_LIMIT],
            created=self.clock(),
            seed=self._seed(),
            config=dict(config),
            workspace=workspace,
            file=file,
        )
        self.dms[session.session_id] = session
        self.save()
        return session

    def send(
        self,
        session: DmsSession,
        message: str,
        kind: str,
        database: str,
        args: Mapping[str, Any] | None = None,
    ) -> Turn:
        """Begin the turn that answers `message`; `args` are further arguments of its part."""
        now = self.clock()
        if database and not session.database:
            session.database = database
        part = self._next_part(session, message, kind, now)
        turn = Turn(
            message=message,
            part=part.name,
            args={**part.args, **(args or {})},
            started=now,
            speed=1.0 if part.name == "rate" else self.config.speed,
            kind=kind,
            message_id=f"msg_{secrets.token_hex(8)}",
        )
        session.turns.append(turn)
        session.settle(len(session.turns) - 1)
        self.save()
        self.wake()
        return turn

    def _next_part(self, session: DmsSession, message: str, kind: str, now: float) -> Part:
        if kind == "report":
            return Part("report")
        if session.turns and session.asks(now):
            last = session.turns[-1]
            return scenarios.after(Part(last.part, last.args), message)
        before = scenarios.family(session.turns[0].part) if session.turns else ""
        return scenarios.choose_dms(
            message,
            forced=self.config.scenario,
            rate=self.config.rate,
            before=before,
            config=session.config,
        )

    def cancel(self, session: DmsSession) -> bool:
        """Stop the running turn, or one that waits for an answer; False when there is none."""
        now = self.clock()
        if not session.running(now) and not session.asks(now):
            return False
        session.turns[-1].cancelled = now
        session.settle(len(session.turns) - 1)
        self.save()
        self.wake()
        return True

    # --- DAS -----------------------------------------------------------------------------------

    def ask_das(self, session_id: str, question: str) -> tuple[DasSession, str]:
        """The session (a new one for an unknown or empty id) and the scenario of the answer."""
        session = self.das.get(session_id) if session_id else None
        if session is None:
            session = DasSession(session_id or str(uuid.uuid4()), self._seed())
            self.das[session.session_id] = session
        before = session.asked[-1] if session.asked else ""
        name = scenarios.choose_das(question, forced=self.config.scenario, before=before)
        session.asked.append(name)
        self.save()
        return session, name

    # --- listeners -----------------------------------------------------------------------------

    def wake(self) -> None:
        """Something changed: every listener looks again."""
        if self._changed is not None:
            self._changed.set()
            self._changed = None

    def close(self) -> None:
        """Let all listeners go."""
        self.closing = True
        self.wake()

    async def wait(self, seconds: float) -> None:
        """Sleep until a time has passed or something changed."""
        if self._changed is None:
            self._changed = asyncio.Event()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(seconds, 0.001)):
                await self._changed.wait()

    # --- the state file --------------------------------------------------------------------------

    def save(self) -> None:
        """Write all sessions to the state file, if there is one: 0600, whole or not at all."""
        path = self.config.state_file
        if path is None:
            return
        state = {
            "version": STATE_VERSION,
            "dms": [_kept(session) for session in self.dms.values()],
            "das": [asdict(session) for session in self.das.values()],
        }
        new = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(state, file)
            new.replace(path)
        except OSError:
            new.unlink(missing_ok=True)
            raise

    def _load(self, path: Path) -> None:
        """Sessions of the state file; without a usable one, the demo's older sessions."""
        try:
            state = json.loads(path.read_text("utf-8"))
            if state["version"] != STATE_VERSION:
                raise ValueError("state of another version")
            for raw in state["dms"]:
                turns = [Turn(**turn) for turn in raw.pop("turns")]
                if all(turn.part in scenarios.PARTS for turn in turns):
                    session = DmsSession(**raw, turns=turns)
                    self.dms[session.session_id] = session
            for raw in state["das"]:
                self.das[raw["session_id"]] = DasSession(**raw)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            from das_tui.demo import past

            self.dms = {s.session_id: s for s in past.dms_sessions(self.clock())}
            self.das = {s.session_id: s for s in past.das_sessions()}
            self.save()


def _kept(session: DmsSession) -> dict[str, Any]:
    return {
        "session_id": session.session_id,
        "agent_id": session.agent_id,
        "title": session.title,
        "created": session.created,
        "seed": session.seed,
        "database": session.database,
        "config": session.config,
        "workspace": session.workspace,
        "file": session.file,
        "saved": session.saved,
        "gone": session.gone,
        "extra": session.extra,
        "sources": session.sources,
        "turns": [asdict(turn) for turn in session.turns],
    }

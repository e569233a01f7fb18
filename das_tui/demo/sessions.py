"""The sessions of the service: turns, their clocks, and the file that keeps them.

Nothing runs in the background. What a session has said by now follows from the times at which its
turns began; a listener only sleeps until the next event is due. That is why a run goes on whether
somebody listens or not, over a restart as well.
"""

import asyncio
import contextlib
import json
import os
import secrets
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from das_tui.demo import scenarios
from das_tui.demo.config import ServiceConfig
from das_tui.demo.frames import dms_frame
from das_tui.demo.replies import language
from das_tui.demo.scenarios.parts import Part
from das_tui.demo.script import Beat, Outcome, Script
from das_tui.domain.record import Frame

STATE_VERSION = 1
TITLE_LIMIT = 128


@dataclass(slots=True)
class Turn:
    """One message of a DMS session and the script that answers it.

    `started` is in UNIX seconds; `cancelled` is when it was stopped, 0 if it was not. `seconds` and
    `outcome` repeat what the script says, so that the state of a session is known without playing
    it.
    """

    message: str
    part: str
    args: dict[str, Any]
    started: float
    speed: float
    kind: str = "primary"
    message_id: str = ""
    cancelled: float = 0.0
    seconds: float = 0.0
    outcome: str = Outcome.FINISHED


@dataclass(slots=True)
class _Played:
    """A turn's script with the checkpoint at which it begins."""

    script: Script
    base: int

    def checkpoint(self, beat: Beat, group: int) -> int:
        """The checkpoint of a beat, -1 for one without; `group` neighbours share one."""
        return -1 if beat.number < 0 else (self.base + beat.number) // group


@dataclass(slots=True)
class DmsSession:
    """A session of the Data Agent."""

    session_id: str
    agent_id: str
    title: str
    created: float
    seed: int
    database: str = ""
    config: dict[str, Any] = field(default_factory=dict)
    turns: list[Turn] = field(default_factory=list)
    _played: list[_Played] = field(default_factory=list, repr=False)

    def played(self, place: int) -> _Played:
        """The script of a turn, made when it is first needed; a cancelled one ends early."""
        while len(self._played) <= place:
            index = len(self._played)
            turn = self.turns[index]
            base = 0
            if index:
                before = self._played[-1]
                base = before.base + before.script.numbers
            script = scenarios.play_dms(
                Part(turn.part, turn.args),
                turn.message,
                self.seed + index * 7919,
                self.database or scenarios.database_of(turn.message),
                language(self.turns[0].message) if "." in turn.part else "",
            )
            self._played.append(_Played(_cut(script, turn), base))
        return self._played[place]

    def settle(self, place: int) -> None:
        """The turn is new or was cancelled: make its script (again) and note how it ends."""
        del self._played[place:]
        script = self.played(place).script
        never = script.outcome is Outcome.NEVER
        self.turns[place].seconds = 0.0 if never else script.seconds
        self.turns[place].outcome = script.outcome

    def due(self, place: int, beat: Beat) -> float:
        """When a beat of a turn happens, in UNIX seconds."""
        turn = self.turns[place]
        return turn.started + (beat.at / turn.speed if turn.speed else 0.0)

    def elapsed(self, place: int, now: float) -> float:
        """Script seconds of a turn that have passed."""
        turn = self.turns[place]
        if now < turn.started:
            return -1.0
        return (now - turn.started) * turn.speed if turn.speed else float("inf")

    def running(self, now: float) -> bool:
        """Whether the latest turn has not ended yet."""
        if not self.turns:
            return False
        last = self.turns[-1]
        return last.outcome == Outcome.NEVER or self.elapsed(-1, now) < last.seconds

    def asks(self, now: float) -> bool:
        """Whether the latest turn has ended with a question."""
        asked = bool(self.turns) and self.turns[-1].outcome == Outcome.ASKED
        return asked and not self.running(now)

    def status(self, now: float) -> str:
        """`SessionStatus` as the wire spells it."""
        if not self.turns:
            return "INIT"
        if self.running(now):
            return "RUNNING"
        ends = {Outcome.ASKED.value: "WAIT_INPUT", Outcome.FAILED.value: "FAILED"}
        return ends.get(self.turns[-1].outcome, "IDLE")

    def start(self, checkpoint: int | None, now: float, config: ServiceConfig) -> tuple[int, int]:
        """Where a listener begins: (turn, beat). Without a checkpoint at what comes next; with 0
        at the beginning; else behind that checkpoint, or at it where replay is inclusive."""
        if not self.turns:
            return 0, 0
        if checkpoint is None:
            place = len(self.turns) - 1
            return place, self.played(place).script.after_time(self.elapsed(place, now))
        if checkpoint <= 0:
            return 0, 0
        group = config.checkpoint_group
        last_number = (checkpoint - 1 if config.inclusive else checkpoint) * group + group - 1
        for place in range(len(self.turns)):
            played = self.played(place)
            if last_number < played.base + played.script.numbers:
                return place, played.script.after_number(last_number - played.base)
        place = len(self.turns) - 1
        return place, len(self.played(place).script.beats)

    def frame(self, place: int, index: int, config: ServiceConfig) -> Frame:
        """One event as the wire has it."""
        played = self.played(place)
        beat = played.script.beats[index]
        checkpoint = played.checkpoint(beat, config.checkpoint_group)
        return dms_frame(beat, self.due(place, beat), checkpoint, config)

    def history(self, now: float, config: ServiceConfig) -> Iterator[tuple[float, Frame]]:
        """All events up to `now` with their times."""
        for place in range(len(self.turns)):
            played = self.played(place)
            upto = min(len(played.script.beats), played.script.after_time(self.elapsed(place, now)))
            for index in range(upto):
                yield (
                    self.due(place, played.script.beats[index]),
                    self.frame(place, index, config),
                )


def _cut(script: Script, turn: Turn) -> Script:
    """A cancelled script: what came before, then `chat_canceled`."""
    if not turn.cancelled:
        return script
    elapsed = (turn.cancelled - turn.started) * turn.speed if turn.speed else 0.0
    kept = list(script.beats[: script.after_time(elapsed)])
    number = next((b.number + 1 for b in reversed(kept) if b.number >= 0), 0)
    kept.append(Beat(elapsed, "chat_canceled", "chat", "str", "", 30, number))
    return Script(kept)


@dataclass(slots=True)
class DasSession:
    """A conversation with the DAS agent: the scenarios of its questions so far."""

    session_id: str
    seed: int
    asked: list[str] = field(default_factory=list)


class Hub:
    """All sessions of one service.

    `sent` is a log of the frames of each stream, kept only when `log` is set (by tests). `wake`
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
        self._changed: asyncio.Event | None = None
        if config.state_file is not None:
            self._load(config.state_file)

    def _seed(self) -> int:
        return secrets.randbelow(1 << 30) if self.config.seed is None else self.config.seed

    # --- DMS -----------------------------------------------------------------------------------

    def create(self, title: str, config: Mapping[str, Any]) -> DmsSession:
        """A new session."""
        session = DmsSession(
            session_id=f"sess_{secrets.token_hex(12)}",
            agent_id=f"ag-{secrets.token_hex(8)}",
            title=title[:TITLE_LIMIT],
            created=self.clock(),
            seed=self._seed(),
            config=dict(config),
        )
        self.dms[session.session_id] = session
        self.save()
        return session

    def send(self, session: DmsSession, message: str, kind: str, database: str) -> Turn:
        """Begin the turn that answers `message`."""
        now = self.clock()
        if database and not session.database:
            session.database = database
        part = self._next_part(session, message, kind, now)
        turn = Turn(
            message=message,
            part=part.name,
            args=dict(part.args),
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
        part = scenarios.choose_dms(
            message, forced=self.config.scenario, rate=self.config.rate, before=before
        )
        return Part(part.name, {**part.args, **scenarios.skips(session.config)})

    def cancel(self, session: DmsSession) -> bool:
        """Stop the running turn; False when nothing runs."""
        now = self.clock()
        if not session.running(now):
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
        "turns": [asdict(turn) for turn in session.turns],
    }

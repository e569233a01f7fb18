"""One session of the service: its turns, played against their clocks.

Nothing runs in the background. What a session has said by now follows from the times at which its
turns began. That is why a run goes on whether somebody listens or not, over a restart as well.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from das_tui.demo import scenarios
from das_tui.demo.config import ServiceConfig
from das_tui.demo.frames import dms_frame
from das_tui.demo.replies import language
from das_tui.demo.scenarios.parts import Part
from das_tui.demo.script import Beat, Outcome, Script
from das_tui.domain.record import Frame

_LANGUAGES = {"CHINESE": "zh", "ENGLISH": "en"}


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
    """A session of the Data Agent.

    `file` is the file that it was made with, `workspace` the workspace that it lives in. `gone`
    says that it is listed but can no longer be read. `extra` names files that it wrote without a
    word. `sources` are the data sources of its messages as the wire has them.
    """

    session_id: str
    agent_id: str
    title: str
    created: float
    seed: int
    database: str = ""
    config: dict[str, Any] = field(default_factory=dict)
    workspace: str = ""
    file: str = ""
    saved: bool = False
    gone: bool = False
    extra: list[str] = field(default_factory=list)
    sources: list[dict[str, Any]] = field(default_factory=list)
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
                self._language(turn),
            )
            self._played.append(_Played(_cut(script, turn), base))
        return self._played[place]

    def _language(self, turn: Turn) -> str:
        """`zh` or `en` where something other than the message itself decides it."""
        wanted = str(self.config.get("Language", "")).upper()
        if wanted in _LANGUAGES:
            return _LANGUAGES[wanted]
        return language(self.turns[0].message) if "." in turn.part else ""

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
    if turn.speed:
        elapsed = (turn.cancelled - turn.started) * turn.speed
    else:
        elapsed = 0.0 if script.outcome is Outcome.NEVER else script.seconds
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

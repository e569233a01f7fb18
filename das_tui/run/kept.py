"""One session in memory: its row, its reducer, its ledger, and what a run says about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING

from das_tui.domain.events import AnyEvent, TurnStarted
from das_tui.domain.record import LOCAL, Record, Service
from das_tui.domain.session import RUNNING, Overview, Session, State
from das_tui.domain.turn import Turn
from das_tui.domain.usage import PaidAnswer, UsageRow
from das_tui.light import dataclass
from das_tui.run import replay
from das_tui.run.fresh import Fresh
from das_tui.run.ledger import Ledger

if TYPE_CHECKING:
    from das_tui.run.runner import Run


@dataclass(slots=True)
class Kept:
    """A session in memory.

    `shown` is what the run says while no event says it (queued, starting, a wait); it lies over
    the state of the reducer. `turns` tells whether the service announces its turns (`chat_start`).
    `left` are stored questions that wait no longer once the next record is stored. `payer` is the
    profile that pays where the session was made without one, `paid` are costs that nobody has
    added up yet. `shelved` is the number of blocks that are packed, `marked` that of the records
    before the stored mark of the reducer. `fresh` counts what is unread.
    """

    row: Session
    turn: Turn = field(default_factory=Turn)
    ledger: Ledger = field(default_factory=Ledger)
    run: Run | None = None
    shown: State | None = None
    detail: str = ""
    shown_at: float = 0.0
    turns: bool = False
    left: list[int] = field(default_factory=list)
    payer: str = ""
    paid: list[UsageRow] = field(default_factory=list)
    shelved: int = 0
    marked: int = 0
    fresh: Fresh = field(default_factory=Fresh)
    _billed: int = 0
    _billed_last: PaidAnswer | None = None

    def take(self, records: Sequence[Record]) -> None:
        """Take over stored records that follow those already taken."""
        position, frames = self.row.records, self.row.frames
        try:
            for record in records:
                events = replay.read(record)
                replay.apply(self.turn, events, record.at, record.position)
                self.note(events)
                if record.source != LOCAL:
                    self.ledger.admit(*replay.place(events))
                    frames = record.seq
                position = record.position
        finally:
            self.row = replace(self.row, records=position, frames=frames)

    def note(self, events: Sequence[AnyEvent]) -> None:
        """Remember what later runs must know of these events."""
        if not self.turns and any(isinstance(event, TurnStarted) for event in events):
            self.turns = True

    def usage(self) -> tuple[UsageRow, ...]:
        """What answers cost, as far as that is new or different since the last call."""
        answers = self.turn.answers
        changed = answers[self._billed :]
        if self._billed and answers[self._billed - 1] != self._billed_last:
            changed = answers[self._billed - 1 :]
        if changed:
            self._billed, self._billed_last = len(answers), answers[-1]
        return tuple(self.usage_row(paid) for paid in changed)

    def usage_row(self, paid: PaidAnswer) -> UsageRow:
        """An answer of this session as it is kept."""
        profile = self.row.profile or self.payer
        return UsageRow(self.row.key, paid.position, paid.at, profile, paid.chars, paid.estimated)

    @property
    def state(self) -> State:
        """How the session stands: what the run says, else what the events say."""
        return self.shown if self.shown is not None else self.turn.state

    def reduced(self) -> Overview:
        """The reducer's overview, as it is without a run."""
        found = self.turn.overview
        if found.state is State.CUT and self.row.service == Service.DMS:
            # The reducer cannot know that following costs nothing here.
            found = replace(found, detail="")
        return found

    def overview(self) -> Overview:
        """The reducer's overview with what the run says laid over it."""
        found = self.reduced()
        if self.shown is None:
            return replace(found, detail=self.detail) if self.detail else found
        since = self.shown_at if self.shown is not found.state else found.since
        return replace(found, state=self.shown, since=since, detail=self.detail)

    def refresh(self, *, records: int, frames: int, last_at: float) -> None:
        """Bring the row up to date with the reducer."""
        found = self.overview()
        if self.row.origin == "service" and found.last_at is not None:
            # What is read of it happened when its events say, not when they were read.
            last_at = found.last_at if found.state in RUNNING else found.since
        self.row = replace(
            self.row,
            state=found.state,
            since=found.since,
            detail=found.detail,
            session_id=self.row.session_id or found.session_id,
            last_at=max(last_at, self.row.last_at),
            records=records,
            frames=frames,
            blocks=self.turn.count,
            errors=found.errors,
            chars=found.chars,
            estimated=found.estimated,
            checkpoint=found.checkpoint,
            fresh=self.fresh.up_to(self.row, self.turn),
        )


def derived_title(text: str) -> str:
    """The first line of a question, at most 60 characters."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line if len(line) <= 60 else f"{line[:59].rstrip()}…"


_PREFIXES = frozenset(
    "rm rr pgm pgr pc pi pxc r dds dbs am amv gp ld hb lt ob t mr drds sls cc".split()
)


def derived_target(text: str) -> str:
    """The first instance id in a question (`rm-…`, `pc-…`, `r-…`, `dds-…`, `pgm-…` …), or empty."""
    for word in _words(text):
        prefix, dash, rest = word.partition("-")
        if (
            dash
            and prefix in _PREFIXES
            and len(rest) >= 5
            and len(word) <= 64
            and rest.replace("-", "").isalnum()
            and any(c.isdigit() for c in rest)
        ):
            return word
    return ""


def _words(text: str) -> Iterator[str]:
    """Runs of ASCII letters, digits and dashes; ids stand between CJK characters without blanks."""
    word: list[str] = []
    for char in f"{text[:10_000]} ":
        if char.isascii() and (char.isalnum() or char == "-"):
            word.append(char)
        elif word:
            yield "".join(word)
            word = []

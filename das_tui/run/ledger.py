"""What to ask for after a cut, and which frames of the answer are repeats. Pure.

The rules, for a DMS stream (`GetChatContent` starts *from* `Checkpoint`; no source says whether
that is inclusive, nor that checkpoints are unique, dense, or go on over the turns of a session):

- A **group** is the frames with one checkpoint, together with the frames without a checkpoint
  that follow them. Both kinds are counted apart, so it does not matter whether a service repeats
  those without. Frames without one at the very start make a group of their own.
- A group is **closed** when a frame with a later checkpoint was taken after it: then nothing of
  it can be missing. Resuming asks for the highest closed checkpoint, else for the one first asked.
- While a stream is read again, the n-th frame of a kind in a group is a repeat if n such frames
  are known. The group that was open when the line broke is thereby completed, never doubled, with
  inclusive and with exclusive replay, with equal checkpoints and with none.
- Heartbeats belong to the connection and not to the session: never repeats, never counted.
- A checkpoint *lower* than the one before it means that the numbering started again (a new turn).
  Such a frame opens a new **epoch**, in which nothing is known, so it is taken: numbers that are
  used twice must not swallow an answer. While a stream is read again the epochs are walked through
  in the same order, so what was taken in them is still recognised. The price: a service that
  repeats from *before* the checkpoint that was asked for shows those frames twice. That breaks the
  only documented rule, and twice is better than never.
- Within a turn no numbering starts again. So where a stream is resumed `within` one from a closed
  checkpoint, everything before the first frame that reaches it is a repeat, and a service that
  repeats from further back does no harm either.
- Asking for None is no repetition but the live tail: everything is taken, and whether something
  was lost in between cannot be known.
"""

from dataclasses import field
from typing import Any, Self

from das_tui.light import dataclass

_BEFORE_ALL = -1
"""The group of frames that came before any checkpoint; real ones are never negative."""


@dataclass(slots=True)
class _Epoch:
    """A stretch of numbering that never went down. `groups` counts frames taken by checkpoint:
    those that carry it and those that follow it without one."""

    groups: dict[int, list[int]] = field(default_factory=dict)
    top: int = _BEFORE_ALL
    closed: int | None = None


class Ledger:
    """The account of one session's frames.

    With `whole` it remembers all groups, which a repetition from an arbitrary checkpoint needs;
    without, only those that a resume can bring again: a handful, however long the run.
    """

    def __init__(self, *, whole: bool = False) -> None:
        self._whole = whole
        self._epochs = [_Epoch()]
        self._epoch = 0
        self._group = _BEFORE_ALL
        self._seen = [0, 0]
        self._asked: tuple[int, int | None] = (0, 0)
        self._at: int | None = 0
        self._repeated = 0
        self._skipped = False
        self._open_seen = True
        self._early = False

    def kept(self) -> list[Any]:
        """What a later run has to know, as plain lists, for `restored`: which frames are stored,
        not how far a stream is that brings them again."""
        epochs = [
            [[[at, *counts] for at, counts in epoch.groups.items()], epoch.top, epoch.closed]
            for epoch in self._epochs
        ]
        return [epochs, list(self._asked)]

    @classmethod
    def restored(cls, kept: Any) -> Self:
        """A ledger that goes on where the one of `kept` stood. Raises ValueError or TypeError for
        anything else."""
        epochs, asked = kept
        made = cls()
        made._epochs = [
            _Epoch({int(at): [int(a), int(b)] for at, a, b in groups}, int(top), closed)
            for groups, top, closed in epochs
        ]
        if not made._epochs:
            raise ValueError("no epoch")
        last = made._epochs[-1]
        made._epoch, made._group = len(made._epochs) - 1, last.top
        made._seen = list(last.groups.get(last.top, [0, 0]))
        first, at = asked
        made._asked = (int(first), at)
        return made

    def begin(self, at: int | None, *, within: bool = False) -> None:
        """A stream is asked for from `at`, not as the continuation of a broken one; `within` says
        that the last turn had not ended."""
        epoch = len(self._epochs) - 1
        if at is not None and at != 0:
            known = [i for i, e in enumerate(self._epochs) if at in e.groups]
            epoch = known[-1] if known else epoch
        elif at == 0:
            epoch = 0
        self._asked = (epoch, at)
        self._start(epoch, at)
        self._early = within and at is not None and at == self._epochs[-1].closed

    @property
    def at(self) -> int | None:
        """What the stream that is being read was asked for."""
        return self._at

    def resume_at(self) -> int | None:
        """What to ask for now: the highest closed checkpoint, else the one first asked for."""
        closed = self._epochs[-1].closed
        return closed if closed is not None else self._asked[1]

    def begin_replay(self, at: int | None, *, within: bool = False) -> None:
        """The stream is asked for again from `at`, which came from `resume_at`."""
        closed = self._epochs[-1].closed
        if closed is not None and at == closed:
            self._start(len(self._epochs) - 1, at)
            self._early = within
        else:
            self._start(self._asked[0], at)

    def _start(self, epoch: int, at: int | None) -> None:
        self._at = at
        self._early = False
        self._repeated = 0
        self._skipped = False
        if at is None:
            # The live tail goes on where we stand; nothing of it is a repetition.
            self._open_seen = True
            self._seen = list(self._known())
            return
        self._epoch = epoch
        self._group = at if at > 0 else _BEFORE_ALL
        self._seen = [0, 0]
        last = self._epochs[-1]
        self._open_seen = last.top in {_BEFORE_ALL, at}

    def admit(self, checkpoint: int | None, heartbeat: bool) -> bool:
        """Whether this frame, the next of the stream, is new. A new one is counted as taken."""
        if heartbeat:
            return True
        if self._early and not self._reached(checkpoint):
            self._repeated += 1
            return False
        kind = 1
        if checkpoint is not None:
            kind = 0
            if checkpoint != self._group:
                self._enter(checkpoint)
        known = self._known()
        self._seen[kind] += 1
        if self._seen[kind] <= known[kind]:
            self._repeated += 1
            return False
        known[kind] = self._seen[kind]
        return True

    def _reached(self, checkpoint: int | None) -> bool:
        """Whether the stream has come to the checkpoint that was asked for."""
        if checkpoint is None or self._at is None or checkpoint < self._at:
            return False
        self._early = False
        return True

    def _enter(self, checkpoint: int) -> None:
        """The stream goes over to another group."""
        if checkpoint < self._group:
            self._epoch += 1
            if self._epoch == len(self._epochs):
                self._epochs.append(_Epoch())
        self._group = checkpoint
        self._seen = [0, 0]
        if self._epoch < len(self._epochs) - 1:
            return
        last = self._epochs[-1]
        if checkpoint == last.top:
            self._open_seen = True
        elif checkpoint > last.top:
            if not self._open_seen:
                # The open group did not come again, so nobody knows whether it was complete.
                self._skipped = True
                self._open_seen = True
            if last.top != _BEFORE_ALL:
                self._forget(last)
                last.closed = last.top
            last.top = checkpoint

    def _forget(self, last: _Epoch) -> None:
        """Drop what no resume can bring again once `last.top` is closed. Resuming at 0 is from
        the beginning, so the first group stays until something later is closed."""
        if self._whole:
            return
        if last.closed is None:
            for epoch in self._epochs[:-1]:
                epoch.groups.clear()
        else:
            last.groups.pop(last.closed, None)
        if last.top > 0:
            last.groups.pop(_BEFORE_ALL, None)

    def _known(self) -> list[int]:
        return self._epochs[self._epoch].groups.setdefault(self._group, [0, 0])

    def counts(self) -> tuple[int, int]:
        """(lost, repeated) of the stream that is being read: `lost` is 0, or -1 where it cannot
        be known; `repeated` is the number of frames that were dropped."""
        unknown = self._at is None or self._skipped
        return (-1 if unknown else 0), self._repeated

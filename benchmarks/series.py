"""Keys in a row, with how each answer is known, and what came of them."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from benchmarks import product
from benchmarks.replay import Check, Press, Screen, latencies
from benchmarks.terminal import Program

_GAP = 0.075
_JITTER = 0.02
"""Keys come between 75 and 95 ms after each other, in step with nothing."""

_PATIENCE = 0.8
"""Seconds in which the last keys may still be answered."""

_MISSED = 5_000.0
"""What a key that was never answered counts as, in ms."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key, and what the screen shows once it was answered; `alone` is how many keys from this
    one on ask for different screens."""

    text: str
    answered: Check
    alone: int


def thresholds(count: int) -> Iterator[Key]:
    """The threshold goes up level by level, then all levels are shown again. An answer is whole
    when the status line says so and no event below the threshold is in view."""

    def shown(level: int) -> Check:
        if not level:
            return lambda screen: screen.has("all levels are")

        def check(screen: Screen) -> bool:
            said = screen.has(f"levels from {level}")
            return said and all(found >= level for _, found in product.marks(screen))

        return check

    for place in range(count):
        step = place % 6
        yield Key("+", shown(10 * (step + 1)), 6) if step < 5 else Key("0", shown(0), 6)


def jumps(count: int, last: int) -> Iterator[Key]:
    """To the top, a page on, to the end and follow; the events in view tell which. `last` is the
    number of an event near the end."""

    def numbers(screen: Screen) -> list[int]:
        return [number for number, _ in product.marks(screen)]

    checks: tuple[tuple[str, Callable[[list[int]], bool]], ...] = (
        ("g", lambda seen: 1 in seen),
        (" ", lambda seen: bool(seen) and seen[0] > 1 and seen[-1] < 500),
        ("G", lambda seen: bool(seen) and seen[-1] >= last),
    )
    for place in range(count):
        text, right = checks[place % 3]
        yield Key(text, _on(numbers, right), 3)


def counted(count: int) -> Iterator[Key]:
    """Keys that a peer counts."""
    for number in range(1, count + 1):
        yield Key("k", _says(f"key {number} pressed"), count)


def _on(read: Callable[[Screen], list[int]], right: Callable[[list[int]], bool]) -> Check:
    return lambda screen: right(read(screen))


def _says(text: str) -> Check:
    return lambda screen: screen.has(text)


@dataclass(slots=True)
class Outcome:
    """Latencies in ms in the order of the keys; bytes, processor share and seconds of all."""

    times: list[float]
    missed: int
    written: int
    share: float
    seconds: float

    def percentile(self, share: float) -> float:
        """The smallest latency that this share of all is not above; a missed key counts 5 s."""
        ordered = sorted([*self.times, *[_MISSED] * self.missed])
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    def bound(self) -> dict[str, float]:
        """p50 and p99."""
        return {"p50": self.percentile(0.5), "p99": self.percentile(0.99)}


@dataclass(slots=True)
class Pressed:
    """Keys that were pressed, and the pieces of output before the first and after the last."""

    presses: list[Press]
    ahead: int
    first: int
    last: int
    written: int
    share: float
    seconds: float

    def outcome(self, program: Program) -> Outcome:
        """Find out when each was answered; series in the order in which they were pressed."""
        emulator = program.emulator
        emulator.advance(program.chunks[: self.first])
        chunks = program.chunks[: self.last]
        found = latencies(emulator, chunks, self.presses, self.ahead)
        times = [1000 * latency for latency in found if latency is not None]
        return Outcome(times, len(found) - len(times), self.written, self.share, self.seconds)


def send(program: Program, keys: Sequence[Key], gap: float = _GAP) -> Pressed:
    """Press all keys and do nothing else meanwhile."""
    rng = random.Random(len(keys))
    first = len(program.chunks)
    busy, began, written = program.busy, time.monotonic(), program.written
    presses: list[Press] = []
    due = began
    for key in keys:
        due += gap + rng.random() * _JITTER
        time.sleep(max(0.0, due - time.monotonic()))
        presses.append(Press(program.send(key.text), key.answered))
    time.sleep(gap)
    seconds = time.monotonic() - began
    share, wrote = (program.busy - busy) / seconds, program.written - written
    time.sleep(_PATIENCE)
    ahead = keys[0].alone - 1
    return Pressed(presses, ahead, first, len(program.chunks), wrote, share, seconds)


def press(program: Program, keys: Sequence[Key]) -> Outcome:
    """Press all keys, then find out when each was answered."""
    return send(program, keys).outcome(program)


def joined(outcomes: Sequence[Outcome]) -> Outcome:
    """Several series as one."""
    seconds = sum(outcome.seconds for outcome in outcomes)
    return Outcome(
        [latency for outcome in outcomes for latency in outcome.times],
        sum(outcome.missed for outcome in outcomes),
        sum(outcome.written for outcome in outcomes),
        sum(outcome.share * outcome.seconds for outcome in outcomes) / seconds,
        seconds,
    )


def moves(program: Program, count: int) -> Outcome:
    """Lines, blocks and pages up and down while nothing else happens: the answer is what is
    written after the key, to its last byte."""
    keys = ("k", "b", "j", "b", " ", "K", " ", "J")
    for _ in range(3):
        program.send("b")
        program.quiet()
    presses: list[float] = []
    written, busy, began = program.written, program.busy, time.monotonic()
    for place in range(count):
        time.sleep(_GAP + _JITTER * random.random())
        presses.append(program.send(keys[place % len(keys)]))
    program.quiet(0.3)
    chunks = program.chunks
    times: list[float] = []
    for place, at in enumerate(presses):
        stop = presses[place + 1] if place + 1 < count else at + 1.0
        inside = [stamp for stamp, _ in chunks if at <= stamp < stop]
        if inside:
            times.append(1000 * (inside[-1] - at))
    seconds = time.monotonic() - began
    share = (program.busy - busy) / seconds
    return Outcome(times, count - len(times), program.written - written, share, seconds)

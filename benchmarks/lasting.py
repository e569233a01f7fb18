"""A long day of one operator at full speed: question after question in one session after another.

What a day costs in time is left out: every answer comes as fast as it is taken, and the next
question follows. What is measured is what stays behind.
"""

import statistics
from collections.abc import Sequence

from benchmarks import product
from benchmarks.plan import SMALL, Numbers, Plan
from benchmarks.terminal import Program

_OTHER = "["
"""The key that leads from the session that was asked last, the first of the list, to its end."""


def day(plan: Plan) -> Numbers:
    """`plan.turns` questions, each in another session, with `plan.pieces` events each; memory after
    each tenth of them, and how it grew in the second half."""
    memory: list[float] = []
    with (
        product.playing("talk", count=plan.pieces) as played,
        product.talking(plan.place, plan.turns, SMALL, url=played.url) as program,
    ):
        product.wait_listed(program)
        for number in range(1, plan.turns + 1):
            _turn(program, number, played)
            if number * 10 % plan.turns < 10:
                program.quiet(1.0)
                memory.append(program.memory)
    found = {f"day.{number}": value for number, value in enumerate(memory, start=1)}
    more, events = grown(memory), plan.turns * plan.pieces / 2
    return found | {
        "day.grown": more,
        "day.event": 1e6 * more / events,
        "day.memory": memory[-1],
    }


def grown(memory: Sequence[float]) -> float:
    """How much more it is at the end than in the middle; single values jump by a page of the
    allocator, so each is the middle one of three."""
    half = len(memory) // 2
    return statistics.median(memory[-3:]) - statistics.median(memory[half - 2 : half + 1])


def _turn(program: Program, number: int, played: product.Played) -> None:
    """Open another session, read a little in it, ask, and wait for the verdict."""
    program.send(_OTHER)
    program.quiet(0.05)
    program.send("gG-+0")
    words = f"question {number:04}"
    program.send("i")
    program.quiet(0.05)
    program.send(words)
    program.until(lambda screen: screen.has(words), "the question in the composer")
    program.send("\r")
    played.said("ended")
    program.until(lambda screen: screen.has("finished"), "the verdict", 20.0)
    program.quiet(0.05)

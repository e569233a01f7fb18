"""Start, rest and reading: what is measured without a stream. Each function is one round."""

import time

from benchmarks import corpus, product, seeding, series
from benchmarks.plan import SMALL, Numbers, Plan, label, named, peer


def start(plan: Plan) -> Numbers:
    """From the start of the process to the answer of a key that was pressed as soon as what one
    waits for was there: the list of sessions, or the one line of the bare app."""
    found: dict[str, list[float]] = {"bare": [], "ours": [], "paint": []}
    memory: dict[str, float] = {}
    for number in range(plan.starts + 1):
        if number == 1:
            # The first ones compiled and read what the others find.
            found = {name: [] for name in found}
        with peer("bare", size=(120, 36)) as program:
            program.raw("bare and ready")
            program.send("k")
            at = program.until(lambda screen: screen.has("bare and answered"), "an answer")
            found["bare"].append(at - program.started)
            program.quiet()
            memory["bare"] = program.memory
        with product.das_tui(plan.place, 1_000, (120, 36)) as program:
            program.raw(seeding.TITLE)
            program.send("z")
            painted = program.until(lambda screen: any(map(str.strip, screen.rows)), "anything")
            at = program.until(
                lambda screen: screen.has("? help") and not screen.has("cn-hangzhou"), "an answer"
            )
            found["ours"].append(at - program.started)
            found["paint"].append(painted - program.started)
            program.quiet(0.5)
            memory["ours"] = program.memory
    middle = {name: 1000 * sorted(times)[len(times) // 2] for name, times in found.items()}
    return {
        "start.bare.ready": middle["bare"],
        "start.ready": middle["ours"],
        "start.paint": middle["paint"],
        "start.bare.memory": memory["bare"],
        "start.memory": memory["ours"],
    }


def rest(plan: Plan) -> Numbers:
    """Connected and at rest: memory after an answer came, then bytes and processor time while
    nothing happens, with 100,000 events open."""
    found: Numbers = {}
    with (
        product.playing("answer", count=400, piece=20) as played,
        product.das_tui(plan.place, 100_000, SMALL, url=played.url) as program,
    ):
        product.wait_ready(program)
        product.ask(program, "and now?")
        program.until(lambda screen: screen.has(corpus.LAST_WORDS), "the answer")
        program.quiet(0.5)
        found["rest.connected"] = program.memory
        product.open_long(program, 100_000)
        program.quiet(1.5)
        time.sleep(2.0)
        busy, written = program.busy, program.written
        time.sleep(plan.idle)
        found["rest.bytes"] = (program.written - written) / plan.idle
        found["rest.share"] = 100 * (program.busy - busy) / plan.idle
    with peer("bare") as program:
        program.raw("bare and ready")
        program.quiet(1.0)
        busy, written = program.busy, program.written
        time.sleep(plan.idle)
        found["rest.bare.bytes"] = (program.written - written) / plan.idle
        found["rest.bare.share"] = 100 * (program.busy - busy) / plan.idle
    return found


# --- reading what is stored --------------------------------------------------------------------


def read(plan: Plan) -> Numbers:
    """Stored sessions: opened at the tail, threshold changed, read through."""
    found: Numbers = {}
    for events in plan.sizes:
        name = label(events)
        with product.das_tui(plan.place, events, SMALL) as program:
            product.wait_ready(program)
            # The operator looks at the list first; meanwhile what rich text needs is loaded.
            program.quiet(2.0)
            before = program.memory
            found[f"open.{name}.tail"] = 1000 * product.open_long(program, events)
            program.quiet()
            at_tail = series.press(program, list(series.thresholds(plan.keys // 2)))
            program.send("0")
            program.quiet()
            program.send("b")
            program.send("b")
            program.quiet()
            above = series.press(program, list(series.thresholds(plan.keys // 2)))
            both = series.joined([at_tail, above])
            found |= named(f"threshold.{name}", both.bound())
            program.send("0")
            program.quiet()
            jumped = series.press(program, list(series.jumps(plan.keys // 4, events)))
            found |= named(f"jump.{name}", jumped.bound())
            moved = series.moves(program, plan.keys // 2)
            found |= named(f"move.{name}", moved.bound())
            program.quiet(1.0)
            found[f"memory.{name}"] = program.memory
            found[f"memory.{name}.more"] = program.memory - before
    if 100_000 in plan.sizes:
        with product.das_tui(plan.place, 100_000, SMALL, ended=False) as program:
            product.wait_ready(program)
            program.quiet(2.0)
            found["unended.100k.tail"] = 1000 * product.open_long(program, 100_000)
            program.quiet(1.0)
            found["unended.100k.memory"] = program.memory
    return found

"""The same texts in Textual's own widgets, in the same round."""

import time

from benchmarks import series
from benchmarks.plan import Numbers, Plan, named, peer
from benchmarks.terminal import Program


def peers(plan: Plan) -> Numbers:
    """The same texts in Textual's own widgets."""
    found: Numbers = {}
    pieces = plan.chars // 4
    with peer("peers", "markdown", "--rate", 500, "--count", pieces, "--chars", plan.chars) as p:
        p.until(lambda screen: screen.has("peer ready"), "the peer")
        p.quiet()
        written = p.written
        p.send("s")
        p.until(lambda screen: screen.has("stream over"), "the end", 120.0)
        p.quiet(0.5)
        found["peers.markdown.ratio"] = (p.written - written) / plan.chars
    chars = 20_480
    with peer("peers", "markdown", "--rate", 500, "--count", chars // 4) as p:
        found |= named("peers.markdown", _keyed(p, plan))
    with peer("peers", "richlog", "--preload", 10_000, "--rate", 1_000, "--count", 10**6) as p:
        found |= named("peers.richlog", _keyed(p, plan))
    with peer("peers", "statics", "--preload", 1_000, "--rate", 10, "--count", 10**6) as p:
        found |= named("peers.statics", _keyed(p, plan))
    for kind in ("richlog", "statics"):
        count = plan.messages
        with peer("peers", kind, "--preload", 1_000, "--rate", 10, "--count", count) as p:
            p.until(lambda screen: screen.has("peer ready"), "the peer", 60.0)
            p.quiet(0.5)
            written = p.written
            p.send("s")
            p.until(lambda screen: screen.has("stream over"), "the end", 120.0)
            found[f"peers.{kind}.append"] = (p.written - written) / count / 1000
    return found


def _keyed(program: Program, plan: Plan) -> Numbers:
    program.until(lambda screen: screen.has("peer ready"), "the peer", 60.0)
    program.quiet(0.5)
    program.send("s")
    time.sleep(1.0)
    outcome = series.press(program, list(series.counted(plan.keys // 2)))
    return outcome.bound() | {"share": 100 * outcome.share}

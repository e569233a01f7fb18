"""The rows of the table: which number, beside what, with which goal."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Samples = Mapping[str, list[float]]
"""The numbers of all rounds by name."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the number `name`, in `unit`.

    `beside` names the number of the same round that the ratio is to, `other` says what that is.
    The goal is a limit for the number (at most, or with `least` at least), or with `of_ratio` for
    the ratio. Without a goal the row only informs.
    """

    title: str
    name: str
    unit: str
    goal: float | None = None
    beside: str = ""
    other: str = ""
    least: bool = False
    of_ratio: bool = False


def _stream(rate: str, size: str, goal: float) -> list[Row]:
    lean, plain = f"stream.{rate}.{size}.lean", f"stream.{rate}.{size}.plain"
    at = f"{rate} events/s into 100k, {size}"

    def row(title: str, name: str, unit: str, limit: float | None = None) -> Row:
        return Row(title, f"{lean}.{name}", unit, limit, f"{plain}.{name}", "plain output")

    return [
        row(f"key to paint at {at}, p99", "p99", "ms", goal),
        row("  p50", "p50", "ms"),
        row("  processor", "share", "%"),
        row("  output", "kilobytes", "KB/s"),
        row("  events stored a second", "taken", "events/s"),
        row("  memory after it", "memory", "MB"),
    ]


ROWS: tuple[Row, ...] = (
    Row(
        "ready: answers a key",
        "start.ready",
        "ms",
        1.25,
        "start.bare.ready",
        "bare app",
        of_ratio=True,
    ),
    Row("first paint", "start.paint", "ms", None, "start.bare.ready", "bare app"),
    Row("memory when ready", "start.memory", "MB", 45, "start.bare.memory", "bare app"),
    Row("memory once connected", "rest.connected", "MB", 60, "start.bare.memory", "bare app"),
    Row("memory with 100k events", "memory.100k", "MB", 80, "memory.1k", "1k events"),
    Row("memory with 1M events", "memory.1M", "MB", 150, "memory.1k", "1k events"),
    Row("memory for one event, 1M", "memory.event", "bytes", 64),
    Row("output at rest", "rest.bytes", "B/s", 0),
    Row("processor at rest", "rest.share", "%", 0.3, "rest.bare.share", "bare app"),
    Row("stored 100k opened at its tail", "open.100k.tail", "ms", 50, "open.1k.tail", "1k events"),
    Row("  one that has not ended", "unended.100k.tail", "ms", 50, "open.1k.tail", "1k events"),
    Row("  its memory", "unended.100k.memory", "MB", 80, "memory.1k", "1k events"),
    Row("stored 1M opened at its tail", "open.1M.tail", "ms", None, "open.1k.tail", "1k events"),
    Row("threshold key at 1k, p50", "threshold.1k.p50", "ms"),
    Row("  p99", "threshold.1k.p99", "ms"),
    Row(
        "threshold key at 100k, p50",
        "threshold.100k.p50",
        "ms",
        1.3,
        "threshold.1k.p50",
        "1k events",
        of_ratio=True,
    ),
    Row("  p99", "threshold.100k.p99", "ms", None, "threshold.1k.p99", "1k events"),
    Row(
        "threshold key at 1M, p50", "threshold.1M.p50", "ms", None, "threshold.1k.p50", "1k events"
    ),
    Row("  p99", "threshold.1M.p99", "ms", 20, "threshold.1k.p99", "1k events"),
    Row("top, page, end at 1M, p99", "jump.1M.p99", "ms", None, "jump.1k.p99", "1k events"),
    Row("key to paint at rest, 100k, p50", "move.100k.p50", "ms", None, "move.1k.p50", "1k events"),
    Row("  p99", "move.100k.p99", "ms", 15, "move.1k.p99", "1k events"),
    Row("question into 100k, until the service streams", "stream.1k.100x30.lean.asked", "ms"),
    *_stream("1k", "100x30", 30),
    *_stream("10k", "100x30", 30),
    *_stream("1k", "200x50", 60),
    *_stream("10k", "200x50", 60),
    Row("key to paint in RichLog, 10k, 1k messages/s, p99", "peers.richlog.p99", "ms"),
    Row("key to paint in Statics, 1k, 10 messages/s, p99", "peers.statics.p99", "ms"),
    Row("key to paint in Markdown stream, 500 deltas/s, p99", "peers.markdown.p99", "ms"),
    Row("ingest to store and screen", "ingest.rate", "events/s", 20_000, least=True),
    Row("events lost", "ingest.lost", "", 0),
    Row("memory for one event of a live run", "ingest.grown", "bytes"),
    Row("memory at the end of a day", "day.memory", "MB", None, "day.1", "its first tenth"),
    Row("  grown in its second half", "day.grown", "MB"),
    Row("  for one event of that half", "day.event", "bytes", 64),
    Row(
        "answer at 500 deltas/s, alone",
        "answer.alone.lean.ratio",
        "B/B",
        8,
        "answer.alone.plain.ratio",
        "plain output",
    ),
    Row(
        "  with the sidebar",
        "answer.sidebar.lean.ratio",
        "B/B",
        16,
        "answer.sidebar.plain.ratio",
        "plain output",
    ),
    Row(
        "  in Textual's Markdown stream",
        "peers.markdown.ratio",
        "B/B",
        None,
        "answer.alone.lean.ratio",
        "das-tui alone",
    ),
    Row(
        "  processor, alone",
        "answer.alone.lean.share",
        "%",
        None,
        "peers.markdown.share",
        "Markdown stream",
    ),
    Row(
        "message of three lines, alone",
        "append.alone.lean",
        "KB",
        0.6,
        "append.alone.plain",
        "plain output",
    ),
    Row(
        "  with the sidebar",
        "append.sidebar.lean",
        "KB",
        1.5,
        "append.sidebar.plain",
        "plain output",
    ),
    Row("  in RichLog", "peers.richlog.append", "KB", None, "append.alone.lean", "das-tui alone"),
    Row("  in Statics", "peers.statics.append", "KB", None, "append.alone.lean", "das-tui alone"),
    Row("20 KB at once, painted", "burst.one", "ms", 60),
    Row("  as 512 events", "burst.many", "ms"),
)

_DERIVED: dict[str, Callable[[Mapping[str, float]], float]] = {
    "memory.event": lambda found: (found["memory.1M"] - found["memory.100k"]) * 1e6 / 900_000,
}


def derived(numbers: Mapping[str, float]) -> dict[str, float]:
    """What follows from the numbers of one round."""
    found: dict[str, float] = {}
    for name, of in _DERIVED.items():
        try:
            found[name] = of(numbers)
        except KeyError:
            continue
    return found

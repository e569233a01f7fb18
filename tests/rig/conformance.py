"""R1: the decoder of server-sent events against the rules of the WHATWG."""

import random
from collections.abc import Iterable

from das_tui.domain.record import Frame
from tests.rig.figure import Figure, number
from tests.wire.sse_streams import PENDING, STREAMS, TOKENS, cuts, frames, reference

_GENERATED = 400
"""Random streams at full share, each cut everywhere."""


def measure(share: float) -> Iterable[Figure]:
    """Every stream whole, in small pieces and cut at every byte; the differences."""
    runs = differences = 0
    for stream, expected in _streams(share):
        for pieces in cuts(stream):
            runs += 1
            differences += frames(pieces)[0] != expected
    for stream, known, dropped in PENDING.values():
        for pieces in cuts(stream):
            runs += 1
            differences += frames(pieces) != ([Frame(*item) for item in known], dropped)
    least = int(5_000 * share)
    yield Figure(
        "R1",
        "streams read unlike the standard",
        f"{differences} of {number(runs)}",
        f"0 of at least {number(least)}",
        not differences and runs >= least,
    )


def _streams(share: float) -> Iterable[tuple[bytes, list[Frame]]]:
    for stream, known in STREAMS.values():
        yield stream, [Frame(*item) for item in known]
        if b"\r" not in stream:
            for end in (b"\r", b"\r\n"):
                other = stream.replace(b"\n", end)
                yield other, reference(other)[0]
    source = random.Random(7)
    for _ in range(int(_GENERATED * share)):
        stream = b"".join(source.choices(TOKENS, k=source.randint(1, 40))) + b"\n\n"
        yield stream, reference(stream)[0]

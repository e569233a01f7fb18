"""R2: payloads that no service should send, in good streams of the three dialects."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from das_tui.domain.blocks import Block, Notice
from das_tui.domain.record import Frame, Record
from das_tui.domain.session import Session
from das_tui.run.kept import Kept
from das_tui.view.block import render
from das_tui.view.spec import ViewSpec
from das_tui.wire.sse import SseDecoder
from tests.rig.figure import Figure, number
from tests.rig.payloads import odd

_DATA = Path(__file__).parents[1] / "data"
_STREAMS = {"das": "das_diagnose", "chat": "das_chat_agui", "dms": "dms_analysis_full"}
_FRAMES = 200
_FAILED = "could not be shown"
_NARROW, _WIDE = ViewSpec(width=40, threshold=0), ViewSpec(width=120, threshold=0)


def measure(share: float) -> Iterable[Figure]:
    """Each payload first, in the middle and last; what failed and what was lost."""
    step = max(1, round(1 / share))
    runs, kinds = 0, set[bytes]()
    crashes: list[str] = []
    lost: list[str] = []
    for service, name in _STREAMS.items():
        good = frames((_DATA / f"{name}.sse").read_bytes())[:_FRAMES]
        wanted = text(shown(service, good))
        payloads = list(dict.fromkeys(odd(service)))
        kinds.update(payloads)
        for place in (0, len(good) // 2, len(good)):
            for payload in payloads[::step]:
                runs += 1
                where = f"{service} at {place}: {payload[:60]!r}"
                try:
                    blocks = shown(service, [*good[:place], Frame("", payload), *good[place:]])
                except Exception as error:
                    crashes.append(f"{where}: {error!r}")
                    continue
                if any(isinstance(b.body, Notice) and _FAILED in b.body.text for b in blocks):
                    crashes.append(f"{where}: the reducer failed")
                absent = missing(wanted, text(blocks))
                if absent:
                    lost.append(f"{where}: {absent[:60]}")
    for line in [*crashes, *lost][:20]:
        print(line)
    yield Figure(
        "R2",
        f"crashes at {number(len(kinds))} odd payloads, first, in the middle, last",
        f"{len(crashes)} of {number(runs)}",
        "0 of at least 100 payloads",
        not crashes and len(kinds) >= 100,
    )
    yield Figure("R2", "good events that were lost by them", str(len(lost)), "0", not lost)


def frames(stream: bytes) -> list[Frame]:
    """The frames of a recorded stream."""
    decoder = SseDecoder()
    return [*decoder.feed(stream), *decoder.close()]


def text(blocks: Sequence[Block]) -> str:
    """All the text of blocks, without blanks."""
    return "".join("".join(_texts(tuple(block.body for block in blocks))).split())


def missing(wanted: str, seen: str) -> str:
    """What is not to be found in `seen` of `wanted`, whose characters may stand there with others
    between them; empty if all is."""
    place = 0
    for start, char in enumerate(wanted):
        place = seen.find(char, place) + 1
        if not place:
            return wanted[start:]
    return ""


def _texts(value: object) -> Iterator[str]:
    """All the text that a block holds."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _texts(item)
    else:
        for name in getattr(type(value), "__slots__", ()):
            yield from _texts(getattr(value, name))


def shown(service: str, frames: Sequence[Frame]) -> list[Block]:
    """The blocks that a stored stream becomes, each drawn narrow and wide, folded and open."""
    kept = Kept(Session(key="k", service=service))
    kept.take(
        [
            Record(place, place, 1768465800.0 + place, service, frame.event, frame.data)
            for place, frame in enumerate(frames, 1)
        ]
    )
    kept.overview()
    for block in kept.turn.blocks:
        for spec in (_NARROW, _WIDE):
            render(block, spec, False)
            render(block, spec, True)
    return list(kept.turn.blocks)

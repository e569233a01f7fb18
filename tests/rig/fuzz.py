"""R7: random input for the decoder, the dialects, `clean` and the reducer, against their laws; and
random steps of the app."""

import itertools
import os
import random
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from rich.cells import cell_len, get_character_cell_size

from das_tui.domain.record import Frame
from das_tui.domain.turn import Turn
from das_tui.view.clean import clean, one_line
from das_tui.wire import dialect
from das_tui.wire.sse import SseDecoder
from tests.rig.figure import Figure, number
from tests.rig.hostile_text import PAYLOADS
from tests.rig.payloads import odd
from tests.wire.sse_streams import TOKENS, frames

_DATA = Path(__file__).parents[1] / "data"
SEED = 20260115
_RECORDED = {
    "das": ("das_diagnose", "das_error"),
    "chat": ("das_chat_agui",),
    "dms": ("dms_analysis_full", "dms_failure", "dms_plan_confirm", "dms_sql_confirm"),
}
_SERVICES = tuple(_RECORDED)
_FORBIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_EXECUTIONS = 1_000_000
_SEQUENCES = 100_000

Law = Callable[[random.Random], None]
"""Does one execution on random input; raises AssertionError where a law is broken."""


def measure(share: float) -> Iterable[Figure]:
    """Each law on random inputs of a fixed seed, and a walk through the app."""
    from tests.rig import steps

    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        wanted = {what: int(count * share) for what, (_, count) in _LAWS.items()}
        found = dict(zip(wanted, pool.map(broken, wanted, wanted.values()), strict=True))
    for what, count in wanted.items():
        for one in found[what][:5]:
            print(one)
        value = f"{len(found[what])} of {number(count)}"
        yield Figure("R7", what, value, f"0 of {number(count)}", not found[what])
    yield _linear()
    yield from steps.measure(int(steps.STEPS * share))


def broken(what: str, count: int) -> list[str]:
    """The seeds for which a law of `_LAWS` is broken, and how."""
    law = _LAWS[what][0]()
    found = []
    for run in range(count):
        try:
            law(random.Random(SEED + run))
        except Exception as error:
            found.append(f"{what}: seed {SEED + run}: {error!r}"[:300])
    return found


def decoder_law() -> Law:
    """Random streams in random pieces; against themselves in one piece."""
    streams = [path.read_bytes() for path in sorted(_DATA.glob("*.sse"))]

    def law(source: random.Random) -> None:
        if source.random() < 0.8:
            stream = b"".join(source.choices(TOKENS, k=source.randint(1, 24)))
        else:
            whole = source.choice(streams)
            start = source.randrange(len(whole))
            stream = mutated(whole[start : start + source.randint(1, 300)], source)
        places = sorted(source.randrange(len(stream) + 1) for _ in range(source.randint(1, 4)))
        edges = [0, *places, len(stream)]
        pieces = [stream[a:b] for a, b in itertools.pairwise(edges)]
        assert frames(pieces) == frames([stream])

    return law


def dialect_law() -> Law:
    """Payloads of all kinds, mutated; at least one event, whatever comes."""
    known = {service: [*odd(service), *recorded(service)] for service in _SERVICES}

    def law(source: random.Random) -> None:
        service = source.choice(_SERVICES)
        payload = source.choice(known[service])
        if len(payload) < 2_000:
            payload = mutated(payload, source)
        events = dialect.decode(service, Frame(source.choice(("", "delta", "x")), payload))
        assert events
        for event in events:
            assert event.level is None or isinstance(event.level, int)
            assert event.checkpoint is None or 0 <= event.checkpoint < 2**63

    return law


def clean_law() -> Law:
    """Text of all planes and of hostile payloads."""
    parts = [payload.text for payload in PAYLOADS]

    def law(source: random.Random) -> None:
        text = "".join(_characters(source, parts))
        out = clean(text)
        assert clean(out) == out
        assert "\n" not in one_line(text)
        for line in out.split("\n"):
            assert cell_len(line) == sum(map(get_character_cell_size, line))
        if not out.isascii() or not out.replace("\n", "").isprintable():
            assert not {unicodedata.category(char) for char in out if char != "\n"} & _FORBIDDEN
        out.encode()

    return law


def reducer_law() -> Law:
    """Events in any order; the reducer takes them and its overview can be had at any time."""
    known = {
        service: [
            dialect.decode(service, Frame("", payload))
            for payload in [*recorded(service), *odd(service)]
            if len(payload) < 2_000
        ]
        for service in _SERVICES
    }

    def law(source: random.Random) -> None:
        turn = Turn()
        service = source.choice(_SERVICES)
        for position in range(1, source.randint(2, 14)):
            for event in source.choice(known[service]):
                turn.apply(event, 1768465800.0 + position, position)
        overview = turn.overview
        assert overview.errors >= 0
        assert len(turn.blocks) == turn.count - turn.first

    return law


_LAWS: dict[str, tuple[Callable[[], Law], int]] = {
    "decoder: any chunking gives the same frames": (decoder_law, _EXECUTIONS),
    "dialects: every payload gives events": (dialect_law, _EXECUTIONS),
    "clean: idempotent, without controls, width is cells": (clean_law, _EXECUTIONS),
    "reducer: sequences of events": (reducer_law, _SEQUENCES),
}
"""Each law, and how often it is tried."""


def mutated(data: bytes, source: random.Random) -> bytes:
    """`data` with up to three bytes flipped, dropped, doubled or put in."""
    found = bytearray(data)
    for _ in range(source.randint(0, 3)):
        if not found:
            break
        at = source.randrange(len(found))
        match source.randrange(4):
            case 0:
                found[at] ^= 1 << source.randrange(8)
            case 1:
                del found[at]
            case 2:
                found[at:at] = found[at : at + source.randint(1, 9)]
            case _:
                found.insert(at, source.choice(b'"\\{}[]:,\x00\xff\r\n'))
    return bytes(found)


def _characters(source: random.Random, parts: list[str]) -> Iterator[str]:
    for _ in range(source.randint(1, 5)):
        match source.randrange(6):
            case 0:
                yield source.choice(parts)[:40]
            case 1:
                yield chr(source.randrange(0x110000))
            case 2:
                yield chr(source.randrange(0x300)) * source.randint(1, 5)
            case 3:
                yield chr(source.randrange(0x2000, 0x3100))
            case 4:
                yield chr(source.randrange(0xFE00, 0x10000))
            case _:
                yield source.choice(("plain ", "行", "\r\n", "\t", "\n"))


def recorded(service: str) -> list[bytes]:
    """The payloads of the recorded streams of a dialect."""
    found = []
    for name in _RECORDED[service]:
        decoder = SseDecoder()
        stream = (_DATA / f"{name}.sse").read_bytes()
        found += [frame.data for frame in [*decoder.feed(stream), *decoder.close()]]
    return found


def _linear() -> Figure:
    """Cleaning ten times the text takes about ten times as long."""
    hostile = "".join(payload.text for payload in PAYLOADS)

    def seconds(text: str) -> float:
        tries = []
        for _ in range(7):
            begun = time.perf_counter()
            clean(text)
            tries.append(time.perf_counter() - begun)
        return min(tries)

    small, large = seconds(hostile * 10), seconds(hostile * 100)
    found = large / small
    return Figure(
        "R7", "clean: time of ten times the text", f"{number(found)} x", "at most 20 x", found <= 20
    )

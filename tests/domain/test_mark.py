"""A reducer that goes on at a mark ends where one ends that saw everything."""

import random
from itertools import count
from pathlib import Path

import pytest

from das_tui.domain import events as ev
from das_tui.domain import shelf
from das_tui.domain.blocks import Block
from das_tui.domain.events import AnyEvent, QuestionAsked
from das_tui.domain.record import Service
from das_tui.domain.shelf import CHUNK
from das_tui.domain.turn import Turn
from das_tui.run import replay
from das_tui.wire import dialect
from das_tui.wire.sse import SseDecoder

DATA = Path(__file__).parent.parent / "data"
STREAMS = [
    (Service.DAS, "das_diagnose.sse"),
    (Service.DAS, "das_error.sse"),
    (Service.CHAT, "das_chat_agui.sse"),
    (Service.DMS, "dms_analysis_full.sse"),
    (Service.DMS, "dms_failure.sse"),
    (Service.DMS, "dms_plan_confirm.sse"),
    (Service.DMS, "dms_sql_confirm.sse"),
]

Told = list[tuple[AnyEvent, ...]]

LINE: list[AnyEvent] = [
    ev.LineLost(),
    ev.Resumed(),
    ev.RunCut(),
    ev.Heartbeat(),
    ev.StopAsked(),
    ev.NotDispatched(text="no"),
    ev.Dispatched(),
    ev.ReplyGiven(choice="approve", text="Approve"),
    ev.ReplyGiven(choice="reply", text="go on"),
    ev.TurnStarted(text="go on"),
    ev.Done(),
]
"""What the operator and the line may do in between."""


def told(service: Service, name: str) -> Told:
    decoder = SseDecoder()
    frames = [*decoder.feed((DATA / name).read_bytes()), *decoder.close()]
    return [dialect.decode(service, frame) for frame in frames]


def session(service: Service, names: list[str]) -> Told:
    """The records of a session in which a question was asked for each of the streams."""
    records: Told = []
    for name in names:
        records.append((QuestionAsked(text=f"what of {name}?"),))
        records += told(service, name)
    return records


def shaken(service: Service, chance: random.Random) -> Told:
    """The streams of a service with cuts, repeats, and acts of the operator in between."""
    names = [name for kind, name in STREAMS if kind is service] * 2
    records: Told = []
    for events in session(service, names):
        records.append(events)
        if chance.random() < 0.08:
            records.append((chance.choice(LINE),))
        if chance.random() < 0.02:
            records += records[-chance.randrange(1, 30) :]
    return records


def reduce(turn: Turn, records: Told, first: int) -> Turn:
    for position, events in zip(count(first), records, strict=False):
        replay.apply(turn, events, 1.7e9 + position, position)
    return turn


def stored(turn: Turn, keep: int) -> tuple[Turn, list[Block]]:
    """A reducer made from what is stored of one, with its last `keep` blocks, and the others."""
    mark = shelf.pack_value(turn.mark())
    first = turn.count - min(keep, turn.count)
    there, rest = turn.blocks[:first], shelf.pack(turn.blocks[first:])
    there = shelf.unpack(shelf.pack(there), 0)
    again = Turn.resumed(shelf.unpack_value(mark), first, shelf.unpack(rest, first))
    again.release(0, there.__getitem__)
    return again, there


@pytest.mark.parametrize("service", list(Service))
@pytest.mark.parametrize("seed", range(12))
def test_going_on_at_the_mark_is_the_same_as_going_through_all(service: Service, seed: int) -> None:
    chance = random.Random(seed)
    records = shaken(service, chance)
    whole = reduce(Turn(), records, 1)
    for _ in range(12):
        place = chance.randrange(len(records) + 1)
        part = reduce(Turn(), records[:place], 1)
        again, there = stored(part, chance.choice([0, 1, 3, 1_000]))
        assert again.overview == part.overview
        assert again.count == part.count
        reduce(again, records[place:], place + 1)
        for index, block in again.altered.items():
            there[index] = block
        assert [*there, *again.blocks] == whole.blocks
        assert again.overview == whole.overview
        assert again.answers[-1:] == whole.answers[-1:]
        assert shelf.pack_value(again.mark()) == shelf.pack_value(whole.mark())


def test_a_mark_of_marks_stays_true() -> None:
    """The reducer is put away and taken up again many times, with long texts open."""
    chance = random.Random(5)
    records = session(Service.DMS, ["dms_analysis_full.sse", "dms_plan_confirm.sse"])
    for at in range(5, len(records), 11):
        content = ev.ContentAppended(category="llm_reasoning", text="x" * 90_000)
        records[at:at] = [(content,)] * chance.randrange(1, 6)
    whole = reduce(Turn(), records, 1)
    turn, place = Turn(), 0
    while place < len(records):
        step = chance.randrange(1, 25)
        reduce(turn, records[place : place + step], place + 1)
        place += step
        turn, there = stored(turn, 1_000)
        assert not there
    assert turn.blocks == whole.blocks
    assert turn.overview == whole.overview


@pytest.mark.parametrize("harm", [None, [], "x", [1, 2, 3, 4, 5, 6, 7, 8, 9]])
def test_what_is_no_mark_is_refused(harm: object) -> None:
    with pytest.raises((ValueError, TypeError, AttributeError)):
        Turn.resumed(harm, 0, [])


def test_a_mark_whose_blocks_are_missing_is_refused() -> None:
    turn = reduce(Turn(), session(Service.DMS, ["dms_failure.sse"]), 1)
    with pytest.raises(ValueError, match="missing"):
        Turn.resumed(turn.mark(), 0, turn.blocks[:-1])
    assert turn.count < CHUNK


def test_released_blocks_come_back_when_they_change() -> None:
    records = session(Service.DMS, ["dms_analysis_full.sse", "dms_plan_confirm.sse"])
    whole, part = Turn(), Turn()
    there: list[Block] = []
    for position, events in enumerate(records, 1):
        replay.apply(whole, events, 1.7e9 + position, position)
        replay.apply(part, events, 1.7e9 + position, position)
        if position % 7 == 0 and part.count > 3:
            # What was altered after it was released goes back first.
            for index, block in part.altered.items():
                there[index] = block
            upto = part.count - 2
            there += part.blocks[: upto - part.first]
            part.release(upto, there.__getitem__)
    for index, block in part.altered.items():
        there[index] = block
    assert [*there, *part.blocks] == whole.blocks
    assert part.overview == whole.overview

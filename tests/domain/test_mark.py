"""A reducer that goes on at a mark ends where one ends that saw everything."""

from itertools import count
from pathlib import Path

import pytest

from das_tui.domain import shelf
from das_tui.domain.blocks import Block
from das_tui.domain.events import AnyEvent, QuestionAsked
from das_tui.domain.record import Service
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


def told(service: Service, name: str) -> list[tuple[AnyEvent, ...]]:
    decoder = SseDecoder()
    frames = [*decoder.feed((DATA / name).read_bytes()), *decoder.close()]
    return [dialect.decode(service, frame) for frame in frames]


def session(service: Service, names: list[str]) -> list[tuple[AnyEvent, ...]]:
    """The records of a session in which a question was asked for each of the streams."""
    records: list[tuple[AnyEvent, ...]] = []
    for name in names:
        records.append((QuestionAsked(text=f"what of {name}?"),))
        records += told(service, name)
    return records


def reduce(turn: Turn, records: list[tuple[AnyEvent, ...]], first: int) -> Turn:
    for position, events in zip(count(first), records, strict=False):
        replay.apply(turn, events, 1.7e9 + position, position)
    return turn


@pytest.mark.parametrize("service", list(Service))
@pytest.mark.parametrize("order", [1, -1])
def test_going_on_at_the_mark_is_the_same_as_going_through_all(
    service: Service, order: int
) -> None:
    names = [name for kind, name in STREAMS if kind is service][::order] * 2
    records = session(service, names)
    whole = reduce(Turn(), records, 1)
    mark = shelf.unpack_value(shelf.pack_value(whole.mark))
    assert mark == whole.mark
    assert mark.position > 1
    assert mark.blocks > 0
    part = reduce(Turn(mark), records[mark.position - 1 :], mark.position)
    assert part.first == mark.blocks
    assert part.count == whole.count
    assert part.blocks == whole.blocks[mark.blocks :]
    assert part.overview == whole.overview
    assert part.mark == whole.mark
    more = session(service, names[:1])
    ahead = Turn(whole.mark_after(len(records)))
    assert reduce(part, more, len(records) + 1).overview == (
        reduce(whole, more, len(records) + 1).overview
    )
    reduce(ahead, more, len(records) + 1)
    assert ahead.overview == whole.overview
    assert ahead.blocks == whole.blocks[-len(ahead.blocks) :]
    assert ahead.mark == whole.mark


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

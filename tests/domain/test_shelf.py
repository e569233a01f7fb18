"""Packed blocks come back as they were, whatever is in them."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from das_tui.domain import blocks as b
from das_tui.domain import shelf
from das_tui.domain.blocks import Block, Body
from das_tui.domain.events import AskKind
from das_tui.domain.plan import Change, Plan, PlanStep, StepChange, StepStatus
from das_tui.domain.record import Service
from das_tui.domain.session import Overview, State, ToolLine
from das_tui.domain.turn import Turn
from das_tui.run import replay
from das_tui.wire import dialect
from das_tui.wire.sse import SseDecoder

DATA = Path(__file__).parent.parent / "data"

TEXTS = st.text(st.characters(exclude_categories=()), max_size=12)
STEPS = st.builds(
    PlanStep,
    st.integers(0, 9),
    TEXTS,
    TEXTS,
    status=st.sampled_from(StepStatus),
    started_at=st.none() | st.floats(allow_nan=False),
    block=st.integers(-1, 99),
)
PLANS = st.builds(Plan, TEXTS, TEXTS, TEXTS, st.integers(0, 5), st.lists(STEPS).map(tuple))
CHANGES = st.lists(st.builds(StepChange, st.sampled_from(Change), STEPS)).map(tuple)
TABLES = st.builds(
    b.Table,
    st.lists(TEXTS).map(tuple),
    st.lists(st.lists(st.none() | TEXTS, max_size=3).map(tuple), max_size=3).map(tuple),
    st.integers(0, 10**9),
)
OUTPUTS = st.lists(
    TABLES | st.builds(b.Text, TEXTS, st.booleans()) | st.builds(b.Image, TEXTS)
).map(tuple)
TOOLS = st.builds(
    b.Tool,
    TEXTS,
    params=st.lists(st.tuples(TEXTS, TEXTS)).map(tuple),
    outputs=OUTPUTS,
    status=st.sampled_from(b.ToolStatus),
    total_rows=st.none() | st.integers(),
)
BODIES: st.SearchStrategy[Body] = st.one_of(
    st.builds(b.Question, TEXTS),
    st.builds(b.Answer, TEXTS, st.booleans()),
    st.builds(b.Thought, TEXTS),
    TOOLS,
    st.builds(b.StepRule, st.integers(), TEXTS),
    st.builds(b.PlanShown, PLANS, CHANGES),
    st.builds(b.Ask, st.sampled_from(AskKind), TEXTS, plan=st.none() | PLANS, changes=CHANGES),
    st.builds(b.Chart, TEXTS, TEXTS, TEXTS, st.none() | TABLES),
    st.builds(b.Suggestions, st.lists(TEXTS).map(tuple)),
    st.builds(b.FileNote, TEXTS, st.integers()),
    st.builds(b.Report, TEXTS, TEXTS),
    st.builds(b.Notice, TEXTS, st.sampled_from(b.Tone), TEXTS),
    st.builds(b.Failure, TEXTS, request_id=TEXTS),
    st.builds(b.Note, TEXTS),
    st.builds(b.Raw, TEXTS, TEXTS, st.booleans()),
)
BLOCKS = st.builds(
    Block,
    st.just(0),
    BODIES,
    level=st.none() | st.integers(-(2**31), 2**31 - 1),
    pinned=st.booleans(),
    at=st.none() | st.floats(0, 4e9),
    seconds=st.none() | st.floats(0, 4e9),
    live=st.booleans(),
    first=st.integers(0),
    last=st.integers(0),
)


@settings(deadline=None)
@given(st.lists(BLOCKS, max_size=8), st.integers(0, 10**6))
def test_what_was_packed_comes_back(blocks: list[Block], first: int) -> None:
    found = shelf.unpack(shelf.pack(blocks), first)
    assert [block.index for block in found] == [first + n for n in range(len(blocks))]
    assert [
        (x.body, x.level, x.pinned, x.at, x.seconds, x.live, x.first, x.last) for x in found
    ] == [(x.body, x.level, x.pinned, x.at, x.seconds, x.live, x.first, x.last) for x in blocks]
    # Equal is not enough: words of an enumeration are compared by identity.
    assert [_types(x.body) for x in found] == [_types(x.body) for x in blocks]


def _types(value: object) -> object:
    if isinstance(value, tuple):
        return tuple(_types(item) for item in value)
    names = getattr(value, "__slots__", ())
    return (type(value), tuple(_types(getattr(value, name)) for name in names))


@settings(deadline=None)
@given(st.lists(BLOCKS, max_size=8))
def test_a_head_tells_of_each_block(blocks: list[Block]) -> None:
    head = shelf.head(blocks)
    assert head.count == len(blocks)
    assert [head.table[ordinal] for ordinal in head.ordinals] == [x.level for x in blocks]
    assert [shelf.KINDS[kind & shelf.KIND] for kind in head.kinds] == [type(x.body) for x in blocks]
    assert [bool(kind & shelf.PINNED) for kind in head.kinds] == [x.pinned for x in blocks]
    heights = head.heights()
    assert all(height >= 1 for height in heights)
    assert sum(heights) == sum(head.weights) + head.pinned
    assert shelf.ChunkHead.decoded(head.encoded()) == head


@pytest.mark.parametrize("data", [b"", b"x", shelf.pack([])[:-3]])
def test_what_cannot_be_read_is_said(data: bytes) -> None:
    with pytest.raises(shelf.ShelfBroken):
        shelf.unpack(data, 0)
    with pytest.raises(shelf.ShelfBroken):
        shelf.unpack_value(data)
    with pytest.raises(shelf.ShelfBroken):
        shelf.ChunkHead.decoded(data)


@settings(deadline=None)
@given(st.binary(max_size=40) | st.text(max_size=40).map(str.encode))
def test_any_bytes_are_a_chunk_or_said_to_be_none(data: bytes) -> None:
    for read in (lambda d: shelf.unpack(d, 0), shelf.unpack_value, shelf.ChunkHead.decoded):
        try:
            read(data)
        except shelf.ShelfBroken:
            continue


def test_an_overview_comes_back() -> None:
    plan = Plan("p", steps=(PlanStep(1, "one", status=StepStatus.DONE),))
    line = ToolLine("sql", "q", b.ToolStatus.DONE, "", 1.0, None, 3)
    ask = b.Ask(AskKind.PLAN, "go?", plan=plan)
    overview = Overview(State.NEEDS_INPUT, plan=plan, tools=(line,), ask=ask, files=(("a", 1),))
    found = shelf.unpack_value(shelf.pack_value(overview))
    assert found == overview
    assert _types(found) == _types(overview)


def test_every_kind_of_body_has_a_number() -> None:
    assert set(shelf.KINDS) == set(Body.__args__)  # type: ignore[attr-defined]
    assert len(shelf.KINDS) <= shelf.KIND


def test_the_version_changes_with_what_the_reducer_makes() -> None:
    """If this fails because the reducer or the blocks were changed: raise `shelf.VERSION`, so that
    sessions packed before are packed again, and put the new digest here."""
    digest = hashlib.sha256()
    for path in sorted(DATA.glob("*.sse")):
        service = path.name.split("_")[0]
        service = Service.CHAT if "chat" in path.name else Service(service)
        turn, decoder = Turn(), SseDecoder()
        frames = [*decoder.feed(path.read_bytes()), *decoder.close()]
        for place, frame in enumerate(frames, 1):
            replay.apply(turn, dialect.decode(service, frame), 1.7e9 + place, place)
        digest.update(repr(turn.blocks).encode("utf-8", "backslashreplace"))
    assert (shelf.VERSION, digest.hexdigest()[:16]) == (6, "0ac087b35093714b")

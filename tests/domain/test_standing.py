"""State, costs and notices; the laws that every order of events keeps."""

import math
import time
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from das_tui.domain import events as ev
from das_tui.domain.blocks import Failure, Notice, Tool, ToolStatus
from das_tui.domain.session import State
from das_tui.domain.standing import Usage
from das_tui.domain.toolbox import TOOL_LINES
from das_tui.domain.turn import Turn
from tests.domain.telling import bodies, data, tell
from tests.domain.test_turn import _events


def test_every_event_of_the_union_is_taken() -> None:
    kinds = [kind for part in get_args(ev.AnyEvent) for kind in (get_args(part) or (part,))]
    turn = tell(*[kind() for kind in kinds])
    assert turn.overview.kept == len(kinds) > 30


def test_characters_without_a_report_stay_an_estimate() -> None:
    said = ev.TextAppended(lane="answer", text="0123456789")
    turn = tell(ev.QuestionAsked(text="one"), said, ev.RunCut())
    tell(ev.QuestionAsked(text="two"), said, ev.UsageReported(chars=25), turn=turn)
    assert (turn.overview.chars, turn.overview.estimated) == (35, True)


def test_a_failure_counts_the_characters_of_its_own_question() -> None:
    turn = tell(ev.TextAppended(lane="answer", text="0123456789"), ev.RunCut())
    tell(ev.QuestionAsked(text="two"), ev.RunFailed(code="x"), turn=turn)
    failure = bodies(turn)[-1]
    assert isinstance(failure, Failure)
    assert "asking again is safe" in failure.text


def test_a_lost_line_is_no_live_notice_after_the_verdict() -> None:
    lost = ev.LineLost(kept=3, retry_in=2)
    for end in (ev.TurnFinished(), ev.Refused(), ev.NotDispatched(), ev.QuestionAsked(text="x")):
        turn = tell(ev.TurnStarted(), lost, end)
        assert not any(block.live for block in turn.blocks)
        tell(ev.Resumed(), turn=turn)
        assert sum(isinstance(body, Notice) for body in bodies(turn)) == 2


def test_a_turn_that_starts_leaves_the_lost_line_to_be_resumed() -> None:
    turn = tell(ev.LineLost(kept=3), ev.TurnStarted(), ev.Resumed(resumed_at=3))
    assert [b.text for b in bodies(turn)] == ["resumed at 3   0 lost   0 repeated"]
    assert turn.state is State.LIVE


def test_the_overview_costs_the_same_over_a_long_transcript() -> None:
    """Linear work a look would take minutes here."""
    turn = Turn()
    note = data("status", '{"message":"m"}')
    began = time.perf_counter()
    for number in range(45_000):
        turn.apply(ev.ToolCalled(call_id=str(number), name="t"), float(number), 2 * number)
        turn.apply(note, float(number), 2 * number + 1)
        if number % 4 == 0:
            assert turn.overview.tool_count == number + 1
    assert time.perf_counter() - began < 20.0


_more = st.one_of(
    _events,
    st.sampled_from([ev.Refused(), ev.NotDispatched(), ev.ListeningStopped(), ev.Heartbeat()]),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(_more, max_size=40), st.integers(1, 7))
def test_whoever_looks_sees_the_same_and_the_counts_are_those_of_the_blocks(
    events: list[ev.AnyEvent], every: int
) -> None:
    often, once = Turn(), Turn()
    for position, event in enumerate(events, start=1):
        often.apply(event, 1000.0 + position, position)
        once.apply(event, 1000.0 + position, position)
        if position % every == 0:
            often.changed()
    assert often.blocks == once.blocks
    overview = once.overview
    assert often.overview == overview
    tools = [block for block in once.blocks if isinstance(block.body, Tool)]
    assert overview.tool_count == len(tools)
    assert math.isclose(overview.tool_seconds, sum(b.seconds or 0.0 for b in tools), abs_tol=1e-6)
    assert [line.block for line in overview.tools] == [b.index for b in tools[-TOOL_LINES:]]
    failed = [b for b in tools if b.body.status is ToolStatus.FAILED]
    failures = [b for b in once.blocks if isinstance(b.body, Failure)]
    assert overview.errors == len(failed) + len(failures)


@settings(max_examples=150, deadline=None)
@given(st.lists(_more, max_size=40))
def test_nothing_is_left_open_by_a_verdict(events: list[ev.AnyEvent]) -> None:
    turn = tell(*events, ev.TurnFinished())
    assert [block.body for block in turn.blocks if block.live] == []
    running = [b for b in bodies(turn) if isinstance(b, Tool) and b.status is ToolStatus.RUNNING]
    assert running == []


@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_the_words_that_were_streamed_are_known_again(size: int) -> None:
    usage, text = Usage(), " \n an  answer, 海港\ud83d \t in words \n "
    for at in range(0, len(text), size):
        usage.came(text[at : at + size], 1.0)
    assert usage.said("an  answer, 海港\ud83d \t in words")
    assert usage.said(text)
    assert not usage.said("an answer, 海港\ud83d \t in words")
    assert not usage.said(text.strip()[:-1])
    usage.begin(7)
    assert not usage.said(text)

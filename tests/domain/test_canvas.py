"""Levels, records and laziness of blocks."""

from das_tui.domain import events as ev
from das_tui.domain.blocks import Answer
from das_tui.domain.canvas import Canvas
from tests.domain.telling import begin, finish, piece, tell


def test_a_body_is_made_only_when_somebody_looks() -> None:
    canvas, made = Canvas(), []
    canvas.moment(0.0, 0, 20)
    index = canvas.add(Answer(""), live=True)

    def make() -> Answer:
        made.append("x")
        return Answer("whole")

    canvas.changed()
    for count in range(100):
        canvas.moment(count, count, 20)
        canvas.touch(index, make)
    assert not made
    assert canvas.changed()[index].body == Answer("whole")
    assert made == ["x"]
    assert canvas.changed() == {}


def test_a_level_is_raised_by_the_events_of_a_block_only() -> None:
    thought = piece("think", "low", level=10)
    turn = tell(thought, begin("llm", level=20), ev.TurnFinished(level=40))
    assert [block.level for block in turn.blocks] == [10, 20]


def test_records_of_a_live_block_do_not_depend_on_when_somebody_looks() -> None:
    events = (begin("llm"), piece("llm", "a"), ev.Heartbeat(), ev.Heartbeat())
    looking, turn = tell(), tell(*events)
    for event in events:
        tell(event, turn=looking)
        looking.changed()
    assert looking.blocks == turn.blocks
    assert (turn.blocks[0].first, turn.blocks[0].last) == (1, 2)


def test_heartbeats_change_nothing_that_is_shown() -> None:
    turn = tell(begin("llm"), piece("llm", "a"))
    turn.changed()
    tell(*[ev.Heartbeat(level=10)] * 5, turn=turn)
    assert turn.changed() == {}
    assert turn.overview.kept == 7


def test_a_block_that_is_no_conclusion_after_all_is_not_pinned() -> None:
    conclusion = '{"mission_idx":0,"objective_order":1,"result":"One"}'
    category = "output_conclusion"
    first = (begin(category), piece(category, conclusion), finish(category))
    turn = tell(*first, *first)
    assert [block.pinned for block in turn.blocks] == [True, False]

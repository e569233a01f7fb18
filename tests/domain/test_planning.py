"""Plans, steps and asks over several questions."""

import json

import pytest

from das_tui.domain import events as ev
from das_tui.domain.blocks import Ask, PlanShown, Question, StepRule
from das_tui.domain.events import AskKind
from das_tui.domain.plan import Change
from das_tui.domain.planning import IN_WORDS, MAX_COMPARED, NOT_ANSWERED, WENT_ON
from das_tui.domain.session import State
from das_tui.domain.turn import Turn
from tests.domain.telling import bodies, data, tell


def plan_text(*names: str, running: str = "") -> str:
    steps = [
        {"order": place, "name": name, "status": "running" if name == running else "pending"}
        for place, name in enumerate(names, start=1)
    ]
    return json.dumps({"plans": [{"plan": {"steps": steps}}]})


def asked(kind: AskKind, text: str = "{}") -> ev.HumanAsked:
    return ev.HumanAsked(kind=kind, content_type="json", text=text)


def asks(turn: Turn) -> list[Ask]:
    return [body for body in bodies(turn) if isinstance(body, Ask)]


def plans(turn: Turn) -> list[PlanShown]:
    return [body for body in bodies(turn) if isinstance(body, PlanShown)]


def test_the_plan_of_a_new_question_is_new() -> None:
    turn = tell(data("plan", plan_text("A", "B", running="A")), ev.TurnFinished())
    tell(ev.QuestionAsked(text="next"), data("plan", plan_text("A", "C")), turn=turn)
    assert [shown.changes for shown in plans(turn)] == [(), ()]
    plan = turn.overview.plan
    assert plan is not None
    assert [(step.started_at, step.block) for step in plan.steps] == [(None, -1)] * 2


def test_words_from_elsewhere_to_an_ask_do_not_begin_a_new_question() -> None:
    turn = tell(
        ev.TurnStarted(text="q"),
        asked(AskKind.PLAN, plan_text("A", "B")),
        ev.TurnStarted(text="drop B"),
        asked(AskKind.PLAN, plan_text("A")),
    )
    first, second = asks(turn)
    assert (first.answered, second.answered) == (IN_WORDS, "")
    assert [change.change for change in second.changes] == [Change.SAME, Change.DROPPED]
    assert Question("drop B") in bodies(turn)


@pytest.mark.parametrize(
    ("kind", "words", "settled"),
    [
        (AskKind.PLAN, "确认执行", "you approved"),
        (AskKind.PLAN, "confirm", "you approved"),
        (AskKind.SQL, "确认执行当前SQL", "you approved the statement"),
        (AskKind.SQL, "同意后续所有SQL执行", "and all later ones"),
        (AskKind.REPORT, "确认绘制网页报告", "you approved"),
        (AskKind.REPORT, "不绘制", "you refused"),
    ],
)
def test_official_words_from_elsewhere_settle_the_ask(
    kind: AskKind, words: str, settled: str
) -> None:
    turn = tell(ev.TurnStarted(text="q"), asked(kind), ev.TurnStarted(text=words))
    (ask,) = asks(turn)
    assert settled in ask.answered
    assert turn.overview.ask is None
    assert Question(words) not in bodies(turn)


def test_a_question_settles_the_ask_that_waited() -> None:
    turn = tell(asked(AskKind.SQL), ev.QuestionAsked(text="never mind"), asked(AskKind.SQL))
    assert [ask.answered for ask in asks(turn)] == [IN_WORDS, ""]
    assert turn.overview.ask_block == 2


def test_a_turn_without_its_message_settles_the_ask() -> None:
    turn = tell(asked(AskKind.SQL), ev.TurnStarted(), asked(AskKind.SQL))
    assert [ask.answered for ask in asks(turn)] == [IN_WORDS, ""]


@pytest.mark.parametrize("end", [ev.TurnCancelled(), ev.RunFailed(code="x")])
def test_an_ask_does_not_outlive_its_run(end: ev.AnyEvent) -> None:
    turn = tell(asked(AskKind.SQL), end)
    assert [ask.answered for ask in asks(turn)] == [NOT_ANSWERED]
    assert not turn.blocks[0].live
    assert turn.overview.ask_block == -1


def test_an_ask_that_was_only_announced_waits_for_nobody() -> None:
    turn = tell(ev.TurnStarted(text="q"), data("ask_plan", plan_text("A")))
    assert turn.state is State.LIVE
    tell(ev.TurnFinished(), turn=turn)
    assert [ask.answered for ask in asks(turn)] == [WENT_ON]
    assert not any(block.live for block in turn.blocks)


def test_an_announced_ask_becomes_the_one_that_waits() -> None:
    turn = tell(data("ask_plan", plan_text("A")), asked(AskKind.PLAN, plan_text("A")))
    assert [ask.answered for ask in asks(turn)] == [""]
    assert turn.overview.ask == asks(turn)[0]


def test_an_announced_ask_of_another_kind_is_not_left_open() -> None:
    turn = tell(data("ask_plan", plan_text("A")), asked(AskKind.SQL))
    assert [ask.answered for ask in asks(turn)] == [WENT_ON, ""]
    assert [block.live for block in turn.blocks] == [False, True]


def test_an_ask_that_waits_still_does_when_it_is_announced_again() -> None:
    turn = tell(asked(AskKind.PLAN, plan_text("A")), data("ask_plan", plan_text("A")))
    tell(ev.ReplyGiven(choice="approve", text="yes"), turn=turn)
    assert [ask.answered for ask in asks(turn)] == ["you approved the plan, 1 steps"]


def test_progress_alone_is_no_new_plan() -> None:
    turn = tell(
        data("plan", plan_text("A", "B", running="A")),
        data("plan", plan_text("A", "B", running="B")),
        data("plan", plan_text("A", "B", running="B")),
    )
    assert len(plans(turn)) == 1
    assert [b.name for b in bodies(turn) if isinstance(b, StepRule)] == ["A", "B"]


def test_plans_without_measure_are_shown_and_not_compared() -> None:
    names = [f"step {number}" for number in range(MAX_COMPARED * 10)]
    turn = tell(data("plan", plan_text(*names)), data("plan", plan_text(*reversed(names))))
    tell(data("plan", plan_text(*reversed(names))), turn=turn)
    assert [shown.changes for shown in plans(turn)] == [(), ()]


def test_a_step_does_not_run_into_the_next_question() -> None:
    turn = tell(ev.StepStarted(name="S"), ev.RunCut(), ev.QuestionAsked(text="next"))
    assert turn.overview.step == ""
    assert not any(block.live for block in turn.blocks)


def test_an_answer_that_was_not_taken_leaves_the_ask_waiting() -> None:
    asked = ev.HumanAsked(kind=AskKind.SQL, text='{"sql":"DELETE FROM t"}', content_type="json")
    for undelivered in (ev.NotDispatched(text="no line"), ev.Refused(code="Throttling")):
        turn = Turn()
        events = (asked, ev.ReplyGiven(choice="approve", text="yes", kind="sql"), undelivered)
        for position, event in enumerate(events, start=1):
            turn.apply(event, 1000.0 + position, position)
        assert turn.state is State.NEEDS_INPUT
        assert turn.overview.ask is not None
        assert turn.overview.ask.answered == ""
        assert turn.blocks[0].live


def test_a_settled_ask_shows_when_it_was_settled() -> None:
    turn = Turn()
    turn.apply(ev.HumanAsked(kind=AskKind.PLAN, text="{}"), 1000.0, 1)
    turn.apply(ev.ReplyGiven(choice="refuse", text="no", kind="plan"), 1400.0, 2)
    assert turn.blocks[0].at == 1400.0


def test_a_step_that_a_status_names_has_a_place_a_start_and_a_duration() -> None:
    turn = tell(
        data("plan", plan_text("A", "B")),
        ev.StatusChanged(previous="", current="running", task="A"),
        data("plan", plan_text("A", "B", running="B")),
    )
    plan = turn.overview.plan
    assert plan is not None
    rules = [block for block in turn.blocks if isinstance(block.body, StepRule)]
    assert [step.block for step in plan.steps] == [rule.index for rule in rules]
    assert [step.started_at for step in plan.steps] == [rule.at for rule in rules]
    assert None not in [rule.at for rule in rules]


def test_a_step_keeps_the_place_where_it_began() -> None:
    turn = tell(
        data("plan", plan_text("A", "B", running="A")),
        data("plan", plan_text("A", "B", running="B")),
        data("plan", plan_text("A", "B", running="A")),
    )
    plan = turn.overview.plan
    assert plan is not None
    rules = [block.index for block in turn.blocks if isinstance(block.body, StepRule)]
    assert len(rules) == 3
    assert [step.block for step in plan.steps] == rules[:2]


def test_what_another_plan_changed_stays_until_the_next_question() -> None:
    turn = tell(data("plan", plan_text("A", "B", "C")))
    assert not turn.overview.changes
    tell(data("plan", plan_text("A", "C", "D")), turn=turn)
    tell(data("plan", plan_text("A", "C", "D", running="A")), turn=turn)
    changes = [(change.change, change.step.name) for change in turn.overview.changes]
    assert changes == [
        (Change.SAME, "A"),
        (Change.DROPPED, "B"),
        (Change.SAME, "C"),
        (Change.NEW, "D"),
    ]
    tell(ev.QuestionAsked(text="next"), turn=turn)
    assert not turn.overview.changes


def test_a_settled_ask_says_how_long_it_waited() -> None:
    turn = Turn()
    turn.apply(ev.TurnStarted(text="q"), 100.0, 1)
    turn.apply(asked(AskKind.PLAN, plan_text("A")), 110.0, 2)
    turn.apply(ev.ReplyGiven(choice="approve", text="yes"), 150.0, 3)
    ask = next(block for block in turn.blocks if isinstance(block.body, Ask))
    assert (ask.at, ask.seconds) == (150.0, 40.0)
    turn.apply(ev.NotDispatched(text="no line"), 152.0, 4)
    ask = turn.blocks[ask.index]
    assert turn.state is State.NEEDS_INPUT
    assert ask.at == 110.0, "it waits since it was asked"
    turn.apply(ev.ReplyGiven(choice="approve", text="yes"), 170.0, 5)
    assert (turn.blocks[ask.index].at, turn.blocks[ask.index].seconds) == (170.0, 60.0)


def test_an_ask_that_never_waited_has_no_duration() -> None:
    turn = tell(data("ask_plan", plan_text("A")), ev.TurnFinished())
    (ask,) = (block for block in turn.blocks if isinstance(block.body, Ask))
    assert ask.body.answered == WENT_ON  # type: ignore[union-attr]
    assert ask.seconds is None

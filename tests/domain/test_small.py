"""Plan differences, tool parameters, local facts, official words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from das_tui.domain import events as ev
from das_tui.domain import facts
from das_tui.domain.events import AskKind, type_name
from das_tui.domain.params import Pairs, from_call, from_json, from_words
from das_tui.domain.plan import Change, Plan, PlanStep, diff
from das_tui.domain.words import message


def plan(*names: str) -> Plan:
    return Plan(steps=tuple(PlanStep(order, name) for order, name in enumerate(names, start=1)))


def changes(old: Plan, new: Plan) -> list[tuple[str, str, int]]:
    return [(c.change.value, c.step.name, c.was) for c in diff(old, new)]


def test_diff_names_new_moved_and_dropped_steps() -> None:
    old = plan("Tables", "Flow", "Moves", "Weather", "End")
    new = plan("Vans", "Tables", "Flow", "Moves", "End")
    assert changes(old, new) == [
        ("new", "Vans", 0),
        ("same", "Tables", 0),
        ("same", "Flow", 0),
        ("same", "Moves", 0),
        ("dropped", "Weather", 0),
        ("same", "End", 0),
    ]


def test_diff_counts_a_swap_as_one_move() -> None:
    found = changes(plan("A", "B", "C"), plan("B", "A", "C"))
    assert sum(kind == "moved" for kind, _, _ in found) == 1


@given(
    st.lists(st.sampled_from("ABCDE"), unique=True), st.lists(st.sampled_from("ABCDE"), unique=True)
)
def test_diff_holds_every_step_of_both(old: list[str], new: list[str]) -> None:
    found = diff(plan(*old), plan(*new))
    kept = [c.step.name for c in found if c.change is not Change.DROPPED]
    dropped = [c.step.name for c in found if c.change is Change.DROPPED]
    assert kept == new
    assert sorted(dropped) == sorted(set(old) - set(new))


def test_command_line_words_become_pairs() -> None:
    words = ["--instanceId", "rm-1", "--all", "--limit=3", "top", "--sql", "a b"]
    assert from_words(words) == (
        ("--instanceId", "rm-1"),
        ("", "--all"),
        ("--limit", "3"),
        ("", "top"),
        ("--sql", "a b"),
    )


def test_an_empty_value_is_no_bare_flag() -> None:
    assert from_words(["--a", "", "--b"]) == (("--a", ""), ("", "--b"))
    assert from_words(["--a="]) == (("--a", ""),)


@pytest.mark.parametrize(
    ("words", "title", "pairs"),
    [
        (['{"InstanceId":"rm-1","Limit":3}'], "", (("--InstanceId", "rm-1"), ("--Limit", "3"))),
        (['{"action":"Get","params":{"Id":"rm-1"}}'], "Get", (("--Id", "rm-1"),)),
        (["Get", '{"InstanceId":"rm-1"}'], "", (("", "Get"), ("--InstanceId", "rm-1"))),
        (["--filter", '{"a":1}'], "", (("--filter", '{"a":1}'),)),
        (["{broken"], "", (("", "{broken"),)),
        (["{}"], "", (("", "{}"),)),
    ],
)
def test_an_argument_that_is_a_json_object_becomes_flags(
    words: list[str], title: str, pairs: Pairs
) -> None:
    assert from_call(words) == (title, pairs)


def test_json_arguments_become_pairs_with_the_real_action_as_title() -> None:
    value = {
        "command": "execute",
        "action": "GetTop",
        "params": {"InstanceId": "pc-1", "Limit": "3"},
    }
    assert from_json(value, "") == ("GetTop", (("--InstanceId", "pc-1"), ("--Limit", "3")))
    assert from_json(None, "half {") == ("", (("", "half {"),))


@given(st.text(), st.integers(0, 99), st.floats(0, 1e6))
def test_facts_come_back_as_they_were(text: str, number: int, seconds: float) -> None:
    for fact in (
        ev.QuestionAsked(text=text),
        ev.LineLost(kept=number, text=text, retry_in=seconds),
        ev.Resumed(resumed_at=None, lost=-1, repeated=number),
        ev.Refused(status=403, code="NoPermission", title=text, safe=False),
    ):
        name, data = facts.encode(fact)
        assert name == type_name(fact)
        assert facts.decode(name, data) == fact


def test_damaged_facts_are_shown_not_raised() -> None:
    assert isinstance(facts.decode("question_asked", b"{"), ev.MalformedArrived)
    assert isinstance(facts.decode("of_a_later_version", b"{}"), ev.MalformedArrived)
    assert isinstance(facts.decode("resumed", b"[1]"), ev.MalformedArrived)
    assert facts.decode("resumed", b'{"lost":1,"added_later":2}') == ev.Resumed(lost=1)


def test_words_are_the_official_ones_unless_the_operator_wrote_some() -> None:
    assert message(AskKind.PLAN, "approve", "") == "确认执行"
    assert message(AskKind.SQL, "approve", "") == "确认执行当前SQL"
    assert message(AskKind.REPORT, "approve", "") == "确认绘制网页报告"
    assert message(AskKind.HUMAN, "approve", "") == "confirm"
    assert message(AskKind.SQL, "approve_all", "") == "同意后续所有SQL执行"
    assert message(AskKind.REPORT, "refuse", "") == "不绘制"
    assert message(AskKind.SQL, "edit", "SELECT 1") == "SELECT 1"


def test_type_names_are_snake_case() -> None:
    assert type_name(ev.TextAppended()) == "text_appended"
    assert type_name(ev.MalformedArrived()) == "malformed"
    assert type_name(ev.Done()) == "done"

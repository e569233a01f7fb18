"""Very long blocks: their beginning is kept, the rest is counted, nothing else changes."""

import json

import pytest

from das_tui.domain import events as ev
from das_tui.domain.blocks import Answer, Ask, Block, PlanShown, Table, Text, Tool, ToolStatus
from das_tui.domain.content import MAX_STEPS
from das_tui.domain.cutting import MOST_TEXT, beginning, weight
from das_tui.domain.events import AskKind, Voice
from das_tui.domain.gathered import MOST_GATHERED, Gathered
from das_tui.domain.loose import MOST_VALUES
from das_tui.domain.shelf import CHUNK, pack, unpack
from das_tui.domain.turn import Turn
from tests.domain.telling import begin, data, finish, piece, tell

LONG = "long words " * 200_000


def said(text: str, lane: str = "") -> ev.TextAppended:
    return ev.TextAppended(lane=lane, voice=Voice.ANSWER, text=text)


def last(turn: Turn) -> Block:
    return turn.blocks[-1]


@pytest.mark.parametrize("looked", [False, True])
def test_of_a_long_answer_the_beginning_is_kept_and_the_rest_is_counted(looked: bool) -> None:
    turn = tell(ev.QuestionAsked(text="q"))
    for start in range(0, len(LONG), 50_000):
        tell(said(LONG[start : start + 50_000]), turn=turn)
        if looked:
            turn.changed()
    tell(ev.Done(), turn=turn)
    block = last(turn)
    assert block.body == Answer(LONG[:MOST_TEXT])
    assert block.beyond == len(LONG) - MOST_TEXT
    assert turn.overview.chars == len(LONG)


def test_a_summary_of_the_whole_answer_does_not_repeat_it() -> None:
    turn = tell(ev.QuestionAsked(text="q"), said(LONG), ev.UsageReported(text=LONG, chars=9))
    assert len(turn.blocks) == 2
    turn = tell(ev.QuestionAsked(text="q"), said(LONG), ev.UsageReported(text=f"{LONG}!", chars=9))
    assert len(turn.blocks) == 3


def test_long_words_that_differ_behind_what_is_kept_are_told_apart() -> None:
    said = data("llm", LONG)
    assert len(tell(said, ev.TurnFinished(text=LONG)).blocks) == 1
    assert len(tell(said, ev.TurnFinished(text=f"{LONG}!")).blocks) == 2


def test_whoever_wants_all_gets_all() -> None:
    turn = Turn(whole=True)
    tell(begin("llm"), piece("llm", "x" * (MOST_GATHERED + 5)), finish("llm"), turn=turn)
    assert last(turn).body == Answer("x" * (MOST_GATHERED + 5))
    assert last(turn).beyond == 0


def test_a_text_without_end_is_not_gathered_without_end() -> None:
    turn = tell(begin("llm"))
    for _ in range(9):
        tell(piece("llm", "x" * (MOST_GATHERED // 8)), turn=turn)
        turn.changed()
    tell(finish("llm"), turn=turn)
    assert last(turn).beyond == MOST_GATHERED // 8 * 9 - MOST_TEXT
    gathered = Gathered(most=3)
    for _ in range(5):
        gathered.add("ab")
    assert (gathered.text(), gathered.size, gathered.left) == ("aba", 10, 7)


def test_a_large_result_of_a_tool_is_cut_and_stays_cut_when_the_tool_is_ended() -> None:
    turn = tell(
        ev.ToolCalled(call_id="c", name="run", params=()),
        ev.ToolAnswered(call_id="c", text="out\n" * (2 * 1024 * 1024), partial=True),
    )
    turn.changed()
    tell(ev.Done(), turn=turn)
    block = last(turn)
    assert isinstance(block.body, Tool)
    assert block.body.status is ToolStatus.DONE
    (output,) = block.body.outputs
    assert isinstance(output, Text)
    assert (
        len(output.text) + block.beyond + weight(block.body) - len(output.text) >= 8 * 1024 * 1024
    )
    assert weight(block.body) <= MOST_TEXT + 4 * 1024


def test_of_a_large_table_the_first_rows_are_kept_and_all_are_counted() -> None:
    wide = [[f"{row}", "v" * 1000] for row in range(2_000)]
    value = {"columns": ["a", "b"], "result": wide}
    cell = {"nb_file_outputs": [{"data": {"application/json": value}}]}
    turn = tell(data("tool_call_response", json.dumps(cell)))
    block = last(turn)
    assert isinstance(block.body, Tool)
    (table,) = block.body.outputs
    assert isinstance(table, Table)
    assert (table.total, block.body.total_rows) == (2_000, 2_000)
    assert 200 < len(table.rows) < 300
    assert table.rows[0] == ("0", "v" * 1000)
    assert block.beyond > 1_700_000


def test_a_table_of_very_many_columns_keeps_its_form() -> None:
    table = Table(("column",) * 500_000, ((None,) * 500_000, ("v",) * 500_000))
    body, cuts = beginning(Tool("t", outputs=(table,)), {})
    assert isinstance(body, Tool)
    (kept,) = body.outputs
    assert isinstance(kept, Table)
    assert {len(row) for row in kept.rows} == {len(kept.columns)}
    assert weight(body) <= 2 * MOST_TEXT
    assert cuts["outputs"].left > 3_000_000


def test_json_of_too_many_values_is_text() -> None:
    text = "[" + "[]," * (2 * MOST_VALUES) + "[]]"
    block = last(tell(data("tool_call_response", text)))
    assert isinstance(block.body, Tool)
    assert block.beyond > 5 * MOST_VALUES


def test_of_a_plan_without_end_the_first_steps_are_kept_and_all_are_counted() -> None:
    steps = [{"name": f"step {number}"} for number in range(100_000)]
    turn = tell(data("plan", json.dumps({"plans": [{"plan": {"steps": steps}}]})))
    (body,) = [block.body for block in turn.blocks if isinstance(block.body, PlanShown)]
    assert (len(body.plan.steps), body.plan.more, body.plan.count) == (MAX_STEPS, 99_000, 100_000)
    assert turn.overview.plan is not None
    assert turn.overview.plan.count == 100_000


def test_a_statement_is_whole_as_long_as_it_waits_for_approval() -> None:
    sql = "SELECT 1 -- " + "x" * MOST_TEXT
    asked = ev.HumanAsked(kind=AskKind.SQL, content_type="json", text=json.dumps({"sql": sql}))
    turn = tell(asked)
    assert isinstance(last(turn).body, Ask)
    assert last(turn).body.sql == sql  # type: ignore[union-attr]
    assert last(turn).beyond == 0
    tell(ev.ReplyGiven(choice="approve", text="yes"), turn=turn)
    assert last(turn).beyond > 0


def test_many_long_blocks_keep_less_of_each() -> None:
    turn = Turn()
    for number in range(2 * CHUNK):
        tell(data("llm", f"{number} " + "x" * MOST_TEXT), turn=turn)
    assert len(turn.blocks) == 2 * CHUNK
    kept = [weight(block.body) for block in turn.blocks]
    assert sum(kept) < 2 * (4 * 1024 * 1024 + CHUNK * 8 * 1024)
    assert min(kept) == 8 * 1024
    assert all(weight(block.body) + block.beyond >= MOST_TEXT for block in turn.blocks), (
        "something is neither here nor counted"
    )
    again = Turn()
    for number in range(2 * CHUNK):
        tell(data("llm", f"{number} " + "x" * MOST_TEXT), turn=again)
        again.changed()
    assert again.blocks == turn.blocks


def test_a_packed_block_says_how_much_it_leaves_out() -> None:
    block = last(tell(data("llm", LONG)))
    assert unpack(pack([block]), block.index) == [block]

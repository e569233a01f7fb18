"""Texts and contents: cut off, sent again, closed by others, without a start."""

import time

from das_tui.domain import events as ev
from das_tui.domain.blocks import Answer, Note, Question, Raw, Suggestions, Tool, ToolStatus
from das_tui.domain.events import Voice
from das_tui.domain.turn import Turn
from tests.domain.telling import begin, bodies, data, finish, piece, tell

CONCLUSION = "output_conclusion"
RESPONSE = "tool_call_response"


def numbered(words: str) -> str:
    return '{"mission_idx":0,"objective_order":1,"result":"' + words + '"}'


def streamed(category: str, text: str) -> tuple[ev.AnyEvent, ...]:
    return begin(category), piece(category, text), finish(category)


def test_a_later_question_does_not_replace_the_conclusion_of_an_earlier_one() -> None:
    turn = tell(
        ev.QuestionAsked(text="one"),
        data(CONCLUSION, numbered("One")),
        ev.TurnFinished(),
        ev.QuestionAsked(text="two"),
        data(CONCLUSION, numbered("Two")),
    )
    found = [b.text for b in bodies(turn) if isinstance(b, Answer)]
    assert found == ["One", "Two"]


def test_an_approval_in_between_does_not_part_a_conclusion_from_its_copy() -> None:
    turn = tell(
        data(CONCLUSION, numbered("One")),
        ev.HumanAsked(kind=ev.AskKind.SQL, content_type="json", text='{"sql":"S"}'),
        ev.ReplyGiven(choice="approve", text="yes"),
        ev.TurnStarted(text="yes"),
        data(CONCLUSION, numbered("One, better")),
    )
    found = [b.text for b in bodies(turn) if isinstance(b, Answer)]
    assert found == ["One, better"]


def test_a_conclusion_that_is_streamed_again_replaces_the_first() -> None:
    turn = tell(
        *streamed(CONCLUSION, numbered("One")), *streamed(CONCLUSION, numbered("One, better"))
    )
    assert bodies(turn) == [
        Answer("One, better", conclusion=True),
        Note("sent again, it stands above", name="conclusion"),
    ]


def test_a_markdown_conclusion_that_quotes_json_is_kept_whole() -> None:
    words = 'The service said {"result": "ok"} and that was all.'
    turn = tell(*streamed(CONCLUSION, words))
    assert bodies(turn) == [Answer(words, conclusion=True)]


def test_a_cut_off_conclusion_shows_its_words_or_says_that_it_was_cut() -> None:
    some = tell(begin(CONCLUSION), piece(CONCLUSION, numbered("Half")[:-4]), ev.TurnFinished())
    assert bodies(some) == [Answer("Ha", conclusion=True)]
    none = tell(begin(CONCLUSION), piece(CONCLUSION, '{"mission_idx":'), ev.TurnFinished())
    (body,) = bodies(none)
    assert isinstance(body, Raw)
    assert (body.text, body.reason) == ('{"mission_idx":', "cut off")


def test_a_content_that_a_lost_line_cut_goes_on_in_its_block() -> None:
    text = numbered("All of it")
    turn = tell(begin(CONCLUSION), piece(CONCLUSION, text[:-6]), ev.RunCut(), ev.RunCut())
    tell(ev.Resumed(resumed_at=2), piece(CONCLUSION, text[-6:]), turn=turn)
    assert turn.blocks[0].live
    tell(finish(CONCLUSION), turn=turn)
    assert bodies(turn)[0] == Answer("All of it", conclusion=True)
    assert sum(isinstance(body, Answer) for body in bodies(turn)) == 1


def test_a_tool_response_that_a_lost_line_cut_goes_on_too() -> None:
    text = '{"result_type":"x","result":"fine"}'
    turn = tell(begin(RESPONSE), piece(RESPONSE, text[:9]), ev.RunCut())
    assert turn.overview.errors == 1
    tell(piece(RESPONSE, text[9:]), finish(RESPONSE), turn=turn)
    tools = [b for b in bodies(turn) if isinstance(b, Tool)]
    assert [tool.status for tool in tools] == [ToolStatus.DONE]
    assert (turn.overview.errors, turn.overview.tool_count) == (0, 1)


def test_a_cut_content_does_not_go_on_in_a_new_question() -> None:
    turn = tell(begin("llm"), piece("llm", "old"), ev.RunCut(), ev.QuestionAsked(text="next"))
    tell(piece("llm", "new"), turn=turn)
    found = [b.text for b in bodies(turn) if isinstance(b, Answer)]
    assert found == ["old", "new"]


def test_a_finish_without_a_start_ends_no_other_content() -> None:
    text = '{"result_type":"x","result":"fine"}'
    turn = tell(
        begin(RESPONSE),
        piece(RESPONSE, text[:9]),
        finish("llm"),
        piece(RESPONSE, text[9:]),
        finish(None),
    )
    assert [type(body) for body in bodies(turn)] == [Tool]
    assert not turn.blocks[0].live


def test_a_finish_without_a_start_shows_what_it_carries() -> None:
    turn = tell(ev.ContentFinished(category="llm", text="whole"), ev.ContentFinished(text="odd"))
    assert bodies(turn) == [Answer("whole"), Raw("no category", "odd")]


def test_a_piece_without_words_opens_nothing() -> None:
    assert bodies(tell(piece("llm", ""), finish("llm"))) == []


def test_words_said_before_become_the_conclusion() -> None:
    """A threshold may hide the model's words; it never hides a conclusion."""
    turn = tell(piece("llm", "CPU is fine.", level=10))
    tell(data(CONCLUSION, "CPU is fine.", level=40), turn=turn)
    (block,) = turn.blocks
    assert block.body == Answer("CPU is fine.", conclusion=True)
    assert (block.pinned, block.level) == (True, 40)


def test_the_end_of_a_turn_does_not_repeat_its_answer() -> None:
    turn = tell(*streamed("llm", "Done."), ev.TurnFinished(text="Done.\n"))
    assert bodies(turn) == [Answer("Done.")]
    other = tell(*streamed("llm", "Done."), ev.TurnFinished(text="And more."))
    assert bodies(other) == [Answer("Done."), Answer("And more.")]


def test_the_same_words_to_another_question_are_shown_again() -> None:
    said = data("task_finish", "All fine.")
    turn = tell(said, ev.QuestionAsked(text="And now?"), said, said)
    assert [type(body) for body in bodies(turn)] == [Answer, Question, Answer]


def test_many_conclusions_cost_no_more_each() -> None:
    turn = Turn()
    began = time.perf_counter()
    for number in range(20_000):
        turn.apply(data(CONCLUSION, f"number {number}", level=40), float(number), number)
    assert time.perf_counter() - began < 5.0
    assert len(turn.blocks) == 20_000


def test_a_lane_that_starts_again_leaves_nothing_open() -> None:
    turn = tell(
        ev.TextStarted(lane="1"),
        ev.TextStarted(lane="1"),
        ev.TextAppended(lane="1", text="a"),
        ev.TextStarted(lane="1", voice=Voice.ANSWER),
        ev.TextAppended(lane="1", text="b"),
        ev.TextFinished(lane="1"),
    )
    assert bodies(turn) == [Answer("a"), Answer("b")]
    assert not any(block.live for block in turn.blocks)


def test_questions_in_pieces_are_suggestions_and_files_keep_their_size() -> None:
    turn = tell(
        *streamed("recommended_question", '{"questions":["a","b"]}'),
        data("file_upload_finish", '{"FileName":"r.md","FileSize":"10"}'),
        data("file_upload_finish", '{"FileName":"r.md"}'),
    )
    assert bodies(turn)[0] == Suggestions(("a", "b"))
    assert turn.overview.suggestions == ("a", "b")
    assert turn.overview.files == (("r.md", 10),)

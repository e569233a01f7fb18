"""Plain text of blocks: streamed or not, the same rows."""

import re
from pathlib import Path

import pytest

from das_tui.cli.plain import Printer
from das_tui.domain.blocks import Answer, Block, Failure, Notice, Question, Tool, ToolStatus
from das_tui.domain.turn import Turn
from das_tui.run import replay
from das_tui.view.glyphs import ASCII
from das_tui.view.spec import ViewSpec
from das_tui.wire import dialect
from das_tui.wire.sse import SseDecoder

SPEC = ViewSpec(width=80, threshold=0)

ANSWER = """# Heading

First paragraph
over two lines.
## Second
- one
- two

  more of two

- three

1. number

   ```sql
   SELECT 1

   FROM t;
   ```

2. next

Text before a fence.

~~~
# no heading

- no list
~~~

| a | b |
|---|---|
| 1 | 2 |

> quoted

The end.
"""


def printed(steps: list[dict[int, Block]], **options: object) -> list[str]:
    lines: list[str] = []
    printer = Printer(lines.append, SPEC, None, **options)  # type: ignore[arg-type]
    for changed in steps:
        printer.take(changed)
    printer.close()
    return lines


def growing(text: str, piece: int) -> list[dict[int, Block]]:
    steps = [{0: Block(0, Answer(text[:end]), live=True)} for end in range(piece, len(text), piece)]
    return [*steps, {0: Block(0, Answer(text))}]


@pytest.mark.parametrize("piece", [1, 3, 7, 50])
def test_an_answer_that_grows_is_printed_as_when_it_comes_at_once(piece: int) -> None:
    assert printed(growing(ANSWER, piece)) == printed([{0: Block(0, Answer(ANSWER))}])


def test_an_answer_is_printed_while_it_grows() -> None:
    lines: list[str] = []
    printer = Printer(lines.append, SPEC, None)
    printer.take({0: Block(0, Answer("First paragraph.\n\nSec"), live=True)})
    assert [line.strip() for line in lines] == ["First paragraph."]
    printer.take({0: Block(0, Answer("First paragraph.\n\nSecond."))})
    assert [line.strip() for line in lines] == ["First paragraph.", "", "Second."]


def test_what_follows_a_fence_is_printed_while_the_answer_grows() -> None:
    lines: list[str] = []
    printer = Printer(lines.append, SPEC, None)
    printer.take({0: Block(0, Answer("```\ncode\n\nmore\n```\n\nText.\n\nTail"), live=True)})
    assert [line.strip() for line in lines if line.strip()] == ["code", "more", "Text."]


@pytest.mark.parametrize(
    ("name", "service"),
    [("das_diagnose", "das"), ("das_chat_agui", "chat"), ("dms_analysis_full", "dms")],
)
def test_live_and_stored_runs_print_the_same_words(data: Path, name: str, service: str) -> None:
    decoder = SseDecoder()
    frames = [*decoder.feed((data / f"{name}.sse").read_bytes()), *decoder.close()]
    live, stored = Turn(), Turn()
    steps = []
    for position, frame in enumerate(frames, 1):
        events = dialect.decode(service, frame)
        replay.apply(live, events, 1e9 + position, position)
        replay.apply(stored, events, 1e9 + position, position)
        steps.append(live.changed())
    assert printed(steps) == printed([stored.changed()])


def test_order_is_kept_and_each_block_printed_once() -> None:
    running = Tool("execute_sql", title="Rows")
    steps = [
        {0: Block(0, running, live=True), 1: Block(1, Answer("after"))},
        {0: Block(0, running, live=True)},
        {0: Block(0, Tool("execute_sql", title="Rows", status=ToolStatus.DONE), seconds=1.0)},
        {0: Block(0, Tool("execute_sql", title="Later", status=ToolStatus.DONE), seconds=1.0)},
    ]
    text = "\n".join(printed(steps))
    assert re.search(r"Rows.*\n(.*\n)?.*after", text)
    assert text.count("Rows") == text.count("after") == 1
    assert "Later" not in text


def test_blocks_below_the_level_are_dropped_and_those_without_stay() -> None:
    blocks = {
        0: Block(0, Answer("low"), level=10),
        1: Block(1, Answer("high"), level=30),
        2: Block(2, Answer("none")),
    }
    lines: list[str] = []
    printer = Printer(lines.append, SPEC, 20)
    printer.take(blocks)
    assert [line.strip() for line in lines if line] == ["high", "none"]


def test_notices_and_failures_are_narrated_and_the_question_is_left_out() -> None:
    told: list[str] = []
    steps = [
        {
            0: Block(0, Question("mine")),
            1: Block(1, Notice("resumed at 5")),
            2: Block(2, Failure("Refused", text="because")),
            3: Block(3, Answer("answer")),
        }
    ]
    lines = printed(steps, narrated=told.append, echo=False)
    assert [line.strip() for line in lines if line] == ["answer"]
    assert "resumed at 5" in "\n".join(told)
    assert "because" in "\n".join(told)


def test_ascii_and_hostile_text() -> None:
    lines: list[str] = []
    printer = Printer(lines.append, ViewSpec(width=60, threshold=0, glyphs=ASCII), None)
    printer.take({0: Block(0, Tool("\x1b]0;x\x07", title="t\u202e", status=ToolStatus.DONE))})
    text = "\n".join(lines)
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "\u202e" not in text
    assert text[0] == ASCII.folded

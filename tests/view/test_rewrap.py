"""The words at the top stay there when a long block is laid out anew, through any widths."""

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import count

import pytest

from das_tui.domain.blocks import Answer, Block, Body, Note, Thought, Tool, ToolStatus
from das_tui.domain.blocks import Table as Result
from das_tui.tui.reader import Reader
from das_tui.view.drawing import Line
from das_tui.view.glyphs import ASCII, UTF8
from das_tui.view.place import Place
from das_tui.view.spec import ViewSpec
from das_tui.view.transcript import Transcript

WIDTHS = (40, 41, 50, 57, 64, 80, 97, 120, 160, 200)
_WORD = re.compile(r"q\d+z|[\u4e00-\u9fff]")
_TAIL = 80
"""So many short blocks stand below, so that no window ends with the long one."""


class Words:
    """Words of which each occurs once."""

    def __init__(self, chance: random.Random, wide: bool) -> None:
        self.chance = chance
        self.wide = wide
        self._count = count()

    def __call__(self, most: int) -> str:
        size = self.chance.randrange(1, most + 1)
        if self.wide:
            return "".join(chr(0x4E00 + next(self._count) % 20_000) for _ in range(3 * size))
        return " ".join(f"q{next(self._count)}z" for _ in range(size))


def markdown(words: Words, parts: int) -> str:
    """Paragraphs, lists, quotes, tables, headings and code, wide and narrow."""
    chance = words.chance
    made: list[str] = []
    for _ in range(parts):
        kind = chance.choice(
            ["prose", "prose", "list", "numbers", "quote", "table", "code", "head"]
        )
        if kind == "prose":
            made.append(f"{words(40)} **{words(4)}** `{words(2)}` {words(40)}")
        elif kind == "list":
            made.append("\n".join(f"- {words(30)}\n  - {words(20)}" for _ in range(4)))
        elif kind == "numbers":
            made.append("\n".join(f"{at}. {words(30)}" for at in range(8, 12)))
        elif kind == "quote":
            made.append(f"> {words(40)}\n>\n> {words(40)}")
        elif kind == "table":
            rows = [f"| {words(3)} | {words(12)} | {words(12)} |" for _ in range(6)]
            made.append("\n".join([rows[0], "|---|---|---|", *rows[1:]]))
        elif kind == "code":
            made.append("\n".join(["```sql", *(words(30) for _ in range(7)), "", words(2), "```"]))
        else:
            made.append(f"## {words(5)}\n\n---")
    return "\n\n".join([*made, words(9)])


def reader_of(body: Body, **spec: object) -> Reader:
    """A reader of a long block, which is open, with others around it."""
    transcript = Transcript(ViewSpec(width=120, threshold=0, **spec))  # type: ignore[arg-type]
    transcript.put(Block(0, Note("above", "it"), 50))
    transcript.put(Block(1, body, 50))
    transcript.put_many(Block(2 + at, Note("below", "it"), 50) for at in range(_TAIL))
    transcript.toggle(1)
    reader = Reader(transcript)
    reader.window(20)
    reader.top()
    reader.go_to(1)
    return reader


def first_word(lines: list[Line]) -> tuple[int, str]:
    """The first word of a window, and on which of its rows it is."""
    found = ((y, _WORD.search(line.row.text)) for y, line in enumerate(lines))
    return next((y, word[0]) for y, word in found if word)


def tops(reader: Reader, chance: random.Random, tries: int) -> Iterator[None]:
    """Stand on random rows of the long block, in random widths."""
    transcript = reader.transcript
    for _ in range(tries):
        transcript.set_spec(replace(transcript.spec, width=chance.choice(WIDTHS)))
        line = chance.randrange(len(transcript._rendered(1)))
        reader._top = transcript.move(Place(1), line)
        reader.point(1)
        yield


def stays(reader: Reader, chance: random.Random) -> None:
    """Through many widths the same words stay on top, and the first width gives back all rows."""
    transcript = reader.transcript
    spec = transcript.spec
    before = reader.window(20)
    y, word = first_word(before)
    for width in chance.choices(WIDTHS, k=6):
        transcript.set_spec(replace(spec, width=width, now=chance.choice([0.0, 1.7e9])))
        now = reader.window(20)
        assert now[0].block == before[0].block
        rows = [at for at, line in enumerate(now) if word in line.row.text]
        assert rows, (spec.width, width, word)
        assert rows[0] <= y, (spec.width, width, word)
    transcript.set_spec(spec)
    assert reader.window(20) == before


@pytest.mark.parametrize("wide", [False, True], ids=["words", "CJK"])
@pytest.mark.parametrize("seed", range(6))
def test_the_words_of_an_answer_stay_at_the_top(seed: int, wide: bool) -> None:
    chance = random.Random(seed)
    glyphs = chance.choice([ASCII, UTF8])
    more = {"wrap_code": seed % 2 == 1, "show_times": seed % 3 == 1, "show_levels": seed % 3 == 2}
    reader = reader_of(Answer(markdown(Words(chance, wide), 30)), glyphs=glyphs, **more)
    for _ in tops(reader, chance, 25):
        stays(reader, chance)


@pytest.mark.parametrize("wide", [False, True], ids=["words", "CJK"])
def test_the_words_of_other_blocks_stay_at_the_top(wide: bool) -> None:
    chance = random.Random(wide)
    words = Words(chance, wide)
    code = "\n".join(words(30) for _ in range(30))
    rows = tuple((words(4), str(at), words(9)) for at in range(10))
    result = Result((words(1), words(1), words(1)), rows, 10)
    for body in (
        Thought("\n".join(words(60) for _ in range(20))),
        Tool(
            "run",
            words(6),
            status=ToolStatus.DONE,
            params=tuple((f"name{at}", words(40)) for at in range(9)),
            code=code,
            language="sql",
            outputs=(result,),
        ),
    ):
        reader = reader_of(body)
        for _ in tops(reader, chance, 25):
            stays(reader, chance)


def test_a_live_answer_grows_below_what_is_read() -> None:
    """Its place is found once for a width, not once for every piece that comes."""
    chance = random.Random(7)
    words = Words(chance, False)
    text = markdown(words, 20)
    reader = reader_of(Answer(text))
    transcript = reader.transcript
    transcript.put(Block(1, Answer(text), 50, live=True))
    for _ in tops(reader, chance, 5):
        _, word = first_word(reader.window(20))
        transcript.set_spec(replace(transcript.spec, width=73))
        top = reader.window(20)[0]
        for _ in range(5):
            text += f"\n\n{words(30)}"
            transcript.put(Block(1, Answer(text), 50, live=True))
            assert reader.window(20)[0] == top
        assert any(word in line.row.text for line in reader.window(20))


def test_to_scroll_takes_the_new_layout_for_the_place() -> None:
    chance = random.Random(3)
    reader = reader_of(Answer(markdown(Words(chance, False), 20)))
    reader._top = Place(1, 40)
    transcript = reader.transcript
    transcript.set_spec(replace(transcript.spec, width=50))
    seen = reader.window(20)
    reader.page(3)
    assert reader.window(20)[:17] == seen[3:]
    spot = reader.spot
    transcript.set_spec(replace(transcript.spec, width=160))
    reader.window(20)
    assert reader.spot == spot
    reader.end()
    reader.go_back(spot)
    transcript.set_spec(replace(transcript.spec, width=50))
    assert reader.window(20)[:17] == seen[3:]

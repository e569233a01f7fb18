"""What a reader can do with a transcript, at three sizes, in ASCII and in CJK.

Each test runs with Textual's own output and with three lean ones at once, on poor and rich
terminals; after every update all screens must be equal, cell by cell.
"""

import contextlib
import json
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from unittest import mock

import pytest

from das_tui.domain.blocks import Tool
from das_tui.domain.events import QuestionAsked
from das_tui.domain.record import Frame
from das_tui.domain.session import Session
from das_tui.run import past
from das_tui.store.store import Store
from das_tui.tui.reader import Reader
from das_tui.view import kinds
from tests import driving
from tests.driving import Scene, options, playing
from tests.run.scripted_service import Reply, Service, das
from tests.tongues import Tongue
from tests.tui.reading import Reading
from tests.tui.served import account
from tests.tui.walking import WalkedApp

EVENTS = 36


def _event(checkpoint: int, content: object, category: str, level: int) -> Frame:
    plain = isinstance(content, str)
    value = {
        "content": content if plain else json.dumps(content, ensure_ascii=False),
        "event_type": "data",
        "content_type": "str" if plain else "json",
        "checkpoint": checkpoint,
        "level": level,
        "category": category,
        "timestamp": str(1_735_689_600 + checkpoint),
    }
    return Frame("data", json.dumps(value, ensure_ascii=False).encode())


def _events(tongue: Tongue) -> Iterator[Frame]:
    """Paragraphs, notes, tools with long lines, tables and code, at all levels."""
    for number in range(1, EVENTS + 1):
        level = (10, 20, 30, 20, 40, 50)[number % 6]
        words = f"#{number} {tongue.prose}"
        if number % 6 == 1:
            cell = {
                "content_type": "sql",
                "title": f"#{number} {tongue.question}",
                "content": f"SELECT '{tongue.prose}', '{tongue.prose}', '{tongue.prose}'",
                "nb_file_outputs": [{"output_type": "stream", "text": tongue.prose * 4}],
            }
            value = {"result_type": "jupyter_cell", "result": cell}
            yield _event(number, value, "tool_call_response", level)
        elif number % 6 == 2:
            yield _event(number, {"message": words}, "status", level)
        elif number % 6 == 3:
            code = f"```sql\nSELECT '{tongue.prose * 3}'\n```"
            table = f"| a | b |\n|---|---|\n| {tongue.question} | {number} |"
            yield _event(number, f"#{number}\n\n{table}\n\n{code}", "llm", level)
        else:
            needle = f" {tongue.needle}" if number % 6 == 4 else ""
            yield _event(number, words + needle, "llm", level)


def _store(path: Path, tongue: Tongue) -> None:
    store = Store.open(path)
    at = 1_735_689_600.0
    items = [(at, QuestionAsked(text=tongue.question))]
    frames = [(at + n, frame) for n, frame in enumerate(_events(tongue), 1)]
    past.keep(store, Session("a", "dms", title=tongue.question), [*items, *frames])
    store.close()


Reads = Callable[[], "contextlib.AbstractAsyncContextManager[Reading]"]


@pytest.fixture
def reads(tmp_path: Path, tongue: Tongue, size: tuple[int, int]) -> Reads:
    """Opens the stored session, nothing held back, at its end."""

    @contextlib.asynccontextmanager
    async def opened() -> AsyncIterator[Reading]:
        _store(tmp_path / "history.db", tongue)
        given = options(None, tmp_path / "history.db", utc=True, level=0, ascii=tongue.ascii)
        with mock.patch.object(driving, "DasApp", WalkedApp):
            async with playing(given, size) as scene:
                await scene.open(tongue.question)
                reader = scene.main.reader
                assert reader is not None
                await scene.until(lambda: len(reader.transcript) >= EVENTS, "the events")
                yield scene, reader
                _equal(scene)

    return opened


def _equal(scene: Scene) -> None:
    """All outputs left the same screen, and had nothing that they left to Textual."""
    app = scene.app
    assert isinstance(app, WalkedApp)
    assert not app.ways.failures, app.ways.failures[0]
    assert app.ways.settled
    assert app.ways.updates > 5
    assert [way.lean.doubts for way in app.ways.ways] == [0, 0, 0]
    shown = app.ways.plain.text().split("\n")
    composed = [line.rstrip() for line in scene.text().split("\n")]
    assert shown == composed, "the terminal shows what Textual composed"
    if app.options.ascii:
        assert "\n".join(shown).isascii()


def _in_view(reader: Reader) -> set[int]:
    return {line.block for line in reader.window(reader.height)}


def _tools(reader: Reader) -> list[int]:
    every = range(len(reader.transcript))
    found = [at for at in every if isinstance(reader.transcript.block(at).body, Tool)]
    assert len(found) > 1
    return found


async def test_thresholds_folds_and_gaps(reads: Reads) -> None:
    async with reads() as (scene, reader):
        transcript = reader.transcript
        await scene.keys("g", "J", "J", "J", "J")
        assert not reader.following
        for _ in transcript.levels:
            before, place = transcript.hidden, reader.cursor
            await scene.keys("plus")
            assert transcript.hidden >= before
            assert reader.cursor == place or not transcript.visible(place)
            assert reader.cursor in _in_view(reader)
            _equal(scene)
        assert transcript.hidden > EVENTS // 3
        gap = next(at for at in range(len(transcript)) if transcript.gap(at))
        reader.go_to(gap)
        hidden = transcript.hidden
        await scene.keys("enter")
        assert transcript.hidden < hidden, "the gap opens in place"
        await scene.keys("0")
        assert transcript.hidden == 0
        _equal(scene)
        tools = _tools(reader)
        reader.go_to(tools[1])
        await scene.keys("enter")
        assert transcript.is_open(tools[1])
        assert "SELECT" in scene.text("transcript")
        _equal(scene)
        await scene.keys("enter")
        assert not transcript.is_open(tools[1])
        await scene.keys("x")
        assert all(transcript.is_open(at) for at in tools)
        await scene.keys("x")
        assert not any(transcript.is_open(at) for at in tools)
        await scene.keys("X")
        assert not any(transcript.visible(at) for at in tools)
        _equal(scene)
        await scene.keys("X", "L")
        assert "from level" in scene.text()
        await scene.keys("k", "escape")
        assert transcript.hidden == 0


async def test_search_sieve_kinds_and_marks(reads: Reads, tongue: Tongue) -> None:
    async with reads() as (scene, reader):
        transcript = reader.transcript
        wanted = [
            at for at in range(len(transcript)) if tongue.needle in str(transcript.block(at).body)
        ]
        assert len(wanted) >= EVENTS // 6
        await scene.keys("slash")
        await scene.type(tongue.needle)
        assert f"{len(wanted)} of {len(wanted)}" in scene.text("composer")
        _equal(scene)
        await scene.keys("enter")
        assert reader.cursor == wanted[-1]
        for at in (wanted[-2], wanted[-3]):
            await scene.keys("N")
            assert reader.cursor == at
            assert at in _in_view(reader)
            _equal(scene)
        await scene.keys("n")
        assert reader.cursor == wanted[-2]
        await scene.keys("escape", "ampersand")
        await scene.type(tongue.needle)
        await scene.keys("enter")
        assert transcript.sifted == len(transcript) - len(wanted)
        _equal(scene)
        await scene.keys("escape")
        assert transcript.sifted == 0
        await scene.keys("colon")
        await scene.type("kinds tools")
        await scene.keys("enter")
        tools = kinds.TABLES[[name for name, _ in kinds.GROUPS].index("tools")]
        assert transcript.sifted == len(transcript) - transcript.count(tools, 0, len(transcript))
        _equal(scene)
        await scene.keys("escape", "g", "J", "m", "J", "J", "M")
        await scene.type(tongue.needle)
        await scene.keys("enter", "G", "U")
        assert len(transcript.marks) == 2
        assert reader.cursor == max(transcript.marks)
        await scene.keys("U", "m")
        assert len(transcript.marks) == 1


async def test_scrolling_resizing_and_widths(reads: Reads, size: tuple[int, int]) -> None:
    async with reads() as (scene, reader):
        assert reader.following
        end = scene.text("transcript")
        await scene.keys("b")
        assert not reader.following
        await scene.keys("space")
        assert scene.text("transcript") == end
        await scene.keys("ctrl+u", "ctrl+d", "k", "k", "j", "K", "J", "g")
        assert reader.top_row == 0
        _equal(scene)
        await scene.keys("J", "J", "J", "J")
        cursor, shown = reader.cursor, scene.text("transcript")
        for shape in ((size[0] - 1, size[1]), (79, 20), (130, 45), (40, 11), size):
            await scene.pilot.resize_terminal(*shape)
            await scene.pilot.pause()
            assert reader.cursor == cursor
            _equal(scene)
        assert scene.text("transcript") == shown
        await scene.keys("x")
        reader.go_to(_tools(reader)[1])
        await scene.keys("ctrl+l")
        cursor, before = reader.cursor, scene.text("transcript")
        assert "SELECT" in before
        await scene.keys("W")
        assert scene.text("transcript") != before
        _equal(scene)
        await scene.keys("W")
        assert scene.text("transcript") == before
        await scene.keys("right", "right")
        assert scene.text("transcript") != before
        _equal(scene)
        await scene.keys("left", "left")
        assert scene.text("transcript") == before
        await scene.keys("T")
        assert scene.text("transcript") != before
        _equal(scene)
        await scene.keys("T", "d")
        assert scene.app.screen is not scene.main
        _equal(scene)
        await scene.keys("escape", "z", "p", "p", "z")
        assert scene.app.screen is scene.main
        assert reader.cursor == cursor


async def test_a_stream_is_followed_and_let_go(
    tmp_path: Path, tongue: Tongue, size: tuple[int, int]
) -> None:
    beat = das(f"{tongue.said} {tongue.prose}\n\n")
    reply = Reply(das(f"# {tongue.question}\n\n"), end="beat", beat=beat)
    async with Service(GetDasAgentSSE=[reply]) as service:
        given = options(
            None,
            tmp_path / "history.db",
            account=account(service.url),
            ask=("das", tongue.question),
            ascii=tongue.ascii,
        )
        with mock.patch.object(driving, "DasApp", WalkedApp):
            async with playing(given, size) as scene:
                main = scene.main
                await scene.until(lambda: main.reader is not None, "the answer")
                reader = main.reader
                assert reader is not None
                await scene.until(
                    lambda: reader.transcript.height > 2 * reader.height + 8, "two screens"
                )
                assert reader.following
                assert tongue.said in scene.text("transcript")
                await scene.keys("g")
                assert not reader.following
                top, height = scene.text("transcript"), reader.transcript.height
                await scene.until(lambda: reader.transcript.height > height + 6, "more of it")
                assert scene.text("transcript") == top, "what is read stays"
                await scene.pilot.resize_terminal(size[0] + 3, size[1])
                await scene.keys("plus", "0", "G")
                assert reader.following
                height = reader.transcript.height
                await scene.until(lambda: reader.transcript.height > height + 4, "the tail")
                app = scene.app
                assert isinstance(app, WalkedApp)
                assert not app.ways.failures, app.ways.failures[0]
                assert app.ways.partial > 3

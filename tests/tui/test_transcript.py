"""The transcript by its keys: what is shown, folded, opened and followed."""

import json
from pathlib import Path

import pytest

from das_tui.domain.blocks import Answer, Question, Raw, Tool
from das_tui.domain.session import State
from das_tui.tui.reader import Reader
from tests.driving import Scene, demo, options, playing
from tests.run.scripted_service import Reply, Service, das
from tests.tongues import Tongue
from tests.tui.reading import Stored
from tests.tui.served import account


async def to_tool(scene: Scene, reader: Reader) -> int:
    """Walk up to the last tool; its block."""
    while not isinstance(reader.transcript.block(reader.cursor).body, Tool):
        await scene.keys("K")
    return reader.cursor


# --- what is shown -------------------------------------------------------------------------------


async def test_thresholds_hide_and_count(stored: Stored) -> None:
    async with stored(level=20) as (scene, reader):
        total, at_twenty = len(reader.transcript), reader.transcript.hidden
        assert at_twenty > 0
        gap = next(at for at in range(total) if reader.transcript.gap(at))
        reader.go_to(gap)
        await scene.keys("ctrl+l")
        assert "below 20" in scene.text("transcript")
        await scene.keys("minus")
        assert scene.main.desk.spec.threshold < 20
        assert reader.transcript.hidden < at_twenty
        await scene.keys("0")
        assert reader.transcript.hidden == 0
        await scene.keys("plus", "plus", "plus", "plus", "plus")
        assert scene.main.desk.spec.threshold == reader.transcript.levels[-1]
        assert reader.transcript.hidden > at_twenty
        assert len(reader.transcript) == total
        shown = [reader.transcript.block(i) for i in range(total) if reader.transcript.visible(i)]
        assert any(isinstance(block.body, Question) for block in shown)
        await scene.keys("l")
        assert f"{reader.transcript.hidden} hidden" in scene.text("status")


async def test_level_menu_sets_and_goes_back(stored: Stored) -> None:
    async with stored(level=20) as (scene, _):
        await scene.keys("L", "k")
        assert "Show from level" in scene.text("menu")
        assert scene.main.desk.spec.threshold > 20
        await scene.keys("escape")
        assert scene.main.desk.spec.threshold == 20
        await scene.keys("L", "k", "enter")
        assert scene.main.desk.spec.threshold > 20
        assert scene.main.dock is None


async def test_tools_open_and_fold(stored: Stored) -> None:
    async with stored(level=20) as (scene, reader):
        block = await to_tool(scene, reader)
        await scene.keys("enter")
        assert reader.transcript.is_open(block)
        assert reader.cursor == block
        await scene.keys("ctrl+j")
        assert not reader.transcript.is_open(block)
        folded = reader.transcript.height
        await scene.keys("x")
        assert reader.transcript.height > folded
        await scene.keys("x", "X")
        assert reader.transcript.height < folded


async def test_a_gap_opens_in_place(stored: Stored) -> None:
    async with stored(level=20) as (scene, reader):
        while reader.transcript.gap(reader.cursor) is None:
            await scene.keys("K")
        hidden = reader.transcript.hidden
        gap = reader.transcript.gap(reader.cursor)
        assert gap is not None
        await scene.keys("enter")
        assert reader.transcript.hidden == hidden - gap[1]


async def test_plan_pane_leads_into_the_transcript(stored: Stored, size: tuple[int, int]) -> None:
    async with stored(level=20) as (scene, reader):
        if size[0] < 120:
            await scene.keys("p")
        if scene.main.pane != "panel":
            await scene.keys("tab")
        assert scene.main.pane == "panel"
        await scene.keys("j", "enter")
        assert "Step" in type(reader.transcript.block(reader.cursor).body).__name__


# --- where one stands ----------------------------------------------------------------------------


async def test_resizing_keeps_the_place(stored: Stored, size: tuple[int, int]) -> None:
    async with stored(level=20) as (scene, reader):
        await scene.keys("g", "J", "J", "J")
        cursor = reader.cursor
        for shape in [(80, 24), (60, 15), (40, 12), (160, 50), (39, 9), (120, 36)] * 2 + [size]:
            await scene.pilot.resize_terminal(*shape)
            assert reader.cursor == cursor
        lines = reader.window(reader.height)
        assert cursor in {line.block for line in lines}


KEYS = (
    "j k down up ctrl+d ctrl+u space b pagedown pageup g G J K right_curly_bracket "
    "left_curly_bracket e E left right minus plus 0 L escape enter x X x X T W tab j k enter "
    "tab shift+tab p p z z a escape left_square_bracket right_square_bracket 1 2 9"
).split()


async def test_every_reading_key_is_harmless_anywhere(stored: Stored) -> None:
    """No key of the table raises, in any pane, on any kind of session."""
    async with stored("Rebalance plan", level=20) as (scene, _):
        for title in ("Rebalance plan", "Revenue 24/25", "Deadlock 07:52", "Weekly report"):
            await scene.open(title)
            await scene.keys(*KEYS)
        assert scene.app.is_running
        assert scene.app.barrier.leaked == 0


@pytest.mark.fixed(tongue="the built-in service speaks its own")
async def test_every_reading_key_is_harmless_beside_an_ask(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with demo(tmp_path, size=size) as scene:
        await scene.open("Rebalance plan")
        await scene.until(lambda: scene.main.dock is not None, "the dock")
        await scene.keys(*KEYS)
        assert scene.app.is_running
        assert scene.app.barrier.leaked == 0


# --- what comes ----------------------------------------------------------------------------------


def finished(scene: Scene) -> bool:
    """Whether the open session got its answer and shows it."""
    if scene.main.session is None or scene.main.reader is None:
        return False
    return scene.session.state is State.FINISHED and len(scene.main.reader.transcript) > 0


def answer(tongue: Tongue) -> str:
    fence = f"```sql\nSELECT '{tongue.said}';\n```"
    table = f"| a | b |\n|---|--:|\n| {tongue.needle} | 12 |"
    return f"## {tongue.needle}\n\n- one **{tongue.said}**\n\n{table}\n\n{fence}\n"


async def test_answers_render_markdown(
    tmp_path: Path, tongue: Tongue, size: tuple[int, int]
) -> None:
    body = das(answer(tongue)) + das("", "summary", CharCount=4)
    async with Service(GetDasAgentSSE=[Reply(body)]) as service:
        given = options(
            None,
            tmp_path / "h.db",
            account=account(service.url),
            ask=("das", "Is it up?"),
            ascii=tongue.ascii,
        )
        async with playing(given, size) as scene:
            await scene.until(lambda: finished(scene), "the answer")
            reader = scene.main.reader
            assert reader is not None
            text = scene.text("transcript")
            await scene.keys("g")
            text += scene.text("transcript")
            found = reader.transcript.block(len(reader.transcript) - 1).body
            assert isinstance(found, Answer)
            bullet = scene.main.glyphs.bullet
            for shown in (tongue.needle, f"{bullet} one {tongue.said}", "SELECT '"):
                assert shown in text
            assert "**" not in text
            assert "```" not in text


async def test_an_unknown_category_stands_as_a_placeholder(
    tmp_path: Path, tongue: Tongue, size: tuple[int, int]
) -> None:
    content = json.dumps({"a": tongue.said}, ensure_ascii=False)
    event = {
        "content": content,
        "event_type": "data",
        "content_type": "json",
        "checkpoint": 1,
        "level": 20,
        "category": "holograms",
    }
    body = f"data:{json.dumps(event, ensure_ascii=False)}\n\n".encode()
    body += b'data:{"content":"","event_type":"SSE_FINISH"}\n\n'
    async with Service(GetChatContent=[Reply(body)]) as service:
        given = options(
            None,
            tmp_path / "h.db",
            account=account(service.url),
            attach=("s-1", "ag-1"),
            ascii=tongue.ascii,
        )
        async with playing(given, size) as scene:
            await scene.until(lambda: finished(scene), "the end")
            reader = scene.main.reader
            assert reader is not None
            assert isinstance(reader.transcript.block(0).body, Raw)
            await scene.until(lambda: "holograms" in scene.text("transcript"), "its name")


async def test_the_tail_lets_go_and_comes_back(
    tmp_path: Path, tongue: Tongue, size: tuple[int, int]
) -> None:
    beat = das(f"{tongue.said}\n\n") + das("", ToolName="SqlFilter", ToolParams=[tongue.needle])
    async with Service(GetDasAgentSSE=[Reply(das("So: "), end="beat", beat=beat)]) as service:
        given = options(
            None,
            tmp_path / "h.db",
            account=account(service.url),
            ask=("das", tongue.question),
            ascii=tongue.ascii,
        )
        async with playing(given, size) as scene:
            await scene.until(lambda: scene.main.reader is not None, "the answer")
            reader = scene.main.reader
            assert reader is not None
            await scene.until(
                lambda: reader.transcript.height > reader.height + 6, "more than a screen"
            )
            assert reader.following
            await scene.keys("g")
            assert not reader.following
            top = scene.text("transcript")
            count = len(reader.transcript)
            await scene.until(lambda: len(reader.transcript) > count + 2, "more blocks")
            assert scene.text("transcript") == top
            await scene.until(lambda: reader.new_below[0] and "new" in scene.text(), "what is new")
            await scene.keys("G")
            assert reader.following
            assert reader.percent is None

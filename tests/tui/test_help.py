"""The help page: the focused pane first, and the search in it."""

from pathlib import Path

import pytest

from das_tui.cli.seeding import seed
from das_tui.tui.actions import ACTIONS, NAMELESS, Action, keys_label
from das_tui.tui.screens.help import HelpScreen
from das_tui.tui.theme import PALETTES
from das_tui.view.glyphs import UTF8
from das_tui.view.line import Line
from tests.driving import Scene, options, playing

SIZES = [(120, 36), (80, 24), (40, 15)]
PANES = {"transcript": "Move", "sidebar": "Sessions", "panel": "Panes", "dock": "Answer"}


def page(pane: str) -> HelpScreen:
    return HelpScreen(pane, PALETTES["das-dark"], UTF8)


@pytest.mark.parametrize("width", [40, 80, 100, 120, 200])
@pytest.mark.parametrize("pane", PANES)
def test_the_groups_of_the_focused_pane_come_first(pane: str, width: int) -> None:
    rows = page(pane).rows(width)
    assert rows[0].text.split()[0] == PANES[pane]
    assert all(row.width <= width for row in rows)


@pytest.mark.parametrize("width", [80, 120])
def test_every_action_is_on_the_page(width: int) -> None:
    text = "\n".join(row.text for row in page("transcript").rows(width))
    for action in ACTIONS:
        first = keys_label(action, UTF8).split()[0]
        assert first in text, action.id


@pytest.mark.parametrize("width", [100, 120, 200])
def test_the_words_of_a_column_begin_at_one_cell(width: int) -> None:
    texts = [row.text for row in page("transcript").rows(width)]
    (first,) = (text for text in texts if "copy this" in text)
    (second,) = (text for text in texts if ":copy-markdown " in text)
    assert first.index("copy this") == second.index("copy it as")
    if width >= 120:
        assert not any("…" in text for text in texts), "nothing is cut where there is room"


def test_a_word_that_is_found_is_whole() -> None:
    found = page("transcript")
    found.words = Line.of("copy-markdown")
    for width in (40, 80, 120):
        (row,) = found.rows(width)
        assert ":copy-markdown " in row.text


async def helped(scene: Scene) -> HelpScreen:
    await scene.keys("question_mark")
    found = scene.app.screen
    assert isinstance(found, HelpScreen)
    return found


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_one_searches_as_one_types(tmp_path: Path, size: tuple[int, int]) -> None:
    seed(tmp_path / "history.db")
    async with playing(options(None, tmp_path / "history.db"), size) as scene:
        await scene.open("Weekly report")
        found = await helped(scene)
        await scene.keys("slash")
        await scene.type("raw")
        assert "raw event" in scene.text()
        assert "half a page" not in scene.text()
        assert len(found.rows(size[0])) < 5
        await scene.type("zzz")
        assert "No key and no word" in scene.text()
        await scene.keys("escape")
        assert "half a page" in scene.text()
        await scene.characters("、ｒａｗ")
        assert "raw event" in scene.text()
        await scene.keys("enter", "escape")
        assert isinstance(scene.app.screen, HelpScreen)
        await scene.keys("escape")
        assert scene.app.screen is scene.main


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_every_action_is_found_by_its_word(action: Action) -> None:
    found = page("transcript")
    found.words = Line.of(action.help)
    rows = [row.text for row in found.rows(80)]
    assert any(action.help[:20] in row for row in rows)
    if action.keys and action.id not in NAMELESS:
        assert any(f":{action.word}" in row for row in rows)


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_the_page_scrolls_to_its_end(tmp_path: Path, size: tuple[int, int]) -> None:
    seed(tmp_path / "history.db")
    async with playing(options(None, tmp_path / "history.db"), size) as scene:
        await scene.open("Weekly report")
        await helped(scene)
        assert "in the transcript" in scene.text()
        await scene.keys("G")
        assert "This terminal" in scene.text()
        assert "in the transcript" in scene.text()
        await scene.keys("g")
        assert "half a page" in scene.text()

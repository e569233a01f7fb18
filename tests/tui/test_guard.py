"""The guard in front of a statement, in the app: what is seen before it can be sent."""

from dataclasses import replace
from pathlib import Path

import pytest

from das_tui.domain.risk import classify
from tests.driving import demo

WAITS = "晚点包裹 三月"


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (40, 15)])
async def test_all_of_a_write_is_seen_before_it_runs(tmp_path: Path, size: tuple[int, int]) -> None:
    async with demo(tmp_path, size=size) as scene:
        await scene.open(WAITS)
        await scene.answerable()
        ask = scene.overview.ask
        assert ask is not None
        assert not classify(ask.sql).harmless
        seen: list[str] = []
        for _ in range(40):
            shown = scene.text("dock")
            assert " WRITE " in shown
            assert "parcel_depot" in shown
            assert "demo" in shown
            assert "later" in shown
            seen += scene.text("dock").split()
            state = scene.main.dock
            assert state is not None
            if state.seen:
                break
            assert scene.text("footer").split()[:2] == ["space", "b"], "what leads to the rest"
            await scene.keys("y")
            assert state.stage == "ask", "what was not read is not run"
            before, window = state.scroll, state.window
            await scene.keys("space")
            assert 0 < state.scroll - before <= window, "no line is passed over"
        assert set(ask.sql.split()) <= set(seen)
        await scene.keys("y")
        state = scene.main.dock
        assert state is not None
        assert state.stage == "type"
        assert state.word == "parcel_depot"
        await scene.keys("enter")
        assert "not sent" in scene.main.message
        assert scene.main.dock is not None
        await scene.type("parcel_depot")
        assert "parcel_depot" in scene.text("dock")
        await scene.keys("enter")
        await scene.until(lambda: scene.main.dock is None, "the statement to run")


async def test_a_profile_that_only_reads_answers_nothing(tmp_path: Path) -> None:
    async with demo(tmp_path) as scene:
        main = scene.main
        assert main.options.account is not None
        account = replace(main.options.account, read_only=True)
        main.options = replace(main.options, account=account)
        await scene.open(WAITS)
        await scene.answerable()
        for key in ("y", "A", "n", "e", "r"):
            await scene.keys(key)
            assert "only reads" in main.message
            assert main.dock is not None
            assert main.pane == "dock"

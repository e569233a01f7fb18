"""A few pictures of the app on a fixed clock, offline, from the demo's older sessions.

When a picture changes on purpose: `pytest tests/tui/test_snapshots.py --snapshot-update`, after a
look at the report.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from das_tui.cli.seeding import seed
from das_tui.tui.app import DasApp
from tests.driving import Scene, options

NOW = 1_768_465_800.0
Act = Callable[[Scene], Awaitable[None]]


async def report(scene: Scene) -> None:
    await scene.open("Weekly report")


async def tool(scene: Scene) -> None:
    await scene.open("Weekly report")
    await scene.keys("x", "g")


async def cut(scene: Scene) -> None:
    await scene.open("Revenue 24/25")


async def refused(scene: Scene) -> None:
    await scene.open("Deadlock 07:52")


async def levels(scene: Scene) -> None:
    await scene.open("Weekly report")
    await scene.keys("L", "k")


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 15)], ids=lambda size: str(size[0]))
@pytest.mark.parametrize("act", [report, tool, cut, refused, levels], ids=lambda act: act.__name__)
def test_looks(tmp_path: Path, snap_compare: Any, act: Act, size: tuple[int, int]) -> None:
    seed(tmp_path / "history.db", NOW)
    app = DasApp(options(None, tmp_path / "history.db", utc=True))
    app.main.now = lambda: NOW

    async def before(pilot: Pilot[str]) -> None:
        scene = Scene(pilot, app)
        await scene.until(lambda: scene.main.reader is not None, "the first session")
        first = scene.main.open_key
        await act(scene)
        await scene.until(lambda: not scene.main._loading, "the transcript")
        await scene.until(lambda: not scene.main.desk.sessions[first].unread, "what was seen")
        await pilot.pause()

    try:
        assert snap_compare(app, terminal_size=size, run_before=before)
    finally:
        assert app.engine is None or app.engine.close(10.0)

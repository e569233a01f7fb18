"""In a flood frames are few, nothing is dropped, and a key is answered with all that came."""

import time
from pathlib import Path

import pytest

from das_tui.tui.screens import following
from tests.driving import options, playing
from tests.run.scripted_service import Reply, Service, das
from tests.tongues import Tongue
from tests.tui.reading import Stored
from tests.tui.served import account

EVENTS = 3_000


@pytest.mark.parametrize(
    ("came", "frame"),
    [(following._FLOOD - 1, following._BREATH), (following._FLOOD, following._FLOOD_FRAME)],
    ids=["a few", "a flood"],
)
async def test_frames_of_a_flood_are_a_fifteenth_of_a_second_apart(
    stored: Stored, came: int, frame: float
) -> None:
    async with stored() as (scene, _):
        main = scene.main
        main._painted = time.monotonic()
        main._unpainted, main._came = {main.open_key}, came
        main._late_flush()
        timer = main._paint_timer
        assert timer is not None
        assert frame - 0.02 < timer._interval <= frame
        assert following._FLOOD_FRAME == 1 / 15
        await scene.until(lambda: main._paint_timer is None, "the frame")
        assert not main._unpainted
        assert main._came == 0


async def test_a_key_is_answered_with_all_that_came(
    tmp_path: Path, tongue: Tongue, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next frame is an hour away here; keys need not wait for it."""
    calls = b"".join(
        das(f"{tongue.said} {n}. ", ToolName="SqlFilter", ToolParams=[f"--n {n}"])
        for n in range(EVENTS)
    )
    end = das(tongue.needle) + das("", "summary", CharCount=EVENTS)
    async with Service(GetDasAgentSSE=[Reply(calls + end)]) as service:
        given = options(
            None,
            tmp_path / "h.db",
            account=account(service.url),
            ask=("das", tongue.question),
            ascii=tongue.ascii,
        )
        async with playing(given, size) as scene:
            await scene.until(lambda: scene.main.reader is not None, "the session")
            main, reader = scene.main, scene.main.reader
            assert reader is not None
            monkeypatch.setattr(following, "_FLOOD_FRAME", 3600.0)
            blocks = 2 * EVENTS + 2
            await scene.until(lambda: len(reader.transcript) >= blocks, "all of it")
            assert len(reader.transcript) == blocks, "nothing is dropped"
            await scene.until(lambda: not scene.session.running, "the end")
            waits = main._paint_timer is not None
            if waits:
                assert tongue.needle not in scene.text("transcript")
            await scene.keys("G")
            assert tongue.needle in scene.text("transcript")
            assert waits, "the flood came slower than frames"

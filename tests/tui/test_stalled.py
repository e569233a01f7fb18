"""The drawing thread stands still, as before a terminal that does not read, while more arrives than
is kept for it."""

import time
from pathlib import Path

from das_tui.domain.blocks import Answer
from das_tui.domain.session import Session
from das_tui.run.feed import MOST
from das_tui.store.store import Store
from tests.driving import PATIENCE, options, playing
from tests.rig.floods import AGENT, BEFORE, BEHIND, SESSION
from tests.rig.memory import service
from tests.tui.served import account


def stood_still(path: Path) -> Session:
    """Hold this thread up until everything is stored; the row of the session then."""
    store = Store.open(path, read_only=True)
    deadline = time.monotonic() + PATIENCE
    while (row := store.sessions()[0]).running:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    store.close()
    return row


async def test_a_screen_that_stood_still_catches_up_with_everything_in_order(
    tmp_path: Path,
) -> None:
    count = 2 * MOST
    path = tmp_path / "history.db"
    with service("many", count) as flood:
        given = options(None, path, account=account(flood.url), attach=(SESSION, AGENT), level=0)
        async with playing(given) as scene:
            await scene.until(
                lambda: scene.main.reader and len(scene.main.reader.transcript) >= BEFORE,
                "the first events",
            )
            reader = scene.main.reader
            assert reader is not None
            row = stood_still(path)
            assert row.blocks > count
            transcript = reader.transcript
            assert len(transcript) < MOST
            began = time.monotonic()
            await scene.until(lambda: len(transcript) == row.blocks, "all that came")
            took = time.monotonic() - began
            assert reader.following
            await scene.until(lambda: BEHIND in scene.text("transcript"), "the last words")
            said = [transcript.block(at) for at in range(len(transcript))]
    assert [block.index for block in said] == list(range(row.blocks))
    assert [block.first for block in said] == sorted(block.first for block in said)
    assert any(isinstance(block.body, Answer) and block.body.text == BEHIND for block in said)
    assert took < 1.0

"""What is kept out of sight of the garbage collector does not stay for ever."""

import gc
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import seeding
from das_tui.tui import litter
from das_tui.tui.desk import KEPT_TRANSCRIPTS
from das_tui.view.transcript import Transcript
from tests.driving import options, playing


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    enabled, thresholds = gc.isenabled(), gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)
    if not enabled:
        gc.disable()


class Ring:
    """Holds itself, as what counts no references only."""

    def __init__(self) -> None:
        self.again = self


def test_what_was_let_go_after_it_had_settled_is_swept_up() -> None:
    ring = Ring()
    seen = weakref.ref(ring)
    litter.settle()
    del ring
    gc.collect()
    assert seen() is not None, "it was not out of sight"
    litter.sweep()
    assert seen() is None


def test_it_is_swept_now_and_then() -> None:
    assert sum(litter.settle() for _ in range(80)) == 10


async def test_sessions_that_were_read_are_let_go(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    seeding.seed_talks(path, 2 * KEPT_TRANSCRIPTS)
    async with playing(options(None, path), (120, 36)) as scene:
        main = scene.main
        await scene.until(lambda: main.reader is not None, "the first session")
        opened = weakref.WeakSet[Transcript]()
        keys = set()
        for _ in range(2 * KEPT_TRANSCRIPTS):
            await scene.keys("left_square_bracket")
            key = main.open_key
            await scene.until(lambda key=key: key in main.desk.transcripts, "its transcript")
            assert main.reader is not None
            opened.add(main.reader.transcript)
            keys.add(key)
        assert len(keys) == 2 * KEPT_TRANSCRIPTS
        assert len(main.readers) <= KEPT_TRANSCRIPTS
        litter.sweep()
        assert len(opened) <= KEPT_TRANSCRIPTS

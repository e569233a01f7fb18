"""A history file that was damaged: what cannot be read is said, and the app goes on."""

import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from das_tui.domain.blocks import Note
from das_tui.store.store import Store
from das_tui.tui.options import AppOptions
from tests.driving import Scene, options, playing
from tests.run import test_shelving
from tests.run.test_shelving import KEY, from_records
from tests.tongues import Tongue


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The packed store of each tongue, made when it is first asked for, and the folder."""
    return {"": tmp_path_factory.mktemp("packed")}


@pytest.fixture
async def path(tmp_path: Path, tongue: Tongue, stores: dict[str, Path]) -> Path:
    """The store of a long session that is on the shelf as a whole."""
    made = stores.get(tongue.name)
    if made is None:
        made = stores[tongue.name] = stores[""] / f"{tongue.name}.db"
        test_shelving.seed(made, turns=3, calls=1_000, say=tongue)
        async with playing(options(None, made, level=0)) as scene:
            await scene.open("long")
            store = Store.open(made, read_only=True)
            await scene.until(lambda: store.shelf(KEY), "the shelf")
            store.close()
        line = sqlite3.connect(made)
        line.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        line.close()
    return shutil.copy(made, tmp_path / "history.db")


@pytest.fixture
def look(path: Path, tongue: Tongue) -> AppOptions:
    return options(None, path, level=0, ascii=tongue.ascii)


def damage(path: Path, number: int, harm: str) -> None:
    """Damage a chunk in the file itself: some bytes of it, or the page that it begins on."""
    store = Store.open(path, read_only=True)
    body = store.chunk_body(KEY, number)
    store.close()
    assert body is not None
    data = bytearray(path.read_bytes())
    assert data.count(body[:200]) == 1
    at = data.index(body[:200])
    if harm == "bytes":
        data[at + 50 : at + 60] = b"0123456789"
    else:
        page = at // 4096 * 4096
        data[page : page + 4096] = b"\xa5" * 4096
    path.write_bytes(data)


def shown(scene: Scene) -> str:
    return scene.text("transcript")


@pytest.mark.parametrize("harm", ["bytes", "page"])
async def test_a_damaged_chunk_is_made_anew_from_the_records(
    path: Path, look: AppOptions, tongue: Tongue, size: tuple[int, int], harm: str
) -> None:
    wanted = from_records(path)
    damage(path, 0, harm)
    async with playing(look, size) as scene:
        await scene.open("long")
        reader = scene.main.reader
        assert reader is not None
        assert reader.transcript._blocks.shelved
        await scene.keys("g")
        await scene.until(lambda: "made anew" in scene.main.message, "the repair")
        assert [reader.transcript.block(at) for at in range(300)] == wanted[:300]
        assert scene.main.reader is reader, "the reader stays where it was"
        assert reader.cursor == 0
        assert not reader.following
        await scene.until(lambda: tongue("question 0") in shown(scene), "what it says")


async def test_what_cannot_be_made_anew_is_shown_as_such(
    path: Path, look: AppOptions, size: tuple[int, int]
) -> None:
    """The session is in a run of another instance, so to say: nobody may repair it now."""
    damage(path, 5, "page")
    async with playing(look, size) as scene:
        await scene.open("long")
        reader = scene.main.reader
        engine = scene.app.engine
        assert reader is not None
        assert engine is not None
        assert engine._supervisor is not None
        queue = engine._supervisor.cashier.follow_ups
        queue.holds = lambda key: True  # type: ignore[method-assign]
        reader.go_to(5 * 256 + 20)
        scene.main.repaint()
        await scene.until(lambda: "after the run" in scene.main.message, "the reason")
        assert "could not" in shown(scene)
        assert isinstance(reader.transcript.block(5 * 256).body, Note)
        assert not isinstance(reader.transcript.block(6 * 256).body, Note)
        # The rest of it is read, searched and left as ever.
        await scene.keys("slash")
        await scene.type("--n 999")
        hits = reader.transcript.count_matches
        await scene.until(lambda: hits().percent == 100, "the search")
        assert hits().shown >= 3
        await scene.keys("enter", "G")
        assert "could not" not in shown(scene)


async def test_a_file_that_is_gone(
    path: Path, look: AppOptions, tongue: Tongue, size: tuple[int, int]
) -> None:
    """The file is removed before the drawing thread has read from it."""
    async with playing(look, size) as scene:
        await scene.open("long")
        reader = scene.main.reader
        assert reader is not None
        bookcase = scene.main.desk.reader.__self__  # type: ignore[attr-defined]
        bookcase.close()
        os.rename(path, f"{path}-elsewhere")
        reader.transcript._blocks._chunks.clear()
        await scene.keys("g")
        await scene.until(lambda: "made anew" in scene.main.message, "the repair")
        await scene.until(lambda: tongue("question 0") in shown(scene), "what it says")

"""The page of files: choosing, fetching, and what is said of it."""

from pathlib import Path

import pytest

from das_tui.demo.config import ServiceConfig
from das_tui.demo.serve import Background
from das_tui.domain.session import State
from das_tui.tui.screens.files import FilesPage
from das_tui.view.files import Stage
from tests.driving import Scene
from tests.tui.served import KEYS, served

CSV = b"station,rides\r\n" + b"Old Mill,7\r\n" * 50_000


def page(scene: Scene) -> FilesPage:
    found = scene.app.screen
    assert isinstance(found, FilesPage), scene.text()
    return found


async def finished(scene: Scene, question: str = "How many rides on Monday?") -> str:
    """A finished DMS session, open; its id at the service."""
    scene.main.begin_question("dms")
    await scene.until(lambda: scene.main.editor is not None, "the composer")
    await scene.type(question)
    await scene.keys("enter")
    await scene.until(lambda: scene.main.session is not None, "the session")
    await scene.until(lambda: scene.session.state is State.FINISHED, "the end of the run")
    return scene.session.session_id


async def opened(scene: Scene) -> FilesPage:
    await scene.keys("F")
    await scene.until(lambda: isinstance(scene.app.screen, FilesPage), "the page")
    await scene.until(lambda: page(scene).lines is not None, "the list")
    return page(scene)


async def fetch(scene: Scene, folder: Path) -> None:
    """Name the folder and wait for the end."""
    await scene.keys("enter", "ctrl+u")
    line = page(scene).line
    assert line is not None
    page(scene).line = line.typed(str(folder))
    await scene.keys("enter")
    await scene.until(lambda: page(scene)._fetching is None, "the files")


async def test_files_are_chosen_and_fetched_into_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    async with served(tmp_path) as (scene, service):
        session_id = await finished(scene)
        for name in ("rides.csv", "notes.txt", "week.html"):
            service.files.add(session_id, name, CSV)
        found = await opened(scene)
        assert found.lines is not None
        names = [line.name for line in found.lines]
        assert {"rides.csv", "notes.txt", "week.html"} <= set(names)
        assert all(name in scene.text() for name in names)
        assert "585 KB" in scene.text()
        await scene.keys("space", "j", "space")
        chosen = [line.name for line in found.lines if line.chosen]
        assert len(chosen) == 2
        assert "2 chosen" in scene.text()
        await fetch(scene, folder)
        assert sorted(path.name for path in folder.iterdir()) == sorted(chosen)
        assert {path.read_bytes() for path in folder.iterdir()} == {CSV}
        for name in chosen:
            assert str(folder / name) in scene.text()
        assert f"saved 2 files in {folder}" in scene.text()
        assert not [line for line in found.lines if line.chosen]


async def test_all_at_once_and_the_folder_is_kept(tmp_path: Path) -> None:
    async with served(tmp_path) as (scene, service):
        session_id = await finished(scene)
        service.files.add(session_id, "a.csv", b"1")
        service.files.add(session_id, "a.csv", b"2")
        found = await opened(scene)
        await scene.keys("a")
        await fetch(scene, tmp_path / "out")
        assert found.lines is not None
        assert all(line.stage is Stage.SAVED for line in found.lines)
        assert (tmp_path / "out" / "a.csv").read_bytes() != (
            tmp_path / "out" / "a (2).csv"
        ).read_bytes()
        await scene.keys("escape")
        assert scene.app.screen is scene.main
        found = await opened(scene)
        await scene.until(lambda: found._folder, "the folder")
        await scene.keys("enter")
        assert found.line is not None
        assert found.line.text == str(tmp_path / "out")
        await scene.keys("escape", "escape", "q")


async def test_what_goes_wrong_is_a_sentence_and_can_be_tried_again(tmp_path: Path) -> None:
    config = ServiceConfig(speed=0, cut_files_after=1000, **KEYS)
    with Background(config) as service:
        async with served(tmp_path, service) as (scene, _):
            session_id = await finished(scene)
            service.files.add(session_id, "large.csv", CSV)
            found = await opened(scene)
            assert found.lines is not None
            while found.lines[found.cursor].name != "large.csv":
                await scene.keys("j")
            await fetch(scene, tmp_path / "out")
            assert found.lines[found.cursor].stage is Stage.FAILED
            assert "large.csv" in found.trouble
            assert found.trouble.split()[0] in scene.text()
            assert not (tmp_path / "out" / "large.csv").exists()
            await scene.keys("r")
            await scene.until(lambda: found.lines is not None, "the list again")
            assert not found.trouble
            (tmp_path / "file").write_text("in the way")
            await fetch(scene, tmp_path / "file")
            assert "cannot be used" in scene.text()


async def test_leaving_the_page_stops_nothing(tmp_path: Path) -> None:
    async with served(tmp_path) as (scene, service):
        session_id = await finished(scene)
        service.files.add(session_id, "rides.csv", CSV)
        found = await opened(scene)
        await scene.keys("a", "enter", "ctrl+u")
        assert found.line is not None
        found.line = found.line.typed(str(tmp_path / "out"))
        await scene.keys("enter", "escape")
        await scene.until(lambda: found._fetching is None, "the file")
        assert (tmp_path / "out" / "rides.csv").read_bytes() == CSV
        await scene.until(lambda: scene.app.screen is scene.main, "the main screen")


async def test_no_link_reaches_the_screen(tmp_path: Path) -> None:
    async with served(tmp_path) as (scene, service):
        session_id = await finished(scene)
        service.files.add(session_id, "rides.csv", CSV)
        found = await opened(scene)
        await fetch(scene, tmp_path / "out")
        seen = scene.text() + repr(found.files) + repr(found.lines)
        assert "Signature" not in seen
        assert "OSSAccessKeyId" not in seen


async def test_an_empty_list_and_a_refusal_say_so(tmp_path: Path) -> None:
    async with served(tmp_path) as (scene, service):
        await finished(scene, "How many rides?")
        found = await opened(scene)
        if not found.files:
            assert "No files yet." in scene.text()
            assert "r asks again" in scene.text()
        service.close()
        await scene.keys("r")
        await scene.until(lambda: found.trouble, "a refusal")
        assert found.trouble.split()[0] in scene.text()


async def test_other_agents_have_no_files(tmp_path: Path) -> None:
    async with served(tmp_path) as (scene, _):
        await scene.keys("F")
        assert "no session is open" in scene.text("status")
        await scene.keys("ctrl+n")
        while scene.main.new_question != "das":
            await scene.keys("tab")
        await scene.type("Why?")
        await scene.keys("enter")
        await scene.until(lambda: scene.main.session is not None, "the session")
        await scene.keys("F")
        assert "only sessions of the DMS Data Agent" in scene.text("status")


@pytest.mark.parametrize("size", [(40, 15), (80, 24), (200, 50)], ids=str)
async def test_long_lists_scroll_with_the_cursor(tmp_path: Path, size: tuple[int, int]) -> None:
    async with served(tmp_path, size=size) as (scene, service):
        session_id = await finished(scene)
        for number in range(60):
            service.files.add(session_id, f"part-{number:02}.csv", b"x")
        found = await opened(scene)
        assert found.lines is not None
        await scene.keys("G")
        assert found.lines[-1].name in scene.text()
        await scene.keys("g")
        assert found.lines[0].name in scene.text()
        for _ in range(30):
            await scene.keys("j")
            assert found.lines[found.cursor].name in scene.text()

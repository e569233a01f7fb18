"""Files: listed without their links, fetched to a folder without harm, and put there."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from das_tui.demo.serve import Background
from das_tui.domain.session import Session
from das_tui.run.errors import NotPossible, NotSaved, OtherProfile, ReadOnly
from das_tui.run.files import DownloadProgress
from das_tui.run.supervisor import Supervisor
from das_tui.wire.errors import Refused
from tests.run.conftest import Bench
from tests.run.scripted_service import Service, data
from tests.run.served import from_web, serving

Finished = Callable[[Supervisor, str], Awaitable[Session]]


async def asked(service: Background, supervisor: Supervisor) -> str:
    """The key of a session that somebody began elsewhere and that is in the list."""
    from_web(service)
    return (await supervisor.remote.browse()).keys[0]


def put(service: Background, name: str, content: bytes = b"a,b\n1,2\n") -> str:
    (session,) = service.hub.dms
    return service.files.add(session, name, content).file_id


def everything_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def test_files_are_listed_and_fetched(
    bench: Bench, finished: Finished, tmp_path: Path
) -> None:
    told: list[DownloadProgress] = []
    with serving(files_after=0.0) as service:
        supervisor = bench.start(service.url)
        key = await asked(service, supervisor)
        one = put(service, "rides.csv", b"x" * 200_000)
        two = put(service, "report.html", b"<p>report</p>")
        files = {file.file_id: file for file in await supervisor.files.list(key)}
        assert (files[one].name, files[one].size, files[one].kind) == ("rides.csv", 200_000, "csv")
        assert files[two].category == "WebReport"
        assert files[one].created_at is not None
        folder = tmp_path / "new" / "folder"
        paths = await supervisor.files.download(key, [two, one], folder, told.append)
    assert [path.name for path in paths] == ["report.html", "rides.csv"]
    assert paths[0].read_bytes() == b"<p>report</p>"
    assert paths[1].stat().st_size == 200_000
    assert sorted(folder.iterdir()) == sorted(paths)
    assert (told[0].number, told[0].count, told[0].received, told[0].path) == (1, 2, 0, None)
    assert (told[-1].number, told[-1].received, told[-1].path) == (2, 200_000, paths[1])


async def test_no_link_is_shown_or_stored(bench: Bench, tmp_path: Path) -> None:
    with serving() as service:
        supervisor = bench.start(service.url)
        key = await asked(service, supervisor)
        file_id = put(service, "rides.csv")
        files = await supervisor.files.list(key)
        await supervisor.files.download(key, [file_id], tmp_path / "out", lambda _: None)
        listed = len(service.hub.asked("ListFileUpload"))
    assert listed == 2, "a link is asked for afresh for each download"
    assert "Signature" not in repr(files)
    assert "http" not in repr(files)
    await supervisor.close()
    stored = everything_of(bench.path.parent)
    assert b"Signature" not in stored
    assert b"OSSAccessKeyId" not in stored


async def test_hostile_names_stay_in_the_folder_and_overwrite_nothing(
    bench: Bench, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "passwd").write_bytes(b"mine")
    with serving() as service:
        supervisor = bench.start(service.url)
        key = await asked(service, supervisor)
        names = [
            "../../etc/passwd",
            "passwd",
            "a\x1b[31m\u202eb.csv",
            "x" * 400 + ".csv",
            "-rf",
            "",
        ]
        ids = [put(service, name) for name in names if name]
        paths = await supervisor.files.download(key, ids, folder, lambda _: None)
    assert [path.name for path in paths[:3]] == ["passwd (2)", "passwd (3)", "a[31mb.csv"]
    assert paths[3].name.endswith("xxx.csv")
    assert paths[4].name == "_-rf"
    assert {path.parent for path in paths} == {folder.resolve()}
    assert (folder / "passwd").read_bytes() == b"mine"


async def test_a_download_that_is_cut_says_what_is_saved(bench: Bench, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    with serving(cut_files_after=1000) as service:
        supervisor = bench.start(service.url)
        key = await asked(service, supervisor)
        ids = [put(service, "small.csv"), put(service, "large.csv", b"y" * 50_000)]
        with pytest.raises(NotSaved, match=r"large\.csv: .*Saved in .* before: small\.csv"):
            await supervisor.files.download(key, ids, folder, lambda _: None)
    assert [path.name for path in folder.iterdir()] == ["small.csv"]


async def test_a_download_can_be_broken_off(bench: Bench, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    begun = asyncio.Event()

    def told(progress: DownloadProgress) -> None:
        if progress.received:
            begun.set()

    with serving(speed=1.0) as service:
        supervisor = bench.start(service.url)
        key = await asked(service, supervisor)
        file_id = put(service, "large.csv", b"y" * 8_000_000)
        fetching = asyncio.create_task(supervisor.files.download(key, [file_id], folder, told))
        await asyncio.wait_for(begun.wait(), 8)
        fetching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await fetching
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("case", ["a file", "read only", "none"])
async def test_a_folder_that_cannot_be_used(bench: Bench, tmp_path: Path, case: str) -> None:
    folder = tmp_path / "out"
    if case == "a file":
        folder.write_bytes(b"here")
    if case == "read only":
        folder.mkdir(mode=0o500)
        if os.access(folder, os.W_OK):
            pytest.skip("this user may write anywhere")
    with serving() as service:
        supervisor = bench.start(service.url)
        key = await asked(service, supervisor)
        ids = [] if case == "none" else [put(service, "rides.csv")]
        with pytest.raises(NotPossible if case == "none" else NotSaved):
            await supervisor.files.download(key, ids, folder, lambda _: None)
        assert len(service.hub.asked("ListFileUpload")) == 0


async def test_a_file_that_is_gone_meanwhile(bench: Bench, tmp_path: Path) -> None:
    with serving() as service:
        supervisor = bench.start(service.url)
        key = await asked(service, supervisor)
        with pytest.raises(NotSaved, match="does not offer"):
            await supervisor.files.download(key, ["f-nowhere"], tmp_path, lambda _: None)


async def test_only_sessions_of_the_service_have_files(bench: Bench, finished: Finished) -> None:
    with serving() as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("why is it slow?", service="das")
        await finished(supervisor, key)
        with pytest.raises(NotPossible):
            await supervisor.files.list(key)
        supervisor = await bench.again(service.url, profile="other")
        await asked(service, supervisor)
        rows = [row for row in bench.store.sessions() if row.service == "dms"]
        supervisor = await bench.again(service.url, profile="prod")
        with pytest.raises(OtherProfile):
            await supervisor.files.list(rows[0].key)


# --- upload --------------------------------------------------------------------------------------


async def test_a_file_is_put_there(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "my rides.csv"
    path.write_bytes(b"day,rides\nMon,1\n" * 5000)
    told: list[tuple[int, int]] = []
    with serving() as service:
        supervisor = bench.start(service.url, dms_unit="cn-unit")
        file_id = await supervisor.files.upload(path, lambda sent, size: told.append((sent, size)))
        kept = service.files.uploaded(file_id)
        (callback,) = service.hub.asked("FileUploadCallback")
    assert kept is not None
    assert kept.data == path.read_bytes()
    assert (callback["Filename"], callback["DmsUnit"]) == ("my rides.csv", "cn-unit")
    assert callback["FileSize"] == str(path.stat().st_size)
    assert told[-1] == (path.stat().st_size, path.stat().st_size)


@pytest.mark.parametrize("case", ["missing", "folder", "empty"])
async def test_what_cannot_be_uploaded(bench: Bench, tmp_path: Path, case: str) -> None:
    path = tmp_path / "x.csv"
    if case == "folder":
        path.mkdir()
    if case == "empty":
        path.touch()
    with serving() as service:
        supervisor = bench.start(service.url)
        with pytest.raises(NotPossible, match="nothing was sent"):
            await supervisor.files.upload(path)
        assert not service.hub.requests


async def test_an_upload_that_is_not_taken(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"1")
    empty = data({"Success": True, "Data": {}})
    async with Service(DescribeFileUploadSignature=[empty]) as service:
        supervisor = bench.start(service.url)
        with pytest.raises(NotPossible, match="no leave"):
            await supervisor.files.upload(path)
        with pytest.raises(Refused):
            await supervisor.files.upload(path)
        supervisor = await bench.again(service.url, read_only=True)
        with pytest.raises(ReadOnly):
            await supervisor.files.upload(path)
        assert len(service.calls) == 2

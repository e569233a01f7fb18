"""Files of a DMS session: listed, brought to a folder of the operator's, and put there."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from das_tui.domain.record import Service
from das_tui.light import dataclass
from das_tui.run.errors import NotPossible, NotSaved
from das_tui.run.names import free_names, safe_name
from das_tui.run.reach import Reach, call
from das_tui.wire import dms_calls as dms
from das_tui.wire.errors import WireError

if TYPE_CHECKING:
    from das_tui.domain.session import Session
    from das_tui.run.runner import House
    from das_tui.wire.dms_calls import ListedFile
    from das_tui.wire.transport import Endpoint

__all__ = ["DownloadProgress", "Files", "RemoteFile"]

PROGRESS_SECONDS = 0.1
"""How often at most a download tells how far it is."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of a session at the service.

    `name` is fit to be shown and to be a file name. `size` is in bytes, None where the service
    does not say; `category` is `WebReport`, `TextReport`, `DefaultArtifact` or another word,
    `kind` the extension; `created_at` is a UNIX time.
    """

    file_id: str
    name: str
    size: int | None
    category: str
    kind: str
    created_at: float | None


@dataclass(frozen=True, slots=True)
class DownloadProgress:
    """How far a download is: file `number` of `count`, `received` of `size` bytes (None where
    unknown). `path` is where the file is once it is complete, None before."""

    file_id: str
    name: str
    number: int
    count: int
    received: int
    size: int | None
    path: Path | None = None


class Files:
    """The files of one account's sessions; belongs to the supervisor's loop. Everything raises
    `RunError` before anything is asked, and `WireError`.

    A signed link is asked for when a file is fetched and forgotten with it.
    """

    def __init__(self, reach: Reach) -> None:
        self._reach = reach

    async def list(self, key: str) -> tuple[RemoteFile, ...]:
        """The files of a session as the service lists them; they may come some seconds after the
        run has ended."""
        house = self._reach.reading()
        row = self._reach.at_service(key, house)
        return tuple(_remote(listed) for listed in await self._listed(house, row))

    async def download(
        self,
        key: str,
        file_ids: Sequence[str],
        folder: Path,
        progress: Callable[[DownloadProgress], None],
    ) -> tuple[Path, ...]:
        """Fetch files one after the other into `folder`, which is made where it is missing; the
        paths in the same order. Nothing that exists is overwritten.

        `progress` is called on this loop, some ten times a second. Raises NotSaved where the disk
        refuses or a file does not come; it names what is saved all the same.
        """
        from das_tui.wire.files import download

        house = self._reach.reading()
        row = self._reach.at_service(key, house)
        if not file_ids:
            raise NotPossible("No file is chosen.")
        folder = _usable(folder)
        saved: list[Path] = []
        for number, file_id in enumerate(file_ids, 1):
            offered = {listed.file_id: listed for listed in await self._listed(house, row)}
            listed = offered.get(file_id)
            if listed is None or not listed.link:
                raise _stopped("The service does not offer this file any more.", saved, folder)
            file = _remote(listed)
            counter = _Counter(file, number, len(file_ids), progress)
            counter.tell(0, file.size)
            try:
                path = await download(
                    listed.link,
                    free_names(folder, file.name),
                    endpoint=_endpoint(house),
                    progress=counter.came,
                )
            except WireError as error:
                raise _stopped(f"{file.name}: {error.text}", saved, folder, error.way_out) from None
            except OSError as error:
                raise _stopped(f"{file.name}: {_reason(error)}.", saved, folder) from None
            saved.append(path)
            counter.tell(path.stat().st_size, None, path)
        return tuple(saved)

    async def upload(
        self, path: Path, progress: Callable[[int, int], None] = lambda sent, size: None
    ) -> str:
        """Put a file of this machine there, to be a data source; its id. `progress` gets bytes
        sent and bytes in all, on this loop."""
        from das_tui.wire.files import upload

        house = self._reach.sending()
        path = _readable(path)
        unit, place = await house.unit.resolve(), house.account.workspace_id
        leave = dms.read_upload((await call(house, dms.upload_signature(unit, place))).data)
        if not leave.usable:
            raise NotPossible("The service gave no leave to upload a file; nothing was sent.")
        name = safe_name(path.name)
        try:
            size = await upload(leave, path, name, endpoint=_endpoint(house), progress=progress)
        except OSError as error:
            raise NotPossible(f"{path} cannot be read: {_reason(error)}.") from None
        request = dms.upload_callback(name, leave.location(name), size, unit, place)
        file_id = dms.read_uploaded((await call(house, request)).data)
        if not file_id:
            raise NotPossible(f"The service took {name} but gave no id for it; nothing was asked.")
        return file_id

    async def _listed(self, house: House, row: Session) -> tuple[ListedFile, ...]:
        request = dms.list_files(row.session_id, await house.unit.resolve())
        return dms.read_files((await call(house, request)).data)


class _Counter:
    """Tells how far one file is, not for every piece of it."""

    def __init__(
        self,
        file: RemoteFile,
        number: int,
        count: int,
        progress: Callable[[DownloadProgress], None],
    ) -> None:
        self._file = file
        self._place = (number, count)
        self._progress = progress
        self._told_at = time.monotonic()

    def came(self, received: int, size: int | None) -> None:
        if time.monotonic() - self._told_at >= PROGRESS_SECONDS:
            self.tell(received, size)

    def tell(self, received: int, size: int | None, path: Path | None = None) -> None:
        self._told_at = time.monotonic()
        file, whole = self._file, self._file.size if size is None else size
        if path is not None:
            whole = received
        self._progress(
            DownloadProgress(file.file_id, file.name, *self._place, received, whole, path)
        )


def _remote(listed: ListedFile) -> RemoteFile:
    return RemoteFile(
        file_id=listed.file_id,
        name=safe_name(listed.name, fallback=listed.file_id),
        size=listed.size,
        category=listed.category,
        kind=listed.kind,
        created_at=listed.created_at,
    )


def _endpoint(house: House) -> Endpoint:
    return house.lines.to(Service.DMS, "data").endpoint


def _usable(folder: Path) -> Path:
    folder = folder.expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not folder.is_dir():
            raise NotADirectoryError(20, "it is no folder")
    except OSError as error:
        raise NotSaved(
            f"Nothing was fetched: {folder} cannot be used ({_reason(error)}).",
            "Choose another folder.",
        ) from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise NotSaved(
            f"Nothing was fetched: {folder} cannot be written.", "Choose another folder."
        )
    return folder.resolve()


def _readable(path: Path) -> Path:
    path = path.expanduser()
    if not path.is_file():
        what = "is no file" if path.exists() else "does not exist"
        raise NotPossible(f"{path} {what}; nothing was sent.")
    if not os.access(path, os.R_OK):
        raise NotPossible(f"{path} cannot be read; nothing was sent.")
    if not path.stat().st_size:
        raise NotPossible(f"{path} is empty; nothing was sent.")
    return path


def _stopped(why: str, saved: Sequence[Path], folder: Path, way_out: str = "") -> NotSaved:
    kept = ", ".join(path.name for path in saved)
    text = f"{why} Saved in {folder} before: {kept}." if saved else f"{why} Nothing was saved."
    return NotSaved(text, way_out or "Fetching a file again costs nothing and changes nothing.")


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__

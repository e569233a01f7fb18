"""The engine's commands on what the DMS service has: browsing, files, feedback, reports."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from das_tui.run.supervisor import Supervisor

if TYPE_CHECKING:
    from das_tui.run.files import DownloadProgress, RemoteFile
    from das_tui.run.remote import Browsed, CustomAgent, Workspace

T = TypeVar("T")


class ServiceCommands(ABC):
    """Commands of `Engine`; each may be called from any thread and returns at once. What a future
    raises is `RunError`, `StoreError` or `WireError`."""

    @abstractmethod
    def _submit(self, make: Callable[[Supervisor], Coroutine[Any, Any, T]]) -> Future[T]:
        """Run a coroutine on the engine's loop."""

    def browse(self, page: int = 1, *, title: str = "") -> Future[Browsed]:
        """One page of the service's list of sessions. Those that are not known become rows, which
        come through the feed before the future ends; nothing of them is read before `open`."""
        return self._submit(lambda supervisor: supervisor.remote.browse(page, title))

    def custom_agents(self, search: str = "") -> Future[tuple[CustomAgent, ...]]:
        """The released custom agents of the account."""
        return self._submit(lambda supervisor: supervisor.remote.custom_agents(search))

    def workspaces(self) -> Future[tuple[Workspace, ...]]:
        """The workspaces that the account may use."""
        return self._submit(lambda supervisor: supervisor.remote.workspaces())

    def personal_workspace(self) -> Future[Workspace | None]:
        """The account's own workspace; the service makes it where there is none yet."""
        return self._submit(lambda supervisor: supervisor.remote.personal_workspace())

    def files(self, key: str) -> Future[tuple[RemoteFile, ...]]:
        """The files of a session, without their links."""
        return self._submit(lambda supervisor: supervisor.files.list(key))

    def download(
        self,
        key: str,
        file_ids: Sequence[str],
        folder: Path,
        progress: Callable[[DownloadProgress], None],
    ) -> Future[tuple[Path, ...]]:
        """Fetch files into a folder; their paths. `progress` is called on the engine's thread.
        Cancelling the future breaks the download off and leaves no part of a file."""
        return self._submit(
            lambda supervisor: supervisor.files.download(key, file_ids, folder, progress)
        )

    def upload(
        self, path: Path, progress: Callable[[int, int], None] = lambda sent, size: None
    ) -> Future[str]:
        """Put a file there, to be a data source; its id. `progress` gets bytes sent and bytes in
        all, on the engine's thread."""
        return self._submit(lambda supervisor: supervisor.files.upload(path, progress))

    def feedback(
        self, key: str, kind: str, text: str = "", checkpoint: int | None = None
    ) -> Future[None]:
        """Tell the service `like`, `dislike` or `issue` of the answer at `checkpoint`, else of
        the latest; the transcript says that it was told."""
        return self._submit(
            lambda supervisor: supervisor.feedback.give(key, kind, text, checkpoint)
        )

    def report(self, key: str, prompt: str = "", theme: str = "") -> Future[None]:
        """As `Supervisor.report`."""
        return self._submit(lambda supervisor: supervisor.report(key, prompt, theme))

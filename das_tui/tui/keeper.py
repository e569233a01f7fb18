"""Keeps the settings: reads and writes `settings.toml` aside, one change after the other."""

from collections.abc import Callable
from concurrent.futures import Future, wait
from pathlib import Path
from typing import Any

from das_tui.config import settings
from das_tui.config.errors import ConfigError
from das_tui.config.settings import Settings
from das_tui.tui.accounts import aside


class Keeper:
    """The file at `path`; without one nothing can be kept. Every answer is a future, in the order
    in which it was asked for. All raise `ConfigError`."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._last: Future[Settings] | None = None

    def read(self) -> "Future[Settings]":
        """The settings as they stand in the file."""
        return self._then(settings.load)

    def change(self, **changes: Any) -> "Future[Settings]":
        """Put these fields into the file, and leave the others as they stand there."""
        return self._then(lambda path: settings.change(path, **changes))

    def _then(self, work: Callable[[Path], Settings]) -> "Future[Settings]":
        before, path = self._last, self.path

        def act() -> Settings:
            if before is not None:
                wait([before])
            if path is None:
                raise ConfigError("there is no file for settings here")
            return work(path)

        self._last = aside(act)
        return self._last

"""The profiles that the app can go on with: reading, making, choosing and checking them.

Files are read and written aside, since a home folder may hang; every answer is a future.
"""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import TypeVar

from das_tui.config import profiles, settings
from das_tui.config.errors import ConfigError
from das_tui.config.profiles import Profile, Profiles
from das_tui.light import dataclass
from das_tui.run.account import Account
from das_tui.tui.options import AppOptions

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Book:
    """The profiles as they stand in the files. `first` is the one that the next start takes,
    empty without any; `fault` says why the next start would take none."""

    found: Profiles
    first: str = ""
    fault: str = ""

    def profile(self, name: str) -> Profile:
        """The profile with the environment's endpoints. Raises `ConfigError`."""
        return self.found.choose(name)[1]


class Accounts:
    """What `options` let the app do with profiles."""

    def __init__(self, options: AppOptions) -> None:
        self._config = options.config_path
        self._settings = options.settings_path
        self._open = options.open_account

    @property
    def available(self) -> bool:
        """Whether there are profiles at all; the demo has none."""
        return self._config is not None and self._open is not None

    @property
    def path(self) -> Path:
        """`config.toml`."""
        return self._config or Path("config.toml")

    def read(self) -> "Future[Book]":
        """All profiles. Raises `ConfigError`, which names file, key and what is allowed."""
        return aside(lambda: book(self.path, self._settings))

    def make(self, name: str, keys: Mapping[str, object]) -> "Future[Book]":
        """Append a profile to `config.toml`; all profiles then. Raises `ConfigError`."""

        def work() -> Book:
            from das_tui.config import writing

            writing.append_profile(self.path, name, keys)
            return book(self.path, self._settings)

        return aside(work)

    def remember(self, name: str) -> "Future[Book]":
        """Take the profile `name` at the next start too. Raises `ConfigError`."""

        def work() -> Book:
            if self._settings is None:
                raise ConfigError("there is no file for settings here")
            found = profiles.load(self.path)
            found.choose(name)
            from das_tui.config import writing

            writing.remember_profile(self._settings, name)
            return book(self.path, self._settings)

        return aside(work)

    def open(self, name: str, profile: Profile) -> Account:
        """The account of a profile; nothing is read or sent for it yet."""
        if self._open is None:
            raise ConfigError("there are no profiles here")
        return self._open(name, profile)


def book(path: Path, settings_path: Path | None) -> Book:
    """The profiles of `config.toml` and which of them the next start takes. Raises
    `ConfigError`."""
    found = profiles.load(path)
    try:
        remembered = settings.load(settings_path).profile if settings_path is not None else ""
        return Book(found, found.choose(None, remembered)[0])
    except ConfigError as error:
        return Book(found, fault=str(error))


def aside(work: Callable[[], T]) -> "Future[T]":
    """What `work` returns or raises, from a thread of its own that nobody has to wait for."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            result = work()
        except Exception as error:
            future.set_exception(error)
        else:
            future.set_result(result)

    threading.Thread(target=run, name="files", daemon=True).start()
    return future

"""Where files live, and folders that belong to the operator alone.

Settings come only from the user's own folder or from an explicit path in the environment, never
from the working directory.
"""

import os
import stat
from contextlib import suppress
from pathlib import Path

import platformdirs

from das_tui.config.errors import ConfigError, NoPlace

_APP = "das-tui"


def config_file() -> Path:
    """`config.toml`, the operator's own file; `DAS_TUI_CONFIG` overrides its path."""
    override = os.environ.get("DAS_TUI_CONFIG")
    if override:
        return Path(override).expanduser().absolute()
    return platformdirs.user_config_path(_APP, appauthor=False) / "config.toml"


def settings_file() -> Path:
    """`settings.toml` beside `config.toml`: what the app writes itself."""
    return config_file().with_name("settings.toml")


def data_folder() -> Path:
    """The folder of the history; `DAS_TUI_DATA_DIR` overrides it."""
    override = os.environ.get("DAS_TUI_DATA_DIR")
    if override:
        return Path(override).expanduser().absolute()
    return platformdirs.user_data_path(_APP, appauthor=False)


def demo_folder() -> Path:
    """The data folder of the demo, apart from real runs."""
    return data_folder() / "demo"


def history_file(folder: Path) -> Path:
    """The database of stored sessions in a data folder."""
    return folder / "history.db"


def log_file() -> Path:
    """The log in the user's state folder."""
    return platformdirs.user_state_path(_APP, appauthor=False) / "das-tui.log"


def private_folder(path: Path) -> Path:
    """Make `path` a folder that only its owner can enter, and return it.

    Missing parents are made 0700 as well, whatever the umask; an existing folder of ours is
    narrowed to 0700. Raises `ConfigError` if it belongs to another user or can be written by
    everybody, `NoPlace` if it cannot be made.
    """
    make_folder(path)
    try:
        status = path.stat()
        if not stat.S_ISDIR(status.st_mode):
            raise ConfigError(f"{path} is not a folder")
        if status.st_uid != os.geteuid():
            raise ConfigError(f"{path} belongs to another user; it is not used")
        if status.st_mode & stat.S_IWOTH:
            raise ConfigError(f"{path} can be written by everybody; chmod 700 it first")
        if stat.S_IMODE(status.st_mode) != 0o700:
            path.chmod(0o700)
    except OSError as error:
        raise NoPlace(f"{path} cannot be used: {error.strerror}") from error
    return path


def usable_folder(path: Path) -> Path:
    """`path` as a private folder where the disk has a place for it; else it is left to the store
    to say that nothing is stored. Raises `ConfigError` where it is not safe."""
    with suppress(NoPlace):
        private_folder(path)
    return path


def make_folder(path: Path) -> None:
    """Like `mkdir -p`, but every folder made here is 0700, and those that exist stay as they
    are: `Path.mkdir` gives its mode to the last one only. Raises `NoPlace`."""
    missing = []
    folder = path
    try:
        while not folder.exists():
            missing.append(folder)
            folder = folder.parent
        for folder in reversed(missing):
            folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise NoPlace(f"{path} cannot be made: {error.strerror}") from error

"""The log: errors of this program, redacted, in a file that only its owner can read.

Nothing of it goes to stderr: the app owns the terminal, and foreign text could act on it.
"""

import logging
import os
import time
from pathlib import Path

from das_tui import __version__
from das_tui.config.errors import ConfigError
from das_tui.config.paths import log_file, private_folder

_SECRET_VARIABLES = (
    "ALIBABA_CLOUD_ACCESS_KEY_ID",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
    "ALIBABA_CLOUD_SECURITY_TOKEN",
    "DATA_AGENT_API_KEY",
    "DAS_TUI_SERVE_KEY_SECRET",
)


class _File(logging.Handler):
    """Appends warnings and errors to the log; the file is made by the first of them."""

    def emit(self, record: logging.LogRecord) -> None:
        write(f"{record.name}: {self.format(record)}")


def start() -> None:
    """Send warnings and errors of all libraries to the log."""
    root = logging.getLogger()
    if not any(isinstance(handler, _File) for handler in root.handlers):
        root.addHandler(_File(logging.WARNING))


def safe(text: str) -> str:
    """`text` without anything that looks like a secret, or is one of the environment."""
    from das_tui.wire.redact import redact

    return redact(text, [value for name in _SECRET_VARIABLES if (value := os.environ.get(name))])


def write(text: str) -> Path | None:
    """Append `text` to the log, redacted; its path, None where nothing can be written."""
    from das_tui.view.clean import verbatim

    path = log_file()
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S%z")
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        private_folder(path.parent)
        with os.fdopen(os.open(path, flags, 0o600), "ab") as file:
            os.fchmod(file.fileno(), 0o600)
            entry = f"{stamp} das-tui {__version__} {verbatim(safe(text))}\n"
            file.write(entry.encode("utf-8", "backslashreplace"))
    except (OSError, ConfigError):
        return None
    return path

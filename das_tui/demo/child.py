"""The built-in service as a child process that ends with its parent."""

import contextlib
import os
import secrets
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO

from das_tui.wire.redact import without_keys

KEY_ID_VARIABLE = "DAS_TUI_SERVE_KEY_ID"
KEY_SECRET_VARIABLE = "DAS_TUI_SERVE_KEY_SECRET"
"""Environment variables from which `das-tui serve` takes its keys, so that they are in no
argument list."""

_GREETING = "listening on "
_START_SECONDS = 20.0
_END_SECONDS = 3.0


class Service:
    """A running child. `url` is where it listens, `access_key_id` and `access_key_secret` are the
    keys that it accepts; `close` ends it, and so does the end of this process."""

    def __init__(self, process: subprocess.Popen[bytes], url: str, key_id: str, key: str) -> None:
        self._process = process
        self.url = url
        self.access_key_id = key_id
        self.access_key_secret = key

    @classmethod
    def start(
        cls,
        *,
        state_file: Path | None = None,
        scenario: str | None = None,
        speed: float = 1.0,
        rate: float | None = None,
    ) -> "Service":
        """Start `das-tui serve` on a free port with fresh keys and wait until it listens.

        Raises OSError with the child's last words when it ends early or says nothing in time.
        """
        # -P: no module is taken from the folder in which the operator stands.
        command = [sys.executable, "-P", "-m", "das_tui", "serve"]
        command += ["--port", "0", "--until-stdin-closes"]
        command += ["--speed", repr(speed)]
        if scenario:
            command += ["--scenario", scenario]
        if rate is not None:
            command += ["--rate", repr(rate)]
        if state_file is not None:
            command += ["--state", str(state_file)]
        key_id, key = "demo-" + secrets.token_hex(8), secrets.token_hex(16)
        with tempfile.TemporaryFile() as errors:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=without_keys(os.environ) | {KEY_ID_VARIABLE: key_id, KEY_SECRET_VARIABLE: key},
                start_new_session=True,
            )
            try:
                url = _url(process, errors)
            except OSError:
                _end(process)
                raise
        return cls(process, url, key_id, key)

    @property
    def pid(self) -> int:
        """The process id of the child."""
        return self._process.pid

    def close(self) -> None:
        """End the child: first by closing its standard input, then by signals."""
        _end(self._process)

    def __enter__(self) -> "Service":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _url(process: subprocess.Popen[bytes], errors: IO[bytes]) -> str:
    """The URL in the child's first line."""
    if process.stdout is None:
        raise OSError("the demo service has no output")
    deadline = time.monotonic() + _START_SECONDS
    line = b""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while not line.endswith(b"\n"):
            left = deadline - time.monotonic()
            if left <= 0 or not selector.select(left):
                raise OSError("the demo service did not start in time")
            piece = os.read(process.stdout.fileno(), 4096)
            if not piece:
                break
            line += piece
    text = line.decode("utf-8", "replace").strip()
    if not text.startswith(_GREETING):
        errors.seek(0)
        said = errors.read().decode("utf-8", "replace").strip().splitlines()
        raise OSError(f"the demo service did not start: {said[-1] if said else text or 'it ended'}")
    return text.removeprefix(_GREETING)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()
    for signal_number in (0, signal.SIGTERM, signal.SIGKILL):
        if signal_number:
            process.send_signal(signal_number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_END_SECONDS)
            break
    if process.stdout is not None:
        process.stdout.close()

import subprocess
import sys
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

Run: TypeAlias = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture
def run(home: dict[str, str]) -> Run:
    """Run `das-tui` with these arguments to its end, in a home of its own."""

    def started(*arguments: str, **options: Any) -> "subprocess.CompletedProcess[bytes]":
        environment = home | options.pop("env", {})
        return subprocess.run(
            [sys.executable, "-m", "das_tui", *arguments],
            capture_output=True,
            env=environment,
            timeout=60,
            check=False,
            **{"stdin": subprocess.DEVNULL, **options} if "input" not in options else options,
        )

    started.home = home  # type: ignore[attr-defined]
    return started

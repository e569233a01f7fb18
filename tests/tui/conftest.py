"""Every pilot test of this folder runs with the output layer on and off at once.

The pilot's app is painted Textual's way; each of its updates goes through the lean output too, and
both must leave the same cells. What is tested of the transcript is tested at three sizes, in ASCII
and in CJK: such tests take `size` and `tongue`, mostly by way of `stored`, and
`test_three_sizes.py` sees to it.
"""

from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from das_tui.tui.options import AppOptions
from tests import driving
from tests.tongues import Tongue
from tests.tui.reading import Stored, reading
from tests.tui.walking import WalkedApp


@pytest.fixture(autouse=True)
def beside() -> Iterator[list[WalkedApp]]:
    """The apps of the test. A test that replaces `driving.DasApp` compares for itself."""
    apps: list[WalkedApp] = []

    def made(options: AppOptions) -> WalkedApp:
        apps.append(WalkedApp(options, ["proven"]))
        return apps[-1]

    with mock.patch.object(driving, "DasApp", made):
        yield apps
    for app in apps:
        assert not app.ways.failures, app.ways.failures[0]
        assert app.ways.updates


@pytest.fixture
def stored(tmp_path: Path, size: tuple[int, int], tongue: Tongue) -> Stored:
    """Opens a stored session, "Weekly report" for one, in a size and a tongue."""

    def opened(title: str = "Weekly report", **more: object) -> object:
        return reading(tmp_path, title, size, tongue, **more)

    return opened  # type: ignore[return-value]

"""Every pilot test of this folder runs with the output layer on and off at once.

The pilot's app is painted Textual's way; each of its updates goes through the lean output too, and
both must leave the same cells.
"""

from collections.abc import Iterator
from unittest import mock

import pytest

from das_tui.tui.options import AppOptions
from tests import driving
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

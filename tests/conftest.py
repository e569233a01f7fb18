"""Fixtures that several rooms share."""

import os
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from tests.tongues import SIZES, TONGUES, Tongue

REPOSITORY = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of recorded streams; every byte in them is made up."""
    return REPOSITORY / "tests" / "data"


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """An environment for a child process with a home of its own and no credentials."""
    kept = {"PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "VIRTUAL_ENV"}
    environment = {name: value for name, value in os.environ.items() if name in kept}
    return environment | {
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true",
        "PYTHONPATH": str(REPOSITORY),
        "PYTHONIOENCODING": "utf-8",
    }


@pytest.fixture(params=TONGUES, ids=lambda tongue: tongue.name)
def tongue(request: pytest.FixtureRequest) -> Tongue:
    """What a session is written in."""
    found: Tongue = request.param
    return found


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    """Columns and rows of the terminal."""
    found: tuple[int, int] = request.param
    return found


class Scheduling(LoadFileScheduling):
    """A file goes to one worker, but each figure of the rig by itself: together they take
    minutes."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid if "test_a_tenth_of_the_rig" in nodeid else super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling | None:
    """Spread the tests over the workers, if there are any."""
    return Scheduling(config, log) if config.getoption("dist") == "loadfile" else None

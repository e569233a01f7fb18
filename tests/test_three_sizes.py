"""Every test of the transcript runs at three sizes of the terminal, in ASCII and in CJK.

One that does not says why, with the mark `fixed`. Those of `tests/tui` run with the output layer
on and off at once (`tests/tui/conftest.py`).
"""

import itertools
from collections import defaultdict

import pytest

from tests.conftest import REPOSITORY
from tests.tongues import SIZES, TONGUES

ROOMS = [
    "tui/test_anchor.py",
    "tui/test_damaged.py",
    "tui/test_finding.py",
    "tui/test_flood.py",
    "tui/test_reading.py",
    "tui/test_resize.py",
    "tui/test_transcript.py",
    "tui/test_unread.py",
    "view/test_index.py",
    "view/test_shelved.py",
    "view/test_transcript.py",
]


class Collected:
    """The tests of some files, as pytest would run them."""

    def __init__(self) -> None:
        self.items: list[pytest.Function] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.items = [item for item in session.items if isinstance(item, pytest.Function)]


def collected(*names: str) -> list[pytest.Function]:
    found = Collected()
    paths = [str(REPOSITORY / "tests" / name) for name in names]
    args = ["--collect-only", "-qq", "-p", "no:xdist", "-p", "no:cacheprovider", *paths]
    assert pytest.main([*args, "-o", "addopts=--import-mode=importlib"], plugins=[found]) == 0
    return found.items


def missing(items: list[pytest.Function]) -> set[str]:
    """What is not tried by which test, and not said to be of no use."""
    wanted = {"size": SIZES, "tongue": TONGUES}
    fixed: dict[str, set[str]] = defaultdict(set)
    tried: dict[str, list[dict[str, object]]] = defaultdict(list)
    for item in items:
        name = f"{item.path.parent.name}/{item.path.name}::{item.originalname}"
        tried[name].append(dict(item.callspec.params) if hasattr(item, "callspec") else {})
        for mark in item.iter_markers("fixed"):
            assert all(mark.kwargs.values()), f"{name} says no reason"
            assert mark.kwargs.keys() <= wanted.keys()
            fixed[name] |= mark.kwargs.keys()
    found = set()
    for name, runs in tried.items():
        what = [key for key in wanted if key not in fixed[name]]
        for values in itertools.product(*(wanted[key] for key in what)):
            if not any([run.get(key) for key in what] == [*values] for run in runs):
                found.add(f"{name} is not tried with each {' and '.join(what)}")
    return found


def test_every_test_of_the_transcript_runs_at_three_sizes_in_ascii_and_in_cjk() -> None:
    items = collected(*ROOMS)
    assert {f"{item.path.parent.name}/{item.path.name}" for item in items} == set(ROOMS)
    assert missing(items) == set()


def test_one_that_does_not_is_found() -> None:
    """`test_wrap.py` is of single lines and knows neither sizes nor tongues."""
    found = missing(collected("view/test_wrap.py"))
    assert "view/test_wrap.py::test_wrap is not tried with each size and tongue" in found

"""Modules and patterns that are made when they are used first."""

import re
import subprocess
import sys
import threading
import time
from importlib import import_module
from pathlib import Path

import pytest

from das_tui import later


def test_a_module_is_imported_for_its_first_attribute() -> None:
    script = (
        "import sys\nfrom das_tui import later\n"
        "ids = later.module('das_tui.view.ids')\n"
        "assert 'das_tui.view.ids' not in sys.modules\n"
        "assert ids.request_id(b'') == ''\n"
        "assert 'das_tui.view.ids' in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def test_what_a_module_has_is_asked_of_it_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    from das_tui.view import ages

    stand_in = later.module("das_tui.view.ages")
    assert stand_in.thousands(1234) == ages.thousands(1234)
    monkeypatch.setattr(ages, "thousands", lambda number: "many")
    assert stand_in.thousands(1234) == "many"
    with pytest.raises(AttributeError, match="nothing_of_the_kind"):
        _ = stand_in.nothing_of_the_kind


def test_a_module_that_another_thread_is_importing_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = "import threading\nbegun, go = threading.Event(), threading.Event()\n"
    (tmp_path / "imported_slowly.py").write_text(f"{slow}begun.set()\ngo.wait(20)\nanswer = 42\n")
    monkeypatch.syspath_prepend(tmp_path)
    other = threading.Thread(target=import_module, args=("imported_slowly",))
    other.start()
    deadline = time.monotonic() + 20
    while getattr(sys.modules.get("imported_slowly"), "begun", None) is None:
        assert time.monotonic() < deadline
    half = sys.modules["imported_slowly"]
    half.begun.wait(20)
    answers: list[int] = []
    asking = threading.Thread(target=lambda: answers.append(later.module("imported_slowly").answer))
    asking.start()
    half.go.set()
    asking.join(20)
    other.join(20)
    assert answers == [42]


@pytest.mark.parametrize("text", ["", "ab", "xaby", "AB ab"])
def test_a_pattern_finds_what_the_real_one_finds(text: str) -> None:
    real, late = re.compile("(a)b", re.IGNORECASE), later.pattern("(a)b", re.IGNORECASE)
    for _ in range(2):
        assert [m.span() for m in late.finditer(text)] == [m.span() for m in real.finditer(text)]
        assert late.sub(r"<\1>", text) == real.sub(r"<\1>", text)
        assert bool(late.fullmatch(text)) == bool(real.fullmatch(text))
    assert late.pattern == "(a)b"


def test_a_pattern_is_compiled_when_it_is_used() -> None:
    late = later.pattern(rb"\d(")
    with pytest.raises(re.error):
        late.search(b"1")

"""What is usual: learned from stored runs."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

import pytest

from das_tui.domain.blocks import ToolStatus
from das_tui.domain.events import AskKind, HumanAsked, LocalFact, QuestionAsked
from das_tui.domain.record import LOCAL, Frame, Record
from das_tui.domain.session import Overview, Session, State, ToolLine
from das_tui.run import past, usual
from das_tui.run.usual import Silences, Usual
from das_tui.store.store import Store
from tests.run import test_shelving
from tests.run.scripted_service import das

Told = tuple[float, Frame | LocalFact]


def at(step: str = "", tool: str = "") -> Overview:
    line = ToolLine(tool, "", ToolStatus.RUNNING, "", 1.0, None, 3)
    return Overview(state=State.LIVE, step=step, tools=(line,) if tool else ())


def learned(store: Store, service: str = "das") -> Silences:
    return asyncio.run(usual.learned(store, service))


def test_the_step_says_more_than_the_tool_and_the_tool_more_than_nothing() -> None:
    found = Silences()
    for seconds in (10.0, 12.0, 11.0):
        found.add([("step", "Demand"), ("tool", "sql")], seconds)
    for seconds in (30.0, 31.0, 32.0):
        found.add([("tool", "sql")], seconds)
    assert found.of(at("Demand", "sql")) == Usual(11.0, 22.0)
    assert found.of(at("Other", "sql")) == Usual(12.0, 31.0)
    assert found.of(at("Other")) == Usual(12.0, 31.0)
    assert Silences().of(at("Demand")) is None
    few = Silences()
    few.add([], 3.0)
    few.add([], 3.0)
    assert few.of(at()) is None


def test_a_short_silence_is_never_out_of_the_ordinary() -> None:
    found = Silences()
    for _ in range(3):
        found.add([], 0.5)
    assert found.of(at()) == Usual(0.5, usual.SHORT)


def test_no_more_samples_than_needed() -> None:
    found = Silences()
    for place in range(usual.SAMPLES * 2):
        found.add([], float(place))
    assert found.of(at()) == Usual(99.0, 198.0), "the first ones are kept"


def run_with(quiet: float) -> Iterable[Told]:
    yield 0.0, QuestionAsked(text="why?")
    yield 1.0, test_shelving.frame(das("one"))
    yield 1.5, test_shelving.frame(das("two"))
    yield 1.5 + quiet, test_shelving.frame(das("three"))
    yield 1.6 + quiet, Frame("", b"[DONE]")


def test_the_longest_silence_of_each_stored_run_counts(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "history.db")
    for place, quiet in enumerate((4.0, 6.0, 8.0)):
        past.keep(store, Session(f"k{place}", "das", last_at=float(place)), run_with(quiet))
    assert learned(store).of(at()) == Usual(6.0, 12.0)
    assert learned(store, "dms").of(at()) is None
    store.close()


def test_what_is_read_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store.open(tmp_path / "history.db")
    for place, quiet in enumerate((4.0, 6.0, 8.0, 90.0)):
        past.keep(store, Session(f"k{place}", "das", last_at=float(-place)), run_with(quiet))
    monkeypatch.setattr(usual, "RECORDS", 15)
    assert learned(store).of(at()) == Usual(8.0, 90.0), "the earliest one is not read"
    monkeypatch.setattr(usual, "RECORDS", 14)
    assert learned(store).of(at()) is None, "each is too long by itself"
    store.close()


def test_a_wait_for_a_human_is_no_silence(tmp_path: Path) -> None:
    found = Silences()
    stays = usual.Stays(found)
    turn = stays._turn
    turn.apply(HumanAsked(kind=AskKind.HUMAN, text="which?"), 1.0, 1)
    stays._last = 1.0
    assert turn.state is State.NEEDS_INPUT
    stays.take([Record(2, 0, 500.0, LOCAL, "nothing", b"{}")])
    stays.close()
    assert found.of(at()) is None
    assert found._found == {}

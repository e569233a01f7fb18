"""Titles and targets that are read out of a question, and how a hostile record is taken."""

import pytest

from das_tui.domain.blocks import Notice, Raw
from das_tui.domain.events import Heartbeat
from das_tui.domain.record import Record
from das_tui.domain.session import Session
from das_tui.domain.turn import Turn
from das_tui.run import replay
from das_tui.run.kept import Kept, derived_target, derived_title


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("why slow?", "why slow?"),
        ("\n  first line  \nsecond", "first line"),
        ("x" * 60, "x" * 60),
        ("x" * 61, "x" * 59 + "…"),
        ("a" * 58 + " b c", "a" * 58 + "…"),
        ("", ""),
    ],
)
def test_titles(text: str, title: str) -> None:
    assert derived_title(text) == title
    assert len(derived_title(text)) <= 60


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("why is rm-demo01 slow?", "rm-demo01"),
        ("看看pc-2zeabc123的CPU", "pc-2zeabc123"),
        ("`pgm-bp1k3x`, dds-2 and r-bp1zx9", "pgm-bp1k3x"),
        ("--instanceId=r-bp1zxszhcgatnx", "r-bp1zxszhcgatnx"),
        ("dds-bp1abc-node1 is slow", "dds-bp1abc-node1"),
        ("r-squared of a pre-2024 model, rm-rf, rm-abcdef", ""),
        ("form-demo01 or xrm-demo01", ""),
        ("rm-" + "1" * 200, ""),
        ("", ""),
    ],
)
def test_targets(text: str, target: str) -> None:
    assert derived_target(text) == target


def test_a_record_of_a_later_version_is_shown_as_it_stands() -> None:
    kept = Kept(Session("k", "dms"))
    kept.take([Record(1, 1, 0.0, "quantum", "burst", b"\xffdata")])
    (block,) = kept.turn.blocks
    assert block.body == Raw(name="quantum burst", text="\ufffddata")
    assert (kept.row.records, kept.row.frames) == (1, 1)


def test_an_event_that_the_reducer_cannot_take_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    turn = Turn()
    right = Turn.apply

    def apply(self: Turn, event: object, at: float, position: int) -> None:
        if isinstance(event, Heartbeat):
            raise KeyError("x")
        right(self, event, at, position)  # type: ignore[arg-type]

    monkeypatch.setattr(Turn, "apply", apply)
    replay.apply(turn, (Heartbeat(),), 1.0, 1)
    (block,) = turn.blocks
    assert isinstance(block.body, Notice)
    assert "KeyError" in block.body.text

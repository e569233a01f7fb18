"""A tenth of the rig, and that its judges can say no."""

import asyncio
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from das_tui.domain.record import Record
from das_tui.domain.session import Session
from das_tui.store.store import Appended, Store
from tests.rig import bad_input, discipline, ends, kills, memory, source, stalled, steps, trial
from tests.rig.__main__ import MEASURES, measure
from tests.rig.faults import Fault
from tests.rig.figure import table
from tests.rig.front import Front, Given
from tests.rig.home import environment
from tests.rig.hostile import findings
from tests.rig.hostile_text import PAYLOADS
from tests.rig.hurried import backoff
from tests.rig.raw_server import Request
from tests.rig.replies import Reply


@pytest.mark.parametrize("name", MEASURES)
def test_a_tenth_of_the_rig(name: str) -> None:
    figures = list(measure(name)(0.1))
    assert figures
    assert all(figure.met for figure in figures), f"\n{table(figures)}"


@pytest.mark.parametrize(
    "raw",
    [
        "\x1b]52;c;b3duZWQ=\x07",
        "\x1b[5i",
        "\x1bPq\x1b\\",
        "a\x9b2J",
        "a\u202eb",
        "a\u200bb",
        "a\x00b",
        "<\x1b[2J>",
        "<\x1b[31m>",
    ],
)
def test_what_acts_on_a_terminal_is_found(raw: str) -> None:
    assert list(findings(f"\x1b[1;1H\x1b[38;2;1;2;3mtext {raw}\x1b[0m", PAYLOADS))


def test_what_the_program_writes_itself_is_none() -> None:
    own = "\x1b[?1049h\x1b[?2026h\x1b[3;7r\x1b[1;1H\x1b[0;1mtext ␛[2J\x1b[K\x1b[?2026l\r\n"
    assert not list(findings(own, PAYLOADS))


def test_a_lost_frame_is_noticed() -> None:
    path = Path(bad_input.__file__).parents[1] / "data" / "das_diagnose.sse"
    good = bad_input.frames(path.read_bytes())
    text = bad_input.text(bad_input.shown("das", good))
    assert not bad_input.missing(text, text)
    assert bad_input.missing(text, bad_input.text(bad_input.shown("das", good[:30] + good[40:])))


@pytest.mark.parametrize(
    "raw",
    [
        b"\x1b[?1049h\x1b[?25l\x1b[?1049l",
        b"\x1b[?1000h\x1b[?1003h\x1b[?1000l",
        b"\x1b[?7l",
        b"\x1b[>25u",
        b"\x1b[22;2t\x1b]2;title\x07",
        b"\x1b[3;9r",
        b"\x1b[31mred",
    ],
)
def test_what_is_left_on_in_a_terminal_is_found(raw: bytes) -> None:
    assert ends.left_on(raw)
    back = b"\x1b[r\x1b[m\x1b[?7h\x1b[<u\x1b[23;2t\x1b[?1003;1000l\x1b[?1049l\x1b[?25h"
    assert not ends.left_on(raw + back)


def test_a_word_that_is_half_drawn_over_is_none() -> None:
    whole, next_one = source.word(1999), source.word(2000)
    assert source.words(f"a {whole} b{next_one}") == {1999, 2000}
    assert not source.words(next_one[:9] + whole[9:])


def test_an_event_that_is_not_stored_is_noticed(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "history.db")
    frames = [source.event(number)[6:-2] for number in (1, 2, 4, 5)]
    records = [Record(n, n, 0.0, "dms", "", frame) for n, frame in enumerate(frames, 1)]
    store.create(Session("k", "dms", session_id="s-1"))
    store.append(
        [Appended("k", records, Session("k", "dms", session_id="s-1", records=4, frames=4))]
    )
    store.close()
    assert stalled.lost(tmp_path, 5) == 1
    assert stalled.lost(tmp_path, 6) == 2
    assert kills.missing({3, 4}, kills.History(environment(tmp_path)).words()) == {3}
    assert stalled.kept(tmp_path) == 4
    assert kills.sound(tmp_path)
    database = tmp_path / "history.db"
    database.write_bytes(database.read_bytes()[:2000] + b"x" * 6000)
    assert not kills.sound(tmp_path)


def test_a_walk_that_breaks_the_app_is_noticed() -> None:
    with mock.patch("das_tui.run.engine.Engine._publish", side_effect=ValueError("no")):
        walk = asyncio.run(steps.walked(100, 1))
    assert any("ValueError" in fault for fault in walk.faults)


def test_a_walk_without_an_answer_is_noticed() -> None:
    with mock.patch("tests.rig.steps.Walker.answers", new=mock.AsyncMock(return_value=False)):
        assert len(asyncio.run(steps.walked(200, 1)).silent) == 1


def test_keys_that_nobody_answers_are_noticed() -> None:
    assert memory.slowest([10.0] * 90 + [None] * 10) == float("inf")
    assert memory.slowest([]) == float("inf")
    assert memory.slowest([10.0] * 99 + [None]) == 10.0


FAULT = Fault(
    "a fault",
    "das",
    "cut",
    5,
    script={"GetDasAgentSSE": [None]},
    requests={"GetDasAgentSSE": 2},
    says=("line lost",),
    kept="some",
    after=1.0,
)
RIGHT = trial.Outcome(
    code=5,
    printed="",
    told="line lost\ncut   half",
    verdict="cut",
    stored="cut",
    requests=Counter({"GetDasAgentSSE": 2}),
    times={"GetDasAgentSSE": [0.0, 1.5]},
    seconds=3.0,
    repeated=[],
    elsewhere=0,
    good=[b'{"a":1}', b'{"b":2}'],
    kept=[b'{"a":1}'],
    fresh=True,
)


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": 0},
        {"verdict": "finished"},
        {"stored": "finished"},
        {"requests": Counter({"GetDasAgentSSE": 3})},
        {"requests": Counter({"GetDasAgentSSE": 2, "SendChatMessage": 1})},
        {"times": {"GetDasAgentSSE": [0.0, 0.9]}},
        {"seconds": 11.0},
        {"repeated": ["GetDasAgentSSE"]},
        {"elsewhere": 1},
        {"fresh": False},
        {"told": "cut   half"},
        {"told": "line lost\nTraceback"},
        {"kept": [b'{"a":1}', b'{"b":2}']},
        {"kept": [b'{"b":2}']},
        {"kept": []},
    ],
)
def test_what_is_not_right_after_a_fault_is_noticed(wrong: dict[str, Any]) -> None:
    assert not list(trial.complaints(FAULT, RIGHT, 1.0))
    assert list(trial.complaints(FAULT, replace(RIGHT, **wrong), 1.0))


@pytest.mark.parametrize("kept", [[b'{"a":1}'], [b'{"b":2}', b'{"a":1}'], [b'{"a":1}'] * 2])
def test_events_that_are_lost_repeated_or_out_of_order_are_noticed(kept: list[bytes]) -> None:
    whole = replace(FAULT, kept="all")
    assert not list(trial.complaints(whole, replace(RIGHT, kept=RIGHT.good), 1.0))
    assert list(trial.complaints(whole, replace(RIGHT, kept=kept), 1.0))


def test_a_paid_request_that_came_again_is_noticed() -> None:
    def asked(reply: Reply | None) -> Given:
        headers = {"x-acs-action": "SendChatMessage"}
        return Given(Request("POST", "/", headers, b"", asyncio.StreamReader()), reply)

    async def again(*replies: Reply | None) -> list[str]:
        front = Front("", {})
        front.log = [asked(reply) for reply in replies]
        return front.repeated()

    assert asyncio.run(again(Reply(status=429), None)) == []
    assert asyncio.run(again(None, None)) == ["SendChatMessage"]
    assert asyncio.run(again(Reply(status=502), Reply())) == ["SendChatMessage"]


def test_waits_that_lie_together_or_are_too_long_are_noticed() -> None:
    waits = backoff(1.0)
    apart = {str(n): [0.0, n / 10, n / 10 + n / 5] for n in range(10)}
    together = {str(n): [0.0, 0.5, 1.5] for n in range(10)}
    assert min(discipline.spreads(apart, waits)) >= 0.5
    assert min(discipline.spreads(together, waits)) < 0.5
    assert min(discipline.spreads(apart | {"x": [0.0, 2.5]}, waits)) < 0

"""The ledger: whatever the cuts and however frames are repeated, one stream comes of it."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from das_tui.run.ledger import Ledger
from tests.run.scripted_service import Journal, Step

steps = st.lists(st.tuples(st.integers(0, 2), st.booleans()), max_size=30)
cuts = st.lists(
    st.tuples(st.integers(0, 12), st.sampled_from(["inclusive", "exclusive", "beyond"])),
    max_size=8,
)


def journal(drawn: list[tuple[int, bool]], first: int = 0) -> Journal:
    """A stream whose checkpoints never go down; some frames have none."""
    made, checkpoint = [], first
    for number, (rise, bare) in enumerate(drawn):
        checkpoint += 0 if bare else rise
        made.append(Step(None if bare else checkpoint, b"%d" % number))
    return Journal(made)


def take(ledger: Ledger, frames: list[Step]) -> list[Step]:
    return [frame for frame in frames if ledger.admit(frame.checkpoint, False)]


@settings(max_examples=700, deadline=None)
@given(steps, cuts, st.booleans(), st.integers(0, 1), st.booleans(), st.booleans())
def test_cut_and_resumed_is_uncut(
    drawn: list[tuple[int, bool]],
    breaks: list[tuple[int, str]],
    whole: bool,
    first: int,
    within: bool,
    early: bool,
) -> None:
    """`early` is a service that repeats everything whatever it is asked for."""
    stream = journal(drawn, first)
    ledger = Ledger(whole=whole)
    ledger.begin(0)
    got: list[Step] = []
    coming = stream.from_(0)
    for length, mode in breaks:
        got += take(ledger, coming[:length])
        at = ledger.resume_at()
        ledger.begin_replay(at, within=within)
        stream.mode = mode
        coming = stream.from_(0) if within and early else stream.from_(at)
    got += take(ledger, coming)
    assert got == stream.steps
    if not whole:
        assert sum(len(epoch.groups) for epoch in ledger._epochs) <= 4


@settings(max_examples=250, deadline=None)
@given(steps, st.integers(0, 30), cuts)
def test_a_ledger_rebuilt_from_what_was_kept_goes_on_the_same(
    drawn: list[tuple[int, bool]], kept: int, breaks: list[tuple[int, str]]
) -> None:
    stream = journal(drawn)
    got = stream.steps[:kept]
    ledger = Ledger()
    assert take(ledger, got) == got
    for length, mode in breaks:
        at = ledger.resume_at()
        ledger.begin(at)
        stream.mode = mode
        got = got + take(ledger, stream.from_(at)[:length])
    at = ledger.resume_at()
    ledger.begin_replay(at)
    got = got + take(ledger, stream.from_(at))
    assert got == stream.steps


@settings(max_examples=250, deadline=None)
@given(st.lists(steps, min_size=2, max_size=4))
def test_numbering_that_starts_again_swallows_nothing(turns: list[list[tuple[int, bool]]]) -> None:
    ledger = Ledger()
    everything = [step for drawn in turns for step in journal(drawn, 1).steps]
    assert take(ledger, everything) == everything


def test_a_cut_in_a_turn_that_counts_from_one_again() -> None:
    ledger = Ledger()
    first = [Step(n, b"a") for n in range(1, 40)]
    assert take(ledger, first) == first
    at = ledger.resume_at()
    assert at == 38
    ledger.begin(at)
    # The answer repeats the end of the old turn, then the new one begins at 1.
    second = [Step(n, b"b") for n in range(1, 3)]
    assert take(ledger, first[37:] + second[:1]) == second[:1]
    # Nothing of the new turn is closed yet: the same is asked again, and walked through again.
    assert ledger.resume_at() == 38
    ledger.begin_replay(38)
    assert take(ledger, first[37:] + second) == second[1:]
    assert ledger.resume_at() == 1


@pytest.mark.parametrize(
    ("taken", "expected"),
    [
        ([], 0),
        ([None, None], 0),
        ([5], 0),
        ([5, 5, None], 0),
        ([5, 6], 5),
        ([5, 5, 9, 9], 5),
        ([1, 2, 3, None], 2),
        ([0, 1], 0),
        ([7, 8, 2], 0),
        ([7, 8, 2, 3], 2),
    ],
)
def test_what_is_asked_for(taken: list[int | None], expected: int) -> None:
    ledger = Ledger()
    ledger.begin(0)
    for checkpoint in taken:
        assert ledger.admit(checkpoint, False)
    assert ledger.resume_at() == expected


@settings(max_examples=250, deadline=None)
@given(steps, st.integers(0, 30), cuts)
def test_a_ledger_kept_between_two_streams_goes_on_the_same(
    drawn: list[tuple[int, bool]], length: int, breaks: list[tuple[int, str]]
) -> None:
    stream = journal(drawn)
    ledger = Ledger()
    ledger.begin(0)
    got = take(ledger, stream.from_(0)[:length])
    for taken, mode in breaks:
        kept = json.loads(json.dumps(ledger.kept()))
        ledger = Ledger.restored(kept)
        assert ledger.kept() == kept
        at = ledger.resume_at()
        ledger.begin_replay(at)
        stream.mode = mode
        got += take(ledger, stream.from_(at)[:taken])
    at = Ledger.restored(ledger.kept()).resume_at()
    ledger.begin_replay(at)
    got += take(ledger, stream.from_(at))
    assert got == stream.steps


@pytest.mark.parametrize("kept", [None, [], [[], [0, 0]], [1, 2]])
def test_what_is_no_ledger_is_refused(kept: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        Ledger.restored(kept)


def test_the_checkpoint_first_asked_for_is_asked_again_while_nothing_is_closed() -> None:
    ledger = Ledger()
    ledger.begin(40)
    assert take(ledger, [Step(40, b""), Step(None, b"")])
    assert ledger.resume_at() == 40
    ledger.begin_replay(40)
    assert not take(ledger, [Step(40, b""), Step(None, b"")])
    assert ledger.counts() == (0, 2)


def test_the_live_tail_repeats_nothing_and_may_have_lost_something() -> None:
    ledger = Ledger()
    ledger.begin(None)
    assert take(ledger, [Step(None, b"1"), Step(None, b"2")])
    assert ledger.resume_at() is None
    ledger.begin_replay(None)
    assert len(take(ledger, [Step(None, b"3"), Step(None, b"4")])) == 2
    assert ledger.counts() == (-1, 0)


def test_a_service_that_skips_the_open_group_is_not_called_complete() -> None:
    ledger = Ledger()
    take(ledger, [Step(1, b""), Step(2, b"")])
    ledger.begin_replay(ledger.resume_at())
    assert take(ledger, [Step(3, b"")])
    assert ledger.counts() == (-1, 0)


def test_heartbeats_are_always_taken_and_never_counted() -> None:
    ledger = Ledger()
    assert ledger.admit(1, False)
    assert ledger.admit(99, True)
    assert ledger.admit(2, False)
    assert ledger.resume_at() == 1
    ledger.begin_replay(1)
    assert ledger.admit(None, True)
    assert not ledger.admit(2, False)

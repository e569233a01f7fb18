"""The index against a list of rows that is built the slow and obvious way."""

from dataclasses import dataclass, field
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from das_tui.view.flags import AFTER, BEFORE, ESSENTIAL, PINNED
from das_tui.view.heights import GROUP
from das_tui.view.index import Index
from das_tui.view.shown import MAX_LEVELS

pytestmark = pytest.mark.fixed(
    size="an index knows levels and heights, no widths", tongue="and no words"
)


@dataclass
class Model:
    """Blocks as (level, flags, height); rows as (what, block)."""

    blocks: list[tuple[int | None, int, int]] = field(default_factory=list)
    threshold: int = 0
    only: bool = False
    unread: int = 0
    opened: set[int] = field(default_factory=set)
    sieve: list[bool] | None = None

    def visible(self, at: int) -> bool:
        level, flags, _ = self.blocks[at]
        if at in self.opened:
            return True
        if self.only and not flags & ESSENTIAL:
            return False
        if self.sieve is not None and not self.sieve[at]:
            return False
        if level is None or flags & PINNED or not self.threshold:
            return True
        return level >= self.threshold

    def runs(self) -> list[tuple[int, int]]:
        """Items: a visible block alone, or a run of hidden ones."""
        items: list[tuple[int, int]] = []
        for at in range(len(self.blocks)):
            hidden = not self.visible(at)
            if (
                hidden
                and items
                and not self.visible(items[-1][0])
                and not (at == self.unread and at > 0)
            ):
                items[-1] = (items[-1][0], at + 1)
            else:
                items.append((at, at + 1))
        return items

    def rows(self) -> list[tuple[str, int]]:
        rows: list[tuple[str, int]] = []
        after = 0
        for first, _ in self.runs():
            shown = self.visible(first)
            _, flags, height = self.blocks[first]
            before = flags & BEFORE if shown else 0
            if first and first == self.unread:
                rows += [("blank", first), ("rule", first)]
                after = 0
            if rows and (before or after):
                rows.append(("blank", first))
            rows += [("block", first)] * height if shown else [("gap", first)]
            after = flags & AFTER if shown else 0
        return rows


def check(index: Index, model: Model) -> None:
    rows = model.rows()
    assert index.height == len(rows)
    assert index.hidden == sum(not model.visible(at) for at in range(len(model.blocks)))
    assert list(index.visibility) == [model.visible(at) for at in range(len(model.blocks))]
    held = [] if model.sieve is None else model.sieve
    assert index.sifted == sum(not ok and at not in model.opened for at, ok in enumerate(held))
    for row, (_, at) in enumerate(rows):
        assert index.find(row) == at
    for first, stop in model.runs():
        inside = [row for row, (_, at) in enumerate(rows) if at == first]
        assert index.start(first) == inside[0]
        assert index.extent(first) == len(inside)
        blank, rule, lead = index.above(first)
        kinds = ["blank"] * blank + ["rule"] * rule + ["blank"] * lead
        assert kinds == [kind for kind, at in rows if at == first][: len(kinds)]
        shown = model.visible(first)
        assert len(inside) - len(kinds) == (model.blocks[first][2] if shown else 1)
        for at in range(first, stop):
            assert index.gap(at) == (None if shown else (first, stop))
    shown_places = [at for at in range(len(model.blocks)) if model.visible(at)]
    for at in range(len(model.blocks) + 1):
        assert index.visible_from(at) == next((p for p in shown_places if p >= at), None)
        assert index.visible_before(at) == next((p for p in reversed(shown_places) if p < at), None)


LEVELS = st.none() | st.sampled_from([10, 20, 20, 30, 50, -7])
FLAGS = st.sampled_from([0, 0, 0, BEFORE | AFTER, BEFORE, PINNED, PINNED | BEFORE | AFTER]).flatmap(
    lambda flags: st.sampled_from([flags, flags | ESSENTIAL])
)
BLOCK = st.tuples(LEVELS, FLAGS, st.integers(1, 4))
STEP = st.one_of(
    st.tuples(st.just("append"), st.lists(BLOCK, min_size=1, max_size=20)),
    st.tuples(st.just("replace"), st.integers(0, 500), BLOCK),
    st.tuples(st.just("height"), st.integers(0, 500), st.integers(1, 9)),
    st.tuples(st.just("threshold"), st.sampled_from([0, 5, 10, 20, 25, 60, -3])),
    st.tuples(st.just("only"), st.booleans()),
    st.tuples(st.just("unread"), st.integers(0, 60)),
    st.tuples(st.just("open"), st.integers(0, 500)),
    st.tuples(st.just("sift"), st.none() | st.integers(0, 7)),
    st.tuples(st.just("more"), st.integers(0, 500), st.lists(st.booleans(), max_size=300)),
    st.tuples(st.just("flags"), st.integers(0, 500), FLAGS),
    st.tuples(st.just("space"), st.sampled_from([0, BEFORE, BEFORE | AFTER])),
)


def apply(index: Index, model: Model, step: tuple) -> None:  # type: ignore[type-arg]
    count = len(model.blocks)
    match step:
        case ("append", blocks):
            passes = [(count + n) % 3 != 1 for n in range(len(blocks))]
            if len(blocks) % 2:
                for new, ok in zip(blocks, passes, strict=True):
                    index.append(new[0], new[1], new[2], ok)
            else:
                levels, flags, heights = zip(*blocks, strict=True)
                index.extend(levels, bytes(flags), heights, bytes(255 * ok for ok in passes))
            model.blocks += blocks
            if model.sieve is not None:
                model.sieve += passes
        case ("replace", at, block) if count:
            index.replace(at % count, *block, at % 2 == 0)
            model.blocks[at % count] = block
            if model.sieve is not None:
                model.sieve[at % count] = at % 2 == 0
        case ("sift", None):
            index.sift(None)
            if model.sieve is not None:
                model.opened.clear()
            model.sieve = None
        case ("sift", rest):
            model.sieve = [at % 8 == rest or at % 3 == 0 for at in range(count)]
            index.sift(bytearray(255 * ok for ok in model.sieve))
            model.opened.clear()
        case ("more", at, passing) if count:
            first = at % count
            passing = passing[: count - first]
            index.sift_more(first, bytearray(255 * ok for ok in passing))
            if model.sieve is not None:
                model.sieve[first : first + len(passing)] = passing
        case ("flags", at, flags) if count:
            index.set_flags(at % count, flags)
            level, _, height = model.blocks[at % count]
            model.blocks[at % count] = (level, flags, height)
        case ("space", mask):
            index.space(bytes(flags & mask for _, flags, _ in model.blocks))
            model.blocks = [
                (level, flags & (mask | ~(BEFORE | AFTER)), height)
                for level, flags, height in model.blocks
            ]
        case ("height", at, height) if count:
            index.set_height(at % count, height, exact=True)
            level, flags, _ = model.blocks[at % count]
            model.blocks[at % count] = (level, flags, height)
        case ("threshold", threshold):
            index.threshold = threshold
            if threshold != model.threshold:
                model.opened.clear()
            model.threshold = threshold
        case ("only", only):
            index.only = only
            if only != model.only:
                model.opened.clear()
            model.only = only
        case ("unread", at):
            index.unread = at
            model.unread = at
        case ("open", at) if count:
            runs = [run for run in model.runs() if run[0] <= at % count < run[1]]
            index.open_gap(at % count)
            if not model.visible(runs[0][0]):
                model.opened.update(range(*runs[0]))


@settings(max_examples=250, deadline=None)
@given(st.lists(STEP, max_size=12))
def test_any_history_gives_the_rows_of_the_model(steps: list[tuple]) -> None:  # type: ignore[type-arg]
    index, model = Index(), Model()
    for step in steps:
        apply(index, model, step)
        check(index, model)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(BLOCK, min_size=1, max_size=9),
    st.lists(STEP, max_size=8),
    st.sampled_from([GROUP - 1, GROUP, GROUP + 1, 2 * GROUP + 3]),
)
def test_across_groups(pattern: list[tuple], steps: list[tuple], count: int) -> None:  # type: ignore[type-arg]
    index, model = Index(), Model()
    for at in range(count):
        apply(index, model, ("append", [pattern[at % len(pattern)]]))
    check(index, model)
    for place in (GROUP - 1, GROUP, count - 1):
        if place < count:
            apply(index, model, ("height", place, 7))
            apply(index, model, ("unread", place))
    for step in steps:
        apply(index, model, step)
    check(index, model)


def test_levels_beyond_the_limit_count_as_the_nearest() -> None:
    index = Index()
    for level in range(0, MAX_LEVELS * 10, 10):
        index.append(level, 0, 1)
    index.append(104, 0, 1)
    index.append(10_000, 0, 1)
    index.append(-10_000, 0, 1)
    assert len(index.levels) == MAX_LEVELS
    index.threshold = 100
    assert index.hidden == 11
    index.threshold = 110
    assert not index.visible(MAX_LEVELS)
    assert index.visible(MAX_LEVELS + 1)
    assert dict(index.histogram)[100] == 2


def test_histogram_and_clear() -> None:
    index = Index(30)
    for level in (20, 20, None, 40):
        index.append(level, 0, 1)
    assert index.histogram == [(20, 2), (40, 1), (None, 1)]
    assert index.hidden == 2
    index.replace(0, 50, 0, 1)
    assert index.histogram == [(20, 1), (40, 1), (50, 1), (None, 1)]
    index.clear()
    assert (len(index), index.height, index.hidden, index.histogram) == (0, 0, 0, [])
    index.append(20, 0, 3)
    assert index.height == 3


def test_a_block_is_never_higher_than_the_limit() -> None:
    index = Index()
    index.append(20, 0, 1_000_000)
    assert index.height == 65_535


@pytest.mark.parametrize("count", [100_000])
def test_a_threshold_change_looks_at_no_block(count: int) -> None:
    """Far above what was measured, far below what one look at each block would take."""
    index = Index()
    for at in range(count):
        index.append((10, 20, 30, 40, 50)[at * 7 % 5], 3 if at % 9 == 0 else 0, 1 + at % 3)
    assert index.height > count
    best = float("inf")
    for threshold in (30, 0, 20, 50, 0, 20):
        start = perf_counter()
        index.threshold = threshold
        assert index.height > 0
        best = min(best, perf_counter() - start)
    assert best < 0.002

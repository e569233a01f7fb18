"""The light dataclasses do what the standard ones do."""

import copy
import dataclasses
import pickle
from dataclasses import FrozenInstanceError, field

import pytest

from das_tui.light import dataclass as light


def both(frozen: bool, slots: bool, kw_only: bool) -> list[type]:
    """The same class by the light decorator and by the standard one."""
    made = []
    for decorator in (light, dataclasses.dataclass):

        class Base:
            a: int
            b: str = "b"

        class Deep(decorator(frozen=frozen, slots=slots, kw_only=kw_only)(Base)):  # type: ignore[misc]
            c: list[int] = field(default_factory=list)
            d: float | None = field(default=None, repr=False, compare=False)

        found = decorator(frozen=frozen, slots=slots, kw_only=kw_only)(Deep)
        found.__qualname__ = "Deep"
        made.append(found)
    return made


FORMS = [(f, s, k) for f in (False, True) for s in (False, True) for k in (False, True)]


@pytest.mark.parametrize(("frozen", "slots", "kw_only"), FORMS)
def test_instances_are_alike(frozen: bool, slots: bool, kw_only: bool) -> None:
    ours, theirs = both(frozen, slots, kw_only)
    for given in ({"a": 1}, {"a": 1, "b": "x", "c": [2], "d": 0.5}):
        mine, standard = ours(**given), theirs(**given)
        assert repr(mine) == repr(standard)
        assert dataclasses.asdict(mine) == dataclasses.asdict(standard)
        assert mine == ours(**given)
        assert mine == dataclasses.replace(mine, d=7.0)
        assert mine != dataclasses.replace(mine, a=2)
        assert mine != standard
        assert copy.copy(mine) == mine
        assert copy.deepcopy(mine).c is not mine.c
        assert hasattr(mine, "__dict__") == hasattr(standard, "__dict__")
    assert ours(a=1).c is not ours(a=1).c
    for wrong in ({}, {"a": 1, "e": 2}):
        with pytest.raises(TypeError):
            ours(**wrong)
    assert ours.__match_args__ == theirs.__match_args__


def test_positions_are_those_of_the_fields() -> None:
    ours, theirs = both(True, True, False)
    assert repr(ours(1, "x", [3])) == repr(theirs(1, "x", [3]))
    named, _ = both(True, True, True)
    with pytest.raises(TypeError):
        named(1)


@pytest.mark.parametrize("slots", [False, True])
def test_what_is_frozen_stays_as_it_is(slots: bool) -> None:
    ours, _ = both(True, slots, False)
    made = ours(1)
    for change in (lambda: setattr(made, "a", 2), lambda: delattr(made, "a")):
        with pytest.raises(FrozenInstanceError):
            change()
    with pytest.raises((FrozenInstanceError, AttributeError)):
        made.other = 1
    assert made.a == 1


def test_what_is_frozen_has_a_hash_and_the_rest_has_none() -> None:
    @light(frozen=True, slots=True)
    class Place:
        x: int
        y: float = field(default=0.0, compare=False)

    @light(slots=True)
    class Loose:
        x: int

    assert hash(Place(1)) == hash(Place(1, 2.0)) != hash(Place(2))
    assert len({Place(1), Place(1, 5.0)}) == 1
    with pytest.raises(TypeError):
        hash(Loose(1))


def test_what_a_class_says_itself_counts() -> None:
    @light(frozen=True, slots=True)
    class Own:
        secret: str

        def __repr__(self) -> str:
            return "Own()"

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Own)

        def __hash__(self) -> int:
            return 7

    assert repr(Own("x")) == "Own()"
    assert Own("x") == Own("y")
    assert hash(Own("x")) == 7


@light(frozen=True, slots=True)
class Sent:
    """At the top of a module, so that it can be pickled."""

    text: str
    parts: tuple[int, ...] = ()


def test_a_frozen_one_can_be_pickled() -> None:
    made = Sent("x", (1, 2))
    assert pickle.loads(pickle.dumps(made)) == made


def test_one_field_is_compared_as_the_standard_ones_do() -> None:
    nothing = float("nan")

    @light(frozen=True)
    class Single:
        value: float

    assert Single(nothing) == Single(nothing)

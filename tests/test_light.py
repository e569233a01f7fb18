"""The light dataclasses do what the standard ones do."""

import copy
import dataclasses
import pickle
from dataclasses import FrozenInstanceError, field
from typing import Any, ClassVar

import pytest

from das_tui.light import dataclass as light
from das_tui.light import field_names


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


# --- made late, and shared -----------------------------------------------------------------------


def described(cls: Any) -> list[tuple[Any, ...]]:
    return [
        (f.name, f.type, f.default, f.default_factory, f.repr, f.compare, f.kw_only)
        for f in dataclasses.fields(cls)
    ]


@pytest.mark.parametrize(("frozen", "slots", "kw_only"), FORMS)
def test_fields_are_described_alike(frozen: bool, slots: bool, kw_only: bool) -> None:
    ours: Any
    ours, theirs = both(frozen, slots, kw_only)
    assert field_names(ours) == ("a", "b", "c", "d")
    # Before anything was made, and of a class whose base was not asked for before.
    for mine, standard in zip(described(ours), described(theirs), strict=True):
        assert mine[:3] == standard[:3]
        assert mine[4:] == standard[4:]
    assert described(ours) == described(ours(a=1))
    assert ours.__slots__ == ("c", "d") if slots else not hasattr(ours, "__slots__")


def test_a_standard_one_may_stand_above_and_below() -> None:
    @dataclasses.dataclass(frozen=True)
    class Top:
        a: int
        b: str = "b"

    @light(frozen=True, slots=True)
    class Middle(Top):
        c: int = 3
        kind: ClassVar[str] = "k"

    @dataclasses.dataclass(frozen=True)
    class Bottom(Middle):
        d: int = 4

    assert Middle(1, c=5) == Middle(1, "b", 5) != Middle(1)
    assert hash(Middle(1)) == hash(Middle(1))
    assert Middle.kind == "k"
    assert dataclasses.astuple(Bottom(1)) == (1, "b", 3, 4)
    assert field_names(Middle) == ("a", "b", "c")


def test_each_class_has_a_constructor_of_its_own_in_whatever_order_they_are_used() -> None:
    @light(slots=True)
    class First:
        a: int = 1

    @light(slots=True)
    class Second(First):
        b: int = 2

    class Third(Second):
        c = 3

    assert (First(5).a, Second(5, 6).b, Third(7, 8).a) == (5, 6, 7)
    assert First(1) != Second(1)
    assert Second(1, 2) == Second()


def test_one_that_is_no_dataclass_below_a_frozen_one_may_have_more() -> None:
    @light(frozen=True)
    class Kept:
        a: int

    class More(Kept):
        pass

    made = More(1)
    made.note = "n"  # type: ignore[attr-defined]
    assert made.note == "n"  # type: ignore[attr-defined]
    with pytest.raises(FrozenInstanceError):
        made.a = 2  # type: ignore[misc]


def test_identity_counts_where_nothing_is_compared() -> None:
    @light(slots=True, eq=False)
    class Task:
        name: str

    one = Task("x")
    assert one == one
    assert one != Task("x")
    assert {one: 1}[one] == 1


def test_what_says_what_is_equal_has_a_hash_all_the_same() -> None:
    @light(frozen=True, slots=True)
    class Word:  # noqa: PLW1641
        text: str

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Word) and other.text.lower() == self.text.lower()

    assert Word("a") == Word("A")
    assert hash(Word("a")) == hash(Word("a"))


def test_a_default_that_could_be_changed_is_refused() -> None:
    with pytest.raises(ValueError, match="default_factory"):

        @light(slots=True)
        class Wrong:
            a: list[int] = []  # noqa: RUF012


def test_methods_stand_in_no_class() -> None:
    """They are inherited; with two hundred classes that is half a megabyte."""

    @light(frozen=True, slots=True)
    class Lean:
        a: int
        b: int = 0

    assert not {"__repr__", "__eq__", "__hash__", "__setattr__"} & set(vars(Lean))
    assert not isinstance(vars(Lean)["__dataclass_fields__"], dict)
    assert Lean(1) == Lean(1)
    assert not isinstance(vars(Lean)["__dataclass_fields__"], dict)
    assert dataclasses.is_dataclass(Lean)

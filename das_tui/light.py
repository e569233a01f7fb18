"""Dataclasses that cost little to define.

The standard ones compile six methods for each class. With some two hundred of them that is a
third of the time in which the program starts, mostly for methods that are never called. Here the
constructor is compiled when the first instance is made, and the other methods are shared ones.

What comes out is a dataclass: `fields`, `replace`, `asdict` take it, and a type checker sees the
standard decorator. Not offered: order, `InitVar`, weak references, hashes of what is not frozen.
"""

import dataclasses
from collections.abc import Callable, Iterable
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(*, frozen=False, slots=False, kw_only=False, repr=True, eq=True):
        """As `dataclasses.dataclass`, with these options."""

        def furnish(cls):
            made = dataclasses.dataclass(
                init=False, repr=False, eq=False, slots=slots, kw_only=kw_only
            )(cls)
            _furnish(made, frozen=frozen, slots=slots, shown=repr, equal=eq)
            return made

        return furnish


__all__ = ["dataclass"]

_Key = Callable[[Any], tuple[Any, ...]]
_UNSET = object()


def _furnish(cls: type[Any], *, frozen: bool, slots: bool, shown: bool, equal: bool) -> None:
    """Give the methods that the class does not define itself."""
    fields = dataclasses.fields(cls)
    names = frozenset(field.name for field in fields)
    methods: dict[str, Any] = {"__init__": _constructor(cls, frozen)}
    if shown:
        methods["__repr__"] = _shown
    if equal:
        key = _key([field.name for field in fields if field.compare])
        methods["__eq__"] = _equality(key)
        methods["__hash__"] = (lambda self: hash(key(self))) if frozen else None
    if frozen:
        methods["__setattr__"] = _refusal(cls, names, "assign to", object.__setattr__)
        methods["__delattr__"] = _refusal(cls, names, "delete", object.__delattr__)
        if slots:
            methods |= {"__getstate__": _state, "__setstate__": _restore}
    own = vars(cls)
    for name, method in methods.items():
        # A class that defines what is equal has a hash of None unless it defines that, too.
        if name not in own or (name == "__hash__" and own[name] is None):
            setattr(cls, name, method)


def _key(names: list[str]) -> _Key:
    """The values of these fields."""
    if len(names) > 1:
        return attrgetter(*names)
    if not names:
        return lambda self: ()
    value = attrgetter(names[0])
    return lambda self: (value(self),)


def _equality(key: _Key) -> Callable[[Any, object], Any]:
    def __eq__(self: Any, other: object) -> Any:
        return key(self) == key(other) if other.__class__ is self.__class__ else NotImplemented

    return __eq__


@recursive_repr()
def _shown(self: Any) -> str:
    values = (f"{f.name}={getattr(self, f.name)!r}" for f in dataclasses.fields(self) if f.repr)
    return f"{self.__class__.__qualname__}({', '.join(values)})"


def _refusal(
    cls: type[Any], names: frozenset[str], what: str, otherwise: Callable[..., None]
) -> Callable[..., None]:
    def refuse(self: Any, name: str, *value: object) -> None:
        if type(self) is cls or name in names:
            raise dataclasses.FrozenInstanceError(f"cannot {what} field {name!r}")
        otherwise(self, name, *value)

    return refuse


def _state(self: Any) -> list[Any]:
    return [getattr(self, field.name) for field in dataclasses.fields(self)]


def _restore(self: Any, state: Iterable[Any]) -> None:
    for field, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)


# --- the constructor -------------------------------------------------------------------------


def _constructor(cls: type[Any], frozen: bool) -> Callable[..., None]:
    """Compiles the real one when it is called first, and puts it in its own place."""

    def __init__(self: Any, *given: Any, **named: Any) -> None:
        made = _compiled(cls, frozen)
        cls.__init__ = made
        made(self, *given, **named)

    return __init__


def _compiled(cls: type[Any], frozen: bool) -> Callable[..., None]:
    space: dict[str, Any] = {"_unset": _UNSET, "_set": object.__setattr__}
    plain: list[str] = []
    named: list[str] = []
    body: list[str] = []
    for field in dataclasses.fields(cls):
        name = value = field.name
        parameter = name
        if field.default_factory is not dataclasses.MISSING:
            space[f"_make_{name}"] = field.default_factory
            parameter = f"{name}=_unset"
            value = f"_make_{name}() if {name} is _unset else {name}"
        elif field.default is not dataclasses.MISSING:
            space[f"_default_{name}"] = field.default
            parameter = f"{name}=_default_{name}"
        if not field.init:
            raise TypeError(f"{cls.__qualname__}.{name}: every field must be a parameter")
        (named if field.kw_only else plain).append(parameter)
        body.append(_assigned(cls, name, value, frozen, space))
    if hasattr(cls, "__post_init__"):
        body.append("self.__post_init__()")
    parameters = ["self", *plain, *(["*", *named] if named else [])]
    lines = "\n ".join(body or ["pass"])
    exec(f"def __init__({', '.join(parameters)}):\n {lines}", space)
    made: Callable[..., None] = space["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    return made


def _assigned(cls: type[Any], name: str, value: str, frozen: bool, space: dict[str, Any]) -> str:
    """The statement that sets a field; a frozen class refuses the usual one."""
    if not frozen:
        return f"self.{name} = {value}"
    slot = getattr(getattr(cls, name, None), "__set__", None)
    if slot is None:
        return f"_set(self, {name!r}, {value})"
    space[f"_slot_{name}"] = slot
    return f"_slot_{name}(self, {value})"

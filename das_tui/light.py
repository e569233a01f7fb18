"""Dataclasses that cost little to define: in time, and in memory.

The standard ones compile six methods for each class and describe each field by an object. With
some two hundred of them that is a third of the time in which the program starts and a megabyte,
mostly for what is never asked for. Here methods are shared, the constructor is compiled when the
first instance is made, and `__dataclass_fields__` is made when it is read first.

What comes out is a dataclass: `fields`, `replace`, `asdict` take it, and a type checker sees the
standard decorator. Not offered: order, `InitVar`, weak references, hashes of what is not frozen,
and calling the constructor of a base class.
"""

import dataclasses
from collections.abc import Callable, Iterable
from functools import cache
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, ClassVar, get_origin

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(*, frozen=False, slots=False, kw_only=False, repr=True, eq=True):
        """As `dataclasses.dataclass`, with these options."""

        def furnish(cls):
            methods = _methods(frozen, slots, repr, eq)
            return (_slotted if slots else _plain)(cls, _Own(cls, frozen, kw_only), methods)

        return furnish


__all__ = ["dataclass", "field_names"]

_Key = Callable[[Any], tuple[Any, ...]]
_Methods = type[Any]
_UNSET: Any = object()
_NOTHING: dict[str, Any] = {}


class _Own:
    """What a class declares itself: names of its fields in order, defaults by name (values, or
    what `field` made), whether they are given by name only, and whether it is frozen. `key` gives
    the values that are compared, those of base classes too; it is made with the first comparison.
    """

    __slots__ = ("defaults", "frozen", "key", "named", "names")

    def __init__(self, cls: type[Any], frozen: bool, named: bool) -> None:
        own = vars(cls)
        hints = own.get("__annotations__", _NOTHING)
        self.names = tuple(name for name, hint in hints.items() if not _of_class(hint))
        self.defaults = {name: own[name] for name in self.names if name in own} or _NOTHING
        for name, value in self.defaults.items():
            if type(value).__hash__ is None:
                raise ValueError(f"{cls.__qualname__}.{name}: use a default_factory")
        self.named = named
        self.frozen = frozen
        self.key: _Key | None = None


def _of_class(hint: Any) -> bool:
    """Whether an annotation tells of the class and not of its instances."""
    if isinstance(hint, str):
        return hint.startswith(("ClassVar", "typing.ClassVar"))
    return hint is ClassVar or get_origin(hint) is ClassVar


def _declaring(cls: type[Any]) -> type[Any]:
    """The class itself, or the nearest of its bases that was declared as a dataclass."""
    return next(base for base in cls.__mro__ if "__light__" in vars(base))


_Given = tuple[bool, Any, Any, bool]
"""Of a field: given by name only, default, default factory (`_UNSET` for none), compared."""


def _given(named: bool, value: Any) -> _Given:
    """The same from what stands in the class: a default, what `field` made, or nothing."""
    if not isinstance(value, dataclasses.Field):
        return named, value, _UNSET, True
    if not value.init:
        raise TypeError("every field must be a parameter")
    default, factory = (
        _UNSET if one is dataclasses.MISSING else one
        for one in (value.default, value.default_factory)
    )
    by_name = named if value.kw_only is dataclasses.MISSING else bool(value.kw_only)
    return by_name, default, factory, value.compare is not False


def _fields(cls: type[Any]) -> dict[str, _Given]:
    """The fields, those of the bases first."""
    found: dict[str, _Given] = {}
    for base in reversed(cls.__mro__):
        own: _Own | None = vars(base).get("__light__")
        if own is not None:
            for name in own.names:
                found[name] = _given(own.named, own.defaults.get(name, _UNSET))
        elif "__dataclass_fields__" in vars(base):
            found |= {field.name: _given(False, field) for field in dataclasses.fields(base)}
    return found


def field_names(cls: type[Any]) -> tuple[str, ...]:
    """The names of the fields in the order of `dataclasses.fields`, which would describe them."""
    return tuple(_fields(cls))


class _Fields:
    """The class attribute `__dataclass_fields__` until it is read."""

    def __get__(self, _: object, owner: type[Any]) -> "dict[str, dataclasses.Field[Any]]":
        cls = _declaring(owner)
        own: _Own = vars(cls)["__light__"]
        hints = {name: cls.__annotations__[name] for name in own.names}
        found: dict[str, dataclasses.Field[Any]] = {}
        for base in reversed(cls.__mro__[1:]):
            found |= getattr(base, "__dataclass_fields__", _NOTHING)
        found |= _model(hints, own.defaults, own.named).__dataclass_fields__
        cls.__dataclass_fields__ = found
        return found


def _model(
    hints: dict[str, Any], defaults: dict[str, Any], named: bool, frozen: bool = False
) -> Any:
    """A standard dataclass without methods. It has a docstring, or else one would be made for it
    from its signature, at the cost of a megabyte."""
    cls = type("Model", (), {"__doc__": "fields", "__annotations__": hints, **defaults})
    made = dataclasses.dataclass(init=False, repr=False, eq=False, kw_only=named, frozen=frozen)
    return made(cls)


_FIELDS = _Fields()


# --- the class -------------------------------------------------------------------------------


def _slotted(cls: type[Any], own: _Own, methods: _Methods) -> type[Any]:
    """A class like it with slots, which can be given only when a class is made."""
    space = {name: value for name, value in vars(cls).items() if name not in own.defaults}
    for name in ("__dict__", "__weakref__"):
        space.pop(name, None)
    bases = cls.__bases__
    names, taken = own.names, frozenset[str]()
    if bases == (object,):
        # What is shared is inherited, so that it stands in one class only.
        bases = (methods,)
        if own.frozen and space.get("__hash__", "") is None:
            # The class says what is equal; a hash is not inherited then.
            space["__hash__"] = vars(methods).get("__hash__")
    else:
        names = tuple({**_fields(cls), **dict.fromkeys(names)})
        taken = frozenset(slot for base in cls.__mro__ for slot in vars(base).get("__slots__", ()))
        space |= _missing(cls, methods)
    space |= _declared(cls, own)
    space["__slots__"] = tuple(name for name in names if name not in taken)
    space["__qualname__"] = cls.__qualname__
    return type(cls.__name__, bases, space)


def _plain(cls: type[Any], own: _Own, methods: _Methods) -> type[Any]:
    """The class itself, furnished."""
    for name, value in own.defaults.items():
        if isinstance(value, dataclasses.Field):
            if value.default is dataclasses.MISSING:
                delattr(cls, name)
            else:
                setattr(cls, name, value.default)
    for name, value in {**_missing(cls, methods), **_declared(cls, own)}.items():
        setattr(cls, name, value)
    return cls


def _declared(cls: type[Any], own: _Own) -> dict[str, Any]:
    """What each class has of its own."""
    if cls.__base__ is object:
        placed = () if own.named else own.names
    else:
        fields = {name: given[0] for name, given in _fields(cls).items()}
        fields |= dict.fromkeys(own.names, own.named)
        placed = tuple(name for name, named in fields.items() if not named)
    made = {"__light__": own, "__dataclass_fields__": _FIELDS, "__match_args__": placed}
    return made if "__init__" in vars(cls) else {**made, "__init__": _first}


def _missing(cls: type[Any], methods: _Methods) -> dict[str, Any]:
    """The shared methods that a class neither defines itself nor inherits."""
    own = vars(cls)
    return {
        name: method
        for name, method in _shared(methods).items()
        # A class that defines what is equal has a hash of None unless it defines that, too.
        if (name not in own or (name == "__hash__" and own[name] is None))
        and getattr(cls, name, None) is not method
    }


# --- the shared methods ----------------------------------------------------------------------


@cache
def _methods(frozen: bool, slots: bool, shown: bool, equal: bool) -> _Methods:
    """A class with the methods that all classes of this kind have."""
    methods: dict[str, Any] = {}
    if shown:
        methods["__repr__"] = _shown
    if equal:
        methods |= {"__eq__": _equal, "__hash__": _hash if frozen else None}
    if frozen:
        methods |= {"__setattr__": _keep, "__delattr__": _hold}
        if slots:
            methods |= {"__getstate__": _state, "__setstate__": _restore}
    methods["__dataclass_params__"] = _model({}, {}, False, frozen).__dataclass_params__
    return type("Light", (), {"__slots__": (), "__module__": __name__, **methods})


def _shared(methods: _Methods) -> dict[str, Any]:
    """What such a class gives."""
    return {
        n: m for n, m in vars(methods).items() if n not in {"__slots__", "__module__", "__doc__"}
    }


def _key(cls: type[Any]) -> _Key:
    """What gives the values of an instance that count when it is compared."""
    own: _Own = cls.__light__
    if own.key is None:
        names = [name for name, given in _fields(cls).items() if given[-1]]
        if len(names) > 1:
            own.key = attrgetter(*names)
        elif names:
            value = attrgetter(names[0])
            own.key = lambda self: (value(self),)
        else:
            own.key = lambda self: ()
    return own.key


def _equal(self: Any, other: Any) -> Any:
    cls: Any = self.__class__
    if other.__class__ is not cls:
        return NotImplemented
    key = cls.__light__.key or _key(cls)
    return key(self) == key(other)


def _hash(self: Any) -> int:
    return hash(_key(self.__class__)(self))


@recursive_repr()
def _shown(self: Any) -> str:
    values = (f"{f.name}={getattr(self, f.name)!r}" for f in dataclasses.fields(self) if f.repr)
    return f"{self.__class__.__qualname__}({', '.join(values)})"


def _keep(self: Any, name: str, value: object) -> None:
    _refuse(self, name, "assign to")
    object.__setattr__(self, name, value)


def _hold(self: Any, name: str) -> None:
    _refuse(self, name, "delete")
    object.__delattr__(self, name)


def _refuse(self: Any, name: str, what: str) -> None:
    """Subclasses that are no dataclasses may have attributes that change."""
    if "__light__" in vars(type(self)) or name in _fields(type(self)):
        raise dataclasses.FrozenInstanceError(f"cannot {what} field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, name) for name in _fields(type(self))]


def _restore(self: Any, state: Iterable[Any]) -> None:
    for name, value in zip(_fields(type(self)), state, strict=True):
        object.__setattr__(self, name, value)


# --- the constructor -------------------------------------------------------------------------


def _first(self: Any, *given: Any, **named: Any) -> None:
    """Stands for the constructor: compiles it, puts it in its place and calls it."""
    cls = _declaring(type(self))
    cls.__init__ = _compiled(cls)
    cls.__init__(self, *given, **named)


def _compiled(cls: type[Any]) -> Callable[..., None]:
    frozen = cls.__light__.frozen
    space: dict[str, Any] = {"_unset": _UNSET, "_set": object.__setattr__}
    plain: list[str] = []
    named: list[str] = []
    body: list[str] = []
    for name, (by_name, default, factory, _) in _fields(cls).items():
        parameter = value = name
        if factory is not _UNSET:
            space[f"_make_{name}"] = factory
            parameter = f"{name}=_unset"
            value = f"_make_{name}() if {name} is _unset else {name}"
        elif default is not _UNSET:
            space[f"_default_{name}"] = default
            parameter = f"{name}=_default_{name}"
        (named if by_name else plain).append(parameter)
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

"""What is made when it is used first: modules and patterns that a start does without.

A module goes like this, so that a type checker sees the real one:

    if TYPE_CHECKING:
        from das_tui.view import dock as dock_view
    else:
        dock_view = later.module("das_tui.view.dock")
"""

import re
from importlib import import_module
from typing import TYPE_CHECKING, Any, AnyStr

__all__ = ["module", "pattern"]


class _Module:
    """Stands for a module, and imports it for its first attribute."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        # Not by way of `sys.modules`: another thread may be in the midst of importing it.
        return getattr(import_module(self._name), attribute)


def module(name: str) -> Any:
    """The module called `name`, not imported yet."""
    return _Module(name)


class _Pattern:
    """Stands for a pattern. Its methods are kept here once they were asked for."""

    def __init__(self, source: str | bytes, flags: int) -> None:
        self._source = source
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = getattr(re.compile(self._source, self._flags), name)
        setattr(self, name, value)
        return value


if TYPE_CHECKING:

    def pattern(source: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]: ...

else:

    def pattern(source, flags=0):
        """`re.compile`, done when the pattern is used first. For its methods only: the functions
        of `re` do not take it."""
        return _Pattern(source, flags)

"""asyncio without TLS until something needs TLS: OpenSSL costs a start 4 MB and some milliseconds.

asyncio does without the module `ssl` in an interpreter that was built without it. Here it is kept
from it while it is imported, and is given it as soon as anybody imports `ssl`: then asyncio is as
it would have been.
"""

import importlib
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.abc import Loader
else:
    Loader = object

__all__ = ["put_off"]

_TLS = "ssl"


def put_off() -> None:
    """Import asyncio without `ssl`, unless one of them is there already."""
    if _TLS in sys.modules or "asyncio" in sys.modules:
        return
    sys.modules[_TLS] = None  # type: ignore[assignment]
    try:
        importlib.import_module("asyncio")
    finally:
        del sys.modules[_TLS]
        sys.meta_path.insert(0, _Finder())


class _Finder:
    """Finds `ssl` where the others find it, and sees to it that asyncio hears of it."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != _TLS:
            return None
        others = [finder for finder in sys.meta_path if finder is not self]
        spec = next(filter(None, (one.find_spec(name, path, target) for one in others)), None)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(self, spec.loader)
        return spec


class _Loader(Loader):
    """Loads `ssl`, then gives it to asyncio."""

    def __init__(self, finder: _Finder, real: Loader) -> None:
        self._finder = finder
        self._real = real

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._real.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._real.exec_module(module)
        if module.__spec__ is not None:
            module.__spec__.loader = module.__loader__ = self._real
        for name, part in list(sys.modules.items()):
            if name.startswith("asyncio.") and getattr(part, _TLS, module) is None:
                setattr(part, _TLS, module)
        # Some of it is defined only with TLS at hand; nobody could have used the rest of it.
        importlib.reload(sys.modules["asyncio.sslproto"])
        if self._finder in sys.meta_path:
            sys.meta_path.remove(self._finder)

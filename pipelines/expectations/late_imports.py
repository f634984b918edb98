"""Packages that Great Expectations imports and we hardly ever use are imported when they are used: a third of its start."""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

# Charts and distributions of expectations that no suite of ours has.
_HARDLY_USED = ("altair", "scipy.stats")


class _WhenUsed(ModuleType):
    """Stands for a module until somebody asks for something in it. importlib's LazyLoader is undone by a mere `import`."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


def import_when_used() -> None:
    """To be called before Great Expectations is imported; what is imported already stays."""
    for name in _HARDLY_USED:
        sys.modules.setdefault(name, _WhenUsed(name))

"""Puts off a module that a library imports and this agent does not use, until somebody does use it."""

import importlib
import sys
from types import ModuleType


class _Later(ModuleType):
    """Stands where the module will stand. The first use loads the real one, which then takes its place."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):  # what the import system asks of every module is no use
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
            importlib.import_module(self.__name__)
        return getattr(sys.modules[self.__name__], name)


def put_off(name: str) -> None:
    """Load this module when it is first used, not when it is first imported.

    `importlib.util.LazyLoader` is meant for this, but before Python 3.12 a second import statement already loads it.
    Nothing is left out: whoever uses the module gets the real one.
    """
    if name in sys.modules:
        return
    sys.modules[name] = later = _Later(name)
    package, _, leaf = name.rpartition(".")
    if package:
        setattr(importlib.import_module(package), leaf, later)

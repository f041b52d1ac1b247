"""Puts off modules that libraries import and this agent does not use, until somebody does use them."""

import importlib
import sys
from types import ModuleType

UNUSED = ("urllib.request", "ipaddress", "uuid", "stringprep", "glob", "locale", "traceback", "sysconfig")
"""paho imports the first to look for a proxy, which it does only where PySocks is installed: 2 MB of mail and web
parsers. The others, 0.7 MB together, are for what paho, psutil, the name resolver, `subprocess`, `logging` and
`zoneinfo` can do beside what the agent asks of them."""


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


class _WithoutSignatures:
    """Stands for `inspect` where `dataclasses` looks for it: real in all but the one thing that would load it."""

    def __getattr__(self, name: str) -> object:
        return getattr(importlib.import_module("inspect"), name)

    @staticmethod
    def signature(_kind: type) -> str:
        """No text."""
        return ""


def put_off_signatures() -> None:
    """Let `dataclasses` write no signature for a class without a docstring.

    With `-OO` that is every class, and it takes `inspect`: 0.7 MB for texts that nobody reads. Whoever else imports
    `inspect` gets the real one.
    """
    put_off("inspect")
    dataclasses = importlib.import_module("dataclasses")
    if sys.flags.optimize > 1:
        vars(dataclasses)["inspect"] = _WithoutSignatures()

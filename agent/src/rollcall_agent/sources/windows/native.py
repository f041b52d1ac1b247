"""Windows' own libraries and registry, as Python reaches them; the rest of this folder can be read anywhere."""

import ctypes
from collections.abc import Callable
from importlib import import_module
from typing import Any


def library(name: str) -> Any:
    """A system library. Raises OSError where it is not there."""
    return vars(ctypes)["WinDLL"](name, use_last_error=True)


def last_error() -> int:
    """Why the last call of a library's function failed, as Windows numbers it."""
    return int(vars(ctypes)["get_last_error"]())


def set_last_error(code: int) -> None:
    """Forget the error before a call that tells its failure by nothing else."""
    vars(ctypes)["set_last_error"](code)


def callback(result: Any, *arguments: Any) -> Callable[[Callable[..., Any]], Any]:
    """The type of a function that Windows calls."""
    made: Callable[[Callable[..., Any]], Any] = vars(ctypes)["WINFUNCTYPE"](result, *arguments)
    return made


def setting(key: str, name: str) -> str | int | bytes | None:
    """A value of the registry below HKEY_LOCAL_MACHINE, as 64-bit programs see it; None where it cannot be read."""
    winreg = import_module("winreg")
    try:
        access = winreg.KEY_READ | winreg.KEY_WOW64_64KEY
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, key, 0, access) as opened:
            found = winreg.QueryValueEx(opened, name)[0]
    except OSError:
        return None
    return found if isinstance(found, str | int | bytes) else None

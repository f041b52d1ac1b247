"""Says where the agent's state stands unless it is named, keeps it from others, and holds it for one agent alone."""

import ctypes
import errno
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from rollcall_agent.errors import ConfigError, DiskError
from rollcall_agent.sources.windows.native import library

SHARED_STATE = Path(r"C:\ProgramData\Rollcall agent")
OWN_STATE = r"AppData\Local\Rollcall agent"
OWNERS_ONLY = "D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"
"""Full access for the system and administrators, inherited by what stands in it, and none for anybody else."""
ACCESS_RULES = 0x4 | 0x80000000
"""What is set of a folder's protection: who may enter, and that nothing is inherited from above."""
_PASSING = frozenset({errno.ENOSPC, errno.EROFS, errno.EIO})


def default_state(environ: Mapping[str, str]) -> Path:
    """The device's folder for the system and administrators, else one of the user's own."""
    if is_administrator():
        return Path(environ.get("ProgramData") or SHARED_STATE.parent) / SHARED_STATE.name
    return Path(environ.get("USERPROFILE") or "C:\\") / OWN_STATE


def is_supervised(_environ: Mapping[str, str]) -> bool:
    """Nothing but the service starts the agent again when it dies, and the service knows that it is one."""
    return False


def is_administrator() -> bool:
    """Whether the agent runs with an administrator's rights, or as the system."""
    return bool(library("shell32").IsUserAnAdmin())


@contextmanager
def hold(state: Path) -> Iterator[None]:
    """Hold the state folder for this one agent. Raises ConfigError where another runs on it, DiskError."""
    msvcrt = import_module("msvcrt")
    try:
        protect(state)
        lock = os.open(state / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        if error.errno in _PASSING:
            raise DiskError(f"{state} cannot be used now ({error}): is the disk full or read-only?") from error
        raise ConfigError(f"the state folder {state} cannot be used ({error}): name another --state") from error
    try:
        msvcrt.locking(lock, msvcrt.LK_NBLCK, 1)
    except OSError as error:
        os.close(lock)
        raise ConfigError(f"an agent runs on {state} already: stop it first, or name another --state") from error
    try:
        yield
    finally:
        msvcrt.locking(lock, msvcrt.LK_UNLCK, 1)
        os.close(lock)


def protect(state: Path) -> None:
    """Make the folder; one that serves the whole device is closed to its users before anything stands in it.

    Raises OSError.
    """
    is_new = not state.exists()
    state.mkdir(parents=True, exist_ok=True)
    if is_new and is_administrator():
        advapi, described = library("advapi32"), ctypes.c_void_p()
        advapi.ConvertStringSecurityDescriptorToSecurityDescriptorW(OWNERS_ONLY, 1, ctypes.byref(described), None)
        is_set = described.value and advapi.SetFileSecurityW(str(state), ACCESS_RULES, described)
        library("kernel32").LocalFree(described)
        if not is_set:
            raise PermissionError(f"{state} cannot be closed to others")

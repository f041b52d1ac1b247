"""What Linux and macOS share: one agent alone holds a state folder."""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rollcall_agent.errors import ConfigError, DiskError

_PASSING = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO})


@contextmanager
def hold(state: Path) -> Iterator[None]:
    """Hold the state folder for this one agent. Raises ConfigError where another runs on it, DiskError."""
    try:
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(state / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno in _PASSING:
            raise DiskError(f"{state} cannot be used now ({error}): is the disk full or read-only?") from error
        raise ConfigError(f"the state folder {state} cannot be used ({error}): name another --state") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        raise ConfigError(f"an agent runs on {state} already: stop it first, or name another --state") from error
    try:
        yield
    finally:
        os.close(lock)

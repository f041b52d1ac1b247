"""Waits for the store as long as it is away, ever more slowly, and tells that from what no waiting can mend."""

import errno
import threading
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from rollcall_collector.errors import SettingsError

PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Seconds between two tries; the last for ever."""
_WRONG_URL = (ArgumentError, NoSuchModuleError, ModuleNotFoundError)
_WRONG_ANSWERS = ("password authentication failed", "does not exist", "no pg_hba.conf entry", "file is not a database")
_PASSING = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ESTALE}
T = TypeVar("T")


class Patience:
    """Tries what needs the store until it succeeds, or until `stop` is set: then the program ends, with status 0."""

    def __init__(self, stop: threading.Event, *, pauses: tuple[float, ...] = PAUSES) -> None:
        self._stop = stop
        self._pauses = pauses

    def wait(self, run: Callable[[], T]) -> T:
        """What `run` gives once the store is there. Raises SettingsError where waiting would never help."""
        tries = 0
        while not self._stop.is_set():
            try:
                return run()
            except Exception as error:
                explain_settings(error)
                if not _may_pass(error):
                    raise
                _say_awaited(error)
            self._stop.wait(self._pauses[min(tries, len(self._pauses) - 1)])
            tries += 1
        raise SystemExit(0)


def explain_settings(error: Exception) -> None:
    """Raise SettingsError where the store's address, name or password is wrong: no waiting mends that."""
    said = first_line(error)
    if isinstance(error, _WRONG_URL) or any(words in said for words in _WRONG_ANSWERS):
        raise SettingsError(f"the database cannot be used: {said}: mend 'database' in the settings") from error


def first_line(error: Exception) -> str:
    """What went wrong, without the statement it went wrong with."""
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def _say_awaited(error: Exception) -> None:
    import structlog  # noqa: PLC0415  # as below: a short verb waits for nothing

    structlog.get_logger("rollcall.store").warning("store.awaited", reason=first_line(error))


def _may_pass(error: Exception) -> bool:
    # A quarter of what a short verb costs is to load this and PostgreSQL's driver with it; most meet no trouble.
    from rollcall_collector.store.keeping import is_store_lost  # noqa: PLC0415

    return is_store_lost(error) or (isinstance(error, OSError) and error.errno in _PASSING)

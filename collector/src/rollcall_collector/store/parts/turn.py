"""Lets one process at a time be the one that does something for a store; another takes its place once it is gone."""

import fcntl
import os
import threading

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

_TAKE = text("SELECT pg_try_advisory_lock(hashtext(:work))")


class Turn:
    """The right to do this work for this store. It ends with the process, be it killed."""

    def __init__(self, engine: Engine, work: str) -> None:
        self._engine = engine
        self._work = work
        self._session: Connection | None = None
        self._file: int | None = None
        self._one_asks = threading.Lock()

    def is_ours(self) -> bool:
        """Whether this process has it: taken now where nobody else does. Raises what the database raises."""
        with self._one_asks:
            return self._is_ours()

    def let_go(self) -> None:
        """Let another process have it."""
        with self._one_asks:
            self._let_go()

    def _is_ours(self) -> bool:
        if self._engine.dialect.name == "sqlite":
            return self._has_file()
        if self._session is not None and not _is_alive(self._session):
            self._let_go()
        if self._session is None:
            session = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            if not session.execute(_TAKE, {"work": self._work}).scalar_one():
                session.close()
                return False
            self._session = session
        return True

    def _let_go(self) -> None:
        if self._file is not None:
            os.close(self._file)
        if self._session is not None:
            self._session.invalidate()  # the lock is the session's: back in its pool it would keep it
            self._session.close()
        self._file = self._session = None

    def _has_file(self) -> bool:
        if self._file is not None:
            return True
        # A file of its own: to close SQLite's own would open SQLite's locks on it.
        file = os.open(f"{self._engine.url.database}.{self._work}", os.O_RDONLY | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(file)
            return False
        self._file = file
        return True


def _is_alive(session: Connection) -> bool:
    try:
        session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return False
    return True

"""Lets one process at a time be the one that does something for a store; another takes its place once it is gone."""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from rollcall_collector.errors import StoreError

_TAKE = text("SELECT pg_try_advisory_lock(hashtext(:work))")
_GIVE = text("SELECT pg_advisory_unlock(hashtext(:work))")


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
            # Outside of any transaction: a night waits for those that are open.
            session = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            is_taken = False
            try:
                is_taken = session.execute(_TAKE, {"work": self._work}).scalar_one()
            finally:
                if not is_taken:
                    session.close()
            self._session = session if is_taken else None
        return self._session is not None

    def _let_go(self) -> None:
        if self._file is not None:
            os.close(self._file)
        if self._session is not None:
            try:
                self._session.execute(_GIVE, {"work": self._work})
            except SQLAlchemyError:
                self._session.invalidate()  # with its session the lock is gone
            self._session.close()
        self._file = self._session = None

    def _has_file(self) -> bool:
        if self._file is None:
            self._file = lock_beside(self._engine, self._work)
        return self._file is not None


@contextmanager
def hold_turn(engine: Engine, work: str, *, if_taken: str) -> Iterator[None]:
    """Do this work as the only one. Raises StoreError with these words where another does."""
    turn = Turn(engine, work)
    if not turn.is_ours():
        raise StoreError(if_taken)
    try:
        yield
    finally:
        turn.let_go()


def lock_beside(engine: Engine, work: str) -> int | None:
    """Lock a file of this name beside a SQLite store, until it is closed or the process ends. None: another has it.

    A file of its own: to close SQLite's own would open SQLite's locks on it. It is only read: a disk may be full or
    read-only, and whoever waits for it needs the lock all the same.
    """
    file = os.open(f"{engine.url.database}.{work}", os.O_RDONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(file)
        return None
    return file


def _is_alive(session: Connection) -> bool:
    try:
        session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return False
    return True

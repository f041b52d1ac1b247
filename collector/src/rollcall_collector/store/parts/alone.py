"""Lets one process at a time do what is done once for a store; whoever is killed has let go."""

import fcntl
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from rollcall_collector.errors import StoreError


def one_judging(engine: Engine) -> AbstractContextManager[None]:
    """Judge as the only one. Raises StoreError where another judging is under way."""
    return _alone(engine, "judging", "a judging of this store is under way already: wait until it is done")


def one_timetable(engine: Engine) -> AbstractContextManager[None]:
    """Run the timetable as the only one. Raises StoreError where another process runs it."""
    said = "another process runs this store's timetable: one 'rollcall jobs', 'serve' or 'up' is enough, stop this one"
    return _alone(engine, "timetable", f"{said}, or have it be a 'rollcall ingest'")


@contextmanager
def _alone(engine: Engine, work: str, busy: str) -> Iterator[None]:
    if engine.dialect.name == "sqlite":
        # A file of its own: to close SQLite's own would open SQLite's locks on it.
        with Path(f"{engine.url.database}.{work}").open("w", encoding="utf-8") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise StoreError(busy) from None
            yield
        return
    # Outside of any transaction: a night waits for those that are open.
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.execute(text("SELECT pg_try_advisory_lock(hashtext(:work))"), {"work": work}).scalar_one():
            raise StoreError(busy)
        try:
            yield
        finally:
            with suppress(SQLAlchemyError):  # with a lost connection the lock is gone
                connection.execute(text("SELECT pg_advisory_unlock(hashtext(:work))"), {"work": work})
